#include "description/region_files.hpp"

#include <algorithm>
#include <string_view>

#include "description/nearest.hpp"

namespace glacis {

namespace {

RawRegion* find_region(RawDescription& raw, const std::string& name)
{
    const auto found =
        std::find_if(raw.regions.begin(), raw.regions.end(), [&](const RawRegion& region) {
            return region.name && region.name->value == name;
        });
    return found != raw.regions.end() ? &*found : nullptr;
}

std::string nearest_region(const RawDescription& raw, const std::string& name)
{
    std::vector<std::string_view> names;
    for (const RawRegion& region : raw.regions) {
        if (region.name) {
            names.push_back(region.name->value);
        }
    }
    return did_you_mean(name, names);
}

void note(const std::vector<RegionFile>& files, const std::string& option,
          std::optional<std::string> RawRegion::*place, RawDescription& raw, ErrorList& errors)
{
    for (const RegionFile& given : files) {
        RawRegion* region = find_region(raw, given.region);
        if (region == nullptr) {
            errors.add({}, option + ": there is no region " + named(given.region),
                       nearest_region(raw, given.region));
        } else if (region->*place) {
            errors.add({}, option + ": region " + named(given.region) + " is given two files");
        } else {
            region->*place = given.file;
        }
    }
}

} // namespace

void apply(const RegionFiles& files, RawDescription& raw, ErrorList& errors)
{
    note(files.inputs, "--input", &RawRegion::given_file, raw, errors);
    note(files.outputs, "--output", &RawRegion::given_output, raw, errors);
}

} // namespace glacis
