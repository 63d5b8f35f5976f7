#include "present/key_names.h"

#include <glib.h>
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

/* `number`: a number follows. */
static const struct {
    const char *words;
    bool number;
    enum input_action action;
} commands[] = {
    {"ignore", false, INPUT_NONE},           {"quit", false, INPUT_QUIT},
    {"cycle pause", false, INPUT_PAUSE},     {"cycle fullscreen", false, INPUT_FULLSCREEN},
    {"add volume", true, INPUT_VOLUME},      {"seek", true, INPUT_SEEK},
    {"skip-seen", false, INPUT_SKIP},        {"show-progress", false, INPUT_BAR},
    {"cycle mute", false, INPUT_MUTE},       {"cycle sub-visibility", false, INPUT_SUBTITLES},
    {"screenshot", false, INPUT_SCREENSHOT}, {"more-time", false, INPUT_EXTRA_TIME},
    {"decision-back", false, INPUT_REWIND},  {"menu", false, INPUT_MENU},
    {"show-keys", false, INPUT_HELP},        {"show-recorded", false, INPUT_PRIVACY_PAGE},
    {"show-stats", false, INPUT_STATS},
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

bool key_names_command(const char *words, enum input_action *action, int *value)
{
    g_auto(GStrv) parts = g_strsplit_set(words, " \t", -1);
    g_autoptr(GString) plain = g_string_new(NULL);
    for (int i = 0; parts[i]; i++)
        if (*parts[i])
            g_string_append_printf(plain, "%s%s", plain->len ? " " : "", parts[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const size_t n = strlen(commands[i].words);
        *action = commands[i].action;
        *value = 0;
        if (!commands[i].number && g_str_equal(plain->str, commands[i].words))
            return true;
        if (commands[i].number && strncmp(plain->str, commands[i].words, n) == 0 && plain->str[n] == ' ')
            return parse_number(plain->str + n + 1, value);
    }
    return false;
}
