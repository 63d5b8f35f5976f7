/*
 * What travels to a collector: batches as JSON and back, every check by a planted mistake, random viewings split anywhere, answers and
 * erasures; the reference of the format against the code.
 */
#include "tap.h"
#include "wire_test.h"

#include "telemetry/wire/erasure.h"
#include "telemetry/wire/wire_schema.h"

#include <stdlib.h>

#define ALL ((int64_t)G_N_ELEMENTS(test_play))

static char *good; /* the whole of test_play */

/* ---- both ways --------------------------------------------------------------------------------------------------- */

static void test_both_ways(void)
{
    struct wire_refusal r;
    struct wire_batch *read = wire_batch_read(good, strlen(good), &r);
    if (!ok(read != NULL, "a batch is read: %s", r.message))
        return;
    GString *again = wire_batch_write(read);
    is_str(again->str, good, "and written again as it was");
    is_int(read->events->len, ALL, "with all events");
    ok(read->linked && read->story_hash == test_story.hash && read->seed == -7, "and the header");
    int story = -1;
    struct wire_catalogue *c = wire_test_catalogue();
    ok(wire_catalogue_check(c, read, &story, &r) && story == 0, "the story has all that it names: %s", r.message);
    const struct wire_event *e = &g_array_index(read->events, struct wire_event, 1);
    const struct tel_menu menu = wire_menu(&test_story, e), *was = &test_play[1].exposure.menu;
    ok(menu.decision == was->decision && menu.n == was->n && memcmp(menu.options, was->options, was->n) == 0 &&
           menu.locked == was->locked,
       "what was offered is what was recorded");
    struct tel_viewing v = {0};
    wire_arms(&test_story, read, &v);
    ok(v.n_arms == 1 && v.arms[0] == 1, "and the arm");
    g_string_free(again, TRUE);
    wire_catalogue_free(c);
    wire_batch_free(read);
}

/* ---- one mistake each -------------------------------------------------------------------------------------------- */

