/*
 * The viewer's files, damaged: each of them in each way, then written by what writes it. What was there is beside it afterwards, byte
 * by byte, once; what could be understood is still there; a second damage leaves the first copy alone.
 */
#include "tests/story_text.h"
#include "tap.h"

#include "base/ini.h"
#include "base/paths.h"
#include "base/set_aside.h"
#include "play/play.h"
#include "play/transcript_text.h"
#include "player/found_endings.h"
#include "player/opened_films.h"
#include "player/profiles.h"
#include "player/save.h"
#include "player/seen_scenes.h"
#include "player/settings.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char film[] = "frumious: 1\nid: org.example.aside\ntitle: Aside\nversion: \"1\"\nstart: a\n"
                           "state: {nights: {type: int, min: 0, max: 9, keep: viewer}}\n"
                           "nodes:\n"
                           "  a: {clip: {card: A, for: 9s}, next: b}\n"
                           "  b: {clip: {card: B, for: 2s}, ending: {id: end, title: End}}\n";

static struct story *story;

/* ---- what writes them: false, and why -------------------------------------------------------------------------------- */

static bool write_settings(GError **error)
{
    struct settings *s = settings_load();
    s->mute = true;
    const bool saved = settings_save(s, error);
    settings_free(s);
    return saved;
}

static bool write_endings(GError **error)
{
    return found_endings_add(story, 0, error);
}

static bool write_seen(GError **error)
{
    struct seen_scenes *seen = seen_scenes_new(story, true);
    seen_scenes_watch(seen, 0, 0, 9 * US_PER_SECOND);
    seen_scenes_watch(seen, 0, US_PER_SECOND / 2, 9 * US_PER_SECOND);
    const bool saved = seen_scenes_save(seen, error);
    seen_scenes_free(seen);
    return saved;
}

/* Both the place and the kept values. */
static bool write_place(GError **error)
{
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(story));
    struct transcript *t = transcript_new(story, 1, (const int32_t[]){0});
    struct save *save = save_open(story);
    play_init(story, state);
    play_step(story, state, &(struct play_input){.kind = PLAY_START, .seed = 1}, NULL, NULL);
    for (int i = 0; i < 2; i++)
        save_put(save, transcript_print_stop(t, story, state, i), NULL, state);
    transcript_free(t);
    return save_close(save, error);
}

static bool write_opened(GError **error)
{
    return opened_films_remember("/proc/self/exe", error);
}

static bool write_last(GError **error)
{
    return profiles_remember(error);
}

static char *path_endings(void)
{
    return paths_save(story->id, "endings.ini");
}

static char *path_seen(void)
{
    return paths_save(story->id, "seen.ini");
}

static char *path_kept(void)
{
    return paths_save(story->id, "kept.ini");
}

static char *path_place(void)
{
    return paths_save(story->id, "last.transcript");
}

#define MIB    (1024 * 1024)
#define BROKEN "[a]\nb=1\n\tbroken off he"
#define ZEROS  "[a]\0\0\0\0\0\0\nb=1\n"
#define HEAD   "frumious-transcript 1\nstory org.example.aside\nseed 3\n"

static const struct {
    const char *what;
    char *(*path)(void);
    bool (*write)(GError **error);
    const char *damage;
    size_t n;         /* of the damage */
    size_t longer;    /* and so many blanks */
    const char *left; /* in the message of what is not written at all */
} rows[] = {
    {"the settings, a line", paths_settings, write_settings, BROKEN, sizeof BROKEN - 1, 0, NULL},
    {"the settings, zeros", paths_settings, write_settings, ZEROS, sizeof ZEROS - 1, 0, NULL},
    {"the settings, too long", paths_settings, write_settings, "", 0, MIB + 1, "stays as it is"},
    {"found endings, a line", path_endings, write_endings, BROKEN, sizeof BROKEN - 1, 0, NULL},
    {"found endings, zeros", path_endings, write_endings, ZEROS, sizeof ZEROS - 1, 0, NULL},
    {"found endings, too long", path_endings, write_endings, "", 0, 16 * MIB + 1, NULL},
    {"watched scenes, a line", path_seen, write_seen, BROKEN, sizeof BROKEN - 1, 0, NULL},
    {"watched scenes, too long", path_seen, write_seen, "", 0, 16 * MIB + 1, NULL},
    {"kept values, a line", path_kept, write_place, BROKEN, sizeof BROKEN - 1, 0, NULL},
    {"kept values, zeros", path_kept, write_place, ZEROS, sizeof ZEROS - 1, 0, NULL},
    {"kept values, too long", path_kept, write_place, "", 0, MIB + 1, NULL},
    {"the place, a line", path_place, write_place, HEAD "pick red 00:0", sizeof HEAD + 12, 0, NULL},
    {"the place, a later version's", path_place, write_place, "frumious-transcript 9\n", 22, 0, NULL},
    {"the place, another film's", path_place, write_place, "frumious-transcript 1\nstory x.y\nseed 1\n", 39, 0, NULL},
    {"the place, zeros behind it", path_place, write_place, HEAD "\0\0\0\0", sizeof HEAD + 3, 0, NULL},
    {"the place, too long", path_place, write_place, "", 0, TRANSCRIPT_BYTES_MAX + 1, NULL},
    {"opened films, zeros", paths_shelf, write_opened, "/a\n\0\0\n/b", 8, 0, NULL},
    {"opened films, too long", paths_shelf, write_opened, "", 0, MIB + 1, NULL},
    {"who watched last", paths_last_profile, write_last, "/dev/null\n[", 11, 0, NULL},
    {"who watched last, too long", paths_last_profile, write_last, "", 0, 1025, NULL},
};

