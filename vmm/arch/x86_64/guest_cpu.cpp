// A vCPU on x86-64: how threads get into ring 3 and what comes back.

#include "machine/guest_cpu.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/cpu_model.hpp"
#include "arch/x86_64/kvm_lists.hpp"
#include "arch/x86_64/shim_layout.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/vcpu_block.hpp"
#include "host/calls.hpp"

namespace glacis {

using namespace x86_64;

namespace {

constexpr std::uint64_t flags_fixed = GLACIS_FLAGS_USER;
constexpr std::uint64_t flags_in_shim = 0x2;
constexpr std::uint64_t flags_masked_by_syscall = 0x47700; // AC NT IOPL DF IF TF

/// Index of a register in ThreadContext::general.
enum : std::size_t { rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15 };

void to_context(const kvm_regs& from, ThreadContext& to)
{
    to.general = {from.rax, from.rbx, from.rcx, from.rdx, from.rsi, from.rdi, from.rbp, from.r8,
                  from.r9,  from.r10, from.r11, from.r12, from.r13, from.r14, from.r15};
}

void from_context(const ThreadContext& from, kvm_regs& to)
{
    const auto& general = from.general;
    to.rax = general[rax];
    to.rbx = general[rbx];
    to.rcx = general[rcx];
    to.rdx = general[rdx];
    to.rsi = general[rsi];
    to.rdi = general[rdi];
    to.rbp = general[rbp];
    to.r8 = general[r8];
    to.r9 = general[r9];
    to.r10 = general[r10];
    to.r11 = general[r11];
    to.r12 = general[r12];
    to.r13 = general[r13];
    to.r14 = general[r14];
    to.r15 = general[r15];
}

} // namespace

// ---- setting up ---------------------------------------------------------------------------------

Result<GuestCpu> GuestCpu::create(kvm::Vm& vm, std::uint32_t id, const CpuModel& model,
                                  const SystemMemory& memory, std::uint64_t boot_root)
{
    auto vcpu = vm.create_vcpu(id);
    if (!vcpu) {
        return vcpu.error();
    }
    GuestCpu cpu;
    cpu.vcpu_ = std::move(*vcpu);
    cpu.id_ = id;
    cpu.memory_ = &memory;
    cpu.model_ = &model;
    cpu.boot_root_ = boot_root;
    if (auto done = cpu.setup(model, boot_root); !done) {
        return done.error();
    }
    return cpu;
}

namespace {

Status set_segments(int fd, std::uint32_t id, const CpuModel& model, std::uint64_t root)
{
    kvm_sregs reset{};
    if (host::ioctl_vcpu(fd, KVM_GET_SREGS, &reset) != 0) {
        return host_error("KVM_GET_SREGS", "setting up a vCPU");
    }
    // Which of the wished CR4 bits a host's KVM allows is known only by asking.
    kvm_sregs sregs = initial_segments(reset, id, root, model.cr4);
    if (host::ioctl_vcpu(fd, KVM_SET_SREGS, &sregs) == 0) {
        return Done{};
    }
    for (std::uint64_t optional = model.cr4 & ~model.cr4_required, allowed = model.cr4_required;;) {
        sregs.cr4 = allowed | (optional & -optional);
        if (host::ioctl_vcpu(fd, KVM_SET_SREGS, &sregs) == 0) {
            allowed = sregs.cr4;
        } else if (optional == 0) {
            return host_error("KVM_SET_SREGS", "setting up a vCPU");
        } else {
            sregs.cr4 = allowed;
        }
        if (optional == 0) {
            return Done{};
        }
        optional &= optional - 1;
    }
}

Status set_model_registers(int fd, std::uint32_t id)
{
    constexpr std::uint32_t msr_star = 0xc0000081;
    constexpr std::uint32_t msr_lstar = 0xc0000082;
    constexpr std::uint32_t msr_sfmask = 0xc0000084;
    constexpr std::uint64_t star = std::uint64_t{GLACIS_SELECTOR_KERNEL_CODE} << 32 |
                                   std::uint64_t{GLACIS_SELECTOR_USER_DATA - 8} << 48;
    MsrList<3> msrs;
    msrs.count = 3;
    msrs.entries[0] = {msr_star, 0, star};
    msrs.entries[1] = {msr_lstar, 0, syscall_stub(id)};
    msrs.entries[2] = {msr_sfmask, 0, flags_masked_by_syscall};
    if (host::ioctl_vcpu(fd, request_set_msrs, &msrs) != 3) {
        return host_error("KVM_SET_MSRS", "setting up a vCPU");
    }
    return Done{};
}

/// Where vCPUs have an APIC in the kernel (prepare_vm), all but the first would wait for a start-up
/// signal.
Status make_runnable(int fd, std::uint32_t id)
{
    kvm_mp_state state{KVM_MP_STATE_RUNNABLE};
    if (id != 0 && host::ioctl_vcpu(fd, KVM_SET_MP_STATE, &state) != 0) {
        return host_error("KVM_SET_MP_STATE", "setting up a vCPU");
    }
    return Done{};
}

/// 64-bit TSS (Intel SDM volume 3, 8.7): the stacks of traps, and an I/O bitmap that allows
/// nothing.
void write_tss(const SystemMemory& memory, std::uint32_t id)
{
    constexpr std::size_t rsp0_offset = 4;
    constexpr std::size_t ist1_offset = 36;
    constexpr std::size_t io_map_offset = 102;
    const std::uint64_t block = SystemMemory::block_address(id);
    const std::uint64_t rsp0 = block + GLACIS_BLOCK_RSP0;
    const std::uint64_t ist1 = block + GLACIS_BLOCK_IST1;
    const std::uint16_t io_map = 0x68;
    std::uint8_t* tss = memory.at(block + GLACIS_BLOCK_TSS);
    std::memcpy(tss + rsp0_offset, &rsp0, sizeof rsp0);
    std::memcpy(tss + ist1_offset, &ist1, sizeof ist1);
    std::memcpy(tss + io_map_offset, &io_map, sizeof io_map);
}

} // namespace

Status GuestCpu::setup(const CpuModel& model, std::uint64_t boot_root)
{
    const int fd = vcpu_.fd();
    CpuModel* writable = const_cast<CpuModel*>(&model); // the kernel only reads it
    if (host::ioctl_vcpu(fd, request_set_cpuid2, &writable->cpuid) != 0) {
        return host_error("KVM_SET_CPUID2", "setting up a vCPU");
    }
    if (auto done = set_segments(fd, id_, model, boot_root); !done) {
        return done;
    }
    if (model.xcr0 != 0) {
        kvm_xcrs xcrs{};
        xcrs.nr_xcrs = 1;
        xcrs.xcrs[0].value = model.xcr0;
        // A host that lets ring 3 run natively may refuse and use its own; domains then see that
        // one.
        (void)host::ioctl_vcpu(fd, KVM_SET_XCRS, &xcrs);
    }
    if (auto done = set_model_registers(fd, id_); !done) {
        return done;
    }
    if (auto done = make_runnable(fd, id_); !done) {
        return done;
    }
    write_tss(*memory_, id_);
    vcpu_.state()->kvm_valid_regs = KVM_SYNC_X86_REGS;
    registers_of(vcpu_) = {};
    place_ = Place::at_trap;
    return Done{};
}

ThreadContext GuestCpu::start_context(std::uint64_t entry, std::uint64_t argument,
                                      std::uint64_t stack_pointer, std::uint64_t thread_pointer)
{
    ThreadContext context;
    context.general[rdi] = argument;
    context.program_counter = entry;
    context.stack_pointer = stack_pointer;
    context.thread_pointer = thread_pointer;
    context.flags = flags_fixed;
    return context;
}

void GuestCpu::set_reply(ThreadContext& context, std::uint64_t status, std::uint64_t value)
{
    context.general[rax] = status;
    context.general[rdx] = value;
}

// ---- threads on and off -------------------------------------------------------------------------

Status GuestCpu::save(ThreadContext& context, bool with_vectors)
{
    const kvm_regs& registers = registers_of(vcpu_);
    to_context(registers, context);
    if (place_ == Place::in_domain) {
        context.program_counter = registers.rip;
        context.stack_pointer = registers.rsp;
        context.flags = registers.rflags;
    } else {
        const TrapFrame frame = read_frame(*memory_, id_);
        context.program_counter = frame.rip;
        context.stack_pointer = frame.rsp;
        context.flags = frame.rflags;
    }
    if (place_ == Place::resuming) {
        context.general[rax] = read_mailbox(*memory_, id_, GLACIS_MAILBOX_RAX);
        context.general[rcx] = read_mailbox(*memory_, id_, GLACIS_MAILBOX_RCX);
        context.general[rdx] = read_mailbox(*memory_, id_, GLACIS_MAILBOX_RDX);
        context.thread_pointer = read_mailbox(*memory_, id_, GLACIS_MAILBOX_FS_BASE);
        context.second_pointer = read_mailbox(*memory_, id_, GLACIS_MAILBOX_GS_BASE);
    } else {
        kvm_sregs sregs{};
        if (host::ioctl_vcpu(vcpu_.fd(), KVM_GET_SREGS, &sregs) != 0) {
            return host_error("KVM_GET_SREGS", "taking a thread off its vCPU");
        }
        context.thread_pointer = sregs.fs.base;
        context.second_pointer = sregs.gs.base;
    }
    if (with_vectors && !are_vectors_pristine_) {
        context.vector_state.resize(sizeof(VectorState));
        if (host::ioctl_vcpu(vcpu_.fd(), request_get_xsave, context.vector_state.data()) != 0) {
            return host_error("KVM_GET_XSAVE", "taking a thread off its vCPU");
        }
    }
    return Done{};
}

Status GuestCpu::load(const ThreadContext& context, std::uint64_t root)
{
    if (auto done = bring_into_shim(); !done) {
        return done;
    }
    const bool is_fresh = context.vector_state.empty();
    if (!is_fresh || !are_vectors_pristine_) {
        const std::uint8_t* state =
            is_fresh ? model_->pristine_vectors.bytes : context.vector_state.data();
        if (host::ioctl_vcpu(vcpu_.fd(), request_set_xsave, const_cast<std::uint8_t*>(state)) !=
            0) {
            return host_error("KVM_SET_XSAVE", "putting a thread on its vCPU");
        }
        are_vectors_pristine_ = is_fresh;
    }
    started_at_ = context.program_counter;
    from_context(context, registers_of(vcpu_));
    write_frame(*memory_, id_,
                {context.program_counter, GLACIS_SELECTOR_USER_CODE,
                 (context.flags & flags_user) | flags_fixed, context.stack_pointer,
                 GLACIS_SELECTOR_USER_DATA});
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_CR3, root);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_FS_BASE, context.thread_pointer);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_GS_BASE, context.second_pointer);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RAX, context.general[rax]);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RCX, context.general[rcx]);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RDX, context.general[rdx]);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_FLAGS, 1);
    start_resume();
    return Done{};
}

