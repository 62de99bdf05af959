// What a VM has before its first vCPU.

#include <linux/kvm.h>

#include "machine/guest_cpu.hpp"

namespace glacis {

/// vCPUs with a local APIC in the kernel, which nothing here uses: for each vCPU without one KVM
/// patches the kernel's own text on all processors, when it comes and when it goes, and that is a
/// third of what a small VM takes. Where KVM puts the APIC's page, no memory may be.
void prepare_vm(kvm::Vm& vm, const supervisor::Layout& layout)
{
    constexpr supervisor::Range apic_page{0xfee00000, 0xfee01000};
    if (!layout.stack_area.overlaps(apic_page) && vm.check(KVM_CAP_SPLIT_IRQCHIP) != 0) {
        (void)vm.enable(KVM_CAP_SPLIT_IRQCHIP, 0);
    }
}

} // namespace glacis
