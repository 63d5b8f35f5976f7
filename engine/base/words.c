#include "base/words.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *english, *german;
} lines[] = {
#define LINE(english, german) {english, german},
#include "base/german.def"
#undef LINE
};

const char *words_in(const char *language, const char *english)
{
    if (!language || strcspn(language, "-_") != 2 || g_ascii_strncasecmp(language, "de", 2) != 0)
        return english;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        if (strcmp(lines[i].english, english) == 0)
            return lines[i].german;
    return english;
}
