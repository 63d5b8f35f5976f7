/* Correct stories: what the model holds, what hashes depend on, languages, and that loading leaves nothing behind. */
#include "story/load.h"
#include "tests/story_text.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <glib/gstdio.h>

static char *folder;

static void write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *dir = g_path_get_dirname(path);
    g_mkdir_with_parents(dir, 0700);
    g_unlink(path); /* this write neither waits for the disk nor truncates */
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

/* Loads `text` as story.yaml. */
static struct story *load(const char *text)
{
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    write_file("story.yaml", text);
    return story_from_file(path);
}

static const char full[] =
    "frumious: 1\n"
    "id: org.example.full\n"
    "title: Full\n"
    "version: 1.10\n"
    "start: a\n"
    "languages: [en, de, pt-BR]\n"
    "media: {film: film.mkv}\n"
    "traits: [tender, bold]\n"
    "props: {tea: Darjeeling}\n"
    "acts: {one: The call, two: Out}\n"
    "state:\n"
    "  n: {type: int, min: -2, max: 7, keep: viewer}\n"
    "  m: {type: int, min: 3, max: 9}\n"
    "  e: {type: enum, values: [no, yes, on], initial: on, rewind: keep}\n"
    "  f: bool\n"
    "nodes:\n"
    "  a:\n"
    "    title: Anfang ä\n"
    "    clip:\n"
    "      media: film\n"
    "      from: \"01:00.5\"\n"
    "      to: \"01:01:02.000001\"\n"
    "      sound: [{file: a.ogg, language: en}, {file: b.ogg, when: f}]\n"
    "      subtitles: {de: a.vtt}\n"
    "    enter: [n -= 2, {do: [toggle f, e = yes], when: n < 3}]\n"
    "    at: [{time: 20s, do: n += 1}, {time: 500ms, do: m = 4}, {time: 5s, do: f = seen(b)}]\n"
    "    decisions:\n"
    "      - {id: late, opens: 20s, closes: 0.5m, default: x, cut: now, focus: random, checkpoint: false,\n"
    "         layout: corners, options: {x: X, y: {image: y.png, key: Y}}}\n"
    "      - id: early\n"
    "        prompt: Tea?\n"
    "        opens: 5s\n"
    "        for: 15s\n"
    "        sound: ding.ogg\n"
    "        bed: rain.opus\n"
    "        early: 2.5s\n"
    "        lift: 240\n"
    "        focus: no\n"
    "        timeout: {do: f = true, as: yes}\n"
    "        options:\n"
    "          yes:\n"
    "            text: Yes\n"
    "            sub: please\n"
    "            locked: Not yet\n"
    "            when: m > 3 and picked(early, no)\n"
    "            labels: [{when: f, text: Yes!}]\n"
    "            do: n = max(n, 2) * -3\n"
    "            goto: [{when: f, random: [{weight: 3, goto: b}, {goto: c}]}, {goto: r}]\n"
    "            after: e = no\n"
    "            traits: {bold: 2, tender: -1}\n"
    "            props: tea\n"
    "          no: {text: No, goto: back(code)}\n"
    "    next: b\n"
    "  b: {act: two, enter: f = false, props: [tea], next: code}\n"
    "  code:\n"
    "    clip: {card: Code, for: 9s}\n"
    "    decision: {id: code, layout: code, opens: 0s, for: 9s, default: bad, options: {\n"
    "      good: {code: 0471}, bad: {wrong: true, text: Wrong}}}\n"
    "    next: r\n"
    "  c: {clip: {image: c.png, for: 1.5s}, ending: {id: end, title: The End}}\n"
    "routes:\n"
    "  r: [{when: count(b) > 2 or e == on, goto: c}, {goto: b}]\n"
    "check: {assert: not (f and n > 6), goal: [end, b]}\n";

static char *events_of(const struct story *s, int32_t node)
{
    static const char *const kinds[] = {"at", "close", "open"};
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; i < s->nodes[node].events.n; i++) {
        const struct story_event *e = &s->events[s->nodes[node].events.first + i];
        g_string_append_printf(out, "%s%s@%d", i ? " " : "", kinds[e->kind], (int)(e->at_us / US_PER_MS));
    }
    return g_string_free(out, FALSE);
}

