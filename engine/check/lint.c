#include "check/lint.h"

#include "check/clip_joins.h"
#include "check/lint_report.h"
#include "base/units.h"

#include <assert.h>
#include <string.h>

/* Files are cut at frames and packets: smaller differences are not mistakes. */
#define SLACK_US       (US_PER_SECOND / 10)
#define SOUND_SLACK_US (US_PER_SECOND / 4)
/* FFmpeg's muxers keep streams within half a second of each other; above one, its MP4 reader starts to seek. */
#define SPREAD_US (2 * US_PER_SECOND)
/* Decoding from a key frame this close costs too little to mention. */
#define PREROLL_US (US_PER_SECOND / 2)

struct media_lint {
    const struct story *s;
    GHashTable *facts;
    struct lint_report *report;
};

void lint_fact_free(struct lint_fact *fact)
{
    if (!fact)
        return;
    g_free(fact->unreadable);
    g_free(fact->no_subtitles);
    g_clear_pointer(&fact->keys, g_array_unref);
    g_clear_pointer(&fact->cues, g_array_unref);
    g_free(fact);
}

/* True, or an assertion fails: a file is either unreadable or has facts, and only subtitles have cues. */
static bool lint_fact_check(const struct lint_fact *f)
{
    assert(!f->unreadable || (f->media && !f->keys));
    assert(!f->no_subtitles || (f->subtitles && !f->cues));
    assert(!f->cues || f->subtitles);
    assert(!f->keys || f->media);
    return true;
}

static const struct lint_fact *fact_of(const struct media_lint *l, const char *path)
{
    const struct lint_fact *f = path ? g_hash_table_lookup(l->facts, path) : NULL;
    assert(!f || lint_fact_check(f));
    return f;
}

const struct lint_fact *lint_film(const struct story *s, GHashTable *facts, int32_t node)
{
    assert(node >= 0 && node < s->n_nodes);
    const struct story_clip *c = &s->nodes[node].clip;
    const struct lint_fact *f = c->kind == STORY_FILM ? g_hash_table_lookup(facts, c->path) : NULL;
    return f && f->media && !f->unreadable ? f : NULL;
}

static const struct lint_fact *film_of(const struct media_lint *l, int32_t node)
{
    return lint_film(l->s, l->facts, node);
}

/* ---- one clip alone -------------------------------------------------------------------------------------------- */

static int64_t file_length_us(const struct lint_fact *f)
{
    const int64_t smp = probe_length_smp(&f->probe);
    return smp == US_NONE ? US_NONE : smp_to_us(smp);
}

int64_t lint_clip_length_us(const struct story *s, GHashTable *facts, int32_t node)
{
    const struct story_clip *c = &s->nodes[node].clip;
    const struct lint_fact *f = lint_film(s, facts, node);
    const int64_t from_us = c->from_us == US_NONE ? 0 : c->from_us;
    if (c->kind == STORY_STILL || c->kind == STORY_CARD)
        return c->for_us;
    if (c->kind != STORY_FILM)
        return US_NONE;
    const int64_t file_us = f ? file_length_us(f) : US_NONE;
    const int64_t to_us = c->to_us == US_NONE ? file_us : file_us == US_NONE ? c->to_us : MIN(c->to_us, file_us);
    return to_us == US_NONE || to_us <= from_us ? US_NONE : to_us - from_us;
}

static int64_t clip_length_us(const struct media_lint *l, int32_t node)
{
    return lint_clip_length_us(l->s, l->facts, node);
}

static void check_readable(struct media_lint *l, struct story_mark mark, const char *path)
{
    const struct lint_fact *f = fact_of(l, path);
    if (f && f->media && f->unreadable && f->stand_in.what)
        lint_report_add(l->report, mark, "E801", f->stand_in.remedy, "`%s` is %s", path, f->stand_in.what);
    else if (f && f->media && f->unreadable)
        lint_report_add(l->report, mark, "E801", "open it in a media player; if that fails too, export it again",
                        "`%s` can't be read: %s", path, f->unreadable);
}

