# cmake -DOUTPUT=file -DMINIMUM=bytes -DHOSTILE=ON|OFF -P make_text.cmake
#
# The input of the example: the licences of a Debian system, one behind the other, again and again until
# there is enough. Each is a document of its own. With HOSTILE a document of nothing but opening
# parentheses follows the first round.
file(GLOB licences LIST_DIRECTORIES false /usr/share/common-licenses/*)
list(SORT licences)
string(ASCII 12 separator)
file(WRITE ${OUTPUT}.separator "${separator}")

set(round)
foreach(licence IN LISTS licences)
  if(NOT IS_SYMLINK ${licence})
    list(APPEND round ${licence} ${OUTPUT}.separator)
  endif()
endforeach()
if(NOT round)
  set(round ${CMAKE_CURRENT_LIST_DIR}/../../LICENSE ${OUTPUT}.separator)
endif()

# Files are put together by cat: CMake's strings could change them.
set(parts)
file(WRITE ${OUTPUT}.part "")
if(HOSTILE)
  string(REPEAT "(" 200000 nested)
  file(WRITE ${OUTPUT}.nested "these words are lost ${nested}${separator}")
  set(parts ${round} ${OUTPUT}.nested)
endif()
set(size 0)
while(size LESS MINIMUM)
  list(APPEND parts ${round})
  execute_process(COMMAND cat ${parts} OUTPUT_FILE ${OUTPUT}.part COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE ${OUTPUT}.part size)
endwhile()
file(RENAME ${OUTPUT}.part ${OUTPUT})
file(REMOVE ${OUTPUT}.separator ${OUTPUT}.nested)
