// Records, heads and folders for tests of campaigns.
#pragma once

#include <string>
#include <string_view>

#include "campaign/archive.hpp"

namespace glacis::campaign::test {

/// A folder that is gone when the test ends.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    void write(const std::string& name, std::string_view text) const;
    [[nodiscard]] std::string read(const std::string& name) const;

private:
    std::string path_;
};

/// Every member has a value of its own.
[[nodiscard]] Record sample_record(std::uint64_t run,
                                   FaultClass fault_class = FaultClass::wrong_source,
                                   Outcome outcome = Outcome::detected);
/// Any class of faults, trigger and outcome, and strings that JSON has to escape.
[[nodiscard]] Record random_record(inject::Random& random);

/// Of a campaign of 10 runs.
[[nodiscard]] ArchiveHead sample_head(Shard shard = {});

} // namespace glacis::campaign::test
