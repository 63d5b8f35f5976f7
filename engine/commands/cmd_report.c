/* frumious report: what viewers did, and how sure the numbers are. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/network.h"
#include "report/decision_impact.h"
#include "report/page.h"
#include "report/page_pdf.h"
#include "report/page_server.h"
#include "report/trial_page.h"
#include "telemetry/central/engine.h"
#include "telemetry/count/count_cube.h"
#include "telemetry/survey/compare.h"
#include "telemetry/survey/cross.h"
#include "telemetry/survey/launch.h"
#include "telemetry/survey/survey.h"
#include "telemetry/survey/trial.h"
#include "telemetry/survey/viewers.h"

#include <assert.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIEWERS_MOST      200000            /* viewings: counting what people did takes some seconds */
#define STILLS_DEFAULT    40                /* some 300 KB in a page */
#define EXPLORE_BYTES_MAX ((size_t)2 << 30) /* for exploring the film */

struct report_request {
    struct survey_options options;
    void (*write)(const struct survey *r, const struct decision_impact *impact, GString *out);
    void (*compare)(const struct compare_side *a, const struct compare_side *b, GString *out);
    void (*launch)(const struct launch *l, GString *out);
    void (*cross)(const struct cross *c, GString *out);
    void (*viewers)(const struct viewers *v, GString *out);
    void (*trial)(const struct trial *t, GString *out);
    GPtrArray *paths;
    const char *film;    /* path of the story, or NULL */
    const char *against; /* NULL: no comparison */
    struct survey_options other;
    const char *by;     /* NULL: no cross table */
    GArray *only;       /* struct segment: options.only */
    GArray *other_only; /* the same of `other`, where it differs; else NULL */
    char *against_text; /* what the segment of `other` is made of, or NULL */
    bool by_viewer;
    bool own; /* no store was named: the store is this machine's */
    bool over_time;
    enum count_period period; /* with over_time */
    bool serve_page, pdf;
    guint stills; /* at most, of a page */
    uint16_t port;
};

/* `impact`: what the film's decisions change, or NULL; here and below. */
static void write_text(const struct survey *r, const struct decision_impact *impact, GString *out)
{
    survey_text(r, out);
    if (impact)
        decision_impact_text(impact, out);
}

static void write_json(const struct survey *r, const struct decision_impact *impact, GString *out)
{
    survey_json(r, decision_impact_consequences(impact), out);
}

static void write_csv(const struct survey *r, const struct decision_impact *impact, GString *out)
{
    survey_csv(r, decision_impact_consequences(impact), out);
}

static const struct {
    const char *name;
    void (*write)(const struct survey *r, const struct decision_impact *impact, GString *out);
    void (*compare)(const struct compare_side *a, const struct compare_side *b, GString *out);
    void (*launch)(const struct launch *l, GString *out);
    void (*cross)(const struct cross *c, GString *out);
    void (*viewers)(const struct viewers *v, GString *out);
    void (*trial)(const struct trial *t, GString *out);
} formats[] = {
    {.name = "text",
     .write = write_text,
     .compare = compare_text,
     .launch = launch_text,
     .cross = cross_text,
     .viewers = viewers_text,
     .trial = trial_text},
    {.name = "json",
     .write = write_json,
     .compare = compare_json,
     .launch = launch_json,
     .cross = cross_json,
     .viewers = viewers_json,
     .trial = trial_json},
    {.name = "csv",
     .write = write_csv,
     .compare = compare_csv,
     .launch = launch_csv,
     .cross = cross_csv,
     .viewers = viewers_csv,
     .trial = trial_csv},
    {.name = "html", .trial = trial_page_write}, /* a page needs more than a survey: write_page() */
    {.name = "pdf"},                             /* the same, printed */
};

static const struct option_word {
    const char *name;
    int32_t value;
} viewing_words[] = {{"first", AGGREGATE_FIRST},
                     {"replay", AGGREGATE_REPLAY},
                     {"unknown", AGGREGATE_UNKNOWN},
                     {"all", COUNT_ALL}},
  time_words[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"5", 5}, {"10", 10}, {"none", 0}, {"0", 0}, {"all", COUNT_ALL}};

static const struct option_word period_words[] = {
    {"day", COUNT_DAY}, {"week", COUNT_WEEK}, {"month", COUNT_MONTH}, {"year", COUNT_YEAR}};

static bool parse_word(const struct option_word *words, size_t n, const char *name, int32_t *value)
{
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(words[i].name, name) == 0) {
            *value = words[i].value;
            return true;
        }
    return name == NULL; /* not given: the default stays */
}

static bool parse_format(const char *name, struct report_request *r)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (!name || strcmp(formats[i].name, name) == 0) {
            r->write = formats[i].write;
            r->compare = formats[i].compare;
            r->launch = formats[i].launch;
            r->cross = formats[i].cross;
            r->viewers = formats[i].viewers;
            r->trial = formats[i].trial;
            r->pdf = strcmp(formats[i].name, "pdf") == 0;
            return true;
        }
    return false;
}

/* A name of the IANA's, or "local": this machine's. `zone` stays NULL for UTC. */
static bool parse_timezone(const char *name, GTimeZone **zone)
{
    if (!name || strcmp(name, "UTC") == 0)
        return true;
    *zone = strcmp(name, "local") == 0 ? g_time_zone_new_local() : g_time_zone_new_identifier(name);
    return *zone != NULL;
}

static bool check_usage(bool good, const char *what, const char *instead)
{
    if (!good)
        console_say("report wants %s%s%s%s; see `frumious report --help`", what, instead ? ", not '" : "",
                    instead ? instead : "", instead ? "'" : "");
    return good;
}

