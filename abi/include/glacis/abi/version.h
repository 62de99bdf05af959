/* The version of the contract between a domain program and Glacis.
 *
 * It changes when a hypercall, an argument structure, a status code, the boot information or a
 * fixed address changes its meaning.  A program carries the version it was built for in an ELF note
 * (note.h); the loader refuses any other.  C11, C++ and assembler. */
#ifndef GLACIS_ABI_VERSION_H
#define GLACIS_ABI_VERSION_H

#define GLACIS_ABI_VERSION 2

#endif
