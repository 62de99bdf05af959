// What people read.
#include <gtest/gtest.h>

#include "fault/printable.hpp"
#include "fault/text.hpp"
#include "sample_record.hpp"

namespace glacis::fault::test {
namespace {

TEST(FaultText, of_a_stack_overflow_reads_as_documented)
{
    EXPECT_EQ(to_text(sample_record()),
              R"(fault: stack overflow in thread 3 'worker' of domain 'parser'
  write of 8 bytes at 0x400f0ff8, 8 bytes below its committed stack [0x400f1000, 0x40100000)
  parser!descend+0x11 (parser.c:88)   push %rbp
  called from parser!descend+0x2c (parser.c:91)  (x 412)
  stack: 60 KiB of 60 KiB used; try stack = "128 KiB"
  domain 'parser' stopped; 3 other domains go on
)");
}

TEST(FaultText, leaves_out_what_is_not_known)
{
    FaultRecord record;
    record.fault_class = PD_FAULT_TIME_LIMIT;
    record.domain = "parser";
    record.explanation = "its running time is used up";
    EXPECT_EQ(to_text(record), "fault: time limit in thread 0 of domain 'parser'\n"
                               "  its running time is used up\n");
    record.explanation.clear();
    EXPECT_EQ(to_text(record), "fault: time limit in thread 0 of domain 'parser'\n");
}

TEST(FaultText, names_places_without_symbols_by_module_or_address)
{
    FaultRecord record;
    record.domain = "parser";
    Frame in_module;
    in_module.address = 0x100001234;
    in_module.module = "parser";
    in_module.offset = 0x1234;
    Frame nowhere;
    nowhere.address = 0x20;
    record.backtrace = {nowhere, in_module};
    record.is_backtrace_cut = true;
    EXPECT_EQ(to_text(record), "fault: unknown in thread 0 of domain 'parser'\n"
                               "  0x20\n"
                               "  called from parser+0x1234\n"
                               "  (there may be more callers)\n");
}

TEST(FaultText, says_what_kind_of_access_it_was)
{
    FaultRecord record;
    record.domain = "d";
    record.address = 0x10;
    const auto second_line = [&] {
        const std::string text = to_text(record);
        return text.substr(text.find('\n') + 1);
    };
    EXPECT_EQ(second_line(), "  access at 0x10\n");
    record.access = Access::read;
    record.length = 1;
    EXPECT_EQ(second_line(), "  read of 1 byte at 0x10\n");
    record.access = Access::execute;
    record.explanation = "a call through a null pointer";
    EXPECT_EQ(second_line(), "  execution at 0x10, a call through a null pointer\n");
}

TEST(FaultText, cannot_be_used_to_write_to_the_terminal)
{
    FaultRecord record = sample_record();
    record.thread_name = "\x1b[2J\nfault: none";
    record.backtrace[0].function = "evil\x1b]0;title\x07";
    const std::string text = to_text(record);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_NE(text.find("'\\x1b[2J\\x0afault: none'"), std::string::npos);
}

TEST(SizeText, uses_the_largest_unit_that_divides)
{
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(1000), "1000 bytes");
    EXPECT_EQ(size_text(61440), "60 KiB");
    EXPECT_EQ(size_text(1048576), "1 MiB");
    EXPECT_EQ(size_text(1049600), "1025 KiB");
    EXPECT_EQ(size_text(std::uint64_t{3} << 30), "3 GiB");
}

TEST(Printable, keeps_text_and_escapes_everything_else)
{
    EXPECT_EQ(printable("descend(int)"), "descend(int)");
    EXPECT_EQ(printable("größe €"), "größe €");
    EXPECT_EQ(printable("a\tb\n"), "a\\x09b\\x0a");
    EXPECT_EQ(printable("\x7f"), "\\x7f");
    EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(printable("\xc3"), "\\xc3");                            // cut short
    EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");                   // overlong
    EXPECT_EQ(printable("\xe0\x83\xa9"), "\\xe0\\x83\\xa9");          // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");          // surrogate
    EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");                   // C1 control
    EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");          // right to left
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); // beyond Unicode
    EXPECT_EQ(printable("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

} // namespace
} // namespace glacis::fault::test
