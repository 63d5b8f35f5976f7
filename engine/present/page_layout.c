#include "present/page_layout.h"
#include "present/map_layout.h"
#include <assert.h>
#include <glib.h>

/* What is tried in turn: the size of the letters in per cent of ordinary text, and the height of a row in per cent of the
 * letters. The first CLOSER ones, so that everything fits; then all, so that nothing is cut. */
#define CLOSER 6
static const struct {
    int size, row;
} attempts[] = {{100, 185}, {100, 160}, {100, 145}, {92, 150}, {85, 145}, {76, 145},
                {66, 140},  {56, 140},  {46, 135},  {38, 135}, {30, 135}};

#define COLUMN_EM 27 /* the widest column */
/* Beside a column of pictures, which is narrower, one of them stands large, where there is room for this much of it. */
#define PICTURES_EM   20
#define BESIDE_MIN_EM 11
#define BESIDE_HIGH   60 /* per cent of the window's height, at most */
#define READABLE_PX   13 /* nothing is set smaller so that it fits: then it scrolls */
#define LIST_ROWS     3  /* a list that scrolls shows at least so many */

/* One attempt. */
struct page_plan {
    const struct layout_page_request *rq;
    int base;     /* size of ordinary text in the window */
    int px;       /* size of the items' text */
    int row;      /* height of a row of one line */
    int x, w;     /* of the column */
    int beside_w; /* of the room beside it for a large picture; 0: there is none */
    int label_w, value_w;
    int head; /* height of label, title and words, with the gap below them; 0: there are none */
    int height[VIEW_ITEMS_MAX];
    int list, pinned; /* height of all items that scroll, and of those that do not */
    bool cut;
};

static int count_items(const struct view_page *v)
{
    return CLAMP(v->count, 0, VIEW_ITEMS_MAX);
}

static int count_scrolling(const struct view_page *v)
{
    return count_items(v) - CLAMP(v->pinned, 0, count_items(v));
}

static bool has_pictures(const struct view_page *v)
{
    for (int i = 0; i < count_scrolling(v); i++)
        if (v->items[i].pictured)
            return true;
    return false;
}

static struct text_style label_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_BODY, MAX(p->px * 74 / 100, MIN(p->px, 11)), 2, TEXT_START};
}

static struct text_style title_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_TITLE, p->px * 19 / 10, 3, TEXT_START};
}

static struct text_style words_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_BODY, p->px * 88 / 100, 0, TEXT_START};
}

static struct text_style item_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_OPTION, p->px, 4, TEXT_START};
}

static struct text_style value_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_BODY, p->px * 88 / 100, 4, TEXT_CENTRE};
}

static struct text_style note_style(const struct page_plan *p)
{
    return (struct text_style){TEXT_BODY, MAX(p->px * 70 / 100, MIN(p->px, 11)), 4, TEXT_START};
}

static struct text_extent measure(struct page_plan *p, struct text_style style, const char *text, int width)
{
    if (!text || !*text)
        return (struct text_extent){0};
    struct text_extent e = p->rq->measure(p->rq->user, &style, text, MAX(width, 1));
    e.w = MIN(e.w, MAX(width, 1));
    p->cut |= e.cut;
    return e;
}

static bool has_value(const struct view_item *i)
{
    return i->kind == VIEW_ITEM_SETTING || (i->value && *i->value);
}

static int arrow_width(const struct page_plan *p)
{
    return p->px * 3 / 2;
}

/* Pictures have the shape of most films, and a margin between them and the words. */
static int picture_width(const struct page_plan *p, const struct view_item *i)
{
    return i->pictured ? MIN(p->px * 13 / 2, p->w * 2 / 5) : 0;
}

static int picture_height(const struct page_plan *p, const struct view_item *i)
{
    return picture_width(p, i) * 9 / 16;
}

/* Where the words begin, from the column's edge. */
static int words_left(const struct page_plan *p, const struct view_item *i)
{
    const int w = picture_width(p, i);
    return w + (w ? p->px * 3 / 4 : 0);
}

static int note_width(const struct page_plan *p, const struct view_item *i)
{
    return p->w - words_left(p, i);
}

/* The width of an item's text, and of its value without the arrows. */
static int text_width(const struct page_plan *p, const struct view_item *i)
{
    return has_value(i) ? p->label_w : note_width(p, i);
}