/* ---- what is there afterwards ---------------------------------------------------------------------------------------- */

static GBytes *damage_of(size_t row)
{
    GByteArray *b = g_byte_array_new();
    g_byte_array_append(b, (const guint8 *)rows[row].damage, (guint)rows[row].n);
    for (size_t i = 0; i < rows[row].longer; i++)
        g_byte_array_append(b, (const guint8 *)" ", 1);
    return g_byte_array_free_to_bytes(b);
}

static void put(const char *path, GBytes *bytes)
{
    g_autofree char *folder = g_path_get_dirname(path);
    gsize n;
    const char *data = g_bytes_get_data(bytes, &n);
    g_mkdir_with_parents(folder, 0700);
    if (!g_file_set_contents(path, data ? data : "", (gssize)n, NULL))
        ok(false, "%s can't be written", path);
}

static bool holds(const char *path, GBytes *bytes)
{
    g_autofree char *there = NULL;
    gsize n, wanted;
    const char *data = g_bytes_get_data(bytes, &wanted);
    return g_file_get_contents(path, &there, &n, NULL) && n == wanted && memcmp(there, data ? data : "", n) == 0;
}

/* How many files beside it were set aside, and how many of them hold that. */
static int count_aside(const char *path, GBytes *bytes, int *same)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    g_autofree char *start = g_strconcat(name, ".damaged-", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int n = 0;
    *same = 0;
    for (const char *file; dir && (file = g_dir_read_name(dir));) {
        g_autofree char *aside = g_build_filename(folder, file, NULL);
        if (!g_str_has_prefix(file, start))
            continue;
        n++;
        *same += holds(aside, bytes);
    }
    return n;
}

static void test_left(size_t row, const char *path, GBytes *damage)
{
    g_autoptr(GError) error = NULL;
    int same = 0;
    ok(!rows[row].write(&error) && strstr(error->message, rows[row].left), "%s: it is not written: %s", rows[row].what,
       error ? error->message : "it is");
    ok(holds(path, damage) && count_aside(path, damage, &same) == 0, "and stays as it is");
}

static void test_row(size_t row)
{
    g_autofree char *path = rows[row].path();
    g_autoptr(GBytes) damage = damage_of(row), other = g_bytes_new_static("[another\n\0", 10);
    g_autoptr(GError) error = NULL;
    int same = 0, n;
    put(path, damage);
    if (rows[row].left) {
        test_left(row, path, damage);
        return;
    }
    ok(rows[row].write(&error), "%s: it is written: %s", rows[row].what, error ? error->message : "yes");
    n = count_aside(path, damage, &same);
    ok(n == 1 && same == 1, "and what was there is beside it: %d, %d", n, same);
    ok(!holds(path, damage) && rows[row].write(NULL) && count_aside(path, damage, &same) == 1, "once");
    put(path, other);
    ok(rows[row].write(NULL), "it is damaged again, and written");
    n = count_aside(path, damage, &same);
    ok(n == 2 && same == 1, "which leaves the first one alone: %d, %d", n, same);
    ok(set_aside_remove(path, NULL) && count_aside(path, damage, &same) == 0, "they can be removed");
    g_unlink(path);
}

/* ---- what is understood of a damaged one ----------------------------------------------------------------------------- */

static const struct {
    const char *text;
    int line;           /* the first that can't be understood */
    const char *values; /* b of [a], d of [c]; - is missing */
} damaged[] = {
    {"[a]\nb=1\n[c]\nd=2\n", 0, "1 2"},
    {"", 0, "- -"},
    {" [a]\n \n# b=3\n b = 1\r\n[c]\nd=2", 0, "1 2"},
    {"[a]\nb\n[c]\nd=2\n", 2, "- 2"},
    {"[a]\nb=1\nwhat is this\n[c]\nd=2\n", 3, "1 2"},
    {"b=1\n[c]\nd=2\n", 1, "- 2"},
    {"[a]\nb=1\n[c\nb=3\nd=2\n", 3, "1 -"},
    {"[a]\nb=1\n[c\nd=4\n[c]\nd=2\n=\n", 3, "1 2"},
    {"=5\n[a]\n=5\nb=1", 1, "1 -"},
};