static const struct {
    const char *what, *old, *new;
    enum wire_code code;
} mistakes[] = {
    {"nothing is changed", "\"format\":1", "\"format\":1", WIRE_TAKEN},
    {"no JSON", "{\"format\"", "[\"format\"", WIRE_NO_MALFORMED},
    {"another format", "\"format\":1", "\"format\":2", WIRE_NO_FORMAT},
    {"a format that is no number", "\"format\":1", "\"format\":\"1\"", WIRE_NO_INVALID},
    {"no consent", "\"consent\":", "\"consend\":", WIRE_NO_CONSENT},
    {"consent is null", "\"consent\":{", "\"consent\":null,\"x\":{", WIRE_NO_CONSENT},
    {"consent to nothing", "\"text\":\"c0c0c0c0", "\"text\":\"C0c0c0c0", WIRE_NO_INVALID},
    {"consent without a time", "\"answered_ms\":1", "\"answered_ms\":-1", WIRE_NO_CONSENT},
    {"consent at no time", "\"answered_ms\":1767225599000", "\"answered_ms\":0", WIRE_NO_CONSENT},
    {"consent at the first time", "\"answered_ms\":1767225599000", "\"answered_ms\":1", WIRE_TAKEN},
    {"consent in no language", "\"language\":\"en\",\"answered_ms\"", "\"language\":\"\",\"answered_ms\"",
     WIRE_NO_CONSENT},
    {"a member too many", "\"from\":1", "\"extra\":0,\"from\":1", WIRE_NO_INVALID},
    {"a member of an event too many", "\"node\":\"stop\"", "\"node\":\"stop\",\"x\":1", WIRE_NO_INVALID},
    {"a member too few", "\"sent_ms\"", "\"sentms\"", WIRE_NO_INVALID},
    {"a batch without an id", "\"batch\":\"0", "\"batch\":\"x", WIRE_NO_INVALID},
    {"an id in capital letters", "\"batch\":\"0190a", "\"batch\":\"0190A", WIRE_NO_INVALID},
    {"a viewing without an id", "\"viewing\":{\"id\":\"0190", "\"viewing\":{\"id\":\"\\u0000190", WIRE_NO_INVALID},
    {"an unknown story", "\"id\":\"org.example.night-bus\"", "\"id\":\"org.example.other\"", WIRE_NO_STORY},
    {"another version", "\"version\":\"1.0\"", "\"version\":\"1.1\"", WIRE_NO_STORY},
    {"another hash", "\"hash\":\"fedc", "\"hash\":\"fedd", WIRE_NO_STORY},
    {"a hash that is none", "\"hash\":\"fedc", "\"hash\":\"fed", WIRE_NO_INVALID},
    {"an unknown mode", "\"mode\":\"window\"", "\"mode\":\"door\"", WIRE_NO_INVALID},
    {"a code as a number", "\"chooser\":\"person\"", "\"chooser\":0", WIRE_NO_INVALID},
    {"a time mode that nobody has", "\"time_mode\":1,\"seed\"", "\"time_mode\":4,\"seed\"", WIRE_NO_INVALID},
    {"a seed that is no number", "\"seed\":\"1", "\"seed\":\"-1", WIRE_NO_INVALID},
    {"a seed as a number", "\"seed\":\"18446744073709551609\"", "\"seed\":7", WIRE_NO_INVALID},
    {"a start before time", "\"started_ms\":1", "\"started_ms\":-1", WIRE_NO_INVALID},
    {"a start with a fraction", "\"started_ms\":1767225600000", "\"started_ms\":1.5", WIRE_NO_INVALID},
    {"nth 0", "\"nth\":1", "\"nth\":-1", WIRE_NO_INVALID},
    {"nth not known", "\"nth\":1", "\"nth\":null", WIRE_TAKEN},
    {"half a subtitle", "\"subtitles\":1", "\"subtitles\":2", WIRE_NO_INVALID},
    {"no channel", "\"channel\":\"festival\"", "\"channel\":null", WIRE_TAKEN},
    {"a channel with a line end", "\"channel\":\"festival\"", "\"channel\":\"a\\nb\"", WIRE_NO_INVALID},
    {"an engine without end", "\"engine\":\"0.1\"", "\"engine\":\"0123456789012345678901234567890\"", WIRE_NO_INVALID},
    {"an unknown arm", "\"opening=slow\"", "\"opening=late\"", WIRE_NO_NAME},
    {"two arms of one experiment", "\"opening=slow\"", "\"opening=slow\",\"opening=fast\"", WIRE_NO_NAME},
    {"the same arm twice", "\"opening=slow\"", "\"opening=slow\",\"opening=slow\"", WIRE_NO_INVALID},
    {"no viewer", "\"viewer\":\"abab", "\"viewer\":null,\"y\":\"", WIRE_NO_INVALID},
    {"a key that is too short", "\"key\":\"1c1c", "\"key\":\"1c", WIRE_NO_INVALID},
    {"no key", "\"key\":\"1c1c", "\"key\":null,\"y\":\"", WIRE_NO_INVALID},
    {"from 0", "\"from\":1", "\"from\":0", WIRE_NO_INVALID},
    {"from behind to", "\"from\":1", "\"from\":99", WIRE_NO_INVALID},
    {"to beyond the events", "\"to\":14", "\"to\":15", WIRE_NO_INVALID},
    {"a number missing", "\"seq\":3,", "\"seq\":4,", WIRE_NO_INVALID},
    {"a number twice", "\"seq\":4,", "\"seq\":3,", WIRE_NO_INVALID},
    {"events that are no list", "\"events\":[", "\"events\":null,\"z\":[", WIRE_NO_INVALID},
    {"an event that is none", "\"events\":[", "\"events\":[7,", WIRE_NO_INVALID},
    {"an unknown kind", "\"event\":\"visit\"", "\"event\":\"dream\"", WIRE_NO_INVALID},
    {"time before the start", "\"at_ms\":0", "\"at_ms\":-1", WIRE_NO_INVALID},
    {"time without end", "\"at_ms\":0", "\"at_ms\":9999999999999999", WIRE_NO_INVALID},
    {"an unknown node", "\"node\":\"stop\"", "\"node\":\"start\"", WIRE_NO_NAME},
    {"a node without a name", "\"node\":\"stop\"", "\"node\":\"\"", WIRE_NO_INVALID},
    {"a node that is null", "\"node\":\"stop\"", "\"node\":null", WIRE_NO_INVALID},
    {"a length below nothing", "\"planned_us\":31400000", "\"planned_us\":-5", WIRE_NO_INVALID},
    {"a length not known", "\"planned_us\":31400000", "\"planned_us\":null", WIRE_TAKEN},
    {"an unknown decision", "\"decision\":\"which-ticket\"", "\"decision\":\"which\"", WIRE_NO_NAME},
    {"an option of another decision", "\"menu\":[\"single\"", "\"menu\":[\"left\"", WIRE_NO_NAME},
    {"an option twice", "\"menu\":[\"single\",\"ride\"", "\"menu\":[\"single\",\"single\"", WIRE_NO_INVALID},
    {"a lock on what was not shown", "\"menu\":[\"single\",\"ride\",\"return\"]", "\"menu\":[\"single\",\"return\"]",
     WIRE_NO_INVALID},
    {"light beyond the options", "\"focus\":0", "\"focus\":3", WIRE_NO_INVALID},
    {"a list in a list", "\"locked\":[\"ride\"]", "\"locked\":[[\"ride\"]]", WIRE_NO_INVALID},
    {"a pick of nothing", "\"option\":\"return\"", "\"option\":null", WIRE_NO_INVALID},
    {"a pick of what there is not", "\"option\":\"return\"", "\"option\":\"walk\"", WIRE_NO_NAME},
    {"an outcome of itself", "\"exposure\":2", "\"exposure\":3", WIRE_NO_INVALID},
    {"an outcome of a visit", "\"exposure\":2", "\"exposure\":1", WIRE_NO_REFERENCE},
    {"a leave of a question", "\"visit\":1", "\"visit\":2", WIRE_NO_REFERENCE},
    {"an unknown ending", "\"ending\":\"home\"", "\"ending\":\"dawn\"", WIRE_NO_NAME},
    {"an unknown reason", "\"reason\":\"ended\"", "\"reason\":\"bored\"", WIRE_NO_INVALID},
    {"nested brackets", "\"events\":[", "\"events\":[[[[[[[[[[[[[[[[[[[[[[[[", WIRE_NO_MALFORMED},
    {"a member twice", "\"from\":1", "\"from\":1,\"from\":1", WIRE_NO_INVALID},
    {"a number that no register holds", "\"to\":14", "\"to\":99999999999999999999", WIRE_NO_INVALID},
    {"a number of more digits than any", "\"to\":14", "\"to\":1400000000000000000000000000000000000000",
     WIRE_NO_INVALID},
    {"a number that begins with 0", "\"to\":14", "\"to\":014", WIRE_NO_MALFORMED},
    {"a text with an end in it", "\"engine\":\"0", "\"engine\":\"0\\u0000", WIRE_NO_INVALID},
    {"a name with an end in it", "\"from\":1", "\"from\\u0000x\":1", WIRE_NO_INVALID},
    {"a name that ends at once", "\"from\":1", "\"\\u0000\":0,\"from\":1", WIRE_NO_INVALID},
    {"a list of lists of lists", "\"from\":1", "\"extra\":[[[[[[]]]]]],\"from\":1", WIRE_NO_MALFORMED},
    {"two documents", "{\"format\":1", "{}{\"format\":1", WIRE_NO_MALFORMED},
    {"a remark", "{\"format\":1", "{/* */\"format\":1", WIRE_NO_MALFORMED},
    {"bytes that are no text", "\"engine\":\"0", "\"engine\":\"\xff", WIRE_NO_MALFORMED},
};

