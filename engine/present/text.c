#include "present/text.h"
#include <assert.h>
#include <fribidi.h>
#include <math.h>
#include <string.h>
#include "present/chars.h"
#include "present/fonts.h"

#define TEXT_KEEP      240               /* how many redraws an unused block survives */
#define LINE_HEIGHT    1.26f             /* of the em */
#define BALANCED_LINES 4                 /* more are not made equally long */
#define ALONE          3                 /* a last line that is shorter than a third of the longest is a word alone */
#define BLOCK_MAX      (8 * 1024 * 1024) /* pixels; a larger block is not rendered */

/* A stretch of a line in one font, one script and one direction. Its characters are in logical order. */
struct text_run {
    struct font_face *face;
    int from, to; /* indices of characters */
    int level;
    int w;
    char script[5];
};

struct text_line {
    int from, to, w;
    bool rtl;            /* the direction of its paragraph */
    int first_run, runs; /* in visual order */
};

struct text_block {
    struct text_style style;
    struct text_extent extent;
    uint32_t *chars; /* n cleaned characters, and an ellipsis after them */
    int n;
    GArray *lines, *run;
    int line_h, ascent;
    uint64_t used;
    bool rendered;
    int pad; /* space around the text in the mask, for the halo and for glyphs that overhang */
    int mask_w, mask_h;
    uint8_t *mask, *halo; /* NULL until drawn */
};

struct text {
    struct fonts *fonts;
    GHashTable *blocks; /* key string -> struct text_block */
    const char *family; /* text_prefer() */
    uint64_t now;
    bool none; /* no font was found */
};

/* Called when a block is built: its lines are in order, and its runs cover them. */
static bool text_block_check(const struct text_block *b)
{
    int runs = 0, end = 0;
    assert(b->n >= 0 && b->n <= TEXT_MAX_CHARS + 1);
    assert(b->style.role < TEXT_ROLES);
    for (guint i = 0; i < b->lines->len; i++) {
        const struct text_line *l = &g_array_index(b->lines, struct text_line, i);
        assert(l->from >= end && l->from <= l->to && l->to <= b->n);
        assert(l->first_run == runs && l->runs >= 0);
        assert(l->w >= 0 && l->w <= b->extent.w);
        runs += l->runs;
        end = l->to;
    }
    assert(runs == (int)b->run->len);
    assert(b->extent.lines == (int)b->lines->len);
    return true;
}

static void block_free(void *p)
{
    struct text_block *b = p;
    g_free(b->chars);
    g_array_unref(b->lines);
    g_array_unref(b->run);
    g_free(b->mask);
    g_free(b->halo);
    g_free(b);
}

struct text *text_open(void)
{
    struct text *t = g_new0(struct text, 1);
    t->fonts = fonts_open();
    t->blocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, block_free);
    return t;
}

void text_close(struct text *t)
{
    if (!t)
        return;
    g_hash_table_destroy(t->blocks);
    fonts_close(t->fonts);
    g_free(t);
}

const char *text_problem(const struct text *t)
{
    return t->none ? "no font was found: install one, for example fonts-noto-core" : NULL;
}

void text_prefer(struct text *t, const char *family)
{
    if (family == t->family)
        return;
    t->family = family;
    g_hash_table_remove_all(t->blocks);
    fonts_prefer(t->fonts, family);
}

const char *const *text_families(struct text *t)
{
    return fonts_families(t->fonts);
}

static gboolean is_old(void *key, void *value, void *user)
{
    (void)key;
    return ((struct text_block *)value)->used + TEXT_KEEP < *(uint64_t *)user;
}

void text_tick(struct text *t)
{
    t->now++;
    if (t->now % (TEXT_KEEP / 4) == 0)
        g_hash_table_foreach_remove(t->blocks, is_old, &t->now);
}

/* ---- runs ---- */

static int size_of(const struct text_block *b)
{
    return MAX(b->style.px, 1);
}

/* Extra space between letters, in thousandths of the em. */
static const int spacing[TEXT_ROLES] = {[TEXT_TITLE] = 140, [TEXT_PROMPT] = 45, [TEXT_OPTION] = 24};

