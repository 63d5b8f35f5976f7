/* golden: texts that tests compare with files, or write (make golden). */
#pragma once

#include "tap.h"

#include <glib.h>

static inline void is_golden(const char *text, const char *file)
{
    g_autofree char *wanted = NULL;
    if (g_getenv("FRUMIOUS_GOLDEN"))
        g_file_set_contents(file, text, -1, NULL);
    g_file_get_contents(file, &wanted, NULL, NULL);
    is_str(text, wanted ? wanted : "(no file)", file);
}
