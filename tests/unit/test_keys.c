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

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-keys-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    test_names();
    test_commands();
    test_file(home);
    return tap_done();
}
