// Digests, which reports are compared by.
#include <gtest/gtest.h>

#include "machine/digest.hpp"

namespace glacis {
namespace {

TEST(Digest, is_fnv_1a_of_64_bits)
{
    // From the authors' own test vectors.
    EXPECT_EQ(digest(""), 0xcbf29ce484222325U);
    EXPECT_EQ(digest("a"), 0xaf63dc4c8601ec8cU);
    EXPECT_EQ(digest("foobar"), 0x85944171f73967e8U);
}

TEST(Digest, is_continued_from_where_it_was)
{
    EXPECT_EQ(digest("bar", digest("foo")), digest("foobar"));
    EXPECT_NE(digest("foo", digest("bar")), digest("foobar"));
}

TEST(Digest, takes_every_byte)
{
    EXPECT_NE(digest(std::string(1, '\0')), digest(""));
    EXPECT_NE(digest("\x7f"), digest("\xff"));
    const std::string text = "foobar";
    EXPECT_EQ(digest(std::as_bytes(std::span(text))), digest(text));
}

TEST(Digest, is_written_with_all_its_digits)
{
    EXPECT_EQ(digest_text(0), "0000000000000000");
    EXPECT_EQ(digest_text(0xabc), "0000000000000abc");
    EXPECT_EQ(digest_text(UINT64_MAX), "ffffffffffffffff");
}

} // namespace
} // namespace glacis
