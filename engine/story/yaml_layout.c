#include "story/yaml_layout.h"

#include "story/source_text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#define LEVEL 2 /* spaces */

static GQuark layout_error(void)
{
    return g_quark_from_static_string("frumious-yaml-layout");
}

/* What is known of a line of the source. */
struct layout_line {
    const char *text;
    gsize len;  /* without its end */
    int indent; /* as written */
    int to;     /* as it will be; -1: it follows another line */
    int like;   /* the line that it is moved with; -1: none */
    bool exact; /* within a literal text: blanks at its end, and empty lines, are part of it */
    bool kept;  /* within any text: empty lines are part of it */
};

/* A mapping or list that is open. */
struct layout_block {
    int depth;              /* of its entries */
    bool list, flow, value; /* value: of a mapping, a value is due */
};

struct layout {
    GArray *lines;  /* struct layout_line */
    GArray *blocks; /* struct layout_block */
    guint odd_line; /* the first one, from 1, that ends in what only YAML calls a line end; 0: none does */
};

static struct layout_line *line_at(const struct layout *l, size_t i)
{
    assert(i < l->lines->len);
    return &g_array_index(l->lines, struct layout_line, i);
}

static void split_lines(struct layout *l, const char *text, gsize len)
{
    for (const char *p = text, *end = text + len; p < end;) {
        gsize n = 0, stop = 0;
        while (p + n < end && (stop = source_text_break(p + n, (gsize)(end - p) - n)) == 0)
            n++;
        struct layout_line line = {p, n, 0, -1, -1, false, false};
        while ((gsize)line.indent < n && p[line.indent] == ' ')
            line.indent++;
        g_array_append_val(l->lines, line);
        if (l->odd_line == 0 && p + n < end && (guchar)p[n] >= 0x80)
            l->odd_line = l->lines->len;
        p += n + stop;
    }
}

/* Nothing, or nothing but blanks and tabs? */
static bool is_blank(const struct layout_line *line)
{
    for (gsize i = (gsize)line->indent; i < line->len; i++)
        if (!g_ascii_isspace(line->text[i]))
            return false;
    return true;
}

static struct layout_block *top(const struct layout *l)
{
    return l->blocks->len > 0 ? &g_array_index(l->blocks, struct layout_block, l->blocks->len - 1) : NULL;
}

/* Is its first character the dash of a list? */
static bool begins_item(const struct layout_line *line)
{
    const char *p = line->text + line->indent;
    const gsize left = line->len - (gsize)line->indent;
    return left > 0 && p[0] == '-' && (left == 1 || p[1] == ' ');
}

/* How deep something stands that begins now. */
static int depth_now(const struct layout *l)
{
    const struct layout_block *b = top(l);
    if (!b)
        return 0;
    return b->depth + (b->list || b->value ? 1 : 0);
}

/* The line where something begins gets its place, if nothing has begun on it before. */
static void place_line(struct layout *l, size_t i, int depth)
{
    struct layout_line *line = line_at(l, i);
    const struct layout_block *b = top(l);
    if (line->to >= 0 || line->like >= 0)
        return;
    line->to = LEVEL * (b && b->list && begins_item(line) ? b->depth : depth);
}

/* The lines behind the first are moved as that one is. */
static void follow(struct layout *l, size_t first, size_t last, bool exact)
{
    for (size_t i = first + 1; i <= last && i < l->lines->len; i++) {
        struct layout_line *line = line_at(l, i);
        line->like = (int)first;
        line->exact = exact;
    }
}

/* A text in quotes or without any may go over lines, too: there, each empty line but the first is a line end of the text. */
static void mark_text(struct layout *l, const yaml_event_t *e)
{
    for (size_t i = e->start_mark.line + 1; i < e->end_mark.line && i < l->lines->len; i++)
        line_at(l, i)->kept = true;
}

