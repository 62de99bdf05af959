#include "machine/baton.hpp"

namespace glacis {

void Baton::wait(std::uint32_t id)
{
    std::unique_lock lock(mutex_);
    has_changed_.wait(lock, [this, id] { return holder_ == id; });
}

void Baton::pass(std::uint32_t to)
{
    const std::lock_guard guard(mutex_);
    holder_ = to;
    has_changed_.notify_all();
}

void Baton::retire(std::uint32_t id)
{
    const std::lock_guard guard(mutex_);
    is_gone_[id] = true;
    const auto count = static_cast<std::uint32_t>(is_gone_.size());
    for (std::uint32_t step = 1; step < count; ++step) {
        if (const std::uint32_t next = (id + step) % count; !is_gone_[next]) {
            holder_ = next;
            has_changed_.notify_all();
            return;
        }
    }
}

} // namespace glacis
