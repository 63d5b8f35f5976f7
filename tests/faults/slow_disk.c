/*
 * slow_disk: a disk that delivers one file slowly. Preloaded into the player (LD_PRELOAD) by tests/e2e/slow.py, which
 * compiles it: cc -shared -fPIC. From the environment:
 *   SLOW_FILE   how the path of the file ends
 *   SLOW_RATE   bytes a second that it delivers; 0: as fast as it can
 *   SLOW_AT     when a read first comes across this place, the disk stands still. A look at the file's end does not
 *   SLOW_STALL  for so many milliseconds, once
 *   SLOW_LOG    a file that gets a line each time the disk sleeps: "slept MS at OFFSET"
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int is_slow(int fd)
{
    char link[64], path[4096];
    const char *end = getenv("SLOW_FILE");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = end ? readlink(link, path, sizeof path - 1) : -1;
    if (n < 0)
        return 0;
    path[n] = '\0';
    return strlen(end) <= (size_t)n && strcmp(path + n - strlen(end), end) == 0;
}

static void sleep_ms(long ms, long at)
{
    FILE *log = ms > 0 && getenv("SLOW_LOG") ? fopen(getenv("SLOW_LOG"), "ae") : NULL;
    if (ms > 0)
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    if (!log)
        return;
    fprintf(log, "slept %ld at %ld\n", ms, at);
    fclose(log);
}

ssize_t pread(int fd, void *to, size_t n, off_t at);
ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    static atomic_flag stalled = ATOMIC_FLAG_INIT;
    static ssize_t (*real)(int, void *, size_t, off_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pread");
    const int slow = is_slow(fd);
    const ssize_t got = real(fd, to, n, at);
    if (!slow || got <= 0)
        return got;
    if (number("SLOW_RATE") > 0)
        sleep_ms(got * 1000 / number("SLOW_RATE"), at);
    if (number("SLOW_STALL") > 0 && at <= number("SLOW_AT") && at + got > number("SLOW_AT") &&
        !atomic_flag_test_and_set(&stalled))
        sleep_ms(number("SLOW_STALL"), at);
    return got;
}
