/* sha256: digests of bytes. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define SHA256_SIZE 32

void sha256(const void *bytes, gsize n, uint8_t digest[SHA256_SIZE]);

/* HMAC-SHA256: one that only somebody with the key can make. */
void sha256_keyed(const void *key, gsize key_size, const void *bytes, gsize n, uint8_t digest[SHA256_SIZE]);