static char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    if (!at) {
        ok(false, "the batch has no %s", old);
        exit(1);
    }
    return g_strdup_printf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static enum wire_code judge(const char *json, gsize n, char **message)
{
    struct wire_catalogue *c = wire_test_catalogue();
    struct wire_refusal r;
    int story;
    struct wire_batch *b = wire_batch_read(json, n, &r);
    if (b)
        wire_catalogue_check(c, b, &story, &r);
    wire_batch_free(b);
    wire_catalogue_free(c);
    *message = g_strdup(r.message);
    return r.code;
}

static void test_mistakes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *json = replaced(good, mistakes[i].old, mistakes[i].new), *message = NULL;
        const enum wire_code code = judge(json, strlen(json), &message);
        if (!ok(code == mistakes[i].code, "%s: %s", mistakes[i].what, wire_code_word(mistakes[i].code)))
            printf("#   %s: %s\n", wire_code_word(code), message);
        if (code != WIRE_TAKEN && !*message)
            ok(false, "%s: says why", mistakes[i].what);
    }
    for (gsize n = 0; n < strlen(good) - 1; n += 97) {
        g_autofree char *message = NULL;
        if (judge(good, n, &message) != WIRE_NO_MALFORMED)
            ok(false, "cut off after %" G_GSIZE_FORMAT " bytes", n);
    }
    ok(true, "cut off anywhere, it is no JSON");
    g_autofree char *message = NULL;
    is_int(judge(NULL, 0, &message), WIRE_NO_MALFORMED, "nothing at all is no JSON");
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* What a batch of one play that consists of visits is refused for, as it is and as it was sent. */
static void check_visits(int64_t n, enum wire_code wanted)
{
    struct wire_refusal r = {0};
    struct wire_batch *b = wire_test_header(&test_story, TEST_ID);
    b->from = 1;
    b->to = n;
    for (int64_t seq = 1; seq <= n; seq++)
        wire_test_add(b, &test_story, &test_play[0], seq, 0, 0);
    const bool right = wire_batch_check(b, &r);
    ok(right == (wanted == WIRE_TAKEN) && r.code == wanted, "%d events: %s", (int)n, wire_code_word(r.code));
    g_autofree char *message = NULL, *json = g_string_free(wire_batch_write(b), FALSE);
    wire_batch_free(b);
    is_int(judge(json, strlen(json), &message), wanted, "and as they were sent");
    ok(wanted == WIRE_TAKEN || strstr(message, "shorter list"), "the list is told: %s", message);
}

