#include "fault/text.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>

#include "fault/printable.hpp"

namespace glacis::fault {

namespace {

constexpr std::string_view indent = "  ";

/// "write of 8 bytes", "read", "access"
std::string access_text(Access access, std::uint64_t length)
{
    std::string text = "access";
    switch (access) {
    case Access::read:
        text = "read";
        break;
    case Access::write:
        text = "write";
        break;
    case Access::execute:
        // How long the instruction would have been says nothing.
        return "execution";
    case Access::none:
        break;
    }
    if (length != 0)
        text += " of " + std::to_string(length) + (length == 1 ? " byte" : " bytes");
    return text;
}

std::string_view base_name(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// "parser!descend+0x11 (parser.c:88)"
std::string frame_text(const Frame& frame)
{
    if (frame.module.empty())
        return address_text(frame.address);
    std::string text = printable(frame.module);
    if (!frame.function.empty())
        text += "!" + printable(frame.function);
    text += "+" + address_text(frame.offset);
    if (!frame.file.empty()) {
        text += " (" + printable(base_name(frame.file));
        if (frame.line > 0)
            text += ":" + std::to_string(frame.line);
        text += ")";
    }
    return text;
}

std::string headline(const FaultRecord& record)
{
    std::string text = std::string("fault: ") + class_name(record.fault_class) + " in thread " +
                       std::to_string(record.thread);
    if (!record.thread_name.empty())
        text += " '" + printable(record.thread_name) + "'";
    // In a call the thread is another domain's.
    const char* where = record.callers.empty() ? " of domain '" : " in domain '";
    return text + where + printable(record.domain) + "'\n";
}

/// "in a call from domain 'parser'", with those that it came through.
std::string callers_line(const FaultRecord& record)
{
    if (record.callers.empty())
        return {};
    std::string text =
        std::string(indent) + "in a call from domain '" + printable(record.callers.back()) + "'";
    for (auto caller = record.callers.rbegin() + 1; caller != record.callers.rend(); ++caller)
        text += ", called by '" + printable(*caller) + "'";
    return text + "\n";
}

std::string reason_line(const FaultRecord& record)
{
    std::string text{indent};
    if (record.address) {
        text += access_text(record.access, record.length) + " at " + address_text(*record.address);
        if (!record.explanation.empty())
            text += ", ";
    } else if (record.explanation.empty()) {
        return {};
    }
    return text + printable(record.explanation) + "\n";
}

std::string place_lines(const FaultRecord& record)
{
    std::string text;
    bool is_innermost = true;
    for (const Frame& frame : record.backtrace) {
        text += indent;
        if (!is_innermost)
            text += "called from ";
        text += frame_text(frame);
        if (is_innermost && !record.instruction.empty())
            text += "   " + printable(record.instruction);
        if (frame.repeats > 1)
            text += "  (x " + std::to_string(frame.repeats) + ")";
        text += '\n';
        is_innermost = false;
    }
    if (record.is_backtrace_cut)
        text += std::string(indent) + "(there may be more callers)\n";
    return text;
}

std::string stack_line(const StackUse& stack)
{
    if (stack.limit == 0)
        return {};
    std::string text = std::string(indent) + "stack: " + size_text(stack.peak) + " of " +
                       size_text(stack.limit) + " used";
    if (stack.suggested)
        text += "; try stack = \"" + size_text(*stack.suggested) + "\"";
    return text + "\n";
}

} // namespace

std::string to_text(const FaultRecord& record)
{
    std::string text = headline(record) + callers_line(record) + reason_line(record) +
                       place_lines(record) + stack_line(record.stack);
    if (!record.action.empty())
        text += std::string(indent) + printable(record.action) + "\n";
    return text;
}

std::string size_text(std::uint64_t bytes)
{
    struct Unit {
        std::uint64_t size;
        const char* name;
    };
    constexpr std::array<Unit, 3> units{
        {{std::uint64_t{1} << 30, " GiB"}, {std::uint64_t{1} << 20, " MiB"}, {1024, " KiB"}}};
    for (const Unit& unit : units) {
        if (bytes >= unit.size && bytes % unit.size == 0)
            return std::to_string(bytes / unit.size) + unit.name;
    }
    return std::to_string(bytes) + " bytes";
}

std::string address_text(std::uint64_t address)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%" PRIx64, address);
    return text.data();
}

} // namespace glacis::fault