/* "sqlite:FILE" or FILE. */
static void add_store_path(GPtrArray *paths, const char *store)
{
    const char prefix[] = "sqlite:";
    g_ptr_array_add(paths, g_strdup(g_str_has_prefix(store, prefix) ? store + strlen(prefix) : store));
}

/*
 * Migrates an older program's store and adds up the viewings that its writers left uncounted, in a store that is this
 * user's own, that this program made, and beside which no change waits to be undone. Everywhere else the report is the
 * same without this, only slower. Nothing is erased by age here: a report reads. An empty file stays one, unless what comes into it is
 * to be followed.
 */
static void prepare_store(const char *path, bool keep_sums, bool follow)
{
    const struct store_options o = {.path = path, .keep_damaged = true};
    g_autofree char *real = store_file_resolve(path);
    GStatBuf st;
    const bool holds = g_stat(real, &st) == 0 && S_ISREG(st.st_mode) && (follow || st.st_size > 0);
    const bool own = holds && store_file_is_own(real) && !store_file_has_hot_journal(real);
    struct store *s = own ? store_open(&o, NULL) : NULL;
    if (s && keep_sums)
        aggregate_catch_up(s, NULL);
    store_close(s);
}

static struct store *open_store(const char *path, const struct report_request *r, GError **error)
{
    const struct store_options o = {.path = path, .read_only = true, .follow = r->serve_page};
    prepare_store(path, !r->options.recount, r->serve_page);
    struct store *s = store_open(&o, error);
    if (s && s->note)
        console_say("%s", s->note);
    return s;
}

static bool parse_period(const char *name, struct report_request *r)
{
    int32_t period = COUNT_DAY;
    r->over_time = name != NULL;
    const bool good = parse_word(period_words, G_N_ELEMENTS(period_words), name, &period);
    r->period = (enum count_period)period;
    return good;
}

/* Texts that segments are made of are the caller's argument, cut to pieces. */
static bool parse_only(char **all, struct report_request *r)
{
    for (char **one = all; one && *one; one++) {
        g_autofree char *given = g_strdup(*one);
        g_autofree char *kinds = segment_kinds(true);
        struct segment segment;
        if (!segment_parse(*one, true, &segment)) {
            console_say("--only wants %s, not '%s'", kinds, given);
            return false;
        }
        g_array_append_val(r->only, segment);
    }
    r->options.n_only = r->only->len;
    r->options.only = (const struct segment *)(void *)r->only->data;
    return true;
}

/* The second side is in another segment of a kind, and in all others that the first one is in. */
static bool parse_other_segment(const char *against, struct report_request *r)
{
    struct segment other;
    r->against_text = g_strdup(against);
    if (!segment_parse(r->against_text, true, &other))
        return false;
    r->other_only = g_array_new(FALSE, FALSE, sizeof other);
    for (guint i = 0; i < r->only->len; i++) {
        const struct segment *one = &g_array_index(r->only, struct segment, i);
        if (one->kind != other.kind || g_strcmp0(one->argument, other.argument) != 0)
            g_array_append_val(r->other_only, *one);
    }
    g_array_append_val(r->other_only, other);
    r->other.n_only = r->other_only->len;
    r->other.only = (const struct segment *)(void *)r->other_only->data;
    return true;
}

/* "version=V", "viewings=replay", "time=2": the second side differs from the first in this alone. */
static bool parse_against(const char *against, struct report_request *r)
{
    r->against = against;
    r->other = r->options;
    const char *equals = against ? strchr(against, '=') : NULL;
    if (!equals)
        return !against;
    const char *value = equals + 1;
    if (g_str_has_prefix(against, "version="))
        r->other.version = value;
    else if (g_str_has_prefix(against, "viewings="))
        return parse_word(viewing_words, G_N_ELEMENTS(viewing_words), value, &r->other.viewings);
    else if (g_str_has_prefix(against, "time="))
        return parse_word(time_words, G_N_ELEMENTS(time_words), value, &r->other.time);
    else
        return parse_other_segment(against, r);
    return true;
}

/* ---- what a report is made from ---------------------------------------------------------------------------------- */

/* The stores' counts, loaded once, and the parts of the audience that are written. */
struct report_data {
    struct count_cube *cube;
    struct survey *survey;    /* what was asked for */
    struct survey *against;   /* the other side of a comparison, or NULL */
    struct count_cube *other; /* its cube, where they do not share one; else NULL */
    struct survey *everybody; /* for a page, else NULL */
    struct viewers *viewers;  /* of a page, where they can be told; else NULL */
    GArray *keyed;            /* struct count_viewing, for these */
    GPtrArray *experiments;   /* char *: of a page, else NULL */
    GPtrArray *trials;        /* struct trial *: of each of these; NULL where there are too many viewings */
    GPtrArray *notes;         /* struct note *, of a page or over time; else none */
    GPtrArray *strata[2];     /* of both sides, where they have the same versions: struct survey * of each; else NULL */
};

/* Sides that are of the same versions are compared version by version. */
static bool has_strata(const struct report_request *r)
{
    return r->against && g_strcmp0(r->options.version, r->other.version) == 0;
}

/* A cube is loaded for one selection of versions and segments: the sides of a comparison of versions have one each. */
static bool shares_cube(const struct report_request *r)
{
    return has_strata(r) && !r->other_only;
}

static bool is_page(const struct report_request *r)
{
    return r->serve_page || (!r->write && !r->against);
}

