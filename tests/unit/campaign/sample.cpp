#include "sample.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace glacis::campaign::test {

namespace {

using inject::Random;

std::string random_text(Random& random)
{
    const std::vector<std::string> pieces{"a",    "domain", "\"", "\\", "\n",
                                          "\x01", "ü",      "日", "{",  ""};
    std::string text;
    for (std::uint64_t i = random.below(5); i > 0; --i) {
        text += pieces[random.below(pieces.size())];
    }
    return text;
}

/// Small, large or anything between.
std::uint64_t random_number(Random& random)
{
    const std::uint64_t number = random.next() >> random.below(64);
    return random.below(8) == 0 ? UINT64_MAX : number;
}

Trigger random_trigger(FaultClass fault_class, Random& random)
{
    Trigger trigger;
    trigger.nth = random_number(random);
    trigger.nth += trigger.nth == 0 ? 1 : 0;
    trigger.times = random_number(random);
    trigger.kind = fault_class == FaultClass::host_failure
                       ? Trigger::Kind::host_call
                       : static_cast<Trigger::Kind>(random.below(3));
    switch (trigger.kind) {
    case Trigger::Kind::execution:
        trigger.offset = random_number(random);
        break;
    case Trigger::Kind::call:
        trigger.call = random.below(2) == 0 ? std::nullopt : std::optional(random_number(random));
        break;
    case Trigger::Kind::time:
        trigger.time_ns = random_number(random);
        break;
    case Trigger::Kind::host_call:
        trigger.host_call = static_cast<host::Call>(random.below(host::call_kinds));
        break;
    }
    return trigger;
}

Fault random_fault(Random& random)
{
    const auto classes = inject::all_fault_classes();
    Fault fault;
    fault.fault_class = classes[random.below(classes.size())];
    fault.domain = random_text(random);
    fault.trigger = random_trigger(fault.fault_class, random);
    fault.amount = random_number(random);
    fault.helper = random_number(random);
    fault.error_number = static_cast<int>(random.below(4096));
    fault.seed = random_number(random);
    if (inject::group_of(fault.fault_class) == inject::FaultGroup::code) {
        inject::Mutation mutation;
        mutation.fault_class = fault.fault_class;
        mutation.address = random_number(random);
        for (std::uint64_t i = 1 + random.below(15); i > 0; --i) {
            mutation.before.push_back(static_cast<std::uint8_t>(random.next()));
            mutation.after.push_back(static_cast<std::uint8_t>(random.next()));
        }
        mutation.text_before = random_text(random);
        mutation.text_after = random_text(random);
        fault.mutation = mutation;
    }
    return fault;
}

Side random_side(Random& random)
{
    Side side;
    side.verdict.outcome = all_outcomes[random.below(all_outcomes.size())];
    side.verdict.mechanism = random_text(random);
    side.verdict.detected_in = random_text(random);
    side.verdict.latency = random_number(random);
    for (std::uint64_t i = random.below(3); i > 0; --i) {
        side.verdict.spread.push_back(random_text(random));
        side.verdict.escapes.push_back({random_text(random), random_text(random)});
    }
    side.deed = random_text(random);
    side.fault_text = random_text(random);
    return side;
}

} // namespace

Folder::Folder()
{
    std::string pattern = ::testing::TempDir() + "/glacis-campaign-XXXXXX";
    const char* made = mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr);
    path_ = pattern;
}

Folder::~Folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, std::string_view text) const
{
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
}

std::string Folder::read(const std::string& name) const
{
    std::ifstream file(path(name), std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Record sample_record(std::uint64_t run, FaultClass fault_class, Outcome outcome)
{
    Record record;
    record.run = run;
    record.fault.fault_class = fault_class;
    record.fault.domain = "parser";
    record.fault.trigger.offset = 0x1234;
    record.fault.trigger.nth = 3;
    record.fault.trigger.times = 2;
    if (fault_class == FaultClass::host_failure) {
        record.fault.domain.clear();
        record.fault.trigger = {};
        record.fault.trigger.kind = Trigger::Kind::host_call;
        record.fault.trigger.host_call = host::Call::madvise;
    }
    record.fault.amount = 5;
    record.fault.helper = 6;
    record.fault.error_number = 12;
    record.fault.seed = 7;
    if (inject::group_of(fault_class) == inject::FaultGroup::code) {
        record.fault.mutation = {fault_class,  0x1234,           {0x89, 0xd8},
                                 {0x89, 0xc8}, "mov %ebx, %eax", "mov %ecx, %eax"};
    }
    record.place = "parser!descend+0x11 (parser.c:88)";
    record.with.verdict.outcome = outcome;
    if (outcome == Outcome::detected) {
        record.with.verdict.mechanism = "stack overflow";
        record.with.verdict.detected_in = "parser";
        record.with.verdict.latency = 9;
        record.with.fault_text = "domain 'parser' ran over its stack";
    }
    record.with.verdict.spread = {"writer", "reader"};
    if (outcome == Outcome::escape) {
        record.with.verdict.escapes = {{"reader", "0x4010f8: 0x00 became 0x41"}};
    }
    record.with.deed = "changed an instruction";
    Side without;
    without.verdict.outcome = Outcome::silent_corruption;
    without.deed = "changed it too";
    record.without = without;
    return record;
}

Record random_record(Random& random)
{
    Record record;
    record.run = random_number(random);
    record.fault = random_fault(random);
    record.place = random_text(random);
    record.with = random_side(random);
    if (random.below(2) == 0) {
        record.without = random_side(random);
    }
    return record;
}

ArchiveHead sample_head(Shard shard)
{
    ArchiveHead head;
    head.name = "stacks";
    head.runs = 10;
    head.has_baseline = true;
    head.shard = shard;
    head.context = {"0123456789abcdef",
                    "system.toml",
                    {"-v", "2"},
                    5'000'000'000,
                    200'000'000,
                    42,
                    {"00000000000000aa", "00000000000000bb"},
                    "00000000000000dd"};
    return head;
}

} // namespace glacis::campaign::test
