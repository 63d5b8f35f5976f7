/* Time stamps that leap: which of them are believed. */
#include "media/packet_clock.h"

#include <glib.h>

#include "tap.h"

enum { STEPS = 8 };

/* Packets in ms, in the order of the file, and whether each of them is believed once the next has come. */
static const struct {
    const char *what;
    int end_ms; /* as the header says; 0: it does not */
    int at_ms[STEPS];
    bool lies[STEPS];
} rows[] = {
    {"an even film", 0, {0, 40, 80, 120, -1}, {0}},
    {"a picture that stands for a minute", 0, {0, 40, 60000, 60040, -1}, {0}},
    {"a film that is cut off there, too", 0, {0, 40, 60000, -1}, {0}},
    {"a slide show", 240000, {0, 60000, 120000, 180000, -1}, {0}},
    {"a slide show in the order of decoding", 0, {0, 15000, 5000, 10000, 30000, 20000, 25000, -1}, {0}},
    {"one flipped bit", 0, {0, 40, 67108944, 120, 160, -1}, {0, 0, 1}},
    {"the same in the first packet", 0, {67108864, 40, 80, -1}, {1}},
    {"in the last", 0, {0, 40, 67108944, -1}, {0, 0, 1}},
    {"in the last, which the header knows better", 4000, {0, 40, 16500, -1}, {0, 0, 1}},
    {"a last picture that stands, as the header says", 900000, {0, 40, 880000, -1}, {0}},
    {"one that lies back in time", 0, {90000, 90040, 12, 90120, -1}, {0, 0, 1}},
    {"a broadcast that begins anew", 0, {90000, 90040, 0, 40, 80, -1}, {0}},
    {"several behind the end that the header declares", 4000, {0, 40, 26000, 26040, 26080, 120, -1}, {0, 0, 1, 1, 1}},
    {"several of which only the first has a time", 0, {0, 40, 4196000, 4196040, 4196080, 200, -1}, {0, 0, 1, 1, 1}},
};

/* Feeds a row as media/source.c does; sets what was called a lie. */
static void feed(const int *at_ms, int end_ms, bool lies[STEPS])
{
    const int64_t end_us = end_ms ? end_ms * INT64_C(1000) : US_NONE;
    struct packet_clock c = {0};
    int first = 0; /* those from here on are held */
    for (int i = 0; i < STEPS; i++) {
        const bool over = at_ms[i] < 0;
        const int64_t next_us = over ? US_NONE : at_ms[i] * INT64_C(1000), held_us = at_ms[first] * INT64_C(1000);
        const bool good = first < i && packet_clock_believes(&c, held_us, next_us, end_us);
        if (first < i && good && !over && i - first < packet_clock_witnesses(&c, held_us))
            continue;
        for (; first < i; first++) {
            lies[first] = !good;
            packet_clock_note(&c, good ? at_ms[first] * INT64_C(1000) : c.last_us + 40000);
        }
        if (over)
            return;
        if (!packet_clock_doubts(&c, next_us)) {
            packet_clock_note(&c, next_us);
            first = i + 1;
        }
    }
}

int main(void)
{
    for (size_t r = 0; r < G_N_ELEMENTS(rows); r++) {
        bool lies[STEPS] = {0};
        feed(rows[r].at_ms, rows[r].end_ms, lies);
        for (int i = 0; i < STEPS && rows[r].at_ms[i] >= 0; i++)
            ok(lies[i] == rows[r].lies[i], "%s: packet %d is %s", rows[r].what, i, lies[i] ? "a lie" : "believed");
    }
    return tap_done();
}
