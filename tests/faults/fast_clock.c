/*
 * fast_clock: a clock that runs FAST_CLOCK times as fast for the program, which also waits so much shorter. Preloaded (LD_PRELOAD) by
 * tests/e2e/interrupt.py, which compiles it: cc -shared -fPIC. Only the clock by which programs wait (CLOCK_MONOTONIC) is changed.
 * Connections that it lets in have little room for what their other side does not take: a kernel's usual room holds a whole page.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long times(void)
{
    const char *text = getenv("FAST_CLOCK");
    return text && atol(text) > 0 ? atol(text) : 1;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long failed = syscall(SYS_clock_gettime, clock, t);
    if (failed == 0 && clock == CLOCK_MONOTONIC) {
        const long long ns = (t->tv_sec % 1000000000 * 1000000000LL + t->tv_nsec) * times();
        t->tv_sec = ns / 1000000000;
        t->tv_nsec = ns % 1000000000;
    }
    return (int)failed;
}

int poll(struct pollfd *all, nfds_t n, int ms)
{
    const long wait_ms = ms <= 0 ? ms : (ms + times() - 1) / times();
    const struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    return ppoll(all, n, ms < 0 ? NULL : &wait, NULL);
}

static int make_narrow(int fd)
{
    const int bytes = 4096;
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return fd;
}

int accept(int fd, struct sockaddr *address, socklen_t *n)
{
    static int (*real)(int, struct sockaddr *, socklen_t *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "accept");
    return make_narrow(real(fd, address, n));
}

int accept4(int fd, struct sockaddr *address, socklen_t *n, int flags)
{
    static int (*real)(int, struct sockaddr *, socklen_t *, int);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "accept4");
    return make_narrow(real(fd, address, n, flags));
}