static char *code_of(const struct story *s, int32_t expr)
{
    static const char *const ops[] = {"",   "",  "not", "neg", "and", "or", "==",  "!=", "<",
                                      "<=", ">", ">=",  "+",   "-",   "*",  "min", "max"};
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; expr >= 0 && i < s->exprs[expr].code.n; i++) {
        const struct story_code c = s->code[s->exprs[expr].code.first + i];
        g_string_append(out, i ? " " : "");
        if (c.op == OP_CONST)
            g_string_append_printf(out, "%d", c.arg);
        else if (c.op == OP_LOAD && c.arg < s->n_vars)
            g_string_append(out, s->vars[c.arg].name);
        else if (c.op == OP_LOAD)
            g_string_append_printf(out, "memory%d", (int)s->memories[c.arg - s->n_vars].kind);
        else
            g_string_append(out, ops[c.op]);
    }
    return g_string_free(out, FALSE);
}

static void is_code(const struct story *s, int32_t expr, const char *want, const char *what)
{
    g_autofree char *got = code_of(s, expr);
    is_str(got, want, what);
}

static void test_state(const struct story *s)
{
    static const struct {
        const char *name;
        int32_t min, max, initial;
        bool viewer, rewind;
    } want[] = {{"n", -2, 7, 0, true, false},
                {"m", 3, 9, 3, false, false},
                {"e", 0, 2, 2, false, true},
                {"f", 0, 1, 0, false, false}};
    is_int(s->n_vars, 4, "variables");
    for (int32_t i = 0; i < s->n_vars; i++) {
        const struct story_var *v = &s->vars[i];
        ok(strcmp(v->name, want[i].name) == 0 && v->min == want[i].min && v->max == want[i].max &&
               v->initial == want[i].initial && v->keep_viewer == want[i].viewer && v->keep_rewind == want[i].rewind,
           "variable %s: %d..%d, begins at %d", v->name, v->min, v->max, v->initial);
        is_int(story_find_var(s, v->name), i, "is found");
    }
    is_int(s->n_memories, 3, "seen(b), picked(early, no), count(b), each once");
}

static void test_clip(const struct story *s)
{
    const struct story_node *a = &s->nodes[story_find_node(s, "a")];
    is_int(a->clip.kind, STORY_FILM, "film");
    is_str(a->clip.path, "film.mkv", "by the name of its medium");
    is_int(a->clip.from_us, 60500000, "from");
    is_int(a->clip.to_us, INT64_C(3662000001), "to");
    is_int(a->clip.for_us, US_NONE, "no planned length");
    is_int(a->clip.sounds.n, 2, "sounds");
    is_str(s->tracks[a->clip.sounds.first].language, "en", "a language");
    is_str(s->tracks[a->clip.sounds.first + 1].language, "", "any language");
    is_code(s, s->tracks[a->clip.sounds.first + 1].when, "f", "under a condition");
    is_str(s->tracks[a->clip.subtitles.first].path, "a.vtt", "subtitles by language");
    is_int(s->nodes[story_find_node(s, "b")].clip.kind, STORY_SILENT, "silent");
    is_int(s->nodes[story_find_node(s, "c")].clip.for_us, 1500000, "a picture's time");
    is_int(s->nodes[story_find_node(s, "code")].clip.kind, STORY_CARD, "a card");
}

static void test_effects(const struct story *s)
{
    const struct story_node *a = &s->nodes[0];
    const struct story_effect *e = &s->effects[a->enter.first];
    is_int(a->enter.n, 3, "enter effects");
    ok(e[0].op == STORY_ADD && e[0].when == -1, "-= adds");
    is_code(s, e[0].value, "-2", "the negated value");
    ok(e[1].op == STORY_TOGGLE && e[1].value == -1, "toggle");
    ok(e[1].when >= 0 && e[1].when == e[2].when, "one condition for both");
    is_code(s, e[2].value, "1", "an enum's value");
    g_autofree char *events = events_of(s, 0);
    is_str(events, "at@500 at@5000 open@5000 at@20000 close@20000 open@20000 close@30000", "the timetable");
}

