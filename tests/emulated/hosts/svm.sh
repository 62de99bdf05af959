# shellcheck shell=bash disable=SC2034
# The emulated x86-64 host: AMD SVM with nested paging, all in software.  Sourced by run_in_host.
#
# Its /dev/kvm is backed by kvm-amd on real second-level tables, so it has the architecture's true
# semantics on any machine, also where /dev/kvm is missing.

host_description="emulated AMD SVM host"
kernel_meta_package=linux-image-amd64
kernel_name_pattern='^linux-image-[0-9.]+-[0-9]+-amd64$'
kernel_fallback_search='^linux-image-6\.1\.0-[0-9]+-amd64$'
busybox_package=busybox-static

# In the order in which the guest inserts them.
modules=(irqbypass ccp kvm kvm-amd)

guest_compiler=gcc
emulator=qemu-system-x86_64
# Its processors take turns on one thread: with a thread each, the whole host stops after some minutes of two
# vCPUs that are kicked all the time, with no timer interrupt coming any more. It is not slower for that.
emulator_options=(-accel "tcg,thread=single" -cpu "EPYC,+svm,+npt")
console=ttyS0
output_port=ttyS1
result_port=ttyS2

# Self-tests, mitigations and clock calibrations are what boot time goes into under emulation.
kernel_options="mitigations=off tsc=reliable no_timer_check nokaslr audit=0 apparmor=0
    cryptomgr.notests random.trust_cpu=on rcupdate.rcu_expedited=1"

# The kernel image holds an xz-compressed ELF file that the emulator can start directly, without
# firmware and without decompressing in the guest: that halves the boot time.  Where the payload is
# something else, the image is used as it is.
prepare_kernel() # image, destination
{
    local image=$1 destination=$2 sectors offset length
    sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$image")
    offset=$(od -An -tu4 -j $((0x248)) -N 4 "$image")
    length=$(od -An -tu4 -j $((0x24c)) -N 4 "$image")
    # The last four bytes of the payload are its unpacked size, no part of the stream; what follows
    # is read to its end only because a broken pipe would count as a failure.
    if ! tail -c "+$(((sectors + 1) * 512 + offset + 1))" "$image" |
        { head -c "$((length - 4))" && cat >/dev/null; } |
        xz -dc >"$destination.elf" 2>/dev/null ||
        [ "$(head -c 4 "$destination.elf" | tail -c 3)" != ELF ]; then
        rm -f "$destination.elf"
        cp "$image" "$destination"
        return
    fi
    mv "$destination.elf" "$destination"
}