/* That space in whole pixels, so that it is even; 0 in scripts whose letters are joined. */
static int tracking(const struct text_block *b, const struct text_run *r)
{
    static const char *const apart[] = {"Latn", "Grek", "Cyrl", "Zyyy"};
    for (size_t i = 0; i < G_N_ELEMENTS(apart); i++)
        if (g_str_equal(r->script, apart[i]))
            return (spacing[b->style.role] * size_of(b) + 400) / 1000;
    return 0;
}

static TTF_Font *font_for(struct text *t, const struct text_block *b, const struct text_run *r)
{
    TTF_Font *font = fonts_sized(t->fonts, r->face, size_of(b));
    if (!font)
        return NULL;
    TTF_SetFontDirection(font, r->level & 1 ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR);
    TTF_SetFontScriptName(font, r->script);
    return font;
}

static char *utf8_of(const struct text_block *b, int from, int to)
{
    return g_ucs4_to_utf8(b->chars + from, to - from, NULL, NULL, NULL);
}

/* The end of the cluster (a letter and its marks) that begins at i. */
static int cluster_end(const struct text_block *b, int i, int to)
{
    for (i++; i < to && (g_unichar_ismark(b->chars[i]) || b->chars[i] == 0x200d || b->chars[i - 1] == 0x200d);)
        i++;
    return i;
}

static int width_plain(struct text *t, const struct text_block *b, const struct text_run *r, int from, int to)
{
    TTF_Font *font = font_for(t, b, r);
    char *s = utf8_of(b, from, to);
    int w = 0, h = 0;
    if (font && s && *s)
        TTF_SizeUTF8(font, s, &w, &h);
    g_free(s);
    return w;
}

static int width_of(struct text *t, const struct text_block *b, const struct text_run *r)
{
    const int track = tracking(b, r);
    const int w = width_plain(t, b, r, r->from, r->to);
    int clusters = 0;
    for (int i = r->from; track > 0 && i < r->to; i = cluster_end(b, i, r->to))
        clusters++;
    return w + track * clusters;
}

/* The face for a character that follows one in the face `was`. Marks, joiners and spaces stay with their letter. */
static struct font_face *face_for(struct text *t, const struct text_block *b, uint32_t c, struct font_face *was)
{
    const bool follows = g_unichar_ismark(c) || c == 0x200d || c == 0x200c || c == ' ';
    if (was && follows && (c == ' ' || font_has(was, c) || c == 0x200d || c == 0x200c))
        return was;
    return fonts_find(t->fonts, b->style.role, c);
}

/* Appends the runs of [from, to) in logical order; returns their width. */
static int itemise(struct text *t, const struct text_block *b, const FriBidiLevel *levels, int from, int to,
                   GArray *out)
{
    int sum = 0;
    struct text_run r = {.from = from, .to = from, .script = "Zyyy"};
    for (int i = from; i < to; i++) {
        struct font_face *face = face_for(t, b, b->chars[i], i > r.from ? r.face : NULL);
        char script[5];
        memcpy(script, r.script, 5);
        chars_script(b->chars[i], script);
        const int level = levels ? levels[i] : 0;
        const bool same = i > r.from && face == r.face && level == r.level &&
                          (g_str_equal(r.script, "Zyyy") || g_str_equal(script, r.script));
        if (!same && i > r.from) {
            r.w = width_of(t, b, &r);
            sum += r.w;
            if (out)
                g_array_append_val(out, r);
            r.from = i;
        }
        r.face = face;
        r.level = level;
        r.to = i + 1;
        memcpy(r.script, script, 5);
    }
    if (r.to > r.from) {
        r.w = width_of(t, b, &r);
        sum += r.w;
        if (out)
            g_array_append_val(out, r);
    }
    return sum;
}

/* ---- lines ---- */

struct line_breaker {
    struct text *t;
    struct text_block *b;
    FriBidiLevel *levels; /* of every character */
    int width;            /* INT_MAX: none */
    bool rtl;
};

static int width_between(struct line_breaker *k, int from, int to)
{
    while (to > from && k->b->chars[to - 1] == ' ')
        to--;
    return itemise(k->t, k->b, k->levels, from, to, NULL);
}

