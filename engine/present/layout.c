#include "present/layout.h"
#include "media/subs_view.h"
#include <assert.h>
#include <glib.h>
#include <math.h>

struct rect layout_picture(int w, int h, int pw, int ph, int sn, int sd)
{
    if (pw <= 0 || ph <= 0 || sn <= 0 || sd <= 0)
        return (struct rect){0, 0, w, h};
    const double shape = CLAMP((double)pw * sn / ((double)ph * sd), 1.0 / 64, 64.0);
    int rw = w, rh = (int)lround(w / shape);
    if (rh > h) {
        rh = h;
        rw = (int)lround(h * shape);
    }
    rw = CLAMP(rw, 1, w);
    rh = CLAMP(rh, 1, h);
    return (struct rect){(w - rw) / 2, (h - rh) / 2, rw, rh};
}

#define TEXT_SHARE 0.038 /* of the window's height: ordinary text */
#define TEXT_FLOOR 15    /* pixels; smaller letters cannot be read */
#define TEXT_CEIL  120
#define NARROW     0.76 /* what counts of the width of a window that is hardly wider than high */
#define TALL       1.0  /* and of one whose height is TALL_SHAPE times its width, or more */
#define TALL_SHAPE 1.6

/* What `share` of a side of the window is, in pixels. */
static double text_px(double side, double share, float scale)
{
    const double s = scale > 0 ? CLAMP(scale, 0.5, 3.0) : 1.0;
    return MAX(side * share, TEXT_FLOOR) * s;
}

int layout_text_px(int w, int h, float scale)
{
    /* In a narrow window its width decides; in a tall one there is room for more lines, and so for larger letters. */
    const double side = MIN(h, MAX(NARROW * w, MIN(TALL * w, h * TALL / TALL_SHAPE)));
    return (int)CLAMP(lround(text_px(side, TEXT_SHARE, scale)), 8, TEXT_CEIL);
}

/* Of the picture's height: the text of subtitles at most. */
#define SUBS_SHARE_MAX 0.14

float layout_subs_scale(int w, int h, int picture_h, float text_scale)
{
    const double share = text_px(MIN(w, h), SUBS_TEXT_SHARE, text_scale) / MAX(picture_h, 1);
    return (float)(MIN(share, SUBS_SHARE_MAX) / SUBS_TEXT_SHARE);
}

/* One way to lay out the options. best_plan() tries some and keeps the one of least cost. */
struct option_plan {
    int px; /* size of the options' text */
    int columns;
    int lines; /* how many lines a text may have */
    bool subs, prompt, images;
    /* rate_plan() fills in the rest. */
    double cost;
    int cell_w, grid_h, row_h[VIEW_OPTIONS_MAX];
    int prompt_h;
};

struct layout_space {
    const struct layout_request *rq;
    int base;   /* size of ordinary text */
    int margin; /* to the edges of the window */
    int wide;   /* the width that remains, in the middle */
    int spare;  /* the height below the picture: what stands there covers nothing */
};

static struct text_extent measure_styled(const struct layout_request *rq, struct text_style style, const char *text,
                                         int width)
{
    if (!text || !*text)
        return (struct text_extent){0};
    struct text_extent e = rq->measure(rq->user, &style, text, MAX(width, 1));
    e.w = MIN(e.w, MAX(width, 1));
    return e;
}

static int gap_of(int px)
{
    return MAX(px / 4, 1);
}

const char *layout_second_line(const struct view_option *o)
{
    return o->locked && o->reason && *o->reason ? o->reason : o->sub;
}

static struct text_style option_style(const struct option_plan *p)
{
    return (struct text_style){TEXT_OPTION, p->px, p->lines, TEXT_CENTRE};
}

static struct text_style sub_style(const struct option_plan *p)
{
    return (struct text_style){TEXT_BODY, MAX(p->px * 62 / 100, MIN(p->px, 11)), p->lines > 1 ? 2 : 1, TEXT_CENTRE};
}

