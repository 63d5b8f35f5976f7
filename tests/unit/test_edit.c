/* What an editor is told about a place of a story: what can be typed there, and where names are declared. `|` marks the place. */
#include "tap.h"

#include "edit/completion.h"
#include "edit/renaming.h"
#include "edit/text_edits.h"
#include "story/load.h"

#include <glib/gstdio.h>
#include <string.h>

/* The story around which each case is written; `%s` is where it goes, in its node `here`. */
static const char story[] = "frumious: 1\n"
                            "id: org.example.edit\n"
                            "title: Edit\n"
                            "start: here\n"
                            "languages: [en, de]\n"
                            "state:\n"
                            "  met: {type: bool}\n"
                            "  coat: {type: enum, values: [wet, dry], initial: wet}\n"
                            "  trust: {type: int, min: 0, max: 3}\n"
                            "traits: [bold, tender]\n"
                            "props: {bell: The bell}\n"
                            "acts: {one: One}\n"
                            "cues:\n"
                            "  pips: [{before: 1s, sound: pip.wav}]\n"
                            "media: {reel: reel.mkv}\n"
                            "nodes:\n"
                            "  first-node:\n"
                            "    script: |\n"
                            "      Rain.\n"
                            "\n"
                            "      NELL\n"
                            "      Hello.\n"
                            "    clip: {card: One, for: 2s}\n"
                            "    next: here\n"
                            "  here:\n"
                            "%s"
                            "  last:\n"
                            "    ending: {id: fin, title: The end}\n"
                            "routes:\n"
                            "  way: [{goto: last}]\n";

#define DECISION "    decision:\n      id: door\n      prompt: Open it?\n      opens: 1s\n      for: 3s\n"

static const struct {
    const char *node, *offers; /* what must be among the labels, in this order; after `!` what must not */
} completions[] = {
    {"    next: |\n", "first-node here last way back( again( ! fin door met"},
    {DECISION "      options: {yes: Yes}\n    next: again(|\n", "door ! last"},
    {DECISION "      options: {yes: Yes}\n    next: [{when: asked(|), goto: last}]\n", "door ! last"},
    {"    next: fir|st\n", "first-node here last"},
    {"    |\n    next: last\n", "clip decision ending script ! next nodes"},
    {"    cl|\n", "clip"},
    {DECISION "      |\n      options: {a: A}\n", "layout default focus timeout ! id prompt options opens"},
    {DECISION "      layout: |\n      options: {a: A}\n", "row column corners code"},
    {DECISION "      default: |\n      options: {yes: Yes, no: No}\n", "yes no ! here met"},
    {DECISION "      focus: |\n      options: {yes: Yes, no: No}\n", "yes no default random"},
    {DECISION "      cues: |\n      options: {yes: Yes}\n", "pips"},
    {DECISION "      checkpoint: |\n", "true false"},
    {DECISION "      options:\n        yes: {text: Yes, goto: |}\n", "first-node here last way"},
    {DECISION "      options:\n        yes: {text: Yes, |}\n", "goto when do ! text id"},
    {DECISION "      options:\n        yes: {text: Yes, traits: {|}}\n", "bold tender"},
    {DECISION "      options:\n        yes: {text: Yes, props: [|]}\n", "bell"},
    {DECISION "      options:\n        yes: {text: Yes, when: |}\n",
     "met coat trust seen( count( picked( not true ! toggle wet here"},
    {DECISION "      options:\n        yes: {text: Yes, when: met and |}\n", "met coat trust"},
    {DECISION "      options:\n        yes: {text: Yes, when: coat == |}\n", "wet dry ! met"},
    {DECISION "      options:\n        yes: {text: Yes, when: not seen(|}\n", "first-node here last ! met"},
    {DECISION "      options:\n        yes: {text: Yes, when: \"picked(|\n", "door ! met"},
    {DECISION "      options:\n        yes: Yes\n    next:\n      - when: picked(door, |)\n", "yes ! met door"},
    {DECISION "      options:\n        yes: {text: Yes, do: |}\n", "met coat trust toggle ! seen("},
    {DECISION "      options:\n        yes: {text: Yes, do: coat = |}\n", "wet dry ! met"},
    {DECISION "      options:\n        yes: {text: Yes, do: trust += |}\n", "trust min( max( ! toggle"},
    {"    clip: {media: |}\n", "reel"},
    {"    act: |\n", "one"},
    {"    clip: {file: |}\n", "a.mkv b.png ! notes.txt sub.vtt"},
    {"    clip: {file: a.mkv, subtitles: {en: |}}\n", "sub.vtt a.mkv ! b.png"},
    {"    clip: {file: a.mkv, subtitles: {|}}\n", "en de"},
    {"    inscriptions: [{text: \"{|\", place: [1, 2, 3, 4]}]\n", "met coat trust chosen( watched()"},
    {"    inscriptions: [{text: \"{chosen(|\", place: [1, 2, 3, 4]}]\n", "! met"},
    {"    next:\n      - |\n", "goto random when"},
    {"    next:\n      - when: met\n        |\n", "goto random ! when"},
    {"    next:\n    - when: met\n      goto: |\n", "last ! goto"},
    {"    script: |\n      |\n", "NELL ! clip"}, /* the last bar is the place */
    {"    script: >\n      Rain.\n\n      |\n", "NELL ! clip"},
    {"    # |\n", "! clip"},
    /* broken elsewhere */
    {"    title: \"no end\n    next: |\n", "first-node last"},
    {"    clip: {file: a.mkv, for: \n" DECISION "      default: |\n      options: {yes: Yes}\n", "! nodes"},
    {"    next: [{goto: last\n    act: |\n", "one"},
    {"    other: : :\n    title: *no\n    next: |\n", "first-node last"},
};

