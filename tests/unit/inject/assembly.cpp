#include "assembly.hpp"

#include <map>

#include "fault/instruction.hpp"

namespace glacis::inject::test {

namespace {

/// Enough to draw each of the at most 15 * 8 alternatives of an instruction.
constexpr std::uint64_t seeds = 2000;

std::string text_at(const Code& code, std::uint64_t offset)
{
    const auto decoded = fault::decode(code.bytes.subspan(offset), code.address + offset,
                                       fault::Architecture::x86_64);
    return decoded ? decoded->text : "";
}

} // namespace

Assembly::Assembly(std::initializer_list<AssemblyLine> lines) : lines_(lines)
{
    for (const AssemblyLine& line : lines_) {
        bytes_.insert(bytes_.end(), line.bytes.begin(), line.bytes.end());
    }
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        EXPECT_EQ(text_at(code(), site(line).address - start), lines_[line].text);
    }
}

Site Assembly::site(std::size_t line) const
{
    Site site{start, lines_.at(line).bytes.size()};
    for (std::size_t before = 0; before < line; ++before) {
        site.address += lines_[before].bytes.size();
    }
    return site;
}

std::vector<std::string> Assembly::sites(FaultClass fault_class) const
{
    std::map<std::uint64_t, std::size_t> places;
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        places[site(line).address] = line;
    }
    std::vector<std::string> texts;
    std::uint64_t end = start;
    for (const Site& found : find_sites(code(), fault_class)) {
        EXPECT_GE(found.address, end) << "ascending and disjoint";
        end = found.address + found.length;
        const auto place = places.find(found.address);
        if (place == places.end() || found != site(place->second)) {
            ADD_FAILURE() << "a site that is no line: " << std::hex << found.address;
            continue;
        }
        texts.push_back(lines_[place->second].text);
    }
    return texts;
}

std::vector<Mutation> Assembly::mutations(std::size_t line, FaultClass fault_class) const
{
    std::map<std::vector<std::uint8_t>, Mutation> different;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Random random(seed);
        auto mutation = mutate(code(), site(line), fault_class, random);
        if (!mutation) {
            EXPECT_TRUE(different.empty()) << "one seed finds nothing, another does";
            continue;
        }
        EXPECT_EQ(mutation->fault_class, fault_class);
        EXPECT_EQ(mutation->address, site(line).address);
        EXPECT_EQ(mutation->before, lines_[line].bytes);
        EXPECT_EQ(mutation->after.size(), mutation->before.size());
        EXPECT_NE(mutation->after, mutation->before);
        EXPECT_EQ(mutation->text_before, lines_[line].text);
        different.insert_or_assign(mutation->after, *mutation);
    }
    std::vector<Mutation> all;
    all.reserve(different.size());
    for (const auto& [after, mutation] : different) {
        all.push_back(mutation);
    }
    return all;
}

std::set<std::string> Assembly::outcomes(std::size_t line, FaultClass fault_class) const
{
    std::set<std::string> texts;
    for (const Mutation& mutation : mutations(line, fault_class)) {
        texts.insert(mutation.text_after);
    }
    return texts;
}

std::string mnemonic_of(const std::string& text)
{
    return text.substr(0, text.find(' '));
}

} // namespace glacis::inject::test
