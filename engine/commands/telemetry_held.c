#include "commands/telemetry_held.h"

#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/keep/held.h"

#include <inttypes.h>

/* As the collector's log has it. */
#define MOMENT "%Y-%m-%d %H:%M:%S UTC"

/* ---- text -------------------------------------------------------------------------------------------------------- */

static void append_viewing(GString *out, const struct held_viewing *v)
{
    g_autofree char *started = units_utc_time(v->started_ms, MOMENT),
                    *received = units_utc_time(v->received_ms, MOMENT),
                    *answered = units_utc_time(v->answered_ms, MOMENT);
    safe_printf(out, "viewing %s of %s%s%s, begun on %s by the device's clock\n", v->id, v->story,
                *v->version ? " " : "", v->version, started);
    if (v->dated_ms >= 0) {
        g_autofree char *dated = units_utc_time(v->dated_ms, MOMENT);
        safe_printf(out, "  which cannot be: it counts as begun on %s, by when it was received\n", dated);
    }
    safe_printf(out, "  %s%s\n", v->link ? "the viewer's link: " : "no link to a viewer", v->link ? v->link : "");
    if (v->received_ms < 0) {
        g_string_append(out, "  not received by this collector: it came by a merge, or was recorded here\n");
        return;
    }
    safe_printf(out, "  events 1 to %" PRId64 ", the latest received on %s; the device's clock was %.1f s behind\n",
                v->events, received, (double)v->behind_ms / 1000);
    safe_printf(out, "  its viewer agreed on %s to a text in '%s' with the SHA-256 %s\n", answered, v->language,
                v->consent);
}

static void append_text(GString *out, const struct held *h, const char *path, const char *key)
{
    safe_printf(out, "%s holds under %s: %u viewing%s\n", path, key, h->viewings->len, units_s(h->viewings->len));
    for (guint i = 0; i < h->viewings->len; i++)
        append_viewing(out, h->viewings->pdata[i]);
    if (h->erased_ms < 0)
        return;
    g_autofree char *erased = units_utc_time(h->erased_ms, MOMENT);
    safe_printf(out,
                "The viewing with this id was asked to be erased on %s. Its id is kept, and the hash of the key that "
                "proved it, so that what arrives later is refused.\n",
                erased);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_viewing(JsonBuilder *b, const struct held_viewing *v)
{
    json_builder_begin_object(b);
    json_put_text(b, "viewing", v->id);
    json_put_text(b, "viewer", v->link);
    json_put_text(b, "story", v->story);
    json_put_text(b, "version", v->version);
    json_put_int(b, "started_ms", v->started_ms);
    if (v->dated_ms >= 0)
        json_put_int(b, "dated_ms", v->dated_ms);
    if (v->received_ms >= 0) {
        json_put_object(b, "received");
        json_put_int(b, "events", v->events);
        json_put_int(b, "received_ms", v->received_ms);
        json_put_int(b, "clock_ms", v->behind_ms);
        json_put_text(b, "consent", v->consent);
        json_put_text(b, "language", v->language);
        json_put_int(b, "answered_ms", v->answered_ms);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
}

static void append_json(GString *out, const struct held *h, const char *key)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-held");
    json_put_int(b, "version", 1);
    json_put_text(b, "key", key);
    json_put_array(b, "viewings");
    for (guint i = 0; i < h->viewings->len; i++)
        put_viewing(b, h->viewings->pdata[i]);
    json_builder_end_array(b);
    if (h->erased_ms >= 0)
        json_put_int(b, "erased_ms", h->erased_ms);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

int telemetry_held(const struct telemetry_request *r)
{
    uint8_t key[16];
    int code;
    static const char *const formats[] = {"text", "json", NULL};
    const int format = command_choice("--format", r->format, formats, 0);
    if (format < 0)
        return EXIT_USAGE;
    if (!r->what || !held_key(r->what, key)) {
        console_say("name what was asked about: the whole id of a viewing, or a viewer's link");
        return EXIT_USAGE;
    }
    struct telemetry_request with = *r;
    with.document = format == 1;
    struct store *store = telemetry_request_open(&with, TELEMETRY_READ, &code);
    if (!store)
        return code;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    struct held *h = held_read(store, key, &error);
    if (h && format == 1)
        append_json(out, h, r->what);
    else if (h)
        append_text(out, h, store->path, r->what);
    held_free(h);
    telemetry_request_close(store);
    console_write(out);
    return error ? telemetry_failed(error) : EXIT_OK;
}
