#include "cli/console_view.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "cli/output.hpp"
#include "fault/printable.hpp"

namespace glacis::cli {

namespace {

// Colours that can be read on a dark and on a light background.
constexpr std::array<std::string_view, 6> colours{"\x1b[36m", "\x1b[33m", "\x1b[32m",
                                                  "\x1b[35m", "\x1b[34m", "\x1b[31m"};
constexpr std::string_view no_colour = "\x1b[0m";

} // namespace

ConsoleView::ConsoleView(const SystemDescription& system, bool in_colour)
{
    std::size_t width = 0;
    for (const DomainDescription& domain : system.domains) {
        width = std::max(width, domain.name.size());
    }
    std::size_t number = 0;
    for (const DomainDescription& domain : system.domains) {
        std::string label = domain.name;
        label.resize(width, ' ');
        if (in_colour) {
            label.insert(0, colours[number++ % colours.size()]);
            label += no_colour;
        }
        labels_.emplace(domain.name, label + " | ");
    }
}

void ConsoleView::show(std::string_view domain, std::string_view line)
{
    if (error_number_ == 0 && !print(labelled(domain, line))) {
        error_number_ = errno;
    }
}

Status ConsoleView::status() const
{
    if (error_number_ != 0) {
        return HostError{"write", error_number_, "standard output"};
    }
    return Done{};
}

std::string ConsoleView::labelled(std::string_view domain, std::string_view line) const
{
    const auto label = labels_.find(domain);
    std::string text = label == labels_.end() ? std::string(domain) + " | " : label->second;
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    while (true) { // tabs are the one control character that consoles show as it is meant
        const std::size_t tab = line.find('\t');
        text += fault::printable(line.substr(0, tab));
        if (tab == std::string_view::npos) {
            break;
        }
        text += '\t';
        line.remove_prefix(tab + 1);
    }
    text += '\n';
    return text;
}

} // namespace glacis::cli
