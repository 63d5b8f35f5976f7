#include "player/session.h"
#include "player/chooser.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "player/recorded.h"
#include "player/resume.h"
#include "player/save.h"
#include "base/words.h"
#include "play/replay.h"

#include <stdio.h>

/* The place is saved at every node and outcome, and where nothing happens this often. */
#define SAVE_SMP (FILM_RATE * 10)
/* So long the store may take to erase a viewing after its film. */
#define ERASE_US (20 * US_PER_SECOND)

/* ---- the place ---------------------------------------------------------------------------------------------------- */

/* A person's play is; what machines choose only where it was asked for; never one that begins elsewhere. */
static bool is_saved(const struct stage *st)
{
    return !st->o->elsewhere && (st->o->resume || (!st->o->headless && !st->controls.chooser));
}

static void save_place(struct session *ss)
{
    const struct story *s = ss->stage->story;
    const int32_t *state = film_state(ss->film);
    char viewing[TEL_ID_SIZE];
    if (!ss->save)
        return;
    recorder_viewing(ss->recorder, viewing);
    save_put(ss->save, transcript_print_stop(ss->transcript, s, state, film_pos_us(ss->film)),
             ss->stage->recording ? viewing : NULL, state);
    ss->place_changed = false;
    ss->saved_smp = ss->heard_smp;
}

static bool moves_place(const struct play_effect *fx)
{
    return fx->kind == PLAY_DID_ENTER || fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND ||
           fx->kind == PLAY_DID_FINISH;
}

/* ---- telling what happens, where nobody watches ------------------------------------------------------------------ */

static void narrate(const struct session *ss, const struct play_effect *fx)
{
    const struct story *s = ss->stage->story;
    const int64_t ms = ss->clock.playing_us / US_PER_MS;
    char at[24];
    g_snprintf(at, sizeof at, "%02d:%02d.%03d", (int)(ms / 60000), (int)(ms / 1000 % 60), (int)(ms % 1000));
    if (fx->kind == PLAY_DID_ENTER)
        printf("%s  node      %s\n", at, s->nodes[fx->a].name);
    else if (fx->kind == PLAY_DID_REWIND)
        printf("%s  node      %s (back to %s)\n", at, s->nodes[fx->b].name, s->decisions[fx->a].name);
    else if (fx->kind == PLAY_DID_DECIDE)
        printf("%s  decision  %s: %s%s\n", at, s->decisions[fx->a].name,
               fx->c >= 0 ? s->options[s->decisions[fx->a].options.first + fx->c].name : "-",
               fx->b == PLAY_TIMED_OUT ? " (timeout)" : "");
    else if (fx->kind == PLAY_DID_END)
        printf("%s  ending    %s\n", at, s->endings[fx->a].name);
}

static bool asks_to_forget(const struct story *s, const struct play_effect *fx)
{
    return fx->kind == PLAY_DID_DECIDE && fx->b == PLAY_PICKED && fx->c >= 0 &&
           s->options[s->decisions[fx->a].options.first + fx->c].forget;
}