/* Does --by ask for the report of an experiment? */
static bool is_experiment(const struct report_request *r)
{
    return r->by && g_str_has_prefix(r->by, "arm=");
}

/* Does --by add a filter to the page, rather than ask for a table? */
static bool is_parted_page(const struct report_request *r)
{
    return r->by && !r->cross && r->trial && !is_experiment(r);
}

/* What the page can be filtered by besides, the most important first. `by`: the text of --by, or NULL; cut to pieces. */
static GArray *page_parts(char *by, const GPtrArray *experiments)
{
    static const char *const kinds[] = {"language", "channel", "input", "subtitles"};
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct segment));
    struct segment one;
    const char *name = NULL;
    const bool has_filter = by && (strcmp(by, "viewings") == 0 || strcmp(by, "time") == 0); /* of its own */
    if (by && !has_filter && segment_parse(by, false, &one)) {
        g_array_append_val(parts, one);
        name = by;
    }
    for (guint i = 0; i < experiments->len; i++) {
        one = segment_arm(experiments->pdata[i], NULL);
        g_array_append_val(parts, one);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        one = segment_of_kind(kinds[i]);
        if (g_strcmp0(kinds[i], name) != 0)
            g_array_append_val(parts, one);
    }
    return parts;
}

static struct count_cube_options cube_options(const struct report_request *r)
{
    struct count_cube_options c = survey_cube_options(&r->options);
    if (is_page(r) || r->over_time)
        c.apart = COUNT_APART_DAYS;
    if (is_page(r) || r->over_time || shares_cube(r))
        c.viewings = c.time = COUNT_ALL;
    return c;
}

static bool slice_everybody(const struct report_request *r, struct report_data *d, GError **error)
{
    struct survey_options all = r->options;
    all.viewings = all.time = COUNT_ALL;
    all.paths = COUNT_SHOWN_PATHS_MAX;
    return (d->everybody = survey_slice(d->cube, &all, error)) != NULL;
}

static void free_survey(void *data)
{
    survey_free(data);
}

/* Cuts a side of a comparison into versions, so that each is compared with itself. */
static GPtrArray *slice_strata(struct count_cube *cube, const struct survey_options *side, GError **error)
{
    g_autoptr(GPtrArray) strata = g_ptr_array_new_with_free_func(free_survey);
    guint most = 0;
    for (guint i = 0; i < cube->catalogue->films->len; i++)
        most = MAX(most, cube->films[i].film->versions->len);
    for (guint i = 0; i < most; i++) {
        struct survey_options one = *side;
        one.stratum = (int32_t)i + 1;
        struct survey *s = survey_slice(cube, &one, error);
        if (!s)
            return NULL;
        g_ptr_array_add(strata, s);
    }
    return g_steal_pointer(&strata);
}

static void clear_data(struct report_data *d)
{
    for (int i = 0; i < 2; i++)
        if (d->strata[i])
            g_ptr_array_unref(d->strata[i]);
    g_clear_pointer(&d->experiments, g_ptr_array_unref);
    g_clear_pointer(&d->trials, g_ptr_array_unref);
    g_ptr_array_unref(d->notes);
    viewers_free(d->viewers);
    g_clear_pointer(&d->keyed, g_array_unref);
    survey_free(d->survey);
    survey_free(d->against);
    survey_free(d->everybody);
    count_cube_free(d->cube);
    count_cube_free(d->other);
}

/* `cube` holds the other side. */
static bool slice_other(const struct report_request *r, struct count_cube *cube, struct report_data *d, GError **error)
{
    d->against = survey_slice(cube, &r->other, error);
    if (d->against && has_strata(r))
        d->strata[1] = slice_strata(cube, &r->other, error);
    return d->against && (d->strata[1] || !has_strata(r));
}

static bool load_other(const struct report_request *r, struct store *const *stores, struct report_data *d,
                       GError **error)
{
    const struct count_cube_options o = survey_cube_options(&r->other);
    d->other = count_cube_new(stores, r->paths->len, &o, error);
    const bool done = d->other && slice_other(r, d->other, d, error);
    if (d->other)
        count_cube_end_reading(d->other);
    return done;
}

static bool load_notes(const struct report_request *r, struct store *const *stores, GPtrArray *notes, GError **error)
{
    for (guint i = 0; i < r->paths->len; i++)
        if (!notes_read(stores[i], notes, error))
            return false;
    notes_sort(notes);
    return true;
}

/* NULL: a page can tell what people did over all their viewings. Else a sentence that says why it cannot. */
static const char *why_no_viewers(const struct report_request *r, const struct survey *everybody)
{
    int64_t n = 0;
    for (guint i = 0; i < everybody->films->len; i++)
        n += survey_selected(everybody->films->pdata[i]);
    if (r->paths->len > 1)
        return "What people did over all their viewings is told of one store alone: somebody who is in two would count "
               "twice.";
    if (r->only->len > 0)
        return "What people did over all their viewings is told of everybody, and not of the part that is chosen here.";
    return n > VIEWERS_MOST ? "What people did over all their viewings takes long to count with so many: "
                              "frumious report --viewers tells it."
                            : NULL;
}

static void free_trial(void *trial)
{
    trial_free(trial);
}