Status GuestCpu::start_over()
{
    if (auto done = bring_into_shim(); !done) {
        return done;
    }
    forget_prepared();
    exits_ = 0;
    return Done{};
}

bool GuestCpu::is_where_it_started() const
{
    return place_ == Place::in_domain && vcpu_.state()->s.regs.regs.rip == started_at_;
}

void GuestCpu::start_resume()
{
    kvm_regs& registers = registers_of(vcpu_);
    registers.rip = shim_layout().resume;
    registers.rsp = frame_address(id_);
    registers.rflags = flags_in_shim;
    mark_changed(vcpu_);
    place_ = Place::resuming;
}

void GuestCpu::reply(std::uint64_t status, std::uint64_t value)
{
    assert(place_ == Place::at_trap);
    kvm_regs& registers = registers_of(vcpu_);
    registers.rax = status;
    registers.rdx = value;
    mark_changed(vcpu_);
}

/// An interrupted domain is made to trap by itself: its registers are already saved or given up, so
/// its program counter can be put on an instruction of the gate page that traps. Changing the
/// privilege level from outside instead would take KVM_SET_SREGS, which is slow on some hosts.
Status GuestCpu::bring_into_shim()
{
    if (has_pending_mmio_) {
        vcpu_.request_exit();
        (void)vcpu_.run(); // completes the access, which would otherwise overwrite a register later
        vcpu_.clear_exit_request();
        has_pending_mmio_ = false;
    }
    constexpr int most_tries = 1000;
    bool is_on_its_way = false;
    for (int attempt = 0; place_ == Place::in_domain && attempt < most_tries; ++attempt) {
        if (!is_on_its_way) {
            kvm_regs& registers = registers_of(vcpu_);
            registers.rip = GLACIS_GATE_BOUNCE;
            registers.rflags = flags_fixed;
            mark_changed(vcpu_);
        }
        vcpu_.clear_exit_request();
        const kvm::Exit exit = enter();
        if (std::holds_alternative<kvm::PortWrite>(exit)) {
            place_ = Place::at_trap; // by the bounce, or by an exception that was pending
        } else if (!std::holds_alternative<kvm::Interrupted>(exit)) {
            break;
        }
        is_on_its_way = is_in_ring_0(); // kicked between the trap and the port write
    }
    if (place_ != Place::in_domain) {
        return Done{};
    }
    if (auto done = set_segments(vcpu_.fd(), id_, *model_, boot_root_); !done) {
        return done;
    }
    place_ = Place::at_trap;
    return Done{};
}

