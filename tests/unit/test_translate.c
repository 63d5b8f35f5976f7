/* Translations go out as PO and CSV and come back, whatever their texts hold; files of other tools are read as they mean it. */
#include "tap.h"
#include "story_text.h"

#include "translate/po.h"
#include "translate/pseudo.h"
#include "translate/strings_csv.h"
#include "translate/strings_import.h"

#include <string.h>

#define STORY                                                                                                          \
    "frumious: 1\nid: org.example.words\ntitle: \"=1+1 \\e[2J \\u202e \\\"x\\\" \\\\n\"\nversion: \"1\"\n"             \
    "start: a\nlanguages: [en, de]\nnodes:\n  a:\n    title: Hall\n    clip: {card: \"Two\\nlines\\tand\", for: 2s}\n" \
    "    decision:\n      id: d\n      prompt: Tea?\n      opens: 0s\n      for: 1s\n      default: yes\n"             \
    "      options: {yes: {text: Yes, goto: b}, no: {text: \"No, thanks\", goto: b}}\n"                                \
    "  b: {clip: {card: End, for: 1s}, ending: {id: e, title: The end}}\n"

#define GERMAN                                                                                                         \
    "# By Nell.\n# All rights reserved.\n\ntitle: \"=2+2 \\e[2J \\u202e \\\"y\\\" \\\\n\"\nnode.a.card: "              \
    "\"Zwei\\nZeilen\\tund\"\n"                                                                                        \
    "decision.d.prompt: {text: Tee?, of: \"00000001\"}\nending.e.title: \"'Ende'; ja, \\\"doch\\\"\"\n"

static char *folder;

static char *file_at(const char *name, const char *text, gssize len)
{
    char *path = g_build_filename(folder, name, NULL);
    g_file_set_contents(path, text, len, NULL);
    return path;
}

static struct story *open_story(const char *german)
{
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL),
                    *strings = g_build_filename(folder, "strings", NULL);
    g_mkdir(strings, 0700);
    g_free(file_at("strings/de.yaml", german, -1));
    return story_from_text_at(path, STORY);
}

static const struct strings_answer *answer_to(const GArray *answers, const char *key)
{
    for (guint i = 0; i < answers->len; i++)
        if (strcmp(g_array_index(answers, struct strings_answer, i).key, key) == 0)
            return &g_array_index(answers, struct strings_answer, i);
    return NULL;
}

/* What was written reads as what it was, and holds nothing that steers a terminal. */
static void is_whole(const struct strings *t, const GString *written, bool csv)
{
    g_autofree char *path = file_at(csv ? "words.csv" : "words.po", written->str, -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) answers = csv ? strings_csv_read(path, &error) : po_read(path, &error);
    bool same = answers && (int32_t)answers->len == t->n_entries;
    for (int32_t i = 0; same && i < t->n_entries; i++) {
        const struct strings_entry *e = &t->entries[i];
        const struct strings_answer *a = answer_to(answers, e->key);
        same = a && strcmp(a->translation, e->translation ? e->translation : "") == 0 && strcmp(a->of, e->of) == 0 &&
               a->unsure == e->outdated;
        if (!same)
            printf("# %s: '%s' '%s'\n", e->key, a ? a->translation : "-", e->translation);
    }
    ok(same, "%s: what goes out comes back as it was%s%s", csv ? "CSV" : "PO", error ? ": " : "",
       error ? error->message : "");
    ok(!strchr(written->str, '\033') && !strstr(written->str, "\u202e"), "and steers nothing");
}

static void test_round_trip(void)
{
    struct story *s = open_story(GERMAN);
    struct strings *t = strings_of_story(s, "de");
    g_autoptr(GString) po = g_string_new(NULL), csv = g_string_new(NULL);
    po_write(t, "0", po);
    strings_csv_write(t, csv);
    is_whole(t, po, false);
    is_whole(t, csv, true);
    ok(strstr(po->str, "#. a question, answered within 1 seconds by “Yes”, “No, thanks”\n") != NULL,
       "a translator sees what a question asks");
    ok(strstr(po->str, "#, fuzzy\nmsgctxt \"decision.d.prompt\"\n") != NULL,
       "and what was translated from an earlier text");
    ok(strstr(po->str, "msgctxt \"node.a.card\"\nmsgid \"\"\n\"Two\\n\"\n\"lines\\tand\"\n") != NULL,
       "each line stands by itself");
    ok(strstr(csv->str, "'=1+1") != NULL && strstr(csv->str, "Two\\nlines") != NULL,
       "a table runs no formula and has one line a text");
    strings_free(t);
    story_free(s);
}

/* ---- files of others -------------------------------------------------------------------------------------------------- */