static void check_picture(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = fact_of(l, c->path);
    if (!f || f->unreadable)
        return;
    if (c->kind == STORY_STILL && !f->probe.is_still)
        lint_report_add(l->report, c->mark, "W802", "`image:` needs a picture; `clip: FILE` plays a film",
                        "`%s` is not a still picture", c->path);
    if (c->kind == STORY_FILM && f->probe.is_still)
        lint_report_add(l->report, c->mark, "W802", "show a picture with `clip: {image: FILE, for: 5s}`",
                        "`%s` is a still picture, not a film", c->path);
    if (c->kind == STORY_FILM && !f->probe.has_picture && f->probe.n_audio > 0)
        lint_report_add(l->report, c->mark, "W802", "play sound alone as the `sound:` of a picture or a card",
                        "`%s` has no picture", c->path);
}

/* A film with another sound beside it is not heard. */
static void check_own_sound(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = film_of(l, node);
    if (!f || f->unreadable || c->sounds.n > 0 || f->probe.n_audio == 0 || !f->probe.audio[0].undecodable)
        return;
    lint_report_add(l->report, c->mark, "E801", "export it again with AAC, Opus, FLAC or PCM as its sound",
                    "`%s` plays without sound: its sound is in a format that can't be decoded here", c->path);
}

static void check_sounds(struct media_lint *l, const struct story_clip *c, struct story_span sounds)
{
    for (int32_t i = 0; i < sounds.n; i++) {
        const char *path = l->s->tracks[sounds.first + i].path;
        const struct lint_fact *f = fact_of(l, path);
        check_readable(l, c->mark, path);
        if (f && !f->unreadable && f->probe.n_audio == 0)
            lint_report_add(l->report, c->mark, "W802", "name a file with sound", "`%s` has no sound", path);
    }
}

static void check_signs(struct media_lint *l, const struct story_clip *c)
{
    for (int32_t i = 0; i < c->signs.n; i++) {
        const char *path = l->s->tracks[c->signs.first + i].path;
        const struct lint_fact *f = fact_of(l, path);
        check_readable(l, c->mark, path);
        if (f && !f->unreadable && (!f->probe.has_picture || f->probe.is_still))
            lint_report_add(l->report, c->mark, "W802", "name a film of somebody who signs", "`%s` is no film", path);
    }
}

/* Checks the files that a node plays beside its picture, but for subtitles. */
static void check_tracks(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    check_sounds(l, c, c->sounds);
    check_sounds(l, c, c->described);
    check_signs(l, c);
}

static void check_range(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = film_of(l, node);
    const int64_t length_us = f ? file_length_us(f) : US_NONE;
    if (length_us == US_NONE)
        return;
    const bool starts_late = c->from_us != US_NONE && c->from_us >= length_us;
    if (!starts_late && (c->to_us == US_NONE || c->to_us <= length_us + SLACK_US))
        return;
    g_autofree char *there = lint_report_seconds(length_us),
                    *asked = lint_report_seconds(starts_late ? c->from_us : c->to_us);
    lint_report_add(l->report, c->mark, "E803", "choose times within the file; they count from its beginning",
                    starts_late ? "`%s` is %s long, but the range begins at %s"
                                : "`%s` is %s long, but the range ends at %s",
                    c->path, there, asked);
}

static void check_key(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = film_of(l, node);
    int64_t before_us = 0;
    if (!f || !f->keys || c->from_us == US_NONE || c->from_us <= 0)
        return;
    for (guint i = 0; i < f->keys->len && g_array_index(f->keys, int64_t, i) <= c->from_us; i++)
        before_us = g_array_index(f->keys, int64_t, i);
    if (c->from_us - before_us <= PREROLL_US)
        return;
    g_autofree char *ahead = lint_report_seconds(c->from_us - before_us);
    lint_report_add(
        l->report, c->mark, "N830",
        "export the film with a key frame there (ffmpeg -force_key_frames), and the clip opens sooner",
        "this clip begins %s behind a key frame of `%s`, and all of that is decoded before its first picture", ahead,
        c->path);
}

