// Domains that domains make: from the call to the running child, and what is left of one that is
// gone.
//
// Everything comes from the parent's memory: it is copied in once, part by part, and only the copy
// is looked at. The program is copied and parsed without holding the monitor's lock for long; the
// child is visible to nobody until it runs.

#include <algorithm>
#include <cstring>
#include <glacis/abi/domain.h>
#include <thread>

#include "description/layout.hpp"
#include "machine/child_parameters.hpp"
#include "machine/log.hpp"
#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

namespace {

/// Copied at a time, with the lock held.
constexpr std::uint64_t copy_step = 256 << 10;
/// Reports of children that are gone, and records of their faults, that are kept.
constexpr std::size_t most_reports = 256;
constexpr std::size_t most_faults = 1000;

DomainCreate request_for(const ChildDescription& child, const Program& program)
{
    const DomainDescription& description = child.description;
    DomainCreate request;
    request.name = description.name;
    request.quota = {description.quota_memory,      description.quota_stacks,
                     description.quota_stack_bytes, description.quota_threads,
                     description.quota_grants,      description.quota_domains};
    request.memory = program.image_size() + boot_info_size(description) +
                     page_ceil(child.grants.size() * sizeof(pd_boot_region));
    request.stack_commit = description.stack_commit;
    request.stack_limit = description.stack_limit;
    for (const pd_grant& grant : child.grants) {
        request.grants.push_back({grant.address, grant.length, grant.perm});
    }
    return request;
}

std::vector<pd_boot_region> boot_regions_of(const std::vector<pd_grant>& grants)
{
    std::vector<pd_boot_region> regions;
    for (const pd_grant& grant : grants) {
        pd_boot_region region{};
        std::memcpy(region.name, grant.name, sizeof region.name);
        region.base = grant.address;
        region.size = grant.length;
        region.content_size = grant.length;
        region.perm = grant.perm;
        regions.push_back(region);
    }
    return regions;
}

} // namespace

// ---- the call
// ------------------------------------------------------------------------------------

/// Bytes of the caller's memory, in steps; between them others get the lock.
bool VcpuLoop::copy_from_caller(std::uint64_t address, std::span<std::uint8_t> to) const
{
    for (std::uint64_t done = 0; done < to.size();) {
        const std::uint64_t step = std::min<std::uint64_t>(copy_step, to.size() - done);
        const Lock lock(core_.mutex);
        if (address > UINT64_MAX - done || !may(address + done, step, Perm::read) ||
            !core_.space->copy_in(address + done, to.subspan(done, step))) {
            return false;
        }
        done += step;
    }
    return true;
}

/// BAD_POINTER, and what check_parameters() and read_parameters() say.
Result<ChildDescription, pd_status> VcpuLoop::copy_parameters(std::uint64_t address) const
{
    pd_domain_parameters parameters{};
    if (!copy_from_caller(address,
                          {reinterpret_cast<std::uint8_t*>(&parameters), sizeof parameters})) {
        return PD_BAD_POINTER;
    }
    if (const pd_status status = check_parameters(parameters); status != PD_OK) {
        return status;
    }
    std::vector<std::uint8_t> arguments(parameters.arguments_size);
    std::vector<pd_grant> grants(parameters.grant_count);
    const std::span grant_bytes(reinterpret_cast<std::uint8_t*>(grants.data()),
                                grants.size() * sizeof(pd_grant));
    if (!copy_from_caller(parameters.arguments, arguments) ||
        !copy_from_caller(parameters.grants, grant_bytes)) {
        return PD_BAD_POINTER;
    }
    return read_parameters(parameters, arguments, std::move(grants));
}

