#include "explore/flow_page.h"

#include "base/safe.h"
#include "explore/graphviz.h"

#include <math.h>
#include <string.h>

/* A sheet is SHEET_HEIGHT high if it lies, wide if it stands, and as long as its shape asks; how large that is on paper stands in its
 * table. */
#define SHEET_HEIGHT 810.0
#define MARGIN       14.0
#define HEAD         46.0
#define GAP          10.0
#define TITLE_ROOM   20.0
#define LEGEND_MAX   48.0
#define LEGEND_LEAST 1000.0 /* as wide as this, it can still be read */
#define SCALE_MAX    1.5
#define BOX_TEXT     11.0

#define ACTS_MAX        60 /* of more acts, each would be a spot */
#define PART_BOXES_MIN  4
#define PART_BOXES_MAX  150
#define PART_ARROWS_MAX 300  /* on the average */
#define WORK_MAX        4000 /* boxes that are laid out, all tries together */
#define HEIGHTS_TRIED   300

/* As they lie. All but the screen are of paper. */
static const struct {
    int width, height; /* in pixels or millimetres */
    double points;     /* of the height: of paper; pixels of a screen */
} sheets[FLOW_PAGE_SIZES] = {
    [FLOW_SCREEN] = {1920, 1080, 1080}, [FLOW_A0] = {1189, 841, 2383.9}, [FLOW_A1] = {841, 594, 1683.8},
    [FLOW_A2] = {594, 420, 1190.6},     [FLOW_A3] = {420, 297, 841.9},   [FLOW_A4] = {297, 210, 595.3},
};

const char *const flow_page_names[FLOW_PAGE_SIZES + 1] = {[FLOW_SCREEN] = "screen",
                                                          [FLOW_A0] = "a0",
                                                          [FLOW_A1] = "a1",
                                                          [FLOW_A2] = "a2",
                                                          [FLOW_A3] = "a3",
                                                          [FLOW_A4] = "a4",
                                                          NULL};

bool flow_page_fits(const struct flow *f)
{
    return f->n_boxes <= FLOW_PAGE_BOXES_MAX && f->n_arrows <= FLOW_PAGE_ARROWS_MAX;
}

/* ---- panels ------------------------------------------------------------------------------------------------------ */

struct panel {
    char *title; /* NULL: none */
    char *svg;   /* what stands between <svg> and </svg> */
    double width, height;
    double x, y; /* on the sheet, before it is scaled */
};

struct layout {
    GArray *panels; /* struct panel */
    double width, height;
    double scale; /* at which it fills the sheet */
};

static void clear_panel(gpointer data)
{
    struct panel *p = data;
    g_free(p->title);
    g_free(p->svg);
}

static struct layout *layout_new(void)
{
    struct layout *l = g_new0(struct layout, 1);
    l->panels = g_array_new(FALSE, TRUE, sizeof(struct panel));
    g_array_set_clear_func(l->panels, clear_panel);
    return l;
}

static void layout_free(struct layout *l)
{
    if (!l)
        return;
    g_array_free(l->panels, TRUE);
    g_free(l);
}

/* Takes Graphviz's document apart. */
static bool panel_from(const char *document, struct panel *p)
{
    const char *box = strstr(document, "viewBox=\""), *inside = box ? strchr(box, '>') : NULL;
    const char *end = inside ? g_strrstr(inside, "</svg>") : NULL;
    char *at = box ? (char *)box + strlen("viewBox=\"") : NULL;
    double numbers[4] = {0};
    for (int i = 0; end && i < 4; i++)
        numbers[i] = g_ascii_strtod(at, &at);
    if (!end || numbers[2] <= 0 || numbers[3] <= 0)
        return false;
    p->width = numbers[2];
    p->height = numbers[3];
    p->svg = g_strndup(inside + 1, (gsize)(end - inside - 1));
    return true;
}

static bool lay_out(const GString *dot, struct panel *p, GError **error)
{
    g_autoptr(GString) svg = g_string_new(NULL);
    if (!graphviz_svg(dot->str, svg, error))
        return false;
    if (panel_from(svg->str, p))
        return true;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Graphviz's SVG can't be read");
    return false;
}

/* ---- where panels stand ------------------------------------------------------------------------------------------ */

