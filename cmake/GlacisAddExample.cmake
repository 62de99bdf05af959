# glacis_add_example(NAME files...): an example of this tree, ready to run under build/examples/NAME: the
# given files (descriptions, README.md, data) beside the programs that the example adds itself.
function(glacis_add_example name)
  foreach(file IN LISTS ARGN)
    configure_file(${CMAKE_CURRENT_SOURCE_DIR}/${file} ${CMAKE_CURRENT_BINARY_DIR}/${file} COPYONLY)
  endforeach()
endfunction()
