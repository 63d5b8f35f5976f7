#include "media/subs_fonts.h"

#include "media/subs_findings.h"

#include <assert.h>
#include <string.h>

struct subs_fonts {
    GHashTable *taken; /* "name\tweight\tslant" */
};

/* What the tags so far have set; pieces of the text. */
struct face {
    const char *name;
    size_t n;
    long weight, slant;
};

struct subs_fonts *subs_fonts_new(void)
{
    struct subs_fonts *f = g_new0(struct subs_fonts, 1);
    f->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return f;
}

void subs_fonts_free(struct subs_fonts *f)
{
    if (!f)
        return;
    g_hash_table_unref(f->taken);
    g_free(f);
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t(");
}

/* A number, or what the style has where there is none. */
static void set_number(long *field, const char *value, long style)
{
    char *end;
    const long v = strtol(value, &end, 10);
    *field = end == value ? style : v;
}

/* \fnName, \b700, \i1, \r, \rStyle: of a style that is named here, its name counts as a font's. */
static void read_tag(struct face *now, const struct face *style, const char *s)
{
    const char *value = skip_blanks(s + 1);
    const bool other = g_ascii_isalpha(*value); /* \bord, \blur, \iclip */
    if (*s == 'r') {
        *now = *style;
        if (*value != '\\' && *value != '}' && *value != 0)
            *now = (struct face){value, strcspn(value, "\\})"), style->weight, style->slant};
    } else if (s[0] == 'f' && s[1] == 'n') {
        value = skip_blanks(s + 2);
        const size_t n = strcspn(value, "\\})");
        *now = (struct face){n ? value : style->name, n ? n : style->n, now->weight, now->slant};
    } else if (*s == 'b' && !other)
        set_number(&now->weight, value, style->weight);
    else if (*s == 'i' && !other)
        set_number(&now->slant, value, style->slant);
}

/* False: that is one too many. */
static bool add(const struct subs_fonts *f, GPtrArray *fresh, const struct face *now)
{
    char *key = g_strdup_printf("%.*s\t%ld\t%ld", (int)now->n, now->name, now->weight, now->slant);
    if (g_hash_table_contains(f->taken, key)) {
        g_free(key);
        return true;
    }
    g_ptr_array_add(fresh, key);
    return g_hash_table_add(f->taken, g_strdup(key)) && g_hash_table_size(f->taken) <= SUBS_FONT_NAMES_MAX;
}

static bool add_all(const struct subs_fonts *f, GPtrArray *fresh, const struct face *style, const char *text)
{
    struct face now = *style;
    bool good = true;
    for (const char *s = text; *s && good;) {
        const char *end = *s == '{' ? strchr(s, '}') : NULL;
        if (!end) {
            good = add(f, fresh, &now);
            s += 1 + strcspn(s + 1, "{");
            continue;
        }
        for (; s < end; s++)
            if (*s == '\\')
                read_tag(&now, style, s + 1 + strspn(s + 1, " \t"));
        s = end + 1;
    }
    return good;
}

bool subs_fonts_take(struct subs_fonts *f, const char *name, bool bold, bool italic, const char *text)
{
    const struct face style = {name, strlen(name), bold, italic};
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_free);
    const bool good = add_all(f, fresh, &style, text);
    for (guint i = 0; !good && i < fresh->len; i++)
        g_hash_table_remove(f->taken, fresh->pdata[i]);
    assert(g_hash_table_size(f->taken) <= SUBS_FONT_NAMES_MAX);
    return good;
}
