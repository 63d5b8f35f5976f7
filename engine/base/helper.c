#include "base/helper.h"

#include "base/confine.h"
#include "base/console.h"
#include "base/interrupt.h"

#include <assert.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_MS                                                                                                        \
    50 /* for a killed process to be gone; one that waits for a disk stays longer, and nobody waits for it */

/* Whoever started us is dead if another process has become our parent. */
static void live_no_longer_than(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_INTERRUPTED);
}

/* What else is open is not a stranger's: a display, a store, and what whoever started us left open. */
static void leave_all_but(int to)
{
    if (to > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)to - 1, 0);
    (void)close_range((unsigned)MAX(to, STDERR_FILENO) + 1, ~0U, 0);
}

static G_GNUC_NORETURN void run_helper(void (*work)(void *user, int to), void *user, const char *folder, int to,
                                       pid_t parent)
{
    const char *const folders[] = {folder, NULL};
    live_no_longer_than(parent);
    leave_all_but(to);
    interrupt_end_at_once();
    signal(SIGPIPE, SIG_DFL); /* nobody wants to know any more */
    confine_writes(folders, NULL);
    confine_process(NULL);
    work(user, to);
    _exit(0);
}

bool helper_start(struct helper *h, void (*work)(void *user, int to), void *user, const char *folder)
{
    int ends[2];
    const pid_t parent = getpid();
    *h = (struct helper){.from = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    const pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        run_helper(work, user, folder, ends[1], parent);
    }
    close(ends[1]);
    if (process < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        close(ends[0]);
        return false;
    }
    *h = (struct helper){process, ends[0]};
    return true;
}

void helper_stop(struct helper *h)
{
    if (h->process == 0)
        return;
    assert(h->process > 1 && h->from >= 0);
    kill(h->process, SIGKILL);
    close(h->from);
    for (int i = 0; i < REAP_MS && waitpid(h->process, NULL, WNOHANG) == 0; i++)
        g_usleep(1000);
    *h = (struct helper){.from = -1};
}
