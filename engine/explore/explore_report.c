#include "explore/explore_report.h"

#include "base/console.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/safe.h"
#include "base/sarif.h"
#include "explore/film_count.h"
#include "explore/finding_groups.h"
#include "explore/finding_words.h"
#include "explore/simulate_result.h"
#include "base/units.h"
#include "story/diag.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Names of variables that a line shows; how wide a line of names may get. */
#define VARS_SHOWN 4

/* The columns of the tables. */
#define ENDING_WIDTH     28
#define DECISION_WIDTH   20
#define DECISION_NUMBERS " %8s %16s %10s"
#define BESIDE_NUMBERS   (2 + DECISION_WIDTH + 9 + 17 + 11 + 2)

char *explore_report_sentence(const struct story *s, const struct explore_finding *f)
{
    return finding_sentence(s, f);
}

const char *explore_report_limit(enum explore_limit limit)
{
    switch (limit) {
    case EXPLORE_LIMIT_NONE:
        return "everything was seen";
    case EXPLORE_LIMIT_STATES:
        return "the limit on states was reached (--max-states)";
    case EXPLORE_LIMIT_MEMORY:
        return "the limit on memory was reached (--max-memory)";
    case EXPLORE_LIMIT_TIME:
        return "the limit on time was reached (--max-seconds)";
    case EXPLORE_LIMIT_DRAWS:
        return "too many random routes follow each other without a clip between them";
    case EXPLORE_LIMIT_STOPPED:
        return "it was stopped";
    case EXPLORE_LIMIT_UNREAD:
        return "a variable that viewers keep is never read";
    }
    return "";
}

/* How many clips have a length that the story does not say? */
static int32_t guessed_clips(const struct story *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_clip *c = &s->nodes[i].clip;
        n += c->kind == STORY_FILM && c->to_us == US_NONE && c->for_us == US_NONE;
    }
    return n;
}

/* ---- places --------------------------------------------------------------------------------------------------- */

/* The file of a mark, or NULL if it stands nowhere. */
static const char *file_of(const struct explore_report *r, struct story_mark mark)
{
    return mark.line > 0 && mark.file < r->story->n_files ? r->story->files[mark.file] : NULL;
}

/* Where a piece of source stands, with its line if that can be read. */
static struct diag_at place_of(const struct explore_report *r, struct finding_span span)
{
    struct diag_at at = {file_of(r, span.mark),      span.mark.line, MAX(span.mark.col, 1),
                         (uint32_t)MAX(span.len, 1), NULL,           0};
    struct source_text *source = at.file && r->sources ? r->sources[span.mark.file] : NULL;
    if (!source)
        return at;
    at.text = source_text_line(source, at.line, &at.text_len);
    if (span.len == 0)
        at.len = source_text_piece(source, at.line, at.col);
    return at;
}

/* ---- text ----------------------------------------------------------------------------------------------------- */

static void text_witnesses(const struct explore_report *r, const struct finding_group *g, GString *out)
{
    assert(!r->witnesses || r->drawn);
    for (guint k = 0; r->witnesses && k < g->findings->len; k++) {
        const int32_t i = g_array_index(g->findings, int32_t, k);
        if (r->witnesses[i])
            safe_printf(out, "    see %s%s\n", r->witnesses[i],
                        r->drawn[i] ? " (prescribes its draws: no seed was found for them)" : "");
    }
}

/* What was found, the line of source that it is about, what is in the way, and, the first time, what to do about it. */
static void text_group(const struct explore_report *r, const struct finding_group *g, bool *helped, GString *out)
{
    const struct explore_kind_info *info = explore_kind_info(g->kind);
    const struct diag_at at = place_of(r, g->span);
    if (at.file)
        safe_printf(out, "%s:%u:%u: ", at.file, at.line, at.col);
    console_paint(out, info->mistake ? PAINT_ERROR : PAINT_WARNING, r->colour);
    g_string_append(out, info->mistake ? "mistake" : "note");
    console_paint(out, PAINT_NONE, r->colour);
    safe_printf(out, ": %s [%s]\n", g->message, info->name);
    diag_print_source(&at, out, r->colour);
    g_autoptr(GString) details = g_string_new(NULL);
    for (guint i = 0; i < g->ways->len; i++) {
        const struct finding_way *way = &g_array_index(g->ways, struct finding_way, i);
        if (way->mark.line > 0)
            safe_printf(details, "    way in, line %u: %s\n", way->mark.line, way->text);
        else
            safe_printf(details, "    %s\n", way->text);
    }
    text_witnesses(r, g, details);
    fold_lines(out, details->str, FOLD_TERMINAL);
    if (helped[g->kind])
        return;
    helped[g->kind] = true;
    g_string_append(out, "  ");
    console_paint(out, PAINT_HELP, r->colour);
    g_string_append(out, "help: ");
    console_paint(out, PAINT_NONE, r->colour);
    safe_printf(out, "%s\n", info->help);
}

