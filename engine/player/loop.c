#include "player/loop.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "base/words.h"
#include "player/film_cut.h"

#include <assert.h>

/* A picture is composed this long before it is due. Composing takes 5 ms in software at 1080p. */
#define PREPARE_NS (INT64_C(12) * 1000000)
/* Between the film's frames, the picture is drawn at this rate while something moves, and at the other while nothing
 * does. */
#define MOVING_SMP  (FILM_RATE / 24)
#define RESTING_SMP (FILM_RATE / 5)
#define SOON_SMP    (FILM_RATE / 200)
#define IDLE_US     (INT64_C(16) * US_PER_MS)
/* A film begins once the loop has kept time for so long, but no later than that after its first round: beside other
 * programs that are starting as well, its first pictures would be late. */
#define CALM_NS    (INT64_C(12) * 1000000)
#define PATIENT_NS (INT64_C(700) * 1000000)
/* A play that runs faster than real time waits at most this long for the decoders, then goes on without them. */
#define STALL_US (20 * US_PER_SECOND)

/* ---- in real time ------------------------------------------------------------------------------------------------ */

/* The sample of the mixer that is heard now. */
static int64_t mixed_now(const struct playthrough *pt)
{
    return pace_source_at(pt->pace, audio_clock_smp(pt->audio));
}

static int64_t heard_now(const struct playthrough *pt)
{
    const int64_t film = mixer_film_at(pt->mixer, mixed_now(pt));
    return MAX(film, pt->heard_smp);
}

/* Lets everything happen until film position `smp`, which is heard at an instant that the loop waits for. */
static bool tick_in_time(struct playthrough *pt, int64_t smp)
{
    film_heard_stands(pt->film, false);
    return playthrough_tick(pt, smp);
}

/* Lets everything happen until what is heard now. */
static bool tick_now(struct playthrough *pt)
{
    film_heard_stands(pt->film, mixer_stands_at(pt->mixer, mixed_now(pt)));
    return playthrough_tick(pt, heard_now(pt));
}

/* The film position at which the film waits for the viewer: nothing beyond it is heard before the mixer goes on. */
static int64_t heard_until(const struct playthrough *pt, const struct mixer_now *now)
{
    const int64_t holds_smp = film_waits_at(pt->film);
    if (now->state == MIXER_WAITING)
        return now->film_smp;
    return holds_smp > 0 && now->film_smp <= holds_smp ? holds_smp : INT64_MAX;
}

/* When film position `smp` will be heard if the film goes on as now. */
static int64_t due_ns(const struct playthrough *pt, int64_t smp)
{
    struct mixer_now now;
    mixer_now(pt->mixer, &now);
    const int64_t out_smp = now.state == MIXER_WAITING ? now.standing_since_smp : now.out_smp;
    return audio_at_ns(pt->audio, pace_out_at(pt->pace, smp + out_smp - now.film_smp));
}

/* The next film position to draw: the next change of picture, or sooner if something else moves. */
static int64_t next_target(struct playthrough *pt)
{
    const struct player_context *ctx = pt->context;
    const bool moves = scene_moves(pt->scene) || hud_moves(controls_hud(ctx->controls), g_get_monotonic_time());
    const int64_t change = film_next_change(pt->film);
    const int64_t rest = pt->heard_smp + (film_changes_soon(pt->film) ? SOON_SMP : moves ? MOVING_SMP : RESTING_SMP);
    const int64_t next = MIN(change, rest), heard = heard_now(pt);
    return MAX(next, heard);
}

/* Handles what has come; true if something changed that should be seen at once. */
static bool take_input(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    struct input_event ev;
    bool changed = false;
    while (input_poll(ctx->input, controls_mode(pt->film, pt->scene), &ev)) {
        if (!controls_paused(ctx->controls) && !tick_now(pt))
            return true;
        changed |= playthrough_input(pt, &ev);
    }
    return changed;
}

/* Handles input until `deadline_ns`; true if something changed that should be seen at once. Waiting comes first, because
 * it asks the display for what has come, and a question costs 0.1 ms. */
static bool wait_for_input(struct playthrough *pt, int64_t deadline_ns)
{
    bool changed = false;
    for (bool over = false; playthrough_goes_on(pt) && !changed && !over;) {
        input_wait(pt->context->input, (deadline_ns - audio_now_ns()) / 1000);
        changed = take_input(pt);
        over = (deadline_ns - audio_now_ns()) / 1000 < US_PER_MS; /* too short to wait for */
    }
    return changed;
}

static void flip_picture(struct playthrough *pt, struct trace_times *t, int64_t due)
{
    struct player_context *ctx = pt->context;
    t->film_smp = pt->heard_smp;
    t->due_ns = due;
    t->from_ns = audio_now_ns();
    window_flip(ctx->window);
    t->to_ns = audio_now_ns();
    controls_shown(ctx->controls, scene_asks(pt->scene), g_get_monotonic_time());
    if (trace_flip(ctx->trace, pt->film, t))
        *t = (struct trace_times){0};
}

