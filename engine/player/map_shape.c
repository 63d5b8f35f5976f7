#include "player/map_shape.h"

#include <assert.h>
#include <string.h>

struct shaper {
    struct map_shape *shape;
    const struct story *story;
    const GArray *ways;
    int *decision_tile, *ending_tile; /* -1: it has none yet */
    GArray *acts;                     /* int32_t: the act in which each tile stands, -1: in none */
    int next_row;
};

/* A decision whose ways are being laid out. */
struct pending {
    int tile; /* -1: it is the start */
    int32_t decision;
    int32_t option; /* of this one, */
    int nth;        /* this way comes next */
    bool branched;  /* one of its ways stands in its row already */
};

/* What names no act stands in that of the tile which leads to it. */
static int add_tile(struct shaper *p, int from, const struct map_tile *tile, int32_t act)
{
    const int32_t before = from >= 0 ? g_array_index(p->acts, int32_t, from) : -1, now = act >= 0 ? act : before;
    struct map_tile t = *tile;
    t.act = now != before ? now : -1;
    g_array_append_val(p->shape->tiles, t);
    g_array_append_val(p->acts, now);
    return (int)p->shape->tiles->len - 1;
}

static const struct map_tile *tile_at(const struct shaper *p, int i)
{
    return &g_array_index(p->shape->tiles, struct map_tile, i);
}

static void add_link(struct shaper *p, int from, int to)
{
    const bool far = from >= 0 && tile_at(p, to)->column != tile_at(p, from)->column + 1;
    const struct map_link l = {from, to, far};
    g_array_append_val(p->shape->links, l);
}

/* The first thing behind a tile stands in its row, all others in new ones. */
static int take_row(struct shaper *p, struct pending *from)
{
    const int row = from->branched ? p->next_row++ : from->tile < 0 ? 0 : tile_at(p, from->tile)->row;
    from->branched = true;
    p->next_row = MAX(p->next_row, row + 1);
    return row;
}

static int32_t act_of(const struct story *s, const struct story_way *w)
{
    return s->nodes[w->ends ? s->endings[w->to].node : s->decisions[w->to].node].act;
}

/* Where the way leads; a tile that is new is laid out from there on. */
static void lay_way(struct shaper *p, GArray *stack, guint at, const struct story_way *w)
{
    struct pending *from = &g_array_index(stack, struct pending, at);
    int *tile = w->ends ? &p->ending_tile[w->to] : &p->decision_tile[w->to];
    const int column = from->tile < 0 ? 0 : tile_at(p, from->tile)->column + 1, before = from->tile;
    const bool fresh = *tile < 0;
    if (fresh) {
        const struct map_tile t = {
            .kind = w->ends ? MAP_ENDING : MAP_DECISION, .index = w->to, .column = column, .row = take_row(p, from)};
        *tile = add_tile(p, before, &t, act_of(p->story, w));
    }
    add_link(p, before, *tile);
    if (!fresh || w->ends)
        return;
    const struct pending next = {.tile = *tile, .decision = w->to, .option = STORY_MAP_TIMEOUT};
    g_array_append_val(stack, next); /* moves `from` */
}

static void lay_stub(struct shaper *p, struct pending *from)
{
    const struct map_tile stub = {
        .kind = MAP_STUB, .index = -1, .column = tile_at(p, from->tile)->column + 1, .row = take_row(p, from)};
    add_link(p, from->tile, add_tile(p, from->tile, &stub, -1));
}

static const struct story_way *find_way(const struct shaper *p, int32_t decision, int32_t option, int nth)
{
    for (guint i = 0; i < p->ways->len; i++) {
        const struct story_way *w = &g_array_index(p->ways, struct story_way, i);
        if (w->decision == decision && w->option == option && nth-- == 0)
            return w;
    }
    return NULL;
}

/* The next way out of a decision: one that was found, or (`to` below 0) that of an answer whose way was not. False: that was
 * all. What comes when nobody answers is shown where it was found. */
static bool next_way(const struct shaper *p, struct pending *from, struct story_way *out)
{
    const int32_t n = from->decision == STORY_MAP_START ? 0 : p->story->decisions[from->decision].options.n;
    for (; from->option < n; from->option++, from->nth = 0) {
        const struct story_way *w = find_way(p, from->decision, from->option, from->nth);
        if (!w && (from->nth > 0 || from->option == STORY_MAP_TIMEOUT))
            continue;
        *out = w ? *w : (struct story_way){from->decision, from->option, false, -1};
        from->nth++;
        return true;
    }
    return false;
}

static void lay_all(struct shaper *p)
{
    const struct pending start = {.tile = -1, .decision = STORY_MAP_START, .option = STORY_MAP_TIMEOUT};
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(struct pending));
    g_array_append_val(stack, start);
    while (stack->len > 0) {
        struct pending *from = &g_array_index(stack, struct pending, stack->len - 1);
        struct story_way w;
        if (!next_way(p, from, &w))
            g_array_set_size(stack, stack->len - 1);
        else if (w.to < 0)
            lay_stub(p, from);
        else
            lay_way(p, stack, stack->len - 1, &w);
    }
}

static int *no_tiles(int32_t n)
{
    int *tiles = g_new(int, (gsize)n + 1);
    memset(tiles, 0xff, ((gsize)n + 1) * sizeof *tiles);
    return tiles;
}

void map_shape_make(struct map_shape *shape, const struct story *s, const GArray *ways)
{
    *shape = (struct map_shape){.tiles = g_array_new(FALSE, FALSE, sizeof(struct map_tile)),
                                .links = g_array_new(FALSE, FALSE, sizeof(struct map_link))};
    g_autofree int *decisions = no_tiles(s->n_decisions), *endings = no_tiles(s->n_endings);
    g_autoptr(GArray) acts = g_array_new(FALSE, FALSE, sizeof(int32_t));
    struct shaper p = {shape, s, ways, decisions, endings, acts, 0};
    lay_all(&p);
}

void map_shape_clear(struct map_shape *shape)
{
    g_clear_pointer(&shape->tiles, g_array_unref);
    g_clear_pointer(&shape->links, g_array_unref);
}