static int value_width(const struct page_plan *p, const struct view_item *i)
{
    return i->kind == VIEW_ITEM_SETTING ? p->value_w - 2 * arrow_width(p) : p->value_w;
}

static bool is_words(const struct view_item *i)
{
    return i->kind == VIEW_ITEM_WORDS || i->kind == VIEW_ITEM_HEAD;
}

static struct text_style style_of(const struct page_plan *p, const struct view_item *i)
{
    return is_words(i) ? words_style(p) : item_style(p);
}

static int item_height(struct page_plan *p, const struct view_item *i)
{
    const bool words = is_words(i);
    const struct text_extent text = measure(p, style_of(p, i), i->text, text_width(p, i));
    const struct text_extent value = measure(p, value_style(p), i->value, value_width(p, i));
    const struct text_extent note = measure(p, note_style(p), i->note, note_width(p, i));
    const int picture = picture_height(p, i), framed = picture ? picture + p->px / 2 : 0;
    const int room = i->kind == VIEW_ITEM_HEAD ? p->px : words ? p->px * 35 / 100 : p->row - p->px * 126 / 100;
    const int high = MAX(text.h, value.h);
    return MAX(MAX(high + note.h + MAX(room, p->px / 5), framed), words ? 0 : p->row);
}

static int head_height(struct page_plan *p)
{
    const struct view_page *v = p->rq->page;
    const int label = measure(p, label_style(p), v->label, p->w).h,
              title = measure(p, title_style(p), v->title, p->w).h, text = measure(p, words_style(p), v->text, p->w).h;
    const int sum = label + (label ? p->px / 4 : 0) + title + (text ? p->px / 2 : 0) + text;
    return sum ? sum + p->px : 0;
}

static void make_plan(struct page_plan *p, const struct layout_page_request *rq, size_t attempt)
{
    const struct view_page *v = rq->page;
    *p = (struct page_plan){.rq = rq, .base = layout_text_px(rq->w, rq->h, rq->text_scale)};
    p->px = MAX(p->base * attempts[attempt].size / 100, 4);
    p->row = p->px * attempts[attempt].row / 100;
    const int margin = MAX(MIN(p->base * 3, rq->w / 14), 1);
    const int room = rq->w - 2 * margin;
    const bool beside = has_pictures(v) && room >= p->base * (PICTURES_EM + BESIDE_MIN_EM) + margin;
    p->w = MAX(MIN(room, p->base * (beside ? PICTURES_EM : COLUMN_EM)), 1);
    p->beside_w = beside ? room - p->w - margin : 0;
    p->x = margin;
    p->value_w = p->w * 46 / 100;
    p->label_w = MAX(p->w - p->value_w - p->px / 2, 1);
    p->head = head_height(p);
    for (int i = 0; i < count_items(v); i++) {
        p->height[i] = v->columns > 0 && i < count_scrolling(v) ? 0 : item_height(p, &v->items[i]);
        *(i < count_scrolling(v) ? &p->list : &p->pinned) += p->height[i];
    }
}

static int edge(const struct page_plan *p)
{
    return MIN(p->base, p->rq->h / 20);
}

static int room_for_list(const struct page_plan *p)
{
    return MAX(p->rq->h - 2 * edge(p) - p->head - p->pinned - (p->pinned ? p->px / 2 : 0), p->row);
}

/* Is nothing cut, and is there room for everything, or at least for some rows of a list that scrolls? */
static bool suits(const struct page_plan *p, bool scrolls)
{
    const int whole = 2 * edge(p) + p->head + p->pinned + (p->pinned ? p->px / 2 : 0);
    return !p->cut && whole + (scrolls ? MIN(p->list, p->row * LIST_ROWS) : p->list) <= p->rq->h;
}

/* Shrinks what then fits; what does not scrolls, at a size that is easy to read. */
static void choose_plan(struct page_plan *p, const struct layout_page_request *rq)
{
    for (size_t i = 0; i < CLOSER; i++) {
        make_plan(p, rq, i);
        if (i > 0 && p->px < MIN(p->base, READABLE_PX))
            break;
        if (suits(p, false))
            return;
    }
    for (size_t i = 1; i < G_N_ELEMENTS(attempts); i++) {
        make_plan(p, rq, i);
        if (suits(p, true))
            return;
    }
}

/* ---- placing ----------------------------------------------------------------------------------------------------- */