static int32_t count_unset(const bool *flags, int32_t n)
{
    int32_t unset = 0;
    for (int32_t i = 0; i < n; i++)
        unset += !flags[i];
    return unset;
}

/* What was cut short, and where that leaves the answers. */
static void text_partial(const struct explore_report *r, GString *out)
{
    const struct explore_result *x = r->result;
    safe_printf(out,
                "  partial: %s; %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                " states were not explored, and what was not seen may still happen\n",
                explore_report_limit(x->limit), x->n_open, x->n_states);
    g_string_append(out, "  what was met does happen; times are those of the plays that were followed\n");
}

static void text_verdict(const struct explore_report *r, GString *out)
{
    const struct explore_result *x = r->result;
    const int32_t notes = x->n_findings - x->n_mistakes;
    safe_printf(out, "%s: %s, %d mistake%s, %d note%s\n", r->story->path ? r->story->path : r->story->id,
                x->limit == EXPLORE_LIMIT_NONE ? "proved" : "partial", x->n_mistakes, units_s(x->n_mistakes), notes,
                units_s(notes));
}

static void text_default(const struct explore_report *r, GString *out)
{
    const struct default_play *d = &r->result->by_default;
    assert(d->phase != PLAY_IDLE);
    g_autofree char *time = units_clock_exact(d->us);
    g_string_append(out, "  if nobody chooses: ");
    if (d->phase == PLAY_OVER && d->ending >= 0)
        safe_printf(out, "ending \"%s\" after %s", r->story->endings[d->ending].name, time);
    else if (d->phase == PLAY_STUCK)
        safe_printf(out, "stuck after node \"%s\", at %s", r->story->nodes[d->node].name, time);
    else
        safe_printf(out, "the film is not over after %s", time);
    g_string_append(out, d->random ? " (with one draw of the random routes)\n" : "\n");
}

/* "12 %", "0.3 %", "below 0.1 %", "0 %". To be freed. */
static char *percent_text(double p)
{
    if (p <= 0)
        return g_strdup("0 %");
    if (p < 0.001)
        return g_strdup("below 0.1 %");
    return p < 0.0995 ? g_strdup_printf("%.1f %%", p * 100) : g_strdup_printf("%.0f %%", p * 100);
}

/* Exact while it is small, then about how many. To be freed. */
static char *count_text(double n)
{
    return n < 1e6       ? g_strdup_printf("%.0f", n)
           : isfinite(n) ? g_strdup_printf("about %.1e", n)
                         : g_strdup("countless");
}

/* Whether there is anything to say of chances. */
static bool has_chances(const struct explore_report *r)
{
    return r->result->odds.known || r->result->odds.sampled > 0;
}

/* "12 %", or with the interval of an estimate "12 % (11 % to 13 %)". To be freed. */
static char *likely_text(const struct explore_report *r, int32_t ending)
{
    const struct explore_ending *e = &r->result->endings[ending];
    if (!has_chances(r))
        return g_strdup("");
    if (r->result->odds.known)
        return percent_text(e->likely);
    return g_strdup_printf("%.1f to %.1f %%", e->likely_low * 100, e->likely_high * 100);
}

/* Why the odds were not solved. */
static const char *unsolved_text(const struct explore_report *r)
{
    const struct explore_result *x = r->result;
    return x->limit == EXPLORE_LIMIT_STOPPED || x->odds.limit == EXPLORE_LIMIT_STOPPED ? "it was stopped"
           : x->limit != EXPLORE_LIMIT_NONE                                            ? "not everything was explored"
           : x->odds.limit == EXPLORE_LIMIT_TIME ? "the time limit came before it was solved"
                                                 : "the film goes in circles, and solving it would take too long";
}

static void text_no_odds(const struct explore_report *r, GString *out)
{
    const char *why = unsolved_text(r);
    if (r->result->odds.sampled > 0)
        safe_printf(out,
                    "  likely: estimated from %" G_GUINT64_FORMAT " simulated viewings, because %s; the true share "
                    "lies in that interval 95 times in 100\n",
                    r->result->odds.sampled, why);
    else
        safe_printf(out, "  likely: not known, because %s\n", why);
    safe_printf(out, "  how many different viewings there are, and what each decision changes: not known, because %s\n",
                why);
}

