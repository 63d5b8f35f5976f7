/*
 * The collector without its sockets: tokens, rates, bodies, what its own store takes and refuses, every step of the disk failing once and for
 * good, and many that wait for a commit at once.
 */
#include "faults/fault_vfs.h"
#include "tap.h"
#include "test_store.h"
#include "wire_test.h"

#include "telemetry/collect/committer.h"
#include "telemetry/collect/dating.h"
#include "telemetry/collect/destination_sqlite.h"
#include "telemetry/collect/erasure_list.h"
#include "telemetry/collect/intake.h"
#include "telemetry/collect/metrics.h"
#include "telemetry/collect/rate.h"
#include "telemetry/keep/merge.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALL ((int64_t)G_N_ELEMENTS(test_play))

static char *dir, *path;
static struct wire_catalogue *catalogue;

/* ---- tokens, rates ----------------------------------------------------------------------------------------------- */

static struct tokens *read_tokens(const char *text, GError **error)
{
    g_autofree char *file = g_build_filename(dir, "tokens", NULL);
    g_file_set_contents(file, text, -1, NULL);
    return tokens_read(file, error);
}

static void test_tokens(void)
{
    static const char *const wrong[] = {"a short",
                                        "a",
                                        "a 1234567",
                                        "a b 0123456789abcdef",
                                        "a 0123456789abcdef\001",
                                        "# fine\n\nb 0123456789abcdef\nc 0123 # 4567"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        struct tokens *t = read_tokens(wrong[i], &error);
        ok(!t && error && strstr(error->message, i == 5 ? "tokens:4:" : "tokens:1:"),
           "no tokens, and the line is told: case %d", (int)i);
        tokens_free(t);
    }
    struct tokens *t =
        read_tokens("a  0123456789abcdef\na\tfedcba9876543210 # the old one\nb 0000000000000000\r\n", NULL);
    if (!ok(t != NULL, "a file of tokens"))
        return;
    ok(tokens_has(t, "a") && tokens_has(t, "b") && !tokens_has(t, "c"), "knows its stories");
    ok(tokens_allow(t, "a", "0123456789abcdef") && tokens_allow(t, "a", "fedcba9876543210"), "a story may have two");
    ok(!tokens_allow(t, "b", "0123456789abcdef") && !tokens_allow(t, "a", "0123456789abcdeF"), "and no other one");
    ok(tokens_allow(t, NULL, "0000000000000000") && !tokens_allow(t, NULL, ""), "or any story's");
    tokens_free(t);
}

/* Requests of a few clients at random moments, beside a reckoning without a table. */
static void test_rate(void)
{
    static const char *const clients[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"};
    double tokens[G_N_ELEMENTS(clients)];
    int64_t since[G_N_ELEMENTS(clients)] = {0};
    struct rate *r = rate_new(2, 5);
    GRand *rand = g_rand_new_with_seed(7);
    int64_t now = 1000000;
    int wrong = 0, refused = 0, early = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        tokens[i] = 5;
    for (int i = 0; i < 5000; i++) {
        const size_t c = g_rand_int(rand) % G_N_ELEMENTS(clients);
        guint retry = 0;
        now += g_rand_int(rand) % 250000;
        tokens[c] = MIN(5, tokens[c] + (since[c] ? (double)(now - since[c]) / 1e6 * 2 : 0));
        since[c] = now;
        const bool may = tokens[c] >= 1, got = rate_take(r, clients[c], now, &retry);
        tokens[c] -= may;
        wrong += may != got;
        refused += !got;
        early += !got && (retry < 1 || tokens[c] + retry * 2 < 1);
    }
    ok(wrong == 0 && refused > 100 && early == 0, "rates of clients: %d refused, %d wrong, %d told too early", refused,
       wrong, early);
    guint retry = 0;
    int same = 0;
    for (int i = 0; i < 6; i++)
        same += rate_take(r, i % 2 ? "2001:db8:7::1" : "2001:db8:7::2", now, &retry);
    is_int(same, 5, "an IPv6 network is one client");
    rate_free(r);
    g_rand_free(rand);
}

static void test_metrics(void)
{
    struct metrics m = {0};
    for (int i = 0; i < METRICS_CLASSES; i++)
        metrics_time(&m, i < METRICS_CLASSES - 1 ? metrics_bounds_s[i] : 1000);
    bool each = true;
    for (int i = 0; i < METRICS_CLASSES; i++)
        each = each && m.times[i] == 1;
    ok(each, "a bound belongs to its class");
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static GByteArray *gzip(const void *data, gsize size)
{
    g_autoptr(GZlibCompressor) c = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) out = g_converter_output_stream_new(memory, G_CONVERTER(c));
    g_output_stream_write_all(out, data, size, NULL, NULL, NULL);
    g_output_stream_close(out, NULL, NULL);
    GByteArray *made = g_byte_array_new();
    g_byte_array_append(made, g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(memory)),
                        (guint)g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory)));
    return made;
}

