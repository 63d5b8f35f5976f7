#include "player/save.h"
#include "base/console.h"
#include "base/files.h"
#include "base/ini.h"
#include "base/paths.h"
#include "base/runtime.h"
#include "base/set_aside.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Begins a comment at the transcript's end, which names the viewing. */
#define VIEWING  "# viewing "
#define ENTERING "entering"
/* Likewise: which of the places that are at hand is the latest. Then follow the run, by the time of its beginning, and
 * a number that counts within it. */
#define SAVED "# saved "
/* Begins the last lines of a place in memory: the kept values, which are no part of the transcript. */
#define KEPT           "# kept "
#define KEPT_BYTES_MAX (1024 * 1024)

static int32_t kept_count(const struct story *s)
{
    int32_t n = 0;
    for (int32_t v = 0; v < s->n_vars; v++)
        n += s->vars[v].keep_viewer;
    return n;
}

/* Empty where there is none, or none that can be read, which is said. */
static GKeyFile *load_kept_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    GKeyFile *file = ini_read(path, KEPT_BYTES_MAX, G_KEY_FILE_NONE, &error);
    if (error)
        console_say("what the film kept can't be read: %s", error->message);
    return file;
}

/* Words of an enum are written as words, since their numbers change with the list of them. To be freed. */
static char *kept_text(const struct story *s, const struct story_var *v, int32_t value)
{
    const bool word = v->type == STORY_ENUM && value >= 0 && value < v->values.n;
    return word ? g_strdup(s->names[v->values.first + value]) : g_strdup_printf("%d", value);
}

/* `text` may be NULL. What the variable can no longer be counts as if nothing had been kept. */
static int32_t parse_kept(const struct story *s, const struct story_var *v, const char *text)
{
    gint64 value;
    const int32_t word = text && v->type == STORY_ENUM ? story_find_value(s, v, text) : -1;
    if (word >= 0)
        return word;
    if (text && g_ascii_string_to_signed(text, 10, INT32_MIN, INT32_MAX, &value, NULL))
        return (int32_t)value;
    return v->initial;
}

/* The value of a variable, which may have been saved under a name that it had before; the latest one counts. */
static int32_t load_kept_value(GKeyFile *file, const struct story *s, const struct story_var *v)
{
    const char *name = v->name;
    for (int32_t i = v->was.n - 1; i >= 0 && !g_key_file_has_key(file, "kept", name, NULL); i--)
        name = s->former[v->was.first + i];
    g_autofree char *text = ini_text(file, "kept", name);
    return parse_kept(s, v, text);
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
        if (s->vars[v].keep_viewer)
            *at++ = load_kept_value(file, s, &s->vars[v]);
    }
    return kept;
}

static char *prepared_path(const struct story *s, const char *name, GError **error)
{
    char *path = paths_save(s->id, name);
    if (files_make_folder_of(path, error))
        return path;
    g_free(path);
    return NULL;
}

/* `kept`: of the kept variables, in the order of story->vars. */
static bool store_kept(const struct story *s, const int32_t *kept, GError **error)
{
    if (kept_count(s) == 0)
        return true;
    g_autofree char *path = paths_save(s->id, "kept.ini");
    g_autoptr(GKeyFile) file = ini_read(path, KEPT_BYTES_MAX, G_KEY_FILE_NONE, NULL);
    /* The file keeps values of variables that this version of the story lacks: an older one may be played again. */
    for (int32_t v = 0; v < s->n_vars; v++) {
        g_autofree char *value = s->vars[v].keep_viewer ? kept_text(s, &s->vars[v], *kept++) : NULL;
        if (value)
            g_key_file_set_string(file, "kept", s->vars[v].name, value);
    }
    return ini_write(path, KEPT_BYTES_MAX, file, true, error);
}