static int place_text(struct page_plan *p, struct text_style style, const char *text, int y, struct rect *out)
{
    const struct text_extent e = measure(p, style, text, p->w);
    *out = (struct rect){p->x, y, e.h ? p->w : 0, e.h};
    return e.h;
}

static void place_head(struct page_plan *p, int y, struct layout_page *out)
{
    const struct view_page *v = p->rq->page;
    y += place_text(p, out->label_style, v->label, y, &out->label);
    y += out->label.h ? p->px / 4 : 0;
    y += place_text(p, out->title_style, v->title, y, &out->title);
    y += v->text && *v->text ? p->px / 2 : 0;
    place_text(p, out->text_style, v->text, y, &out->text);
}

/* The value is centred between the arrows, or stands at the right of words. */
static void place_value(struct page_plan *p, const struct view_item *i, struct layout_item *out, int high)
{
    const int arrow = arrow_width(p), right = p->x + p->w, w = value_width(p, i);
    const struct text_extent e = measure(p, value_style(p), i->value, w);
    const bool setting = i->kind == VIEW_ITEM_SETTING;
    out->value = (struct rect){right - (setting ? arrow : 0) - w, out->text.y + (high - e.h) / 2, e.h ? w : 0, e.h};
    if (!setting)
        return;
    out->less = (struct rect){right - p->value_w, out->row.y, arrow, out->row.h};
    out->more = (struct rect){right - arrow, out->row.y, arrow, out->row.h};
    if (i->level >= 0)
        out->gauge =
            (struct rect){out->value.x + w / 8, out->text.y + high + p->px / 10, w * 3 / 4, MAX(p->px / 12, 2)};
}

static void place_item(struct page_plan *p, int index, int y, struct layout_item *out)
{
    const struct view_item *i = &p->rq->page->items[index];
    const struct text_extent text = measure(p, style_of(p, i), i->text, text_width(p, i));
    const struct text_extent note = measure(p, note_style(p), i->note, note_width(p, i));
    const int x = p->x + words_left(p, i), picture_h = picture_height(p, i);
    const int value_h = has_value(i) ? measure(p, value_style(p), i->value, value_width(p, i)).h : 0;
    const int high = MAX(text.h, value_h), side = MIN(p->px / 2, p->x);
    out->row = (struct rect){p->x - side, y, p->w + 2 * side, p->height[index]};
    const int spare = p->height[index] - high - note.h,
              top = y + (i->kind == VIEW_ITEM_HEAD ? spare * 3 / 4 : spare / 2);
    out->image = (struct rect){p->x, y + (p->height[index] - picture_h) / 2, picture_width(p, i), picture_h};
    out->text = (struct rect){x, top + (high - text.h) / 2, text_width(p, i), text.h};
    if (note.h)
        out->note = (struct rect){x, top + high, note_width(p, i), note.h};
    if (has_value(i))
        place_value(p, i, out, text.h);
}

/* The first item from which the rest fits into the list. */
static int last_first(const struct page_plan *p, int n, int room)
{
    int i = n;
    for (int left = room; i > 0 && left >= p->height[i - 1]; i--)
        left -= p->height[i - 1];
    return MIN(i, MAX(n - 1, 0));
}

/* Scrolls no further than needed to show the item that has the focus. */
static int first_shown(const struct page_plan *p, int n, int room, int last)
{
    const struct view_page *v = p->rq->page;
    int first = CLAMP(v->first, 0, last);
    if (!v->follow || v->focus < 0 || v->focus >= n)
        return first;
    first = MIN(first, v->focus);
    int left = room;
    for (int i = v->focus; i >= first; i--)
        if ((left -= p->height[i]) < 0)
            return MIN(i + 1, v->focus);
    return first;
}

/* Over the tile, where it meets nothing: lines between tiles turn beside them. */
static void place_tile_note(struct page_plan *p, const char *note, int room, struct rect tile, struct layout_page *out,
                            struct rect *place)
{
    const int h = note ? p->rq->measure(p->rq->user, &out->tile_note_style, note, tile.w).h : 0;
    const struct rect r = {tile.x, tile.y - h - (room - h) / 4, tile.w, h};
    if (h > 0 && h <= room && rect_inside(r, out->list))
        *place = r;
}

