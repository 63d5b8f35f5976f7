#include "player/loop.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "base/words.h"

/* Composing a picture must be over before it is due; measured at 1080p in software: 5 ms. */
#define PREPARE_NS (INT64_C(12) * 1000000)
/* Between frames, what moves is drawn at this rate; what rests is looked after at the other. */
#define MOVING_SMP  (FILM_RATE / 24)
#define RESTING_SMP (FILM_RATE / 5)
#define SOON_SMP    (FILM_RATE / 200)
#define IDLE_US     (INT64_C(16) * US_PER_MS)
/* Playing faster than time waits for decoders this long at most before it goes on without them. */
#define STALL_US (20 * US_PER_SECOND)

/* ---- in real time ------------------------------------------------------------------------------------------------ */

static int64_t heard_now(const struct session *ss)
{
    const int64_t film = mixer_film_at(ss->mixer, audio_clock_smp(ss->audio));
    return MAX(film, ss->heard_smp);
}

/* Film position beyond which nothing is heard before the mixer has gone on: where the film waits for the viewer. */
static int64_t heard_until(const struct session *ss, const struct mixer_now *now)
{
    const int64_t holds_smp = film_holds_at(ss->film);
    if (now->state == MIXER_WAITING)
        return now->film_smp;
    return holds_smp > 0 && now->film_smp <= holds_smp ? holds_smp : INT64_MAX;
}

/* When film position `smp` is heard, as things go on. */
static int64_t due_ns(const struct session *ss, int64_t smp)
{
    struct mixer_now now;
    mixer_now(ss->mixer, &now);
    const int64_t out_smp = now.state == MIXER_WAITING ? now.stood_smp : now.out_smp;
    return audio_at_ns(ss->audio, smp + out_smp - now.film_smp);
}

/* The next film position to draw: the next change of picture, sooner where something else moves. */
static int64_t next_target(struct session *ss)
{
    const struct stage *st = ss->stage;
    const bool moves = scene_moves(ss->scene) || hud_moves(&st->controls.hud, g_get_monotonic_time());
    const int64_t change = film_next_change(ss->film);
    const int64_t rest = ss->heard_smp + (film_changes_soon(ss->film) ? SOON_SMP : moves ? MOVING_SMP : RESTING_SMP);
    return MAX(MIN(change, rest), heard_now(ss));
}

/* Handles input until `deadline_ns`; true if something changed that should be seen at once. */
static bool wait_for_input(struct session *ss, int64_t deadline_ns)
{
    struct stage *st = ss->stage;
    bool changed = false;
    while (session_goes_on(ss) && !changed) {
        struct input_event ev;
        while (input_poll(st->input, controls_mode(&st->controls, ss->film), &ev)) {
            if (!st->controls.paused && !session_tick(ss, heard_now(ss)))
                return true;
            changed |= controls_input(&st->controls, ss->film, ss->scene, &ev);
        }
        const int64_t left_us = (deadline_ns - audio_now_ns()) / 1000;
        if (left_us < US_PER_MS) /* nobody can wait for less */
            break;
        input_wait(st->input, left_us);
    }
    return changed;
}

static void flip(struct session *ss, int64_t due)
{
    struct stage *st = ss->stage;
    struct trace_times *t = &ss->times;
    t->film_smp = ss->heard_smp;
    t->due_ns = due;
    t->from_ns = audio_now_ns();
    window_flip(st->window);
    t->to_ns = audio_now_ns();
    if (trace_flip(st->trace, ss->film, t))
        ss->times = (struct trace_times){0};
}

