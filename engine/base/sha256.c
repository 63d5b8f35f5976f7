#include "base/sha256.h"

#include <assert.h>

void sha256(const void *bytes, gsize n, uint8_t digest[SHA256_SIZE])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = SHA256_SIZE;
    g_checksum_update(sum, bytes, (gssize)n);
    g_checksum_get_digest(sum, digest, &size);
    assert(size == SHA256_SIZE);
}

void sha256_keyed(const void *key, gsize key_size, const void *bytes, gsize n, uint8_t digest[SHA256_SIZE])
{
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, key, key_size);
    gsize size = SHA256_SIZE;
    g_hmac_update(hmac, bytes, (gssize)n);
    g_hmac_get_digest(hmac, digest, &size);
    assert(size == SHA256_SIZE);
}
