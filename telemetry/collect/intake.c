#include "telemetry/collect/intake.h"

#include <assert.h>
#include <gio/gio.h>

/* What gzip holds, at most WIRE_JSON_MAX bytes; NULL and *refusal. A bomb costs no more than that. */
static GByteArray *unpack(const void *body, gsize size, struct wire_refusal *refusal)
{
    g_autoptr(GZlibDecompressor) gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    GConverterResult result = G_CONVERTER_CONVERTED;
    const char *at = body;
    gsize left = size, used = 0;
    while (result == G_CONVERTER_CONVERTED) {
        gsize taken = 0, made = 0;
        g_byte_array_set_size(out, (guint)(used + 65536));
        result = g_converter_convert(G_CONVERTER(gzip), at, left, out->data + used, 65536, G_CONVERTER_INPUT_AT_END,
                                     &taken, &made, &error);
        at += taken;
        left -= taken;
        used += made;
        if (used > WIRE_JSON_MAX) {
            wire_refuse(refusal, WIRE_NO_TOO_LARGE, "it unpacks to more than %d bytes", WIRE_JSON_MAX);
            return NULL;
        }
    }
    if (result != G_CONVERTER_FINISHED || left > 0) {
        wire_refuse(refusal, WIRE_NO_MALFORMED, "it is no gzip, or not all of it");
        return NULL;
    }
    g_byte_array_set_size(out, (guint)used);
    return g_steal_pointer(&out);
}

static bool read_batch(const char *json, gsize n, const struct intake *in, const struct wire_catalogue *catalogue,
                       const struct tokens *tokens, struct collect_item *item, struct wire_refusal *refusal)
{
    item->batch = wire_batch_read(json, n, refusal);
    return item->batch &&
           (tokens_allow(tokens, item->batch->story, in->token) ||
            wire_refuse(refusal, WIRE_NO_TOKEN, "this is no token of the story")) &&
           wire_catalogue_check(catalogue, item->batch, &item->story, refusal);
}

static bool read_erasures(const char *json, gsize n, struct collect_item *item, struct wire_refusal *refusal)
{
    GArray *all = wire_erasures_read(json, n, refusal);
    if (!all)
        return false;
    item->n = all->len;
    item->erasures = (struct wire_erasure *)(void *)g_array_free(all, FALSE);
    return true;
}

bool intake_read(const struct intake *in, const struct wire_catalogue *catalogue, const struct tokens *tokens,
                 struct collect_item *item, struct wire_refusal *refusal)
{
    g_autoptr(GByteArray) unpacked = NULL;
    *item = (struct collect_item){0};
    *refusal = (struct wire_refusal){0};
    /* Who has no token at all costs nothing more. */
    if (!in->token || !tokens_allow(tokens, NULL, in->token))
        return wire_refuse(refusal, WIRE_NO_TOKEN, "there is no token of a story that is known here");
    if (in->gzip && !(unpacked = unpack(in->body, in->size, refusal)))
        return false;
    const char *json = unpacked ? (const char *)unpacked->data : in->body;
    const gsize n = unpacked ? unpacked->len : in->size;
    const bool taken = in->kind == INTAKE_BATCH ? read_batch(json, n, in, catalogue, tokens, item, refusal)
                                                : read_erasures(json, n, item, refusal);
    assert(taken == (refusal->code == WIRE_TAKEN));
    if (!taken)
        intake_clear(item);
    return taken;
}

void intake_clear(struct collect_item *item)
{
    g_clear_pointer(&item->batch, wire_batch_free);
    g_clear_pointer(&item->erasures, g_free);
    item->n = 0;
}