/* A decision that outlasts its clip makes the node longer: the last picture is held. */
static void check_windows(struct media_lint *l, int32_t node)
{
    const struct story_node *n = &l->s->nodes[node];
    const int64_t length_us = film_of(l, node) ? clip_length_us(l, node) : US_NONE;
    if (length_us == US_NONE)
        return;
    for (int32_t i = 0; i < n->decisions.n; i++) {
        const struct story_decision *d = &l->s->decisions[n->decisions.first + i];
        g_autofree char *length = lint_report_seconds(length_us), *opens = lint_report_seconds(d->opens_us),
                        *closes = lint_report_seconds(d->closes_us);
        if (d->opens_us >= length_us)
            lint_report_add(l->report, d->mark, "W804", "open it earlier, or use a longer clip",
                            "the clip ends at %s, but the decision opens at %s, over a frozen picture", length, opens);
        else if (d->closes_us > length_us + SLACK_US)
            lint_report_add(l->report, d->mark, "W805", "close it earlier, or use a longer clip",
                            "the decision closes at %s, but the clip ends at %s: its last picture stays until then",
                            closes, length);
    }
}

static void check_sound_length(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = film_of(l, node);
    const int64_t length_us = f && f->probe.has_picture && !f->probe.is_still ? file_length_us(f) : US_NONE;
    if (length_us == US_NONE || f->probe.n_audio == 0 || c->sounds.n > 0)
        return;
    const int64_t sound_us = f->probe.audio[0].end_us;
    const int64_t wanted_us = c->to_us == US_NONE ? length_us : MIN(c->to_us, length_us);
    if (sound_us == US_NONE || sound_us + SOUND_SLACK_US >= wanted_us)
        return;
    g_autofree char *sound = lint_report_seconds(sound_us), *picture = lint_report_seconds(wanted_us);
    lint_report_add(l->report, c->mark, "W816", "export both with the same length; otherwise the rest is silent",
                    "the sound of `%s` ends at %s, its picture at %s", c->path, sound, picture);
}

/* A sound as long as the whole film, heard from its beginning in the middle of the film; or one for the clip, of which
 * the film's clock leaves nothing. True: reported. */
static bool check_sound_clock(struct media_lint *l, int32_t node, const struct story_track *t, int64_t sound_us)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *film = film_of(l, node);
    const int64_t film_us = film ? file_length_us(film) : US_NONE;
    const int64_t from_us = story_track_from_us(c, t);
    const bool whole = film_us != US_NONE && ABS(sound_us - film_us) <= US_PER_SECOND;
    g_autofree char *sound = lint_report_seconds(sound_us), *from = lint_report_seconds(MAX(c->from_us, 0));
    if (c->kind == STORY_FILM && c->from_us > US_PER_SECOND && from_us == 0 && whole)
        lint_report_add(l->report, c->mark, "W854", "if it is for the whole film: `{file: FILE, clock: film}`",
                        "`%s` is as long as the whole film (%s), but the clip begins at %s of it", t->path, sound,
                        from);
    else if (from_us > 0 && sound_us <= from_us)
        lint_report_add(l->report, c->mark, "W854", "if it is for this clip alone: `clock: clip`",
                        "`%s` ends at %s, before the clip begins at %s of its film", t->path, sound, from);
    else
        return false;
    return true;
}

