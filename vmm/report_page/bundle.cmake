# cmake -DNODE=... -DPAGE=... -DPLAIN=... -P: the page with its charts, or without the packages a plain one.
if(EXISTS node_modules)
  execute_process(COMMAND ${NODE} build.mjs ${PAGE} COMMAND_ERROR_IS_FATAL ANY)
else()
  set(GLACIS_NO_CHARTS_REASON "npm could not install their packages")
  configure_file(${PLAIN} ${PAGE} @ONLY)
endif()
