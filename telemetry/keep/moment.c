#include "telemetry/keep/moment.h"

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
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)&secret, sizeof secret);
    guint8 digest[32];
    gsize size = sizeof digest;
    int64_t mark;
    g_hmac_update(hmac, (const guchar *)text, -1);
    g_hmac_get_digest(hmac, digest, &size);
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