static struct text_style key_style(const struct option_plan *p)
{
    return (struct text_style){TEXT_BODY, MAX(p->px * 62 / 100, MIN(p->px, 11)), 1, TEXT_CENTRE};
}

/* Room on each side of an option's text, so that its key does not touch it. */
static int key_room(const struct view_panel *v, const struct option_plan *p)
{
    for (int i = 0; i < v->count; i++)
        if (v->options[i].key && *v->options[i].key)
            return p->px;
    return p->px / 4;
}

static int inner_width(const struct view_panel *v, const struct option_plan *p)
{
    return MAX(p->cell_w - 2 * key_room(v, p), p->cell_w / 3);
}

static int image_height(const struct layout_request *rq, const struct option_plan *p, const struct view_option *o)
{
    return p->images && o->image ? MIN(rq->h / 6, p->cell_w / 2) : 0;
}

struct cell_size {
    int image, text, line, sub, sum;
    bool cut;
};

static struct cell_size cell_size(const struct layout_request *rq, const struct option_plan *p,
                                  const struct view_option *o)
{
    const int width = inner_width(rq->panel, p), gap = gap_of(p->px);
    struct cell_size s = {.image = image_height(rq, p, o)};
    const struct text_extent text = measure_styled(rq, option_style(p), o->text, width);
    const struct text_extent sub =
        p->subs ? measure_styled(rq, sub_style(p), layout_second_line(o), width) : (struct text_extent){0};
    s.text = text.h;
    s.sub = sub.h;
    s.line = MAX(p->px / 14, 1) + gap;
    s.cut = text.cut || sub.cut;
    s.sum = s.image + (s.image ? gap : 0) + s.text + s.line + (s.sub ? s.sub + gap / 2 : 0) + gap;
    return s;
}

static int prompt_width(const struct layout_space *f)
{
    return MIN(f->wide, MAX(f->base * 30, f->wide * 6 / 10));
}

static struct text_style prompt_style(const struct layout_space *f, const struct option_plan *p)
{
    return (struct text_style){TEXT_PROMPT, MAX(MIN(f->base * 90 / 100, p->px * 90 / 100), MIN(p->px, 12)),
                               MIN(p->lines, 2), TEXT_CENTRE};
}

/* The height of everything below the bar. */
static int below_bar(const struct layout_space *f, const struct option_plan *p)
{
    return gap_of(p->px) * 2 + p->grid_h + f->margin / 2;
}

static int bar_height(const struct layout_space *f)
{
    return MAX(f->base / 12, 2);
}

static int whole_height(const struct layout_space *f, const struct option_plan *p)
{
    return (p->prompt_h ? p->prompt_h + gap_of(p->px) * 2 : 0) + bar_height(f) + below_bar(f, p);
}

/* Works out the sizes that the plan leads to, and its cost: height covered, small type, cut texts, rows that are not
 * full. */
