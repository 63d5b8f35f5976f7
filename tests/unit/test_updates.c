/*
 * Updates: a story is edited in every way under places that were saved before. Each of them goes on at a node that is told,
 * in one sentence. Where everything that was renamed says so (`was`), nothing is different for anybody: same node, same
 * values, same hashes. What changes between two versions is told in words. Argument: a seed.
 */
#include "story_text.h"
#include "tap.h"

#include "base/paths.h"
#include "play/replay.h"
#include "play/resume.h"
#include "play/transcript_text.h"
#include "player/save.h"
#include "story/story_changes.h"

#include <stdlib.h>

/* @node, #decision, !option, $variable and %value are names, which render() writes. A line of each thing stands alone, so that it can
 * be left out. */
static const char film[] = "frumious: 1\n"
                           "id: org.example.updates\n"
                           "title: Updates\n"
                           "start: @hall\n"
                           "state:\n"
                           "  $trust: {type: int, min: 0, max: 5, initial: 2}\n"
                           "  $mood: {type: enum, values: [%calm, %afraid, %angry], keep: viewer}\n"
                           "  $lamp: {type: bool}\n"
                           "nodes:\n"
                           "  @hall:\n"
                           "    title: The hall\n"
                           "    clip: {card: Hall, for: 20s}\n"
                           "    decision:\n"
                           "      {id: #door,\n"
                           "       opens: 2s, for: 5s, default: !left, options: {\n"
                           "        !left: {text: Left, do: $trust += 1, goto: @cellar},\n"
                           "        !right: {text: Right, do: $mood = %afraid, goto: @attic},\n"
                           "        !stay: {text: Stay},\n"
                           "       }}\n"
                           "    next: @cellar\n"
                           "  @cellar:\n"
                           "    clip: {card: Cellar, for: 10s}\n"
                           "    enter: $lamp = true\n"
                           "    decision:\n"
                           "      {id: #light,\n"
                           "       opens: 1s, for: 3s, default: !dark, cut: now, options: {\n"
                           "        !bright: {text: Bright, when: $trust > 2, goto: @roof},\n"
                           "        !dark: {text: Dark, do: $trust -= 1, goto: @attic},\n"
                           "       }}\n"
                           "    next: @attic\n"
                           "  @attic:\n"
                           "    clip: {card: Attic, for: 8s}\n"
                           "    enter:\n"
                           "      - $mood = %angry\n"
                           "    next:\n"
                           "      - {when: \"picked(#door, !stay)\", goto: @end}\n"
                           "      - {when: $lamp, goto: @roof}\n"
                           "      - {goto: @roof}\n"
                           "  @roof:\n"
                           "    clip: {card: Roof, for: 6s}\n"
                           "    decision:\n"
                           "      {id: #jump,\n"
                           "       opens: 1s, for: 4s, default: !wait, options: {\n"
                           "        !again: {text: Again, goto: @hall},\n"
                           "        !wait: {text: Wait, goto: @end},\n"
                           "       }}\n"
                           "    next: @end\n"
                           "  @end:\n"
                           "    clip: {card: End, for: 30s}\n"
                           "    ending: {id: end, title: End}\n";

/* ---- edits ---------------------------------------------------------------------------------------------------------- */

enum edit_kind { RENAME, RENAME_SILENTLY, DELETE, RETARGET, REPLACE };

struct edit {
    enum edit_kind kind;
    const char *what; /* a name with its sign; REPLACE: a text */
    const char *with; /* REPLACE */
};

/* Does a line stand in the block of a node that is left out? */
static bool is_deleted(const char *line, const struct edit *e, bool *in_node)
{
    if (e->kind != DELETE)
        return false;
    const bool begins_node = g_str_has_prefix(line, "  @");
    if (begins_node)
        *in_node = g_str_has_prefix(line + 2, e->what) && line[2 + strlen(e->what)] == ':';
    if (e->what[0] == '@')
        return *in_node;
    if (e->what[0] == '#')
        return strstr(line, e->what) && !strstr(line, "id: ");
    return strstr(line, e->what) != NULL;
}

