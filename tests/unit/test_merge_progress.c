/* What `merge` says on a terminal while it works: a terminal of the test's own, and a clock of its own. */
#include "tap.h"

#include "base/console.h"
#include "base/units.h"
#include "commands/merge_progress.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

#define S US_PER_SECOND

/* The other end of the terminal that standard error is from here on; -1: there is none. */
static int open_terminal(void)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    const int slave = master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0
                          ? open(ptsname(master), O_RDWR | O_NOCTTY) // NOLINT: one thread
                          : -1;
    return slave >= 0 && dup2(slave, STDERR_FILENO) >= 0 ? master : -1;
}

/* What was printed since the last call, without what clears the line. Caller frees. */
static char *printed(int master)
{
    g_autoptr(GString) all = g_string_new(NULL);
    char bytes[512];
    for (ssize_t n; (n = read(master, bytes, sizeof bytes)) > 0;)
        g_string_append_len(all, bytes, n);
    g_string_replace(all, "\r\033[K", "|", 0);
    return g_strdup(all->str);
}

#define says(want, ...)                                                                                                \
    do {                                                                                                               \
        g_autofree char *said_ = printed(master);                                                                      \
        is_str(said_, want, __VA_ARGS__);                                                                              \
    } while (0)

int main(void)
{
    const int master = open_terminal();
    if (!ok(master >= 0, "there is a terminal"))
        return tap_done();
    struct merge_progress p = merge_progress_begin("b.sqlite", 100 * S);
    merge_progress_steps(&p, 100 * S + 1);
    merge_progress_steps(&p, 101 * S - 1);
    says("", "a statement of less than a second: nothing");
    merge_progress_steps(&p, 101 * S);
    says("|b.sqlite: 1 s", "a second: the seconds go on, before it is known how many viewings there are");
    merge_progress_steps(&p, 102 * S - 1);
    says("", "less than a second later: nothing");
    merge_progress_steps(&p, 103 * S + S / 2);
    says("|b.sqlite: 3 s", "whole seconds since it began");
    merge_progress_batch(&p, 500, 2000, 104 * S);
    says("|b.sqlite: 500 of 2000 viewings", "a batch");
    merge_progress_steps(&p, 104 * S + S / 2);
    says("", "it was told just now: nothing");
    merge_progress_steps(&p, 165 * S);
    says("|b.sqlite: 500 of 2000 viewings, 65 s", "one long statement of a batch: the seconds stand beside it");
    console_progress_end();
    says("|", "at the end, the line is gone");
    p = merge_progress_begin("a\033[2Jb\n.sqlite", 200 * S);
    merge_progress_steps(&p, 201 * S);
    says("|a\u241b[2Jb\u240a.sqlite: 1 s", "a store's name steers nothing");
    return tap_done();
}