/* A saved place that is damaged, another film's or a later version's is kept beside the one that takes its place. */
static bool make_room(const struct story *s, GError **error)
{
    g_autofree char *path = paths_save(s->id, "last.transcript");
    g_autoptr(GError) why = NULL;
    size_t len = 0;
    g_autofree char *text = files_read(path, TRANSCRIPT_BYTES_MAX, &len, &why);
    struct transcript *t = text ? transcript_parse(text, (gssize)len, &why) : NULL;
    const char *id = t ? transcript_story_id(t) : "";
    const bool others = id[0] && strcmp(id, s->id) != 0;
    g_autofree char *message = others        ? g_strdup_printf("%s is the place of another film, %s", path, id)
                               : text && why ? g_strdup_printf("%s: %s", path, why->message)
                                             : g_strdup(why ? why->message : NULL);
    transcript_free(t);
    return !message || set_aside(path, message, error);
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

/* ---- the place in memory ----------------------------------------------------------------------------------------- */

#define JOURNAL_BYTES_MAX (TRANSCRIPT_BYTES_MAX + KEPT_BYTES_MAX)

/* One for each file of a saved play, whatever its path. NULL: there is no such memory. The caller frees it. */
static char *journal_path(const struct story *s)
{
    g_autofree char *folder = NULL, *file = paths_save(s->id, "last.transcript");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, file, -1);
    const int fd = runtime_open(&folder);
    if (fd < 0)
        return NULL;
    close(fd);
    return g_strconcat(folder, "/place-", sum, NULL);
}

static char *read_journal(const char *path, struct stat *st)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    const bool ours = fstat(fd, st) == 0 && runtime_is_ours(st, JOURNAL_BYTES_MAX);
    char *text = ours ? files_read_fd(fd, path, JOURNAL_BYTES_MAX, NULL, NULL) : NULL;
    close(fd);
    return text;
}

/* Which run saved this place, and which of its places it is. False: an earlier version did. */
static bool read_saved(const char *text, int64_t *run, int64_t *n)
{
    const char *line = g_strrstr(text, "\n" SAVED);
    return line && sscanf(line, "\n" SAVED "%" SCNd64 " %" SCNd64, run, n) == 2;
}

static bool is_newer(const char *journal, const struct stat *journal_st, const struct story *s)
{
    g_autofree char *path = paths_save(s->id, "last.transcript"),
                    *text = files_read(path, TRANSCRIPT_BYTES_MAX, NULL, NULL);
    int64_t run = 0, n = 0, file_run = 0, file_n = 0;
    struct stat st;
    if (!read_saved(journal, &run, &n))
        return false;
    if (!text || stat(path, &st) != 0)
        return true;
    if (!read_saved(text, &file_run, &file_n))
        return journal_st->st_mtime >= st.st_mtime;
    return run != file_run ? run > file_run : n > file_n;
}

/* Values by name, as they stand in the lines at the end. */
static void read_kept_lines(const struct story *s, const char *lines, int32_t *kept)
{
    g_auto(GStrv) all = g_strsplit(lines, "\n", -1);
    for (int i = 0; all[i]; i++) {
        g_auto(GStrv) words = g_strsplit(all[i], " ", 4);
        const int32_t var = g_strv_length(words) == 4 ? story_find_var(s, words[2]) : -1;
        int32_t at = 0;
        for (int32_t v = 0; v < var; v++)
            at += s->vars[v].keep_viewer;
        if (var >= 0 && s->vars[var].keep_viewer)
            kept[at] = parse_kept(s, &s->vars[var], words[3]);
    }
}

/* A program was killed before its latest place was in the files: it is put there now. */
static void adopt_journal(const struct story *s)
{
    g_autofree char *path = journal_path(s);
    struct stat st;
    g_autofree char *text = path ? read_journal(path, &st) : NULL;
    if (!text)
        return;
    bool done = true;
    if (is_newer(text, &st, s)) {
        g_autofree int32_t *kept = save_load_kept(s);
        char *lines = strstr(text, "\n" KEPT);
        if (lines && kept)
            read_kept_lines(s, lines, kept);
        if (lines)
            lines[1] = '\0';
        done = make_room(s, NULL) && store_transcript(s, text, NULL) && (!kept || store_kept(s, kept, NULL));
    }
    if (done)
        unlink(path);
}

bool save_remove_transcript(const struct story *s, GError **error)
{
    g_autofree char *path = paths_save(s->id, "last.transcript"), *journal = journal_path(s);
    if (journal)
        g_unlink(journal);
    if (g_unlink(path) == 0 || errno == ENOENT)
        return set_aside_remove(path, error);
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't remove %s: %s", path, g_strerror(errno));
    return false;
}

/* ---- who may go on ----------------------------------------------------------------------------------------------- */

