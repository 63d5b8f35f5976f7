#include "adopt/twee.h"

#include "base/json.h"
#include "base/safe.h"

#include <stdbool.h>
#include <string.h>

#define DATA_DEPTH_MAX 32 /* brackets within each other in StoryData */

static void clear_passage(void *at)
{
    struct twee_passage *p = at;
    g_free(p->name);
    g_free(p->text);
    g_free(p->tags);
}

static int line_of(const char *text, gsize offset)
{
    int line = 1;
    for (gsize i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static bool refuse(const char *name, int line, const char *why, GError **error)
{
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE, "%s:%d: %s", name, line, why);
    return false;
}

static bool is_text(const char *text, gsize len, const char *name, GError **error)
{
    const char *zero = memchr(text, '\0', len), *end;
    if (zero)
        return refuse(name, line_of(text, (gsize)(zero - text)),
                      "a zero byte: this is no text, or UTF-16; save it as UTF-8", error);
    if (!g_utf8_validate(text, (gssize)len, &end))
        return refuse(name, line_of(text, (gsize)(end - text)),
                      "bytes that are not UTF-8; open the file in an editor, and save it as UTF-8", error);
    return true;
}

/* Line ends of every system become '\n'; what steers a terminal becomes U+FFFD. */
static char *clean(const char *text, gsize len)
{
    GString *out = g_string_sized_new(len);
    for (const char *p = text, *end = text + len; p < end; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c == '\r') {
            if (p + 1 == end || p[1] != '\n')
                g_string_append_c(out, '\n');
        } else if (c == '\n' || c == '\t' || !(safe_is_control(c) || c == 0xFEFF))
            g_string_append_unichar(out, c);
        else
            g_string_append_unichar(out, 0xFFFD);
    }
    return g_string_free(out, FALSE);
}

/* Reads a part of a header up to one of `stops`; a backslash takes the meaning from what follows it: a blank after one belongs to
 * the name, those around it do not. */
static char *header_part(const char **at, const char *end, const char *stops)
{
    GString *out = g_string_new(NULL);
    gsize kept = 0; /* how much of it blanks at its end do not count for */
    for (; *at < end && !strchr(stops, **at); (*at)++) {
        const bool meant = **at == '\\' && *at + 1 < end;
        *at += meant;
        if (!meant && out->len == 0 && g_ascii_isspace(**at))
            continue;
        g_string_append_c(out, **at);
        if (meant || !g_ascii_isspace(**at))
            kept = out->len;
    }
    g_string_truncate(out, kept);
    return g_string_free(out, FALSE);
}

/* ":: Name [tags] {metadata}"; the metadata are places in Twine's editor. */
static struct twee_passage read_header(const char *at, const char *end, int line)
{
    struct twee_passage p = {.line = line};
    at += 2;
    p.name = header_part(&at, end, "[{");
    if (at < end && *at == '[') {
        at++;
        p.tags = header_part(&at, end, "]");
    } else
        p.tags = g_strdup("");
    return p;
}

static char *end_text(GString *text)
{
    while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

static bool split(struct twee *t, const char *text, const char *name, GError **error)
{
    GString *body = NULL;
    int line = 0;
    for (const char *at = text, *next; *at; at = next) {
        const char *end = strchrnul(at, '\n');
        next = *end ? end + 1 : end;
        line++;
        if (strncmp(at, "::", 2) == 0) {
            if (body)
                g_array_index(t->passages, struct twee_passage, t->passages->len - 1).text = end_text(body);
            body = NULL;
            if (t->passages->len == TWEE_PASSAGES_MAX)
                return refuse(name, line, "more than 20,000 passages", error);
            const struct twee_passage p = read_header(at, end, line);
            g_array_append_val(t->passages, p);
            body = g_string_new(NULL);
        } else if (body) { /* what stands above the first header is no part of the story, the specification says */
            at += strncmp(at, "\\::", 3) == 0;
            g_string_append_len(body, at, next - at);
        }
    }
    if (!body)
        return refuse(name, 1, "no passage; in Twee 3, each begins with a line like `:: Name`", error);
    g_array_index(t->passages, struct twee_passage, t->passages->len - 1).text = end_text(body);
    return true;
}

static void read_data(struct twee *t, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonParser) parser = json_read(text, strlen(text), DATA_DEPTH_MAX, &error);
    if (!parser || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
        g_free(t->trouble);
        t->trouble = g_strdup(error ? error->message : "it is no JSON object");
        return;
    }
    JsonObject *o = json_node_get_object(json_parser_get_root(parser));
    g_free(t->start);
    g_free(t->format_name);
    g_free(t->ifid);
    t->start = g_strdup(json_get_text(o, "start"));
    t->format_name = g_strdup(json_get_text(o, "format"));
    t->ifid = g_strdup(json_get_text(o, "ifid"));
}

/* Without StoryData, the macros tell. */
static enum twee_format guess_format(const struct twee *t)
{
    if (t->format_name)
        return g_ascii_strcasecmp(t->format_name, "SugarCube") == 0 ? TWEE_SUGARCUBE
               : g_ascii_strcasecmp(t->format_name, "Harlowe") == 0 ? TWEE_HARLOWE
                                                                    : TWEE_OTHER;
    for (guint i = 0; i < t->passages->len; i++) {
        const char *text = g_array_index(t->passages, struct twee_passage, i).text;
        if (strstr(text, "<<"))
            return TWEE_SUGARCUBE;
        if (strstr(text, "(set:") || strstr(text, "(if:") || strstr(text, "(link-goto:"))
            return TWEE_HARLOWE;
    }
    return TWEE_SUGARCUBE;
}

static void take_special(struct twee *t)
{
    guint kept = 0;
    for (guint i = 0; i < t->passages->len; i++) {
        struct twee_passage *p = &g_array_index(t->passages, struct twee_passage, i);
        if (strcmp(p->name, "StoryTitle") == 0) {
            g_free(t->title);
            t->title = g_strstrip(g_strdup(p->text));
            g_strdelimit(t->title, "\n\t", ' ');
        } else if (strcmp(p->name, "StoryData") == 0)
            read_data(t, p->text);
        else {
            if (kept != i) { /* they change places, so that each is freed once */
                struct twee_passage *to = &g_array_index(t->passages, struct twee_passage, kept), moved = *to;
                *to = *p;
                *p = moved;
            }
            kept++;
        }
    }
    g_array_set_size(t->passages, kept);
}

struct twee *twee_parse(const char *text, gsize len, const char *name, GError **error)
{
    if (!is_text(text, len, name, error))
        return NULL;
    const gsize mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    g_autofree char *plain = clean(text + mark, len - mark);
    struct twee *t = g_new0(struct twee, 1);
    t->passages = g_array_new(FALSE, TRUE, sizeof(struct twee_passage));
    g_array_set_clear_func(t->passages, clear_passage);
    if (!split(t, plain, name, error)) {
        twee_free(t);
        return NULL;
    }
    take_special(t);
    t->format = guess_format(t);
    if (t->passages->len > 0)
        return t;
    twee_free(t);
    refuse(name, 1, "no passage but StoryTitle and StoryData", error);
    return NULL;
}

void twee_free(struct twee *t)
{
    if (!t)
        return;
    g_free(t->format_name);
    g_free(t->title);
    g_free(t->ifid);
    g_free(t->start);
    g_free(t->trouble);
    g_array_unref(t->passages);
    g_free(t);
}
