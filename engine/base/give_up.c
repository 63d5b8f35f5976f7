#include "base/give_up.h"

#include "base/console.h"

#include <assert.h>
#include <unistd.h>

static void take_message(const char *domain, GLogLevelFlags level, const char *message, void *user)
{
    if (!(level & G_LOG_LEVEL_ERROR)) {
        g_log_default_handler(domain, level, message, user);
        return;
    }
    console_say("%s", message);
    console_more("It can't go on: the system gives it no more memory or threads than it has (`ulimit -a`, or the "
                 "limits of a container).");
    _exit(EXIT_ENVIRONMENT); /* at once: other threads may be in the middle of anything */
}

void give_up_in_words(void)
{
    g_log_set_default_handler(take_message, NULL);
}

void give_up_or_push(GThreadPool *pool, void *work)
{
    g_autoptr(GError) error = NULL;
    assert(pool && work);
    /* It is in the queue all the same, and a thread that is there comes to it. */
    if (!g_thread_pool_push(pool, work, &error) && g_thread_pool_get_num_threads(pool) == 0)
        g_error("%s", error->message);
}
