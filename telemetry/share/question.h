/* question: what a viewer is asked before anything leaves: what is sent, to whom, and how to take it back. Any thread. */
#pragma once

#include <glib.h>

/* The language of the question, as it is kept with the answer. */
#define QUESTION_LANGUAGE "en"

/* All of it but the last line, which asks for the answer. `story`: as it is named on the command line. Control characters are made safe. Caller
 * frees. */
GString *question_text(const char *title, const char *name, const char *address, const char *story);
