#include "player/film_menu.h"

#include "base/words.h"
#include "player/menu_pages.h"
#include "player/privacy_page.h"
#include "player/profiles.h"

#include <assert.h>

struct film_menu {
    const struct menu_subject *o;
    struct page *page;
    enum menu_place place;
    enum menu_place came_from; /* the page to which the way back leads */
    enum menu_place home;      /* where it began */
    int32_t which;             /* the decision or the film that was asked for */
    bool open;
    enum film_menu_end end;
};

static void finish(struct film_menu *m, enum film_menu_end end)
{
    m->open = false;
    m->end = end;
}

/* `from`: the line of the menu that has the focus when the viewer comes back; 0: the first one. */
static void go_to(struct film_menu *m, enum menu_place place, int from)
{
    if (m->place == MENU_MAIN || m->place == MENU_END)
        m->came_from = m->place;
    m->place = place;
    pages_turn(m->o->pages, m->page);
    menu_fill(m->o, m->place, m->page);
    page_focus(m->page, from);
}

static void go_back(struct film_menu *m)
{
    static const int items[] = {[MENU_ANEW] = MENU_ITEM_ANEW,     [MENU_DECISIONS] = MENU_ITEM_DECISIONS,
                                [MENU_PATH] = MENU_ITEM_PATH,     [MENU_NEXT] = MENU_ITEM_NEXT,
                                [MENU_MAP] = MENU_ITEM_MAP,       [MENU_VIEWERS] = MENU_ITEM_VIEWERS,
                                [MENU_TRACKS] = MENU_ITEM_TRACKS, [MENU_APPEARANCE] = MENU_ITEM_APPEARANCE,
                                [MENU_KEYS] = MENU_ITEM_KEYS};
    if (m->place == MENU_END) /* nothing is behind it; the menu can be opened here, too */
        go_to(m, MENU_MAIN, 0);
    else if (m->place == MENU_MAIN && m->home == MENU_END)
        go_to(m, MENU_END, 0);
    else if (m->place == MENU_REPLAY)
        go_to(m, MENU_MAP, MENU_TILES + m->which);
    else if (m->place == MENU_NEXT && m->home == MENU_NEXT) {
        m->home = MENU_END; /* the film itself led there */
        go_to(m, MENU_END, 0);
    } else if (m->place == m->home)
        finish(m, FILM_MENU_GO_ON);
    else
        go_to(m, m->came_from, items[m->place]);
}

static void go_to_decision(struct film_menu *m, int32_t decision)
{
    if (film_back(m->o->film, decision))
        finish(m, FILM_MENU_GO_ON);
}

/* To an answer that was never given: back in this viewing, else in a new one. */
static void go_to_unseen(struct film_menu *m)
{
    m->which = m->o->after->unseen;
    if (m->o->after->unseen_elsewhere)
        finish(m, FILM_MENU_REPLAY);
    else
        go_to_decision(m, m->which);
}

/* Lines whose number says what they are about. */
static void take_numbered(struct film_menu *m, int id)
{
    if (m->place == MENU_MAP) {
        m->which = id - MENU_TILES;
        go_to(m, MENU_REPLAY, 0);
    } else if (m->place == MENU_NEXT) {
        m->which = id - MENU_FILMS;
        finish(m, FILM_MENU_FILM);
    } else if (m->place == MENU_VIEWERS) {
        m->which = id - MENU_PEOPLE;
        finish(m, FILM_MENU_VIEWER);
    } else {
        assert(id >= MENU_CHECKPOINTS && (m->place == MENU_DECISIONS || m->place == MENU_PATH));
        go_to_decision(m, play_checkpoint(m->o->story, film_state(m->o->film), id - MENU_CHECKPOINTS));
    }
}

static void take_item(struct film_menu *m, int id)
{
    switch (id) {
    case MENU_ITEM_GO_ON:
        go_back(m);
        break;
    case MENU_ITEM_BEFORE:
        go_to_decision(m, film_last_checkpoint(m->o->film));
        break;
    case MENU_ITEM_AGAIN:
        finish(m, FILM_MENU_ANEW);
        break;
    case MENU_ITEM_ANEW:
        go_to(m, MENU_ANEW, 0);
        break;
    case MENU_ITEM_DECISIONS:
        go_to(m, MENU_DECISIONS, 0);
        break;
    case MENU_ITEM_MAP:
        go_to(m, MENU_MAP, 0);
        break;
    case MENU_ITEM_PATH:
        go_to(m, MENU_PATH, 0);
        break;
    case MENU_ITEM_UNSEEN:
        go_to_unseen(m);
        break;
    case MENU_ITEM_NEXT:
        go_to(m, MENU_NEXT, 0);
        break;
    case MENU_ITEM_LOOK:
        pages_look(m->o->pages);
        break;
    case MENU_ITEM_VIEWERS:
        go_to(m, MENU_VIEWERS, 0);
        break;
    case MENU_ITEM_TRACKS:
        go_to(m, MENU_TRACKS, 0);
        break;
    case MENU_ITEM_APPEARANCE:
        go_to(m, MENU_APPEARANCE, 0);
        break;
    case MENU_ITEM_KEYS:
        go_to(m, MENU_KEYS, 0);
        break;
    case MENU_ITEM_PRIVACY:
        finish(m, FILM_MENU_PRIVACY);
        break;
    case MENU_ITEM_LEAVE:
        controls_quit(m->o->pages->controls);
        break;
    case MENU_ITEM_SURELY:
        finish(m, m->place == MENU_REPLAY ? FILM_MENU_REPLAY : FILM_MENU_ANEW);
        break;
    case MENU_ITEM_STAY:
    case MENU_ITEM_BACK:
        go_back(m);
        break;
    default:
        take_numbered(m, id);
    }
}

