#include "story/target_text.h"

#include <glib.h>
#include <string.h>

const char *target_text_decision(const char *text, size_t *len, bool *again)
{
    *again = g_str_has_prefix(text, "again");
    if (!*again && !g_str_has_prefix(text, "back"))
        return NULL;
    const char *begin = text + strlen(*again ? "again" : "back");
    while (*begin == ' ')
        begin++;
    const char *end = begin + strlen(begin);
    if (end - begin < 2 || *begin++ != '(' || *--end != ')')
        return NULL;
    while (begin < end && g_ascii_isspace(*begin))
        begin++;
    while (end > begin && g_ascii_isspace(end[-1]))
        end--;
    *len = (size_t)(end - begin);
    return begin;
}