static void value_was_taken(const struct layout *l)
{
    struct layout_block *b = top(l);
    if (b && !b->list)
        b->value = !b->value;
}

static void on_scalar(struct layout *l, const yaml_event_t *e)
{
    const yaml_scalar_style_t style = e->data.scalar.style;
    const bool literal = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    const bool empty = e->start_mark.index == e->end_mark.index;
    if (!empty && !top(l)->flow)
        place_line(l, e->start_mark.line, depth_now(l));
    /* The end of a literal text is the beginning of the line behind it. */
    const size_t end = e->end_mark.line - (literal && e->end_mark.column == 0 && e->end_mark.line > 0);
    if (!empty && !top(l)->flow && end > e->start_mark.line)
        follow(l, e->start_mark.line, end, literal);
    value_was_taken(l);
}

static void on_open(struct layout *l, const yaml_event_t *e, bool list, bool flow)
{
    const struct layout_block *outer = top(l);
    const bool inside = outer && outer->flow;
    const int depth = depth_now(l);
    if (!inside)
        place_line(l, e->start_mark.line, depth);
    const struct layout_block b = {depth, list, flow || inside, false};
    g_array_append_val(l->blocks, b);
}

static void on_close(struct layout *l, const yaml_event_t *e, const size_t *opened)
{
    const struct layout_block closed = *top(l);
    g_array_set_size(l->blocks, l->blocks->len - 1);
    const bool outermost = closed.flow && !(top(l) && top(l)->flow);
    if (outermost)
        follow(l, *opened, e->end_mark.line, false);
    value_was_taken(l);
}

static bool fail_parse(const yaml_parser_t *p, GError **error)
{
    g_set_error(error, layout_error(), 0, "line %zu: this is no YAML: %s", p->problem_mark.line + 1,
                p->problem ? p->problem : "it can't be read");
    return false;
}

/* YAML may be UTF-16, which a mark at its beginning tells. A line is not a run of bytes up to \n there, and no story is UTF-16. */
static bool is_utf8(const char *text, gsize len, GError **error)
{
    if (len < 2 || (memcmp(text, "\xFE\xFF", 2) != 0 && memcmp(text, "\xFF\xFE", 2) != 0))
        return true;
    g_set_error(error, layout_error(), 0, "line 1: this file is UTF-16, and a story is UTF-8. Save it as UTF-8");
    return false;
}

