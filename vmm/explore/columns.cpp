#include "explore/columns.hpp"

#include <algorithm>
#include <vector>

namespace glacis::explore {

namespace {

constexpr std::size_t widest_column = 58;
constexpr std::size_t widest_table = 180;
constexpr std::size_t narrowest_column = 24;
/// Of a stretch of one thread that is shortened.
constexpr std::size_t first_steps = 3;
constexpr std::size_t last_steps = 7;

std::string place_text(const Place& place)
{
    std::string text;
    if (!place.file.empty()) {
        text = place.file + ":" + std::to_string(place.line);
    }
    if (!place.function.empty()) {
        text += (text.empty() ? "" : " ") + place.function;
    }
    return text;
}

/// At spaces, and where there is none at the width; lines after the first are indented.
std::vector<std::string> wrapped(const std::string& text, std::size_t width)
{
    std::vector<std::string> lines;
    std::string rest = text;
    while (rest.size() > width) {
        std::size_t cut = rest.rfind(' ', width);
        if (cut == std::string::npos || cut < width / 2) {
            cut = width;
        }
        lines.push_back(rest.substr(0, cut));
        const std::size_t next = rest.find_first_not_of(' ', cut);
        rest = next == std::string::npos ? "" : "    " + rest.substr(next);
    }
    lines.push_back(rest);
    return lines;
}

class Columns {
public:
    explicit Columns(const Recording& recording)
    {
        std::size_t longest = 0;
        for (const auto& thread : recording.threads) {
            longest = std::max(longest, thread_title(thread).size());
        }
        for (const Step& step : recording.steps) {
            longest = std::max(longest, step_text(step).size());
        }
        count_ = recording.threads.size();
        const std::size_t share = widest_table / std::max<std::size_t>(count_, 1);
        width_ = std::clamp(longest, narrowest_column,
                            std::clamp(share, narrowest_column, widest_column));
        std::string titles;
        std::string rule;
        for (std::size_t index = 0; index < count_; ++index) {
            std::string title = thread_title(recording.threads[index]).substr(0, width_);
            title.resize(width_, ' ');
            titles += (index == 0 ? "" : " | ") + title;
            rule += (index == 0 ? "" : "-+-") + std::string(width_, '-');
        }
        add_line(titles);
        add_line(rule);
    }

    void add(std::size_t column, const std::string& text)
    {
        for (const std::string& part : wrapped(text, width_)) {
            std::string line;
            for (std::size_t index = 0; index < count_; ++index) {
                std::string cell = index == column ? part : "";
                cell.resize(std::max(width_, cell.size()), ' ');
                line += (index == 0 ? "" : " | ") + cell;
            }
            add_line(line);
        }
    }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    void add_line(std::string line)
    {
        line.erase(line.find_last_not_of(' ') + 1);
        text_ += line + "\n";
    }

    std::size_t width_ = 0;
    std::size_t count_ = 0;
    std::string text_;
};

} // namespace

std::string thread_title(const Recording::Thread& thread)
{
    return thread.domain + ": thread " + std::to_string(thread.number) +
           (thread.name.empty() ? "" : " '" + thread.name + "'");
}

std::string step_text(const Step& step)
{
    const std::string place = place_text(step.place);
    const std::string where = place.empty() ? "" : place + ": ";
    switch (step.kind) {
    case Step::Kind::call:
        return where + step.what + (step.refusal.empty() ? "" : ", refused: " + step.refusal);
    case Step::Kind::instruction:
        return where + step.what;
    case Step::Kind::output:
        return "\"" + step.what + "\"";
    case Step::Kind::preempted:
        break;
    }
    return "<<< preempted (point " + std::to_string(step.point) + ")";
}

std::string columns_text(const Recording& recording, bool is_whole)
{
    Columns columns(recording);
    const auto& steps = recording.steps;
    for (std::size_t begin = 0; begin < steps.size();) {
        std::size_t end = begin + 1;
        while (end < steps.size() && steps[end].thread == steps[begin].thread) {
            ++end;
        }
        const bool is_long = !is_whole && end - begin > first_steps + last_steps + 1;
        for (std::size_t index = begin; index < end; ++index) {
            if (is_long && index == begin + first_steps) {
                const std::size_t hidden = end - begin - first_steps - last_steps;
                columns.add(steps[begin].thread, "... " + std::to_string(hidden) + " steps ...");
                index += hidden - 1;
                continue;
            }
            columns.add(steps[index].thread, step_text(steps[index]));
        }
        begin = end;
    }
    return columns.text();
}

} // namespace glacis::explore