static void check_sound_lengths(struct media_lint *l, int32_t node, struct story_span sounds)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const int64_t length_us = clip_length_us(l, node);
    for (int32_t i = 0; i < sounds.n && length_us != US_NONE; i++) {
        const struct story_track *t = &l->s->tracks[sounds.first + i];
        const struct lint_fact *f = fact_of(l, t->path);
        const int64_t sound_us = f && !f->unreadable && f->probe.n_audio > 0 ? f->probe.audio[0].end_us : US_NONE;
        if (sound_us == US_NONE || t->mixed || check_sound_clock(l, node, t, sound_us))
            continue;
        const int64_t heard_us = sound_us - story_track_from_us(c, t);
        if (heard_us + SOUND_SLACK_US >= length_us)
            continue;
        g_autofree char *sound = lint_report_seconds(heard_us), *clip = lint_report_seconds(length_us);
        lint_report_add(l->report, c->mark, "W816", "make it as long as the clip; otherwise the rest is silent",
                        "`%s` ends at %s, the clip at %s", t->path, sound, clip);
    }
}

/* Reports a sound that is shorter than the picture, even if it plays only under a condition. A voice that is mixed in may be. */
static void check_track_lengths(struct media_lint *l, int32_t node)
{
    check_sound_lengths(l, node, l->s->nodes[node].clip.sounds);
    check_sound_lengths(l, node, l->s->nodes[node].clip.described);
}

/* The player reads one stream ahead and keeps it until the other one comes; too far apart, it gives up. */
static void check_spread(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const struct lint_fact *f = film_of(l, node);
    if (!f || f->spread_us == US_NONE || f->spread_us <= SPREAD_US || c->sounds.n > 0 || f->probe.wrong_times)
        return;
    g_autofree char *spread = lint_report_seconds(f->spread_us);
    lint_report_add(l->report, c->mark, "W817", "rewrite it, without loss: ffmpeg -i FILE -c copy NEW",
                    "picture and sound of `%s` are stored up to %s apart in the file", c->path, spread);
}

/* ---- subtitles ------------------------------------------------------------------------------------------------- */

static bool meets_window(const struct media_lint *l, const struct story_node *n, const struct subs_event *cue)
{
    for (int32_t i = 0; i < n->decisions.n; i++) {
        const struct story_decision *d = &l->s->decisions[n->decisions.first + i];
        if (cue->from_us < d->closes_us && cue->to_us > d->opens_us && d->layout != STORY_CODE)
            return true;
    }
    return false;
}

static void check_cue(struct media_lint *l, int32_t node, const char *path, const struct subs_event *cue,
                      int64_t length_us)
{
    const struct story_node *n = &l->s->nodes[node];
    g_autofree char *from = lint_report_seconds(cue->from_us), *to = lint_report_seconds(cue->to_us),
                    *end = lint_report_seconds(MAX(length_us, 0));
    if (length_us != US_NONE && cue->to_us > length_us + SLACK_US && cue->from_us < length_us)
        lint_report_add(l->report, n->clip.mark, "W820",
                        "end it before the cut; continue it in the next clip's subtitles",
                        "a line of `%s` (%s to %s) is still showing when the clip ends at %s", path, from, to, end);
    if (cue->placed && meets_window(l, n, cue))
        lint_report_add(l->report, n->clip.mark, "W821", "remove its position, or end it before the decision opens",
                        "a line of `%s` (%s to %s) has a fixed position, where the decision's panel may cover it", path,
                        from, to);
}

/* Can the file be read as subtitles, and can all of it be shown? */
static void check_text(struct media_lint *l, struct story_mark mark, const char *path, const struct lint_fact *f)
{
    static const char *const codes[SUBS_FAULTS] = {
        [SUBS_ENCODING_UNKNOWN] = "E851", [SUBS_ENCODING_GUESSED] = "W852", [SUBS_BROKEN_TEXT] = "E851",
        [SUBS_TOO_MANY] = "W853",         [SUBS_TOO_LONG] = "W853",         [SUBS_TOO_COSTLY] = "W853",
        [SUBS_TOO_SLOW] = "W853",         [SUBS_TOO_MANY_FONTS] = "W853",   [SUBS_BROKEN_TIMES] = "W853",
        [SUBS_TOO_MANY_NAMES] = "W853",   [SUBS_TOO_MANY_STYLES] = "W853",  [SUBS_BACKWARDS] = "W853",
    };
    if (f->no_subtitles && f->stand_in.what)
        lint_report_add(l->report, mark, "E801", f->stand_in.remedy, "`%s` is %s", path, f->stand_in.what);
    else if (f->no_subtitles && f->subs.count[SUBS_ENCODING_UNKNOWN] == 0)
        lint_report_add(l->report, mark, "E801", "subtitles are SRT, WebVTT or ASS, or a text track of Matroska or MP4",
                        "`%s` can't be read: %s", path, f->no_subtitles);
    for (enum subs_fault i = 0; i < SUBS_FAULTS; i++)
        if (f->subs.count[i] > 0) {
            g_autofree char *words = subs_findings_words(&f->subs, i);
            lint_report_add(l->report, mark, codes[i], subs_findings_advice(i), "`%s`: %s", path, words);
        }
}

