#include "telemetry/collect/erasure_list.h"

#include "base/files.h"
#include "base/hex.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Twenty million lines: far more than a collector is told to erase. */
#define LIST_MAX  ((size_t)1 << 31)
#define FIELDS    3
#define LINE_FORM "%s %s %" G_GINT64_FORMAT "\n"

struct erasure_list {
    char *path;
    int fd; /* locked */
    GMutex lock;
    bool torn; /* its last line is a part of one, and could not be taken away */
};

struct listed_destination {
    struct destination base;
    struct destination *inner;
    struct erasure_list *list;
};

static bool fail(const struct erasure_list *l, const char *what, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s: %s: %s", l->path, what,
                g_strerror(errno));
    return false;
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

struct entry {
    struct wire_erasure erasure;
    int64_t came_ms;
};

static bool read_line(char *line, struct entry *e)
{
    g_auto(GStrv) fields = g_strsplit(line, " ", FIELDS + 1);
    guint64 came = 0;
    *e = (struct entry){0};
    if (g_strv_length(fields) != FIELDS || !g_uuid_string_is_valid(fields[0]) ||
        !hex_parse(fields[1], WIRE_KEY_SIZE, e->erasure.key) ||
        !g_ascii_string_to_unsigned(fields[2], 10, 0, INT64_MAX, &came, NULL))
        return false;
    g_strlcpy(e->erasure.viewing, fields[0], sizeof e->erasure.viewing);
    e->came_ms = (int64_t)came;
    return true;
}

/* Array of struct entry. A last line without an end was never confirmed, and goes. What a disk has lost in the middle may be
 * zeros: behind them are lines that were confirmed. */
static GArray *read_list(struct erasure_list *l, GError **error)
{
    size_t size = 0;
    g_autofree char *text = files_read_fd(l->fd, l->path, LIST_MAX, &size, error);
    if (!text)
        return NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct entry));
    char *line = text;
    int number = 1;
    for (char *end; (end = memchr(line, '\n', (size_t)(text + size - line))); line = end + 1, number++) {
        struct entry e;
        *end = '\0';
        if (strlen(line) != (size_t)(end - line) || !read_line(line, &e)) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        "%s:%d: this is no erasure: a viewing's id, a key and a time. Mend or remove the line", l->path,
                        number);
            return NULL;
        }
        g_array_append_val(all, e);
    }
    if (line < text + size && ftruncate(l->fd, line - text) != 0) {
        fail(l, "its torn last line cannot be taken away", error);
        return NULL;
    }
    return g_steal_pointer(&all);
}

/* All of the lines, or none of them. */
static bool write_all(struct erasure_list *l, const GString *lines, GError **error)
{
    const off_t before = lseek(l->fd, 0, SEEK_END);
    if (l->torn) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s has a torn last line; restart the collector", l->path);
        return false;
    }
    if (before >= 0 && files_write(l->fd, lines->str, lines->len) && fdatasync(l->fd) == 0)
        return true;
    fail(l, "the erasures cannot be noted", error);
    l->torn = before < 0 || ftruncate(l->fd, before) != 0;
    return false;
}

static bool write_list(struct erasure_list *l, const GString *lines, GError **error)
{
    g_mutex_lock(&l->lock);
    const bool done = write_all(l, lines, error);
    g_mutex_unlock(&l->lock);
    return done;
}

/* ---- doing it again ---------------------------------------------------------------------------------------------- */

static bool erase_again(struct destination *d, GArray *all, GError **error)
{
    bool done = true;
    for (guint at = 0; done && at < all->len; at += WIRE_ERASURES_MAX) {
        const guint n = MIN(all->len - at, WIRE_ERASURES_MAX);
        g_autofree struct collect_item *items = g_new0(struct collect_item, n);
        g_autofree struct collect_item **list = g_new(struct collect_item *, n);
        for (guint i = 0; i < n; i++) {
            struct entry *e = &g_array_index(all, struct entry, at + i);
            items[i] = (struct collect_item){.received_ms = e->came_ms, .erasures = &e->erasure, .n = 1};
            list[i] = &items[i];
        }
        done = d->commit(d, list, n, error);
    }
    return done;
}

bool erasure_list_catch_up(struct erasure_list *l, struct destination *d, guint *again, GError **error)
{
    g_autoptr(GArray) all = read_list(l, error);
    bool knows = true;
    if (!all ||
        (all->len > 0 && !d->knows_erasure(d, &g_array_index(all, struct entry, all->len - 1).erasure, &knows, error)))
        return false;
    *again = knows ? 0 : all->len;
    return knows || erase_again(d, all, error);
}

/* ---- before a destination ---------------------------------------------------------------------------------------- */

static bool commit(struct destination *base, struct collect_item *const *items, guint n, GError **error)
{
    struct listed_destination *d = (struct listed_destination *)base;
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < items[i]->n; k++) {
            const struct wire_erasure *e = &items[i]->erasures[k];
            char key[2 * WIRE_KEY_SIZE + 1];
            hex_print(e->key, WIRE_KEY_SIZE, key);
            g_string_append_printf(lines, LINE_FORM, e->viewing, key, items[i]->received_ms);
        }
    return (lines->len == 0 || write_list(d->list, lines, error)) && d->inner->commit(d->inner, items, n, error);
}

static bool is_healthy(struct destination *base, GError **error)
{
    struct listed_destination *d = (struct listed_destination *)base;
    return d->inner->is_healthy(d->inner, error);
}

static bool knows_erasure(struct destination *base, const struct wire_erasure *e, bool *knows, GError **error)
{
    struct listed_destination *d = (struct listed_destination *)base;
    return d->inner->knows_erasure(d->inner, e, knows, error);
}

static void free_destination(struct destination *base)
{
    struct listed_destination *d = (struct listed_destination *)base;
    d->inner->free(d->inner);
    g_free(d);
}

struct destination *erasure_list_before(struct erasure_list *l, struct destination *inner)
{
    struct listed_destination *d = g_new0(struct listed_destination, 1);
    assert(l && inner);
    d->base = (struct destination){commit, is_healthy, knows_erasure, free_destination};
    d->inner = inner;
    d->list = l;
    return &d->base;
}

/* ---- open and closed --------------------------------------------------------------------------------------------- */

static bool open_file(struct erasure_list *l, GError **error)
{
    struct stat st;
    l->fd = open(l->path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
    if (l->fd < 0)
        return fail(l, "cannot be opened", error);
    if (fstat(l->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s is a pipe, a device or a folder, which keeps no erasures; name a file", l->path);
        return false;
    }
    return flock(l->fd, LOCK_EX | LOCK_NB) == 0 || fail(l, "another collector writes it; give each its own", error);
}

struct erasure_list *erasure_list_open(const char *path, GError **error)
{
    struct erasure_list *l = g_new0(struct erasure_list, 1);
    l->path = g_strdup(path);
    g_mutex_init(&l->lock);
    if (open_file(l, error))
        return l;
    erasure_list_free(l);
    return NULL;
}

void erasure_list_free(struct erasure_list *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        close(l->fd);
    g_mutex_clear(&l->lock);
    g_free(l->path);
    g_free(l);
}
