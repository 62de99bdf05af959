#include "description/nearest.hpp"

#include <algorithm>

namespace glacis {

namespace {

/// Edit distance with adjacent letters swapped counting as one step.
std::size_t distance(std::string_view a, std::string_view b)
{
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> before(width);
    std::vector<std::size_t> last(width);
    std::vector<std::size_t> row(width);
    for (std::size_t j = 0; j < width; ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates)
{
    constexpr std::size_t longest = 64; // nobody mistypes a longer one
    if (word.empty() || word.size() > longest) {
        return {};
    }
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const bool is_begun = word.size() >= 3 && candidate.substr(0, word.size()) == word;
        const std::size_t away = is_begun ? 1 : distance(word, candidate);
        if (away < best_distance) {
            best = candidate;
            best_distance = away;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates)
{
    const std::string_view found = nearest(word, candidates);
    return found.empty() ? std::string{} : "did you mean '" + std::string(found) + "'?";
}

} // namespace glacis
