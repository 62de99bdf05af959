// A folder with a description and what it names, gone when the test ends.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "description/load.hpp"
#include "elf_builder.hpp"

namespace glacis::test {

class DescriptionFolder : public ::testing::Test {
public:
    DescriptionFolder();
    ~DescriptionFolder() override;
    DescriptionFolder(const DescriptionFolder&) = delete;
    DescriptionFolder& operator=(const DescriptionFolder&) = delete;

protected:
    void write(const std::string& name, std::string_view text) const;
    void write(const std::string& name, const std::vector<std::byte>& bytes) const;
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

    /// The errors of a description, one a line, without the folder: "system.toml:1:1: ...".
    /// "accepted" when there are none.
    [[nodiscard]] std::string errors(std::string_view description) const;
    /// The same for a description to which one sound domain 'main' is added at the end.
    [[nodiscard]] std::string errors_with_domain(std::string_view description) const;
    /// The system of a description that has no errors.
    [[nodiscard]] SystemDescription load(std::string_view description) const;

    /// An x86-64 host with 16 GiB, whatever the test runs on.
    HostLimits host_{.memory = std::uint64_t{16} << 30, .machine = EM_X86_64};
    RegionFiles given_; ///< on the command line

private:
    std::string folder_;
};

} // namespace glacis::test
