/* Diagnostics: the table of rules, counting, order, and the printed text. */
#include "story/diag.h"
#include "story/limits.h"
#include "story/suggest.h"
#include "tap.h"

static void add(struct diags *d, const char *code, uint32_t line, uint32_t col, uint32_t len, const char *text)
{
    const struct diag_at at = {"s.yaml", line, col, len, text, text ? strlen(text) : 0};
    diags_add(d, code, &at, "do this", "message %u", line);
}

static char *printed(const struct diags *d, bool colour)
{
    GString *out = g_string_new(NULL);
    diags_print(d, out, colour);
    return g_string_free(out, FALSE);
}

static const struct {
    const char *what, *text;
    uint32_t col, len;
    const char *line, *marks;
} carets[] = {
    {"plain", "promt: Tea?", 1, 5, "  promt: Tea?", "  ^~~~~"},
    {"a tab is four blanks wide", "\tx: \ty", 6, 1, "      x:     y", "             ^"},
    {"accents count once", "né: ü1", 5, 2, "  né: ü1", "      ^~"},
    {"combining marks take no room", "e\xCC\x81: bad", 5, 3, "  e\xCC\x81: bad", "     ^~~"},
    {"CJK is two wide", "駅: 電車", 4, 2, "  駅: 電車", "      ^~~~"},
    {"behind the end", "a:", 3, 1, "  a:", "    ^"},
    {"escape sequences are not passed on", "a\033[31mb", 7, 1, "  a␛[31mb", "        ^"},
    {"broken UTF-8 is shown as such", "a\xFF: b", 5, 1, "  a\xEF\xBF\xBD: b", "      ^"},
};

static void test_carets(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(carets); i++) {
        struct diags *d = diags_new();
        add(d, "E101", 3, carets[i].col, carets[i].len, carets[i].text);
        g_autofree char *got = printed(d, false);
        g_autofree char *want = g_strdup_printf("s.yaml:3:%u: error[E101]: message 3\n%s\n%s\n  help: do this\n",
                                                carets[i].col, carets[i].line, carets[i].marks);
        is_str(got, want, carets[i].what);
        diags_free(d);
    }
}

static void test_long_line(void)
{
    g_autofree char *line = g_strnfill(1000000, 'x');
    struct diags *d = diags_new();
    line[700000] = '!';
    add(d, "E101", 1, 700001, 1, line);
    const struct diag *g = diags_get(d, 0);
    ok(strlen(g->source) < 300, "a line of a megabyte is cut to %zu bytes", strlen(g->source));
    is_int(g->source[g->source_col - 1], '!', "the caret still points to its place");
    diags_free(d);
}

static void test_list(void)
{
    struct diags *d = diags_new();
    add(d, "W601", 9, 1, 1, NULL);
    add(d, "E101", 2, 5, 1, NULL);
    add(d, "E101", 2, 5, 1, NULL);
    add(d, "E105", 2, 5, 1, NULL);
    add(d, "E101", 2, 1, 1, NULL);
    add(d, "E100", 0, 0, 0, NULL);
    is_int((int64_t)diags_len(d), 5, "the same message at the same place is kept once");
    is_int((int64_t)diags_count(d, DIAG_ERROR), 4, "errors");
    is_int((int64_t)diags_count(d, DIAG_WARNING), 5, "errors and warnings");
    diags_sort(d);
    g_autoptr(GString) order = g_string_new(NULL);
    for (size_t i = 0; i < diags_len(d); i++)
        g_string_append_printf(order, "%s:%u:%u ", diags_get(d, i)->rule->code, diags_get(d, i)->line,
                               diags_get(d, i)->col);
    is_str(order->str, "E100:0:0 E101:2:1 E101:2:5 E105:2:5 W601:9:1 ", "sorted by place, else as added");
    g_autofree char *text = printed(d, true);
    ok(strstr(text, "\033[1;31merror[E100]: \033[0mmessage 0") != NULL, "colours where wanted");
    ok(g_str_has_prefix(text, "\033[1ms.yaml: \033[0m"), "no line number for a file as a whole");
    diags_free(d);
}

static void test_limit(void)
{
    struct diags *d = diags_new();
    for (uint32_t i = 0; i < STORY_DIAGS_MAX + 50; i++)
        add(d, "W601", i + 1, 1, 1, NULL);
    add(d, "E101", 1, 1, 1, NULL);
    is_int((int64_t)diags_len(d), STORY_DIAGS_MAX + 1, "warnings don't crowd out errors");
    is_int((int64_t)diags_count(d, DIAG_WARNING), STORY_DIAGS_MAX + 51, "all are counted");
    g_autofree char *text = printed(d, false);
    ok(g_str_has_suffix(text, "\nand 50 more that are not shown\n"), "what is not shown is said");
    diags_free(d);
}

static void test_rules(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const char *before = "";
    for (const struct diag_rule *r = diag_rules(); r->code; r++) {
        const bool warning = r->code[0] == 'W';
        ok(r == diag_rule_find(r->code) && r == diag_rule_find(r->name), "%s is found by code and name", r->code);
        ok(g_hash_table_add(seen, (gpointer)r->code) && g_hash_table_add(seen, (gpointer)r->name), "%s is unique",
           r->name);
        ok(warning == (r->severity == DIAG_WARNING), "%s: the letter tells the severity", r->code);
        ok(r->code[0] != before[0] || strcmp(r->code, before) > 0, "%s stands in order", r->code);
        ok(strlen(r->text) > 60 && strlen(r->title) > 5, "%s has words to explain it", r->code);
        before = r->code;
    }
    ok(diag_rule_find("E999") == NULL, "no such code");
}

static const struct {
    const char *word, *candidates[4], *want;
} guesses[] = {
    {"promt", {"prompt", "opens", NULL}, "prompt"},
    {"otpions", {"opens", "options", NULL}, "options"},
    {"xyz", {"prompt", "opens", NULL}, NULL},
    {"a", {"b", NULL}, NULL},
    {"Bus", {"boss", "bus", NULL}, "bus"},
    {"goto", {"foto", "gogo", "goto2", NULL}, "foto"},
    {"", {"a", NULL}, NULL},
};

static void test_guesses(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guesses); i++) {
        struct suggest s = suggest_begin(guesses[i].word);
        for (int j = 0; guesses[i].candidates[j]; j++)
            suggest_offer(&s, guesses[i].candidates[j]);
        is_str(suggest_best(&s), guesses[i].want, guesses[i].word);
    }
}

int main(void)
{
    test_carets();
    test_long_line();
    test_list();
    test_limit();
    test_rules();
    test_guesses();
    return tap_done();
}
