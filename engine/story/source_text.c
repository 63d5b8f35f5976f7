#include "story/source_text.h"

#include "base/beneath.h"
#include "story/limits.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>

/* Fewer bytes than it had if the file has become shorter meanwhile. */
static char *read_all(const struct beneath_file *file, size_t *len)
{
    const size_t size = (size_t)file->stat.st_size;
    char *bytes = g_malloc(size + 1);
    size_t n = 0;
    while (n < size) {
        const ssize_t got = beneath_read(file, bytes + n, size - n, (int64_t)n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    bytes[n] = '\0';
    *len = n;
    return bytes;
}

/* Takes the bytes, which end with a NUL that `len` does not count. */
static struct source_text *source_text_new(char *bytes, size_t len, const char *name)
{
    struct source_text *s = g_new0(struct source_text, 1);
    const size_t bom = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    s->bytes = bytes;
    s->name = g_strdup(name);
    s->text = bytes + bom;
    s->len = len - bom;
    return s;
}

enum source_text_problem source_text_open(struct source_text **src, const char *path, const char *name,
                                          const char **why)
{
    *src = NULL;
    struct beneath_file file;
    if (!beneath_open(path, &file)) {
        *why = beneath_problem(errno);
        return errno == ENXIO ? SOURCE_TEXT_SPECIAL : SOURCE_TEXT_UNREADABLE;
    }
    const bool regular = S_ISREG(file.stat.st_mode);
    if (!regular || file.stat.st_size > STORY_FILE_BYTES_MAX) {
        beneath_close(&file);
        return regular ? SOURCE_TEXT_LARGE : SOURCE_TEXT_SPECIAL;
    }
    size_t len;
    char *bytes = read_all(&file, &len);
    beneath_close(&file);
    *src = source_text_new(bytes, len, name);
    return SOURCE_TEXT_OK;
}

enum source_text_problem source_text_open_from(struct source_text **src, const struct source_buffers *buffers,
                                               const char *path, const char *name, const char **why)
{
    g_autofree char *plain = buffers ? beneath_name(path) : NULL;
    size_t len = 0;
    const char *bytes = buffers ? buffers->find(buffers->user, plain, &len) : NULL;
    if (!bytes)
        return source_text_open(src, path, name, why);
    *src = len > STORY_FILE_BYTES_MAX ? NULL : source_text_of(bytes, len, name);
    return *src ? SOURCE_TEXT_OK : SOURCE_TEXT_LARGE;
}

struct source_text *source_text_of(const char *bytes, size_t len, const char *name)
{
    char *copy = g_malloc(len + 1);
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return source_text_new(copy, len, name);
}

void source_text_close(struct source_text *s)
{
    if (!s)
        return;
    if (s->lines)
        g_array_free(s->lines, TRUE);
    g_free(s->name);
    g_free(s->bytes);
    g_free(s);
}

size_t source_text_break(const char *p, size_t left)
{
    const unsigned char *u = (const unsigned char *)p;
    if (left >= 2 && u[0] == '\r' && u[1] == '\n')
        return 2;
    if (u[0] == '\n' || u[0] == '\r')
        return 1;
    if (left >= 2 && u[0] == 0xC2 && u[1] == 0x85)
        return 2;
    if (left >= 3 && u[0] == 0xE2 && u[1] == 0x80 && (u[2] == 0xA8 || u[2] == 0xA9))
        return 3;
    return 0;
}

static void index_lines(struct source_text *s)
{
    assert(!s->lines && s->text >= s->bytes);
    size_t at = 0;
    s->lines = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_array_append_val(s->lines, at);
    while (at < s->len) {
        const size_t n = source_text_break(s->text + at, s->len - at);
        at += n ? n : 1;
        if (n)
            g_array_append_val(s->lines, at);
    }
}

const char *source_text_line(struct source_text *s, uint32_t line, size_t *len)
{
    if (!s->lines)
        index_lines(s);
    if (line == 0 || line > s->lines->len)
        return NULL;
    const size_t from = g_array_index(s->lines, size_t, line - 1);
    size_t to = from;
    while (to < s->len && source_text_break(s->text + to, s->len - to) == 0)
        to++;
    *len = to - from;
    return s->text + from;
}

/* How many characters n bytes hold; they need not be valid UTF-8. */
static uint32_t count_chars(const char *p, size_t n)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)p[i] & 0xC0) != 0x80;
    return count;
}

