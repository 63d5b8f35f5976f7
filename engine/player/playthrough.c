#include "player/playthrough.h"
#include "player/autopilot.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "player/film_cut.h"
#include "player/film_menu.h"
#include "player/finished_viewing.h"
#include "player/found_endings.h"
#include "player/inspector.h"
#include "player/mpris.h"
#include "player/next_films.h"
#include "player/privacy_page.h"
#include "player/profiles.h"
#include "player/save.h"
#include "player/seen_scenes.h"
#include "player/shelf.h"
#include "player/segment.h"
#include "player/sharing.h"
#include "player/story_map.h"
#include "player/story_watch.h"
#include "base/words.h"
#include "play/replay.h"
#include "play/resume.h"
#include "play/transcript_text.h"
#include "present/layout.h"
#include "telemetry/write/unrecorded.h"

#include <assert.h>
#include <stdio.h>

/* The place is saved at every node and outcome, and at least this often. */
#define SAVE_SMP (FILM_RATE * 10)
/* A film that goes on by more than this at once has stood: its machine, or its display. */
#define LEAP_SMP (FILM_RATE / 8)
/* How long the store may take to erase a viewing after its film. */
#define ERASE_US (20 * US_PER_SECOND)

/* ---- the place --------------------------------------------------------------------------------------------------- */

/* Is this play saved? A person's play is; an autopilot's or a headless play only with `resume`; a play that does not
 * begin at the story's start never is. */
static bool is_saved(const struct player_context *ctx)
{
    return !ctx->o->elsewhere && (ctx->o->resume || (!ctx->o->headless && !ctx->autopilot));
}

static void save_place(struct playthrough *pt)
{
    const struct story *s = pt->context->story;
    const int32_t *state = film_state(pt->film);
    struct viewing_place place;
    if (!pt->save)
        return;
    recorder_place(pt->recorder, &place);
    save_put(pt->save, transcript_print_stop(pt->transcript, s, state, film_pos_us(pt->film)),
             pt->context->recording ? &place : NULL, state);
    pt->place_changed = false;
    pt->saved_smp = pt->heard_smp;
}

static bool moves_place(const struct play_effect *fx)
{
    return fx->kind == PLAY_DID_ENTER || fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND ||
           fx->kind == PLAY_DID_FINISH;
}

/* ---- the log of a headless play ---------------------------------------------------------------------------------- */

static void narrate(const struct playthrough *pt, const struct play_effect *fx)
{
    const struct story *s = pt->context->story;
    const int64_t ms = pt->clock.playing_us / US_PER_MS;
    char at[24];
    g_snprintf(at, sizeof at, "%02d:%02d.%03d", (int)(ms / 60000), (int)(ms / 1000 % 60), (int)(ms % 1000));
    if (fx->kind == PLAY_DID_ENTER)
        console_print("%s  node      %s\n", at, s->nodes[fx->enter.node].name);
    else if (fx->kind == PLAY_DID_REWIND)
        console_print("%s  node      %s (%s %s)\n", at, s->nodes[fx->rewind.node].name,
                      fx->rewind.keeps ? "again" : "back to", s->decisions[fx->rewind.decision].name);
    else if (fx->kind == PLAY_DID_DECIDE)
        console_print("%s  decision  %s: %s%s\n", at, s->decisions[fx->decide.decision].name,
                      fx->decide.option >= 0
                          ? s->options[s->decisions[fx->decide.decision].options.first + fx->decide.option].name
                          : "-",
                      fx->decide.outcome == PLAY_TIMED_OUT ? " (timeout)" : "");
    else if (fx->kind == PLAY_DID_END)
        console_print("%s  ending    %s\n", at, s->endings[fx->end.ending].name);
}

static bool asks_to_forget(const struct story *s, const struct play_effect *fx)
{
    return fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_PICKED && fx->decide.option >= 0 &&
           s->options[s->decisions[fx->decide.decision].options.first + fx->decide.option].forget;
}

