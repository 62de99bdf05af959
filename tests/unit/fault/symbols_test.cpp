// Names from a program's own file, which may say anything.
#include <random>

#include <gtest/gtest.h>

#include "fault/demangle.hpp"
#include "fault/symbols.hpp"
#include "sample_file.hpp"

namespace glacis::fault::test {
namespace {

constexpr std::uint64_t sample_image_size = 0x5000;

/// Where the function begins in the image.
std::optional<std::uint64_t> start_of(const SymbolTable& table, const std::string& function)
{
    for (std::uint64_t offset = 0; offset < sample_image_size; ++offset) {
        const auto symbol = table.find(offset);
        if (symbol && symbol->offset == 0 && symbol->function == function)
            return offset;
    }
    return std::nullopt;
}

class Symbols : public testing::TestWithParam<std::string> {};

TEST_P(Symbols, tell_function_offset_file_and_line)
{
    const auto file = sample_file(GetParam());
    ASSERT_FALSE(file.empty());
    const SymbolTable table(file);
    const auto start = start_of(table, "descend");
    ASSERT_TRUE(start);
    const auto symbol = table.find(*start + 4);
    ASSERT_TRUE(symbol);
    EXPECT_EQ(symbol->function, "descend");
    EXPECT_EQ(symbol->offset, 4u);
    EXPECT_TRUE(symbol->file.ends_with("parser.c")) << symbol->file;
    EXPECT_GE(symbol->line, 100);
    EXPECT_LE(symbol->line, 105);
}

TEST_P(Symbols, of_cpp_are_demangled)
{
    const auto file = sample_file(GetParam());
    const SymbolTable table(file);
    const auto start = start_of(table, "tree::Node::depth(int) const");
    ASSERT_TRUE(start);
    EXPECT_TRUE(table.find(*start)->file.ends_with("include/tree.hpp"));
    EXPECT_EQ(table.find(*start)->line, 200);
}

INSTANTIATE_TEST_SUITE_P(Formats, Symbols, testing::Values("dwarf5", "dwarf4", "compressed"));

TEST(SymbolTable, without_debug_information_knows_functions)
{
    const auto file = sample_file("symbols_only");
    const SymbolTable table(file);
    const auto start = start_of(table, "descend");
    ASSERT_TRUE(start);
    EXPECT_EQ(table.find(*start)->file, "");
    EXPECT_EQ(table.find(*start)->line, 0);
}

TEST(SymbolTable, knows_labels_of_assembler_code)
{
    const auto file = sample_file("dwarf5");
    const SymbolTable table(file);
    const auto start = start_of(table, "assembler_label");
    ASSERT_TRUE(start);
    EXPECT_EQ(table.find(*start + 5)->offset, 5u);
}

TEST(SymbolTable, knows_nothing_outside_the_program)
{
    const auto file = sample_file("dwarf5");
    const SymbolTable table(file);
    EXPECT_FALSE(table.find(0x10000000));
    EXPECT_FALSE(table.find(UINT64_MAX));
}

TEST(SymbolTable, does_not_follow_debug_information_into_other_files)
{
    const auto file = sample_file("alternate");
    const SymbolTable table(file);
    const auto start = start_of(table, "descend");
    ASSERT_TRUE(start);
    EXPECT_EQ(table.find(*start)->file, "");
}

TEST(SymbolTable, of_no_program_is_empty)
{
    const std::vector<std::byte> nothing;
    EXPECT_FALSE(SymbolTable(nothing).find(0));
    const std::vector<std::byte> zeros(4096);
    EXPECT_FALSE(SymbolTable(zeros).find(0));
}

/// Looks everything up once; what comes back does not matter, that it comes back does.
std::size_t names_found(const std::vector<std::byte>& file)
{
    const SymbolTable table(file);
    std::size_t found = 0;
    for (std::uint64_t offset = 0; offset < sample_image_size; offset += 64) {
        if (table.find(offset))
            ++found;
    }
    return found;
}

class HostileProgram : public testing::TestWithParam<std::string> {};

TEST_P(HostileProgram, with_flipped_bytes_is_survived)
{
    const auto original = sample_file(GetParam());
    ASSERT_GT(names_found(original), 0u);
    for (unsigned seed = 0; seed < 400; ++seed) {
        std::mt19937 random(seed);
        auto file = original;
        for (auto flips = 1 + random() % 32; flips > 0; --flips) {
            auto& byte = file[random() % file.size()];
            byte = random() % 2 != 0 ? static_cast<std::byte>(random()) : std::byte{0xff};
        }
        (void)names_found(file);
    }
}

TEST_P(HostileProgram, that_is_cut_short_is_survived)
{
    const auto original = sample_file(GetParam());
    for (std::size_t size = 0; size < original.size(); size += 97) {
        const std::vector<std::byte> file(original.begin(),
                                          original.begin() + static_cast<std::ptrdiff_t>(size));
        (void)names_found(file);
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, HostileProgram,
                         testing::Values("dwarf5", "dwarf4", "compressed"));

TEST(Demangled, leaves_alone_what_is_no_cpp_name)
{
    EXPECT_EQ(demangled("descend"), "descend");
    EXPECT_EQ(demangled("_Znonsense"), "_Znonsense");
    EXPECT_EQ(demangled("_ZN4tree4Node5depthEi"), "tree::Node::depth(int)");
}

/// How a mangled name refers to the part of itself with this number.
std::string reference(std::size_t number)
{
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string text;
    if (number > 0) {
        for (--number; number >= digits.size(); number /= digits.size())
            text.insert(text.begin(), digits[number % digits.size()]);
        text.insert(text.begin(), digits[number]);
    }
    return "S" + text + "_";
}

TEST(Demangled, never_lets_a_name_grow_without_bound)
{
    // f(A<int, int>, A<that, that>, ...): each parameter doubles the one before, and no machine has
    // memory for the thirtieth.
    std::string name = "_Z1f1AIiiE";
    for (std::size_t level = 1; level < 30; ++level) {
        const std::string last = reference(level);
        name.append(reference(0)).append("I").append(last).append(last).append("E");
    }
    EXPECT_LT(name.size(), 500u);
    EXPECT_LE(demangled(name).size(), 500u);
    EXPECT_LE(demangled("_Z" + std::string(100000, '1')).size(), 500u);
}

} // namespace
} // namespace glacis::fault::test
