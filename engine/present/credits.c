#include "present/credits.h"
#include "present/anim.h"
#include "present/bar.h"
#include "present/layout.h"
#include "present/panel.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define ROLLS     0.92f /* of their time; then they rest */
#define EVENLY    0.85f /* of that; then they slow down */
#define EDGE      0.14f /* of the height of their place: what is nearer to its upper or lower end fades */
#define TURN      0.08f /* of the time of a page: it comes, and goes */
#define PAIRS_MIN 22    /* a place narrower than so many ems has roles above their names */
#define ROLE_MAX  60    /* bytes; a longer beginning of a line is no role */

enum row_kind { ROW_GAP, ROW_TITLE, ROW_PAIR, ROW_MORE, ROW_WORDS };

struct row {
    enum row_kind kind;
    char *role, *name; /* within the lines; a title's and other words are in `name` */
    int y, h;
};

struct credits {
    /* what was laid out last, and for what */
    char *text; /* NULL: nothing yet */
    int width, px;
    const char *face; /* as in struct view: titles have it */
    /* how */
    bool paired;     /* roles beside their names */
    bool from_right; /* roles stand on the right */
    char **lines;
    GArray *rows; /* struct row */
    int height;   /* of all rows */
    /* while they are drawn */
    const struct overlay *o;
    const struct view_inscription *in;
    struct rect place;
};

struct credits *credits_new(void)
{
    struct credits *c = g_new0(struct credits, 1);
    c->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    return c;
}

void credits_free(struct credits *c)
{
    if (!c)
        return;
    g_array_unref(c->rows);
    g_strfreev(c->lines);
    g_free(c->text);
    g_free(c);
}

/* ---- reading ---- */

static struct row row_of(char *line)
{
    g_strstrip(line);
    if (!*line)
        return (struct row){.kind = ROW_GAP};
    if (g_str_has_prefix(line, "# "))
        return (struct row){.kind = ROW_TITLE, .name = g_strchug(line + 2)};
    if (g_str_has_prefix(line, ": "))
        return (struct row){.kind = ROW_MORE, .name = g_strchug(line + 2)};
    char *colon = strstr(line, ": ");
    if (!colon || colon - line > ROLE_MAX)
        return (struct row){.kind = ROW_WORDS, .name = line};
    *colon = '\0';
    return (struct row){.kind = ROW_PAIR, .role = line, .name = g_strchug(colon + 2)};
}

static int gutter(const struct credits *r)
{
    return r->px * 3 / 2;
}

static int column(const struct credits *r)
{
    return MAX((r->place.w - gutter(r)) / 2, 1);
}

static struct text_style role_style(const struct credits *r)
{
    const enum text_align beside = r->from_right ? TEXT_LEFT : TEXT_RIGHT;
    return (struct text_style){TEXT_CAPTION, MAX(r->px * 82 / 100, 1), 0, r->paired ? beside : TEXT_CENTRE};
}

static struct text_style name_style(const struct credits *r, enum row_kind kind)
{
    const enum text_align beside = r->from_right ? TEXT_RIGHT : TEXT_LEFT;
    if (kind == ROW_TITLE)
        return (struct text_style){TEXT_TITLE, r->px * 2, 0, TEXT_CENTRE};
    return (struct text_style){TEXT_CAPTION, r->px, 0, r->paired && kind != ROW_WORDS ? beside : TEXT_CENTRE};
}

static int height_of(const struct credits *r, struct text_style style, const char *text, int width)
{
    return text_size(text_get(r->o->text, &style, text, width)).h;
}

static int row_height(const struct credits *r, const struct row *row)
{
    const bool beside = r->paired && (row->kind == ROW_PAIR || row->kind == ROW_MORE);
    const int width = beside ? column(r) : r->place.w;
    if (row->kind == ROW_GAP)
        return r->px * 3 / 2;
    const int name = height_of(r, name_style(r, row->kind), row->name, width);
    const int role = row->role ? height_of(r, role_style(r), row->role, width) : 0;
    return (beside ? MAX(name, role) : name + role) + r->px * (row->kind == ROW_TITLE ? 12 : 3) / 10;
}

/* A role over its name, and words below names, keep away from what is above. */
static int room_above(const struct credits *r, guint i)
{
    const enum row_kind kind = g_array_index(r->rows, struct row, i).kind,
                        above = i > 0 ? g_array_index(r->rows, struct row, i - 1).kind : ROW_GAP;
    const bool names = above == ROW_PAIR || above == ROW_MORE;
    return names && (kind == ROW_WORDS || (kind == ROW_PAIR && !r->paired)) ? r->px * 6 / 10 : 0;
}

