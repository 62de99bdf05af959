// Starting a system and its domains: regions, images, boot information, first threads.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <glacis/abi/boot.h>
#include <glacis/abi/version.h>
#include <thread>
#include <unistd.h>

#include "description/layout.hpp"
#include "machine/core.hpp"
#include "machine/status_text.hpp"

namespace glacis {

using namespace supervisor;

namespace {

/// Pages of zeroed data that a program uses at its start, its first heap page among them.
constexpr std::uint64_t first_zeroed = 2 * page_size;

template <std::size_t size> void copy_name(char (&to)[size], const std::string& from)
{
    const std::size_t length = std::min(from.size(), sizeof to - 1);
    std::memcpy(to, from.data(), length);
    to[length] = '\0';
}

/// Reads at most `size` bytes; a file that has become shorter leaves the rest zero.
Status read_file(const std::string& path, std::uint8_t* to, std::uint64_t size)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return host_error("open", "reading " + path);
    }
    for (std::uint64_t done = 0; done < size;) {
        const ssize_t count = ::read(file.get(), to + done, size - done);
        if (count < 0 && errno != EINTR) {
            return host_error("read", "reading " + path);
        }
        if (count == 0) {
            break;
        }
        done += count > 0 ? static_cast<std::uint64_t>(count) : 0;
    }
    return Done{};
}

} // namespace

Status Core::build()
{
    auto kvm = kvm::Kvm::open(kvm::device_path());
    if (!kvm) {
        return kvm.error();
    }
    auto model = make_cpu_model(*kvm);
    if (!model) {
        return model.error();
    }
    cpu_model_ = std::move(*model);
    auto vm = kvm->create_vm();
    if (!vm) {
        return vm.error();
    }
    prepare_vm(*vm, layout);
    auto built = GuestSpace::create(std::move(*vm), layout, options.protection);
    if (!built) {
        return built.error();
    }
    space = std::move(*built);
    space->set_between(options.between_effects);
    supervisor = std::make_unique<Supervisor>(layout, *space);

    for (std::uint32_t id = 0; id < system.vcpus; ++id) {
        auto vcpu = std::make_unique<VcpuRecord>();
        if (auto done = vcpu->kick.open(); !done) {
            return done;
        }
        auto cpu =
            GuestCpu::create(space->vm(), id, *cpu_model_, space->system(), space->boot_root());
        if (!cpu) {
            return cpu.error();
        }
        vcpu->cpu = std::move(*cpu);
        vcpus.push_back(std::move(vcpu));
    }

    std::unique_lock lock(mutex);
    add_domains();
    if (auto done = create_regions(lock); !done) {
        return done;
    }
    for (std::size_t index = 0; index < system.domains.size(); ++index) {
        if (auto done = start_domain(lock, domains[index]); !done) {
            return done.error().error;
        }
    }
    return Done{};
}

/// Those of the description, in its order, and their rights and managers.
void Core::add_domains()
{
    for (const DomainDescription& description : system.domains) {
        const Quota quota{description.quota_memory,      description.quota_stacks,
                          description.quota_stack_bytes, description.quota_threads,
                          description.quota_grants,      description.quota_domains};
        DomainRecord domain;
        domain.description = &description;
        domain.id = supervisor->add_domain(description.name, quota);
        domains.push_back(std::move(domain));
    }
    if (needs_default_manager(system)) {
        add_default_manager();
    }
    for (std::size_t index = 0; index < system.domains.size(); ++index) {
        DomainRecord& domain = domains[index];
        for (const GateDescription& gate : domain.description->gates) {
            const ProgramExport& exported =
                system.domains[gate.domain].program.exports()[gate.exported];
            supervisor->add_gate(domain.id,
                                 {domains[gate.domain].id, exported.min_stack, exported.arguments});
        }
        if (const auto manager = domain.description->thread_manager) {
            supervisor->set_thread_manager(domain.id, domains[*manager].id);
        } else if (!is_thread_manager(system, index)) {
            supervisor->set_thread_manager(domain.id, *default_manager);
        }
        if (const auto handler = domain.description->fault_handler) {
            domain.handler_name = system.domains[*handler].name;
            supervisor->set_fault_handler(domain.id, domains[*handler].id,
                                          domain.description->suspends_on_fault);
        }
    }
}

