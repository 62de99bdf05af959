#include "thread_table.hpp"

#include <cassert>
#include <utility>

namespace glacis::supervisor {
namespace {

/// Handles of groups have the bit above in their low half.
constexpr std::size_t most_places = std::size_t{1} << 31;

} // namespace

std::optional<ThreadIndex> ThreadTable::create(Part part)
{
    ThreadIndex index = no_index;
    if (!free_.empty()) {
        index = free_.front();
        free_.pop_front();
    } else if (threads_.size() < most_places) {
        index = static_cast<ThreadIndex>(threads_.size());
        threads_.emplace_back();
    } else {
        return std::nullopt;
    }
    Thread& thread = threads_[index];
    ++thread.generation;
    thread.number = part == Part::managers ? next_of_manager_++ : next_number_++;
    return index;
}

void ThreadTable::destroy(ThreadIndex index)
{
    Thread& thread = threads_[index];
    const std::uint32_t generation = thread.generation;
    thread = Thread{};
    thread.generation = generation;
    // A place whose generations are used up is never given out again.
    if (generation != UINT32_MAX) {
        free_.push_back(index);
    }
}

ThreadId ThreadTable::id(ThreadIndex index) const
{
    return ThreadId{(static_cast<std::uint64_t>(threads_[index].generation) << 32) | index};
}

std::optional<ThreadIndex> ThreadTable::find(ThreadId id) const
{
    const auto index = static_cast<ThreadIndex>(static_cast<std::uint64_t>(id));
    const auto generation = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id) >> 32);
    if (index >= threads_.size() || threads_[index].generation != generation ||
        threads_[index].state == Thread::State::none) {
        return std::nullopt;
    }
    return index;
}

} // namespace glacis::supervisor
