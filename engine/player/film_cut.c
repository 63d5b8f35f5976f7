#include "player/film_cut.h"

#include "base/console.h"
#include "media/film_copy.h"
#include "media/subs.h"
#include "player/film.h"
#include "player/segment.h"
#include "present/view.h"
#include "present/window.h"

#include <assert.h>
#include <string.h>

/* The times of a copy, and those of the player, may each be rounded to a millisecond. */
#define ROUNDED_SMP  (FILM_RATE / 500)
#define PROGRESS_SMP FILM_RATE

/* One run of a node. */
struct shot {
    int32_t node;      /* -1: none */
    int64_t start_smp; /* film position of the clip's 0 */
    int64_t from_smp;  /* film position at which it is seen first */
    GPtrArray *words;  /* GArray of struct subs_words, or NULL, for each track; on the node's clock */
};

struct film_cut {
    struct film_cut_options o;
    struct film_writer *writer; /* NULL: it has ended */
    struct shot shot;
    int shots;           /* so far */
    int pictures;        /* of this shot, that the player showed so far */
    int64_t at_smp;      /* the position that was followed last */
    int64_t sound_smp;   /* samples so far */
    int64_t shown_smp;   /* when the picture that stands was shown first, */
    int64_t beats;       /* and how often it was repeated; `even`: beats of the film */
    uint64_t serial;     /* of that picture */
    int32_t act;         /* -1: none yet */
    int chapter;         /* of the open decision */
    int64_t chapter_smp; /* where the last one begins; -1: there is none */
    int64_t told_smp;    /* progress */
    GError *error;
};

static bool film_cut_check(const struct film_cut *c)
{
    assert(c->shot.node < 0 || (c->shots > 0 && c->shot.start_smp <= c->shot.from_smp));
    assert(c->beats >= 0 && c->at_smp >= 0);
    return true;
}

struct film_cut *film_cut_new(const struct film_cut_options *o, GError **error)
{
    struct film_writer *writer = film_writer_open(&o->file, error);
    if (!writer)
        return NULL;
    struct film_cut *c = g_new0(struct film_cut, 1);
    assert(o->file.rate_num > 0 && o->file.rate_den > 0);
    c->o = *o;
    c->writer = writer;
    c->shot.node = c->act = -1;
    c->chapter = -1;
    c->chapter_smp = -1;
    return c;
}

static void clear_shot(struct film_cut *c)
{
    for (guint i = 0; c->shot.words && i < c->shot.words->len; i++)
        if (c->shot.words->pdata[i])
            g_array_unref(c->shot.words->pdata[i]);
    if (c->shot.words)
        g_ptr_array_unref(c->shot.words);
    c->shot = (struct shot){.node = -1};
}

void film_cut_free(struct film_cut *c)
{
    if (!c)
        return;
    film_writer_drop(c->writer);
    clear_shot(c);
    g_clear_error(&c->error);
    g_free(c);
}

const GError *film_cut_problem(const struct film_cut *c)
{
    return c->error;
}

/* ---- when a picture is due ---------------------------------------------------------------------------------------- */

/* So many pictures after the film's beginning, or after the one that stands. */
static int64_t beats_smp(const struct film_cut *c, int64_t n)
{
    const int64_t num = c->o.file.rate_num, per = (int64_t)FILM_RATE * c->o.file.rate_den;
    return (n * per + num / 2) / num;
}

int64_t film_cut_next(const struct film_cut *c)
{
    if (c->shot.node < 0)
        return INT64_MAX;
    return c->o.even ? beats_smp(c, c->beats) : c->shown_smp + beats_smp(c, c->beats + 1);
}

/* ---- sound -------------------------------------------------------------------------------------------------------- */

void film_cut_sound(struct film_cut *c, const float *stereo, int64_t n)
{
    c->sound_smp += n;
    if (!c->error && film_writer_sound(c->writer, stereo, n, &c->error) && c->sound_smp - c->told_smp >= PROGRESS_SMP) {
        c->told_smp = c->sound_smp;
        console_progress("%d s of about %d s", (int)(c->sound_smp / FILM_RATE), (int)(c->o.planned_us / US_PER_SECOND));
    }
}

/* ---- chapters ----------------------------------------------------------------------------------------------------- */

/* Two never begin at one place: the later one takes it. */
static int begin_chapter(struct film_cut *c, const char *title, int64_t at_smp)
{
    if (at_smp == c->chapter_smp) {
        film_writer_name_chapter(c->writer, c->chapter, title);
        return c->chapter;
    }
    c->chapter_smp = at_smp;
    return c->chapter = film_writer_chapter(c->writer, title, at_smp);
}