void source_text_locate(struct source_text *s, size_t offset, uint32_t *line, uint32_t *col)
{
    if (!s->lines)
        index_lines(s);
    guint lo = 0, hi = s->lines->len;
    while (hi - lo > 1) {
        const guint mid = (lo + hi) / 2;
        if (g_array_index(s->lines, size_t, mid) <= offset)
            lo = mid;
        else
            hi = mid;
    }
    assert(offset <= s->len);
    const size_t from = g_array_index(s->lines, size_t, lo);
    *line = lo + 1;
    *col = count_chars(s->text + from, offset - from) + 1;
}

static size_t char_len(char c)
{
    return (size_t)(g_utf8_skip[(guchar)c]);
}

/* Where the column begins; *end: where the line does. Beyond the text, both are its end. */
static const char *place_in_line(struct source_text *s, uint32_t line, uint32_t col, const char **end)
{
    size_t len = 0;
    const char *p = source_text_line(s, line, &len);
    *end = p ? p + len : s->text + s->len;
    p = p ? p : *end;
    for (uint32_t i = 1; i < col && p < *end; i++)
        p += char_len(*p);
    return MIN(p, *end);
}

size_t source_text_offset(struct source_text *s, uint32_t line, uint32_t col)
{
    const char *end;
    return (size_t)(place_in_line(s, line, col, &end) - s->text);
}

size_t source_text_byte(struct source_text *s, uint32_t line, uint32_t col)
{
    const char *end;
    return (size_t)(place_in_line(s, line, col, &end) - s->bytes);
}

/* The place behind the quote that closes the text which begins at p. */
static const char *skip_quoted(const char *p, const char *end)
{
    const char quote = *p++;
    while (p < end && *p != quote)
        p += quote == '"' && *p == '\\' && p + 1 < end ? 2 : char_len(*p);
    return MIN(p + 1, end);
}

/* The place behind the piece at p. Within brackets, commas belong to it. */
static const char *skip_piece(const char *p, const char *end)
{
    const char *const begin = p;
    int depth = 0;
    while (p < end) {
        const bool quoted = (*p == '"' || *p == '\'') && (p == begin || !g_ascii_isalnum(p[-1]));
        const bool blank_before = p > begin && (p[-1] == ' ' || p[-1] == '\t');
        if (quoted) {
            const bool whole = p == begin;
            p = skip_quoted(p, end);
            if (whole)
                return p;
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        if (depth < 0 || (depth == 0 && *p == ',') || (*p == '#' && blank_before))
            break;
        p += char_len(*p);
        if (depth == 0 && (begin[0] == '{' || begin[0] == '['))
            return MIN(p, end);
    }
    return MIN(p, end);
}

uint32_t source_text_piece(struct source_text *s, uint32_t line, uint32_t col)
{
    const char *end, *p = place_in_line(s, line, col, &end);
    if (p == end)
        return 1;
    const char *to = skip_piece(p, end);
    while (to > p && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return MAX(1, count_chars(p, (size_t)(to - p)));
}

bool source_text_comment_follows(struct source_text *s, uint32_t line, uint32_t col)
{
    const char *end, *p = place_in_line(s, line, col, &end);
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p < end && *p == '#';
}

/* How many characters one element of a quoted scalar takes in the source at p, and how many bytes in the value. */
static void scalar_element(const char *p, char quote, size_t *in_source, size_t *in_value)
{
    *in_source = *in_value = char_len(*p);
    if (quote == '\'' && p[0] == '\'')
        *in_source = 2;
    if (quote != '"' || p[0] != '\\')
        return;
    const size_t digits = p[1] == 'x' ? 2 : p[1] == 'u' ? 4 : p[1] == 'U' ? 8 : 0;
    char utf8[6];
    *in_source = 2 + digits;
    *in_value = 1;
    if (digits) {
        g_autofree char *hex = g_strndup(p + 2, digits);
        *in_value = (size_t)g_unichar_to_utf8((gunichar)g_ascii_strtoull(hex, NULL, 16), utf8);
    } else if (p[1] == 'N' || p[1] == '_') {
        *in_value = 2;
    } else if (p[1] == 'L' || p[1] == 'P') {
        *in_value = 3;
    }
}

uint32_t source_text_scalar_col(struct source_text *s, uint32_t line, uint32_t col, char quote, size_t offset)
{
    size_t in_source, in_value;
    const char *end, *p = place_in_line(s, line, col, &end);
    if (quote == '|')
        return col;
    uint32_t at = col;
    if (quote) {
        p++;
        at++;
    }
    while (offset > 0) {
        if (p >= end)
            return col;
        scalar_element(p, quote, &in_source, &in_value);
        at += count_chars(p, MIN(in_source, (size_t)(end - p)));
        p += in_source;
        offset -= MIN(offset, in_value);
    }
    return p > end ? col : at;
}
