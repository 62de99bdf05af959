/* Keeps two VMs with a vCPU each for as long as the host lives.
 *
 * KVM switches static branches with its first VM, its first vCPU without an interrupt controller
 * and its first vCPU whose controller is disabled, as it is after a reset, and again when the last
 * of each has gone, up to a second later: the kernel rewrites its own instructions while all
 * processors run. qemu 7.2's multi-threaded translator sometimes keeps a translation of the
 * breakpoint that stands there meanwhile, and the processor that executes it never gets past it.
 * While this program runs, none of the VMs that come and go is the first or the last.
 *
 * Exit status 0 as soon as the VMs are there; what keeps them stays behind. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fail(const char* what)
{
    perror(what);
    return 1;
}

static int keep_vm(int kvm, int has_controller)
{
    const int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0) {
        return fail("KVM_CREATE_VM");
    }
    struct kvm_enable_cap controller = {.cap = KVM_CAP_SPLIT_IRQCHIP};
    if (has_controller && ioctl(vm, KVM_ENABLE_CAP, &controller) != 0) {
        return fail("KVM_CAP_SPLIT_IRQCHIP");
    }
    return ioctl(vm, KVM_CREATE_VCPU, 0) < 0 ? fail("KVM_CREATE_VCPU") : 0;
}

int main(void)
{
    const int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0) {
        return fail("/dev/kvm");
    }
    if (keep_vm(kvm, 0) != 0 || keep_vm(kvm, 1) != 0) {
        return 1;
    }
    const pid_t child = fork();
    if (child < 0) {
        return fail("fork");
    }
    while (child == 0) {
        pause();
    }
    return 0;
}