/* A name that no story has, and one that none can have. */
static void check_node(gsize bytes, enum wire_code wanted)
{
    g_autofree char *text = g_strnfill(bytes, 'x'), *member = g_strdup_printf("\"node\":\"%s\"", text);
    g_autofree char *json = replaced(good, "\"node\":\"stop\"", member), *message = NULL;
    const enum wire_code code = judge(json, strlen(json), &message);
    ok(code == wanted, "a name of %d bytes: %s", (int)bytes, wire_code_word(code));
}

static void check_erasures(guint n, enum wire_code wanted)
{
    struct wire_refusal r;
    g_autofree struct wire_erasure *all = g_new0(struct wire_erasure, n);
    for (guint i = 0; i < n; i++)
        all[i] = (struct wire_erasure){.viewing = TEST_ID, .key = {1}};
    GString *json = wire_erasures_write(all, n);
    GArray *read = wire_erasures_read(json->str, json->len, &r);
    ok(r.code == wanted && (wanted == WIRE_TAKEN) == (read && read->len == n), "%d erasures: %s", (int)n,
       wire_code_word(r.code));
    g_clear_pointer(&read, g_array_unref);
    g_string_free(json, TRUE);
}

/* As much as there may be, and one more. */
static void test_limits(void)
{
    check_visits(WIRE_EVENTS_MAX, WIRE_TAKEN);
    check_visits(WIRE_EVENTS_MAX + 1, WIRE_NO_INVALID);
    check_node(WIRE_TEXT_MAX, WIRE_NO_NAME);
    check_node(WIRE_TEXT_MAX + 1, WIRE_NO_INVALID);
    check_erasures(WIRE_ERASURES_MAX, WIRE_TAKEN);
    check_erasures(WIRE_ERASURES_MAX + 1, WIRE_NO_INVALID);
}

/* Deep nesting must not reach a parser that reads it by recursion. */
static void test_deep(void)
{
    g_autofree char *message = NULL;
    const gsize n = 1024 * 1024;
    g_autofree char *deep = g_malloc(n + 1);
    memset(deep, '[', n);
    deep[n] = '\0';
    is_int(judge(deep, n, &message), WIRE_NO_MALFORMED, "a million brackets are no JSON");
}

/* ---- random viewings --------------------------------------------------------------------------------------------- */

