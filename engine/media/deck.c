#include "media/deck.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "media/media.h"

enum { GUESSED_BYTES = 16 << 20 }; /* what a warm clip takes, as long as there is none to look at */

struct deck_entry {
    char *key;
    struct clip_spec spec; /* owns its strings */
    int priority;
    struct clip *clip; /* NULL: it waits for its turn */
    bool kept;         /* used by deck_want() alone */
};

struct deck {
    struct media *media;
    int64_t budget;
    int parallel;
    GPtrArray *entries; /* struct deck_entry*, highest priority first */
    int64_t late;
};

/* --- cards ----------------------------------------------------------------------------------------------------- */

static void entry_free(void *data)
{
    struct deck_entry *c = data;
    clip_close(c->clip);
    g_free(c->key);
    clip_spec_clear(&c->spec);
    g_free(c);
}

static struct deck_entry *entry_new(const struct deck_want *w)
{
    struct deck_entry *c = g_new0(struct deck_entry, 1);
    c->key = g_strdup(w->key);
    c->spec = clip_spec_copy(&w->spec);
    return c;
}

static struct deck_entry *entry_at(const struct deck *d, guint i)
{
    return g_ptr_array_index(d->entries, i);
}

static struct deck_entry *find_entry(const struct deck *d, const char *key)
{
    for (guint i = 0; i < d->entries->len; i++)
        if (strcmp(entry_at(d, i)->key, key) == 0)
            return entry_at(d, i);
    return NULL;
}

static int by_priority(const void *a, const void *b)
{
    const struct deck_entry *const *x = a, *const *y = b;
    return ((*x)->priority < (*y)->priority) - ((*x)->priority > (*y)->priority);
}

/* Quadratic in the number of candidates, so it is called only when the set changes. */
static bool deck_check(const struct deck *d)
{
    assert(d->budget > 0 && d->parallel >= 1 && d->late >= 0);
    for (guint i = 0; i < d->entries->len; i++) {
        const struct deck_entry *e = entry_at(d, i);
        assert(i == 0 || entry_at(d, i - 1)->priority >= e->priority);
        assert(find_entry(d, e->key) == e); /* keys are unique */
    }
    return true;
}

/* --- the deck ---------------------------------------------------------------------------------------------------- */

struct deck *deck_new(struct media *m, const struct deck_opts *opts)
{
    struct deck *d = g_new0(struct deck, 1);
    d->media = m;
    d->budget = opts && opts->budget_bytes > 0 ? opts->budget_bytes : DECK_BUDGET_DEFAULT;
    d->parallel = opts && opts->parallel > 0 ? opts->parallel : MAX(1, (int)g_get_num_processors() - 1);
    d->entries = g_ptr_array_new_with_free_func(entry_free);
    return d;
}

void deck_free(struct deck *d)
{
    if (!d)
        return;
    g_ptr_array_free(d->entries, TRUE);
    g_free(d);
}

void deck_want(struct deck *d, const struct deck_want *wants, int n)
{
    for (guint i = 0; i < d->entries->len; i++)
        entry_at(d, i)->kept = false;
    for (int i = 0; i < n; i++) {
        struct deck_entry *c = find_entry(d, wants[i].key);
        if (c && !clip_spec_equal(&c->spec, &wants[i].spec)) {
            g_ptr_array_remove(d->entries, c);
            c = NULL;
        }
        if (!c)
            g_ptr_array_add(d->entries, c = entry_new(&wants[i]));
        c->priority = wants[i].priority;
        c->kept = true;
    }
    for (guint i = d->entries->len; i-- > 0;)
        if (!entry_at(d, i)->kept)
            g_ptr_array_remove_index(d->entries, i);
    g_ptr_array_sort(d->entries, by_priority); /* stable: equal priorities keep the caller's order */
    assert(deck_check(d));
    deck_poll(d);
}

static bool is_opening(const struct deck_entry *c)
{
    return c->clip && clip_state(c->clip) == CLIP_OPENING;
}

static int64_t typical_bytes(const struct deck *d)
{
    int64_t sum = 0, n = 0;
    for (guint i = 0; i < d->entries->len; i++) {
        struct clip *c = entry_at(d, i)->clip;
        if (c && clip_state(c) == CLIP_WARM) {
            sum += clip_bytes(c);
            n++;
        }
    }
    return n ? sum / n : GUESSED_BYTES;
}

/* In order of priority, each candidate may hold all its frames while the budget lasts, every later one a single
 * frame. An entry without a clip gets its number before its clip opens, because a fast thread would fill the queue at
 * once. */
static void share_budget(struct deck *d)
{
    const int64_t each = typical_bytes(d);
    int64_t left = d->budget;
    for (guint i = 0; i < d->entries->len; i++) {
        struct deck_entry *c = entry_at(d, i);
        const int64_t now = c->clip ? clip_bytes(c->clip) : 0, need = MAX(each, now);
        c->spec.standby_frames = left >= need ? CLIP_STANDBY_FRAMES : 1;
        if (c->clip)
            clip_set_standby_frames(c->clip, c->spec.standby_frames);
        left -= need;
    }
}

void deck_poll(struct deck *d)
{
    int busy = 0;
    bool shared = false;
    for (guint i = 0; i < d->entries->len; i++)
        busy += is_opening(entry_at(d, i));
    assert(busy <= d->parallel);
    for (guint i = 0; i < d->entries->len && busy < d->parallel; i++) {
        struct deck_entry *c = entry_at(d, i);
        if (c->clip)
            continue;
        if (!shared)
            share_budget(d);
        shared = true;
        c->clip = clip_open(d->media, &c->spec);
        busy++;
    }
}

struct clip *deck_take(struct deck *d, const char *key, bool *warm)
{
    struct deck_entry *c = find_entry(d, key);
    if (warm)
        *warm = c && c->clip && clip_can_start(c->clip);
    if (!c)
        return NULL;
    c->spec.at_once = true;
    if (!c->clip)
        c->clip = clip_open(d->media, &c->spec);
    struct clip *clip = c->clip;
    if (clip_state(clip) == CLIP_OPENING)
        d->late++;
    c->clip = NULL;
    g_ptr_array_remove(d->entries, c);
    return clip;
}

struct clip *deck_find(struct deck *d, const char *key)
{
    const struct deck_entry *c = find_entry(d, key);
    return c ? c->clip : NULL;
}

void deck_stats(struct deck *d, struct deck_stats *out)
{
    *out = (struct deck_stats){.budget_bytes = d->budget, .late = d->late, .n = (int)d->entries->len};
    for (guint i = 0; i < d->entries->len; i++) {
        const struct deck_entry *c = entry_at(d, i);
        struct deck_stats_clip s = {
            .key = c->key, .path = c->spec.path, .priority = c->priority, .opened = c->clip != NULL};
        if (c->clip)
            clip_stats(c->clip, &s.clip);
        out->bytes += s.clip.bytes;
        if (i < DECK_STATS_CLIPS)
            out->clip[i] = s;
    }
}
