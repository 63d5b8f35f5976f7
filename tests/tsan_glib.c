/*
 * tsan_glib: tells ThreadSanitizer about GLib's locks.
 *
 * GLib is not built with ThreadSanitizer and locks by futex, so every correctly locked access would look like a race.
 * These functions stand before GLib's own (the program's symbols win), call them, and report what they meant. Linked
 * into the TSan test programs only. Threads and joins need nothing: GLib makes them with pthread_create.
 */
#include <dlfcn.h>
#include <glib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_mutex_pre_lock(void *address, unsigned flags);
void __tsan_mutex_post_lock(void *address, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *address, unsigned flags);
void __tsan_mutex_post_unlock(void *address, unsigned flags);

#define TRY_LOCK        (1u << 4) /* __tsan_mutex_try_lock */
#define TRY_LOCK_FAILED (1u << 5) /* __tsan_mutex_try_lock_failed */

/* GLib's own function of this name; `real` has its type. */
#define REAL(name)                                                                                                     \
    __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                              \
    g_assert(real)

#undef g_mutex_lock
#undef g_mutex_unlock
#undef g_mutex_trylock

void g_mutex_lock(GMutex *mutex)
{
    REAL(g_mutex_lock);
    __tsan_mutex_pre_lock(mutex, 0);
    real(mutex);
    __tsan_mutex_post_lock(mutex, 0, 0);
}

gboolean g_mutex_trylock(GMutex *mutex)
{
    REAL(g_mutex_trylock);
    __tsan_mutex_pre_lock(mutex, TRY_LOCK);
    const gboolean got = real(mutex);
    __tsan_mutex_post_lock(mutex, got ? TRY_LOCK : TRY_LOCK | TRY_LOCK_FAILED, 0);
    return got;
}

void g_mutex_unlock(GMutex *mutex)
{
    REAL(g_mutex_unlock);
    __tsan_mutex_pre_unlock(mutex, 0);
    real(mutex);
    __tsan_mutex_post_unlock(mutex, 0);
}

/* Waiting gives the lock away and takes it back: inside, GLib calls its own functions, which we do not see. */
void g_cond_wait(GCond *cond, GMutex *mutex)
{
    REAL(g_cond_wait);
    __tsan_mutex_pre_unlock(mutex, 0);
    __tsan_mutex_post_unlock(mutex, 0);
    real(cond, mutex);
    __tsan_mutex_pre_lock(mutex, 0);
    __tsan_mutex_post_lock(mutex, 0, 0);
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    REAL(g_cond_wait_until);
    __tsan_mutex_pre_unlock(mutex, 0);
    __tsan_mutex_post_unlock(mutex, 0);
    const gboolean woken = real(cond, mutex, end_time);
    __tsan_mutex_pre_lock(mutex, 0);
    __tsan_mutex_post_lock(mutex, 0, 0);
    return woken;
}

/* What was made once is seen by whoever comes later. */
#undef g_once_init_enter
#undef g_once_init_leave
gboolean g_once_init_enter(volatile void *location)
{
    REAL(g_once_init_enter);
    const gboolean first = real(location);
    if (!first)
        __tsan_acquire((void *)location);
    return first;
}

void g_once_init_leave(volatile void *location, gsize result)
{
    REAL(g_once_init_leave);
    __tsan_release((void *)location);
    real(location, result);
}

/* What was done with a thing before a reference to it was dropped comes before what its end does. */
gboolean g_atomic_ref_count_dec(gatomicrefcount *count)
{
    REAL(g_atomic_ref_count_dec);
    __tsan_release(count);
    const gboolean last = real(count);
    if (last)
        __tsan_acquire(count);
    return last;
}

static void acquire(void *thing)
{
    __tsan_acquire(thing);
}

void g_atomic_rc_box_release(gpointer thing)
{
    __tsan_release(thing);
    g_atomic_rc_box_release_full(thing, acquire);
}

void g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
    REAL(g_async_queue_push);
    __tsan_release(queue);
    real(queue, data);
}

gpointer g_async_queue_pop(GAsyncQueue *queue)
{
    REAL(g_async_queue_pop);
    gpointer data = real(queue);
    __tsan_acquire(queue);
    return data;
}

gpointer g_async_queue_try_pop(GAsyncQueue *queue)
{
    REAL(g_async_queue_try_pop);
    gpointer data = real(queue);
    __tsan_acquire(queue);
    return data;
}

gpointer g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout)
{
    REAL(g_async_queue_timeout_pop);
    gpointer data = real(queue, timeout);
    __tsan_acquire(queue);
    return data;
}
