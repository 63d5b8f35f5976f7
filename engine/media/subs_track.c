#include "media/subs_track.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "base/units.h"
#include "media/subs_cost.h"
#include "media/subs_fonts.h"
#include "media/subs_style.h"

/* What libass assumes where the script says nothing of its size (PlayResX and PlayResY). */
enum { DEFAULT_WIDTH = 384, DEFAULT_HEIGHT = 288 };
enum { NO_WRAPPING = 2 }; /* WrapStyle */

struct shown {
    int64_t end_ms, cost;
};

struct subs_track {
    ASS_Library *library;
    ASS_Track *ass;
    bool styled; /* the file says how its text looks */
    struct subs_findings *findings;
    struct subs_fonts *fonts;
    GArray *shown;     /* struct shown: events that are not over when the last one begins */
    int64_t bytes;     /* of all events */
    int64_t latest_ms; /* when the last one begins */
    int64_t late_cost; /* of those that came when later ones were known, */
    int late;          /* which are so many */
};

static bool subs_track_check(const struct subs_track *t)
{
    assert(t->library && t->ass && t->findings);
    assert(t->ass->n_events <= SUBS_EVENTS_MAX && t->bytes <= SUBS_FILE_BYTES_MAX);
    assert(t->shown->len <= SUBS_AT_ONCE_MAX && t->late <= SUBS_AT_ONCE_MAX);
    return true;
}

/* ---- beginning ---------------------------------------------------------------------------------------------------- */

static void drop_message(int level, const char *format, va_list args, void *data)
{
    (void)level, (void)format, (void)args, (void)data;
}

static void take_fonts(struct subs_track *t, const struct subs_reader *r)
{
    struct subs_font font;
    int64_t bytes = 0;
    for (int i = 0; subs_reader_font(r, i, &font); i++) {
        bytes += font.bytes;
        if (i < SUBS_FONTS_MAX && bytes <= SUBS_FONT_BYTES_MAX)
            ass_add_font(t->library, font.name, font.data, font.bytes);
        else
            subs_findings_add(t->findings, SUBS_TOO_MANY_FONTS, 0);
    }
}

/* Lines whose style goes are drawn in the default one. */
static void limit_styles(struct subs_track *t)
{
    if (t->ass->n_styles <= SUBS_STYLES_MAX)
        return;
    subs_findings_add(t->findings, SUBS_TOO_MANY_STYLES, 0);
    while (t->ass->n_styles > SUBS_STYLES_MAX)
        ass_free_style(t->ass, --t->ass->n_styles);
    if (t->ass->default_style >= t->ass->n_styles)
        t->ass->default_style = 0;
}

/* Nobody has weighed the events that stand in it: they are not shown. */
static void take_header(struct subs_track *t, const char *header, int n)
{
    ass_process_codec_private(t->ass, (char *)header, n);
    limit_styles(t);
    for (int i = 0; i < t->ass->n_events; i++)
        subs_findings_add(t->findings, SUBS_BROKEN_TIMES, t->ass->events[i].Start * US_PER_MS);
    ass_flush_events(t->ass);
}

struct subs_track *subs_track_new(const struct subs_reader *r, struct subs_findings *findings)
{
    int n = 0;
    const char *header = subs_reader_header(r, &n);
    struct subs_track *t = g_new0(struct subs_track, 1);
    t->findings = findings;
    t->latest_ms = INT64_MIN;
    t->fonts = subs_fonts_new();
    t->shown = g_array_new(FALSE, FALSE, sizeof(struct shown));
    t->library = ass_library_init();
    if (t->library) {
        ass_set_message_cb(t->library, drop_message, NULL);
        ass_set_extract_fonts(t->library, 1); /* those that an ASS file holds itself */
        t->ass = ass_new_track(t->library);
    }
    if (!t->ass) {
        subs_track_free(t);
        return NULL;
    }
    if (header && n > 0)
        take_header(t, header, n);
    ass_set_check_readorder(t->ass, 0); /* events of WebVTT and SRT are numbered anew in each file */
    t->styled = subs_reader_is_styled(r);
    if (t->styled)
        take_fonts(t, r);
    else
        subs_track_look(t, &(struct subs_look){0});
    assert(subs_track_check(t));
    return t;
}

