#include "doctor/probe_machine.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>

#include "doctor/arch_probes.hpp"

namespace glacis::doctor {

using namespace supervisor;

namespace {

// Memory slots of the VM.
constexpr std::uint32_t slot_system = 0; // and the next
constexpr std::uint32_t slot_scratch = 2;
constexpr std::uint32_t slot_area = 3;                                  // and following
constexpr std::uint32_t slot_tables = slot_area + GuestArea::max_slots; // and following

constexpr DomainId domain{0};
constexpr StackId stack{0};

Layout layout()
{
    Layout result;
    result.stack_area = {GLACIS_STACK_AREA_BASE_DEFAULT,
                         GLACIS_STACK_AREA_BASE_DEFAULT + GLACIS_STACK_SLOT_SIZE_DEFAULT};
    result.stack_slot = GLACIS_STACK_SLOT_SIZE_DEFAULT;
    result.stack_guard = GLACIS_STACK_GUARD_DEFAULT;
    result.memory = {ProbeMachine::base, ProbeMachine::hole + page_size};
    return result;
}

Status tables_status(bool is_done)
{
    return is_done ? Status(Done{}) : Status(HostError{"page tables", ENOMEM, "building a probe"});
}

} // namespace

ProbeMachine::ProbeMachine(kvm::Vm vm)
    : vm_(std::move(vm)), table_memory_(vm_, system_, slot_tables)
{
}

Result<std::unique_ptr<ProbeMachine>> ProbeMachine::create(const kvm::Kvm& kvm)
{
    auto model = make_cpu_model(kvm);
    if (!model) {
        return model.error();
    }
    auto vm = kvm.create_vm();
    if (!vm) {
        return vm.error();
    }
    prepare_vm(*vm, layout());
    std::unique_ptr<ProbeMachine> machine(new ProbeMachine(std::move(*vm)));
    machine->model_ = std::move(*model);
    if (auto done = machine->build(*machine->model_); !done) {
        return done.error();
    }
    return machine;
}

Status ProbeMachine::build(const CpuModel& model)
{
    auto system = SystemMemory::create(vm_, slot_system, 1);
    if (!system) {
        return system.error();
    }
    system_ = std::move(*system);
    install_shim(system_);
    auto file = GuestFile::create(area_size);
    if (!file) {
        return file.error();
    }
    file_ = std::move(*file);
    area_.emplace(vm_, slot_area, file_, 0, Range{base, base + area_size}, page_size);

    tables_.emplace(table_memory_, layout());
    const Range shim{GLACIS_SHIM_BASE, GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE};
    const Range gate{GLACIS_GATE_BASE, GLACIS_GATE_BASE + GLACIS_GATE_SIZE};
    if (!tables_->add_common(shim, CommonPages::shim_text) ||
        !tables_->add_common(gate, CommonPages::gate) ||
        !tables_->add_common(system_.blocks(), CommonPages::shim_data) ||
        !tables_->open_domain(domain)) {
        return tables_status(false);
    }
    const auto root = tables_->root(domain, stack);
    if (!root) {
        return tables_status(false);
    }
    root_ = root->physical;
    auto cpu = GuestCpu::create(vm_, 0, model, system_, root_);
    if (!cpu) {
        return cpu.error();
    }
    cpu_ = std::move(*cpu);

    if (auto done = area_->commit({code, stack_top}); !done) {
        return done;
    }
    if (auto done = map({code, code + page_size}, Perm::read_execute); !done) {
        return done;
    }
    return map({stack_top - page_size, stack_top}, Perm::read_write);
}

Result<std::uint64_t> ProbeMachine::make_second_root()
{
    const StackId other{layout().stack_area.begin};
    const auto root = tables_->root(domain, other);
    if (!root) {
        return HostError{"page tables", ENOMEM, "building a probe"};
    }
    return root->physical;
}

Status ProbeMachine::map(Range pages, Perm perm)
{
    return tables_status(tables_->set_domain_pages(domain, pages, perm));
}

Status ProbeMachine::start(std::span<const std::uint8_t> bytes, std::uint64_t argument)
{
    assert(bytes.size() <= page_size);
    std::memcpy(area_->own(code), bytes.data(), bytes.size());
    return cpu_->load(GuestCpu::start_context(code, argument, stack_top, 0), root_);
}

void ProbeMachine::start_in_supervisor_mode(std::span<const std::uint8_t> bytes)
{
    // The end of the shim's place, behind the shim.
    constexpr std::uint64_t room = 64;
    constexpr std::uint64_t address = GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE - room;
    assert(bytes.size() <= room);
    std::memcpy(system_.at(address), bytes.data(), bytes.size());
    doctor::start_in_supervisor_mode(cpu_->vcpu(), address);
}

Status ProbeMachine::add_and_delete_slot()
{
    constexpr std::uint64_t unused_address = hole + area_size;
    if (auto done = vm_.set_memory(slot_scratch, unused_address, page_size,
                                   system_.at(GLACIS_SHIM_BASE), 0);
        !done) {
        return done;
    }
    return vm_.set_memory(slot_scratch, unused_address, 0, system_.at(GLACIS_SHIM_BASE), 0);
}

} // namespace glacis::doctor
