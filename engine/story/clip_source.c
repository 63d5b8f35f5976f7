#include "story/clip_source.h"

#include "base/safe.h"
#include "story/yml.h"

#include <string.h>

/* Some bytes of the text, replaced. */
struct piece {
    size_t at, len;
    int order; /* of those at the same place */
    char *with;
};

struct clip_source {
    struct source_text *src;
    struct diags *diags;
    struct yml *yml;
    const struct yml_node *root;
    GArray *pieces;
};

static void clear_piece(void *at)
{
    g_free(((struct piece *)at)->with);
}

struct clip_source *clip_source_open(const char *path)
{
    struct source_text *src;
    const char *why;
    if (source_text_open(&src, path, path, &why) != SOURCE_TEXT_OK)
        return NULL;
    struct clip_source *c = g_new0(struct clip_source, 1);
    c->src = src;
    c->diags = diags_new();
    c->yml = yml_open(src, c->diags);
    c->root = yml_read(c->yml);
    c->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
    g_array_set_clear_func(c->pieces, clear_piece);
    return c;
}

void clip_source_close(struct clip_source *c)
{
    if (!c)
        return;
    g_array_unref(c->pieces);
    yml_close(c->yml);
    diags_free(c->diags);
    source_text_close(c->src);
    g_free(c);
}

const char *clip_source_old(const struct clip_source *c, size_t *len)
{
    *len = c->src->len + (size_t)(c->src->text - c->src->bytes);
    return c->src->bytes;
}

/* ---- places --------------------------------------------------------------------------------------------------------- */

static size_t offset_of(struct clip_source *c, uint32_t line, uint32_t col)
{
    size_t len;
    const char *text = source_text_line(c->src, line, &len);
    return (size_t)(g_utf8_offset_to_pointer(text, col - 1) - c->src->text);
}

static size_t begin_of(struct clip_source *c, const struct yml_node *n)
{
    return offset_of(c, n->line, n->col);
}

static size_t end_of(struct clip_source *c, const struct yml_node *n)
{
    return offset_of(c, n->line, n->col + n->width);
}

static const struct yml_node *find_key(const struct yml_node *in, struct story_mark mark)
{
    const struct yml_node *found = NULL;
    for (const struct yml_node *k = in->first; k && !found; k = k->next) {
        if (in->kind == YML_MAP && k->line == mark.line && k->col == mark.col)
            return k;
        const struct yml_node *below = in->kind == YML_MAP ? k->value : k;
        if (below && (below->kind == YML_MAP || below->kind == YML_LIST))
            found = find_key(below, mark);
    }
    return found;
}

static const struct yml_node *key_named(const struct yml_node *map, const char *name)
{
    for (const struct yml_node *k = map->kind == YML_MAP ? map->first : NULL; k; k = k->next)
        if (strcmp(k->text, name) == 0)
            return k;
    return NULL;
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static char *path_word(const char *path)
{
    GString *out = g_string_new(NULL);
    if (path[0] != '-' &&
        path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")] == '\0' &&
        g_ascii_isalpha(path[0]))
        g_string_append(out, path);
    else
        safe_yaml(out, path);
    return g_string_free(out, FALSE);
}

/* 1500000: "1.5s", or where the clip's times are written so, "\"00:01.500\"". */
static char *time_word(int64_t us, bool clock)
{
    const int64_t s = us / US_PER_SECOND;
    int part = (int)(us % US_PER_SECOND), places = 6;
    while (places > (clock ? 3 : 0) && part % 10 == 0) {
        part /= 10;
        places--;
    }
    if (!clock)
        return places == 0 ? g_strdup_printf("%" G_GINT64_FORMAT "s", s)
                           : g_strdup_printf("%" G_GINT64_FORMAT ".%0*ds", s, places, part);
    const int hours = (int)(s / 3600), minutes = (int)(s / 60 % 60), seconds = (int)(s % 60);
    return hours > 0 ? g_strdup_printf("\"%02d:%02d:%02d.%0*d\"", hours, minutes, seconds, places, part)
                     : g_strdup_printf("\"%02d:%02d.%0*d\"", minutes, seconds, places, part);
}

static bool writes_clock(const struct yml_node *clip)
{
    static const char *const names[] = {"from", "to", "for"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct yml_node *k = key_named(clip, names[i]);
        if (k && k->value->kind == YML_SCALAR && strchr(k->value->text, ':'))
            return true;
    }
    return false;
}

/* ---- changes -------------------------------------------------------------------------------------------------------- */

static void note_piece(struct clip_source *c, size_t at, size_t len, char *with)
{
    const struct piece piece = {at, len, (int)c->pieces->len, with};
    g_array_append_val(c->pieces, piece);
}

/* The key behind which a new one reads best. */
static const struct yml_node *key_before(const struct yml_node *clip, const char *name)
{
    static const char *const names[] = {"file", "media", "image", "card"};
    const struct yml_node *k = strcmp(name, "to") == 0 ? key_named(clip, "from") : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !k; i++)
        k = key_named(clip, names[i]);
    return k;
}

/* Where a line ends, in front of its line break. */
static size_t line_end(struct clip_source *c, uint32_t line)
{
    size_t len;
    const char *text = source_text_line(c->src, line, &len);
    return (size_t)(text - c->src->text) + len;
}