/* There are viewings of any length: how many of them are short? */
static void text_endless_viewings(const struct explore_odds *o, GString *out)
{
    g_autofree char *n = count_text(o->viewings);
    g_string_append(out, "  countless different viewings, because the film can go in circles");
    if (o->viewings >= 1)
        safe_printf(out, "; %s%s of them %s at most " G_STRINGIFY(FILM_COUNT_SHORT_STEPS) " nodes and choices",
                    o->viewings_at_least ? "at least " : "", n, o->viewings > 1 ? "have" : "has");
    g_string_append_c(out, '\n');
}

static void text_viewings(const struct explore_odds *o, GString *out)
{
    if (o->viewings_endless) {
        text_endless_viewings(o, out);
        return;
    }
    if (o->viewings_at_least && o->viewings < 1) {
        g_string_append(out,
                        "  how many different viewings there are is not known: counting them would take too long\n");
        return;
    }
    g_autofree char *n = count_text(o->viewings);
    const char *more =
        o->viewings_at_least ? ""
        : !o->viewings_complete
            ? " of at most " G_STRINGIFY(FILM_COUNT_SHORT_STEPS) " nodes and choices; there are longer ones"
        : o->viewings_at_most ? "; comparing all of them would have taken too long"
                              : "";
    safe_printf(out, "  %s%s different viewing%s%s\n",
                o->viewings_at_least  ? "at least "
                : o->viewings_at_most ? "at most "
                                      : "",
                n, o->viewings == 1 ? "" : "s", more);
}

/* The last rows of the table: how plays end that come to no ending. */
static void text_no_ending(const struct explore_report *r, GString *out)
{
    const struct explore_odds *o = &r->result->odds;
    const struct {
        const char *what;
        double p;
    } rest[] = {
        {"(no ending)", o->no_ending},
        {o->sampled > 0 ? "(not over after " G_STRINGIFY(SIMULATE_NODES_MAX) " nodes)" : "(never ends)", o->endless}};
    for (size_t i = 0; i < G_N_ELEMENTS(rest); i++) {
        g_autofree char *likely = percent_text(rest[i].p);
        if (rest[i].p > 1e-9)
            safe_printf(out, "  %-*s %16s\n", ENDING_WIDTH + 32, rest[i].what, likely);
    }
}

/* The first cell of a row. A name that is wider has a line of its own. */
static void put_name(const char *name, int width, GString *out)
{
    if (g_utf8_strlen(name, -1) <= width)
        safe_printf(out, "  %-*s", width, name);
    else
        safe_printf(out, "  %s\n  %*s", name, width, "");
}

/* Which plays the columns are about. */
static void text_odds(const struct explore_report *r, GString *out)
{
    const struct explore_odds *o = &r->result->odds;
    g_string_append(out, "  shortest, longest: of all plays, also later ones and those in which the time\n"
                         "    runs out, but not those in which a viewer goes back\n");
    if (!o->known) {
        g_autoptr(GString) why = g_string_new(NULL);
        text_no_odds(r, why);
        fold_text(out, why->str, FOLD_TERMINAL);
        return;
    }
    g_string_append(out, "  likely: of first plays, by viewers who take every option on offer with equal\n"
                         "    probability, never let the time run out, and never go back");
    g_string_append(out, o->exact ? "\n" : "; lower bounds, as not every outcome of chance was followed\n");
}

/* ---- decisions ------------------------------------------------------------------------------------------------ */

struct ranked_consequence {
    int32_t decision;
    const struct consequence *c;
};

/* The greatest shift of endings first, then the longest divergence, then the most film of its own, then the story's order. */
static int by_consequence(const void *pa, const void *pb)
{
    const struct ranked_consequence *a = pa, *b = pb;
    if (a->c->shift != b->c->shift)
        return a->c->shift > b->c->shift ? -1 : 1;
    if (a->c->divergence_us != b->c->divergence_us)
        return a->c->divergence_us > b->c->divergence_us ? -1 : 1;
    if (a->c->exclusive_us != b->c->exclusive_us)
        return a->c->exclusive_us > b->c->exclusive_us ? -1 : 1;
    return a->decision - b->decision;
}

/* The decisions whose options can be compared, sorted. To be freed. */
static struct ranked_consequence *rank_decisions(const struct explore_report *r, int32_t *n)
{
    struct ranked_consequence *ranked = g_new(struct ranked_consequence, (gsize)r->story->n_decisions + 1);
    *n = 0;
    for (int32_t d = 0; r->result->consequences && d < r->story->n_decisions; d++)
        if (r->result->consequences[d].compared)
            ranked[(*n)++] = (struct ranked_consequence){d, &r->result->consequences[d]};
    assert(*n <= r->story->n_decisions);
    qsort(ranked, (size_t)*n, sizeof *ranked, by_consequence);
    return ranked;
}

