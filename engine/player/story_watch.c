#include "player/story_watch.h"
#include "base/console.h"
#include "base/packed_folder.h"
#include "story/diag.h"
#include "story/load.h"
#include "story/story_changes.h"
#include "story/variant.h"

#include <assert.h>
#include <gio/gio.h>
#include <unistd.h>

/* So long all must have been quiet after a change: an editor's save is several steps. */
#define QUIET_US (150 * US_PER_MS)

struct version {
    struct story *story;
    struct variant *variant;
};

struct story_watch {
    const char *path, *from;
    char *const *sets;
    const struct story *now;  /* what plays */
    const struct story *next; /* a new version, until it is taken */
    char *changes, *problem;
    GPtrArray *versions;  /* struct version (owned) */
    GHashTable *monitors; /* folder (owned) to GFileMonitor (owned) */
    int64_t changed_us;   /* monotonic, when something was saved last; 0: nothing since the last load */
};

static void version_free(gpointer p)
{
    struct version *v = p;
    variant_free(v->variant);
    story_free(v->story);
    g_free(v);
}

static void monitor_free(gpointer p)
{
    g_file_monitor_cancel(p);
    g_object_unref(p);
}

/* Only a story's own files matter: editors keep copies and locks beside them, and films are exported there. */
static bool is_story_file(GFile *file)
{
    g_autofree char *name = file ? g_file_get_basename(file) : NULL;
    return name && (g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml") ||
                    g_str_has_suffix(name, PACKED_FOLDER_SUFFIX));
}

static void on_change(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user)
{
    struct story_watch *w = user;
    (void)monitor, (void)event;
    if (is_story_file(file) || is_story_file(other))
        w->changed_us = g_get_monotonic_time();
}

static void watch_folder(struct story_watch *w, const char *folder)
{
    g_autoptr(GFile) file = g_file_new_for_path(folder);
    if (g_hash_table_contains(w->monitors, folder))
        return;
    g_autoptr(GError) error = NULL;
    GFileMonitor *monitor = g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
    if (!monitor) {
        console_say("'%s' can't be watched: %s; what is saved there is not seen", folder, error->message);
        return;
    }
    g_signal_connect(monitor, "changed", G_CALLBACK(on_change), w);
    g_hash_table_insert(w->monitors, g_strdup(folder), monitor);
}

static void watch_files(struct story_watch *w, const struct story *s)
{
    g_autofree char *strings = g_build_filename(s->dir, "strings", NULL);
    const bool packed = packed_folder_is(s->dir);
    for (int32_t i = 0; i < (packed ? 1 : s->n_files); i++) {
        g_autofree char *folder = g_path_get_dirname(packed ? s->dir : s->files[i]);
        watch_folder(w, folder);
    }
    if (g_file_test(strings, G_FILE_TEST_IS_DIR))
        watch_folder(w, strings);
}

struct story_watch *story_watch_new(const struct story *story, const char *from, char *const *sets)
{
    struct story_watch *w = g_new0(struct story_watch, 1);
    w->path = story->path;
    w->now = story;
    w->from = from;
    w->sets = sets;
    w->versions = g_ptr_array_new_with_free_func(version_free);
    w->monitors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, monitor_free);
    watch_files(w, story);
    return w;
}

void story_watch_free(struct story_watch *w)
{
    if (!w)
        return;
    g_hash_table_destroy(w->monitors);
    g_ptr_array_free(w->versions, TRUE);
    g_free(w->changes);
    g_free(w->problem);
    g_free(w);
}

/* The first mistake in a line, for the picture, and all of them on standard error. */
static void tell_mistakes(struct story_watch *w, const struct diags *diags)
{
    g_autoptr(GString) text = g_string_new(NULL);
    diags_print(diags, text, console_colour(STDERR_FILENO));
    console_write_message(text);
    for (size_t i = 0; i < diags_len(diags); i++) {
        const struct diag *d = diags_get(diags, i);
        if (d->rule->severity != DIAG_ERROR)
            continue;
        g_free(w->problem);
        g_autofree char *line = d->line > 0 ? g_strdup_printf(":%u", d->line) : g_strdup("");
        w->problem = g_strdup_printf("%s%s: %s; the version before plays on", d->file, line, d->message);
        return;
    }
}

static void load_version(struct story_watch *w)
{
    struct diags *diags = diags_new();
    struct version *v = g_new0(struct version, 1);
    g_autoptr(GError) error = NULL;
    v->story = story_load(w->path, diags);
    v->variant = v->story ? variant_new(v->story, w->from, w->sets, &error) : NULL;
    g_ptr_array_add(w->versions, v);
    if (v->variant) {
        w->next = variant_story(v->variant);
        g_free(w->changes);
        w->changes = story_changes(w->now, w->next);
        watch_files(w, v->story);
    } else if (v->story) {
        g_free(w->problem);
        w->problem = g_strdup_printf("%s; the version before plays on", error->message);
    } else {
        tell_mistakes(w, diags);
    }
    diags_free(diags);
}

bool story_watch_ready(struct story_watch *w)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    if (w->changed_us > 0 && g_get_monotonic_time() - w->changed_us >= QUIET_US) {
        w->changed_us = 0;
        load_version(w);
    }
    return w->next != NULL;
}

const struct story *story_watch_take(struct story_watch *w, const char **changes)
{
    assert(w->next);
    w->now = w->next;
    w->next = NULL;
    *changes = w->changes;
    return w->now;
}

char *story_watch_take_problem(struct story_watch *w)
{
    return g_steal_pointer(&w->problem);
}
