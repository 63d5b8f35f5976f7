#include "edit/workspace.h"

#include "base/give_up.h"
#include "check/lint.h"
#include "media/still_jpeg.h"
#include "story/main_file.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#define QUIET_MS       250 /* after the last change */
#define LEVELS_MAX     8   /* up to a story's main file */
#define FILES_MAX      5000
#define FILES_DEEP     6
#define FILES_STALE_US (3 * G_USEC_PER_SEC)
#define END_US         (G_USEC_PER_SEC / 2)

struct workspace {
    workspace_news news;
    void *user;
    GHashTable *documents; /* path to struct document */
    GPtrArray *films;
    struct guides *guides; /* the main thread's */
    GThreadPool *pool;     /* of one thread */
    struct job *at_work;   /* or NULL */
    guint timer;
    GPtrArray *files; /* of files_of */
    const struct film *files_of;
    gint64 files_us;
};

/* What the other thread is to do. */
struct task {
    void (*run)(void *task);
};

/* One reading of a story. The main thread makes it, the other one fills it in and gives it back twice: with names, and with all. */
struct job {
    struct task task;
    struct workspace *w;
    struct film *film; /* for the main thread */
    char *main_path;
    GHashTable *buffers; /* path to GBytes */
    GHashTable *facts;
    guint64 change;
    atomic_bool stop;
    struct names *names;
    struct checked_story check;
};

/* ---- documents --------------------------------------------------------------------------------------------------- */

static void document_free(void *data)
{
    struct document *d = data;
    text_map_free(d->map);
    g_bytes_unref(d->bytes);
    g_free(d->uri);
    g_free(d->path);
    g_free(d);
}

const char *document_text(const struct document *d, gsize *len)
{
    return g_bytes_get_data(d->bytes, len);
}

static void set_text(struct document *d, const char *text, gsize len)
{
    char *valid = g_utf8_make_valid(text, (gssize)len);
    text_map_free(d->map);
    g_clear_pointer(&d->bytes, g_bytes_unref);
    d->bytes = g_bytes_new_take(valid, strlen(valid));
    d->map = text_map_new(valid, strlen(valid));
}

static bool has_line(const char *text, const char *key)
{
    for (const char *p = text; (p = strstr(p, key)); p++)
        if (p == text || p[-1] == '\n')
            return true;
    return false;
}

bool document_is_main(const struct document *d)
{
    const char *text = document_text(d, NULL);
    return has_line(text, "frumious:") || has_line(text, "start:");
}

struct document *workspace_document_at(const struct workspace *w, const char *path)
{
    return g_hash_table_lookup(w->documents, path);
}

static char *path_of(const char *uri)
{
    g_autofree char *path = g_filename_from_uri(uri, NULL, NULL);
    return path ? g_canonicalize_filename(path, NULL) : NULL;
}

struct document *workspace_document(const struct workspace *w, const char *uri)
{
    g_autofree char *path = path_of(uri);
    return path ? workspace_document_at(w, path) : NULL;
}

/* ---- which story a document belongs to --------------------------------------------------------------------------- */

static void film_free(void *data)
{
    struct film *f = data;
    names_free(f->names);
    if (f->check.diags)
        checked_story_clear(&f->check);
    story_free(f->story);
    g_clear_pointer(&f->facts, g_hash_table_unref);
    g_free(f->lengths);
    g_hash_table_unref(f->told);
    g_free(f->path_for_check);
    g_free(f->main_path);
    g_free(f);
}

static struct film *film_at(struct workspace *w, const char *main_path)
{
    for (guint i = 0; i < w->films->len; i++) {
        struct film *f = w->films->pdata[i];
        if (strcmp(f->main_path, main_path) == 0)
            return f;
    }
    struct film *f = g_new0(struct film, 1);
    f->main_path = g_strdup(main_path);
    f->changed = 1;
    f->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add(w->films, f);
    return f;
}

/* Its texts in other languages lie beside a story, and are not included. */
bool film_is_translation(const struct film *f, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(f->main_path), *strings = g_build_filename(folder, "strings/", NULL);
    return g_str_has_prefix(path, strings) && g_str_has_suffix(path, ".yaml");
}

static bool holds(const struct film *f, const char *path)
{
    return strcmp(f->main_path, path) == 0 || (f->names && names_file(f->names, path) >= 0) ||
           film_is_translation(f, path);
}

