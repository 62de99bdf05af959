// Programs of domains made at run time are parsed once, shared, bounded, and forgotten.

#include <gtest/gtest.h>

#include "elf_builder.hpp"
#include "machine/image_store.hpp"

namespace glacis {
namespace {

std::vector<std::byte> program(std::uint64_t variant)
{
    return test::ElfBuilder().poke(test::ElfBuilder::data, variant).build();
}

TEST(ImageStore, gives_equal_bytes_the_same_image)
{
    ImageStore store(1 << 20);
    const auto first = store.get(program(1));
    const auto same = store.get(program(1));
    const auto other = store.get(program(2));
    ASSERT_TRUE(first && same && other);
    EXPECT_EQ(first->get(), same->get());
    EXPECT_NE(first->get(), other->get());
    EXPECT_EQ(store.size(), 2 * program(1).size());
}

TEST(G12NothingLeaks, what_nobody_runs_is_forgotten)
{
    ImageStore store(1 << 20);
    {
        const auto image = store.get(program(1));
        EXPECT_TRUE(static_cast<bool>(image));
    }
    EXPECT_EQ(store.size(), 0U);
}

TEST(ImageStore, keeps_no_more_than_its_budget)
{
    ImageStore store(2 * program(1).size());
    auto first = store.get(program(1));
    const auto second = store.get(program(2));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(store.get(program(3)).error(), PD_NO_MEMORY);
    EXPECT_TRUE(static_cast<bool>(store.get(program(1)))) << "it is there already";
    *first = nullptr;
    EXPECT_TRUE(static_cast<bool>(store.get(program(3))));
}

TEST(G11Containment, what_is_no_program_is_refused_and_not_kept)
{
    ImageStore store(1 << 20);
    EXPECT_EQ(store.get({}).error(), PD_BAD_PROGRAM);
    EXPECT_EQ(store.get(std::vector<std::byte>(5000)).error(), PD_BAD_PROGRAM);
    std::vector<std::byte> truncated = program(1);
    truncated.resize(truncated.size() / 2);
    EXPECT_EQ(store.get(truncated).error(), PD_BAD_PROGRAM);
    test::ElfBuilder writable_code;
    writable_code.headers[1].p_flags |= PF_W;
    EXPECT_EQ(store.get(writable_code.build()).error(), PD_BAD_PROGRAM);
    EXPECT_EQ(store.size(), 0U);
}

} // namespace
} // namespace glacis
