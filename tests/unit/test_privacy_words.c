/* What stands on the pages about a viewing's record: its first page has no id, seed or version, and tells each decision and
 * its outcome; the page of details groups what belongs together. */
#include "base/units.h"
#include "player/privacy_words.h"
#include "tap.h"

#include <string.h>

#define ID "0190a0b0-0000-7000-8000-000000000001"

static struct read_option options[] = {{"stay", "Stay", false}, {"go", "Go", false}};
static struct read_entry entries[] = {
    {.kind = READ_VISIT, .seq = 1, .name = "red", .title = "The red room", .closed = true, .planned_us = US_NONE},
    {.kind = READ_EXPOSURE,
     .seq = 2,
     .at_us = 7 * US_PER_SECOND,
     .name = "which",
     .title = "Which way?",
     .closed = true,
     .options = options,
     .n_options = 2,
     .window_us = US_NONE,
     .what = TEL_WHAT_PICK,
     .given = TEL_GIVEN_KEY,
     .option = 1,
     .latency_us = 3200000},
    {.kind = READ_EXPOSURE, .seq = 3, .at_us = 67 * US_PER_SECOND, .name = "again", .option = TEL_NONE},
    {.kind = READ_REACHED, .seq = 4, .at_us = 3723 * US_PER_SECOND, .name = "sea"},
    {.kind = READ_GAP, .seq = 5, .at_us = 3724 * US_PER_SECOND, .count = 2, .why = TEL_WHY_PAUSED},
};

static struct read_viewing viewing(int32_t n)
{
    return (struct read_viewing){.summary = {.id = ID,
                                             .title = (char *)"Film",
                                             .story = (char *)"org.example",
                                             .version = (char *)"",
                                             .started_ms = 1000,
                                             .ended_ms = -1,
                                             .reason = TEL_NONE},
                                 .engine = (char *)"1",
                                 .seed = 987654321,
                                 .entries = entries,
                                 .n_entries = n};
}

static const struct {
    const char *language, *text, *value, *note;
} wanted[] = {
    {"en", "Which way?", "0:07", "Chose \"Go\" after 3.2 s, by key."},
    {"en", "again", "1:07", "Not decided yet."},
    {"en", "Ending: sea", "1:02:03", NULL},
    {"en", "2 events were lost here: recording was paused.", "1:02:04", NULL},
    {"de", "Which way?", "0:07", "Gewählt: „Go“ nach 3,2 s, mit der Tastatur."},
    {"de", "again", "1:07", "Noch nicht entschieden."},
    {"de", "Ende: sea", "1:02:03", NULL},
    {"de", "2 Ereignisse gingen hier verloren: die Aufzeichnung war angehalten.", "1:02:04", NULL},
};

static void test_decisions(void)
{
    const struct read_viewing v = viewing(G_N_ELEMENTS(entries));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i += 4) {
        GPtrArray *lines = privacy_words_decisions(&v, wanted[i].language);
        g_autofree char *brief = privacy_words_summary(&v, 29900 * US_PER_MS, wanted[i].language);
        ok(strstr(brief, " 30 s ") && !strstr(brief, "29"), "%s: no tenths of a second: %s", wanted[i].language, brief);
        g_autofree char *minute = privacy_words_summary(&v, 59600 * US_PER_MS, wanted[i].language);
        ok(strstr(minute, "1 min 0 s"), "%s: nor sixty of them: %s", wanted[i].language, minute);
        g_autofree char *summary = privacy_words_summary(&v, 72 * US_PER_SECOND, wanted[i].language);
        ok(!strstr(summary, ID) && !strstr(summary, "987654321"), "no id, no seed: %s", summary);
        ok(strstr(summary, "1 min 12 s"), "but how much was watched");
        is_int(lines->len, 4, "a line for each decision, ending and trouble");
        for (guint k = 0; k < MIN(lines->len, 4); k++) {
            const struct privacy_line *l = lines->pdata[k];
            is_str(l->text, wanted[i + k].text, "its words");
            is_str(l->value, wanted[i + k].value, "when");
            ok(g_strcmp0(l->note, wanted[i + k].note) == 0, "%s: and how it ended: %s", wanted[i].language, l->note);
        }
        g_ptr_array_unref(lines);
    }
    const struct read_viewing early = viewing(1);
    GPtrArray *lines = privacy_words_decisions(&early, "en");
    is_str(((struct privacy_line *)lines->pdata[0])->text, "No decision yet.",
           "at the beginning it says that there is none");
    g_ptr_array_unref(lines);
}

static void test_reasons(void)
{
    int heads = 0;
    GPtrArray *lines = privacy_words_reasons("de");
    for (guint i = 0; i < lines->len; i++)
        heads += ((struct privacy_line *)lines->pdata[i])->head;
    ok(heads >= 8 && (int)lines->len > 3 * heads, "%d kinds of records, %u reasons", heads, lines->len - heads);
    g_ptr_array_unref(lines);
}

int main(void)
{
    test_decisions();
    test_reasons();
    return tap_done();
}
