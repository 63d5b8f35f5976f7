/* The viewer's file of keys: names of keys and commands as mpv has them, what is in force afterwards, and problems that name
 * file, line and key. */
#include "player/key_file.h"
#include "present/key_names.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct {
    const char *mpv, *ours;
} names[] = {{"q", "q"},
             {"Q", "Shift+Q"},
             {"SPACE", "SPACE"},
             {"Ctrl+PGUP", "Ctrl+PageUp"},
             {"Alt+ENTER", "Alt+Return"},
             {"KP7", "Keypad 7"},
             {"+", "+"},
             {"Ctrl++", "Ctrl++"},
             {"SHARP", "#"},
             {"GAMEPAD_ACTION_DOWN", "Pad a"}};

static void test_names(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *got = key_names_key(names[i].mpv);
        is_str(got, names[i].ours, names[i].mpv);
    }
}

static const struct {
    const char *words;
    bool there;
    enum input_action action;
    int value;
} commands[] = {{"quit", true, INPUT_QUIT, 0},
                {"  cycle \t pause ", true, INPUT_PAUSE, 0},
                {"add volume -2", true, INPUT_VOLUME, -2},
                {"ignore", true, INPUT_NONE, 0},
                {"set speed 1.5", true, INPUT_SPEED, 150},
                {"set speed 1.0", true, INPUT_SPEED, INPUT_SPEED_NORMAL},
                {"set speed 3", false, INPUT_NONE, 0},
                {"set speed nan", false, INPUT_NONE, 0},
                {"multiply speed 1/1.1", true, INPUT_SPEED, INPUT_SPEED_SLOWER},
                {"multiply speed 1.1", true, INPUT_SPEED, INPUT_SPEED_FASTER},
                {"multiply speed 0.5", true, INPUT_SPEED, INPUT_SPEED_HALF},
                {"multiply speed 2.0", true, INPUT_SPEED, INPUT_SPEED_DOUBLE},
                {"multiply speed -2", false, INPUT_NONE, 0},
                {"add speed -0.1", true, INPUT_SPEED, INPUT_SPEED_SLOWER},
                {"add volume", false, INPUT_NONE, 0},
                {"add volume loud", false, INPUT_NONE, 0},
                {"add volumes 2", false, INPUT_NONE, 0},
                {"", false, INPUT_NONE, 0}};

static void test_commands(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        enum input_action action;
        int value;
        const bool there = key_names_command(commands[i].words, &action, &value);
        ok(there == commands[i].there && (!there || (action == commands[i].action && value == commands[i].value)),
           "the command '%s'", commands[i].words);
    }
}

static const struct {
    const char *words, *problem;
} refused[] = {
    {"fly", "there is no command 'fly'; the manual lists them"},
    {"add volume abc", "'add volume' wants a whole number other than 0, as in `add volume -5`, not 'abc'"},
    {"add volume 0", "'add volume' wants a whole number other than 0, as in `add volume -5`, not '0'"},
    {" add \t volume ", "'add volume' wants a whole number other than 0, as in `add volume -5`"},
    {"add volumes 2", "there is no command 'add volumes 2'; the manual lists them"},
    {"seek now", "'seek' wants a whole number of seconds other than 0, as in `seek -10`, not 'now'"},
    {"set speed 3", "'set speed' wants a number from 0.5 to 2, as in `set speed 1`, not '3'"},
    {"multiply speed 0", "'multiply speed' wants a number above 0 other than 1, as in `multiply speed 1.1`, not '0'"},
    {"add speed nan", "'add speed' wants a number other than 0, as in `add speed -0.1`, not 'nan'"},
    {"quit now", "the command 'quit' takes nothing, and 'now' follows it"},
    {"quits", "there is no command 'quits'; the manual lists them"}};

static void test_problems(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        enum input_action action;
        int value;
        g_autofree char *problem = key_names_problem(refused[i].words);
        ok(!key_names_command(refused[i].words, &action, &value), "'%s' is refused", refused[i].words);
        is_str(problem, refused[i].problem, "and why is said");
    }
}

static const char file[] = "# mine\n\nx quit # leave\nq ignore\nLEFT cycle mute\nCtrl+PGUP  add volume 7\n"
                           "NOKEY quit\nz fly\nG\n";

static const char *const wrong[] = {"line 7: there is no key 'NOKEY'", "line 8: the key 'z': there is no command 'fly'",
                                    "line 9: the key 'G' has no command: write it behind the key"};

/* The keys that the page of keys gives for this sentence; g_free() it. NULL: none. */
static char *keys_for(const struct input *in, const char *what)
{
    int n;
    char *keys = NULL;
    struct input_help_row *rows = input_help(in, NULL, &n);
    for (int i = 0; i < n; i++)
        if (!keys && g_str_equal(rows[i].what, what))
            keys = g_strdup(rows[i].keys);
    input_help_free(rows, n);
    return keys;
}

