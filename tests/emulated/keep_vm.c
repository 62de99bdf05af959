/* Keeps one VM with one vCPU for as long as the host lives.
 *
 * With its first VM and its first vCPU without an interrupt controller, and with the last of each,
 * KVM switches static branches: the kernel rewrites its own instructions while all processors run.
 * qemu 7.2's multi-threaded translator sometimes keeps a translation of the breakpoint that stands
 * there meanwhile, and the processor that executes it never gets past it.  While this program runs,
 * none of the VMs that come and go is the first or the last.
 *
 * Exit status 0 as soon as the VM is there; what keeps it stays behind. */
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

int main(void)
{
    const int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0) {
        return fail("/dev/kvm");
    }
    const int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0) {
        return fail("KVM_CREATE_VM");
    }
    if (ioctl(vm, KVM_CREATE_VCPU, 0) < 0) {
        return fail("KVM_CREATE_VCPU");
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
