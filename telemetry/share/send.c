#include "telemetry/share/send.h"

#include "base/interrupt.h"
#include "base/units.h"
#include "base/words.h"
#include "telemetry/share/patience.h"
#include "telemetry/share/post.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#define EVENTS_AT_ONCE   500
#define ERASURES_AT_ONCE 500

struct sending {
    struct store *store;
    const struct destination *d;
    struct poster *poster;
    struct send_result *result;
    struct patience patience;
    int64_t pause_ms;     /* before the next request */
    const char *language; /* of what the viewer is told */
    guint most;           /* events in a batch: fewer after one was too large */
};

/* What comes of a request. */
enum verdict {
    GO_ON, /* it was taken, or is to be sent anew */
    SKIP,  /* on to the next viewing */
    STOP,  /* nothing more to this destination, now; the result says why */
    FAILED /* the store has */
};

static enum verdict stop(struct sending *x, bool later, const char *format, ...) G_GNUC_PRINTF(3, 4);
static enum verdict stop(struct sending *x, bool later, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_free(x->result->trouble);
    x->result->trouble = g_strdup_vprintf(format, ap);
    x->result->later = later;
    va_end(ap);
    return STOP;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void sleep_ms(int64_t ms)
{
    struct pollfd end = {.fd = interrupt_fd(), .events = POLLIN};
    if (ms > 0 && !interrupt_requested())
        (void)poll(&end, 1, (int)MIN(ms, INT32_MAX));
}

/* False: it may not wait so long. */
static bool wait_for_collector(struct sending *x, int retry_after_s)
{
    const int64_t ms = patience_wait_ms(&x->patience, retry_after_s, g_random_double_range(0.67, 1.33));
    sleep_ms(ms);
    return ms >= 0 && !interrupt_requested();
}

/* Sends it until there is an answer that does not ask for time. */
static enum verdict send_patiently(struct sending *x, const char *path, const GString *json, struct post_answer *answer)
{
    for (;;) {
        sleep_ms(x->pause_ms);
        if (interrupt_requested())
            return stop(x, true, words_in(x->language, "it was asked to stop"));
        post(x->poster, path, json, answer);
        x->pause_ms = patience_pause_ms(answer->sent);
        const bool busy = answer->status == 408 || answer->status == 429 || answer->status >= 500;
        if (answer->status != 0 && !busy) {
            patience_calm(&x->patience);
            return GO_ON;
        }
        if (!wait_for_collector(x, answer->retry_after))
            return interrupt_requested() ? stop(x, true, words_in(x->language, "it was asked to stop"))
                   : answer->status == 0 ? stop(x, true, words_in(x->language, "%s cannot be reached: %s"),
                                                x->d->address, answer->trouble)
                                         : stop(x, true, words_in(x->language, "%s is busy"), x->d->name);
        post_answer_clear(answer);
    }
}

/* ---- viewings ---------------------------------------------------------------------------------------------------- */

/* The first one is told by its id. */
static void note_refused(struct sending *x, const struct outgoing *o, const struct wire_refusal *why)
{
    if (x->result->refused++ == 0)
        x->result->refusal = g_strdup_printf("%s: %s%s%s", o->batch->viewing, wire_code_what(why->code),
                                             *why->message ? "; " : "", why->message);
}

static enum verdict refuse_viewing(struct sending *x, const struct outgoing *o, const struct wire_refusal *why,
                                   GError **error)
{
    note_refused(x, o, why);
    return outgoing_refuse(x->store, x->d, o, wire_code_word(why->code), error) ? SKIP : FAILED;
}

static enum verdict lower_most(struct sending *x, const struct outgoing *o, const struct wire_refusal *why,
                               GError **error)
{
    x->most = MIN(x->most, o->batch->events->len) / 2;
    if (x->most > 0)
        return GO_ON;
    x->most = 1;
    return refuse_viewing(x, o, why, error);
}

/* What the table of refusals (telemetry/wire/README.md) tells a client to do. */
static enum verdict obey(struct sending *x, const struct outgoing *o, const struct wire_refusal *why, GError **error)
{
    switch (why->code) {
    case WIRE_NO_HOLE:
        if (why->expected < 1 || why->expected > o->acknowledged)
            return stop(x, false, words_in(x->language, "%s asks for events in an order that cannot be"), x->d->name);
        return outgoing_acknowledge(x->store, x->d, o, why->expected - 1, error) ? GO_ON : FAILED;
    case WIRE_NO_TOO_LARGE:
        return lower_most(x, o, why, error);
    case WIRE_NO_KEY:
    case WIRE_NO_CONFLICT:
    case WIRE_NO_ERASED:
    case WIRE_NO_INVALID:
    case WIRE_NO_NAME:
    case WIRE_NO_REFERENCE:
        return refuse_viewing(x, o, why, error);
    case WIRE_NO_STORY:
        x->result->later = true;
        return SKIP;
    case WIRE_NO_SLOW:
    case WIRE_NO_RATE:
    case WIRE_NO_BUSY:
        return stop(x, true, words_in(x->language, "%s is busy"), x->d->name);
    default:
        return stop(x, false, words_in(x->language, "%s refuses what is sent (%s): %s. What to do: %s"), x->d->address,
                    wire_code_word(why->code), wire_code_what(why->code), wire_code_remedy(why->code));
    }
}

static enum verdict take_answer(struct sending *x, const struct outgoing *o, const struct post_answer *answer,
                                int64_t *acknowledged, GError **error)
{
    struct wire_refusal why = {0};
    (void)wire_answer_read(answer->status, answer->body->str, answer->body->len, acknowledged, &why);
    if (why.code != WIRE_TAKEN)
        return obey(x, o, &why, error);
    if (*acknowledged < o->batch->to)
        return stop(x, false, words_in(x->language, "%s acknowledges less than it was sent"), x->d->name);
    if (!outgoing_acknowledge(x->store, x->d, o, *acknowledged, error))
        return FAILED;
    x->result->events += o->batch->events->len;
    return GO_ON;
}

/* A batch is noted before it leaves; what was erased until then stays here. */
static enum verdict send_batch(struct sending *x, const struct outgoing *o, int64_t *acknowledged, GError **error)
{
    bool offered = false;
    if (o->fault.code != WIRE_TAKEN) {
        note_refused(x, o, &o->fault);
        return SKIP;
    }
    if (!outgoing_offer(x->store, x->d, o, &offered, error))
        return FAILED;
    if (!offered)
        return SKIP;
    struct post_answer answer = {0};
    GString *json = wire_batch_write(o->batch);
    enum verdict v = send_patiently(x, "v1/viewings", json, &answer);
    if (v == GO_ON)
        v = take_answer(x, o, &answer, acknowledged, error);
    post_answer_clear(&answer);
    g_string_free(json, TRUE);
    return v;
}

/* A collector that asks for the same again and again ends the call. */
#define REPEATS_MAX 100

static enum verdict send_viewings(struct sending *x, GError **error)
{
    int64_t after = INT64_MIN, last = 0;
    enum verdict v = GO_ON;
    for (int repeats = 0; v == GO_ON || v == SKIP;) {
        struct outgoing o;
        int64_t acknowledged = -1;
        if (!outgoing_next(x->store, x->d, after, x->most, &o, error))
            return FAILED;
        const int64_t viewing = o.viewing;
        if (viewing == 0)
            return GO_ON;
        v = send_batch(x, &o, &acknowledged, error);
        outgoing_clear(&o);
        x->result->viewings += acknowledged >= 0 && viewing != last;
        last = acknowledged >= 0 ? viewing : last;
        repeats += v == GO_ON && acknowledged < 0;
        after = v == SKIP ? viewing : viewing - 1;
        if (repeats > REPEATS_MAX)
            return stop(x, false, words_in(x->language, "%s asks for the same again and again"), x->d->name);
    }
    return v;
}

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

static enum verdict send_some_erasures(struct sending *x, GArray *erasures, GError **error)
{
    struct post_answer answer = {0};
    struct wire_erasure *all = (struct wire_erasure *)(void *)erasures->data;
    GString *json = wire_erasures_write(all, erasures->len);
    enum verdict v = send_patiently(x, "v1/erasures", json, &answer);
    int64_t done = 0;
    if (v == GO_ON && answer.status == 200 &&
        wire_erased_read(answer.body->str, answer.body->len, all, erasures->len)) {
        for (guint i = 0; i < erasures->len; i++)
            x->result->not_erased += all[i].refused != WIRE_TAKEN;
        v = outgoing_confirm(x->store, x->d, erasures, &done, error) ? GO_ON : FAILED;
        x->result->erasures += done;
    } else if (v == GO_ON) {
        struct wire_refusal why = {0};
        int64_t none = 0;
        (void)wire_answer_read(answer.status, answer.body->str, answer.body->len, &none, &why);
        v = stop(x, why.code == WIRE_TAKEN || wire_code_retry(why.code),
                 words_in(x->language, "%s does not confirm what was erased (%s)"), x->d->address,
                 why.code == WIRE_TAKEN ? words_in(x->language, "an odd answer") : wire_code_word(why.code));
    }
    post_answer_clear(&answer);
    g_string_free(json, TRUE);
    return v;
}

static enum verdict send_erasures(struct sending *x, GError **error)
{
    for (;;) {
        g_autoptr(GArray) erasures = outgoing_erasures(x->store, x->d, ERASURES_AT_ONCE, error);
        if (!erasures)
            return FAILED;
        if (erasures->len == 0)
            return GO_ON;
        const enum verdict v = send_some_erasures(x, erasures, error);
        if (v != GO_ON)
            return v;
    }
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

bool send_to(struct store *s, const struct destination *d, const struct send_options *o, struct send_result *r,
             GError **error)
{
    struct sending x = {.store = s, .d = d, .result = r, .language = o->language, .most = EVENTS_AT_ONCE};
    *r = (struct send_result){0};
    patience_begin(&x.patience, o->wait_s);
    if (!outgoing_prepare(s, error))
        return false;
    x.poster = poster_new(d->address, d->token, o->certificates, error);
    if (!x.poster)
        return false;
    enum verdict v = send_erasures(&x, error);
    if (v == GO_ON && d->answer == DESTINATION_YES && d->has_secret)
        v = send_viewings(&x, error);
    if (v == GO_ON)
        v = send_erasures(&x, error);
    poster_free(x.poster);
    if (v == GO_ON && !outgoing_standing(s, d, &r->standing, error))
        v = FAILED;
    if (v == GO_ON && r->later)
        (void)stop(&x, true, words_in(o->language, "%s does not know every version of the film yet"), d->name);
    return v != FAILED;
}
