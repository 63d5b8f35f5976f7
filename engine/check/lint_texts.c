#include "check/lint_texts.h"

#include "check/lint_report.h"

#include <assert.h>
#include <string.h>

/* This many options with texts of this many bytes each fit into any panel. */
#define SHORT_OPTIONS 5
#define SHORT_PROMPT  48
#define SHORT_OPTION  20

struct text_lint {
    const struct story *s;
    struct lint_report *report;
    layout_measure measure;
    void *user;
};

/* " in `de`", or nothing where the story names no language. The caller frees it. */
static char *in_language(const char *tag)
{
    return strcmp(tag, "und") == 0 ? g_strdup("") : g_strdup_printf(" in `%s`", tag);
}

/* ---- counting -------------------------------------------------------------------------------------------------- */

static void count_text(const struct text_lint *t, int32_t id, int room, const char *what)
{
    if (id < 0)
        return;
    for (int32_t i = 0; i < t->s->n_languages; i++) {
        const char *text = story_text(t->s, id, t->s->languages[i]);
        if (strlen(text) <= (size_t)room || (i > 0 && text == story_text(t->s, id, NULL)))
            continue; /* a character has at least one byte */
        const glong chars = g_utf8_strlen(text, -1);
        g_autofree char *where = in_language(t->s->languages[i]);
        if (chars > room)
            lint_report_add_text(t->report, id, "W705",
                                 "shorten it: the panel makes it smaller first, then cuts it off",
                                 "%s `%s` is %ld characters long%s; there is room for %d", what,
                                 story_text_key(t->s, id), chars, where, room);
    }
}

static void count_decision(const struct text_lint *t, const struct story_decision *d)
{
    count_text(t, d->prompt, LINT_PROMPT_CHARS, "the prompt");
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &t->s->options[d->options.first + i];
        count_text(t, o->text, LINT_OPTION_CHARS, "the option");
        count_text(t, o->sub, LINT_SUB_CHARS, "the second line");
        count_text(t, o->locked, LINT_SUB_CHARS, "the reason");
        for (int32_t k = 0; k < o->labels.n; k++) {
            count_text(t, t->s->labels[o->labels.first + k].text, LINT_OPTION_CHARS, "the option");
            count_text(t, t->s->labels[o->labels.first + k].sub, LINT_SUB_CHARS, "the second line");
        }
    }
}

/* ---- measuring ------------------------------------------------------------------------------------------------- */

/* The texts in a panel, by id; -1: none. */
struct panel_words {
    int32_t text[VIEW_OPTIONS_MAX], second[VIEW_OPTIONS_MAX];
    bool locked[VIEW_OPTIONS_MAX];
    int32_t n;
};

/* A text that does not fit into the first is not measured in the second. */
static const struct lint_window {
    int w, h;
} windows[] = {{854, 480}, {1280, 720}};

static void report_too_long(const struct text_lint *t, int32_t id, const char *language, const char *what, bool gone,
                            struct lint_window window)
{
    g_autofree char *where = in_language(language);
    lint_report_add_text(t->report, id, "W705", "shorten it, or offer fewer options",
                         "%s `%s` is too long%s: it is %s in a window of %dx%d", what, story_text_key(t->s, id), where,
                         gone ? "left out" : "cut off", window.w, window.h);
}

/* Does it stand in its place, whole? Reports it if not. */
static bool check_fit(const struct text_lint *t, int32_t id, const char *language, const char *what,
                      const struct text_style *style, struct rect place, struct lint_window window)
{
    const char *text = story_text(t->s, id, language);
    if (!text || !*text)
        return true;
    const bool gone = rect_empty(place);
    if (!gone && !t->measure(t->user, style, text, place.w).cut)
        return true;
    report_too_long(t, id, language, what, gone, window);
    return false;
}

static_assert(VIEW_OPTIONS_MAX > SHORT_OPTIONS, "decisions with few short texts are not measured");

/* Do all texts of the panel stand in their places? */
static bool check_layout(const struct text_lint *t, const struct story_decision *d, const struct panel_words *shown,
                         const char *language, const struct layout_request *rq, struct lint_window window)
{
    struct layout_panel out;
    layout_panel(rq, &out);
    bool fits = check_fit(t, d->prompt, language, "the prompt", &out.prompt_style, out.prompt, window);
    for (int32_t i = 0; i < shown->n && d->layout != STORY_CODE; i++) {
        fits &=
            check_fit(t, shown->text[i], language, "the option", &out.option[i].text_style, out.option[i].text, window);
        fits &= check_fit(t, shown->second[i], language, shown->locked[i] ? "the reason" : "the second line",
                          &out.option[i].sub_style, out.option[i].sub, window);
    }
    return fits;
}

