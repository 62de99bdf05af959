// A system and the report of its run, to be shown.
#pragma once

#include "description/system.hpp"
#include "machine/run.hpp"

namespace glacis::test {

/// 'parser' reads region 'input' and calls 'store', which exports 'put'; both run the same program.
SystemDescription sample_system();

/// 'parser' overflowed its stack and was restarted; 'store' ended with status 7.
RunReport sample_report();

} // namespace glacis::test
