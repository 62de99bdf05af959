#include "description_folder.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <glacis/abi/version.h>

namespace glacis::test {

DescriptionFolder::DescriptionFolder()
{
    std::string pattern = ::testing::TempDir() + "/glacis-description-XXXXXX";
    const char* made = mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr);
    folder_ = pattern;
    ElfBuilder elf;
    elf.notes = {abi_note(GLACIS_ABI_VERSION), export_note("put", ElfBuilder::entry),
                 export_note("get", ElfBuilder::entry)};
    write("main.pd", elf.build());
}

DescriptionFolder::~DescriptionFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void DescriptionFolder::write(const std::string& name, std::string_view text) const
{
    std::ofstream(path(name), std::ios::binary) << text;
}

void DescriptionFolder::write(const std::string& name, const std::vector<std::byte>& bytes) const
{
    write(name, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string DescriptionFolder::errors(std::string_view description) const
{
    write("system.toml", description);
    const auto system = load_description(path("system.toml"), host_, given_);
    if (system) {
        return "accepted";
    }
    std::string text;
    for (const DescriptionError& error : system.error()) {
        const std::string line = error.text();
        text += (text.empty() ? "" : "\n") + line.substr(folder_.size() + 1);
    }
    return text;
}

std::string DescriptionFolder::errors_with_domain(std::string_view description) const
{
    return errors(std::string(description) +
                  "\n[[domain]]\nname = \"main\"\nprogram = \"main.pd\"\n");
}

SystemDescription DescriptionFolder::load(std::string_view description) const
{
    write("system.toml", description);
    auto system = load_description(path("system.toml"), host_, given_);
    if (!system) {
        ADD_FAILURE() << system.error().front().text();
        return {};
    }
    return std::move(system).value();
}

} // namespace glacis::test