static void write_name(GString *out, const char *name, const char *behind, const struct edit *e)
{
    const bool meant = strcmp(name, e->what) == 0, renamed = meant && (e->kind == RENAME || e->kind == RENAME_SILENTLY);
    const bool target = g_str_has_suffix(out->str, "goto: ") || g_str_has_suffix(out->str, "next: ") ||
                        g_str_has_suffix(out->str, "start: ");
    if (meant && ((e->kind == DELETE && name[0] == '@') || (e->kind == RETARGET && target))) {
        g_string_append(out, strcmp(name, "@end") == 0 ? "roof" : "end");
        return;
    }
    if (e->kind == RENAME && meant && name[0] == '%' && !g_str_has_suffix(out->str, "= ")) {
        g_string_append_printf(out, "{new_%s: {was: %s}}", name + 1, name + 1);
        return;
    }
    g_string_append_printf(out, "%s%s", renamed ? "new_" : "", name + 1);
    if (!renamed || e->kind == RENAME_SILENTLY)
        return;
    if (g_str_has_prefix(behind, ": {"))
        g_string_append_printf(out, ": {was: %s,", name + 1);
    else if (g_str_has_prefix(behind, ":\n"))
        g_string_append_printf(out, ":\n    was: %s", name + 1);
    else if (name[0] == '#' && g_str_has_suffix(out->str, name + 1) && g_str_has_prefix(behind, ",\n"))
        g_string_append_printf(out, ", was: %s", name + 1);
}

/* Behind a definition whose beginning write_name() has written already. */
static size_t written(const char *behind, const char *name, const struct edit *e)
{
    if (e->kind != RENAME || strcmp(name, e->what) != 0)
        return 0;
    return g_str_has_prefix(behind, ": {") ? 3 : g_str_has_prefix(behind, ":\n") ? 1 : 0;
}

/* The film with one edit. To be freed. */
static char *render(const struct edit *e)
{
    g_autoptr(GString) text = g_string_new(film);
    GString *out = g_string_new(NULL);
    bool in_node = false;
    if (e->kind == REPLACE && !g_string_replace(text, e->what, e->with, 0))
        printf("# nothing to replace: %s\n", e->what);
    for (const char *p = text->str; *p;) {
        if (p == text->str || p[-1] == '\n') {
            g_autofree char *line = g_strndup(p, strcspn(p, "\n"));
            if (is_deleted(line, e, &in_node)) {
                p += strlen(line) + 1;
                continue;
            }
        }
        if (!strchr("@#!$%", *p)) {
            g_string_append_c(out, *p++);
            continue;
        }
        const size_t n = 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        g_autofree char *name = g_strndup(p, n);
        p += n;
        write_name(out, name, p, e);
        p += written(p, name, e);
    }
    return g_string_free(out, FALSE);
}

static const char *const names[] = {"@hall", "@cellar", "@attic", "@roof", "@end",  "#door",   "#light",
                                    "#jump", "!left",   "!right", "!stay", "!dark", "!bright", "!again",
                                    "!wait", "$trust",  "$mood",  "$lamp", "%calm", "%afraid", "%angry"};

static const struct edit replacements[] = {
    {REPLACE, "state:\n", "state:\n  $fresh: {type: int, min: 0, max: 9, initial: 4, keep: viewer}\n"},
    {REPLACE, "max: 5, initial: 2", "max: 2, initial: 2"},
    {REPLACE, "min: 0, max: 5, initial: 2", "min: 3, max: 9, initial: 3"},
    {REPLACE, "[%calm, %afraid, %angry]", "[%angry, %calm, sad, %afraid]"},
    {REPLACE, "[%calm, %afraid, %angry]", "[%afraid, %angry]"},
    {REPLACE, "[%calm, %afraid, %angry], keep: viewer", "[%calm, %afraid, %angry]"},
    {REPLACE, "$lamp: {type: bool}", "$lamp: {type: bool, initial: true, keep: viewer}"},
    {REPLACE, "for: 20s", "for: 900s"},
    {REPLACE, "opens: 2s, for: 5s", "opens: 12s, for: 2s"},
    {REPLACE, "cut: now, ", ""},
    {REPLACE, "!stay: {text: Stay}", "!stay: {text: Stay, when: false, locked: No.}"},
    {REPLACE, "default: !dark", "default: !bright"},
    {REPLACE, "start: @hall", "start: @roof"},
    {REPLACE, "Left", "Go left"},
    {REPLACE,
     "    decision:\n"
     "      {id: #jump,\n"
     "       opens: 1s, for: 4s, default: !wait, options: {\n"
     "        !again: {text: Again, goto: @hall},\n"
     "        !wait: {text: Wait, goto: @end},\n"
     "       }}\n",
     ""},
    {REPLACE, "{id: #jump,", "{id: later,"},
    {REPLACE, "clip: {card: Cellar, for: 10s}", "clip: {file: cellar.mkv, from: 0s, to: 10s}"},
    {REPLACE, "    clip: {card: Attic, for: 8s}\n", ""},
    {REPLACE, "  @roof:\n", "  @roof:\n    title: \"A \\u0007 bell\\nover two lines\"\n"},
};