/// Of domains of the description at the start nobody competes, so that a refusal means that the
/// description asks for more than fits.
Core::Started<std::uint64_t> Core::must_succeed(std::unique_lock<std::mutex>& lock, DomainId domain,
                                                Plan plan, const std::string& what)
{
    plan = carry_out(lock, std::move(plan));
    pd_status status = plan.reply.status;
    if (status == PD_OK && domain != supervisor_domain &&
        supervisor->state(domain) != DomainState::running) {
        status = PD_STOPPED;
    }
    if (status == PD_OK) {
        return plan.reply.value;
    }
    return StartFailure{status, HostError{"supervisor", status == PD_HOST_NO_MEMORY ? ENOMEM : 0,
                                          what + ": " + status_text(status)}};
}

Status Core::create_regions(std::unique_lock<std::mutex>& lock)
{
    for (const RegionDescription& region : system.regions) {
        const auto base =
            must_succeed(lock, supervisor_domain,
                         supervisor->reserve_memory(supervisor_domain, region.size, Perm::none),
                         "reserving region '" + region.name + "'");
        if (!base) {
            return base.error().error;
        }
        region_bases_.push_back(*base);
        if (region.file) {
            if (auto done = read_file(*region.file, space->own_to_write(*base, region.size),
                                      region.content_size);
                !done) {
                return done;
            }
        }
    }
    return Done{};
}

Core::Started<Done> Core::start_domain(std::unique_lock<std::mutex>& lock, DomainRecord& domain)
{
    const DomainDescription& description = *domain.description;
    const std::string what = "starting domain '" + description.name + "'";
    if (auto done = space->open_domain(domain.id); !done) {
        return StartFailure{PD_HOST_NO_MEMORY, done.error()};
    }
    const auto image = place_program(lock, domain);
    if (!image) {
        return image.error();
    }
    domain.image_base = *image;
    for (const RegionUse& use : description.regions) {
        const Range pages{region_bases_[use.region],
                          region_bases_[use.region] + system.regions[use.region].size};
        const auto granted = must_succeed(
            lock, domain.id,
            supervisor->set_reserved_perm(domain.id, pages, static_cast<Perm>(use.perm)), what);
        if (!granted) {
            return granted.error();
        }
    }
    if (auto done = grant_all(lock, domain); !done) {
        return done;
    }
    const auto stack = must_succeed(
        lock, domain.id,
        supervisor->reserve_stack(domain.id, description.stack_commit, description.stack_limit),
        what);
    if (!stack) {
        return stack.error();
    }
    const auto boot = write_boot_info(lock, domain, *stack);
    if (!boot) {
        return boot.error();
    }
    supervisor->start_main_thread(domain.id, StackId{*stack}, *image + description.program.entry(),
                                  *boot);
    return Done{};
}

/// What its parent gave a child.
Core::Started<Done> Core::grant_all(std::unique_lock<std::mutex>& lock, const DomainRecord& domain)
{
    const std::string what = "granting memory to domain '" + domain.description->name + "'";
    while (auto plan = supervisor->next_grant(domain.id)) {
        const bool is_busy = plan->is_final && plan->reply.status == PD_IN_USE;
        const auto granted = must_succeed(lock, domain.id, std::move(*plan), what);
        if (!granted &&
            (!is_busy || is_ending() || supervisor->state(domain.id) != DomainState::running)) {
            return granted.error();
        }
        if (is_busy) {
            // Another call works on the pages: what it comes to is what counts.
            lock.unlock();
            std::this_thread::yield();
            lock.lock();
        }
    }
    return Done{};
}

Status Core::place_image(const Program& program, std::uint64_t base)
{
    for (const Program::Part& part : program.parts()) {
        if (auto done = space->write(base + part.offset, part.bytes); !done) {
            return done;
        }
    }
    auto* image = reinterpret_cast<std::byte*>(space->own_to_write(base, program.image_size()));
    program.relocate(base, {image, program.image_size()});
    const std::uint64_t used_at_once = page_ceil(program.content_size()) + first_zeroed;
    space->populate({base, base + std::min(program.image_size(), used_at_once)});
    return Done{};
}

Core::Started<std::uint64_t> Core::place_program(std::unique_lock<std::mutex>& lock,
                                                 const DomainRecord& domain)
{
    const Program& program = domain.description->program;
    const std::string what = "loading the program of domain '" + domain.description->name + "'";
    const auto base =
        must_succeed(lock, domain.id,
                     supervisor->reserve_memory(domain.id, program.image_size(), Perm::none), what);
    if (!base) {
        return base.error();
    }
    // Nobody reaches these pages yet, and nobody takes them from a domain that is being started.
    lock.unlock();
    const auto placed = place_image(program, *base);
    lock.lock();
    if (!placed) {
        return StartFailure{PD_HOST_FAILED, placed.error()};
    }
    if (supervisor->state(domain.id) != DomainState::running) {
        return StartFailure{PD_STOPPED, {"supervisor", 0, what + ": " + status_text(PD_STOPPED)}};
    }
    for (const ProgramSegment& segment : program.segments()) {
        const Range pages{*base + segment.offset, *base + segment.offset + segment.size};
        const auto set = must_succeed(
            lock, domain.id,
            supervisor->set_reserved_perm(domain.id, pages, static_cast<Perm>(segment.perm)), what);
        if (!set) {
            return set.error();
        }
    }
    return *base;
}