/* The `story.yaml` in the folder of the file or in one above, or NULL. */
static char *main_above(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    for (int i = 0; i < LEVELS_MAX; i++) {
        g_autofree char *file = g_build_filename(folder, MAIN_FILE_NAME, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&file);
        char *above = g_path_get_dirname(folder);
        if (strcmp(above, folder) == 0) {
            g_free(above);
            break;
        }
        g_free(folder);
        folder = above;
    }
    return NULL;
}

static struct film *find_film(struct workspace *w, const struct document *d)
{
    if (document_is_main(d))
        return film_at(w, d->path);
    for (guint i = 0; i < w->films->len; i++)
        if (holds(w->films->pdata[i], d->path))
            return w->films->pdata[i];
    g_autofree char *main_path = main_above(d->path);
    struct film *f = main_path ? film_at(w, main_path) : NULL;
    return f && (!f->names || holds(f, d->path)) ? f : NULL;
}

/* ---- the other thread -------------------------------------------------------------------------------------------- */

static void job_free(void *data)
{
    struct job *j = data;
    g_hash_table_unref(j->buffers);
    g_clear_pointer(&j->facts, g_hash_table_unref);
    names_free(j->names);
    if (j->check.diags)
        checked_story_clear(&j->check);
    g_free(j->main_path);
    g_free(j);
}

static const char *find_buffer(void *user, const char *path, size_t *len)
{
    const struct job *j = user;
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    GBytes *bytes = g_hash_table_lookup(j->buffers, full);
    return bytes ? g_bytes_get_data(bytes, len) : NULL;
}

static bool go_on(void *user, unsigned done, unsigned n)
{
    (void)done, (void)n;
    return !atomic_load(&((struct job *)user)->stop);
}

static gboolean take_names(void *data);
static gboolean take_check(void *data);

static void run_job(void *data)
{
    static struct guides *guides; /* this thread's own */
    struct job *j = data;
    const struct source_buffers buffers = {find_buffer, j};
    if (!guides)
        guides = guides_new();
    j->names = names_read(guides, j->main_path, &buffers);
    g_idle_add_full(G_PRIORITY_DEFAULT, take_names, j, NULL);
    if (!atomic_load(&j->stop))
        checked_story_init(
            &j->check, j->main_path,
            &(struct check_options){.buffers = &buffers, .known = j->facts, .keep = true, .on_file = go_on, .user = j});
    g_idle_add_full(G_PRIORITY_DEFAULT, take_check, j, NULL);
}

/* ---- readings ---------------------------------------------------------------------------------------------------- */

static void begin_next(struct workspace *w);

/* The job goes on with its check, for which the names are not needed. */
static gboolean take_names(void *data)
{
    struct job *j = data;
    struct film *f = j->film;
    names_free(f->names);
    f->names = g_steal_pointer(&j->names);
    f->named = j->change;
    GHashTableIter it;
    gpointer document;
    g_hash_table_iter_init(&it, j->w->documents);
    while (g_hash_table_iter_next(&it, NULL, &document)) {
        struct document *d = document;
        if (!d->film && holds(f, d->path))
            d->film = f;
        else if (d->film == f && !holds(f, d->path))
            d->film = NULL;
    }
    j->w->news(j->w->user, f, false);
    return G_SOURCE_REMOVE;
}

static void keep_check(struct film *f, struct job *j)
{
    if (f->check.diags)
        checked_story_clear(&f->check);
    f->check = j->check;
    j->check = (struct checked_story){.path = NULL};
    g_free(f->path_for_check);
    f->path_for_check = g_steal_pointer(&j->main_path);
    f->checked = j->change;
    if (!f->check.loaded)
        return;
    story_free(f->story);
    f->story = g_steal_pointer(&f->check.story);
    g_clear_pointer(&f->facts, g_hash_table_unref);
    f->facts = g_steal_pointer(&f->check.facts);
    g_free(f->lengths);
    f->lengths = g_new(gint64, f->story->n_nodes + 1);
    for (int32_t i = 0; i < f->story->n_nodes; i++)
        f->lengths[i] = lint_clip_length_us(f->story, f->facts, i);
}

