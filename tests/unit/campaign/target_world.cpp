#include "target_world.hpp"

#include <cstring>
#include <native/fault_architecture.hpp>

#include "elf_builder.hpp"

namespace glacis::campaign::test {

namespace {

using glacis::test::ElfBuilder;

std::vector<std::byte> as_bytes(const std::vector<std::uint8_t>& numbers)
{
    std::vector<std::byte> bytes(numbers.size());
    std::memcpy(bytes.data(), numbers.data(), numbers.size());
    return bytes;
}

template <class T> void append(std::vector<std::byte>& bytes, const T& value)
{
    const auto* begin = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof(T));
}

Elf64_Shdr section(std::uint32_t type, std::uint64_t at, std::uint64_t size)
{
    Elf64_Shdr header{};
    header.sh_type = type;
    header.sh_offset = at;
    header.sh_size = size;
    return header;
}

/// Sections of code, symbols and their names, behind the rest of the file.
void add_symbols(ElfBuilder& elf)
{
    struct Name {
        const char* text;
        std::uint64_t begin;
        std::uint64_t end;
    };
    std::string names(1, '\0');
    std::vector<Elf64_Sym> symbols(1);
    for (const Name& name : {Name{"malloc", sample::malloc, sample::malloc + 1},
                             Name{"free", sample::free, sample::free + 1},
                             Name{"memcpy", sample::memcpy, sample::memcpy + 1},
                             Name{"main", sample::main, sample::main_end}}) {
        Elf64_Sym symbol{};
        symbol.st_name = static_cast<Elf64_Word>(names.size());
        symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
        symbol.st_shndx = 1;
        symbol.st_value = name.begin;
        symbol.st_size = name.end - name.begin;
        symbols.push_back(symbol);
        names += name.text;
        names += '\0';
    }
    constexpr std::size_t count = 4;
    const std::uint64_t symbols_at = ElfBuilder::tail_at + count * sizeof(Elf64_Shdr);
    const std::uint64_t names_at = symbols_at + symbols.size() * sizeof(Elf64_Sym);
    Elf64_Shdr code = section(SHT_PROGBITS, 0x1000, 0x100);
    code.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
    code.sh_addr = 0x1000;
    Elf64_Shdr table = section(SHT_SYMTAB, symbols_at, names_at - symbols_at);
    table.sh_link = 3;
    table.sh_info = 1;
    table.sh_entsize = sizeof(Elf64_Sym);
    append(elf.tail, Elf64_Shdr{});
    append(elf.tail, code);
    append(elf.tail, table);
    append(elf.tail, section(SHT_STRTAB, names_at, names.size()));
    for (const Elf64_Sym& symbol : symbols) {
        append(elf.tail, symbol);
    }
    for (const char c : names) {
        elf.tail.push_back(static_cast<std::byte>(c));
    }
    elf.header.e_shoff = ElfBuilder::tail_at;
    elf.header.e_shentsize = sizeof(Elf64_Shdr);
    elf.header.e_shnum = count;
    elf.header.e_shstrndx = 3;
}

Program sample_program()
{
    ElfBuilder elf;
    elf.patches = {
        {sample::malloc, as_bytes({0xc3})},
        {sample::free, as_bytes({0xc3})},
        {sample::memcpy, as_bytes({0xc3})},
        {sample::main,
         as_bytes({0x55, 0x48, 0x89, 0xe5, 0x31, 0xc0, 0x89, 0xc7, 0xe8, 0xe3, 0xff, 0xff,
                   0xff, 0x83, 0xf8, 0x0a, 0x75, 0xf2, 0x8b, 0x45, 0xf0, 0x5d, 0xc3})},
    };
    add_symbols(elf);
    auto program = Program::parse(elf.build(), EM_X86_64);
    if (!program) {
        ADD_FAILURE() << program.error().reason;
        return {};
    }
    return std::move(*program);
}

} // namespace

TargetWorld::TargetWorld()
{
    system_.stack_area = {0x40000000, 0x10000000, 0x100000, 0x10000};
    system_.domains.resize(2);
    system_.domains[0].name = "parser";
    system_.domains[0].quota_memory = 1 << 20;
    system_.domains[1].name = "writer";
    system_.domains[1].quota_memory = UINT64_MAX;
    for (DomainDescription& domain : system_.domains) {
        domain.program = sample_program();
        targets_.emplace_back(domain);
    }
}

void TargetWorld::SetUp()
{
    if (fault::native_architecture != fault::Architecture::x86_64) {
        GTEST_SKIP() << "the sample program is of x86-64";
    }
}

} // namespace glacis::campaign::test
