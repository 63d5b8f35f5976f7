/* Which films the shelf has: those that were opened, the latest first, each once, as long as they are there; and their
 * posters, of which a limited number is kept. */
#include "base/folder_packer.h"
#include "base/paths.h"
#include "media/frame.h"
#include "player/language_names.h"
#include "player/posters.h"
#include "player/opened_films.h"
#include "player/shelf.h"
#include "story/load.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

static char *make_film(const char *home, const char *name)
{
    char *path = g_build_filename(home, name, NULL);
    g_file_set_contents(path, "frumious: 1\n", -1, NULL);
    return path;
}

static bool begins(const char *first, const char *second)
{
    g_auto(GStrv) paths = opened_films_paths();
    return paths[0] && strcmp(paths[0], first) == 0 && (!second || (paths[1] && strcmp(paths[1], second) == 0));
}

/* Until the picture is there, or cannot be. */
static const struct frame *decoded(struct posters *p)
{
    for (int i = 0; i < 20000 && !posters_picture(p, 0); i++) {
        posters_work(p);
        g_usleep(500);
    }
    return posters_picture(p, 0);
}

static bool has_poster(const struct story *s)
{
    struct posters *p = posters_new();
    posters_add(p, s);
    posters_start(p);
    const struct frame *f = decoded(p);
    const bool good = f && f->width == 640 && f->height == 360;
    posters_free(p);
    return good;
}

/* The pictures that are kept. */
static GPtrArray *kept(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_clear_pointer(&dir, g_dir_close);
    return names;
}

static void test_posters(const char *home)
{
    enum { W = 1280, H = 720 };
    static uint32_t px[W * H];
    const char *why = "fine";
    g_autofree char *folder = paths_posters(), *path = g_build_filename(home, "p.yaml", NULL),
                    *picture = g_build_filename(home, "p.png", NULL);
    ok(frame_write_png(picture, (const uint8_t *)px, W, H, 4 * W, &why), "a picture is written: %s", why);
    struct story *s = story_from_text_at(path, "frumious: 1\nid: test.posters\ntitle: P\nstart: a\nnodes:\n  b: {clip: "
                                               "{card: B, for: 1s}, ending: {id: b, title: B}}\n"
                                               "  a: {clip: {image: p.png, for: 1s}, next: b}\n");
    ok(has_poster(s), "a film without a poster has a picture of its first scene");
    g_autoptr(GPtrArray) first = kept(folder);
    ok(first->len == 1 && g_file_set_contents(first->pdata[0], "no picture", -1, NULL), "it is kept");
    ok(has_poster(s), "where what was kept is damaged, it is decoded anew");
    for (int i = 0; i < POSTERS_CACHED + 9; i++) {
        g_autofree char *old = g_strdup_printf("%s/%d.jpg", folder, i);
        g_file_set_contents(old, "old", -1, NULL);
        g_utime(old, &(struct utimbuf){1000 + i, 1000 + i});
    }
    g_remove(first->pdata[0]);
    ok(has_poster(s), "another one is kept");
    g_autoptr(GPtrArray) last = kept(folder);
    ok(last->len == POSTERS_CACHED && g_file_test(first->pdata[0], G_FILE_TEST_EXISTS), "and the oldest ones leave");
    story_free(s);
}

/* In a pack, a poster and a picture of the first scene are windows of one file. */
static void test_packed_posters(const char *home)
{
    static const struct {
        const char *name, *picture;
    } rows[] = {{"scene.frumious", "p.png"}, {"poster.frumious", "poster.png"}};
    g_autofree char *text = g_build_filename(home, "packed.yaml", NULL),
                    *picture = g_build_filename(home, "p.png", NULL);
    g_file_set_contents(
        text,
        "frumious: 1\nid: test.packed\ntitle: P\nstart: a\nnodes:\n  a: {clip: {image: p.png, for: 1s}, "
        "ending: {id: a, title: A}}\n",
        -1, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *pack = g_build_filename(home, rows[i].name, NULL);
        g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GError) error = NULL;
        struct diags *diags = diags_new();
        int64_t bytes = 0;
        g_hash_table_insert(files, (void *)"story.yaml", text);
        g_hash_table_insert(files, (void *)"p.png", picture);
        g_hash_table_insert(files, (void *)rows[i].picture, picture);
        ok(folder_packer_write(pack, files, NULL, NULL, &bytes, &error) && bytes > 0, "a film is packed: %s",
           error ? error->message : "fine");
        struct story *s = story_load(pack, diags);
        ok(s && has_poster(s), "%s has a picture on the shelf", rows[i].name);
        g_autofree char *beside = s ? posters_file(s) : NULL;
        ok(!beside == (i == 0), "which is its poster, where it has one");
        story_free(s);
        diags_free(diags);
    }
}