/* The part of a file of subtitles that a node shows, on the file's clock. */
struct shown_part {
    int64_t from_us, length_us; /* length_us: US_NONE: unknown */
};

/* How many lines begin in the part, and where the last one of the file ends. */
static int count_lines(const struct lint_fact *f, const struct shown_part *p, int64_t *last_us)
{
    int n = 0;
    *last_us = 0;
    for (guint k = 0; k < f->cues->len; k++) {
        const struct subs_event *e = &g_array_index(f->cues, struct subs_event, k);
        *last_us = MAX(*last_us, e->to_us);
        n += e->from_us >= p->from_us && (p->length_us == US_NONE || e->from_us < p->from_us + p->length_us);
    }
    return n;
}

/* A file for the whole film, shown from its beginning in the middle of the film; or a file for the clip, of which the
 * film's clock leaves nothing. True: reported. */
static bool check_clock(struct media_lint *l, int32_t node, const struct story_track *t, const struct lint_fact *f,
                        const struct shown_part *p)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    int64_t last_us = 0;
    const int here = count_lines(f, p, &last_us);
    if (c->kind != STORY_FILM || c->from_us == US_NONE || c->from_us <= 0 || p->length_us == US_NONE)
        return false;
    g_autofree char *last = lint_report_seconds(last_us), *length = lint_report_seconds(p->length_us),
                    *from = lint_report_seconds(c->from_us);
    if (p->from_us == 0 && last_us > p->length_us + SLACK_US && last_us > c->from_us)
        lint_report_add(l->report, c->mark, "W854",
                        "if it is for the whole film: `{file: FILE, clock: film}`; if not, end it with the clip",
                        "the lines of `%s` go on until %s, but the clip lasts %s and begins at %s of its film", t->path,
                        last, length, from);
    else if (p->from_us > 0 && here == 0 && last_us > 0 && last_us <= p->length_us + SLACK_US)
        lint_report_add(l->report, c->mark, "W854", "if it is for this clip alone: `clock: clip`",
                        "the lines of `%s` end at %s, before the clip begins at %s of its film", t->path, last, from);
    else
        return false;
    return true;
}

/* Said once: where one line is late, as on a clock that begins at an hour, mostly all are. */
static void report_late(struct media_lint *l, int32_t node, const char *path, int n, int64_t first_us,
                        int64_t length_us)
{
    g_autofree char *first = lint_report_seconds(first_us), *end = lint_report_seconds(length_us);
    if (n == 1)
        lint_report_add(l->report, l->s->nodes[node].clip.mark, "W820", "times count from the beginning of the clip",
                        "a line of `%s` is never shown: it begins at %s, and the clip ends at %s", path, first, end);
    else if (n > 1)
        lint_report_add(l->report, l->s->nodes[node].clip.mark, "W820", "times count from the beginning of the clip",
                        "%d lines of `%s` are never shown: they begin at %s or later, and the clip ends at %s", n, path,
                        first, end);
}