static void rate_plan(const struct layout_space *f, struct option_plan *p, double limit)
{
    const struct layout_request *rq = f->rq;
    const struct view_panel *v = rq->panel;
    const int rows = (v->count + p->columns - 1) / MAX(p->columns, 1);
    const int most = MIN(f->wide, p->columns == 1 ? f->base * 34 : f->wide) / p->columns;
    assert(p->columns >= 1 && rows <= VIEW_OPTIONS_MAX);
    p->cell_w = MIN(most, f->base * 22 + (p->columns == 1 ? f->base * 12 : 0));
    p->grid_h = 0;
    int cuts = 0, lines = 0;
    for (int r = 0; r < rows; r++) {
        p->row_h[r] = 0;
        for (int i = r * p->columns; i < MIN((r + 1) * p->columns, v->count); i++) {
            const struct cell_size s = cell_size(rq, p, &v->options[i]);
            p->row_h[r] = MAX(p->row_h[r], s.sum);
            cuts += s.cut;
            lines += s.text > p->px * 2;
        }
        p->grid_h += p->row_h[r];
    }
    const struct text_extent e =
        p->prompt ? measure_styled(rq, prompt_style(f, p), v->prompt, prompt_width(f)) : (struct text_extent){0};
    p->prompt_h = e.h;
    const int whole = whole_height(f, p);
    const double share = whole <= f->spare ? 0 : (double)whole / rq->h;
    p->cost = share + 1.0 * (1 - (double)p->px / f->base) + 1.5 * cuts + 0.12 * lines + 1.0 * e.cut;
    p->cost += (share > limit ? 20 + 40 * (share - limit) : 0) + (p->subs ? 0 : 0.8) + (p->prompt ? 0 : 2) +
               (p->images ? 0 : 0.6);
    if (v->count % p->columns)
        p->cost += 0.06 * (p->columns - v->count % p->columns);
    if (v->layout == VIEW_COLUMN)
        p->cost += 0.35 * (p->columns - 1);
    else if (p->columns < v->count && v->count <= 3)
        p->cost += 0.1;
}

/* What is given up, in this order, if a panel does not fit: size, images, second lines, the prompt. */
static const struct {
    int size; /* per cent of ordinary text */
    int lines;
    bool subs, prompt, images;
    bool tall; /* only where there is much room below the picture */
} attempts[] = {
    {100, 2, true, true, true, false},   {100, 4, true, true, true, true},    {90, 2, true, true, true, false},
    {80, 2, true, true, true, false},    {80, 3, true, true, true, false},    {80, 3, true, true, false, false},
    {60, 4, true, true, false, false},   {80, 2, false, true, false, false},  {70, 2, false, true, false, false},
    {60, 1, false, true, false, false},  {60, 1, false, false, false, false}, {45, 1, false, false, false, false},
    {30, 1, false, false, false, false}, {20, 1, false, false, false, false},
};

#define TALL_ROWS    8    /* of ordinary text: much room */
#define LIMIT_ROW    0.52 /* how much of the window's height a panel should take at most */
#define LIMIT_COLUMN 0.66

static struct option_plan best_plan(const struct layout_space *f)
{
    const struct view_panel *v = f->rq->panel;
    const double limit = v->layout == VIEW_COLUMN ? LIMIT_COLUMN : LIMIT_ROW;
    struct option_plan best = {.cost = 1e9, .columns = 1, .px = 1};
    for (size_t a = 0; a < G_N_ELEMENTS(attempts); a++) {
        if (attempts[a].tall && f->spare < f->base * TALL_ROWS)
            continue;
        for (int c = MAX(v->count, 1); c >= 1; c--) {
            struct option_plan p = {.px = MAX(f->base * attempts[a].size / 100, 2),
                                    .columns = c,
                                    .lines = attempts[a].lines,
                                    .subs = attempts[a].subs,
                                    .prompt = attempts[a].prompt,
                                    .images = attempts[a].images};
            rate_plan(f, &p, limit);
            if (p.cost < best.cost)
                best = p;
        }
        if (best.cost < 1 && a > 0) /* it fits and nothing is cut: smaller type would be no better */
            break;
    }
    return best;
}

static void keep_inside(struct rect *r, struct rect out)
{
    r->w = CLAMP(r->w, 0, out.w);
    r->h = CLAMP(r->h, 0, out.h);
    r->x = CLAMP(r->x, out.x, out.x + out.w - r->w);
    r->y = CLAMP(r->y, out.y, out.y + out.h - r->h);
}

