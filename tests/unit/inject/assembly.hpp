// Hand-assembled programs, and what mutations can make of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "inject/mutation.hpp"

namespace glacis::inject::test {

/// An instruction's bytes beside its text, which the constructor of Assembly compares.
struct AssemblyLine {
    std::vector<std::uint8_t> bytes;
    std::string text; ///< empty: no instruction begins here
};

/// A program at 0x1000.
class Assembly {
public:
    static constexpr std::uint64_t start = 0x1000;

    Assembly(std::initializer_list<AssemblyLine> lines);

    [[nodiscard]] Code code() const { return {bytes_, start, fault::Architecture::x86_64}; }
    [[nodiscard]] Site site(std::size_t line) const;

    /// The texts of the lines that find_sites() finds for the class.
    [[nodiscard]] std::vector<std::string> sites(FaultClass fault_class) const;
    /// All that mutate() makes of a line, from many seeds; each is checked for what is true of
    /// every mutation.
    [[nodiscard]] std::vector<Mutation> mutations(std::size_t line, FaultClass fault_class) const;
    /// Their texts.
    [[nodiscard]] std::set<std::string> outcomes(std::size_t line, FaultClass fault_class) const;

private:
    std::vector<AssemblyLine> lines_;
    std::vector<std::uint8_t> bytes_;
};

/// "mov" of "mov %rax, %rbx"
[[nodiscard]] std::string mnemonic_of(const std::string& text);

} // namespace glacis::inject::test