/* ---- saved places --------------------------------------------------------------------------------------------------- */

struct place {
    char *text;
    int32_t *state; /* to go on from, without a decision that is open */
    int32_t node;
    int64_t at_us;
    bool cut; /* there is nothing left to see in its node */
};

/* Nothing that is due at the same time is left for later. */
static void settle(const struct story *s, int32_t *state, struct transcript *t, int64_t now_us)
{
    while (state[PLAY_PHASE] == PLAY_RUNNING && !state[PLAY_CUT]) {
        const struct schedule_due due = schedule_next(s, state, US_NONE, -1);
        if (due.at_us == US_NONE || due.at_us > now_us)
            return;
        transcript_add(t, s, state, &due.input, due.at_us);
        play_step(s, state, &due.input, NULL, NULL);
    }
}

/* Plays some steps at random, and is left. False: it is over. */
static bool play_and_leave(const struct story *s, uint32_t seed, struct place *place)
{
    GRand *rand = g_rand_new_with_seed(seed);
    const gsize bytes = (gsize)play_state_slots(s) * sizeof(int32_t);
    g_autofree int32_t *state = g_malloc0(bytes);
    int32_t kept[1] = {g_rand_int_range(rand, 0, 3)}; /* of $mood */
    struct transcript *t = transcript_new(s, seed, kept);
    const int n = g_rand_int_range(rand, 0, 14);
    int64_t now_us = 0;
    play_init(s, state);
    play_step(s, state, &(struct play_input){.kind = PLAY_START, .seed = seed, .kept = kept}, NULL, NULL);
    for (int i = 0; i < n && state[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const int64_t length_us = schedule_planned_length(s, state[PLAY_NODE]);
        const int choice = state[PLAY_OPEN] >= 0 ? g_rand_int_range(rand, -1, 3) : -1;
        struct schedule_due due = schedule_next(s, state, length_us, choice);
        transcript_add(t, s, state, &due.input, due.at_us);
        play_step(s, state, &due.input, NULL, NULL);
        now_us = due.input.kind == PLAY_LEAVE ? 0 : due.at_us;
        settle(s, state, t, now_us);
    }
    const bool runs = state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] < 0;
    if (runs)
        *place = (struct place){transcript_print_stop(t, s, state, now_us + 1), g_memdup2(state, bytes),
                                state[PLAY_NODE], now_us + 1, state[PLAY_CUT]};
    transcript_free(t);
    g_rand_free(rand);
    return runs;
}

/* ---- going on ------------------------------------------------------------------------------------------------------- */

struct outcome {
    int went_on, elsewhere, anew;
};

static bool is_one_sentence(const char *text)
{
    return text && *text && !strpbrk(text, "\n\r\a\033");
}

/* Wherever it goes on: it is a place of the story, and the viewer is told in one sentence. */
static bool is_told(const struct story *s, const struct resume *r)
{
    if (!is_one_sentence(r->viewer_message) || (r->message && strchr(r->message, '\n') && !strstr(r->message, "bell")))
        return false;
    if (!r->state)
        return r->message && strstr(r->message, "begins anew");
    const struct story_node *node = &s->nodes[r->state[PLAY_NODE]];
    const char *title = node->title >= 0 ? story_text(s, node->title, NULL) : node->name;
    return play_check(s, r->state) && r->state[PLAY_PHASE] == PLAY_RUNNING && r->state[PLAY_OPEN] < 0 && r->message &&
           strstr(r->message, title) && strstr(r->message, "going on where you left off, in");
}

/* Everything is as if nothing had been edited: indices are the same, since the order of things is. */
static bool is_unchanged(const struct story *s, const struct place *place, const struct resume *r)
{
    return r->state && !r->misfits && !strstr(r->message, "changed") &&
           (place->cut || (memcmp(r->state, place->state, (size_t)play_state_slots(s) * sizeof(int32_t)) == 0 &&
                           r->pos_us == place->at_us));
}

