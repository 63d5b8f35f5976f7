#include "player/language_names.h"

#include "media/language.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *tag, *name;
} languages[] = {{"en", "English"},
                 {"de", "Deutsch"},
                 {"fr", "Fran\u00e7ais"},
                 {"es", "Espa\u00f1ol"},
                 {"it", "Italiano"},
                 {"nl", "Nederlands"},
                 {"pt", "Portugu\u00eas"},
                 {"pl", "Polski"},
                 {"cs", "\u010ce\u0161tina"},
                 {"sv", "Svenska"},
                 {"da", "Dansk"},
                 {"nb", "Norsk"},
                 {"fi", "Suomi"},
                 {"hu", "Magyar"},
                 {"tr", "T\u00fcrk\u00e7e"},
                 {"ru", "\u0420\u0443\u0441\u0441\u043a\u0438\u0439"},
                 {"ja", "\u65e5\u672c\u8a9e"},
                 {"zh", "\u4e2d\u6587"},
                 {"ko", "\ud55c\uad6d\uc5b4"},
                 {"ar", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629"}};

bool language_is_same(const char *a, const char *b)
{
    return g_ascii_strcasecmp(a, b) == 0 || language_match(a, b) != LANGUAGE_OTHER;
}

const char *language_name(const char *tag)
{
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++)
        if (language_is_same(languages[i].tag, tag))
            return languages[i].name;
    return tag;
}

/* Where CLDR has a comma, and the regions that write a point all the same. */
static const char comma_languages[] =
    " af az be bg bs ca cs da de el es et eu fi fo fr gl hr hu hy id is it ka kk ky lt lv mk nb nl nn no"
    " pl pt ro ru sk sl sq sr sv tr uk uz vi ";
static const char point_tags[] =
    " de-ch de-li it-ch es-419 es-cu es-do es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-sv es-us ";

static bool has_word(const char *words, const char *word, size_t len)
{
    g_autofree char *lower = g_ascii_strdown(word, (gssize)len),
                    *spaced = g_strdup_printf(" %s ", g_strdelimit(lower, "_", '-'));
    return strstr(words, spaced) != NULL;
}

char language_decimal_sign(const char *tag)
{
    return has_word(comma_languages, tag, strcspn(tag, "-_")) && !has_word(point_tags, tag, strlen(tag)) ? ',' : '.';
}
