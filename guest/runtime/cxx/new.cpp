// operator new and delete over malloc. There are no exceptions: the throwing forms end the domain
// when there is no memory, which shows as a fault of class "abort".
#include <cstdlib>
#include <malloc.h>
#include <new>

#include <glacis/pd.h>

namespace std {
const nothrow_t nothrow{};
}

namespace {

void* or_abort(void* pointer)
{
    if (pointer == nullptr)
        pd_abort(PD_NO_MEMORY);
    return pointer;
}

std::size_t at_least_one(std::size_t size)
{
    return size == 0 ? 1 : size;
}

void* aligned(std::size_t size, std::align_val_t alignment)
{
    return memalign(static_cast<std::size_t>(alignment), at_least_one(size));
}

} // namespace

// clang-format off
void* operator new(std::size_t size) { return or_abort(std::malloc(at_least_one(size))); }
void* operator new[](std::size_t size) { return or_abort(std::malloc(at_least_one(size))); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(at_least_one(size)); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(at_least_one(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) { return or_abort(aligned(size, alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return or_abort(aligned(size, alignment)); }
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept { return aligned(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept { return aligned(size, alignment); }

void operator delete(void* pointer) noexcept { std::free(pointer); }
void operator delete[](void* pointer) noexcept { std::free(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { std::free(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { std::free(pointer); }
void operator delete(void* pointer, const std::nothrow_t&) noexcept { std::free(pointer); }
void operator delete[](void* pointer, const std::nothrow_t&) noexcept { std::free(pointer); }
void operator delete(void* pointer, std::align_val_t) noexcept { std::free(pointer); }
void operator delete[](void* pointer, std::align_val_t) noexcept { std::free(pointer); }
void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept { std::free(pointer); }
void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept { std::free(pointer); }
// clang-format on
