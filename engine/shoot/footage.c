#include "shoot/footage.h"

#include "base/beneath.h"
#include "media/media.h"
#include "media/probe.h"
#include "play/schedule.h"

struct footage {
    const struct story *s;
    struct media *media; /* keeps FFmpeg's own log silent */
    GHashTable *facts;   /* path to struct footage_fact */
    struct footage_rate usual;
};

static struct footage_fact *look(const struct footage *f, const char *path)
{
    struct footage_fact *fact = g_new(struct footage_fact, 1);
    g_autofree char *full = beneath_path(f->s->dir, path);
    g_autofree struct probe *p = g_new(struct probe, 1);
    *fact = (struct footage_fact){.length_us = US_NONE, .rate = f->usual};
    if (!probe_file(full, NULL, p, NULL))
        return fact;
    const int64_t length_smp = probe_length_smp(p);
    fact->readable = true;
    fact->has_picture = p->has_picture;
    fact->has_sound = p->n_audio > 0;
    fact->length_us = length_smp == US_NONE ? US_NONE : smp_to_us(length_smp);
    if (p->has_picture && p->sar_num > 0 && p->sar_den > 0) {
        fact->width = (int32_t)((int64_t)p->width * p->sar_num / p->sar_den);
        fact->height = p->height;
    }
    if (p->has_picture && !p->is_still && p->fps_num > 0 && p->fps_den > 0)
        fact->rate = (struct footage_rate){p->fps_num, p->fps_den};
    return fact;
}

const struct footage_fact *footage_of(struct footage *f, const char *path)
{
    struct footage_fact *fact = g_hash_table_lookup(f->facts, path);
    if (!fact) {
        fact = look(f, path);
        g_hash_table_insert(f->facts, (void *)path, fact);
    }
    return fact;
}

struct footage *footage_new(const struct story *s)
{
    struct footage *f = g_new(struct footage, 1);
    *f = (struct footage){s, media_new(), g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free), {0, 1}};
    for (int32_t i = 0; i < s->n_nodes && f->usual.num == 0; i++)
        if (s->nodes[i].clip.kind == STORY_FILM)
            f->usual = footage_of(f, s->nodes[i].clip.path)->rate;
    if (f->usual.num == 0)
        f->usual = (struct footage_rate){FOOTAGE_USUAL_RATE, 1};
    /* What was looked at until then took no rate. */
    GHashTableIter all;
    gpointer fact;
    g_hash_table_iter_init(&all, f->facts);
    while (g_hash_table_iter_next(&all, NULL, &fact))
        if (((struct footage_fact *)fact)->rate.num == 0)
            ((struct footage_fact *)fact)->rate = f->usual;
    return f;
}

void footage_free(struct footage *f)
{
    if (!f)
        return;
    media_free(f->media);
    g_hash_table_destroy(f->facts);
    g_free(f);
}

struct footage_rate footage_usual_rate(const struct footage *f)
{
    return f->usual;
}

int64_t footage_clip_length(struct footage *f, const struct story_clip *c)
{
    const int64_t from_us = c->from_us == US_NONE ? 0 : c->from_us;
    if (c->kind != STORY_FILM)
        return c->for_us;
    const int64_t file_us = footage_of(f, c->path)->length_us;
    const int64_t end_us = c->to_us == US_NONE || (file_us != US_NONE && file_us < c->to_us) ? file_us : c->to_us;
    return end_us == US_NONE ? US_NONE : MAX(end_us - from_us, 0);
}

int64_t footage_node_length(struct footage *f, int32_t node)
{
    const int64_t length_us = footage_clip_length(f, &f->s->nodes[node].clip);
    return length_us == US_NONE ? schedule_planned_length(f->s, node) : schedule_node_length(f->s, node, length_us);
}
