#include "telemetry/show.h"

#include <inttypes.h>
#include <string.h>

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* A word for each code, in the tense and grammar of the sentence that it stands in. */
static const char *const chosen_with[] = {
    [TEL_GIVEN_NOBODY] = "",
    [TEL_GIVEN_KEY] = ", by key",
    [TEL_GIVEN_MOUSE] = ", with the mouse",
    [TEL_GIVEN_PAD] = ", with the game pad",
    [TEL_GIVEN_TOUCH] = ", by touch",
    [TEL_GIVEN_SPEECH] = ", by voice",
    [TEL_GIVEN_AUTO] = ", by the machine",
};

static const char *const why_ended[] = {
    [TEL_REASON_ENDED] = "the film ended",
    [TEL_REASON_LEFT] = "the viewer quit",
    [TEL_REASON_RESTARTED] = "the film was begun anew",
    [TEL_REASON_KILLED] = "the program was asked to stop",
    [TEL_REASON_FAILED] = "the player could not go on",
};

static const char *const faults[] = {
    [TEL_FAULT_WAIT] = "what follows was not ready",
    [TEL_FAULT_PICTURES] = "pictures came too late",
    [TEL_FAULT_DAMAGE] = "a clip is damaged",
};

static const char *const why_lost[] = {
    [TEL_WHY_QUEUE_FULL] = "memory was full before the disk took them",
    [TEL_WHY_REFUSED] = "the record made no sense",
    [TEL_WHY_STORE_LOST] = "they stayed behind in a damaged, replaced or deleted file",
    [TEL_WHY_PAUSED] = "recording was paused",
    [TEL_WHY_ELSEWHERE] = "the play began where it was not recorded, or was erased",
};

static const char *const who_chose[] = {
    [TEL_CHOOSER_PERSON] = NULL,
    [TEL_CHOOSER_DEFAULT] = "nobody chose (defaults)",
    [TEL_CHOOSER_FIRST] = "the machine chose (always the first option)",
    [TEL_CHOOSER_RANDOM] = "the machine chose (at random)",
    [TEL_CHOOSER_TRANSCRIPT] = "the machine chose (from a transcript)",
};

/* A newer version may have written codes that this one does not know. */
#define WORD(table, code)                                                                                              \
    ((code) >= 0 && (code) < (int64_t)G_N_ELEMENTS(table) && (table)[code] ? (table)[code] : "unknown")

static const char *label(const char *title, const char *name)
{
    return title && *title ? title : name ? name : "?";
}

/* ---- times ----------------------------------------------------------------------------------------------------- */

#define SECONDS(us) ((us) / US_PER_SECOND)

static void append_when(GString *out, int64_t ms, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_local(utc) : NULL;
    g_autofree char *s = local ? g_date_time_format(local, format) : NULL;
    g_string_append(out, s ? s : "?");
}

