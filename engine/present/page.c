#include "present/page.h"
#include <assert.h>
#include <glib.h>
#include <limits.h>

static_assert(VIEW_ITEM_ACTION < VIEW_ITEM_WORDS && VIEW_ITEM_SETTING < VIEW_ITEM_WORDS &&
                  VIEW_ITEM_TILE < VIEW_ITEM_WORDS && VIEW_ITEM_HEAD > VIEW_ITEM_WORDS &&
                  VIEW_ITEM_PLATE > VIEW_ITEM_WORDS && VIEW_ITEM_STUB > VIEW_ITEM_WORDS,
              "the kinds that can have the focus come first");

struct page {
    struct view_page view;
    struct view_item items[VIEW_ITEMS_MAX];
    int ids[VIEW_ITEMS_MAX];
    int focus_id; /* 0: none yet */
    int last;     /* of the list, as it was drawn */
    GStringChunk *texts;
    GArray *links; /* struct view_link */
    int64_t opened_us;
};

static bool page_check(const struct page *p)
{
    assert(p->view.count >= 0 && p->view.count <= VIEW_ITEMS_MAX);
    assert(p->view.pinned >= 0 && p->view.pinned <= p->view.count);
    assert(p->view.focus >= -1 && p->view.focus < p->view.count);
    assert(p->view.first >= 0 && p->last >= 0);
    return true;
}

struct page *page_new(void)
{
    struct page *p = g_new0(struct page, 1);
    p->texts = g_string_chunk_new(1024);
    p->links = g_array_new(FALSE, FALSE, sizeof(struct view_link));
    p->view.items = p->items;
    p->view.focus = -1;
    return p;
}

