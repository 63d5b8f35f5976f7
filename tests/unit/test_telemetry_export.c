/*
 * Exports: the same play as JSON Lines and as CSV, against a golden text and against the tables; the published schema.
 */
#include "golden.h"
#include "tap.h"

#include "telemetry/dictionary.h"
#include "telemetry/read/export.h"
#include "test_store.h"
#include "test_telemetry.h"

#include <json-glib/json-glib.h>

static bool collect(const char *text, void *data)
{
    g_string_append(data, text);
    return true;
}

static bool stop_at_3(const char *text, void *data)
{
    int *n = data;
    (void)text;
    return ++*n < 3;
}

static char *export_text(struct store *s, struct read_filter which, enum export_format format)
{
    const struct export_options o = {.format = format};
    GString *text = g_string_new(NULL);
    GError *error = NULL;
    if (!export_viewings(s, &which, &o, collect, text, &error))
        g_string_printf(text, "error: %s", error ? error->message : "none");
    g_clear_error(&error);
    return g_string_free(text, FALSE);
}

static int lines(const char *text, const char *start)
{
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    int n = 0;
    for (int i = 0; all[i]; i++)
        n += *all[i] && g_str_has_prefix(all[i], start);
    return n;
}

/* Every row of every event's table is a line, in the order of seq. */
static void test_complete(struct store *s, const char *json)
{
    const struct dictionary_entry *e;
    for (size_t i = 0; (e = dictionary_at(i)) && !e->column; i++) {
        if (!e->event || strcmp(e->table, "event") == 0)
            continue;
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", e->table);
        g_autofree char *start = g_strdup_printf("{\"record\":\"%s\",", e->table);
        is_int(lines(json, start), ask(s, sql), e->table);
    }
    g_auto(GStrv) all = g_strsplit(json, "\n", -1);
    g_autofree char *viewing = NULL;
    int64_t seq = 0;
    bool ordered = true, parsed = true;
    for (int i = 0; all[i] && *all[i]; i++) {
        g_autoptr(JsonNode) node = json_from_string(all[i], NULL);
        if (!(parsed = parsed && node && JSON_NODE_HOLDS_OBJECT(node)))
            break;
        JsonObject *o = json_node_get_object(node);
        const bool head = strcmp(json_object_get_string_member(o, "record"), "viewing") == 0;
        const char *id = json_object_get_string_member(o, "viewing");
        if (head) {
            g_free(viewing);
            viewing = g_strdup(id);
            seq = 0;
        } else {
            ordered = ordered && g_strcmp0(viewing, id) == 0 && json_object_get_int_member(o, "seq") == seq + 1;
            seq = json_object_get_int_member(o, "seq");
        }
    }
    ok(parsed && ordered, "each line is JSON; after its viewing, events come in order without holes");
}

/* A title with everything that CSV and JSON must escape. */
static void test_odd(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "odd.sqlite", NULL);
    const struct writer_options o = {.path = path};
    const struct store_options so = {.path = path, .read_only = true};
    struct tel_story t = test_story;
    t.title = "a \"b\", \\c\nd\té";
    struct writer *w = writer_open(&o, NULL);
    struct tel_viewing v = test_viewing(TEST_ID);
    v.seed = -1;
    writer_story(w, &t);
    writer_begin(w, &v);
    writer_put(w, &test_play[0]);
    writer_close(w, TEST_LONG);
    struct store *s = store_open(&so, NULL);
    g_autofree char *csv = export_text(s, (struct read_filter){0}, EXPORT_CSV);
    g_autofree char *json = export_text(s, (struct read_filter){0}, EXPORT_JSONL);
    ok(strstr(csv, ",\"a \"\"b\"\", \\c d é\","), "CSV quotes, and keeps to its line");
    g_auto(GStrv) line = g_strsplit(json, "\n", 2);
    g_autoptr(JsonNode) node = json_from_string(line[0], NULL);
    is_str(node ? json_object_get_string_member(json_node_get_object(node), "title") : NULL, t.title, "JSON escapes");
    is_str(node ? json_object_get_string_member(json_node_get_object(node), "seed") : NULL, "18446744073709551615",
           "64 bits are not rounded");
    store_close(s);
}

/* From any number on: the viewing's own line, and the rest of its events as they were. */
static void test_from(struct store *s, const char *one)
{
    int wrong = 0, rests = 0;
    const char *head_end = strchr(one, '\n') + 1, *rest = head_end;
    for (int64_t from = 1; *rest; from++, rests++) {
        GString *text = g_string_new(NULL);
        const struct export_options o = {.format = EXPORT_JSONL, .from = from};
        wrong += !export_viewings(s, &(const struct read_filter){.viewing = TEST_ID_2}, &o, collect, text, NULL) ||
                 strncmp(text->str, one, (size_t)(head_end - one)) != 0 ||
                 strcmp(text->str + (head_end - one), rest) != 0;
        g_string_free(text, TRUE);
        rest = strchr(rest, '\n') + 1;
    }
    ok(wrong == 0 && rests == lines(one, "{") - 1, "from each of %d events on, the rest is told", rests);
}

int main(void)
{
    char *dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "t.sqlite", NULL), *schema = export_schema();
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    test_play_all(w, TEST_ID);
    struct tel_viewing v = test_viewing(TEST_ID_2);
    v.viewer[0] = '\0';
    writer_begin(w, &v);
    test_put_all(w, test_play, 5);
    writer_close(w, TEST_LONG);

    const struct store_options so = {.path = path, .read_only = true};
    struct store *s = store_open(&so, NULL);
    g_autofree char *json = export_text(s, (struct read_filter){0}, EXPORT_JSONL);
    g_autofree char *csv = export_text(s, (struct read_filter){0}, EXPORT_CSV);
    g_autofree char *one = export_text(s, (struct read_filter){.viewing = TEST_ID_2}, EXPORT_JSONL);
    g_autofree char *none = export_text(s, (struct read_filter){.story = "none"}, EXPORT_JSONL);
    is_golden(json, "tests/golden/telemetry-export.jsonl");
    is_golden(csv, "tests/golden/telemetry-export.csv");
    is_golden(schema, "telemetry/export.schema.json");
    test_complete(s, json);
    ok(g_str_has_suffix(json, one) && lines(one, "{\"record\":\"viewing\"") == 1, "one viewing is a part of all");
    test_from(s, one);
    ok(g_str_has_prefix(none, "error: ") && strstr(none, "no viewing of the story none"), "what is not there is said");
    int n = 0;
    GError *error = NULL;
    ok(!export_viewings(s, &(const struct read_filter){0}, &(const struct export_options){0}, stop_at_3, &n, &error) &&
           !error && n == 3,
       "a caller who wants no more gets no more, and that is no error");
    ok(ask(s, "SELECT count(*) FROM viewing") == 2 && sqlite3_get_autocommit(s->db), "nothing is left open");
    store_close(s);
    test_odd(dir);
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}
