/*
 * packet_clock: whether the time stamp of a packet can be believed. Private to media; pure, any thread.
 *
 * One flipped bit puts a packet hours away from its neighbours, and a player that believes it stands still for hours. A
 * time stamp that leaps is doubted until the next packet of its stream is there: if that one goes back, the leap was a
 * lie; if it goes on from there, it is a gap, or a picture that stands. Some containers give only one packet in many a time, so a
 * greater leap takes more witnesses. What lies far behind the end that the file's header
 * declares is never believed.
 *
 * Order, for each packet in the order of the file: packet_clock_doubts(); if so, packet_clock_believes() with the next
 * packet's time, until it does not or there are witnesses enough; then packet_clock_note() with the time that counts. Times are us of the file's own clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

/* A smaller step is no leap: decoding order and gaps between streams stay below it. */
#define PACKET_LEAP_US (2 * US_PER_SECOND)
/* Headers round, and some count one stream only: what lies no more than this behind the declared end may be there. */
#define PACKET_BEHIND_END_US (10 * US_PER_SECOND)
/* Where nothing confirms it, the last picture of a stream does not stand for longer than this. */
#define PACKET_STANDS_US (600 * US_PER_SECOND)

/* Plain value; zero: nothing has been noted. */
struct packet_clock {
    int64_t last_us, longest_us; /* of the packet noted last; the longest step so far */
    bool begun;
};

bool packet_clock_doubts(const struct packet_clock *c, int64_t at_us);

/* How many packets must come, all of them from there on, before a doubted one may be believed. At least 1. */
int packet_clock_witnesses(const struct packet_clock *c, int64_t at_us);

/* next_us: of the next packet in the stream; US_NONE: there is none. end_us: where the header says that the file ends;
 * US_NONE: it does not. */
bool packet_clock_believes(const struct packet_clock *c, int64_t at_us, int64_t next_us, int64_t end_us);

void packet_clock_note(struct packet_clock *c, int64_t at_us);
