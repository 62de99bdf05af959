#include "sample_record.hpp"

namespace glacis::fault::test {

FaultRecord sample_record()
{
    FaultRecord record;
    record.fault_class = PD_FAULT_STACK_OVERFLOW;
    record.domain = "parser";
    record.domain_id = 1;
    record.thread = 3;
    record.thread_name = "worker";
    record.vcpu = 1;
    record.program_counter = 0x100001011;
    record.address = 0x400f0ff8;
    record.access = Access::write;
    record.length = 8;
    record.derivation = Derivation::exit;
    record.origin = FaultOrigin::page_fault;
    record.explanation = "8 bytes below its committed stack [0x400f1000, 0x40100000)";
    record.bytes_past_limit = 8;
    record.stack.stack = 0x40000000;
    record.stack.bottom = 0x400f1000;
    record.stack.top = 0x40100000;
    record.stack.peak = 61440;
    record.stack.limit = 61440;
    record.stack.suggested = 131072;
    record.instruction = "push %rbp";
    record.backtrace = {
        {0x100001011, "parser", "descend", 0x11, "/source/parser.c", 88, 1},
        {0x10000102c, "parser", "descend", 0x2c, "/source/parser.c", 91, 412},
    };
    record.registers = {{"rax", 1}, {"rsp", 0x400f1000}, {"rip", 0x100001011}};
    record.action = "domain 'parser' stopped; 3 other domains go on";
    return record;
}

} // namespace glacis::fault::test
