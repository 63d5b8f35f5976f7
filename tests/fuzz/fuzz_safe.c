/*
 * Any text goes out to a terminal, JSON, CSV, HTML and DOT: what comes out is UTF-8 and holds nothing that steers, breaks
 * out of where it stands, or changes what was meant.
 */
#include "base/safe.h"
#include "file.h"

#include <json-glib/json-glib.h>
#include <string.h>

static void check_plain(const GString *out, const char *but)
{
    g_assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
    for (const char *p = out->str; *p; p = g_utf8_next_char(p))
        g_assert_true(!safe_is_control(g_utf8_get_char(p)) || strchr(but, *p));
}

static void check_terminal(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL), padded = g_string_new(NULL);
    safe_append(out, text);
    check_plain(out, "");
    g_assert_true(safe_is_exact(out->str) && safe_is_exact(text) == (strcmp(text, out->str) == 0));
    safe_printf(padded, "%-12.7s|%3s|%s", text, text, out->str);
    check_plain(padded, "");
    g_assert_true(g_str_has_suffix(padded->str, out->str));
}

/* Values of JSON stay what they are. */
static void check_json(const char *text)
{
    g_autoptr(GString) out = g_string_new("{}\n");
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!g_utf8_validate(text, -1, NULL))
        return;
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), text);
    g_autofree char *plain = json_to_string(node, FALSE);
    g_string_append(out, plain);
    safe_json(out, 3);
    check_plain(out, "\n");
    g_assert_true(json_parser_load_from_data(parser, out->str + 3, -1, NULL));
    g_assert_cmpstr(json_node_get_string(json_parser_get_root(parser)), ==, text);
}

/* One field by RFC 4180, which no spreadsheet runs. */
static void check_csv(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    safe_csv(out, text);
    check_plain(out, "");
    const bool quoted = out->str[0] == '"';
    if (!quoted)
        g_assert_null(strpbrk(out->str, ",\""));
    for (const char *p = out->str + 1; quoted && p[1]; p++)
        g_assert_true(*p != '"' || *++p == '"');
    g_assert_true(!quoted || (out->len >= 2 && out->str[out->len - 1] == '"'));
    const char first = out->str[quoted];
    g_assert_true(first != '=' && first != '@');
    if (first == '+' || first == '-')
        g_assert_true(strspn(out->str + quoted, "+-0123456789.eE\"") == out->len - quoted);
}

static void check_markup(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    safe_markup(out, text);
    check_plain(out, "\n\r\t");
    g_assert_null(strpbrk(out->str, "<>\"'"));
    for (const char *p = out->str; (p = strchr(p, '&')); p++)
        g_assert_nonnull(strchr(p, ';'));
}

static void check_dot(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    safe_dot(out, text);
    check_plain(out, "");
    g_assert_true(out->len >= 2 && out->str[0] == '"' && out->str[out->len - 1] == '"');
    for (const char *p = out->str + 1; p < out->str + out->len - 1; p++) {
        g_assert_true(*p != '"');
        p += *p == '\\';
        g_assert_true(p < out->str + out->len - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    check_terminal(text);
    check_json(text);
    check_csv(text);
    check_markup(text);
    check_dot(text);
    return 0;
}