/* The page's experiments; none where counting them would take too long. */
static bool load_trials(const struct report_request *r, struct store *const *stores, struct report_data *d,
                        GError **error)
{
    if (d->cube->too_many_to_part && d->experiments->len > 0)
        return true;
    d->trials = g_ptr_array_new_with_free_func(free_trial);
    for (guint i = 0; i < d->experiments->len; i++) {
        GError *failed = NULL;
        struct trial *t = trial_new(stores, r->paths->len, &r->options, d->experiments->pdata[i], &failed);
        if (failed) {
            g_propagate_error(error, failed);
            return false;
        }
        if (t)
            g_ptr_array_add(d->trials, t);
    }
    return true;
}

static bool load_viewers(const struct report_request *r, struct store *const *stores, struct report_data *d,
                         GError **error)
{
    if (why_no_viewers(r, d->everybody))
        return true;
    d->viewers = viewers_new(stores[0], r->options.story, MAX(r->options.floor, 1), d->keyed, error);
    return d->viewers != NULL;
}

/* The caller clears *d, even after a failure. */
static bool load_data(const struct report_request *r, struct store *const *stores, struct report_data *d,
                      GError **error)
{
    struct count_cube_options o = cube_options(r);
    g_autofree char *by = g_strdup(r->by);
    g_autoptr(GArray) parts = NULL;
    if (is_page(r)) {
        if (!(d->experiments = trial_names(stores, r->paths->len, error)))
            return false;
        parts = page_parts(by, d->experiments);
        o.parted_by = (const struct segment *)(void *)parts->data;
        o.n_parted_by = parts->len;
    }
    d->cube = count_cube_new(stores, r->paths->len, &o, error);
    if (!d->cube)
        return false;
    bool done = (d->survey = survey_slice(d->cube, &r->options, error)) != NULL;
    if (done && has_strata(r))
        done = (d->strata[0] = slice_strata(d->cube, &r->options, error)) != NULL;
    if (done && shares_cube(r))
        done = slice_other(r, d->cube, d, error);
    if (done && is_page(r))
        done = slice_everybody(r, d, error);
    if (done && (is_page(r) || r->over_time))
        done = load_notes(r, stores, d->notes, error);
    if (done && is_page(r) && !why_no_viewers(r, d->everybody))
        done = (d->keyed = count_cube_keys(d->cube, 0, error)) != NULL;
    count_cube_end_reading(d->cube);
    if (done && is_page(r))
        done = load_viewers(r, stores, d, error) && load_trials(r, stores, d, error);
    if (done && r->against && !d->against)
        done = load_other(r, stores, d, error);
    return done;
}

static int write_comparison(const struct report_request *r, const struct report_data *d)
{
    const bool known = d->against->films->len > 0;
    const struct compare_side first = {"as asked", d->survey, d->strata[0]};
    const struct compare_side second = {r->against, d->against, d->strata[1]};
    g_autoptr(GString) out = g_string_new(NULL);
    if (known)
        r->compare(&first, &second, out);
    else
        console_say("no viewing with %s is in the store", r->against);
    console_write(out);
    return known ? EXIT_OK : EXIT_PROBLEM;
}

static int write_launch(const struct report_request *r, const struct report_data *d)
{
    struct launch *l = launch_new(d->cube, &r->options, r->period, d->notes);
    g_autoptr(GString) out = g_string_new(NULL);
    r->launch(l, out);
    console_write(out);
    launch_free(l);
    return EXIT_OK;
}

/* What the film itself adds to a page; both are NULL without it. */
struct film_facts {
    struct decision_impact *impact;
    struct film_stills *stills;
};

static const char *why_no_stills(const struct report_request *r)
{
    if (r->pdf)
        return "A PDF has no pictures of the film: what decodes one may start no other program, and a browser prints "
               "the PDF.";
    return r->film ? "The film's pictures were left out (--stills 0)."
                   : "With --film STORY, the film's picture stands beside these seconds.";
}

static void put_page(const struct report_request *r, const struct report_data *d, const struct film_facts *facts,
                     const char *tag, GString *out)
{
    const struct page_source source = {.survey = d->survey,
                                       .everybody = d->everybody,
                                       .cube = d->cube,
                                       .impact = facts->impact,
                                       .stills = facts->stills,
                                       .stills_lack = why_no_stills(r),
                                       .viewers = d->viewers,
                                       .viewers_lack = why_no_viewers(r, d->everybody),
                                       .trials = d->trials,
                                       .notes = d->notes};
    if (facts->stills) {
        film_stills_take(facts->stills, d->survey);
        film_stills_take(facts->stills, d->everybody);
    }
    page_write(&source, tag, out);
}

/* NULL: the page has no pictures, and says why. */
static struct film_stills *stills_new(const struct report_request *r, const struct story *s)
{
    return is_page(r) && !r->pdf && r->stills > 0 ? film_stills_new(s, r->stills) : NULL;
}

/* ---- names that the store does not have -------------------------------------------------------------------------- */

static bool has_film(const struct survey *report, const char *story)
{
    for (guint i = 0; i < report->films->len; i++)
        if (strcmp(((const struct survey_film *)report->films->pdata[i])->name, story) == 0)
            return true;
    return false;
}

/* Whether one of the film's first n decisions has this name. */
static bool has_decision(const struct survey_film *f, const char *decision, guint n)
{
    for (guint i = 0; i < n; i++)
        if (strcmp(((const struct survey_decision *)f->decisions->pdata[i])->name, decision) == 0)
            return true;
    return false;
}

static bool some_film_has(const struct survey *report, const char *decision)
{
    for (guint i = 0; i < report->films->len; i++) {
        const struct survey_film *f = report->films->pdata[i];
        if (has_decision(f, decision, f->decisions->len))
            return true;
    }
    return false;
}