static void check_lines(struct media_lint *l, int32_t node, const struct story_track *t, const struct lint_fact *f,
                        const struct shown_part *p)
{
    int64_t late_us = INT64_MAX;
    int late = 0;
    for (guint k = 0; k < f->cues->len; k++) {
        struct subs_event cue = g_array_index(f->cues, struct subs_event, k);
        cue.from_us -= p->from_us;
        cue.to_us -= p->from_us;
        const bool shown = cue.to_us > 0 && (p->length_us == US_NONE || cue.from_us < p->length_us);
        if (!shown && story_track_is_films(&l->s->nodes[node].clip, t))
            continue; /* the line may be for another node */
        check_cue(l, node, t->path, &cue, p->length_us);
        if (p->length_us != US_NONE && cue.from_us >= p->length_us) {
            late++;
            late_us = MIN(late_us, cue.from_us);
        }
    }
    report_late(l, node, t->path, late, late_us, p->length_us);
}

static void check_subtitles(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    const int64_t clip_us = clip_length_us(l, node);
    const struct story_span events = l->s->nodes[node].events;
    const int64_t last_us = events.n > 0 ? l->s->events[events.first + events.n - 1].at_us : 0;
    for (int32_t i = 0; i < c->subtitles.n; i++) {
        const struct story_track *t = &l->s->tracks[c->subtitles.first + i];
        const struct lint_fact *f = fact_of(l, t->path);
        const struct shown_part p = {story_track_from_us(c, t), clip_us == US_NONE ? US_NONE : MAX(clip_us, last_us)};
        if (f && f->subtitles)
            check_text(l, c->mark, t->path, f);
        if (f && f->cues && !check_clock(l, node, t, f, &p))
            check_lines(l, node, t, f, &p);
    }
}

static void check_node(struct media_lint *l, int32_t node)
{
    const struct story_clip *c = &l->s->nodes[node].clip;
    check_tracks(l, node);
    check_track_lengths(l, node);
    check_subtitles(l, node);
    if (c->kind != STORY_FILM && c->kind != STORY_STILL)
        return;
    check_readable(l, c->mark, c->path);
    check_picture(l, node);
    check_range(l, node);
    check_key(l, node);
    check_windows(l, node);
    check_own_sound(l, node);
    check_sound_length(l, node);
    check_spread(l, node);
}

/* ---- edges ----------------------------------------------------------------------------------------------------- */

/* True if two clips differ in one respect; then *was and *is describe it for each, and the caller frees them. */
typedef bool (*differs)(const struct probe *a, const struct probe *b, char **was, char **is);

static bool size_differs(const struct probe *a, const struct probe *b, char **was, char **is)
{
    const bool same = a->width == b->width && a->height == b->height &&
                      (int64_t)a->sar_num * b->sar_den == (int64_t)b->sar_num * a->sar_den;
    const bool pixels = a->width == b->width && a->height == b->height;
    if (same || !a->has_picture || !b->has_picture)
        return false;
    *was = pixels ? g_strdup_printf("%dx%d with pixels of %d:%d", a->width, a->height, a->sar_num, a->sar_den)
                  : g_strdup_printf("%dx%d", a->width, a->height);
    *is = pixels ? g_strdup_printf("%dx%d with pixels of %d:%d", b->width, b->height, b->sar_num, b->sar_den)
                 : g_strdup_printf("%dx%d", b->width, b->height);
    return true;
}

static char *rate_words(const struct probe *p)
{
    return p->fps_den == 1 ? g_strdup_printf("%d frames/s", p->fps_num)
                           : g_strdup_printf("%d/%d frames/s", p->fps_num, p->fps_den);
}

static bool rate_differs(const struct probe *a, const struct probe *b, char **was, char **is)
{
    if (!a->has_picture || !b->has_picture || a->fps_num == 0 || b->fps_num == 0 ||
        (int64_t)a->fps_num * b->fps_den == (int64_t)b->fps_num * a->fps_den)
        return false;
    *was = rate_words(a);
    *is = rate_words(b);
    return true;
}

