/*
 * slow_disk: a disk that delivers and takes one file slowly, or does not put it into its place. Preloaded (LD_PRELOAD) by tests/e2e/slow.py and
 * tests/e2e/interrupt.py, which compile it: cc -shared -fPIC. From the environment:
 *   SLOW_FILE   how the path of the file ends
 *   SLOW_RATE   bytes a second that it delivers; 0: as fast as it can
 *   SLOW_AT     when a read or write first comes across this place, the disk stands still. A look at the file's end does not
 *               count
 *   SLOW_NAME   or when a file is renamed to a path that ends so,
 *   SLOW_STALL  for so many milliseconds, once
 *   SLOW_LOG    a file that gets a line each time the disk begins to sleep: "slept MS at OFFSET"
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int log_fd = -1;

/* The log is opened before the program gives up its rights. */
__attribute__((constructor)) static void arm(void)
{
    const char *path = getenv("SLOW_LOG");
    log_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int ends_as(const char *path, const char *variable)
{
    const char *end = getenv(variable);
    const size_t n = strlen(path);
    return end && strlen(end) <= n && strcmp(path + n - strlen(end), end) == 0;
}

static int is_slow(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return 0;
    path[n] = '\0';
    return ends_as(path, "SLOW_FILE");
}

/* A signal does not wake it, as little as it does a real disk. */
static void sleep_ms(long ms, long at)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    char line[64];
    const int n = snprintf(line, sizeof line, "slept %ld at %ld\n", ms, at);
    if (ms > 0 && log_fd >= 0 && write(log_fd, line, (size_t)n) != n)
        abort();
    while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static void hold_up(ssize_t n, off_t at)
{
    static atomic_flag stalled = ATOMIC_FLAG_INIT;
    if (number("SLOW_RATE") > 0)
        sleep_ms(n * 1000 / number("SLOW_RATE"), at);
    if (number("SLOW_STALL") > 0 && at <= number("SLOW_AT") && at + n > number("SLOW_AT") &&
        !atomic_flag_test_and_set(&stalled))
        sleep_ms(number("SLOW_STALL"), at);
}

ssize_t pread(int fd, void *to, size_t n, off_t at);
ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    static ssize_t (*real)(int, void *, size_t, off_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pread");
    const ssize_t got = real(fd, to, n, at);
    if (got > 0 && is_slow(fd))
        hold_up(got, at);
    return got;
}

/* SQLite's names for them; writing is as slow. */
ssize_t pread64(int fd, void *to, size_t n, off_t at) __attribute__((alias("pread")));

ssize_t pwrite64(int fd, const void *from, size_t n, off_t at);
ssize_t pwrite64(int fd, const void *from, size_t n, off_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    if (is_slow(fd))
        hold_up((ssize_t)n, at);
    return real(fd, from, n, at);
}

int rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "rename");
    if (ends_as(to, "SLOW_NAME"))
        sleep_ms(number("SLOW_STALL"), 0);
    return real(from, to);
}