void subs_track_free(struct subs_track *t)
{
    if (!t)
        return;
    if (t->ass)
        ass_free_track(t->ass);
    if (t->library)
        ass_library_done(t->library);
    subs_fonts_free(t->fonts);
    g_array_free(t->shown, TRUE);
    g_free(t);
}

ASS_Library *subs_track_library(const struct subs_track *t)
{
    return t->library;
}

ASS_Track *subs_track_ass(const struct subs_track *t)
{
    return t->ass;
}

bool subs_track_is_styled(const struct subs_track *t)
{
    return t->styled;
}

void subs_track_look(struct subs_track *t, const struct subs_look *look)
{
    assert(!t->styled);
    for (int i = 0; i < t->ass->n_styles; i++) {
        ASS_Style *y = &t->ass->styles[i];
        subs_style_fill(y, look);
        free(y->FontName);
        y->FontName = strdup(subs_style_face(look));
    }
}

/* ---- weighing ----------------------------------------------------------------------------------------------------- */

static void widen(struct subs_cost_style *out, const ASS_Style *y)
{
    out->size = MAX(out->size, y->FontSize);
    out->border = MAX(out->border, y->Outline);
    out->scale_x = MAX(out->scale_x, y->ScaleX);
    out->scale_y = MAX(out->scale_y, y->ScaleY);
    out->turned |= y->Angle != 0;
}

/* Of the event's style; of the largest, if the text may change to any (\r). */
static struct subs_cost_style cost_style(const ASS_Track *ass, const ASS_Event *e)
{
    const double w = ass->PlayResX > 0 ? ass->PlayResX : DEFAULT_WIDTH;
    const double h = ass->PlayResY > 0 ? ass->PlayResY : DEFAULT_HEIGHT;
    struct subs_cost_style out = {.px_per_unit = MAX(1920 / w, 1080 / h), .unwrapped = ass->WrapStyle == NO_WRAPPING};
    const bool any = strstr(e->Text, "\\r") != NULL;
    for (int i = 0; i < ass->n_styles; i++)
        if (any || i == e->Style)
            widen(&out, &ass->styles[i]);
    return out;
}

/* A container may go back and forth in time. What is over for the last event may not be for this one, so all that ever
 * came late counts as shown at once. */
static bool fits_the_late(struct subs_track *t, int64_t cost)
{
    if (t->late >= SUBS_AT_ONCE_MAX || t->late_cost + cost > SUBS_MOMENT_COST_MAX)
        return false;
    t->late++;
    t->late_cost += cost;
    return true;
}

/* Adds the event to those that are shown from now on. False: it would be too much. */
static bool fits_the_others(struct subs_track *t, int64_t from_ms, int64_t end_ms, int64_t cost)
{
    int64_t sum = cost;
    if (from_ms < t->latest_ms)
        return fits_the_late(t, cost);
    t->latest_ms = from_ms;
    for (guint i = 0; i < t->shown->len;) {
        const struct shown *s = &g_array_index(t->shown, struct shown, i);
        if (s->end_ms <= from_ms)
            g_array_remove_index_fast(t->shown, i);
        else
            sum += s->cost, i++;
    }
    if (sum > SUBS_MOMENT_COST_MAX || t->shown->len >= SUBS_AT_ONCE_MAX)
        return false;
    const struct shown s = {end_ms, cost};
    g_array_append_val(t->shown, s);
    return true;
}

static bool takes_its_fonts(struct subs_track *t, const ASS_Event *e)
{
    const ASS_Style *y = e->Style >= 0 && e->Style < t->ass->n_styles ? &t->ass->styles[e->Style] : NULL;
    return !e->Text ||
           subs_fonts_take(t->fonts, y && y->FontName ? y->FontName : "", y && y->Bold, y && y->Italic, e->Text);
}

/* Where the text of an event is depends on the header, so libass must have read it first. SUBS_FAULTS: nothing is
 * wrong. */
