#include "base/interrupt.h"

#include "base/console.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
/* How long a command may take to tell what it has found, on a machine that does nothing else. */
#define GRACE_MS 850
/* How long a film may take to save what has happened and to end. */
#define FILM_GRACE_MS 3000
/* How long after that, or without one, it waits for a file that is being put into its place: a disk may hang. */
#define HOLD_MS 2000
/* Each is longer by how many programs want each processor, up to so many times. */
#define CROWD_MAX 20
/* While a file is held, and before the rest of the grace is over, we look again after so long. */
#define AGAIN_MS 50
/* A signal this soon behind the first is the same request: a terminal that closes sends several. */
#define ANOTHER_MS 250

enum interrupt_mode { END_AT_ONCE, LISTEN, DEFER };

/* Globals, because a signal handler gets no pointer. */
static _Atomic(enum interrupt_mode) mode;
static atomic_bool interrupted, must_end;
static atomic_int holds;
static _Atomic int64_t interrupted_ns, must_end_ns;
static atomic_int wake_fd = -1;
static timer_t grace_timer;
static atomic_bool has_timer;
static atomic_int processors = 1;

/* All of the following is called in a handler: it may use nothing but system calls and atomics. */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

static void look_again_in(int64_t ms)
{
    const struct itimerspec in = {.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS}};
    if (atomic_load(&has_timer))
        timer_settime(grace_timer, 0, &in, NULL);
}

/* How many programs want each processor at this moment, at least 1: the kernel says "0.20 0.18 0.12 RUNNABLE/ALL …". */
static int64_t crowd(void)
{
    char text[64] = "";
    const int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    int64_t runnable = 0;
    int blanks = 0;
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n && text[i] != '/'; i++)
        if (text[i] == ' ')
            blanks++;
        else if (blanks == 3 && text[i] >= '0' && text[i] <= '9' && runnable < 1000000)
            runnable = 10 * runnable + (text[i] - '0');
    const int64_t each = runnable / atomic_load(&processors);
    return each < 1 ? 1 : each > CROWD_MAX ? CROWD_MAX : each;
}

static bool has_passed(int64_t since_ns, int64_t ms)
{
    return now_ns() - since_ns >= ms * NS_PER_MS * crowd();
}

static int64_t grace_ms(void)
{
    return atomic_load(&mode) == DEFER ? FILM_GRACE_MS : GRACE_MS;
}

static void say(const char *text, size_t n)
{
    if (write(STDERR_FILENO, text, n) < 0) {
        /* then nobody can be told */
    }
}

/* Once a file that is held is in its place, or takes too long. */
static void end_now(void)
{
    static const char held[] = "frumious: interrupted; a disk does not take a file that was being put into its place: "
                               "there is the old one or the new one, whole\n";
    if (!atomic_exchange(&must_end, true))
        atomic_store(&must_end_ns, now_ns());
    if (atomic_load(&holds) == 0)
        _exit(EXIT_INTERRUPTED);
    if (has_passed(atomic_load(&must_end_ns), HOLD_MS)) {
        say(held, sizeof held - 1);
        _exit(EXIT_INTERRUPTED);
    }
    look_again_in(AGAIN_MS);
}

static void on_grace_over(int number)
{
    static const char command[] =
        "frumious: interrupted; it was in the middle of something that could not be stopped, so what "
        "it had found is not told\n";
    static const char film[] =
        "frumious: interrupted; a disk or a library does not answer. What it was to write last may be "
        "missing; what was decided comes into the store at the next start\n";
    const bool defers = atomic_load(&mode) == DEFER;
    (void)number;
    if (!atomic_load(&must_end) && !has_passed(atomic_load(&interrupted_ns), grace_ms())) {
        look_again_in(AGAIN_MS);
        return;
    }
    if (!atomic_load(&must_end))
        say(defers ? film : command, (defers ? sizeof film : sizeof command) - 1);
    end_now();
}

static void wake(void)
{
    const uint64_t one = 1;
    const int fd = atomic_load(&wake_fd);
    if (fd >= 0 && write(fd, &one, sizeof one) < 0) {
        /* it is full: readable all the same */
    }
}

static void on_signal(int number)
{
    (void)number;
    if (atomic_load(&mode) == END_AT_ONCE)
        end_now();
    else if (!atomic_exchange(&interrupted, true)) {
        atomic_store(&interrupted_ns, now_ns());
        wake();
        look_again_in(grace_ms());
    } else if (atomic_load(&mode) == LISTEN && now_ns() - atomic_load(&interrupted_ns) >= ANOTHER_MS * NS_PER_MS)
        end_now();
}

/* ---- choosing ---------------------------------------------------------------------------------------------------- */

/* `flags` are sigaction()'s. */
static void choose(enum interrupt_mode chosen, int flags)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    struct sigaction before;
    atomic_store(&mode, chosen);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

static void make_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    const struct sigaction action = {.sa_handler = on_grace_over, .sa_flags = SA_RESTART};
    atomic_store(&processors, (int)g_get_num_processors());
    if (atomic_load(&has_timer))
        return;
    sigaction(SIGALRM, &action, NULL);
    atomic_store(&has_timer, timer_create(CLOCK_MONOTONIC, &event, &grace_timer) == 0);
}

void interrupt_end_at_once(void)
{
    make_timer();
    choose(END_AT_ONCE, SA_RESTART);
}

/* Restarts system calls: a report that is being written must not lack a piece. */
void interrupt_listen(void)
{
    make_timer();
    if (atomic_load(&wake_fd) < 0)
        atomic_store(&wake_fd, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    choose(LISTEN, SA_RESTART);
}

/* A call that waits for input comes back at once. */
void interrupt_defer(void)
{
    make_timer();
    choose(DEFER, 0);
}

int64_t interrupt_patience_us(int64_t us)
{
    return us * crowd();
}

bool interrupt_requested(void)
{
    return atomic_load_explicit(&interrupted, memory_order_relaxed);
}

int interrupt_fd(void)
{
    return atomic_load(&wake_fd);
}

void interrupt_hold(void)
{
    atomic_fetch_add(&holds, 1);
}

void interrupt_release(void)
{
    const int before = atomic_fetch_sub(&holds, 1);
    assert(before > 0);
    if (before == 1 && atomic_load(&must_end))
        _exit(EXIT_INTERRUPTED);
}