static void test_file(const char *home)
{
    struct input *in = input_open(NULL);
    GPtrArray *problems = key_file_bind(in);
    is_int(problems->len, 0, "no file, no problem");
    g_ptr_array_unref(problems);
    g_autofree char *folder = g_build_filename(home, "frumious", NULL),
                    *path = g_build_filename(folder, "keys.conf", NULL);
    g_mkdir_with_parents(folder, 0700);
    g_file_set_contents(path, file, -1, NULL);
    problems = key_file_bind(in);
    is_int(problems->len, G_N_ELEMENTS(wrong), "a problem for each line that is wrong");
    for (guint i = 0; i < MIN(problems->len, G_N_ELEMENTS(wrong)); i++)
        ok(strstr(problems->pdata[i], wrong[i]) && g_str_has_prefix(problems->pdata[i], path), "%s",
           (const char *)problems->pdata[i]);
    g_ptr_array_unref(problems);
    g_autofree char *leave = keys_for(in, "Leave"), *louder = keys_for(in, "Louder"),
                    *mute = keys_for(in, "Sound off and on");
    is_str(leave, "Ctrl+Q, X", "the page of keys has the viewer's own, and not what does nothing any more");
    ok(louder && strstr(louder, "Ctrl+Page up"), "by the names that people know: %s", louder);
    is_str(mute, "M, \u2190", "an arrow does something else while the film plays");
    ok(input_serves(in, 'x') && !input_serves(in, 'q') && input_serves(in, 't'),
       "and these letters take no option now");
    g_remove(path);
    input_close(in);
}

static GPtrArray *bind_text(struct input *in, const char *path, const char *text)
{
    if (!g_file_set_contents(path, text, -1, NULL))
        ok(false, "the keys can't be written");
    GPtrArray *said = key_file_bind(in);
    g_remove(path);
    return said;
}

/* Whatever is written there, what is said of it is short, and what is in force is what stands last. */
static void test_odd_files(const char *home)
{
    g_autofree char *path = g_build_filename(home, "frumious", "keys.conf", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    struct input *in = input_open(NULL);
    for (int i = 0; i < 20000; i++)
        g_string_append(text, "z fly\n");
    GPtrArray *said = bind_text(in, path, text->str);
    ok(said->len == 21 && strstr(said->pdata[20], "19980 more lines are wrong"), "20,000 wrong lines: %s",
       (const char *)said->pdata[said->len - 1]);
    g_ptr_array_unref(said);
    g_string_truncate(text, 21 * strlen("z fly\n"));
    said = bind_text(in, path, text->str);
    ok(said->len == 21 && g_str_has_suffix(said->pdata[20], "one more line is wrong"), "21 wrong lines: %s",
       (const char *)said->pdata[said->len - 1]);
    g_ptr_array_unref(said);
    g_string_truncate(text, 0);
    for (int i = 0; i < 100000; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, " quit\nz ");
    for (int i = 0; i < 100000; i++)
        g_string_append(text, "y");
    said = bind_text(in, path, text->str);
    ok(said->len == 2 && strlen(said->pdata[0]) < 500 && strlen(said->pdata[1]) < 500, "names of 100,000 letters: %s",
       (const char *)said->pdata[1]);
    g_ptr_array_unref(said);
    g_string_truncate(text, 0);
    for (int i = 0; i < 25000; i++)
        g_string_append(text, i % 2 ? "F8 quit\n" : "F8 menu\n");
    g_string_append(text, "F8 cycle mute\n");
    said = bind_text(in, path, text->str);
    g_autofree char *mute = keys_for(in, "Sound off and on");
    ok(said->len == 0 && mute && strstr(mute, "F8"), "of 25,001 lines for one key, the last is in force: %s", mute);
    g_ptr_array_unref(said);
    g_string_truncate(text, 0);
    for (int i = 0; i < 70000; i++)
        g_string_append(text, "####");
    said = bind_text(in, path, text->str);
    ok(said->len == 1 && strstr(said->pdata[0], "larger than"), "a file that is too large: %s",
       (const char *)said->pdata[0]);
    g_ptr_array_unref(said);
    static const char wide[] = "\xff\xfex\0 \0q\0u\0i\0t\0\n";
    if (!g_file_set_contents(path, wide, sizeof wide - 1, NULL))
        ok(false, "the keys can't be written");
    said = key_file_bind(in);
    ok(said->len == 1 && strstr(said->pdata[0], "is no text in UTF-8"), "a file in UTF-16: %s",
       (const char *)said->pdata[0]);
    g_ptr_array_unref(said);
    g_remove(path);
    said = bind_text(in, path, "\xff\xfe quit\nz \033[2Jfly\n");
    ok(said->len == 2 && g_utf8_validate(said->pdata[0], -1, NULL), "what is no text is said: %s",
       (const char *)said->pdata[0]);
    g_ptr_array_unref(said);
    input_close(in);
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-keys-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    test_names();
    test_commands();
    test_problems();
    test_file(home);
    test_odd_files(home);
    return tap_done();
}