static enum wire_code judge_with(const char *token, const void *body, gsize size, bool packed, enum intake_kind kind)
{
    struct tokens *t =
        read_tokens("org.example.night-bus 0123456789abcdef\norg.example.other fedcba9876543210\n", NULL);
    const struct intake in = {kind, packed, token, body, size};
    struct collect_item item;
    struct wire_refusal r;
    intake_read(&in, catalogue, t, &item, &r);
    intake_clear(&item);
    tokens_free(t);
    return r.code;
}

static enum wire_code judge(const void *body, gsize size, bool packed, enum intake_kind kind)
{
    return judge_with("0123456789abcdef", body, size, packed, kind);
}

static void test_bodies(void)
{
    struct wire_batch *b = wire_test_batch(1, ALL);
    GString *json = wire_batch_write(b);
    GByteArray *packed = gzip(json->str, json->len);
    is_int(judge(json->str, json->len, false, INTAKE_BATCH), WIRE_TAKEN, "plain JSON");
    is_int(judge(packed->data, packed->len, true, INTAKE_BATCH), WIRE_TAKEN, "gzip");
    is_int(judge_with("fedcba9876543210", json->str, json->len, false, INTAKE_BATCH), WIRE_NO_TOKEN,
           "another film's token is none of this one");
    is_int(judge(json->str, json->len, true, INTAKE_BATCH), WIRE_NO_MALFORMED, "JSON that says it is gzip");
    int cut = 0;
    for (guint n = 0; n < packed->len; n++)
        cut += judge(packed->data, n, true, INTAKE_BATCH) == WIRE_NO_MALFORMED;
    is_int(cut, packed->len, "gzip cut off after each byte is refused");
    is_int(judge(json->str, json->len, false, INTAKE_ERASURES), WIRE_NO_INVALID, "a batch is no erasure");
    g_byte_array_unref(packed);
    g_autofree char *zeros = g_malloc0(WIRE_JSON_MAX + 1);
    packed = gzip(zeros, WIRE_JSON_MAX + 1);
    is_int(judge(packed->data, packed->len, true, INTAKE_BATCH), WIRE_NO_TOO_LARGE, "one byte more than is unpacked");
    g_byte_array_unref(packed);
    g_string_free(json, TRUE);
    wire_batch_free(b);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        g_unlink(file);
    }
}

static struct destination *open_destination(const char *vfs)
{
    const struct store_options o = {.path = path, .vfs = vfs, .busy_ms = vfs ? 1 : 60000};
    g_autoptr(GError) error = NULL;
    struct destination *d = destination_sqlite_open(&o, catalogue, &error);
    if (!d)
        printf("# %s\n", error->message);
    return d;
}

/* Takes a batch that was checked. True: the destination could keep things. */
static bool commit_batch(struct destination *d, struct wire_batch *b, struct wire_refusal *r, int64_t *acknowledged)
{
    struct collect_item item = {.batch = b, .received_ms = TEST_START};
    struct collect_item *items[] = {&item};
    struct wire_refusal refusal = {0};
    g_autoptr(GError) error = NULL;
    if (!wire_catalogue_check(catalogue, b, &item.story, &refusal)) {
        *r = refusal;
        return true;
    }
    const bool done = d->commit(d, items, 1, &error);
    *r = item.refusal;
    *acknowledged = item.acknowledged;
    return done;
}

