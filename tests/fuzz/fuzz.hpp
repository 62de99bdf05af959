// What the fuzzers share: taking values out of the input, and failing loudly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

namespace glacis::fuzz {

/// Ends the process, which the fuzzer reports with the input, unless `holds`.
inline void require(bool holds, const std::string& what)
{
    if (!holds) {
        std::fprintf(stderr, "broken: %s\n", what.c_str());
        std::abort();
    }
}

/// Values from the input, zeros behind its end.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

    [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
    [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }

    std::uint8_t byte()
    {
        if (bytes_.empty()) {
            return 0;
        }
        const std::uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }

    /// `count` bytes, little-endian.
    std::uint64_t number(unsigned count)
    {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < count; ++i) {
            value |= std::uint64_t{byte()} << (8 * i);
        }
        return value;
    }

    /// Less than `limit`, which is at most 256.
    std::uint64_t below(std::uint64_t limit) { return byte() % limit; }

private:
    std::span<const std::uint8_t> bytes_;
};

} // namespace glacis::fuzz

// The name is the fuzzers' own.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