/* "trust, ticket, 3 more"; to be freed. */
static char *vars_text(const struct story *s, const bool *vars)
{
    GString *text = g_string_new(NULL);
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_vars; i++)
        if (vars[i] && n++ < VARS_SHOWN)
            safe_printf(text, "%s%s", text->len ? ", " : "", s->vars[i].name);
    if (n > VARS_SHOWN)
        safe_printf(text, ", %d more", n - VARS_SHOWN);
    return g_string_free(text, FALSE);
}

/* How long the options lead apart: "1:02", "for good", "-", or as far as is known. To be freed. */
static char *apart_text(const struct consequence *c)
{
    if (c->divergence_us == CONSEQUENCE_FOR_GOOD)
        return g_strdup("for good");
    g_autofree char *apart = units_clock_exact(c->divergence_us);
    if (!c->divergence_known)
        return c->divergence_us > 0 ? g_strconcat("at least ", apart, NULL) : g_strdup("not known");
    return g_strdup(c->divergence_us > 0 ? apart : "-");
}

/* The length of film that is seen behind one option alone. To be freed. */
static char *own_film_text(const struct consequence *c)
{
    if (!c->exclusive_known)
        return g_strdup("not known");
    return c->exclusive_us > 0 ? units_clock_exact(c->exclusive_us) : g_strdup("-");
}

/* What the variables are called does not stand beside the numbers where that would be too wide, but below. */
static void text_decision(const struct explore_report *r, const struct ranked_consequence *x, GString *out)
{
    const struct consequence *c = x->c;
    g_autofree char *apart = apart_text(c), *own = own_film_text(c), *shift = percent_text(c->shift);
    g_autofree char *vars = vars_text(r->story, c->vars);
    put_name(r->story->decisions[x->decision].name, DECISION_WIDTH, out);
    safe_printf(out, DECISION_NUMBERS, c->shift > 0 ? shift : "-", apart, own);
    if (*vars)
        safe_printf(out, g_utf8_strlen(vars, -1) <= FOLD_TERMINAL - BESIDE_NUMBERS ? "  %s" : "\n    remembered: %s",
                    vars);
    g_string_append_c(out, '\n');
}

/* Their names in the story's order, as many to a line as there is room for. */
static void text_illusions(const struct explore_report *r, int32_t n, GString *out)
{
    gsize column = 0;
    safe_printf(out, "  %d decision%s an illusion: the same film follows whatever is chosen\n", n,
                n == 1 ? " is" : "s are");
    for (int32_t d = 0; d < r->story->n_decisions; d++) {
        const char *name = r->story->decisions[d].name;
        if (!r->result->consequences[d].illusion)
            continue;
        const bool wraps = column == 0 || column + strlen(name) > FOLD_TERMINAL;
        if (wraps && column > 0)
            g_string_append_c(out, '\n');
        safe_printf(out, wraps ? "    %s" : "  %s", name);
        column = (wraps ? 4 : column + 2) + strlen(name);
    }
    g_string_append_c(out, '\n');
}

static void text_decisions(const struct explore_report *r, GString *out)
{
    int32_t n, illusions = 0;
    struct ranked_consequence *ranked = rank_decisions(r, &n);
    bool partly = false, no_own_film = false;
    for (int32_t i = 0; i < n; i++) {
        illusions += ranked[i].c->illusion;
        partly |= !ranked[i].c->divergence_known;
        no_own_film |= !ranked[i].c->exclusive_known;
    }
    g_string_append(out, n > 0 ? "\n" : "");
    if (n > illusions)
        safe_printf(out, "  %-*s" DECISION_NUMBERS "  remembered\n", DECISION_WIDTH, "decision", "endings",
                    "meet after", "only here");
    for (int32_t i = 0; i < n; i++)
        if (!ranked[i].c->illusion)
            text_decision(r, &ranked[i], out);
    if (n > illusions)
        g_string_append(out, "  endings: how much the choice changes which ending comes\n"
                             "  meet after: how much film runs until the options can lead to the same place,\n"
                             "    with nothing remembered that makes a difference later\n"
                             "  only here: how much film is seen after one of the options alone\n"
                             "  remembered: variables that depend on the choice and are read later\n");
    if (illusions > 0)
        text_illusions(r, illusions, out);
    if (partly)
        g_string_append(out, "  at least: not every place was compared to its end, which would have taken too long\n");
    if (no_own_film)
        g_string_append(out,
                        "  only here: looking for it in a story of so many nodes and decisions would take too long\n");
    g_free(ranked);
}