/* Does it stand on one line, as what can be replaced? */
static bool is_plain(struct clip_source *c, const struct yml_node *value)
{
    const char first = c->src->text[begin_of(c, value)];
    return value->kind == YML_SCALAR && value->quote != '|' && first != '&' && first != '*' && value->len > 0 &&
           (value->width > 1 || (!value->quote && g_utf8_strlen(value->text, -1) == 1));
}

/* A new key behind its like, or in front of the first. */
static void insert_key(struct clip_source *c, const struct yml_node *clip, const char *name, const char *word)
{
    const bool flow = c->src->text[begin_of(c, clip)] == '{';
    const struct yml_node *like = key_before(clip, name), *at = like && is_plain(c, like->value) ? like->value : NULL;
    const size_t begin = begin_of(c, clip->first), end = at ? line_end(c, at->line) : 0;
    const char *line_break = at && c->src->text[end] == '\r' ? "\r\n" : "\n";
    const int indent = (int)clip->first->col - 1;
    if (flow && at)
        note_piece(c, end_of(c, at), 0, g_strdup_printf(", %s: %s", name, word));
    else if (flow)
        note_piece(c, begin, 0, g_strdup_printf("%s: %s, ", name, word));
    else if (at)
        note_piece(c, end, 0, g_strdup_printf("%s%*s%s: %s", line_break, indent, "", name, word));
    else
        note_piece(c, begin, 0, g_strdup_printf("%s: %s\n%*s", name, word, indent, ""));
}

/* Sets a key; true unless what stands there is none that can be replaced. */
static bool set_key(struct clip_source *c, const struct yml_node *clip, const char *name, const char *word)
{
    const struct yml_node *k = key_named(clip, name);
    if (!k) {
        insert_key(c, clip, name, word);
        return true;
    }
    if (!is_plain(c, k->value) || k->value->line < k->line)
        return false;
    const size_t at = begin_of(c, k->value);
    note_piece(c, at, end_of(c, k->value) - at, g_strdup(word));
    return true;
}

static bool set_time(struct clip_source *c, const struct yml_node *clip, const char *name, int64_t us)
{
    g_autofree char *word = us == US_NONE ? NULL : time_word(us, writes_clock(clip));
    return !word || set_key(c, clip, name, word);
}

/* `clip: stair.mp4` */
static void spell_out(struct clip_source *c, const struct yml_node *value, const struct clip_source_change *x)
{
    const size_t at = begin_of(c, value);
    g_autofree char *file = path_word(x->file ? x->file : value->text);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "{file: %s", file);
    const int64_t times[] = {x->from_us, x->to_us, x->for_us};
    static const char *const names[] = {"from", "to", "for"};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        if (times[i] != US_NONE) {
            g_autofree char *word = time_word(times[i], false);
            g_string_append_printf(out, ", %s: %s", names[i], word);
        }
    g_string_append_c(out, '}');
    note_piece(c, at, end_of(c, value) - at, g_string_free(out, FALSE));
}

static const char *change_map(struct clip_source *c, const struct yml_node *clip, const struct clip_source_change *x)
{
    static const char shared[] = "what it says is shared with other places of the story";
    if (x->file) {
        const char *name = key_named(clip, "file") ? "file" : key_named(clip, "image") ? "image" : NULL;
        g_autofree char *word = path_word(x->file);
        if (!name)
            return "its file is named elsewhere, in `media` or `defaults`";
        if (!set_key(c, clip, name, word))
            return shared;
    }
    return set_time(c, clip, "from", x->from_us) && set_time(c, clip, "to", x->to_us) &&
                   set_time(c, clip, "for", x->for_us)
               ? NULL
               : shared;
}

const char *clip_source_change(struct clip_source *c, const struct clip_source_change *x)
{
    const struct yml_node *key = c->root ? find_key(c->root, x->mark) : NULL;
    const struct yml_node *clip = key ? key->value : NULL;
    const guint before = c->pieces->len;
    const char *problem = NULL;
    if (!clip || (clip->kind != YML_MAP && clip->kind != YML_SCALAR))
        return "the story has changed meanwhile";
    const char first = c->src->text[begin_of(c, clip)];
    if (first == '&' || first == '*' || clip->line < key->line || (clip->line == key->line && clip->col < key->col))
        return "its clip is shared with other places of the story";
    if (clip->kind == YML_MAP)
        problem = change_map(c, clip, x);
    else if (is_plain(c, clip))
        spell_out(c, clip, x);
    else
        problem = "its file is written over several lines";
    if (problem)
        g_array_set_size(c->pieces, before);
    return problem;
}

static gint by_place(gconstpointer pa, gconstpointer pb)
{
    const struct piece *a = pa, *b = pb;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->order - b->order;
}

char *clip_source_text(struct clip_source *c)
{
    GString *out = g_string_new_len(c->src->bytes, c->src->text - c->src->bytes);
    size_t at = 0;
    g_array_sort(c->pieces, by_place);
    for (guint i = 0; i < c->pieces->len; i++) {
        const struct piece *p = &g_array_index(c->pieces, struct piece, i);
        g_string_append_len(out, c->src->text + at, (gssize)(p->at - at));
        g_string_append(out, p->with);
        at = p->at + p->len;
    }
    g_string_append_len(out, c->src->text + at, (gssize)(c->src->len - at));
    return g_string_free(out, FALSE);
}
