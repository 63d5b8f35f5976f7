#include "adopt/twee_import.h"

#include "adopt/twee_state.h"
#include "story/limits.h"
#include "story/yaml_layout.h"

#include <assert.h>
#include <string.h>

#define CHOICE_S  10  /* how long a viewer has */
#define READ_MIN  3   /* seconds */
#define READ_MAX  120 /* of the longest card */
#define READ_RATE 15  /* characters that somebody reads in a second */
#define LAST_S    4   /* an ending stays longer by these */

/* A passage on its way to a node. */
struct page {
    const struct twee_passage *passage;
    struct twee_body *body;
    const char *id;
    bool plays; /* not one of Twine's own, such as StoryInit */
};

struct maker {
    const struct twee *twee;
    struct twee_story *story;
    struct twee_state *state;
    GPtrArray *own;
    GArray *pages;     /* struct page */
    GHashTable *names; /* of nodes */
    GHashTable *nodes; /* passage's name -> node's name */
    GHashTable *acts;  /* tag -> act's name */
    GHashTable *act_names;
    GHashTable *absent; /* passages that links lead to and that are not there -> their nodes */
    GPtrArray *absent_in_order;
    GString *out;
};

/* ---- what is left out -------------------------------------------------------------------------------------------- */

static char *keep(struct maker *m, char *text)
{
    g_ptr_array_add(m->story->owned, text);
    return text;
}

static void leave(struct page *p, int line, const char *why, const char *what)
{
    twee_leave(p->body->left, line, why, what, strlen(what));
}

static int by_line(gconstpointer a, gconstpointer b)
{
    const struct twee_left *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static void list_left(struct maker *m, struct page *p)
{
    g_array_sort(p->body->left, by_line);
    for (guint i = 0; i < p->body->left->len; i++) {
        const struct twee_left *l = &g_array_index(p->body->left, struct twee_left, i);
        const struct twee_missed missed = {p->passage->name, l->line, l->why, keep(m, g_strdup(l->what))};
        g_array_append_val(m->story->missed, missed);
    }
}

/* ---- conditions and effects --------------------------------------------------------------------------------------- */

/* Is a variable of the condition set between the moment at which it is looked at and the one at which the story would? */
static bool has_changed(const struct twee_expr *e, GHashTable *last, int since)
{
    if (!e)
        return false;
    if (e->op == TWEE_VAR && GPOINTER_TO_INT(g_hash_table_lookup(last, e->text)) > since)
        return true;
    return has_changed(e->a, last, since) || has_changed(e->b, last, since);
}

/* Appends the condition to `out`, which stays empty where it always holds. False: no story can say it. */
static bool write_when(struct maker *m, const struct twee_step *s, GHashTable *last, GString *out)
{
    return !s->when || (!has_changed(s->when, last, s->since) && twee_state_condition(m->state, s->when, out));
}

static void see_steps(struct maker *m, const GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const struct twee_step *s = steps->pdata[i];
        if (s->when)
            twee_state_see(m->state, s->when);
        if (s->kind == TWEE_SET)
            twee_state_see_set(m->state, s->name, s->value);
        if (s->steps)
            see_steps(m, s->steps);
    }
}

/* Keeps what `when` is after `since` sets in a variable of its own, and lets all steps under it look there. */
static void keep_condition(struct maker *m, struct page *p, GPtrArray *steps, const struct twee_expr *when, int since)
{
    const char *helper = twee_state_helper(m->state, p->id);
    const struct twee_expr *kept = twee_expr_variable(m->own, helper);
    guint place = 0;
    for (int sets = 0; sets < since && place < steps->len; place++)
        sets += ((struct twee_step *)steps->pdata[place])->kind == TWEE_SET;
    const int line = ((struct twee_step *)steps->pdata[MIN(place, steps->len - 1)])->line;
    for (guint i = 0; i < steps->len; i++) {
        struct twee_step *s = steps->pdata[i];
        if (s->when == when) {
            s->when = kept;
            s->since = INT_MAX;
        } else if (s->since < INT_MAX) {
            s->since += s->since > since;
            s->until += s->until > since;
        }
    }
    g_ptr_array_insert(steps, (int)place, twee_step_set(line, helper, when));
}