/* Which date a collector gives a viewing: by the clocks of both, in days since 1970. */
static void test_dating(void)
{
    static const struct {
        double started, sent, received, dated;
        const char *what;
    } rows[] = {
        {20500, 20500.1, 20500.1, 20500, "a clock that is right"},
        {20500, 20900, 20900, 20500, "a viewing that waited for a year"},
        {20500.5, 20500.6, 20500.1, 20500.5, "a clock half a day fast, as of another zone"},
        {20499.5, 20499.6, 20500.1, 20499.5, "or half a day slow"},
        {24500, 24501, 20501, 20500, "a clock eleven years fast"},
        {24500, 20501, 20501, 20501, "and set since"},
        {3, 5, 20502, 20500, "a clock that was never set"},
        {3, 20502, 20502, 20502, "and set since"},
        {20200, 20202, 20502, 20500, "a clock that stands in the year before"},
        {20500, 10, 20502, 20500, "a clock that was right, and lost its battery before it sent"},
        {20500, 20700, 20502, 20500, "a clock that was right, and runs ahead as it sends"},
        {24500, 24400, 20502, 20502, "a clock that was set back in between, and not enough"},
        {-30000, 20502, 20502, 20502, "before all time"},
        {2900000, 2900001, 20502, 20501, "in the year 9909"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const double day = 86400000;
        const int64_t got = dating_start((int64_t)(rows[i].started * day), (int64_t)(rows[i].sent * day),
                                         (int64_t)(rows[i].received * day));
        is_int(got / 1000, (int64_t)(rows[i].dated * day) / 1000, rows[i].what);
    }
}

/* What was said is kept, what counts is believed, and a second batch is compared with what was said. */
static void test_dated_batches(void)
{
    static const int64_t day_ms = INT64_C(86400000);
    remove_store();
    struct destination *d = open_destination(NULL);
    for (int64_t part = 0; part < 3; part++) {
        struct wire_batch *b = wire_test_batch(part == 1 ? 4 : 1, part == 1 ? ALL : 3);
        struct wire_refusal r;
        int64_t acknowledged = 0;
        b->started_ms = TEST_START + 4000 * day_ms;
        b->sent_ms = b->started_ms + part * day_ms;
        const bool done = commit_batch(d, b, &r, &acknowledged);
        ok(done && r.code == WIRE_TAKEN, "part %d of a viewing from eleven years ahead is taken", (int)part);
        wire_batch_free(b);
    }
    d->free(d);
    is_int(ask_file(path, "SELECT started_ms FROM viewing"), TEST_START, "it is dated by its first receipt");
    is_int(ask_file(path, "SELECT (device_ms - started_ms) / 86400000 FROM viewing"), 4000,
           "and what its device said is kept");
}

enum change { NOTHING, ANOTHER_KEY, ANOTHER_START, ANOTHER_TIME, ANOTHER_VIEWER, REPLAY, ANOTHER_ARM };

static void change_batch(struct wire_batch *b, enum change change)
{
    b->key[0] ^= change == ANOTHER_KEY;
    b->started_ms += change == ANOTHER_START;
    b->viewer[3] ^= change == ANOTHER_VIEWER;
    b->nth += change == REPLAY;
    if (change == ANOTHER_ARM)
        b->arms = "";
    if (change == ANOTHER_TIME)
        g_array_index(b->events, struct wire_event, b->events->len - 1).at_ms++;
}

static void test_sequence(void)
{
    static const struct {
        int64_t from, to;
        enum change change;
        enum wire_code code;
        int64_t expected; /* acknowledged, or what a hole expects */
    } steps[] = {
        {2, 4, NOTHING, WIRE_NO_HOLE, 1},
        {1, 3, NOTHING, WIRE_TAKEN, 3},
        {1, 3, NOTHING, WIRE_TAKEN, 3},
        {1, 2, NOTHING, WIRE_TAKEN, 3},
        {5, 6, NOTHING, WIRE_NO_HOLE, 4},
        {4, 5, ANOTHER_KEY, WIRE_NO_KEY, 0},
        {4, 5, ANOTHER_START, WIRE_NO_CONFLICT, 0},
        {4, 5, ANOTHER_VIEWER, WIRE_NO_CONFLICT, 0},
        {4, 5, REPLAY, WIRE_NO_CONFLICT, 0},
        {4, 5, ANOTHER_ARM, WIRE_NO_CONFLICT, 0},
        {1, 3, ANOTHER_TIME, WIRE_NO_CONFLICT, 0},
        {2, 6, NOTHING, WIRE_TAKEN, 6},
        {7, 7, NOTHING, WIRE_TAKEN, 7},
        {1, ALL, NOTHING, WIRE_TAKEN, ALL},
        {1, ALL, NOTHING, WIRE_TAKEN, ALL},
        {ALL, ALL, ANOTHER_TIME, WIRE_NO_CONFLICT, 0},
    };
    remove_store();
    struct destination *d = open_destination(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        struct wire_batch *b = wire_test_batch(steps[i].from, steps[i].to);
        struct wire_refusal r;
        int64_t acknowledged = 0;
        change_batch(b, steps[i].change);
        const bool done = commit_batch(d, b, &r, &acknowledged);
        const int64_t got = r.code == WIRE_TAKEN ? acknowledged : r.expected;
        if (!ok(done && r.code == steps[i].code && got == steps[i].expected, "events %d to %d: %s", (int)steps[i].from,
                (int)steps[i].to, wire_code_word(steps[i].code)))
            printf("#   %s, %d: %s\n", wire_code_word(r.code), (int)got, r.message);
        wire_batch_free(b);
    }
    d->free(d);
    is_int(
        ask_file(path,
                 "SELECT (SELECT count(*) FROM visit) + (SELECT count(*) FROM leave) + (SELECT count(*) FROM exposure)"
                 " + (SELECT count(*) FROM outcome) + (SELECT count(*) FROM reached) + (SELECT count(*) FROM finish)"),
        ALL, "each event is there once");
    is_int(ask_file(path, "SELECT nth FROM viewing"), 1, "with its place among the viewer's viewings");
}

/* An event may refer only to what came before, also where that came in another batch. */
static void test_references(void)
{
    remove_store();
    struct destination *d = open_destination(NULL);
    struct wire_batch *b = wire_test_batch(1, 2);
    struct wire_refusal r;
    int64_t acknowledged;
    commit_batch(d, b, &r, &acknowledged);
    wire_batch_free(b);
    b = wire_test_batch(3, 3);
    wire_test_number(&g_array_index(b->events, struct wire_event, 0), "exposure", 1);
    commit_batch(d, b, &r, &acknowledged);
    is_int(r.code, WIRE_NO_REFERENCE, "an outcome of a visit that came before");
    wire_batch_free(b);
    b = wire_test_batch(3, 3);
    wire_test_name(&g_array_index(b->events, struct wire_event, 0), "option", "left");
    commit_batch(d, b, &r, &acknowledged);
    is_int(r.code, WIRE_NO_NAME, "an option of another decision than that which was asked before");
    wire_batch_free(b);
    b = wire_test_batch(3, 4);
    wire_test_number(&g_array_index(b->events, struct wire_event, 1), "visit", 2);
    commit_batch(d, b, &r, &acknowledged);
    is_int(r.code, WIRE_NO_REFERENCE, "a leave of a question");
    wire_batch_free(b);
    b = wire_test_batch(3, ALL);
    ok(commit_batch(d, b, &r, &acknowledged) && r.code == WIRE_TAKEN, "and after all that, what is right: %s",
       r.message);
    wire_batch_free(b);
    d->free(d);
}

/* ---- backups ----------------------------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    ok(g_file_get_contents(from, &bytes, &size, NULL) && g_file_set_contents(to, bytes, (gssize)size, NULL),
       "a file is copied");
}

static struct erasure_list *erasures;

/* The store with its list of erasures. NULL: why not is compared with `said`. */
static struct destination *open_with_list(const char *list, guint *again, const char *said)
{
    g_autoptr(GError) error = NULL;
    struct destination *d = open_destination(NULL);
    erasures = erasure_list_open(list, &error);
    if (erasures && erasure_list_catch_up(erasures, d, again, &error))
        return erasure_list_before(erasures, d);
    ok(said && strstr(error->message, said), "no list, and why: %s", error->message);
    d->free(d);
    erasure_list_free(erasures);
    return NULL;
}

static void close_with_list(struct destination *d)
{
    d->free(d);
    erasure_list_free(erasures);
}

static struct wire_erasure erase_with(struct destination *d, const struct wire_batch *b, int64_t now_ms)
{
    struct wire_erasure e = {0};
    struct collect_item item = {.erasures = &e, .n = 1, .received_ms = now_ms};
    struct collect_item *items[] = {&item};
    g_strlcpy(e.viewing, b->viewing, sizeof e.viewing);
    memcpy(e.key, b->key, sizeof e.key);
    ok(d->commit(d, items, 1, NULL) && e.refused == WIRE_TAKEN, "an erasure is committed");
    return e;
}

static void append(const char *file, const char *text)
{
    FILE *f = g_fopen(file, "a");
    ok(f && fputs(text, f) >= 0 && fclose(f) == 0, "something is written behind the list");
}

/* A disk that lost power may give zeros where something was: at the end they were never confirmed, before it they were. */
static void test_zeros(const char *list)
{
    static const char zeros[100];
    g_autofree char *good = NULL, *left = NULL, *kept = NULL;
    gsize good_size, left_size, kept_size;
    guint again = 7;
    ok(g_file_get_contents(list, &good, &good_size, NULL), "a list");
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)good, (guint)good_size);
    g_byte_array_append(bytes, (const guint8 *)zeros, sizeof zeros);
    g_file_set_contents(list, (const char *)bytes->data, bytes->len, NULL);
    struct destination *d = open_with_list(list, &again, NULL);
    ok(d && g_file_get_contents(list, &left, &left_size, NULL) && left_size == good_size, "zeros at its end go");
    close_with_list(d);
    g_byte_array_append(bytes, (const guint8 *)"\n", 1);
    g_byte_array_append(bytes, (const guint8 *)good, (guint)good_size);
    g_file_set_contents(list, (const char *)bytes->data, bytes->len, NULL);
    ok(!open_with_list(list, &again, "erasures:2:"), "zeros before its end are told");
    ok(g_file_get_contents(list, &kept, &kept_size, NULL) && kept_size == bytes->len, "and nothing goes");
    g_file_set_contents(list, good, (gssize)good_size, NULL);
}

