/*
 * seam_sink FIFO FILE [KEY=VALUE…]: a sound device whose every sample is kept. SDL's "disk" driver writes into FIFO; this
 * takes a buffer whenever the device asks for one, plays it on a grid of CLOCK_MONOTONIC, and keeps it in FILE (stereo
 * floats). The keys say how the device differs from an exact one that asks when it begins to play a buffer:
 *
 *   ppm=N    it is slower than nominal by so many millionths; below 0: faster
 *   then=N   the same, once it has played five seconds; if not given, it does not change
 *   burst=N  it asks for so many buffers at once
 *   late=F   each ask comes up to so many buffers too late, and it holds as many more
 *
 * The pipe is one page small, so that the player is asked for a buffer exactly when the one before it is taken. Ends when
 * the player has closed its end, or when standard input ends before the player has come. Then: for each buffer that was
 * not there in time, and moved the grid, "shift SAMPLE NS", and "first_ns N buffers N starved N worst_us N", where starved
 * are buffers that came late, and worst_us is this program's own latest wake.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SMP   1024
#define BUFFER_BYTES (BUFFER_SMP * 2 * sizeof(float))
#define RATE         48000
#define NS           INT64_C(1000000000)
#define LATE_NS      (5 * NS / 1000)
#define CHANGE       (5 * RATE / BUFFER_SMP) /* buffers, see `then` */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
    const struct timespec t = {.tv_sec = ns / NS, .tv_nsec = ns % NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

struct device {
    double slow, then; /* 1: nominal */
    int64_t burst;
    double late;
};

/* False: it is no key, or makes no sense. */
static bool read_key(struct device *d, const char *arg)
{
    const char *equals = strchr(arg, '=');
    const double value = equals ? atof(equals + 1) : 0;
    if (strncmp(arg, "ppm=", 4) == 0)
        d->slow = d->then = 1 + value / 1e6;
    else if (strncmp(arg, "then=", 5) == 0)
        d->then = 1 + value / 1e6;
    else if (strncmp(arg, "burst=", 6) == 0)
        d->burst = (int64_t)value;
    else if (strncmp(arg, "late=", 5) == 0)
        d->late = value;
    else
        return false;
    return d->burst >= 1 && d->late >= 0;
}

/* When it plays a buffer, and when it asks for it, in ns since the first one. */
static int64_t plays_ns(const struct device *d, int64_t buffer)
{
    const double before = (double)(buffer < CHANGE ? buffer : CHANGE), after = (double)buffer - before;
    return (int64_t)((before * d->slow + after * d->then) * BUFFER_SMP * (double)NS / RATE);
}

static int64_t asks_ns(const struct device *d, int64_t buffer)
{
    const int64_t held = (int64_t)ceil(d->late), from = buffer / d->burst * d->burst - held;
    const double late = d->late > 0 ? d->late * rand() / RAND_MAX : 0;
    return from <= 0 ? 0 : plays_ns(d, from) + (int64_t)(late * BUFFER_SMP * (double)NS / RATE);
}

/* Bytes read; less than a buffer only at the end. *there: they were waiting, all of them: the pipe holds half a buffer,
 * so the other half may be missing. */
static size_t read_buffer(int fd, char *to, bool *there)
{
    size_t have = 0;
    const bool begun = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
    const int64_t from = now_ns();
    for (ssize_t n; have < BUFFER_BYTES && (n = read(fd, to + have, BUFFER_BYTES - have)) > 0;)
        have += (size_t)n;
    *there = begun && now_ns() - from < LATE_NS;
    return have;
}

/* The size can be set only while the pipe is empty: before the player opens its end. */
static int open_pipe(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, 4096) < 0 || fcntl(fd, F_SETFL, 0) < 0)
        return -1;
    return fd;
}

/* False: standard input ended first. */
static bool wait_for_player(int fd)
{
    struct pollfd in[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(in, 2, -1) < 0)
        ;
    return (in[0].revents & POLLIN) != 0;
}

int main(int argc, char **argv)
{
    static char buffer[BUFFER_BYTES];
    bool there = false;
    if (argc < 3)
        return 2;
    struct device device = {.slow = 1, .then = 1, .burst = 1};
    for (int i = 3; i < argc; i++)
        if (!read_key(&device, argv[i]))
            return 2;
    const int fd = open_pipe(argv[1]);
    FILE *out = fopen(argv[2], "we");
    if (fd < 0 || !out) {
        perror(argv[1]);
        return 1;
    }
    if (!wait_for_player(fd))
        return 0;
    int64_t first = 0, grid = 0, buffers = 0, starved = 0, worst = 0;
    for (size_t got; (got = read_buffer(fd, buffer, &there)) > 0; buffers++) {
        if (buffers == 0)
            first = grid = now_ns();
        const int64_t due = grid + plays_ns(&device, buffers);
        if (!there && now_ns() - due > LATE_NS) { /* as a sound card would: silence, then the rest later */
            const int64_t late = now_ns() - due;
            printf("shift %" PRId64 " %" PRId64 "\n", buffers * BUFFER_SMP, late);
            grid += late;
            starved++;
        }
        fwrite(buffer, 1, got, out);
        const int64_t next = grid + asks_ns(&device, buffers + 1);
        sleep_until(next);
        const int64_t late = now_ns() - next;
        worst = next > grid && late > worst ? late : worst;
    }
    printf("first_ns %" PRId64 " buffers %" PRId64 " starved %" PRId64 " worst_us %" PRId64 "\n", first, buffers,
           starved, worst / 1000);
    return fclose(out) == 0 ? 0 : 1;
}
