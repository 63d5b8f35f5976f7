#include "base/ini.h"

#include <stdbool.h>
#include <string.h>

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
