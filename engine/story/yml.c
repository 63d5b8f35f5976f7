#include "story/yml.h"

#include "base/arena.h"
#include "base/brief.h"
#include "base/lookalike.h"
#include "story/limits.h"
#include "story/syntax.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

/* In mappings with more keys than this, duplicates are found by hash instead of by comparing all pairs. */
#define FEW_KEYS 24

struct yml_anchor {
    const struct yml_node *node;
    size_t events; /* what it expands to */
    bool used;
};

struct yml {
    yaml_parser_t parser;
    yaml_event_t event; /* the next one, if `peeked` */
    bool peeked, failed;
    bool anchored;       /* there are anchors, so nodes must live to the end */
    bool started;        /* the document has begun */
    bool tight_comments; /* somewhere stands ` #x`: a comment, or a text that YAML cuts off */
    struct source_text *src;
    struct diags *diags;
    struct arena *arena;
    GHashTable *anchors; /* name (owned) -> struct yml_anchor (owned) */
    size_t events;       /* read so far; an alias counts as what it expands to */
    size_t alias_events;
    unsigned flow; /* braces and brackets around what is read: there, a comment always leads to a syntax error */
    uint32_t alias_line, alias_col; /* of the last alias that was reported; 0: none */
    unsigned entered;               /* how many mappings were entered and not left */
};

static struct yml_node *parse_node(struct yml *y, unsigned depth);

/* O(1). */
static bool yml_check(const struct yml *y)
{
    assert(y->src && y->diags && y->arena);
    assert(y->alias_events <= y->events); /* an alias counts as what it expands to */
    assert(y->anchored || g_hash_table_size(y->anchors) == 0);
    assert(y->entered <= STORY_DEPTH_MAX);
    return true;
}

/* ---- reporting ------------------------------------------------------------------------------------------------- */

static struct diag_at at_place(struct source_text *src, uint32_t line, uint32_t col, uint32_t len)
{
    struct diag_at at = {.file = src->name, .line = line, .col = col, .len = len};
    at.text = source_text_line(src, line, &at.text_len);
    return at;
}

void yml_report(struct source_text *src, struct diags *diags, const struct yml_node *at, const char *code,
                const char *advice, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    const struct diag_at place = at_place(src, at->line, at->col, at->width);
    diags_add(diags, code, &place, advice, "%s", message);
}

static void report_mark(struct yml *y, yaml_mark_t mark, const char *code, const char *advice, const char *message)
{
    const struct diag_at at = at_place(y->src, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, 1);
    diags_add(y->diags, code, &at, advice, "%s", message);
}

/* Where the reader stopped. A character that is cut short is shown where it begins, not where its rest is missing. */
static size_t reader_offset(const struct yml *y)
{
    size_t at = MIN(y->parser.problem_offset, y->src->len);
    if (strstr(y->parser.problem, "trailing"))
        while (at > 0 && ((unsigned char)y->src->text[--at] & 0xC0) != 0xC0)
            ;
    return at;
}

static void report_mistake(struct yml *y, const char *code, struct syntax_mistake *m)
{
    const struct diag_at whole = {.file = y->src->name};
    const struct diag_at at = m->line ? at_place(y->src, m->line, m->col, m->len) : whole;
    diags_add(y->diags, code, &at, m->advice, "%s", m->message);
    syntax_mistake_clear(m);
}