static bool leads_somewhere(const struct story *s, const struct story_decision *d)
{
    bool leads = d->timeout.to.kind != STORY_NOWHERE;
    for (int32_t i = 0; i < d->options.n; i++)
        leads |= s->options[d->options.first + i].to.kind != STORY_NOWHERE;
    return leads;
}

static void test_decisions(const struct story *s)
{
    const int32_t early = story_find_decision(s, "early"), late = story_find_decision(s, "late");
    const struct story_decision *d = &s->decisions[early];
    ok(early == s->nodes[0].decisions.first && late == early + 1, "decisions stand by time");
    ok(leads_somewhere(s, d) && !leads_somewhere(s, &s->decisions[late]), "one of them leads somewhere");
    ok(d->timeout.given && d->timeout.as == 0 && d->timeout.run.n == 1 && d->timeout.to.kind == STORY_NOWHERE,
       "the timeout");
    ok(d->fallback == -1 && d->focus == STORY_FOCUS_OPTION && d->focus_option == 1, "default and focus");
    ok(d->checkpoint && !s->decisions[late].checkpoint, "checkpoints");
    ok(s->decisions[late].layout == STORY_CORNERS && s->decisions[late].cut == STORY_CUT_NOW, "layout and cut");
    is_int(s->decisions[late].focus, STORY_FOCUS_RANDOM, "random focus");
    is_str(d->sound, "ding.ogg", "a cue");
    is_str(d->bed, "rain.opus", "a bed");
    ok(d->shown_us == 2500 * US_PER_MS && d->lift == 240, "it is seen before it opens, and lifts subtitles");
    const struct story_option *yes = &s->options[d->options.first];
    is_int(yes->decision, early, "options know their decision");
    is_int(s->options[s->decisions[late].options.first].decision, late, "also after sorting");
    is_str(story_text(s, yes->sub, NULL), "please", "sub");
    is_str(story_text(s, yes->locked, NULL), "Not yet", "locked");
    is_str(story_text_key(s, s->labels[yes->labels.first].text), "option.early.yes.label1.text", "key of a label");
    is_code(s, yes->when, "m 3 > memory2 and", "a condition");
    is_code(s, s->effects[yes->run.first].value, "n 2 max -3 *", "an effect's value");
    is_int(yes->after.n, 1, "after");
    is_int(yes->traits.n, 2, "traits");
    is_str(s->traits[s->option_traits[yes->traits.first].trait], "bold", "a trait");
    is_str(s->prop_titles[s->option_props[yes->props.first]], "Darjeeling", "a prop");
    const struct story_node *shows = &s->nodes[story_find_node(s, "b")];
    ok(shows->props.n == 1 && s->node_props[shows->props.first] == s->option_props[yes->props.first], "seen again");
    const struct story_option *y = &s->options[s->decisions[late].options.first + 1];
    ok(strcmp(y->image, "y.png") == 0 && strcmp(y->key, "Y") == 0 && strcmp(story_text(s, y->text, NULL), "y") == 0,
       "a picture's text is its name");
    const int32_t code = story_find_decision(s, "code");
    is_str(s->options[s->decisions[code].options.first].code, "0471", "a code keeps its zero");
    ok(!s->options[s->decisions[code].options.first + 1].code && s->decisions[code].fallback == 1, "the wrong code");
    ok(s->decisions[code].back_target && !d->back_target, "back(code)");
}

static void test_routes(const struct story *s)
{
    const struct story_option *yes = &s->options[s->decisions[story_find_decision(s, "early")].options.first];
    is_int(yes->to.kind, STORY_TO_ROUTE, "a route in place");
    const struct story_route *r = &s->routes[yes->to.index];
    is_int(r->parts.n, 2, "its parts");
    const struct story_part *p = &s->parts[r->parts.first];
    ok(p[0].to.kind == STORY_TO_ROUTE && p[0].when >= 0 && !r->random, "a condition on a random route");
    const struct story_route *random = &s->routes[p[0].to.index];
    ok(random->random && !random->name && s->parts[random->parts.first].weight == 3 &&
           s->parts[random->parts.first + 1].weight == 1,
       "weights");
    is_str(s->routes[p[1].to.index].name, "r", "a named route");
    is_int(yes[1].to.kind, STORY_TO_BACK, "back");
    is_code(s, s->parts[s->routes[p[1].to.index].parts.first].when, "memory1 2 > e 2 == or", "its condition");
    is_int(s->n_goals, 2, "goals");
    is_int(s->goals[0].node, story_find_node(s, "c"), "an ending's node");
    is_int(s->n_asserts, 1, "assert");
    is_int(story_find_node(s, "r"), -1, "a route is no node");
}