/* What is done to a list, and what is said when it is opened then; NULL: it opens. */
static void test_lists(const char *list)
{
    guint again = 7;
    append(list, "0190aaaa-bbbb");
    struct destination *d = open_with_list(list, &again, NULL);
    ok(d && again == 0, "a line that was never finished goes");
    g_autofree char *text = NULL;
    ok(g_file_get_contents(list, &text, NULL, NULL) && g_str_has_suffix(text, "\n"), "from the file, too");
    g_autoptr(GError) error = NULL;
    ok(!erasure_list_open(list, &error) && strstr(error->message, "another collector"),
       "two collectors cannot have the same list");
    close_with_list(d);
    test_zeros(list);
    ok(!open_with_list("/dev/null", &again, "keeps no erasures"), "a device is no list");
    append(list, "nonsense\n");
    ok(!open_with_list(list, &again, "erasures:2:"), "a wrong line is told");
    ok(!open_with_list(dir, &again, dir), "a folder is no list");
}

/* The store at `path` was told to erase what `backup` has. */
static void test_merged(const char *backup, struct wire_batch *b)
{
    g_autofree char *damaged = g_build_filename(dir, "damaged.sqlite", NULL);
    struct wire_batch *other = wire_test_batch(1, ALL);
    struct wire_refusal r;
    int64_t acknowledged;
    g_strlcpy(other->viewing, TEST_ID_2, sizeof other->viewing);
    struct destination *d = open_destination(NULL);
    ok(commit_batch(d, other, &r, &acknowledged) && r.code == WIRE_TAKEN, "another viewing comes after the backup");
    d->free(d);
    copy_file(path, damaged);
    remove_store();
    copy_file(backup, path);
    const struct store_options o = {.path = path};
    struct store *s = store_open(&o, NULL);
    struct merge_result merged;
    ok(merge_store(s, damaged, NULL, &merged, NULL) && merged.viewings == 1, "merged into the backup, it is there");
    store_close(s);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 1, "and what was erased over there is erased here");
    d = open_destination(NULL);
    ok(commit_batch(d, other, &r, &acknowledged) && r.code == WIRE_TAKEN && acknowledged == ALL,
       "its device may go on with it: %s", r.message);
    erase_with(d, other, TEST_START + 7000);
    ok(commit_batch(d, b, &r, &acknowledged) && r.code == WIRE_NO_ERASED, "what was erased stays erased");
    d->free(d);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "and may erase it");
    wire_batch_free(other);
    g_unlink(damaged);
}

