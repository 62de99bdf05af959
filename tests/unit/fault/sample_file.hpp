// The sample programs that the build made, as bytes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace glacis::fault::test {

/// Variants: "dwarf5", "dwarf4", "compressed", "symbols_only", "alternate".
[[nodiscard]] std::vector<std::byte> sample_file(const std::string& variant);

} // namespace glacis::fault::test