static const struct {
    const char *node, *declared; /* "LINE:COL NAME", or "" */
} declarations[] = {
    {"    next: la|st\n", "27:3 last"},
    {"    next: |last\n", "27:3 last"},
    {"    next: last|\n", "27:3 last"},
    {"    next: w|ay\n", "30:3 way"},
    {"    next: \"la|st\"\n", "27:3 last"},
    {"    ne|xt: last\n", ""},
    {"    enter: tr|ust += 1\n    next: last\n", "9:3 trust"},
    {"    enter: coat = d|ry\n    next: last\n", "8:36 dry"},
    {"    enter: [\"toggle m|et\"]\n", "7:3 met"},
    {"    next: [{when: \"coat == wet and m|et\", goto: last}]\n", "7:3 met"},
    {"    next: [{when: coat == w|et, goto: last}]\n", "8:31 wet"},
    {"    next: [{when: \"w|et != coat\", goto: last}]\n", "8:31 wet"},
    {"    next: [{when: seen(first-n|ode), goto: last}]\n", "17:3 first-node"},
    {"    next: [{when: >\n      met and\n      tr|ust > 1, goto: last}]\n", ""}, /* no YAML */
    {"    next:\n      - when: >\n          met and\n          tr|ust > 1\n        goto: last\n", "9:3 trust"},
    {"    next:\n      - when: met and\n          tr|ust > 1\n        goto: last\n", "9:3 trust"},
    {"    clip: {media: re|el}\n", "15:9 reel"},
    {"    act: o|ne\n", "12:8 one"},
    {DECISION "      options: {yes: Yes}\n      default: y|es\n", "31:17 yes"},
    {DECISION "      options: {yes: Yes}\n    next: [{when: \"picked(door, y|es)\", goto: last}]\n", "31:17 yes"},
    {DECISION "      options: {yes: Yes}\n    next: back(do|or)\n", "27:11 door"},
    {DECISION "      options: {yes: Yes}\n    next: again(do|or)\n", "27:11 door"},
    {DECISION "      options: {yes: Yes}\n    next: [{when: asked(do|or), goto: last}]\n", "27:11 door"},
    {"    inscriptions: {text: \"\xF0\x9F\x98\x80 {tr|ust}\", place: [1, 2, 3, 4]}\n", "9:3 trust"},
};

struct case_text {
    char *text;
    gsize len, at;
};