/* For a word that is longer than a line: the end of as many clusters of [from, to) as fit, but at least one. */
static int break_word(struct line_breaker *k, int from, int to)
{
    int end = cluster_end(k->b, from, to);
    while (end < to) {
        const int next = cluster_end(k->b, end, to);
        if (width_between(k, from, next) > k->width)
            break;
        end = next;
    }
    k->b->extent.cut = true;
    return end;
}

/* Where the line that begins at `from` ends, the spaces at its end included. */
static int line_end(struct line_breaker *k, int from, int to)
{
    if (k->width == INT_MAX || width_between(k, from, to) <= k->width)
        return to;
    int good = from, w = 0, last = from;
    for (int i = from + 1; i <= to; i++) {
        if (i < to && !chars_may_break(k->b->chars, k->b->n, i))
            continue;
        /* Adds up words, and measures exactly only once their sum exceeds the width. */
        w += itemise(k->t, k->b, k->levels, last, i, NULL);
        last = i;
        if (w > k->width && width_between(k, from, i) > k->width)
            break;
        good = i;
    }
    return good > from ? good : break_word(k, from, last > from ? last : to);
}

/* Puts runs into visual order (rule L2 of Unicode's bidi algorithm): from the highest level down to 1, reverses each
 * sequence of runs of at least that level. */
static void reorder(struct text_run *r, int n)
{
    int top = 0;
    for (int i = 0; i < n; i++)
        top = MAX(top, r[i].level);
    for (int level = top; level > 0; level--) {
        for (int i = 0; i < n; i++) {
            int j = i;
            while (j < n && r[j].level >= level)
                j++;
            for (int a = i, z = j - 1; a < z; a++, z--) {
                const struct text_run swap = r[a];
                r[a] = r[z];
                r[z] = swap;
            }
            i = MAX(i, j - (j > i));
        }
    }
}

static void add_text_line(struct line_breaker *k, int from, int to, bool dots)
{
    struct text_block *b = k->b;
    while (to > from && (b->chars[to - 1] == ' ' || b->chars[to - 1] == 0x3000))
        to--;
    struct text_line l = {.from = from, .to = to, .rtl = k->rtl, .first_run = (int)b->run->len};
    l.w = itemise(k->t, b, k->levels, from, to, b->run);
    l.runs = (int)b->run->len - l.first_run;
    reorder(&g_array_index(b->run, struct text_run, l.first_run), l.runs);
    if (dots) {
        struct text_run r = {.from = b->n, .to = b->n + 1, .level = k->rtl ? 1 : 0, .script = "Zyyy"};
        r.face = fonts_find(k->t->fonts, b->style.role, 0x2026);
        r.w = width_of(k->t, b, &r);
        l.w += r.w;
        g_array_insert_val(b->run, k->rtl ? (guint)l.first_run : b->run->len, r);
        l.runs++;
    }
    g_array_append_val(b->lines, l);
}

/* Adds the last line that is allowed, shortened until an ellipsis fits after it. */
static void add_cut_line(struct line_breaker *k, int from, int to)
{
    struct text_run dots = {.from = k->b->n, .to = k->b->n + 1, .script = "Zyyy"};
    dots.face = fonts_find(k->t->fonts, k->b->style.role, 0x2026);
    const int room = k->width == INT_MAX ? INT_MAX : k->width - width_of(k->t, k->b, &dots);
    int low = from, high = to;
    while (low < high) { /* the longest beginning that fits */
        const int mid = (low + high + 1) / 2;
        if (width_between(k, from, mid) <= room)
            low = mid;
        else
            high = mid - 1;
    }
    while (low > from && low < to && cluster_end(k->b, low - 1, to) != low)
        low--;
    k->b->extent.cut = true;
    add_text_line(k, from, low, true);
}

/* Breaks one paragraph into lines. False: no further line is allowed. */
static bool break_paragraph(struct line_breaker *k, int from, int to)
{
    struct text_block *b = k->b;
    const int most = b->style.max_lines > 0 ? b->style.max_lines : 200;
    do {
        const int end = line_end(k, from, to);
        const bool last = (int)b->lines->len + 1 == most;
        if (last && (end < to || to < b->n)) {
            int more = to;
            add_cut_line(k, from, end < to ? more : end);
            return false;
        }
        add_text_line(k, from, end, false);
        from = end;
    } while (from < to);
    return (int)b->lines->len < most;
}

