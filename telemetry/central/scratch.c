#include "telemetry/central/scratch.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQL         "telemetry/central/central.sql"
#define AT_ONCE     2000 /* viewings: some 100,000 events, 20 MB */
#define DOING       "cannot be filled"
#define FOLDER      "frumious-central-" /* and six characters */
#define FILE_IN_DIR "telemetry.sqlite"
#define TRIES       100

/* ---- its folder -------------------------------------------------------------------------------------------------- */

/* Whoever uses a folder holds a lock of it, which goes with the process, however that ends. */
static int open_locked(const char *path, int how, struct stat *st)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, st) == 0 && st->st_uid == geteuid() && flock(fd, LOCK_EX | how) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void remove_folder(int fd, const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *name = g_strconcat(FILE_IN_DIR, ends[i], NULL);
        unlinkat(fd, name, 0);
    }
    g_rmdir(path);
}

/* What a killed program left: viewings, which nobody would look for there. */
static void remove_abandoned(void)
{
    GDir *all = g_dir_open(g_get_tmp_dir(), 0, NULL);
    for (const char *name; all && (name = g_dir_read_name(all));) {
        struct stat st;
        if (!g_str_has_prefix(name, FOLDER))
            continue;
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), name, NULL);
        const int fd = open_locked(path, LOCK_NB, &st);
        if (fd < 0)
            continue;
        remove_folder(fd, path);
        close(fd);
    }
    if (all)
        g_dir_close(all);
}

/* Between its making and its locking, another program can have taken it for abandoned. */
static char *make_folder(int *fd, GError **error)
{
    for (int i = 0; i < TRIES; i++) {
        struct stat mine, there;
        g_autofree char *folder = g_dir_make_tmp(FOLDER "XXXXXX", error);
        if (!folder)
            return NULL;
        *fd = open_locked(folder, 0, &mine);
        if (*fd >= 0 && lstat(folder, &there) == 0 && there.st_ino == mine.st_ino && there.st_dev == mine.st_dev)
            return g_steal_pointer(&folder);
        if (*fd >= 0)
            close(*fd);
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: a folder cannot be locked", g_get_tmp_dir());
    return NULL;
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

struct scratch *scratch_new(GError **error)
{
    static gsize cleaned;
    int fd;
    if (g_once_init_enter(&cleaned)) {
        remove_abandoned();
        g_once_init_leave(&cleaned, 1);
    }
    char *folder = make_folder(&fd, error);
    if (!folder)
        return NULL;
    struct scratch *s = g_new0(struct scratch, 1);
    s->folder = folder;
    s->folder_fd = fd;
    s->path = g_build_filename(s->folder, FILE_IN_DIR, NULL);
    s->films = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    s->viewings = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, rows_header_free);
    const struct store_options o = {.path = s->path};
    s->store = store_open(&o, error);
    if (s->store)
        return s;
    scratch_free(s);
    return NULL;
}

void scratch_free(struct scratch *s)
{
    if (!s)
        return;
    store_close(s->store);
    remove_folder(s->folder_fd, s->folder);
    close(s->folder_fd);
    g_hash_table_unref(s->films);
    g_hash_table_unref(s->viewings);
    g_free(s->folder);
    g_free(s->path);
    g_free(s);
}

void scratch_end_writing(struct scratch *s)
{
    store_close(s->store);
    s->store = NULL;
}

void scratch_forget_viewings(struct scratch *s)
{
    g_hash_table_remove_all(s->viewings);
}

const struct film_base *scratch_film(const struct scratch *s, int64_t hash)
{
    return g_hash_table_lookup(s->films, &hash);
}

static bool add_film(struct scratch *s, int64_t hash, const char *body, GError **error)
{
    struct film_base base;
    if (!film_write(s->store, body, &base, error))
        return false;
    g_hash_table_insert(s->films, g_memdup2(&hash, sizeof hash), g_memdup2(&base, sizeof base));
    return true;
}

bool scratch_add_films(struct scratch *s, struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "stories", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));)
        done = add_film(s, g_ascii_strtoll(line[0], NULL, 10), line[1], error);
    engine_rows_free(rows);
    return done;
}

