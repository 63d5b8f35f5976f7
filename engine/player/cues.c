#include "player/cues.h"
#include "base/beneath.h"
#include "media/sound_loader.h"
#include "play/schedule.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>

/* How long before it is due a cue is handed to the mixer: longer than any device's buffer. */
#define AHEAD_SMP FILM_RATE
/* A bed fades in over this time before the film stops, and out over it when the film goes on. */
#define BED_FADE_SMP (FILM_RATE * 3 / 10)

struct cues {
    const struct story *story;
    struct mixer *mixer;
    struct sound_loader *loader;
    int32_t node, decision;
    struct planned_cue {
        const struct story_cue *cue;
        int64_t at_smp; /* of the film */
        int voice;      /* -1: not handed over yet */
    } planned[STORY_CUES_MAX];
    int32_t n_planned, planned_for; /* planned_for: the decision they belong to */
    int bed;                        /* the voice of the bed; -1: none is handed over */
    int64_t bed_at_smp;             /* where the film will stop for it; 0: nowhere */
};

static bool cues_check(const struct cues *c)
{
    assert(c->n_planned >= 0 && c->n_planned <= STORY_CUES_MAX);
    assert(c->n_planned == 0 || c->planned_for >= 0);
    assert(c->bed < 0 || c->bed_at_smp > 0); /* a bed sounds only where the film stands */
    return true;
}

struct cues *cues_new(const struct story *s, struct media *media, struct mixer *m)
{
    struct cues *c = g_new0(struct cues, 1);
    c->story = s;
    c->mixer = m;
    c->loader = sound_loader_new(media);
    c->node = c->decision = c->planned_for = c->bed = -1;
    return c;
}

void cues_free(struct cues *c)
{
    if (!c)
        return;
    sound_loader_close(c->loader);
    g_free(c);
}

static void prepare_sound(struct cues *c, const char *sound)
{
    g_autofree char *path = sound ? beneath_path(c->story->dir, sound) : NULL;
    if (path)
        sound_loader_want(c->loader, path);
}

static void prepare_node(struct cues *c)
{
    const struct story_span ds = c->story->nodes[c->node].decisions;
    for (int32_t i = ds.first; i < ds.first + ds.n; i++) {
        const struct story_decision *d = &c->story->decisions[i];
        prepare_sound(c, d->sound);
        prepare_sound(c, d->bed);
        for (int32_t k = 0; k < d->cues.n; k++)
            prepare_sound(c, c->story->cues[d->cues.first + k].sound);
    }
}

/* Returns the voice, -1: the sound is not loaded yet, or all voices are busy. */
static int start_voice(struct cues *c, const char *path, const struct mixer_voice_opts *opts)
{
    g_autofree char *full = path ? beneath_path(c->story->dir, path) : NULL;
    const struct sound *sound = full ? sound_loader_get(c->loader, full) : NULL;
    return sound ? mixer_voice_start(c->mixer, sound, opts) : -1;
}

/* Called before the window opens, because the first cue may begin at that very moment. */
static void plan_cues(struct cues *c, const struct film *f, int32_t decision)
{
    const struct story_decision *d = &c->story->decisions[decision];
    c->planned_for = decision;
    c->n_planned = d->cues.n;
    for (int32_t i = 0; i < d->cues.n; i++) {
        const struct story_cue *cue = &c->story->cues[d->cues.first + i];
        c->planned[i] = (struct planned_cue){cue, film_smp_at(f, d->closes_us - cue->before_us), -1};
    }
}

static void hand_over_due(struct cues *c, int64_t film_smp)
{
    for (int32_t i = 0; i < c->n_planned; i++) {
        struct planned_cue *p = &c->planned[i];
        if (p->voice < 0 && p->at_smp - film_smp < AHEAD_SMP && film_smp - p->at_smp < AHEAD_SMP)
            p->voice = start_voice(c, p->cue->sound, &(struct mixer_voice_opts){.film_smp = p->at_smp});
    }
}

/* A cue that begins exactly as the node ends counts as begun, and is not taken back. */
static void take_back_planned(struct cues *c, int64_t film_smp)
{
    for (int32_t i = 0; i < c->n_planned; i++)
        if (c->planned[i].at_smp > film_smp)
            mixer_voice_stop(c->mixer, c->planned[i].voice, 0);
    c->n_planned = 0;
    c->planned_for = -1;
}

/* The bed keeps the film from falling silent while it waits for the viewer. */
static void follow_bed(struct cues *c, const struct film *f, int64_t film_smp)
{
    const int32_t decision = film_choice(f)->menu.decision;
    const char *path = decision >= 0 ? c->story->decisions[decision].bed : NULL;
    const int64_t at_smp = path ? film_waits_at(f) : 0;
    if (at_smp != c->bed_at_smp) {
        mixer_voice_stop(c->mixer, c->bed, BED_FADE_SMP);
        c->bed = -1;
        c->bed_at_smp = at_smp;
    }
    if (at_smp != 0 && c->bed < 0 && at_smp - film_smp < AHEAD_SMP)
        c->bed = start_voice(c, path,
                             &(struct mixer_voice_opts){
                                 .loop = true, .fade_in_smp = BED_FADE_SMP, .film_smp = MAX(at_smp - BED_FADE_SMP, 1)});
}

bool cues_loaded(const struct cues *c)
{
    return sound_loader_done(c->loader);
}

void cues_follow(struct cues *c, struct film *f)
{
    if (film_node(f) < 0)
        return;
    const int64_t film_smp = film_smp_at(f, film_pos_us(f));
    if (film_node(f) != c->node) {
        take_back_planned(c, film_smp);
        c->node = film_node(f);
        prepare_node(c);
    }
    if (film_choice(f)->menu.decision != c->decision) {
        c->decision = film_choice(f)->menu.decision;
        if (c->decision >= 0)
            start_voice(c, c->story->decisions[c->decision].sound, NULL);
    }
    const int32_t next = schedule_next_decision(c->story, film_state(f));
    if (next >= 0 && next != c->planned_for)
        plan_cues(c, f, next);
    hand_over_due(c, film_smp);
    follow_bed(c, f, film_smp);
    assert(cues_check(c));
}
