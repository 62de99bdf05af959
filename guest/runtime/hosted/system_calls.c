/* What the C library asks an operating system for. There are three streams and no files: input is
 * at its end, output and errors are the domain's console. What a domain has no notion of fails with
 * ENOSYS. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <unistd.h>

#include <glacis/pd/general.h>

#include "thread_control.h"

struct _reent* __getreent(void)
{
    struct glacis_thread_control* control = glacis_this_thread();
    if (control->reentrancy == NULL && control->unused_reentrancy != NULL) {
        control->reentrancy = control->unused_reentrancy;
        _REENT_INIT_PTR(control->reentrancy);
    }
    return control->reentrancy;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static int is_stream(int file)
{
    return file >= STDIN_FILENO && file <= STDERR_FILENO;
}

_READ_WRITE_RETURN_TYPE write(int file, const void* bytes, size_t length)
{
    if (file != STDOUT_FILENO && file != STDERR_FILENO)
        return fail(EBADF);
    size_t taken = 0;
    size_t piece = length < PD_CONSOLE_MAX ? length : PD_CONSOLE_MAX;
    if (pd_console_write(bytes, piece, &taken) != PD_OK)
        return fail(EFAULT);
    return (int)taken;
}

_READ_WRITE_RETURN_TYPE read(int file, void* bytes, size_t length)
{
    (void)bytes;
    (void)length;
    return file == STDIN_FILENO ? 0 : fail(EBADF);
}

int close(int file)
{
    return is_stream(file) ? 0 : fail(EBADF);
}

/* A character device, so that standard output is line-buffered. */
int fstat(int file, struct stat* status)
{
    if (!is_stream(file))
        return fail(EBADF);
    memset(status, 0, sizeof *status);
    status->st_mode = S_IFCHR;
    status->st_blksize = 1024;
    return 0;
}

int isatty(int file)
{
    return is_stream(file) ? 1 : fail(EBADF);
}

off_t lseek(int file, off_t offset, int origin)
{
    (void)offset;
    (void)origin;
    return fail(is_stream(file) ? ESPIPE : EBADF);
}

int open(const char* path, int flags, ...)
{
    (void)path;
    (void)flags;
    return fail(ENOSYS);
}

int stat(const char* path, struct stat* status)
{
    (void)path;
    (void)status;
    return fail(ENOSYS);
}

int link(const char* from, const char* to)
{
    (void)from;
    (void)to;
    return fail(ENOSYS);
}

int unlink(const char* path)
{
    (void)path;
    return fail(ENOSYS);
}

int mkdir(const char* path, mode_t mode)
{
    (void)path;
    (void)mode;
    return fail(ENOSYS);
}

pid_t fork(void)
{
    return fail(ENOSYS);
}

int execve(const char* path, char* const arguments[], char* const environment[])
{
    (void)path;
    (void)arguments;
    (void)environment;
    return fail(ENOSYS);
}

pid_t wait(int* status)
{
    (void)status;
    return fail(ENOSYS);
}

pid_t getpid(void)
{
    return (int)pd_boot()->domain + 1;
}

/* The only process there is to signal is this one, and the only signal that has an effect is the
 * end. */
int kill(pid_t process, int signal)
{
    if (process != getpid())
        return fail(ESRCH);
    if (signal == SIGABRT || signal == SIGKILL || signal == SIGTERM)
        abort();
    return fail(ENOSYS);
}

void _exit(int status)
{
    pd_domain_exit((uint64_t)(unsigned)status);
}

int getentropy(void* bytes, size_t length)
{
    if (length > 256)
        return fail(EIO);
    return pd_random(bytes, length) == PD_OK ? 0 : fail(EFAULT);
}