/* What was read for a story with errors is known for the next check, which may be of a sound one. */
static void keep_facts(struct film *f, GHashTable *facts)
{
    GHashTableIter it;
    gpointer path, fact;
    if (!facts)
        return;
    if (!f->facts) {
        f->facts = g_hash_table_ref(facts);
        return;
    }
    g_hash_table_iter_init(&it, facts);
    while (g_hash_table_iter_next(&it, &path, &fact)) {
        g_hash_table_iter_steal(&it);
        g_hash_table_insert(f->facts, path, fact);
    }
}

static gboolean take_check(void *data)
{
    struct job *j = data;
    struct workspace *w = j->w;
    const bool stopped = atomic_load(&j->stop);
    assert(w->at_work == j);
    w->at_work = NULL;
    if (stopped && j->check.facts && !j->film->facts)
        j->film->facts = g_steal_pointer(&j->check.facts); /* so that the next reading need not look at them again */
    else if (!j->film->facts && j->facts)
        j->film->facts = g_steal_pointer(&j->facts);
    if (!stopped && !j->check.loaded)
        keep_facts(j->film, j->check.facts);
    if (!stopped && j->check.diags)
        keep_check(j->film, j);
    if (!stopped)
        w->news(w->user, j->film, true);
    job_free(j);
    begin_next(w);
    return G_SOURCE_REMOVE;
}

static struct job *new_job(struct workspace *w, struct film *f)
{
    struct job *j = g_new0(struct job, 1);
    j->task.run = run_job;
    j->w = w;
    j->film = f;
    j->main_path = g_strdup(f->main_path);
    j->change = f->changed;
    j->facts = g_steal_pointer(&f->facts);
    j->buffers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    GHashTableIter it;
    gpointer path, document;
    g_hash_table_iter_init(&it, w->documents);
    while (g_hash_table_iter_next(&it, &path, &document))
        g_hash_table_insert(j->buffers, g_strdup(path), g_bytes_ref(((struct document *)document)->bytes));
    return j;
}

/* The thread takes one story at a time. */
static void begin_next(struct workspace *w)
{
    for (guint i = 0; i < w->films->len && !w->at_work && !w->timer; i++) {
        struct film *f = w->films->pdata[i];
        if (f->checked == f->changed)
            continue;
        w->at_work = new_job(w, f);
        give_up_or_push(w->pool, w->at_work);
    }
}

static gboolean quiet(void *data)
{
    struct workspace *w = data;
    w->timer = 0;
    begin_next(w);
    return G_SOURCE_REMOVE;
}

static void changed(struct workspace *w, struct film *f)
{
    if (f)
        f->changed++;
    if (f && w->at_work && w->at_work->film == f)
        atomic_store(&w->at_work->stop, true);
    if (w->timer)
        g_source_remove(w->timer);
    w->timer = g_timeout_add(QUIET_MS, quiet, w);
}

bool workspace_is_fresh(struct workspace *w, struct film *f, bool checked)
{
    if ((checked ? f->checked : f->named) == f->changed)
        return true;
    if (w->timer) {
        g_source_remove(w->timer);
        w->timer = 0;
    }
    begin_next(w);
    return false;
}

/* ---- what the editor does ---------------------------------------------------------------------------------------- */

void workspace_open(struct workspace *w, const char *uri, const char *text)
{
    g_autofree char *path = path_of(uri);
    if (!path)
        return;
    struct document *d = g_new0(struct document, 1);
    d->uri = g_strdup(uri);
    d->path = g_strdup(path);
    set_text(d, text, strlen(text));
    g_hash_table_replace(w->documents, d->path, d);
    d->film = find_film(w, d);
    changed(w, d->film);
}

void workspace_replace(struct workspace *w, struct document *d, const char *text, gsize len)
{
    set_text(d, text, len);
    if (!d->film || document_is_main(d))
        d->film = find_film(w, d);
    changed(w, d->film);
}

void workspace_close(struct workspace *w, const char *uri)
{
    const struct document *d = workspace_document(w, uri);
    struct film *f = d ? d->film : NULL;
    if (!d)
        return;
    g_hash_table_remove(w->documents, d->path);
    changed(w, f);
}

void workspace_look_again(struct workspace *w)
{
    for (guint i = 0; i < w->films->len; i++)
        changed(w, w->films->pdata[i]);
    w->files_us = 0;
}