static int64_t draw(GRand *rand, int64_t most)
{
    return (int64_t)(g_rand_double(rand) * (double)(most + 1));
}

static struct tel_record draw_record(GRand *rand, enum tel_kind kind, int32_t decision)
{
    struct tel_record r = {.kind = kind, .at_us = draw(rand, 1000000) * US_PER_MS};
    const int64_t us = draw(rand, 3) ? draw(rand, WIRE_US_MAX) : US_NONE;
    switch (kind) {
    case TEL_VISIT:
        r.visit = (struct tel_visit){(int32_t)draw(rand, 3), us};
        break;
    case TEL_LEAVE:
        r.leave = (struct tel_leave){0, us, draw(rand, 9), us};
        break;
    case TEL_EXPOSURE: {
        const struct tel_decision *d = &test_decisions[decision];
        struct tel_menu m = {.decision = decision};
        for (int32_t i = d->n_options - 1; i >= 0; i--)
            if (i == 0 || draw(rand, 2))
                m.options[m.n++] = (uint8_t)i;
        m.locked = draw(rand, 3) ? 0 : UINT64_C(1) << m.options[0];
        r.exposure = (struct tel_exposure){m, (int32_t)draw(rand, m.n) - 1, us, draw(rand, 1) ? 10 : 0};
        break;
    }
    case TEL_OUTCOME:
        r.outcome = (struct tel_outcome){decision, (int32_t)draw(rand, 4), (int32_t)draw(rand, 1),
                                         us,       (int32_t)draw(rand, 6), (int32_t)draw(rand, 1000)};
        break;
    case TEL_REACHED:
        r.reached = (struct tel_reached){(int32_t)draw(rand, 1)};
        break;
    case TEL_STALL:
        r.stall = (struct tel_stall){0, (int32_t)draw(rand, 2), us};
        break;
    case TEL_GAP:
        r.gap = (struct tel_gap){1 + draw(rand, 5), (int32_t)draw(rand, 4)};
        break;
    default:
        r.kind = TEL_FINISH;
        r.finish = (struct tel_finish){TEST_START + draw(rand, 99999), (int32_t)draw(rand, 4)};
        break;
    }
    return r;
}

/* A viewing whose events follow one another in any way that their references allow. Gaps may stand for several numbers. */
static struct wire_batch *draw_viewing(GRand *rand)
{
    struct wire_batch *b = wire_test_header(&test_story, TEST_ID_2);
    int64_t visit = 0, exposure = 0, seq = 0;
    int32_t decision = 0;
    const int64_t n = 1 + draw(rand, 60);
    for (int64_t i = 0; i < n; i++) {
        const enum tel_kind kind = (enum tel_kind)draw(rand, TEL_KINDS - 1);
        const bool needs_visit = kind == TEL_LEAVE || kind == TEL_STALL;
        const enum tel_kind can = (needs_visit && !visit) || (kind == TEL_OUTCOME && !exposure) ? TEL_VISIT : kind;
        if (can == TEL_EXPOSURE)
            decision = (int32_t)draw(rand, 1);
        const struct tel_record r = draw_record(rand, can, decision);
        seq += r.kind == TEL_GAP ? 1 + draw(rand, r.gap.count - 1) : 1;
        visit = r.kind == TEL_VISIT ? seq : visit;
        exposure = r.kind == TEL_EXPOSURE ? seq : exposure;
        wire_test_add(b, &test_story, &r, seq, visit, exposure);
    }
    b->from = 1;
    b->to = seq;
    return b;
}

/* Events first..last (places) of a viewing, written and read. NULL and a failed point: they were refused. */
static struct wire_batch *pass_on(const struct wire_batch *all, guint first, guint last)
{
    struct wire_batch *part = wire_test_header(&test_story, TEST_ID_2);
    struct wire_refusal r;
    part->from = first == 0 ? 1 : g_array_index(all->events, struct wire_event, first - 1).seq + 1;
    part->to = g_array_index(all->events, struct wire_event, last).seq;
    for (guint i = first; i <= last; i++)
        wire_batch_add(part, &g_array_index(all->events, struct wire_event, i));
    GString *json = wire_batch_write(part);
    struct wire_batch *read = wire_batch_read(json->str, json->len, &r);
    if (!read)
        ok(false, "taken: %s", r.message);
    g_string_free(json, TRUE);
    wire_batch_free(part);
    return read;
}

