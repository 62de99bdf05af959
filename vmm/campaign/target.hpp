// The programs of a system as places where faults can be injected.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "description/system.hpp"
#include "fault/symbols.hpp"
#include "inject/mutation.hpp"

namespace glacis::campaign {

/// One domain of the description. Addresses are offsets from the start of its image.
class Target {
public:
    /// `domain` outlives the object.
    explicit Target(const DomainDescription& domain);

    [[nodiscard]] const DomainDescription& domain() const { return *domain_; }
    [[nodiscard]] const std::string& name() const { return domain_->name; }
    /// What identifies the program's build: a digest of its file.
    [[nodiscard]] const std::string& build() const { return build_; }

    /// Its executable parts.
    [[nodiscard]] const std::vector<inject::Code>& code() const { return code_; }
    /// The part that `offset` lies in; null for none.
    [[nodiscard]] const inject::Code* code_at(std::uint64_t offset) const;
    /// Of all its instructions, in ascending order.
    [[nodiscard]] const std::vector<std::uint64_t>& instructions() const { return instructions_; }

    [[nodiscard]] const std::vector<fault::SymbolTable::Function>& functions() const
    {
        return functions_;
    }
    [[nodiscard]] const fault::SymbolTable::Function* function(const std::string& name) const;
    /// Offset of what the heap has of the image, up to its end; nothing when it has none.
    [[nodiscard]] std::optional<std::uint64_t> heap() const;
    [[nodiscard]] std::optional<fault::Symbol> symbol(std::uint64_t offset) const
    {
        return symbols_->find(offset);
    }

    /// Instructions that an undisturbed run executes; nothing while that is not known.
    std::optional<std::set<std::uint64_t>> executed;
    /// Places for a class of code mutations, found once.
    [[nodiscard]] const std::vector<inject::Site>& sites(inject::FaultClass fault_class) const;

private:
    const DomainDescription* domain_;
    std::string build_;
    std::vector<std::uint8_t> image_;
    std::vector<inject::Code> code_;
    std::vector<std::uint64_t> instructions_;
    std::vector<std::byte> file_;
    std::unique_ptr<fault::SymbolTable> symbols_; ///< of file_
    std::vector<fault::SymbolTable::Function> functions_;
    mutable std::map<inject::FaultClass, std::vector<inject::Site>> sites_;
};

/// "parser!descend+0x11 (parser.c:88)", as far as it is known.
[[nodiscard]] std::string place_text(const Target& target, std::uint64_t offset);

} // namespace glacis::campaign
