#include "explore/search.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* States that a worker expands before it takes more. */
#define PIECE_STATES 256

/* Expanded pieces of each thread that may wait until they are reported. */
#define PIECES_PER_THREAD 6

/* While fewer states wait, one worker does everything: each further one would have to learn the story first. */
#define SINGLE_THREAD_MAX 500

#define THREADS_MAX 256

/* The table prefetches the slots of a state so many transitions ahead, and then the state that may be the same. */
#define PREFETCH_SLOT_AHEAD  24
#define PREFETCH_STATE_AHEAD 10
static_assert(PREFETCH_SLOT_AHEAD > PREFETCH_STATE_AHEAD, "the slots say which state to fetch");

struct piece_report {
    uint32_t from;
    struct search_worker_report *report;
};

/* Consecutive states, and what came of them. Belongs to the worker that took it until it is done, then to the caller. */
struct search_piece {
    uint32_t first, n; /* states */
    bool done;         /* under the lock */
    /* of the transitions of all states, one behind the other */
    uint64_t *words; /* where they lead */
    uint64_t *hashes;
    struct memo_transition **transitions;
    size_t n_transitions, room;
    uint32_t ends[PIECE_STATES]; /* of each state's transitions */
    bool complete[PIECE_STATES];
    GArray *seen; /* piece_report */
};

struct search {
    struct search_options o;
    struct search_hooks hooks;
    struct state_table *table;
    size_t words;
    uint32_t next; /* the first state that was not reported */
    int32_t n_threads;
    struct search_worker *own;   /* of the caller's thread */
    struct search_piece *pieces; /* a ring of n_pieces */
    uint32_t n_pieces;
    GPtrArray *threads; /* of the other workers; NULL before they are started */
    /* under the lock */
    GMutex lock;
    GCond work, done;
    uint32_t known, taken;        /* states that may be expanded; of these, the ones that were taken in pieces */
    uint64_t n_taken, n_reported; /* pieces, counted without wrapping */
    bool over;
};

/* Under the lock. */
static bool search_check(const struct search *s)
{
    assert(s->taken <= s->known);
    assert(s->n_reported <= s->n_taken && s->n_taken - s->n_reported <= s->n_pieces);
    return true;
}

/* ---- expanding -------------------------------------------------------------------------------------------------- */

static void piece_reserve(struct search_piece *p, size_t more, size_t words)
{
    if (p->n_transitions + more <= p->room)
        return;
    p->room = MAX(2 * p->room, p->n_transitions + more);
    p->words = g_renew(uint64_t, p->words, p->room * words);
    p->hashes = g_renew(uint64_t, p->hashes, p->room);
    p->transitions = g_renew(struct memo_transition *, p->transitions, p->room);
}

static void expand_piece(const struct search *s, struct search_worker *worker, struct search_piece *p)
{
    p->n_transitions = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        struct piece_report seen = {p->first + i, NULL};
        const struct memo_transitions found =
            search_worker_expand(worker, state_table_get(s->table, seen.from), &seen.report);
        const size_t n = (size_t)found.n;
        if (seen.report)
            g_array_append_val(p->seen, seen);
        piece_reserve(p, n, s->words);
        if (n > 0) /* else there may be no room yet */
            memcpy(p->words + p->n_transitions * s->words, found.words, n * s->words * sizeof *found.words);
        for (size_t k = 0; k < n; k++) {
            p->hashes[p->n_transitions + k] = state_table_hash(found.words + k * s->words, s->words);
            p->transitions[p->n_transitions + k] = found.transitions[k];
        }
        p->n_transitions += n;
        p->ends[i] = (uint32_t)p->n_transitions;
        p->complete[i] = found.complete;
    }
}

