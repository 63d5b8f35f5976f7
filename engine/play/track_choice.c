#include "play/track_choice.h"

#include "play/play.h"

#include <glib.h>
#include <string.h>

bool track_speaks(const struct story_track *t, const char *language)
{
    const size_t n = strcspn(t->language, "-_");
    return n > 0 && n == strcspn(language, "-_") && g_ascii_strncasecmp(t->language, language, n) == 0;
}

const struct story_track *track_choice(const struct story *s, const int32_t *state, struct story_span tracks,
                                       const char *language)
{
    const struct story_track *any = NULL, *other = NULL;
    for (int32_t i = 0; i < tracks.n; i++) {
        const struct story_track *t = &s->tracks[tracks.first + i];
        if (!play_eval(s, state, t->when))
            continue;
        if (language && track_speaks(t, language))
            return t;
        if (!any && t->language[0] == '\0')
            any = t;
        if (!other)
            other = t;
    }
    return any ? any : other;
}