enum text_direction text_direction(const char *utf8)
{
    int n = 0;
    g_autofree uint32_t *chars = chars_clean(utf8 ? utf8 : "", TEXT_MAX_CHARS, &n);
    for (int i = 0; i < n; i++) {
        const FriBidiCharType type = fribidi_get_bidi_type(chars[i]);
        if (FRIBIDI_IS_STRONG(type) && FRIBIDI_IS_LETTER(type))
            return FRIBIDI_IS_RTL(type) ? TEXT_FROM_RIGHT : TEXT_FROM_LEFT;
    }
    return TEXT_NO_DIRECTION;
}

static void find_levels(struct line_breaker *k, int from, int to)
{
    const int n = to - from;
    FriBidiCharType *types = g_new(FriBidiCharType, n + 1);
    FriBidiBracketType *brackets = g_new(FriBidiBracketType, n + 1);
    FriBidiParType dir = FRIBIDI_PAR_ON;
    fribidi_get_bidi_types(k->b->chars + from, n, types);
    fribidi_get_bracket_types(k->b->chars + from, n, types, brackets);
    if (n > 0 && !fribidi_get_par_embedding_levels_ex(types, brackets, n, &dir, k->levels + from))
        memset(k->levels + from, 0, n);
    k->rtl = FRIBIDI_IS_RTL(dir);
    g_free(types);
    g_free(brackets);
}

/* Takes line height and baseline from the role's own font, so that all lines are equally high, whatever their
 * scripts. */
static void find_metrics(struct text *t, struct text_block *b)
{
    struct font_face *own = fonts_find(t->fonts, b->style.role, 'x');
    TTF_Font *font = fonts_sized(t->fonts, own, size_of(b));
    t->none = !font;
    b->line_h = (int)lroundf(LINE_HEIGHT * (float)size_of(b));
    /* Capitals stand in the middle of the line, whatever ascent the font declares. */
    int minx = 0, maxx = 0, miny = 0, maxy = 0, advance = 0;
    if (!font || TTF_GlyphMetrics32(font, 'H', &minx, &maxx, &miny, &maxy, &advance) < 0)
        maxy = size_of(b) * 7 / 10;
    b->ascent = (b->line_h + maxy) / 2;
}

/* All lines anew, none wider than `width`. */
static void break_lines(struct line_breaker *k, int width)
{
    struct text_block *b = k->b;
    k->width = width;
    b->extent = (struct text_extent){0};
    g_array_set_size(b->lines, 0);
    g_array_set_size(b->run, 0);
    bool more = b->n > 0 && !k->t->none;
    for (int from = 0; more && from < b->n;) {
        int to = from;
        while (to < b->n && b->chars[to] != '\n')
            to++;
        find_levels(k, from, to);
        more = break_paragraph(k, from, to);
        from = to + 1;
    }
    for (guint i = 0; i < b->lines->len; i++)
        b->extent.w = MAX(b->extent.w, g_array_index(b->lines, struct text_line, i).w);
    b->extent.lines = (int)b->lines->len;
}

/* Centred lines are about equally long, and no last line of others is a word alone. What looks typed is left as it is, because
 * it may come letter by letter. */
static bool wants_balance(const struct text_block *b)
{
    static const bool even[TEXT_ROLES] = {[TEXT_OPTION] = true, [TEXT_PROMPT] = true, [TEXT_BODY] = true};
    static const bool even_centred[TEXT_ROLES] = {[TEXT_TITLE] = true, [TEXT_CAPTION] = true};
    const int n = b->extent.lines;
    const bool centred = b->style.align == TEXT_CENTRE;
    if (n < 2 || n > BALANCED_LINES || b->extent.cut ||
        !(even[b->style.role] || (centred && even_centred[b->style.role])))
        return false;
    return centred || g_array_index(b->lines, struct text_line, n - 1).w * ALONE < b->extent.w;
}