static void test_many(const char *home)
{
    int there = 0;
    for (int i = 0; i < OPENED_FILMS_MAX + 5; i++) {
        g_autofree char *name = g_strdup_printf("%d.yaml", i), *path = make_film(home, name);
        opened_films_remember(path, NULL);
    }
    g_auto(GStrv) paths = opened_films_paths();
    for (int i = 0; paths[i]; i++)
        there += g_str_has_prefix(paths[i], home);
    is_int(there, OPENED_FILMS_MAX, "of many films the latest stay");
    g_autofree char *last = g_strdup_printf("%s/%d.yaml", home, OPENED_FILMS_MAX + 4);
    ok(begins(last, NULL), "and the latest of all comes first");
}

/* What a viewer is told who drops a file on the window. */
static void test_refusals(const char *home)
{
    static const char good[] = "frumious: 1\nid: test.good\ntitle: G\nstart: a\nnodes:\n"
                               "  a: {clip: {card: A, for: 1s}, ending: {id: a, title: A}}\n";
    static const struct {
        const char *file, *text, *dropped, *said;
    } rows[] = {
        {"good.yaml", good, "good.yaml", NULL},
        {"GOOD.YML", good, "GOOD.YML", NULL},
        {"bad.yaml", "frumious: 1\nid: no film\n", "bad.yaml",
         "bad.yaml can't be played: there is a mistake in line 1. `frumious check` says more."},
        {"my film/story.yaml", "frumious: 1\nid: test.x\ntitle: X\nstart: a\nnodes: {}\n", "my film",
         "my film can't be played: there is a mistake in line 5 of story.yaml. `frumious check` says more."},
        {"holiday.mp4", "\x9c\x01", "holiday.mp4",
         "holiday.mp4 can't be played: an interactive film is a file that ends in .yaml or .frumious."},
        {"photos/1.jpg", "x", "photos",
         "photos can't be played: an interactive film is a file that ends in .yaml or .frumious."},
        {NULL, NULL, "gone.yaml", "gone.yaml can't be played: it is not there any more."},
        {"broken.frumious", "no film\n", "broken.frumious",
         "broken.frumious can't be played: `frumious check` says why."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *file = g_build_filename(home, rows[i].file ? rows[i].file : "", NULL),
                        *folder = g_path_get_dirname(file), *dropped = g_build_filename(home, rows[i].dropped, NULL);
        g_mkdir_with_parents(folder, 0700);
        if (rows[i].file)
            g_file_set_contents(file, rows[i].text, -1, NULL);
        g_autofree char *said = shelf_refusal(dropped, "en");
        is_str(said, rows[i].said, rows[i].dropped);
    }
    g_autofree char *bad = g_build_filename(home, "bad.yaml", NULL), *german = shelf_refusal(bad, "de");
    ok(strstr(german, "In Zeile 1"), "in the viewer's language: %s", german);
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *home = g_dir_make_tmp("frumious-shelf-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    g_setenv("XDG_CACHE_HOME", home, TRUE);
    g_autofree char *a = make_film(home, "a.yaml"), *b = make_film(home, "b.yaml"), *file = paths_shelf();
    ok(opened_films_remember(a, &error) && opened_films_remember(b, &error), "two films are opened: %s",
       error ? error->message : "fine");
    ok(begins(b, a), "the latest comes first");
    ok(opened_films_remember(a, &error) && begins(a, b), "one that is opened again does, too");
    g_auto(GStrv) before = opened_films_paths();
    g_remove(a);
    g_auto(GStrv) after = opened_films_paths();
    ok(begins(b, NULL) && g_strv_length(after) + 1 == g_strv_length(before), "one that is gone is not there");
    test_many(home);
    g_remove(file);
    g_mkdir(file, 0700);
    ok(!opened_films_remember(b, &error) && error, "what can't be saved is said: %s", error ? error->message : "");
    is_str(language_name("de-AT"), "Deutsch", "a language by its own name");
    is_str(language_name("xx"), "xx", "or by its tag");
    static const struct {
        const char *tag;
        char sign;
    } table[] = {{"en", '.'},    {"de", ','},  {"de-AT", ','}, {"de_ch", '.'}, {"pt-BR", ','}, {"es", ','},
                 {"es-MX", '.'}, {"fil", '.'}, {"ja", '.'},    {"", '.'},      {"und", '.'},   {"DE", ','}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        is_int(language_decimal_sign(table[i].tag), table[i].sign, table[i].tag);
    g_rmdir(file);
    test_refusals(home);
    test_posters(home);
    test_packed_posters(home);
    return tap_done();
}
