/*
 * How fast stories load: build/bench/bench_load STORY...
 *
 * For each file, alternating, so that what else runs on the machine hits both: libyaml's raw events, and story_load().
 * Prints CPU seconds (median and range of the runs) and their ratio.
 */
#include "story/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yaml.h>

#define RUNS 7

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t raw_events(const char *path)
{
    g_autofree char *text = NULL;
    gsize len;
    yaml_parser_t parser;
    yaml_event_t event;
    size_t n = 0;
    bool more = true;
    if (!g_file_get_contents(path, &text, &len, NULL) || !yaml_parser_initialize(&parser))
        return 0;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    while (more && yaml_parser_parse(&parser, &event)) {
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        n++;
    }
    yaml_parser_delete(&parser);
    return n;
}

static int32_t load(const char *path)
{
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    const int32_t n = s ? s->n_nodes : -1;
    story_free(s);
    diags_free(d);
    return n;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *what, double *times)
{
    qsort(times, RUNS, sizeof *times, by_value);
    printf("  %-22s %7.3f s CPU [%.3f..%.3f]\n", what, times[RUNS / 2], times[0], times[RUNS - 1]);
}

static bool bench(const char *path)
{
    double raw[RUNS], loaded[RUNS];
    size_t events = 0;
    int32_t nodes = 0;
    for (int i = 0; i < RUNS; i++) {
        const double t0 = cpu_seconds();
        events = raw_events(path);
        const double t1 = cpu_seconds();
        nodes = load(path);
        raw[i] = t1 - t0;
        loaded[i] = cpu_seconds() - t1;
    }
    printf("%s: %zu events, %d nodes\n", path, events, nodes);
    print_times("libyaml raw events", raw);
    print_times("story_load", loaded);
    printf("  ratio %.2f (best of each: %.2f)\n", loaded[RUNS / 2] / raw[RUNS / 2], loaded[0] / raw[0]);
    return nodes > 0;
}

int main(int argc, char **argv)
{
    bool good = argc > 1;
    for (int i = 1; i < argc; i++)
        good &= bench(argv[i]);
    return good ? 0 : 1;
}