static void test_model(void)
{
    write_file("strings/de.yaml", "title: Voll\noption.early.yes.text: Ja\nact.one.title: Der Anruf\n");
    struct story *s = load(full);
    if (!ok(s != NULL, "the full story loads"))
        return;
    is_str(s->id, "org.example.full", "id");
    is_str(s->version, "1.10", "version, as written");
    test_state(s);
    test_clip(s);
    test_effects(s);
    test_decisions(s);
    test_routes(s);
    is_str(story_text(s, s->title, "de"), "Voll", "a translation");
    is_str(story_text(s, s->title, "de-AT"), "Voll", "any German");
    is_str(story_text(s, s->title, "pt-BR"), "Full", "falls back");
    is_str(story_text(s, s->title, "fr"), "Full", "unknown language");
    is_str(story_text(s, -1, NULL), NULL, "no text");
    is_str(story_act_title(s, 0, "de"), "Der Anruf", "an act's title, translated");
    is_str(story_act_title(s, s->nodes[story_find_node(s, "b")].act, "de"), "Out", "and one that is not");
    is_str(story_act_title(s, -1, "de"), NULL, "no act");
    is_str(story_text_key(s, s->title), "title", "a key");
    story_free(s);
    g_autofree char *strings = g_build_filename(folder, "strings", "de.yaml", NULL);
    g_unlink(strings);
}

/* ---- hashes --------------------------------------------------------------------------------------------------- */

enum { HASH_OPTION = 1, HASH_DECISION = 2, HASH_NODE = 4, HASH_STORY = 8, HASH_ALL = 15 };

/* Which hashes each change of the story changes: of option `yes`, decision `early`, node `a`, and the story. */
static const struct {
    const char *what, *from, *to;
    int changed;
} edits[] = {
    {"a comment", "start: a\n", "start: a # here\n", 0},
    {"the order of keys", "opens: 5s\n        for: 15s\n", "for: 15s\n        opens: 5s\n", 0},
    {"the order of top-level keys", "id: org.example.full\ntitle: Full\n", "title: Full\nid: org.example.full\n", 0},
    {"quotes", "text: Yes\n", "text: 'Yes'\n", 0},
    {"another way to write a time", "for: 15s", "closes: 20000ms", 0},
    {"blanks in an expression", "m > 3 and picked", "m>3 and picked", 0},
    {"the name of a route", "goto: r}]\n            after", "goto: r }]\n            after", 0},
    {"a note", "prompt: Tea?\n", "prompt: Tea?\n        note: hm\n", 0},
    {"the order of traits", "{bold: 2, tender: -1}", "{tender: -1, bold: 2}", 0},
    {"an option's text", "text: Yes\n", "text: Yes.\n", HASH_ALL},
    {"a label", "text: Yes!}", "text: Yes?}", HASH_ALL},
    {"a condition", "m > 3 and", "m > 4 and", HASH_ALL},
    {"an effect", "max(n, 2)", "max(n, 3)", HASH_ALL},
    {"a weight", "weight: 3", "weight: 4", HASH_ALL},
    {"a named route's condition", "count(b) > 2", "count(b) > 3", HASH_ALL},
    {"a trait's score", "bold: 2", "bold: 3", HASH_ALL},
    {"another option", "{text: No, goto", "{text: Nay, goto", HASH_DECISION | HASH_NODE | HASH_STORY},
    {"the window", "for: 15s", "for: 14s", HASH_DECISION | HASH_NODE | HASH_STORY},
    {"the other decision", "cut: now", "cut: end", HASH_NODE | HASH_STORY},
    {"a clip's range", "01:00.5", "01:00.6", HASH_NODE | HASH_STORY},
    {"a timed effect", "m = 4", "m = 5", HASH_NODE | HASH_STORY},
    {"another node", "for: 1.5s", "for: 1.6s", HASH_STORY},
    {"a variable's range", "max: 9}", "max: 8}", HASH_STORY},
    {"the title", "title: Full", "title: Fuller", HASH_STORY},
};

