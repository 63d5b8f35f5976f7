#include "story/text_field.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name; /* up to the bracket */
    enum text_field_kind kind;
    bool names; /* it takes a name */
} functions[] = {
    {"chosen(", FIELD_CHOSEN, true},      {"waited(", FIELD_WAITED, true},    {"share(", FIELD_SHARE, true},
    {"timeouts(", FIELD_TIMEOUTS, false}, {"watched(", FIELD_WATCHED, false},
};

static bool is_field_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", s[i]))
            return false;
    return n > 0;
}

/* Reads what stands between the braces. */
static struct text_field parse_field(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const size_t head = strlen(functions[i].name);
        if (n <= head || strncmp(s, functions[i].name, head) != 0 || s[n - 1] != ')')
            continue;
        const struct text_field f = {functions[i].kind, s + head, n - head - 1};
        return functions[i].names == is_field_name(f.at, f.len) && (functions[i].names || f.len == 0)
                   ? f
                   : (struct text_field){FIELD_BROKEN, s, n};
    }
    return (struct text_field){is_field_name(s, n) ? FIELD_VALUE : FIELD_BROKEN, s, n};
}

bool text_field_next(const char **cursor, struct text_field *out)
{
    const char *s = *cursor;
    if (!*s)
        return false;
    if (*s != '{') {
        *out = (struct text_field){FIELD_TEXT, s, strcspn(s, "{")};
        *cursor = s + out->len;
    } else if (s[1] == '{') {
        *out = (struct text_field){FIELD_TEXT, s, 1};
        *cursor = s + 2;
    } else {
        const size_t n = strcspn(s + 1, "{}");
        *out = s[1 + n] == '}' ? parse_field(s + 1, n) : (struct text_field){FIELD_BROKEN, s, n + 1};
        *cursor = s + 1 + n + (s[1 + n] == '}');
    }
    assert(*cursor > s); /* so a caller's loop ends */
    assert(out->at >= s && out->at + out->len <= *cursor);
    return true;
}