/* Stacks the parts of one option inside its cell, centred. */
static void fill_cell(const struct layout_space *f, const struct option_plan *p, const struct view_option *o,
                      struct layout_option *out)
{
    const struct layout_request *rq = f->rq;
    const struct cell_size s = cell_size(rq, p, o);
    const int width = inner_width(rq->panel, p), gap = gap_of(p->px), middle = out->cell.x + out->cell.w / 2;
    int y = out->cell.y; /* pictures and first lines of a row are level */
    out->text_style = option_style(p);
    out->sub_style = sub_style(p);
    out->key_style = key_style(p);
    if (s.image) {
        const int wide = MIN(out->cell.w - 2 * gap, s.image * 16 / 9); /* all of one size, and of a film's shape */
        out->image = (struct rect){middle - wide / 2, y, wide, s.image};
        y += s.image + gap;
    }
    const struct text_extent text = measure_styled(rq, out->text_style, o->text, width);
    out->text = (struct rect){middle - text.w / 2, y, text.w, text.h};
    y += s.text;
    const int line_w = s.text ? text.w : out->cell.w / 2;
    out->line = (struct rect){middle - line_w / 2, y, line_w, MAX(p->px / 14, 1)};
    y += s.line;
    if (s.sub) {
        const struct text_extent sub = measure_styled(rq, out->sub_style, layout_second_line(o), width);
        out->sub = (struct rect){middle - sub.w / 2, y, sub.w, sub.h};
    }
    const int key_w = key_room(rq->panel, p) - gap;
    const struct text_extent key =
        key_w > 0 ? measure_styled(rq, out->key_style, o->key, key_w) : (struct text_extent){0};
    if (key.h && s.text)
        out->key = (struct rect){out->text.x - gap - key.w, out->text.y + text.baseline - key.baseline, key.w, key.h};
    struct rect *const parts[] = {&out->image, &out->text, &out->sub, &out->key, &out->line};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        keep_inside(parts[i], out->cell);
}

/* Places the grid of options from `top` on. Rows are centred, also a last row that is not full. */
static void place_grid(const struct layout_space *f, const struct option_plan *p, int top, struct layout_panel *out)
{
    const struct view_panel *v = f->rq->panel;
    int y = top;
    for (int i = 0, r = 0; i < v->count; r++) {
        const int in_row = MIN(p->columns, v->count - i);
        const int spread = p->columns == 1 ? 0 : MIN((f->wide - in_row * p->cell_w) / MAX(in_row, 1), f->base * 2);
        const int span = in_row * p->cell_w + (in_row - 1) * spread;
        for (int k = 0; k < in_row; k++, i++) {
            struct layout_option *o = &out->option[i];
            o->cell = (struct rect){(f->rq->w - span) / 2 + k * (p->cell_w + spread), y, p->cell_w, p->row_h[r]};
            keep_inside(&o->cell, (struct rect){0, 0, f->rq->w, f->rq->h});
            fill_cell(f, p, &v->options[i], o);
        }
        y += p->row_h[r];
    }
    out->count = v->count;
}

/* Where the bar goes (returned) and how far the picture makes room. */
static int place_bar(const struct layout_space *f, int whole, int lower, struct layout_panel *out)
{
    const struct layout_request *rq = f->rq;
    const struct rect pic = rq->picture;
    const int below = rq->h - pic.y - pic.h, most = rq->h - pic.h;
    out->picture = pic;
    if (below >= whole) /* a tall window: all of it stands below the picture, nearer to it than to the edge */
        return pic.y + pic.h + (below - whole) / 3 + (whole - lower);
    if (most >= whole)
        out->picture.y = rq->h - whole - pic.h;
    else if (most >= lower)
        out->picture.y = rq->h - lower - pic.h;
    else
        out->picture.y = 0;
    out->picture.y = CLAMP(out->picture.y, 0, pic.y); /* up, never down */
    return rq->h - lower;
}

static void place_shade(const struct layout_space *f, int top, struct layout_panel *out)
{
    const int edge = out->picture.y + out->picture.h;
    out->subs_floor = MIN(top - f->base / 2, edge);
    if (top >= edge) {
        out->shade_y = out->solid_y = f->rq->h;
        return;
    }
    out->solid_y = CLAMP(top - f->base / 3, 0, f->rq->h);
    out->shade_y = CLAMP(out->solid_y - f->base * 4, 0, f->rq->h);
}

