#include "sample_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace glacis::fault::test {

std::vector<std::byte> sample_file(const std::string& variant)
{
    std::ifstream in(std::string(GLACIS_SAMPLE_FOLDER) + "/fault_sample_" + variant,
                     std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::vector<std::byte> bytes(content.size());
    std::transform(content.begin(), content.end(), bytes.begin(),
                   [](char character) { return static_cast<std::byte>(character); });
    return bytes;
}

} // namespace glacis::fault::test
