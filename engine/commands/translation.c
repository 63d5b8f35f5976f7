#include "commands/translation.h"

#include "commands/command.h"
#include "player/language_names.h"

#include <string.h>

bool translation_format(const char *named, const char *file, enum translation_format *format)
{
    static const char *const words[] = {[TRANSLATION_PO] = "po", [TRANSLATION_CSV] = "csv", NULL};
    const bool is_csv = file && g_str_has_suffix(file, ".csv");
    const int index = command_choice("--format", named, words, is_csv ? TRANSLATION_CSV : TRANSLATION_PO);
    if (index >= 0)
        *format = (enum translation_format)index;
    return index >= 0;
}

static void say_languages(const struct story *s, const char *named)
{
    g_autoptr(GString) others = g_string_new(NULL);
    for (int32_t i = 1; i < s->n_languages; i++)
        g_string_append_printf(others, "%s%s", i > 1 ? ", " : "", s->languages[i]);
    if (s->n_languages < 2)
        console_say(
            "the story has no second language: write `languages: [%s, …]` into it, with the one to translate into",
            s->n_languages ? s->languages[0] : "en");
    else if (!named)
        console_say("say by --language which: %s", others->str);
    else
        console_say("'%s' is no language that the story is translated into; these are: %s", named, others->str);
}

const char *translation_language(const struct story *s, const char *named)
{
    if (!named && s->n_languages == 2)
        return s->languages[1];
    for (int32_t i = 1; named && i < s->n_languages; i++)
        if (strcmp(s->languages[i], named) == 0)
            return s->languages[i];
    say_languages(s, named);
    return NULL;
}

bool translation_has_texts(const struct story *s, const char *language)
{
    bool has = false;
    for (int32_t i = 0; i < s->n_languages && !has; i++)
        has = language_is_same(s->languages[i], language);
    return has;
}

void translation_tell_shown(const struct story *s, const char *asked)
{
    const char *shown = asked ? story_language(s, asked) : NULL;
    if (!asked || translation_has_texts(s, asked))
        return;
    if (shown)
        console_say("the film has no texts in '%s'; they are shown in '%s'", asked, shown);
    else
        console_say("the film has no texts in '%s'; its story names no languages", asked);
}
