/* A page of things to do: what keys, pad, mouse and touch ask of it; how it scrolls; that its layout stays in the window
 * at any size; and that its words have contrast over any picture. */
#include "tap.h"
#include <math.h>
#include <stdlib.h>
#include "base/units.h"
#include "media/frame.h"
#include "present/page.h"
#include "present/page_layout.h"
#include "tests/look.h"

enum { GO = 1, SET, READ, MORE, BACK };

static void fill(struct page *p)
{
    static const struct page_item items[] = {{.id = READ, .kind = VIEW_ITEM_WORDS, .text = "To be read"},
                                             {.id = GO, .kind = VIEW_ITEM_ACTION, .text = "Go on"},
                                             {.id = SET,
                                              .kind = VIEW_ITEM_SETTING,
                                              .text = "Volume",
                                              .value = "50 %",
                                              .less = true,
                                              .gauge = true,
                                              .level = 50},
                                             {.id = MORE, .kind = VIEW_ITEM_ACTION, .text = "More"},
                                             {.id = BACK, .kind = VIEW_ITEM_ACTION, .text = "Back"}};
    page_begin(p, NULL, "Title", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++)
        page_add(p, &items[i]);
    page_pin(p);
    page_end(p);
}

/* One event after the other on the same page; `at`: the item under the pointer, -1: none. */
static const struct {
    const char *what;
    struct input_event ev;
    int at, step;
    enum page_asks asks;
    int id, by, focus;
} events[] = {
    {"Enter takes the first item that can be taken", {.action = INPUT_CHOOSE}, -1, 0, PAGE_TAKE, GO, 0, 1},
    {"down", {.action = INPUT_FOCUS_ROW, .value = 1}, -1, 0, PAGE_MOVED, 0, 0, 2},
    {"left steps a setting", {.action = INPUT_FOCUS_COLUMN, .value = -1}, -1, 0, PAGE_STEP, SET, -1, 2},
    {"right does not, where there is no step",
     {.action = INPUT_FOCUS_COLUMN, .value = 1},
     -1,
     0,
     PAGE_NOTHING,
     SET,
     1,
     2},
    {"Enter takes its next value", {.action = INPUT_CHOOSE}, -1, 0, PAGE_STEP, SET, 0, 2},
    {"left and right of an action are nothing here",
     {.action = INPUT_FOCUS_ROW, .value = 1},
     -1,
     0,
     PAGE_MOVED,
     0,
     0,
     3},
    {"so nothing is asked", {.action = INPUT_FOCUS_COLUMN, .value = 1}, -1, 0, PAGE_NOTHING, 0, 0, 3},
    {"a page down stops at the end", {.action = INPUT_FOCUS_ROW, .value = 8}, -1, 0, PAGE_MOVED, 0, 0, 4},
    {"one more goes round, past words", {.action = INPUT_FOCUS_ROW, .value = 1}, -1, 0, PAGE_MOVED, 0, 0, 1},
    {"and back", {.action = INPUT_FOCUS_ROW, .value = -1}, -1, 0, PAGE_MOVED, 0, 0, 4},
    {"Home", {.action = INPUT_FOCUS_ROW, .value = -10000}, -1, 0, PAGE_MOVED, 0, 0, 1},
    {"the pointer brings the focus", {.action = INPUT_MOVE}, 3, 0, PAGE_MOVED, 0, 0, 3},
    {"not to words", {.action = INPUT_MOVE}, 0, 0, PAGE_NOTHING, 0, 0, 3},
    {"a click takes", {.action = INPUT_CLICK, .value = 1}, 4, 0, PAGE_TAKE, BACK, 0, 4},
    {"a click on words does not", {.action = INPUT_CLICK, .value = 1}, 0, 0, PAGE_NOTHING, 0, 0, 4},
    {"nor one beside", {.action = INPUT_CLICK, .value = 1}, -1, 0, PAGE_NOTHING, 0, 0, 4},
    {"an arrow steps", {.action = INPUT_CLICK, .value = 1, .device = INPUT_TOUCH}, 2, -1, PAGE_STEP, SET, -1, 2},
    {"an arrow that is dim does not", {.action = INPUT_CLICK, .value = 1}, 2, 1, PAGE_NOTHING, SET, 1, 2},
    {"the setting itself: its next value", {.action = INPUT_CLICK, .value = 1}, 2, 0, PAGE_STEP, SET, 0, 2},
    {"Escape leaves", {.action = INPUT_BACK}, -1, 0, PAGE_BACK, 0, 0, 2},
    {"so does what opened it", {.action = INPUT_MENU}, -1, 0, PAGE_BACK, 0, 0, 2},
    {"other keys are the caller's", {.action = INPUT_MUTE}, -1, 0, PAGE_NOTHING, 0, 0, 2},
};

