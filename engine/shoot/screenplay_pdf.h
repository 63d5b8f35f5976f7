/*
 * screenplay_pdf: a screenplay as PDF, laid out as the trade does: Courier in 12 points on US Letter, six lines to the inch, the
 * margins of each kind of line, scene numbers on both sides, (MORE) and (CONT'D) where a page ends within a speech.
 *
 * One thread.
 */
#pragma once

#include "shoot/screenplay.h"

/* The file; free it with g_byte_array_unref(). NULL with *error. */
GByteArray *screenplay_pdf(const struct screenplay *p, GError **error);