#define ENTRY(id, str) "msgctxt \"k\"\nmsgid \"" id "\"\nmsgstr \"" str "\"\n"

static const struct {
    const char *what, *text, *translation; /* of k; NULL: none */
    const char *mistake;                   /* NULL: the file is read */
} files[] = {
    {"a plain entry", ENTRY("a", "b"), "b", NULL},
    {"a byte order mark and line ends of Windows", "\xef\xbb\xbfmsgctxt \"k\"\r\nmsgid \"a\"\r\nmsgstr \"b\"\r\n", "b",
     NULL},
    {"strings over several lines", "msgctxt \"k\"\nmsgid \"\"\n\"a\"\nmsgstr \"\"\n\"b \"\n  \"c\\n\"\n", "b c\n",
     NULL},
    {"escapes", ENTRY("a", "\\\"\\\\\\t\\101\\303\\274\\7z"), "\"\\\tAü\az", NULL},
    {"no blank line between entries", "msgctxt \"j\"\nmsgid \"a\"\nmsgstr \"x\"\n" ENTRY("a", "b"), "b", NULL},
    {"comments of every kind", "# me\n#. it\n#: f:1\n#, c-format, fuzzy\n#| msgid \"old\"\n" ENTRY("a", "b"), "b",
     NULL},
    {"an obsolete entry", "#~ msgctxt \"k\"\n#~ msgid \"a\"\n#~ msgstr \"b\"\n", NULL, NULL},
    {"an entry without a key", "msgid \"a\"\nmsgstr \"b\"\n", NULL, NULL},
    {"plural forms", "msgctxt \"k\"\nmsgid \"a\"\nmsgid_plural \"as\"\nmsgstr[0] \"b\"\n", "b", NULL},
    {"Latin 1, as its header says",
     "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n" ENTRY("a", "T\xfcr"), "Tür", NULL},
    {"a template's header", "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=CHARSET\\n\"\n" ENTRY("a", "b"),
     "b", NULL},
    {"bytes that are no UTF-8", ENTRY("a", "T\xfcr"), NULL, "line 3: a text is not in the encoding"},
    {"an encoding that nobody knows", "msgid \"\"\nmsgstr \"charset=NO-SUCH\\n\"\n" ENTRY("a", "b"), NULL,
     "is not in the encoding"},
    {"a string that does not end", "msgctxt \"k\"\nmsgid \"a\nmsgstr \"b\"\n", NULL,
     "line 2: a string that does not end"},
    {"a lonely string", "\"a\"\n", NULL, "line 1: a string without"},
    {"no PO at all", "key: value\n", NULL, "line 1: this is neither"},
    {"a zero byte", ENTRY("a", "b\\000c"), NULL, "line 3: `\\0` stands for a zero byte"},
    {"a backslash at the end", "msgctxt \"k\\", NULL, "line 1: a string that"},
    {"an empty file", "", NULL, NULL},
};

static void test_files(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = file_at("other.po", files[i].text, -1);
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) answers = po_read(path, &error);
        const struct strings_answer *a = answers ? answer_to(answers, "k") : NULL;
        if (files[i].mistake)
            ok(!answers && strstr(error->message, files[i].mistake), "PO, %s: %s", files[i].what,
               error ? error->message : "read");
        else
            is_str(a ? a->translation : NULL, files[i].translation, files[i].what);
    }
}

static const struct {
    const char *what, *text, *translation;
    bool readable;
} tables[] = {
    {"other columns, another order", "Translation,note,KEY,of\nb,n,k,0123abcd\n", "b", true},
    {"semicolons", "key;source;translation\nk;a;b\n", "b", true},
    {"a semicolon within, where commas part", "key,source,translation\nk,a,b; c\td\n", "b; c\td", true},
    {"a comma within, where semicolons part", "key;source;translation\nk;a;b, c\n", "b, c", true},
    {"tabs", "key\tsource\ttranslation\nk\ta\tb, c; d\n", "b, c; d", true},
    {"quotes, a comma and a line end within", "key,source,translation\nk,a,\"b, \"\"c\"\"\nd\"\n", "b, \"c\"\nd", true},
    {"an apostrophe that keeps a formula from running", "key,of,translation\nk,0123abcd,'=1\n", "=1", true},
    {"an apostrophe that is one", "key,of,translation\nk,0123abcd,'t was\n", "'t was", true},
    {"escapes, one broken", "key,of,translation\nk,0123abcd,a\\nb\\\\c\\u0041\\u12\n", "a\nb\\cAu12", true},
    {"a row cut short", "key,of,translation\nk\n", "", true},
    {"no names of columns", "k,a,b\n", NULL, false},
    {"no UTF-8", "key,of,translation\nk,1,\xff\n", NULL, false},
    {"nothing", "", NULL, false},
};