static void test_events(void)
{
    struct page *p = page_new();
    fill(p);
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        const struct window_hit hit = {.kind = events[i].at >= 0 ? WINDOW_HIT_ITEM : WINDOW_HIT_NOTHING,
                                       .index = events[i].at,
                                       .step = events[i].step};
        const struct page_answer a = page_input(p, &events[i].ev, &hit);
        const bool tells = events[i].asks == PAGE_TAKE || events[i].asks == PAGE_STEP;
        const int focus = page_view(p, 0)->focus;
        ok(a.asks == events[i].asks && focus == events[i].focus &&
               (!tells || (a.id == events[i].id && a.step == events[i].by)),
           "%s", events[i].what);
        if (a.asks != events[i].asks || focus != events[i].focus)
            printf("# asks %d, id %d, step %d, focus %d\n", a.asks, a.id, a.step, focus);
        fill(p); /* the focus stays with its item */
    }
    page_turn(p, 0);
    fill(p);
    is_int(page_view(p, 0)->focus, 1, "another page begins at its first item");
    page_free(p);
}

/* A list that is longer than the window. */
static void fill_list(struct page *p, int n, bool words, const char *head)
{
    page_begin(p, NULL, "List", head);
    for (int i = 0; i < n; i++) {
        g_autofree char *text = g_strdup_printf("Item %d", i);
        page_add(p, &(struct page_item){.id = 10 + i,
                                        .kind = words ? VIEW_ITEM_WORDS : VIEW_ITEM_ACTION,
                                        .text = text,
                                        .pictured = !words && i % 3 == 1});
    }
    page_add(p, &(struct page_item){.id = BACK, .kind = VIEW_ITEM_ACTION, .text = "Back"});
    page_pin(p);
    page_end(p);
}

static void fill_long(struct page *p, int n, bool words)
{
    fill_list(p, n, words, NULL);
}

static struct page_answer act(struct page *p, enum input_action action, int value)
{
    const struct input_event ev = {.action = action, .value = value};
    const struct window_hit nowhere = {0};
    return page_input(p, &ev, &nowhere);
}

static void draw(struct window *w, struct page *p)
{
    const struct view v = {.page = page_view(p, 0)};
    window_draw(w, &v);
    page_drawn(p, w);
}

static bool is_seen(struct window *w, int item)
{
    for (int y = 0; y < 360; y++)
        if (window_hit_at(w, 60, y).kind == WINDOW_HIT_ITEM && window_hit_at(w, 60, y).index == item)
            return true;
    return false;
}

