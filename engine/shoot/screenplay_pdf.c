#include "shoot/screenplay_pdf.h"

#include <assert.h>
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Points: 72 to the inch. A character of Courier in 12 points is 7.2 wide, a line 12 high. */
#define INCH        72.0
#define PAGE_WIDTH  (8.5 * INCH)
#define PAGE_HEIGHT (11 * INCH)
#define LINE        12.0
#define LEFT        (1.5 * INCH)
#define TOP         (1 * INCH)
#define WIDTH       (6 * INCH) /* of what goes across: 60 characters */
#define NUMBER_LEFT (0.75 * INCH)
#define ROWS        54 /* of a page */
#define TITLE_ROW   18
#define FONT        "Courier Prime, Courier, Courier New, FreeMono, monospace 12"

/* A speech is divided only where so many lines of it stay before the break, and nothing else leaves fewer on either side. */
#define TOGETHER 2

struct look {
    double indent, width;
    int before; /* empty lines */
    bool bold, italic, right, capitals;
};

static const struct look looks[] = {
    [SCREENPLAY_ACT] = {.width = WIDTH, .before = 2, .bold = true, .capitals = true},
    [SCREENPLAY_SCENE] = {.width = WIDTH, .before = 2, .bold = true, .capitals = true},
    [SCREENPLAY_FACT] = {.width = WIDTH, .italic = true},
    [SCREENPLAY_NOTE] = {.width = WIDTH, .before = 1, .italic = true},
    [SCREENPLAY_ACTION] = {.width = WIDTH, .before = 1},
    [SCREENPLAY_CHARACTER] = {.indent = 2.2 * INCH, .width = 3.3 * INCH, .before = 1, .capitals = true},
    [SCREENPLAY_PARENTHETICAL] = {.indent = 1.6 * INCH, .width = 2.5 * INCH},
    [SCREENPLAY_DIALOGUE] = {.indent = 1 * INCH, .width = 3.5 * INCH},
    [SCREENPLAY_TRANSITION] = {.width = WIDTH, .before = 1, .right = true},
    [SCREENPLAY_CHOICE] = {.width = WIDTH, .before = 1, .bold = true},
    [SCREENPLAY_OPTION] = {.indent = 0.4 * INCH, .width = WIDTH - 0.4 * INCH},
};

struct setting {
    const struct screenplay *p;
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoFontDescription *font;
    int page, row; /* of the next line, from 0; page 0: the title's */
    char *speaker; /* in this scene so far, of the last speech; or NULL */
};

/* ---- lines ---------------------------------------------------------------------------------------------------------- */

