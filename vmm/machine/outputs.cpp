// What domains leave for files of the host.

#include <cstring>
#include <glacis/abi/boot.h>

#include "machine/core.hpp"

namespace glacis {

namespace {

RegionOutput read_output(std::size_t region, const std::uint8_t* bytes, std::uint64_t size)
{
    pd_output header{};
    std::memcpy(&header, bytes, sizeof header);
    RegionOutput output{region, header.length, std::nullopt};
    if (header.length <= size - sizeof header) {
        const auto* begin = reinterpret_cast<const std::byte*>(bytes) + sizeof header;
        output.content.emplace(begin, begin + header.length);
    }
    return output;
}

} // namespace

std::vector<RegionOutput> Core::outputs() const
{
    std::vector<RegionOutput> outputs;
    for (std::size_t index = 0; index < system.regions.size(); ++index) {
        const RegionDescription& region = system.regions[index];
        if (region.output) {
            const std::uint8_t* bytes = space->own(region_bases_[index], region.size);
            outputs.push_back(read_output(index, bytes, region.size));
        }
    }
    return outputs;
}

} // namespace glacis