/* A backup knows nothing of what was erased since; the list does. */
static void test_backup(void)
{
    g_autofree char *backup = g_build_filename(dir, "backup.sqlite", NULL),
                    *list = g_build_filename(dir, "erasures", NULL);
    struct wire_batch *b = wire_test_batch(1, ALL);
    struct wire_refusal r;
    int64_t acknowledged;
    guint again = 7;
    remove_store();
    struct destination *d = open_with_list(list, &again, NULL);
    ok(d && again == 0 && commit_batch(d, b, &r, &acknowledged) && r.code == WIRE_TAKEN, "a viewing is taken");
    close_with_list(d);
    copy_file(path, backup);
    d = open_with_list(list, &again, NULL);
    erase_with(d, b, TEST_START + 5000);
    ok(commit_batch(d, b, &r, &acknowledged) && r.code == WIRE_NO_ERASED, "and erased");
    close_with_list(d);

    const struct store_options o = {.path = path};
    struct store *s = store_open(&o, NULL);
    struct merge_result merged;
    ok(merge_store(s, backup, NULL, &merged, NULL) && merged.erased == 1 && merged.viewings == 0,
       "merging the backup does not bring it back");
    store_close(s);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "it is not there");

    test_merged(backup, b);
    remove_store();
    copy_file(backup, path);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 1, "the backup that is restored has it");
    d = open_with_list(list, &again, NULL);
    ok(d && again == 1, "a collector that starts erases it again");
    ok(commit_batch(d, b, &r, &acknowledged) && r.code == WIRE_NO_ERASED, "what arrives late of it is refused");
    close_with_list(d);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "nothing of it is left");
    is_int(ask_file(path, "SELECT erased_ms FROM tombstone"), TEST_START + 5000, "with the date of its erasure");
    d = open_with_list(list, &again, NULL);
    ok(d && again == 0, "once");
    close_with_list(d);
    test_lists(list);
    wire_batch_free(b);
    g_unlink(backup);
    g_unlink(list);
}