/* Where each variable is set last. */
static void note_sets(const GPtrArray *steps, GHashTable *last)
{
    int sets = 0;
    g_hash_table_remove_all(last);
    for (guint i = 0; i < steps->len; i++) {
        const struct twee_step *s = steps->pdata[i];
        if (s->kind == TWEE_SET)
            g_hash_table_insert(last, s->name, GINT_TO_POINTER(++sets));
    }
}

/* Is nothing that the condition looks at set while its parts are looked at? Within an `if`, another may stand below what is set. */
static bool is_of_one_time(const GPtrArray *steps, const struct twee_step *step)
{
    g_autoptr(GHashTable) between = g_hash_table_new(g_str_hash, g_str_equal);
    int sets = 0;
    for (guint i = 0; i < steps->len && sets < step->until; i++) {
        const struct twee_step *s = steps->pdata[i];
        sets += s->kind == TWEE_SET;
        if (s->kind == TWEE_SET && sets > step->since)
            g_hash_table_insert(between, s->name, GINT_TO_POINTER(1));
    }
    return !has_changed(step->when, between, 0);
}

#define KEPT_MAX 50 /* conditions of one passage, so that a hostile one takes no time */

/* In Twine, an `if` is looked at where it stands; in a story, an option's `when` once all is set. Where that makes a difference, the
 * condition is kept. */
static void keep_conditions(struct maker *m, struct page *p, GPtrArray *steps)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    int tried = 0;
    note_sets(steps, last);
    for (guint i = 0; i < steps->len && tried < KEPT_MAX; i++) {
        const struct twee_step *s = steps->pdata[i];
        g_autoptr(GString) out = g_string_new(NULL);
        if (s->kind == TWEE_SET || !s->when || !has_changed(s->when, last, s->since))
            continue;
        tried++;
        if (!is_of_one_time(steps, s) || !twee_state_condition(m->state, s->when, out))
            continue;
        keep_condition(m, p, steps, s->when, s->since);
        i++; /* it has moved */
        note_sets(steps, last);
    }
}

/* The effects of `steps`, "a = 1, {do: [b = 2], when: c}", and in *last where each variable was set last. */
static void write_effects(struct maker *m, struct page *p, const GPtrArray *steps, GHashTable *last, GString *out)
{
    int sets = 0;
    for (guint i = 0; i < steps->len;) {
        const struct twee_step *first = steps->pdata[i];
        g_autoptr(GString) when = g_string_new(NULL);
        g_autoptr(GString) list = g_string_new(NULL);
        const bool fits = first->kind != TWEE_SET || write_when(m, first, last, when);
        if (!fits && first->when->op != TWEE_UNKNOWN)
            leave(p, first->line,
                  "set under a condition that no story can have, or that looks at what is set meanwhile", first->name);
        for (; i < steps->len; i++) {
            const struct twee_step *s = steps->pdata[i];
            if (s->kind != TWEE_SET || s->when != first->when)
                break;
            g_autoptr(GString) one = g_string_new(NULL);
            if (fits && twee_state_effect(m->state, s->name, s->value, one))
                g_string_append_printf(list, "%s%s", list->len ? ", " : "", one->str);
            else if (fits)
                leave(
                    p, s->line,
                    "set to what its type does not have: all its values must be true or false, texts, or whole numbers",
                    s->name);
            g_hash_table_insert(last, s->name, GINT_TO_POINTER(++sets));
        }
        i += first->kind != TWEE_SET;
        if (list->len == 0)
            continue;
        g_string_append(out, out->len ? ", " : "");
        if (when->len)
            g_string_append_printf(out, "{do: [%s], when: %s}", list->str, when->str);
        else
            g_string_append(out, list->str);
    }
}

/* ---- where it goes ------------------------------------------------------------------------------------------------ */

static const char *node_for(struct maker *m, struct page *p, int line, const char *target)
{
    const char *id = g_hash_table_lookup(m->nodes, target);
    g_autofree char *plain = g_strstrip(g_strdup(target));
    if (!id) /* most blanks at its ends mean nothing */
        id = g_hash_table_lookup(m->nodes, target = plain);
    if (!id)
        id = g_hash_table_lookup(m->absent, target);
    if (id)
        return id;
    leave(p, line, "leads to a passage that is not there", target);
    id = twee_name(m->names, target, "passage", false);
    char *name = keep(m, g_strdup(target));
    g_hash_table_insert(m->absent, name, (char *)id);
    g_ptr_array_add(m->absent_in_order, name);
    return id;
}