static void take_hashes(const struct story *s, uint64_t *h)
{
    const int32_t d = story_find_decision(s, "early");
    h[0] = s->options[s->decisions[d].options.first].hash;
    h[1] = s->decisions[d].hash;
    h[2] = s->nodes[0].hash;
    h[3] = s->hash;
}

static void test_hashes(void)
{
    uint64_t before[4], after[4];
    struct story *s = load(full);
    take_hashes(s, before);
    story_free(s);
    for (size_t i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autoptr(GString) text = g_string_new(full);
        int changed = 0;
        if (!ok(g_string_replace(text, edits[i].from, edits[i].to, 1) == 1, "edit: %s", edits[i].what) ||
            !ok((s = load(text->str)) != NULL, "still loads"))
            continue;
        take_hashes(s, after);
        story_free(s);
        for (int j = 0; j < 4; j++)
            changed |= (before[j] != after[j]) << j;
        is_int(changed, edits[i].changed, edits[i].what);
    }
}

/* ---- times ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    int64_t us; /* -1: refused */
} times[] = {
    {"8s", 8000000},
    {"0.000001s", 1},
    {"0.0000001s", -1},
    {"1.5s", 1500000},
    {"500ms", 500000},
    {"0.5ms", 500},
    {"2m", 120000000},
    {"0.5m", 30000000},
    {"8", -1},
    {"8.5", -1},
    {"-1s", -1},
    {"1 s", -1},
    {"1h", -1},
    {"s", -1},
    {".5s", -1},
    {"1.s", -1},
    {"1e3s", -1},
    {"\"01:31.400\"", 91400000},
    {"\"00:01:31.4\"", 91400000},
    {"01:31", 91000000},
    {"1:31", -1},
    {"\"01:60\"", -1},
    {"\"00:60:00\"", -1},
    {"\"99:59\"", INT64_C(5999000000)},
    {"\"24:00:00\"", INT64_C(86400000000)},
    {"\"24:00:00.000001\"", -1},
    {"\"00:00:00:01\"", -1},
    {"\"01:5\"", -1},
    {"86400s", INT64_C(86400000000)},
    {"86401s", -1},
    {"99999999999999999999s", -1},
    {"\"01:31.4000000\"", -1},
};

static void test_times(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *text = g_strdup_printf("frumious: 1\nid: t\ntitle: T\nstart: a\nnodes:\n"
                                                "  a: {clip: {file: a.mkv, for: %s}, ending: {id: e, title: E}}\n",
                                                times[i].text);
        g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
        struct diags *d = diags_new();
        write_file("story.yaml", text);
        struct story *s = story_load(path, d);
        is_int(s ? s->nodes[0].clip.for_us : -1, times[i].us, times[i].text);
        story_free(s);
        diags_free(d);
    }
}

/* Different bytes that are the same story: byte order mark, line ends, JSON. */
static void test_spellings(void)
{
    struct story *s = load(full);
    const uint64_t want = s->hash;
    story_free(s);
    g_autofree char *bom = g_strconcat("\xEF\xBB\xBF", full, NULL);
    g_auto(GStrv) lines = g_strsplit(full, "\n", -1);
    g_autofree char *crlf = g_strjoinv("\r\n", lines), *cr = g_strjoinv("\r", lines);
    const char *const texts[] = {bom, crlf, cr};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        s = load(texts[i]);
        ok(s && s->hash == want, "spelling %zu is the same story", i);
        story_free(s);
    }
}

#define SHARED_HEAD                                                                                                    \
    "frumious: 1\nid: t\ntitle: T\nstart: a\nmedia: {film: film.mkv}\n"                                                \
    "state: {late: {type: int, min: 0, max: 3}, asked: {type: int, min: 0, max: 9}}\n"

