// Memory for guest page tables: slots of the VM that grow by chunks, in no domain's tables.
#pragma once

#include <cstdint>
#include <glacis/supervisor/paging.hpp>
#include <vector>

#include "host/descriptor.hpp"
#include "kvm/kvm.hpp"

namespace glacis {

class GuestTableMemory final : public supervisor::TableMemory {
public:
    /// Slots from `first_slot` up are this object's.
    GuestTableMemory(kvm::Vm& vm, std::uint32_t first_slot) : vm_(vm), next_slot_(first_slot) {}

    [[nodiscard]] std::uint64_t* page(std::uint64_t address) override;
    [[nodiscard]] std::optional<std::uint64_t> allocate() override;

private:
    static constexpr std::uint64_t first_chunk = 1ULL << 20;
    static constexpr std::uint64_t later_chunk = 16ULL << 20;

    bool add_chunk();

    struct Chunk {
        supervisor::Range range;
        Mapping memory;
    };
    kvm::Vm& vm_;
    std::uint32_t next_slot_;
    std::vector<Chunk> chunks_;
    std::uint64_t next_page_ = GLACIS_TABLES_BASE;
};

} // namespace glacis