/* The gotos among `steps` as the parts of a route. True: one of them always holds. */
static bool write_parts(struct maker *m, struct page *p, const GPtrArray *steps, GHashTable *last, const char *indent,
                        GString *out)
{
    int chain = 0, branches = 0; /* how many branches of this chain lead somewhere, from its first on */
    for (guint i = 0; i < steps->len; i++) {
        const struct twee_step *s = steps->pdata[i];
        g_autoptr(GString) when = g_string_new(NULL);
        if (s->kind != TWEE_GOTO)
            continue;
        if (s->chain != chain) {
            chain = s->chain;
            branches = 0;
        }
        branches += chain && s->branch == branches;
        if (!write_when(m, s, last, when)) {
            leave(p, s->line,
                  "goes there under a condition that no story can have, or that looks at what is set meanwhile",
                  s->target);
            continue;
        }
        const char *id = node_for(m, p, s->line, s->target);
        if (when->len && !(s->otherwise && branches == s->branch + 1))
            g_string_append_printf(out, "%s- {when: %s, goto: %s}\n", indent, when->str, id);
        else {
            g_string_append_printf(out, "%s- {goto: %s}\n", indent, id);
            return true;
        }
    }
    return false;
}

static void write_option_target(struct maker *m, struct page *p, const struct twee_step *link, GHashTable *last,
                                GString *out)
{
    g_autoptr(GString) parts = g_string_new(NULL);
    const bool always = write_parts(m, p, link->steps, last, "            ", parts);
    const char *rest = NULL;
    if (!always) {
        if (!link->target)
            leave(p, link->line, "a link that stays in its passage; it leads to its beginning", link->name);
        rest = link->target ? node_for(m, p, link->line, link->target) : p->id;
    }
    const char *only = strstr(parts->str, "- {goto: ");
    if (parts->len == 0)
        g_string_append_printf(out, "          goto: %s\n", rest);
    else if (only && only == strchr(parts->str, '-'))
        g_string_append_printf(out, "          goto: %.*s\n", (int)strcspn(only + 9, "}"), only + 9);
    else {
        g_string_append_printf(out, "          goto:\n%s", parts->str);
        if (rest)
            g_string_append_printf(out, "            - {goto: %s}\n", rest);
    }
}

struct options {
    GString *list;     /* as YAML */
    GString *variants; /* the defaults, while those before them are hidden */
    char *first;
    int n;
    bool always;         /* one of them is always there */
    int chain, branches; /* how many branches of an `if` have links, from its first on */
    const char *if_none; /* where it goes if none is there, although an `else` has one, so one always is; or NULL */
    int worth;           /* of the first, as a default */
};

static void write_option(struct maker *m, struct page *p, const struct twee_step *link, GHashTable *last,
                         GHashTable *names, struct options *o)
{
    g_autoptr(GString) when = g_string_new(NULL);
    g_autoptr(GString) effects = g_string_new(NULL);
    g_autoptr(GHashTable) inner = g_hash_table_new(g_str_hash, g_str_equal);
    if (!write_when(m, link, last, when)) {
        if (link->when->op != TWEE_UNKNOWN)
            leave(p, link->line,
                  "a link under a condition that no story can have, or that looks at what is set meanwhile; it is "
                  "always there",
                  link->name);
        g_string_truncate(when, 0);
    }
    const char *id = twee_name(names, link->name, "option", false);
    write_effects(m, p, link->steps, inner, effects);
    g_string_append_printf(o->list, "        %s:\n", id);
    twee_text("          text: ", *link->name ? link->name : "…", STORY_TEXT_BYTES_MAX, o->list);
    if (when->len)
        g_string_append_printf(o->list, "          when: %s\n", when->str);
    if (effects->len)
        g_string_append_printf(o->list, "          do: [%s]\n", effects->str);
    write_option_target(m, p, link, inner, o->list);
    /* The default is best an option that is always there, and that leads on: otherwise a film that nobody touches would stay there. */
    const int worth = 1 + 2 * (when->len == 0) + (!link->target || strcmp(link->target, p->passage->name) != 0);
    if (worth > o->worth) {
        o->worth = worth;
        o->first = keep(m, g_strdup(id));
    }
    if (when->len)
        g_string_append_printf(o->variants, "        - {when: %s, default: %s}\n", when->str, id);
    o->always |= when->len == 0;
    if (link->chain != o->chain) {
        o->chain = link->chain;
        o->branches = 0;
    }
    o->branches += when->len > 0 && link->chain && link->branch == o->branches;
    if (when->len > 0 && link->otherwise && o->branches == link->branch + 1)
        o->if_none = link->target ? node_for(m, p, link->line, link->target) : p->id;
    o->n++;
}