/* Says a line for each film of the report: its versions, or with `decisions` its decisions. */
static void say_known_names(const struct survey *report, bool decisions)
{
    for (guint i = 0; i < report->films->len; i++) {
        const struct survey_film *f = report->films->pdata[i];
        g_autoptr(GString) line = g_string_new(f->name);
        for (guint v = 0; v < f->versions->len && !decisions; v++) {
            const char *version = ((const struct survey_version *)f->versions->pdata[v])->version;
            if (f->versions->len > 1 || *version)
                g_string_append_printf(line, "%s%s", v > 0 ? ", " : ", version ", units_or_dash(version));
        }
        for (guint d = 0; d < f->decisions->len && decisions; d++) {
            const struct survey_decision *one = f->decisions->pdata[d];
            if (!has_decision(f, one->name, d)) /* else another version's, changed */
                g_string_append_printf(line, "%s%s", d > 0 ? ", " : ": ", one->name);
        }
        console_more("%s", line->str);
    }
}

static int say_no_such_film(const struct report_request *r, struct store *const *stores, const char *story,
                            const char *version)
{
    struct survey_options all = r->options;
    all.story = all.version = NULL;
    struct survey *report = survey_new(stores, r->paths->len, &all, NULL);
    console_say("no viewing of %s%s%s is in the store, which has:%s", story ? story : "any film",
                version ? " in version " : "", version ? version : "",
                report && report->films->len > 0 ? "" : " nothing");
    if (report)
        say_known_names(report, false);
    survey_free(report);
    return EXIT_PROBLEM;
}

static int say_no_such_decision(const struct survey *report, const char *decision)
{
    console_say("no film in the store has a decision '%s'. There are:%s", decision,
                report->films->len > 0 ? "" : " none");
    say_known_names(report, true);
    return EXIT_PROBLEM;
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

static int write_pdf(const GString *page)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) pdf = page_pdf_new(page, &error);
    if (!pdf) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    console_write_bytes(g_bytes_get_data(pdf, NULL), g_bytes_get_size(pdf));
    return EXIT_OK;
}

static int write_formatted(const struct report_request *r, const struct report_data *d, const struct film_facts *facts)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (r->write)
        r->write(d->survey, facts->impact, out);
    else
        put_page(r, d, facts, NULL, out);
    if (r->pdf)
        return write_pdf(out);
    console_write(out);
    return EXIT_OK;
}

/* Loads the story itself, explores all plays of it, and adds what each decision changes. */
static int write_with_film(const struct report_request *r, const struct report_data *d, struct store *const *stores)
{
    g_autoptr(GError) error = NULL;
    int code;
    struct story *story = command_load_story(r->film, "explored", NULL, &code);
    if (!story)
        return code;
    if (d->survey->films->len > 0 && !has_film(d->survey, story->id)) {
        code = say_no_such_film(r, stores, story->id, NULL);
        story_free(story);
        return code;
    }
    struct film_facts facts = {decision_impact_new(story, d->survey, EXPLORE_BYTES_MAX, &error), stills_new(r, story)};
    if (facts.impact)
        code = write_formatted(r, d, &facts);
    else
        console_say("%s", error->message);
    decision_impact_free(facts.impact);
    film_stills_free(facts.stills);
    story_free(story);
    return error ? EXIT_PROBLEM : code;
}

static int write_data(const struct report_request *r, const struct report_data *d, struct store *const *stores)
{
    if (d->survey->films->len == 0 && (r->options.story || r->options.version))
        return say_no_such_film(r, stores, r->options.story, r->options.version);
    if (r->options.decision && !some_film_has(d->survey, r->options.decision))
        return say_no_such_decision(d->survey, r->options.decision);
    if (r->against)
        return write_comparison(r, d);
    if (r->over_time)
        return write_launch(r, d);
    if (r->film)
        return write_with_film(r, d, stores);
    return write_formatted(r, d, &(struct film_facts){0});
}

/* ---- parts side by side ------------------------------------------------------------------------------------------- */

#define PARTS_MAX 12 /* of a cross table: the commonest values */

static void free_parts(struct cross_part *parts, guint n)
{
    for (guint i = 0; i < n; i++)
        survey_free((struct survey *)(uintptr_t)parts[i].survey);
    g_free(parts);
}

/* The survey of those who have one value. */
static struct survey *survey_part(const struct report_request *r, struct store *const *stores, struct segment part,
                                  GError **error)
{
    struct survey_options o = r->options;
    g_autoptr(GArray) only = g_array_copy(r->only);
    g_array_append_val(only, part);
    o.only = (const struct segment *)(void *)only->data;
    o.n_only = only->len;
    return survey_new(stores, r->paths->len, &o, error);
}

static void write_parts(const struct report_request *r, const struct cross_part *parts, guint n, guint left_out)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct cross *c = cross_new(r->by, parts, n);
    r->cross(c, out);
    console_write(out);
    cross_free(c);
    if (left_out > 0)
        console_say("%u rarer values of %s are left out; --only reports on one of them", left_out, r->by);
}

static bool write_experiment(const struct report_request *r, const char *experiment, struct store *const *stores,
                             GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    GError *failed = NULL;
    struct trial *t = trial_new(stores, r->paths->len, &r->options, experiment, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return false;
    }
    if (!t) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "no film in the store has an experiment '%s'",
                    experiment);
        return false;
    }
    r->trial(t, out);
    console_write(out);
    trial_free(t);
    return true;
}