void page_free(struct page *p)
{
    if (!p)
        return;
    g_string_chunk_free(p->texts);
    g_array_unref(p->links);
    g_free(p);
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

static const char *keep_text(struct page *p, const char *text)
{
    return text ? g_string_chunk_insert(p->texts, text) : NULL;
}

void page_begin(struct page *p, const char *label, const char *title, const char *text)
{
    g_string_chunk_clear(p->texts);
    p->view.label = keep_text(p, label);
    p->view.title = keep_text(p, title);
    p->view.text = keep_text(p, text);
    p->view.count = p->view.pinned = 0;
    p->view.columns = p->view.rows = p->view.link_count = 0;
    p->view.focus = -1;
}

bool page_add(struct page *p, const struct page_item *item)
{
    assert(item->id != 0);
    if (p->view.count == VIEW_ITEMS_MAX)
        return false;
    p->ids[p->view.count] = item->id;
    p->items[p->view.count++] = (struct view_item){.kind = item->kind,
                                                   .text = keep_text(p, item->text),
                                                   .value = keep_text(p, item->value),
                                                   .note = keep_text(p, item->note),
                                                   .less = item->less,
                                                   .more = item->more,
                                                   .column = item->column,
                                                   .row = item->row,
                                                   .pictured = item->pictured,
                                                   .image = item->image,
                                                   .level = item->gauge ? item->level : -1};
    p->view.pinned += p->view.pinned > 0;
    return true;
}

void page_map(struct page *p, const struct view_link *links, int count)
{
    for (int i = 0; i < p->view.count; i++) {
        p->view.columns = MAX(p->view.columns, p->items[i].column + 1);
        p->view.rows = MAX(p->view.rows, p->items[i].row + 1);
    }
    g_array_set_size(p->links, 0);
    g_array_append_vals(p->links, links, (guint)count);
    p->view.links = (const struct view_link *)(void *)p->links->data;
    p->view.link_count = count;
}

void page_pin(struct page *p)
{
    if (p->view.pinned == 0 && p->view.count > 0)
        p->view.pinned = 1;
}

static bool can_have_focus(const struct page *p, int i)
{
    return i >= 0 && i < p->view.count && p->items[i].kind < VIEW_ITEM_WORDS;
}

static void set_focus(struct page *p, int i)
{
    p->view.focus = i;
    p->focus_id = i >= 0 ? p->ids[i] : 0;
    p->view.follow = true;
}

void page_focus(struct page *p, int id)
{
    for (int i = 0; i < p->view.count; i++)
        if (p->ids[i] == id && can_have_focus(p, i))
            set_focus(p, i);
}

void page_end(struct page *p)
{
    const bool follow = p->view.follow;
    const int before = p->focus_id;
    for (int i = p->view.count - 1; i >= 0; i--)
        if (can_have_focus(p, i))
            set_focus(p, i);
    page_focus(p, before);
    p->view.follow = follow || p->focus_id != before;
    assert(page_check(p));
}

void page_turn(struct page *p, int64_t now_us)
{
    p->focus_id = 0;
    p->view.first = p->last = 0;
    p->view.follow = true;
    p->opened_us = now_us;
}

const struct view_page *page_view(struct page *p, int64_t now_us)
{
    p->view.open_us = now_us - p->opened_us;
    return &p->view;
}

void page_drawn(struct page *p, const struct window *w)
{
    p->view.first = window_page_first(w);
    p->last = window_page_last(w);
    /* The item that has the focus stays seen when the window or what stands above the list gets another size; a map would go back to
     * its middle. */
    p->view.follow = p->view.columns == 0 && window_page_shows(w, p->view.focus);
    assert(page_check(p));
}

/* ---- what the viewer does ---------------------------------------------------------------------------------------- */

static struct page_answer scroll(struct page *p, int items)
{
    const int first = CLAMP(p->view.first + items, 0, p->last);
    const bool moved = first != p->view.first;
    p->view.first = first;
    p->view.follow = false;
    return (struct page_answer){.asks = moved ? PAGE_MOVED : PAGE_NOTHING};
}

/* The next item that can have the focus, from `i` on by `way`, -1: there is none. */
static int next_item(const struct page *p, int i, int way)
{
    for (i += way; i >= 0 && i < p->view.count; i += way)
        if (can_have_focus(p, i))
            return i;
    return -1;
}

static bool only_words_scroll(const struct page *p)
{
    const int i = next_item(p, -1, 1);
    return i < 0 || i >= p->view.count - p->view.pinned;
}

/* Words come first: down leads through all of them to what is pinned below, and up the same way back. */
static bool scrolls_first(const struct page *p, int items)
{
    const int first = p->view.first;
    if (p->last == 0 || !only_words_scroll(p))
        return false;
    if (items > 0)
        return first < p->last;
    return first > 0 && (first < p->last || items < -1 || next_item(p, p->view.focus, -1) < 0);
}

/* One item up or down goes around; several stop at the end. */
static struct page_answer move_focus(struct page *p, int items)
{
    const int way = items > 0 ? 1 : -1;
    int i = p->view.focus;
    for (int left = ABS(items), next; left > 0 && (next = next_item(p, i, way)) >= 0; left--)
        i = next;
    if (i == p->view.focus && ABS(items) == 1)
        i = next_item(p, way > 0 ? -1 : p->view.count, way);
    if (i < 0 || i == p->view.focus)
        return (struct page_answer){.asks = PAGE_NOTHING};
    set_focus(p, i);
    return (struct page_answer){.asks = PAGE_MOVED};
}

/* How far item `i` lies in this direction from the one that has the focus; what lies aside counts as three times as far. 0:
 * elsewhere. */
static int distance(const struct page *p, int i, int dx, int dy)
{
    const struct view_item *from = &p->items[p->view.focus], *to = &p->items[i];
    const int x = to->column - from->column, y = to->row - from->row, along = x * dx + y * dy;
    return along > 0 ? along + 3 * ABS(dx ? y : x) : 0;
}

/* On a map: to the nearest tile in this direction, and below the map to what is pinned there. */
static struct page_answer move_on_map(struct page *p, int dx, int dy)
{
    const int tiles = p->view.count - p->view.pinned;
    int best = -1, best_far = INT_MAX;
    if (p->view.focus < 0 || (p->view.focus >= tiles && dy >= 0))
        return (struct page_answer){.asks = PAGE_NOTHING};
    for (int i = 0; i < tiles; i++) {
        const int far = p->view.focus >= tiles ? p->view.rows - p->items[i].row : distance(p, i, dx, dy);
        if (!can_have_focus(p, i) || far <= 0 || far >= best_far)
            continue;
        best = i;
        best_far = far;
    }
    if (best < 0 && dy > 0)
        best = next_item(p, tiles - 1, 1);
    if (best < 0)
        return (struct page_answer){.asks = PAGE_NOTHING};
    set_focus(p, best);
    return (struct page_answer){.asks = PAGE_MOVED};
}

/* Without a setting on the page, left and right move the focus as well. */
static struct page_answer go_aside(struct page *p, int step)
{
    const int i = p->view.focus;
    if (i < 0 || p->items[i].kind != VIEW_ITEM_SETTING) {
        for (int k = 0; k < p->view.count; k++)
            if (p->items[k].kind == VIEW_ITEM_SETTING)
                return (struct page_answer){.asks = PAGE_NOTHING};
        return move_focus(p, step);
    }
    const bool there = step < 0 ? p->items[i].less : p->items[i].more;
    return (struct page_answer){there ? PAGE_STEP : PAGE_NOTHING, p->ids[i], step};
}

static struct page_answer take(const struct page *p)
{
    const int i = p->view.focus;
    if (!can_have_focus(p, i))
        return (struct page_answer){.asks = PAGE_NOTHING};
    return (struct page_answer){p->items[i].kind == VIEW_ITEM_SETTING ? PAGE_STEP : PAGE_TAKE, p->ids[i], 0};
}

/* What the pointer is at gets the focus, without the list moving under it. */
static struct page_answer point_at(struct page *p, const struct window_hit *hit)
{
    if (hit->kind != WINDOW_HIT_ITEM || !can_have_focus(p, hit->index) || hit->index == p->view.focus)
        return (struct page_answer){.asks = PAGE_NOTHING};
    set_focus(p, hit->index);
    p->view.follow = false;
    return (struct page_answer){.asks = PAGE_MOVED};
}

static struct page_answer click(struct page *p, const struct window_hit *hit)
{
    point_at(p, hit);
    if (hit->kind != WINDOW_HIT_ITEM || hit->index != p->view.focus)
        return (struct page_answer){.asks = PAGE_NOTHING};
    return hit->step && p->items[hit->index].kind == VIEW_ITEM_SETTING ? go_aside(p, hit->step) : take(p);
}

struct page_answer page_input(struct page *p, const struct input_event *ev, const struct window_hit *hit)
{
    assert(page_check(p));
    switch (ev->action) {
    case INPUT_FOCUS_ROW:
        if (p->view.columns > 0)
            return move_on_map(p, 0, ev->value > 0 ? 1 : -1);
        return scrolls_first(p, ev->value) ? scroll(p, ev->value) : move_focus(p, ev->value);
    case INPUT_FOCUS_COLUMN:
        if (p->view.columns > 0)
            return move_on_map(p, ev->value > 0 ? 1 : -1, 0);
        return go_aside(p, ev->value);
    case INPUT_SCROLL:
        return scroll(p, ev->value);
    case INPUT_MOVE:
        return point_at(p, hit);
    case INPUT_CLICK:
        return click(p, hit);
    case INPUT_CHOOSE:
        return take(p);
    case INPUT_BACK:
    case INPUT_MENU:
    case INPUT_PAUSE:
        return (struct page_answer){.asks = PAGE_BACK, .step = ev->action == INPUT_BACK ? ev->value : 0};
    default:
        return (struct page_answer){.asks = PAGE_NOTHING};
    }
}