/* ---- the list comes first ------------------------------------------------------------------------------------------ */

static atomic_int syncs;       /* how often a file was put on its medium */
static atomic_bool sync_fails; /* it can't be */

/* This program's own takes the place of the C library's. */
int fdatasync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    if (!atomic_load(&sync_fails))
        return (int)syscall(SYS_fdatasync, fd);
    errno = EIO;
    return -1;
}

/* A destination that looks at the list as it is told to erase. */
struct looking {
    struct destination base;
    const char *list;
    int calls, synced; /* how often the list had been put on its medium then */
    bool noted;        /* whether it had the viewing then */
};

static bool commit_looking(struct destination *d, struct collect_item *const *items, guint n, GError **error)
{
    struct looking *l = (struct looking *)d;
    g_autofree char *text = NULL;
    (void)n, (void)error;
    l->calls++;
    l->synced = atomic_load(&syncs);
    l->noted = g_file_get_contents(l->list, &text, NULL, NULL) && strstr(text, items[0]->erasures[0].viewing);
    return true;
}

static void free_looking(struct destination *d)
{
    (void)d; /* the test's own */
}

/* An erasure is on the medium before a destination hears of it; what can't be noted is not done, and leaves no line. */
static void test_list_first(void)
{
    g_autofree char *list = g_build_filename(dir, "first", NULL), *before = NULL, *after = NULL;
    struct looking looking = {.base = {.commit = commit_looking, .free = free_looking}, .list = list};
    struct wire_erasure e = {.viewing = TEST_ID};
    struct collect_item item = {.erasures = &e, .n = 1, .received_ms = TEST_START}, *items[] = {&item};
    g_autoptr(GError) error = NULL;
    erasures = erasure_list_open(list, NULL);
    struct destination *d = erasure_list_before(erasures, &looking.base);
    atomic_store(&syncs, 0);
    ok(d->commit(d, items, 1, NULL) && looking.calls == 1 && looking.noted && looking.synced == 1,
       "an erasure is in the list, on its medium, before it is done");
    g_file_get_contents(list, &before, NULL, NULL);
    g_strlcpy(e.viewing, TEST_ID_2, sizeof e.viewing);
    atomic_store(&sync_fails, true);
    const bool done = d->commit(d, items, 1, &error);
    ok(!done && error && strstr(error->message, list) && looking.calls == 1, "one that can't be noted is not done: %s",
       error ? error->message : "no error");
    atomic_store(&sync_fails, false);
    g_file_get_contents(list, &after, NULL, NULL);
    is_str(after, before, "and the list is as it was");
    ok(d->commit(d, items, 1, NULL) && looking.calls == 2 && looking.noted, "later it is");
    close_with_list(d);
    g_unlink(list);
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static bool whole(void)
{
    return ask_file(
               path,
               "SELECT (SELECT count(*) FROM visit) + (SELECT count(*) FROM leave) + (SELECT count(*) FROM exposure)"
               " + (SELECT count(*) FROM outcome) + (SELECT count(*) FROM reached) + (SELECT count(*) FROM finish)") ==
               ALL &&
           ask_file(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check LIMIT 1") == 1;
}

/* Takes test_play in two batches while the n-th operation fails; what is not committed is given again. False: something was wrong. */
static bool take_through_fault(struct destination *d, bool sticky, int *retries)
{
    static const int64_t cuts[][2] = {{1, 8}, {9, ALL}};
    bool right = true;
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        struct wire_batch *b = wire_test_batch(cuts[i][0], cuts[i][1]);
        struct wire_refusal r = {0};
        int64_t acknowledged = 0;
        bool done = false;
        for (int tries = 0; !done && tries < 8; tries++) {
            done = commit_batch(d, b, &r, &acknowledged);
            *retries += !done;
            if (!done && sticky)
                fault_disarm();
        }
        right = right && done && r.code == WIRE_TAKEN && acknowledged == cuts[i][1];
        if (r.code != WIRE_TAKEN)
            printf("# %s\n", r.message);
        wire_batch_free(b);
    }
    return right;
}

static void sweep(const char *what, enum fault_class c, int rc, bool sticky)
{
    int wrong = 0, landed = 0, retries = 0, step = 1;
    for (;; step += TEST_STRIDE) {
        remove_store();
        struct destination *d = open_destination(FAULT_VFS);
        fault_arm(c, rc, step, sticky);
        wrong += !take_through_fault(d, sticky, &retries);
        const int hits = fault_landed();
        fault_disarm();
        d->free(d);
        wrong += !whole();
        landed += hits > 0;
        if (hits == 0)
            break;
    }
    ok(landed > 0 && wrong == 0 && retries > 0, "%s: %d steps failed, %d commits were given again, %d wrong", what,
       landed, retries, wrong);
}

/* ---- many at once ------------------------------------------------------------------------------------------------ */

enum { SENDERS = 6, EACH = 40 };

static GMutex lock;
static GCond answered;

static void on_done(struct commit_request *r, void *data)
{
    bool *done = data;
    (void)r;
    g_mutex_lock(&lock);
    *done = true;
    g_cond_broadcast(&answered);
    g_mutex_unlock(&lock);
}

struct sender {
    struct committer *committer;
    int number, wrong;
};

/* Viewings of its own, one after the other, each event by event. */
static gpointer send(gpointer data)
{
    struct sender *s = data;
    for (int i = 0; i < EACH; i++) {
        struct wire_batch *b = wire_test_batch(1, ALL);
        struct wire_refusal r;
        bool done = false;
        g_snprintf(b->viewing, sizeof b->viewing, "0190aaaa-bbbb-7ccc-8ddd-%06x%06x", s->number, i);
        struct commit_request request = {
            .item = {.batch = b, .received_ms = TEST_START}, .done = on_done, .data = &done};
        wire_catalogue_check(catalogue, b, &request.item.story, &r);
        committer_put(s->committer, &request);
        g_mutex_lock(&lock);
        while (!done)
            g_cond_wait(&answered, &lock);
        g_mutex_unlock(&lock);
        s->wrong += request.later || request.item.refusal.code != WIRE_TAKEN || request.item.acknowledged != ALL;
        wire_batch_free(b);
    }
    return NULL;
}

/* A group ends with so many events. */
static void test_many(guint events)
{
    remove_store();
    const struct committer_options o = {.group_ms = 5, .group_max = 64, .waiting_max = 100, .group_events = events};
    struct committer *c = committer_new(open_destination(NULL), &o);
    struct sender senders[SENDERS];
    GThread *threads[SENDERS];
    int wrong = 0;
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){c, i, 0};
        threads[i] = g_thread_new("sender", send, &senders[i]);
    }
    for (int i = 0; i < SENDERS; i++) {
        g_thread_join(threads[i]);
        wrong += senders[i].wrong;
    }
    struct commit_counts counts;
    committer_read(c, &counts, NULL);
    committer_free(c);
    ok(wrong == 0 && counts.batches == SENDERS * EACH && counts.events == SENDERS * EACH * (uint64_t)ALL &&
           counts.healthy,
       "%d senders at once: all is taken", SENDERS);
    ok(events ? counts.groups == counts.batches : counts.groups < counts.batches, "in %s commits %s batches: %d",
       events ? "as many" : "fewer", events ? "as" : "than", (int)counts.groups);
    is_int(ask_file(path, "SELECT count(*) FROM visit"), SENDERS * EACH * 3, "and all of it is there");
}

