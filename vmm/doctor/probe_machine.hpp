// A machine for tiny guests: one vCPU, one domain, a little memory with a hole behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <native/page_table_format.hpp>
#include <optional>
#include <span>

#include "host/result.hpp"
#include "kvm/kvm.hpp"
#include "machine/guest_cpu.hpp"
#include "machine/guest_memory.hpp"
#include "machine/system_memory.hpp"
#include "machine/table_memory.hpp"

namespace glacis::doctor {

/// Code at `code`, a stack below `stack_top`, data from `data` on. Pages of data are mapped in the
/// guest's tables by map() and committed in stage 2 by area().commit(), each without the other if
/// one likes.
class ProbeMachine {
public:
    static Result<std::unique_ptr<ProbeMachine>> create(const kvm::Kvm& kvm);

    static constexpr std::uint64_t base = GLACIS_MEMORY_BASE_MIN;
    static constexpr std::uint64_t code = base;
    static constexpr std::uint64_t stack_top = base + 0x2000;
    static constexpr std::uint64_t data = base + 0x10000;
    static constexpr std::uint64_t area_size = 0x100000;
    /// In no memory slot.
    static constexpr std::uint64_t hole = base + 2 * area_size;

    /// Puts `bytes` where code lies, to be run in the domain with `argument` from the next run()
    /// on.
    Status start(std::span<const std::uint8_t> bytes, std::uint64_t argument);
    /// The same in the supervisor's mode, for a vCPU that has run nothing yet.
    void start_in_supervisor_mode(std::span<const std::uint8_t> bytes);

    [[nodiscard]] GuestCpu& cpu() { return *cpu_; }
    [[nodiscard]] kvm::Vm& vm() { return vm_; }
    [[nodiscard]] GuestArea& area() { return *area_; }
    [[nodiscard]] const SystemMemory& system() const { return system_; }

    [[nodiscard]] std::uint64_t root() const { return root_; }
    /// Another root of the same domain.
    Result<std::uint64_t> make_second_root();
    /// In the guest's tables; Perm::none removes. No flush.
    Status map(supervisor::Range pages, supervisor::Perm perm);
    /// Adds a slot that nothing uses, and deletes it.
    Status add_and_delete_slot();

private:
    explicit ProbeMachine(kvm::Vm vm);
    Status build(const CpuModel& model);

    kvm::Vm vm_;
    CpuModelPointer model_;
    SystemMemory system_;
    GuestFile file_;
    std::optional<GuestArea> area_;
    GuestTableMemory table_memory_;
    std::optional<supervisor::AddressSpaces<NativePageTableFormat>> tables_;
    std::uint64_t root_ = 0;
    std::optional<GuestCpu> cpu_;
};

} // namespace glacis::doctor
