/* Fixed addresses of a Glacis guest.  C11, C++ and assembler.
 *
 * There is one address space: an address means the same in every domain, and every guest-virtual
 * address equals its guest-physical address.  What a domain may reach is decided by its tables.
 *
 *   0x0000_0000  never mapped (null pointers and small offsets from them)
 *   0x0010_0000  shim text and constants           supervisor only, read/execute
 *   0x0010_8000  gate page                         every domain, read/execute
 *   0x0010_9000  boot probe page                   every domain, read/execute
 *   0x0011_0000  one block per vCPU                supervisor only, read/write
 *   0x0021_0000  page tables                       in no table at all: only the VMM writes them
 *   0x4000_0000  stack area (configurable)         one slot a stack, committed parts only
 *   >= 4 GiB     domain memory                     images, heaps, regions: page by page
 *
 * Sizes are in bytes. */
#ifndef GLACIS_ABI_LAYOUT_H
#define GLACIS_ABI_LAYOUT_H

#define GLACIS_PAGE_SIZE 0x1000
#define GLACIS_PAGE_SHIFT 12

/* Addresses below this one are in no table and no memory slot. */
#define GLACIS_LOWEST_ADDRESS 0x00100000

#define GLACIS_SHIM_BASE 0x00100000
#define GLACIS_SHIM_SIZE 0x00008000

/* The one page through which domain code enters Glacis: `call GLACIS_GATE_BASE` with the call's
 * number and arguments in registers (hypercall.h).  The VMM fills it for the host it runs on. */
#define GLACIS_GATE_BASE 0x00108000
#define GLACIS_GATE_SIZE 0x00001000

#define GLACIS_PROBE_BASE 0x00109000
#define GLACIS_PROBE_SIZE 0x00001000

#define GLACIS_VCPU_BASE 0x00110000
#define GLACIS_VCPU_BLOCK_SIZE 0x00004000
#define GLACIS_VCPU_MAX 64

/* Right behind the last vCPU's block. */
#define GLACIS_TABLES_BASE 0x00210000
#define GLACIS_TABLES_SIZE 0x3fdf0000

#define GLACIS_STACK_AREA_BASE_DEFAULT 0x40000000
#define GLACIS_STACK_AREA_SIZE_DEFAULT 0x10000000
#define GLACIS_STACK_SLOT_SIZE_DEFAULT 0x00100000
#define GLACIS_STACK_GUARD_DEFAULT 0x00010000

/* Domain memory never begins below this address. */
#define GLACIS_MEMORY_BASE_MIN 0x100000000

/* Every guest address is below this one (39 bits: what the smallest hosts translate). */
#define GLACIS_ADDRESS_LIMIT 0x8000000000

#endif
