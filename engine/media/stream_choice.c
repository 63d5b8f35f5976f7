#include "media/stream_choice.h"

#include <assert.h>
#include <glib.h>

#include "media/language.h"

/* Reasons to take a stream, the weightiest first; each fits into RANK_BITS. */
enum { RANK_REASONS = 8, RANK_BITS = 4 };

/* So many reasons say whether a sound fits; those behind choose between the ones that do. */
enum { SOUND_FITS = 5 };

struct rank {
    int reason[RANK_REASONS];
};

static int64_t weigh(const struct rank *r, int reasons)
{
    int64_t weight = 0;
    for (int i = 0; i < reasons; i++) {
        assert(r->reason[i] >= 0 && r->reason[i] < 1 << RANK_BITS);
        weight = weight << RANK_BITS | r->reason[i];
    }
    return weight;
}

static bool names(const char *language)
{
    return language && language[0] != '\0';
}

static int match(const struct stream_facts *s, const char *language)
{
    return names(s->language) && names(language) ? (int)language_match(s->language, language) : 0;
}

bool stream_wish_equal(const struct stream_wish *a, const struct stream_wish *b)
{
    return g_strcmp0(a->language, b->language) == 0 && a->purpose == b->purpose && g_strcmp0(a->title, b->title) == 0;
}

/* Is it the commentary, or the part, that was asked for by its title? */
static bool is_wanted_aside(const struct stream_facts *s, const struct stream_wish *wish)
{
    return s->purpose == STREAM_ASIDE && wish->purpose == STREAM_ASIDE &&
           g_strcmp0(s->title, wish->title ? wish->title : "") == 0;
}

/* --- picture ----------------------------------------------------------------------------------------------------- */

int stream_choice_picture(const struct stream_facts *s, int n)
{
    int best = -1;
    int64_t most = -1;
    for (int i = 0; i < n; i++) {
        const struct rank r = {{s[i].decodable, !s[i].part, s[i].preferred}};
        const int64_t weight = weigh(&r, RANK_REASONS);
        if (s[i].kind != STREAM_PICTURE || weight <= most)
            continue;
        most = weight;
        best = i;
    }
    return best;
}

/* --- sound ------------------------------------------------------------------------------------------------------- */

static bool share_program(const struct stream_facts *a, const struct stream_facts *b)
{
    return !a->programs || !b->programs || (a->programs & b->programs);
}

static struct rank rank_sound(const struct stream_facts *s, const struct stream_facts *picture,
                              const struct stream_wish *wish)
{
    const bool described = s->purpose == STREAM_DESCRIBED;
    const int language = match(s, wish->language);
    const bool wants = wish->purpose == STREAM_DESCRIBED;
    return (struct rank){{s->decodable, !picture || share_program(s, picture),
                          is_wanted_aside(s, wish) ? 2 : s->purpose != STREAM_ASIDE, wants ? language : !described,
                          wants ? described : language, s->preferred,
                          s->dub        ? 0
                          : s->original ? 2
                                        : 1}};
}

/* The greatest weight of a sound by the first `reasons`, in *best the first stream that has it (-1: none), and how many
 * have it. */
static int best_sounds(const struct stream_facts *s, int n, const struct stream_wish *wish, int reasons, int *best)
{
    const int film = stream_choice_picture(s, n);
    int64_t most = -1;
    int count = 0;
    *best = -1;
    for (int i = 0; i < n; i++) {
        const struct rank r = rank_sound(&s[i], film >= 0 ? &s[film] : NULL, wish);
        const int64_t weight = weigh(&r, reasons);
        if (s[i].kind != STREAM_SOUND || weight < most)
            continue;
        count = weight > most ? 1 : count + 1;
        *best = weight > most ? i : *best;
        most = weight;
    }
    return count;
}

int stream_choice_sound(const struct stream_facts *s, int n, const struct stream_wish *wish)
{
    int best;
    best_sounds(s, n, wish, RANK_REASONS, &best);
    return best;
}

int stream_choice_rivals(const struct stream_facts *s, int n, const struct stream_wish *wish)
{
    int first;
    return best_sounds(s, n, wish, SOUND_FITS, &first);
}

/* --- text -------------------------------------------------------------------------------------------------------- */

static bool can_be_read(const struct stream_facts *s, const struct stream_wish *wish, const char *heard)
{
    return !names(s->language) || !names(wish->language) || match(s, wish->language) || (s->forced && match(s, heard));
}

static struct rank rank_text(const struct stream_facts *s, const struct stream_wish *wish, const char *heard, bool full)
{
    static const int purposes[] = {[STREAM_FILM] = 2, [STREAM_DESCRIBED] = 1, [STREAM_ASIDE] = 0};
    const int own = match(s, wish->language);
    const int language = own ? own + 2 : match(s, heard) ? 2 : !names(s->language);
    const bool wanted =
        is_wanted_aside(s, wish) || (s->purpose == STREAM_DESCRIBED && wish->purpose == STREAM_DESCRIBED);
    return (struct rank){{s->decodable, can_be_read(s, wish, heard), language, s->forced != full,
                          wanted ? 3 : purposes[s->purpose], s->preferred}};
}

int stream_choice_text(const struct stream_facts *s, int n, const struct stream_wish *wish, const char *heard,
                       bool full)
{
    int best = -1;
    int64_t most = -1;
    for (int i = 0; i < n; i++) {
        const struct rank r = rank_text(&s[i], wish, heard, full);
        const int64_t weight = weigh(&r, RANK_REASONS);
        const bool shown =
            full ? can_be_read(&s[i], wish, heard) || n == 1 : s[i].forced && can_be_read(&s[i], wish, heard);
        if (s[i].kind != STREAM_TEXT || !shown || weight <= most)
            continue;
        most = weight;
        best = i;
    }
    return best;
}

int stream_choice_unshown(const struct stream_facts *s, int n, const struct stream_wish *wish, const char *heard,
                          bool full)
{
    struct stream_facts drawn[STREAMS_MAX];
    const int shown = stream_choice_text(s, n, wish, heard, full);
    assert(n >= 0 && n <= STREAMS_MAX);
    if (shown >= 0)
        return s[shown].decodable ? -1 : shown;
    for (int i = 0; i < n; i++) {
        drawn[i] = s[i];
        if (drawn[i].kind == STREAM_DRAWN_TEXT)
            drawn[i].kind = STREAM_TEXT;
    }
    return stream_choice_text(drawn, n, wish, heard, full);
}

const char *stream_choice_why_unshown(const struct stream_facts *s)
{
    return s->kind == STREAM_DRAWN_TEXT ? "holds its subtitles as pictures, which can't be shown"
                                        : "holds its subtitles in a format that nothing here can read";
}

const char *stream_choice_heard(const struct stream_facts *s, int n, const struct stream_wish *wish)
{
    const int sound = stream_choice_sound(s, n, wish);
    return sound >= 0 ? s[sound].language : NULL;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

char *stream_choice_describe(const struct stream_facts *s)
{
    static const char *const purposes[] = {
        [STREAM_FILM] = "", [STREAM_DESCRIBED] = ", with descriptions", [STREAM_ASIDE] = ", a commentary or a part"};
    return g_strdup_printf("%s%s%s%s%s%s%s", names(s->language) ? s->language : "no language",
                           s->preferred ? ", default" : "", s->forced ? ", forced" : "", purposes[s->purpose],
                           s->title[0] ? ", \"" : "", s->title, s->title[0] ? "\"" : "");
}