/* The smallest width that takes no more lines. */
static void balance_lines(struct line_breaker *k)
{
    const struct text_block *b = k->b;
    const int n = b->extent.lines;
    int narrow = b->extent.w / n, fits = b->extent.w, tried = fits;
    while (fits - narrow > MAX(size_of(b) / 4, 1)) {
        tried = (narrow + fits) / 2;
        break_lines(k, tried);
        *(b->extent.lines == n && !b->extent.cut ? &fits : &narrow) = tried;
    }
    if (tried != fits)
        break_lines(k, fits);
}

static void break_text(struct text *t, struct text_block *b, int width)
{
    struct line_breaker k = {.t = t, .b = b};
    find_metrics(t, b);
    k.levels = g_new0(FriBidiLevel, b->n + 1);
    break_lines(&k, width > 0 ? width : INT_MAX);
    if (wants_balance(b))
        balance_lines(&k);
    b->extent.h = b->extent.lines * b->line_h;
    b->extent.baseline = b->ascent;
    assert(text_block_check(b));
    g_free(k.levels);
}

struct text_block *text_get(struct text *t, const struct text_style *style, const char *utf8, int width)
{
    const size_t most = (size_t)TEXT_MAX_CHARS * 8; /* bytes; what exceeds them would be cut anyway */
    char *part = utf8 && strlen(utf8) > most ? g_strndup(utf8, most) : NULL;
    const char *s = part ? part : utf8 ? utf8 : "";
    char *key =
        g_strdup_printf("%d,%d,%d,%d,%d,%s", style->role, style->px, style->max_lines, style->align, MAX(width, 0), s);
    struct text_block *b = g_hash_table_lookup(t->blocks, key);
    if (!b) {
        b = g_new0(struct text_block, 1);
        b->style = *style;
        b->chars = chars_clean(s, TEXT_MAX_CHARS, &b->n);
        b->chars = g_renew(uint32_t, b->chars, b->n + 1);
        b->chars[b->n] = 0x2026;
        b->lines = g_array_new(FALSE, FALSE, sizeof(struct text_line));
        b->run = g_array_new(FALSE, FALSE, sizeof(struct text_run));
        break_text(t, b, width);
        g_hash_table_insert(t->blocks, key, b);
    } else {
        g_free(key);
    }
    g_free(part);
    assert(b->used <= t->now);
    b->used = t->now;
    return b;
}

struct text_extent text_size(const struct text_block *b)
{
    return b->extent;
}

/* ---- rendering ---- */

/* Puts the alpha of a rendered surface into the mask. Where glyphs overlap, the larger coverage counts. */
static void stamp(struct text_block *b, const SDL_Surface *s, int x, int y)
{
    for (int row = MAX(0, -y); row < s->h && y + row < b->mask_h; row++) {
        const uint32_t *in = (const uint32_t *)(const void *)((const uint8_t *)s->pixels + (size_t)row * s->pitch);
        uint8_t *out = b->mask + (size_t)(y + row) * b->mask_w;
        for (int col = MAX(0, -x); col < s->w && x + col < b->mask_w; col++)
            out[x + col] = MAX(out[x + col], (uint8_t)(in[col] >> 24));
    }
}

/* SDL_ttf moves the baseline down when a glyph is higher than the font says it can be. */
static int baseline_of(TTF_Font *font, const struct text_block *b, int from, int to)
{
    int top = TTF_FontAscent(font);
    for (int i = from; i < to; i++) {
        int minx = 0, maxx = 0, miny = 0, maxy = 0, advance = 0;
        if (TTF_GlyphMetrics32(font, b->chars[i], &minx, &maxx, &miny, &maxy, &advance) == 0)
            top = MAX(top, maxy);
    }
    return top;
}

static void render_glyphs(struct text_block *b, TTF_Font *font, int from, int to, int x, int baseline)
{
    char *s = utf8_of(b, from, to);
    SDL_Surface *surface = s && *s ? TTF_RenderUTF8_Blended(font, s, (SDL_Color){255, 255, 255, 255}) : NULL;
    if (surface && surface->format->BytesPerPixel == 4)
        stamp(b, surface, x, baseline - baseline_of(font, b, from, to));
    SDL_FreeSurface(surface);
    g_free(s);
}

