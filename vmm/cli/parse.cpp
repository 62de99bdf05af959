#include "cli/parse.hpp"

#include <algorithm>
#include <string_view>

#include "cli/verbs.hpp"
#include "description/error.hpp"
#include "description/nearest.hpp"

namespace glacis::cli {

namespace {

std::string general_help()
{
    constexpr std::size_t column = 27;
    std::string text =
        "glacis runs untrusted or fragile native code in protection domains of a KVM guest.\n\n"
        "usage: glacis COMMAND [OPTIONS]\n\n";
    for (const Verb& verb : verbs()) {
        std::string line = "  " + std::string(verb.usage);
        line.resize(std::max(line.size() + 2, column), ' ');
        text += line + std::string(verb.summary) + "\n";
    }
    return text +
           "\n"
           "`glacis COMMAND --help` tells the options of a command, with an example.\n\n"
           "Exit status: 0 every domain ended well, 1 the host failed, 2 the command line, a\n"
           "description or a program is wrong, 3 a domain faulted or ended with a status other\n"
           "than 0, 4 a time limit has passed, 5 an injected fault escaped, 6 a repeated run\n"
           "differs from its record.\n";
}

Ending unknown_verb(const std::string& word)
{
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs()) {
        names.push_back(verb.name);
    }
    const std::string hint = did_you_mean(word, names);
    return {exit_bad_input,
            {},
            "glacis: unknown command " + named(word) + (hint.empty() ? "" : "; " + hint) +
                "\ntry 'glacis --help'\n"};
}

} // namespace

Result<Command, Ending> parse_command_line(std::vector<std::string> arguments)
{
    if (arguments.empty()) {
        return Ending{exit_bad_input, {}, general_help()};
    }
    const std::string first = arguments.front();
    arguments.erase(arguments.begin());
    for (const Verb& verb : verbs()) {
        if (verb.name == first) {
            return verb.parse(std::move(arguments));
        }
    }
    if (first == "--help" || first == "-h" || first == "help") {
        return Ending{exit_well, general_help(), {}};
    }
    if (first == "--version" || first == "-V") {
        return Ending{exit_well, "glacis " GLACIS_VERSION "\n", {}};
    }
    if (first.rfind('-', 0) == 0) {
        return Ending{exit_bad_input,
                      {},
                      "glacis: unknown option " + named(first) + "\ntry 'glacis --help'\n"};
    }
    return unknown_verb(first);
}

} // namespace glacis::cli