static bool goes_on(const struct story *s, const struct edit *e, const struct place *place, struct outcome *sum)
{
    struct resume plain, edited;
    resume_make(&plain, s, place->text);
    resume_edited(&edited, s, place->text);
    bool good = is_told(s, &plain) && is_told(s, &edited) && !plain.state == !edited.state;
    if (e->kind == RENAME)
        good = good && is_unchanged(s, place, &plain);
    /* A writer who watches sees the film go on at the same time, as long as the place is still there. */
    const int32_t named = e->kind == DELETE || e->kind == REPLACE ? -1 : place->node;
    if (good && named >= 0 && edited.state && !edited.misfits && !place->cut)
        good = edited.state[PLAY_NODE] == named && edited.pos_us == place->at_us;
    sum->went_on += plain.state && !plain.misfits;
    sum->elsewhere += plain.state && plain.misfits;
    sum->anew += !plain.state;
    if (!good)
        printf("# %s: %s; %s\n%s\n", e->what, plain.message ? plain.message : "-",
               edited.message ? edited.message : "-", place->text);
    resume_clear(&plain);
    resume_clear(&edited);
    return good;
}

static void try_edit(const struct story *before, const struct edit *e, const GArray *places, struct outcome *sum)
{
    static const char *const kinds[] = {"renamed with `was`", "renamed", "deleted", "with nothing leading to it",
                                        "edited"};
    g_autofree char *text = render(e), *what = g_strescape(e->what, NULL);
    struct story *s = story_from_text(text);
    int bad = 0;
    if (!s) {
        ok(false, "%s %s: the story still loads", what, kinds[e->kind]);
        return;
    }
    for (guint i = 0; i < places->len; i++)
        bad += !goes_on(s, e, &g_array_index(places, struct place, i), sum);
    ok(bad == 0, "%s %s: each place goes on somewhere", what, kinds[e->kind]);
    if (e->kind == RENAME)
        ok(s->hash == before->hash, "%s %s: the same film for what is recorded", what, kinds[e->kind]);
    story_free(s);
}

static void test_edits(uint32_t seed)
{
    g_autofree char *text = render(&(struct edit){RETARGET, "@none", NULL});
    struct story *before = story_from_text(text);
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct place));
    struct outcome sum = {0};
    for (uint32_t i = 0; i < 300; i++) {
        struct place place;
        if (play_and_leave(before, seed + i, &place))
            g_array_append_val(places, place);
    }
    ok(places->len > 50, "%u places were saved", places->len);
    for (int kind = RENAME; kind <= RETARGET; kind++) {
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            const struct edit e = {(enum edit_kind)kind, names[i], NULL};
            const bool is_default = strstr("!left !dark !wait", names[i]) != NULL;
            const bool in_use = is_default || strchr("#%", names[i][0]) || strstr("@hall $trust $mood", names[i]);
            if ((kind == DELETE && in_use) || (kind == RETARGET && names[i][0] != '@'))
                continue; /* `check` refuses the story */
            try_edit(before, &e, places, &sum);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(replacements); i++)
        try_edit(before, &replacements[i], places, &sum);
    ok(sum.went_on > 1000 && sum.elsewhere > 100 && sum.anew > 10, "%d went on there, %d elsewhere, %d began anew",
       sum.went_on, sum.elsewhere, sum.anew);
    for (guint i = 0; i < places->len; i++) {
        g_free(g_array_index(places, struct place, i).text);
        g_free(g_array_index(places, struct place, i).state);
    }
    story_free(before);
}

/* ---- what is kept for the viewer ------------------------------------------------------------------------------------ */

