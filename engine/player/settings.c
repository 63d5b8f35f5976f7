#include "player/settings.h"
#include "player/extra_time.h"
#include "base/console.h"
#include "base/ini.h"
#include "base/paths.h"

#include <assert.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#define SETTINGS_BYTES_MAX (1024 * 1024)

static const char *const record_names[] = {
    [SETTINGS_ASK] = "ask", [SETTINGS_YES] = "yes", [SETTINGS_NO] = "no", [SETTINGS_COUNT] = "count"};

static_assert(G_N_ELEMENTS(record_names) == SETTINGS_COUNT + 1, "every answer has a name");

static const char *const place_names[] = {[SUBS_BOTTOM] = "bottom", [SUBS_HIGHER] = "higher", [SUBS_TOP] = "top"};
static const char *const background_names[] = {
    [SUBS_OUTLINE] = "outline", [SUBS_BOX] = "box", [SUBS_NO_BACKGROUND] = "none"};

static const char *const purpose_names[] = {
    [STREAM_FILM] = "film", [STREAM_DESCRIBED] = "described", [STREAM_ASIDE] = "aside"};

static bool settings_check(const struct settings *s)
{
    assert(s->volume >= 0.0 && s->volume <= 1.0);
    assert(s->viewer && s->language);
    assert(s->record <= SETTINGS_COUNT && s->time_factor >= 0);
    assert(s->text_size >= SETTINGS_TEXT_MIN && s->text_size <= SETTINGS_TEXT_MAX);
    assert(s->subtitle_size == 0 || (s->subtitle_size >= SETTINGS_TEXT_MIN && s->subtitle_size <= SETTINGS_TEXT_MAX));
    assert(s->signer >= 0 && s->signer <= SETTINGS_SIGNER_MAX);
    assert(s->subtitle_place <= SUBS_TOP && s->subtitle_background <= SUBS_NO_BACKGROUND);
    return true;
}

static bool get_bool(GKeyFile *file, const char *group, const char *key, bool otherwise)
{
    g_autoptr(GError) error = NULL;
    const gboolean value = g_key_file_get_boolean(file, group, key, &error);
    return error ? otherwise : value;
}

static char *get_string(GKeyFile *file, const char *group, const char *key, const char *otherwise)
{
    char *value = ini_text(file, group, key);
    return value ? value : g_strdup(otherwise);
}

/* A number that is none ("nan") counts as missing. */
static double get_volume(GKeyFile *file)
{
    g_autoptr(GError) error = NULL;
    const double volume = g_key_file_get_double(file, "play", "volume", &error);
    return error || isnan(volume) ? 1.0 : CLAMP(volume, 0.0, 1.0);
}

/* A missing number, or one that is none, is `otherwise`. */
static int32_t get_int(GKeyFile *file, const char *group, const char *key, int32_t otherwise)
{
    g_autoptr(GError) error = NULL;
    const int value = g_key_file_get_integer(file, group, key, &error);
    return error ? otherwise : value;
}

/* The place of the value among the names; 0: it is none of them. */
static int get_name(GKeyFile *file, const char *group, const char *key, const char *const *names, int n)
{
    g_autofree char *value = get_string(file, group, key, names[0]);
    int at = n - 1;
    while (at > 0 && !g_str_equal(value, names[at]))
        at--;
    return at;
}

/* NULL: nothing is written there. */
static const char *get_interned(GKeyFile *file, const char *group, const char *key)
{
    g_autofree char *value = get_string(file, group, key, "");
    return value[0] ? g_intern_string(value) : NULL;
}

static void set_or_empty(GKeyFile *file, const char *group, const char *key, const char *value)
{
    g_key_file_set_string(file, group, key, value ? value : "");
}

static struct stream_wish get_wish(GKeyFile *file, const char *group)
{
    return (struct stream_wish){
        .language = get_interned(file, group, "language"),
        .purpose = (enum stream_purpose)get_name(file, group, "kind", purpose_names, G_N_ELEMENTS(purpose_names)),
        .title = get_interned(file, group, "title")};
}