static struct options write_options(struct maker *m, struct page *p, GHashTable *last)
{
    struct options o = {.list = g_string_new(NULL), .variants = g_string_new(NULL)};
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < p->body->steps->len; i++) {
        const struct twee_step *s = p->body->steps->pdata[i];
        if (s->kind == TWEE_LINK && o.n == STORY_OPTIONS_MAX)
            leave(p, s->line, "a decision has at most 64 options", s->name);
        else if (s->kind == TWEE_LINK)
            write_option(m, p, s, last, names, &o);
    }
    return o;
}

/* ---- nodes -------------------------------------------------------------------------------------------------------- */

/* A text of several lines; none of them begins or ends with a blank. */
static void write_block(const char *key, const char *text, gsize most, GString *out)
{
    g_autofree char *part = g_strndup(text, MIN(strlen(text), most));
    g_autofree char *whole = g_utf8_make_valid(part, -1);
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    if (!*whole)
        return;
    g_string_append_printf(out, "    %s: |\n", key);
    for (char **l = lines; *l; l++)
        g_string_append_printf(out, "%s%s\n", **l ? "      " : "", g_strchomp(*l));
}

/* The same tag is the same act. */
static const char *act_of(struct maker *m, const char *tag)
{
    char *act = g_hash_table_lookup(m->acts, tag);
    if (!act) {
        act = keep(m, g_strdup(twee_name(m->act_names, tag, "act", false)));
        g_hash_table_insert(m->acts, keep(m, g_strdup(tag)), act);
    }
    return act;
}

static void write_head(struct maker *m, struct page *p, const char *id, GString *out)
{
    g_autoptr(GString) notes = g_string_new(NULL);
    const char *act = NULL;
    g_auto(GStrv) tags = g_strsplit(p->passage->tags, " ", -1);
    for (char **t = tags; *t; t++)
        if (!act && (g_str_has_prefix(*t, "act") || g_str_has_prefix(*t, "chapter")))
            act = act_of(m, *t);
        else if (**t)
            g_string_append_printf(notes, "%s%s", notes->len ? " " : "Tags: ", *t);
    g_string_append_printf(out, "  %s:\n", id);
    twee_text("    title: ", *p->passage->name ? p->passage->name : id, STORY_TEXT_BYTES_MAX, out);
    if (act)
        g_string_append_printf(out, "    act: %s\n", act);
    g_array_sort(p->body->left, by_line);
    for (guint i = 0; i < p->body->left->len; i++) {
        const struct twee_left *l = &g_array_index(p->body->left, struct twee_left, i);
        g_string_append_printf(notes, "%sLine %d: %s: %s", notes->len ? "\n" : "", l->line, l->why,
                               g_strstrip(l->what));
    }
    write_block("note", notes->str, STORY_SCRIPT_BYTES_MAX / 2, out);
}

static int reading_time(const char *words)
{
    const glong n = g_utf8_strlen(words, -1);
    return (int)CLAMP(n / READ_RATE, READ_MIN, READ_MAX);
}

static void write_clip(struct page *p, int more, GString *out)
{
    const char *words = *p->body->card ? p->body->card : *p->passage->name ? p->passage->name : "…";
    write_block("script", p->body->script, STORY_SCRIPT_BYTES_MAX / 2, out);
    twee_text("    clip:\n      card: ", words, STORY_TEXT_BYTES_MAX - 8, out);
    g_string_append_printf(out, "      for: %ds\n", reading_time(words) + more);
}

static void write_ending(const char *id, const char *title, GString *out)
{
    g_string_append_printf(out, "    ending:\n      id: %s\n", id);
    twee_text("      title: ", *title ? title : id, STORY_TEXT_BYTES_MAX, out);
}

