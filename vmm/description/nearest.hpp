// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glacis {

/// The candidate that differs least from `word` by inserted, removed, changed and swapped letters;
/// empty when none is near enough to have been meant.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

/// "did you mean 'stack'?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

} // namespace glacis
