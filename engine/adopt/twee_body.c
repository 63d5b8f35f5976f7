#include "adopt/twee_body.h"

#include <assert.h>
#include <string.h>

/* Open conditions, links and hooks within each other. */
#define FRAMES_MAX 64
#define SNIPPET    160  /* bytes */
#define LEFT_MAX   1000 /* of one passage; the rest can be seen in the source */
#define NESTED_MAX 16   /* passages that include each other */

static const char value_in_words[] = "a value in the words, which are shown as they are written";

enum frame_kind { FRAME_IF, FRAME_LINK, FRAME_HOOK, FRAME_BRACKET };

/* What is as it was before, once the frame closes. */
struct frame {
    enum frame_kind kind;
    const struct twee_expr *when, *chain;
    int since, until, chain_since, chain_id, branch;
    GPtrArray *steps;
    int *sets;
};

struct reader {
    const char *begin, *at, *end;
    int line;
    enum twee_format format;
    struct twee_library *library;
    const struct twee_passage *nested[NESTED_MAX]; /* those that are being read, the passage itself first */
    int n_nested;
    GPtrArray *own;
    struct twee_body *body;
    GString *card, *script;
    struct frame frames[FRAMES_MAX];
    int n_frames, too_deep, floor; /* floor: frames that were open where the text being read is included */
    const struct twee_expr *when;  /* under which the place is reached; NULL: always */
    const struct twee_expr
        *chain; /* none of the branches so far held; NULL: there is no `if` that an `else` could go with */
    int chains, chain_id, branch;  /* how many chains there were, which one this is, and which branch of it */
    bool otherwise;                /* the branch is an `else` */
    int since, until, chain_since; /* how many were set when they were looked at */
    GPtrArray *steps;              /* of the passage, or of the link that is open */
    int sets[2];                   /* how many were set: in the passage, in the link */
    int *n_sets;
    const char *no_link; /* up to here, no link is closed */
    bool unclosed;       /* a macro is, so what follows is words */
};

static void free_step(void *at)
{
    struct twee_step *s = at;
    g_free(s->name);
    g_free(s->target);
    g_clear_pointer(&s->steps, g_ptr_array_unref);
    g_free(s);
}

static void clear_left(void *at)
{
    struct twee_left *l = at;
    g_free(l->what);
}

GArray *twee_left_new(void)
{
    GArray *left = g_array_new(FALSE, TRUE, sizeof(struct twee_left));
    g_array_set_clear_func(left, clear_left);
    return left;
}

void twee_leave(GArray *left, int line, const char *why, const char *what, gsize len)
{
    gsize n = MIN(len, SNIPPET);
    if (left->len == LEFT_MAX)
        return;
    if (left->len == LEFT_MAX - 1)
        why = "and more in this passage, from here on";
    while (n > 0 && n < len && ((unsigned char)what[n] & 0xC0) == 0x80)
        n--;
    char *copy = n < len ? g_strdup_printf("%.*s…", (int)n, what) : g_strndup(what, n);
    g_strdelimit(copy, "\n\t", ' ');
    const struct twee_left l = {line, why, copy};
    g_array_append_val(left, l);
}

static void leave(struct reader *r, const char *why, const char *from, const char *to)
{
    twee_leave(r->body->left, r->line, why, from, (gsize)(to - from));
}

static struct twee_step *add_step(struct reader *r, enum twee_step_kind kind, char *name, char *target)
{
    struct twee_step *s = g_new0(struct twee_step, 1);
    *s = (struct twee_step){.kind = kind,
                            .line = r->line,
                            .when = r->when,
                            .since = r->since,
                            .until = r->until,
                            .chain = r->when ? r->chain_id : 0,
                            .branch = r->branch,
                            .otherwise = r->otherwise,
                            .name = name,
                            .target = target};
    if (kind == TWEE_LINK)
        s->steps = g_ptr_array_new_with_free_func(free_step);
    g_ptr_array_add(r->steps, s);
    return s;
}

struct twee_step *twee_step_set(int line, const char *variable, const struct twee_expr *value)
{
    struct twee_step *s = g_new0(struct twee_step, 1);
    *s = (struct twee_step){
        .kind = TWEE_SET, .line = line, .since = INT_MAX, .name = g_strdup(variable), .value = value};
    return s;
}

