/* Lays any bytes out as `frumious fmt` does: they are refused, or nothing but blanks and line ends is different, a second time nothing
 * at all, and the story, if it is one, is the same. */
#include "file.h"
#include "story/load.h"
#include "story/source_text.h"
#include "story/yaml_layout.h"

const unsigned fuzz_runs = 2500;

/* All but blanks and what YAML takes for line ends: so a comment that is lost or cut is seen as well. */
static GString *ink(const char *text, gsize len)
{
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < len;) {
        const gsize line_end = source_text_break(text + i, len - i);
        if (line_end == 0 && text[i] != ' ' && text[i] != '\t')
            g_string_append_c(out, text[i]);
        i += MAX(line_end, 1);
    }
    return out;
}

/* 0: it does not load. */
static uint64_t hash_of(const char *text, gsize len)
{
    struct diags *d = diags_new();
    struct story *s = story_load(fuzz_file((const uint8_t *)text, len), d);
    const uint64_t hash = s ? s->hash | 1 : 0;
    story_free(s);
    diags_free(d);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = yaml_layout(text, size, &error);
    g_assert_true(!laid == (error != NULL));
    if (!laid)
        return 0;
    const gsize len = strlen(laid);
    g_autofree char *again = yaml_layout(laid, len, NULL);
    g_assert_cmpstr(again, ==, laid);
    g_autoptr(GString) before = ink(text, size), after = ink(laid, len);
    g_assert_cmpstr(after->str, ==, before->str);
    g_assert_cmpuint(hash_of(laid, len), ==, hash_of(text, size));
    return 0;
}
