#include "fault/capstone_session.hpp"

#include <algorithm>
#include <string_view>

namespace glacis::fault {

CapstoneSession::CapstoneSession(cs_arch architecture, cs_mode mode)
{
    if (cs_open(architecture, mode, &handle_) != CS_ERR_OK) {
        handle_ = 0;
        return;
    }
    cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
    instruction_ = cs_malloc(handle_);
}

CapstoneSession::~CapstoneSession()
{
    if (instruction_ != nullptr)
        cs_free(instruction_, 1);
    if (handle_ != 0)
        cs_close(&handle_);
}

const cs_insn* CapstoneSession::disassemble(std::span<const std::uint8_t> code,
                                            std::uint64_t address)
{
    if (instruction_ == nullptr || code.empty())
        return nullptr;
    const std::uint8_t* bytes = code.data();
    std::size_t size = code.size();
    if (!cs_disasm_iter(handle_, &bytes, &size, &address, instruction_))
        return nullptr;
    return instruction_;
}

void CapstoneSession::set_syntax(cs_opt_value syntax)
{
    if (handle_ != 0)
        cs_option(handle_, CS_OPT_SYNTAX, syntax);
}

bool CapstoneSession::writes(unsigned reg) const
{
    cs_regs read = {};
    cs_regs written = {};
    std::uint8_t read_count = 0;
    std::uint8_t written_count = 0;
    if (cs_regs_access(handle_, instruction_, read, &read_count, written, &written_count) !=
        CS_ERR_OK)
        return true;
    return std::find(written, written + written_count, reg) != written + written_count;
}

std::string instruction_text(std::string_view mnemonic, std::string_view operands)
{
    const auto trimmed = [](std::string_view text) {
        const auto first = text.find_first_not_of(' ');
        if (first == std::string_view::npos)
            return std::string_view{};
        return text.substr(first, text.find_last_not_of(' ') - first + 1);
    };
    std::string text{trimmed(mnemonic)};
    if (const auto rest = trimmed(operands); !rest.empty()) {
        text += ' ';
        text += rest;
    }
    return text;
}

} // namespace glacis::fault
