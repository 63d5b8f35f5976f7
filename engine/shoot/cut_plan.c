#include "shoot/cut_plan.h"

#include "base/beneath.h"

/* Where no clip has a picture. */
enum { USUAL_WIDTH = 1280, USUAL_HEIGHT = 720 };

static const struct story_node *node_of(const struct linear_cut *c, guint i)
{
    return &c->story->nodes[g_array_index(c->segments, struct cut_segment, i).node];
}

struct cut_shape cut_plan_shape(const struct linear_cut *c, struct footage *f)
{
    struct cut_shape shape = {0, 0, {0, 1}};
    for (guint i = 0; i < c->segments->len; i++) {
        const struct story_clip *clip = &node_of(c, i)->clip;
        if (clip->kind != STORY_FILM && clip->kind != STORY_STILL)
            continue;
        const struct footage_fact *fact = footage_of(f, clip->path);
        if (clip->kind == STORY_FILM && fact->readable && shape.rate.num == 0)
            shape.rate = fact->rate;
        if ((int64_t)fact->width * fact->height > (int64_t)shape.width * shape.height &&
            (clip->kind == STORY_FILM || shape.rate.num == 0)) {
            shape.width = fact->width;
            shape.height = fact->height;
        }
    }
    if (shape.rate.num == 0)
        shape.rate = footage_usual_rate(f);
    if (shape.width < 2 || shape.height < 2)
        shape.width = USUAL_WIDTH, shape.height = USUAL_HEIGHT;
    shape.width += shape.width % 2;
    shape.height += shape.height % 2;
    return shape;
}

/* What of a segment is not simply a stretch of pictures in a file. NULL: all of it is. */
static const char *more_than_pictures(const struct linear_cut *c, guint i, struct footage *f)
{
    const struct cut_segment *g = &g_array_index(c->segments, struct cut_segment, i);
    const struct story_node *n = node_of(c, i);
    if (n->clip.kind != STORY_FILM)
        return "it is no film";
    const struct footage_fact *fact = footage_of(f, n->clip.path);
    if (!fact->readable || !fact->has_picture)
        return "its file is missing, or has no picture";
    if (n->inscriptions.n > 0)
        return "words stand in its picture";
    if (g->from_us > 0)
        return "the viewer went back to it";
    return NULL;
}

struct film_copy *cut_plan_copy(const struct linear_cut *c, struct footage *f, enum film_container into, char **why)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, TRUE, sizeof(struct film_copy_part));
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < c->segments->len; i++) {
        const struct cut_segment *g = &g_array_index(c->segments, struct cut_segment, i);
        const struct story_node *n = node_of(c, i);
        const char *more = more_than_pictures(c, i, f);
        if (more) {
            *why = g_strdup_printf("`%s`: %s", n->name, more);
            return NULL;
        }
        const int64_t from_us = n->clip.from_us == US_NONE ? 0 : n->clip.from_us;
        const int64_t length_us = footage_clip_length(f, &n->clip);
        const bool whole = length_us == US_NONE || g->to_us >= length_us;
        g_ptr_array_add(paths, beneath_path(c->story->dir, n->clip.path));
        const struct film_copy_part part = {paths->pdata[i], from_us, whole ? n->clip.to_us : from_us + g->to_us};
        g_array_append_val(parts, part);
    }
    return film_copy_new((const struct film_copy_part *)(void *)parts->data, (int)parts->len, into, why);
}