struct rows_header scratch_header(char *const *line)
{
    return (struct rows_header){.id = g_strdup(line[0]),
                                .story = g_ascii_strtoll(line[1], NULL, 10),
                                .upto = g_ascii_strtoll(line[2], NULL, 10),
                                .key = g_strdup(line[3]),
                                .body = g_strdup(line[4]),
                                .month = (guint)strtoul(line[5], NULL, 10)};
}

GPtrArray *scratch_ask_viewings(struct engine *e, const char *sql, GError **error)
{
    struct engine_rows *rows = engine_ask(e, sql, error);
    if (!rows)
        return NULL;
    GPtrArray *all = g_ptr_array_new_with_free_func(rows_header_free);
    for (char **line; (line = engine_next(rows));) {
        const struct rows_header h = scratch_header(line);
        g_ptr_array_add(all, g_memdup2(&h, sizeof h));
    }
    engine_rows_free(rows);
    return all;
}

static bool fail_film(const struct rows_header *h, GError **error)
{
    g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_REFUSED, "viewing %s is of a film that the engine does not know",
                h->id);
    return false;
}

/* `numbers`: id -> number in the store. */
static bool add_headers(struct scratch *s, const GPtrArray *headers, guint from, guint to, GHashTable *numbers,
                        GError **error)
{
    for (guint i = from; i < to; i++) {
        const struct rows_header *h = headers->pdata[i];
        const struct film_base *film = scratch_film(s, h->story);
        int64_t viewing;
        if (!film)
            return fail_film(h, error);
        if (!rows_write_viewing(s->store, h, film, &viewing, error))
            return false;
        const struct rows_header copy = {.id = g_strdup(h->id),
                                         .month = h->month,
                                         .story = h->story,
                                         .upto = h->upto,
                                         .key = g_strdup(h->key),
                                         .body = g_strdup(h->body)};
        g_hash_table_insert(s->viewings, g_memdup2(&viewing, sizeof viewing), g_memdup2(&copy, sizeof copy));
        g_hash_table_insert(numbers, h->id, g_memdup2(&viewing, sizeof viewing));
    }
    return true;
}

/* What another program is writing beyond the header that was read counts for nothing yet. */
static bool add_events(struct scratch *s, struct engine *e, const char *viewings, GHashTable *numbers, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "events", "$viewings", viewings, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    if (!rows)
        return false;
    struct query q = rows_events_begin(s->store);
    bool done = true;
    for (char **line; done && (line = engine_next(rows));) {
        const int64_t *viewing = g_hash_table_lookup(numbers, line[0]);
        const struct rows_event event = {g_ascii_strtoll(line[1], NULL, 10), g_ascii_strtoll(line[2], NULL, 10),
                                         line[3], line[4]};
        const struct rows_header *h = viewing ? g_hash_table_lookup(s->viewings, viewing) : NULL;
        done = !h || event.seq > h->upto || rows_write_event(&q, *viewing, &event, error);
    }
    engine_rows_free(rows);
    return query_end(&q, done ? error : NULL) && done;
}

static bool add_some(struct scratch *s, struct engine *e, const GPtrArray *headers, guint from, guint to,
                     GError **error)
{
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = from; i < to; i++)
        engine_list(list, ((const struct rows_header *)headers->pdata[i])->id);
    if (!rows_write_begin(s->store, error) || !query_execute(s->store, "SAVEPOINT adding", DOING, error))
        return false;
    if (add_headers(s, headers, from, to, numbers, error) && add_events(s, e, list->str, numbers, error) &&
        rows_write_end(s->store, error) && query_execute(s->store, "RELEASE adding", DOING, error))
        return true;
    (void)query_execute(s->store, "ROLLBACK TO adding; RELEASE adding", DOING, NULL);
    return false;
}

bool scratch_add_viewings(struct scratch *s, struct engine *e, const GPtrArray *headers, guint from, guint to,
                          GError **error)
{
    for (guint at = from; at < to; at += AT_ONCE)
        if (!add_some(s, e, headers, at, MIN(at + AT_ONCE, to), error))
            return false;
    return true;
}
