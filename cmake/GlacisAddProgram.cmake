# glacis_add_program: a domain program from C, C++ or assembler sources.
#
#   glacis_add_program(NAME name
#                      SOURCES file...
#                      [INCLUDE_DIRECTORIES dir...]
#                      [COMPILE_OPTIONS option...]
#                      [LINK_LIBRARIES library...]   static libraries made for domain programs
#                      [EXPORTS function[:min_stack[:arguments]]...]
#                      [NO_STACK_CLASH]              without -fstack-clash-protection
#                      [BARE])                       no C library: hypercalls, threads and locks only
#
# builds name.pd in CMAKE_CURRENT_BINARY_DIR (the target is called name): a static position-independent
# ELF64 file with one permission a segment, the ABI note and the debug information that fault records
# are made from.
#
#   glacis_add_library(NAME name SOURCES file... [same options])
#
# builds a static library that domain programs can link.
#
# Used by Glacis itself and, through find_package(Glacis), by everybody else. The includer has set the
# global properties GLACIS_INCLUDE_DIRS, GLACIS_LIBC_INCLUDE_DIR, GLACIS_BARE_INCLUDE_DIR,
# GLACIS_CXX_INCLUDE_DIR and GLACIS_LINKER_SCRIPT, and there are the targets Glacis::core, Glacis::bare,
# Glacis::hosted, Glacis::cxx, Glacis::libc and Glacis::libm.
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/GlacisProgramOptions.cmake)

# -isystem options for the headers that come with the compiler of `language`: its own (stddef.h), and for
# C++ the standard library's, of which domain programs can use what lives in headers.
function(_glacis_compiler_includes language result)
  set(options)
  foreach(directory IN LISTS CMAKE_${language}_IMPLICIT_INCLUDE_DIRECTORIES)
    if(directory MATCHES "/lib/(gcc|clang|llvm)[^/]*/.*/include$" OR
       (language STREQUAL CXX AND directory MATCHES "/c\\+\\+(/|$)"))
      list(APPEND options "SHELL:-isystem ${directory}")
    endif()
  endforeach()
  set(${result} ${options} PARENT_SCOPE)
endfunction()

# Gives a target the options of domain programs. MODE is BARE or HOSTED.
function(glacis_target_options target mode)
  glacis_program_code_options(code)
  glacis_program_system_options(system)
  foreach(name INCLUDE_DIRS LIBC_INCLUDE_DIR BARE_INCLUDE_DIR CXX_INCLUDE_DIR)
    get_property(${name} GLOBAL PROPERTY GLACIS_${name})
  endforeach()
  set(headers)
  foreach(language C CXX)
    _glacis_compiler_includes(${language} own)
    foreach(option IN LISTS own)
      list(APPEND headers "$<$<COMPILE_LANGUAGE:${language}>:${option}>")
    endforeach()
  endforeach()
  if(mode STREQUAL BARE)
    list(APPEND headers -ffreestanding "SHELL:-isystem ${BARE_INCLUDE_DIR}")
  else()
    # Before the compiler's own, but behind the C++ library's, whose headers include these as "next".
    list(PREPEND headers "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-isystem ${CXX_INCLUDE_DIR}>")
    list(APPEND headers "SHELL:-isystem ${LIBC_INCLUDE_DIR}")
  endif()
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:>:-O2> -g
    ${code}
    -ffunction-sections -fdata-sections
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
    ${system}
    -nostdinc $<$<COMPILE_LANGUAGE:CXX>:-nostdinc++>
    ${headers})
  # What the headers are written in, whatever the project's own default is.
  if(CMAKE_C_COMPILER_LOADED)
    target_compile_features(${target} PRIVATE c_std_11)
  endif()
  if(CMAKE_CXX_COMPILER_LOADED)
    target_compile_features(${target} PRIVATE cxx_std_20)
  endif()
  target_include_directories(${target} PRIVATE ${INCLUDE_DIRS})
  if(NOT mode STREQUAL BARE AND TARGET glacis_libc)
    add_dependencies(${target} glacis_libc)
  endif()
endfunction()

# The part of the linker script that writes the notes of exported entry points (abi/note.h). It is a
# script's work because the note holds link-time addresses without relocations.
function(_glacis_exports_script exports result)
  set(script "/* Generated from EXPORTS of glacis_add_program. */\n")
  foreach(export IN LISTS exports)
    string(REPLACE ":" ";" parts "${export}")
    list(LENGTH parts count)
    list(GET parts 0 name)
    set(min_stack 16384)
    set(arguments 6)
    if(count GREATER 1)
      list(GET parts 1 min_stack)
    endif()
    if(count GREATER 2)
      list(GET parts 2 arguments)
    endif()
    if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$" OR NOT min_stack MATCHES "^[0-9]+$" OR
       NOT arguments MATCHES "^[0-6]$" OR count GREATER 3)
      message(FATAL_ERROR "glacis_add_program: EXPORTS ${export}: expected name[:min_stack[:arguments]], "
                          "with at most 6 arguments")
    endif()
    string(LENGTH ${name} length)
    if(length GREATER_EQUAL 64)
      message(FATAL_ERROR "glacis_add_program: EXPORTS ${export}: a name has at most 63 characters")
    endif()
    math(EXPR size "16 + ${length} + 1")
    string(HEX ${name} bytes)
    string(REGEX REPLACE "(..)" "BYTE(0x\\1) " bytes ${bytes})
    string(APPEND script
      "LONG(7) LONG(${size}) LONG(2) LONG(0x63616c47) LONG(0x00007369)\n"
      "QUAD(glacis_export_${name}) LONG(${min_stack}) LONG(${arguments}) ${bytes}BYTE(0) . = ALIGN(4);\n")
  endforeach()
  set(${result} "${script}" PARENT_SCOPE)
