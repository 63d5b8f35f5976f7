#include "media/packet_clock.h"

#include <assert.h>
#include <glib.h>

enum { WITNESSES = 64 };

static int64_t leap_us(const struct packet_clock *c, int64_t at_us)
{
    return ABS(at_us - c->last_us);
}

/* A slide show steps by the same time again and again. */
bool packet_clock_doubts(const struct packet_clock *c, int64_t at_us)
{
    return !c->begun || leap_us(c, at_us) > MAX(PACKET_LEAP_US, 2 * c->longest_us);
}

int packet_clock_witnesses(const struct packet_clock *c, int64_t at_us)
{
    return c->begun && leap_us(c, at_us) > PACKET_STANDS_US ? WITNESSES : 1;
}

bool packet_clock_believes(const struct packet_clock *c, int64_t at_us, int64_t next_us, int64_t end_us)
{
    const bool behind_end = end_us != US_NONE && at_us > end_us + PACKET_BEHIND_END_US;
    if (!packet_clock_doubts(c, at_us))
        return true;
    if (c->begun && behind_end)
        return false;
    if (next_us == US_NONE)
        return !c->begun || end_us != US_NONE || leap_us(c, at_us) <= PACKET_STANDS_US;
    if (!c->begun) /* packets come in the order of decoding, so the second may well lie before the first */
        return at_us - next_us <= PACKET_STANDS_US;
    return ABS(next_us - c->last_us) > PACKET_LEAP_US; /* else the next one is where this one should be */
}

void packet_clock_note(struct packet_clock *c, int64_t at_us)
{
    if (c->begun)
        c->longest_us = MAX(c->longest_us, at_us - c->last_us);
    c->last_us = at_us;
    c->begun = true;
    assert(c->longest_us >= 0);
}