static void add_set(void *user, const char *variable, const struct twee_expr *value)
{
    struct reader *r = user;
    add_step(r, TWEE_SET, g_strdup(variable), NULL)->value = value;
    ++*r->n_sets;
}

static void assign(struct reader *r, const char *from, const char *to)
{
    if (r->too_deep > 0 || !twee_assignments(r->own, r->format, from, (gsize)(to - from), add_set, r))
        leave(r, "sets what no variable of a story can be", from, to);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static bool open_frame(struct reader *r, enum frame_kind kind)
{
    if (r->n_frames == FRAMES_MAX) {
        if (r->too_deep++ == 0)
            leave(r, "more than 64 levels within each other", r->at, MIN(r->at + SNIPPET, r->end));
        return false;
    }
    r->frames[r->n_frames++] = (struct frame){.kind = kind,
                                              .when = r->when,
                                              .chain = r->chain,
                                              .since = r->since,
                                              .until = r->until,
                                              .chain_since = r->chain_since,
                                              .chain_id = r->chain_id,
                                              .branch = r->branch,
                                              .steps = r->steps,
                                              .sets = r->n_sets};
    return true;
}

static enum frame_kind close_frame(struct reader *r)
{
    if (r->too_deep > 0) {
        r->too_deep--;
        return FRAME_HOOK;
    }
    assert(r->n_frames > 0);
    const struct frame *f = &r->frames[--r->n_frames];
    r->when = f->when;
    r->since = f->since;
    r->until = f->until;
    r->steps = f->steps;
    r->n_sets = f->sets;
    r->chain = f->chain;
    r->chain_since = f->chain_since;
    r->chain_id = f->chain_id;
    r->branch = f->branch;
    return f->kind;
}

/* Goes on under `condition`, in a branch of the chain that began under `outer`. */
static void branch(struct reader *r, const struct twee_expr *outer, const struct twee_expr *condition)
{
    const struct twee_expr *here = twee_expr_and(r->own, r->chain, condition);
    r->when = twee_expr_and(r->own, outer, here);
    r->branch++;
    r->otherwise = !condition;
    r->since = MIN(r->since, r->chain_since);
    r->until = MAX(r->until, r->chain_since);
    if (condition)
        r->chain = twee_expr_and(r->own, r->chain, twee_expr_over(r->own, TWEE_NOT, condition, NULL));
}

static const struct twee_expr *condition(struct reader *r, const char *from, const char *to)
{
    const struct twee_expr *e = twee_expr_parse(r->own, r->format, from, (gsize)(to - from));
    if (e->op == TWEE_UNKNOWN)
        leave(r, "a condition that no story can have; what stands under it is not set, but its links are there", from,
              to);
    return e;
}

static void begin_chain(struct reader *r)
{
    r->chain = NULL;
    r->chain_since = *r->n_sets;
    r->chain_id = r->when ? 0 : ++r->chains;
    r->branch = -1;
}

static void open_link(struct reader *r, char *name, char *target)
{
    struct twee_step *link = add_step(r, TWEE_LINK, name, target);
    if (!open_frame(r, FRAME_LINK))
        return;
    r->steps = link->steps;
    r->when = r->chain = NULL;
    r->since = INT_MAX;
    r->until = 0;
    r->chain_id = 0;
    r->sets[1] = 0;
    r->n_sets = &r->sets[1];
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* The end of the line, or a place behind all that a message shows. */
static const char *line_end(const struct reader *r, const char *from)
{
    const gsize n = MIN((gsize)(r->end - from), SNIPPET + 1);
    const char *end = memchr(from, '\n', n);
    return end ? end : from + n;
}

static void add_words(struct reader *r, const char *from, gsize len)
{
    if (r->n_sets != r->sets) /* what a link shows only once it is followed */
        return;
    g_string_append_len(r->script, from, (gssize)len);
    if (!r->when)
        g_string_append_len(r->card, from, (gssize)len);
    else if (len > 1 || !g_ascii_isspace(*from)) {
        const GArray *left = r->body->left; /* once for a line is enough */
        static const char why[] = "words under a condition: they are in the script, and not on the card";
        if (left->len == 0 || g_array_index(left, struct twee_left, left->len - 1).line != r->line)
            leave(r, why, from, line_end(r, from));
    }
}

static void go_to(struct reader *r, const char *at)
{
    for (; r->at < at; r->at++)
        r->line += *r->at == '\n';
}

static const char *find(const struct reader *r, const char *from, const char *what)
{
    return memmem(from, (gsize)(r->end - from), what, strlen(what));
}

static char *trimmed(const char *from, const char *to)
{
    return g_strstrip(g_strndup(from, (gsize)(to - from)));
}

/* "text->target", "target<-text", "text|target", "target". The target keeps its blanks: a passage may have some at its ends. */
static void split_link(const char *from, const char *to, char **text, char **target)
{
    g_autofree char *all = g_strndup(from, (gsize)(to - from));
    char *at = g_strrstr(all, "->");
    if (at) {
        *text = trimmed(all, at);
        *target = g_strdup(at + 2);
    } else if ((at = strstr(all, "<-"))) {
        *target = g_strndup(all, (gsize)(at - all));
        *text = g_strstrip(g_strdup(at + 2));
    } else if ((at = strchr(all, '|'))) {
        *text = trimmed(all, at);
        *target = g_strdup(at + 1);
    } else {
        *text = g_strstrip(g_strdup(all));
        *target = g_strdup(all);
    }
}

static bool is_address(const char *target)
{
    return strstr(target, "://") || g_str_has_prefix(target, "mailto:");
}

/* [[…]] and [[…][setter]] */
static bool read_link(struct reader *r)
{
    const char *from = r->at + 2;
    if (from < r->no_link)
        return false;
    const char *end = find(r, from, "]]"), *to = end ? end : r->end, *line = memchr(from, '\n', (gsize)(to - from));
    if (!end || line) {
        r->no_link = line ? line : to;
        return false;
    }
    const char *setter = r->format == TWEE_HARLOWE ? NULL : memmem(from, (gsize)(end - from), "][", 2);
    char *text, *target;
    split_link(from, setter ?: end, &text, &target);
    if (is_address(target)) {
        leave(r, "a link that leads out of the story; its words stand on the card", r->at, end + 2);
        add_words(r, text, strlen(text));
        g_free(text);
        g_free(target);
        go_to(r, end + 2);
        return true;
    }
    open_link(r, text, target);
    if (setter)
        assign(r, setter + 2, end);
    close_frame(r);
    go_to(r, end + 2);
    return true;
}

static void skip_comment(struct reader *r, const char *opening, const char *closing)
{
    const char *end = find(r, r->at + strlen(opening), closing);
    go_to(r, end ? end + strlen(closing) : r->end);
}

/* Whether the two names are the same, but for case, `-` and `_`, which Harlowe does not look at. */
static bool is_macro(const char *name, gsize len, const char *known)
{
    for (gsize i = 0; i < len; i++) {
        if (name[i] == '-' || name[i] == '_')
            continue;
        if (!*known || g_ascii_tolower(name[i]) != *known)
            return false;
        known++;
    }
    return !*known;
}

/* Behind what closes what opens before `from`; quotes count. NULL: nothing does. */
static const char *closing(const struct reader *r, const char *from, char open, char close, int signs)
{
    int depth = 1;
    char quote = 0;
    for (const char *p = from; p < r->end; p++) {
        if (quote) {
            p += *p == '\\';
            quote = p < r->end && *p == quote ? 0 : quote;
        } else if (*p == '"' || (*p == '\'' && !(p > from && g_ascii_isalpha(p[-1]))))
            quote = *p;
        else if (open && *p == open)
            depth++;
        else if (*p == close && (signs == 1 || (p + 1 < r->end && p[1] == close)) && --depth == 0)
            return p + signs;
    }
    return NULL;
}

/* Nothing closes the macro here: from here on, all is words. */
static bool stays_open(struct reader *r)
{
    if (!r->unclosed)
        leave(r, "a macro that is not closed; what follows is taken for words", r->at, line_end(r, r->at));
    r->unclosed = true;
    return false;
}

/* The text in quotes at *at, or NULL; *at is behind it and a comma. */
static char *quoted(const char **at, const char *end)
{
    const char *p = *at;
    while (p < end && g_ascii_isspace(*p))
        p++;
    if (p >= end || (*p != '"' && *p != '\''))
        return NULL;
    const char quote = *p++;
    GString *out = g_string_new(NULL);
    for (; p < end && *p != quote; p++) {
        p += *p == '\\' && p + 1 < end;
        g_string_append_c(out, *p);
    }
    p += p < end;
    while (p < end && (g_ascii_isspace(*p) || *p == ','))
        p++;
    *at = p;
    return g_string_free(out, FALSE);
}

/* ---- SugarCube --------------------------------------------------------------------------------------------------- */

/* <<link "text" "target">> and <<link [[text|target]]>> */
static void sugar_link(struct reader *r, const char *from, const char *to, const char *whole)
{
    char *text = quoted(&from, to), *target = text ? quoted(&from, to) : NULL;
    const char *end = text ? NULL : memmem(from, (gsize)(to - from), "]]", 2);
    if (!text && end && to - from > 4 && from[0] == '[' && from[1] == '[')
        split_link(from + 2, end, &text, &target);
    if (!text) {
        leave(r, "a link whose words are computed", whole, to);
        text = trimmed(from, to);
    }
    open_link(r, text, target);
}

/* Is it what closes that macro, `/if` or, as in SugarCube 1, `endif`? */
static bool is_end_of(const char *name, gsize len, const char *known)
{
    return (*name == '/' && is_macro(name + 1, len - 1, known)) ||
           (len > 3 && strncmp(name, "end", 3) == 0 && is_macro(name + 3, len - 3, known));
}

/* Does it close a macro that holds a link? */
static bool is_end_of_link(const char *name, gsize len)
{
    return is_end_of(name, len, "link") || is_end_of(name, len, "button") || is_end_of(name, len, "click");
}

/* What it closes was left out, or is nothing. */
static bool is_idle_end(const char *name, gsize len)
{
    static const char *const ends[] = {"silently", "nobr", "for", "widget", "replace", "append", "prepend"};
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (is_end_of(name, len, ends[i]))
            return true;
    return *name == '/' && !is_end_of(name, len, "if") && !is_end_of_link(name, len);
}

static bool closes(struct reader *r, enum frame_kind kind)
{
    if (r->too_deep == 0 && (r->n_frames == r->floor || r->frames[r->n_frames - 1].kind != kind))
        return false;
    close_frame(r);
    return true;
}

static bool sugar_branch(struct reader *r, const char *name, gsize len, const char *from, const char *to)
{
    const bool otherwise = is_macro(name, len, "else");
    if (is_macro(name, len, "if")) {
        if (open_frame(r, FRAME_IF)) {
            begin_chain(r);
            branch(r, r->when, condition(r, from, to));
        }
    } else if (otherwise || is_macro(name, len, "elseif")) {
        if (r->too_deep > 0)
            return true;
        if (r->n_frames == r->floor || r->frames[r->n_frames - 1].kind != FRAME_IF)
            return false;
        r->since = r->frames[r->n_frames - 1].since;
        r->until = r->frames[r->n_frames - 1].until;
        branch(r, r->frames[r->n_frames - 1].when, otherwise ? NULL : condition(r, from, to));
    } else
        return is_end_of(name, len, "if") && closes(r, FRAME_IF);
    return true;
}

/* The passage that is named in quotes or as a link; NULL: none is, or not by a constant. To be freed. */
static char *constant_passage(const char *from, const char *to)
{
    char *target = quoted(&from, to), *text;
    const char *end = target ? NULL : memmem(from, (gsize)(to - from), "]]", 2);
    if (end && to - from > 4 && from[0] == '[' && from[1] == '[') {
        split_link(from + 2, end, &text, &target);
        g_free(text);
    } else if (target && from < to && *from != '"' &&
               *from != '\'') /* more than an argument of its own: it is worked out */
        g_clear_pointer(&target, g_free);
    return target;
}

static bool sugar_goto(struct reader *r, const char *from, const char *to)
{
    char *target = constant_passage(from, to);
    if (target)
        add_step(r, TWEE_GOTO, NULL, target);
    return target != NULL;
}

/* A text in quotes is words; a value is not, and stands there as it is written. */
static bool print(struct reader *r, const char *from, const char *to)
{
    while (from < to && g_ascii_isspace(*from))
        from++;
    const char *name = from + 1, *rest = from;
    g_autofree char *words = quoted(&rest, to);
    while (words && rest < to && g_ascii_isspace(*rest))
        rest++;
    while (!words && name < to && (g_ascii_isalnum(*name) || *name == '_'))
        name++;
    const bool variable = !words && from < to && *from == '$' && name == to && name > from + 1;
    if (!(words && rest == to) && !variable)
        return false;
    if (variable)
        leave(r, value_in_words, from, to);
    add_words(r, variable ? from : words, variable ? (gsize)(to - from) : strlen(words));
    return true;
}

/* ---- passages within others -------------------------------------------------------------------------------------- */

static void read_all(struct reader *r);

/* Why not, or NULL. */
static const char *no_inclusion(const struct reader *r, const struct twee_passage *p)
{
    if (!p)
        return "a passage that is not there";
    for (int i = 0; i < r->n_nested; i++)
        if (r->nested[i] == p)
            return "a passage that includes itself";
    if (r->n_nested == NESTED_MAX)
        return "more than 16 passages that include each other";
    return strlen(p->text) > r->library->budget ? "more than 8 MiB of passages that others include" : NULL;
}

/* Reads a passage as if it stood here. What it opens, it closes; what is open here, it can't close. */
static bool include(struct reader *r, const char *from, const char *to)
{
    g_autofree char *name = constant_passage(from, to);
    if (!name)
        return false;
    const struct twee_passage *p = g_hash_table_lookup(r->library->passages, name);
    const char *why = no_inclusion(r, p);
    if (why) {
        leave(r, why, from, to);
        return true;
    }
    const struct reader outer = *r;
    r->library->budget -= strlen(p->text);
    r->nested[r->n_nested++] = p;
    r->begin = r->at = p->text;
    r->end = p->text + strlen(p->text);
    r->line = p->line + 1;
    r->no_link = NULL;
    r->unclosed = false;
    r->floor = r->n_frames;
    r->chain = NULL;
    read_all(r);
    r->begin = outer.begin;
    r->at = outer.at;
    r->end = outer.end;
    r->line = outer.line;
    r->no_link = outer.no_link;
    r->unclosed = outer.unclosed;
    r->floor = outer.floor;
    r->chain = outer.chain;
    r->chain_since = outer.chain_since;
    r->chain_id = outer.chain_id;
    r->branch = outer.branch;
    r->too_deep = outer.too_deep;
    r->n_nested--;
    return true;
}

static bool sugar_macro(struct reader *r, const char *name, gsize len, const char *from, const char *to)
{
    if (sugar_branch(r, name, len, from, to))
        return true;
    if (is_macro(name, len, "set"))
        assign(r, from, to);
    else if (is_macro(name, len, "goto"))
        return sugar_goto(r, from, to);
    else if (is_macro(name, len, "include") || is_macro(name, len, "display"))
        return include(r, from, to);
    else if (is_macro(name, len, "print"))
        return print(r, from, to);
    else if (*name == '=' || *name == '-')
        return print(r, name + 1, to);
    else if (is_macro(name, len, "link") || is_macro(name, len, "button") || is_macro(name, len, "click"))
        sugar_link(r, from, to, name);
    else if (is_end_of_link(name, len))
        return closes(r, FRAME_LINK);
    else
        return is_macro(name, len, "silently") || is_macro(name, len, "nobr") || is_idle_end(name, len);
    return true;
}

static bool read_sugar(struct reader *r)
{
    const char *end = r->unclosed ? NULL : closing(r, r->at + 2, 0, '>', 2);
    if (!end)
        return stays_open(r);
    const char *name = r->at + 2, *from = name;
    while (from < end - 2 && !g_ascii_isspace(*from))
        from++;
    const gsize len = (gsize)(from - name);
    while (from < end - 2 && g_ascii_isspace(*from))
        from++;
    if (!sugar_macro(r, name, len, from, end - 2)) {
        const char *close = is_macro(name, len, "script") ? find(r, end, "<</script>>") : NULL;
        leave(r, "a macro that no story has a word for", r->at, close ?: end);
        end = close ? close + strlen("<</script>>") : end;
    }
    go_to(r, end);
    return true;
}

/* ---- Harlowe ----------------------------------------------------------------------------------------------------- */

/* Opens the hook that must follow. False: none does. */
static bool open_hook(struct reader *r, const char *end, enum frame_kind kind)
{
    while (end < r->end && *end == ' ')
        end++;
    if (end >= r->end || *end != '[')
        return false;
    go_to(r, end + 1);
    if (kind != FRAME_LINK)
        open_frame(r, kind);
    return true;
}

static bool harlowe_branch(struct reader *r, const char *name, gsize len, const char *from, const char *to)
{
    const bool is_if = is_macro(name, len, "if"), unless = is_macro(name, len, "unless"),
               otherwise = is_macro(name, len, "else");
    if (!(is_if || unless || otherwise || is_macro(name, len, "elseif")))
        return false;
    const int deep = r->too_deep;
    if (!(is_if || unless || r->chain) || !open_hook(r, to + 1, FRAME_IF))
        return false;
    if (r->too_deep > deep)
        return true;
    if (is_if || unless)
        begin_chain(r);
    const struct twee_expr *c = otherwise ? NULL : condition(r, from, to);
    branch(r, r->when, unless ? twee_expr_over(r->own, TWEE_NOT, c, NULL) : c);
    struct frame *f = &r->frames[r->n_frames - 1]; /* an `else` goes with it once it is closed, and not within */
    f->chain = r->chain;
    f->chain_since = r->chain_since;
    f->chain_id = r->chain_id;
    f->branch = r->branch;
    r->chain = NULL;
    return true;
}

static bool harlowe_link(struct reader *r, const char *from, const char *to, bool leads)
{
    char *text = quoted(&from, to), *target = text ? quoted(&from, to) : NULL;
    if (!text)
        return false;
    const char *hook = to + 1;
    if (leads) {
        open_link(r, text, target ?: g_strdup(text));
        close_frame(r);
        go_to(r, hook);
        return true;
    }
    g_free(target);
    if (hook >= r->end || *hook != '[') {
        g_free(text);
        return false;
    }
    open_link(r, text, NULL);
    go_to(r, hook + 1);
    return true;
}

static bool harlowe_macro(struct reader *r, const char *name, gsize len, const char *from, const char *to)
{
    if (harlowe_branch(r, name, len, from, to))
        return true;
    if (is_macro(name, len, "link") || is_macro(name, len, "linkreplace"))
        return harlowe_link(r, from, to, false);
    if (is_macro(name, len, "linkgoto"))
        return harlowe_link(r, from, to, true);
    if (is_macro(name, len, "set"))
        assign(r, from, to);
    else if (is_macro(name, len, "goto")) {
        char *target = quoted(&from, to);
        if (!target)
            return false;
        add_step(r, TWEE_GOTO, NULL, target);
    } else if (is_macro(name, len, "display")) {
        if (!include(r, from, to))
            return false;
    } else if (!is_macro(name, len, "print") || !print(r, from, to))
        return false;
    go_to(r, to + 1);
    return true;
}

/* "(name: …)", and the hook that may follow. False: no macro stands here. */
static bool read_harlowe(struct reader *r)
{
    const char *name = r->at + 1, *from = name;
    while (from < r->end && (g_ascii_isalnum(*from) || *from == '-' || *from == '_'))
        from++;
    if (from == name || from >= r->end || *from != ':')
        return false;
    const gsize len = (gsize)(from - name);
    const char *end = r->unclosed ? NULL : closing(r, ++from, '(', ')', 1);
    while (end && from < end - 1 && g_ascii_isspace(*from))
        from++;
    if (!end)
        return stays_open(r);
    if (harlowe_macro(r, name, len, from, end - 1))
        return true;
    leave(r, "a macro that no story has a word for", r->at, end);
    if (!open_hook(r, end, FRAME_HOOK))
        go_to(r, end);
    return true;
}

/* A bracket that belongs to the words, or to a hook. */
static bool read_bracket(struct reader *r)
{
    if (*r->at == '[') {
        open_frame(r, FRAME_BRACKET);
        return false;
    }
    if (r->n_frames == r->floor)
        return false;
    if (close_frame(r) == FRAME_BRACKET)
        return false;
    r->at++;
    return true;
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static bool starts(const struct reader *r, const char *what)
{
    const gsize n = strlen(what);
    return (gsize)(r->end - r->at) >= n && strncmp(r->at, what, n) == 0;
}

/* False: what stands here is words. */
static bool read_markup(struct reader *r)
{
    const bool harlowe = r->format == TWEE_HARLOWE;
    if (starts(r, "''") || (starts(r, "//") && (r->at == r->begin || r->at[-1] != ':'))) /* bold, italic; no address */
        r->at += 2;
    else if (starts(r, "<!--"))
        skip_comment(r, "<!--", "-->");
    else if (!harlowe && starts(r, "/*"))
        skip_comment(r, "/*", "*/");
    else if (!harlowe && starts(r, "/%"))
        skip_comment(r, "/%", "%/");
    else if (starts(r, "[["))
        return read_link(r);
    else if (!harlowe && starts(r, "<<"))
        return read_sugar(r);
    else if (harlowe && *r->at == '(')
        return read_harlowe(r);
    else
        return harlowe && (*r->at == '[' || *r->at == ']') && read_bracket(r);
    return true;
}

/* A variable in the words, or HTML: shown as they are written. */
static void look_at_words(struct reader *r)
{
    const char next = r->at + 1 < r->end ? r->at[1] : ' ';
    if (*r->at == '$' && (g_ascii_isalpha(next) || next == '_'))
        leave(r, value_in_words, r->at, line_end(r, r->at));
    else if (starts(r, "[img["))
        leave(r, "a picture", r->at, line_end(r, r->at));
    else if (*r->at == '<' && g_ascii_isalpha(next))
        leave(r, "HTML, which is shown as it is written", r->at, line_end(r, r->at));
}

/* Lines without blanks at their ends, no two empty ones in a row. */
static char *tidy(GString *text)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    GString *out = g_string_sized_new(text->len);
    bool gap = false;
    for (char **l = lines; *l; l++) {
        g_strdelimit(*l, "\t", ' ');
        g_strstrip(*l);
        if (**l && strcmp(*l, "*") != 0 && strcmp(*l, "-") != 0) /* of a list of links, the marks are left */
            g_string_append_printf(out, "%s%s%s", out->len ? "\n" : "", gap && out->len ? "\n" : "", *l);
        gap = !**l;
    }
    g_string_free(text, TRUE);
    return g_string_free(out, FALSE);
}

static void read_all(struct reader *r)
{
    while (r->at < r->end)
        if (!read_markup(r)) {
            const char *next = g_utf8_next_char(r->at);
            look_at_words(r);
            add_words(r, r->at, (gsize)(next - r->at));
            go_to(r, next);
        }
    if (r->n_frames > r->floor)
        leave(r, "what was opened is not closed before the passage ends", r->end, r->end);
    r->too_deep = 0;
    while (r->n_frames > r->floor)
        close_frame(r);
}

struct twee_body *twee_body_parse(const struct twee_passage *p, struct twee_library *library, GPtrArray *own)
{
    struct twee_body *b = g_new0(struct twee_body, 1);
    struct reader *r = g_new0(struct reader, 1);
    b->steps = g_ptr_array_new_with_free_func(free_step);
    b->left = twee_left_new();
    *r = (struct reader){.begin = p->text,
                         .at = p->text,
                         .end = p->text + strlen(p->text),
                         .line = p->line + 1,
                         .format = library->format,
                         .own = own,
                         .body = b,
                         .steps = b->steps};
    r->n_sets = r->sets;
    r->since = INT_MAX;
    r->card = g_string_new(NULL);
    r->script = g_string_new(NULL);
    r->library = library;
    r->nested[r->n_nested++] = p;
    read_all(r);
    b->card = tidy(r->card);
    b->script = tidy(r->script);
    g_free(r);
    return b;
}

void twee_body_free(struct twee_body *b)
{
    if (!b)
        return;
    g_free(b->card);
    g_free(b->script);
    g_ptr_array_unref(b->steps);
    g_array_unref(b->left);
    g_free(b);
}
