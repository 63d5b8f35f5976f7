/*
 * seam_eye FRAMEBUFFER FILE WIDTH HEIGHT [X Y]: what an X server's screen shows, without asking the player or the server:
 * Xvfb's frame buffer is mapped (Xvfb -fbdir) and the strip of code on the picture's upper edge is read 2000 times a
 * second. WIDTH x HEIGHT is the picture's rectangle, X Y its corner.
 *
 * Each change that stays for two looks gives a line "see NS BITS" (32 digits 0 and 1, or "-" where blocks are neither
 * black nor white); each time this program was kept from looking, "gap FROM_NS TO_NS". A thread that does nothing but
 * sleep and look at the clock sits on each CPU and gives such lines, too: whoever ran there stood as well. Ends at the
 * end of standard input.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS        INT64_C(1000000000)
#define LOOK      (NS / 2000)
#define GAP       (NS / 200)
#define CELLS     32
#define WITNESSES 64
#define BLACK     96
#define WHITE     160
#define HEADER    25 /* 32-bit words of an XWD header, big-endian */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

struct screen {
    const uint8_t *px;
    size_t pitch;
};

static bool map_screen(struct screen *s, const char *path)
{
    struct stat st;
    uint32_t head[HEADER];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || read(fd, head, sizeof head) != (ssize_t)sizeof head)
        return false;
    const uint8_t *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    for (int i = 0; i < HEADER; i++)
        head[i] = __builtin_bswap32(head[i]);
    s->px = map + head[0] + head[19] * 12; /* header_size, ncolors */
    s->pitch = head[12];                   /* bytes_per_line */
    return map != MAP_FAILED && head[11] == 32;
}

/* 32 bits; false: no code. */
static bool look(const struct screen *s, const int rect[4], uint32_t *bits)
{
    const int y = rect[3] + rect[1] / 24;
    *bits = 0;
    for (int i = 0; i < CELLS; i++) {
        const int x = rect[2] + (2 * i + 1) * rect[0] / (2 * CELLS);
        const uint8_t green = *(const volatile uint8_t *)(s->px + (size_t)y * s->pitch + (size_t)x * 4 + 1);
        if (green > BLACK && green < WHITE)
            return false;
        *bits = *bits << 1 | (green >= WHITE);
    }
    return true;
}

static void tell(FILE *out, int64_t at, bool clean, uint32_t bits)
{
    char text[CELLS + 1] = "-";
    for (int i = 0; clean && i < CELLS; i++)
        text[i] = (char)('0' + (bits >> (CELLS - 1 - i) & 1));
    fprintf(out, "see %" PRId64 " %s\n", at, text);
}

/* ---- a witness on each CPU ---- */

struct witness {
    pthread_t thread;
    int cpu;
    FILE *out;
    atomic_bool *over;
};

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK}, NULL);
}

static void *sleep_there(void *user)
{
    const struct witness *w = user;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(w->cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    for (int64_t before = now_ns(), now; !atomic_load(w->over); before = now) {
        nap();
        now = now_ns();
        if (now - before > GAP)
            fprintf(w->out, "gap %" PRId64 " %" PRId64 "\n", before, now);
    }
    return NULL;
}

static int post_witnesses(struct witness *w, FILE *out, atomic_bool *over)
{
    cpu_set_t all;
    int n = 0;
    if (sched_getaffinity(0, sizeof all, &all) < 0)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && n < WITNESSES; cpu++) {
        w[n] = (struct witness){.cpu = cpu, .out = out, .over = over};
        if (CPU_ISSET(cpu, &all))
            n += pthread_create(&w[n].thread, NULL, sleep_there, &w[n]) == 0;
    }
    return n;
}

int main(int argc, char **argv)
{
    struct screen screen;
    struct witness witness[WITNESSES];
    atomic_bool over = false;
    if (argc < 5)
        return 2;
    const int rect[4] = {atoi(argv[3]), atoi(argv[4]), argc > 6 ? atoi(argv[5]) : 0, argc > 6 ? atoi(argv[6]) : 0};
    FILE *out = fopen(argv[2], "we");
    if (!out || !map_screen(&screen, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    const int witnesses = post_witnesses(witness, out, &over);
    uint32_t told = 0, last = 0, bits;
    bool told_clean = false, last_clean = false, any = false;
    int64_t before = now_ns(), seen = before;
    for (struct pollfd in = {.fd = 0, .events = POLLIN}; poll(&in, 1, 0) == 0;) {
        const int64_t now = now_ns();
        if (now - before > GAP)
            fprintf(out, "gap %" PRId64 " %" PRId64 "\n", before, now);
        before = now;
        const bool clean = look(&screen, rect, &bits);
        if (clean != last_clean || (clean && bits != last))
            seen = now;
        else if (!any || clean != told_clean || (clean && bits != told)) {
            tell(out, seen, clean, bits);
            told = bits, told_clean = clean, any = true;
        }
        last = bits, last_clean = clean;
        nap();
    }
    atomic_store(&over, true);
    for (int i = 0; i < witnesses; i++)
        pthread_join(witness[i].thread, NULL);
    return fclose(out) == 0 ? 0 : 1;
}