void loop_live(struct session *ss)
{
    struct stage *st = ss->stage;
    while (session_goes_on(ss)) {
        struct mixer_now now;
        mixer_now(ss->mixer, &now);
        const int64_t now_ns = audio_now_ns();
        const int64_t until = heard_until(ss, &now);
        const bool waits = ss->heard_smp >= until;
        const bool runs = (now.state == MIXER_PLAYING || now.state == MIXER_WAITING) && !waits && !st->controls.paused;
        const int64_t target = MIN(next_target(ss), until);
        const int64_t idle_ns = IDLE_US * 1000 + (waits ? PREPARE_NS : 0); /* the panel still moves */
        const int64_t due = runs ? due_ns(ss, target) : audio_now_ns() + idle_ns;
        const bool starved = film_lacks_frame(ss->film);
        const bool changed = wait_for_input(ss, due - PREPARE_NS);
        ss->times.starved |= starved;
        ss->times.overslept_ns = MAX(ss->times.overslept_ns, audio_now_ns() - MAX(due - PREPARE_NS, now_ns));
        if (!session_goes_on(ss) || !session_tick(ss, runs && !changed ? target : heard_now(ss)) ||
            !session_take_pictures(ss))
            break;
        if (st->controls.recorded)
            session_show_recorded(ss);
        window_pointer(st->window, false, g_get_monotonic_time());
        const char *problem = audio_problem(ss->audio);
        if (problem) {
            cmd_say("%s", problem);
            hud_say(&st->controls.hud, words_in(st->o->language, problem), g_get_monotonic_time());
        }
        if (!window_visible(st->window)) {
            audio_sleep_until(due);
            continue;
        }
        if (session_compose(ss))
            trace_picture(st->trace, st->window, ss->film);
        if (runs && !changed)
            audio_sleep_until(due);
        flip(ss, runs && !changed ? due : 0);
    }
}

/* ---- faster than time -------------------------------------------------------------------------------------------- */

/* Waits for the decoders: a play that runs faster than time must still show and sound every frame. */
static void wait_until_ready(struct session *ss, int64_t smp)
{
    const int64_t give_up = g_get_monotonic_time() + STALL_US;
    float nowhere[FILM_CHANNELS];
    while (session_goes_on(ss) && !film_ready(ss->film, smp) && g_get_monotonic_time() < give_up) {
        g_usleep(200);
        film_tick(ss->film, ss->heard_smp, &ss->clock);
        if (film_phase(ss->film) == FILM_OPENING)
            audio_step(ss->audio, 1, NULL); /* lets the mixer start the first clip as soon as it is warm */
        else
            mixer_render(ss->mixer, nowhere, 0); /* lets it give back a clip that turned out to be broken */
    }
}

/* In a play faster than time, what the film says next would not be true yet. */
static void wait_until_forgotten(struct session *ss)
{
    const int64_t give_up = g_get_monotonic_time() + STALL_US;
    while (forget_pending(ss->forget) && g_get_monotonic_time() < give_up && !interrupt_came()) {
        forget_poll(ss->forget);
        g_usleep(1000);
    }
}

/* Everything up to film position `smp`, change of picture by change of picture, as a viewer would see them. */
static bool run_until(struct session *ss, int64_t smp)
{
    bool good = session_tick(ss, ss->heard_smp) && session_take_pictures(ss); /* learns of joins that were rendered */
    while (good && session_goes_on(ss)) {
        const int64_t before = ss->heard_smp;
        good = session_tick(ss, MIN(film_next_change(ss->film), smp)) && session_take_pictures(ss);
        if (ss->heard_smp >= smp || ss->heard_smp == before)
            break;
    }
    return good && (ss->heard_smp >= smp || session_tick(ss, smp));
}

void loop_fast(struct session *ss)
{
    while (session_goes_on(ss)) {
        const int64_t change = film_next_change(ss->film);
        const int64_t step = CLAMP(change - ss->heard_smp, 1, MOVING_SMP);
        struct mixer_now now;
        wait_until_ready(ss, step);
        wait_until_forgotten(ss);
        audio_step(ss->audio, step, NULL);
        mixer_now(ss->mixer, &now);
        if (!run_until(ss, now.film_smp))
            break;
    }
}