static const char *text_or(const struct film_cut *c, int32_t text, const char *name)
{
    const char *words = text >= 0 ? story_text(c->o.story, text, c->o.language) : NULL;
    return words && words[0] != '\0' ? words : name;
}

static const char *decision_title(const struct film_cut *c, int32_t decision)
{
    const struct story_decision *d = &c->o.story->decisions[decision];
    return text_or(c, d->prompt, d->name);
}

void film_cut_effect(struct film_cut *c, const struct play_effect *fx, int64_t at_smp)
{
    const struct story *s = c->o.story;
    if (fx->kind == PLAY_DID_OPEN)
        begin_chapter(c, decision_title(c, fx->open.decision), at_smp);
    if (fx->kind != PLAY_DID_DECIDE || fx->decide.option < 0 || c->chapter < 0)
        return;
    const struct story_option *o = &s->options[s->decisions[fx->decide.decision].options.first + fx->decide.option];
    g_autofree char *title =
        g_strdup_printf("%s – %s", decision_title(c, fx->decide.decision), text_or(c, o->text, o->name));
    film_writer_name_chapter(c->writer, c->chapter, title);
}

static void follow_act(struct film_cut *c, int32_t node)
{
    const struct story *s = c->o.story;
    const int32_t act = s->nodes[node].act;
    if (act >= 0 && act != c->act)
        begin_chapter(c, story_act_title(s, act, c->o.language), c->at_smp);
    else if (c->chapter < 0)
        begin_chapter(c, text_or(c, s->title, s->id), c->at_smp);
    c->act = act >= 0 ? act : c->act;
}

/* ---- subtitles ---------------------------------------------------------------------------------------------------- */

/* Those of the node in this language, on the node's clock; NULL: none. */
static GArray *read_words(struct film_cut *c, const int32_t *state, const char *language)
{
    struct segment g = {0};
    g_autoptr(GError) error = NULL;
    segment_speak(&g, c->o.story, state, &(struct segment_tracks){.text = {.language = language}});
    GArray *words = g.subtitles ? subs_read_words(g.subtitles, language, &error) : NULL;
    for (guint i = 0; words && i < words->len; i++) {
        struct subs_words *w = &g_array_index(words, struct subs_words, i);
        w->from_us -= g.subtitles_from_us;
        w->to_us -= g.subtitles_from_us;
    }
    if (error)
        console_say("%s; its subtitles are missing", error->message);
    segment_clear(&g);
    return words;
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Everything that is said between two moments, one below the other. NULL: nothing is. */
static char *words_between(const GArray *words, int64_t from_us, int64_t to_us)
{
    GString *all = NULL;
    for (guint i = 0; i < words->len; i++) {
        const struct subs_words *w = &g_array_index(words, struct subs_words, i);
        if (w->from_us >= to_us || w->to_us <= from_us)
            continue;
        if (all)
            g_string_append(all, "\\N");
        all = all ? all : g_string_new(NULL);
        g_string_append(all, w->ass); /* made safe: it goes into a file */
    }
    return all ? g_string_free(all, FALSE) : NULL;
}

/* A track holds one text at a time, so what overlaps is told anew whenever a part of it begins or ends. */
static void write_words(struct film_cut *c, int track, const GArray *words, int64_t from_us, int64_t to_us)
{
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < words->len; i++) {
        const struct subs_words *w = &g_array_index(words, struct subs_words, i);
        const int64_t begin = MAX(w->from_us, from_us), end = MIN(w->to_us, to_us);
        if (begin < end) {
            g_array_append_val(edges, begin);
            g_array_append_val(edges, end);
        }
    }
    g_array_sort(edges, by_time);
    for (guint i = 0; i + 1 < edges->len && !c->error; i++) {
        const int64_t begin = g_array_index(edges, int64_t, i), end = g_array_index(edges, int64_t, i + 1);
        const int64_t begin_smp = c->shot.start_smp + us_to_smp(begin), end_smp = c->shot.start_smp + us_to_smp(end);
        g_autofree char *said = begin_smp < end_smp ? words_between(words, begin, end) : NULL;
        if (said)
            film_writer_text(c->writer, track, said, begin_smp, end_smp, &c->error);
    }
}

/* ---- shots -------------------------------------------------------------------------------------------------------- */