/* Some keys ask for a page also here. */
static void follow_request(struct film_menu *m)
{
    switch (controls_take_request(m->o->pages->controls)) {
    case CONTROLS_KEYS:
        if (m->place != MENU_KEYS)
            go_to(m, MENU_KEYS, 0);
        break;
    case CONTROLS_PRIVACY_PAGE:
        finish(m, FILM_MENU_PRIVACY);
        break;
    case CONTROLS_INSPECTOR:
    case CONTROLS_MENU:
    case CONTROLS_NO_PAGE:
        break;
    }
}

enum film_menu_end film_menu_show(const struct menu_subject *o, enum menu_place from, int32_t *which)
{
    struct film_menu m = {.o = o, .page = page_new(), .place = from, .home = from, .open = true};
    go_to(&m, from, 0);
    while (m.open && !pages_over(o->pages)) {
        const struct page_answer asked = pages_wait(o->pages, m.page);
        if (asked.asks == PAGE_TAKE)
            take_item(&m, asked.id);
        else if (asked.asks == PAGE_STEP)
            menu_settings_step(o, asked.id, asked.step);
        else if (asked.asks == PAGE_BACK && asked.step && m.place == MENU_END)
            go_to_decision(&m, film_last_checkpoint(o->film)); /* as that key does over the film */
        else if (asked.asks == PAGE_BACK)
            go_back(&m);
        follow_request(&m);
        menu_fill(o, m.place, m.page);
    }
    controls_question_closed(o->pages->controls);
    controls_save(o->pages->controls);
    page_free(m.page);
    *which = m.which;
    return m.end;
}

/* What was recorded of everything that this viewer has watched. */
static void show_all_recorded(struct film_menu_alone *o)
{
    const struct privacy_page_options all = {.pages = o->pages,
                                             .viewer = controls_settings(o->pages->controls)->viewer,
                                             .store = o->store,
                                             .trust = o->trust};
    o->shown = true;
    privacy_page_show(&all);
    o->shown = false;
}

char *film_menu_show_alone(struct film_menu_alone *o, enum menu_place from)
{
    g_auto(GStrv) people = o->others ? profiles_list() : NULL;
    const struct menu_subject subject = {
        .pages = o->pages, .story = o->story, .people = people, .languages = o->languages};
    enum film_menu_end end;
    int32_t which;
    assert(from == MENU_MAIN || from == MENU_KEYS || (from == MENU_VIEWERS && people));
    do {
        o->shown = true;
        end = film_menu_show(&subject, from, &which);
        o->shown = false;
        if (end == FILM_MENU_PRIVACY)
            show_all_recorded(o);
    } while (end == FILM_MENU_PRIVACY && !pages_over(o->pages));
    return end == FILM_MENU_VIEWER ? film_menu_viewer(o->pages, people, which) : NULL;
}

bool film_menu_command_alone(struct film_menu_alone *o, const struct input_event *ev)
{
    struct controls *c = o->pages->controls;
    const bool changed = controls_command(c, NULL, NULL, ev->action, ev->value);
    if (o->shown) /* its pages see for themselves what is asked for */
        return changed;
    const enum controls_request wanted = controls_take_request(c);
    if (wanted == CONTROLS_KEYS)
        g_free(film_menu_show_alone(o, MENU_KEYS)); /* nobody is chosen there */
    else if (wanted == CONTROLS_PRIVACY_PAGE)
        show_all_recorded(o);
    return changed;
}

char *film_menu_viewer(const struct pages *pages, char **people, int32_t which)
{
    const int32_t n = (int32_t)g_strv_length(people);
    return which == 0   ? g_strdup(PROFILES_EVERYONE)
           : which <= n ? g_strdup(people[which - 1])
                        : profiles_new_name(controls_words(pages->controls, "Viewer %d"));
}