static void test_scroll(void)
{
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    struct page *p = page_new();
    bool seen = true;
    fill_long(p, 40, false);
    draw(w, p);
    ok(page_view(p, 0)->first == 0 && is_seen(w, 40) && !is_seen(w, 39),
       "a long list: its beginning, and what is pinned");
    for (int i = 0; i < 39; i++) {
        act(p, INPUT_FOCUS_ROW, 1);
        draw(w, p);
        seen &= is_seen(w, page_view(p, 0)->focus);
    }
    ok(seen && page_view(p, 0)->focus == 39, "the item with the focus is always seen, down to the end");
    act(p, INPUT_FOCUS_ROW, -10000);
    draw(w, p);
    is_int(page_view(p, 0)->first, 0, "and up again");
    act(p, INPUT_SCROLL, 5);
    draw(w, p);
    ok(page_view(p, 0)->first == 5 && page_view(p, 0)->focus == 0, "the wheel moves the list, and not the focus");
    fill_long(p, 40, false);
    draw(w, p);
    ok(page_view(p, 0)->first == 5, "where the focus was left behind, the list stays as it is");
    act(p, INPUT_FOCUS_ROW, 4);
    draw(w, p);
    for (int y = 0; y < 20 && is_seen(w, page_view(p, 0)->focus + 1); y++) {
        act(p, INPUT_FOCUS_ROW, 1); /* the last one that is seen */
        draw(w, p);
    }
    fill_list(p, 40, false, "Something has to be said above the list.\n\nIt takes\nsome\nlines.");
    draw(w, p);
    ok(is_seen(w, page_view(p, 0)->focus), "the focus stays seen where words come above the list");
    fill_long(p, 40, true);
    page_turn(p, 0);
    draw(w, p);
    ok(act(p, INPUT_FOCUS_ROW, 1).asks == PAGE_MOVED && page_view(p, 0)->first == 1, "words alone: down scrolls them");
    ok(act(p, INPUT_CHOOSE, 0).id == BACK, "and Enter goes back");
    fill_long(p, 300, false);
    ok(page_view(p, 0)->count == VIEW_ITEMS_MAX, "too many items: the first ones");
    page_free(p);
    window_close(w);
}

/* ---- the layout -------------------------------------------------------------------------------------------------- */

static struct text_extent measure_block(void *user, const struct text_style *style, const char *text, int width)
{
    return text_size(text_get(user, style, text, width));
}

/* Letters are half an em wide; words wrap at spaces. */
static struct text_extent ruler(void *user, const struct text_style *style, const char *text, int width)
{
    const int line = MAX(width / MAX(style->px / 2, 1), 1), n = (int)strlen(text);
    (void)user;
    const int lines = (n + line - 1) / line;
    return (struct text_extent){.w = MIN(n * style->px / 2, width),
                                .h = lines * style->px * 126 / 100,
                                .lines = lines,
                                .cut = style->max_lines > 0 && lines > style->max_lines};
}

static bool item_is_sound(const struct layout_item *i, struct rect window)
{
    const struct rect parts[] = {i->text, i->value, i->note, i->less, i->more, i->image};
    for (size_t k = 0; k < G_N_ELEMENTS(parts); k++)
        if (!rect_empty(parts[k]) && !rect_inside(parts[k], i->row))
            return false;
    return rect_inside(i->row, window) && !rect_meet(i->text, i->value) && !rect_meet(i->text, i->image) &&
           !rect_meet(i->note, i->image) && !rect_meet(i->less, i->value) && !rect_meet(i->more, i->value);
}

static void test_layout(void)
{
    static const int windows[][2] = {{640, 360}, {1280, 720},  {1920, 1080}, {3840, 2160}, {2560, 1080},
                                     {600, 900}, {1080, 1920}, {320, 180},   {64, 48},     {1, 1}};
    static const float scales[] = {0.7f, 1, 2.5f};
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        bool sound = true, agrees = true;
        for (size_t k = 0; k < G_N_ELEMENTS(scales); k++)
            for (int n = 0; n <= 60; n += 6) {
                struct page *p = page_new();
                struct layout_page l;
                int step, seen = 0;
                fill_long(p, n, false);
                const struct layout_page_request rq = {windows[i][0], windows[i][1], page_view(p, 0),
                                                       scales[k],     ruler,         NULL};
                layout_page(&rq, &l);
                for (int item = 0; item < l.count; item++) {
                    const struct rect r = l.item[item].row;
                    if (rect_empty(r))
                        continue;
                    seen++;
                    sound &= windows[i][1] < 180 || item_is_sound(&l.item[item], (struct rect){0, 0, rq.w, rq.h});
                    agrees &= layout_item_at(&l, r.x + r.w / 2, r.y + r.h / 2, &step) == item;
                }
                sound &= windows[i][1] < 180 || seen >= MIN(n + 1, 2);
                page_free(p);
            }
        ok(sound && agrees, "%dx%d: inside the window, nothing overlaps, hits agree", windows[i][0], windows[i][1]);
    }
}

