#include "present/key_names.h"

#include "base/brief.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *mpv, *ours;
} keys[] = {
    {"ENTER", "Return"},
    {"KP_ENTER", "Keypad Enter"},
    {"ESC", "Escape"},
    {"BS", "Backspace"},
    {"DEL", "Delete"},
    {"INS", "Insert"},
    {"PGUP", "PageUp"},
    {"PGDWN", "PageDown"},
    {"MENU", "Application"},
    {"PRINT", "PrintScreen"},
    {"PLAY", "AudioPlay"},
    {"PLAYPAUSE", "AudioPlay"},
    {"STOP", "AudioStop"},
    {"MUTE", "Mute"},
    {"VOLUME_UP", "VolumeUp"},
    {"VOLUME_DOWN", "VolumeDown"},
    {"SHARP", "#"},
    {"GAMEPAD_ACTION_DOWN", "Pad a"},
    {"GAMEPAD_ACTION_RIGHT", "Pad b"},
    {"GAMEPAD_ACTION_LEFT", "Pad x"},
    {"GAMEPAD_ACTION_UP", "Pad y"},
    {"GAMEPAD_BACK", "Pad back"},
    {"GAMEPAD_START", "Pad start"},
    {"GAMEPAD_LEFT_SHOULDER", "Pad leftshoulder"},
    {"GAMEPAD_RIGHT_SHOULDER", "Pad rightshoulder"},
    {"GAMEPAD_LEFT_STICK", "Pad leftstick"},
    {"GAMEPAD_RIGHT_STICK", "Pad rightstick"},
};

static const char *our_name(const char *mpv)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (g_ascii_strcasecmp(mpv, keys[i].mpv) == 0)
            return keys[i].ours;
    return mpv;
}

char *key_names_key(const char *mpv)
{
    const char *plus = strrchr(mpv, '+');
    const char *last = plus && plus[1] ? plus + 1 : plus && plus > mpv ? plus : mpv; /* "Ctrl++" is Ctrl and a plus */
    const char *shift = g_ascii_isupper(last[0]) && !last[1] ? "Shift+" : "";
    if (g_ascii_strncasecmp(last, "KP", 2) == 0 && g_ascii_isdigit(last[2]) && !last[3])
        return g_strdup_printf("%.*sKeypad %c", (int)(last - mpv), mpv, last[2]);
    return g_strdup_printf("%.*s%s%s", (int)(last - mpv), mpv, shift, our_name(last));
}

/* A number, and nothing behind it. */
static bool parse_number(const char *text, int *value)
{
    char *end;
    const long n = strtol(text, &end, 10);
    *value = (int)CLAMP(n, -10000, 10000);
    return end != text && *end == '\0' && n != 0;
}

