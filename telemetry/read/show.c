#include "telemetry/read/show.h"

#include "base/safe.h"
#include "base/units.h"
#include "base/words.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* A phrase for each code, in the tense and grammar of the sentence that it completes. */
static const char *const chosen_with[] = {
    [TEL_GIVEN_NOBODY] = "",
    [TEL_GIVEN_KEY] = WORDS(", by key"),
    [TEL_GIVEN_MOUSE] = WORDS(", with the mouse"),
    [TEL_GIVEN_PAD] = WORDS(", with the game pad"),
    [TEL_GIVEN_TOUCH] = WORDS(", by touch"),
    [TEL_GIVEN_SPEECH] = WORDS(", by voice"),
    [TEL_GIVEN_AUTO] = WORDS(", by the machine"),
};

static const char *const why_ended[] = {
    [TEL_REASON_ENDED] = WORDS("the film ended"),
    [TEL_REASON_LEFT] = WORDS("the viewer quit"),
    [TEL_REASON_RESTARTED] = WORDS("the film was started over"),
    [TEL_REASON_KILLED] = WORDS("the program was asked to stop"),
    [TEL_REASON_FAILED] = WORDS("the player could not go on"),
};

static const char *const faults[] = {
    [TEL_FAULT_WAIT] = WORDS("the next clip was not ready"),
    [TEL_FAULT_PICTURES] = WORDS("pictures came too late"),
    [TEL_FAULT_DAMAGE] = WORDS("a clip is damaged"),
};

static const char *const why_lost[] = {
    [TEL_WHY_QUEUE_FULL] = WORDS("memory was full before the disk could take them"),
    [TEL_WHY_REFUSED] = WORDS("the record made no sense"),
    [TEL_WHY_STORE_LOST] = WORDS("they stayed behind in a damaged, replaced or deleted file"),
    [TEL_WHY_PAUSED] = WORDS("recording was paused"),
    [TEL_WHY_ELSEWHERE] = WORDS("the beginning was not recorded here, or was erased"),
};

static const char *const who_chose[] = {
    [TEL_CHOOSER_PERSON] = NULL,
    [TEL_CHOOSER_DEFAULT] = WORDS("nobody chose (defaults)"),
    [TEL_CHOOSER_FIRST] = WORDS("the machine chose (always the first option)"),
    [TEL_CHOOSER_RANDOM] = WORDS("the machine chose (at random)"),
    [TEL_CHOOSER_TRANSCRIPT] = WORDS("the machine chose (from a transcript)"),
};

/* A newer version may have written codes that this one does not know. */
#define CODE_WORDS(p, table, code)                                                                                     \
    words_in((p)->language,                                                                                            \
             (code) >= 0 && (code) < (int64_t)G_N_ELEMENTS(table) && (table)[code] ? (table)[code] : WORDS("unknown"))

/* Where the text goes, and in which language. */
struct show_output {
    GString *out;
    const char *language;
};

static void append_translated(struct show_output *p, const char *english)
{
    g_string_append(p->out, words_in(p->language, english));
}

static void append_formatted(struct show_output *p, const char *english, ...) G_GNUC_PRINTF(2, 3);
static void append_formatted(struct show_output *p, const char *english, ...)
{
    va_list ap;
    va_start(ap, english);
    safe_vprintf(p->out, words_in(p->language, english), ap);
    va_end(ap);
}

static const char *label(const char *title, const char *name)
{
    return title && *title ? title : name ? name : "?";
}

/* ---- times ----------------------------------------------------------------------------------------------------- */

#define SECONDS(us) ((us) / US_PER_SECOND)

static void append_when(GString *out, int64_t ms, const char *format)
{
    g_autofree char *s = units_local_time(ms, format);
    safe_append(out, s);
}

/* Length: 3.2 s, 1 min 5 s, 2 h 3 min. Tenths are cut, not rounded, and the locale does not matter. */
char *show_length(const char *language, int64_t us)
{
    const int64_t s = SECONDS(us);
    if (s < 60)
        return g_strdup_printf(words_in(language, "%d.%d s"), (int)s, (int)(us % US_PER_SECOND / (US_PER_SECOND / 10)));
    if (s < 3600)
        return g_strdup_printf("%d min %d s", (int)(s / 60), (int)(s % 60));
    return g_strdup_printf("%" PRId64 " h %d min", s / 3600, (int)(s / 60 % 60));
}

static void append_length(struct show_output *p, const char *before, int64_t us, const char *after)
{
    g_autofree char *s = show_length(p->language, us);
    append_translated(p, before);
    safe_append(p->out, s);
    append_translated(p, after);
}