/* In columns of at most `height`, from top to bottom, as the film runs. Returns the width. */
static double fill_columns(GArray *panels, double height)
{
    double x = 0, y = 0, column = 0;
    for (guint i = 0; i < panels->len; i++) {
        struct panel *p = &g_array_index(panels, struct panel, i);
        const double room = p->title ? TITLE_ROOM : 0;
        if (y > 0 && y + room + p->height > height) {
            y = 0;
            x += column + GAP;
            column = 0;
        }
        p->x = x;
        p->y = y + room;
        y += room + p->height + GAP;
        column = fmax(column, p->width);
    }
    return x + column;
}

/* Tries heights and keeps the one at which the text is largest. */
static void arrange(struct layout *l, double room_x, double room_y)
{
    double best = -1, best_height = 0, highest = 0;
    for (guint i = 0; i < l->panels->len; i++)
        highest = fmax(highest, g_array_index(l->panels, struct panel, i).height + TITLE_ROOM);
    for (int i = 0; i < HEIGHTS_TRIED; i++) {
        const double height = highest * (1 + i / 16.0);
        const double scale = fmin(room_y / height, room_x / fill_columns(l->panels, height));
        if (scale > best) {
            best = scale;
            best_height = height;
        }
    }
    l->width = fill_columns(l->panels, best_height);
    for (guint i = 0; i < l->panels->len; i++) {
        const struct panel *p = &g_array_index(l->panels, struct panel, i);
        l->height = fmax(l->height, p->y + p->height);
    }
    l->scale = fmin(SCALE_MAX, fmin(room_x / l->width, room_y / l->height));
}

/* ---- layouts to choose from -------------------------------------------------------------------------------------- */

struct chooser {
    const struct flow *f;
    const struct flowchart_options *o;
    double room_x, room_y;
    bool by_act, overview;
    struct layout *best;
    double score;
};

/* What leads from part to part has to be looked up, so a layout with fewer parts wins unless its text is much smaller. */
static void offer(struct chooser *c, struct layout *l, double crossing)
{
    arrange(l, c->room_x, c->room_y);
    const double score = fmin(l->scale, 1) * (1 - 0.6 * crossing);
    if (c->best && score <= c->score) {
        layout_free(l);
        return;
    }
    layout_free(c->best);
    c->best = l;
    c->score = score;
}

static bool add_panel(struct layout *l, const GString *dot, char *title, GError **error)
{
    struct panel p = {.title = title};
    const bool good = lay_out(dot, &p, error);
    g_array_append_val(l->panels, p);
    return good;
}

static bool try_parts(struct chooser *c, const struct flow_parts *parts, bool across, GError **error)
{
    const struct flow_drawing d = {c->f, parts, c->o};
    struct layout *l = layout_new();
    bool good = true;
    for (int32_t i = 0; good && i < parts->n; i++) {
        g_autoptr(GString) dot = g_string_new(NULL);
        flow_dot_part(&d, i, across, dot);
        good = add_panel(l, dot, parts->n > 1 ? flow_words_part_title(&d, i) : NULL, error);
    }
    if (!good) {
        layout_free(l);
        return false;
    }
    offer(c, l, c->f->n_arrows > 0 ? (double)flow_dot_crossings(&d) / c->f->n_arrows : 0);
    return true;
}

static bool try_overview(struct chooser *c, const struct flow_parts *parts, bool across, GError **error)
{
    const struct flow_drawing d = {c->f, parts, c->o};
    struct layout *l = layout_new();
    g_autoptr(GString) dot = g_string_new(NULL);
    flow_dot_overview(&d, across, dot);
    if (!add_panel(l, dot, NULL, error)) {
        layout_free(l);
        return false;
    }
    offer(c, l, 0);
    return true;
}

/* A divided film has as many parts as its acts; else as many as can be read. */
static bool choose_overview(struct chooser *c, GError **error)
{
    static const int32_t counts[] = {8, 12, 18};
    bool good = true;
    for (size_t i = 0; good && i < (c->by_act ? 1 : G_N_ELEMENTS(counts)); i++) {
        const int32_t n = c->f->n_boxes, max = c->by_act ? n : (n + counts[i] - 1) / counts[i];
        struct flow_parts *parts = flow_parts_new(c->f, MAX(max, 1), c->by_act);
        good = try_overview(c, parts, false, error) && try_overview(c, parts, true, error);
        flow_parts_free(parts);
    }
    return good;
}