static void place_tile(struct page_plan *p, int index, const struct map_layout *map, struct layout_page *out)
{
    const struct rect tile = map->tile[index];
    const struct view_item *i = &p->rq->page->items[index];
    struct layout_item *l = &out->item[index];
    const int pad = out->tile_style.px * 2 / 3, w = tile.w - 2 * pad;
    l->gauge = tile;
    if (i->kind == VIEW_ITEM_STUB || !rect_inside(tile, out->list))
        return;
    l->row = tile;
    const int h = p->rq->measure(p->rq->user, &out->tile_style, i->text ? i->text : "", MAX(w, 1)).h;
    l->text = (struct rect){tile.x + pad, tile.y + (tile.h - h) / 2, w, h};
    place_tile_note(p, i->note, map->note_h, tile, out, &l->note);
}

/* The map takes the room between the words and what is pinned, and the whole width. */
static void place_map(struct page_plan *p, int y, struct layout_page *out)
{
    struct map_layout map;
    const int n = count_scrolling(p->rq->page), room = room_for_list(p);
    out->count = count_items(p->rq->page);
    out->list = (struct rect){p->x, y, p->rq->w - 2 * p->x, room};
    map_layout(p->rq->page, out->list, p->px, &map);
    out->first = map.first;
    out->last = map.last;
    out->tile_style = (struct text_style){TEXT_BODY, MAX(map.px * 74 / 100, 6), 3, TEXT_CENTRE};
    out->tile_note_style = (struct text_style){TEXT_BODY, MAX(map.px * 66 / 100, 6), 1, TEXT_START};
    for (int i = 0; i < n; i++)
        place_tile(p, i, &map, out);
    y += room + p->px / 2;
    for (int i = n; i < out->count; y += p->height[i++])
        place_item(p, i, y, &out->item[i]);
}

static void place_items(struct page_plan *p, int y, struct layout_page *out)
{
    const struct view_page *v = p->rq->page;
    const int n = count_scrolling(v), room = MIN(room_for_list(p), p->list);
    out->count = count_items(v);
    out->last = last_first(p, n, room);
    out->first = first_shown(p, n, room, out->last);
    out->list = (struct rect){p->x, y, p->w, room};
    for (int i = out->first; i < n && y + p->height[i] <= out->list.y + room; y += p->height[i++])
        place_item(p, i, y, &out->item[i]);
    y = out->list.y + room + (p->pinned && n ? p->px / 2 : 0);
    for (int i = n; i < out->count; y += p->height[i++])
        place_item(p, i, y, &out->item[i]);
}

/* What page_layout.h promises. */
static bool layout_page_check(const struct layout_page *l)
{
    assert(l->count >= 0 && l->count <= VIEW_ITEMS_MAX);
    assert(l->first >= 0 && l->first <= l->last && l->last <= MAX(l->count - 1, 0));
    for (int i = 0, before = -1; i < l->count; i++) {
        if (rect_empty(l->item[i].row) || l->tile_style.px > 0) /* tiles stand beside each other */
            continue;
        assert(before < 0 || !rect_meet(l->item[before].row, l->item[i].row));
        before = i;
    }
    return true;
}

void layout_page(const struct layout_page_request *rq, struct layout_page *out)
{
    struct page_plan p;
    choose_plan(&p, rq);
    *out = (struct layout_page){.label_style = label_style(&p),
                                .title_style = title_style(&p),
                                .text_style = words_style(&p),
                                .item_style = item_style(&p),
                                .value_style = value_style(&p),
                                .note_style = note_style(&p),
                                .cut = p.cut};
    const int list = MIN(p.list, room_for_list(&p)), whole = p.head + list + p.pinned + (p.pinned ? p.px / 2 : 0);
    const bool map = rq->page->columns > 0;
    const int top = map ? edge(&p) : MAX((rq->h - whole) * 45 / 100, edge(&p));
    out->column = (struct rect){p.x, top, p.w, whole};
    const int high = MIN(rq->h * BESIDE_HIGH / 100, p.beside_w * 9 / 16);
    out->beside = (struct rect){rq->w - p.x - p.beside_w, (rq->h - high) / 2, p.beside_w, high};
    place_head(&p, top, out);
    if (map)
        place_map(&p, top + p.head, out);
    else
        place_items(&p, top + p.head, out);
    assert(layout_page_check(out));
}

int layout_item_at(const struct layout_page *l, int x, int y, int *step)
{
    *step = 0;
    for (int i = 0; i < l->count; i++)
        if (rect_has(l->item[i].row, x, y)) {
            *step = rect_has(l->item[i].more, x, y) - rect_has(l->item[i].less, x, y);
            return i;
        }
    return -1;
}
