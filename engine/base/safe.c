#include "base/safe.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xFFFD
#define PICTURES    0x2400 /* Unicode's pictures of control characters, in the order of C0 */
#define PICTURE_DEL 0x2421

bool safe_is_control(gunichar c)
{
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
        return true;
    if (c < 0x061C)
        return false;
    return c == 0x061C || (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x206F) || (c >= 0xFFF9 && c <= 0xFFFB);
}

int safe_columns(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* The character at *p, and *p behind it. A byte that is not UTF-8 is a character of its own, U+FFFD. */
static gunichar next_char(const char **p)
{
    const gunichar c = (guchar) * *p < 0x80 ? (guchar) * *p : g_utf8_get_char_validated(*p, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        (*p)++;
        return REPLACEMENT;
    }
    *p += g_utf8_skip[(guchar) * *p];
    return c;
}

/* ---- terminal ---------------------------------------------------------------------------------------------------- */

static gunichar shown(gunichar c)
{
    if (c < 0x20)
        return PICTURES + c;
    return c == 0x7F ? PICTURE_DEL : safe_is_control(c) ? REPLACEMENT : c;
}

void safe_append(GString *out, const char *value)
{
    for (const char *p = value ? value : ""; *p;)
        g_string_append_unichar(out, shown(next_char(&p)));
}

bool safe_is_exact(const char *value)
{
    if (!g_utf8_validate(value, -1, NULL))
        return false;
    for (const char *p = value; *p; p = g_utf8_next_char(p))
        if (safe_is_control(g_utf8_get_char(p)))
            return false;
    return true;
}

/* One conversion of a format: "%-*.3lu" */
struct conversion {
    char text[32]; /* the whole of it, without * */
    char kind;     /* 'u' */
    char length;   /* 0, 'h', 'H' (hh), 'l', 'L' (ll), 'z', 'j', 't' */
    bool left;
    int width, precision; /* -1: none */
};

/* va_list may be an array; in a structure it can be handed on. */
struct arguments {
    va_list ap;
};

static void append_field(GString *out, const struct conversion *c, const char *value)
{
    const gsize from = out->len;
    int columns = 0, chars = 0;
    for (const char *p = value ? value : "(null)"; *p && (c->precision < 0 || chars < c->precision); chars++) {
        const gunichar ch = shown(next_char(&p));
        g_string_append_unichar(out, ch);
        columns += safe_columns(ch);
    }
    for (; columns < c->width; columns++)
        g_string_insert_c(out, c->left ? -1 : (gssize)from, ' ');
}

static int take_number(const char **p, struct arguments *a)
{
    int n = 0;
    if (**p == '*') {
        (*p)++;
        return va_arg(a->ap, int);
    }
    while (g_ascii_isdigit(**p))
        n = n * 10 + *(*p)++ - '0';
    return n;
}

static char take_length(const char **p)
{
    const char first = **p;
    if (!first || !strchr("hlzjt", first))
        return 0;
    (*p)++;
    if (**p != first)
        return first;
    (*p)++;
    return g_ascii_toupper(first);
}

/* Reads what stands behind a '%'. */
static struct conversion take_conversion(const char **p, struct arguments *a)
{
    struct conversion c = {.width = 0, .precision = -1};
    const char *const flags = *p;
    *p += strspn(*p, "-+ #0");
    const int n_flags = (int)(*p - flags);
    c.width = take_number(p, a);
    c.left = memchr(flags, '-', (size_t)n_flags) || c.width < 0;
    c.width = ABS(c.width);
    if (**p == '.') {
        (*p)++;
        c.precision = take_number(p, a);
    }
    const char *const length = *p;
    c.length = take_length(p);
    const int n_length = (int)(*p - length);
    assert(**p);
    c.kind = *(*p)++;
    g_snprintf(c.text, sizeof c.text, "%%%.*s%s%d", n_flags, flags, c.left ? "-" : "", c.width);
    const size_t used = strlen(c.text) - (c.width == 0);
    if (c.precision >= 0)
        g_snprintf(c.text + used, sizeof c.text - used, ".%d%.*s%c", c.precision, n_length, length, c.kind);
    else
        g_snprintf(c.text + used, sizeof c.text - used, "%.*s%c", n_length, length, c.kind);
    return c;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* c->text is a conversion of the caller's literal format */
static void append_whole_number(GString *out, const struct conversion *c, struct arguments *a)
{
    switch (c->length) {
    case 'l':
        g_string_append_printf(out, c->text, va_arg(a->ap, long));
        break;
    case 'L':
        g_string_append_printf(out, c->text, va_arg(a->ap, long long));
        break;
    case 'z':
        g_string_append_printf(out, c->text, va_arg(a->ap, size_t));
        break;
    case 'j':
        g_string_append_printf(out, c->text, va_arg(a->ap, intmax_t));
        break;
    case 't':
        g_string_append_printf(out, c->text, va_arg(a->ap, ptrdiff_t));
        break;
    default: /* also h and hh, which are handed over as int */
        g_string_append_printf(out, c->text, va_arg(a->ap, int));
    }
}

static void append_conversion(GString *out, const struct conversion *c, struct arguments *a)
{
    if (c->kind == '%')
        g_string_append_c(out, '%');
    else if (c->kind == 's')
        append_field(out, c, va_arg(a->ap, const char *));
    else if (strchr("eEfFgG", c->kind))
        g_string_append_printf(out, c->text, va_arg(a->ap, double));
    else if (c->kind == 'p')
        g_string_append_printf(out, c->text, va_arg(a->ap, void *));
    else {
        assert(c->kind && strchr("diuxXoc", c->kind));
        append_whole_number(out, c, a);
    }
}
#pragma GCC diagnostic pop

void safe_vprintf(GString *out, const char *format, va_list ap)
{
    struct arguments a;
    va_copy(a.ap, ap);
    for (const char *p = format; *p;) {
        const size_t plain = strcspn(p, "%");
        g_string_append_len(out, p, (gssize)plain);
        p += plain;
        if (*p == '\0')
            break;
        p++;
        const struct conversion c = take_conversion(&p, &a);
        append_conversion(out, &c, &a);
    }
    va_end(a.ap);
}

void safe_printf(GString *out, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    safe_vprintf(out, format, ap);
    va_end(ap);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* Line ends stand between values: JSON-GLib has written those within them as escapes, but not every control character. */
static bool is_raw_json(gunichar c)
{
    return c == '\n' || !safe_is_control(c);
}

static bool is_clean(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *p = text; *p; p = g_utf8_next_char(p))
        if (!is_raw_json(g_utf8_get_char(p)))
            return false;
    return true;
}

void safe_json(GString *document, gsize from)
{
    assert(from <= document->len);
    if (is_clean(document->str + from))
        return;
    g_autofree char *raw = g_strdup(document->str + from);
    g_string_truncate(document, from);
    for (const char *p = raw; *p;) {
        const gunichar c = next_char(&p);
        if (is_raw_json(c))
            g_string_append_unichar(document, c);
        else
            g_string_append_printf(document, "\\u%04x", c);
    }
}

static gunichar in_data(gunichar c)
{
    return c == '\n' || c == '\r' || c == '\t' ? ' ' : safe_is_control(c) ? REPLACEMENT : c;
}

static bool is_number(const char *text)
{
    char *end;
    (void)g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && strspn(text, "+-0123456789.eE") == strlen(text);
}

static bool is_formula(const char *text)
{
    const char *p = text + strspn(text, " \t\r\n");
    const gunichar c = next_char(&p);
    const gunichar narrow = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c; /* full-width forms of ASCII */
    return (narrow == '=' || narrow == '+' || narrow == '-' || narrow == '@') && !is_number(text);
}

void safe_csv(GString *row, const char *value)
{
    const char *text = value ? value : "";
    const bool formula = *text && is_formula(text);
    const bool quoted = formula || strpbrk(text, ",\"\r\n\t") != NULL;
    if (quoted)
        g_string_append_c(row, '"');
    if (formula)
        g_string_append_c(row, '\'');
    for (const char *p = text; *p;) {
        const gunichar c = in_data(next_char(&p));
        if (c == '"')
            g_string_append_c(row, '"');
        g_string_append_unichar(row, c);
    }
    if (quoted)
        g_string_append_c(row, '"');
}

void safe_csv_fields(GString *row, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append_c(row, ',');
        safe_csv(row, values[i]);
    }
}

void safe_markup(GString *out, const char *value)
{
    for (const char *p = value ? value : ""; *p;) {
        const gunichar c = in_data(next_char(&p));
        if (c == '&')
            g_string_append(out, "&amp;");
        else if (c == '<')
            g_string_append(out, "&lt;");
        else if (c == '>')
            g_string_append(out, "&gt;");
        else if (c == '"')
            g_string_append(out, "&quot;");
        else if (c == '\'')
            g_string_append(out, "&#39;");
        else
            g_string_append_unichar(out, c);
    }
}

/* Also bytes that are not UTF-8: the file's name keeps them. */
static void append_shell_escapes(GString *out, const char *word)
{
    g_string_append(out, "$'");
    for (const char *p = word; *p; p++)
        if (*p == '\'' || *p == '\\' || (guchar)*p < 0x20 || (guchar)*p >= 0x7F)
            g_string_append_printf(out, "\\%03o", (guchar)*p);
        else
            g_string_append_c(out, *p);
    g_string_append_c(out, '\'');
}

void safe_shell(GString *out, const char *word)
{
    if (*word == '-')
        g_string_append(out, "./");
    if (!safe_is_exact(word)) {
        append_shell_escapes(out, word);
        return;
    }
    g_autofree char *quoted =
        *word && !strpbrk(word, " \t'\"\\$&;|<>()[]{}*?!#~`") ? g_strdup(word) : g_shell_quote(word);
    g_string_append(out, quoted);
}

void safe_dot(GString *out, const char *value)
{
    g_string_append_c(out, '"');
    for (const char *p = value; *p;) {
        const gunichar c = next_char(&p);
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", (char)c);
        else if (c == '&')
            g_string_append(out, "&amp;");
        else if (c == '\n')
            g_string_append(out, "\\n");
        else
            g_string_append_unichar(out, in_data(c));
    }
    g_string_append_c(out, '"');
}

void safe_yaml(GString *out, const char *value)
{
    g_string_append_c(out, '"');
    for (const char *p = value; *p;) {
        const gunichar c = next_char(&p);
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", (char)c);
        else if (c == '\n')
            g_string_append(out, "\\n");
        else if (safe_is_control(c) || c == 0xFEFF) /* YAML takes a byte order mark for the beginning of a document */
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}