static void report_syntax(struct yml *y)
{
    const yaml_parser_t *p = &y->parser;
    y->failed = true;
    if (p->error == YAML_READER_ERROR) {
        struct syntax_mistake bytes = syntax_explain_bytes(y->src, reader_offset(y), p->problem);
        report_mistake(y, "E103", &bytes);
        return;
    }
    const struct syntax_stop stop = {.problem = p->problem ? p->problem : "out of memory",
                                     .inside = p->context,
                                     .line = (uint32_t)p->problem_mark.line + 1,
                                     .col = (uint32_t)p->problem_mark.column + 1,
                                     .in_line = (uint32_t)p->context_mark.line + 1,
                                     .in_col = (uint32_t)p->context_mark.column + 1};
    struct syntax_mistake m = syntax_explain(y->src, &stop);
    if (m.line == y->alias_line && m.col == y->alias_col) /* `*Which?`: it was said that this is no alias */
        syntax_mistake_clear(&m);
    else
        report_mistake(y, "E102", &m);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* The next event, or NULL after an error. It stays the next one until drop_event(). */
static yaml_event_t *peek_event(struct yml *y)
{
    if (y->failed)
        return NULL;
    if (!y->peeked) {
        if (!yaml_parser_parse(&y->parser, &y->event)) {
            report_syntax(y);
            return NULL;
        }
        y->peeked = true;
    }
    return &y->event;
}

static void drop_event(struct yml *y)
{
    assert(y->peeked);
    yaml_event_delete(&y->event);
    y->peeked = false;
    y->events++;
}

/* Skips the beginning of the stream and of its only document. */
static void skip_prologue(struct yml *y)
{
    y->started = true;
    for (yaml_event_t *e = peek_event(y); e; e = peek_event(y)) {
        if (e->type != YAML_STREAM_START_EVENT && e->type != YAML_DOCUMENT_START_EVENT)
            return;
        drop_event(y);
    }
}

/* `prompt: &and so on` is the text "so on", with a name for it. */
static void warn_unused_anchors(struct yml *y)
{
    GHashTableIter it;
    gpointer name, value;
    g_hash_table_iter_init(&it, y->anchors);
    while (g_hash_table_iter_next(&it, &name, &value)) {
        const struct yml_anchor *a = value;
        if (!a->used && a->node->kind == YML_SCALAR && a->node->len > 0)
            yml_report(
                y->src, y->diags, a->node, "W614", "put a text that begins with `&` in double quotes; or remove it",
                "`&%s` is no part of the text: it names it for `*%s`, which nothing uses", (char *)name, (char *)name);
    }
}

/* Looks behind the root: a second document is a mistake, and is not read. */
static void check_epilogue(struct yml *y)
{
    yaml_event_t *e = peek_event(y);
    if (e)
        warn_unused_anchors(y);
    if (e && e->type == YAML_DOCUMENT_END_EVENT) {
        drop_event(y);
        e = peek_event(y);
    }
    if (e && e->type == YAML_DOCUMENT_START_EVENT) {
        report_mark(y, e->start_mark, "E108", "use `include:` to spread a story over several files",
                    "a second document begins here, but a story is a single one");
        y->failed = true;
    }
}

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

static struct yml_node *node_new(struct yml *y, const yaml_event_t *e, enum yml_kind kind)
{
    struct yml_node *n = arena_alloc(y->arena, sizeof *n);
    n->kind = kind;
    n->line = (uint32_t)e->start_mark.line + 1;
    n->col = (uint32_t)e->start_mark.column + 1;
    n->file = y->src->number;
    n->width = 1;
    if (e->end_mark.line == e->start_mark.line && e->end_mark.column > e->start_mark.column)
        n->width = (uint32_t)(e->end_mark.column - e->start_mark.column);
    return n;
}

/* A refused tag is reported once, and not again for what it leaves empty. */
static bool refuse_tag(struct yml *y, const yaml_event_t *e, const yaml_char_t *tag)
{
    if (tag)
        report_mark(y, e->start_mark, "E109", "put a text that begins with `!` in double quotes; remove any other tag",
                    "`!` begins a YAML tag, and tags have no effect in a story");
    return tag != NULL;
}

char yml_quote_of(int style)
{
    switch ((yaml_scalar_style_t)style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return '\'';
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return '"';
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
        return '|';
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
        break;
    }
    return 0;
}

/* "#2", at the end of a text and with blanks before it: it begins a comment, but is written like a part of the text. */
static const char *swallowed_text(struct yml *y, yaml_mark_t end, uint32_t *col)
{
    size_t len = 0;
    const char *p = source_text_line(y->src, (uint32_t)end.line + 1, &len);
    if (!p)
        return NULL;
    const char *const stop = p + len;
    for (size_t i = 0; i < end.column && p < stop; i++)
        p += g_utf8_skip[(guchar)*p];
    const char *const behind = p;
    while (p < stop && (*p == ' ' || *p == '\t'))
        p++;
    *col = (uint32_t)end.column + (uint32_t)(p - behind) + 1;
    return p > behind && p + 1 < stop && p[0] == '#' && !strchr(" \t#", p[1]) ? p : NULL;
}

static void warn_swallowed(struct yml *y, const yaml_event_t *e, const struct yml_node *n)
{
    uint32_t col;
    if (!y->tight_comments || y->flow > 0 || n->quote || n->len == 0 || e->end_mark.line != e->start_mark.line)
        return;
    const char *rest = swallowed_text(y, e->end_mark, &col);
    if (!rest)
        return;
    const struct diag_at at = at_place(y->src, n->line, col, 1);
    diags_add(y->diags, "W614", &at, "put the text in double quotes; or write a blank behind the `#` of a comment",
              "` #` begins a comment, so the text ends before it");
}

/* `-{goto: b}` is a text for YAML, if it holds nothing that a text can't: no writer means that. */
static bool refuse_glued_dash(struct yml *y, const yaml_event_t *e, const struct yml_node *n)
{
    if (n->quote || n->text[0] != '-' || (n->text[1] != '{' && n->text[1] != '['))
        return false;
    report_mark(y, e->start_mark, "E102", SYNTAX_DASH_ADVICE, SYNTAX_DASH);
    return true;
}

static struct yml_node *parse_scalar(struct yml *y, const yaml_event_t *e)
{
    struct yml_node *n = node_new(y, e, YML_SCALAR);
    const char *text = (const char *)e->data.scalar.value;
    n->quote = yml_quote_of(e->data.scalar.style);
    n->folded = e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
    n->len = (uint32_t)e->data.scalar.length;
    n->text = arena_copy(y->arena, text, n->len);
    if (refuse_tag(y, e, e->data.scalar.tag) && n->len == 0)
        n->kind = YML_BROKEN;
    if (refuse_glued_dash(y, e, n))
        n->kind = YML_BROKEN;
    warn_swallowed(y, e, n);
    /* "\0" in quotes is the only way to get a NUL past the reader. */
    if (memchr(text, 0, n->len)) {
        report_mark(y, e->start_mark, "E103", "remove the `\\0`", "a text can't contain a NUL character");
        n->kind = YML_BROKEN;
    }
    return n;
}

static struct yml_node *parse_alias(struct yml *y, const yaml_event_t *e)
{
    struct yml_node *n = node_new(y, e, YML_BROKEN);
    const char *name = (const char *)e->data.alias.anchor;
    struct yml_anchor *a = g_hash_table_lookup(y->anchors, name);
    if (!a) {
        g_autofree char *message =
            g_strdup_printf("`*%s` stands for nothing: there is no complete `&%s` before it", name, name);
        y->alias_line = (uint32_t)e->start_mark.line + 1;
        y->alias_col = (uint32_t)e->start_mark.column + 1;
        report_mark(y, e->start_mark, "E110",
                    "put a text that begins with `*` in double quotes; or write what is meant", message);
        return n;
    }
    a->used = true;
    y->alias_events += a->events;
    y->events += a->events;
    if (y->alias_events > STORY_ALIAS_EVENTS_MAX) {
        g_autofree char *message =
            g_strdup_printf("the aliases of this file expand to more than %d parts", STORY_ALIAS_EVENTS_MAX);
        report_mark(y, e->start_mark, "E512", "write out what is meant", message);
        y->failed = true;
        return n;
    }
    /* The node itself is copied, because it stands in another list; what is below it is shared. */
    *n = *a->node;
    n->next = n->value = NULL;
    return n;
}

static bool same_text(const struct yml_node *a, const struct yml_node *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* An earlier key with the same text, or NULL. *table is made once there are many keys. */
static const struct yml_node *earlier_key(const struct yml_node *map, const struct yml_node *key, GHashTable **table)
{
    if (map->len < FEW_KEYS) {
        for (const struct yml_node *k = map->first; k; k = k->next)
            if (same_text(k, key))
                return k;
        return NULL;
    }
    if (!*table) {
        *table = g_hash_table_new(g_str_hash, g_str_equal);
        for (const struct yml_node *k = map->first; k; k = k->next)
            g_hash_table_insert(*table, (gpointer)k->text, (gpointer)k);
    }
    const struct yml_node *found = g_hash_table_lookup(*table, key->text);
    if (!found)
        g_hash_table_insert(*table, (gpointer)key->text, (gpointer)key);
    return found;
}

/* Is it a plain name? A key that begins with an odd blank stands in the wrong mapping, and so does all that follows. */
static bool check_key_shape(struct yml *y, const struct yml_node *key)
{
    const gunichar first = key->kind == YML_SCALAR && key->len > 0 ? g_utf8_get_char(key->text) : 'a';
    if (key->kind != YML_SCALAR)
        yml_report(y->src, y->diags, key, "E106", "write a single word before the colon", "a key must be a plain name");
    if (!lookalike_is_blank(first))
        return key->kind == YML_SCALAR;
    g_autofree char *name = lookalike_name(first);
    struct yml_node at = *key;
    at.width = 1;
    yml_report(y->src, y->diags, &at, "E102", syntax_blank_advice(first), SYNTAX_ODD_BLANK, name);
    y->failed = true;
    return false;
}

/* Can this be a key of its mapping? Reports why not. */
static bool check_key(struct yml *y, const struct yml_node *map, const struct yml_node *key, GHashTable **table)
{
    if (key->kind == YML_BROKEN)
        return false;
    if (!check_key_shape(y, key))
        return false;
    const struct yml_node *earlier = earlier_key(map, key, table);
    if (!earlier)
        return true;
    g_autofree char *name = brief(key->text, BRIEF_CHARS);
    yml_report(y->src, y->diags, key, "E104", "remove or rename one of them", "`%s` is given twice, first on line %u",
               name, earlier->line);
    return false;
}

/* Reads items, or keys and values, up to the end event. */
static void parse_children(struct yml *y, struct yml_node *parent, unsigned depth)
{
    const struct yml_node **link = &parent->first;
    GHashTable *table = NULL;
    bool refused = false;
    for (yaml_event_t *e = peek_event(y); e; e = peek_event(y)) {
        if (e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT) {
            drop_event(y);
            break;
        }
        struct yml_node *child = parse_node(y, depth + 1);
        if (parent->kind == YML_MAP) {
            struct yml_node *value = child ? parse_node(y, depth + 1) : NULL;
            refused |= child && child->kind == YML_BROKEN;
            if (!value || !check_key(y, parent, child, &table))
                continue;
            child->value = value;
        }
        if (!child)
            break;
        *link = child;
        link = (const struct yml_node **)&child->next;
        parent->len++;
    }
    if (refused && parent->len == 0)
        parent->kind = YML_BROKEN; /* it is no mapping: `-{goto: home}` */
    if (table)
        g_hash_table_destroy(table);
}

static bool is_flow(const yaml_event_t *e)
{
    return e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                                                : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
}

static struct yml_node *parse_collection(struct yml *y, const yaml_event_t *e, unsigned depth)
{
    const bool list = e->type == YAML_SEQUENCE_START_EVENT;
    struct yml_node *n = node_new(y, e, list ? YML_LIST : YML_MAP);
    n->width = 1;
    refuse_tag(y, e, list ? e->data.sequence_start.tag : e->data.mapping_start.tag);
    if (depth >= STORY_DEPTH_MAX) {
        g_autofree char *message = g_strdup_printf("nested more than %d levels deep", STORY_DEPTH_MAX);
        report_mark(y, e->start_mark, "E511", "put less into each other", message);
        y->failed = true;
        return NULL;
    }
    const bool flow = is_flow(e);
    drop_event(y);
    y->flow += flow;
    parse_children(y, n, depth);
    y->flow -= flow;
    return y->failed ? NULL : n;
}

static void remember_anchor(struct yml *y, char *name, const struct yml_node *node, size_t events)
{
    struct yml_anchor *a = g_new(struct yml_anchor, 1);
    *a = (struct yml_anchor){node, events, false};
    y->anchored = true;
    g_hash_table_replace(y->anchors, name, a);
}

static char *anchor_name(const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return g_strdup((const char *)e->data.scalar.anchor);
    case YAML_SEQUENCE_START_EVENT:
        return g_strdup((const char *)e->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return g_strdup((const char *)e->data.mapping_start.anchor);
    default:
        return NULL;
    }
}

/* Reads the next node with everything below it. */
static struct yml_node *parse_node(struct yml *y, unsigned depth)
{
    yaml_event_t *e = peek_event(y);
    if (!e)
        return NULL;
    char *name = anchor_name(e);
    const size_t before = y->events;
    struct yml_node *n = NULL;
    if (name)
        y->anchored = true;
    if (e->type == YAML_SCALAR_EVENT || e->type == YAML_ALIAS_EVENT) {
        n = e->type == YAML_SCALAR_EVENT ? parse_scalar(y, e) : parse_alias(y, e);
        drop_event(y);
    } else if (e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT) {
        n = parse_collection(y, e, depth);
    }
    if (name && n)
        remember_anchor(y, name, n, y->events - before);
    else
        g_free(name);
    return n;
}

/* ---- copies ----------------------------------------------------------------------------------------------------- */

static const struct yml_node *copy_children(struct arena *arena, const struct yml_node *first)
{
    const struct yml_node *copy = NULL, **link = &copy;
    for (const struct yml_node *n = first; n; n = n->next) {
        struct yml_node *child = yml_copy(arena, n);
        *link = child;
        link = &child->next;
    }
    return copy;
}

struct yml_node *yml_copy(struct arena *arena, const struct yml_node *n)
{
    struct yml_node *copy = arena_alloc(arena, sizeof *copy);
    *copy = *n;
    copy->text = n->text ? arena_copy(arena, n->text, n->len) : NULL;
    copy->first = copy_children(arena, n->first);
    copy->value = n->value ? yml_copy(arena, n->value) : NULL;
    copy->next = NULL;
    return copy;
}

size_t yml_count(const struct yml_node *n)
{
    size_t count = 1;
    for (const struct yml_node *child = n->first; child; child = child->next)
        count += yml_count(child);
    return count + (n->value ? yml_count(n->value) : 0);
}

/* ---- the cursor ------------------------------------------------------------------------------------------------ */

static bool has_tight_comment(const char *text, size_t len)
{
    for (const char *p = text, *hash; (hash = memchr(p, '#', len - (size_t)(p - text))); p = hash + 1)
        if (hash > text && hash + 1 < text + len && hash[-1] == ' ' && !strchr(" \t\r\n#", hash[1]))
            return true;
    return false;
}

struct yml *yml_open(struct source_text *src, struct diags *diags)
{
    struct yml *y = g_new0(struct yml, 1);
    if (!yaml_parser_initialize(&y->parser))
        g_error("libyaml: out of memory");
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)src->text, src->len);
    y->src = src;
    y->diags = diags;
    y->arena = arena_new();
    y->tight_comments = has_tight_comment(src->text, src->len);
    y->anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return y;
}

