#include "telemetry/collect/metrics.h"

#include "base/units.h"

#include <assert.h>
#include <inttypes.h>
#include <sys/resource.h>

const double metrics_bounds_s[METRICS_CLASSES - 1] = {0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};

void metrics_time(struct metrics *m, double seconds)
{
    int i = 0;
    while (i < METRICS_CLASSES - 1 && seconds > metrics_bounds_s[i])
        i++;
    m->times[i]++;
    m->times_s += seconds;
}

/* A decimal point, whatever the locale. */
static void put_real(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, g_ascii_formatd(text, sizeof text, "%.6f", value));
}

static void head(GString *out, const char *name, const char *type, const char *help)
{
    g_string_append_printf(out, "# HELP frumious_%s %s\n# TYPE frumious_%s %s\n", name, help, name, type);
}

static void count(GString *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    g_string_append_printf(out, "frumious_%s %" PRIu64 "\n", name, value);
}

static void gauge(GString *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    g_string_append_printf(out, "frumious_%s %" PRIu64 "\n", name, value);
}

static void seconds(GString *out, const char *name, const char *help, double value)
{
    head(out, name, "counter", help);
    g_string_append_printf(out, "frumious_%s ", name);
    put_real(out, value);
    g_string_append_c(out, '\n');
}

static void put_answers(GString *out, const struct metrics *m)
{
    head(out, "collect_answers_total", "counter", "Requests that were answered, by the answer.");
    for (enum wire_code code = 0; code < WIRE_CODES; code++)
        g_string_append_printf(out, "frumious_collect_answers_total{answer=\"%s\",status=\"%d\"} %" PRIu64 "\n",
                               wire_code_word(code), wire_code_http(code), m->answers[code]);
}

static void put_times(GString *out, const struct metrics *m)
{
    const char *name = "frumious_collect_answer_seconds";
    uint64_t sum = 0;
    head(out, "collect_answer_seconds", "histogram",
         "From the last byte of a request to the answer that it is committed.");
    for (int i = 0; i < METRICS_CLASSES; i++) {
        sum += m->times[i];
        g_string_append_printf(out, "%s_bucket{le=\"", name);
        if (i < METRICS_CLASSES - 1)
            put_real(out, metrics_bounds_s[i]);
        else
            g_string_append(out, "+Inf");
        g_string_append_printf(out, "\"} %" PRIu64 "\n", sum);
    }
    g_string_append_printf(out, "%s_sum ", name);
    put_real(out, m->times_s);
    g_string_append_printf(out, "\n%s_count %" PRIu64 "\n", name, sum);
}

static double cpu_s(void)
{
    struct rusage use = {0};
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / (double)US_PER_SECOND;
}

void metrics_write(const struct metrics *m, const struct commit_counts *c, GString *out)
{
    assert(m->requests <= G_MAXINT64);
    count(out, "collect_requests_total", "Requests that came as a whole.", m->requests);
    count(out, "collect_bytes_total", "Bytes of their bodies, as they came.", m->bytes);
    put_answers(out, m);
    put_times(out, m);
    count(out, "collect_cut_off_total", "Connections that were cut off: too slow, or too much.", m->cut_off);
    count(out, "collect_batches_total", "Batches that were committed.", c->batches);
    count(out, "collect_events_total", "Events in them, those that were there already too.", c->events);
    count(out, "collect_erasures_total", "Erasures that were committed or refused.", c->erasures);
    count(out, "collect_commits_total", "Groups that were committed.", c->groups);
    count(out, "collect_commit_failures_total", "Groups that could not be committed.", c->failures);
    seconds(out, "collect_commit_seconds_total", "Time spent in commits.", (double)c->group_us / (double)US_PER_SECOND);
    gauge(out, "collect_waiting", "Requests that wait for a commit.", c->waiting);
    gauge(out, "collect_connections", "Connections that are open.", m->connections);
    gauge(out, "collect_healthy", "1: the latest commit was done, and the store is in its place.", c->healthy);
    seconds(out, "collect_cpu_seconds_total", "Processor time of this process.", cpu_s());
}
