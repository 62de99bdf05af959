#include "fault/backtrace.hpp"

namespace glacis::fault {

namespace {

constexpr std::uint64_t word = 8;
constexpr std::uint64_t record_size = 2 * word;

class FrameList {
public:
    explicit FrameList(Walk& walk) : walk_(walk) {}

    /// False when a bound is reached; the walk is cut then.
    [[nodiscard]] bool add(std::uint64_t address)
    {
        auto& frames = walk_.frames;
        const bool is_repeat = !frames.empty() && frames.back().address == address;
        if (total_ == max_walked_frames || (!is_repeat && frames.size() == max_distinct_frames)) {
            walk_.is_cut = true;
            return false;
        }
        ++total_;
        if (is_repeat)
            ++frames.back().repeats;
        else
            frames.push_back({address, 1});
        return true;
    }

private:
    Walk& walk_;
    std::uint64_t total_ = 0;
};

bool holds_record(const supervisor::Range& stack, std::uint64_t address)
{
    return address % word == 0 && address >= stack.begin && address < stack.end &&
           stack.end - address >= record_size;
}

} // namespace

Walk walk(const WalkStart& start, const supervisor::Range& stack, const WordReader& read)
{
    Walk result;
    FrameList frames(result);
    if (!frames.add(start.program_counter))
        return result;
    if (start.return_address && *start.return_address != 0 && !frames.add(*start.return_address))
        return result;

    std::uint64_t record = start.frame_pointer;
    while (record != 0) {
        std::uint64_t next = 0;
        std::uint64_t return_address = 0;
        if (!holds_record(stack, record) || !read(record, next) ||
            !read(record + word, return_address)) {
            result.is_cut = true;
            break;
        }
        if (return_address == 0 || !frames.add(return_address))
            break;
        if (next != 0 && next <= record) {
            result.is_cut = true;
            break;
        }
        record = next;
    }
    return result;
}

} // namespace glacis::fault
