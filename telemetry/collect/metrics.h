/* metrics: what the collector counts, as text that Prometheus reads (version 0.0.4). Nothing of it tells of a person. */
#pragma once

#include "telemetry/collect/committer.h"

/* The upper bounds of the classes in which answers are counted by their time; the last one has no bound. */
#define METRICS_CLASSES 8
extern const double metrics_bounds_s[METRICS_CLASSES - 1];

/* What the server counts. Plain values. */
struct metrics {
    uint64_t requests, bytes;        /* that came as a whole; as they came, compressed */
    uint64_t answers[WIRE_CODES];    /* by what they said; WIRE_TAKEN for those that were taken */
    uint64_t cut_off;                /* connections that took too long, or sent more than is taken */
    uint64_t times[METRICS_CLASSES]; /* of requests that were committed, from their last byte to their answer */
    double times_s;                  /* all of them together */
    guint connections;
};

/* Counts an answer that took so long. */
void metrics_time(struct metrics *m, double seconds);

void metrics_write(const struct metrics *m, const struct commit_counts *c, GString *out);
