#include "explore/state_count.h"

#include "explore/memo.h"
#include "explore/recent_filter.h"
#include "explore/state_table.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* States that a worker follows in one turn: so few that what they lead to is still in the cache when it is added. */
#define TURN_STATES 4096

/* Of these, as many at once that their transitions stay in the nearest cache. */
#define BATCH_STATES 256
static_assert(TURN_STATES % BATCH_STATES == 0, "a turn is a number of whole batches");

/* While there are fewer states, one thread does the work of all: each further thread would have to learn the story first. */
#define SINGLE_THREAD_MAX 10000

#define WORKERS_MAX 256
#define OWNER_BITS  16 /* of the hash, that choose a state's worker */
static_assert(WORKERS_MAX <= 1 << OWNER_BITS, "every worker owns some states");

/* Packed states, one behind the other, with their hashes where somebody will need them. */
struct state_batch {
    uint64_t *words, *hashes;
    size_t n, room; /* states */
};

struct count_worker {
    struct state_table *met;
    struct recent_filter *filter;
    struct state_batch open;  /* its states whose transitions nobody has followed yet; without hashes */
    struct state_batch found; /* by the last batch */
    struct state_batch *sent; /* found in this turn, for each worker */
    struct memo *memo;        /* of its thread; NULL while one thread does the work of all */
    bool complete;
};

struct state_counter {
    const struct state_count_input *in;
    size_t words;
    int32_t n_workers;
    struct count_worker *workers;
    bool over; /* written while all others wait */
    /* under the lock: the barrier between the halves of a turn */
    GMutex lock;
    GCond all_there;
    int32_t there;
    uint32_t turn;
};

struct count_seat {
    struct state_counter *c;
    int32_t worker;
};

static void batch_reserve(struct state_batch *h, size_t more, size_t words, bool hashes)
{
    assert(h->n <= h->room);
    if (h->n + more <= h->room)
        return;
    h->room = MAX(2 * h->room, h->n + more);
    h->words = g_renew(uint64_t, h->words, h->room * words);
    if (hashes)
        h->hashes = g_renew(uint64_t, h->hashes, h->room);
}

static void batch_free(struct state_batch *h)
{
    g_free(h->words);
    g_free(h->hashes);
}

/* Shares states out evenly, by bits of the hash that the tables do not use. */
static int32_t owner_of(const struct state_counter *c, uint64_t hash)
{
    return (int32_t)(((hash >> 8 & ((1 << OWNER_BITS) - 1)) * (uint64_t)c->n_workers) >> OWNER_BITS);
}

/* Sends states to the workers that they belong to, but for those that were sent a short time ago. */
static void distribute_states(struct state_counter *c, struct count_worker *from, const uint64_t *states, size_t n)
{
    const size_t words = c->words;
    struct state_batch *found = c->n_workers == 1 ? &from->sent[0] : &from->found;
    if (n == 0)
        return;
    batch_reserve(found, n, words, true);
    assert(found->hashes);
    const size_t kept =
        recent_filter_pass(from->filter, states, n, found->words + found->n * words, found->hashes + found->n);
    if (c->n_workers == 1)
        found->n += kept;
    for (size_t i = 0; c->n_workers > 1 && i < kept; i++) {
        struct state_batch *h = &from->sent[owner_of(c, found->hashes[i])];
        batch_reserve(h, 1, words, true);
        memcpy(h->words + h->n * words, found->words + i * words, words * sizeof *h->words);
        h->hashes[h->n++] = found->hashes[i];
    }
}

/* The first half of a turn. Writes only what belongs to the worker. */
static void expand_open_states(struct state_counter *c, struct count_worker *w, struct memo *memo)
{
    for (int32_t i = 0; i < c->n_workers; i++)
        w->sent[i].n = 0;
    for (int32_t i = 0; i < TURN_STATES && w->open.n > 0; i += BATCH_STATES) {
        const size_t n = MIN(w->open.n, BATCH_STATES);
        w->open.n -= n;
        const struct memo_transitions found = memo_reach(memo, w->open.words + w->open.n * c->words, n);
        w->complete &= found.complete;
        distribute_states(c, w, found.words, (size_t)found.n);
    }
}

/* The second half. Reads what the others sent. */
static void add_received_states(struct state_counter *c, int32_t me)
{
    struct count_worker *w = &c->workers[me];
    for (int32_t i = 0; i < c->n_workers; i++) {
        const struct state_batch *h = &c->workers[i].sent[me];
        batch_reserve(&w->open, h->n, c->words, false);
        assert(h->n == 0 || owner_of(c, h->hashes[0]) == me || c->n_workers == 1);
        w->open.n += state_table_add_all(w->met, h->words, h->hashes, h->n, w->open.words + w->open.n * c->words);
    }
}

static size_t batch_bytes(const struct state_batch *h, size_t words)
{
    return h->room * (words + (h->hashes ? 1 : 0)) * sizeof(uint64_t);
}

static struct state_count_result result_of(const struct state_counter *c, uint64_t *n_open)
{
    struct state_count_result r = {.complete = true};
    *n_open = 0;
    for (int32_t i = 0; i < c->n_workers; i++) {
        const struct count_worker *w = &c->workers[i];
        r.n_states += state_table_count(w->met);
        r.complete &= w->complete;
        r.bytes += state_table_bytes(w->met) + recent_filter_bytes(w->filter) + batch_bytes(&w->open, c->words);
        r.bytes += batch_bytes(&w->found, c->words) + (w->memo ? memo_bytes(w->memo) : 0);
        for (int32_t k = 0; k < c->n_workers; k++)
            r.bytes += batch_bytes(&w->sent[k], c->words);
        *n_open += w->open.n;
    }
    r.complete &= *n_open == 0;
    return r;
}

