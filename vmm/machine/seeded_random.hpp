// Random bytes that are the same for the same seed.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace glacis {

class SeededRandom {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

    void fill(std::span<std::uint8_t> bytes)
    {
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(engine_());
        }
    }

private:
    std::mt19937_64 engine_; ///< its sequence is fixed by the language's standard
};

} // namespace glacis