/* A map of four columns, as wide as it is high, with headings over some of its tiles, in the first row as well. */
static void fill_map(struct page *p, int rows)
{
    static const char *const acts[] = {"The call", "The harbour", NULL, "Home before light"};
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(struct view_link));
    page_begin(p, NULL, "The map", "You have seen 40 % of the scenes.");
    for (int i = 0; i < rows * 4; i++) {
        const int column = i % 4, row = i / 4;
        g_autofree char *text = g_strdup_printf("Will you go through door %d of this house?", i);
        page_add(p, &(struct page_item){.id = 10 + i,
                                        .kind = column == 3 ? VIEW_ITEM_PLATE : VIEW_ITEM_TILE,
                                        .text = column == 3 ? "The sea" : text,
                                        .note = row % 3 == 0 || column == 1 ? acts[column] : NULL,
                                        .column = column,
                                        .row = row});
        const struct view_link link = {column > 0 ? i - 1 : row > 0 ? i - 4 : -1, i, column == 0 && row > 0};
        g_array_append_val(links, link);
    }
    page_map(p, (const struct view_link *)(void *)links->data, (int)links->len);
    page_add(p, &(struct page_item){.id = BACK, .kind = VIEW_ITEM_ACTION, .text = "Back"});
    page_pin(p);
    page_end(p);
}

/* A heading stands over its own tile, and touches no other one. */
static bool notes_are_sound(const struct layout_page *l, const struct view_page *v)
{
    for (int i = 0; i < v->count - v->pinned; i++) {
        const struct rect note = l->item[i].note;
        if (rect_empty(note))
            continue;
        if (!v->items[i].note || !rect_inside(note, l->list) || note.y + note.h > l->item[i].row.y)
            return false;
        for (int k = 0; k < v->count - v->pinned; k++)
            if (rect_meet(note, l->item[k].gauge))
                return false;
    }
    return true;
}

/* Is there anything bright below a map of so many rows, in the middle? */
static bool angle_below(struct window *w, struct text *text, int rows)
{
    struct page *p = page_new();
    struct layout_page l;
    int width, height, pitch;
    fill_map(p, rows);
    const struct view view = {.page = page_view(p, US_PER_SECOND)};
    window_draw(w, &view);
    const uint8_t *px = window_read(w, &width, &height, &pitch);
    layout_page(&(struct layout_page_request){width, height, view.page, 1, measure_block, text}, &l);
    bool bright = false;
    for (int y = l.list.y + l.list.h; y < l.list.y + l.list.h + l.item_style.px; y++)
        for (int x = width / 2 - l.item_style.px; x < width / 2 + l.item_style.px; x++)
            bright |= px[(size_t)y * (size_t)pitch + (size_t)x * 4] > 128;
    page_free(p);
    return bright;
}

static void test_map_notes(void)
{
    static const int windows[][2] = {{640, 360},   {1280, 720},  {1920, 1080}, {3840, 2160},
                                     {3440, 1440}, {1080, 1920}, {720, 1280},  {320, 180}};
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        const struct window_options o = {.offscreen = true, .width = windows[i][0], .height = windows[i][1]};
        struct window *w = window_open(&o, NULL);
        struct text *text = text_open();
        bool sound = true, shown = true;
        for (int rows = 1; rows <= 12; rows += rows < 4 ? 1 : 4) {
            struct page *p = page_new();
            struct layout_page l;
            fill_map(p, rows);
            const struct view_page *v = page_view(p, US_PER_SECOND);
            layout_page(&(struct layout_page_request){windows[i][0], windows[i][1], v, 1, measure_block, text}, &l);
            sound &= notes_are_sound(&l, v);
            shown &= windows[i][1] < 360 || !rect_empty(l.item[0].note); /* the page begins with it */
            g_autofree char *name = g_strdup_printf("map_acts_%02d", rows);
            const struct view view = {.page = v};
            window_draw(w, &view);
            look_keep(w, name);
            page_free(p);
        }
        ok(sound && shown, "%dx%d: headings stand over their tiles and meet nothing", windows[i][0], windows[i][1]);
        ok(windows[i][1] < 360 || (angle_below(w, text, 12) && !angle_below(w, text, 1)),
           "%dx%d: an angle says that more of the map lies below", windows[i][0], windows[i][1]);
        text_close(text);
        window_close(w);
    }
}