/* What the loop waits for next. */
struct target {
    bool runs;      /* the film goes on until then; else it stands, and due_ns says when to look again */
    int64_t smp;    /* film position to draw */
    int64_t due_ns; /* when that is heard */
};

/* For how long a film that stands may be left alone. One that is about to start may not; one that is paused or waits for
 * its viewer may, as long as nothing on the screen moves. */
static int64_t standing_us(const struct playthrough *pt, bool waits)
{
    const struct player_context *ctx = pt->context;
    return waits || controls_paused(ctx->controls) ? window_rest_us(ctx->window) : IDLE_US - PREPARE_NS / 1000;
}

static struct target find_target(struct playthrough *pt)
{
    struct mixer_now now;
    mixer_now(pt->mixer, &now);
    const int64_t until = heard_until(pt, &now);
    const bool waits = pt->heard_smp >= until;
    struct target t = {.smp = MIN(next_target(pt), until)};
    t.runs =
        (now.state == MIXER_PLAYING || now.state == MIXER_WAITING) && !waits && !controls_paused(pt->context->controls);
    t.due_ns = t.runs ? due_ns(pt, t.smp) : audio_now_ns() + standing_us(pt, waits) * 1000 + PREPARE_NS;
    return t;
}

/* Waits until shortly before the target is due; true if something changed that should be seen at once. */
static bool wait_for_target(struct playthrough *pt, const struct target *target, struct trace_times *times)
{
    const int64_t before_ns = audio_now_ns(), wake_ns = target->due_ns - PREPARE_NS;
    const bool starved = film_lacks_frame(pt->film);
    const bool changed = wait_for_input(pt, wake_ns);
    times->starved |= starved;
    const int64_t overslept_ns = audio_now_ns() - MAX(wake_ns, before_ns);
    times->overslept_ns = MAX(times->overslept_ns, overslept_ns);
    return changed;
}

/* On the console a message follows the program's name; over the picture it stands alone. */
static char *as_sentence(const char *text)
{
    char first[8] = "";
    g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(text)), first);
    return g_strconcat(first, g_utf8_next_char(text), NULL);
}

static void say_sound_problem(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    const char *problem = audio_message(pt->audio);
    if (!problem || !player_context_says(ctx, problem))
        return;
    console_say("%s", problem);
    g_autofree char *said = as_sentence(controls_words(ctx->controls, problem));
    hud_say(controls_hud(ctx->controls), said, g_get_monotonic_time());
}

/* The trace is told of each stand, and when one goes on; the viewer on the console, once. A word over the picture would
 * disturb more. */
static void tell_stands(struct playthrough *pt)
{
    struct audio_stats sound;
    audio_stats(pt->audio, &sound);
    if (sound.stood_us == pt->stood_us)
        return;
    if (pt->stood_us == 0)
        console_say("the sound stood still for %d ms, and the picture waited for it: this machine or its sound device "
                    "could not keep up",
                    (int)(sound.stood_us / US_PER_MS));
    pt->stood_us = sound.stood_us;
    trace_stand(pt->context->trace, pt->heard_smp, &sound);
}

/* Composes the picture, waits until it is due (0: not at all) and presents it. */
static void present(struct playthrough *pt, struct trace_times *times, int64_t due_ns)
{
    struct player_context *ctx = pt->context;
    if (playthrough_compose(pt))
        trace_picture(ctx->trace, ctx->window, pt->film);
    if (due_ns != 0)
        audio_sleep_until(due_ns);
    flip_picture(pt, times, due_ns);
}

/* Whether a film may begin: the loop keeps time, told by how long its rounds take while nothing plays, and what its first
 * picture needs is drawn. */
struct calm {
    int64_t first_ns, last_ns, since_ns; /* the first round, the last one, and the one since which none was late */
};

static void hold_back(struct playthrough *pt, struct calm *c)
{
    const int64_t now_ns = audio_now_ns();
    if (film_phase(pt->film) != FILM_OPENING)
        return;
    if (c->first_ns == 0)
        *c = (struct calm){now_ns, now_ns, now_ns};
    if (now_ns - c->last_ns > IDLE_US * 1000)
        c->since_ns = now_ns;
    c->last_ns = now_ns;
    const bool ready = now_ns - c->since_ns >= CALM_NS && scene_is_prepared(pt->scene);
    film_hold_back(pt->film, !ready && now_ns - c->first_ns < PATIENT_NS);
}