void yml_close(struct yml *y)
{
    if (!y)
        return;
    if (y->peeked)
        yaml_event_delete(&y->event);
    yaml_parser_delete(&y->parser);
    g_hash_table_destroy(y->anchors);
    arena_free(y->arena);
    g_free(y);
}

bool yml_enter(struct yml *y)
{
    if (!y->started)
        skip_prologue(y);
    const yaml_event_t *e = peek_event(y);
    if (!e || e->type != YAML_MAPPING_START_EVENT)
        return false;
    refuse_tag(y, e, e->data.mapping_start.tag);
    drop_event(y);
    y->entered++;
    assert(yml_check(y));
    return true;
}

const struct yml_node *yml_read(struct yml *y)
{
    if (!y->started)
        skip_prologue(y);
    const struct yml_node *n = parse_node(y, y->entered);
    if (n && y->entered == 0)
        check_epilogue(y);
    return n;
}

const struct yml_node *yml_key(struct yml *y)
{
    const yaml_event_t *e = peek_event(y);
    if (!e || e->type == YAML_MAPPING_END_EVENT) {
        if (e)
            drop_event(y);
        assert(y->entered > 0);
        if (--y->entered == 0)
            check_epilogue(y);
        return NULL;
    }
    const struct yml_node *key = parse_node(y, y->entered);
    if (key && key->kind != YML_BROKEN && !check_key_shape(y, key))
        ((struct yml_node *)key)->kind = YML_BROKEN;
    return key;
}

const struct yml_node *yml_pair(struct yml *y)
{
    struct yml_node *key = (struct yml_node *)yml_key(y);
    if (!key)
        return NULL;
    key->value = parse_node(y, y->entered);
    return key->value ? key : yml_key(y);
}

void yml_recycle(struct yml *y)
{
    assert(yml_check(y));
    if (!y->anchored)
        arena_reset(y->arena);
}

bool yml_failed(const struct yml *y)
{
    return y->failed;
}