/* Position: 0:07, 12:34, 1:02:03 */
static char *clock_text(int64_t us)
{
    const int64_t s = SECONDS(us);
    if (s >= 3600)
        return g_strdup_printf("%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    return g_strdup_printf("%" PRId64 ":%02d", s / 60, (int)(s % 60));
}

/* Length: 3.2 s, 1 min 5 s, 2 h 3 min. Tenths are cut, not rounded, and printed without the locale. */
static char *length_text(int64_t us)
{
    const int64_t s = SECONDS(us);
    if (s < 60)
        return g_strdup_printf("%d.%d s", (int)s, (int)(us % US_PER_SECOND / (US_PER_SECOND / 10)));
    if (s < 3600)
        return g_strdup_printf("%d min %d s", (int)(s / 60), (int)(s % 60));
    return g_strdup_printf("%" PRId64 " h %d min", s / 3600, (int)(s / 60 % 60));
}

static void append_length(GString *out, const char *before, int64_t us, const char *after)
{
    g_autofree char *s = length_text(us);
    g_string_append_printf(out, "%s%s%s", before, s, after);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

#define INDENT "           "

static void append_at(GString *out, int64_t us)
{
    g_autofree char *at = clock_text(us);
    g_string_append_printf(out, "%9s  ", at);
}

static void show_visit(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append(out, label(e->title, e->name));
    if (!e->closed) {
        g_string_append(out, "  (no leaving recorded)\n");
        return;
    }
    append_length(out, "  (", e->playing_us, " watched");
    if (e->planned_us != US_NONE)
        append_length(out, " of ", e->planned_us, "");
    if (e->hidden_us > 0)
        append_length(out, ", ", e->hidden_us, " of it hidden");
    if (e->paused_us > 0)
        append_length(out, ", paused ", e->paused_us, "");
    g_string_append(out, ")\n");
}

static void show_offer(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append_printf(out, "  %s", label(e->title, e->name));
    if (e->window_us == US_NONE)
        g_string_append(out, "  (no time limit)\n");
    else if (e->time_mode == 1)
        append_length(out, "  (", e->window_us, " to decide)\n");
    else {
        append_length(out, "  (", e->window_us, " to decide, ");
        g_string_append_printf(out, "%d times the author's time)\n", e->time_mode);
    }
    for (int32_t i = 0; i < e->n_options; i++) {
        const char *mark = i != e->option ? " " : e->what == TEL_WHAT_PICK ? ">" : "-";
        g_string_append_printf(out, INDENT "    %s %s%s%s\n", mark, label(e->options[i].title, e->options[i].name),
                               i == e->focus ? "  (focused first)" : "", e->options[i].locked ? "  (locked)" : "");
    }
}

static void append_latency(GString *out, const struct read_entry *e)
{
    if (e->latency_us != US_NONE)
        append_length(out, " after ", e->latency_us, "");
}

static void append_changes(GString *out, const struct read_entry *e)
{
    if (e->changes == 1)
        g_string_append(out, ", having changed their mind once");
    else if (e->changes > 1)
        g_string_append_printf(out, ", having changed their mind %d times", e->changes);
}

static const char *taken(const struct read_entry *e)
{
    return e->option == TEL_NONE ? NULL : label(e->options[e->option].title, e->options[e->option].name);
}

static void show_pick(const struct read_entry *e, GString *out)
{
    g_string_append_printf(out, "Chose \"%s\"", taken(e) ? taken(e) : "?");
    append_latency(out, e);
    g_string_append(out, WORD(chosen_with, e->given));
}

static void show_timeout(const struct read_entry *e, GString *out)
{
    g_string_append(out, "Time ran out");
    append_latency(out, e);
    g_string_append(out, "; nobody chose");
    if (taken(e))
        g_string_append_printf(out, ", the film went on as with \"%s\"", taken(e));
}

static void show_skipped(const struct read_entry *e, GString *out)
{
    g_string_append(out, "Skipped");
    append_latency(out, e);
}

static void show_rewound(const struct read_entry *e, GString *out)
{
    g_string_append(out, "Went back without deciding");
    append_latency(out, e);
}

static void show_quit(const struct read_entry *e, GString *out)
{
    g_string_append(out, "Quit without deciding");
    append_latency(out, e);
}

static void (*const show_outcome[])(const struct read_entry *e, GString *out) = {
    [TEL_WHAT_PICK] = show_pick,       [TEL_WHAT_TIMEOUT] = show_timeout, [TEL_WHAT_SKIPPED] = show_skipped,
    [TEL_WHAT_REWOUND] = show_rewound, [TEL_WHAT_QUIT] = show_quit,
};

static void show_exposure(const struct read_entry *e, GString *out)
{
    show_offer(e, out);
    g_string_append(out, INDENT "  ");
    if (!e->closed || e->what < 0 || e->what >= (int32_t)G_N_ELEMENTS(show_outcome))
        g_string_append(out, "No outcome recorded");
    else {
        show_outcome[e->what](e, out);
        append_changes(out, e);
    }
    g_string_append(out, ".\n");
}

static void show_reached(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append_printf(out, "Ending: %s\n", label(e->title, e->name));
}

static void show_resume(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append(out, "Gone on with, ");
    append_when(out, e->resumed_ms, "%Y-%m-%d %H:%M:%S");
    if (e->ended_ms >= 0 && e->resumed_ms > e->ended_ms)
        append_length(out, ", ", (e->resumed_ms - e->ended_ms) * US_PER_MS, " after it was left");
    g_string_append(out, e->ended_ms >= 0 ? "\n" : ", after it was cut off\n");
}

static void show_stall(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append_printf(out, "The film faltered: %s", WORD(faults, e->fault));
    if (e->lasted_us != US_NONE)
        append_length(out, ", for ", e->lasted_us, "");
    g_string_append(out, ".\n");
}

static void show_gap(const struct read_entry *e, GString *out)
{
    append_at(out, e->at_us);
    g_string_append_printf(out, "%" PRId64 " %s lost here: %s.\n", e->count,
                           e->count == 1 ? "event was" : "events were", WORD(why_lost, e->why));
}

static void (*const show_entry[])(const struct read_entry *e, GString *out) = {
    [READ_VISIT] = show_visit, [READ_EXPOSURE] = show_exposure, [READ_REACHED] = show_reached,
    [READ_STALL] = show_stall, [READ_GAP] = show_gap,           [READ_RESUME] = show_resume,
};

/* ---- a viewing ------------------------------------------------------------------------------------------------- */

static void show_heading(const struct read_viewing *v, GString *out)
{
    const struct read_line *l = &v->line;
    g_string_append_printf(out, "%s, version %s (%s)\n", label(l->title, l->story), l->version, l->story);
    append_when(out, l->started_ms, "%Y-%m-%d %H:%M:%S");
    g_string_append_printf(out, ", %s", l->mode == TEL_MODE_HEADLESS ? "off-screen" : "in a window");
    if (l->nth == 1)
        g_string_append(out, ", the viewer's first viewing");
    else if (l->nth > 1)
        g_string_append_printf(out, ", the viewer's viewing number %d", l->nth);
    if (l->chooser != TEL_CHOOSER_PERSON)
        g_string_append_printf(out, "; %s", WORD(who_chose, l->chooser));
    if (v->time_mode == 0)
        g_string_append(out, "; decisions without time limit");
    else if (v->time_mode != 1)
        g_string_append_printf(out, "; decisions with %d times the author's time", v->time_mode);
    g_string_append_printf(out, "\nviewing %s, player %s, seed %" PRIu64 "\n\n", l->id, v->engine, (uint64_t)v->seed);
}

static void append_count(GString *out, int64_t n, const char *one, const char *many)
{
    g_string_append_printf(out, "%" PRId64 " %s", n, n == 1 ? one : many);
}

static void show_summary(const struct read_viewing *v, GString *out)
{
    const struct read_line *l = &v->line;
    if (l->reason == TEL_NONE)
        g_string_append(out, "\nNo end recorded: the viewing was cut off, or still goes on. ");
    else {
        g_string_append(out, "\nEnded ");
        append_when(out, l->ended_ms, "%H:%M:%S");
        g_string_append_printf(out, ": %s. ", WORD(why_ended, l->reason));
    }
    append_length(out, "Watched ", l->watched_us, "; ");
    append_count(out, l->decisions, "decision", "decisions");
    g_string_append_printf(out, " (%d chosen, %d timed out)", l->picks, l->timeouts);
    if (v->lost > 0) {
        g_string_append(out, "; ");
        append_count(out, v->lost, "event", "events");
        g_string_append(out, " lost");
    }
    g_string_append(out, ".\n");
}

/* Escapes, bells, and what turns the direction of writing for the rest of the line. */
static bool steers_terminal(gunichar c)
{
    return (c != '\n' && g_unichar_iscntrl(c)) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* Titles are a stranger's text: what would steer the terminal is replaced in what was appended since `from`. */
static void defang(GString *out, gsize from)
{
    g_autofree char *text = g_utf8_make_valid(out->str + from, -1);
    g_string_truncate(out, from);
    for (const char *p = text; *p; p = g_utf8_next_char(p))
        g_string_append_unichar(out, steers_terminal(g_utf8_get_char(p)) ? 0xFFFD : g_utf8_get_char(p));
}

static bool show_and_free(struct read_viewing *v, GString *out)
{
    if (!v)
        return false;
    const gsize from = out->len;
    show_heading(v, out);
    for (int32_t i = 0; i < v->n_entries; i++)
        show_entry[v->entries[i].kind](&v->entries[i], out);
    show_summary(v, out);
    defang(out, from);
    read_viewing_free(v);
    return true;
}

bool show_viewing(struct store *s, const char *id, GString *out, GError **error)
{
    return show_and_free(read_viewing(s, id, error), out);
}

bool show_viewing_number(struct store *s, int64_t viewing, GString *out, GError **error)
{
    return show_and_free(read_viewing_number(s, viewing, error), out);
}

/* ---- the list -------------------------------------------------------------------------------------------------- */

static void show_line(const struct read_line *l, GString *out)
{
    append_when(out, l->started_ms, "%Y-%m-%d %H:%M");
    g_autofree char *watched = length_text(l->watched_us);
    g_autofree char *end = l->ending ? g_strdup_printf("ending \"%s\"", l->ending)
                                     : g_strdup(l->reason == TEL_NONE ? "cut off" : WORD(why_ended, l->reason));
    g_string_append_printf(out, "  %s  %10s  %3d %3d %3d  %s %s: %s%s\n", l->id, watched, l->decisions, l->picks,
                           l->timeouts, label(l->title, l->story), l->version, end,
                           l->chooser == TEL_CHOOSER_PERSON ? "" : " (machine)");
}

bool show_list(struct store *s, uint32_t limit, GString *out, GError **error)
{
    g_autoptr(GPtrArray) lines = read_list(s, limit, error);
    if (!lines)
        return false;
    const gsize from = out->len;
    if (lines->len == 0)
        g_string_append(out, "No viewing was recorded yet.\n");
    else
        g_string_append_printf(out, "%-16s  %-36s  %10s  %3s %3s %3s  %s\n", "started", "viewing", "watched", "dec",
                               "ch.", "t.o", "film, and how it ended");
    for (guint i = 0; i < lines->len; i++)
        show_line(lines->pdata[i], out);
    defang(out, from);
    return true;
}
