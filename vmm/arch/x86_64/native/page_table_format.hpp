// The page-table format of the architecture that this VMM is built for.
#pragma once

#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>
#include <glacis/supervisor/paging.hpp>

namespace glacis {
using NativePageTableFormat = supervisor::x86_64::PageTableFormat;
} // namespace glacis
