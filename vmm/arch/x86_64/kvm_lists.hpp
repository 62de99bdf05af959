// KVM structures that end in an array, and the requests that take them.
//
// linux/kvm.h declares such arrays by __DECLARE_FLEX_ARRAY, which in C++ adds an empty structure of
// size 1: sizes, and with them the request numbers, and the array's offset come out wrong. Here
// they are as C has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/kvm.h>

namespace glacis::x86_64 {

/// struct kvm_cpuid2 with room for `Room` leaves.
template <std::size_t Room> struct CpuidList {
    std::uint32_t count = 0;
    std::uint32_t padding = 0;
    kvm_cpuid_entry2 entries[Room]{};
};

/// struct kvm_msrs with room for `Room` registers.
template <std::size_t Room> struct MsrList {
    std::uint32_t count = 0;
    std::uint32_t padding = 0;
    kvm_msr_entry entries[Room]{};
};

static_assert(offsetof(CpuidList<1>, entries) == 8 && offsetof(MsrList<1>, entries) == 8);

/// What C sees of either structure: the part before the array.
struct ListHead {
    std::uint32_t count;
    std::uint32_t padding;
};

/// struct kvm_xsave: the XSAVE area in its standard form, as far as it has no dynamic components.
struct VectorState {
    std::uint8_t bytes[4096]{};
};

constexpr unsigned long request_get_xsave = _IOR(KVMIO, 0xa4, VectorState);
constexpr unsigned long request_set_xsave = _IOW(KVMIO, 0xa5, VectorState);
constexpr unsigned long request_set_cpuid2 = _IOW(KVMIO, 0x90, ListHead);
constexpr unsigned long request_get_supported_cpuid = _IOWR(KVMIO, 0x05, ListHead);
constexpr unsigned long request_set_msrs = _IOW(KVMIO, 0x89, ListHead);
constexpr unsigned long request_get_msrs = _IOWR(KVMIO, 0x88, ListHead);

} // namespace glacis::x86_64
