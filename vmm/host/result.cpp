#include "host/result.hpp"

#include <cerrno>
#include <cstring>

namespace glacis {

std::string HostError::text() const
{
    std::string text = context.empty() ? operation : context + ": " + operation;
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