endfunction()

# An entry point for each exported function (pd/gate.h): other domains do not call the function itself.
function(_glacis_exports_source exports result)
  set(source "/* Generated from EXPORTS of glacis_add_program. */\n")
  foreach(export IN LISTS exports)
    string(REGEX REPLACE ":.*" "" name "${export}")
    string(APPEND source
      "__asm__(\".pushsection .text.glacis_export_${name}, \\\"ax\\\", @progbits\\n\"\n"
      "        \".globl glacis_export_${name}\\n\"\n"
      "        \".type glacis_export_${name}, @function\\n\"\n"
      "        \"glacis_export_${name}:\\n\"\n"
      "        \"leaq ${name}(%rip), %rcx\\n\"\n"
      "        \"jmp glacis_gate_enter\\n\"\n"
      "        \".size glacis_export_${name}, . - glacis_export_${name}\\n\"\n"
      "        \".popsection\\n\");\n")
  endforeach()
  set(${result} "${source}" PARENT_SCOPE)
endfunction()

function(glacis_add_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_STACK_CLASH;BARE" "NAME"
                        "SOURCES;INCLUDE_DIRECTORIES;COMPILE_OPTIONS;LINK_LIBRARIES")
  _glacis_check_arguments(glacis_add_library)
  add_library(${arg_NAME} STATIC ${arg_SOURCES})
  _glacis_apply_arguments()
endfunction()

function(glacis_add_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_STACK_CLASH;BARE" "NAME"
                        "SOURCES;INCLUDE_DIRECTORIES;COMPILE_OPTIONS;LINK_LIBRARIES;EXPORTS")
  _glacis_check_arguments(glacis_add_program)
  add_executable(${arg_NAME} ${arg_SOURCES})
  _glacis_apply_arguments()
  get_property(linker_script GLOBAL PROPERTY GLACIS_LINKER_SCRIPT)
  set_target_properties(${arg_NAME} PROPERTIES
    SUFFIX .pd
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
    LINK_DEPENDS ${linker_script})

  _glacis_exports_script("${arg_EXPORTS}" exports_script)
  set(script_directory ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${arg_NAME}.dir/script)
  file(CONFIGURE OUTPUT ${script_directory}/glacis_exports.ld CONTENT "${exports_script}" @ONLY)

  if(arg_EXPORTS)
    _glacis_exports_source("${arg_EXPORTS}" exports_source)
    # In the language that the project has, which may know no assembler files.
    set(exports_file ${script_directory}/glacis_exports.cpp)
    if(CMAKE_C_COMPILER_LOADED)
      set(exports_file ${script_directory}/glacis_exports.c)
    endif()
    file(CONFIGURE OUTPUT ${exports_file} CONTENT "${exports_source}" @ONLY)
    target_sources(${arg_NAME} PRIVATE ${exports_file})
  endif()

  # The script's mention of an entry point does not keep it.
  list(TRANSFORM arg_EXPORTS REPLACE ":.*" "")
  list(TRANSFORM arg_EXPORTS PREPEND "-Wl,--require-defined=glacis_export_")
  target_link_options(${arg_NAME} PRIVATE
    ${arg_EXPORTS}
    -static-pie -nostdlib -nostartfiles
    -Wl,-T,${linker_script} -L${script_directory}
    -Wl,-z,text -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=4096
    -Wl,--build-id=sha1 -Wl,--gc-sections -Wl,--fatal-warnings)
  if(arg_BARE)
    target_link_libraries(${arg_NAME} PRIVATE $<LINK_GROUP:RESCAN,Glacis::bare,Glacis::core> -lgcc)
  else()
    target_link_libraries(${arg_NAME} PRIVATE
      $<LINK_GROUP:RESCAN,Glacis::hosted,Glacis::cxx,Glacis::core,Glacis::libc,Glacis::libm> -lgcc)
  endif()
endfunction()

macro(_glacis_check_arguments function)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${function}: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "${function}: NAME and SOURCES are needed")
  endif()
endmacro()

macro(_glacis_apply_arguments)
  if(arg_BARE)
    glacis_target_options(${arg_NAME} BARE)
  else()
    glacis_target_options(${arg_NAME} HOSTED)
  endif()
  if(arg_NO_STACK_CLASH)
    target_compile_options(${arg_NAME} PRIVATE -fno-stack-clash-protection)
  endif()
  target_compile_options(${arg_NAME} PRIVATE ${arg_COMPILE_OPTIONS})
  target_include_directories(${arg_NAME} PRIVATE ${arg_INCLUDE_DIRECTORIES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LINK_LIBRARIES})
endmacro()
