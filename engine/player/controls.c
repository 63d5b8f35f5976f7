#include "player/controls.h"
#include "media/pace.h"
#include "player/extra_time.h"
#include "base/console.h"
#include "player/press_guard.h"
#include "player/screenshots.h"
#include "base/words.h"

#include "present/credits.h"
#include "present/speech.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A speech service that has to be started first. */
#define SPEECH_WAIT_US (3 * US_PER_SECOND)

struct controls {
    struct controls_options o;
    struct mixer *mixer;    /* of the film that plays; NULL: none did yet */
    struct writer *writer;  /* for the statistics; may be NULL */
    const int64_t *seen_us; /* of each node; may be NULL */
    struct hud *hud;
    struct speech *speech;    /* NULL: nothing is read aloud */
    struct stream_wish sound; /* as in the settings, or the command line's */
    double volume;            /* 0..1 */
    int32_t time_factor;
    int speed; /* per cent */
    bool mute, paused, quit;
    bool inspects;     /* the inspector is shown */
    bool waits_unseen; /* it was paused because nobody could see its question, which is not said yet */
    bool waits_pad;    /* it was paused because the pad is gone that would have answered its question, and still is */
    bool mute_set;     /* the viewer muted it or not; before that, an option of the command line may have */
    bool changed;      /* a setting that is not saved yet */
    enum controls_request wants;
    int64_t film_us;          /* see controls_set_now(); -1: never set */
    struct press_guard guard; /* of the question on the screen: a decision's or a page's */
};

static bool controls_check(const struct controls *c)
{
    assert(c->volume >= 0.0 && c->volume <= 1.0);
    assert(!c->paused || c->mixer); /* only a film can be paused */
    assert(!c->waits_pad || c->paused);
    assert(c->time_factor >= 0);
    assert(c->speed >= PACE_LEAST && c->speed <= PACE_MOST);
    assert(press_guard_check(&c->guard));
    return true;
}

struct controls *controls_new(const struct controls_options *o)
{
    struct controls *c = g_new0(struct controls, 1);
    *c = (struct controls){
        .o = *o,
        .hud = hud_new(o->language),
        .sound = o->settings->sound,
        .volume = o->settings->volume,
        .mute = o->settings->mute || o->mute,
        .time_factor = o->time_factor,
        .speed = PACE_NORMAL,
        .film_us = -1,
    };
    if (o->described)
        c->sound.purpose = STREAM_DESCRIBED;
    if (o->stats)
        hud_toggle_stats(c->hud);
    if (o->speaks && o->settings->read_aloud)
        c->speech = speech_open(SPEECH_WAIT_US);
    assert(controls_check(c));
    return c;
}

void controls_save(struct controls *c)
{
    g_autoptr(GError) error = NULL;
    struct settings *s = c->o.settings;
    if (c->mute_set)
        s->mute = c->mute;
    s->volume = c->volume;
    if (c->changed && !settings_save(s, &error))
        console_say("%s", error->message);
    c->changed = false;
}

/* Where the window is, for the next time. */
static void keep_place(struct controls *c)
{
    struct settings_window *kept = &c->o.settings->window, now = {0};
    if (!window_place(c->o.window, &now.x, &now.y, &now.width, &now.height) || memcmp(kept, &now, sizeof now) == 0)
        return;
    *kept = now;
    c->changed = true;
}

void controls_free(struct controls *c)
{
    if (!c)
        return;
    keep_place(c);
    controls_save(c);
    speech_close(c->speech);
    hud_free(c->hud);
    g_free(c);
}

void controls_set_writer(struct controls *c, struct writer *writer)
{
    c->writer = writer;
}

void controls_set_seen(struct controls *c, const int64_t *seen_us)
{
    c->seen_us = seen_us;
}

/* Loudness is perceived in ratios, so the amplitude is the square of the volume. */
static void apply_volume(struct controls *c)
{
    if (c->mixer)
        mixer_set_volume(c->mixer, c->mute ? 0.0F : (float)(c->volume * c->volume));
}

