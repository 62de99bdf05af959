// Calls across domains on x86-64: the vCPU's block as shim.h lays it out, and threads put to where
// a call or a return leads.

#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/cpu_model.hpp"
#include "arch/x86_64/kvm_lists.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/vcpu_block.hpp"
#include "host/calls.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis {

using namespace x86_64;

namespace {

constexpr std::uint64_t hint_mask = (std::uint64_t{GLACIS_ENTRIES} - 1) * GLACIS_ENTRY_SIZE;
static_assert(
    hint_mask ==
    std::uint64_t{
        GLACIS_ENTRY_HINT_MASK}); // NOLINT(bugprone-implicit-widening-of-multiplication-result)
constexpr std::uint64_t entries_size = std::uint64_t{GLACIS_ENTRIES} * GLACIS_ENTRY_SIZE;

std::uint64_t frame_offset(std::size_t depth)
{
    return GLACIS_CALLS_FRAMES + depth * GLACIS_FRAME_SIZE;
}

std::uint64_t entry_offset(std::size_t hint)
{
    return GLACIS_CALLS_ENTRIES + hint * GLACIS_ENTRY_SIZE;
}

static_assert(GLACIS_CALLS_FRAMES + (GLACIS_CALL_DEPTH_MAX + 1) * GLACIS_FRAME_SIZE <=
              GLACIS_CALLS_ENTRIES);
static_assert(GLACIS_CALLS_ENTRIES + entries_size <= GLACIS_VCPU_BLOCK_SIZE);
static_assert(sizeof(PreparedCall) == GLACIS_ENTRY_SIZE);

} // namespace

// ---- frames and what is prepared
// ------------------------------------------------------------------

void GuestCpu::set_frames(const std::vector<CallFrame>& frames)
{
    for (std::size_t depth = 0; depth < frames.size(); ++depth) {
        write_block(*memory_, id_, frame_offset(depth) + GLACIS_FRAME_ROOT, frames[depth].root);
        write_block(*memory_, id_, frame_offset(depth) + GLACIS_FRAME_RSP,
                    frames[depth].stack_pointer);
    }
    const std::size_t depth = frames.empty() ? 0 : frames.size() - 1;
    write_block(*memory_, id_, GLACIS_CALLS_DEPTH, depth * GLACIS_FRAME_SIZE);
}

std::size_t GuestCpu::depth() const
{
    return read_block(*memory_, id_, GLACIS_CALLS_DEPTH) / GLACIS_FRAME_SIZE;
}

GuestCpu::CallFrame GuestCpu::frame(std::size_t depth) const
{
    return {read_block(*memory_, id_, frame_offset(depth) + GLACIS_FRAME_ROOT),
            read_block(*memory_, id_, frame_offset(depth) + GLACIS_FRAME_RSP)};
}

void GuestCpu::prepare(std::size_t hint, const PreparedCall& call)
{
    std::memcpy(memory_->at(SystemMemory::block_address(id_) + entry_offset(hint)), &call,
                sizeof call);
    is_anything_prepared_ = true;
}

void GuestCpu::forget_prepared()
{
    if (is_anything_prepared_) {
        std::memset(memory_->at(SystemMemory::block_address(id_) + entry_offset(0)), 0,
                    entries_size);
        is_anything_prepared_ = false;
    }
}

// ---- calls and returns that are not prepared
// ------------------------------------------------------

/// The trap frame is that of the trap at the gate; the thread will go on behind it unless it is put
/// elsewhere.
CpuEvent GuestCpu::cross_event(bool is_call)
{
    const kvm_regs& registers = registers_of(vcpu_);
    TrapFrame frame = read_frame(*memory_, id_);
    frame.rip = is_call ? after_cross : after_return;
    frame.rflags = (frame.rflags & flags_user) | GLACIS_FLAGS_USER;
    write_frame(*memory_, id_, frame);
    if (!is_call) {
        return CrossReturnEvent{registers.rdx};
    }
    const std::uint64_t low = registers.rax % GLACIS_PAGE_SIZE;
    return CrossCallEvent{registers.rax - low, low >> GLACIS_GATE_HANDLE_SHIFT,
                          low % (1U << GLACIS_GATE_HANDLE_SHIFT),
                          (registers.rbx & hint_mask) / GLACIS_ENTRY_SIZE};
}

