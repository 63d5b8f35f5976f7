#include "app/cues.h"
#include "media/sound.h"

#include <glib.h>

/* A file's sound; `sound` is set once by the loading thread. */
struct cue {
    char *path;
    struct sound *sound;
};

struct cues {
    const struct story *story;
    struct mixer *mixer;
    GHashTable *by_path; /* relative path -> struct cue */
    GThreadPool *loader;
    int32_t node, decision;
};

static void load(gpointer data, gpointer user)
{
    struct cue *cue = data;
    (void)user;
    g_atomic_pointer_set(&cue->sound, sound_load(cue->path, NULL));
}

static void cue_free(gpointer data)
{
    struct cue *cue = data;
    sound_free(cue->sound);
    g_free(cue->path);
    g_free(cue);
}

struct cues *cues_new(const struct story *s, struct mixer *m)
{
    struct cues *c = g_new0(struct cues, 1);
    c->story = s;
    c->mixer = m;
    c->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, cue_free);
    c->loader = g_thread_pool_new(load, NULL, 1, FALSE, NULL);
    c->node = c->decision = -1;
    return c;
}

void cues_free(struct cues *c)
{
    if (!c)
        return;
    g_thread_pool_free(c->loader, FALSE, TRUE);
    g_hash_table_destroy(c->by_path);
    g_free(c);
}

static void prepare(struct cues *c)
{
    const struct story_span ds = c->story->nodes[c->node].decisions;
    for (int32_t d = ds.first; d < ds.first + ds.n; d++) {
        const char *sound = c->story->decisions[d].sound;
        if (!sound || g_hash_table_contains(c->by_path, sound))
            continue;
        struct cue *cue = g_new0(struct cue, 1);
        cue->path = g_build_filename(c->story->dir, sound, NULL);
        g_hash_table_insert(c->by_path, (gpointer)sound, cue);
        g_thread_pool_push(c->loader, cue, NULL);
    }
}

static void sound_cue(struct cues *c)
{
    const char *path = c->story->decisions[c->decision].sound;
    struct cue *cue = path ? g_hash_table_lookup(c->by_path, path) : NULL;
    struct sound *sound = cue ? g_atomic_pointer_get(&cue->sound) : NULL;
    const struct mixer_voice_opts opts = {0};
    if (sound)
        mixer_voice_start(c->mixer, sound, &opts);
}

void cues_follow(struct cues *c, struct film *f)
{
    if (film_node(f) != c->node) {
        c->node = film_node(f);
        prepare(c);
    }
    if (film_choice(f)->decision == c->decision)
        return;
    c->decision = film_choice(f)->decision;
    if (c->decision >= 0)
        sound_cue(c);
}
