#include "machine/table_memory.hpp"

#include <cassert>
#include <sys/mman.h>

#include "host/calls.hpp"

namespace glacis {

std::uint64_t* GuestTableMemory::page(std::uint64_t address)
{
    // Chunk 0 holds the first_chunk, each later one later_chunk: the index follows from the
    // address.
    const std::uint64_t offset = address - GLACIS_TABLES_BASE;
    const std::size_t index = offset < first_chunk ? 0 : 1 + (offset - first_chunk) / later_chunk;
    assert(index < chunks_.size() && chunks_[index].range.contains(address));
    const Chunk& chunk = chunks_[index];
    return reinterpret_cast<std::uint64_t*>(chunk.memory.data() + (address - chunk.range.begin));
}

std::optional<std::uint64_t> GuestTableMemory::allocate()
{
    if ((chunks_.empty() || next_page_ == chunks_.back().range.end) && !add_chunk()) {
        return std::nullopt;
    }
    const std::uint64_t address = next_page_;
    next_page_ += supervisor::page_size;
    return address;
}

bool GuestTableMemory::add_chunk()
{
    const std::uint64_t size = chunks_.empty() ? first_chunk : later_chunk;
    const supervisor::Range range{next_page_, next_page_ + size};
    if (range.end > GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE) {
        return false;
    }
    void* memory = host::map(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    Mapping mapping(memory, size);
    if (!vm_.set_memory(next_slot_, range.begin, size, memory, 0)) {
        return false;
    }
    ++next_slot_;
    chunks_.push_back({range, std::move(mapping)});
    return true;
}

} // namespace glacis
