/* Shared with the assembler code of tiny guests. */
#ifndef GLACIS_DOCTOR_TOUCHED_PAGES_H
#define GLACIS_DOCTOR_TOUCHED_PAGES_H
#define GLACIS_PROBE_TOUCHED_PAGES 64
#endif