// ---- running ------------------------------------------------------------------------------------

kvm::Exit GuestCpu::enter()
{
    ++exits_;
    are_vectors_pristine_ = false;
    return vcpu_.run();
}

CpuEvent GuestCpu::run()
{
    for (;;) {
        const kvm::Exit exit = enter();
        if (std::holds_alternative<kvm::Interrupted>(exit)) {
            if (auto event = on_interrupted()) {
                return std::move(*event);
            }
            continue;
        }
        const auto* port = std::get_if<kvm::PortWrite>(&exit);
        CpuEvent event = port != nullptr ? on_trap(port->port) : on_exit(exit);
        if (auto* fault = std::get_if<FaultEvent>(&event)) {
            add_segment_bases(fault->fault.registers);
        }
        return event;
    }
}

/// Addresses of faults may be relative to these.
void GuestCpu::add_segment_bases(NamedRegisters& registers)
{
    kvm_sregs sregs{};
    if (host::ioctl_vcpu(vcpu_.fd(), KVM_GET_SREGS, &sregs) == 0) {
        registers.emplace_back("fs_base", sregs.fs.base);
        registers.emplace_back("gs_base", sregs.gs.base);
    }
}

/// Nothing when the vCPU is on its way into the shim: it will leave by itself with what it came
/// for.
std::optional<CpuEvent> GuestCpu::on_interrupted()
{
    const kvm_regs& registers = registers_of(vcpu_);
    if (registers.rip < GLACIS_SHIM_BASE || registers.rip >= GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE) {
        place_ = Place::in_domain;
        return KickEvent{};
    }
    if (!is_in_ring_0()) {
        // Either SYSCALL has come as far as its first instruction, where a host with emulated ring
        // 0 may not say so yet, or ring 3 has jumped there. The one leaves by itself, the other
        // faults.
        vcpu_.clear_exit_request();
        return std::nullopt;
    }
    return interrupted_in_shim();
}

