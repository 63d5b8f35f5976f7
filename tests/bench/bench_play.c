/*
 * How many decisions per second play_step() takes through: each is OPEN, PICK, CLOSE and LEAVE, with a condition, effects
 * and a route, nobody listening. Prints one line for each story; nothing is asserted, as machines differ.
 * Argument: seconds for each story (default 1).
 */
#include "play/play.h"
#include "story/load.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

/* A ring of nodes, each asking one thing, with `vars` variables. */
static char *ring(int nodes, int vars, const char *decision_extra)
{
    GString *y = g_string_new("frumious: 1\nid: bench.ring\ntitle: Ring\nstart: n0\nstate:\n");
    for (int i = 0; i < vars; i++)
        g_string_append_printf(y, "  v%d: {type: int, min: 0, max: 9}\n", i);
    g_string_append(y, "nodes:\n");
    for (int i = 0; i < nodes; i++)
        g_string_append_printf(
            y,
            "  n%d:\n    clip: {card: A, for: 9s}\n    decision:\n      {id: d%d, opens: 1s, for: 3s, "
            "default: a%s, options: {a: {text: A, do: [v%d += 1], goto: [{when: v%d > 8, goto: n%d}, {goto: "
            "n%d}]}, b: {text: B, when: v%d < 5 or v%d > 3}}}\n    next: n%d\n",
            i, i, decision_extra, i % vars, i % vars, (i + 2) % nodes, (i + 1) % nodes, i % vars, (i + 1) % vars,
            (i + 1) % nodes);
    g_string_append(y, "  end: {clip: {card: A, for: 9s}, ending: {id: e, title: E}}\n");
    return g_string_free(y, FALSE);
}

static struct story *load(const char *text)
{
    char *dir = g_dir_make_tmp("frumious-bench-XXXXXX", NULL), *path = g_build_filename(dir, "story.yaml", NULL);
    struct diags *diags = diags_new();
    g_file_set_contents(path, text, -1, NULL);
    struct story *s = story_load(path, diags);
    diags_free(diags);
    g_remove(path);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return s;
}

static void measure(const char *name, char *text, double seconds)
{
    static const struct play_input start = {.kind = PLAY_START}, on = {.kind = PLAY_ADVANCE},
                                   leave = {.kind = PLAY_LEAVE};
    static const struct play_input pick[] = {{.kind = PLAY_PICK, .option = 0}, {.kind = PLAY_PICK, .option = 1}};
    struct story *s = load(text);
    g_free(text);
    if (!s) {
        printf("%s: does not load\n", name);
        return;
    }
    int32_t *st = g_new(int32_t, play_state_slots(s));
    play_init(s, st);
    play_step(s, st, &start, NULL, NULL);
    uint64_t n = 0;
    const gint64 begin_us = g_get_monotonic_time(), end_us = begin_us + (gint64)(seconds * 1e6);
    while (g_get_monotonic_time() < end_us)
        for (int i = 0; i < 10000; i++, n++) {
            play_step(s, st, &on, NULL, NULL);
            if (!play_step(s, st, &pick[n % 7 == 0], NULL, NULL))
                play_step(s, st, &pick[0], NULL, NULL);
            play_step(s, st, &on, NULL, NULL);
            play_step(s, st, &leave, NULL, NULL);
        }
    const double took = (double)(g_get_monotonic_time() - begin_us) / 1e6;
    printf("%-40s %6.2f million decisions/s, %6.2f million steps/s, state of %d slots\n", name, (double)n / took / 1e6,
           (double)n * 4 / took / 1e6, play_state_slots(s));
    g_free(st);
    story_free(s);
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 1;
    measure("250 nodes, 62 variables", ring(250, 62, ""), seconds);
    measure("the same without checkpoints", ring(250, 62, ", checkpoint: false"), seconds);
    measure("10 nodes, 4 variables", ring(10, 4, ""), seconds);
    measure("the same without checkpoints", ring(10, 4, ", checkpoint: false"), seconds);
    return 0;
}