static bool write_cross(const struct report_request *r, struct store *const *stores, GError **error)
{
    g_autofree char *text = g_strdup(r->by);
    g_autoptr(GArray) values = segment_values_new();
    struct segment by;
    const bool parsed = segment_parse(text, false, &by);
    assert(parsed);
    if (is_experiment(r))
        return write_experiment(r, by.argument, stores, error);
    if (!segment_values(stores, r->paths->len, &by, values, error))
        return false;
    const guint n = MIN(values->len, PARTS_MAX);
    struct cross_part *parts = g_new0(struct cross_part, n + 1);
    bool done = true;
    for (guint i = 0; done && i < n; i++) {
        by.value = parts[i].value = g_array_index(values, struct segment_value, i).value;
        done = (parts[i].survey = survey_part(r, stores, by, error)) != NULL;
    }
    if (done && n > 0)
        write_parts(r, parts, n, values->len - n);
    else if (done)
        console_say("no viewing by a person is in the store");
    free_parts(parts, n);
    return done;
}

/* Of one store: a viewer who is in two would count twice. */
static bool write_viewers(const struct report_request *r, struct store *const *stores, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct viewers *v = viewers_new(stores[0], r->options.story, r->options.floor, NULL, error);
    if (!v)
        return false;
    r->viewers(v, out);
    console_write(out);
    viewers_free(v);
    return true;
}

static int write_report(const struct report_request *r, struct store *const *stores)
{
    g_autoptr(GError) error = NULL;
    struct report_data d = {.notes = notes_new()};
    int code = EXIT_OK;
    const bool crossed = r->by && !is_parted_page(r);
    const bool apart = crossed || r->by_viewer; /* these need no report_data */
    if (crossed        ? write_cross(r, stores, &error)
        : r->by_viewer ? write_viewers(r, stores, &error)
                       : load_data(r, stores, &d, &error))
        code = apart ? EXIT_OK : write_data(r, &d, stores);
    else {
        console_say("%s", error->message);
        code = g_error_matches(error, STORE_ERROR, STORE_ERROR_DAMAGED) ? EXIT_ENVIRONMENT : EXIT_PROBLEM;
    }
    clear_data(&d);
    return code;
}

/* ---- a page that follows the store ------------------------------------------------------------------------------- */

struct live_report {
    const struct report_request *r;
    struct store *const *stores;
    struct story *story;        /* or NULL */
    struct film_stills *stills; /* of it, or NULL; those of earlier pages stay */
    int64_t began_us;           /* part of the tag, so that a page of an earlier run loads itself anew */
};

static void put_live_tag(GString *out, void *data)
{
    const struct live_report *f = data;
    g_string_append_printf(out, "%" G_GINT64_MODIFIER "x", f->began_us);
    for (guint i = 0; i < f->r->paths->len; i++)
        g_string_append_printf(out, "-%" G_GINT64_FORMAT, store_data_version(f->stores[i]));
}

static bool put_live_page(const char *tag, GString *out, void *data, GError **error)
{
    const struct live_report *f = data;
    struct report_data d = {.notes = notes_new()};
    bool good = load_data(f->r, f->stores, &d, error);
    const struct film_facts facts = {
        good && f->story ? decision_impact_new(f->story, d.survey, EXPLORE_BYTES_MAX, error) : NULL, f->stills};
    good = good && (facts.impact || !f->story);
    if (good)
        put_page(f->r, &d, &facts, tag, out);
    decision_impact_free(facts.impact);
    clear_data(&d);
    return good;
}

static void print_address(const char *address, void *data)
{
    (void)data;
    console_print("%s\n", address);
    console_flush();
    console_say("the report is at %s, on this machine only; Ctrl-C ends it", address);
}

static int serve_page(const struct report_request *r, struct store *const *stores)
{
    g_autoptr(GError) error = NULL;
    struct live_report f = {.r = r, .stores = stores, .began_us = g_get_real_time()};
    int code;
    if (r->film && !(f.story = command_load_story(r->film, "explored", NULL, &code)))
        return code;
    f.stills = f.story ? stills_new(r, f.story) : NULL;
    const struct page_server_options options = {
        .port = r->port, .tag = put_live_tag, .page = put_live_page, .ready = print_address, .data = &f};
    interrupt_listen();
    const bool ended = page_server_run(&options, &error);
    if (!ended)
        console_say("%s", error->message);
    film_stills_free(f.stills);
    story_free(f.story);
    return ended ? EXIT_INTERRUPTED : EXIT_ENVIRONMENT;
}

/* Returns true, or asserts: parse_arguments() has refused every contradiction. */
static bool request_check(const struct report_request *r)
{
    assert(r->paths && r->paths->len > 0);
    assert(r->options.floor >= 0);
    assert(!r->against || r->compare);
    assert(!r->serve_page || (!r->against && !r->options.decision));
    return true;
}

/* Where no store was named and there is none, a person is told so. A program finds no document, and that is not passed over. */
static int tell_absent(const struct report_request *r, const GError *error)
{
    if (r->own && r->write == write_text && !r->serve_page &&
        g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND)) {
        console_print("Nothing is recorded on this machine.\n");
        return EXIT_OK;
    }
    console_say("%s", error->message);
    return EXIT_ENVIRONMENT;
}