std::optional<CpuEvent> GuestCpu::interrupted_in_shim()
{
    const kvm_regs& registers = registers_of(vcpu_);
    const TrapFrame frame = read_frame(*memory_, id_);
    const ShimPlace place = shim_place(registers.rip, frame.rip, registers.rcx, shim_layout());
    if (place == ShimPlace::entering) {
        vcpu_.clear_exit_request();
        return std::nullopt;
    }
    if (place == ShimPlace::called || place == ShimPlace::returned) {
        if (auto done = finish_crossing(place == ShimPlace::called); !done) {
            return BrokenEvent{done.error()};
        }
        return KickEvent{};
    }
    if (place == ShimPlace::crossing) {
        // Starting over at the gate might go on for ever where a slice is shorter than the way
        // through the shim: the VMM carries it out instead.
        const TrapFrame at_gate = crossing_frame(frame, registers, shim_layout());
        write_frame(*memory_, id_, at_gate);
        start_resume();
        place_ = Place::at_trap;
        return cross_event(at_gate.rip == GLACIS_GATE_CROSS);
    }
    const bool is_loading =
        place == ShimPlace::loading || read_mailbox(*memory_, id_, GLACIS_MAILBOX_FLAGS) != 0;
    if (is_loading) {
        write_mailbox(*memory_, id_, GLACIS_MAILBOX_FLAGS,
                      1); // from the start, should it just go on
    }
    start_resume();
    place_ = is_loading ? Place::resuming : Place::at_trap;
    return KickEvent{};
}

bool GuestCpu::is_in_ring_0()
{
    kvm_sregs sregs{};
    return host::ioctl_vcpu(vcpu_.fd(), KVM_GET_SREGS, &sregs) == 0 && sregs.ss.dpl == 0;
}

