#include "machine/table_memory.hpp"

#include <cassert>
#include <sys/mman.h>

#include "host/calls.hpp"

namespace glacis {

std::uint64_t* GuestTableMemory::page(std::uint64_t address)
{
    if (address < first_chunk) {
        return reinterpret_cast<std::uint64_t*>(system_.at(address));
    }
    const std::size_t index = (address - first_chunk) / chunk_size;
    assert(index < chunks_.size() && chunks_[index].range.contains(address));
    const Chunk& chunk = chunks_[index];
    return reinterpret_cast<std::uint64_t*>(chunk.memory.data() + (address - chunk.range.begin));
}

std::optional<std::uint64_t> GuestTableMemory::allocate()
{
    if (next_page_ == end_ && !add_chunk()) {
        return std::nullopt;
    }
    const std::uint64_t address = next_page_;
    next_page_ += supervisor::page_size;
    return address;
}

bool GuestTableMemory::add_chunk()
{
    const supervisor::Range range{end_, end_ + chunk_size};
    if (range.end > GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE) {
        return false;
    }
    void* memory = host::map(nullptr, chunk_size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    Mapping mapping(memory, chunk_size);
    if (!vm_.set_memory(next_slot_, range.begin, chunk_size, memory, 0)) {
        return false;
    }
    ++next_slot_;
    end_ = range.end;
    chunks_.push_back({range, std::move(mapping)});
    return true;
}

} // namespace glacis