static void set_misfit(struct film_cut *c, const char *what)
{
    if (!c->error)
        g_set_error(&c->error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "the pictures of `%s` can't be copied: %s; use --copy never", c->o.story->nodes[c->shot.node].name,
                    what);
}

static void end_shot(struct film_cut *c, int64_t at_smp)
{
    if (c->shot.node < 0)
        return;
    for (guint i = 0; i < c->shot.words->len; i++)
        if (c->shot.words->pdata[i])
            write_words(c, (int)i, c->shot.words->pdata[i], smp_to_us(c->shot.from_smp - c->shot.start_smp),
                        smp_to_us(at_smp - c->shot.start_smp));
    if (c->o.file.copy && !c->error && (int)film_copy_times(c->o.file.copy, c->shots - 1)->len != c->pictures)
        set_misfit(c, "the player shows another number of them");
    clear_shot(c);
}

static void begin_shot(struct film_cut *c, struct film *f)
{
    end_shot(c, c->at_smp);
    c->shot = (struct shot){film_node(f), film_smp_at(f, 0), c->at_smp, g_ptr_array_new()};
    c->shots++;
    c->pictures = 0;
    if (c->o.file.copy && c->shots > film_copy_parts(c->o.file.copy)) {
        set_misfit(c, "the player comes here unexpectedly");
        return;
    }
    follow_act(c, c->shot.node);
    for (int32_t i = 0; i < c->o.file.n_texts; i++)
        g_ptr_array_add(c->shot.words, read_words(c, film_state(f), c->o.file.texts[i]));
    if (c->o.file.copy && !c->error)
        film_writer_copy(c->writer, c->shots - 1, c->at_smp, &c->error);
}

/* ---- pictures ----------------------------------------------------------------------------------------------------- */

static bool is_bare(const struct view *v)
{
    return v->frame && !v->inset && !v->card && v->inscription_count == 0 && v->panel.phase == VIEW_HIDDEN &&
           v->sub_count == 0;
}

bool film_cut_wants_subtitles(const struct film_cut *c)
{
    return c->o.subtitles;
}

void film_cut_picture(struct film_cut *c, struct window *window, struct view *v)
{
    bool taken = false;
    int w, h, pitch;
    if (!c->o.choices)
        v->panel.phase = VIEW_HIDDEN;
    if (is_bare(v) && (!film_writer_frame(c->writer, v->frame, c->at_smp, &taken, &c->error) || taken))
        return;
    window_draw(window, v);
    const uint8_t *px = window_read(window, &w, &h, &pitch);
    if (px)
        film_writer_pixels(c->writer, px, pitch, c->at_smp, &c->error);
}

/* The player shows another picture: is it the one that was copied? */
static void compare_picture(struct film_cut *c)
{
    const GArray *times = film_copy_times(c->o.file.copy, c->shots - 1);
    if (c->pictures >= (int)times->len)
        set_misfit(c, "the player shows more of them");
    else if (ABS(g_array_index(times, int64_t, c->pictures) - (c->at_smp - c->shot.from_smp)) > ROUNDED_SMP)
        set_misfit(c, "the player shows one of them at another time");
    c->pictures++;
}

/* True: a picture is due. Counts it. */
static bool count_picture(struct film_cut *c, bool changed)
{
    const bool beat = c->at_smp >= film_cut_next(c);
    if (c->o.even)
        c->beats += beat;
    else if (changed)
        c->beats = 0, c->shown_smp = c->at_smp;
    else
        c->beats += beat;
    return beat || (changed && !c->o.even);
}

bool film_cut_follow(struct film_cut *c, struct film *f, int64_t heard_smp)
{
    c->at_smp = heard_smp;
    if (film_node(f) < 0 || film_phase(f) >= FILM_OVER || c->error)
        return false;
    const bool cut = c->shot.node != film_node(f) || c->shot.start_smp != film_smp_at(f, 0);
    if (cut)
        begin_shot(c, f);
    const bool changed = cut || film_frame_serial(f) != c->serial;
    c->serial = film_frame_serial(f);
    if (c->o.file.copy && changed && !c->error)
        compare_picture(c);
    assert(film_cut_check(c));
    return count_picture(c, changed) && !c->o.file.copy && !c->error;
}

void film_cut_end(struct film_cut *c, bool whole)
{
    end_shot(c, c->sound_smp);
    if (whole && !c->error)
        film_writer_finish(g_steal_pointer(&c->writer), &c->error);
    film_writer_drop(g_steal_pointer(&c->writer));
    console_progress_end();
}

int64_t film_cut_length_smp(const struct film_cut *c)
{
    return c->sound_smp;
}
