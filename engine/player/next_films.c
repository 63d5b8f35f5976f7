#include "player/next_films.h"

#include "base/words.h"
#include "player/found_endings.h"
#include "player/opened_films.h"
#include "story/load.h"

#include <string.h>

/* ---- leanings ---------------------------------------------------------------------------------------------------- */

static int32_t score_of(const struct story *s, const struct story_option *o, int32_t trait)
{
    for (int32_t i = o->traits.first; i < o->traits.first + o->traits.n; i++)
        if (s->option_traits[i].trait == trait)
            return s->option_traits[i].score;
    return 0;
}

/* Adds how much of the trait the answer took, and how much could be had. */
static void add_answer(const struct story *s, int32_t trait, int32_t decision, int32_t option, int64_t *took,
                       int64_t *had)
{
    const struct story_option *options = &s->options[s->decisions[decision].options.first];
    int32_t least = score_of(s, &options[0], trait), most = least;
    for (int32_t i = 1; i < s->decisions[decision].options.n; i++) {
        const int32_t score = score_of(s, &options[i], trait);
        least = MIN(least, score);
        most = MAX(most, score);
    }
    *took += score_of(s, &options[option], trait) - least;
    *had += most - least;
}

int32_t next_films_trait(const struct story *s, const struct viewing_facts *facts)
{
    const GArray *path = viewing_facts_path(facts);
    int32_t best = -1;
    int64_t best_took = 0, best_had = 1;
    for (int32_t t = 0; t < s->n_traits; t++) {
        int64_t took = 0, had = 0;
        for (guint i = 0; i < path->len; i++) {
            const int32_t decision = g_array_index(path, int32_t, i);
            bool picked;
            const int32_t option = viewing_facts_option(facts, decision, &picked);
            if (picked && option >= 0)
                add_answer(s, t, decision, option, &took, &had);
        }
        if (2 * took > had && took * best_had > best_took * had) {
            best = t;
            best_took = took;
            best_had = had;
        }
    }
    return best;
}

/* ---- films ------------------------------------------------------------------------------------------------------- */

/* A film that may be named; the lower the rank, the sooner. */
struct candidate {
    struct next_film film;
    int rank;
};

static void free_film(void *film)
{
    struct next_film *f = film;
    g_free(f->path);
    g_free(f->title);
    g_free(f->why);
    g_free(f);
}

static bool has_trait(const struct story *s, const char *name)
{
    for (int32_t i = 0; i < s->n_option_traits; i++)
        if (s->option_traits[i].score > 0 && strcmp(s->traits[s->option_traits[i].trait], name) == 0)
            return true;
    return false;
}

/* Why it is named, to be freed; NULL: all of it was found. */
static char *reason(const struct story *s, const char *trait, const char *language, int *rank)
{
    g_autofree bool *found = found_endings_load(s);
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_endings; i++)
        n += found[i];
    *rank = n == 0 ? 1 : 2;
    if (trait && n < s->n_endings && has_trait(s, trait)) {
        *rank = 0;
        return g_strdup_printf(
            words_in(language, "Because of your answers here: most were “%s”, and that film has such, too."), trait);
    }
    if (n == 0)
        return g_strdup(words_in(language, "Because you have found no ending of it yet."));
    if (n < s->n_endings)
        return g_strdup_printf(words_in(language, "Because you have found %d of its %d endings."), (int)n,
                               (int)s->n_endings);
    return NULL;
}

static int by_rank(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void add_film(GArray *candidates, GHashTable *known, const char *path, const struct story *here,
                     const char *trait, const char *language)
{
    struct diags *diags = diags_new();
    struct story *s = story_load(path, diags);
    struct candidate c = {0};
    /* One that lies in two places is one film. */
    const bool another = s && strcmp(s->id, here->id) != 0 && g_hash_table_add(known, g_strdup(s->id));
    if (another && (c.film.why = reason(s, trait, language, &c.rank))) {
        const char *title = story_text(s, s->title, language);
        c.film.path = g_strdup(path);
        c.film.title = g_strdup(title && *title ? title : s->id);
        g_array_append_val(candidates, c);
    }
    story_free(s);
    diags_free(diags);
}

GPtrArray *next_films_find(const struct story *s, const struct viewing_facts *facts, const char *language)
{
    const int32_t leaning = next_films_trait(s, facts);
    GPtrArray *films = g_ptr_array_new_with_free_func(free_film);
    g_autoptr(GArray) candidates = g_array_new(FALSE, FALSE, sizeof(struct candidate));
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) paths = opened_films_paths();
    for (int i = 0; paths[i]; i++)
        add_film(candidates, known, paths[i], s, leaning >= 0 ? s->traits[leaning] : NULL, language);
    g_array_sort(candidates, by_rank); /* it keeps the order of equals, so the latest opened come first */
    for (guint i = 0; i < candidates->len; i++)
        g_ptr_array_add(films,
                        g_memdup2(&g_array_index(candidates, struct candidate, i).film, sizeof(struct next_film)));
    if (films->len > NEXT_FILMS_MAX)
        g_ptr_array_set_size(films, NEXT_FILMS_MAX);
    return films;
}