/* The kernel drops the lock when the process ends, however it ends. */
enum save_owner save_claim(const struct story *s, int *claim)
{
    g_autofree char *path = prepared_path(s, "playing.lock", NULL);
    *claim = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600) : -1;
    struct stat st;
    const bool file = *claim >= 0 && fstat(*claim, &st) == 0 && S_ISREG(st.st_mode);
    if (file && flock(*claim, LOCK_EX | LOCK_NB) == 0) {
        adopt_journal(s);
        return SAVE_OURS;
    }
    const bool anothers = file && errno == EWOULDBLOCK;
    save_release(*claim);
    *claim = -1;
    return anothers ? SAVE_ANOTHERS : SAVE_UNKNOWN;
}

void save_release(int claim)
{
    if (claim >= 0)
        close(claim);
}

/* Places that earlier versions saved have the id alone. */
bool save_viewing(const char *text, struct viewing_place *place)
{
    const char *line = text ? g_strrstr(text, "\n" VIEWING) : NULL;
    guint64 part_ms = 0, seq = 0;
    *place = (struct viewing_place){0};
    if (!line)
        return false;
    line += strlen("\n" VIEWING);
    g_autofree char *rest = g_strndup(line, strcspn(line, "\r\n"));
    g_auto(GStrv) words = g_strsplit(rest, " ", 5);
    const guint n = g_strv_length(words);
    if (n == 0 || !g_uuid_string_is_valid(words[0]))
        return false;
    g_strlcpy(place->id, words[0], sizeof place->id);
    place->exact = n >= 3 && g_ascii_string_to_unsigned(words[1], 10, 0, INT64_MAX / 4, &part_ms, NULL) &&
                   g_ascii_string_to_unsigned(words[2], 10, 0, INT64_MAX / 4, &seq, NULL);
    place->part_ms = place->exact ? (int64_t)part_ms : 0;
    place->seq = place->exact ? (int64_t)seq : 0;
    place->entering = place->exact && n >= 4 && g_str_equal(words[3], ENTERING);
    return true;
}

/* ---- during a play --------------------------------------------------------------------------------------------- */

struct save {
    const struct story *story;
    GThread *thread;
    char *journal;  /* path of the place in memory; NULL: there is none */
    int64_t run, n; /* n: places that were put */
    bool looked;    /* what stood in the file's place can be written over */

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
    sv->looked = sv->looked || make_room(sv->story, &error);
    if (sv->looked && store_transcript(sv->story, text, &error))
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
    sv->journal = journal_path(s);
    sv->run = g_get_real_time();
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

static char *add_comments(char *text, int64_t run, int64_t n, const struct viewing_place *place)
{
    GString *whole = g_string_new(text);
    g_free(text);
    g_string_append_printf(whole, SAVED "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", run, n);
    if (place && place->id[0])
        g_string_append_printf(whole, VIEWING "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "%s\n", place->id,
                               place->part_ms, place->seq, place->entering ? " " ENTERING : "");
    return g_string_free(whole, FALSE);
}

/* There is no disk behind that memory, so it takes as long as copying. */
static void write_journal(const struct save *sv, const char *text, const int32_t *kept)
{
    const struct story *s = sv->story;
    if (!sv->journal)
        return;
    g_autoptr(GString) whole = g_string_new(text);
    for (int32_t v = 0; v < s->n_vars; v++) {
        g_autofree char *value = s->vars[v].keep_viewer ? kept_text(s, &s->vars[v], *kept++) : NULL;
        if (value)
            g_string_append_printf(whole, KEPT "%s %s\n", s->vars[v].name, value);
    }
    files_replace(sv->journal, whole->str, (gssize)whole->len, false, NULL);
}

void save_put(struct save *sv, char *text, const struct viewing_place *place, const int32_t *state)
{
    assert(text && play_check(sv->story, state));
    text = add_comments(text, sv->run, ++sv->n, place);
    int32_t *kept = kept_values(sv->story, state);
    write_journal(sv, text, kept);
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
    if (good && sv->journal)
        g_unlink(sv->journal);
    g_mutex_clear(&sv->lock);
    g_cond_clear(&sv->wake);
    g_free(sv->journal);
    g_free(sv->text);
    g_free(sv->kept);
    g_free(sv);
    return good;
}