VcpuLoop::Next VcpuLoop::create_domain(const DomainCreateCall& call)
{
    if (call.length == 0) {
        return answer(PD_EMPTY_RANGE);
    }
    if (call.length > PD_IMAGE_MAX) {
        return answer(PD_TOO_LARGE);
    }
    auto child = copy_parameters(call.parameters);
    if (!child) {
        return answer(child.error());
    }
    std::vector<std::byte> file(call.length);
    if (!copy_from_caller(call.image,
                          {reinterpret_cast<std::uint8_t*>(file.data()), file.size()})) {
        return answer(PD_BAD_POINTER);
    }
    const auto image = core_.images.get(std::move(file));
    if (!image) {
        return answer(image.error());
    }
    Lock lock(core_.mutex);
    const Caller caller{current_.domain, current_.thread, VcpuId{id_}};
    const Plan plan =
        core_.supervisor->begin(caller, request_for(*child, (*image)->program), core_.clock.now());
    if (plan.disposition == Disposition::reschedule) {
        account();
        return Next::left;
    }
    if (plan.reply.status != PD_OK) {
        return answer_who_goes_on(lock, plan.reply.status);
    }
    const DomainId id = core_.supervisor->place(plan.reply.value);
    core_.add_child(id, std::move(*child), *image);
    const pd_status status = core_.start_child(lock, id);
    if (!self().has_slice && core_.is_waited_for(id_)) {
        arm_timer(core_.clock.now());
    }
    core_.spread_work(id_);
    return answer_who_goes_on(lock, status, plan.reply.value);
}

// ---- making and forgetting, with the lock held
// ----------------------------------------------------

void Core::add_child(DomainId id, ChildDescription child, ImagePointer image)
{
    const DomainId parent = *supervisor->parent(id);
    auto description = std::make_unique<DomainDescription>(std::move(child.description));
    // Names of the description have no '#': this one is nobody else's, ever.
    description->name += "#" + std::to_string(++children_);
    description->program = image->program;
    const DomainRecord& its_parent = record(parent);
    if (const auto limit = its_parent.description->time_limit_ns) {
        const std::uint64_t left = *limit - std::min(*limit, its_parent.running_ns);
        description->time_limit_ns = std::min(description->time_limit_ns.value_or(left), left);
    }
    const auto place = static_cast<std::size_t>(id);
    if (place == domains.size()) {
        domains.emplace_back();
    }
    DomainRecord& domain = domains[place];
    domain.id = id;
    domain.description = description.get();
    domain.own_description = std::move(description);
    domain.granted = boot_regions_of(child.grants);
    domain.parent_name = its_parent.description->name;
    if (child.is_handled) {
        domain.handler_name = domain.parent_name;
        supervisor->set_fault_handler(id, parent, domain.description->suspends_on_fault);
    }
    domain.symbols = image->symbols;
    domain.image = std::move(image);
    console.open(place, domain.description->name);
    log_debug("domain '{}' makes '{}'", domain.parent_name, domain.description->name);
}

/// On failure nothing is left of it (promise G3).
pd_status Core::start_child(std::unique_lock<std::mutex>& lock, DomainId id)
{
    const auto started = start_domain(lock, record(id));
    if (started) {
        supervisor->end_start(id);
        return PD_OK;
    }
    const pd_status status = started.error().status;
    record(id).was_made = false;
    supervisor->abandon_start(id);
    const std::uint32_t handle = supervisor->handle(id);
    for (settle(lock); supervisor->exists(handle); settle(lock)) {
        // Another vCPU is at it.
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
    }
    return status;
}

void Core::forget_vacated()
{
    while (const auto id = supervisor->take_vacated()) {
        DomainRecord& domain = record(*id);
        if (domain.was_made) {
            keep_report(report_of(domain));
        }
        domain = DomainRecord{};
    }
}

void Core::keep_report(DomainReport report)
{
    has_lost_child_ = has_lost_child_ || report.decides_badly();
    if (gone_.size() < most_reports) {
        gone_.push_back(std::move(report));
    } else {
        ++reports_left_out_;
    }
}

void Core::keep_fault(FaultRecord record, DomainRecord& domain)
{
    ++faults_;
    ++domain.faults;
    record.is_of_child = domain.own_description != nullptr;
    if (record.is_of_child) {
        if (childrens_faults_ == most_faults) {
            return;
        }
        ++childrens_faults_;
    }
    faults.push_back(std::move(record));
}

void Core::kick_stopped(std::uint32_t self)
{
    for (const VcpuId vcpu : supervisor->vcpus_to_leave()) {
        if (static_cast<std::uint32_t>(vcpu) != self) {
            kicks.fetch_add(1, std::memory_order_relaxed);
            vcpus[static_cast<std::size_t>(vcpu)]->kick.send();
        }
    }
}

/// What it has used of its time, its parent has used.
void Core::charge_parent(const DomainRecord& domain)
{
    if (const auto parent = supervisor->parent(domain.id)) {
        record(*parent).running_ns += domain.running_ns;
    }
}

} // namespace glacis
