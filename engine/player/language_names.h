/* language_names: what speakers of a language call it, for lists from which viewers choose, and how they write a decimal
 * number. Static; any thread. */
#pragma once

#include <stdbool.h>

/* Of a BCP 47 tag, or what a file calls a language ("ger"); that itself where the name is not known. */
const char *language_name(const char *tag);

/* Are both the same language, whatever the region and script? */
bool language_is_same(const char *a, const char *b);

/* What stands between the whole number and its decimals: a comma or a point. `tag`: BCP 47. */
char language_decimal_sign(const char *tag);
