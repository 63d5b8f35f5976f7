#include "explore/count.h"

#include "explore/memo.h"
#include "explore/sieve.h"
#include "explore/table.h"

#include <glib.h>
#include <string.h>

/* States that a worker follows in one turn: so few that what they lead to stays in the cache. */
#define TURN 4096

/* Of these, as many at once that their ways stay in the nearest cache. */
#define BITE 256

/* With fewer states than that, one thread does the work of all: others would only learn the story, too. */
#define ALONE 10000

#define WORKERS_MAX 256

/* Packed states, one behind the other; their hashes where somebody will ask for them. */
struct heap {
    uint64_t *words, *hashes;
    size_t n, room; /* states */
};

struct worker {
    struct table *met;
    struct sieve *sieve;
    struct heap open;  /* its states whose ways nobody followed yet; without hashes */
    struct heap found; /* by the last bite */
    struct heap *sent; /* in this turn, to each worker */
    struct memo *memo; /* of its thread; NULL as long as one thread does the work of all */
    bool complete;
};

struct count {
    const struct count_input *in;
    size_t words;
    int32_t n_workers;
    struct worker *workers;
    bool over; /* written while all others wait */
    /* where all wait for each other */
    GMutex lock;
    GCond all_there;
    int32_t there;
    uint32_t turn;
};

struct seat {
    struct count *c;
    int32_t worker;
};

static void make_room(struct heap *h, size_t more, size_t words, bool hashes)
{
    if (h->n + more <= h->room)
        return;
    h->room = MAX(2 * h->room, h->n + more);
    h->words = g_renew(uint64_t, h->words, h->room * words);
    if (hashes)
        h->hashes = g_renew(uint64_t, h->hashes, h->room);
}

static void empty(struct heap *h)
{
    g_free(h->words);
    g_free(h->hashes);
}

/* An even share, by bits of the hash that the tables don't look at. */
static int32_t owner_of(const struct count *c, uint64_t hash)
{
    return (int32_t)(((hash >> 8 & 0xffff) * (uint64_t)c->n_workers) >> 16);
}

/* To whom they belong, but for those that were sent just now. */
static void send(struct count *c, struct worker *from, const uint64_t *states, size_t n)
{
    const size_t words = c->words;
    struct heap *found = c->n_workers == 1 ? &from->sent[0] : &from->found;
    if (n == 0)
        return;
    make_room(found, n, words, true);
    g_assert(found->hashes);
    const size_t kept = sieve_pass(from->sieve, states, n, found->words + found->n * words, found->hashes + found->n);
    if (c->n_workers == 1)
        found->n += kept;
    for (size_t i = 0; c->n_workers > 1 && i < kept; i++) {
        struct heap *h = &from->sent[owner_of(c, found->hashes[i])];
        make_room(h, 1, words, true);
        memcpy(h->words + h->n * words, found->words + i * words, words * sizeof *h->words);
        h->hashes[h->n++] = found->hashes[i];
    }
}

/* The first half of a turn. */
static void follow(struct count *c, struct worker *w, struct memo *memo)
{
    for (int32_t i = 0; i < c->n_workers; i++)
        w->sent[i].n = 0;
    for (int32_t i = 0; i < TURN && w->open.n > 0; i += BITE) {
        const size_t n = MIN(w->open.n, BITE);
        w->open.n -= n;
        const struct memo_ways ways = memo_reach(memo, w->open.words + w->open.n * c->words, n);
        w->complete &= ways.complete;
        send(c, w, ways.words, (size_t)ways.n);
    }
}

/* The second half. */
static void take(struct count *c, int32_t me)
{
    struct worker *w = &c->workers[me];
    for (int32_t i = 0; i < c->n_workers; i++) {
        const struct heap *h = &c->workers[i].sent[me];
        make_room(&w->open, h->n, c->words, false);
        w->open.n += table_add_all(w->met, h->words, h->hashes, h->n, w->open.words + w->open.n * c->words);
    }
}

static size_t heap_bytes(const struct heap *h, size_t words)
{
    return h->room * (words + (h->hashes ? 1 : 0)) * sizeof(uint64_t);
}

static struct count_result result_of(const struct count *c, uint64_t *n_open)
{
    struct count_result r = {.complete = true};
    *n_open = 0;
    for (int32_t i = 0; i < c->n_workers; i++) {
        const struct worker *w = &c->workers[i];
        r.n_states += table_count(w->met);
        r.complete &= w->complete;
        r.bytes += table_bytes(w->met) + sieve_bytes(w->sieve) + heap_bytes(&w->open, c->words);
        r.bytes += heap_bytes(&w->found, c->words) + (w->memo ? memo_bytes(w->memo) : 0);
        for (int32_t k = 0; k < c->n_workers; k++)
            r.bytes += heap_bytes(&w->sent[k], c->words);
        *n_open += w->open.n;
    }
    r.complete &= *n_open == 0;
    return r;
}