void controls_begin(struct controls *c, struct mixer *mixer)
{
    c->mixer = mixer;
    c->paused = c->waits_pad = false;
    mixer_set_mono(c->mixer, c->o.settings->mono);
    apply_volume(c);
    assert(controls_check(c));
}

bool controls_inspects(const struct controls *c)
{
    return c->inspects;
}

bool controls_paused(const struct controls *c)
{
    return c->paused;
}

void controls_quit(struct controls *c)
{
    c->quit = true;
}

bool controls_has_quit(const struct controls *c)
{
    return c->quit;
}

enum controls_request controls_take_request(struct controls *c)
{
    const enum controls_request wanted = c->wants;
    c->wants = CONTROLS_NO_PAGE;
    return wanted;
}

void controls_shown(struct controls *c, bool asks, int64_t now_us)
{
    if (asks)
        press_guard_seen(&c->guard, now_us);
}

int64_t controls_now_us(const struct controls *c)
{
    return c->film_us >= 0 ? c->film_us : g_get_monotonic_time();
}

void controls_set_now(struct controls *c, int64_t film_us)
{
    assert(film_us >= 0);
    c->film_us = film_us;
}

void controls_question_closed(struct controls *c)
{
    press_guard_close(&c->guard);
}

bool controls_press(struct controls *c, const struct input_event *ev)
{
    return press_guard_press(&c->guard, ev->at_us);
}

struct hud *controls_hud(struct controls *c)
{
    return c->hud;
}

enum input_mode controls_mode(const struct film *f, const struct scene *s)
{
    if (film_choice(f)->menu.decision < 0)
        return scene_waits(s) ? INPUT_PANEL : INPUT_FILM;
    return film_is_code(f) ? INPUT_CODE : INPUT_PANEL;
}

/* ---- the film's own inputs --------------------------------------------------------------------------------------- */

static enum viewing_device device_of(enum input_device d)
{
    static const enum viewing_device devices[] = {
        [INPUT_KEYS] = VIEWING_KEY,    [INPUT_MOUSE] = VIEWING_MOUSE,    [INPUT_PAD] = VIEWING_PAD,
        [INPUT_TOUCH] = VIEWING_TOUCH, [INPUT_SYSTEM] = VIEWING_MACHINE,
    };
    return (size_t)d < G_N_ELEMENTS(devices) ? devices[d] : VIEWING_NO_DEVICE;
}

static bool focus_to(struct film *f, struct scene *s, int32_t before)
{
    if (film_choice(f)->focus == before)
        return false;
    scene_focus_moved(s, before);
    return true;
}

/* Selects the option at `place`; one that is locked answers that it is. */
static bool select_place(struct film *f, struct scene *s, int32_t place, enum viewing_device device)
{
    const struct menu *m = &film_choice(f)->menu;
    const bool locked = place >= 0 && place < m->n && !menu_can_pick(m, place);
    scene_tried(s, locked ? place : -1);
    return locked || film_select(f, place, device);
}

/* The pointer moves to an option, or presses it or a key of the pad. */
static bool point_at_decision(struct film *f, struct scene *s, const struct input_event *ev,
                              const struct window_hit *hit)
{
    const int32_t before = film_choice(f)->focus;
    if (ev->action == INPUT_MOVE)
        return hit->kind == WINDOW_HIT_OPTION && film_focus(f, hit->index) && focus_to(f, s, before);
    if (hit->kind == WINDOW_HIT_OPTION)
        return select_place(f, s, hit->index, device_of(ev->device));
    film_type(f, hit->code == '\b' ? 0 : hit->code, device_of(ev->device));
    return true;
}

static void pause_film(struct controls *c);

