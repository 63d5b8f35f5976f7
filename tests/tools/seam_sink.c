/*
 * seam_sink FIFO FILE [PPM]: a sound device whose every sample is kept. SDL's "disk" driver writes into FIFO; this reads
 * a buffer each time one has been played, on a grid of CLOCK_MONOTONIC that is PPM slower than nominal, and keeps it in
 * FILE (stereo floats).
 *
 * The pipe is one page small, so that the player is asked for a buffer exactly when the one before it begins to play.
 * Ends when the player has closed its end, or when standard input ends before the player has come. Then: for each buffer
 * that was not there in time, and moved the grid, "shift SAMPLE NS", and "first_ns N buffers N starved N worst_us N", where starved are buffers that came
 * late, and worst_us is this program's own latest wake.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SMP   1024
#define BUFFER_BYTES (BUFFER_SMP * 2 * sizeof(float))
#define RATE         48000
#define NS           INT64_C(1000000000)
#define LATE_NS      (5 * NS / 1000)

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

static int64_t at_ns(int64_t buffers, double slow)
{
    return (int64_t)((double)buffers * BUFFER_SMP * (double)NS / RATE * slow);
}

/* Bytes read; less than a buffer only at the end. *there: they were waiting. */
static size_t read_buffer(int fd, char *to, bool *there)
{
    size_t have = 0;
    *there = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
    for (ssize_t n; have < BUFFER_BYTES && (n = read(fd, to + have, BUFFER_BYTES - have)) > 0;)
        have += (size_t)n;
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
    const double slow = 1 + (argc > 3 ? atof(argv[3]) : 0) / 1e6;
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
        const int64_t due = grid + at_ns(buffers, slow);
        if (!there && now_ns() - due > LATE_NS) { /* as a sound card would: silence, then the rest later */
            const int64_t late = now_ns() - due;
            printf("shift %" PRId64 " %" PRId64 "\n", buffers * BUFFER_SMP, late);
            grid += late;
            starved++;
        }
        fwrite(buffer, 1, got, out);
        const int64_t next = grid + at_ns(buffers + 1, slow);
        sleep_until(next);
        const int64_t late = now_ns() - next;
        worst = late > worst ? late : worst;
    }
    printf("first_ns %" PRId64 " buffers %" PRId64 " starved %" PRId64 " worst_us %" PRId64 "\n", first, buffers,
           starved, worst / 1000);
    return fclose(out) == 0 ? 0 : 1;
}
