/*
 * kill_at: kills this process at its n-th write, whatever it writes: SIGKILL comes before that call does anything. For
 * a test that includes this file, which puts these functions in front of the C library's, also for the libraries that
 * the test uses. What goes to a standard stream does not count.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic long kill_at_; /* 0: never */
static _Atomic long kill_writes_;

/* From now on it counts from 1. n = 0: it only counts. */
static inline void kill_at(long n)
{
    atomic_store(&kill_writes_, 0);
    atomic_store(&kill_at_, n);
}

static inline long kill_writes(void)
{
    return atomic_load(&kill_writes_);
}

static inline void kill_count_(int fd)
{
    if (fd > STDERR_FILENO && atomic_fetch_add(&kill_writes_, 1) + 1 == atomic_load(&kill_at_))
        raise(SIGKILL);
}

#define KILL_NO_FD_ 3

ssize_t write(int fd, const void *data, size_t n)
{
    kill_count_(fd);
    return syscall(SYS_write, fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    kill_count_(fd);
    return syscall(SYS_pwrite64, fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    kill_count_(fd);
    return syscall(SYS_pwrite64, fd, data, n, at);
}

int fsync(int fd)
{
    kill_count_(fd);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    kill_count_(fd);
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t n)
{
    kill_count_(fd);
    return (int)syscall(SYS_ftruncate, fd, n);
}

int rename(const char *from, const char *to)
{
    kill_count_(KILL_NO_FD_);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    kill_count_(KILL_NO_FD_);
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int unlink(const char *path)
{
    kill_count_(KILL_NO_FD_);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
    kill_count_(KILL_NO_FD_);
    return (int)syscall(SYS_unlinkat, dir, path, flags);
}
