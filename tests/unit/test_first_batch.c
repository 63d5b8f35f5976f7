/* Batches that begin a viewing become lines of the engine without a store. The judge of SQLite is the yardstick: of thousands of made-up
 * batches it takes and refuses the same, and what it would keep of them, read out of its store, are the same lines to the byte. */

#include "tests/tap.h"

#include "base/embedded.h"
#include "base/sha256.h"
#include "telemetry/central/first_batch.h"
#include "telemetry/central/rows.h"
#include "telemetry/central/scratch.h"
#include "telemetry/collect/destination_sqlite.h"
#include "telemetry/store/query.h"
#include "telemetry/store/store.h"
#include "wire_test.h"

#define BATCHES  3000
#define NOW_MS   (TEST_START + 7777777)
#define EVENTS   24
#define ONE_IN_N 4 /* of what may be missing is missing */

static GRand *rand_;
static struct wire_catalogue *catalogue;
static struct tel_story film;
static struct tel_node nodes[4];
static struct tel_option options[5];

static int32_t below(int32_t n)
{
    return g_rand_int_range(rand_, 0, n);
}

/* The film of other tests, with names that need care in JSON and in lines. */
static void make_film(void)
{
    film = test_story;
    memcpy(nodes, test_story.nodes, sizeof nodes);
    memcpy(options, test_story.options, sizeof options);
    nodes[1].name = "\"quoted\" \\ and \xc3\xa4";
    options[0].name = "it's\\\"";
    options[3].name = "\xe5\xb7\xa6";
    film.nodes = nodes;
    film.options = options;
    catalogue = wire_catalogue_new();
    g_assert_true(wire_catalogue_add(catalogue, &film));
}

/* ---- made-up batches ------------------------------------------------------------------------------------------------ */

/* What events so far can be referred to. */
struct so_far {
    int64_t visits[EVENTS], exposures[EVENTS];
    int32_t decisions[EVENTS]; /* of each exposure */
    int32_t n_visits, n_exposures;
};

static void set_us(struct wire_event *e, const char *name)
{
    if (below(ONE_IN_N) != 0)
        wire_test_number(e, name, below(1000000));
}

static void set_exposure(struct wire_batch *b, struct wire_event *e, struct so_far *s)
{
    const int32_t d = below(film.n_decisions);
    const struct tel_decision *decision = &film.decisions[d];
    g_autoptr(GString) menu = g_string_new(NULL), locked = g_string_new(NULL);
    const int32_t n = 1 + below(decision->n_options), turn = below(decision->n_options);
    for (int32_t i = 0; i < n; i++) {
        const char *name = film.options[decision->first_option + (i + turn) % decision->n_options].name;
        g_string_append_printf(menu, "%s%s", menu->len ? WIRE_SEPARATOR : "", name);
        if (below(3) == 0)
            g_string_prepend(g_string_prepend(locked, locked->len ? WIRE_SEPARATOR : ""), name);
    }
    wire_test_name(e, "decision", decision->name);
    wire_test_name(e, "menu", wire_batch_text(b, menu->str));
    wire_test_name(e, "locked", wire_batch_text(b, locked->str));
    if (below(ONE_IN_N) != 0)
        wire_test_number(e, "focus", below(n));
    set_us(e, "window_us");
    wire_test_number(e, "time_mode", below(4));
    s->decisions[s->n_exposures] = d;
    s->exposures[s->n_exposures++] = e->seq;
}

static void set_outcome(struct wire_event *e, const struct so_far *s)
{
    const int32_t at = below(s->n_exposures);
    const struct tel_decision *decision = &film.decisions[s->decisions[at]];
    const int32_t what = below(2);
    wire_test_number(e, "exposure", s->exposures[at]);
    wire_test_number(e, "what", what);
    if (what == TEL_WHAT_PICK || below(2) == 0)
        wire_test_name(e, "option", film.options[decision->first_option + below(decision->n_options)].name);
    set_us(e, "latency_us");
    wire_test_number(e, "given", below(3));
    wire_test_number(e, "changes", below(5));
}

static void set_finish(struct wire_event *e)
{
    wire_test_number(e, "ended_ms", TEST_START + below(1000000));
    wire_test_number(e, "reason", below(2));
}