pd_boot_gate Core::boot_gate(const GateDescription& description, std::size_t handle) const
{
    const ProgramExport& exported =
        system.domains[description.domain].program.exports()[description.exported];
    pd_boot_gate gate{};
    copy_name(gate.domain, description.callee);
    copy_name(gate.name, description.name);
    gate.handle = static_cast<std::uint32_t>(handle);
    gate.arguments = exported.arguments;
    gate.min_stack = exported.min_stack;
    gate.callee = static_cast<std::uint32_t>(domains[description.domain].id);
    return gate;
}

Core::Started<std::uint64_t> Core::write_boot_info(std::unique_lock<std::mutex>& lock,
                                                   const DomainRecord& domain,
                                                   std::uint64_t main_stack)
{
    const DomainDescription& description = *domain.description;
    std::string strings = description.name;
    strings.push_back('\0');
    std::uint32_t count = 1;
    // What the user adds is for the domains of the description.
    const std::vector<std::string> none;
    const bool is_described = !domain.own_description && domain.id != default_manager;
    const auto& extra = is_described ? options.extra_arguments : none;
    for (const auto* list : {&description.arguments, &extra}) {
        for (const std::string& argument : *list) {
            strings += argument;
            strings.push_back('\0');
            ++count;
        }
    }
    std::vector<pd_boot_region> regions = domain.granted;
    for (const RegionUse& use : description.regions) {
        const RegionDescription& described = system.regions[use.region];
        pd_boot_region region{};
        copy_name(region.name, described.name);
        region.base = region_bases_[use.region];
        region.size = described.size;
        region.content_size = described.content_size;
        region.perm = use.perm;
        regions.push_back(region);
    }
    const std::uint64_t regions_size = regions.size() * sizeof(pd_boot_region);
    const std::uint64_t gates_size = description.gates.size() * sizeof(pd_boot_gate);
    const std::uint64_t size = sizeof(pd_boot_info) + regions_size + gates_size + strings.size();
    const auto base = must_succeed(
        lock, domain.id, supervisor->reserve_memory(domain.id, page_ceil(size), Perm::read),
        "starting domain '" + description.name + "'");
    if (!base) {
        return base.error();
    }

    pd_boot_info info{};
    info.abi_version = GLACIS_ABI_VERSION;
    info.size = static_cast<std::uint32_t>(size);
    info.domain = supervisor->handle(domain.id);
    info.vcpus = system.vcpus;
    info.restarts = domain.restarts;
    info.arguments = count;
    info.regions = static_cast<std::uint32_t>(regions.size());
    info.regions_offset = sizeof(pd_boot_info);
    info.gates = static_cast<std::uint32_t>(description.gates.size());
    info.gates_offset = static_cast<std::uint32_t>(sizeof(pd_boot_info) + regions_size);
    info.arguments_offset =
        static_cast<std::uint32_t>(sizeof(pd_boot_info) + regions_size + gates_size);
    info.image_base = domain.image_base;
    info.image_size = description.program.image_size();
    info.stack_area_base = layout.described_stacks().begin;
    info.stack_area_size = layout.described_stacks().size();
    info.stack_slot_size = layout.stack_slot;
    info.stack_guard_size = layout.stack_guard;
    info.main_stack = main_stack;
    info.default_stack_commit = description.stack_commit;
    info.default_stack_limit = description.stack_limit;
    copy_name(info.name, description.name);

    std::uint8_t* to = space->own_to_write(*base, page_ceil(size));
    std::memcpy(to, &info, sizeof info);
    to += sizeof info;
    for (const pd_boot_region& region : regions) {
        std::memcpy(to, &region, sizeof region);
        to += sizeof region;
    }
    for (std::size_t index = 0; index < description.gates.size(); ++index) {
        const pd_boot_gate gate = boot_gate(description.gates[index], index + 1);
        std::memcpy(to, &gate, sizeof gate);
        to += sizeof gate;
    }
    std::copy(strings.begin(), strings.end(), to);
    return *base;
}

} // namespace glacis