/* A film that stands goes on from there, as after going back. */
static bool go_to(struct controls *c, struct film *f, int64_t to_us)
{
    const bool shown = hud_bar_asked(c->hud, g_get_monotonic_time()), went = film_seek(f, to_us);
    if (went && c->paused)
        pause_film(c);
    return shown || went;
}

/* The place in the node that this part of the bar stands for. */
static int64_t place_on_bar(const struct film *f, float part)
{
    return (int64_t)((double)(film_place_us(f) + film_way_ahead(f).sure_us) * (double)part);
}

/* Past the credits: to their last picture. */
static bool skip_credits(struct controls *c, struct film *f)
{
    return go_to(c, f, INT64_MAX);
}

static void skip_seen(struct controls *c, struct film *f)
{
    const bool went = c->seen_us && film_skip(f, c->seen_us);
    hud_bar_asked(c->hud, g_get_monotonic_time());
    if (!went)
        hud_say(c->hud, controls_words(c, "What comes now you have not seen before"), g_get_monotonic_time());
    else if (c->paused)
        pause_film(c);
}

/* `decides`: the pointer may decide something. */
static bool handle_pointer(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev,
                           bool decides)
{
    const struct window_hit hit = window_hit_at(c->o.window, ev->x, ev->y);
    const bool click = ev->action == INPUT_CLICK;
    const bool counts = !click || controls_press(c, ev);
    window_pointer(c->o.window, true, g_get_monotonic_time());
    if (hit.kind == WINDOW_HIT_OPTION || hit.kind == WINDOW_HIT_CODE)
        return decides && counts && point_at_decision(f, s, ev, &hit);
    if (hit.kind == WINDOW_HIT_LINK && click) {
        c->wants = CONTROLS_MENU;
        return true;
    }
    if (hit.kind == WINDOW_HIT_SKIP && click)
        return skip_credits(c, f);
    if (hit.kind == WINDOW_HIT_BAR && click)
        return go_to(c, f, place_on_bar(f, hit.part));
    if (hit.kind == WINDOW_HIT_NOTHING && click && ev->value == 2)
        window_set_fullscreen(c->o.window, !window_fullscreen(c->o.window));
    return hud_bar_asked(c->hud, g_get_monotonic_time());
}

/* Selects the option at `place`, or types one more character of a code; neither if the press comes too early to be an
 * answer. False: the key is none of this decision's. */
static bool take_place(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev, int32_t place,
                       uint32_t character)
{
    const bool code = film_is_code(f);
    if (code && !film_code_takes(f, character))
        return false;
    if (!controls_press(c, ev))
        return code || (place >= 0 && place < film_choice(f)->menu.n);
    if (!code)
        return select_place(f, s, place, device_of(ev->device));
    film_type(f, character, device_of(ev->device));
    return true;
}

/* Takes the option, or types the key of the pad, that has the focus. */
static bool take_focus(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev)
{
    if (!controls_press(c, ev))
        return false;
    if (!film_is_code(f))
        return select_place(f, s, film_choice(f)->focus, device_of(ev->device));
    film_type_focus(f, device_of(ev->device));
    return true;
}

/* Up and down lead to what is seen above and below. */
static bool move_a_row(const struct controls *c, struct film *f, int way)
{
    const int32_t from = film_choice(f)->focus, to = window_row_step(c->o.window, from, way);
    return to != from && (film_focus(f, to) || film_move_focus(f, to - from));
}

/* Offers the event to the open decision. *used: the decision took it; a key that no option wants keeps its usual
 * meaning. */
