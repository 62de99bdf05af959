# cmake -DNPM=... -P: npm's packages into the current folder, as its lock file says.
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
  OUTPUT_VARIABLE said
  ERROR_VARIABLE said
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  file(REMOVE_RECURSE node_modules)
  message(FATAL_ERROR "${said}\nnpm could not install the packages of the report's page. Without a network, "
    "configure with -DGLACIS_REPORT_CHARTS=OFF: the page then has no charts.")
endif()