/* Parts that are too large are no use and take Graphviz minutes, parts that are too small tear everything apart. Large flows have fewer
 * tries: each lays out all boxes. */
static bool worth_trying(const struct chooser *c, int32_t count, int32_t tries)
{
    const int32_t n = c->f->n_boxes, max = (n + count - 1) / count;
    return max <= PART_BOXES_MAX && c->f->n_arrows <= PART_ARROWS_MAX * count &&
           (max >= PART_BOXES_MIN || count == 1) && tries * n <= WORK_MAX;
}

static bool choose_parts(struct chooser *c, GError **error)
{
    static const int32_t counts[] = {1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 50};
    bool good = true;
    for (int32_t i = 0, last = -1, tries = 0; good && i < (int32_t)G_N_ELEMENTS(counts); i++) {
        const bool needed = i + 1 == (int32_t)G_N_ELEMENTS(counts) && !c->best;
        if (!needed && !worth_trying(c, counts[i], tries))
            continue;
        struct flow_parts *parts = flow_parts_new(c->f, (c->f->n_boxes + counts[i] - 1) / counts[i], c->by_act);
        if (parts->n != last)
            good = try_parts(c, parts, false, error) && (parts->n > 1 || try_parts(c, parts, true, error));
        last = parts->n;
        tries++;
        flow_parts_free(parts);
    }
    return good;
}

/* ---- the sheet --------------------------------------------------------------------------------------------------- */

static void put_number(GString *out, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(out, " %s=\"%s\"", name, g_ascii_formatd(text, sizeof text, "%.2f", value));
}

static void put_words(GString *out, double x, double y, double size, const char *words)
{
    g_string_append(out, "<text font-family=\"Helvetica,Arial,sans-serif\" fill=\"#101010\"");
    put_number(out, "x", x);
    put_number(out, "y", y);
    put_number(out, "font-size", size);
    g_string_append_c(out, '>');
    safe_markup(out, words);
    g_string_append(out, "</text>\n");
}

static void put_panel(GString *out, const struct panel *p)
{
    g_string_append(out, "<svg");
    put_number(out, "x", p->x);
    put_number(out, "y", p->y);
    put_number(out, "width", p->width);
    put_number(out, "height", p->height);
    g_string_append_printf(out, ">%s</svg>\n", p->svg);
    if (!p->title)
        return;
    g_string_append(out, "<rect fill=\"none\" stroke=\"#a0b0b8\" rx=\"6\"");
    put_number(out, "x", p->x);
    put_number(out, "y", p->y - TITLE_ROOM);
    put_number(out, "width", p->width);
    put_number(out, "height", p->height + TITLE_ROOM);
    g_string_append(out, "/>\n");
    put_words(out, p->x + 8, p->y - 5, 14, p->title);
}

static void put_scaled(GString *out, double x, double y, double scale)
{
    char at[3][G_ASCII_DTOSTR_BUF_SIZE];
    const double numbers[3] = {x, y, scale};
    for (int i = 0; i < 3; i++)
        g_ascii_formatd(at[i], sizeof at[i], "%.4f", numbers[i]);
    g_string_append_printf(out, "<g transform=\"translate(%s %s) scale(%s)\">\n", at[0], at[1], at[2]);
}

static void add_fact(GString *out, int32_t n, const char *one, const char *many)
{
    g_string_append_printf(out, "%s%d %s", out->len > 0 ? " · " : "", n, n == 1 ? one : many);
}

static char *facts(const struct flow *f)
{
    GString *out = g_string_new(NULL);
    int32_t loops = 0, necks = 0;
    for (int32_t i = 0; i < f->n_boxes; i++) {
        loops += f->boxes[i].loops > 0;
        necks += f->boxes[i].neck;
    }
    add_fact(out, f->s->n_nodes, "node", "nodes");
    add_fact(out, f->s->n_decisions, "decision", "decisions");
    add_fact(out, f->s->n_endings, "ending ■", "endings ■");
    add_fact(out, loops, "place that the film comes back to ↺", "places that the film comes back to ↺");
    add_fact(out, necks, "bottleneck ⬡", "bottlenecks ⬡");
    return g_string_free(out, FALSE);
}

/* How wide a text of this size may become. */
static double text_width(const char *text, double size)
{
    return 0.62 * size * (double)g_utf8_strlen(text, -1);
}

/* Where the legend stands, and how large the sheet is: on paper all of it, on a screen as much as is needed. */
struct sheet {
    double width, height, legend_scale, legend_y;
};