static bool handle_decision(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev,
                            bool *used)
{
    const struct choice *choice = film_choice(f);
    const int32_t before = choice->focus;
    bool taken = false;
    *used = choice->menu.decision >= 0 && !c->o.machine_decides && !c->paused;
    if (!*used)
        return false;
    switch (ev->action) {
    case INPUT_FOCUS_COLUMN:
        return film_move_focus(f, scene_reads_from_right(s) ? -ev->value : ev->value) && focus_to(f, s, before);
    case INPUT_FOCUS_ROW:
        return move_a_row(c, f, ev->value) && focus_to(f, s, before);
    case INPUT_FOCUS:
        return film_move_focus(f, ev->value) && focus_to(f, s, before);
    case INPUT_CHOOSE:
        return take_focus(c, f, s, ev);
    case INPUT_DIGIT:
        taken = take_place(c, f, s, ev, film_place_of_digit(f, ev->value), (uint32_t)('0' + ev->value));
        break;
    case INPUT_LETTER:
        taken = take_place(c, f, s, ev, film_place_of_letter(f, (uint32_t)ev->value), (uint32_t)ev->value);
        break;
    case INPUT_ERASE:
        film_type(f, 0, device_of(ev->device));
        return true;
    case INPUT_MOVE:
    case INPUT_CLICK:
        return handle_pointer(c, f, s, ev, true);
    default:
        *used = false;
        return false;
    }
    *used = taken || ev->film_action == INPUT_NONE;
    return taken;
}

/* A press that was meant for a question that takes no answers yet. Letters keep their usual meaning. */
static bool comes_too_early(const struct scene *s, const struct input_event *ev)
{
    switch (ev->action) {
    case INPUT_FOCUS:
    case INPUT_FOCUS_ROW:
    case INPUT_FOCUS_COLUMN:
    case INPUT_CHOOSE:
    case INPUT_DIGIT:
        return scene_waits(s);
    default:
        return false;
    }
}

/* ---- the player's inputs ----------------------------------------------------------------------------------------- */

static void pause_film(struct controls *c)
{
    c->paused = !c->paused;
    c->waits_pad = false;
    hud_pause_changed(c->hud, g_get_monotonic_time());
    mixer_pause(c->mixer, c->paused);
    window_playing(c->o.window, !c->paused);
}

bool controls_pause(struct controls *c)
{
    const bool ran = !c->paused;
    if (ran)
        pause_film(c);
    return ran;
}

void controls_resume(struct controls *c)
{
    if (c->paused)
        pause_film(c);
}

static bool must_be_seen(const struct controls *c, const struct film *f)
{
    return c->o.settings->wait_unseen && !c->o.machine_decides && film_choice(f)->menu.decision >= 0;
}

void controls_seen(struct controls *c, const struct film *f, bool seen)
{
    if (!seen && !c->paused && must_be_seen(c, f)) {
        pause_film(c);
        c->waits_unseen = true;
    } else if (seen && c->waits_unseen) {
        hud_say(c->hud, controls_words(c, "The film has waited for you: nobody could see the question"),
                g_get_monotonic_time());
        c->waits_unseen = false;
    }
}

/* The pad was unplugged that the viewer had in their hands: its question waits for them. */
static bool lose_pad(struct controls *c, const struct film *f)
{
    if (c->paused || c->o.machine_decides || film_choice(f)->menu.decision < 0)
        return false;
    pause_film(c);
    c->waits_pad = true;
    hud_say(c->hud, controls_words(c, "The game pad is gone: plug it in, or press a key, and the film goes on"),
            g_get_monotonic_time());
    return true;
}

/* Whatever the viewer presses instead, or a pad that is plugged in, lets the film go on. A press does nothing else but open
 * the menu, or leave. True: nothing else is to be done. */