static void watch_effect(void *user, const struct play_effect *fx)
{
    struct playthrough *pt = user;
    pt->place_changed |= moves_place(fx);
    story_map_effect(pt->map, fx);
    if (pt->inspector)
        inspector_effect(pt->inspector, fx);
    if (fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND)
        controls_question_closed(pt->context->controls);
    if (asks_to_forget(pt->context->story, fx)) {
        recorder_stop(pt->recorder);
        viewing_eraser_begin(pt->eraser);
        pt->erased = true;
    }
    if (pt->context->o->cut)
        film_cut_effect(pt->context->o->cut, fx, pt->heard_smp);
    else if (pt->context->o->headless)
        narrate(pt, fx);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/*
 * A turn of the loop that took this long means that the process was stopped, or that the machine slept without its
 * clock noticing. The film did not go on and nobody watched, so that time does not count.
 */
#define STOPPED_US (2 * US_PER_SECOND)

static void run_clock(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    const int64_t now = ctx->fast ? smp_to_us(pt->heard_smp) : g_get_monotonic_time();
    int64_t step = now - pt->clock_us;
    assert(pt->clock.playing_us >= 0 && pt->clock.paused_us >= 0 && pt->clock.hidden_us >= 0);
    pt->clock_us = now;
    if (ctx->fast)
        controls_set_now(ctx->controls, now);
    if (step > STOPPED_US && !ctx->fast && !controls_paused(ctx->controls)) {
        pt->began_us += step;
        step = 0;
    }
    const int64_t ran = step * pace_percent(pt->pace) / PACE_NORMAL; /* of the film */
    pt->clock.at_us = now - pt->began_us;
    if (controls_paused(ctx->controls))
        pt->clock.paused_us += step;
    else
        pt->clock.playing_us += ran;
    if (!window_visible(ctx->window))
        pt->clock.hidden_us += controls_paused(ctx->controls) ? step : ran;
}

static void tell_desktop(const struct playthrough *pt)
{
    const struct controls *c = pt->context->controls;
    const struct film *f = pt->film;
    if (!pt->context->mpris)
        return;
    const struct mpris_state now = {.paused = controls_paused(c),
                                    .over = film_phase(f) >= FILM_OVER,
                                    .can_previous = film_last_checkpoint(f) >= 0,
                                    .can_next = controls_can_skip(c, f),
                                    .volume = controls_volume(c),
                                    .speed = controls_speed(c),
                                    .pos_us = film_place_us(f),
                                    .length_us = film_length_us(f),
                                    .node = film_node(f)};
    mpris_show(pt->context->mpris, &now);
}

/* A version of the story that can't play, in a line over the picture as well. */
static void tell_watch(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    g_autofree char *text = ctx->o->watch ? story_watch_take_problem(ctx->o->watch) : NULL;
    if (!text)
        return;
    console_say("%s", text);
    hud_say(controls_hud(ctx->controls), text, controls_now_us(ctx->controls));
}

/* The first time that the viewer is asked it, a decision gets a way back to it, for the map. */
static void keep_way_to_decision(struct playthrough *pt)
{
    const struct story *s = pt->context->story;
    const int32_t decision = story_map_wanted(pt->map);
    if (decision < 0 || film_state(pt->film)[PLAY_OPEN] != decision)
        return;
    g_autofree char *text = transcript_print_stop(pt->transcript, s, film_state(pt->film), film_pos_us(pt->film));
    story_map_keep(pt->map, decision, text);
}

static bool tick_to(struct playthrough *pt, int64_t smp)
{
    struct player_context *ctx = pt->context;
    g_autoptr(GError) error = NULL;
    pt->heard_smp = MAX(pt->heard_smp, smp); /* what was heard stays heard */
    assert(pt->heard_smp >= pt->saved_smp);
    run_clock(pt);
    pace_set(pt->pace, controls_pace(ctx->controls, pt->film));
    film_tick(pt->film, pt->heard_smp, &pt->clock);
    if (ctx->autopilot && !autopilot_act(ctx->autopilot, pt->film, &error)) {
        console_say("%s", error->message);
        pt->code = EXIT_PROBLEM;
        return false;
    }
    if (ctx->autopilot && autopilot_finished(ctx->autopilot, pt->film))
        controls_quit(ctx->controls);
    scene_follow(pt->scene, pt->film, pt->heard_smp);
    scene_set_recorded(pt->scene, viewing_eraser_poll(pt->eraser));
    cues_follow(pt->cues, pt->film);
    keep_way_to_decision(pt);
    seen_scenes_watch(pt->seen, film_node(pt->film), film_pos_us(pt->film), film_length_us(pt->film));
    for (char *text; (text = film_take_notice(pt->film)); g_free(text))
        console_say("%s", text); /* in the window, the slate says it */
    for (char *text; (text = scene_take_problem(pt->scene)); g_free(text)) {
        console_say("%s", text);
        if (!ctx->o->headless) /* pictures do not depend on when a thread found it */
            hud_say(controls_hud(ctx->controls), text, controls_now_us(ctx->controls));
    }
    tell_watch(pt);
    if ((pt->place_changed || pt->heard_smp - pt->saved_smp >= SAVE_SMP) && !recorder_waits(pt->recorder))
        save_place(pt);
    tell_desktop(pt);
    return true;
}

/* Stops where the autopilot picks. In a leap a whole decision may have gone by, and it is asked nevertheless. */
bool playthrough_tick(struct playthrough *pt, int64_t smp)
{
    const struct autopilot *c = pt->context->autopilot;
    const bool leaps = smp - pt->heard_smp > LEAP_SMP;
    for (int64_t at_us; c && (at_us = autopilot_next_us(c, pt->film, leaps)) != US_NONE;) {
        const int64_t at = film_smp_at(pt->film, at_us);
        if (at <= pt->heard_smp || at >= smp)
            break;
        if (!tick_to(pt, at))
            return false;
    }
    return tick_to(pt, smp);
}

static bool is_edited(const struct playthrough *pt)
{
    struct story_watch *watch = pt->context->o->watch;
    return watch && film_phase(pt->film) < FILM_OVER && story_watch_ready(watch);
}

char *playthrough_edited(struct playthrough *pt)
{
    if (!is_edited(pt))
        return NULL;
    return transcript_print_stop(pt->transcript, pt->context->story, film_state(pt->film), film_pos_us(pt->film));
}

bool playthrough_goes_on(const struct playthrough *pt)
{
    return !is_edited(pt) && film_phase(pt->film) < FILM_OVER && !pt->anew &&
           !controls_has_quit(pt->context->controls) && !interrupt_requested();
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

/* Over a picture of this shape. */
static struct subs_view subs_area(const struct playthrough *pt, const struct frame *frame)
{
    const struct player_context *ctx = pt->context;
    const struct settings *set = controls_settings(ctx->controls);
    const struct rect r = window_picture(ctx->window, frame);
    int w, h;
    window_size(ctx->window, &w, &h);
    const int size = set->subtitle_size ? set->subtitle_size : set->text_size;
    const struct subs_look look = {set->subtitle_face, set->subtitle_place, set->subtitle_background,
                                   set->subtitle_over};
    return (struct subs_view){r.w, r.h, layout_subs_scale(w, h, r.h, (float)size / 100), look};
}

static struct scene_areas areas_now(const struct playthrough *pt)
{
    const struct frame *next;
    struct scene_areas a = {.now = subs_area(pt, film_frame(pt->film))};
    if (film_next_picture(pt->film, &next))
        a.next = subs_area(pt, next);
    return a;
}

/* Where subtitles do not stand. */
static void show_signer(struct playthrough *pt)
{
    const struct settings *set = controls_settings(pt->context->controls);
    scene_set_signer(pt->scene, (float)set->signer / 100, set->subtitle_place == SUBS_TOP);
}

void playthrough_view(struct playthrough *pt, bool subtitles, struct view *v)
{
    const struct scene_areas areas = subtitles ? areas_now(pt) : (struct scene_areas){0};
    show_signer(pt);
    scene_view(pt->scene, pt->film, &areas, v);
}

bool playthrough_compose(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    struct view v = {0};
    playthrough_view(pt, true, &v);
    controls_view(ctx->controls, pt->film, pt->audio, &v);
    controls_speak(ctx->controls, &v);
    if (controls_inspects(ctx->controls))
        inspector_view(pt->inspector, pt->film, controls_now_us(ctx->controls), &v);
    moments_follow(pt->moments, pt->film);
    return window_draw(ctx->window, &v);
}

bool playthrough_take_screenshots(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = ctx->pictures ? screenshots_due(ctx->pictures, pt->film) : NULL;
    if (!name)
        return true;
    playthrough_compose(pt);
    if (screenshots_take(ctx->pictures, name, ctx->window, &error))
        return true;
    console_say("%s", error->message);
    pt->code = EXIT_ENVIRONMENT;
    return false;
}

/* The film as it stands, without the overlay, and without words that would shine through those of a page. When it is over,
 * that means the credits as well. */
static void picture(void *user, bool whole, struct view *v)
{
    struct playthrough *pt = user;
    scene_view(pt->scene, pt->film, &(struct scene_areas){0}, v);
    v->panel.phase = VIEW_HIDDEN;
    if (!whole)
        v->card = NULL;
    if (!whole && (film_phase(pt->film) == FILM_OVER || scene_shows_credits(pt->scene)))
        v->inscription_count = 0;
    tell_desktop(pt);
}

/* A story that is dropped on the window is played next; what is none is said. Where nothing is played next, it is nothing. */
static bool take_dropped(struct playthrough *pt, const char *path)
{
    struct controls *c = pt->context->controls;
    struct player_next *next = pt->context->o->next;
    if (!next)
        return false;
    g_autofree char *refused = shelf_refusal(path, controls_language(c));
    if (!refused) {
        g_free(next->film);
        next->film = g_strdup(path);
        controls_quit(c);
        return true;
    }
    hud_say(controls_hud(c), refused, controls_now_us(c));
    return true;
}

/* Over a page, keys mean what they mean over the film. */
static bool run_command(void *user, const struct input_event *ev)
{
    struct playthrough *pt = user;
    if (ev->action == INPUT_DROP)
        return take_dropped(pt, ev->text);
    return controls_command(pt->context->controls, pt->film, pt->scene, ev->action, ev->value);
}

bool playthrough_input(struct playthrough *pt, const struct input_event *ev)
{
    if (ev->action == INPUT_DROP)
        return take_dropped(pt, ev->text);
    return controls_input(pt->context->controls, pt->film, pt->scene, ev);
}

static struct pages pages_over_film(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    return (struct pages){.controls = ctx->controls,
                          .input = ctx->input,
                          .window = ctx->window,
                          .picture = picture,
                          .command = run_command,
                          .user = pt};
}

void playthrough_show_privacy_page(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    const struct pages pages = pages_over_film(pt);
    const struct sharing sharing = player_context_sharing(ctx, &pages);
    const struct privacy_page_options o = {
        .pages = &pages,
        .sharing = &sharing,
        .writer = ctx->writer,
        .recorder = pt->recorder,
        .eraser = pt->eraser,
        .store = ctx->o->store,
        .watched_us = film_watched_us(pt->film),
        .off = !ctx->recording,
        .counted = ctx->counts,
    };
    const bool ran = film_phase(pt->film) < FILM_OVER && controls_pause(ctx->controls);
    pt->erased |= privacy_page_show(&o);
    run_clock(pt); /* the page was a pause */
    if (ran && controls_paused(ctx->controls))
        controls_resume(ctx->controls);
}

/* What is erased leaves no trace here either. */
static void keep_seen(const struct playthrough *pt)
{
    g_autoptr(GError) error = NULL;
    if (pt->keeps && !pt->erased && (!seen_scenes_save(pt->seen, &error) || !story_map_save(pt->map, &error)))
        console_say("what you have seen could not be saved: %s", error->message);
}

static void look_back(const struct playthrough *pt, struct look_back *b)
{
    const struct player_context *ctx = pt->context;
    const struct look_back_options o = {.story = ctx->story,
                                        .film = pt->film,
                                        .transcript = pt->transcript,
                                        .map = pt->map,
                                        .reads = !ctx->o->no_telemetry,
                                        .store = ctx->o->store,
                                        .films = ctx->o->next != NULL,
                                        .language = controls_language(ctx->controls)};
    look_back_make(b, &o);
}

/* The program goes on with another film. */
static void leave_for(const struct playthrough *pt, const struct next_film *film)
{
    pt->context->o->next->film = g_strdup(film->path);
    controls_quit(pt->context->controls);
}

/* It goes on for somebody else. `which`: among the lines of the page. */
static void change_viewer(const struct playthrough *pt, const struct pages *pages, char **people, int32_t which)
{
    pt->context->o->next->viewer = film_menu_viewer(pages, people, which);
    controls_quit(pt->context->controls);
}

static void show_menu(struct playthrough *pt, enum menu_place from)
{
    struct player_context *ctx = pt->context;
    const struct pages pages = pages_over_film(pt);
    g_autofree bool *found = is_saved(ctx) ? found_endings_load(ctx->story) : NULL;
    struct look_back back = {.unseen = -1};
    g_auto(GStrv) people = ctx->o->next ? profiles_list() : NULL;
    const struct menu_subject o = {.pages = &pages,
                                   .story = ctx->story,
                                   .film = pt->film,
                                   .scene = pt->scene,
                                   .found = found,
                                   .map = pt->map,
                                   .seen_us = seen_scenes_us(pt->seen),
                                   .moments = pt->moments,
                                   .after = from == MENU_END || from == MENU_NEXT ? &back : NULL,
                                   .people = people};
    enum film_menu_end end;
    int32_t which;
    keep_seen(pt);
    if (o.after)
        look_back(pt, &back);
    if (from == MENU_NEXT && back.films->len == 0)
        from = MENU_END;
    while ((end = film_menu_show(&o, from, &which)) == FILM_MENU_PRIVACY && !pages_over(&pages))
        playthrough_show_privacy_page(pt);
    pt->anew = end == FILM_MENU_ANEW || end == FILM_MENU_REPLAY;
    if (end == FILM_MENU_REPLAY)
        player_context_replay(ctx, story_map_transcript(pt->map, which));
    if (end == FILM_MENU_FILM)
        leave_for(pt, back.films->pdata[which]);
    if (end == FILM_MENU_VIEWER)
        change_viewer(pt, &pages, people, which);
    look_back_clear(&back);
}

/* This ending was found. What is erased leaves no trace here either. */
static void keep_ending(const struct playthrough *pt, int32_t ending)
{
    g_autoptr(GError) error = NULL;
    if (ending >= 0 && pt->keeps && !pt->erased && !found_endings_add(pt->context->story, ending, &error))
        console_say("that this ending was found could not be saved: %s", error->message);
}

/* What the film itself offered to do next, and the viewer took. */
static enum story_then then_taken(const struct playthrough *pt)
{
    int32_t option;
    int64_t at_us;
    bool timed_out;
    const struct story *s = pt->context->story;
    const int32_t decision = film_taken(pt->film, &option, &timed_out, &at_us);
    const bool here = decision >= 0 && s->decisions[decision].node == film_state(pt->film)[PLAY_NODE];
    return here && option >= 0 ? s->options[s->decisions[decision].options.first + option].then : STORY_THEN_NOTHING;
}

/* After the credits, once: whoever has not said yes or no yet is asked whether to share this. */
static void ask_to_share(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    const struct pages pages = pages_over_film(pt);
    const struct sharing sharing = player_context_sharing(ctx, &pages);
    if (ctx->asked_to_share || !sharing.sends || !ctx->recording || pt->erased ||
        sharing_read(&sharing, NULL) != SHARING_UNASKED)
        return;
    ctx->asked_to_share = true;
    g_autofree char *says = sharing_ask(&sharing);
    if (says)
        hud_say(controls_hud(ctx->controls), says, controls_now_us(ctx->controls));
}

void playthrough_show_end(struct playthrough *pt)
{
    const int32_t ending = film_state(pt->film)[PLAY_ENDING];
    const enum story_then then = then_taken(pt);
    ask_to_share(pt);
    if (then == STORY_THEN_AGAIN)
        pt->anew = true;
    else if (then == STORY_THEN_LEAVE)
        controls_quit(pt->context->controls);
    else
        show_menu(pt, then == STORY_THEN_NEXT ? MENU_NEXT : MENU_END);
    keep_ending(pt, ending); /* the viewer may have gone back from it */
    run_clock(pt);
}

static void show_inspector(struct playthrough *pt)
{
    const struct pages pages = pages_over_film(pt);
    const bool ran = controls_pause(pt->context->controls);
    inspector_page_show(pt->inspector, &pages, pt->film);
    run_clock(pt); /* the page was a pause */
    if (ran)
        controls_resume(pt->context->controls);
}

void playthrough_show_requested(struct playthrough *pt)
{
    struct controls *c = pt->context->controls;
    const enum controls_request wanted = controls_take_request(c);
    if (wanted == CONTROLS_PRIVACY_PAGE)
        playthrough_show_privacy_page(pt);
    if (wanted == CONTROLS_INSPECTOR)
        show_inspector(pt);
    if (wanted != CONTROLS_MENU && wanted != CONTROLS_KEYS)
        return;
    controls_pause(c);
    show_menu(pt, wanted == CONTROLS_KEYS ? MENU_KEYS : MENU_MAIN);
    run_clock(pt); /* the menu was a pause */
    controls_resume(c);
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

static void pull_mixed(void *mixer, float *stereo, int64_t n)
{
    mixer_render(mixer, stereo, n);
}

static void pull_sound(void *pace, float *stereo, int frames)
{
    pace_render(pace, stereo, frames);
}

/* What the play starts with: what the autopilot's transcript says, or a seed and the viewer's kept values. */
static void start_values(const struct player_context *ctx, uint64_t *seed, int32_t **kept)
{
    const struct transcript *t = ctx->autopilot ? autopilot_transcript(ctx->autopilot) : NULL;
    *seed = ctx->seed;
    *kept = NULL;
    if (!t) {
        if (!ctx->o->elsewhere && (!ctx->o->headless || is_saved(ctx)))
            *kept = save_load_kept(ctx->story);
        return;
    }
    struct replay *replay = replay_new(ctx->story, t);
    struct schedule_due due;
    g_autofree int32_t *idle = g_new0(int32_t, (gsize)play_state_slots(ctx->story));
    play_init(ctx->story, idle);
    if (replay_due(replay, idle, US_NONE, &due, NULL)) {
        int32_t n = 0;
        for (int32_t v = 0; v < ctx->story->n_vars; v++)
            n += ctx->story->vars[v].keep_viewer;
        *seed = due.input.seed;
        *kept = due.input.kept ? g_memdup2(due.input.kept, (gsize)n * sizeof **kept) : NULL;
    }
    replay_free(replay);
}

/* After an edit: where the version before was, or the nearest place that this one has; *reload tells it. */
static void find_edited(struct player_context *ctx, const char *text, struct resume *r,
                        struct transcript_reload *reload)
{
    resume_edited(r, ctx->story, text);
    const int32_t node = r->state ? r->state[PLAY_NODE] : ctx->story->start;
    const int64_t ms = r->pos_us / US_PER_MS;
    g_autofree char *said =
        g_strdup_printf("%s; on in `%s` at %02d:%02d.%03d", ctx->changes, ctx->story->nodes[node].name,
                        (int)(ms / 60000), (int)(ms / 1000 % 60), (int)(ms % 1000));
    *reload = (struct transcript_reload){ctx->story->nodes[node].name, r->pos_us, ctx->changes, 0};
    console_say("%s", said);
    hud_say(controls_hud(ctx->controls), said, controls_now_us(ctx->controls));
    if (r->pos_us > 0)
        r->pos_us += SEGMENT_REWIND_LEAD_US; /* nobody has to find their way back in, as after a pause of days */
}

/* The viewer has chosen a decision on the map: a new viewing begins before it. */
static void begin_replay(struct player_context *ctx, const char *text, struct resume *r)
{
    resume_make(r, ctx->story, text);
    if (r->message)
        console_say("%s", r->state ? "a replay begins at a decision of the map" : r->message);
    hud_say(controls_hud(ctx->controls),
            words_in(controls_language(ctx->controls),
                     r->state ? WORDS("A replay, from a decision of the map") : r->viewer_message),
            controls_now_us(ctx->controls));
}

static void begin_there(struct player_context *ctx, struct resume *r, struct transcript_reload *reload)
{
    g_autofree char *text = player_context_take_begin(ctx);
    if (ctx->changes)
        find_edited(ctx, text, r, reload);
    else
        begin_replay(ctx, text, r);
}

/* Finds where the viewer left off, and tells them. Only the first play of a run goes on there. *place:
 * which viewing it continues, and where. *reload: what a new version of the story changed, if it is one. */
static void find_resume(struct player_context *ctx, enum save_owner owner, struct resume *r,
                        struct viewing_place *place, struct transcript_reload *reload)
{
    g_autoptr(GError) error = NULL;
    *r = (struct resume){0};
    if (ctx->begin) {
        begin_there(ctx, r, reload);
        return;
    }
    if (!is_saved(ctx) || ctx->o->restart || !player_context_may_resume(ctx))
        return;
    g_autofree char *text = save_load_transcript(ctx->story, &error);
    resume_make(r, ctx->story, text);
    if (owner == SAVE_OURS && r->state)
        save_viewing(text, place);
    if (place->id[0] && ctx->recording && finished_viewing(ctx->o->store, place->id)) {
        console_say("the film begins anew: it was over");
        resume_clear(r);
        *place = (struct viewing_place){0};
        return;
    }
    if (r->state && place->entering)
        resume_enter(r, ctx->story);
    if (error)
        console_say("the saved place can't be read: %s", error->message);
    if (!r->message)
        return;
    console_say("%s", r->message);
    hud_say(controls_hud(ctx->controls), controls_words(ctx->controls, r->viewer_message),
            controls_now_us(ctx->controls));
}

/* Instead of where the film goes on, because what is lost later matters more. */
static void tell_other_window(const struct player_context *ctx)
{
    console_say("this film is playing in another window as well: what you watch here leaves the saved place as it is");
    hud_say(controls_hud(ctx->controls),
            words_in(controls_language(ctx->controls),
                     WORDS("This film is open in another window; your place here is not saved")),
            controls_now_us(ctx->controls));
}

static void open_sound(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    pt->mixer = mixer_new();
    pt->pace = pace_new(pull_mixed, pt->mixer);
    const struct audio_options ao = {
        .mode = ctx->fast          ? AUDIO_VIRTUAL
                : ctx->o->headless ? AUDIO_TIMER
                                   : AUDIO_DEVICE,
        .pull = pull_sound,
        .user = pt->pace,
    };
    pt->audio = audio_open(&ao);
}

/* The arms that a play with this seed begins with, for each experiment. The caller frees it. */
static int32_t *draw_arms(const struct story *s, uint64_t seed)
{
    g_autofree int32_t *state = g_new(int32_t, play_state_slots(s));
    int32_t *arms = g_new(int32_t, s->n_experiments + 1);
    play_init(s, state);
    play_step(s, state, &(struct play_input){.kind = PLAY_START, .seed = seed}, NULL, NULL);
    for (int32_t i = 0; i < s->n_experiments; i++)
        arms[i] = state[PLAY_VALUES + s->experiments[i].var];
    return arms;
}

/* `continues`: the viewing that this one continues; without an id: none. */
static void open_records(struct playthrough *pt, uint64_t seed, const struct viewing_place *continues)
{
    const struct player_context *ctx = pt->context;
    g_autofree int32_t *arms = draw_arms(ctx->story, seed);
    const struct recorder_options ro = {
        .arms = arms,
        .viewer = ctx->o->headless ? "" : ctx->o->settings->viewer,
        .headless = ctx->o->headless,
        .chooser = ctx->autopilot ? autopilot_kind(ctx->autopilot) : VIEWING_PERSON,
        .time_factor = controls_time_factor(ctx->controls),
        .seed = seed,
        .resumed = pt->resumed,
        .continues = continues->id[0] ? continues : NULL,
        .language = story_language(ctx->story, controls_language(ctx->controls)),
        .subtitles = ctx->o->settings->subtitles,
        .channel = ctx->o->channel ? ctx->o->channel : ctx->story->channel,
    };
    pt->recorder = recorder_new(ctx->story, ctx->writer, &ro);
    pt->eraser = viewing_eraser_new(ctx->writer, ctx->o->store, ctx->o->trust_store);
    pt->save = pt->keeps ? save_open(ctx->story) : NULL;
}

static void open_scene(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    const struct scene_options so = {
        .story = ctx->story,
        .media = ctx->media,
        .language = controls_language(ctx->controls),
        .input = ctx->input,
        .subtitles = ctx->o->settings->subtitles,
        .patient = ctx->fast || (ctx->o->headless && ctx->pictures),
    };
    pt->scene = scene_new(&so);
    pt->cues = cues_new(ctx->story, ctx->media, pt->mixer);
}

/* A replay goes on behind its last line up to the next decision, where its viewer has not been. */
struct learning {
    struct story_map *map;
    int32_t left; /* outcomes */
};

static void find_on_map(void *user, const struct play_effect *fx)
{
    struct learning *l = user;
    if (l->left > 0)
        story_map_effect(l->map, fx);
    l->left -= fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND;
}

/* What a play that goes on has found belongs on the map, though a killed program could not save it. */
static void learn_passed(struct playthrough *pt)
{
    const struct story *s = pt->context->story;
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    struct learning l = {pt->map, 0};
    const struct replay_watch watch = {.sink = find_on_map, .user = &l};
    for (int32_t i = 0; i < transcript_n_lines(pt->transcript); i++)
        l.left += transcript_get(pt->transcript, i)->kind <= TRANSCRIPT_BACK;
    if (pt->resumed)
        transcript_replay(s, pt->transcript, state, &watch, NULL);
    story_map_wanted(pt->map);
}

void playthrough_open(struct playthrough *pt, struct player_context *ctx)
{
    const struct player_options *o = ctx->o;
    struct resume resume;
    uint64_t seed;
    g_autofree int32_t *kept = NULL;
    struct viewing_place continues = {0};
    struct transcript_reload reload = {0};
    *pt = (struct playthrough){.context = ctx};
    if (ctx->fast)
        controls_set_now(ctx->controls, 0);
    const enum save_owner owner = is_saved(ctx) ? player_context_claim(ctx) : SAVE_UNKNOWN;
    pt->keeps = is_saved(ctx) && owner != SAVE_ANOTHERS;
    find_resume(ctx, owner, &resume, &continues, &reload);
    if (owner == SAVE_ANOTHERS)
        tell_other_window(ctx);
    start_values(ctx, &seed, &kept);
    pt->resumed = resume.state != NULL;
    if (pt->resumed)
        seed = resume.seed;

    open_sound(pt);
    player_context_confine(ctx);
    open_records(pt, seed, &continues);
    pt->transcript = resume.state ? g_steal_pointer(&resume.transcript) : transcript_new(ctx->story, seed, kept);
    if (reload.node)
        transcript_add_reload(pt->transcript, &reload);
    pt->inspector = o->inspect ? inspector_new(ctx->story) : NULL;
    const struct film_options fo = {
        .story = ctx->story,
        .media = ctx->media,
        .mixer = pt->mixer,
        .recorder = pt->recorder,
        .transcript = pt->transcript,
        .seed = seed,
        .kept = kept,
        .resume = resume.state,
        .resume_us = resume.pos_us,
        .resume_passed = resume.passed,
        .language = controls_language(ctx->controls),
        .tracks = controls_tracks(ctx->controls),
        .past_choices = ctx->past_choices,
        .deck_bytes = o->warm_bytes,
        .watch = watch_effect,
        .watch_user = pt,
    };
    pt->film = film_new(&fo);
    film_set_time_factor(pt->film, controls_time_factor(ctx->controls));
    open_scene(pt);
    pt->seen = seen_scenes_new(ctx->story, is_saved(ctx));
    pt->map = story_map_new(ctx->story, is_saved(ctx));
    pt->moments = moments_new();
    learn_passed(pt);
    controls_set_seen(ctx->controls, seen_scenes_us(pt->seen));
    controls_begin(ctx->controls, pt->mixer);
    pt->began_us = pt->clock_us = ctx->fast ? 0 : g_get_monotonic_time();
    film_start(pt->film);
    resume_clear(&resume);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void save_play(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    g_autoptr(GError) error = NULL;
    save_place(pt);
    if (!save_close(g_steal_pointer(&pt->save), &error)) {
        console_say("the place could not be saved: %s", error->message);
        g_clear_error(&error);
    }
    if (film_phase(pt->film) < FILM_OVER)
        transcript_add_stop(pt->transcript, ctx->story, film_state(pt->film), film_pos_us(pt->film));
    if (ctx->o->record && !transcript_save(pt->transcript, ctx->o->record, &error)) {
        console_say("%s", error->message);
        pt->code = EXIT_ENVIRONMENT;
    }
}

/* The saved play tells every choice as well. When the film is over it is not needed any more; before that, it is where
 * the film goes on. */
static void erase_saved_play(const struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    g_autoptr(GError) error = NULL;
    if (pt->erased && pt->keeps && film_phase(pt->film) == FILM_OVER && !save_remove_transcript(ctx->story, &error))
        console_say("the saved play could not be erased: %s", error->message);
}

/* When the film is over, so that it never waits for the disk. */
static void count_unrecorded(const struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    const struct store_options o = {.path = ctx->o->store, .trust = ctx->o->trust_store};
    g_autoptr(GError) error = NULL;
    if (ctx->counts && !pt->resumed && !unrecorded_count(&o, ctx->story->hash, &error))
        console_say("that a film was watched could not be counted: %s", error->message);
}

/* A decoder that stands for too long costs pictures or sound, and a machine without open files or memory whole clips, which a
 * viewer may live with, and a file may not. What a file of the story lacks is as its author left it. */
static bool is_complete(const struct playthrough *pt)
{
    struct film_stats now;
    film_stats(pt->film, &now);
    const bool complete = now.playout.dropped == 0 && now.underrun_smp == 0;
    if (!complete)
        console_say("%d pictures and %d ms of sound were not decoded in time: this machine is too busy, or a file is "
                    "damaged (`frumious check --deep`)",
                    (int)now.playout.dropped, (int)(smp_to_us(now.underrun_smp) / US_PER_MS));
    if (now.playout.lacks)
        console_say("the film would lack what could not be opened on this machine (see above), so it is not written");
    return complete && !now.playout.lacks;
}

static void end_cut(struct playthrough *pt, struct film_cut *cut)
{
    if (film_phase(pt->film) != FILM_STUCK && !interrupt_requested() && pt->code == EXIT_OK && !is_complete(pt))
        pt->code = EXIT_ENVIRONMENT;
    film_cut_end(cut, film_phase(pt->film) != FILM_STUCK && pt->code == EXIT_OK && !interrupt_requested());
    if (!film_cut_problem(cut))
        return;
    console_say("%s", film_cut_problem(cut)->message);
    pt->code = EXIT_ENVIRONMENT;
}

void playthrough_close(struct playthrough *pt)
{
    enum viewing_end end = VIEWING_LEFT;
    g_autofree char *kept = NULL;
    struct audio_stats sound;
    if (film_phase(pt->film) == FILM_OVER)
        end = VIEWING_ENDED;
    else if (film_phase(pt->film) == FILM_STUCK || pt->code != EXIT_OK)
        end = VIEWING_FAILED;
    else if (pt->anew)
        end = VIEWING_RESTARTED;
    else if (interrupt_requested())
        end = VIEWING_KILLED;
    run_clock(pt);
    if (end == VIEWING_ENDED)
        keep_ending(pt, film_state(pt->film)[PLAY_ENDING]);
    audio_stats(pt->audio, &sound);
    trace_end(pt->context->trace, pt->film, &sound);
    film_end(pt->film, end);
    if (pt->context->o->cut)
        end_cut(pt, pt->context->o->cut);
    save_play(pt);
    if (!viewing_eraser_close(pt->eraser, ERASE_US, &kept)) {
        console_say("this viewing could not be erased: %s; `frumious telemetry erase last` tries again", kept);
        pt->code = EXIT_ENVIRONMENT;
    }
    erase_saved_play(pt);
    keep_seen(pt);
    controls_set_seen(pt->context->controls, NULL);
    seen_scenes_free(pt->seen);
    story_map_free(pt->map);
    moments_free(pt->moments);
    inspector_free(pt->inspector);
    if (film_phase(pt->film) == FILM_STUCK) {
        console_say("the film can't go on: %s; `frumious check` shows where", film_stuck_text(pt->film));
        pt->code = EXIT_PROBLEM;
    }
    audio_close(pt->audio);
    count_unrecorded(pt);
    film_free(pt->film);
    scene_free(pt->scene);
    cues_free(pt->cues);
    pace_free(pt->pace);
    mixer_free(pt->mixer);
    recorder_free(pt->recorder);
    transcript_free(pt->transcript);
}
