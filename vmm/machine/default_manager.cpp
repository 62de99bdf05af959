// The thread manager of the domains that name none: a domain that the description does not know.
//
// It is loaded when there is something to decide, which in many a small system is never.

#include <string>

#include "description/builtin.hpp"
#include "machine/core.hpp"
#include "machine/log.hpp"
#include "native/machine_number.hpp"

namespace glacis {

using namespace supervisor;

void Core::describe_default_manager()
{
    constexpr std::uint64_t stack = 2 * page_size;
    default_manager_.name = default_manager_program;
    default_manager_.program_path = default_manager_.name;
    default_manager_.arguments = {std::to_string(system.time_slice_ns)};
    default_manager_.stack_commit = stack;
    default_manager_.stack_limit = stack;
    console.open(system.domains.size(), default_manager_.name);
}

void Core::add_default_manager()
{
    describe_default_manager();
    DomainRecord domain;
    domain.description = &default_manager_;
    domain.id = supervisor->add_default_manager(default_manager_.name);
    default_manager = domain.id;
    domains.push_back(std::move(domain));
}

void Core::start_default_manager(std::unique_lock<std::mutex>& lock)
{
    const std::span<const std::byte> image =
        *builtin_program(default_manager_program.substr(builtin_prefix.size()));
    auto program = Program::parse({image.begin(), image.end()}, native_machine_number);
    if (!program) {
        break_off({"", 0, default_manager_.name + ": " + program.error().reason});
        return;
    }
    log_debug("more threads are ready than vCPUs are free: '{}' is started", default_manager_.name);
    default_manager_.program = std::move(*program);
    supervisor->begin_default_manager();
    ++starting_;
    const auto started = start_domain(lock, record(*default_manager));
    --starting_;
    if (!started) {
        break_off(started.error().error);
    }
    supervisor->employ_default_manager();
}

} // namespace glacis
