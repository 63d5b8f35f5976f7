#include "explore/search.h"

#include <glib.h>
#include <string.h>

/* Ways that wait: enough for the memory to answer. Their states are fetched when half of the time is over. */
#define WAITING 64

#define NONE UINT32_MAX

/* Ways of a state that are compared with each other before they are looked up. */
#define REPEATS_MAX 8

struct waiting {
    uint64_t hash;
    const struct memo_way *about; /* NULL: the end of the state's ways */
    uint32_t from;
    int32_t ordinal;
    bool complete;
};

struct search {
    struct memo *memo;
    struct table *table;
    struct search_hooks hooks;
    size_t words;
    uint32_t next;
    uint64_t head, tail; /* of the queue; counted without wrapping */
    struct waiting queue[WAITING];
    uint64_t *states; /* of the queue */
};

static uint64_t *state_of(const struct search *s, uint64_t i)
{
    return s->states + i % WAITING * s->words;
}

static void tell(struct search *s)
{
    const uint64_t i = s->head++;
    const struct waiting *w = &s->queue[i % WAITING];
    bool is_new;
    if (!w->about) {
        if (s->hooks.looked_at)
            s->hooks.looked_at(s->hooks.user, w->from, w->complete);
        return;
    }
    const uint32_t to = table_add(s->table, state_of(s, i), w->hash, &is_new);
    if (is_new && s->hooks.met)
        s->hooks.met(s->hooks.user, to, w->from, w->ordinal, w->about);
    if (s->hooks.way)
        s->hooks.way(s->hooks.user, w->from, to, w->about);
}

void search_flush(struct search *s)
{
    while (s->head < s->tail)
        tell(s);
}

/* Makes room for one more that waits. */
static struct waiting *push(struct search *s)
{
    if (s->tail - s->head == WAITING)
        tell(s);
    if (s->tail - s->head >= WAITING / 2) {
        const uint64_t half = s->tail - WAITING / 2;
        if (s->queue[half % WAITING].about)
            table_fetch_state(s->table, s->queue[half % WAITING].hash);
    }
    return &s->queue[s->tail++ % WAITING];
}

void search_start(struct search *s, const uint64_t *words)
{
    bool is_new;
    const uint32_t number = table_add(s->table, words, table_hash(s->table, words), &is_new);
    if (is_new && s->hooks.met)
        s->hooks.met(s->hooks.user, number, NONE, 0, NULL);
}

/* Does an earlier way of the same state lead there, too? Timeouts often take what a pick takes. */
static bool is_repeated(const struct search *s, const struct memo_ways *ways, int32_t i)
{
    for (int32_t k = 0; k < i; k++)
        if (memcmp(ways->words + (size_t)k * s->words, ways->words + (size_t)i * s->words,
                   s->words * sizeof(uint64_t)) == 0)
            return true;
    return false;
}

bool search_step(struct search *s)
{
    if (s->next == table_count(s->table))
        search_flush(s);
    if (s->next == table_count(s->table))
        return false;
    const uint32_t from = s->next++;
    const struct memo_ways ways = memo_expand(s->memo, table_get(s->table, from));
    for (int32_t i = 0; i < ways.n; i++) {
        const uint64_t *words = ways.words + (size_t)i * s->words;
        if (!s->hooks.way && i < REPEATS_MAX && is_repeated(s, &ways, i))
            continue;
        const uint64_t hash = table_hash(s->table, words);
        struct waiting *w = push(s);
        *w = (struct waiting){hash, ways.about[i], from, i, true};
        memcpy(state_of(s, s->tail - 1), words, s->words * sizeof *words);
        table_fetch(s->table, hash);
    }
    if (s->hooks.looked_at)
        *push(s) = (struct waiting){0, NULL, from, 0, ways.complete};
    return true;
}

uint32_t search_next(const struct search *s)
{
    return s->next;
}

const struct table *search_table(const struct search *s)
{
    return s->table;
}

struct search *search_new(struct memo *memo, int32_t words, const struct search_hooks *hooks)
{
    struct search *s = g_new0(struct search, 1);
    s->memo = memo;
    s->words = (size_t)words;
    s->table = table_new(words);
    if (hooks)
        s->hooks = *hooks;
    s->states = g_new0(uint64_t, WAITING * s->words);
    return s;
}

void search_free(struct search *s)
{
    if (!s)
        return;
    table_free(s->table);
    g_free(s->states);
    g_free(s);
}
