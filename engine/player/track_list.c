#include "player/track_list.h"

#include "base/words.h"
#include "media/stream_choice.h"
#include "player/language_names.h"

#include <assert.h>
#include <string.h>

static bool same_language(const char *a, const char *b)
{
    return a && b ? language_is_same(a, b) : a == b;
}

static bool same_track(const struct stream_wish *a, const struct stream_wish *b)
{
    return same_language(a->language, b->language) && a->purpose == b->purpose && g_strcmp0(a->title, b->title) == 0;
}

static void add(struct track_list *l, const struct stream_wish *wish)
{
    for (int i = 0; i < l->n; i++)
        if (same_track(&l->all[i], wish))
            return;
    if (l->n < TRACK_LIST_MAX)
        l->all[l->n++] = *wish;
}

/* BCP 47: undetermined. So a viewer can ask for it, too. */
#define NAMELESS "und"

static const char *known(const char *language)
{
    return language[0] ? language : NAMELESS;
}

static bool is_nameless(const struct stream_wish *w)
{
    return g_strcmp0(w->language, NAMELESS) == 0;
}

static void add_storys(struct track_list *l, const struct story *s, struct story_span tracks)
{
    for (int32_t i = tracks.first; i < tracks.first + tracks.n; i++)
        add(l, &(struct stream_wish){.language = known(s->tracks[i].language)});
}

/* A voice for any language goes with each sound of the film. */
static void add_described(struct track_list *l, const struct story *s, struct story_span tracks)
{
    for (int32_t i = tracks.first; i < tracks.first + tracks.n; i++) {
        const char *language = s->tracks[i].language;
        for (int k = 0, n = l->n; k < n && !language[0]; k++)
            if (l->all[k].purpose == STREAM_FILM)
                add(l, &(struct stream_wish){.language = l->all[k].language, .purpose = STREAM_DESCRIBED});
        if (language[0])
            add(l, &(struct stream_wish){.language = language, .purpose = STREAM_DESCRIBED});
    }
}

/* Text that is shown to everybody is no choice. */
static bool is_choice(const struct stream_facts *s, enum stream_kind kind)
{
    return s->kind == kind && s->decodable && !s->forced;
}

static void add_streams(struct track_list *l, const struct stream_facts *all, int n, enum stream_kind kind)
{
    for (int i = 0; i < n; i++)
        if (is_choice(&all[i], kind))
            add(l, &(struct stream_wish){.language = known(all[i].language),
                                         .purpose = all[i].purpose,
                                         .title = all[i].purpose == STREAM_ASIDE ? all[i].title : NULL});
}

static void add_films(struct track_list *l, const struct film *f, enum stream_kind kind)
{
    int n;
    const struct stream_facts *all = film_streams(f, &n);
    add_streams(l, all, n, kind);
    all = film_track_streams(f, kind, &n);
    add_streams(l, all, n, kind);
}

/* Where some language is named, what is in none in particular is none to choose. */
static void drop_nameless(struct track_list *l)
{
    int named = 0;
    for (int i = 0; i < l->n; i++)
        named += !is_nameless(&l->all[i]);
    for (int i = l->n - 1; i >= 0 && named > 0; i--)
        if (is_nameless(&l->all[i]) && l->all[i].purpose == STREAM_FILM)
            memmove(&l->all[i], &l->all[i + 1], (size_t)(--l->n - i) * sizeof l->all[0]);
}

void track_list_make(struct track_list *l, const struct story *s, const struct film *f, enum stream_kind kind)
{
    *l = (struct track_list){0};
    for (int32_t i = 0; i < s->n_nodes; i++)
        add_storys(l, s, kind == STREAM_SOUND ? s->nodes[i].clip.sounds : s->nodes[i].clip.subtitles);
    add_films(l, f, kind);
    drop_nameless(l);
    if (l->n == 0 && kind == STREAM_SOUND) /* the film's own, until its file is open */
        add(l, &(struct stream_wish){.language = NAMELESS});
    for (int32_t i = 0; i < s->n_nodes && kind == STREAM_SOUND; i++)
        add_described(l, s, s->nodes[i].clip.described);
}

void track_list_wishes(struct track_list *l, const GPtrArray *languages, const struct stream_wish *now)
{
    *l = (struct track_list){0};
    for (guint i = 0; i <= languages->len; i++) {
        const char *language = i == 0 ? NULL : languages->pdata[i - 1];
        add(l, &(struct stream_wish){.language = language});
        add(l, &(struct stream_wish){.language = language, .purpose = STREAM_DESCRIBED});
    }
    add(l, now);
}

static int suits(const struct stream_wish *track, const struct stream_wish *wish)
{
    const bool language = same_language(track->language, wish->language);
    return language && same_track(track, wish) ? 3 : language && track->purpose == STREAM_FILM ? 2 : language;
}

int track_list_find(const struct track_list *l, const struct stream_wish *wish)
{
    int best = l->n > 0 ? 0 : -1;
    for (int i = 1; i < l->n; i++)
        if (suits(&l->all[i], wish) > suits(&l->all[best], wish))
            best = i;
    return best;
}

const char *track_list_words(const struct track_list *l, int at, enum stream_kind kind, const char *language)
{
    assert(at >= 0 && at < l->n);
    const struct stream_wish *t = &l->all[at];
    const char *name = !t->language     ? words_in(language, WORDS("as the texts"))
                       : is_nameless(t) ? words_in(language, WORDS("the film's"))
                                        : language_name(t->language);
    if (t->purpose == STREAM_FILM)
        return name;
    if (t->purpose == STREAM_ASIDE && t->title && t->title[0])
        return g_intern_string(t->title);
    const char *how = t->purpose == STREAM_ASIDE ? WORDS("%s, commentary")
                      : kind == STREAM_TEXT      ? WORDS("%s, with sounds")
                                                 : WORDS("%s, described");
    g_autofree char *words = g_strdup_printf(words_in(language, how), name);
    return g_intern_string(words);
}
