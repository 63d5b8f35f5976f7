/* question: what a viewer is asked before anything leaves: what is sent, to whom, and how to take it back. Any thread. */
#pragma once

#include <glib.h>

/* The first of `languages`, as g_get_language_names() has them, in which it can be asked, as a tag: "de", "de-AT". NULL, English, where that
 * comes first or is all that is left. Caller frees. */
char *question_language(const char *const *languages);

/* All of it but the last line, which asks for the answer. `language`: NULL is English. `story`: as it is named on the command line. Control
 * characters are made safe. Caller frees. */
GString *question_text(const char *language, const char *title, const char *name, const char *address,
                       const char *story);