/* ---- contrast ---------------------------------------------------------------------------------------------------- */

static double linear(int byte)
{
    const double c = byte / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* The brightest pixel there and the darkest, as relative luminances (WCAG 2). */
static double contrast_in(struct window *w, struct rect r)
{
    int pw = 0, ph = 0, pitch = 0;
    double light = 0, dark = 1;
    const uint8_t *px = window_read(w, &pw, &ph, &pitch);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++) {
            const uint8_t *at = px + (size_t)y * pitch + (size_t)x * 4;
            const double l = 0.0722 * linear(at[0]) + 0.7152 * linear(at[1]) + 0.2126 * linear(at[2]);
            light = MAX(light, l);
            dark = MIN(dark, l);
        }
    return (light + 0.05) / (dark + 0.05);
}

/* What the pointer hits of an item. */
static struct rect place_of(const struct window *w, int item)
{
    struct rect r = {0};
    for (int y = 0; y < 720; y++)
        for (int x = 0; x < 1280; x++) {
            const struct window_hit hit = window_hit_at(w, x, y);
            if (hit.kind == WINDOW_HIT_ITEM && hit.index == item)
                r = rect_empty(r) ? (struct rect){x, y, 1, 1} : rect_union(r, (struct rect){x, y, 1, 1});
        }
    return r;
}

static double contrast_of(struct window *w, int item)
{
    const struct rect r = place_of(w, item);
    return contrast_in(w, (struct rect){81, r.y, 40, r.h});
}

/* A decision that can be gone to, and an ending: the words inside, without the frame and the light around them. */
static void test_map_contrast(struct window *w, const struct frame *behind)
{
    struct page *p = page_new();
    page_begin(p, NULL, "Map", NULL);
    page_add(p, &(struct page_item){.id = GO, .kind = VIEW_ITEM_TILE, .text = "Left or right?"});
    page_add(p, &(struct page_item){.id = MORE, .kind = VIEW_ITEM_TILE, .text = "Up or down?", .column = 1});
    page_add(p, &(struct page_item){.id = READ, .kind = VIEW_ITEM_PLATE, .text = "The sea", .column = 2});
    page_map(p, NULL, 0);
    page_end(p);
    for (int high = 0; high < 2; high++) {
        const struct view v = {
            .frame = behind, .frame_serial = 1, .page = page_view(p, US_PER_SECOND), .high_contrast = high};
        window_draw(w, &v);
        for (int item = 0; item < 3; item++) {
            const double got = contrast_in(w, rect_inset(place_of(w, item), 8, 8)), want = high ? 7.0 : 4.5;
            ok(got >= want, "place %d of the map on white, high contrast %d: %.1f:1 (%.1f)", item, high, got, want);
        }
    }
    page_free(p);
}