static void text_endings(const struct explore_report *r, GString *out)
{
    const struct story *s = r->story;
    const bool odds = has_chances(r);
    safe_printf(out, "\n  %-*s %16s %14s%s\n", ENDING_WIDTH, "ending", "shortest", "longest",
                odds ? "           likely" : "");
    for (int32_t i = 0; i < s->n_endings; i++) {
        const struct explore_ending *e = &r->result->endings[i];
        g_autofree char *min = units_clock_exact(e->min_us), *max = units_clock_exact(e->max_us);
        const bool times = e->finishes, partial = r->result->limit != EXPLORE_LIMIT_NONE;
        const char *instead = e->likely > 0 && partial ? "simulated only"
                              : e->reached             ? (partial ? "goes on so far" : "the film goes on")
                              : partial                ? "not seen"
                                                       : "unreachable";
        g_autofree char *likely = likely_text(r, i);
        put_name(s->endings[i].name, ENDING_WIDTH, out);
        safe_printf(out, " %16s", times ? min : instead);
        if (times || odds)
            safe_printf(out, " %14s", !times ? "" : e->endless ? "unbounded" : max);
        safe_printf(out, odds ? " %16s\n" : "\n", likely);
        if (r->endings && r->endings[i])
            safe_printf(out, "    see %s\n", r->endings[i]);
    }
    text_no_ending(r, out);
    text_odds(r, out);
    const int32_t guessed = guessed_clips(s);
    if (guessed > 0)
        safe_printf(out, "  times are estimates: the story does not say how long %d clip%s\n", guessed,
                    guessed == 1 ? " is" : "s are");
}

/* Numbers that nothing reads. */
static void text_unread(const struct explore_report *r, GString *out)
{
    g_autofree bool *numbers = g_new0(bool, (gsize)r->story->n_vars + 1);
    int32_t n = 0;
    for (int32_t i = 0; i < r->story->n_vars; i++)
        n += numbers[i] = r->result->unread[i] && r->story->vars[i].type == STORY_INT;
    g_autofree char *names = vars_text(r->story, numbers);
    if (n > 0)
        safe_printf(out, "  nothing reads %s: whether %s can leave %s range was not looked at\n", names,
                    n == 1 ? "it" : "they", n == 1 ? "its" : "their");
}

/* "1 of 2 nodes". */
static void text_reached(const char *what, const bool *flags, int32_t n, GString *out)
{
    safe_printf(out, "%d of %d %s", n - count_unset(flags, n), n, what);
}

/* The shortest and the longest viewing that comes to any ending. */
static void text_lengths(const struct explore_report *r, GString *out)
{
    int64_t min_us = INT64_MAX, max_us = 0;
    bool endless = false;
    for (int32_t i = 0; i < r->story->n_endings; i++) {
        const struct explore_ending *e = &r->result->endings[i];
        min_us = e->finishes ? MIN(min_us, e->min_us) : min_us;
        max_us = MAX(max_us, e->max_us);
        endless |= e->endless;
    }
    if (min_us == INT64_MAX)
        return;
    g_autofree char *min = units_clock_exact(min_us), *max = units_clock_exact(max_us);
    safe_printf(out, "  a viewing takes from %s to %s\n", min, endless ? "as long as its viewer likes" : max);
}

/* What the film is, before what is wrong with it. */
static void text_facts(const struct explore_report *r, GString *out)
{
    const struct explore_result *x = r->result;
    if (x->limit != EXPLORE_LIMIT_NONE)
        text_partial(r, out);
    if (x->backs_matter && !x->backs)
        g_string_append(out, "  this holds for plays in which the viewer never goes back (--no-back)\n");
    g_string_append(out, x->limit == EXPLORE_LIMIT_NONE ? "  viewers can reach " : "  viewers reached so far ");
    text_reached("nodes", x->coverage->nodes, r->story->n_nodes, out);
    g_string_append(out, ", ");
    text_reached("endings", x->coverage->endings, r->story->n_endings, out);
    g_string_append(out, ", ");
    text_reached("options", x->coverage->available, r->story->n_options, out);
    g_string_append(out, "\n");
    if (x->unreached_us > 0) {
        g_autofree char *time = units_clock_exact(x->unreached_us);
        safe_printf(out, "  film that cannot be reached: %s\n", time);
    }
    text_default(r, out);
    text_lengths(r, out);
    if (x->odds.known)
        text_viewings(&x->odds, out);
}

static void text_findings(const struct explore_report *r, GString *out)
{
    struct finding_groups *groups = finding_groups_new(r->story, r->result);
    bool helped[EXPLORE_KINDS] = {false};
    for (guint i = 0; i < groups->all->len; i++) {
        g_string_append_c(out, '\n');
        text_group(r, &g_array_index(groups->all, struct finding_group, i), helped, out);
    }
    finding_groups_free(groups);
}