static void read_rows(struct credits *r)
{
    g_array_set_size(r->rows, 0);
    g_strfreev(r->lines);
    r->lines = g_strsplit(r->text, "\n", -1);
    r->from_right = false;
    r->height = 0;
    for (int i = 0; r->lines[i]; i++) {
        const struct row row = row_of(r->lines[i]);
        g_array_append_val(r->rows, row);
        r->from_right |= row.name && text_direction(row.role ? row.role : row.name) == TEXT_FROM_RIGHT;
    }
    while (r->rows->len > 0 && g_array_index(r->rows, struct row, r->rows->len - 1).kind == ROW_GAP)
        g_array_set_size(r->rows, r->rows->len - 1);
    for (guint i = 0; i < r->rows->len; i++) {
        struct row *row = &g_array_index(r->rows, struct row, i);
        row->y = r->height + room_above(r, i);
        row->h = row_height(r, row);
        r->height = row->y + row->h;
    }
}

/* Their rows stay as they are while they roll. */
static void lay_out(struct credits *r)
{
    /* Unlike other inscriptions they have room to be read in every window. */
    int px = MAX(r->o->picture.h * r->in->size / 1000,
                 layout_text_px(r->o->canvas->w, r->o->canvas->h, r->o->view->text_scale) * 7 / 10);
    px = CLAMP(MIN(px, r->place.w / 12), 6, 400);
    if (r->text && r->width == r->place.w && r->px == px && r->face == r->o->view->face &&
        g_str_equal(r->text, r->in->text))
        return;
    g_free(r->text);
    r->text = g_strdup(r->in->text);
    r->width = r->place.w;
    r->px = px;
    r->face = r->o->view->face;
    r->paired = r->width >= px * PAIRS_MIN;
    read_rows(r);
}

/* ---- drawing ---- */

static void put(const struct credits *r, struct text_style style, const char *text, struct rect box, float alpha)
{
    struct text_block *b = text_get(r->o->text, &style, text, MAX(box.w, 1));
    const int room = box.w - text_size(b).w;
    const int x = style.align == TEXT_CENTRE ? room / 2 : style.align == TEXT_RIGHT ? room : 0;
    const float shadow = r->o->view->frame && !r->o->view->card ? 0.9f : 0;
    text_draw(r->o->text, b, r->o->canvas, box.x + x, box.y, (struct text_ink){r->in->rgb, alpha, shadow});
}

static void draw_row(const struct credits *r, const struct row *row, int y, float alpha)
{
    const struct rect p = r->place;
    const bool beside = r->paired && (row->kind == ROW_PAIR || row->kind == ROW_MORE);
    const float quiet = r->o->view->high_contrast ? 1 : 0.78f;
    if (row->kind == ROW_GAP || alpha <= 0)
        return;
    const struct text_style name = name_style(r, row->kind), role = role_style(r);
    struct rect names = {p.x, y, p.w, 0}, roles = names;
    if (beside) {
        const struct rect left = {p.x, y, column(r), 0}, right = {p.x + p.w - column(r), y, column(r), 0};
        names = r->from_right ? left : right;
        roles = r->from_right ? right : left;
        roles.y += row->role ? text_size(text_get(r->o->text, &name, row->name, names.w)).baseline -
                                   text_size(text_get(r->o->text, &role, row->role, roles.w)).baseline
                             : 0;
    } else if (row->role)
        names.y += height_of(r, role, row->role, p.w);
    if (row->role)
        put(r, role, row->role, roles, quiet * alpha);
    put(r, name, row->name, names, alpha);
}

/* What is near an end of the place fades. */
static float edge_alpha(const struct credits *r, int y, int h)
{
    const float middle = (float)y + (float)h / 2 - (float)r->place.y, all = (float)r->place.h;
    return anim_ease_inout(MIN(middle, all - middle) / (all * EDGE));
}

float credits_rolled(float through)
{
    const float t = CLAMP(through / ROLLS, 0.0f, 1.0f), rest = 1 - EVENLY, speed = 1 / (EVENLY + rest / 2);
    const float late = MAX(t - EVENLY, 0);
    return speed * (t - late * late / (2 * rest));
}

/* Where the last part begins. */
static int last_part_y(const struct credits *r)
{
    int y = 0;
    for (guint i = 0; i < r->rows->len; i++) {
        const struct row *row = &g_array_index(r->rows, struct row, i);
        y = row->kind == ROW_GAP ? row->y + row->h : y;
    }
    return y;
}

static void draw_rolling(const struct credits *r)
{
    const int last = last_part_y(r), h = r->place.h;
    const int from = h, to = MAX((h - (r->height - last)) / 2, 0) - last;
    const int top = r->place.y + from + (int)lroundf((float)(to - from) * credits_rolled(r->in->through));
    for (guint i = 0; i < r->rows->len; i++) {
        const struct row *row = &g_array_index(r->rows, struct row, i);
        draw_row(r, row, top + row->y, edge_alpha(r, top + row->y, row->h));
    }
}