static void set_wish(GKeyFile *file, const char *group, const struct stream_wish *wish)
{
    set_or_empty(file, group, "language", wish->language);
    g_key_file_set_string(file, group, "kind", purpose_names[wish->purpose]);
    set_or_empty(file, group, "title", wish->title);
}

/* Until there were more kinds of sound, descriptions were a switch. */
static void load_sound(struct settings *s)
{
    s->sound = get_wish(s->file, "sound");
    if (get_bool(s->file, "play", "descriptions", false))
        s->sound.purpose = STREAM_DESCRIBED;
}

static void save_sound(const struct settings *s)
{
    set_wish(s->file, "sound", &s->sound);
    /* Not removed: of a key that stands twice, the other one would count then. */
    if (g_key_file_has_key(s->file, "play", "descriptions", NULL))
        g_key_file_set_boolean(s->file, "play", "descriptions", false);
}

static void load_subtitles(struct settings *s)
{
    const int size = get_int(s->file, "subtitles", "size", 0);
    s->subtitle_size = size == 0 ? 0 : CLAMP(size, SETTINGS_TEXT_MIN, SETTINGS_TEXT_MAX);
    s->subtitle_place =
        (enum subs_place)get_name(s->file, "subtitles", "place", place_names, G_N_ELEMENTS(place_names));
    s->subtitle_background = (enum subs_background)get_name(s->file, "subtitles", "background", background_names,
                                                            G_N_ELEMENTS(background_names));
    s->subtitle_face = get_interned(s->file, "subtitles", "face");
    s->text = get_wish(s->file, "subtitles");
    s->subtitle_over = get_bool(s->file, "subtitles", "always", false);
}

static void save_subtitles(const struct settings *s)
{
    g_key_file_set_integer(s->file, "subtitles", "size", s->subtitle_size);
    g_key_file_set_string(s->file, "subtitles", "place", place_names[s->subtitle_place]);
    g_key_file_set_string(s->file, "subtitles", "background", background_names[s->subtitle_background]);
    set_or_empty(s->file, "subtitles", "face", s->subtitle_face);
    set_wish(s->file, "subtitles", &s->text);
    g_key_file_set_boolean(s->file, "subtitles", "always", s->subtitle_over);
}

/* What a file does not say is as usual. */
static struct settings *take_file(GKeyFile *file)
{
    struct settings *s = g_new0(struct settings, 1);
    s->file = file;
    g_autofree char *record = get_string(s->file, "telemetry", "record", "ask");
    for (size_t i = 0; i < G_N_ELEMENTS(record_names); i++)
        if (g_str_equal(record, record_names[i]))
            s->record = (enum settings_record)i;
    s->viewer = ini_text(s->file, "telemetry", "viewer");
    if (!s->viewer)
        s->viewer = g_uuid_string_random();

    s->volume = get_volume(s->file);
    s->mute = get_bool(s->file, "play", "mute", false);
    s->language = get_string(s->file, "play", "language", "");
    s->subtitles = get_bool(s->file, "play", "subtitles", true);
    g_autofree char *time_factor = get_string(s->file, "play", "time", "");
    if (!extra_time_parse(time_factor, &s->time_factor))
        s->time_factor = 1;
    s->mono = get_bool(s->file, "play", "mono", false);
    s->read_aloud = get_bool(s->file, "play", "read-aloud", false);
    s->wait_unseen = get_bool(s->file, "play", "wait-unseen", true);
    s->reduced_motion = get_bool(s->file, "play", "reduced-motion", false);
    s->high_contrast = get_bool(s->file, "play", "high-contrast", false);
    s->text_size = CLAMP(get_int(s->file, "play", "text-size", 100), SETTINGS_TEXT_MIN, SETTINGS_TEXT_MAX);
    s->face = get_interned(s->file, "play", "face");
    load_subtitles(s);
    load_sound(s);
    s->signer = CLAMP(get_int(s->file, "play", "signer", 0), 0, SETTINGS_SIGNER_MAX);
    s->window = (struct settings_window){.x = get_int(s->file, "window", "x", 0),
                                         .y = get_int(s->file, "window", "y", 0),
                                         .width = CLAMP(get_int(s->file, "window", "width", 0), 0, G_MAXINT16),
                                         .height = CLAMP(get_int(s->file, "window", "height", 0), 0, G_MAXINT16)};
    assert(settings_check(s));
    return s;
}

