// toml++ as this code base uses it: without exceptions, without formatters.
//
// Its assertions are off. Some of them hold for valid documents only and end the process on others
// ("[.]", version 3.3), although the code behind them reports an error; the fuzzer keeps watch instead.
#pragma once

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