/* The clip and what is asked in it, or the end. */
static void write_page(struct page *p, const char *id, const char *end, const struct options *o, GString *out)
{
    if (o->n == 0) {
        write_clip(p, LAST_S, out);
        write_ending(id, p->passage->name, out);
        return;
    }
    const int read = reading_time(*p->body->card ? p->body->card : p->passage->name);
    write_clip(p, CHOICE_S, out);
    g_string_append_printf(out, "    decision:\n      id: %s\n      opens: %ds\n      default: %s\n", id, read,
                           o->first);
    if (o->variants->len && !o->always)
        g_string_append_printf(out, "      variants:\n%s", o->variants->str);
    g_string_append_printf(out, "      options:\n%s", o->list->str);
    if (end)
        g_string_append_printf(out, "    next: %s\n", end);
}

static void write_end(struct maker *m, const struct page *p, const char *id)
{
    g_string_append_printf(
        m->out,
        "\n  %s:\n    note: None of the links before it can be followed here.\n    clip: {card: \"…\", for: 2s}\n", id);
    write_ending(id, p->passage->name, m->out);
}

static void write_node(struct maker *m, struct page *p)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) enter = g_string_new(NULL);
    g_autoptr(GString) parts = g_string_new(NULL);
    g_autoptr(GString) gate = g_string_new(NULL);
    write_effects(m, p, p->body->steps, last, enter);
    const bool leaves = write_parts(m, p, p->body->steps, last, "      ", parts);
    struct options o = leaves ? (struct options){.list = g_string_new(NULL), .variants = g_string_new(NULL)}
                              : write_options(m, p, last);
    const char *end = o.n == 0 || o.always ? NULL : o.if_none ? o.if_none : twee_name(m->names, p->id, "end", false);
    const char *page = !leaves && parts->len ? twee_name(m->names, p->id, "page", false) : p->id;
    if (strlen(p->body->card) > STORY_TEXT_BYTES_MAX - 8)
        leave(p, p->passage->line, "more words than a card holds (4096 bytes); all of them are in the script",
              p->passage->name);
    if (strlen(p->body->script) > STORY_SCRIPT_BYTES_MAX / 2)
        leave(p, p->passage->line, "more words than a script holds", p->passage->name);
    g_string_append_c(m->out, '\n');
    write_head(m, p, p->id, m->out);
    if (enter->len)
        g_string_append_printf(gate, "    enter: [%s]\n", enter->str);
    if (leaves)
        write_clip(p, 0, m->out);
    else if (!parts->len)
        write_page(p, page, end, &o, gate);
    g_string_append(m->out, gate->str);
    if (parts->len) {
        g_string_append_printf(m->out, "    next:\n%s", parts->str);
        if (!leaves) { /* whoever is not sent on at once sees the page */
            g_string_append_printf(m->out, "      - {goto: %s}\n\n  %s:\n", page, page);
            twee_text("    title: ", *p->passage->name ? p->passage->name : page, STORY_TEXT_BYTES_MAX, m->out);
            write_page(p, page, end, &o, m->out);
        }
    }
    if (end && !o.if_none)
        write_end(m, p, end);
    m->story->links += o.n;
    g_string_free(o.list, TRUE);
    g_string_free(o.variants, TRUE);
}

/* ---- the story ---------------------------------------------------------------------------------------------------- */

static bool has_tag(const struct twee_passage *p, const char *tag)
{
    g_auto(GStrv) tags = g_strsplit(p->tags, " ", -1);
    return g_strv_contains((const char *const *)tags, tag);
}

/* Runs before the story begins, so that what it sets is set at the beginning. */
static bool is_beginning(const struct twee *t, const struct twee_passage *p)
{
    return t->format == TWEE_HARLOWE ? has_tag(p, "startup") : strcmp(p->name, "StoryInit") == 0;
}

static bool is_machinery(const struct twee *t, const struct twee_passage *p)
{
    static const char *const names[] = {"StoryInit",
                                        "StoryCaption",
                                        "StoryMenu",
                                        "StoryBanner",
                                        "StoryAuthor",
                                        "StorySubtitle",
                                        "StoryInterface",
                                        "StorySettings",
                                        "StoryIncludes",
                                        "StoryShare",
                                        "StoryDisplayTitle",
                                        "StoryLoadingScreen",
                                        "PassageHeader",
                                        "PassageFooter",
                                        "PassageReady",
                                        "PassageDone",
                                        NULL};
    static const char *const tags[] = {
        "script",       "stylesheet",   "widget",        "header",        "footer",      "startup", "init",
        "debug-header", "debug-footer", "debug-startup", "Twine.private", "Twine.image", NULL};
    if (t->format != TWEE_HARLOWE && g_strv_contains(names, p->name))
        return true;
    for (const char *const *tag = tags; *tag; tag++)
        if (has_tag(p, *tag))
            return true;
    return false;
}