static void test_understood(void)
{
    g_autofree char *path = g_build_filename(g_get_user_config_dir(), "some.ini", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(damaged); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(damaged[i].text, strlen(damaged[i].text));
        g_autoptr(GError) error = NULL;
        put(path, bytes);
        g_autoptr(GKeyFile) file = ini_read(path, MIB, G_KEY_FILE_NONE, &error);
        g_autofree char *b = ini_text(file, "a", "b"), *d = ini_text(file, "c", "d");
        g_autofree char *values = g_strdup_printf("%s %s", b ? b : "-", d ? d : "-");
        g_autofree char *where = g_strdup_printf("line %d:", damaged[i].line);
        is_str(values, damaged[i].values, "what can be understood is there");
        ok(damaged[i].line ? g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE) &&
                                 strstr(error->message, where) && strstr(error->message, path)
                           : !error,
           "row %zu: %s", i, error ? error->message : "all of it");
    }
    g_autoptr(GBytes) zeros = g_bytes_new_static("[a]\nb=1\n\0#\n\n[c]\nd=2\n", 21);
    g_autoptr(GError) error = NULL;
    put(path, zeros);
    g_autoptr(GKeyFile) file = ini_read(path, MIB, G_KEY_FILE_NONE, &error);
    g_autofree char *d = ini_text(file, "c", "d");
    ok(error && strstr(error->message, "line 3:") && g_strcmp0(d, "2") == 0, "zeros in a line: %s",
       error ? error->message : "nothing");
    g_unlink(path);
}

/* What the viewer had decided is decided still, and what this version does not know stays in the file. */
static void test_settings_go_on(void)
{
    static const char text[] = "[play]\nvolume=0.5\nspeed 3\n[telemetry]\nrecord=no\nviewer=me\n[later]\nx=1\n";
    g_autofree char *path = paths_settings(), *now = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);
    put(path, bytes);
    struct settings *s = settings_load();
    ok(s->volume == 0.5 && s->record == SETTINGS_NO && strcmp(s->viewer, "me") == 0,
       "behind a line that can't be understood, the settings go on");
    ok(settings_save(s, NULL), "they are saved");
    settings_free(s);
    ok(g_file_get_contents(path, &now, NULL, NULL) && strstr(now, "[later]\nx=1\n") && strstr(now, "record=no"),
       "with what was behind it");
    set_aside_remove(path, NULL);
    g_unlink(path);
}

/* A link in the place of the settings leads to another folder: that file is written, and its copy is whole. */
static void test_link(void)
{
    g_autofree char *path = paths_settings(), *to = g_build_filename(g_get_user_data_dir(), "mine.ini", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static(BROKEN, sizeof BROKEN - 1);
    struct stat st;
    int same = 0;
    put(to, bytes);
    ok(symlink(to, path) == 0 && write_settings(NULL), "a link is in the settings' place, and they are saved");
    ok(lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && !holds(to, bytes),
       "the link stays, and what it leads to is written");
    ok(count_aside(path, bytes, &same) == 1 && same == 1, "and set aside");
    set_aside_remove(path, NULL);
    g_unlink(path);
    g_unlink(to);
}

/* What stands there and is no file is not touched, and nothing that is not there is set aside. */
static void test_no_file(void)
{
    g_autofree char *path = paths_settings();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    int same = 0;
    ok(set_aside(path, "why", NULL) && g_access(path, F_OK) != 0, "nothing there: nothing to do");
    put(path, empty);
    ok(set_aside(path, "why", NULL) && count_aside(path, empty, &same) == 0, "an empty file: nothing to keep");
    g_unlink(path);
    ok(mkfifo(path, 0600) == 0 && !set_aside(path, "why", &error) && strstr(error->message, "is a pipe"),
       "a pipe is not set aside: %s", error ? error->message : "it is");
    g_unlink(path);
}

/* A viewing that is forgotten is not kept beside its place. */
static void test_forgotten(void)
{
    g_autofree char *path = path_place();
    g_autoptr(GBytes) bytes = g_bytes_new_static("rubbish", 7);
    int same = 0;
    put(path, bytes);
    ok(write_place(NULL) && count_aside(path, bytes, &same) == 1, "a damaged place was set aside");
    ok(save_remove_transcript(story, NULL) && count_aside(path, bytes, &same) == 0, "and goes with the place");
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-aside-XXXXXX", NULL), *data = g_build_filename(home, "data", NULL),
                    *config = g_build_filename(home, "config", NULL), *state = g_build_filename(home, "run", NULL);
    g_setenv("XDG_CONFIG_HOME", config, TRUE);
    g_setenv("XDG_DATA_HOME", data, TRUE);
    g_setenv("XDG_RUNTIME_DIR", state, TRUE);
    g_mkdir(state, 0700);
    story = story_from_text(film);
    test_understood();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        test_row(i);
    g_autofree char *settings = paths_settings();
    g_unlink(settings);
    test_settings_go_on();
    test_link();
    test_no_file();
    test_forgotten();
    story_free(story);
    return tap_done();
}
