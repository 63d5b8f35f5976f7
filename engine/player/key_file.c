#include "player/key_file.h"

#include "base/brief.h"
#include "base/files.h"
#include "base/paths.h"
#include "present/key_names.h"

#include <string.h>

#define FILE_BYTES_MAX (256 * 1024)
#define PROBLEMS_MAX   20 /* more are counted */

/* What is wrong with the line, to be freed; NULL: nothing. */
static char *bind_line(struct input *in, char *line)
{
    enum input_action action;
    int value;
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return NULL;
    char *command = line + strcspn(line, " \t");
    if (*command)
        *command++ = '\0';
    char *comment = strstr(command, " #");
    if (comment)
        *comment = '\0';
    g_strstrip(command);
    g_autofree char *shown = brief(line, BRIEF_CHARS);
    if (*command == '\0')
        return g_strdup_printf("the key '%s' has no command: write it behind the key, as in `%s quit`", shown, shown);
    if (!key_names_command(command, &action, &value)) {
        g_autofree char *why = key_names_problem(command);
        return g_strdup_printf("the key '%s': %s", shown, why);
    }
    g_autofree char *key = key_names_key(line);
    return input_bind(in, key, action, value) ? NULL : g_strdup_printf("there is no key '%s'", shown);
}

GPtrArray *key_file_bind(struct input *in)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = paths_keys();
    size_t len = 0;
    g_autofree char *text = files_read(path, FILE_BYTES_MAX, &len, &error);
    if (error && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_ptr_array_add(problems, g_strdup_printf("the keys can't be read: %s", error->message));
    const bool zeros = text && memchr(text, '\0', len);
    if (zeros) /* UTF-16, or no text at all */
        g_ptr_array_add(problems, g_strdup_printf("%s is no text in UTF-8; save it as one", path));
    g_auto(GStrv) lines = g_strsplit(text && !zeros ? text : "", "\n", -1);
    int left_out = 0;
    for (int i = 0; lines[i]; i++) {
        g_autofree char *valid = g_utf8_make_valid(lines[i], -1);
        g_autofree char *problem = bind_line(in, valid);
        if (problem && problems->len < PROBLEMS_MAX)
            g_ptr_array_add(problems, g_strdup_printf("%s, line %d: %s", path, i + 1, problem));
        else
            left_out += problem != NULL;
    }
    if (left_out > 0)
        g_ptr_array_add(problems, left_out == 1 ? g_strdup_printf("%s: one more line is wrong", path)
                                                : g_strdup_printf("%s: %d more lines are wrong", path, left_out));
    return problems;
}