static void check_panel(const struct text_lint *t, const struct story_decision *d, const struct panel_words *shown,
                        const char *language)
{
    static const enum view_layout layouts[] = {
        [STORY_ROW] = VIEW_ROW, [STORY_COLUMN] = VIEW_COLUMN, [STORY_CORNERS] = VIEW_CORNERS, [STORY_CODE] = VIEW_CODE};
    struct view_option options[VIEW_OPTIONS_MAX] = {{0}};
    assert(shown->n >= 0 && shown->n <= VIEW_OPTIONS_MAX);
    assert((size_t)d->layout < G_N_ELEMENTS(layouts));
    for (int32_t i = 0; i < shown->n; i++) {
        const char *second = story_text(t->s, shown->second[i], language);
        options[i] = (struct view_option){.text = story_text(t->s, shown->text[i], language),
                                          .sub = shown->locked[i] ? NULL : second,
                                          .reason = shown->locked[i] ? second : NULL,
                                          .key = t->s->options[d->options.first + i].key,
                                          .locked = shown->locked[i]};
    }
    const struct view_panel panel = {.phase = VIEW_OPEN,
                                     .layout = layouts[d->layout],
                                     .prompt = story_text(t->s, d->prompt, language),
                                     .options = options,
                                     .count = shown->n};
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        const struct lint_window *w = &windows[i];
        const struct layout_request rq = {.w = w->w,
                                          .h = w->h,
                                          .picture = {0, 0, w->w, w->h},
                                          .panel = &panel,
                                          .measure = t->measure,
                                          .user = t->user};
        if (!check_layout(t, d, shown, language, &rq, *w))
            return;
    }
}

/* The options with their own texts (label -1), or with those of their label of this number. `locked`: with the reasons of
 * those that can be locked. */
static struct panel_words panel_words_of(const struct text_lint *t, const struct story_decision *d, int32_t label,
                                         bool locked)
{
    struct panel_words shown = {.n = MIN(d->options.n, VIEW_OPTIONS_MAX)};
    for (int32_t i = 0; i < shown.n; i++) {
        const struct story_option *o = &t->s->options[d->options.first + i];
        const struct story_label *l = label >= 0 && label < o->labels.n ? &t->s->labels[o->labels.first + label] : NULL;
        shown.locked[i] = locked && o->locked >= 0;
        shown.text[i] = l && l->text >= 0 ? l->text : o->text;
        shown.second[i] = shown.locked[i] ? o->locked : l && l->sub >= 0 ? l->sub : o->sub;
    }
    return shown;
}

static bool is_short(const struct story *s, int32_t id, size_t bytes)
{
    for (int32_t i = 0; id >= 0 && i < s->n_languages; i++)
        if (strlen(story_text(s, id, s->languages[i])) > bytes)
            return false;
    return true;
}

static bool fits_anyway(const struct story *s, const struct story_decision *d)
{
    bool fits = d->options.n <= SHORT_OPTIONS && is_short(s, d->prompt, SHORT_PROMPT);
    for (int32_t i = 0; fits && i < d->options.n; i++) {
        const struct story_option *o = &s->options[d->options.first + i];
        fits = is_short(s, o->text, SHORT_OPTION) && is_short(s, o->sub, SHORT_OPTION) &&
               is_short(s, o->locked, SHORT_OPTION);
        for (int32_t k = 0; fits && k < o->labels.n; k++)
            fits = is_short(s, s->labels[o->labels.first + k].text, SHORT_OPTION) &&
                   is_short(s, s->labels[o->labels.first + k].sub, SHORT_OPTION);
    }
    return fits;
}

static void measure_decision(const struct text_lint *t, const struct story_decision *d)
{
    int32_t labels = 0;
    for (int32_t i = 0; i < d->options.n; i++)
        labels = MAX(labels, t->s->options[d->options.first + i].labels.n);
    for (int32_t i = 0; i < t->s->n_languages; i++)
        for (int32_t label = -1; label < labels; label++)
            for (int locked = 0; locked <= 1; locked++) {
                const struct panel_words shown = panel_words_of(t, d, label, locked);
                check_panel(t, d, &shown, t->s->languages[i]);
            }
}

/* How many options are on the panel whatever the state: those that are hidden at times do not count. */
static int32_t always_shown(const struct story *s, const struct story_decision *d)
{
    int32_t n = 0;
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &s->options[d->options.first + i];
        n += o->when < 0 || o->locked >= 0;
    }
    return n;
}

static void check_room(const struct text_lint *t, const struct story_decision *d)
{
    if (d->options.n <= VIEW_OPTIONS_MAX || d->layout == STORY_CODE)
        return;
    const bool always = always_shown(t->s, d) > VIEW_OPTIONS_MAX;
    lint_report_add(t->report, d->mark, "W706", "ask in two steps, or hide some with `when`",
                    always ? "of these %d options, the panel shows the first %d alone"
                           : "if more of these %d options are on offer than %d, the panel does not show the others",
                    d->options.n, VIEW_OPTIONS_MAX);
}

bool lint_texts_wants_measure(const struct story *s)
{
    for (int32_t i = 0; i < s->n_decisions; i++)
        if (!fits_anyway(s, &s->decisions[i]))
            return true;
    return false;
}

void lint_texts(const struct story *s, layout_measure measure, void *user, struct diags *diags)
{
    const struct text_lint t = {s, lint_report_new(s, diags), measure, user};
    for (int32_t i = 0; i < s->n_decisions; i++)
        check_room(&t, &s->decisions[i]);
    for (int32_t i = 0; i < s->n_decisions; i++)
        if (!measure)
            count_decision(&t, &s->decisions[i]);
        else if (!fits_anyway(s, &s->decisions[i]))
            measure_decision(&t, &s->decisions[i]);
    for (int32_t i = 0; i < s->n_endings; i++)
        count_text(&t, s->endings[i].title, LINT_TITLE_CHARS, "the title");
    lint_report_free(t.report);
}