static void test_kept(void)
{
    static const struct {
        struct edit edit;
        const char *file;
        int32_t mood;
    } cases[] = {
        {{RENAME, "$trust", NULL}, "mood=angry", 2},
        {{RENAME, "$mood", NULL}, "mood=angry", 2},
        {{RENAME, "$mood", NULL}, "mood=angry\nnew_mood=afraid", 1},
        {{RENAME_SILENTLY, "$mood", NULL}, "mood=angry", 0},
        {{RENAME, "%angry", NULL}, "mood=angry", 2},
        {{RENAME, "%angry", NULL}, "mood=new_angry", 2},
        {{RENAME_SILENTLY, "%angry", NULL}, "mood=angry", 0},
        {{REPLACE, "[%calm, %afraid, %angry]", "[%angry, %calm, sad, %afraid]"}, "mood=afraid", 3},
        {{REPLACE, "[%calm, %afraid, %angry]", "[%calm, %afraid, %angry]"},
         "mood=2",
         2}, /* as earlier versions wrote it */
        {{REPLACE, "[%calm, %afraid, %angry]", "[%afraid, %angry]"}, "mood=angry", 1},
        {{REPLACE, "[%calm, %afraid, %angry]", "[%afraid, %angry]"}, "mood=calm", 0}, /* what is no value any more */
        {{REPLACE, "[%calm, %afraid, %angry]", "[%calm, glad, %afraid, %angry]"}, "mood=sad", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = render(&cases[i].edit);
        struct story *s = story_from_text(text);
        g_autofree char *path = paths_save(s->id, "kept.ini"), *folder = g_path_get_dirname(path);
        g_autofree char *file = g_strdup_printf("[kept]\n%s\n", cases[i].file);
        g_mkdir_with_parents(folder, 0700);
        g_file_set_contents(path, file, -1, NULL);
        g_autofree int32_t *kept = save_load_kept(s);
        is_int(kept[0], cases[i].mood, cases[i].edit.what);
        story_free(s);
    }
}

/* ---- translations --------------------------------------------------------------------------------------------------- */

/* Under earlier names, in the language's file, as it was before the names changed. */
static void test_translations(void)
{
    static const char story[] =
        "frumious: 1\nid: org.example.updates\ntitle: T\nstart: hall\nlanguages: [en, de]\nnodes:\n"
        "  hall:\n    was: [porch, foyer]\n    title: Hall\n    clip: {card: Hall, for: 9s}\n"
        "    decision: {id: door, was: gate, prompt: Which?, opens: 1s, for: 2s, default: left, options: {\n"
        "      left: {text: Left, sub: L, was: l}, right: Right}}\n    next: end\n"
        "  end: {clip: {card: End, for: 1s}, ending: {id: end, title: End}}\n";
    static const char german[] =
        "title: T\nnode.porch.title: Halle\nnode.foyer.card: Die Halle\ndecision.gate.prompt: Welche?\n"
        "option.gate.l.text: Links\noption.door.l.sub: Li\noption.gate.right.text: Rechts\nnode.end.card: Ende\n"
        "ending.end.title: Ende\n";
    g_autofree char *folder = g_dir_make_tmp("frumious-words-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    g_autofree char *strings = g_build_filename(folder, "strings", NULL);
    g_autofree char *file = g_build_filename(strings, "de.yaml", NULL);
    g_mkdir(strings, 0700);
    g_file_set_contents(file, german, -1, NULL);
    struct story *s = story_from_text_at(path, story);
    const struct story_option *o = s->options;
    is_str(story_text(s, s->nodes[0].title, "de"), "Halle", "a node's title under its oldest name");
    is_str(story_text(s, s->nodes[0].clip.card, "de"), "Die Halle", "its card under another one");
    is_str(story_text(s, s->decisions[0].prompt, "de"), "Welche?", "a prompt");
    is_str(story_text(s, o[0].text, "de"), "Links", "an option, which was renamed as its decision was");
    is_str(story_text(s, o[0].sub, "de"), "Li", "its small words, under one new name and one old one");
    is_str(story_text(s, o[1].text, "de"), "Rechts", "another option of that decision");
    story_free(s);
    g_unlink(file);
    g_rmdir(strings);
    g_unlink(path);
    g_rmdir(folder);
}

/* ---- in words ------------------------------------------------------------------------------------------------------- */

static void test_words(void)
{
    static const struct {
        struct edit edit;
        const char *words;
    } cases[] = {
        {{RETARGET, "@none", NULL}, "nothing that a viewer could notice"},
        {{RENAME, "@cellar", NULL}, "renamed: `new_cellar` (was `cellar`)"},
        {{RENAME_SILENTLY, "@cellar", NULL}, "changed: `hall`; new: `new_cellar`; gone: `cellar`"},
        {{DELETE, "@cellar", NULL}, "changed: `hall`; gone: `cellar`"},
        {{RETARGET, "@roof", NULL}, "changed: `cellar`, `attic`"},
        {{REPLACE, "Left", "Go left"}, "changed: `hall`; other words: `option.door.left.text`"},
        {{REPLACE, "title: Updates", "title: Updated"}, "other words: `title`"},
        {{REPLACE, "max: 5, initial: 2", "max: 4, initial: 2"}, "what the film remembers, or where it leads"},
    };
    g_autofree char *text = render(&(struct edit){RETARGET, "@none", NULL});
    struct story *before = story_from_text(text);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *edited = render(&cases[i].edit);
        struct story *after = story_from_text(edited);
        g_autofree char *words = story_changes(before, after);
        is_str(words, cases[i].words, cases[i].edit.what);
        story_free(after);
    }
    story_free(before);
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20261;
    g_autofree char *home = g_dir_make_tmp("frumious-updates-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    printf("# seed %u\n", seed);
    test_edits(seed);
    test_kept();
    test_translations();
    test_words();
    const char *remove[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    return tap_done();
}
