#include "check/lint_files.h"

#include "base/beneath.h"
#include "base/give_up.h"
#include "base/interrupt.h"
#include "story/folder.h"
#include "story/story_files.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* How often the caller is told about progress. */
#define WAIT_US (G_USEC_PER_SEC / 20)
/* How long a file may still take once the check is stopped: a disk may hang. */
#define STOP_US (G_USEC_PER_SEC / 4)

/* One file. The main thread makes it, one worker fills in `fact`, the main thread takes it from the queue of finished jobs. */
struct probe_job {
    char *path, *full;
    bool media; /* it is picture or sound */
    bool subtitles;
    char *language; /* the story's own, in which its sound is heard; a copy, as the story may be gone first */
    bool film;      /* a clip shows it */
    bool keys;      /* a range of it is played: its key frames matter */
    bool whole;     /* all of it is read where its headers do not tell everything */
    const atomic_bool *stop;
    struct lint_fact *fact;
};

/* What all workers share. */
struct probe_run {
    GAsyncQueue *ready; /* of struct probe_job */
    atomic_bool stop;
};

static void probe_job_free(struct probe_job *j)
{
    g_free(j->path);
    g_free(j->full);
    g_free(j->language);
    lint_fact_free(j->fact);
    g_free(j);
}

/* The message without the leading file name, because the diagnostic names the file already. The caller frees it. */
static char *error_cause(const GError *error, const char *full)
{
    const char *text = error->message;
    g_autofree char *name = beneath_name(full);
    if (g_str_has_prefix(text, name) && strncmp(text + strlen(name), ": ", 2) == 0)
        text += strlen(name) + 2;
    return g_strdup(text);
}

static void set_unreadable(struct probe_job *j, char **why, const GError *error)
{
    *why = error_cause(error, j->full);
    j->fact->stand_in = stand_in_for_film(j->full);
}

static void read_subtitles(struct probe_job *j)
{
    g_autoptr(GError) error = NULL;
    j->fact->subtitles = true;
    j->fact->cues = subs_scan(j->full, j->language, j->whole, j->stop, &j->fact->subs, &error);
    if (!j->fact->cues)
        set_unreadable(j, &j->fact->no_subtitles, error);
}

/* Only MP4 has a table of its packets; a file in another format must be read to the end to find its key frames. */
static void read_film(struct probe_job *j)
{
    g_autoptr(GError) error = NULL;
    j->fact->media = true;
    if (!probe_file(j->full, &(struct stream_wish){.language = j->language}, &j->fact->probe, &error)) {
        set_unreadable(j, &j->fact->unreadable, error);
        return;
    }
    if (j->keys && (j->whole || g_str_has_prefix(j->fact->probe.format, "mov")))
        j->fact->keys = probe_keyframes_us(j->full, j->stop, NULL);
    if (j->film && j->fact->probe.has_picture && !j->fact->probe.is_still && j->fact->probe.n_audio > 0)
        j->fact->spread_us = probe_interleave_us(j->full, j->whole, j->stop);
}

static void probe_one_file(void *data, void *user)
{
    struct probe_job *j = data;
    struct probe_run *run = user;
    j->fact = g_new0(struct lint_fact, 1);
    j->fact->spread_us = US_NONE;
    j->fact->whole = j->whole;
    j->fact->keys_sought = j->keys;
    j->fact->spread_sought = j->film;
    if (!beneath_look(j->full, &j->fact->read))
        j->fact->read = (struct beneath_file){.fd = -1};
    if (j->subtitles && !atomic_load(&run->stop))
        read_subtitles(j);
    if (j->media && !atomic_load(&run->stop))
        read_film(j);
    g_async_queue_push(run->ready, j);
}

/* ---- which files ----------------------------------------------------------------------------------------------- */

struct file_list {
    const struct story *s;
    struct folder *folder;
    GHashTable *jobs; /* path to struct probe_job, or to NULL where there is no such file */
    GPtrArray *wanted;
    bool whole;
};

static struct probe_job *find_job(struct file_list *l, const char *path)
{
    void *known = NULL;
    if (g_hash_table_lookup_extended(l->jobs, path, NULL, &known))
        return known;
    struct probe_job *j = NULL;
    if (folder_check_path(l->folder, path) == FOLDER_OK) {
        j = g_new0(struct probe_job, 1);
        j->path = g_strdup(path);
        j->full = beneath_path(l->s->dir, path);
        j->language = g_strdup(l->s->languages[0]);
        j->whole = l->whole;
        g_ptr_array_add(l->wanted, j);
    }
    g_hash_table_insert(l->jobs, (void *)path, j);
    return j;
}