static bool same_event(const struct wire_event *a, const struct wire_event *b)
{
    bool same = a->kind == b->kind && a->seq == b->seq && a->at_ms == b->at_ms;
    for (int i = 0; i < WIRE_FIELDS_MAX; i++)
        same = same && a->values[i].known == b->values[i].known && a->values[i].number == b->values[i].number &&
               g_strcmp0(a->values[i].text, b->values[i].text) == 0;
    return same;
}

static void test_split(void)
{
    struct wire_catalogue *c = wire_test_catalogue();
    GRand *rand = g_rand_new_with_seed(23);
    int wrong = 0, events = 0, batches = 0;
    for (int round = 0; round < 400; round++) {
        struct wire_batch *all = draw_viewing(rand);
        for (guint first = 0, last; first < all->events->len; first = last + 1) {
            last = first + (guint)draw(rand, 9);
            last = MIN(last, all->events->len - 1);
            struct wire_batch *read = pass_on(all, first, last);
            struct wire_refusal r = {0};
            int story;
            for (guint i = first; read && i <= last; i++, events++)
                wrong += !same_event(&g_array_index(all->events, struct wire_event, i),
                                     &g_array_index(read->events, struct wire_event, i - first));
            wrong += !read || !wire_catalogue_check(c, read, &story, &r);
            if (r.code)
                printf("# %s\n", r.message);
            batches++;
            wire_batch_free(read);
        }
        wire_batch_free(all);
    }
    ok(events > 10000 && wrong == 0, "random viewings, split anywhere: %d events in %d batches, %d wrong", events,
       batches, wrong);
    g_rand_free(rand);
    wire_catalogue_free(c);
}

/* ---- answers and erasures ---------------------------------------------------------------------------------------- */