static void set_event(struct wire_batch *b, struct wire_event *e, struct so_far *s)
{
    switch (e->kind) {
    case TEL_VISIT:
        wire_test_name(e, "node", film.nodes[below(film.n_nodes)].name);
        set_us(e, "planned_us");
        s->visits[s->n_visits++] = e->seq;
        break;
    case TEL_LEAVE:
    case TEL_STALL:
        wire_test_number(e, "visit", s->visits[below(s->n_visits)]);
        if (e->kind == TEL_STALL)
            wire_test_number(e, "fault", below(2));
        set_us(e, e->kind == TEL_STALL ? "lasted_us" : "playing_us");
        if (e->kind == TEL_LEAVE)
            set_us(e, "hidden_us");
        break;
    case TEL_EXPOSURE:
        set_exposure(b, e, s);
        break;
    case TEL_OUTCOME:
        set_outcome(e, s);
        break;
    case TEL_REACHED:
        wire_test_name(e, "ending", film.endings[below(film.n_endings)].name);
        break;
    case TEL_GAP:
        wire_test_number(e, "count", 1 + below(3));
        wire_test_number(e, "why", below(2));
        e->seq += e->values[wire_field_find(TEL_GAP, "count")].number - 1;
        break;
    case TEL_FINISH:
        set_finish(e);
        break;
    case TEL_RESUME:
    case TEL_KINDS:
        break;
    }
}

/* A kind for which there is something to refer to. */
static enum tel_kind choose_kind(const struct so_far *s)
{
    for (;;) {
        const enum tel_kind kind = (enum tel_kind)below(TEL_KINDS);
        const bool may = kind == TEL_LEAVE || kind == TEL_STALL ? s->n_visits > 0
                         : kind == TEL_OUTCOME                  ? s->n_exposures > 0
                                                                : kind != TEL_RESUME;
        if (may && (kind != TEL_FINISH || below(3) == 0))
            return kind;
    }
}

static void set_header(struct wire_batch *b)
{
    static const char *const words[] = {NULL, "en", "a \"b\" \\c", "\xd8\xa7"};
    b->started_ms = TEST_START + below(1000000);
    b->seed = (int64_t)((uint64_t)g_rand_int(rand_) << 32 | g_rand_int(rand_));
    b->mode = below(2);
    b->chooser = below(2);
    b->time_mode = below(4);
    b->nth = below(3);
    b->subtitles = below(3) - 1;
    b->language = words[below(G_N_ELEMENTS(words))];
    b->channel = words[below(G_N_ELEMENTS(words))];
    b->arms = below(2) ? "opening=slow" : "";
    b->linked = below(2) != 0;
    b->key[5] = (uint8_t)below(256);
    b->viewer[7] = (uint8_t)below(256);
    b->sent_ms = TEST_START + below(1000000000);
    if (below(3) == 0) { /* a clock that stands years away, or did before it was set */
        const int64_t off_ms = (below(2) == 0 ? 1 : -1) * INT64_C(4000) * 86400000;
        b->started_ms += off_ms;
        b->sent_ms += below(2) == 0 ? off_ms : 0;
    }
    if (below(ONE_IN_N) == 0)
        memcpy(b->viewing, "00000000", 8); /* a clock that was never set */
}

static struct wire_batch *make_batch(void)
{
    struct wire_batch *b = wire_test_header(&film, TEST_ID);
    struct so_far so_far = {0};
    set_header(b);
    b->from = 1;
    for (int32_t left = 1 + below(EVENTS - 1); left > 0; left--) {
        struct wire_event e = {.kind = choose_kind(&so_far), .seq = b->to + 1, .at_ms = below(100000)};
        set_event(b, &e, &so_far);
        b->to = e.seq;
        wire_batch_add(b, &e);
    }
    return b;
}

/* ---- both ways ------------------------------------------------------------------------------------------------------ */

struct lines {
    GString *events, *headers;
};

static struct lines lines_new(void)
{
    return (struct lines){g_string_new(NULL), g_string_new(NULL)};
}

static void lines_free(struct lines l)
{
    g_string_free(l.events, TRUE);
    g_string_free(l.headers, TRUE);
}

