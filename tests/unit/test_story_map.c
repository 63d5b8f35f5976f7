/* The map of what a viewer has found: which ways a play adds to it, that it is remembered, and how it is laid out. */
#include "player/map_shape.h"
#include "tests/story_text.h"
#include "tests/tap.h"

static const char yaml[] =
    "frumious: 1\nid: test.map\ntitle: Map\nstart: a\nacts: {one: The call, two: The sea, three: Home}\nnodes:\n"
    "  a: {act: one, clip: {card: A, for: 9s}, decision: {id: first, opens: 1s, for: 2s, default: x, "
    "options: {x: {text: X, goto: "
    "b}, y: {text: Y, goto: c}, z: {text: Z, goto: a}}}}\n"
    "  b: {act: two, clip: {card: B, for: 9s}, decision: {id: second, opens: 1s, for: 2s, default: x, "
    "options: {x: {text: X, goto: "
    "c}, y: {text: Y, goto: d}}}}\n"
    "  c: {clip: {card: C, for: 2s}, ending: {id: c, title: C}}\n"
    "  d: {act: three, clip: {card: D, for: 2s}, ending: {id: d, title: D}}\n";

/* What somebody picks, and the map that they have then: each tile with its column, its row and the act that begins with it, and what
 * leads to it. Every row
 * goes on with the map of the one before. */
static const struct {
    const char *picks, *map;
} rows[] = {
    {"", "first 0,0 [one]; ? 1,0; ? 1,1; ? 1,2; start>first; first>?; first>?; first>?"},
    {"xx", "first 0,0 [one]; second 1,0 [two]; c 2,0; ? 2,1; ? 1,2; ? 1,3; "
           "start>first; first>second; second>c; second>?; first>?; first>?"},
    {"y", "first 0,0 [one]; second 1,0 [two]; c 2,0; ? 2,1; ? 1,2; "
          "start>first; first>second; second>c; second>?; first<c; first>?"},
    {"zxy", "first 0,0 [one]; second 1,0 [two]; c 2,0; d 2,1 [three]; "
            "start>first; first>second; second>c; second>d; first<c; first<first"},
};

static void find(void *map, const struct play_effect *fx)
{
    story_map_effect(map, fx);
}

static void play(const struct story *s, struct story_map *m, const char *picks)
{
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    play_init(s, state);
    play_step(s, state, &(struct play_input){.kind = PLAY_START, .seed = 1}, find, m);
    while (state[PLAY_PHASE] == PLAY_RUNNING && !(state[PLAY_OPEN] >= 0 && !*picks)) {
        struct play_input in = {.kind = PLAY_ADVANCE};
        if (state[PLAY_OPEN] >= 0)
            in = (struct play_input){.kind = PLAY_PICK, .option = *picks++ - 'x'};
        if (!play_step(s, state, &in, find, m))
            play_step(s, state, &(struct play_input){.kind = PLAY_LEAVE}, find, m);
    }
}

static const char *name_of(const struct story *s, const struct map_shape *shape, int tile)
{
    if (tile < 0)
        return "start";
    const struct map_tile *t = &g_array_index(shape->tiles, struct map_tile, tile);
    return t->kind == MAP_STUB ? "?" : t->kind == MAP_ENDING ? s->endings[t->index].name : s->decisions[t->index].name;
}

static char *describe(const struct story *s, const struct story_map *m)
{
    GString *out = g_string_new(NULL);
    struct map_shape shape;
    map_shape_make(&shape, s, story_map_ways(m));
    for (guint i = 0; i < shape.tiles->len; i++) {
        const struct map_tile *t = &g_array_index(shape.tiles, struct map_tile, i);
        g_string_append_printf(out, "%s %d,%d", name_of(s, &shape, (int)i), t->column, t->row);
        if (t->act >= 0)
            g_string_append_printf(out, " [%s]", s->acts[t->act]);
        g_string_append(out, "; ");
    }
    for (guint i = 0; i < shape.links->len; i++) {
        const struct map_link *l = &g_array_index(shape.links, struct map_link, i);
        g_string_append_printf(out, "%s%s%c%s", i ? "; " : "", name_of(s, &shape, l->from), l->far ? '<' : '>',
                               name_of(s, &shape, l->to));
    }
    map_shape_clear(&shape);
    return g_string_free(out, FALSE);
}

/* What could not be read again is not written over what can. */
static void test_too_large(const struct story *s)
{
    g_autoptr(GError) error = NULL;
    struct story_map *m = story_map_new(s, true);
    g_autofree char *large = g_strnfill((gsize)17 * 1024 * 1024, 'x');
    story_map_keep(m, 1, large);
    const bool saved = story_map_save(m, &error);
    ok(!saved && strstr(error->message, "16 MiB"), "a map that is too large is refused: %s",
       error ? error->message : "saved");
    story_map_free(m);
    m = story_map_new(s, true);
    ok(story_map_leads(m, 0) && !story_map_leads(m, 1), "and the one before is still there");
    story_map_free(m);
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-map-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    g_setenv("XDG_DATA_HOME", home, TRUE);
    struct story *s = story_from_text(yaml);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct story_map *m = story_map_new(s, true);
        play(s, m, rows[i].picks);
        g_autofree char *map = describe(s, m);
        is_str(map, rows[i].map, rows[i].picks);
        if (story_map_wanted(m) == 0)
            story_map_keep(m, 0, "a transcript\n");
        ok(story_map_save(m, &error), "it is saved: %s", error ? error->message : "fine");
        story_map_free(m);
    }
    struct story_map *m = story_map_new(s, true);
    g_autofree char *leads = story_map_transcript(m, 0), *map = describe(s, m);
    is_str(leads, "a transcript\n", "a decision knows how to come back to it");
    ok(!story_map_leads(m, 1), "one of which nothing was kept does not");
    is_str(map, rows[G_N_ELEMENTS(rows) - 1].map, "the map is remembered");
    play(s, m, "");
    is_int(story_map_wanted(m), -1, "what leads to it is kept once");
    story_map_free(m);
    test_too_large(s);
    m = story_map_new(s, false);
    is_int(story_map_ways(m)->len, 0, "a play that keeps nothing begins with nothing");
    story_map_free(m);
    story_free(s);
    return tap_done();
}