static int run_report(const struct report_request *r)
{
    assert(request_check(r));
    g_autoptr(GError) error = NULL;
    struct store **stores = g_new0(struct store *, r->paths->len + 1);
    int code = EXIT_OK;
    for (guint i = 0; i < r->paths->len && !error; i++)
        if (!(stores[i] = open_store(r->paths->pdata[i], r, &error)))
            code = tell_absent(r, error);
    if (!error)
        code = r->serve_page ? serve_page(r, stores) : write_report(r, stores);
    for (guint i = 0; i < r->paths->len; i++) {
        if (stores[i] && store_was_disturbed(stores[i]))
            console_say("%s was written to while it was read: numbers may be of two moments", stores[i]->path);
        store_close(stores[i]);
    }
    g_free(stores);
    return code;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

static const char help[] =
    "What viewers did in a film, from the stores of one or more machines, and how sure the numbers are. It counts "
    "first\n"
    "viewings with the author's own time to decide, unless told otherwise, and says how many viewings it leaves out.\n"
    "Sums are kept in the store, so the next report is quick. telemetry/README.md defines every number.";

/* The options as they were given; NULL for those that were not. */
struct report_arguments {
    char **stores;
    char *story, *version, *decision, *since, *viewings, *time, *format, *against, *film, *over, *by, *timezone;
    char **only;
    gboolean pool, recount, watch, viewers;
    gint port, stills;
    gint64 floor;
};

static void clear_arguments(struct report_arguments *a)
{
    char *const all[] = {a->story,  a->version, a->decision, a->since, a->viewings, a->time,
                         a->format, a->against, a->film,     a->over,  a->by,       a->timezone};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
    g_strfreev(a->stores);
    g_strfreev(a->only);
}

/* Returns as command_options() does. */
static bool read_arguments(int *argc, char ***argv, struct report_arguments *a, int *code)
{
    const GOptionEntry options[] = {
        {"store", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->stores,
         "Read this store, also given as sqlite:FILE, or a distributed one (clickhouse:…); may be given more than once",
         "STORE"},
        {"story", 0, 0, G_OPTION_ARG_STRING, &a->story, "Only the film with this id", "ID"},
        {"version", 0, 0, G_OPTION_ARG_STRING, &a->version, "Only this version of it", "VERSION"},
        {"decision", 0, 0, G_OPTION_ARG_STRING, &a->decision, "Only this decision, with the curve of its time", "ID"},
        {"since", 0, 0, G_OPTION_ARG_STRING, &a->since,
         "Only viewings that started on this day (of --timezone) or later", "YYYY-MM-DD"},
        {"timezone", 0, 0, G_OPTION_ARG_STRING, &a->timezone,
         "Whose days are meant: a name as Europe/Berlin, local, or UTC (default); counts every event", "NAME"},
        {"viewings", 0, 0, G_OPTION_ARG_STRING, &a->viewings,
         "Only first (default), replay or unknown viewings; or all", "WHICH"},
        {"time", 0, 0, G_OPTION_ARG_STRING, &a->time,
         "Only viewings with 1 (default), 2, 3, 5 or 10 times the author's time, none: no limit; or all", "N"},
        {"against", 0, 0, G_OPTION_ARG_STRING, &a->against,
         "Compare with version=V, viewings=WHICH, time=N, or what --only takes: differences (text, json)", "WHAT"},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->only,
         "Only viewings with input=, language=, subtitles=, channel=WHICH, arm=EXPERIMENT:ARM, or who "
         "took=DECISION:OPTION; may be given more than once",
         "WHAT"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &a->by,
         "Side by side: by input, viewings, time, language, subtitles, channel, arm=EXPERIMENT or took=DECISION; with "
         "--format html, one more filter of the page",
         "WHAT"},
        {"viewers", 0, 0, G_OPTION_ARG_NONE, &a->viewers,
         "Who came back, what they saw and chose then, what timeouts led to, props on screen (text, json, csv)", NULL},
        {"over", 0, 0, G_OPTION_ARG_STRING, &a->over,
         "By the day, week, month or year in which viewings began, with what was noted (text, json, csv)", "PERIOD"},
        {"film", 0, 0, G_OPTION_ARG_FILENAME, &a->film,
         "Read the story itself, and add what each decision changes, beside how long viewers took", "STORY"},
        {"stills", 0, 0, G_OPTION_ARG_INT, &a->stills,
         "With --film, show its picture in a page at up to N seconds in which most left (default 40; 0: none)", "N"},
        {"pool", 0, 0, G_OPTION_ARG_NONE, &a->pool, "Add up all versions, also of decisions that changed between them",
         NULL},
        {"floor", 0, 0, G_OPTION_ARG_INT64, &a->floor,
         "Call a share of fewer cases than this \"too few to say\" (default 20)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &a->format, "text (default), json, csv, html, pdf (printed by Chromium)",
         "FORMAT"},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &a->watch,
         "Serve the page to browsers on this machine and follow the store until Ctrl-C", NULL},
        {"port", 0, 0, G_OPTION_ARG_INT, &a->port, "Port for --watch (default: any that is free)", "N"},
        {"recount", 0, 0, G_OPTION_ARG_NONE, &a->recount, "Ignore the kept sums and count every event", NULL},
        G_OPTION_ENTRY_NULL,
    };
    return command_options(argc, argv, options, "[--store FILE]… [OPTION…]", help, code);
}

/* What parts are told apart by is not chosen as well, unless it was asked for. */
static bool parse_by(const struct report_arguments *a, struct report_request *r)
{
    g_autofree char *text = g_strdup(a->by);
    struct segment by;
    r->by = a->by;
    if (!a->by)
        return true;
    if (!a->time && strcmp(a->by, "time") == 0)
        r->options.time = COUNT_ALL;
    if (!a->viewings && strcmp(a->by, "viewings") == 0)
        r->options.viewings = COUNT_ALL;
    return segment_parse(text, false, &by);
}