static struct sheet fit_sheet(const struct chooser *c, const struct panel *legend, const char *title, const char *line)
{
    const double full_x = c->room_x + 2 * MARGIN, full_y = c->room_y + 2 * MARGIN + HEAD + LEGEND_MAX + GAP;
    const double texts = fmax(text_width(title, 18), text_width(line, 11));
    const double room = fmax(c->best->width * c->best->scale, fmax(texts, LEGEND_LEAST));
    struct sheet s = {full_x, full_y, 0, 0};
    if (c->o->page == FLOW_SCREEN)
        s.width = fmin(full_x, room + 2 * MARGIN);
    s.legend_scale = fmin(LEGEND_MAX / legend->height, (s.width - 2 * MARGIN) / legend->width);
    if (c->o->page == FLOW_SCREEN)
        s.height =
            fmin(full_y, 2 * MARGIN + HEAD + c->best->height * c->best->scale + GAP + legend->height * s.legend_scale);
    s.legend_y = s.height - MARGIN - legend->height * s.legend_scale;
    return s;
}

static void put_size(const struct chooser *c, const struct sheet *s, GString *out)
{
    const int long_side = sheets[c->o->page].width, short_side = sheets[c->o->page].height;
    const double unit = short_side / SHEET_HEIGHT;
    const bool screen = c->o->page == FLOW_SCREEN;
    const int width = screen ? (int)lround(s->width * unit) : c->o->portrait ? short_side : long_side;
    const int height = screen ? (int)lround(s->height * unit) : c->o->portrait ? long_side : short_side;
    g_string_append_printf(out, " width=\"%d%s\" height=\"%d%s\" viewBox=\"0 0 %d %d\">\n", width, screen ? "px" : "mm",
                           height, screen ? "px" : "mm", (int)lround(s->width), (int)lround(s->height));
}

static void put_sheet(const struct chooser *c, const struct panel *legend, GString *out)
{
    const char *given = story_text(c->f->s, c->f->s->title, c->o->language), *title = given ? given : c->f->s->id;
    g_autofree char *line = facts(c->f);
    const struct sheet sheet = fit_sheet(c, legend, title, line);
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                         "xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
    put_size(c, &sheet, out);
    g_string_append(out, "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    put_words(out, MARGIN, MARGIN + 14, 18, title);
    put_words(out, MARGIN, MARGIN + 30, 11, line);
    const double free_x = fmax(0, sheet.width - 2 * MARGIN - c->best->width * c->best->scale);
    put_scaled(out, MARGIN + free_x / 2, MARGIN + HEAD, c->best->scale);
    for (guint i = 0; i < c->best->panels->len; i++)
        put_panel(out, &g_array_index(c->best->panels, struct panel, i));
    g_string_append(out, "</g>\n");
    put_scaled(out, MARGIN, sheet.legend_y, sheet.legend_scale);
    put_panel(out, legend);
    g_string_append(out, "</g>\n</svg>\n");
}

/* Acts divide the film where it has some, and not so many that each would be a spot. */
static bool has_acts(const struct flow *f)
{
    return f->s->n_acts > 0 && f->s->n_acts <= ACTS_MAX;
}

bool flow_page_svg(const struct flow *f, const struct flowchart_options *o, GString *out, double *text, GError **error)
{
    struct chooser c = {.f = f, .o = o, .by_act = has_acts(f), .overview = o->overview || !flow_page_fits(f)};
    struct panel legend = {0};
    g_autoptr(GString) dot = g_string_new(NULL);
    const double length = SHEET_HEIGHT * sheets[o->page].width / sheets[o->page].height;
    c.room_x = (o->portrait ? SHEET_HEIGHT : length) - 2 * MARGIN;
    c.room_y = (o->portrait ? length : SHEET_HEIGHT) - 2 * MARGIN - HEAD - LEGEND_MAX - GAP;
    flow_dot_legend(c.overview, story_has_roles(f->s), dot);
    const bool good =
        lay_out(dot, &legend, error) && (c.overview ? choose_overview(&c, error) : choose_parts(&c, error));
    if (good) {
        put_sheet(&c, &legend, out);
        *text = BOX_TEXT * c.best->scale * sheets[o->page].points / SHEET_HEIGHT;
    }
    layout_free(c.best);
    clear_panel(&legend);
    return good;
}
