#include "telemetry/collect/rate.h"

#include "base/sha256.h"

#include <assert.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

enum { PLACES = 1 << 16 };

struct bucket {
    double tokens;
    int64_t at_us; /* when that was so; 0: it was never used, and is full */
};

struct rate {
    double per_second, burst;
    guint32 secret; /* so that nobody can choose addresses that share a place with another's */
    GMutex lock;
    struct bucket buckets[PLACES];
};

struct rate *rate_new(double per_second, double burst)
{
    struct rate *r = g_new0(struct rate, 1);
    assert(per_second >= 0 && burst >= 1);
    r->per_second = per_second;
    r->burst = burst;
    r->secret = g_random_int();
    g_mutex_init(&r->lock);
    return r;
}

void rate_free(struct rate *r)
{
    if (!r)
        return;
    g_mutex_clear(&r->lock);
    g_free(r);
}

static guint32 place(const struct rate *r, const char *address)
{
    g_autoptr(GInetAddress) a = g_inet_address_new_from_string(address);
    const bool wide = a && g_inet_address_get_family(a) == G_SOCKET_FAMILY_IPV6;
    const void *bytes = a ? (const void *)g_inet_address_to_bytes(a) : address;
    uint8_t digest[SHA256_SIZE];
    guint32 value;
    sha256_keyed(&r->secret, sizeof r->secret, bytes, !a ? strlen(address) : wide ? 8 : 4, digest);
    memcpy(&value, digest, sizeof value);
    return value % PLACES;
}

bool rate_take(struct rate *r, const char *address, int64_t now_us, guint *retry_s)
{
    if (r->per_second == 0)
        return true;
    struct bucket *b = &r->buckets[place(r, address)];
    g_mutex_lock(&r->lock);
    const double passed = b->at_us ? (double)MAX(now_us - b->at_us, 0) / G_USEC_PER_SEC : HUGE_VAL;
    b->tokens = MIN(b->tokens + passed * r->per_second, r->burst);
    b->at_us = now_us;
    const bool there = b->tokens >= 1;
    if (there)
        b->tokens -= 1;
    else
        *retry_s = (guint)ceil((1 - b->tokens) / r->per_second);
    g_mutex_unlock(&r->lock);
    return there;
}
