#include "telemetry/dictionary.h"
#include "base/safe.h"

#include "telemetry/record.h"

#include <assert.h>
#include <string.h>

/* Which table is kept by which rule, as constants: an event or a table without a TEL_RETENTION does not compile. */
enum {
#define TEL_RULE(NAME, words) RULE_##NAME,
#include "telemetry/registry.def"
};
enum {
#define TEL_RETENTION(table, RULE) RULE_OF_##table = RULE_##RULE,
#include "telemetry/registry.def"
    RULE_OF_event = RULE_VIEWING,
};
static const char *const retention_rules[] = {
#define TEL_RULE(NAME, words) [RULE_##NAME] = words,
#include "telemetry/registry.def"
};

static const struct dictionary_entry entries[] = {
#define TEL_EVENT(name, NAME, what, why) {#name, NULL, "", "", what, why, RULE_OF_##name, true},
#define TEL_TABLE(table, what, why)      {#table, NULL, "", "", what, why, RULE_OF_##table, false},
#include "telemetry/registry.def"
    {"event", NULL, "", "", "What every event has.", "Events of all kinds are read in one way.", RULE_OF_event, true},
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why)                                                 \
    {#event, #column, #bind, unit, what, why, RULE_OF_##event, true},
#define TEL_COLUMN(table, column, unit, what, why) {#table, #column, "", unit, what, why, RULE_OF_##table, false},
#include "telemetry/registry.def"
};

static const struct {
    const char *set, *word, *what;
    int number;
} codes[] = {
#define TEL_CODE(SET, NAME, number, word, what) {#SET, word, what, number},
#include "telemetry/registry.def"
};

const struct dictionary_entry *dictionary_at(size_t i)
{
    return i < G_N_ELEMENTS(entries) ? &entries[i] : NULL;
}

const struct dictionary_entry *dictionary_find(const char *table, const char *column)
{
    const struct dictionary_entry *found = NULL;
    bool event = false;
    for (size_t i = 0; i < G_N_ELEMENTS(entries) && !found; i++)
        if (strcmp(entries[i].table, table) == 0) {
            event |= entries[i].event;
            if (g_strcmp0(entries[i].column, column) == 0)
                found = &entries[i];
        }
    return !found && event && strcmp(table, "event") != 0 ? dictionary_find("event", column) : found;
}

const char *dictionary_retention(const struct dictionary_entry *table)
{
    assert(table->rule >= 0 && table->rule < (int)G_N_ELEMENTS(retention_rules));
    return retention_rules[table->rule];
}

/* ---- explaining -------------------------------------------------------------------------------------------------- */

static void explain_codes(const char *column, GString *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_ascii_strcasecmp(codes[i].set, column) == 0)
            safe_printf(out, "    %-11s %s\n", codes[i].word, codes[i].what);
}

static void explain_column(const struct dictionary_entry *e, GString *out)
{
    assert(e->column);
    safe_printf(out, "  %s%s%s%s: %s.\n", e->column, *e->unit ? " (" : "", e->unit, *e->unit ? ")" : "", e->what);
    safe_printf(out, "      %s\n", e->why);
    explain_codes(e->column, out);
}

static void explain_columns(const char *table, GString *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        if (entries[i].column && strcmp(entries[i].table, table) == 0)
            explain_column(&entries[i], out);
}

static void explain_table(const struct dictionary_entry *t, GString *out)
{
    assert(!t->column);
    safe_printf(out, "%s: %s\n  Why: %s\n  Kept %s.\n\n", t->table, t->what, t->why, dictionary_retention(t));
    if (t->event && strcmp(t->table, "event") != 0)
        explain_columns("event", out);
    explain_columns(t->table, out);
}

static void explain_all(GString *out)
{
    g_string_append(out, "What happens in a viewing (an event each):\n");
    for (int events = 1; events >= 0; events--) {
        if (!events)
            g_string_append(out, "\nWhat these refer to:\n");
        for (size_t i = 0; i < G_N_ELEMENTS(entries) && !entries[i].column; i++)
            if (entries[i].event == (events != 0) && strcmp(entries[i].table, "event") != 0)
                safe_printf(out, "  %-12s %s %s\n", entries[i].table, entries[i].what, entries[i].why);
    }
    g_string_append(out,
                    "\nNothing else is recorded. `frumious telemetry explain outcome` tells what is kept of one of "
                    "these,\n`frumious telemetry explain outcome.latency_us` one value of it.\n");
}

bool dictionary_explain(const char *name, GString *out)
{
    if (!name) {
        explain_all(out);
        return true;
    }
    g_auto(GStrv) part = g_strsplit(name, ".", 2);
    const struct dictionary_entry *e = part[0] ? dictionary_find(part[0], part[1]) : NULL;
    if (!e)
        return false;
    if (!e->column)
        explain_table(e, out);
    else {
        safe_printf(out, "%s.%s\n", part[0], part[1]);
        explain_column(e, out);
        safe_printf(out, "      Kept %s.\n", dictionary_retention(e));
    }
    return true;
}
