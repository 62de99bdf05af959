#include "host/result.hpp"

#include <cerrno>
#include <cstring>

namespace glacis {

std::string HostError::text() const
{
    const bool has_both = !context.empty() && !operation.empty();
    std::string text = context + (has_both ? ": " : "") + operation;
    if (error_number != 0) {
        text += ": ";
        text += std::strerror(error_number);
    }
    return text;
}

HostError host_error(std::string_view operation, std::string_view context)
{
    const int error_number = errno;
    return {std::string(operation), error_number, std::string(context)};
}

} // namespace glacis