/* Takes the next piece of the queue, or returns NULL. Under the lock. */
static struct search_piece *take_piece(struct search *s)
{
    if (s->taken == s->known || s->n_taken - s->n_reported == s->n_pieces)
        return NULL;
    assert(search_check(s));
    struct search_piece *p = &s->pieces[s->n_taken++ % s->n_pieces];
    p->first = s->taken;
    p->n = MIN(PIECE_STATES, s->known - s->taken);
    p->done = false;
    s->taken += p->n;
    return p;
}

static struct search_worker *new_worker(const struct search_options *o)
{
    struct search_worker *w = search_worker_new(o->s, o->pack, o->backs, o->live, o->measure);
    search_worker_set_patience(w, o->patience);
    return w;
}

/* The thread of one of the other workers. Returns the worker. */
static gpointer run_worker(gpointer user)
{
    struct search *s = user;
    struct search_worker *mine = new_worker(&s->o);
    g_mutex_lock(&s->lock);
    while (!s->over) {
        struct search_piece *p = take_piece(s);
        if (!p) {
            g_cond_wait(&s->work, &s->lock);
            continue;
        }
        g_mutex_unlock(&s->lock);
        expand_piece(s, mine, p);
        g_mutex_lock(&s->lock);
        p->done = true;
        g_cond_signal(&s->done);
    }
    g_mutex_unlock(&s->lock);
    return mine;
}

static void start_search_workers(struct search *s)
{
    s->threads = g_ptr_array_new();
    for (int32_t i = 1; i < s->n_threads; i++) {
        GThread *thread = g_thread_try_new("search", run_worker, s, NULL);
        if (!thread)
            break; /* the system gives no more: those that there are do the work, and the caller with them */
        g_ptr_array_add(s->threads, thread);
    }
}

/* The piece that is reported next, once it is done; until then the caller expands others. NULL: there is none. */
static struct search_piece *next_piece(struct search *s)
{
    g_mutex_lock(&s->lock);
    struct search_piece *next = NULL;
    for (;;) {
        next = s->n_reported < s->n_taken ? &s->pieces[s->n_reported % s->n_pieces] : NULL;
        if (next && next->done)
            break;
        struct search_piece *p = take_piece(s);
        if (p) {
            g_mutex_unlock(&s->lock);
            expand_piece(s, s->own, p);
            g_mutex_lock(&s->lock);
            p->done = true;
        } else if (next)
            g_cond_wait(&s->done, &s->lock);
        else
            break;
    }
    g_mutex_unlock(&s->lock);
    return next;
}

/* ---- reporting -------------------------------------------------------------------------------------------------- */

static void prefetch_states(const struct search *s, const struct search_piece *p, size_t i)
{
    if (i + PREFETCH_SLOT_AHEAD < p->n_transitions)
        state_table_prefetch(s->table, p->hashes[i + PREFETCH_SLOT_AHEAD]);
    if (i + PREFETCH_STATE_AHEAD < p->n_transitions)
        state_table_prefetch_state(s->table, p->hashes[i + PREFETCH_STATE_AHEAD]);
}

static void report_transitions(struct search *s, const struct search_piece *p, uint32_t from, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        bool is_new;
        prefetch_states(s, p, i);
        const uint32_t to = state_table_add(s->table, p->words + i * s->words, p->hashes[i], &is_new);
        if (is_new)
            s->hooks.met(s->hooks.user, to, from, (int32_t)(i - begin), p->transitions[i]);
        s->hooks.transition(s->hooks.user, from, to, p->transitions[i]);
    }
}

static void report_piece(struct search *s, struct search_piece *p)
{
    guint n_seen = 0;
    for (uint32_t i = 0; i < p->n && !search_full(s); i++) {
        const uint32_t from = p->first + i;
        const struct piece_report *seen =
            n_seen < p->seen->len ? &g_array_index(p->seen, struct piece_report, n_seen) : NULL;
        if (seen && seen->from == from) {
            s->hooks.seen(s->hooks.user, from, seen->report);
            n_seen++;
        }
        report_transitions(s, p, from, i > 0 ? p->ends[i - 1] : 0, p->ends[i]);
        s->hooks.expanded(s->hooks.user, from, p->complete[i]);
        s->next++;
    }
}