/* The queue is full while a commit takes its time: who comes then is told at once to come later, and who waits is not forgotten. */
struct held {
    struct destination base;
    bool entered, open, fails; /* under `lock` */
};

static bool commit_held(struct destination *d, struct collect_item *const *items, guint n, GError **error)
{
    struct held *h = (struct held *)d;
    (void)items, (void)n;
    g_mutex_lock(&lock);
    h->entered = true;
    g_cond_broadcast(&answered);
    while (!h->open)
        g_cond_wait(&answered, &lock);
    const bool fails = h->fails;
    g_mutex_unlock(&lock);
    if (fails)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "there is no room");
    return !fails;
}

static void keep_destination(struct destination *d)
{
    (void)d; /* the test's own */
}

static void test_full(void)
{
    enum { REQUESTS = 4 };
    struct held held = {.base = {.commit = commit_held, .free = keep_destination}};
    const struct committer_options o = {.group_max = 1, .waiting_max = 2};
    struct committer *c = committer_new(&held.base, &o);
    struct wire_erasure e[REQUESTS] = {0};
    struct commit_request r[REQUESTS] = {0};
    bool done[REQUESTS] = {false};
    for (int i = 0; i < REQUESTS; i++) {
        r[i] = (struct commit_request){.item = {.erasures = &e[i], .n = 1}, .done = on_done, .data = &done[i]};
        committer_put(c, &r[i]);
        g_mutex_lock(&lock);
        while (!held.entered)
            g_cond_wait(&answered, &lock);
        g_mutex_unlock(&lock);
    }
    g_mutex_lock(&lock);
    ok(done[3] && r[3].later && !done[0] && !done[1] && !done[2], "who finds no place is told at once");
    held.open = true;
    g_cond_broadcast(&answered);
    while (!done[0] || !done[1] || !done[2])
        g_cond_wait(&answered, &lock);
    g_mutex_unlock(&lock);
    ok(!r[0].later && !r[1].later && !r[2].later, "and who found one is kept");
    g_mutex_lock(&lock);
    done[0] = false;
    held.fails = true;
    g_mutex_unlock(&lock);
    committer_put(c, &r[0]);
    g_mutex_lock(&lock);
    while (!done[0])
        g_cond_wait(&answered, &lock);
    g_mutex_unlock(&lock);
    ok(r[0].later, "what can't be kept is to come later");
    committer_free(c);
}

int main(void)
{
    dir = g_dir_make_tmp("frumious-collect-XXXXXX", NULL);
    path = g_build_filename(dir, "store.sqlite", NULL);
    catalogue = wire_test_catalogue();
    fault_register();
    test_tokens();
    test_rate();
    test_metrics();
    test_bodies();
    test_dating();
    test_sequence();
    test_dated_batches();
    test_references();
    test_backup();
    test_list_first();
    sweep("a write fails once", FAULT_WRITE, SQLITE_IOERR_WRITE, false);
    sweep("the disk is full from there on", FAULT_WRITE, SQLITE_FULL, true);
    sweep("a flush fails", FAULT_SYNC, SQLITE_IOERR_FSYNC, false);
    test_many(0);
    test_many(ALL);
    test_full();
    remove_store();
    wire_catalogue_free(catalogue);
    g_free(path);
    g_free(dir);
    return tap_done();
}
