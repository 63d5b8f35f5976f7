#include "present/speech.h"

#include "base/units.h"
#include "present/spoken_words.h"

#include <assert.h>
#include <gio/gio.h>
#include <libspeechd.h>
#include <string.h>

#define CLOSE_US     (500 * US_PER_MS)
#define LANGUAGE_MAX 36 /* the longest tag that is asked for */

/* What the thread is to say; without words: end. */
struct job {
    char *words, *language;
};

struct speech {
    struct spoken *spoken;
    GAsyncQueue *jobs;
    GThread *thread;
    GMutex lock;
    GCond changed;
    /* under the lock */
    bool known;     /* whether the service is there */
    bool over;      /* the thread has ended, or is about to */
    bool abandoned; /* nobody waits for it any more */
    bool told;
    char *problem;
};

static void free_job(struct job *j)
{
    g_free(j->words);
    g_free(j->language);
    g_free(j);
}

/* `start`: the service may be started for us. */
static SPDConnection *connect_service(bool start, char **problem)
{
    char *why = NULL;
    SPDConnection *c = spd_open2("frumious", "film", NULL, SPD_MODE_SINGLE, NULL, start, &why);
    if (!c)
        *problem = g_strdup_printf("nothing can be read aloud: %s", why ? why : "no speech service answers");
    free(why); /* the library's own malloc() */
    return c;
}

/* Only the primary part of a tag is what every voice knows. */
static void set_language(SPDConnection *c, char now[LANGUAGE_MAX], const char *language)
{
    char tag[LANGUAGE_MAX];
    g_strlcpy(tag, language ? language : "en", sizeof tag);
    tag[strcspn(tag, "-_")] = '\0';
    if (strcmp(tag, now) == 0)
        return;
    g_strlcpy(now, tag, LANGUAGE_MAX);
    spd_set_language(c, tag);
}

static void tell(struct speech *s, char *problem)
{
    g_mutex_lock(&s->lock);
    s->known = true;
    if (problem && !s->problem && !s->told)
        s->problem = g_steal_pointer(&problem);
    g_cond_signal(&s->changed);
    g_mutex_unlock(&s->lock);
    g_free(problem);
}

static void free_speech(struct speech *s)
{
    spoken_free(s->spoken);
    g_async_queue_unref(s->jobs);
    g_mutex_clear(&s->lock);
    g_cond_clear(&s->changed);
    g_free(s->problem);
    g_free(s);
}

static void say(struct speech *s, SPDConnection *c, char language[LANGUAGE_MAX], const struct job *j)
{
    set_language(c, language, j->language);
    spd_cancel(c);
    if (spd_say(c, SPD_TEXT, j->words) < 0)
        tell(s, g_strdup("the speech service refuses to read aloud"));
}

static void say_all(struct speech *s)
{
    char language[LANGUAGE_MAX] = "", *problem = NULL;
    SPDConnection *c = connect_service(true, &problem);
    tell(s, problem);
    for (bool over = false; !over;) {
        struct job *j = g_async_queue_pop(s->jobs);
        over = !j->words;
        if (c && !over)
            say(s, c, language, j);
        free_job(j);
    }
    if (c) {
        spd_cancel(c);
        spd_close(c);
    }
}

static gpointer run(gpointer data)
{
    struct speech *s = data;
    say_all(s);
    g_mutex_lock(&s->lock);
    s->over = true;
    const bool abandoned = s->abandoned;
    g_cond_signal(&s->changed);
    g_mutex_unlock(&s->lock);
    if (abandoned)
        free_speech(s);
    return NULL;
}

/* Until it is so, or for so long. Under the lock. */
static void wait_for(struct speech *s, const bool *so, int64_t us)
{
    const gint64 until = g_get_monotonic_time() + us;
    while (us > 0 && !*so && g_cond_wait_until(&s->changed, &s->lock, until))
        ;
}

struct speech *speech_open(int64_t wait_us)
{
    struct speech *s = g_new0(struct speech, 1);
    s->spoken = spoken_new();
    s->jobs = g_async_queue_new_full((GDestroyNotify)free_job);
    g_mutex_init(&s->lock);
    g_cond_init(&s->changed);
    s->thread = g_thread_new("speech", run, s);
    g_mutex_lock(&s->lock);
    wait_for(s, &s->known, wait_us);
    g_mutex_unlock(&s->lock);
    return s;
}

/* What still waits would be interrupted at once, so it goes. */
static void push(struct speech *s, char *words, const char *language)
{
    struct job *j = g_new(struct job, 1), *old;
    *j = (struct job){words, g_strdup(language)};
    g_async_queue_lock(s->jobs);
    while ((old = g_async_queue_try_pop_unlocked(s->jobs)))
        free_job(old);
    g_async_queue_push_unlocked(s->jobs, j);
    g_async_queue_unlock(s->jobs);
}

void speech_follow(struct speech *s, const struct view *v, const char *language)
{
    char *words = spoken_words(s->spoken, v, language);
    if (words)
        push(s, words, language);
}

char *speech_problem(struct speech *s)
{
    g_mutex_lock(&s->lock);
    char *problem = g_steal_pointer(&s->problem);
    s->told |= problem != NULL;
    g_mutex_unlock(&s->lock);
    return problem;
}

/* A service that hangs must not keep the program from ending: then the thread is left behind. */
void speech_close(struct speech *s)
{
    if (!s)
        return;
    GThread *thread = s->thread;
    push(s, NULL, NULL);
    g_mutex_lock(&s->lock);
    wait_for(s, &s->over, CLOSE_US);
    const bool over = s->over;
    s->abandoned = !over;
    g_mutex_unlock(&s->lock);
    if (!over) {
        g_thread_unref(thread);
        return;
    }
    g_thread_join(thread);
    free_speech(s);
}

char *speech_examine(GError **error)
{
    char *problem = NULL;
    SPDConnection *c = connect_service(false, &problem);
    if (c) {
        spd_close(c);
        return g_strdup("speech-dispatcher, which is running");
    }
    g_autofree char *program = g_find_program_in_path("speech-dispatcher"), *why = problem;
    if (program)
        return g_strdup("speech-dispatcher, which is started when it is needed");
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, why);
    return NULL;
}
