/*
 * How many decisions per second and core `simulate` takes through, on stories of the size of the largest published film.
 * One thread; nothing is asserted, as machines differ. Argument: viewings (default 20000).
 */
#include "explore/simulate.h"
#include "story/load.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A line of nodes, each asking one thing; every viewing passes about half of them. `back`: each such node leads back. */
static struct story *make(int nodes, int vars, const char *extra, int back)
{
    GString *y = g_string_new("frumious: 1\nid: bench.line\ntitle: Line\nstart: n0\nstate:\n");
    g_autofree char *dir = g_dir_make_tmp("frumious-bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "story.yaml", NULL);
    for (int i = 0; i < vars; i++)
        g_string_append_printf(y, "  v%d: {type: int, min: 0, max: 9}\n", i);
    g_string_append(y, "nodes:\n");
    for (int i = 0; i < nodes; i++) {
        g_autofree char *to = back > 0 && i % back == back - 1 ? g_strdup_printf("back(d%d)", i - back / 2)
                                                               : g_strdup_printf("n%d", i + 1);
        g_string_append_printf(
            y,
            "  n%d:\n    clip: {card: A, for: 9s}\n    decision:\n      {id: d%d, opens: 1s, for: 3s, "
            "default: a%s, options: {a: {text: A, do: v%d += 1, goto: [{when: v%d > 3, goto: n%d}, "
            "{goto: n%d}]}, b: {text: B, when: v%d < 5, goto: %s}}}\n",
            i, i, extra, i % vars, (i + 1) % vars, i + 2, i + 1, i % vars, to);
    }
    for (int i = nodes; i < nodes + 2; i++)
        g_string_append_printf(y, "  n%d: {clip: {card: A, for: 9s}, ending: {id: e%d, title: E}}\n", i, i);
    struct diags *diags = diags_new();
    g_file_set_contents(path, y->str, (gssize)y->len, NULL);
    struct story *s = story_load(path, diags);
    diags_free(diags);
    g_remove(path);
    g_rmdir(dir);
    g_string_free(y, TRUE);
    return s;
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void measure(const char *what, struct story *s, uint64_t runs)
{
    if (!s) {
        printf("%s: does not load\n", what);
        return;
    }
    const struct simulate_options o = {.runs = runs, .seed = 1, .threads = 1};
    const double begin = cpu_seconds();
    struct simulate_result *r = simulate_run(s, &o);
    const double took = cpu_seconds() - begin;
    printf("%-54s %6.2f million decisions/s and core, %.0f viewings/s\n", what, (double)r->decisions / took / 1e6,
           (double)r->runs / took);
    simulate_result_free(r);
    story_free(s);
}

int main(int argc, char **argv)
{
    const uint64_t runs = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 20000;
    measure("170 decisions, 62 variables", make(170, 62, "", 0), runs);
    measure("the same, every tenth leads back() to an earlier one", make(170, 62, "", 10), runs);
    measure("the same without checkpoints", make(170, 62, ", checkpoint: false", 0), runs);
    measure("10 decisions, 4 variables", make(10, 4, "", 0), runs * 10);
    return 0;
}