static void test_tables(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *path = file_at("other.csv", tables[i].text, -1);
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) answers = strings_csv_read(path, &error);
        const struct strings_answer *a = answers ? answer_to(answers, "k") : NULL;
        ok((answers != NULL) == tables[i].readable && (answers || error), "CSV, %s: %s", tables[i].what,
           error ? error->message : "read");
        is_str(a ? a->translation : NULL, tables[i].translation, "and its translation");
    }
}

static void test_zero_bytes(void)
{
    static const char utf16[] = "k\0e\0y\0";
    g_autofree char *path = file_at("wide", utf16, sizeof utf16 - 1);
    GArray *(*const readers[])(const char *path, GError **error) = {po_read, strings_csv_read};
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        g_autoptr(GError) error = NULL;
        ok(!readers[i](path, &error) && strstr(error->message, "zero byte at place 1"), "UTF-16 is refused as such: %s",
           error ? error->message : "read");
    }
}

/* Files that ask for more than they are: each is read, or refused, without memory or time for what it repeats. */
static void test_endless(void)
{
    enum { MANY = 1000001 };
    g_autoptr(GString) text = g_string_new("msgctxt \"k\"\nmsgid \"\"\n\"");
    for (int i = 0; i < 4 * MANY; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, "\"\n");
    for (int i = 0; i < MANY; i++)
        g_string_append(text, "\"\"\n");
    g_string_append(text, "msgstr \"b\"\n");
    g_autofree char *lines = file_at("lines.po", text->str, -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) answers = po_read(lines, &error);
    const struct strings_answer *a = answers ? answer_to(answers, "k") : NULL;
    is_str(a ? a->translation : NULL, "b", "PO: a text of four million letters goes on over a million lines");

    g_string_assign(text, "key,of,translation");
    for (int i = 0; i < MANY; i++)
        g_string_append_c(text, ',');
    g_string_append(text, "\r\nk,0123abcd,b");
    for (int i = 0; i < MANY; i++)
        g_string_append_c(text, ',');
    g_autofree char *commas = file_at("commas.csv", text->str, -1);
    g_autoptr(GArray) wide = strings_csv_read(commas, &error);
    a = wide ? answer_to(wide, "k") : NULL;
    is_str(a ? a->translation : NULL, "b", "CSV: a million empty columns");

    g_string_assign(text, "key,of,translation\n");
    for (int i = 0; i < MANY; i++)
        g_string_append(text, ",,\n");
    g_string_append(text, "k,0123abcd,b\n");
    g_autofree char *blank = file_at("blank.csv", text->str, -1);
    g_autoptr(GArray) few = strings_csv_read(blank, &error);
    ok(few && few->len == 1, "CSV: a million rows without a key are none");

    g_string_assign(text, "key,of,translation\n");
    for (int i = 0; i < MANY; i++)
        g_string_append(text, "k,0123abcd,b\n");
    g_autofree char *long_table = file_at("rows.csv", text->str, -1);
    ok(!strings_csv_read(long_table, &error) && strstr(error->message, "rows.csv has more than 1000000 translations"),
       "CSV: too many are refused: %s", error ? error->message : "read");
}

/* ---- coming back -------------------------------------------------------------------------------------------------------- */

static void add_answer(GArray *answers, const char *key, const char *translation, const char *source, bool unsure)
{
    struct strings_answer a = {.key = g_strdup(key), .translation = g_strdup(translation), .unsure = unsure};
    fingerprint_text(source, a.of);
    g_array_append_val(answers, a);
}

static void test_merge(void)
{
    struct story *s = open_story(GERMAN);
    struct strings *t = strings_of_story(s, "de");
    g_autoptr(GArray) answers = strings_answers_new();
    struct strings_taken taken;
    add_answer(answers, "node.a.title", "Halle \"\033\u2028\\", "Hall", false);
    add_answer(answers, "option.d.no.text", "Nein", "No", false);
    add_answer(answers, "option.d.yes.text", "Ja", "Yes", true);
    add_answer(answers, "decision.d.prompt", "Kaffee?", "Tea?", true);
    add_answer(answers, "node.a.card", "", "Two", false);
    add_answer(answers, "node.gone.title", "Weg", "Gone", false);
    g_autofree char *merged = strings_merge(t, answers, GERMAN, &taken);
    is_str(merged,
           "# By Nell.\n# All rights reserved.\n\n"
           "title: \"=2+2 \\u001b[2J \\u202e \\\"y\\\" \\\\n\"\n"
           "node.a.title: {text: \"Halle \\\"\\u001b\\u2028\\\\\", of: \"25c7e17d\"}\n"
           "node.a.card: \"Zwei\\nZeilen\\u0009und\"\n"
           "decision.d.prompt: {text: \"Tee?\", of: \"00000001\"}\n"
           "option.d.yes.text: {text: \"Ja\", of: \"00000000\"}\n"
           "option.d.no.text: {text: \"Nein\", of: \"1ea442a1\"}\n"
           "ending.e.title: \"'Ende'; ja, \\\"doch\\\"\"\n",
           "what came, what was there, and the comment at the top");
    ok(taken.taken == 3 && taken.of_these_outdated == 2 && taken.kept == 4 && taken.without == 1 && taken.unknown == 1,
       "they are counted: %d taken, %d of earlier texts, %d kept, %d missing, %d unknown", taken.taken,
       taken.of_these_outdated, taken.kept, taken.without, taken.unknown);
    strings_free(t);
    story_free(s);
    s = open_story(merged);
    t = s ? strings_of_story(s, "de") : NULL;
    is_str(t ? story_text(s, s->nodes[0].title, "de") : NULL, "Halle \"\033\u2028\\",
           "the file loads, and says what came");
    strings_free(t);
    story_free(s);
}