static void test_contrast(void)
{
    enum { W = 64, H = 36 };
    static uint8_t planes[W * H * 2];
    struct window *w = window_open(&(struct window_options){.offscreen = true}, NULL);
    memset(planes, 235, W * H);
    memset(planes + W * H, 128, W * H / 2);
    const struct frame white = {.format = FRAME_I420,
                                .matrix = FRAME_BT601,
                                .width = W,
                                .height = H,
                                .sar_num = 1,
                                .sar_den = 1,
                                .plane = {planes, planes + W * H, planes + W * H * 5 / 4},
                                .stride = {W, W / 2, W / 2}};
    struct page *p = page_new();
    fill(p);
    for (int high = 0; high < 2; high++) {
        struct view v = {
            .frame = &white, .frame_serial = 1, .page = page_view(p, US_PER_SECOND), .high_contrast = high};
        window_draw(w, &v);
        for (int item = 0; item < 5; item++) {
            const double got = contrast_of(w, item), want = high ? 7.0 : 4.5;
            ok(got >= want, "item %d on white, high contrast %d: %.1f:1 (%.1f)", item, high, got, want);
        }
    }
    page_free(p);
    test_map_contrast(w, &white);
    window_close(w);
}

/* Footage of another shape than the window: no edge of it is seen behind the column, nor beside it in a window in which hardly
 * any of the film would show. */
static void test_edges(void)
{
    static const struct {
        int w, h;
        bool beside; /* the film shows */
    } rows[] = {{1280, 720, true}, {2560, 1080, true}, {540, 960, false}, {600, 600, false}};
    enum { SIDE = 64 };
    static uint8_t planes[SIDE * SIDE * 2];
    memset(planes, 235, SIDE * SIDE);
    memset(planes + SIDE * SIDE, 128, SIDE * SIDE);
    struct page *p = page_new();
    page_begin(p, NULL, NULL, NULL);
    page_add(p, &(struct page_item){.id = BACK, .kind = VIEW_ITEM_ACTION, .text = "Back"});
    page_end(p);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct frame square = {.format = FRAME_I420,
                                     .matrix = FRAME_BT601,
                                     .width = SIDE,
                                     .height = rows[i].w > rows[i].h ? SIDE : SIDE / 2,
                                     .sar_num = 1,
                                     .sar_den = 1,
                                     .plane = {planes, planes + SIDE * SIDE, planes + SIDE * SIDE * 5 / 4},
                                     .stride = {SIDE, SIDE / 2, SIDE / 2}};
        const struct window_options o = {.offscreen = true, .width = rows[i].w, .height = rows[i].h};
        const struct view v = {.frame = &square, .frame_serial = 1, .page = page_view(p, US_PER_SECOND)};
        struct window *w = window_open(&o, NULL);
        int width = 0, height = 0, pitch = 0;
        window_draw(w, &v);
        const uint8_t *px = window_read(w, &width, &height, &pitch);
        const int words = MIN(width, height) * 9 / 10, y = height / 8; /* a line above the item */
        bool even = true, film = false;
        for (int x = 0; x < width; x++) {
            const bool same = memcmp(px + (size_t)y * pitch + (size_t)x * 4, px + (size_t)y * pitch, 3) == 0;
            even &= same || x >= words;
            film |= !same;
        }
        for (int k = 0; k < height / 4; k++)
            even &= memcmp(px + (size_t)k * pitch, px, 3) == 0;
        ok(even && film == rows[i].beside, "%dx%d: no edge of the picture behind the words%s", width, height,
           rows[i].beside ? ", and the film beside them" : "");
        window_close(w);
    }
    page_free(p);
}

static void fill_films(struct page *p, int n)
{
    page_begin(p, NULL, "Films", "A Broken Film.yaml can't be played: there is a mistake in line 1.");
    for (int i = 0; i < n; i++)
        page_add(p, &(struct page_item){.id = 10 + i,
                                        .kind = VIEW_ITEM_ACTION,
                                        .text = "Another Film",
                                        .note = "English, Deutsch",
                                        .pictured = true});
    page_add(p, &(struct page_item){.id = BACK, .kind = VIEW_ITEM_ACTION, .text = "Leave"});
    page_pin(p);
    page_end(p);
}

/* A column of pictures leaves room beside it, where the picture of the item that has the focus stands large; nothing is so small that
 * it is hard to read, and what is said beside a name is not larger than the name. */