void loop_live(struct playthrough *pt)
{
    struct player_context *ctx = pt->context;
    struct trace_times times = {0}; /* of the next flip */
    struct calm calm = {0};
    while (playthrough_goes_on(pt)) {
        hold_back(pt, &calm);
        const struct target target = find_target(pt);
        const bool changed = wait_for_target(pt, &target, &times);
        const bool in_time = target.runs && !changed;
        if (!playthrough_goes_on(pt) || !(in_time ? tick_in_time(pt, target.smp) : tick_now(pt)) ||
            !playthrough_take_screenshots(pt))
            break;
        playthrough_show_requested(pt);
        if (!playthrough_goes_on(pt))
            break;
        window_pointer(ctx->window, false, g_get_monotonic_time());
        say_sound_problem(pt);
        tell_stands(pt);
        const bool seen = window_visible(ctx->window);
        controls_seen(ctx->controls, pt->film, seen);
        if (seen)
            present(pt, &times, in_time ? target.due_ns : 0);
        else
            audio_sleep_until(target.due_ns);
    }
}

/* ---- faster than time -------------------------------------------------------------------------------------------- */

static bool is_ready(const struct playthrough *pt, int64_t smp)
{
    return film_is_ready(pt->film, smp) && cues_loaded(pt->cues);
}

/* Pulls so much sound. A film that becomes a file gets what was mixed while it ran; what was mixed while it stood is none of it. */
static void pull_sound(struct playthrough *pt, int64_t n)
{
    struct film_cut *cut = pt->context->o->cut;
    float mixed[MOVING_SMP * FILM_CHANNELS];
    struct mixer_now before, after;
    assert(n <= MOVING_SMP);
    if (!cut) {
        audio_step(pt->audio, n, NULL);
        return;
    }
    mixer_now(pt->mixer, &before);
    audio_step(pt->audio, n, mixed);
    mixer_now(pt->mixer, &after);
    if (after.film_smp - before.film_smp == n) {
        film_cut_sound(cut, mixed, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t out = before.out_smp + i;
        if (mixer_film_at(pt->mixer, out + 1) > mixer_film_at(pt->mixer, out))
            film_cut_sound(cut, mixed + i * FILM_CHANNELS, 1);
    }
}

/* Waits for the decoders: a play that runs faster than real time must still show and sound every frame. */
static void wait_until_ready(struct playthrough *pt, int64_t smp)
{
    const int64_t give_up = g_get_monotonic_time() + STALL_US;
    float nowhere[FILM_CHANNELS];
    while (playthrough_goes_on(pt) && !is_ready(pt, smp) && g_get_monotonic_time() < give_up) {
        g_usleep(200);
        film_tick(pt->film, pt->heard_smp, &pt->clock);
        if (film_phase(pt->film) == FILM_OPENING)
            pull_sound(pt, 1); /* lets the mixer start the first clip as soon as it is warm */
        else
            mixer_render(pt->mixer, nowhere, 0); /* lets it give back a clip that turned out to be broken */
    }
}

/* A play that runs faster than real time waits for an erasure: the film may say next that the viewing is gone. */
static void wait_until_erased(struct playthrough *pt)
{
    const int64_t give_up = g_get_monotonic_time() + STALL_US;
    while (viewing_eraser_pending(pt->eraser) && g_get_monotonic_time() < give_up && !interrupt_requested()) {
        viewing_eraser_poll(pt->eraser);
        g_usleep(1000);
    }
}

/* What is seen at this moment goes where it is wanted. */
static bool see(struct playthrough *pt)
{
    struct film_cut *cut = pt->context->o->cut;
    struct view v = {0};
    if (cut && film_cut_follow(cut, pt->film, pt->heard_smp)) {
        playthrough_view(pt, film_cut_wants_subtitles(cut), &v);
        film_cut_picture(cut, pt->context->window, &v);
    }
    return playthrough_take_screenshots(pt) && !(cut && film_cut_problem(cut));
}

/* Lets everything happen up to film position `smp`, picture by picture, as a viewer would see it. */
static bool run_until(struct playthrough *pt, int64_t smp)
{
    bool good = playthrough_tick(pt, pt->heard_smp) && see(pt); /* the film learns of joins that were rendered */
    while (good && playthrough_goes_on(pt)) {
        const int64_t before = pt->heard_smp;
        good = playthrough_tick(pt, MIN(film_next_change(pt->film), smp)) && see(pt);
        if (pt->heard_smp >= smp || pt->heard_smp == before)
            break;
    }
    return good && (pt->heard_smp >= smp || (playthrough_tick(pt, smp) && see(pt)));
}

void loop_fast(struct playthrough *pt)
{
    while (playthrough_goes_on(pt)) {
        const struct film_cut *cut = pt->context->o->cut;
        const int64_t change = MIN(film_next_change(pt->film), cut ? film_cut_next(cut) : INT64_MAX);
        const int64_t step = CLAMP(change - pt->heard_smp, 1, MOVING_SMP);
        assert(pt->context->fast);
        struct mixer_now now;
        wait_until_ready(pt, step);
        wait_until_erased(pt);
        pull_sound(pt, step);
        mixer_now(pt->mixer, &now);
        if (!run_until(pt, now.film_smp))
            break;
    }
}
