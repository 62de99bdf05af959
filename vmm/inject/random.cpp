#include "inject/random.hpp"

#include <cassert>

namespace glacis::inject {

std::uint64_t Random::next()
{
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

std::uint64_t Random::below(std::uint64_t bound)
{
    assert(bound != 0);
    // The numbers from here on are a multiple of `bound` many.
    const std::uint64_t first = (0 - bound) % bound;
    std::uint64_t number = next();
    while (number < first) {
        number = next();
    }
    return number % bound;
}

} // namespace glacis::inject