struct settings *settings_load(void)
{
    g_autofree char *path = paths_settings();
    g_autoptr(GError) unread = NULL;
    struct settings *s = take_file(ini_read(path, SETTINGS_BYTES_MAX, G_KEY_FILE_KEEP_COMMENTS, &unread));
    const bool damaged = unread && unread->domain == G_KEY_FILE_ERROR; /* and the rest of it is there */
    if (unread)
        console_say(damaged ? "the settings: %s" : "the settings can't be read: %s", unread->message);
    if (unread && !damaged &&
        !g_error_matches(unread, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)) /* then there is no file, either */
        s->unread = g_strdup(unread->message);
    return s;
}

struct settings *settings_usual(void)
{
    return take_file(g_key_file_new());
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    g_key_file_unref(s->file);
    g_free(s->unread);
    g_free(s->viewer);
    g_free(s->language);
    g_free(s);
}

const char *settings_language(const struct settings *s, const struct story *story)
{
    const char *const *desktop = g_get_language_names();
    if (s->language[0] != '\0')
        return g_intern_string(s->language);
    for (int i = 0; story && desktop[i]; i++)
        for (int32_t l = 0; l < story->n_languages; l++)
            if (g_ascii_strncasecmp(desktop[i], story->languages[l], strcspn(story->languages[l], "-_")) == 0)
                return g_intern_string(story->languages[l]);
    return g_intern_string(story ? story->languages[0] : desktop[0]);
}

bool settings_save(struct settings *s, GError **error)
{
    assert(settings_check(s));
    g_autofree char *path = paths_settings();
    if (s->unread) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "%s; so it stays as it is. Make it readable, or remove it", s->unread);
        return false;
    }
    g_key_file_set_string(s->file, "telemetry", "record", record_names[s->record]);
    g_key_file_set_string(s->file, "telemetry", "viewer", s->viewer);
    g_key_file_set_double(s->file, "play", "volume", s->volume);
    g_key_file_set_boolean(s->file, "play", "mute", s->mute);
    g_key_file_set_string(s->file, "play", "language", s->language);
    g_key_file_set_boolean(s->file, "play", "subtitles", s->subtitles);
    g_key_file_set_string(s->file, "play", "time", extra_time_name(s->time_factor));
    g_key_file_set_boolean(s->file, "play", "mono", s->mono);
    g_key_file_set_boolean(s->file, "play", "read-aloud", s->read_aloud);
    g_key_file_set_boolean(s->file, "play", "wait-unseen", s->wait_unseen);
    g_key_file_set_boolean(s->file, "play", "reduced-motion", s->reduced_motion);
    g_key_file_set_boolean(s->file, "play", "high-contrast", s->high_contrast);
    g_key_file_set_integer(s->file, "play", "text-size", s->text_size);
    set_or_empty(s->file, "play", "face", s->face);
    save_subtitles(s);
    save_sound(s);
    g_key_file_set_integer(s->file, "play", "signer", s->signer);
    if (s->window.width > 0) {
        g_key_file_set_integer(s->file, "window", "x", s->window.x);
        g_key_file_set_integer(s->file, "window", "y", s->window.y);
        g_key_file_set_integer(s->file, "window", "width", s->window.width);
        g_key_file_set_integer(s->file, "window", "height", s->window.height);
    }
    return ini_write(path, SETTINGS_BYTES_MAX, s->file, false, error);
}