/* The story with the case in it, and without the bar. */
static struct case_text text_of(const char *node)
{
    struct case_text t;
    const char *bar = strrchr(node, '|');
    g_autoptr(GString) clean = g_string_new(node);
    g_string_erase(clean, bar - node, 1);
    t.text = g_strdup_printf(story, clean->str);
    t.len = strlen(t.text);
    t.at = (gsize)(strstr(t.text, clean->str) - t.text) + (gsize)(bar - node);
    return t;
}

struct buffer {
    const char *path, *text;
};

static const char *find_buffer(void *user, const char *path, size_t *len)
{
    const struct buffer *b = user;
    *len = strlen(b->text);
    return strcmp(path, b->path) == 0 ? b->text : NULL;
}

static struct names *names_of_text(struct guides *g, const char *text)
{
    struct buffer b = {"/nowhere/story.yaml", text};
    return names_read(g, b.path, &(struct source_buffers){find_buffer, &b});
}

static bool has(const struct completions *c, const char *label)
{
    for (guint i = 0; i < c->items->len; i++)
        if (strcmp(((struct completion *)c->items->pdata[i])->label, label) == 0)
            return true;
    return false;
}

static const GPtrArray *list_files(void *list)
{
    return list;
}

static void test_completions(struct guides *g)
{
    static const char *const files[] = {"a.mkv", "b.png", "notes.txt", "sub.vtt"};
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        g_ptr_array_add(list, (gpointer)files[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(completions); i++) {
        struct case_text t = text_of(completions[i].node);
        struct names *n = names_of_text(g, t.text);
        struct completions *c =
            completions_at(&(struct completion_source){g, n, "/nowhere/story.yaml", true, NULL, list_files, list},
                           t.text, t.len, t.at);
        g_auto(GStrv) words = g_strsplit(completions[i].offers, " ", -1);
        g_autofree char *name = g_strescape(completions[i].node, "\xF0\x9F\x98\x80");
        g_autoptr(GString) wrong = g_string_new(NULL);
        bool wanted = true;
        for (char **w = words; *w; w++)
            if (strcmp(*w, "!") == 0)
                wanted = false;
            else if (**w && has(c, *w) != wanted)
                g_string_append_printf(wrong, " %s%s", wanted ? "" : "not ", *w);
        ok(wrong->len == 0, "offered at %s", name);
        if (wrong->len)
            printf("#   should:%s\n", wrong->str);
        completions_free(c);
        names_free(n);
        g_free(t.text);
    }
}

static void test_declarations(struct guides *g)
{
    for (size_t i = 0; i < G_N_ELEMENTS(declarations); i++) {
        struct case_text t = text_of(declarations[i].node);
        struct names *n = names_of_text(g, t.text);
        struct source_text *src = ((struct names_file *)n->files->pdata[0])->src;
        uint32_t line, col;
        source_text_locate(src, t.at, &line, &col);
        const struct name_use *u = names_at(n, 0, line, col);
        const struct name_use *d = u ? names_declaration(n, u->kind, u->owner, u->name) : NULL;
        g_autofree char *is = d ? g_strdup_printf("%u:%u %s", d->line, d->col, d->name) : g_strdup("");
        g_autofree char *name = g_strescape(declarations[i].node, "\xF0\x9F\x98\x80");
        is_str(is, declarations[i].declared, name);
        names_free(n);
        g_free(t.text);
    }
}

/* ---- renaming ---------------------------------------------------------------------------------------------------- */

static bool finds_both(const struct story *s, const struct name_use *u, const char *new_name)
{
    const int32_t d = u->kind == NAME_OPTION && u->owner ? story_find_decision(s, u->owner) : -1;
    const int32_t var = u->kind == NAME_VALUE && u->owner ? story_find_var(s, u->owner) : -1;
    const struct story_var *v = var >= 0 ? &s->vars[var] : NULL;
    if (!u->body.renamed || u->body.form == BODY_NONE)
        return true;
    switch (u->kind) {
    case NAME_NODE:
        return story_find_node(s, u->name) >= 0 && story_find_node(s, u->name) == story_find_node(s, new_name);
    case NAME_DECISION:
        return story_find_decision(s, u->name) >= 0 &&
               story_find_decision(s, u->name) == story_find_decision(s, new_name);
    case NAME_VARIABLE:
        return story_find_var(s, u->name) >= 0 && story_find_var(s, u->name) == story_find_var(s, new_name);
    case NAME_OPTION:
        return d >= 0 && story_find_option(s, d, u->name) >= 0 &&
               story_find_option(s, d, u->name) == story_find_option(s, d, new_name);
    case NAME_VALUE:
        return v && v->type == STORY_ENUM && story_find_value(s, v, u->name) >= 0 &&
               story_find_value(s, v, u->name) == story_find_value(s, v, new_name);
    default:
        return true;
    }
}

static const char *find_edited(void *user, const char *path, size_t *len)
{
    const char *text = g_hash_table_lookup(user, path);
    *len = text ? strlen(text) : 0;
    return text;
}

/* Renames one thing in all files of a story. NULL: all is well; else what is wrong, to be freed. */
static char *rename_one(const struct names *n, const struct name_use *u)
{
    static const char new_name[] = "Z9_new";
    char *why = NULL;
    g_autoptr(GPtrArray) edits = renaming_edits(n, u, new_name, &why);
    if (!edits)
        return why;
    g_autoptr(GHashTable) after = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < n->files->len; i++)
        g_hash_table_insert(after, ((struct names_file *)n->files->pdata[i])->path,
                            text_edits_applied(edits, ((struct names_file *)n->files->pdata[i])->path,
                                               ((struct names_file *)n->files->pdata[i])->src->bytes));
    struct diags *diags = diags_new();
    struct story *s = story_load_from(((struct names_file *)n->files->pdata[0])->path,
                                      &(struct source_buffers){find_edited, after}, diags);
    g_autoptr(GString) said = g_string_new(NULL);
    diags_print(diags, said, false);
    const bool untranslated = strstr(said->str, "W70") != NULL;
    char *wrong = !s || untranslated            ? g_strdup(said->str)
                  : !finds_both(s, u, new_name) ? g_strdup("the earlier name does not lead to it")
                                                : NULL;
    story_free(s);
    diags_free(diags);
    return wrong;
}

