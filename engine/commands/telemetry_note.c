#include "commands/telemetry_note.h"

#include "base/safe.h"
#include "telemetry/store/note.h"
#include "telemetry/survey/launch.h"

#include <inttypes.h>
#include <string.h>

static int list_notes(struct store *s)
{
    g_autoptr(GPtrArray) notes = notes_new();
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!notes_read(s, notes, &error))
        return telemetry_failed(error);
    for (guint i = 0; i < notes->len; i++) {
        const struct note *n = notes->pdata[i];
        g_autofree char *date = count_date(n->day);
        safe_printf(out, "%4" PRId64 "  %s  %s%s%s\n", n->id, date, n->story, *n->story ? ": " : "", n->text);
    }
    if (notes->len == 0)
        g_string_append(out, "Nothing is noted.\n");
    console_write(out);
    return EXIT_OK;
}

static int remove_note(struct store *s, int64_t id)
{
    g_autoptr(GError) error = NULL;
    bool found = false;
    if (!note_remove(s, id, &found, &error))
        return telemetry_failed(error);
    if (!found) {
        console_say("there is no note %" PRId64 "; `frumious telemetry note` lists them", id);
        return EXIT_PROBLEM;
    }
    console_print("Removed.\n");
    return EXIT_OK;
}

/* Today, where the producer is, unless a date is given. */
static bool note_day(const char *given, int32_t *day)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *today = g_date_time_format(now, "%Y-%m-%d");
    if (command_day(given ? given : today, day))
        return true;
    console_say("--date wants a day, as 2026-01-31, not '%s'", given);
    return false;
}

static bool is_writable(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL) || strlen(text) > NOTE_TEXT_MAX) {
        console_say("a note is text in UTF-8, of at most %d bytes", NOTE_TEXT_MAX);
        return false;
    }
    if (!*text)
        console_say("a note wants words: frumious telemetry note \"The trailer is out\" --date 2026-01-31");
    return *text != '\0';
}

static int add_note(struct store *s, const struct telemetry_request *r, int32_t day)
{
    g_autoptr(GError) error = NULL;
    const struct note n = {
        .day = day, .story = (char *)(uintptr_t)(r->story ? r->story : ""), .text = (char *)(uintptr_t)r->what};
    if (!note_add(s, &n, &error))
        return telemetry_failed(error);
    g_autofree char *date = count_date(day);
    console_print("Noted for %s.\n", date);
    return EXIT_OK;
}

int telemetry_note(const struct telemetry_request *r)
{
    int code;
    int32_t day = 0;
    if (r->what && (!is_writable(r->what) || !note_day(r->date, &day)))
        return EXIT_USAGE;
    const bool writes = r->what || r->remove;
    struct store *s = telemetry_request_open(r, writes ? TELEMETRY_WRITE : TELEMETRY_READ, &code);
    if (!s)
        return code;
    code = r->what ? add_note(s, r, day) : r->remove ? remove_note(s, r->remove) : list_notes(s);
    telemetry_request_close(s);
    return code;
}