static void watch(void *user, const struct play_effect *fx)
{
    struct session *ss = user;
    ss->place_changed |= moves_place(fx);
    if (asks_to_forget(ss->stage->story, fx)) {
        recorder_stop(ss->recorder);
        forget_begin(ss->forget);
        ss->burnt = true;
    }
    if (ss->stage->o->headless)
        narrate(ss, fx);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/*
 * A turn of the loop that took this long means that the process was stopped, or the machine without its clock knowing: the
 * film did not go on, and nobody watched. That time does not count.
 */
#define STOPPED_US (2 * US_PER_SECOND)

static void run_clock(struct session *ss)
{
    const struct stage *st = ss->stage;
    const int64_t now = st->fast ? smp_to_us(ss->heard_smp) : g_get_monotonic_time();
    int64_t step = now - ss->clock_us;
    ss->clock_us = now;
    if (step > STOPPED_US && !st->fast && !st->controls.paused) {
        ss->began_us += step;
        step = 0;
    }
    ss->clock.at_us = now - ss->began_us;
    if (st->controls.paused)
        ss->clock.paused_us += step;
    else
        ss->clock.playing_us += step;
    if (!window_visible(st->window))
        ss->clock.hidden_us += step;
}

static bool tick_to(struct session *ss, int64_t smp)
{
    struct stage *st = ss->stage;
    g_autoptr(GError) error = NULL;
    ss->heard_smp = MAX(ss->heard_smp, smp);
    run_clock(ss);
    film_tick(ss->film, ss->heard_smp, &ss->clock);
    if (st->controls.chooser && !chooser_act(st->controls.chooser, ss->film, &error)) {
        cmd_say("%s", error->message);
        ss->code = CMD_PROBLEM;
        return false;
    }
    if (st->controls.chooser && chooser_finished(st->controls.chooser, ss->film))
        st->controls.quit = true;
    scene_follow(ss->scene, ss->film, ss->heard_smp);
    scene_set_recorded(ss->scene, forget_poll(ss->forget));
    cues_follow(ss->cues, ss->film);
    for (char *text; (text = film_take_notice(ss->film)); g_free(text))
        cmd_say("%s", text); /* on the picture, the slate says it */
    if (ss->place_changed || ss->heard_smp - ss->saved_smp >= SAVE_SMP)
        save_place(ss);
    return true;
}

bool session_tick(struct session *ss, int64_t smp)
{
    const struct chooser *c = ss->stage->controls.chooser;
    const int64_t next_us = c ? chooser_next_us(c, ss->film) : US_NONE;
    const int64_t at = next_us != US_NONE ? film_smp_at(ss->film, next_us) : smp;
    return (at <= ss->heard_smp || at >= smp || tick_to(ss, at)) && tick_to(ss, smp);
}

bool session_goes_on(const struct session *ss)
{
    return film_phase(ss->film) < FILM_OVER && !ss->stage->controls.quit && !interrupt_came();
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

bool session_compose(struct session *ss)
{
    struct stage *st = ss->stage;
    struct view v = {0};
    const struct frame *frame = film_frame(ss->film);
    const struct window_rect r = window_picture(st->window, frame);
    scene_view(ss->scene, ss->film, r.w, r.h, &v);
    controls_view(&st->controls, ss->film, ss->audio, &v);
    return window_draw(st->window, &v);
}

bool session_take_pictures(struct session *ss)
{
    struct stage *st = ss->stage;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = st->pictures ? pictures_due(st->pictures, ss->film) : NULL;
    if (!name)
        return true;
    session_compose(ss);
    if (pictures_take(st->pictures, name, st->window, &error))
        return true;
    cmd_say("%s", error->message);
    ss->code = CMD_ENVIRONMENT;
    return false;
}

/* The film as it stands, without what the player lays over it. */
static void picture(void *user, struct view *v)
{
    struct session *ss = user;
    const struct window_rect r = window_picture(ss->stage->window, film_frame(ss->film));
    scene_view(ss->scene, ss->film, r.w, r.h, v);
}

void session_show_recorded(struct session *ss)
{
    struct stage *st = ss->stage;
    const struct recorded_options o = {
        .controls = &st->controls,
        .window = st->window,
        .writer = st->writer,
        .recorder = ss->recorder,
        .forget = ss->forget,
        .store = st->o->store,
        .off = !st->recording,
        .picture = picture,
        .user = ss,
    };
    const bool ran = film_phase(ss->film) < FILM_OVER && controls_hold(&st->controls);
    st->controls.recorded = false;
    ss->burnt |= recorded_show(&o);
    run_clock(ss); /* the page was a pause */
    if (ran && st->controls.paused)
        controls_resume(&st->controls);
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

static void pull(void *user, float *stereo, int frames)
{
    mixer_render(user, stereo, frames);
}

/* What the play starts with: the transcript's own beginning, or a seed and what the viewer brings along. */
static void start_values(const struct stage *st, uint64_t *seed, int32_t **kept)
{
    const struct transcript *t = st->controls.chooser ? chooser_transcript(st->controls.chooser) : NULL;
    *seed = st->seed;
    *kept = NULL;
    if (!t) {
        if (!st->o->elsewhere && (!st->o->headless || is_saved(st)))
            *kept = save_load_kept(st->story);
        return;
    }
    struct replay *replay = replay_new(st->story, t);
    struct sched_due due;
    g_autofree int32_t *idle = g_new0(int32_t, (gsize)play_state_slots(st->story));
    play_init(st->story, idle);
    if (replay_due(replay, idle, US_NONE, &due, NULL)) {
        int32_t n = 0;
        for (int32_t v = 0; v < st->story->n_vars; v++)
            n += st->story->vars[v].keep_viewer;
        *seed = due.input.seed;
        *kept = due.input.kept ? g_memdup2(due.input.kept, (gsize)n * sizeof **kept) : NULL;
    }
    replay_free(replay);
}

/* Where the viewer left off, if that can be; said is what it is. Only the first play of a run goes on. *viewing: the one
 * that does. */
static void find_place(struct stage *st, struct resume *r, char **viewing)
{
    g_autoptr(GError) error = NULL;
    *r = (struct resume){0};
    const bool claimed = is_saved(st) && (st->claim >= 0 || save_claim(st->story, &st->claim));
    if (!is_saved(st) || st->o->restart || st->resumed)
        return;
    g_autofree char *text = save_load_transcript(st->story, &error);
    resume_make(r, st->story, text);
    *viewing = claimed && r->state ? save_viewing(text) : NULL;
    st->resumed = true;
    if (error)
        cmd_say("where you left off can't be read: %s", error->message);
    if (!r->said)
        return;
    cmd_say("%s", r->said);
    hud_say(&st->controls.hud, words_in(st->o->language, r->shown), g_get_monotonic_time());
}

static void open_sound(struct session *ss)
{
    const struct stage *st = ss->stage;
    ss->mixer = mixer_new();
    const struct audio_options ao = {
        .mode = st->fast          ? AUDIO_VIRTUAL
                : st->o->headless ? AUDIO_TIMER
                                  : AUDIO_DEVICE,
        .pull = pull,
        .user = ss->mixer,
    };
    ss->audio = audio_open(&ao);
}

/* `continues`: the viewing that goes on, or NULL. */
static void open_records(struct session *ss, uint64_t seed, bool resumed, const char *continues)
{
    const struct stage *st = ss->stage;
    const struct recorder_options ro = {
        .viewer = st->o->headless ? "" : st->o->settings->viewer,
        .mode = st->o->headless ? TEL_MODE_HEADLESS : TEL_MODE_WINDOW,
        .chooser = st->controls.chooser ? chooser_code(st->controls.chooser) : TEL_CHOOSER_PERSON,
        .times = st->controls.times,
        .seed = seed,
        .resumed = resumed,
        .continues = continues,
    };
    ss->recorder = recorder_new(st->story, st->writer, &ro);
    ss->forget = forget_new(st->writer, st->o->store);
    ss->save = is_saved(st) ? save_open(st->story) : NULL;
}

static void open_scene(struct session *ss)
{
    const struct stage *st = ss->stage;
    const struct scene_options so = {
        .story = st->story,
        .media = st->media,
        .language = st->o->language,
        .subtitles = st->o->settings->subtitles,
        .reduced_motion = st->o->settings->reduced_motion,
    };
    ss->scene = scene_new(&so);
    ss->cues = cues_new(st->story, ss->mixer);
}

void session_open(struct session *ss, struct stage *st)
{
    const struct player_options *o = st->o;
    struct resume resume;
    uint64_t seed;
    g_autofree int32_t *kept = NULL;
    g_autofree char *continues = NULL;
    *ss = (struct session){.stage = st};
    find_place(st, &resume, &continues);
    start_values(st, &seed, &kept);
    if (resume.state)
        seed = resume.seed;

    open_sound(ss);
    open_records(ss, seed, resume.state != NULL, continues);
    ss->transcript = resume.state ? g_steal_pointer(&resume.transcript) : transcript_new(st->story, seed, kept);
    const struct film_options fo = {
        .story = st->story,
        .media = st->media,
        .mixer = ss->mixer,
        .recorder = ss->recorder,
        .transcript = ss->transcript,
        .seed = seed,
        .kept = kept,
        .resume = resume.state,
        .resume_us = resume.pos_us,
        .language = o->language,
        .earlier = st->earlier,
        .deck_bytes = o->warm_bytes,
        .watch = watch,
        .watch_user = ss,
    };
    ss->film = film_new(&fo);
    film_set_times(ss->film, st->controls.times);
    open_scene(ss);
    controls_begin(&st->controls, ss->mixer);
    ss->began_us = ss->clock_us = st->fast ? 0 : g_get_monotonic_time();
    film_start(ss->film);
    resume_clear(&resume);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void save_play(struct session *ss)
{
    const struct stage *st = ss->stage;
    g_autoptr(GError) error = NULL;
    save_place(ss);
    if (!save_close(g_steal_pointer(&ss->save), &error)) {
        cmd_say("the place could not be saved: %s", error->message);
        g_clear_error(&error);
    }
    if (film_phase(ss->film) < FILM_OVER)
        transcript_add_stop(ss->transcript, st->story, film_state(ss->film), film_pos_us(ss->film));
    if (st->o->record && !transcript_save(ss->transcript, st->o->record, &error)) {
        cmd_say("%s", error->message);
        ss->code = CMD_ENVIRONMENT;
    }
}

/* The saved play tells every choice as well. Nobody needs it any more when the film is over; before, it is where the film
 * goes on. */
static void burn_saved(const struct session *ss)
{
    const struct stage *st = ss->stage;
    g_autoptr(GError) error = NULL;
    if (ss->burnt && is_saved(st) && film_phase(ss->film) == FILM_OVER && !save_remove_transcript(st->story, &error))
        cmd_say("the saved play could not be erased: %s", error->message);
}

void session_close(struct session *ss)
{
    int32_t reason = TEL_REASON_LEFT;
    g_autofree char *kept = NULL;
    if (film_phase(ss->film) == FILM_OVER)
        reason = TEL_REASON_ENDED;
    else if (film_phase(ss->film) == FILM_STUCK || ss->code != CMD_OK)
        reason = TEL_REASON_FAILED;
    else if (interrupt_came())
        reason = TEL_REASON_KILLED;
    run_clock(ss);
    trace_end(ss->stage->trace, ss->film);
    film_end(ss->film, reason);
    save_play(ss);
    if (!forget_close(ss->forget, ERASE_US, &kept)) {
        cmd_say("this viewing could not be erased: %s; `frumious telemetry erase last` tries again", kept);
        ss->code = CMD_ENVIRONMENT;
    }
    burn_saved(ss);
    if (film_phase(ss->film) == FILM_STUCK) {
        cmd_say("the film can't go on: %s; `frumious check` shows where", film_stuck_text(ss->film));
        ss->code = CMD_PROBLEM;
    }
    audio_close(ss->audio);
    film_free(ss->film);
    scene_free(ss->scene);
    cues_free(ss->cues);
    mixer_free(ss->mixer);
    recorder_free(ss->recorder);
    transcript_free(ss->transcript);
}