void explore_report_text(const struct explore_report *r, GString *out)
{
    const struct explore_result *x = r->result;
    const double seconds = (double)r->wall_us / US_PER_SECOND;
    g_autoptr(GString) facts = g_string_new(NULL);
    text_verdict(r, out);
    text_facts(r, facts);
    safe_printf(facts,
                "  %" G_GUINT64_FORMAT " state%s of %d bit%s, %" G_GUINT64_FORMAT " transition%s, %" G_GUINT64_FORMAT
                " start%s, in %.2f s\n",
                x->n_states, units_s((int64_t)x->n_states), x->state_bits, units_s(x->state_bits), x->n_transitions,
                units_s((int64_t)x->n_transitions), x->n_starts, units_s((int64_t)x->n_starts), seconds);
    if (x->n_exact > 0)
        safe_printf(facts, "  %" G_GUINT64_FORMAT " state%s%s when none are merged: %.1f bytes each, %.2f s of CPU\n",
                    x->n_exact, units_s((int64_t)x->n_exact), x->exact_limit == EXPLORE_LIMIT_NONE ? "" : " at least",
                    (double)x->exact_bytes / (double)x->n_exact, (double)x->exact_cpu_us / US_PER_SECOND);
    text_unread(r, facts);
    fold_text(out, facts->str, FOLD_TERMINAL);
    text_findings(r, out);
    if (r->story->n_endings > 0)
        text_endings(r, out);
    text_decisions(r, out);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static void json_place(const struct diag_at *at, JsonBuilder *b)
{
    json_put_text(b, "file", at->file);
    json_put_int(b, "line", at->line);
    json_put_int(b, "col", at->file ? at->col : 0);
    json_put_int(b, "length", at->len);
}

static void json_finding(const struct explore_report *r, const struct finding_groups *groups, int32_t i, JsonBuilder *b)
{
    const struct explore_finding *f = &r->result->findings[i];
    const struct diag_at at = place_of(r, finding_span(r->story, f));
    g_autofree char *sentence = finding_sentence(r->story, f);
    g_autofree char *source = at.text ? g_utf8_make_valid(at.text, (gssize)at.text_len) : NULL;
    json_builder_begin_object(b);
    json_put_text(b, "kind", explore_kind_info(f->kind)->name);
    json_put_bool(b, "mistake", explore_kind_info(f->kind)->mistake);
    json_put_text(b, "message", sentence);
    json_put_text(b, "because", groups->because[i]);
    json_put_text(b, "help", explore_kind_info(f->kind)->help);
    json_put_int(b, "group", groups->group_of[i]);
    json_place(&at, b);
    json_put_text(b, "source", source);
    json_put_text(b, "witness", r->witnesses ? r->witnesses[i] : NULL);
    json_builder_end_object(b);
}

static void json_group(const struct explore_report *r, const struct finding_group *g, JsonBuilder *b)
{
    json_builder_begin_object(b);
    json_put_text(b, "kind", explore_kind_info(g->kind)->name);
    json_put_text(b, "message", g->message);
    json_put_array(b, "findings");
    for (guint i = 0; i < g->findings->len; i++)
        json_builder_add_int_value(b, g_array_index(g->findings, int32_t, i));
    json_builder_end_array(b);
    json_put_array(b, "ways_in");
    for (guint i = 0; i < g->ways->len; i++) {
        const struct finding_way *way = &g_array_index(g->ways, struct finding_way, i);
        const struct diag_at at = place_of(r, (struct finding_span){way->mark, 0});
        json_builder_begin_object(b);
        json_put_text(b, "message", way->text);
        json_place(&at, b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void json_findings(const struct explore_report *r, JsonBuilder *b)
{
    struct finding_groups *groups = finding_groups_new(r->story, r->result);
    json_put_array(b, "findings");
    for (int32_t i = 0; i < r->result->n_findings; i++)
        json_finding(r, groups, i, b);
    json_builder_end_array(b);
    json_put_array(b, "groups");
    for (guint i = 0; i < groups->all->len; i++)
        json_group(r, &g_array_index(groups->all, struct finding_group, i), b);
    json_builder_end_array(b);
    finding_groups_free(groups);
}

static void json_ending(const struct explore_report *r, int32_t i, JsonBuilder *b)
{
    const struct explore_ending *e = &r->result->endings[i];
    json_builder_begin_object(b);
    json_put_text(b, "ending", r->story->endings[i].name);
    json_put_bool(b, "reached", e->reached);
    if (e->finishes) {
        json_put_int(b, "shortest_us", e->min_us);
        json_put_bool(b, "unbounded", e->endless);
        if (!e->endless)
            json_put_int(b, "longest_us", e->max_us);
    }
    if (has_chances(r))
        json_put_real(b, "likelihood", e->likely);
    if (r->result->odds.sampled > 0) {
        json_put_real(b, "likelihood_low", e->likely_low);
        json_put_real(b, "likelihood_high", e->likely_high);
    }
    if (r->endings && r->endings[i])
        json_put_text(b, "witness", r->endings[i]);
    json_builder_end_object(b);
}

static_assert(offsetof(struct story_node, name) == 0 && offsetof(struct story_var, name) == 0,
              "put_names() takes the first field for the name");

/* An array of the names of all things that are set. */
static void put_names(JsonBuilder *b, const char *key, const bool *set, int32_t n, const void *things, size_t size)
{
    json_put_array(b, key);
    for (int32_t i = 0; i < n; i++)
        if (set[i])
            json_builder_add_string_value(b, *(const char *const *)((const char *)things + (size_t)i * size));
    json_builder_end_array(b);
}

static void json_decision(const struct explore_report *r, const struct ranked_consequence *x, JsonBuilder *b)
{
    const struct story *s = r->story;
    const struct consequence *c = x->c;
    const struct story_option *options = &s->options[s->decisions[x->decision].options.first];
    json_builder_begin_object(b);
    json_put_text(b, "decision", s->decisions[x->decision].name);
    json_put_bool(b, "illusion", c->illusion);
    json_put_real(b, "met", c->met);
    json_put_real(b, "endings_shift", c->shift);
    json_put_text(b, "option_a", options[c->a].name);
    json_put_text(b, "option_b", options[c->b].name);
    json_put_bool(b, "apart_for_good", c->divergence_us == CONSEQUENCE_FOR_GOOD);
    if (c->divergence_us != CONSEQUENCE_FOR_GOOD)
        json_put_int(b, "apart_us", c->divergence_us);
    json_put_bool(b, "apart_at_least", !c->divergence_known);
    json_put_int(b, "own_film_us", c->exclusive_us);
    json_put_bool(b, "own_film_known", c->exclusive_known);
    json_put_bool(b, "complete", c->divergence_known && c->exclusive_known);
    put_names(b, "own_nodes", c->exclusive, c->exclusive ? s->n_nodes : 0, s->nodes, sizeof *s->nodes);
    put_names(b, "variables", c->vars, s->n_vars, s->vars, sizeof *s->vars);
    json_builder_end_object(b);
}

static void json_decisions(const struct explore_report *r, JsonBuilder *b)
{
    int32_t n;
    struct ranked_consequence *ranked = rank_decisions(r, &n);
    json_put_array(b, "decisions");
    for (int32_t i = 0; i < n; i++)
        json_decision(r, &ranked[i], b);
    json_builder_end_array(b);
    g_free(ranked);
}

static void json_odds(const struct explore_report *r, JsonBuilder *b)
{
    const struct explore_odds *o = &r->result->odds;
    json_builder_set_member_name(b, "odds");
    if (!has_chances(r)) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_object(b);
    json_put_bool(b, "exact", o->exact);
    json_put_int(b, "sampled", (int64_t)o->sampled);
    json_put_real(b, "no_ending", o->no_ending);
    json_put_real(b, "endless", o->endless);
    if (o->known && isfinite(o->viewings))
        json_put_real(b, "viewings", o->viewings);
    json_put_bool(b, "viewings_all", o->viewings_complete);
    json_put_bool(b, "viewings_endless", o->viewings_endless);
    json_put_text(b, "viewings_bound", o->viewings_at_least ? "at least" : o->viewings_at_most ? "at most" : NULL);
    json_builder_end_object(b);
}

static void json_default(const struct explore_report *r, JsonBuilder *b)
{
    static const char *const phases[] = {
        [PLAY_IDLE] = "idle", [PLAY_RUNNING] = "endless", [PLAY_OVER] = "over", [PLAY_STUCK] = "stuck"};
    const struct default_play *d = &r->result->by_default;
    json_put_object(b, "default");
    json_put_text(b, "phase", phases[d->phase]);
    json_put_text(b, "node", r->story->nodes[d->node].name);
    json_put_text(b, "ending", d->ending >= 0 ? r->story->endings[d->ending].name : NULL);
    json_put_int(b, "us", d->us);
    json_put_bool(b, "random", d->random);
    json_builder_end_object(b);
}

static void json_shape(const struct explore_report *r, JsonBuilder *b)
{
    const struct explore_result *x = r->result;
    json_put_int(b, "states", (int64_t)x->n_states);
    json_put_int(b, "not_looked_at", (int64_t)x->n_open);
    json_put_int(b, "ways", (int64_t)x->n_transitions);
    json_put_int(b, "starts", (int64_t)x->n_starts);
    json_put_int(b, "bits_per_state", x->state_bits);
    json_put_int(b, "unreachable_us", x->unreached_us);
    json_put_int(b, "wall_us", r->wall_us);
    json_put_int(b, "clips_of_unknown_length", guessed_clips(r->story));
    put_names(b, "unread", x->unread, r->story->n_vars, r->story->vars, sizeof *r->story->vars);
}

void explore_report_json(const struct explore_report *r, GString *out)
{
    const struct explore_result *x = r->result;
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "story", r->story->id);
    json_put_text(b, "verdict", x->limit == EXPLORE_LIMIT_NONE ? "proved" : "partial");
    json_put_text(b, "reason", x->limit == EXPLORE_LIMIT_NONE ? NULL : explore_report_limit(x->limit));
    json_put_bool(b, "without_going_back", x->backs_matter && !x->backs);
    json_put_int(b, "mistakes", x->n_mistakes);
    json_put_int(b, "notes", x->n_findings - x->n_mistakes);
    json_findings(r, b);
    json_shape(r, b);
    json_default(r, b);
    json_put_array(b, "endings");
    for (int32_t i = 0; i < r->story->n_endings; i++)
        json_ending(r, i, b);
    json_builder_end_array(b);
    json_odds(r, b);
    json_put_text(b, "not_known", x->odds.known ? NULL : unsolved_text(r));
    json_decisions(r, b);
    json_builder_end_object(b);
    json_put_document(b, true, out);
}

/* ---- SARIF ---------------------------------------------------------------------------------------------------- */

static enum sarif_level sarif_level(enum explore_kind kind)
{
    return explore_kind_info(kind)->mistake ? SARIF_ERROR : SARIF_NOTE;
}

/* A finding that stands nowhere in the story's source belongs to the story's first file. */
static void add_sarif_result(struct sarif *sarif, const struct explore_report *r, const struct finding_groups *groups,
                             int32_t i)
{
    const struct explore_finding *f = &r->result->findings[i];
    const struct finding_group *g = &g_array_index(groups->all, struct finding_group, groups->group_of[i]);
    const struct diag_at at = place_of(r, finding_span(r->story, f));
    const char *main_file = r->story->path ? r->story->path : r->story->id;
    GArray *related = g_array_new(FALSE, FALSE, sizeof(struct sarif_place));
    for (guint k = 0; k < g->ways->len; k++) {
        const struct finding_way *way = &g_array_index(g->ways, struct finding_way, k);
        const struct diag_at there = place_of(r, (struct finding_span){way->mark, 0});
        const struct sarif_place place = {there.file ? there.file : main_file, way->text, there.line, there.col,
                                          there.len};
        g_array_append_val(related, place);
    }
    g_autofree char *sentence = finding_sentence(r->story, f);
    g_autofree char *message =
        groups->because[i] ? g_strdup_printf("%s, because %s", sentence, groups->because[i]) : g_strdup(sentence);
    const struct sarif_result result = {.rule = (size_t)f->kind,
                                        .level = sarif_level(f->kind),
                                        .message = message,
                                        .file = at.file ? at.file : main_file,
                                        .line = at.file ? at.line : 0,
                                        .col = at.col,
                                        .len = at.len,
                                        .related = (const struct sarif_place *)(const void *)related->data,
                                        .n_related = related->len,
                                        .group = groups->group_of[i] + 1};
    sarif_add(sarif, &result);
    g_array_unref(related);
}

void explore_report_sarif(const struct explore_report *r, const char *version, GString *out)
{
    struct sarif_rule rules[EXPLORE_KINDS];
    for (int32_t k = 0; k < EXPLORE_KINDS; k++) {
        const struct explore_kind_info *info = explore_kind_info((enum explore_kind)k);
        rules[k] = (struct sarif_rule){
            info->name, info->name, info->name, info->text, sarif_level((enum explore_kind)k), info->help};
    }
    const struct sarif_log log = {
        .tool = "frumious explore", .version = version, .rules = rules, .n_rules = EXPLORE_KINDS};
    struct sarif *sarif = sarif_new(&log);
    struct finding_groups *groups = finding_groups_new(r->story, r->result);
    for (int32_t i = 0; i < r->result->n_findings; i++)
        add_sarif_result(sarif, r, groups, i);
    finding_groups_free(groups);
    sarif_finish(sarif, out);
}