/* Places the bar, whose lower edge is `y`, and the prompt above it. Returns the top of what is shown. */
static int place_head(const struct layout_space *f, const struct option_plan *p, int y, struct layout_panel *out)
{
    const struct layout_request *rq = f->rq;
    const struct rect all = {0, 0, rq->w, rq->h};
    const int bar_w = MIN(f->wide, MAX(f->base * 40, rq->w / 2));
    out->bar = (struct rect){(rq->w - bar_w) / 2, y - bar_height(f), bar_w, bar_height(f)};
    keep_inside(&out->bar, all);
    if (!p->prompt_h)
        return out->bar.y;
    out->prompt_style = prompt_style(f, p);
    const struct text_extent e = measure_styled(rq, out->prompt_style, rq->panel->prompt, prompt_width(f));
    out->prompt = (struct rect){(rq->w - e.w) / 2, out->bar.y - gap_of(p->px) * 2 - e.h, e.w, e.h};
    keep_inside(&out->prompt, all);
    return out->prompt.y;
}

static void layout_bottom(const struct layout_space *f, struct layout_panel *out)
{
    const struct option_plan p = best_plan(f);
    const int lower = below_bar(f, &p);
    const int y = place_bar(f, whole_height(f, &p), lower, out);
    const int top = place_head(f, &p, y, out);
    place_grid(f, &p, y + gap_of(p.px) * 2, out);
    place_shade(f, top, out);
}

/* ---- corners: left and right, the first two at the bottom; the prompt between them and the bar ---- */

#define CORNERS_MAX 4

/* The first of the attempts that fits with two options side by side. */
static struct option_plan corner_plan(const struct layout_space *f)
{
    struct option_plan p = {0};
    for (size_t a = 0; a < G_N_ELEMENTS(attempts); a++) {
        p = (struct option_plan){.px = MAX(f->base * attempts[a].size / 100, 2),
                                 .columns = 2,
                                 .lines = attempts[a].lines,
                                 .subs = attempts[a].subs,
                                 .prompt = attempts[a].prompt,
                                 .images = attempts[a].images};
        rate_plan(f, &p, LIMIT_COLUMN);
        if (p.cost < 1)
            break;
    }
    p.cell_w = MIN(p.cell_w, (f->wide + 2 * f->margin) * 2 / 5);
    return p;
}

static void layout_corners(const struct layout_space *f, struct layout_panel *out)
{
    const struct layout_request *rq = f->rq;
    const struct view_panel *v = rq->panel;
    const struct option_plan p = corner_plan(f);
    const struct rect pic = rq->picture;
    const int gap = gap_of(p.px) * 2, edge = f->margin * 4 / 5, rows = (v->count + 1) / 2;
    const int left = (rq->w - f->wide) / 2;
    const int foot = edge + bar_height(f) + (p.prompt_h ? p.prompt_h + gap : 0);
    const int room = MAX((rq->h - foot - 2 * f->margin - gap) / 2, 1);
    int tall[2] = {0, 0}; /* heights of the upper and of the lower row */
    for (int i = 0; i < v->count; i++) {
        const int row = rows == 1 ? 1 : i / 2;
        tall[row] = MAX(tall[row], MIN(cell_size(rq, &p, &v->options[i]).sum, room));
    }
    /* In a tall window the rows stay close to the picture. */
    const int bar_y = MIN(rq->h - edge, pic.y + pic.h + edge + tall[1] + gap + foot);
    const int top_y = MAX(edge, pic.y - tall[0] - edge);
    out->picture = pic;
    const int low_y = place_head(f, &p, bar_y, out) - gap - tall[1];
    for (int i = 0; i < v->count; i++) {
        const bool upper = rows > 1 && i < 2;
        const int x = i % 2 ? rq->w - left - p.cell_w : left;
        struct layout_option *o = &out->option[i];
        o->cell = (struct rect){x, upper ? top_y : low_y, p.cell_w, tall[upper ? 0 : 1]};
        keep_inside(&o->cell, (struct rect){0, 0, rq->w, rq->h});
        fill_cell(f, &p, &v->options[i], o);
    }
    out->count = v->count;
    if (rows > 1 && top_y + tall[0] > pic.y) {
        out->top_solid_y = top_y + tall[0];
        out->top_shade_y = MIN(out->top_solid_y + f->base * 3, rq->h);
    }
    place_shade(f, low_y, out);
}