/* A film with a text track may be named as both. */
static void add_file(void *user, const char *path, const struct story_clip *clip, bool subtitles)
{
    struct probe_job *j = find_job(user, path);
    if (!j)
        return;
    if (subtitles)
        j->subtitles = true;
    else
        j->media = true;
    if (clip && clip->kind == STORY_FILM) {
        j->film = true;
        j->keys = j->keys || (clip->from_us != US_NONE && clip->from_us > 0);
    }
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static void keep_fact(GHashTable *facts, struct probe_job *j)
{
    assert(j->fact && !g_hash_table_contains(facts, j->path));
    g_hash_table_insert(facts, g_strdup(j->path), g_steal_pointer(&j->fact));
}

/* Frees the run, unless a worker goes on using it: then false. Files that come back now may have been read in part. */
static bool end_run(struct probe_run *run, GThreadPool *pool, guint at_work)
{
    const int64_t until_us = g_get_monotonic_time() + (at_work > 0 ? interrupt_patience_us(STOP_US) : 0);
    atomic_store(&run->stop, true);
    while (at_work > 0 && g_get_monotonic_time() < until_us)
        at_work -= g_async_queue_timeout_pop(run->ready, WAIT_US) != NULL;
    g_thread_pool_free(pool, FALSE, at_work == 0);
    if (at_work > 0)
        return false;
    g_async_queue_unref(run->ready);
    g_free(run);
    return true;
}

/* A job belongs to a worker from the push until it comes back in `ready`. False: some do not come back. */
static bool probe_files(GPtrArray *jobs, GHashTable *facts, lint_files_progress progress, void *user)
{
    struct probe_run *run = g_new0(struct probe_run, 1);
    GThreadPool *pool = g_thread_pool_new(probe_one_file, run, (int)MIN(g_get_num_processors(), 16U), FALSE, NULL);
    bool going = true;
    guint done = 0;
    run->ready = g_async_queue_new();
    for (guint i = 0; i < jobs->len; i++) {
        ((struct probe_job *)jobs->pdata[i])->stop = &run->stop;
        give_up_or_push(pool, jobs->pdata[i]);
    }
    while (going && done < jobs->len) {
        struct probe_job *j = g_async_queue_timeout_pop(run->ready, WAIT_US);
        if (j) {
            keep_fact(facts, j);
            done++;
        }
        going = !progress || progress(user, done, jobs->len);
    }
    return end_run(run, pool, jobs->len - done);
}

/* Does a fact tell all that this job is after, of the file as it is now? */
static bool is_known(const struct probe_job *j, const struct lint_fact *f)
{
    struct beneath_file now;
    return f && f->media >= j->media && f->subtitles >= j->subtitles && f->whole >= j->whole &&
           f->keys_sought >= j->keys && f->spread_sought >= j->film && beneath_look(j->full, &now) &&
           beneath_is_same(&now, &f->read);
}

/* Moves what is known to the facts; what is left of `wanted` is to be read. */
static void take_known(GPtrArray *wanted, GHashTable *known, GHashTable *facts)
{
    for (guint i = wanted->len; i-- > 0;) {
        const struct probe_job *j = wanted->pdata[i];
        gpointer path, fact;
        if (!is_known(j, g_hash_table_lookup(known, j->path)))
            continue;
        g_hash_table_steal_extended(known, j->path, &path, &fact);
        g_hash_table_insert(facts, path, fact);
        g_ptr_array_remove_index_fast(wanted, i);
    }
}

GHashTable *lint_files(const struct story *s, GHashTable *known, bool whole, lint_files_progress progress, void *user)
{
    GHashTable *facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)lint_fact_free);
    struct file_list l = {s, folder_new(s->dir), g_hash_table_new(g_str_hash, g_str_equal),
                          g_ptr_array_new_with_free_func((GDestroyNotify)probe_job_free), whole};
    story_files_each(s, add_file, &l);
    if (known)
        take_known(l.wanted, known, facts);
    if (l.wanted->len == 0 || probe_files(l.wanted, facts, progress, user))
        g_ptr_array_unref(l.wanted);
    g_hash_table_unref(l.jobs);
    folder_free(l.folder);
    return facts;
}