static void test_pictures(void)
{
    static const struct {
        int w, h;
        bool beside;
    } rows[] = {{640, 360, true},   {1280, 720, true}, {3840, 2160, true},
                {2560, 1080, true}, {540, 960, false}, {600, 600, false}};
    struct page *p = page_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int smallest = G_MAXINT, told = G_MININT;
        struct layout_page l;
        for (int n = 1; n <= 8; n++) {
            fill_films(p, n);
            const struct layout_page_request rq = {rows[i].w, rows[i].h, page_view(p, 0), 1, ruler, NULL};
            layout_page(&rq, &l);
            smallest = MIN(smallest, l.item_style.px);
            told = MAX(told, l.note_style.px - l.item_style.px);
        }
        const bool room = !rect_empty(l.beside);
        ok(room == rows[i].beside && (!room || (rect_inside(l.beside, (struct rect){0, 0, rows[i].w, rows[i].h}) &&
                                                l.beside.x >= l.column.x + l.column.w && l.beside.w * 4 >= rows[i].w)),
           "%dx%d: %s", rows[i].w, rows[i].h,
           room ? "a picture stands large beside the column" : "the column has it all");
        ok(smallest >= 13 && told < 0, "%dx%d: names of %d pixels or more, larger than what is said of them", rows[i].w,
           rows[i].h, smallest);
    }
    page_free(p);
}

static void test_map_size(void)
{
    static const int windows[][2] = {{640, 360}, {540, 960}, {1280, 720}};
    struct page *p = page_new();
    fill_map(p, 5);
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        const struct layout_page_request rq = {windows[i][0], windows[i][1], page_view(p, 0), 1, ruler, NULL};
        struct layout_page l;
        layout_page(&rq, &l);
        ok(l.tile_style.px >= 10, "%dx%d: the tiles of a map are read: %d pixels", rq.w, rq.h, l.tile_style.px);
    }
    page_free(p);
}

/* Where the two pictures that a view makes with and without its notice differ; empty: nowhere. */
static struct rect place_of_notice(struct window *w, struct view v)
{
    int width = 0, height = 0, pitch = 0;
    struct rect r = {0};
    v.notice = NULL;
    window_draw(w, &v);
    const uint8_t *px = window_read(w, &width, &height, &pitch);
    g_autofree uint8_t *before = g_memdup2(px, (gsize)pitch * height);
    v.notice = "notes.txt can't be played: an interactive film is a file that ends in .yaml or .frumious.";
    v.notice_us = US_PER_SECOND;
    window_draw(w, &v);
    px = window_read(w, &width, &height, &pitch);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            if (memcmp(px + (size_t)y * pitch + (size_t)x * 4, before + (size_t)y * pitch + (size_t)x * 4, 3) != 0)
                r = rect_empty(r) ? (struct rect){x, y, 1, 1} : rect_union(r, (struct rect){x, y, 1, 1});
    return r;
}

/* What is said while a page is there is seen, and hides nothing of what the page says. */
static void test_notice(void)
{
    static const int windows[][2] = {{640, 360}, {1280, 720}, {2560, 1080}};
    struct page *p = page_new();
    fill_long(p, 40, false); /* from the top of the window on */
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        struct window *w = window_open(
            &(struct window_options){.offscreen = true, .width = windows[i][0], .height = windows[i][1]}, NULL);
        struct text *text = text_open();
        struct layout_page l;
        const struct view v = {.page = page_view(p, US_PER_SECOND)};
        const struct layout_page_request rq = {windows[i][0], windows[i][1], v.page, 1, measure_block, text};
        layout_page(&rq, &l);
        const struct rect at = place_of_notice(w, v);
        ok(!rect_empty(at) && rect_inside(at, (struct rect){0, 0, rq.w, rq.h}) && !rect_meet(at, l.column),
           "%dx%d: a notice stands beside the page's words", rq.w, rq.h);
        text_close(text);
        window_close(w);
    }
    page_free(p);
}

int main(void)
{
    test_pictures();
    test_map_size();
    test_notice();
    test_events();
    test_scroll();
    test_layout();
    test_map_notes();
    test_contrast();
    test_edges();
    return tap_done();
}