/* What the judge's store holds of the viewing. */
static bool read_store(struct store *s, const struct wire_batch *b, struct lines *out, GError **error)
{
    uint8_t uuid[16];
    struct rows_header h = {0};
    tel_id_bytes(b->viewing, uuid);
    struct query q = query_begin(s, embedded_part("telemetry/central/destination_clickhouse.sql", "taken"), "test");
    query_bind_blob(&q, uuid, sizeof uuid);
    if (!query_next(&q))
        return query_end(&q, error) && false;
    const int64_t viewing = query_number(&q, 0);
    g_autofree char *key = query_copy_text(&q, 1), *consent = query_copy_text(&q, 2);
    struct rows_reader *r = rows_reader_new(s);
    const bool done = query_end(&q, error) && rows_read(r, viewing, 0, key, NOW_MS, &h, out->events, error);
    if (done)
        rows_put_header(out->headers, &h, consent, NOW_MS);
    rows_header_clear(&h);
    rows_reader_free(r);
    return done;
}

static bool by_store(struct store *s, struct destination *judge, struct collect_item *item, struct lines *out)
{
    struct collect_item *items[] = {item};
    g_autoptr(GError) error = NULL;
    const bool done = query_execute(s, "BEGIN IMMEDIATE", "test", &error) && judge->commit(judge, items, 1, &error) &&
                      (item->refusal.code != WIRE_TAKEN || read_store(s, item->batch, out, &error));
    destination_sqlite_forget(judge);
    if (!done)
        printf("# %s\n", error ? error->message : "no such viewing");
    return query_execute(s, "ROLLBACK", "test", NULL) && done;
}

static bool same(const struct collect_item *a, const struct lines *x, const struct collect_item *b,
                 const struct lines *y)
{
    if (a->refusal.code == b->refusal.code && strcmp(a->refusal.message, b->refusal.message) == 0 &&
        a->acknowledged == b->acknowledged && g_string_equal(x->events, y->events) &&
        g_string_equal(x->headers, y->headers))
        return true;
    printf("# SQLite: %s, acknowledged %" G_GINT64_FORMAT "\n# %s# %s", a->refusal.message, a->acknowledged,
           x->headers->str, x->events->str);
    printf("\n# without: %s, acknowledged %" G_GINT64_FORMAT "\n# %s# %s\n", b->refusal.message, b->acknowledged,
           y->headers->str, y->events->str);
    return false;
}

/* *taken grows where it is. */
static bool compare(struct store *s, struct destination *judge, int *taken)
{
    struct wire_batch *b = make_batch();
    struct wire_refusal refusal = {0};
    struct collect_item item = {.batch = b, .received_ms = NOW_MS - 5}, other;
    struct lines expected = lines_new(), made = lines_new();
    const bool right = wire_batch_check(b, &refusal) && wire_catalogue_check(catalogue, b, &item.story, &refusal);
    other = item;
    if (!right)
        printf("# the test made no good batch: %s\n", refusal.message);
    const bool done = right && first_batch_is(b) && by_store(s, judge, &item, &expected);
    if (done)
        first_batch_take(&film, &other, NOW_MS, made.events, made.headers);
    const bool good = done && same(&item, &expected, &other, &made);
    *taken += item.refusal.code == WIRE_TAKEN;
    lines_free(expected);
    lines_free(made);
    wire_batch_free(b);
    return good;
}

static void test_same(void)
{
    g_autoptr(GError) error = NULL;
    struct scratch *s = scratch_new(&error);
    struct destination *judge = s ? destination_sqlite_judge(s->store, catalogue, &error) : NULL;
    int n = 0, taken = 0;
    if (!ok(judge != NULL, "a judge %s", error ? error->message : ""))
        return;
    while (n < BATCHES && compare(s->store, judge, &taken))
        n++;
    is_int(n, BATCHES, "made-up batches are taken and refused as by SQLite, and give the same lines");
    ok(taken > BATCHES / 10 && taken < BATCHES * 9 / 10, "some were taken, some were not: %d, %d", taken, n - taken);
    judge->free(judge);
    scratch_free(s);
}

static void test_kind(void)
{
    struct wire_batch *b = wire_test_batch(1, 5), *later = wire_test_batch(3, 5);
    ok(first_batch_is(b), "a batch that begins a viewing");
    ok(!first_batch_is(later), "and one that goes on with it");
    struct wire_event e = {.kind = TEL_RESUME, .seq = 6};
    wire_batch_add(b, &e);
    ok(!first_batch_is(b), "and one that takes events back");
    wire_batch_free(b);
    wire_batch_free(later);
}

int main(void)
{
    rand_ = g_rand_new_with_seed(23);
    make_film();
    test_kind();
    test_same();
    wire_catalogue_free(catalogue);
    g_rand_free(rand_);
    return tap_done();
}