static PangoLayout *lay_out(const struct setting *s, const char *text, const struct look *look)
{
    PangoLayout *l = pango_cairo_create_layout(s->cr);
    pango_cairo_context_set_resolution(pango_layout_get_context(l), INCH); /* a point is a point */
    g_autofree char *capitals = look->capitals ? g_utf8_strup(text, -1) : NULL;
    PangoAttrList *attributes = pango_attr_list_new();
    if (look->bold)
        pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
    if (look->italic)
        pango_attr_list_insert(attributes, pango_attr_style_new(PANGO_STYLE_ITALIC));
    pango_layout_set_font_description(l, s->font);
    pango_layout_set_attributes(l, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_width(l, (int)(look->width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, look->right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(l, capitals ? capitals : text, -1);
    return l;
}

/* Line i of a layout, so that it stands on the page's grid of lines whatever font it needs. */
static void draw_line(const struct setting *s, PangoLayout *l, int i, const struct look *look, int row)
{
    PangoLayoutLine *line = pango_layout_get_line_readonly(l, i);
    PangoRectangle extents;
    pango_layout_line_get_extents(line, NULL, &extents);
    const double width = (double)extents.width / PANGO_SCALE;
    const bool right = look->right != (line->resolved_dir == PANGO_DIRECTION_RTL);
    cairo_move_to(s->cr, LEFT + look->indent + (right ? look->width - width : 0), TOP + (row + 1) * LINE - LINE / 4);
    pango_cairo_show_layout_line(s->cr, line);
}

static void draw_words(const struct setting *s, const char *text, const struct look *look, int row)
{
    PangoLayout *l = lay_out(s, text, look);
    draw_line(s, l, 0, look, row);
    g_object_unref(l);
}

/* ---- pages ---------------------------------------------------------------------------------------------------------- */

static void turn_page(struct setting *s)
{
    static const struct look number = {.width = WIDTH, .right = true};
    cairo_show_page(s->cr);
    s->page++;
    s->row = 0;
    g_autofree char *text = g_strdup_printf("%d.", s->page);
    if (s->page > 1) /* the first page bears none */
        draw_words(s, text, &number, -3);
}

static int rows_left(const struct setting *s)
{
    return ROWS - s->row;
}

static int gap(const struct setting *s, const struct look *look)
{
    return s->row == 0 ? 0 : look->before;
}

static void draw_title(struct setting *s)
{
    static const struct look look = {.width = WIDTH, .bold = true, .capitals = true}, plain = {.width = WIDTH};
    const char *title = story_text(s->p->story, s->p->story->title, NULL), *version = s->p->story->version;
    PangoLayout *l = lay_out(s, title, &look);
    pango_layout_set_alignment(l, PANGO_ALIGN_CENTER);
    cairo_move_to(s->cr, LEFT, TOP + TITLE_ROW * LINE);
    pango_cairo_show_layout(s->cr, l);
    g_object_unref(l);
    g_autofree char *draft = g_strdup_printf("Version %s", version);
    if (*version)
        draw_words(s, draft, &plain, ROWS - 1);
}

/* ---- paragraphs ----------------------------------------------------------------------------------------------------- */

static const struct screenplay_block *block_at(const struct setting *s, guint i)
{
    return i < s->p->blocks->len ? s->p->blocks->pdata[i] : NULL;
}

static void draw_scene_numbers(const struct setting *s, const struct screenplay_block *b)
{
    static const struct look left = {.indent = NUMBER_LEFT - LEFT, .width = INCH, .bold = true},
                             right = {.indent = WIDTH + 0.25 * INCH, .width = 0.75 * INCH, .bold = true};
    g_autofree char *number = g_strdup_printf("%d", b->scene + 1);
    draw_words(s, number, &left, s->row);
    draw_words(s, number, &right, s->row);
}

/* In the reader's list of contents. */
static void add_outline(const struct setting *s, const char *text, int32_t scene)
{
    g_autofree char *place = g_strdup_printf("page=%d pos=[%g %g]", s->page + 1, LEFT, TOP + s->row * LINE);
    g_autofree char *name = scene >= 0 ? g_strdup_printf("%d %s", scene + 1, text) : g_strdup(text);
    cairo_pdf_surface_add_outline(s->surface, CAIRO_PDF_OUTLINE_ROOT, name, place, 0);
}

/* Lines from..to - 1 of a paragraph, which fit. */
static void put_lines(struct setting *s, PangoLayout *l, const struct look *look, int from, int to)
{
    assert(to - from <= rows_left(s));
    for (int i = from; i < to; i++)
        draw_line(s, l, i, look, s->row++);
}

/* A heading stays with the first lines of what it heads. */
static int rows_to_keep(const struct screenplay_block *b, int n)
{
    const bool heads = b->kind == SCREENPLAY_ACT || b->kind == SCREENPLAY_SCENE || b->kind == SCREENPLAY_CHOICE;
    return heads ? n + TOGETHER + 1 : n <= TOGETHER + 1 ? n : TOGETHER;
}

static void put_block(struct setting *s, const struct screenplay_block *b)
{
    const struct look *look = &looks[b->kind];
    PangoLayout *l = lay_out(s, b->text, look);
    const int n = pango_layout_get_line_count(l);
    if (gap(s, look) + rows_to_keep(b, n) > rows_left(s))
        turn_page(s);
    s->row += gap(s, look);
    if (b->kind == SCREENPLAY_ACT || b->kind == SCREENPLAY_SCENE)
        add_outline(s, b->text, b->scene);
    if (b->kind == SCREENPLAY_SCENE)
        draw_scene_numbers(s, b);
    for (int from = 0; from < n;) {
        int to = MIN(n, from + rows_left(s));
        if (to < n && n - to < TOGETHER) /* no single line alone on the next page */
            to = MAX(n - TOGETHER, from);
        put_lines(s, l, look, from, to);
        from = to;
        if (from < n)
            turn_page(s);
    }
    g_object_unref(l);
}

/* ---- speeches ------------------------------------------------------------------------------------------------------- */

/* What is said below one name: so many blocks of the screenplay. */
static guint speech_blocks(const struct setting *s, guint first)
{
    guint n = 1;
    for (const struct screenplay_block *b; (b = block_at(s, first + n)); n++)
        if (b->kind != SCREENPLAY_DIALOGUE && b->kind != SCREENPLAY_PARENTHETICAL)
            break;
    return n;
}

static void put_name(struct setting *s, const char *name, bool goes_on)
{
    g_autofree char *text =
        goes_on && !strstr(name, "(CONT'D)") ? g_strconcat(name, " (CONT'D)", NULL) : g_strdup(name);
    draw_words(s, text, &looks[SCREENPLAY_CHARACTER], s->row++);
}

/* Within a speech, the page is full: the name goes on over the next one. */
static void divide_speech(struct setting *s, const char *name)
{
    draw_words(s, "(MORE)", &looks[SCREENPLAY_CHARACTER], s->row++);
    turn_page(s);
    put_name(s, name, true);
}

static void put_speech(struct setting *s, guint first, guint n)
{
    const char *name = block_at(s, first)->text;
    const struct look *look = &looks[SCREENPLAY_CHARACTER];
    g_autofree PangoLayout **parts = g_new0(PangoLayout *, n);
    int rows = 0;
    for (guint i = 1; i < n; i++) {
        parts[i] = lay_out(s, block_at(s, first + i)->text, &looks[block_at(s, first + i)->kind]);
        rows += pango_layout_get_line_count(parts[i]);
    }
    const int whole = gap(s, look) + 1 + rows, least = gap(s, look) + 1 + MIN(rows, TOGETHER) + (rows > TOGETHER);
    if (whole > rows_left(s) && (least > rows_left(s) || rows <= TOGETHER + 1))
        turn_page(s);
    s->row += gap(s, look);
    put_name(s, name, s->speaker && strcmp(s->speaker, name) == 0);
    for (guint i = 1; i < n; i++) {
        const struct look *part = &looks[block_at(s, first + i)->kind];
        const int lines = pango_layout_get_line_count(parts[i]);
        for (int k = 0; k < lines; k++, rows--) {
            if (rows_left(s) <= 1 && rows > 1) /* the last row is for (MORE), unless nothing more follows */
                divide_speech(s, name);
            put_lines(s, parts[i], part, k, k + 1);
        }
        g_object_unref(parts[i]);
    }
    g_free(s->speaker);
    s->speaker = g_strdup(name);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void put_all(struct setting *s)
{
    draw_title(s);
    turn_page(s);
    for (guint i = 0; i < s->p->blocks->len;) {
        const struct screenplay_block *b = block_at(s, i);
        if (b->kind == SCREENPLAY_SCENE || b->kind == SCREENPLAY_ACT)
            g_clear_pointer(&s->speaker, g_free); /* a name goes on within a scene alone */
        const guint n = b->kind == SCREENPLAY_CHARACTER ? speech_blocks(s, i) : 1;
        if (n > 1)
            put_speech(s, i, n);
        else
            put_block(s, b);
        i += n;
    }
    cairo_show_page(s->cr);
}

static cairo_status_t keep(void *bytes, const unsigned char *data, unsigned int n)
{
    g_byte_array_append(bytes, data, n);
    return CAIRO_STATUS_SUCCESS;
}

GByteArray *screenplay_pdf(const struct screenplay *p, GError **error)
{
    GByteArray *bytes = g_byte_array_new();
    struct setting s = {.p = p};
    s.surface = cairo_pdf_surface_create_for_stream(keep, bytes, PAGE_WIDTH, PAGE_HEIGHT);
    s.cr = cairo_create(s.surface);
    s.font = pango_font_description_from_string(FONT);
    cairo_pdf_surface_set_metadata(s.surface, CAIRO_PDF_METADATA_TITLE, story_text(p->story, p->story->title, NULL));
    put_all(&s);
    cairo_surface_finish(s.surface);
    const cairo_status_t status = cairo_status(s.cr) ? cairo_status(s.cr) : cairo_surface_status(s.surface);
    pango_font_description_free(s.font);
    cairo_destroy(s.cr);
    cairo_surface_destroy(s.surface);
    g_free(s.speaker);
    if (status == CAIRO_STATUS_SUCCESS)
        return bytes;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "the PDF can't be made: %s", cairo_status_to_string(status));
    g_byte_array_unref(bytes);
    return NULL;
}