/* A file that is older than new names. */
static void test_renamed(void)
{
    g_autofree char *path = g_build_filename(folder, "renamed.yaml", NULL);
    struct story *s = story_from_text_at(
        path, "frumious: 1\nid: t.renamed\ntitle: T\nversion: \"1\"\nstart: a\nlanguages: [en, de]\nnodes:\n"
              "  a:\n    was: [aa, aaa]\n    title: Hall\n    clip: {card: A, for: 2s}\n    decision:\n      id: d\n   "
              "   was: dd\n"
              "      prompt: Tea?\n      opens: 0s\n      for: 1s\n      default: yes\n"
              "      options: {yes: {text: Yes, was: ja}, no: No}\n    ending: {id: e, was: ee, title: End}\n");
    struct strings *t = s ? strings_of_story(s, "de") : NULL;
    g_autoptr(GArray) answers = strings_answers_new();
    struct strings_taken taken = {0};
    if (!ok(t != NULL, "the story with new names loads"))
        return;
    add_answer(answers, "node.aa.title", "Halle", "Hall", false);
    add_answer(answers, "node.aaa.card", "Neu", "A", false);
    add_answer(answers, "decision.dd.prompt", "Tee?", "Tea?", false);
    add_answer(answers, "option.dd.ja.text", "Ja", "Yes", false);
    add_answer(answers, "option.d.no.text", "Nein", "No", false);
    add_answer(answers, "option.dd.no.text", "Ach", "No", false);
    add_answer(answers, "ending.ee.title", "Ende", "End", false);
    g_autofree char *merged = strings_merge(t, answers, NULL, &taken);
    ok(taken.taken == 6 && taken.unknown == 0 && strstr(merged, "node.a.title: {text: \"Halle\"") &&
           strstr(merged, "option.d.no.text: {text: \"Nein\"") && strstr(merged, "ending.e.title: {text: \"Ende\""),
       "answers under former names are taken, and those under present ones go before: %s", merged);
    strings_free(t);
    story_free(s);
}

static void test_pseudo(void)
{
    static const struct {
        enum pseudo_kind kind;
        const char *text, *want;
    } rows[] = {
        {PSEUDO_LONG, "Tea?", "[Ţéå? öñé]"},
        {PSEUDO_LONG, "{oil} l. {{x}", "[{oil} ļ. {{x} öñé ţŵö]"},
        {PSEUDO_LONG, "", "[]"},
        {PSEUDO_RTL, "Tea {n}, 2 l", "טעא {n}, 2 ל"},
        {PSEUDO_RTL, "Ünï {", "Üנï {"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = pseudo_text(rows[i].text, rows[i].kind);
        is_str(got, rows[i].want, rows[i].text);
    }
    g_autofree char *much = g_strnfill(4000, 'a'), *same = pseudo_text(much, PSEUDO_LONG);
    is_str(same, much, "what would be too long for a story stays");
    struct story *s = open_story(GERMAN);
    struct strings *t = strings_of_story(s, "de");
    pseudo_fill(t, PSEUDO_LONG);
    bool all = true;
    for (int32_t i = 0; i < t->n_entries; i++)
        all &= t->entries[i].translation[0] == '[' && !t->entries[i].outdated;
    ok(all, "every text has one");
    strings_free(t);
    story_free(s);
}

int main(void)
{
    folder = g_dir_make_tmp("frumious-translate-XXXXXX", NULL);
    test_round_trip();
    test_files();
    test_tables();
    test_zero_bytes();
    test_endless();
    test_merge();
    test_renamed();
    test_pseudo();
    return tap_done();
}