void workspace_add_open(const struct workspace *w, const struct film *f, GHashTable *paths)
{
    GHashTableIter it;
    gpointer path, document;
    g_hash_table_iter_init(&it, w->documents);
    while (g_hash_table_iter_next(&it, &path, &document))
        if (((struct document *)document)->film == f)
            g_hash_table_add(paths, g_strdup(path));
}

struct guides *workspace_guides(const struct workspace *w)
{
    return w->guides;
}

const GPtrArray *workspace_films(const struct workspace *w)
{
    return w->films;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void list_files(GPtrArray *out, const char *folder, const char *below, int depth)
{
    g_autofree char *path = g_build_filename(folder, below, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) && out->len < FILES_MAX;) {
        g_autofree char *relative = below ? g_strconcat(below, "/", name, NULL) : g_strdup(name),
                        *full = g_build_filename(folder, relative, NULL);
        if (name[0] == '.' || !g_utf8_validate(name, -1, NULL))
            continue;
        if (!g_file_test(full, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(out, g_steal_pointer(&relative));
        else if (depth < FILES_DEEP && !g_file_test(full, G_FILE_TEST_IS_SYMLINK))
            list_files(out, folder, relative, depth + 1);
    }
    if (dir)
        g_dir_close(dir);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const GPtrArray *workspace_files(struct workspace *w, const struct film *f)
{
    const gint64 now_us = g_get_monotonic_time();
    if (w->files_of == f && w->files_us > now_us - FILES_STALE_US)
        return w->files;
    g_autofree char *folder = g_path_get_dirname(f->main_path);
    g_ptr_array_set_size(w->files, 0);
    list_files(w->files, folder, NULL, 0);
    g_ptr_array_sort(w->files, by_text);
    w->files_of = f;
    w->files_us = now_us;
    return w->files;
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

#define STILL_SIDE 320

struct still_task {
    struct task task;
    char *path, *jpeg;
    bool film;
    gint64 from_us, to_us, at_us;
    workspace_take_still take;
    void *user;
};

static gboolean take_still(void *data)
{
    struct still_task *t = data;
    t->take(t->user, t->jpeg);
    g_free(t->path);
    g_free(t->jpeg);
    g_free(t);
    return G_SOURCE_REMOVE;
}

static void run_still(void *data)
{
    static struct media *media; /* this thread's own */
    struct still_task *t = data;
    if (!media)
        media = media_new();
    t->jpeg = still_jpeg(media, t->path, t->film, t->from_us, t->to_us, t->at_us, STILL_SIDE);
    g_idle_add_full(G_PRIORITY_DEFAULT, take_still, t, NULL);
}

void workspace_still(struct workspace *w, const char *path, bool film, gint64 from_us, gint64 to_us, gint64 at_us,
                     workspace_take_still take, void *user)
{
    struct still_task *t = g_new0(struct still_task, 1);
    *t = (struct still_task){.task.run = run_still,
                             .path = g_strdup(path),
                             .film = film,
                             .from_us = from_us,
                             .to_us = to_us,
                             .at_us = at_us,
                             .take = take,
                             .user = user};
    give_up_or_push(w->pool, t);
}

/* ---- beginning and end ------------------------------------------------------------------------------------------- */

static void run_task(void *data, void *user)
{
    struct task *t = data;
    (void)user;
    t->run(t);
}

struct workspace *workspace_new(workspace_news news, void *user)
{
    struct workspace *w = g_new0(struct workspace, 1);
    w->news = news;
    w->user = user;
    w->documents = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, document_free);
    w->films = g_ptr_array_new_with_free_func(film_free);
    w->guides = guides_new();
    w->files = g_ptr_array_new_with_free_func(g_free);
    w->pool = g_thread_pool_new(run_task, NULL, 1, TRUE, NULL);
    return w;
}

void workspace_end(struct workspace *w)
{
    const gint64 until_us = g_get_monotonic_time() + END_US;
    if (w->timer)
        g_source_remove(w->timer);
    w->timer = 1; /* nothing new begins */
    if (w->at_work)
        atomic_store(&w->at_work->stop, true);
    while (w->at_work && g_get_monotonic_time() < until_us)
        g_main_context_iteration(NULL, FALSE);
}
