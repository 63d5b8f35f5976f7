#include "player/save.h"
#include "base/files.h"
#include "base/paths.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Begins a comment at the transcript's end, which names the viewing. */
#define VIEWING        "# viewing "
#define KEPT_BYTES_MAX (1024 * 1024)

static int32_t kept_count(const struct story *s)
{
    int32_t n = 0;
    for (int32_t v = 0; v < s->n_vars; v++)
        n += s->vars[v].keep_viewer;
    return n;
}

/* Empty where there is none, or none that can be read. */
static GKeyFile *load_kept_file(const char *path)
{
    size_t len = 0;
    g_autofree char *text = files_read(path, KEPT_BYTES_MAX, &len, NULL);
    GKeyFile *file = g_key_file_new();
    if (text)
        g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, NULL);
    return file;
}

int32_t *save_load_kept(const struct story *s)
{
    const int32_t n = kept_count(s);
    if (n == 0)
        return NULL;
    g_autofree char *path = paths_save(s->id, "kept.ini");
    g_autoptr(GKeyFile) file = load_kept_file(path);
    int32_t *kept = g_new(int32_t, (size_t)n), *at = kept;
    for (int32_t v = 0; v < s->n_vars; v++) {
        if (!s->vars[v].keep_viewer)
            continue;
        g_autoptr(GError) error = NULL;
        const int32_t value = g_key_file_get_integer(file, "kept", s->vars[v].name, &error);
        *at++ = error ? s->vars[v].initial : value;
    }
    return kept;
}

static char *prepared_path(const struct story *s, const char *name, GError **error)
{
    char *path = paths_save(s->id, name);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return path;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't create %s: %s", folder, g_strerror(errno));
    g_free(path);
    return NULL;
}

/* `kept`: of the kept variables, in the order of story->vars. */
static bool store_kept(const struct story *s, const int32_t *kept, GError **error)
{
    if (kept_count(s) == 0)
        return true;
    g_autofree char *path = prepared_path(s, "kept.ini", error);
    if (!path)
        return false;
    g_autoptr(GKeyFile) file = load_kept_file(path);
    /* The file keeps values of variables that this version of the story lacks: an older one may be played again. */
    for (int32_t v = 0; v < s->n_vars; v++)
        if (s->vars[v].keep_viewer)
            g_key_file_set_integer(file, "kept", s->vars[v].name, *kept++);
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);
    return files_replace(path, text, -1, true, error);
}

static bool store_transcript(const struct story *s, const char *text, GError **error)
{
    g_autofree char *path = prepared_path(s, "last.transcript", error);
    return path && files_replace(path, text, -1, true, error);
}

char *save_load_transcript(const struct story *s, GError **error)
{
    g_autofree char *path = paths_save(s->id, "last.transcript");
    GError *failure = NULL;
    char *text = files_read(path, TRANSCRIPT_BYTES_MAX, NULL, &failure);
    if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_clear_error(&failure);
    if (failure)
        g_propagate_error(error, failure);
    return text;
}

bool save_remove_transcript(const struct story *s, GError **error)
{
    g_autofree char *path = paths_save(s->id, "last.transcript");
    if (g_unlink(path) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't remove %s: %s", path, g_strerror(errno));
    return false;
}

/* The kernel drops the lock when the process ends, however it ends. */
bool save_claim(const struct story *s, int *claim)
{
    g_autofree char *path = prepared_path(s, "playing.lock", NULL);
    *claim = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600) : -1;
    if (*claim >= 0 && flock(*claim, LOCK_EX | LOCK_NB) == 0)
        return true;
    save_release(*claim);
    *claim = -1;
    return false;
}

void save_release(int claim)
{
    if (claim >= 0)
        close(claim);
}

char *save_viewing(const char *text)
{
    const char *line = text ? g_strrstr(text, "\n" VIEWING) : NULL;
    if (!line)
        return NULL;
    line += strlen("\n" VIEWING);
    g_autofree char *id = g_strndup(line, strcspn(line, "\r\n"));
    return g_uuid_string_is_valid(id) ? g_steal_pointer(&id) : NULL;
}

/* ---- during a play --------------------------------------------------------------------------------------------- */

struct save {
    const struct story *story;
    GThread *thread;

    /* under the lock, which the thread holds to exchange pointers, never while it writes */
    GMutex lock;
    GCond wake;
    char *text; /* the latest place, not yet written; NULL: it is */
    int32_t *kept;
    bool closing;
    GError *error; /* of the latest writing */
};

static void write_out(struct save *sv, const char *text, const int32_t *kept)
{
    GError *error = NULL;
    if (store_transcript(sv->story, text, &error))
        store_kept(sv->story, kept, &error);
    g_mutex_lock(&sv->lock);
    g_clear_error(&sv->error);
    sv->error = error;
    g_mutex_unlock(&sv->lock);
}

/* Writes what is put until the save closes and nothing is left. */
static void *run_save(void *data)
{
    struct save *sv = data;
    for (;;) {
        g_mutex_lock(&sv->lock);
        while (!sv->text && !sv->closing && sv->thread)
            g_cond_wait(&sv->wake, &sv->lock);
        g_autofree char *text = g_steal_pointer(&sv->text);
        g_autofree int32_t *kept = g_steal_pointer(&sv->kept);
        assert(!text == !kept); /* a place and its values are one */
        g_mutex_unlock(&sv->lock);
        if (!text)
            return NULL;
        write_out(sv, text, kept);
    }
}

struct save *save_open(const struct story *s)
{
    struct save *sv = g_new0(struct save, 1);
    sv->story = s;
    g_mutex_init(&sv->lock);
    g_cond_init(&sv->wake);
    g_mutex_lock(&sv->lock); /* the thread looks at sv->thread */
    sv->thread = g_thread_try_new("save", run_save, sv, NULL);
    g_mutex_unlock(&sv->lock);
    return sv;
}

static int32_t *kept_values(const struct story *s, const int32_t *state)
{
    int32_t *kept = g_new(int32_t, (size_t)kept_count(s) + 1), *at = kept;
    for (int32_t v = 0; v < s->n_vars; v++)
        if (s->vars[v].keep_viewer)
            *at++ = state[PLAY_VALUES + v];
    return kept;
}

void save_put(struct save *sv, char *text, const char *viewing, const int32_t *state)
{
    if (viewing) {
        char *whole = g_strconcat(text, VIEWING, viewing, "\n", NULL);
        g_free(text);
        text = whole;
    }
    assert(text && play_check(sv->story, state));
    int32_t *kept = kept_values(sv->story, state);
    g_mutex_lock(&sv->lock);
    char *old = sv->text;
    int32_t *old_kept = sv->kept;
    sv->text = text;
    sv->kept = kept;
    g_cond_signal(&sv->wake);
    g_mutex_unlock(&sv->lock);
    g_free(old);
    g_free(old_kept);
}

bool save_close(struct save *sv, GError **error)
{
    if (!sv)
        return true;
    g_mutex_lock(&sv->lock);
    sv->closing = true;
    g_cond_signal(&sv->wake);
    g_mutex_unlock(&sv->lock);
    if (sv->thread)
        g_thread_join(sv->thread);
    else
        run_save(sv);
    assert(!sv->text); /* the thread wrote it, or there was none and this call did */
    const bool good = !sv->error;
    if (!good)
        g_propagate_error(error, sv->error);
    g_mutex_clear(&sv->lock);
    g_cond_clear(&sv->wake);
    g_free(sv->text);
    g_free(sv->kept);
    g_free(sv);
    return good;
}