static bool find_hands(struct controls *c, const struct input_event *ev)
{
    const bool system = ev->device == INPUT_SYSTEM && ev->action != INPUT_PAD_CAME;
    if (!c->waits_pad || system || ev->action == INPUT_MOVE)
        return false;
    pause_film(c);
    return ev->action != INPUT_MENU && ev->action != INPUT_QUIT;
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

const struct settings *controls_settings(const struct controls *c)
{
    return c->o.settings;
}

struct settings *controls_change(struct controls *c)
{
    c->changed = true;
    return c->o.settings;
}

const char *controls_language(const struct controls *c)
{
    return c->o.language;
}

const char *controls_words(const struct controls *c, const char *english)
{
    return words_in(c->o.language, english);
}

int controls_volume(const struct controls *c)
{
    return (int)lround(c->volume * 100);
}

bool controls_muted(const struct controls *c)
{
    return c->mute;
}

static void set_mute(struct controls *c, bool mute)
{
    c->mute = mute;
    c->mute_set = c->changed = true;
    hud_volume_changed(c->hud, g_get_monotonic_time());
    apply_volume(c);
}

void controls_set_volume(struct controls *c, int percent)
{
    c->volume = CLAMP(percent, 0, 100) / 100.0;
    set_mute(c, false);
}

static void tell_later(struct controls *c, bool at_once)
{
    if (!at_once)
        hud_say(c->hud, controls_words(c, "The sound changes with the next scene"), g_get_monotonic_time());
}

void controls_wish_language(struct controls *c, const struct story *story, const char *language)
{
    g_free(c->o.settings->language);
    c->o.settings->language = g_strdup(language);
    c->o.language = settings_language(c->o.settings, story); /* interned: whoever shows a text borrows it */
    c->changed = true;
    hud_set_language(c->hud, c->o.language);
}

void controls_set_language(struct controls *c, struct film *f, struct scene *s, const char *language)
{
    controls_wish_language(c, NULL, language);
    tell_later(c, film_set_language(f, c->o.language));
    scene_set_language(s, c->o.language);
}

struct segment_tracks controls_tracks(const struct controls *c)
{
    const struct settings *set = c->o.settings;
    return (struct segment_tracks){
        .sound = c->sound, .text = set->text, .signs = set->signer > 0, .text_asked = set->text.language != NULL};
}

static struct stream_wish intern_wish(const struct stream_wish *wish)
{
    return (struct stream_wish){g_intern_string(wish->language), wish->purpose, g_intern_string(wish->title)};
}

static void set_tracks(struct controls *c, struct film *f)
{
    const struct segment_tracks tracks = controls_tracks(c);
    c->changed = true;
    tell_later(c, !f || film_set_tracks(f, &tracks));
}

void controls_set_sound(struct controls *c, struct film *f, const struct stream_wish *wish)
{
    c->sound = c->o.settings->sound = intern_wish(wish);
    set_tracks(c, f);
}

void controls_set_signer(struct controls *c, struct film *f, int percent)
{
    c->o.settings->signer = percent;
    set_tracks(c, f);
}

void controls_set_text(struct controls *c, struct film *f, const struct stream_wish *wish)
{
    c->o.settings->text = intern_wish(wish);
    set_tracks(c, f);
}

void controls_set_subtitles(struct controls *c, struct scene *s, bool on)
{
    c->o.settings->subtitles = on;
    c->changed = true;
    if (s)
        scene_set_subtitles(s, on);
}

/* ---- speed ---- */

static const int speeds[CONTROLS_SPEEDS] = {PACE_LEAST, 60, 75, 90, PACE_NORMAL, 110, 125, 150, 175, PACE_MOST};

int controls_speed_at(int i)
{
    return speeds[CLAMP(i, 0, CONTROLS_SPEEDS - 1)];
}

int controls_speed_index(int percent)
{
    int nearest = 0;
    for (int i = 0; i < CONTROLS_SPEEDS; i++)
        nearest = ABS(speeds[i] - percent) < ABS(speeds[nearest] - percent) ? i : nearest;
    return nearest;
}

int controls_speed(const struct controls *c)
{
    return c->speed;
}

void controls_set_speed(struct controls *c, int percent)
{
    c->speed = CLAMP(percent, PACE_LEAST, PACE_MOST);
}

/* So much film before a decision opens, the film is back at its own speed: more than a device and the stretcher hold. */
#define ASKS_SOON_US US_PER_SECOND

int controls_pace(const struct controls *c, const struct film *f)
{
    return c->speed != PACE_NORMAL && film_asks_within(f, ASKS_SOON_US) ? PACE_NORMAL : c->speed;
}

int32_t controls_time_factor(const struct controls *c)
{
    return c->time_factor;
}

void controls_set_time_factor(struct controls *c, struct film *f, int32_t time_factor)
{
    c->time_factor = c->o.settings->time_factor = time_factor;
    c->changed = true;
    if (f)
        film_set_time_factor(f, time_factor);
}

void controls_set_read_aloud(struct controls *c, bool on)
{
    c->o.settings->read_aloud = on;
    c->changed = true;
    if (!on)
        speech_close(g_steal_pointer(&c->speech));
    else if (c->o.speaks && !c->speech)
        c->speech = speech_open(0);
}

void controls_speak(struct controls *c, const struct view *v)
{
    if (!c->speech)
        return;
    g_autofree char *problem = speech_problem(c->speech);
    if (problem)
        hud_say(c->hud, problem, g_get_monotonic_time());
    speech_follow(c->speech, v, c->o.language);
}

void controls_set_mono(struct controls *c, bool on)
{
    c->o.settings->mono = on;
    c->changed = true;
    if (c->mixer)
        mixer_set_mono(c->mixer, on);
}

void controls_look(const struct controls *c, struct view *v)
{
    v->text_scale = (float)c->o.settings->text_size / 100;
    v->face = c->o.settings->face;
    v->high_contrast = c->o.settings->high_contrast;
    v->reduced_motion = c->o.settings->reduced_motion;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

/* While a window is open, time is never taken away. */
static void change_time(struct controls *c, struct film *f)
{
    const bool asks = f && film_choice(f)->menu.decision >= 0;
    controls_set_time_factor(c, f, extra_time_next(c->time_factor, asks));
    hud_say(c->hud, controls_words(c, extra_time_message(c->time_factor)), g_get_monotonic_time());
}

static int speed_asked(const struct controls *c, int value)
{
    const int at = controls_speed_index(c->speed);
    switch (value) {
    case INPUT_SPEED_HALF:
        return c->speed / 2;
    case INPUT_SPEED_SLOWER:
        return controls_speed_at(at - 1);
    case INPUT_SPEED_NORMAL:
        return PACE_NORMAL;
    case INPUT_SPEED_FASTER:
        return controls_speed_at(at + 1);
    case INPUT_SPEED_DOUBLE:
        return c->speed * 2;
    default:
        return value;
    }
}

static void change_speed(struct controls *c, int value)
{
    controls_set_speed(c, speed_asked(c, value));
    g_autofree char *said = g_strdup_printf(controls_words(c, "Speed: %d %%"), c->speed);
    hud_say(c->hud, said, g_get_monotonic_time());
}

static void toggle_subtitles(struct controls *c, struct scene *s)
{
    const bool on = !c->o.settings->subtitles;
    controls_set_subtitles(c, s, on);
    hud_say(c->hud, controls_words(c, on ? WORDS("Subtitles on") : WORDS("Subtitles off")), g_get_monotonic_time());
}

static void screenshot(struct controls *c)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *name = g_date_time_format(now, "frumious-%Y%m%d-%H%M%S");
    const char *folder = c->o.screenshots ? c->o.screenshots : g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
    folder = folder ? folder : g_get_home_dir();
    const bool written = screenshots_write(folder, name, c->o.window, &error);
    g_autofree char *said = written ? g_strdup_printf(controls_words(c, "Screenshot: %s/%s.png"), folder, name) : NULL;
    hud_say(c->hud, written ? said : error->message, g_get_monotonic_time());
}

/* Goes back to the latest decision that is not open now. */
static void rewind_film(struct controls *c, struct film *f)
{
    if (!film_back(f, film_last_checkpoint(f)))
        hud_say(c->hud, controls_words(c, "There is no earlier decision to go back to"), g_get_monotonic_time());
    else if (c->paused)
        pause_film(c);
}

static bool needs_film(enum input_action action)
{
    switch (action) {
    case INPUT_QUIT:
    case INPUT_FULLSCREEN:
    case INPUT_VOLUME:
    case INPUT_MUTE:
    case INPUT_SUBTITLES:
    case INPUT_EXTRA_TIME:
    case INPUT_HELP:
    case INPUT_SCREENSHOT:
    case INPUT_PRIVACY_PAGE:
        return false;
    default:
        return true;
    }
}

bool controls_command(struct controls *c, struct film *f, struct scene *s, enum input_action action, int value)
{
    if (!f && needs_film(action))
        return false;
    switch (action) {
    case INPUT_REWIND:
        rewind_film(c, f);
        return true;
    case INPUT_SEEK:
        return go_to(c, f, film_place_us(f) + value * US_PER_SECOND);
    case INPUT_SKIP:
        if (scene_shows_credits(s))
            return skip_credits(c, f);
        skip_seen(c, f);
        return true;
    case INPUT_BAR:
        return hud_bar_asked(c->hud, g_get_monotonic_time());
    case INPUT_QUIT:
        c->quit = true;
        return true;
    case INPUT_PAUSE:
        pause_film(c);
        return true;
    case INPUT_FULLSCREEN:
        window_set_fullscreen(c->o.window, !window_fullscreen(c->o.window));
        return true;
    case INPUT_VOLUME:
        controls_set_volume(c, controls_volume(c) + value);
        return true;
    case INPUT_MUTE:
        set_mute(c, !c->mute);
        return true;
    case INPUT_SUBTITLES:
        toggle_subtitles(c, s);
        return true;
    case INPUT_EXTRA_TIME:
        change_time(c, f);
        return true;
    case INPUT_SPEED:
        change_speed(c, value);
        return true;
    case INPUT_STATS:
        hud_toggle_stats(c->hud);
        return true;
    case INPUT_INSPECT:
        if (!c->o.inspect)
            return false;
        if (value)
            c->wants = CONTROLS_INSPECTOR;
        else
            c->inspects = !c->inspects;
        return true;
    case INPUT_MENU:
        c->wants = CONTROLS_MENU;
        return true;
    case INPUT_HELP:
        c->wants = CONTROLS_KEYS;
        return true;
    case INPUT_SCREENSHOT:
        screenshot(c);
        return true;
    case INPUT_PRIVACY_PAGE:
        c->wants = CONTROLS_PRIVACY_PAGE;
        return true;
    case INPUT_REDRAW:
        window_expose(c->o.window);
        return true;
    case INPUT_PAD_GONE:
        return lose_pad(c, f);
    default:
        return false;
    }
}

bool controls_input(struct controls *c, struct film *f, struct scene *s, const struct input_event *ev)
{
    bool used;
    if (find_hands(c, ev))
        return true;
    const bool changed = handle_decision(c, f, s, ev, &used);
    if (used || comes_too_early(s, ev))
        return changed;
    if (ev->action == INPUT_MOVE || ev->action == INPUT_CLICK)
        return handle_pointer(c, f, s, ev, false);
    if (ev->action == INPUT_DIGIT || ev->action == INPUT_LETTER || ev->action == INPUT_CHOOSE)
        return controls_command(c, f, s, ev->film_action, ev->film_value);
    return controls_command(c, f, s, ev->action, ev->value);
}

/* ---- what is seen of it ------------------------------------------------------------------------------------------ */

static void stats_lines(struct controls *c, struct film *f, const struct audio *a)
{
    static const char *const states[] = {[CLIP_OPENING] = "opening",
                                         [CLIP_WARM] = "warm",
                                         [CLIP_PLAYING] = "playing",
                                         [CLIP_ENDED] = "decoded",
                                         [CLIP_FAILED] = "failed"};
    struct film_stats fs;
    struct audio_stats as;
    struct hud *h = c->hud;
    film_stats(f, &fs);
    audio_stats(a, &as);
    hud_stats_begin(h);
    hud_stats_line(h, "node %s  %.2f / %.2f s", film_node_name(f), (double)film_pos_us(f) / 1e6,
                   film_length_us(f) == US_NONE ? NAN : (double)film_length_us(f) / 1e6);
    hud_stats_line(
        h, "picture %dx%d decoded by %s, via %s, queued %d, shown %" G_GINT64_FORMAT ", dropped %" G_GINT64_FORMAT,
        fs.playout.clip.width, fs.playout.clip.height, fs.playout.clip.hardware ? "a device" : "software",
        window_renderer_name(c->o.window), fs.playout.clip.frames_queued, fs.playout.frames, fs.playout.dropped);
    hud_stats_line(h, "sound %s, queued %d ms, rate %+.3f %%, drift %+.2f ms, missing %d ms, held %d ms", as.driver,
                   (int)(fs.playout.clip.sound_smp * 1000 / FILM_RATE), -(double)as.slow_ppm / 1e4,
                   (double)as.drift_us / 1e3, (int)(fs.underrun_smp * 1000 / FILM_RATE),
                   (int)(fs.held_smp * 1000 / FILM_RATE));
    hud_stats_line(h,
                   "warm set %.1f of %.0f MB, late %" G_GINT64_FORMAT ", files opened %" G_GINT64_FORMAT
                   ", used again %" G_GINT64_FORMAT ", kept open %d",
                   (double)fs.playout.deck.bytes / 1e6, (double)fs.playout.deck.budget_bytes / 1e6,
                   fs.playout.deck.late, fs.media.files_opened, fs.media.files_reused, fs.media.idle_files);
    for (int i = 0; i < MIN(fs.playout.deck.n, DECK_STATS_CLIPS); i++) {
        const struct deck_stats_clip *d = &fs.playout.deck.clip[i];
        g_autofree char *name = d->path ? g_path_get_basename(d->path) : g_strdup("(no picture)");
        hud_stats_line(h, "  %-24s %s, %d frames, %.1f MB", name, d->opened ? states[d->clip.state] : "waits",
                       d->clip.frames_queued, (double)d->clip.bytes / 1e6);
    }
    if (c->writer) {
        struct writer_status ws;
        writer_status(c->writer, &ws);
        hud_stats_telemetry(h, &ws);
    }
}

bool controls_can_skip(const struct controls *c, const struct film *f)
{
    return film_choice(f)->menu.decision < 0 && c->seen_us && film_can_skip(f, c->seen_us);
}

static struct hud_bar bar_of(const struct controls *c, const struct film *f)
{
    return (struct hud_bar){film_place_us(f), film_way_ahead(f),
                            controls_can_skip(c, f) ? input_key_of(c->o.input, INPUT_SKIP) : NULL};
}

void controls_view(struct controls *c, struct film *f, const struct audio *a, struct view *v)
{
    struct hud_bar bar;
    const bool shown = film_phase(f) == FILM_PLAYING && hud_wants_bar(c->hud, c->paused, controls_now_us(c));
    if (shown)
        bar = bar_of(c, f);
    const struct hud_state state = {.paused = c->paused,
                                    .notice_stays = c->waits_pad,
                                    .muted = c->mute,
                                    .volume = controls_volume(c),
                                    .menu_key = input_key_of(c->o.input, INPUT_MENU),
                                    .bar = shown ? &bar : NULL,
                                    .credits = credits_are_in(v),
                                    .skip_key = input_key_of(c->o.input, INPUT_SKIP)};
    controls_look(c, v);
    if (hud_shows_stats(c->hud))
        stats_lines(c, f, a);
    hud_view(c->hud, &state, controls_now_us(c), v);
}
