#include "player/segment.h"
#include "base/beneath.h"
#include "play/schedule.h"
#include "play/track_choice.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

static const char *language_or_first(const struct story *s, const char *language)
{
    return language && language[0] != '\0' ? language : s->languages[0];
}

static char *track_path(const struct story *s, const struct story_track *t)
{
    return t ? beneath_path(s->dir, t->path) : NULL;
}

/* Takes only subtitles in the viewer's language or for any language: those in another language are worse than none. */
static void fill_subtitles(struct segment *g, const struct story *s, const int32_t *state,
                           const struct story_clip *clip, const struct segment_tracks *tracks)
{
    const char *wanted = language_or_first(s, tracks->text.language);
    const struct story_track *t = track_choice(s, state, clip->subtitles, wanted);
    if (!t && tracks->text_asked && clip->kind == STORY_FILM) {
        g->subtitles = g_strdup(g->path);
        g->subtitles_from_us = MAX(clip->from_us, 0);
    }
    if (!t || (t->language[0] != '\0' && !track_speaks(t, wanted)))
        return;
    g->subtitles = track_path(s, t);
    g->subtitles_from_us = story_track_from_us(clip, t);
}

static void fill_sound(struct segment *g, const struct story *s, const int32_t *state, const struct story_clip *clip,
                       const char *language)
{
    const struct story_track *t = track_choice(s, state, clip->sounds, language);
    g->sound = track_path(s, t);
    g->spec.sound_path = g->sound;
    g->spec.sound_from_us = t ? story_track_from_us(clip, t) : 0;
}

/* A voice in another language is worse than none. */
static void fill_described(struct segment *g, const struct story *s, const int32_t *state,
                           const struct story_clip *clip, const char *language)
{
    const struct story_track *t = track_choice(s, state, clip->described, language);
    if (!t || (t->language[0] != '\0' && !track_speaks(t, language)))
        return;
    char **file = t->mixed ? &g->over : &g->sound;
    g_free(*file);
    *file = track_path(s, t);
    *(t->mixed ? &g->spec.over_path : &g->spec.sound_path) = *file;
    *(t->mixed ? &g->spec.over_from_us : &g->spec.sound_from_us) = story_track_from_us(clip, t);
    g->spec.purpose = STREAM_FILM; /* the voice is not in the clip's own file */
}

/* A sign language goes with a spoken one: that of the text. */
static void fill_signs(struct segment *g, const struct story *s, const int32_t *state, const struct story_clip *clip,
                       const char *language)
{
    const struct story_track *t = track_choice(s, state, clip->signs, language);
    if (!t || (t->language[0] != '\0' && !track_speaks(t, language)))
        return;
    g->signs = track_path(s, t);
    g->signs_from_us = story_track_from_us(clip, t);
}

static int64_t known_length(const struct story_clip *clip)
{
    if (clip->kind != STORY_FILM)
        return clip->for_us;
    if (clip->to_us == US_NONE)
        return US_NONE;
    return clip->to_us - (clip->from_us == US_NONE ? 0 : clip->from_us);
}

static void fill_picture(struct segment *g, const struct story_clip *clip)
{
    g->spec.path = g->path;
    if (clip->kind != STORY_FILM)
        return;
    g->spec.from_us = clip->from_us;
    g->spec.to_us = clip->to_us;
    g->spec.audio_lang = NULL;
}

static char *make_key(const struct segment *g, int32_t node)
{
    return g_strdup_printf("%d|%s|%s|%s|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|%d|%s|%d|%s", node,
                           g->path ? g->path : "", g->sound ? g->sound : "", g->over ? g->over : "",
                           g->spec.sound_from_us, g->spec.start_smp, g->slate, g->spec.audio_lang, (int)g->spec.purpose,
                           g->spec.sound_title ? g->spec.sound_title : "");
}

static int64_t start_us(const struct story *s, const int32_t *state, const struct segment_options *o)
{
    const int64_t from_us = o->from_us;
    const struct story_event *next = schedule_next_event(s, state);
    const int64_t next_us = next ? next->at_us : INT64_MAX;
    if (o->sought)
        return from_us;
    if (from_us > 0)
        return MAX(MIN(from_us, next_us) - SEGMENT_REWIND_LEAD_US, 0);
    return state[PLAY_CURSOR] == 0 || !next ? 0 : MAX(next_us - SEGMENT_REWIND_LEAD_US, 0);
}

void segment_make(struct segment *g, const struct story *s, const int32_t *state, const struct segment_options *o)
{
    assert(state[PLAY_PHASE] == PLAY_RUNNING);
    const int32_t node = state[PLAY_NODE];
    const struct story_clip *clip = &s->nodes[node].clip;
    const bool pictured = clip->kind == STORY_FILM || clip->kind == STORY_STILL;
    memset(g, 0, sizeof *g);
    fill_sound(g, s, state, clip, o->tracks.sound.language);
    if (pictured) {
        g->path = beneath_path(s->dir, clip->path);
        if (o->broken || !beneath_is_file(g->path)) {
            g_clear_pointer(&g->path, g_free);
            g->slate = true;
            g->missing = g_strdup(clip->path);
        } else
            fill_picture(g, clip);
    }
    fill_subtitles(g, s, state, clip, &o->tracks);
    if (o->tracks.signs)
        fill_signs(g, s, state, clip, language_or_first(s, o->tracks.text.language));
    g->spec.audio_lang = language_or_first(s, o->tracks.sound.language);
    g->spec.purpose = o->tracks.sound.purpose;
    g->spec.sound_title = o->tracks.sound.title;
    if (g->spec.purpose == STREAM_DESCRIBED)
        fill_described(g, s, state, clip, g->spec.audio_lang);
    g->spec.start_smp = us_to_smp(start_us(s, state, o));

    /* A node lasts until its last event, however short its clip is. */
    const int64_t length = g->slate ? schedule_planned_length(s, node) : known_length(clip);
    g->spec.at_least_us = schedule_node_length(s, node, 0);
    if (length != US_NONE && (g->slate || clip->kind != STORY_FILM))
        g->spec.for_us = MAX(length, g->spec.at_least_us);
    g->key = make_key(g, node);
    assert(!g->slate == !g->missing && !(g->slate && g->path)); /* a slate stands for a picture that is not there */
    assert(g->spec.start_smp >= 0 && g->spec.at_least_us >= 0);
}

void segment_speak(struct segment *g, const struct story *s, const int32_t *state, const struct segment_tracks *tracks)
{
    g_clear_pointer(&g->subtitles, g_free);
    const struct story_clip *clip = &s->nodes[state[PLAY_NODE]].clip;
    fill_subtitles(g, s, state, clip, tracks);
    g_clear_pointer(&g->signs, g_free);
    if (tracks->signs)
        fill_signs(g, s, state, clip, language_or_first(s, tracks->text.language));
}

void segment_clear(struct segment *g)
{
    g_free(g->key);
    g_free(g->path);
    g_free(g->sound);
    g_free(g->over);
    g_free(g->subtitles);
    g_free(g->signs);
    g_free(g->missing);
    memset(g, 0, sizeof *g);
}
