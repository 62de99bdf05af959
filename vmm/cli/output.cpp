#include "cli/output.hpp"

#include <cerrno>

#include <unistd.h>

namespace glacis::cli {

bool write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool print(std::string_view text)
{
    return write_all(STDOUT_FILENO, text);
}

void complain(std::string_view text)
{
    static_cast<void>(write_all(STDERR_FILENO, text));
}

} // namespace glacis::cli
