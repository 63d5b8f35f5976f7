#include "player/look_back.h"

#include "player/next_films.h"
#include "player/unseen.h"
#include "player/viewing_facts.h"

/* Of each decision, what the viewer took themselves. */
static int32_t *taken_options(const struct story *s, const struct viewing_facts *facts)
{
    int32_t *taken = g_new(int32_t, (gsize)s->n_decisions + 1);
    bool picked;
    for (int32_t d = 0; d < s->n_decisions; d++) {
        const int32_t option = viewing_facts_option(facts, d, &picked);
        taken[d] = picked ? option : -1;
    }
    return taken;
}

void look_back_make(struct look_back *b, const struct look_back_options *o)
{
    const struct viewing_facts *facts = film_facts(o->film);
    g_autofree int32_t *taken = taken_options(o->story, facts);
    *b = (struct look_back){
        .turning = turning_point_find(o->story, o->transcript, taken),
        .past = o->reads ? past_choices_read(o->story, o->store) : NULL,
        .films = o->films ? next_films_find(o->story, facts, o->language) : g_ptr_array_new(),
        .unseen = unseen_in_viewing(o->story, film_state(o->film), o->map),
    };
    b->unseen_elsewhere = b->unseen < 0;
    if (b->unseen_elsewhere)
        b->unseen = unseen_on_map(o->story, o->map);
}

void look_back_clear(struct look_back *b)
{
    g_free(b->past);
    if (b->films)
        g_ptr_array_unref(b->films);
    *b = (struct look_back){.unseen = -1};
}
