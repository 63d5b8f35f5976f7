/* Sharing without a network: how long a sender waits, and what a store has for a destination as it acknowledges, lacks, refuses and erases. */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "telemetry/share/outgoing.h"
#include "telemetry/share/patience.h"

#include <glib/gstdio.h>

#define ALL ((int64_t)G_N_ELEMENTS(test_play))
#define NOW (TEST_START + 4000000)

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* Trouble again and again: what is waited each time, until patience ends. -1: it does. */
static void test_backoff(void)
{
    static const struct {
        int wait_s, retry_after_s;
        int64_t waits[12];
        const char *what;
    } cases[] = {
        {0, -1, {-1}, "no patience"},
        {0, 0, {-1}, "none, also where it says: at once"},
        {10, -1, {1000, 2000, 4000, -1}, "each wait is double, and none goes beyond the end"},
        {300, -1, {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, -1}, "no wait is longer than a minute"},
        {10, 3, {3100, 3200, 3400, -1}, "Retry-After is waited for, and a little more each time"},
        {10, 11, {-1}, "a Retry-After beyond the end is not"},
        {10, INT32_MAX, {-1}, "nor one of 68 years"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct patience p;
        int64_t sum = 0, ms = 0;
        bool same = true;
        patience_begin(&p, cases[i].wait_s);
        for (size_t k = 0; k < G_N_ELEMENTS(cases[i].waits) && ms >= 0; k++) {
            ms = patience_wait_ms(&p, cases[i].retry_after_s, 1);
            same = same && ms == cases[i].waits[k];
            sum += MAX(ms, 0);
        }
        ok(same && ms == -1 && sum <= cases[i].wait_s * 1000, "%s", cases[i].what);
    }
    struct patience p;
    patience_begin(&p, 100);
    patience_wait_ms(&p, -1, 1);
    patience_wait_ms(&p, -1, 1);
    patience_calm(&p);
    is_int(patience_wait_ms(&p, -1, 1), 1000, "after an answer, the next trouble begins anew");
    is_int(p.left_ms, 100000 - 4000, "but all waits together are bounded");
    patience_calm(&p);
    is_int(patience_wait_ms(&p, -1, 0.67), 670, "a third less, or more");
}

/* By a clock that the test alone turns: requests of all sizes, each as early as it may be. */
static void test_rate(void)
{
    GRand *rand = g_rand_new_with_seed(23);
    int64_t clock_ms = 0, sent = 0, requests = 0;
    bool below = true, few = true;
    for (int i = 0; i < 10000; i++) {
        const gsize bytes = g_rand_int(rand) % (i % 7 ? 30000 : 2000000);
        const int64_t pause_ms = patience_pause_ms(bytes);
        sent += (int64_t)bytes;
        requests++;
        clock_ms += pause_ms;
        below = below && sent <= clock_ms * PATIENCE_BYTES_PER_S / 1000;
        few = few && requests <= clock_ms / 20;
    }
    ok(below, "by the time that the next request begins, no more was sent than the rate allows");
    ok(few, "and at most fifty requests a second");
    is_int(patience_pause_ms(0), 20, "nothing has its pause, too");
    is_int(patience_pause_ms(PATIENCE_BYTES_PER_S), 1000, "a second's bytes take a second");
    g_rand_free(rand);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static struct destination *agree(struct store *s, GPtrArray **all)
{
    struct destination said = {.story = (char *)test_story.name,
                               .address = (char *)"https://collect.example.org/",
                               .name = (char *)"Example Films"};
    ok(destination_answer(s, &said, DESTINATION_YES, "What is sent, to whom?", "en", NOW, NULL), "yes");
    *all = destinations_read(s, test_story.name, NULL);
    return *all && (*all)->len == 1 ? (*all)->pdata[0] : NULL;
}

/* What would be sent next. Caller clears. */
static void look(struct store *s, const struct destination *d, int64_t after, guint most, int64_t from, int64_t to,
                 struct outgoing *o, const char *what)
{
    g_autoptr(GError) error = NULL;
    const bool read = outgoing_next(s, d, after, most, o, &error);
    const int64_t got_from = read && o->batch ? o->batch->from : 0, got_to = read && o->batch ? o->batch->to : 0;
    ok(read && got_from == from && got_to == to && o->fault.code == WIRE_TAKEN, "%s: %d to %d", what, (int)got_from,
       (int)got_to);
    if (error)
        printf("# %s\n", error->message);
}

static void test_cursor(struct store *s, const struct destination *d)
{
    struct outgoing o;
    bool offered = false;
    ok(outgoing_prepare(s, NULL), "what is noted is on the medium");
    look(s, d, INT64_MIN, 4, 1, 4, &o, "the first events");
    const int64_t viewing = o.viewing;
    ok(outgoing_acknowledge(s, d, &o, 4, NULL) && ask(s, "SELECT count(*) FROM shared") == 0,
       "nothing is acknowledged that was not offered");
    ok(outgoing_offer(s, d, &o, &offered, NULL) && offered, "offered");
    is_int(ask(s, "SELECT offered * 100 + acknowledged FROM shared"), 400, "and noted, before it is acknowledged");
    char id[TEL_ID_SIZE];
    g_strlcpy(id, o.batch->id, sizeof id);
    outgoing_clear(&o);
    look(s, d, INT64_MIN, 4, 1, 4, &o, "what was not acknowledged is sent again");
    ok(strcmp(id, o.batch->id) == 0, "by the same id");
    ok(outgoing_acknowledge(s, d, &o, 99, NULL) && ask(s, "SELECT acknowledged FROM shared") == 4,
       "no more than was offered is acknowledged, whatever the answer");
    outgoing_clear(&o);
    look(s, d, viewing - 1, 100, 5, ALL, &o, "then it goes on");
    ok(outgoing_acknowledge(s, d, &o, 2, NULL), "the collector lacks some");
    outgoing_clear(&o);
    look(s, d, viewing - 1, 1, 3, 3, &o, "and gets these");
    outgoing_clear(&o);
    look(s, d, viewing - 1, 100, 3, ALL, &o, "all of them");
    ok(outgoing_offer(s, d, &o, &offered, NULL) && offered && outgoing_acknowledge(s, d, &o, ALL, NULL),
       "and all are there");
    outgoing_clear(&o);
    look(s, d, viewing - 1, 100, 1, ALL, &o, "then the next viewing");
    ok(o.viewing > viewing, "which is another one");
    ok(outgoing_offer(s, d, &o, &offered, NULL) && outgoing_refuse(s, d, &o, "key", NULL), "which it does not take");
    outgoing_clear(&o);
    look(s, d, INT64_MIN, 100, 0, 0, &o, "nothing is left");
    outgoing_clear(&o);
}

static void test_erasing(struct store *s, const struct destination *d)
{
    int64_t done = 0;
    run_sql(s, "DELETE FROM viewing WHERE id = (SELECT min(id) FROM viewing)");
    g_autoptr(GArray) waiting = outgoing_erasures(s, d, 10, NULL);
    if (!ok(waiting && waiting->len == 1, "an erased viewing of which something was sent waits to be erased there"))
        return;
    struct wire_erasure *e = &g_array_index(waiting, struct wire_erasure, 0);
    ok(outgoing_confirm(s, d, waiting, &done, NULL) && done == 0 && ask(s, "SELECT count(*) FROM outbox") == 1,
       "and stays until there is an answer");
    e->confirmed_ms = NOW;
    ok(outgoing_confirm(s, d, waiting, &done, NULL) && done == 1 && ask(s, "SELECT count(*) FROM outbox") == 0,
       "confirmed, it goes");
    is_int(ask(s, "SELECT erasures * 1000 + (confirmed_ms = 1767229600000) FROM destination"), 1001,
           "and is counted, with when");
    ok(destination_withdraw(s, d, NOW, NULL) && ask(s, "SELECT count(*) FROM outbox") == 1 &&
           ask(s, "SELECT secret IS NULL FROM destination") == 1,
       "taken back: the other one, too, and the secret is gone");
    g_autoptr(GArray) rest = outgoing_erasures(s, d, 10, NULL);
    if (!ok(rest && rest->len == 1, "it waits"))
        return;
    g_array_index(rest, struct wire_erasure, 0).refused = WIRE_NO_KEY;
    ok(outgoing_confirm(s, d, rest, &done, NULL) && done == 0 && ask(s, "SELECT count(*) FROM outbox") == 0,
       "what is refused for good goes as well, and is not counted as confirmed");
}

/* ---- what leaves nothing behind ------------------------------------------------------------------------------------ */

/* Whether the store's file holds these bytes, once its log is in it. */
static bool holds(struct store *s, const void *bytes, gsize n)
{
    g_autofree char *all = NULL;
    gsize size = 0;
    run_sql(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    return g_file_get_contents(s->path, &all, &size, NULL) && memmem(all, size, bytes, n);
}

/* Another film's viewing, and one that no person watched, are nobody's here. */
static void test_others(struct store *s, const struct destination *d)
{
    struct outgoing o;
    run_sql(s, "UPDATE viewing SET chooser = 1 WHERE id = (SELECT min(id) FROM viewing)");
    look(s, d, INT64_MIN, 4, 1, 4, &o, "a machine's viewing is passed over");
    is_int(o.viewing, ask(s, "SELECT max(id) FROM viewing"), "for a person's");
    outgoing_clear(&o);
    run_sql(s, "UPDATE story SET name = 'org.example.other'");
    look(s, d, INT64_MIN, 4, 0, 0, &o, "what was recorded of another film is not sent");
    outgoing_clear(&o);
    run_sql(s, "UPDATE story SET name = 'org.example.night-bus'; UPDATE viewing SET chooser = 0");
}

/* Ids that were erased, and a secret that was destroyed, are overwritten where they stood, before any file is rebuilt. */
static void test_overwritten(void)
{
    enum { WAITING = 40 };
    g_autofree char *dir = g_dir_make_tmp("frumious-share-XXXXXX", NULL),
                    *path = g_build_filename(dir, "store.sqlite", NULL);
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    g_autoptr(GPtrArray) all = NULL, again = NULL;
    const struct destination *d = s ? agree(s, &all) : NULL;
    if (!ok(d != NULL && d->has_secret, "a destination with a secret"))
        return;
    run_sql(s, "PRAGMA secure_delete=OFF"); /* some builds of SQLite overwrite unasked */
    ok(destination_answer(s, d, DESTINATION_NO, "Again?", "en", NOW, NULL) &&
           destination_answer(s, d, DESTINATION_YES, "And now?", "en", NOW, NULL) &&
           (again = destinations_read(s, test_story.name, NULL)),
       "a no and another yes");
    ok(memcmp(((struct destination *)again->pdata[0])->secret, d->secret, sizeof d->secret) == 0,
       "it keeps its secret: keys of what was sent before are made by it");
    for (int i = 0; i < WAITING; i++) {
        g_autofree char *sql =
            g_strdup_printf("INSERT INTO outbox VALUES(%d, CAST('the number: %04d' AS BLOB), randomblob(32), %d)",
                            (int)d->id, i, i + 1);
        run_sql(s, sql);
    }
    g_autoptr(GArray) waiting = outgoing_erasures(s, d, 5, NULL);
    int64_t done = 0;
    ok(waiting && waiting->len == 5 && holds(s, "the number: 0003", 16), "erasures wait");
    for (guint i = 0; waiting && i < waiting->len; i++)
        g_array_index(waiting, struct wire_erasure, i).confirmed_ms = NOW;
    ok(outgoing_confirm(s, d, waiting, &done, NULL) && done == 5, "five are confirmed");
    int left = 0;
    for (int i = 0; i < WAITING; i++) {
        char id[24];
        g_snprintf(id, sizeof id, "the number: %04d", i);
        left += holds(s, id, 16);
    }
    is_int(left, WAITING - 5, "of these ids nothing is left in the file, of the others all");
    ok(holds(s, d->secret, sizeof d->secret), "the secret is there");
    ok(destination_withdraw(s, again->pdata[0], NOW, NULL), "it is destroyed");
    int parts = 0;
    for (size_t i = 0; i + 8 <= sizeof d->secret; i++)
        parts += holds(s, d->secret + i, 8);
    is_int(parts, 0, "and overwritten: no eight bytes of it are left in the file");
    store_close(s);
    g_unlink(path);
    g_rmdir(dir);
}

static void test_store(void)
{
    g_autofree char *dir = g_dir_make_tmp("frumious-share-XXXXXX", NULL),
                    *path = g_build_filename(dir, "store.sqlite", NULL);
    const struct writer_options wo = {.path = path};
    struct writer *w = writer_open(&wo, NULL);
    test_play_all(w, TEST_ID);
    test_play_all(w, TEST_ID_2);
    writer_close(w, TEST_LONG);
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    g_autoptr(GPtrArray) all = NULL;
    const struct destination *d = s ? agree(s, &all) : NULL;
    if (ok(d != NULL, "a destination")) {
        ok(destination_find(all, d->address) == d && !destination_find(all, "https://elsewhere.example/"),
           "is found by its address");
        test_others(s, d);
        test_cursor(s, d);
        test_erasing(s, d);
    }
    store_close(s);
    static const char *const tails[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        g_autofree char *file = g_strconcat(path, tails[i], NULL);
        g_unlink(file);
    }
    g_rmdir(dir);
}

int main(void)
{
    test_backoff();
    test_rate();
    test_store();
    test_overwritten();
    return tap_done();
}
