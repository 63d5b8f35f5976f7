/*
 * How fast stories load: build/bench/bench_load [NODES]
 *
 * Makes synthetic stories of NODES (10,000) and ten times as many nodes. For each, alternating, so that what else runs
 * on the machine hits both: libyaml's raw events, and story_load(). Then PyYAML's C loader on the smaller one, where
 * Python has it. CPU seconds; ratios are of the best runs, since other work only ever adds time.
 *
 * Goals: at most 2 times libyaml's events, at least 15 times as fast as PyYAML, linear up to 100,000 nodes; `check` of 10,000
 * nodes below 100 ms over loading.
 */
#include "check/lint_files.h"
#include "check/lint_texts.h"
#include "story/load.h"

#include <glib/gstdio.h>
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

/* What `check` does beyond loading (films would have to be opened besides: there are none). */
static void check(const struct story *s, struct diags *d)
{
    GHashTable *facts = lint_files(s, NULL, false, NULL, NULL);
    lint_run(s, facts, d);
    lint_texts(s, NULL, NULL, d);
    g_hash_table_unref(facts);
}

/* *checked: CPU seconds of check(). */
static int32_t load(const char *path, double *checked)
{
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    const int32_t n = s ? s->n_nodes : -1;
    const double begin = cpu_seconds();
    if (s)
        check(s, d);
    *checked = cpu_seconds() - begin;
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

/* Seconds of the best story_load(); 0 if it did not load. */
static double bench(const char *path)
{
    double raw[RUNS], loaded[RUNS], checked[RUNS];
    size_t events = 0;
    int32_t nodes = 0;
    for (int i = 0; i < RUNS; i++) {
        const double t0 = cpu_seconds();
        events = raw_events(path);
        const double t1 = cpu_seconds();
        nodes = load(path, &checked[i]);
        raw[i] = t1 - t0;
        loaded[i] = cpu_seconds() - t1 - checked[i];
    }
    printf("%d nodes, %zu events\n", nodes, events);
    print_times("libyaml raw events", raw);
    print_times("story_load", loaded);
    print_times("check, over loading", checked);
    printf("  story_load / raw events: %.2f\n", loaded[0] / raw[0]);
    return nodes > 0 ? loaded[0] : 0;
}

/* Runs a program; its output, or NULL. */
static char *run(const char *const *argv)
{
    char *out = NULL;
    int status = 1;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status, NULL) ||
        status != 0)
        g_clear_pointer(&out, g_free);
    return out;
}

static bool make_story(const char *path, int nodes)
{
    g_autofree char *count = g_strdup_printf("%d", nodes);
    const char *const argv[] = {"/usr/bin/python3", "tests/bench/load/make.py", count, NULL};
    g_autofree char *text = run(argv);
    return text && g_file_set_contents(path, text, -1, NULL);
}

static void compare_pyyaml(const char *path, double seconds)
{
    const char *const argv[] = {"/usr/bin/python3", "tests/bench/load/pyyaml.py", path, NULL};
    g_autofree char *out = run(argv);
    if (!out) {
        printf("PyYAML: skipped, python3-yaml is not there\n");
        return;
    }
    const double other = g_ascii_strtod(out, NULL);
    printf("PyYAML CSafeLoader: %.3f s CPU; story_load is %.1f times as fast\n", other, other / seconds);
}

int main(int argc, char **argv)
{
    const int nodes = argc > 1 ? atoi(argv[1]) : 10000;
    g_autofree char *dir = g_dir_make_tmp("frumious-bench-XXXXXX", NULL);
    g_autofree char *small = g_build_filename(dir, "small.yaml", NULL),
                    *large = g_build_filename(dir, "large.yaml", NULL);
    bool good = make_story(small, nodes) && make_story(large, nodes * 10);
    if (good) {
        const double a = bench(small), b = bench(large);
        good = a > 0 && b > 0;
        printf("ten times the nodes: %.1f times the time\n", b / a);
        compare_pyyaml(small, a);
    }
    g_unlink(small);
    g_unlink(large);
    g_rmdir(dir);
    return good ? 0 : 1;
}