static void on_event(struct layout *l, const yaml_event_t *e, size_t *opened)
{
    const bool in_flow = top(l) && top(l)->flow;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        mark_text(l, e);
        if (top(l))
            on_scalar(l, e);
        break;
    case YAML_ALIAS_EVENT:
        if (top(l) && !in_flow)
            place_line(l, e->start_mark.line, depth_now(l));
        value_was_taken(l);
        break;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT: {
        const bool list = e->type == YAML_SEQUENCE_START_EVENT;
        const bool flow = list ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                               : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        if (flow && !in_flow)
            *opened = e->start_mark.line;
        on_open(l, e, list, flow);
        break;
    }
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        on_close(l, e, opened);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

static bool read_events(struct layout *l, const char *text, gsize len, GError **error)
{
    yaml_parser_t p;
    yaml_event_t e;
    size_t opened = 0;
    bool good = true, done = false;
    yaml_parser_initialize(&p);
    yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
    while (good && !done) {
        good = yaml_parser_parse(&p, &e) || fail_parse(&p, error);
        if (!good)
            break;
        on_event(l, &e, &opened);
        done = e.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&p);
    return good;
}

/* A comment stands as what it was written level with: what follows, or else what came before. */
static void place_comments(struct layout *l)
{
    const struct layout_line *before = NULL;
    for (guint i = 0; i < l->lines->len; i++) {
        struct layout_line *line = line_at(l, i), *next = NULL;
        if (line->to >= 0)
            before = line;
        if (line->to >= 0 || line->like >= 0 || is_blank(line))
            continue;
        for (guint k = i + 1; k < l->lines->len && !next; k++)
            next = line_at(l, k)->to >= 0 ? line_at(l, k) : NULL;
        const bool as_before = before && before->indent == line->indent && !(next && next->indent == line->indent);
        line->to = as_before ? before->to : next ? next->to : 0;
        if (begins_item(line) && next) /* a dash alone, whose item stands below it */
            line->to = MAX(next->to - LEVEL, 0);
    }
}

static void write_line(const struct layout *l, const struct layout_line *line, GString *out)
{
    const struct layout_line *of = line->like >= 0 ? line_at(l, (size_t)line->like) : line;
    const int indent = MAX(line->indent + of->to - of->indent, 0);
    gsize len = line->len;
    while (!line->exact && len > 0 && g_ascii_isspace(line->text[len - 1]))
        len--;
    if (len > (gsize)line->indent) {
        const char *p = line->text + line->indent, *end = line->text + len;
        g_string_append_printf(out, "%*s", indent, "");
        while (line->to >= 0 && end - p > 1 && p[0] == '-' && p[1] == ' ') { /* one blank behind a dash */
            g_string_append(out, "- ");
            for (p++; p < end && *p == ' ';)
                p++;
        }
        g_string_append_len(out, p, end - p);
    } else if (line->exact && line->indent > 0) {
        g_string_append_printf(out, "%*s", indent, "");
    }
    g_string_append_c(out, '\n');
}

static char *write_lines(const struct layout *l)
{
    GString *out = g_string_new(NULL);
    bool empty = true; /* the line before; at the beginning, none is wanted */
    for (guint i = 0; i < l->lines->len; i++) {
        const struct layout_line *line = line_at(l, i);
        const bool kept = line->exact || line->kept;
        if (kept || !is_blank(line) || !empty)
            write_line(l, line, out);
        empty = is_blank(line) && !kept;
    }
    while (out->len > 1 && out->str[out->len - 1] == '\n' && out->str[out->len - 2] == '\n' &&
           !line_at(l, l->lines->len - 1)->exact)
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

/* Everything that a file says, but for where it stands. */
static char *meaning(const char *text, gsize len)
{
    GString *out = g_string_new(NULL);
    yaml_parser_t p;
    yaml_event_t e;
    bool done = false;
    yaml_parser_initialize(&p);
    yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
    while (!done && yaml_parser_parse(&p, &e)) {
        g_string_append_printf(out, "%d ", e.type);
        if (e.type == YAML_SCALAR_EVENT)
            g_string_append_printf(out, "%d %zu %s", e.data.scalar.style, e.data.scalar.length,
                                   (const char *)e.data.scalar.value);
        g_string_append_c(out, '\n');
        done = e.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&p);
    return g_string_free(out, FALSE);
}

char *yaml_layout(const char *text, gsize len, GError **error)
{
    struct layout l = {g_array_new(FALSE, FALSE, sizeof(struct layout_line)),
                       g_array_new(FALSE, FALSE, sizeof(struct layout_block)), 0};
    char *laid_out = NULL;
    split_lines(&l, text, len);
    if (is_utf8(text, len, error) && read_events(&l, text, len, error)) {
        place_comments(&l);
        laid_out = write_lines(&l);
        g_autofree char *before = meaning(text, len), *after = meaning(laid_out, strlen(laid_out));
        if (strcmp(before, after) != 0) {
            g_clear_pointer(&laid_out, g_free);
            if (l.odd_line)
                g_set_error(
                    error, layout_error(), 0,
                    "line %u ends in a character that only YAML takes for a line end (U+0085, U+2028 or U+2029), and "
                    "would no longer say the same; write a usual line end there",
                    l.odd_line);
            else
                g_set_error(error, layout_error(), 0, "it would no longer say the same, and stays as it is");
        }
    }
    g_array_unref(l.blocks);
    g_array_unref(l.lines);
    return laid_out;
}