static void piece_clear(struct search_piece *p)
{
    for (guint i = 0; i < p->seen->len; i++)
        search_worker_report_free(g_array_index(p->seen, struct piece_report, i).report);
    g_array_set_size(p->seen, 0);
}

bool search_full(const struct search *s)
{
    return state_table_count(s->table) > s->o.max_states;
}

/* All states that were met may be expanded now. */
static void publish(struct search *s, uint32_t n_reported)
{
    g_mutex_lock(&s->lock);
    s->known = state_table_count(s->table);
    s->n_reported += n_reported;
    assert(search_check(s) && s->next <= s->taken);
    g_cond_broadcast(&s->work);
    g_mutex_unlock(&s->lock);
}

bool search_step(struct search *s)
{
    if (search_full(s))
        return false;
    publish(s, 0);
    if (!s->threads && s->n_threads > 1 && state_table_count(s->table) - s->next > SINGLE_THREAD_MAX)
        start_search_workers(s);
    struct search_piece *p = next_piece(s);
    if (!p)
        return false;
    assert(p->done && p->first == s->next);
    report_piece(s, p);
    piece_clear(p);
    publish(s, 1);
    return true;
}

void search_start(struct search *s, const uint64_t *words)
{
    bool is_new;
    const uint32_t number = state_table_add(s->table, words, state_table_hash(words, s->words), &is_new);
    if (is_new)
        s->hooks.met(s->hooks.user, number, SEARCH_NO_PARENT, 0, NULL);
}

uint32_t search_next(const struct search *s)
{
    return s->next;
}

void search_seal(struct search *s)
{
    state_table_seal(s->table);
}

const struct state_table *search_table(const struct search *s)
{
    return s->table;
}

size_t search_bytes(const struct search *s)
{
    return state_table_bytes(s->table) + search_worker_bytes(s->own);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

struct search *search_new(const struct search_options *o, const struct search_hooks *hooks)
{
    struct search *s = g_new0(struct search, 1);
    s->o = *o;
    s->hooks = *hooks;
    s->words = (size_t)pack_words(o->pack);
    s->table = state_table_new(pack_words(o->pack));
    s->own = new_worker(o);
    s->n_threads = MIN(o->threads > 0 ? o->threads : (int32_t)g_get_num_processors(), THREADS_MAX);
    s->n_pieces = (uint32_t)s->n_threads * PIECES_PER_THREAD;
    assert(s->n_pieces > 0);
    s->pieces = g_new0(struct search_piece, s->n_pieces);
    for (uint32_t i = 0; i < s->n_pieces; i++)
        s->pieces[i].seen = g_array_new(FALSE, FALSE, sizeof(struct piece_report));
    g_mutex_init(&s->lock);
    g_cond_init(&s->work);
    g_cond_init(&s->done);
    return s;
}

/* Workers own the transitions that were reported, so they live as long as the search. */
static void stop_search_workers(struct search *s)
{
    g_mutex_lock(&s->lock);
    s->over = true;
    g_cond_broadcast(&s->work);
    g_mutex_unlock(&s->lock);
    for (guint i = 0; s->threads && i < s->threads->len; i++)
        search_worker_free(g_thread_join(g_ptr_array_index(s->threads, i)));
    if (s->threads)
        g_ptr_array_unref(s->threads);
}

void search_free(struct search *s)
{
    if (!s)
        return;
    stop_search_workers(s);
    for (uint32_t i = 0; i < s->n_pieces; i++) {
        struct search_piece *p = &s->pieces[i];
        piece_clear(p);
        g_array_unref(p->seen);
        g_free(p->words);
        g_free(p->hashes);
        g_free(p->transitions);
    }
    g_free(s->pieces);
    g_mutex_clear(&s->lock);
    g_cond_clear(&s->work);
    g_cond_clear(&s->done);
    search_worker_free(s->own);
    state_table_free(s->table);
    g_free(s);
}