static bool parse_decimal(const char *text, double *value)
{
    char *end;
    *value = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* A number, or one divided by another, as in mpv's "1/1.1". */
static bool parse_ratio(const char *text, double *value)
{
    const char *slash = strchr(text, '/');
    g_autofree char *above = slash ? g_strndup(text, (gsize)(slash - text)) : NULL;
    double below = 1;
    if (!parse_decimal(above ? above : text, value) || (slash && !parse_decimal(slash + 1, &below)) || below == 0)
        return false;
    *value /= below;
    return true;
}

/* Half, double, or which way. */
static bool parse_factor(const char *text, int *value)
{
    double factor;
    if (!parse_ratio(text, &factor) || factor <= 0)
        return false;
    *value = factor == 0.5 ? INPUT_SPEED_HALF
             : factor == 2 ? INPUT_SPEED_DOUBLE
             : factor < 1  ? INPUT_SPEED_SLOWER
                           : INPUT_SPEED_FASTER;
    return factor != 1;
}

static bool parse_step(const char *text, int *value)
{
    double step;
    if (!parse_decimal(text, &step))
        return false;
    *value = step < 0 ? INPUT_SPEED_SLOWER : INPUT_SPEED_FASTER;
    return step != 0;
}

static bool parse_speed(const char *text, int *value)
{
    double speed;
    if (!parse_decimal(text, &speed) || speed < 0.5 || speed > 2)
        return false;
    *value = speed == 1 ? INPUT_SPEED_NORMAL : (int)lround(speed * 100);
    return true;
}

/* `number` reads what follows; NULL: nothing does. `wants`: what that must be. */
static const struct {
    const char *words;
    bool (*number)(const char *text, int *value);
    enum input_action action;
    const char *wants;
} commands[] = {
    {"ignore", NULL, INPUT_NONE, NULL},
    {"quit", NULL, INPUT_QUIT, NULL},
    {"cycle pause", NULL, INPUT_PAUSE, NULL},
    {"cycle fullscreen", NULL, INPUT_FULLSCREEN, NULL},
    {"add volume", parse_number, INPUT_VOLUME, "a whole number other than 0, as in `add volume -5`"},
    {"seek", parse_number, INPUT_SEEK, "a whole number of seconds other than 0, as in `seek -10`"},
    {"skip-seen", NULL, INPUT_SKIP, NULL},
    {"show-progress", NULL, INPUT_BAR, NULL},
    {"cycle mute", NULL, INPUT_MUTE, NULL},
    {"cycle sub-visibility", NULL, INPUT_SUBTITLES, NULL},
    {"screenshot", NULL, INPUT_SCREENSHOT, NULL},
    {"more-time", NULL, INPUT_EXTRA_TIME, NULL},
    {"decision-back", NULL, INPUT_REWIND, NULL},
    {"menu", NULL, INPUT_MENU, NULL},
    {"show-keys", NULL, INPUT_HELP, NULL},
    {"show-recorded", NULL, INPUT_PRIVACY_PAGE, NULL},
    {"show-stats", NULL, INPUT_STATS, NULL},
    {"show-inspector", NULL, INPUT_INSPECT, NULL},
    {"multiply speed", parse_factor, INPUT_SPEED, "a number above 0 other than 1, as in `multiply speed 1.1`"},
    {"add speed", parse_step, INPUT_SPEED, "a number other than 0, as in `add speed -0.1`"},
    {"set speed", parse_speed, INPUT_SPEED, "a number from 0.5 to 2, as in `set speed 1`"},
};

/* One blank between two words, none elsewhere. */
static char *plain_words(const char *words)
{
    g_auto(GStrv) parts = g_strsplit_set(words, " \t", -1);
    GString *plain = g_string_new(NULL);
    for (int i = 0; parts[i]; i++)
        if (*parts[i])
            g_string_append_printf(plain, "%s%s", plain->len ? " " : "", parts[i]);
    return g_string_free(plain, FALSE);
}

/* The command that the words begin with, and in *rest what follows it: nothing, or a blank and more. -1: there is none. */
static int find_command(const char *plain, const char **rest)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const size_t n = strlen(commands[i].words);
        if (strncmp(plain, commands[i].words, n) == 0 && (plain[n] == ' ' || plain[n] == '\0')) {
            *rest = plain + n;
            return (int)i;
        }
    }
    *rest = NULL;
    return -1;
}

bool key_names_command(const char *words, enum input_action *action, int *value)
{
    const char *rest;
    g_autofree char *plain = plain_words(words);
    const int i = find_command(plain, &rest);
    if (i < 0)
        return false;
    *action = commands[i].action;
    *value = 0;
    return commands[i].number ? *rest == ' ' && commands[i].number(rest + 1, value) : *rest == '\0';
}

char *key_names_problem(const char *words)
{
    const char *rest;
    g_autofree char *plain = plain_words(words);
    const int i = find_command(plain, &rest);
    g_autofree char *shown = brief(i < 0 ? plain : *rest ? rest + 1 : rest, BRIEF_CHARS);
    if (i < 0)
        return g_strdup_printf("there is no command '%s'; the manual lists them", shown);
    if (!commands[i].number)
        return g_strdup_printf("the command '%s' takes nothing, and '%s' follows it", commands[i].words, shown);
    if (*rest)
        return g_strdup_printf("'%s' wants %s, not '%s'", commands[i].words, commands[i].wants, shown);
    return g_strdup_printf("'%s' wants %s", commands[i].words, commands[i].wants);
}
