// Consoles of domains: bytes go in, whole lines come out, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glacis {

/// Thread-safe. A line longer than max_line is cut into several.
class Console {
public:
    using Sink = std::function<void(std::string_view domain, std::string_view line)>;
    static constexpr std::size_t max_line = std::size_t{16} * 1024;

    Console(std::vector<std::string> domains, Sink sink);

    /// A domain more, at a place that no other has now: it is named so from here on.
    void open(std::size_t domain, std::string name);
    void write(std::size_t domain, std::span<const std::uint8_t> bytes);
    /// A line without its newline is written out: at the end of a domain.
    void finish(std::size_t domain);

private:
    void emit(std::size_t domain, std::string_view line);

    std::mutex mutex_;
    std::vector<std::string> names_;
    std::vector<std::string> pending_;
    Sink sink_;
};

} // namespace glacis
