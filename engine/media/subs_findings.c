#include "media/subs_findings.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "base/units.h"

void subs_findings_add(struct subs_findings *f, enum subs_fault fault, int64_t at_us)
{
    if (f->count[fault] == 0 || at_us < f->first_us[fault])
        f->first_us[fault] = at_us;
    f->count[fault]++;
}

/* "3 lines, the first at 0:01:05," */
static char *lines(const struct subs_findings *f, enum subs_fault fault)
{
    const int64_t s = MAX(f->first_us[fault], 0) / US_PER_SECOND;
    const int h = (int)(s / 3600), m = (int)(s / 60 % 60), n = (int)(s % 60);
    if (f->count[fault] == 1)
        return g_strdup_printf("a line at %d:%02d:%02d", h, m, n);
    return g_strdup_printf("%d lines, the first at %d:%02d:%02d,", (int)f->count[fault], h, m, n);
}

char *subs_findings_words(const struct subs_findings *f, enum subs_fault fault)
{
    assert(f->count[fault] > 0);
    g_autofree char *what = lines(f, fault);
    switch (fault) {
    case SUBS_ENCODING_UNKNOWN:
        return g_strdup("its letters fit no encoding that is known");
    case SUBS_ENCODING_GUESSED:
        return strcmp(f->encoding, "UTF-8") == 0
                   ? g_strdup("some of its letters are not valid UTF-8 and are shown as \xef\xbf\xbd")
                   : g_strdup_printf("it is not in UTF-8; it is read as %s, which is a guess", f->encoding);
    case SUBS_BROKEN_TEXT:
        return g_strdup_printf("%s can't be shown, because the text is not UTF-8", what);
    case SUBS_BROKEN_TIMES:
        return g_strdup_printf("%s can't be shown: times that can't be read", what);
    case SUBS_BACKWARDS:
        return g_strdup_printf("%s can't be shown: the end does not come after the beginning", what);
    case SUBS_TOO_MANY:
        return g_strdup_printf("only its first %d lines or %d MB are shown", SUBS_EVENTS_MAX,
                               SUBS_FILE_BYTES_MAX >> 20);
    case SUBS_TOO_LONG:
        return g_strdup_printf("%s can't be shown: more than %d KB of text", what, SUBS_EVENT_BYTES_MAX >> 10);
    case SUBS_TOO_COSTLY:
        return g_strdup_printf("%s can't be shown: letters or shapes that are too large, or too much at once", what);
    case SUBS_TOO_SLOW:
        return g_strdup_printf("%s can't be shown: drawing takes too long", what);
    case SUBS_TOO_MANY_FONTS:
        return g_strdup_printf("some of its fonts are not used: more than %d of them, or %d MB together",
                               SUBS_FONTS_MAX, SUBS_FONT_BYTES_MAX >> 20);
    case SUBS_TOO_MANY_NAMES:
        return g_strdup_printf("%s can't be shown: more than %d fonts and weights of fonts are asked for", what,
                               SUBS_FONT_NAMES_MAX);
    case SUBS_TOO_MANY_STYLES:
        return g_strdup_printf("only its first %d styles are used", SUBS_STYLES_MAX);
    case SUBS_FAULTS:
        break;
    }
    assert(fault != SUBS_FAULTS);
    return NULL;
}

const char *subs_findings_advice(enum subs_fault fault)
{
    static const char *const advice[SUBS_FAULTS] = {
        [SUBS_ENCODING_UNKNOWN] = "save it as UTF-8 in a text editor",
        [SUBS_ENCODING_GUESSED] = "save it as UTF-8 in a text editor",
        [SUBS_BROKEN_TEXT] = "write the text track anew from a file that is UTF-8",
        [SUBS_BROKEN_TIMES] = "write times as in 00:00:01,500 (SRT), 00:00:01.500 (WebVTT) or 0:00:01.50 (ASS)",
        [SUBS_BACKWARDS] = "correct its times",
        [SUBS_TOO_MANY] = "leave out lines, or split the file",
        [SUBS_TOO_LONG] = "split the line, or draw the shape with fewer points",
        [SUBS_TOO_COSTLY] = "use smaller letters, less blur, narrower borders, or fewer lines at once",
        [SUBS_TOO_SLOW] = "use smaller letters, less blur, narrower borders, or fewer lines at once",
        [SUBS_TOO_MANY_FONTS] = "attach only the fonts that the text uses",
        [SUBS_TOO_MANY_NAMES] = "use fewer fonts",
        [SUBS_TOO_MANY_STYLES] = "leave out the styles that no line uses",
    };
    assert(fault >= 0 && fault < SUBS_FAULTS);
    return advice[fault];
}
