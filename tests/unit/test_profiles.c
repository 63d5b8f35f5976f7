/* Who is watching: what can be a name, whose settings and discoveries are read and written, who watched last, and what a
 * folder that is no profile does. */
#include "base/paths.h"
#include "player/found_endings.h"
#include "player/profiles.h"
#include "player/settings.h"
#include "tests/story_text.h"
#include "tests/tap.h"

#include <string.h>

static const char yaml[] = "frumious: 1\nid: test.people\ntitle: People\nstart: a\nnodes:\n"
                           "  a: {clip: {card: A, for: 1s}, next: b}\n"
                           "  b: {clip: {card: B, for: 1s}, ending: {id: b, title: B}}\n";

static void test_names(void)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {{"Anna", true},
                {"J\u00f6rg & Co", true},
                {"\u5f20\u4f1f", true},
                {"-", true},
                {"", false},
                {".", false},
                {"..", false},
                {".hidden", false},
                {" Anna", false},
                {"Anna ", false},
                {"a/b", false},
                {"../../etc", false},
                {"a\nb", false},
                {"a\033[31mb", false},
                {"\u202eannA", false},
                {"\xff", false},
                {"a name that is longer than forty bytes, by far", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *shown = g_strescape(rows[i].name, NULL);
        ok(profiles_is_name(rows[i].name) == rows[i].good, "'%s' is %s name", shown, rows[i].good ? "a" : "no");
    }
}

static char *list_text(void)
{
    g_auto(GStrv) names = profiles_list();
    return g_strjoinv(",", names);
}

/* Sets what the viewer wants, and says what they had set before. */
static double volume_of(const char *name, double set)
{
    g_autoptr(GError) error = NULL;
    if (!profiles_use(name, &error))
        return -1;
    struct settings *s = settings_load();
    const double before = s->volume;
    s->volume = set;
    settings_save(s, &error);
    settings_free(s);
    return before;
}

static char *link_of(const char *name)
{
    profiles_use(name, NULL);
    struct settings *s = settings_load();
    char *link = g_strdup(s->viewer);
    settings_free(s);
    return link;
}

static void test_settings(void)
{
    ok(volume_of("Anna", 0.5) == 1 && volume_of("Ben", 0.25) == 1 && volume_of("", 0.75) == 1, "each begins anew");
    ok(volume_of("Anna", 0.5) == 0.5 && volume_of("Ben", 0.25) == 0.25 && volume_of("", 0.75) == 0.75,
       "and has settings of their own");
    g_autofree char *anna = link_of("Anna"), *ben = link_of("Ben"), *all = link_of("");
    ok(*anna && *ben && *all && strcmp(anna, ben) != 0 && strcmp(anna, all) != 0 && strcmp(ben, all) != 0,
       "and a link of their own");
    g_autofree char *names = list_text();
    is_str(names, "Anna,Ben", "they are known");
}

static void test_discoveries(void)
{
    struct story *s = story_from_text(yaml);
    profiles_use("Anna", NULL);
    ok(found_endings_add(s, 0, NULL), "one of them finds an ending");
    g_autofree bool *anna = found_endings_load(s);
    profiles_use("Ben", NULL);
    g_autofree bool *ben = found_endings_load(s);
    profiles_use("", NULL);
    g_autofree bool *all = found_endings_load(s);
    ok(anna[0] && !ben[0] && !all[0], "which nobody else has found");
    story_free(s);
}

static void test_last(void)
{
    g_autoptr(GError) error = NULL;
    profiles_use("Anna", NULL);
    ok(profiles_remember(&error), "who watches is remembered: %s", error ? error->message : "fine");
    profiles_use("", NULL);
    profiles_use_last();
    is_str(paths_profile(), "Anna", "and watches the next time");
    profiles_use("", NULL);
    profiles_remember(NULL);
    profiles_use_last();
    is_str(paths_profile(), NULL, "everyone is remembered, too");
    g_autofree char *file = paths_last_profile();
    g_file_set_contents(file, "Carl", -1, NULL);
    profiles_use_last();
    is_str(paths_profile(), NULL, "somebody who is gone does not come back");
    g_file_set_contents(file, "../..", -1, NULL);
    profiles_use_last();
    is_str(paths_profile(), NULL, "and what is no name leads nowhere");
}

static void test_new(void)
{
    g_autofree char *second = profiles_new_name("Viewer %d");
    is_str(second, "Viewer 2", "somebody new has a name");
    ok(profiles_use(second, NULL), "by which they watch");
    g_autofree char *third = profiles_new_name("Viewer %d");
    is_str(third, "Viewer 3", "and the next one has another");
    g_autoptr(GError) error = NULL;
    ok(!profiles_use("../x", &error) && error && strcmp(paths_profile(), second) == 0,
       "what is no name changes nothing: %s", error ? error->message : "");
    profiles_use("", NULL);
}

static void test_folder(void)
{
    g_autofree char *folder = paths_profiles();
    g_autofree char *file = g_build_filename(folder, "a file", NULL), *odd = g_build_filename(folder, ".odd", NULL);
    g_file_set_contents(file, "", -1, NULL);
    g_mkdir(odd, 0700);
    g_autofree char *names = list_text();
    is_str(names, "Anna,Ben,Viewer 2", "what is no profile is not listed");
    g_autoptr(GError) error = NULL;
    ok(!profiles_use("a file", &error) && error, "and can't be used: %s", error ? error->message : "");
    is_str(paths_profile(), NULL, "nothing has changed");
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-people-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    test_names();
    test_settings();
    test_discoveries();
    test_last();
    test_new();
    test_folder();
    paths_use_profile(NULL);
    return tap_done();
}
