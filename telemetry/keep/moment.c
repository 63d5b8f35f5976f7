#include "telemetry/keep/moment.h"

#include "base/sha256.h"

#include <assert.h>
#include <glib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

/* A number for what the file says; 0: it says nothing. */
static int64_t mark_of_file(const char *file, int64_t secret)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, NULL) || !*g_strstrip(text))
        return 0;
    uint8_t digest[SHA256_SIZE];
    int64_t mark;
    sha256_keyed(&secret, sizeof secret, text, strlen(text), digest);
    memcpy(&mark, digest, sizeof mark);
    return mark ? mark : 1;
}

/* The kernel forgets it when somebody sets the clock, and some hours after the service fell silent. */
static bool is_kept(void)
{
    struct timex t = {0};
    const int state = adjtimex(&t);
    return state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

void moment_now(int64_t secret, struct moment *m)
{
    struct timespec t = {0};
    const int rc = clock_gettime(CLOCK_BOOTTIME, &t);
    assert(rc == 0);
    (void)rc;
    *m = (struct moment){.wall_ms = g_get_real_time() / 1000,
                         .boot_ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000,
                         .boot = mark_of_file("/proc/sys/kernel/random/boot_id", secret),
                         .machine = mark_of_file("/etc/machine-id", secret),
                         .kept = is_kept()};
}
