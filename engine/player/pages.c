#include "player/pages.h"

#include "base/interrupt.h"
#include "base/units.h"

#define FADES_EACH_US (33 * US_PER_MS)

bool pages_over(const struct pages *o)
{
    return controls_has_quit(o->controls) || interrupt_requested();
}

/* How long to wait for input; what fades over the page moves as it does over a film. */
static int64_t rest_us(const struct pages *o, bool fades)
{
    const int64_t rest = window_rest_us(o->window);
    return fades ? MIN(rest, FADES_EACH_US) : rest;
}

/* True: what is said over it fades by itself. */
static bool draw(const struct pages *o, struct page *p)
{
    struct view v = {0};
    if (o->picture)
        o->picture(o->user, false, &v);
    controls_look(o->controls, &v);
    const bool fades = hud_notice(controls_hud(o->controls), false, controls_now_us(o->controls), &v);
    v.page = page_view(p, g_get_monotonic_time());
    controls_speak(o->controls, &v);
    if (window_draw(o->window, &v))
        window_flip(o->window);
    page_drawn(p, o->window);
    controls_shown(o->controls, true, g_get_monotonic_time());
    return fades;
}

/* True: it was a command, and may have changed what the page says. */
static bool run_command(const struct pages *o, const struct input_event *ev)
{
    switch (ev->action) {
    case INPUT_QUIT:
        controls_quit(o->controls);
        return true;
    case INPUT_REDRAW:
        window_expose(o->window);
        return false;
    case INPUT_FULLSCREEN:
        window_set_fullscreen(o->window, !window_fullscreen(o->window));
        return true;
    default:
        return o->command && o->command(o->user, ev);
    }
}

/* A press that comes too early to be meant for this page asks for nothing. */
static struct page_answer answer(const struct pages *o, struct page *p, const struct input_event *ev)
{
    const struct window_hit hit = window_hit_at(o->window, ev->x, ev->y);
    const bool press = ev->action == INPUT_CLICK || ev->action == INPUT_CHOOSE;
    if (press && !controls_press(o->controls, ev))
        return (struct page_answer){.asks = PAGE_MOVED};
    if (ev->device == INPUT_MOUSE)
        window_pointer(o->window, true, g_get_monotonic_time());
    return page_input(p, ev, &hit);
}

struct page_answer pages_wait(const struct pages *o, struct page *p)
{
    while (!pages_over(o)) {
        struct input_event ev;
        const bool fades = draw(o, p);
        if (o->changed && o->changed(o->user))
            return (struct page_answer){.asks = PAGE_NOTHING};
        input_wait(o->input, rest_us(o, fades));
        while (input_poll(o->input, INPUT_PAGE, &ev)) {
            const struct page_answer asked = answer(o, p, &ev);
            if (asked.asks > PAGE_MOVED)
                return asked;
            if (asked.asks == PAGE_NOTHING && run_command(o, &ev))
                return asked;
        }
    }
    return (struct page_answer){.asks = PAGE_BACK};
}

static bool ends_look(const struct input_event *ev)
{
    return ev->action == INPUT_CLICK || ev->action == INPUT_CHOOSE || ev->action == INPUT_BACK ||
           ev->action == INPUT_MENU || ev->action == INPUT_PAUSE;
}

void pages_look(const struct pages *o)
{
    bool looks = o->picture != NULL;
    controls_question_closed(o->controls);
    while (looks && !pages_over(o)) {
        struct input_event ev;
        struct view v = {0};
        o->picture(o->user, true, &v);
        controls_look(o->controls, &v);
        if (window_draw(o->window, &v))
            window_flip(o->window);
        input_wait(o->input, window_rest_us(o->window));
        while (looks && input_poll(o->input, INPUT_PAGE, &ev)) {
            looks = !ends_look(&ev);
            if (looks)
                run_command(o, &ev);
        }
    }
    controls_question_closed(o->controls);
}

int pages_ask(const struct pages *o, const char *title, const char *text, const char *const *answers, int n, int apart)
{
    struct page *p = page_new();
    struct page_answer asked;
    pages_turn(o, p);
    do {
        page_begin(p, NULL, title, text);
        for (int i = 0; i < n; i++) {
            page_add(p, &(struct page_item){.id = i + 1, .kind = VIEW_ITEM_ACTION, .text = answers[i]});
            if (i == n - apart)
                page_pin(p);
        }
        page_end(p);
        asked = pages_wait(o, p);
    } while (asked.asks != PAGE_TAKE && asked.asks != PAGE_BACK);
    controls_question_closed(o->controls);
    page_free(p);
    return asked.asks == PAGE_TAKE ? asked.id - 1 : -1;
}

void pages_turn(const struct pages *o, struct page *p)
{
    controls_question_closed(o->controls);
    page_turn(p, g_get_monotonic_time());
}
