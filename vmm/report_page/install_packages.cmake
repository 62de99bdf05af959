# cmake -DNPM=... -DSTAMP=... -P: npm's packages into the current folder, as its lock file says. Without
# them the page has no charts, and the next build tries again.
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
  OUTPUT_VARIABLE said
  ERROR_VARIABLE said
  RESULT_VARIABLE status)
if(status EQUAL 0)
  file(TOUCH ${STAMP})
else()
  file(REMOVE_RECURSE node_modules)
  message(WARNING "${said}\nnpm could not install the packages of the report's page, which gets no charts. "
    "-DGLACIS_REPORT_CHARTS=OFF does without them from the start.")
endif()
