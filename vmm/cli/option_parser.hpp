// The options of one verb.
#pragma once

#include <algorithm>
#include <ios>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/command.hpp"
#include "cli/parse.hpp"
#include "description/error.hpp"

namespace glacis::cli {

/// One verb's options. Only the verb that was asked for is ever built.
class OptionParser {
public:
    OptionParser(const std::string& verb, const std::string& description, const std::string& footer)
        : verb_(verb), app_(description, "glacis " + verb)
    {
        app_.footer(footer);
        app_.get_formatter()->column_width(32);
    }

    CLI::App& app() { return app_; }

    /// What ends the program: help, or an error. Nothing when the options were understood.
    std::optional<Ending> parse(std::vector<std::string> arguments)
    {
        std::reverse(arguments.begin(), arguments.end()); // as the library wants them
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::CallForHelp&) {
            return Ending{exit_well, app_.help(), {}};
        } catch (const CLI::ParseError& error) {
            return wrong(error.what());
        }
        return std::nullopt;
    }

    [[nodiscard]] Ending wrong(const std::string& message) const
    {
        return {exit_bad_input,
                {},
                "glacis " + verb_ + ": " + printable(message) + "\ntry 'glacis " + verb_ +
                    " --help'\n"};
    }

private:
    std::ios_base::Init streams_; ///< late/iostream leaves it out
    std::string verb_;
    CLI::App app_;
};

} // namespace glacis::cli