static void wait_for_all(struct count *c)
{
    g_mutex_lock(&c->lock);
    const uint32_t turn = c->turn;
    if (++c->there == c->n_workers) {
        c->there = 0;
        c->turn++;
        g_cond_broadcast(&c->all_there);
    }
    while (turn == c->turn)
        g_cond_wait(&c->all_there, &c->lock);
    g_mutex_unlock(&c->lock);
}

/* A turn begins with all waiting; the first worker, on the thread that called, says whether there is one. */
static gpointer work(gpointer user)
{
    const struct seat *seat = user;
    struct count *c = seat->c;
    struct worker *w = &c->workers[seat->worker];
    for (;;) {
        wait_for_all(c);
        if (c->over)
            return NULL;
        follow(c, w, w->memo);
        wait_for_all(c);
        take(c, seat->worker);
        wait_for_all(c);
    }
}

static void turn_alone(struct count *c, struct memo *memo)
{
    for (int32_t i = 0; i < c->n_workers; i++)
        follow(c, &c->workers[i], memo);
    for (int32_t i = 0; i < c->n_workers; i++)
        take(c, i);
}

static void turn_together(struct count *c)
{
    wait_for_all(c);
    follow(c, &c->workers[0], c->workers[0].memo);
    wait_for_all(c);
    take(c, 0);
    wait_for_all(c);
}

/* As many as were asked for; without one the work is still done, as its share is part of no thread. */
static GPtrArray *call_others(struct count *c, struct seat *seats)
{
    GPtrArray *threads = g_ptr_array_new();
    for (int32_t i = 1; i < c->n_workers; i++) {
        seats[i] = (struct seat){c, i};
        c->workers[i].memo = memo_new(c->in->s, c->in->pack, NULL, c->in->backs, NULL, NULL);
        g_ptr_array_add(threads, g_thread_new("count", work, &seats[i]));
    }
    return threads;
}

static void dismiss(struct count *c, GPtrArray *threads)
{
    c->over = true;
    if (threads)
        wait_for_all(c);
    for (guint i = 0; threads && i < threads->len; i++)
        g_thread_join(g_ptr_array_index(threads, i));
    if (threads)
        g_ptr_array_unref(threads);
}

static struct count_result run(struct count *c, count_progress progress, void *user)
{
    struct seat *seats = g_new0(struct seat, c->n_workers);
    GPtrArray *threads = NULL;
    uint64_t n_open;
    struct count_result r = result_of(c, &n_open);
    while (n_open > 0 && (!progress || progress(user, r.n_states, n_open, r.bytes))) {
        if (!threads && c->n_workers > 1 && r.n_states > ALONE)
            threads = call_others(c, seats);
        if (threads)
            turn_together(c);
        else
            turn_alone(c, c->workers[0].memo);
        r = result_of(c, &n_open);
    }
    dismiss(c, threads);
    g_free(seats);
    return r;
}

static void prepare(struct count *c)
{
    const struct count_input *in = c->in;
    g_assert(c->n_workers > 0);
    c->workers = g_new0(struct worker, c->n_workers);
    for (int32_t i = 0; i < c->n_workers; i++) {
        c->workers[i].met = table_new((int32_t)c->words);
        c->workers[i].sieve = sieve_new((int32_t)c->words);
        c->workers[i].sent = g_new0(struct heap, c->n_workers);
        c->workers[i].complete = true;
    }
    c->workers[0].memo = memo_new(in->s, in->pack, NULL, in->backs, NULL, NULL);
    send(c, &c->workers[0], in->starts, in->n_starts);
    for (int32_t i = 0; i < c->n_workers; i++)
        take(c, i);
}

static void clear(struct count *c)
{
    for (int32_t i = 0; i < c->n_workers; i++) {
        struct worker *w = &c->workers[i];
        for (int32_t k = 0; k < c->n_workers; k++)
            empty(&w->sent[k]);
        g_free(w->sent);
        empty(&w->open);
        empty(&w->found);
        sieve_free(w->sieve);
        table_free(w->met);
        memo_free(w->memo);
    }
    g_free(c->workers);
}

struct count_result count_states(const struct count_input *in, count_progress progress, void *user)
{
    struct count c = {.in = in, .words = (size_t)pack_words(in->pack)};
    c.n_workers = in->threads > 0 ? in->threads : (int32_t)g_get_num_processors();
    c.n_workers = MIN(c.n_workers, WORKERS_MAX);
    g_mutex_init(&c.lock);
    g_cond_init(&c.all_there);
    prepare(&c);
    const struct count_result r = run(&c, progress, user);
    clear(&c);
    g_cond_clear(&c.all_there);
    g_mutex_clear(&c.lock);
    return r;
}
