#include "player/privacy_words.h"

#include "base/units.h"
#include "base/words.h"
#include "telemetry/dictionary.h"
#include "telemetry/read/show.h"

#include <string.h>

/* A line of show_viewing() with at least this indentation belongs to the line above it. */
#define DEEP 11

static void free_line(void *line)
{
    struct privacy_line *l = line;
    g_free(l->text);
    g_free(l->value);
    g_free(l->note);
    g_free(l);
}

static GPtrArray *new_lines(void)
{
    return g_ptr_array_new_with_free_func(free_line);
}

/* Takes the strings over. */
static void add_line(GPtrArray *lines, struct privacy_line line)
{
    g_ptr_array_add(lines, g_memdup2(&line, sizeof line));
}

/* ---- in short ---------------------------------------------------------------------------------------------------- */

static const char *title_of(const struct read_entry *e)
{
    return e->title && *e->title ? e->title : e->name ? e->name : "?";
}

static void add_entry(GPtrArray *lines, const struct read_entry *e, const char *language)
{
    if (e->kind == READ_EXPOSURE)
        add_line(lines, (struct privacy_line){.text = g_strdup(title_of(e)),
                                              .value = units_clock_time(MAX(e->at_us, 0)),
                                              .note = e->closed ? show_outcome_words(e, language)
                                                                : g_strdup(words_in(language, "Not decided yet."))});
    else if (e->kind == READ_REACHED)
        add_line(lines, (struct privacy_line){.text = g_strdup_printf(words_in(language, "Ending: %s"), title_of(e)),
                                              .value = units_clock_time(MAX(e->at_us, 0))});
    else if (e->kind == READ_STALL || e->kind == READ_GAP)
        add_line(lines,
                 (struct privacy_line){.text = show_trouble(e, language), .value = units_clock_time(MAX(e->at_us, 0))});
}

GPtrArray *privacy_words_decisions(const struct read_viewing *v, const char *language)
{
    GPtrArray *lines = new_lines();
    for (int32_t i = 0; i < v->n_entries; i++)
        add_entry(lines, &v->entries[i], language);
    if (lines->len == 0)
        add_line(lines, (struct privacy_line){.text = g_strdup(words_in(language, "No decision yet."))});
    return lines;
}

/* "15:04" of today, else with the day before it. */
static char *moment(int64_t ms)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    g_autoptr(GDateTime) then = utc ? g_date_time_to_local(utc) : NULL;
    if (!then)
        return g_strdup("?");
    const bool today = g_date_time_get_year(now) == g_date_time_get_year(then) &&
                       g_date_time_get_day_of_year(now) == g_date_time_get_day_of_year(then);
    return g_date_time_format(then, today ? "%H:%M" : "%Y-%m-%d, %H:%M");
}

/* Nobody counts tenths of a second of a film. */
static char *length_of(int64_t us, const char *language)
{
    const int64_t s = (us + US_PER_SECOND / 2) / US_PER_SECOND;
    return s < 60 ? g_strdup_printf("%d s", (int)s) : show_length(language, s * US_PER_SECOND);
}

char *privacy_words_summary(const struct read_viewing *v, int64_t watched_us, const char *language)
{
    g_autofree char *began = moment(v->summary.started_ms), *watched = length_of(watched_us, language);
    return g_strdup_printf(words_in(language,
                                    "This viewing began at %s, and %s of film were watched. What you decide is kept on "
                                    "this machine, and not sent unless you share it."),
                           began, watched);
}

static void add_viewing(GPtrArray *lines, const struct read_summary *v, const char *language)
{
    g_autofree char *length = length_of(v->watched_us, language);
    g_autofree char *ending = v->ending ? g_strdup_printf(words_in(language, "Ending: %s"), v->ending) : NULL;
    add_line(lines, (struct privacy_line){
                        .text = g_strdup(v->title && *v->title ? v->title : v->story),
                        .value = moment(v->started_ms),
                        .note = g_strdup_printf("%s%s%s", length, ending ? "  \u00b7  " : "", ending ? ending : "")});
}

GPtrArray *privacy_words_viewings(struct store *s, const GArray *viewings, const char *language, GError **error)
{
    GPtrArray *lines = new_lines();
    for (guint i = viewings->len; i > 0; i--) {
        struct read_viewing *v = read_viewing_by_number(s, g_array_index(viewings, int64_t, i - 1), error);
        if (!v) {
            g_ptr_array_unref(lines);
            return NULL;
        }
        add_viewing(lines, &v->summary, language);
        read_viewing_free(v);
    }
    return lines;
}

/* ---- everything -------------------------------------------------------------------------------------------------- */

/* Lines for a terminal become lines of the page: those that are far in are notes of the one above. */
static void add_shown(GPtrArray *lines, const char *text)
{
    g_auto(GStrv) shown = g_strsplit(text, "\n", -1);
    for (int i = 0; shown[i]; i++) {
        const size_t blanks = strspn(shown[i], " ");
        struct privacy_line *above = lines->len > 0 ? lines->pdata[lines->len - 1] : NULL;
        if (blanks < DEEP || !above) {
            if (shown[i][blanks] != '\0')
                add_line(lines, (struct privacy_line){.text = g_strdup(shown[i] + blanks), .head = i == 0});
            continue;
        }
        char *note =
            above->note ? g_strdup_printf("%s\n%s", above->note, shown[i] + blanks) : g_strdup(shown[i] + blanks);
        g_free(above->note);
        above->note = note;
    }
}

GPtrArray *privacy_words_everything(struct store *s, const char *id, const char *language, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GPtrArray *lines = show_viewing(s, id, language, text, error) ? new_lines() : NULL;
    if (lines)
        add_shown(lines, text->str);
    return lines;
}

/* ---- the registry ------------------------------------------------------------------------------------------------ */

/* The registry's texts begin in lower case; this makes sentences of them. */
static char *registry_sentence(const char *what, const char *why)
{
    const char *rest = g_utf8_next_char(what);
    char first[8] = "";
    g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(what)), first);
    return g_strdup_printf("%s%s. %s", first, rest, why);
}

static void add_columns(GPtrArray *lines, const char *table, const char *language)
{
    const struct dictionary_entry *e;
    for (size_t i = 0; (e = dictionary_at(i)); i++)
        if (e->column && strcmp(e->table, table) == 0)
            add_line(lines, (struct privacy_line){
                                .text = registry_sentence(words_in(language, e->what), words_in(language, e->why))});
}

GPtrArray *privacy_words_reasons(const char *language)
{
    GPtrArray *lines = new_lines();
    const struct dictionary_entry *table;
    for (size_t t = 0; (table = dictionary_at(t)) && !table->column; t++) {
        if (!table->event && strcmp(table->table, "viewing") != 0)
            continue;
        add_line(lines, (struct privacy_line){.text = g_strdup_printf("%s %s", words_in(language, table->what),
                                                                      words_in(language, table->why)),
                                              .head = true});
        add_columns(lines, table->table, language);
    }
    return lines;
}