static void render_text_run(struct text *t, struct text_block *b, const struct text_run *r, int x, int baseline)
{
    TTF_Font *font = font_for(t, b, r);
    const int track = tracking(b, r);
    if (!font)
        return;
    if (track <= 0) {
        render_glyphs(b, font, r->from, r->to, x, baseline);
        return;
    }
    /* Each letter stands where it would without extra space (kerning included), plus its share of that space. */
    int k = 0;
    for (int i = r->from; i < r->to; k++) {
        const int end = cluster_end(b, i, r->to);
        const int at = i > r->from ? width_plain(t, b, r, r->from, end) - width_plain(t, b, r, i, end) : 0;
        font = font_for(t, b, r);
        render_glyphs(b, font, i, end, x + at + track * k, baseline);
        i = end;
    }
}

static int line_x(const struct text_block *b, const struct text_line *l)
{
    const int room = b->extent.w - l->w;
    switch (b->style.align) {
    case TEXT_CENTRE:
        return room / 2;
    case TEXT_LEFT:
        return 0;
    case TEXT_RIGHT:
        return room;
    case TEXT_START:
        return l->rtl ? room : 0;
    }
    return 0;
}

/* Blurs `in` along its rows into `out`, transposed, so that two calls blur both directions. Three box blurs in a row
 * come close to a Gaussian. */
static void blur_rows(const uint8_t *in, uint8_t *out, int w, int h, int radius)
{
    const int span = 2 * radius + 1;
    for (int y = 0; y < h; y++) {
        const uint8_t *row = in + (size_t)y * w;
        int sum = 0;
        for (int x = -radius; x <= radius; x++)
            sum += x >= 0 && x < w ? row[x] : 0;
        for (int x = 0; x < w; x++) {
            out[(size_t)x * h + y] = (uint8_t)(sum / span);
            sum += (x + radius + 1 < w ? row[x + radius + 1] : 0) - (x - radius >= 0 ? row[x - radius] : 0);
        }
    }
}

static void make_halo(struct text_block *b)
{
    const size_t n = (size_t)b->mask_w * b->mask_h;
    const int radius = MAX(b->pad / 4, 1);
    uint8_t *turned = g_malloc(n);
    b->halo = g_malloc(n);
    memcpy(b->halo, b->mask, n);
    for (int i = 0; i < 3; i++) {
        blur_rows(b->halo, turned, b->mask_w, b->mask_h, radius);
        blur_rows(turned, b->halo, b->mask_h, b->mask_w, radius);
    }
    for (size_t i = 0; i < n; i++)
        b->halo[i] = (uint8_t)MIN(b->halo[i] * 5 / 2, 255);
    g_free(turned);
}

static void render_block(struct text *t, struct text_block *b)
{
    assert(!b->mask && !b->halo);
    b->rendered = true;
    b->pad = MAX(size_of(b) / 2, 4);
    b->mask_w = b->extent.w + 2 * b->pad;
    b->mask_h = b->extent.h + 2 * b->pad;
    if ((int64_t)b->mask_w * b->mask_h > BLOCK_MAX || b->extent.w <= 0)
        return;
    b->mask = g_malloc0((size_t)b->mask_w * b->mask_h);
    for (guint i = 0; i < b->lines->len; i++) {
        const struct text_line *l = &g_array_index(b->lines, struct text_line, i);
        int x = b->pad + line_x(b, l);
        for (int r = l->first_run; r < l->first_run + l->runs; r++) {
            const struct text_run *run = &g_array_index(b->run, struct text_run, r);
            render_text_run(t, b, run, x, b->pad + (int)i * b->line_h + b->ascent);
            x += run->w;
        }
    }
}

void text_draw(struct text *t, struct text_block *b, struct canvas *c, int x, int y, struct text_ink ink)
{
    if (!b->rendered)
        render_block(t, b);
    if (!b->mask || ink.alpha <= 0)
        return;
    if (ink.shadow > 0) {
        if (!b->halo)
            make_halo(b);
        const struct paint_mask halo = {b->halo, b->mask_w, b->mask_h, b->mask_w};
        paint_mask(c, &halo, x - b->pad, y - b->pad, 0x000000, ink.shadow * ink.alpha);
    }
    const struct paint_mask mask = {b->mask, b->mask_w, b->mask_h, b->mask_w};
    paint_mask(c, &mask, x - b->pad, y - b->pad, ink.rgb, ink.alpha);
}