static void append_counted(struct show_output *p, int64_t n, const char *one, const char *many)
{
    safe_printf(p->out, "%" PRId64 " %s", n, words_in(p->language, n == 1 ? one : many));
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

#define INDENT "           "

static void append_at(struct show_output *p, int64_t us)
{
    g_autofree char *at = units_clock_time(MAX(us, 0));
    safe_printf(p->out, "%9s  ", at);
}

static void show_visit(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    safe_append(p->out, label(e->title, e->name));
    if (!e->closed) {
        append_translated(p, "  (when it was left is not recorded)\n");
        return;
    }
    append_length(p, "  (", e->playing_us, " watched");
    if (e->planned_us != US_NONE)
        append_length(p, " of ", e->planned_us, "");
    if (e->hidden_us > 0)
        append_length(p, ", ", e->hidden_us, " of it hidden");
    if (e->paused_us > 0)
        append_length(p, ", paused ", e->paused_us, "");
    append_translated(p, ")\n");
}

static void show_offer(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    safe_printf(p->out, "  %s", label(e->title, e->name));
    if (e->window_us == US_NONE)
        append_translated(p, "  (no time limit)\n");
    else if (e->time_mode == 1)
        append_length(p, "  (", e->window_us, " to decide)\n");
    else {
        append_length(p, "  (", e->window_us, " to decide, ");
        append_formatted(p, "%d times the author's time)\n", e->time_mode);
    }
    for (int32_t i = 0; i < e->n_options; i++) {
        const char *mark = i != e->option ? " " : e->what == TEL_WHAT_PICK ? ">" : "-";
        safe_printf(p->out, INDENT "    %s %s%s%s\n", mark, label(e->options[i].title, e->options[i].name),
                    i == e->focus ? words_in(p->language, "  (focused first)") : "",
                    e->options[i].locked ? words_in(p->language, "  (locked)") : "");
    }
}

static void append_latency(struct show_output *p, const struct read_entry *e)
{
    if (e->latency_us != US_NONE)
        append_length(p, " after ", e->latency_us, "");
}

static void append_changes(struct show_output *p, const struct read_entry *e)
{
    if (e->changes == 1)
        append_translated(p, ", having changed their mind once");
    else if (e->changes > 1)
        append_formatted(p, ", having changed their mind %d times", e->changes);
}

/* The option picked, or the one that the film went on with after a timeout; NULL: none. */
static const char *taken_label(const struct read_entry *e)
{
    assert(e->option == TEL_NONE || (e->option >= 0 && e->option < e->n_options));
    return e->option == TEL_NONE ? NULL : label(e->options[e->option].title, e->options[e->option].name);
}

static void show_pick(const struct read_entry *e, struct show_output *p)
{
    append_formatted(p, "Chose \"%s\"", taken_label(e) ? taken_label(e) : "?");
    append_latency(p, e);
    safe_append(p->out, CODE_WORDS(p, chosen_with, e->given));
}

static void show_timeout(const struct read_entry *e, struct show_output *p)
{
    append_translated(p, "Time ran out");
    append_latency(p, e);
    append_translated(p, "; nobody chose");
    if (taken_label(e))
        append_formatted(p, ", the film went on as with \"%s\"", taken_label(e));
}

static void show_skipped(const struct read_entry *e, struct show_output *p)
{
    append_translated(p, "Skipped");
    append_latency(p, e);
}

static void show_rewound(const struct read_entry *e, struct show_output *p)
{
    append_translated(p, "Went back without deciding");
    append_latency(p, e);
}

static void show_quit(const struct read_entry *e, struct show_output *p)
{
    append_translated(p, "Quit without deciding");
    append_latency(p, e);
}

static void (*const show_outcome[])(const struct read_entry *e, struct show_output *p) = {
    [TEL_WHAT_PICK] = show_pick,       [TEL_WHAT_TIMEOUT] = show_timeout, [TEL_WHAT_SKIPPED] = show_skipped,
    [TEL_WHAT_REWOUND] = show_rewound, [TEL_WHAT_QUIT] = show_quit,
};

static void append_outcome(struct show_output *p, const struct read_entry *e)
{
    if (!e->closed || e->what < 0 || e->what >= (int32_t)G_N_ELEMENTS(show_outcome))
        append_translated(p, "No outcome recorded");
    else {
        show_outcome[e->what](e, p);
        append_changes(p, e);
    }
    append_translated(p, ".\n");
}

static void show_exposure(const struct read_entry *e, struct show_output *p)
{
    show_offer(e, p);
    g_string_append(p->out, INDENT "  ");
    append_outcome(p, e);
}

static void show_reached(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    append_formatted(p, "Ending: %s\n", label(e->title, e->name));
}

static void show_resume(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    append_translated(p, "Resumed, ");
    append_when(p->out, e->resumed_ms, "%Y-%m-%d %H:%M:%S");
    if (e->ended_ms >= 0 && e->resumed_ms > e->ended_ms)
        append_length(p, ", ", (e->resumed_ms - e->ended_ms) * US_PER_MS, " after it was left");
    append_translated(p, e->ended_ms >= 0 ? "\n" : WORDS(", after it was cut off\n"));
}

static void append_stall(struct show_output *p, const struct read_entry *e)
{
    append_formatted(p, "The film faltered: %s", CODE_WORDS(p, faults, e->fault));
    if (e->lasted_us != US_NONE)
        append_length(p, ", for ", e->lasted_us, "");
    append_translated(p, ".\n");
}

static void append_gap(struct show_output *p, const struct read_entry *e)
{
    append_counted(p, e->count, WORDS("event was"), WORDS("events were"));
    append_formatted(p, " lost here: %s.\n", CODE_WORDS(p, why_lost, e->why));
}

static void show_stall(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    append_stall(p, e);
}

static void show_gap(const struct read_entry *e, struct show_output *p)
{
    append_at(p, e->at_us);
    append_gap(p, e);
}

static char *sentence(const struct read_entry *e, const char *language,
                      void (*append)(struct show_output *p, const struct read_entry *e))
{
    struct show_output output = {g_string_new(NULL), language};
    append(&output, e);
    return g_strchomp(g_string_free(output.out, FALSE));
}

char *show_outcome_words(const struct read_entry *e, const char *language)
{
    assert(e->kind == READ_EXPOSURE);
    return sentence(e, language, append_outcome);
}

char *show_trouble(const struct read_entry *e, const char *language)
{
    assert(e->kind == READ_STALL || e->kind == READ_GAP);
    return sentence(e, language, e->kind == READ_STALL ? append_stall : append_gap);
}

static void (*const show_entry[READ_KINDS])(const struct read_entry *e, struct show_output *p) = {
    [READ_VISIT] = show_visit, [READ_EXPOSURE] = show_exposure, [READ_REACHED] = show_reached,
    [READ_STALL] = show_stall, [READ_GAP] = show_gap,           [READ_RESUME] = show_resume,
};

/* ---- a viewing ------------------------------------------------------------------------------------------------- */

/* What tells the viewing's part of the audience, where it is known. */
static void show_segments(const struct read_viewing *v, struct show_output *p)
{
    if (v->language)
        append_formatted(p, "; language %s", v->language);
    if (v->subtitles == 1)
        append_translated(p, "; with subtitles");
    if (v->channel)
        append_formatted(p, "; channel %s", v->channel);
    if (v->arms)
        append_formatted(p, "; experiments: %s", v->arms);
}

/* What a collector noted. */
static void show_receipt(const struct read_summary *l, struct show_output *p)
{
    if (l->received_ms >= 0) {
        append_translated(p, "\nreceived ");
        append_when(p->out, l->received_ms, "%Y-%m-%d %H:%M:%S");
        append_formatted(p, ", when the device's clock was %.1f s behind", (double)l->behind_ms / 1000);
    }
    if (l->device_ms >= 0) {
        append_translated(p, "; dated by that, because its own clock cannot have been right: ");
        append_when(p->out, l->device_ms, "%Y-%m-%d %H:%M:%S");
    }
}

static void show_heading(const struct read_viewing *v, struct show_output *p)
{
    const struct read_summary *l = &v->summary;
    if (*l->version)
        append_formatted(p, "%s, version %s (%s)\n", label(l->title, l->story), l->version, l->story);
    else
        safe_printf(p->out, "%s (%s)\n", label(l->title, l->story), l->story);
    append_when(p->out, l->started_ms, "%Y-%m-%d %H:%M:%S");
    safe_printf(p->out, ", %s",
                words_in(p->language, l->mode == TEL_MODE_HEADLESS ? WORDS("off-screen") : WORDS("in a window")));
    if (l->nth == 1)
        append_translated(p, ", the viewer's first viewing");
    else if (l->nth > 1)
        append_formatted(p, ", the viewer's viewing number %d", l->nth);
    if (l->chooser != TEL_CHOOSER_PERSON)
        safe_printf(p->out, "; %s", CODE_WORDS(p, who_chose, l->chooser));
    if (v->time_mode == 0)
        append_translated(p, "; decisions without time limit");
    else if (v->time_mode != 1)
        append_formatted(p, "; decisions with %d times the author's time", v->time_mode);
    show_segments(v, p);
    g_autofree char *seed = g_strdup_printf("%" PRIu64, (uint64_t)v->seed); /* how that is written differs by machine */
    show_receipt(l, p);
    append_formatted(p, "\nviewing %s\nplayer %s, seed %s\n\n", l->id, v->engine, seed);
}

static void show_summary(const struct read_viewing *v, struct show_output *p)
{
    const struct read_summary *l = &v->summary;
    if (l->reason == TEL_NONE)
        append_translated(p, "\nNo end recorded: the viewing was cut off, or still goes on. ");
    else {
        append_translated(p, "\nEnded ");
        append_when(p->out, l->ended_ms, "%H:%M:%S");
        safe_printf(p->out, ": %s. ", CODE_WORDS(p, why_ended, l->reason));
    }
    append_length(p, "Watched ", l->watched_us, "; ");
    append_counted(p, l->decisions, WORDS("decision"), WORDS("decisions"));
    append_formatted(p, " (%d chosen, %d timed out)", l->picks, l->timeouts);
    if (v->lost > 0) {
        append_translated(p, "; ");
        append_counted(p, v->lost, WORDS("event"), WORDS("events"));
        append_translated(p, " lost");
    }
    append_translated(p, ".\n");
    if (v->superseded > 0) {
        append_counted(p, v->superseded, WORDS("event does"), WORDS("events do"));
        append_translated(p, " not count any more, because the film went on from before.\n");
    }
    if (v->shared)
        append_formatted(p, "Shared with %s.\n", v->shared);
}

static bool append_viewing(struct read_viewing *v, const char *language, GString *out)
{
    struct show_output output = {out, language};
    if (!v)
        return false;
    show_heading(v, &output);
    for (int32_t i = 0; i < v->n_entries; i++)
        show_entry[v->entries[i].kind](&v->entries[i], &output);
    show_summary(v, &output);
    read_viewing_free(v);
    return true;
}

bool show_viewing(struct store *s, const char *id, const char *language, GString *out, GError **error)
{
    return append_viewing(read_viewing(s, id, error), language, out);
}

bool show_viewing_by_number(struct store *s, int64_t viewing, GString *out, GError **error)
{
    return append_viewing(read_viewing_by_number(s, viewing, error), NULL, out);
}

/* ---- the list -------------------------------------------------------------------------------------------------- */

static void show_summary_line(const struct read_summary *l, GString *out)
{
    append_when(out, l->started_ms, "%Y-%m-%d %H:%M");
    const struct show_output output = {out, NULL};
    g_autofree char *watched = show_length(NULL, l->watched_us);
    g_autofree char *end =
        l->ending ? g_strdup_printf("ending \"%s\"", l->ending)
                  : g_strdup(l->reason == TEL_NONE ? "cut off" : CODE_WORDS(&output, why_ended, l->reason));
    safe_printf(out, "  %s  %10s\n  %s%s%s: %s%s; %d decision%s", l->id, watched, label(l->title, l->story),
                *l->version ? " " : "", l->version, end, l->chooser == TEL_CHOOSER_PERSON ? "" : " (machine)",
                l->decisions, l->decisions == 1 ? "" : "s");
    if (l->decisions > 0)
        safe_printf(out, ", %d chosen", l->picks);
    if (l->timeouts > 0)
        safe_printf(out, ", %d timed out", l->timeouts);
    if (l->received_ms >= 0) {
        g_string_append(out, "; received ");
        append_when(out, l->received_ms, "%Y-%m-%d %H:%M");
        safe_printf(out, ", clock %.1f s behind%s", (double)l->behind_ms / 1000,
                    l->device_ms >= 0 ? ", dated by that" : "");
    }
    g_string_append_c(out, '\n');
}

bool show_list(struct store *s, uint32_t limit, GString *out, GError **error)
{
    g_autoptr(GPtrArray) lines = read_list(s, limit, error);
    if (!lines)
        return false;
    if (lines->len == 0)
        g_string_append(out, "No viewing was recorded yet.\n");
    else
        safe_printf(out, "%-16s  %-36s  %10s\n  film, how it ended, decisions\n", "started (local)", "viewing",
                    "watched");
    for (guint i = 0; i < lines->len; i++)
        show_summary_line(lines->pdata[i], out);
    return true;
}