// ---- where a call or a return leads
// ---------------------------------------------------------------

struct GuestCpu::Destination {
    std::uint64_t root = 0;
    std::uint64_t program_counter = 0;
    std::uint64_t stack_pointer = 0;
    std::uint64_t rax = 0;
    std::uint64_t rcx = 0;
    std::uint64_t rdx = 0;
};

/// The other registers stay as they are, the bases of FS and GS too.
Status GuestCpu::redirect(const Destination& to)
{
    kvm_sregs sregs{};
    if (host::ioctl_vcpu(vcpu_.fd(), KVM_GET_SREGS, &sregs) != 0) {
        return host_error("KVM_GET_SREGS", "calling from one domain into another");
    }
    write_frame(*memory_, id_,
                {to.program_counter, GLACIS_SELECTOR_USER_CODE, GLACIS_FLAGS_USER, to.stack_pointer,
                 GLACIS_SELECTOR_USER_DATA});
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_CR3, to.root);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_FS_BASE, sregs.fs.base);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_GS_BASE, sregs.gs.base);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RAX, to.rax);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RCX, to.rcx);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_RDX, to.rdx);
    write_mailbox(*memory_, id_, GLACIS_MAILBOX_FLAGS, 1);
    start_resume();
    return Done{};
}

Status GuestCpu::enter_callee(std::uint64_t root, std::uint64_t entry, std::uint64_t window)
{
    return redirect({root, entry, window, window, 0, registers_of(vcpu_).rdx});
}

Status GuestCpu::return_to_caller(std::uint64_t root, std::uint64_t stack_pointer,
                                  std::uint64_t status, std::uint64_t value, bool is_cut_short)
{
    if (is_cut_short) {
        if (auto done = bring_into_shim(); !done) {
            return done;
        }
        registers_of(vcpu_) = {};
        if (host::ioctl_vcpu(vcpu_.fd(), request_set_xsave,
                             const_cast<std::uint8_t*>(model_->pristine_vectors.bytes)) != 0) {
            return host_error("KVM_SET_XSAVE", "cutting a call across domains short");
        }
    }
    return redirect({root, after_cross, stack_pointer, status, 0, value});
}

void GuestCpu::return_to_caller(ThreadContext& context, std::uint64_t stack_pointer)
{
    context.general = {};
    context.program_counter = after_cross;
    context.stack_pointer = stack_pointer;
    context.flags = GLACIS_FLAGS_USER;
    context.vector_state.clear();
}

std::uint64_t GuestCpu::stack_pointer() const
{
    return read_frame(*memory_, id_).rsp;
}

void GuestCpu::retry_crossing(ThreadContext& context)
{
    context.program_counter = GLACIS_GATE_CROSS;
}

void GuestCpu::refuse_crossing(std::uint64_t status)
{
    reply(status, 0);
}

/// The shim was found behind the point at which a call or a return has happened.
Status GuestCpu::finish_crossing(bool is_call)
{
    const kvm_regs& registers = registers_of(vcpu_);
    const CallFrame here = frame(depth());
    if (!is_call) {
        return redirect(
            {here.root, after_cross, here.stack_pointer, PD_OK, registers.rcx, registers.rdx});
    }
    PreparedCall call;
    const std::uint64_t offset = GLACIS_CALLS_ENTRIES + (registers.rbx & hint_mask);
    std::memcpy(&call, memory_->at(SystemMemory::block_address(id_) + offset), sizeof call);
    const std::uint64_t window = supervisor::page_floor(call.tag);
    return redirect({here.root, call.entry, window, window, 0, registers.rdx});
}

} // namespace glacis