/* The row behind the last one of the page that begins at `first`: a part is kept together where it fits at all. */
static guint page_end(const struct credits *r, guint first)
{
    const struct row *rows = (const struct row *)(void *)r->rows->data;
    guint end = first, gap = first;
    while (end < r->rows->len && (end == first || rows[end].y + rows[end].h - rows[first].y <= r->place.h)) {
        gap = rows[end].kind == ROW_GAP ? end : gap;
        end++;
    }
    return end < r->rows->len && gap > first ? gap + 1 : end;
}

static int count_pages(const struct credits *r)
{
    int n = 0;
    for (guint first = 0; first < r->rows->len; first = page_end(r, first))
        n++;
    return n;
}

static void draw_page(const struct credits *r)
{
    const struct row *rows = (const struct row *)(void *)r->rows->data;
    const int pages = count_pages(r), page = MIN((int)(r->in->through * (float)pages), pages - 1);
    guint first = 0;
    for (int i = 0; i < page; i++)
        first = page_end(r, first);
    const guint end = page_end(r, first);
    const float part = CLAMP(r->in->through * (float)pages - (float)page, 0.0f, 1.0f);
    const float alpha = MIN(part, page + 1 < pages ? 1 - part : 1) / TURN;
    guint shown = end;
    while (shown > first + 1 && rows[shown - 1].kind == ROW_GAP)
        shown--;
    const int height = rows[shown - 1].y + rows[shown - 1].h - rows[first].y,
              top = r->place.y + MAX((r->place.h - height) / 2, 0) - rows[first].y;
    for (guint i = first; i < shown; i++)
        draw_row(r, &rows[i], top + rows[i].y, anim_ease_inout(alpha));
}

static void draw_credits(struct credits *r, const struct overlay *o, const struct view_inscription *in)
{
    const struct rect p = o->picture;
    r->o = o;
    r->in = in;
    r->place = (struct rect){p.x + p.w * in->left / 1000, p.y + p.h * in->top / 1000, p.w * in->width / 1000,
                             p.h * in->height / 1000};
    lay_out(r);
    if (r->rows->len > 0 && (o->view->reduced_motion || r->height <= r->place.h))
        draw_page(r);
    else if (r->rows->len > 0)
        draw_rolling(r);
    r->o = NULL;
    r->in = NULL;
}

void credits_draw(struct credits *c, const struct overlay *o)
{
    for (int i = 0; i < MIN(o->view->inscription_count, VIEW_INSCRIPTIONS_MAX); i++)
        if (o->view->inscriptions[i].look == VIEW_CREDITS)
            draw_credits(c, o, &o->view->inscriptions[i]);
}

bool credits_are_in(const struct view *v)
{
    for (int i = 0; i < MIN(v->inscription_count, VIEW_INSCRIPTIONS_MAX); i++)
        if (v->inscriptions[i].look == VIEW_CREDITS)
            return true;
    return false;
}

/* ---- the way past them ---- */

static struct text_style skip_style(const struct overlay *o)
{
    const int px = layout_text_px(o->canvas->w, o->canvas->h, o->view->text_scale) * 8 / 10;
    return (struct text_style){TEXT_BODY, px, 1, TEXT_CENTRE};
}

static float skip_alpha(const struct view *v)
{
    return v->skip_link_stays ? 1 : anim_fade(v->skip_link_us, ANIM_SKIP_US);
}

struct rect credits_skip(const struct overlay *o)
{
    const struct view *v = o->view;
    if (!v->skip_link || v->page || skip_alpha(v) <= 0)
        return (struct rect){0};
    const struct text_style style = skip_style(o);
    const struct text_extent e = text_size(text_get(o->text, &style, v->skip_link, o->canvas->w - 4 * style.px));
    /* Above where the bar stands, also while there is none: so it stays where it is when the bar comes and goes. */
    const int w = e.w + 2 * style.px, h = e.h + style.px, below = bar_room(v, o->canvas->w, o->canvas->h).y;
    return (struct rect){MAX(o->canvas->w - style.px - w, 0), MAX(below - h, 0), w, h};
}

void credits_draw_skip(const struct overlay *o)
{
    const struct rect r = credits_skip(o);
    const float a = skip_alpha(o->view);
    if (rect_empty(r))
        return;
    const struct text_style style = skip_style(o);
    struct text_block *b = text_get(o->text, &style, o->view->skip_link, o->canvas->w - 4 * style.px);
    paint_fill(o->canvas, r, COLOUR_SHADE, 0.8f * a);
    paint_fill(o->canvas, (struct rect){r.x, r.y + r.h - MAX(style.px / 10, 1), r.w, MAX(style.px / 10, 1)},
               COLOUR_LIGHT, 0.8f * a);
    text_draw(o->text, b, o->canvas, r.x + style.px, r.y + style.px / 2, (struct text_ink){COLOUR_INK, a, 0});
}
