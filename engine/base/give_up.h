/*
 * give_up: what happens where the system gives no more memory or no more threads, and there is no way to go on.
 *
 * GLib aborts then, and so do we, by g_error(): a core dump, and words that are no user's. What is being written is as safe as from
 * any sudden end (base/fresh_file.h; a store's journal; the queue in front of it), so it is enough to say what is wanted, and to
 * end as other commands do that lack something.
 */
#pragma once

#include <glib.h>

/* From here on, g_error(), ours or of a library that uses GLib, is a message, and the end with EXIT_ENVIRONMENT. In main(). */
void give_up_in_words(void);

/* g_thread_pool_push(), which on its own takes work that nobody will ever do, if not one thread can be started. */
void give_up_or_push(GThreadPool *pool, void *work);