static enum subs_fault weigh(struct subs_track *t, const ASS_Event *e)
{
    const struct subs_cost_style style = cost_style(t->ass, e);
    const int64_t cost = e->Text ? subs_cost(e->Text, &style) : 0;
    if (cost > SUBS_EVENT_COST_MAX || !fits_the_others(t, e->Start, e->Start + e->Duration, cost))
        return SUBS_TOO_COSTLY;
    return takes_its_fonts(t, e) ? SUBS_FAULTS : SUBS_TOO_MANY_NAMES;
}

/* SUBS_FAULTS: it is in. */
static enum subs_fault let_in(struct subs_track *t, const struct subs_line *line)
{
    const size_t n = strlen(line->event);
    const int before = t->ass->n_events;
    if (before >= SUBS_EVENTS_MAX || t->bytes + (int64_t)n > SUBS_FILE_BYTES_MAX)
        return SUBS_TOO_MANY;
    if (n > SUBS_EVENT_BYTES_MAX)
        return SUBS_TOO_LONG;
    ass_process_chunk(t->ass, line->event, (int)n, line->from_ms, line->for_ms);
    if (t->ass->n_events == before)
        return SUBS_FAULTS; /* libass has no use for it */
    const enum subs_fault fault = weigh(t, &t->ass->events[before]);
    if (fault != SUBS_FAULTS)
        ass_free_event(t->ass, t->ass->n_events = before);
    else
        t->bytes += (int64_t)n;
    return fault;
}

void subs_track_add(struct subs_track *t, struct subs_line *line)
{
    if (line->for_ms > 0) {
        const enum subs_fault fault = let_in(t, line);
        if (fault != SUBS_FAULTS)
            subs_findings_add(t->findings, fault, line->from_ms * US_PER_MS);
    }
    g_clear_pointer(&line->event, g_free);
    assert(subs_track_check(t));
}

/* The fonts that were asked for still count: libass keeps them. */
void subs_track_clear(struct subs_track *t)
{
    ass_flush_events(t->ass);
    g_array_set_size(t->shown, 0);
    t->bytes = t->late_cost = t->late = 0;
    t->latest_ms = INT64_MIN;
}

/* ---- moments ------------------------------------------------------------------------------------------------------ */

static bool is_animated(const ASS_Event *e)
{
    static const char *const tags[] = {"\\t", "\\move", "\\fad", "\\k", "\\K"};
    if (e->Effect && e->Effect[0] != '\0')
        return true;
    for (size_t i = 0; e->Text && i < G_N_ELEMENTS(tags); i++)
        if (strstr(e->Text, tags[i]))
            return true;
    return false;
}

static bool is_shown(const ASS_Event *e, int64_t ms)
{
    return e->Start <= ms && ms < e->Start + e->Duration;
}

struct subs_moment subs_track_moment(const struct subs_track *t, int64_t ms)
{
    struct subs_moment m = {INT64_MIN, INT64_MAX, 0, false};
    for (int i = 0; i < t->ass->n_events; i++) {
        const ASS_Event *e = &t->ass->events[i];
        const int64_t end = e->Start + e->Duration;
        if (e->Duration <= 0)
            continue;
        if (e->Start <= ms)
            m.from_ms = MAX(m.from_ms, end <= ms ? end : e->Start);
        if (end > ms)
            m.to_ms = MIN(m.to_ms, e->Start > ms ? e->Start : end);
        if (!is_shown(e, ms))
            continue;
        m.events++;
        m.animated = m.animated || is_animated(e);
    }
    assert(m.from_ms <= ms && ms < m.to_ms);
    return m;
}

void subs_track_hide(struct subs_track *t, int64_t ms)
{
    for (int i = 0; i < t->ass->n_events; i++)
        if (is_shown(&t->ass->events[i], ms)) {
            subs_findings_add(t->findings, SUBS_TOO_SLOW, t->ass->events[i].Start * US_PER_MS);
            t->ass->events[i].Duration = 0;
        }
}

struct subs_event subs_track_event(const struct subs_track *t, int i)
{
    assert(i >= 0 && i < t->ass->n_events);
    const ASS_Event *e = &t->ass->events[i];
    return (struct subs_event){
        .from_us = e->Start * US_PER_MS,
        .to_us = (e->Start + e->Duration) * US_PER_MS,
        .placed = e->Text && (strstr(e->Text, "\\pos(") || strstr(e->Text, "\\move(")),
    };
}