static bool format_differs(const struct probe *a, const struct probe *b, char **was, char **is)
{
    if (a->pixel_format[0] == '\0' || b->pixel_format[0] == '\0' || strcmp(a->pixel_format, b->pixel_format) == 0)
        return false;
    *was = g_strdup(a->pixel_format);
    *is = g_strdup(b->pixel_format);
    return true;
}

static bool samples_differ(const struct probe *a, const struct probe *b, char **was, char **is)
{
    if (a->n_audio == 0 || b->n_audio == 0 || a->audio[0].rate == b->audio[0].rate)
        return false;
    *was = g_strdup_printf("%d Hz", a->audio[0].rate);
    *is = g_strdup_printf("%d Hz", b->audio[0].rate);
    return true;
}

static bool channels_differ(const struct probe *a, const struct probe *b, char **was, char **is)
{
    if (a->n_audio == 0 || b->n_audio == 0 || a->audio[0].channels == b->audio[0].channels)
        return false;
    *was = g_strdup_printf("%d channel%s", a->audio[0].channels, units_s(a->audio[0].channels));
    *is = g_strdup_printf("%d channel%s", b->audio[0].channels, units_s(b->audio[0].channels));
    return true;
}

static const struct {
    const char *code;
    differs differ;
    const char *advice;
} changes[] = {
    {"W811", size_differs, "export both in one size; otherwise the picture jumps at the cut"},
    {"N812", rate_differs, "both play exactly; one rate for all clips looks smoother"},
    {"N813", samples_differ, "it is converted while it plays; export everything at 48 kHz to avoid that"},
    {"W814", channels_differ,
     "export both with the same channels; otherwise the sound gets wider or narrower at the cut"},
    {"N815", format_differs, "it is converted while it plays; colours may differ slightly"},
};

static void check_join(void *user, int32_t from, int32_t to)
{
    struct media_lint *l = user;
    const struct story_node *a = &l->s->nodes[from], *b = &l->s->nodes[to];
    const struct lint_fact *fa = film_of(l, from), *fb = film_of(l, to);
    if (!fa || !fb || fa == fb)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *was = NULL, *is = NULL;
        const bool sound = changes[i].differ == samples_differ || changes[i].differ == channels_differ;
        if (sound && (a->clip.sounds.n > 0 || b->clip.sounds.n > 0))
            continue;
        if (changes[i].differ(&fa->probe, &fb->probe, &was, &is))
            lint_report_add(l->report, b->clip.mark, changes[i].code, changes[i].advice,
                            "`%s` has %s, but `%s` before it has %s", b->clip.path, is, a->clip.path, was);
    }
}

/* Looks only at joins between two films. */
static void check_joins(struct media_lint *l)
{
    bool *films = g_new0(bool, l->s->n_nodes), any = false;
    for (int32_t i = 0; i < l->s->n_nodes; i++)
        any |= films[i] = film_of(l, i) != NULL;
    if (any)
        clip_joins_each(l->s, films, check_join, l);
    g_free(films);
}

void lint_run(const struct story *s, GHashTable *facts, struct diags *diags)
{
    struct media_lint l = {s, facts, lint_report_new(s, diags)};
    for (int32_t i = 0; i < s->n_nodes; i++)
        check_node(&l, i);
    for (int32_t i = 0; i < s->n_decisions; i++) {
        check_readable(&l, s->decisions[i].mark, s->decisions[i].sound);
        check_readable(&l, s->decisions[i].mark, s->decisions[i].bed);
    }
    for (int32_t i = 0; i < s->n_cues; i++)
        check_readable(&l, s->cues[i].mark, s->cues[i].sound);
    for (int32_t i = 0; i < s->n_options; i++) {
        const struct story_option *o = &s->options[i];
        check_readable(&l, o->mark, o->image);
        for (int32_t k = 0; k < o->labels.n; k++)
            check_readable(&l, o->mark, s->labels[o->labels.first + k].image);
    }
    check_joins(&l);
    lint_report_free(l.report);
}