static void test_answers(void)
{
    struct wire_refusal r, got;
    int64_t acknowledged = 0;
    GString *json = wire_acknowledgement_write(TEST_ID, 42);
    ok(wire_answer_read(200, json->str, json->len, &acknowledged, &got) && acknowledged == 42 && got.code == WIRE_TAKEN,
       "an acknowledgement");
    g_string_free(json, TRUE);
    for (enum wire_code code = WIRE_TAKEN + 1; code < WIRE_CODES; code++) {
        wire_refuse(&r, code, "because of \"%s\"", "this");
        r.expected = code == WIRE_NO_HOLE ? 17 : 0;
        json = wire_refusal_write(&r);
        ok(wire_answer_read(wire_code_http(code), json->str, json->len, &acknowledged, &got) && got.code == code &&
               got.expected == r.expected && strcmp(got.message, r.message) == 0,
           "a refusal: %s", wire_code_word(code));
        g_string_free(json, TRUE);
    }
    static const struct {
        int status;
        const char *body;
        enum wire_code code;
    } foreign[] = {
        {502, "<html>Bad Gateway</html>", WIRE_NO_BUSY},
        {504, "", WIRE_NO_BUSY},
        {429, "{}", WIRE_NO_BUSY},
        {404, "<h1>Not Found</h1>", WIRE_NO_NOT_FOUND},
        {200, "<h1>Log in</h1>", WIRE_NO_NOT_FOUND},
        {200, "{\"acknowledged\":\"7\"}", WIRE_NO_NOT_FOUND},
        {200, "{\"acknowledged\":-7}", WIRE_NO_NOT_FOUND},
        {403, "{\"error\":\"erased\"}", WIRE_NO_NOT_FOUND},
        {503, "{\"error\":\"hole\"}", WIRE_NO_BUSY},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
        ok(!wire_answer_read(foreign[i].status, foreign[i].body, strlen(foreign[i].body), &acknowledged, &got) &&
               got.code == foreign[i].code,
           "%d %s is no answer of a collector", foreign[i].status, foreign[i].body);
}

static void test_erasures(void)
{
    struct wire_erasure all[2] = {{.viewing = TEST_ID, .key = {1, 2, 3}}, {.viewing = TEST_ID_2, .key = {9}}};
    struct wire_refusal r;
    GString *json = wire_erasures_write(all, 2);
    GArray *read = wire_erasures_read(json->str, json->len, &r);
    ok(read && read->len == 2 && memcmp(read->data, all, sizeof all) == 0, "erasures are read as they were written");
    g_string_free(json, TRUE);
    g_clear_pointer(&read, g_array_unref);

    struct wire_erasure answered[2];
    memcpy(answered, all, sizeof all);
    answered[0].confirmed_ms = TEST_START;
    answered[1].refused = WIRE_NO_KEY;
    json = wire_erased_write(answered, 2);
    ok(wire_erased_read(json->str, json->len, all, 2) && memcmp(all, answered, sizeof all) == 0,
       "and what is answered");
    ok(!wire_erased_read(json->str, json->len, all, 1), "an answer to something else is none");
    g_string_free(json, TRUE);
    struct wire_erasure foreign[2] = {{.viewing = TEST_ID_2}, {.viewing = TEST_ID}};
    json = wire_erased_write(answered, 2);
    ok(!wire_erased_read(json->str, json->len, foreign, 2), "nor is one about other viewings, or in another order");
    g_string_free(json, TRUE);
    int forgotten = 0;
    for (enum wire_code code = WIRE_TAKEN; code < WIRE_CODES; code++) {
        g_autofree char *said =
            g_strdup_printf("{\"erasures\":[{\"viewing\":\"%s\",\"error\":\"%s\"}]}", TEST_ID, wire_code_word(code));
        struct wire_erasure one = {.viewing = TEST_ID};
        forgotten += wire_erased_read(said, strlen(said), &one, 1);
        ok(code != WIRE_NO_KEY || (forgotten == 1 && one.refused == WIRE_NO_KEY), "another key is a reason for good");
    }
    is_int(forgotten, 1, "and the only one");

    static const char *const wrong[] = {"{\"format\":1,\"erasures\":[]}",
                                        "{\"format\":2,\"erasures\":[{}]}",
                                        "{\"format\":1}",
                                        "{\"format\":1,\"erasures\":[{\"viewing\":\"x\",\"key\":\"00\"}]}",
                                        "{\"format\":1,\"erasures\":[{\"viewing\":\"" TEST_ID "\",\"key\":\"00\"}]}",
                                        "[]",
                                        ""};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        ok(!wire_erasures_read(wrong[i], strlen(wrong[i]), &r) && r.code != WIRE_TAKEN, "refused: %s", wrong[i]);
}

/* ---- the reference ----------------------------------------------------------------------------------------------- */

static void test_reference(void)
{
    g_autofree char *readme = NULL, *kept = NULL, *schema = wire_schema();
    g_assert_true(g_file_get_contents("telemetry/wire/README.md", &readme, NULL, NULL));
    for (enum wire_code code = WIRE_TAKEN + 1; code < WIRE_CODES; code++) {
        g_autofree char *row =
            g_strdup_printf("| %d | `%s` | %s | %s | %s |\n", wire_code_http(code), wire_code_word(code),
                            wire_code_what(code), wire_code_remedy(code), wire_code_retry(code) ? "yes" : "no");
        if (!ok(strstr(readme, row) != NULL, "README.md tells what %s means", wire_code_word(code)))
            printf("#   %s", row);
    }
    if (g_strcmp0(g_getenv("FRUMIOUS_GOLDEN"), "write") == 0)
        g_file_set_contents("telemetry/wire/batch.schema.json", schema, -1, NULL);
    g_file_get_contents("telemetry/wire/batch.schema.json", &kept, NULL, NULL);
    ok(g_strcmp0(schema, kept) == 0, "batch.schema.json is what the registry says");
}

int main(void)
{
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL |
                           G_LOG_LEVEL_WARNING); /* what a library finds wrong with how it is called is a mistake */
    struct wire_batch *b = wire_test_batch(1, ALL);
    good = g_string_free(wire_batch_write(b), FALSE);
    wire_batch_free(b);
    test_both_ways();
    test_mistakes();
    test_limits();
    test_deep();
    test_split();
    test_answers();
    test_erasures();
    test_reference();
    g_free(good);
    return tap_done();
}
