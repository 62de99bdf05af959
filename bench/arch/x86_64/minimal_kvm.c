/* The floor of a launch: the least a process can do to run a virtual machine. One VM, a page of
 * memory, one vCPU in the mode it comes up in, one exit. Exit status 0 if that exit came. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { page_size = 0x1000, guest_address = 0x1000 };

static const uint8_t guest_code[] = {0xe6, 0x10}; /* out %al, $0x10 */

static int set_registers(int vcpu)
{
    struct kvm_sregs segments;
    if (ioctl(vcpu, KVM_GET_SREGS, &segments) != 0)
        return -1;
    segments.cs.base = 0;
    segments.cs.selector = 0;
    const struct kvm_regs registers = {.rip = guest_address, .rflags = 2};
    if (ioctl(vcpu, KVM_SET_SREGS, &segments) != 0)
        return -1;
    return ioctl(vcpu, KVM_SET_REGS, &registers);
}

int main(void)
{
    const char* named = getenv("GLACIS_KVM");
    const int kvm = open(named != NULL && *named != '\0' ? named : "/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0 || ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return EXIT_FAILURE;
    const int run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    const int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    void* memory = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run_size <= 0 || vm < 0 || memory == MAP_FAILED)
        return EXIT_FAILURE;
    memcpy(memory, guest_code, sizeof guest_code);
    const struct kvm_userspace_memory_region region = {.guest_phys_addr = guest_address,
                                                       .memory_size = page_size,
                                                       .userspace_addr = (uintptr_t)memory};
    if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)
        return EXIT_FAILURE;

    const int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (vcpu < 0 || set_registers(vcpu) != 0)
        return EXIT_FAILURE;
    const struct kvm_run* run =
        mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED || ioctl(vcpu, KVM_RUN, 0) != 0)
        return EXIT_FAILURE;
    return run->exit_reason == KVM_EXIT_IO ? EXIT_SUCCESS : EXIT_FAILURE;
}