/* The same story, with everything written out and with what it says once. */
static const char *const shared[][2] = {
    {"nodes:\n"
     "  a:\n"
     "    clip: {media: film, from: 0s, to: 9s, for: 9s, subtitles: film.mkv}\n"
     "    decision: {id: d, opens: 1s, for: 4s, cues: [{before: 1s, sound: p.opus}], default: x, cut: now,\n"
     "               checkpoint: false, layout: column, lift: 9, focus: random, sound: s.opus, bed: b.opus, early: "
     "1s,\n"
     "               timeout: {do: late += 1, as: x},\n"
     "               options: {x: {text: X, goto: b, do: asked += 1, after: late = 0, traits: {bold: 1}, props: tea},\n"
     "                         y: {text: Y, goto: a, do: asked = 0, after: late = 0, traits: {bold: 1}, props: tea}}}\n"
     "  b: {clip: {card: B, for: 9s}, ending: {id: e, title: E}}\n",
     "cues: {tick: [{before: 1s, sound: p.opus}]}\n"
     "defaults:\n"
     "  clips: {media: film, for: 9s, subtitles: film.mkv}\n"
     "  decisions: {opens: 1s, for: 4s, cues: tick, cut: now, checkpoint: false, layout: column, focus: random,\n"
     "              sound: s.opus, bed: b.opus, lift: 9, early: 2s, timeout: {do: late += 1, as: default}}\n"
     "  options: {goto: b, do: asked += 1, after: late = 0, traits: {bold: 1}, props: tea}\n"
     "nodes:\n"
     "  a:\n"
     "    clip: {from: 0s, to: 9s}\n"
     "    decision: {id: d, default: x, options: {x: X, y: {text: Y, goto: a, do: asked = 0}}}\n"
     "  b: {clip: {card: B}, ending: {id: e, title: E}}\n"},
    {"nodes:\n"
     "  a:\n"
     "    clip: {file: a.mkv, for: 9s, subtitles: film.mkv}\n"
     "    decision: {id: d, opens: 1s, closes: 8s, default: x, timeout: {goto: b}, options: {x: X, default: Y}}\n"
     "    next: b\n"
     "  b: {clip: {file: b.mkv, for: 9s, subtitles: film.mkv}, ending: {id: e, title: E}}\n",
     "defaults:\n"
     "  clips: {media: film, for: 9s, subtitles: film.mkv}\n"
     "  decisions: {opens: 1s, for: 4s, timeout: {do: late += 1, as: default}}\n"
     "nodes:\n"
     "  a:\n"
     "    clip: a.mkv\n"
     "    decision: {id: d, closes: 8s, default: x, timeout: {goto: b}, options: {x: X, default: Y}}\n"
     "    next: b\n"
     "  b: {clip: {file: b.mkv}, ending: {id: e, title: E}}\n"},
    {"nodes:\n" /* an option with the name `default` is meant before the default is */
     "  a: {clip: {card: A, for: 9s}, ending: {id: e, title: E},\n"
     "      decision: {id: d, opens: 1s, for: 4s, default: x, timeout: {as: default}, options: {x: X, default: Y}}}\n",
     "defaults: {decisions: {timeout: {as: default}}}\n"
     "nodes:\n"
     "  a: {clip: {card: A, for: 9s}, ending: {id: e, title: E},\n"
     "      decision: {id: d, opens: 1s, for: 4s, default: x, options: {x: X, default: Y}}}\n"},
};

static void test_shared(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shared); i++) {
        g_autofree char *long_text = g_strconcat(SHARED_HEAD, shared[i][0], NULL),
                        *short_text = g_strconcat(SHARED_HEAD, shared[i][1], NULL);
        struct story *whole = load(long_text), *brief = load(short_text);
        ok(whole && brief && whole->hash == brief->hash, "story %zu is the same with `defaults` and `cues`", i);
        story_free(whole);
        story_free(brief);
    }
}

static void remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_all(child);
        g_unlink(child);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

int main(void)
{
    folder = g_dir_make_tmp("frumious-story-XXXXXX", NULL);
    test_model();
    test_hashes();
    test_times();
    test_spellings();
    test_shared();
    remove_all(folder);
    g_free(folder);
    return tap_done();
}