static void wait_for_all(struct state_counter *c)
{
    g_mutex_lock(&c->lock);
    const uint32_t turn = c->turn;
    assert(c->there < c->n_workers);
    if (++c->there == c->n_workers) {
        c->there = 0;
        c->turn++;
        g_cond_broadcast(&c->all_there);
    }
    while (turn == c->turn)
        g_cond_wait(&c->all_there, &c->lock);
    g_mutex_unlock(&c->lock);
}

/* A turn begins when all workers wait. The first worker, on the thread that called, decides whether there is another turn. */
static gpointer count_thread(gpointer user)
{
    const struct count_seat *seat = user;
    struct state_counter *c = seat->c;
    struct count_worker *w = &c->workers[seat->worker];
    for (;;) {
        wait_for_all(c);
        if (c->over)
            return NULL;
        expand_open_states(c, w, w->memo);
        wait_for_all(c);
        add_received_states(c, seat->worker);
        wait_for_all(c);
    }
}

static void run_turn_alone(struct state_counter *c, struct memo *memo)
{
    for (int32_t i = 0; i < c->n_workers; i++)
        expand_open_states(c, &c->workers[i], memo);
    for (int32_t i = 0; i < c->n_workers; i++)
        add_received_states(c, i);
}

static void run_turn_together(struct state_counter *c)
{
    wait_for_all(c);
    expand_open_states(c, &c->workers[0], c->workers[0].memo);
    wait_for_all(c);
    add_received_states(c, 0);
    wait_for_all(c);
}

static struct memo *new_memo(const struct state_count_input *in)
{
    struct memo *m = memo_new(in->s, in->pack, NULL, in->backs, NULL, NULL);
    memo_set_patience(m, in->patience);
    return m;
}

/* The first worker works on the thread that called. */
static GPtrArray *start_count_workers(struct state_counter *c, struct count_seat *seats)
{
    GPtrArray *threads = g_ptr_array_new();
    for (int32_t i = 1; i < c->n_workers; i++) {
        seats[i] = (struct count_seat){c, i};
        c->workers[i].memo = new_memo(c->in);
        g_ptr_array_add(threads, g_thread_new("count", count_thread, &seats[i]));
    }
    return threads;
}

static void stop_count_workers(struct state_counter *c, GPtrArray *threads)
{
    c->over = true;
    if (threads)
        wait_for_all(c);
    for (guint i = 0; threads && i < threads->len; i++)
        g_thread_join(g_ptr_array_index(threads, i));
    if (threads)
        g_ptr_array_unref(threads);
}

static struct state_count_result run_turns(struct state_counter *c, state_count_progress progress, void *user)
{
    struct count_seat *seats = g_new0(struct count_seat, c->n_workers);
    GPtrArray *threads = NULL;
    uint64_t n_open;
    struct state_count_result r = result_of(c, &n_open);
    while (n_open > 0 && (!progress || progress(user, r.n_states, n_open, r.bytes))) {
        if (!threads && c->n_workers > 1 && r.n_states > SINGLE_THREAD_MAX)
            threads = start_count_workers(c, seats);
        if (threads)
            run_turn_together(c);
        else
            run_turn_alone(c, c->workers[0].memo);
        r = result_of(c, &n_open);
    }
    stop_count_workers(c, threads);
    g_free(seats);
    return r;
}

static void counter_begin(struct state_counter *c)
{
    const struct state_count_input *in = c->in;
    assert(c->n_workers > 0);
    c->workers = g_new0(struct count_worker, c->n_workers);
    for (int32_t i = 0; i < c->n_workers; i++) {
        c->workers[i].met = state_table_new((int32_t)c->words);
        c->workers[i].filter = recent_filter_new((int32_t)c->words);
        c->workers[i].sent = g_new0(struct state_batch, c->n_workers);
        c->workers[i].complete = true;
    }
    c->workers[0].memo = new_memo(in);
    distribute_states(c, &c->workers[0], in->starts, in->n_starts);
    for (int32_t i = 0; i < c->n_workers; i++)
        add_received_states(c, i);
}

static void counter_end(struct state_counter *c)
{
    for (int32_t i = 0; i < c->n_workers; i++) {
        struct count_worker *w = &c->workers[i];
        for (int32_t k = 0; k < c->n_workers; k++)
            batch_free(&w->sent[k]);
        g_free(w->sent);
        batch_free(&w->open);
        batch_free(&w->found);
        recent_filter_free(w->filter);
        state_table_free(w->met);
        memo_free(w->memo);
    }
    g_free(c->workers);
}

struct state_count_result state_count_run(const struct state_count_input *in, state_count_progress progress, void *user)
{
    struct state_counter c = {.in = in, .words = (size_t)pack_words(in->pack)};
    c.n_workers = in->threads > 0 ? in->threads : (int32_t)g_get_num_processors();
    c.n_workers = MIN(c.n_workers, WORKERS_MAX);
    assert(in->n_starts > 0);
    g_mutex_init(&c.lock);
    g_cond_init(&c.all_there);
    counter_begin(&c);
    const struct state_count_result r = run_turns(&c, progress, user);
    counter_end(&c);
    g_cond_clear(&c.all_there);
    g_mutex_clear(&c.lock);
    return r;
}
