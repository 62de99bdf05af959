#include "machine/console.hpp"

namespace glacis {

Console::Console(std::vector<std::string> domains, Sink sink)
    : names_(std::move(domains)), pending_(names_.size()), sink_(std::move(sink))
{
}

void Console::open(std::size_t domain, std::string name)
{
    const std::lock_guard guard(mutex_);
    if (domain >= names_.size()) {
        names_.resize(domain + 1);
        pending_.resize(domain + 1);
    }
    names_[domain] = std::move(name);
    pending_[domain] = {};
}

void Console::write(std::size_t domain, std::span<const std::uint8_t> bytes)
{
    const std::lock_guard guard(mutex_);
    std::string& pending = pending_[domain];
    for (const std::uint8_t byte : bytes) {
        if (byte == '\n') {
            emit(domain, pending);
            pending.clear();
            continue;
        }
        pending.push_back(static_cast<char>(byte));
        if (pending.size() == max_line) {
            emit(domain, pending);
            pending.clear();
        }
    }
}

void Console::finish(std::size_t domain)
{
    const std::lock_guard guard(mutex_);
    if (!pending_[domain].empty()) {
        emit(domain, pending_[domain]);
        pending_[domain].clear();
    }
}

void Console::emit(std::size_t domain, std::string_view line)
{
    if (sink_) {
        sink_(names_[domain], line);
    }
}

} // namespace glacis
