/* packed: bytes as the store keeps them as counts: compressed, which a fuzzer does not guess. */
#pragma once

#include "telemetry/count/tally.h"

#include <gio/gio.h>
#include <stdint.h>

#define PACKED_MAX      (64 * 1024)
#define PACKED_FROM_MAX (32 * 1024)

/* `size` is at most PACKED_FROM_MAX. Returns how many bytes of `out`, which has PACKED_MAX. */
static inline size_t packed(const uint8_t *data, size_t size, uint8_t *out)
{
    g_autoptr(GZlibCompressor) c = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW, 1);
    gsize taken = 0, made = 0;
    out[0] = TALLY_ENCODING;
    g_assert_true(g_converter_convert(G_CONVERTER(c), data, size, out + 1, PACKED_MAX - 1, G_CONVERTER_INPUT_AT_END,
                                      &taken, &made, NULL) == G_CONVERTER_FINISHED);
    return made + 1;
}