/* False: an argument is wrong, and a message said so. */
static bool parse_arguments(const struct report_arguments *a, struct report_request *r)
{
    const bool page = !a->against && !a->decision && (!a->format || strcmp(a->format, "html") == 0);
    return check_usage(parse_word(viewing_words, G_N_ELEMENTS(viewing_words), a->viewings, &r->options.viewings),
                       "--viewings first, replay, unknown or all", a->viewings) &&
           check_usage(parse_word(time_words, G_N_ELEMENTS(time_words), a->time, &r->options.time),
                       "--time 1, 2, 3, 5, 10, none or all", a->time) &&
           check_usage(parse_format(a->format, r), "--format text, json, csv, html or pdf", a->format) &&
           check_usage(parse_timezone(a->timezone, &r->options.zone),
                       "--timezone a name of the time zone database, as Europe/Berlin, or local or UTC", a->timezone) &&
           check_usage((!a->since || command_day(a->since, &r->options.since_day)), "--since a day, as 2026-01-31",
                       a->since) &&
           parse_only(a->only, r) &&
           check_usage(parse_by(a, r),
                       "--by input, viewings, time, language, subtitles, channel, arm=EXPERIMENT or took=DECISION",
                       a->by) &&
           check_usage(!a->by || ((r->cross || r->trial) && !a->against && !a->over && !a->decision &&
                                  (is_parted_page(r) || (!a->watch && !a->film))),
                       "--by with --format text, json, csv or html, and without --against, --over or --decision; with "
                       "--watch or --film, html alone and no experiment",
                       NULL) &&
           check_usage(!a->viewers ||
                           (r->viewers && !a->watch && !a->against && !a->film && !a->over && !a->by && !a->only &&
                            !a->decision && !a->version && !a->since && !a->timezone && !a->viewings && !a->time &&
                            !a->pool && !(a->stores && a->stores[0] && a->stores[1])),
                       "--viewers with one --store, --story, --floor and --format text, json or csv alone", NULL) &&
           check_usage(parse_against(a->against, r),
                       "--against version=V, viewings=WHICH, time=N, or what --only takes, as input=WHICH or "
                       "arm=EXPERIMENT:ARM",
                       a->against) &&
           check_usage(!a->against || r->compare, "--against with --format text, json or csv", a->format) &&
           check_usage(parse_period(a->over, r), "--over day, week, month or year", a->over) &&
           check_usage(!a->over || (r->launch && !a->watch && !a->against && !a->film && !a->pool),
                       "--over with --format text, json or csv, and without --watch, --against, --film or --pool",
                       NULL) &&
           check_usage(!r->pdf || !isatty(STDOUT_FILENO), "a file for the PDF: --format pdf > report.pdf", NULL) &&
           check_usage(!a->watch || page, "--watch without --against, --decision or a format", NULL) &&
           check_usage(a->port >= 0 && a->port <= UINT16_MAX && (a->port == 0 || a->watch),
                       "--port with --watch, and up to 65535", NULL) &&
           check_usage(a->stills >= 0 && a->stills <= FILM_STILLS_MOST, "--stills from 0 to 400", NULL) &&
           check_usage(a->stills == STILLS_DEFAULT || (a->film && is_page(r) && !r->pdf),
                       "--stills with --film, and with --format html or --watch", NULL) &&
           check_usage(a->floor >= 0, "--floor from 0 on", NULL);
}

/* The caller frees the array, which owns its strings. */
static GPtrArray *paths_of(char **stores)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (char **s = stores; s && *s; s++)
        add_store_path(paths, *s);
    if (paths->len == 0)
        g_ptr_array_add(paths, store_default_path());
    assert(paths->len > 0);
    return paths;
}

static void clear_request(struct report_request *r)
{
    g_array_unref(r->only);
    g_clear_pointer(&r->options.zone, g_time_zone_unref);
    g_clear_pointer(&r->other_only, g_array_unref);
    g_free(r->against_text);
}

char **report_engine(char **argv)
{
    for (char **a = argv; *a; a++)
        if (g_str_has_prefix(*a, ENGINE_PREFIX) || g_str_has_prefix(*a, "--store=" ENGINE_PREFIX))
            return a;
    return NULL;
}

int cmd_report(int argc, char **argv)
{
    if (report_engine(argv))
        return network_run(argc, argv);
    struct report_arguments a = {.floor = SURVEY_FLOOR_DEFAULT, .stills = STILLS_DEFAULT};
    int code = EXIT_USAGE;
    if (read_arguments(&argc, &argv, &a, &code)) {
        struct report_request r = {.film = a.film,
                                   .serve_page = a.watch,
                                   .by_viewer = a.viewers,
                                   .own = !a.stores,
                                   .only = g_array_new(FALSE, FALSE, sizeof(struct segment)),
                                   .port = (uint16_t)a.port,
                                   .stills = (guint)MAX(a.stills, 0),
                                   .options = {.story = a.story,
                                               .version = a.version,
                                               .decision = a.decision,
                                               .viewings = AGGREGATE_FIRST,
                                               .time = 1,
                                               .floor = a.floor,
                                               .pool = a.pool,
                                               .recount = a.recount}};
        code = EXIT_USAGE;
        if (check_usage(argc <= 1, "a store named by --store", argc > 1 ? argv[1] : NULL) && parse_arguments(&a, &r)) {
            r.paths = paths_of(a.stores);
            code = run_report(&r);
            g_ptr_array_unref(r.paths);
        }
        clear_request(&r);
    }
    clear_arguments(&a);
    return code;
}
