#include "telemetry/collect/rate.h"

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
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)&r->secret, sizeof r->secret);
    guint8 digest[32];
    gsize n = sizeof digest;
    guint32 value;
    if (!a)
        g_hmac_update(hmac, (const guchar *)address, (gssize)strlen(address));
    else
        g_hmac_update(hmac, g_inet_address_to_bytes(a), g_inet_address_get_family(a) == G_SOCKET_FAMILY_IPV6 ? 8 : 4);
    g_hmac_get_digest(hmac, digest, &n);
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
