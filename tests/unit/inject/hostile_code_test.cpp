// Bytes that need not be instructions.
#include "assembly.hpp"

#include <memory>

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;

/// Exactly as large as it is, so that a sanitizer sees every read beyond it.
class ExactCode {
public:
    explicit ExactCode(const std::vector<std::uint8_t>& bytes)
        : bytes_(std::make_unique<std::uint8_t[]>(bytes.size())), size_(bytes.size())
    {
        std::copy(bytes.begin(), bytes.end(), bytes_.get());
    }
    [[nodiscard]] Code code(std::uint64_t address = 0x1000) const
    {
        return {{bytes_.get(), size_}, address};
    }

private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_;
};

/// Looks for sites of every class and mutates them all; returns how many there were.
std::size_t mutate_everything(const Code& code)
{
    std::size_t count = 0;
    for (const FaultClass each : code_fault_classes) {
        std::uint64_t end = 0;
        for (const Site& site : find_sites(code, each)) {
            const std::uint64_t offset = site.address - code.address;
            EXPECT_GE(offset, end);
            EXPECT_GT(site.length, 0U);
            EXPECT_LE(site.length, 15U);
            end = offset + site.length;
            EXPECT_LE(end, code.bytes.size());
            Random random(count++);
            const auto mutation = mutate(code, site, each, random);
            if (!mutation) {
                ADD_FAILURE() << name_of(each) << ": a site without a mutation";
                continue;
            }
            EXPECT_EQ(mutation->before.size(), site.length);
            EXPECT_EQ(mutation->after.size(), site.length);
            EXPECT_NE(mutation->after, mutation->before);
            EXPECT_FALSE(mutation->text_before.empty());
            EXPECT_FALSE(mutation->text_after.empty());
        }
    }
    return count;
}

TEST(HostileCode, may_be_empty)
{
    EXPECT_EQ(mutate_everything({}), 0U);
    Random random(1);
    EXPECT_FALSE(mutate({}, {0, 1}, FaultClass::text_bit_flip, random));
    EXPECT_FALSE(mutate({}, {0, 0}, FaultClass::text_bit_flip, random));
}

TEST(HostileCode, may_end_within_an_instruction)
{
    const ExactCode code({0x55,                     // push %rbp
                          0xe8, 0x06, 0x06, 0x06}); // call, one byte short
    EXPECT_THAT(find_sites(code.code(), FaultClass::deleted_instruction),
                ElementsAre(Site{0x1000, 1}));
    EXPECT_GT(mutate_everything(code.code()), 0U);
    Random random(1);
    EXPECT_FALSE(mutate(code.code(), {0x1001, 5}, FaultClass::deleted_instruction, random));
    EXPECT_FALSE(mutate(code.code(), {0x1001, 4}, FaultClass::deleted_instruction, random));
}

TEST(HostileCode, may_be_cut_anywhere)
{
    const std::vector<std::uint8_t> whole{
        0x55, 0x48, 0x89, 0xe5,                            // push %rbp; mov %rsp, %rbp
        0xc7, 0x45, 0xfc, 0x07, 0x00, 0x00, 0x00,          // movl $7, -4(%rbp)
        0x48, 0xb8, 1,    2,    3,    4,    5,    6, 7, 8, // movabs $..., %rax
        0xf0, 0x48, 0x0f, 0xb1, 0x0b,                      // lock cmpxchg %rcx, (%rbx)
        0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc1,                // vaddps %zmm1, %zmm0, %zmm0
        0x83, 0xf8, 0x0a, 0x75, 0xd2};                     // cmp $0xa, %eax; jne back
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const ExactCode cut({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        mutate_everything(cut.code());
    }
}

TEST(HostileCode, may_have_the_longest_instruction_there_is)
{
    // es lock addl $0x55667788, 0x11223344(%rax, %rcx, 4), with prefixes up to 15 bytes
    std::vector<std::uint8_t> bytes{0x26, 0x26, 0x26, 0xf0, 0x81, 0x84, 0x88, 0x44,
                                    0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55};
    const ExactCode fifteen(bytes);
    EXPECT_THAT(find_sites(fifteen.code(), FaultClass::deleted_instruction),
                ElementsAre(Site{0x1000, 15}));
    EXPECT_EQ(mutate_everything(fifteen.code()), 3U); // a bit, the pointer, all of it
    // A 16th byte makes it none.
    bytes.insert(bytes.begin(), 0x26);
    const ExactCode sixteen(bytes);
    for (const Site& site : find_sites(sixteen.code(), FaultClass::deleted_instruction)) {
        EXPECT_NE(site.address, 0x1000U);
    }
    mutate_everything(sixteen.code());
}

TEST(HostileCode, may_be_nothing_but_prefixes)
{
    const std::vector<std::uint8_t> prefixes{0x66, 0xf0, 0xf2, 0xf3, 0x2e,
                                             0x48, 0x0f, 0xc4, 0xc5, 0x62};
    for (const std::uint8_t prefix : prefixes) {
        mutate_everything(ExactCode(std::vector<std::uint8_t>(40, prefix)).code());
    }
}

TEST(HostileCode, steps_over_bytes_that_begin_no_instruction)
{
    const ExactCode code({0x06, 0x0e, 0x55, 0x1f, 0xc3}); // none, none, push %rbp, none, ret
    EXPECT_THAT(find_sites(code.code(), FaultClass::deleted_instruction),
                ElementsAre(Site{0x1002, 1}, Site{0x1004, 1}));
}

TEST(HostileCode, may_be_anything)
{
    std::size_t count = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed);
        std::vector<std::uint8_t> bytes(random.below(200));
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(random.next());
        }
        const std::uint64_t address = seed % 2 == 0 ? 0x1000 : UINT64_MAX - random.below(300);
        count += mutate_everything(ExactCode(bytes).code(address));
    }
    EXPECT_GT(count, 1000U);
}

TEST(HostileCode, may_be_asked_about_places_that_are_no_sites)
{
    Random random(1);
    std::vector<std::uint8_t> bytes(64);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(random.next());
    }
    const ExactCode code(bytes);
    for (int i = 0; i < 20'000; ++i) {
        const Site site{0x1000 - 8 + random.below(80), random.below(20)};
        const FaultClass each = code_fault_classes[random.below(code_fault_classes.size())];
        if (const auto mutation = mutate(code.code(), site, each, random)) {
            EXPECT_GE(site.address, 0x1000U);
            EXPECT_LE(site.address + site.length, 0x1000 + bytes.size());
            EXPECT_EQ(mutation->after.size(), site.length);
        }
    }
}

} // namespace
} // namespace glacis::inject::test