CpuEvent GuestCpu::on_trap(std::uint32_t port)
{
    kvm_regs& registers = registers_of(vcpu_);
    const bool has_code = port < GLACIS_PORT_SYSCALL && has_error_code(port - GLACIS_PORT_VECTOR);
    const std::uint64_t expected = frame_address(id_) - (has_code ? 8 : 0);
    if (port < GLACIS_PORT_VECTOR || port > GLACIS_PORT_GATE || registers.rsp != expected) {
        return BrokenEvent{{"KVM_RUN", 0,
                            "the shim trapped in ring 0 (port " + std::to_string(port) + ", RIP " +
                                std::to_string(registers.rip) + ")"}};
    }
    place_ = Place::at_trap;
    TrapFrame frame = read_frame(*memory_, id_);
    const Trap trap = read_trap(port, frame, registers, syscall_stub(id_));
    if (trap.kind == TrapKind::hypercall || trap.kind == TrapKind::hypercall_by_ring_3) {
        if (trap.kind == TrapKind::hypercall_by_ring_3) {
            make_gate_trap(*memory_);
        }
        frame.rip = trap.resume_at;
        frame.rflags = (trap.resume_flags & flags_user) | flags_fixed;
        write_frame(*memory_, id_, frame);
        return HypercallEvent{registers.rax,
                              {registers.rdi, registers.rsi, registers.rdx, registers.r10,
                               registers.r8, registers.r9}};
    }
    if (trap.kind == TrapKind::gate_by_ring_3) {
        make_gate_trap(*memory_);
        frame.rip = trap.resume_at;
        frame.rflags = flags_fixed;
        write_frame(*memory_, id_, frame);
        return KickEvent{}; // it tries again
    }
    if (trap.kind == TrapKind::cross_call || trap.kind == TrapKind::cross_return) {
        return cross_event(trap.kind == TrapKind::cross_call);
    }
    std::uint64_t error_code = 0;
    if (has_code) {
        std::memcpy(&error_code, memory_->at(expected), sizeof error_code);
    }
    constexpr std::uint32_t page_fault_port = GLACIS_PORT_VECTOR + 14;
    const std::uint64_t cr2 = port == page_fault_port ? fault_address() : 0;
    return FaultEvent{trap_fault(port, frame, error_code, cr2, registers)};
}

std::uint64_t GuestCpu::fault_address()
{
    kvm_sregs sregs{};
    return host::ioctl_vcpu(vcpu_.fd(), KVM_GET_SREGS, &sregs) == 0 ? sregs.cr2 : 0;
}

RawFault GuestCpu::raw_fault(FaultOrigin origin) const
{
    const kvm_regs& registers = vcpu_.state()->s.regs.regs;
    RawFault fault;
    fault.origin = origin;
    fault.program_counter = registers.rip;
    fault.stack_pointer = registers.rsp;
    fault.is_supervisor_mode =
        registers.rip >= GLACIS_SHIM_BASE && registers.rip < GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE;
    fault.registers = name_registers(registers, registers.rip, registers.rsp, registers.rflags);
    return fault;
}

RawFault GuestCpu::where_interrupted(FaultOrigin origin) const
{
    if (place_ == Place::in_domain) {
        return raw_fault(origin);
    }
    const kvm_regs& registers = vcpu_.state()->s.regs.regs;
    const TrapFrame frame = read_frame(*memory_, id_);
    RawFault fault;
    fault.origin = origin;
    fault.program_counter = frame.rip;
    fault.stack_pointer = frame.rsp;
    fault.registers = name_registers(registers, frame.rip, frame.rsp, frame.rflags);
    return fault;
}

CpuEvent GuestCpu::on_exit(const kvm::Exit& exit)
{
    place_ = Place::in_domain;
    if (const auto* mmio = std::get_if<kvm::Mmio>(&exit)) {
        has_pending_mmio_ = true;
        RawFault fault = raw_fault(FaultOrigin::stage2_hole);
        fault.address = mmio->address;
        fault.length = mmio->length;
        fault.access = mmio->is_write ? Access::write : Access::read;
        fault.is_past_instruction = mmio->is_write;
        return FaultEvent{std::move(fault)};
    }
    if (const auto* refused = std::get_if<kvm::Refused>(&exit)) {
        RawFault fault = raw_fault(refused->has_address ? FaultOrigin::memory_fault_exit
                                                        : FaultOrigin::stage2_refused);
        if (refused->has_address) {
            fault.address = refused->address;
        }
        return FaultEvent{std::move(fault)};
    }
    if (const auto* internal = std::get_if<kvm::InternalError>(&exit)) {
        RawFault fault = raw_fault(FaultOrigin::emulation_failure);
        fault.detail = internal->suberror;
        return FaultEvent{std::move(fault)};
    }
    if (std::holds_alternative<kvm::Shutdown>(exit)) {
        return FaultEvent{raw_fault(FaultOrigin::shutdown)};
    }
    if (const auto* failed = std::get_if<kvm::Failed>(&exit)) {
        return BrokenEvent{{"KVM_RUN", failed->error_number, "running a vCPU"}};
    }
    if (const auto* entry = std::get_if<kvm::FailEntry>(&exit)) {
        return BrokenEvent{
            {"KVM_RUN", 0,
             "the hardware refused to enter the guest, reason " + std::to_string(entry->reason)}};
    }
    const auto* unexpected = std::get_if<kvm::Unexpected>(&exit);
    return BrokenEvent{{"KVM_RUN", 0,
                        "exit with reason " +
                            std::to_string(unexpected != nullptr ? unexpected->reason : 0) +
                            ", which no guest of this kind can cause"}};
}

} // namespace glacis
