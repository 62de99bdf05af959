#include "description/builtin.hpp"

extern "C" const std::byte glacis_round_robin_image[];
extern "C" const std::byte glacis_round_robin_image_end[];

namespace glacis {

std::optional<std::span<const std::byte>> builtin_program(std::string_view name)
{
    if (name == builtin_names[0]) {
        return std::span(glacis_round_robin_image, glacis_round_robin_image_end);
    }
    return std::nullopt;
}

} // namespace glacis