static void begin(struct maker *m, struct page *p)
{
    for (guint i = 0; i < p->body->steps->len; i++) {
        const struct twee_step *s = p->body->steps->pdata[i];
        if (s->kind != TWEE_SET || s->when || !twee_state_begin(m->state, s->name, s->value))
            leave(p, s->line, "done before the story begins, where only a value can be set", s->name ?: s->target);
    }
    if (*p->body->script)
        leave(p, p->passage->line, "words before the story begins", p->body->script);
}

/* The passages by name. */
static GHashTable *passages_of(const struct twee *t)
{
    GHashTable *passages = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = t->passages->len; i > 0; i--) {
        struct twee_passage *p = &g_array_index(t->passages, struct twee_passage, i - 1);
        g_hash_table_replace(passages, p->name, p);
    }
    return passages;
}

static void add_pages(struct maker *m)
{
    g_autoptr(GHashTable) passages = passages_of(m->twee);
    struct twee_library library = {m->twee->format, passages, TWEE_BYTES_MAX};
    for (guint i = 0; i < m->twee->passages->len; i++) {
        const struct twee_passage *passage = &g_array_index(m->twee->passages, struct twee_passage, i);
        struct page p = {.passage = passage, .plays = !is_machinery(m->twee, passage)};
        if (p.plays || is_beginning(m->twee, passage))
            p.body = twee_body_parse(passage, &library, m->own);
        else {
            p.body = g_new0(struct twee_body, 1);
            *p.body = (struct twee_body){g_strdup(""), g_strdup(""), g_ptr_array_new(), twee_left_new()};
            leave(&p, passage->line, "a passage of Twine's own, which no story has a word for",
                  *passage->text ? passage->text : passage->name);
        }
        if (p.plays) {
            p.id = twee_name(m->names, passage->name, "passage", false);
            if (g_hash_table_contains(m->nodes, passage->name))
                leave(&p, passage->line, "another passage of this name; links lead to the first", passage->name);
            else
                g_hash_table_insert(m->nodes, passage->name, (char *)p.id);
            m->story->passages++;
        }
        g_array_append_val(m->pages, p);
    }
}

static const char *find_start(struct maker *m)
{
    const char *id = m->twee->start ? g_hash_table_lookup(m->nodes, m->twee->start) : NULL;
    if (!id)
        id = g_hash_table_lookup(m->nodes, "Start");
    for (guint i = 0; !id && i < m->pages->len; i++)
        id = g_array_index(m->pages, struct page, i).id;
    return id;
}

static void miss(struct maker *m, const char *why, const char *what)
{
    const struct twee_missed missed = {"StoryData", 1, why, what};
    g_array_append_val(m->story->missed, missed);
}

static void write_top(struct maker *m, const char *start)
{
    const char *title = m->twee->title && *m->twee->title ? m->twee->title : "Untitled";
    GString *out = m->out;
    g_autoptr(GHashTable) none = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *ascii = g_str_to_ascii(title, "en"); /* unlike other names, an id has no other letters */
    g_string_append_printf(out, "frumious: 1\nid: org.example.%s\n", twee_name(none, ascii, "story", false));
    twee_text("title: ", title, STORY_TEXT_BYTES_MAX, out);
    g_string_append_printf(out, "start: %s\n", start);
    if (m->twee->ifid)
        twee_text("meta:\n  ifid: ", m->twee->ifid, STORY_NAME_BYTES_MAX, out);
    twee_state_write(m->state, out);
    g_string_append_printf(out, "\ndefaults:\n  decisions: {for: %ds, cut: now}\n\nnodes:", CHOICE_S);
}

static void write_notes_of_machinery(struct maker *m)
{
    g_autoptr(GString) note = g_string_new(NULL);
    for (guint i = 0; i < m->pages->len; i++) {
        struct page *p = &g_array_index(m->pages, struct page, i);
        if (p->plays)
            continue;
        for (guint k = 0; k < p->body->left->len; k++) {
            const struct twee_left *l = &g_array_index(p->body->left, struct twee_left, k);
            g_string_append_printf(note, "%s%s, line %d: %s: %s", note->len ? "\n" : "", p->passage->name, l->line,
                                   l->why, l->what);
        }
    }
    if (note->len == 0)
        return;
    g_string_append_c(m->out, '\n');
    twee_text("note: ", note->str, STORY_SCRIPT_BYTES_MAX / 2, m->out);
}