/* All names of a story. */
static void rename_all(struct guides *g, const char *file, guint *renamed, guint *wrong)
{
    g_autofree char *path = g_canonicalize_filename(file, NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return;
    struct names *n = names_read(g, path, NULL);
    const char *text = ((struct names_file *)n->files->pdata[0])->src->text;
    for (guint i = 0; i < n->uses->len; i++) {
        const struct name_use *u = names_use(n, i);
        /* values of two enums that are compared must stay the same */
        if (!u->declares || !renaming_possible(u) || (u->kind == NAME_VALUE && strstr(text, "c == d")))
            continue;
        g_autofree char *why = rename_one(n, u);
        ++*renamed;
        if (why) {
            ++*wrong;
            printf("# %s:%u: %s %s: %s\n", file, u->line, name_kind_word(u->kind), u->name, why);
        }
    }
    names_free(n);
}

/* Everything that has a name, in every good story of the tests and in our film, can get another one, and is found by both. */
static void test_renaming(struct guides *g)
{
    g_autoptr(GDir) dir = g_dir_open("tests/stories/valid", 0, NULL);
    guint renamed = 0, wrong = 0;
    rename_all(g, "stories/at-the-third-stroke/story.yaml", &renamed, &wrong);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *file = g_build_filename("tests/stories/valid", name, NULL),
                        *within = g_build_filename(file, "story.yaml", NULL);
        rename_all(g, g_str_has_suffix(name, ".yaml") ? file : within, &renamed, &wrong);
    }
    ok(renamed > 300 && wrong == 0,
       "%u names of good stories can be changed, and saved plays still find them (%u wrong)", renamed, wrong);
}

int main(void)
{
    struct guides *g = guides_new();
    test_renaming(g);
    test_completions(g);
    test_declarations(g);
    guides_free(g);
    return tap_done();
}
