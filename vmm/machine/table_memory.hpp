// Memory for guest page tables, in no domain's tables: what the supervisor's pages have for them,
// and then slots of the VM that grow by chunks.
#pragma once

#include <cstdint>
#include <glacis/supervisor/paging.hpp>
#include <vector>

#include "host/descriptor.hpp"
#include "kvm/kvm.hpp"
#include "machine/system_memory.hpp"

namespace glacis {

class GuestTableMemory final : public supervisor::TableMemory {
    static constexpr std::uint64_t first_chunk = GLACIS_TABLES_BASE + SystemMemory::tables_size;
    static constexpr std::uint64_t chunk_size = 16ULL << 20;

public:
    /// Slots from `first_slot` up are this object's. `vm` and `system` stay where they are; the
    /// latter is there before the first page is asked for.
    GuestTableMemory(kvm::Vm& vm, const SystemMemory& system, std::uint32_t first_slot)
        : vm_(vm), system_(system), next_slot_(first_slot)
    {
    }

    /// No memory is ever given to the guest from here on.
    static constexpr std::uint64_t end_of_chunks =
        first_chunk +
        (GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE - first_chunk) / chunk_size * chunk_size;

    [[nodiscard]] std::uint64_t* page(std::uint64_t address) override;
    [[nodiscard]] std::optional<std::uint64_t> allocate() override;

private:
    bool add_chunk();

    struct Chunk {
        supervisor::Range range;
        Mapping memory;
    };
    kvm::Vm& vm_;
    const SystemMemory& system_;
    std::uint32_t next_slot_;
    std::vector<Chunk> chunks_;
    std::uint64_t next_page_ = GLACIS_TABLES_BASE;
    std::uint64_t end_ = first_chunk; ///< of the pages that there is memory for
};

} // namespace glacis