/* ---- code entry: a line with places, and a pad ---- */

static_assert(LAYOUT_PADS >= 26 + 2, "a pad of letters has two more keys");

static const char digit_keys[] = "1234567890\b\r", letter_keys[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ\b\r";

static void place_pads(const struct layout_space *f, const char *keys, int per_row, struct rect area,
                       struct layout_panel *out)
{
    const int n = (int)strlen(keys), rows = (n + per_row - 1) / per_row, size = area.h / rows;
    for (int i = 0; i < n; i++) {
        const int in_row = MIN(per_row, n - i / per_row * per_row);
        const int w = MIN(area.w / per_row, f->base * 3);
        out->pad[i] = (struct layout_pad){
            {(f->rq->w - in_row * w) / 2 + i % per_row * w, area.y + i / per_row * size, w, size}, (uint8_t)keys[i]};
    }
    out->pad_count = n;
}

static void layout_code(const struct layout_space *f, struct layout_panel *out)
{
    const struct layout_request *rq = f->rq;
    const char *keys = rq->panel->code_letters ? letter_keys : digit_keys;
    const int n = (int)strlen(keys);
    int pad_w = f->base * 5 / 2, pad_h = f->base * 2, per_row = CLAMP(f->wide / pad_w, 1, n);
    if (f->spare >= f->base * TALL_ROWS * 7 / 4) /* as on a telephone, for fingers */
        per_row = MIN(per_row, rq->panel->code_letters ? 7 : 3);
    if (per_row < n)
        per_row = (n + (n + per_row - 1) / per_row - 1) / ((n + per_row - 1) / per_row);
    const int rows = (n + per_row - 1) / per_row;
    pad_h = MAX(MIN(pad_h, rq->h * 4 / 10 / rows), 1);
    struct option_plan p = {.px = f->base, .lines = 1, .columns = 1, .prompt = true};
    p.prompt_h = measure_styled(rq, prompt_style(f, &p), rq->panel->prompt, prompt_width(f)).h;
    out->code_style = (struct text_style){TEXT_MONO, MIN(f->base * 3 / 2, rq->h / 8), 1, TEXT_CENTRE};
    const int line_h = out->code_style.px * 3 / 2;
    p.grid_h = line_h + rows * pad_h;
    const int y = place_bar(f, whole_height(f, &p), below_bar(f, &p), out);
    const int top = place_head(f, &p, y, out), x = (rq->w - f->wide) / 2;
    out->code = (struct rect){x, y + gap_of(p.px), f->wide, line_h};
    place_pads(f, keys, per_row, (struct rect){x, y + gap_of(p.px) * 2 + line_h, f->wide, rows * pad_h}, out);
    place_shade(f, top, out);
}

/* ---- from right to left ---- */

static void mirror(int w, struct rect *r)
{
    r->x = w - r->x - r->w;
}

static void mirror_options(int w, struct layout_panel *out)
{
    for (int i = 0; i < out->count; i++) {
        struct layout_option *o = &out->option[i];
        struct rect *const parts[] = {&o->cell, &o->image, &o->text, &o->sub, &o->key, &o->line};
        for (size_t k = 0; k < G_N_ELEMENTS(parts); k++)
            mirror(w, parts[k]);
    }
}

/* What layout.h promises, whatever is asked for. */
static bool layout_check(const struct layout_request *rq, const struct layout_panel *l)
{
    const struct rect all = {0, 0, rq->w, rq->h};
    const bool roomy = rq->w >= LAYOUT_MIN_W && rq->h >= LAYOUT_MIN_H;
    assert(l->count >= 0 && l->count <= VIEW_OPTIONS_MAX);
    assert(l->pad_count >= 0 && l->pad_count <= LAYOUT_PADS);
    assert(l->picture.w == rq->picture.w && l->picture.h == rq->picture.h);
    assert(l->picture.y >= 0 && l->picture.y <= rq->picture.y); /* it moves up, never down */
    assert(rect_inside(l->bar, all) && rect_inside(l->prompt, all));
    assert(l->shade_y <= l->solid_y && l->top_solid_y <= l->top_shade_y);
    for (int i = 0; i < l->count; i++) {
        assert(rect_inside(l->option[i].cell, all) && rect_inside(l->option[i].line, l->option[i].cell));
        for (int k = 0; k < i && roomy; k++)
            assert(!rect_meet(l->option[i].cell, l->option[k].cell));
    }
    return true;
}

/* The picture's, so that its edge runs through no word; but the window's where that would leave too little. */
static int width_for_words(const struct layout_request *rq)
{
    return 2 * rq->picture.w >= rq->w ? MIN(rq->picture.w, rq->w) : rq->w;
}

void layout_panel(const struct layout_request *rq, struct layout_panel *out)
{
    *out = (struct layout_panel){0};
    struct view_panel v = *rq->panel;
    v.count = CLAMP(v.count, 0, VIEW_OPTIONS_MAX);
    struct layout_request own = *rq;
    own.panel = &v;
    struct layout_space f = {.rq = &own, .base = layout_text_px(rq->w, rq->h, rq->text_scale)};
    f.margin = MIN(f.base * 3 / 2, MIN(rq->w, rq->h) / 12);
    f.wide = MAX(width_for_words(rq) - 2 * f.margin, 1);
    f.spare = MAX(rq->h - rq->picture.y - rq->picture.h, 0);
    if (v.layout == VIEW_CODE)
        layout_code(&f, out);
    else if (v.layout == VIEW_CORNERS && v.count <= CORNERS_MAX)
        layout_corners(&f, out);
    else
        layout_bottom(&f, out);
    if (v.from_right)
        mirror_options(rq->w, out);
    if (v.lifts)
        out->subs_floor = out->picture.y + out->picture.h - out->picture.h * v.lift / 1000;
    assert(layout_check(rq, out));
}

int layout_option_at(const struct layout_panel *l, int x, int y)
{
    for (int i = 0; i < l->count; i++)
        if (rect_has(l->option[i].cell, x, y))
            return i;
    return -1;
}

int layout_pad_at(const struct layout_panel *l, int x, int y)
{
    for (int i = 0; i < l->pad_count; i++)
        if (rect_has(l->pad[i].cell, x, y))
            return i;
    return -1;
}

static struct rect place_of(const struct layout_panel *l, int i)
{
    return l->pad_count > 0 ? l->pad[i].cell : l->option[i].cell;
}

int layout_row_step(const struct layout_panel *l, int from, int way)
{
    const int n = l->pad_count > 0 ? l->pad_count : l->count;
    if (from < 0 || from >= n)
        return from;
    const struct rect at = place_of(l, from);
    int best = -1, best_y = 0, best_x = 0;
    bool rows = false;
    for (int i = 0; i < n; i++) {
        const struct rect r = place_of(l, i);
        const int y = (r.y - at.y) * way, x = ABS(2 * r.x + r.w - 2 * at.x - at.w);
        rows |= y != 0;
        if (y <= 0 || (best >= 0 && (y > best_y || (y == best_y && x >= best_x))))
            continue;
        best = i;
        best_y = y;
        best_x = x;
    }
    return best >= 0 ? best : rows ? from : from + way;
}
