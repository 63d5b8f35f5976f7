#include "base/ini.h"

#include "base/files.h"
#include "base/set_aside.h"

#include <string.h>

/* ---- the file ---------------------------------------------------------------------------------------------------- */

enum line { DAMAGED, COMMENT, SECTION, KEY };

/* What GLib takes the line for. */
static enum line judge_line(const char *line, size_t n)
{
    size_t blanks = 0;
    while (blanks < n && g_ascii_isspace(line[blanks]))
        blanks++;
    if (memchr(line, '\0', n))
        return DAMAGED;
    if (blanks == n || line[blanks] == '#')
        return COMMENT;
    const enum line kind = line[blanks] == '[' ? SECTION : KEY;
    g_autoptr(GKeyFile) scratch = g_key_file_new();
    g_autoptr(GString) text = g_string_new(kind == SECTION ? "" : "[a]\n");
    g_string_append_len(text, line, (gssize)n);
    return g_key_file_load_from_data(scratch, text->str, text->len, G_KEY_FILE_NONE, NULL) ? kind : DAMAGED;
}

/* The lines that can be understood. *first: the first one that can't be. */
static GString *take_sound(const char *text, size_t len, int *first)
{
    GString *sound = g_string_sized_new(len + 1);
    bool inside = false; /* a section whose name is known */
    int number = 1;
    *first = 0;
    for (const char *at = text, *end = text + len; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t n = (size_t)((stop ? stop : end) - at);
        const enum line kind = judge_line(at, n);
        if (kind == SECTION || (kind == DAMAGED && *at == '['))
            inside = kind == SECTION;
        if (kind == COMMENT || kind == SECTION || (kind == KEY && inside))
            g_string_append_printf(sound, "%.*s\n", (int)n, at);
        else if (*first == 0)
            *first = number;
        at = stop ? stop + 1 : end;
    }
    return sound;
}

static void take_rest(GKeyFile **file, const char *text, size_t len, GKeyFileFlags flags, int *line)
{
    g_autoptr(GString) sound = take_sound(text, len, line);
    g_key_file_unref(*file); /* GLib leaves what it had read until then */
    *file = g_key_file_new();
    g_key_file_load_from_data(*file, sound->str, sound->len, flags, NULL);
}

GKeyFile *ini_read(const char *path, size_t max, GKeyFileFlags flags, GError **error)
{
    GKeyFile *file = g_key_file_new();
    size_t len = 0;
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = files_read(path, max, &len, &failure);
    if (!text && !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_propagate_error(error, g_steal_pointer(&failure));
    if (!text || (!memchr(text, '\0', len) && g_key_file_load_from_data(file, text, len, flags, NULL)))
        return file;
    int line = 0;
    take_rest(&file, text, len, flags, &line);
    g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "%s, line %d: this can't be understood", path, line);
    return file;
}

bool ini_write(const char *path, size_t max, GKeyFile *file, bool durable, GError **error)
{
    gsize len;
    g_autoptr(GError) why = NULL;
    g_autofree char *text = g_key_file_to_data(file, &len, NULL);
    if (len > max) { /* it could not be read again */
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "%s would be larger than %zu MiB, so it stays as it was",
                    path, max / (1024 * 1024));
        return false;
    }
    if (!files_make_folder_of(path, error))
        return false;
    g_key_file_unref(ini_read(path, max, G_KEY_FILE_NONE, &why));
    return (!why || set_aside(path, why->message, error)) && files_replace(path, text, (gssize)len, durable, error);
}

/* ---- its values -------------------------------------------------------------------------------------------------- */

static bool ends_in_escape(GKeyFile *file, const char *group, const char *key)
{
    g_autofree char *raw = g_key_file_get_value(file, group, key, NULL);
    gsize n = raw ? strlen(raw) : 0, slashes = 0;
    while (slashes < n && raw[n - 1 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 1;
}

char *ini_text(GKeyFile *file, const char *group, const char *key)
{
    return ends_in_escape(file, group, key) ? NULL : g_key_file_get_string(file, group, key, NULL);
}

char **ini_list(GKeyFile *file, const char *group, const char *key)
{
    return ends_in_escape(file, group, key) ? NULL : g_key_file_get_string_list(file, group, key, NULL, NULL);
}