static void write_absent(struct maker *m)
{
    for (guint i = 0; i < m->absent_in_order->len; i++) {
        const char *name = m->absent_in_order->pdata[i], *id = g_hash_table_lookup(m->absent, name);
        g_string_append_printf(m->out, "\n  %s:\n", id);
        twee_text("    title: ", *name ? name : id, STORY_TEXT_BYTES_MAX, m->out);
        g_string_append(m->out, "    todo: Links lead here, but the passage was not there.\n");
        twee_text("    clip:\n      for: 4s\n      card: ", *name ? name : "…", STORY_TEXT_BYTES_MAX, m->out);
        write_ending(id, name, m->out);
    }
}

static void write_story(struct maker *m)
{
    const char *start = find_start(m);
    if (!start) {
        miss(m, "no passage can be played", "");
        return;
    }
    if (m->twee->trouble)
        miss(m, "StoryData is not as it should be", m->twee->trouble);
    if (m->twee->start && !g_hash_table_lookup(m->nodes, m->twee->start))
        miss(m, "the passage with which it begins is not there; another one is taken", m->twee->start);
    if (m->twee->format == TWEE_OTHER)
        miss(m, "a format that is read as if it were SugarCube", m->twee->format_name);
    for (guint i = 0; i < m->pages->len; i++)
        if (!g_array_index(m->pages, struct page, i).plays)
            begin(m, &g_array_index(m->pages, struct page, i));
    write_top(m, start);
    for (guint i = 0; i < m->pages->len; i++)
        if (g_array_index(m->pages, struct page, i).plays)
            write_node(m, &g_array_index(m->pages, struct page, i));
    write_absent(m);
    write_notes_of_machinery(m);
    for (guint i = 0; i < m->pages->len; i++)
        list_left(m, &g_array_index(m->pages, struct page, i));
    char *laid = yaml_layout(m->out->str, m->out->len, NULL);
    assert(laid);
    g_string_append(m->story->yaml, laid);
    g_free(laid);
}

struct twee_story *twee_story_make(const struct twee *t)
{
    struct twee_story *s = g_new0(struct twee_story, 1);
    struct maker m = {
        .twee = t, .story = s, .own = twee_exprs_new(), .pages = g_array_new(FALSE, FALSE, sizeof(struct page))};
    s->yaml = g_string_new(NULL);
    s->missed = g_array_new(FALSE, FALSE, sizeof(struct twee_missed));
    s->owned = g_ptr_array_new_with_free_func(g_free);
    m.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m.act_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m.acts = g_hash_table_new(g_str_hash, g_str_equal);
    m.nodes = g_hash_table_new(g_str_hash, g_str_equal);
    m.absent = g_hash_table_new(g_str_hash, g_str_equal);
    m.absent_in_order = g_ptr_array_new();
    m.out = g_string_new(NULL);
    add_pages(&m);
    m.state = twee_state_new(m.nodes);
    for (guint i = 0; i < m.pages->len; i++)
        see_steps(&m, g_array_index(m.pages, struct page, i).body->steps);
    twee_state_settle(m.state);
    s->variables = (int)m.state->names->len;
    for (guint i = 0; i < m.pages->len; i++) {
        struct page *p = &g_array_index(m.pages, struct page, i);
        if (p->plays)
            keep_conditions(&m, p, p->body->steps);
    }
    write_story(&m);
    for (guint i = 0; i < m.pages->len; i++)
        twee_body_free(g_array_index(m.pages, struct page, i).body);
    g_array_unref(m.pages);
    twee_state_free(m.state);
    g_ptr_array_unref(m.own);
    g_hash_table_unref(m.names);
    g_hash_table_unref(m.acts);
    g_hash_table_unref(m.act_names);
    g_hash_table_unref(m.nodes);
    g_hash_table_unref(m.absent);
    g_ptr_array_unref(m.absent_in_order);
    g_string_free(m.out, TRUE);
    return s;
}

void twee_story_free(struct twee_story *s)
{
    if (!s)
        return;
    g_string_free(s->yaml, TRUE);
    g_array_unref(s->missed);
    g_ptr_array_unref(s->owned);
    g_free(s);
}
