#include "app/earlier.h"
#include "app/player.h"
#include "app/chooser.h"
#include "app/cmd.h"
#include "app/controls.h"
#include "app/cues.h"
#include "app/forget.h"
#include "app/pictures.h"
#include "app/recorded.h"
#include "app/resume.h"
#include "app/save.h"
#include "app/scene.h"
#include "app/trace.h"
#include "base/words.h"
#include "media/media.h"
#include "play/replay.h"
#include "present/audio.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Composing a picture must be over before it is due; measured at 1080p in software: 5 ms. */
#define PREPARE_NS (INT64_C(12) * 1000000)
/* Between frames, what moves is drawn at this rate; what rests is looked after at the other. */
#define MOVING_SMP  (FILM_RATE / 24)
#define RESTING_SMP (FILM_RATE / 5)
#define SOON_SMP    (FILM_RATE / 200)
#define IDLE_US     (INT64_C(16) * US_PER_MS)
/* Playing faster than time waits for decoders this long at most before it goes on without them. */
#define STALL_US (20 * US_PER_SECOND)
#define CLOSE_US (5 * US_PER_SECOND)
#define LAST_US  (100 * US_PER_MS) /* and once more, where that was not enough */
/* The place is saved at every node and outcome, and where nothing happens this often. */
#define SAVE_SMP    (FILM_RATE * 10)
#define VIEW_WIDTH  1280
#define VIEW_HEIGHT 720

/* One play of the story; struct player outlives several of them. */
struct session {
    struct player *player;
    struct mixer *mixer;
    struct audio *audio;
    struct recorder *recorder;
    struct forget *forget;
    bool burnt; /* forget_begin() was called */
    struct transcript *transcript;
    struct save *save; /* NULL: this play is not saved */
    bool place_changed;
    int64_t saved_smp; /* ss->heard_smp then */
    struct film *film;
    struct scene *scene;
    struct cues *cues;
    struct recorder_clock clock;
    int64_t began_us, clock_us; /* monotonic; in a fast play, the film's */
    int64_t heard_smp;
    struct trace_times times; /* of the next flip */
    int32_t code;
};

struct player {
    const struct player_options *o;
    const struct story *story;
    struct media *media;
    struct window *window;
    struct input *input;
    struct writer *writer;
    struct pictures *pictures;
    struct trace *trace;
    struct earlier *earlier; /* or NULL */
    struct controls controls;
    bool fast;    /* headless, not in real time */
    bool resumed; /* where the viewer left off has been looked for */
    bool recording;
    int claim;     /* save_claim(), or -1 */
    uint64_t seed; /* of this play: asked for, or drawn */
};

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* ---- the place ---------------------------------------------------------------------------------------------------- */

/* A person's play is; what machines choose only where it was asked for; never one that begins elsewhere. */
static bool is_saved(const struct player *p)
{
    return !p->o->elsewhere && (p->o->resume || (!p->o->headless && !p->controls.chooser));
}

static void save_place(struct session *ss)
{
    const struct story *s = ss->player->story;
    const int32_t *state = film_state(ss->film);
    char viewing[TEL_ID_SIZE];
    if (!ss->save)
        return;
    recorder_viewing(ss->recorder, viewing);
    save_put(ss->save, transcript_print_stop(ss->transcript, s, state, film_pos_us(ss->film)),
             ss->player->recording ? viewing : NULL, state);
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
    const struct story *s = ss->player->story;
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
    if (asks_to_forget(ss->player->story, fx)) {
        recorder_stop(ss->recorder);
        forget_begin(ss->forget);
        ss->burnt = true;
    }
    if (ss->player->o->headless)
        narrate(ss, fx);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

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

/*
 * A turn of the loop that took this long means that the process was stopped, or the machine without its clock knowing: the
 * film did not go on, and nobody watched. That time does not count.
 */
#define STOPPED_US (2 * US_PER_SECOND)

static void run_clock(struct session *ss)
{
    const struct player *p = ss->player;
    const int64_t now = p->fast ? smp_to_us(ss->heard_smp) : g_get_monotonic_time();
    int64_t step = now - ss->clock_us;
    ss->clock_us = now;
    if (step > STOPPED_US && !p->fast && !p->controls.paused) {
        ss->began_us += step;
        step = 0;
    }
    ss->clock.at_us = now - ss->began_us;
    if (p->controls.paused)
        ss->clock.paused_us += step;
    else
        ss->clock.playing_us += step;
    if (!window_visible(p->window))
        ss->clock.hidden_us += step;
}

static bool tick_to(struct session *ss, int64_t smp)
{
    struct player *p = ss->player;
    g_autoptr(GError) error = NULL;
    ss->heard_smp = MAX(ss->heard_smp, smp);
    run_clock(ss);
    film_tick(ss->film, ss->heard_smp, &ss->clock);
    if (p->controls.chooser && !chooser_act(p->controls.chooser, ss->film, &error)) {
        cmd_say("%s", error->message);
        ss->code = CMD_PROBLEM;
        return false;
    }
    if (p->controls.chooser && chooser_finished(p->controls.chooser, ss->film))
        p->controls.quit = true;
    scene_follow(ss->scene, ss->film, ss->heard_smp);
    scene_set_recorded(ss->scene, forget_poll(ss->forget));
    cues_follow(ss->cues, ss->film);
    for (char *text; (text = film_take_notice(ss->film)); g_free(text))
        cmd_say("%s", text); /* on the picture, the slate says it */
    if (ss->place_changed || ss->heard_smp - ss->saved_smp >= SAVE_SMP)
        save_place(ss);
    return true;
}

/* Lets everything happen that is due when `smp` is heard; what the machine decides, at its own moment. False: the play
 * can't go on. */
static bool tick(struct session *ss, int64_t smp)
{
    const struct chooser *c = ss->player->controls.chooser;
    const int64_t next_us = c ? chooser_next_us(c, ss->film) : US_NONE;
    const int64_t at = next_us != US_NONE ? film_smp_at(ss->film, next_us) : smp;
    return (at <= ss->heard_smp || at >= smp || tick_to(ss, at)) && tick_to(ss, smp);
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

static bool compose(struct session *ss)
{
    struct player *p = ss->player;
    struct view v = {0};
    const struct frame *frame = film_frame(ss->film);
    const struct window_rect r = window_picture(p->window, frame);
    scene_view(ss->scene, ss->film, r.w, r.h, &v);
    controls_view(&p->controls, ss->film, ss->audio, &v);
    return window_draw(p->window, &v);
}

static bool take_pictures(struct session *ss)
{
    struct player *p = ss->player;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = p->pictures ? pictures_due(p->pictures, ss->film) : NULL;
    if (!name)
        return true;
    compose(ss);
    if (pictures_take(p->pictures, name, p->window, &error))
        return true;
    cmd_say("%s", error->message);
    ss->code = CMD_ENVIRONMENT;
    return false;
}

/* ---- what was recorded ------------------------------------------------------------------------------------------- */

/* The film as it stands, without what the player lays over it. */
static void picture(void *user, struct view *v)
{
    struct session *ss = user;
    const struct window_rect r = window_picture(ss->player->window, film_frame(ss->film));
    scene_view(ss->scene, ss->film, r.w, r.h, v);
}

/* The film waits meanwhile, and goes on as it did. */
static void show_recorded(struct session *ss)
{
    struct player *p = ss->player;
    const struct recorded_options o = {
        .controls = &p->controls,
        .window = p->window,
        .writer = p->writer,
        .recorder = ss->recorder,
        .forget = ss->forget,
        .store = p->o->store,
        .off = !p->recording,
        .picture = picture,
        .user = ss,
    };
    const bool ran = film_phase(ss->film) < FILM_OVER && controls_hold(&p->controls);
    p->controls.recorded = false;
    ss->burnt |= recorded_show(&o);
    run_clock(ss); /* the page was a pause */
    if (ran && p->controls.paused)
        controls_resume(&p->controls);
}

/* ---- the loops --------------------------------------------------------------------------------------------------- */

static bool goes_on(const struct session *ss)
{
    return film_phase(ss->film) < FILM_OVER && !ss->player->controls.quit && !interrupted;
}

/* The next film position to draw: the next change of picture, sooner where something else moves. */
static int64_t next_target(struct session *ss)
{
    const struct player *p = ss->player;
    const bool moves = scene_moves(ss->scene) || hud_moves(&p->controls.hud, g_get_monotonic_time());
    const int64_t change = film_next_change(ss->film);
    const int64_t rest = ss->heard_smp + (film_changes_soon(ss->film) ? SOON_SMP : moves ? MOVING_SMP : RESTING_SMP);
    return MAX(MIN(change, rest), heard_now(ss));
}

/* Handles input until `deadline_ns`; true if something changed that should be seen at once. */
static bool wait_for_input(struct session *ss, int64_t deadline_ns)
{
    struct player *p = ss->player;
    bool changed = false;
    while (goes_on(ss) && !changed) {
        struct input_event ev;
        while (input_poll(p->input, controls_mode(&p->controls, ss->film), &ev)) {
            if (!p->controls.paused && !tick(ss, heard_now(ss)))
                return true;
            changed |= controls_input(&p->controls, ss->film, ss->scene, &ev);
        }
        const int64_t left_us = (deadline_ns - audio_now_ns()) / 1000;
        if (left_us < US_PER_MS) /* nobody can wait for less */
            break;
        input_wait(p->input, left_us);
    }
    return changed;
}

static void flip(struct session *ss, int64_t due)
{
    struct player *p = ss->player;
    struct trace_times *t = &ss->times;
    t->film_smp = ss->heard_smp;
    t->due_ns = due;
    t->from_ns = audio_now_ns();
    window_flip(p->window);
    t->to_ns = audio_now_ns();
    if (trace_flip(p->trace, ss->film, t))
        ss->times = (struct trace_times){0};
}

static void run_live(struct session *ss)
{
    struct player *p = ss->player;
    while (goes_on(ss)) {
        struct mixer_now now;
        mixer_now(ss->mixer, &now);
        const int64_t now_ns = audio_now_ns();
        const int64_t until = heard_until(ss, &now);
        const bool waits = ss->heard_smp >= until;
        const bool runs = (now.state == MIXER_PLAYING || now.state == MIXER_WAITING) && !waits && !p->controls.paused;
        const int64_t target = MIN(next_target(ss), until);
        const int64_t idle_ns = IDLE_US * 1000 + (waits ? PREPARE_NS : 0); /* the panel still moves */
        const int64_t due = runs ? due_ns(ss, target) : audio_now_ns() + idle_ns;
        const bool starved = film_lacks_frame(ss->film);
        const bool changed = wait_for_input(ss, due - PREPARE_NS);
        ss->times.starved |= starved;
        ss->times.overslept_ns = MAX(ss->times.overslept_ns, audio_now_ns() - MAX(due - PREPARE_NS, now_ns));
        if (!goes_on(ss) || !tick(ss, runs && !changed ? target : heard_now(ss)) || !take_pictures(ss))
            break;
        if (p->controls.recorded)
            show_recorded(ss);
        window_pointer(p->window, false, g_get_monotonic_time());
        const char *problem = audio_problem(ss->audio);
        if (problem) {
            cmd_say("%s", problem);
            hud_say(&p->controls.hud, problem, g_get_monotonic_time());
        }
        if (!window_visible(p->window)) {
            audio_sleep_until(due);
            continue;
        }
        if (compose(ss))
            trace_picture(p->trace, p->window, ss->film);
        if (runs && !changed)
            audio_sleep_until(due);
        flip(ss, runs && !changed ? due : 0);
    }
}

/* Waits for the decoders: a play that runs faster than time must still show and sound every frame. */
static void wait_until_ready(struct session *ss, int64_t smp)
{
    const int64_t give_up = g_get_monotonic_time() + STALL_US;
    float nowhere[FILM_CHANNELS];
    while (goes_on(ss) && !film_ready(ss->film, smp) && g_get_monotonic_time() < give_up) {
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
    while (forget_pending(ss->forget) && g_get_monotonic_time() < give_up && !interrupted) {
        forget_poll(ss->forget);
        g_usleep(1000);
    }
}

/* Everything up to film position `smp`, change of picture by change of picture, as a viewer would see them. */
static bool run_until(struct session *ss, int64_t smp)
{
    bool good = tick(ss, ss->heard_smp) && take_pictures(ss); /* learns of joins that were rendered */
    while (good && goes_on(ss)) {
        const int64_t before = ss->heard_smp;
        good = tick(ss, MIN(film_next_change(ss->film), smp)) && take_pictures(ss);
        if (ss->heard_smp >= smp || ss->heard_smp == before)
            break;
    }
    return good && (ss->heard_smp >= smp || tick(ss, smp));
}

static void run_fast(struct session *ss)
{
    while (goes_on(ss)) {
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

/* ---- one play ---------------------------------------------------------------------------------------------------- */

static void pull(void *user, float *stereo, int frames)
{
    mixer_render(user, stereo, frames);
}

/* What the play starts with: the transcript's own beginning, or a seed and what the viewer brings along. */
static void start_values(const struct player *p, uint64_t *seed, int32_t **kept)
{
    const struct transcript *t = p->controls.chooser ? chooser_transcript(p->controls.chooser) : NULL;
    *seed = p->seed;
    *kept = NULL;
    if (!t) {
        if (!p->o->elsewhere && (!p->o->headless || is_saved(p)))
            *kept = save_load_kept(p->story);
        return;
    }
    struct replay *replay = replay_new(p->story, t);
    struct sched_due due;
    g_autofree int32_t *idle = g_new0(int32_t, (gsize)play_state_slots(p->story));
    play_init(p->story, idle);
    if (replay_due(replay, idle, US_NONE, &due, NULL)) {
        int32_t n = 0;
        for (int32_t v = 0; v < p->story->n_vars; v++)
            n += p->story->vars[v].keep_viewer;
        *seed = due.input.seed;
        *kept = due.input.kept ? g_memdup2(due.input.kept, (gsize)n * sizeof **kept) : NULL;
    }
    replay_free(replay);
}

/* Where the viewer left off, if that can be; said is what it is. Only the first play of a run goes on. *viewing: the one
 * that does. */
static void find_place(struct player *p, struct resume *r, char **viewing)
{
    g_autoptr(GError) error = NULL;
    *r = (struct resume){0};
    const bool claimed = is_saved(p) && (p->claim >= 0 || save_claim(p->story, &p->claim));
    if (!is_saved(p) || p->o->restart || p->resumed)
        return;
    g_autofree char *text = save_load_transcript(p->story, &error);
    resume_make(r, p->story, text);
    *viewing = claimed && r->state ? save_viewing(text) : NULL;
    p->resumed = true;
    if (error)
        cmd_say("where you left off can't be read: %s", error->message);
    if (!r->said)
        return;
    cmd_say("%s", r->said);
    hud_say(&p->controls.hud, r->said, g_get_monotonic_time());
}

static void open_session(struct session *ss, struct player *p)
{
    const struct player_options *o = p->o;
    struct resume resume;
    uint64_t seed;
    g_autofree int32_t *kept = NULL;
    g_autofree char *continues = NULL;
    *ss = (struct session){.player = p};
    find_place(p, &resume, &continues);
    start_values(p, &seed, &kept);
    if (resume.state)
        seed = resume.seed;

    ss->mixer = mixer_new();
    const struct audio_options ao = {
        .mode = p->fast       ? AUDIO_VIRTUAL
                : o->headless ? AUDIO_TIMER
                              : AUDIO_DEVICE,
        .pull = pull,
        .user = ss->mixer,
    };
    ss->audio = audio_open(&ao);
    const struct recorder_options ro = {
        .viewer = o->headless ? "" : o->settings->viewer,
        .mode = o->headless ? TEL_MODE_HEADLESS : TEL_MODE_WINDOW,
        .chooser = p->controls.chooser ? chooser_code(p->controls.chooser) : TEL_CHOOSER_PERSON,
        .times = p->controls.times,
        .seed = seed,
        .resumed = resume.state != NULL,
        .continues = continues,
    };
    ss->recorder = recorder_new(p->story, p->writer, &ro);
    ss->forget = forget_new(p->writer, o->store);
    ss->transcript = resume.state ? g_steal_pointer(&resume.transcript) : transcript_new(p->story, seed, kept);
    ss->save = is_saved(p) ? save_open(p->story) : NULL;
    const struct film_options fo = {
        .story = p->story,
        .media = p->media,
        .mixer = ss->mixer,
        .recorder = ss->recorder,
        .transcript = ss->transcript,
        .seed = seed,
        .kept = kept,
        .resume = resume.state,
        .resume_us = resume.pos_us,
        .language = o->language,
        .earlier = p->earlier,
        .deck_bytes = o->warm_bytes,
        .watch = watch,
        .watch_user = ss,
    };
    ss->film = film_new(&fo);
    film_set_times(ss->film, p->controls.times);
    const struct scene_options so = {
        .story = p->story,
        .media = p->media,
        .language = o->language,
        .subtitles = o->settings->subtitles,
        .reduced_motion = o->settings->reduced_motion,
    };
    ss->scene = scene_new(&so);
    ss->cues = cues_new(p->story, ss->mixer);
    controls_begin(&p->controls, ss->mixer);
    ss->began_us = ss->clock_us = p->fast ? 0 : g_get_monotonic_time();
    film_start(ss->film);
    resume_clear(&resume);
}

static void save_play(struct session *ss)
{
    const struct player *p = ss->player;
    g_autoptr(GError) error = NULL;
    save_place(ss);
    if (!save_close(g_steal_pointer(&ss->save), &error)) {
        cmd_say("the place could not be saved: %s", error->message);
        g_clear_error(&error);
    }
    if (film_phase(ss->film) < FILM_OVER)
        transcript_add_stop(ss->transcript, p->story, film_state(ss->film), film_pos_us(ss->film));
    if (p->o->record && !transcript_save(ss->transcript, p->o->record, &error)) {
        cmd_say("%s", error->message);
        ss->code = CMD_ENVIRONMENT;
    }
}

/* The saved play tells every choice as well. Nobody needs it any more when the film is over; before, it is where the film
 * goes on. */
static void burn_saved(const struct session *ss)
{
    const struct player *p = ss->player;
    g_autoptr(GError) error = NULL;
    if (ss->burnt && is_saved(p) && film_phase(ss->film) == FILM_OVER && !save_remove_transcript(p->story, &error))
        cmd_say("the saved play could not be erased: %s", error->message);
}

static void close_session(struct session *ss)
{
    int32_t reason = TEL_REASON_LEFT;
    g_autofree char *kept = NULL;
    if (film_phase(ss->film) == FILM_OVER)
        reason = TEL_REASON_ENDED;
    else if (film_phase(ss->film) == FILM_STUCK || ss->code != CMD_OK)
        reason = TEL_REASON_FAILED;
    else if (interrupted)
        reason = TEL_REASON_KILLED;
    run_clock(ss);
    trace_end(ss->player->trace, ss->film);
    film_end(ss->film, reason);
    save_play(ss);
    if (!forget_close(ss->forget, STALL_US, &kept)) {
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

/* After the film: its ending's name, and what to do now. True: play again. */
static bool ask_again(struct session *ss)
{
    struct player *p = ss->player;
    const char *l = p->o->language;
    const char *const buttons[] = {words_in(l, "Watch again"), words_in(l, "What was recorded"), words_in(l, "Leave")};
    int answer;
    const int32_t ending = film_state(ss->film)[PLAY_ENDING];
    const char *title = story_text(p->story, p->story->title, p->o->language);
    const char *name = ending >= 0 ? story_text(p->story, p->story->endings[ending].title, p->o->language) : NULL;
    do {
        hud_ask(&p->controls.hud, title, name ? name : words_in(l, "The end"), buttons, 3, g_get_monotonic_time());
        answer = controls_dialog(&p->controls, p->window);
        if (answer == 1)
            show_recorded(ss);
    } while (answer == 1 && !p->controls.quit);
    return answer == 0;
}

/* Plays once; true: again. */
static bool play_once(struct player *p, int *code)
{
    struct session ss;
    open_session(&ss, p);
    window_playing(p->window, true);
    if (p->fast)
        run_fast(&ss);
    else
        run_live(&ss);
    window_playing(p->window, false);
    const bool over = film_phase(ss.film) == FILM_OVER;
    const bool again = over && !p->o->headless && !p->o->once && !p->controls.chooser && !interrupted && ask_again(&ss);
    close_session(&ss);
    *code = interrupted ? CMD_INTERRUPTED : ss.code;
    return again;
}

/* ---- the program around it ---------------------------------------------------------------------------------------- */

/* Before the very first film: one sentence, and a No. */
static void ask_consent(struct player *p)
{
    const char *l = p->o->language;
    const char *const buttons[] = {words_in(l, "Fine"), words_in(l, "No, record nothing")};
    struct settings *s = p->o->settings;
    g_autoptr(GError) error = NULL;
    if (s->record != SETTINGS_ASK || p->o->headless || p->o->no_telemetry)
        return;
    hud_ask(
        &p->controls.hud, words_in(l, "Before the film"),
        words_in(l, "What you decide is recorded on this machine, for you and the film's makers to look at here; it is "
                    "never sent anywhere."),
        buttons, 2, g_get_monotonic_time());
    const int answer = controls_dialog(&p->controls, p->window);
    if (answer < 0)
        return;
    s->record = answer == 0 ? SETTINGS_YES : SETTINGS_NO;
    if (!settings_save(s, &error))
        cmd_say("%s", error->message);
}

static bool open_window(struct player *p)
{
    const struct player_options *o = p->o;
    g_autoptr(GError) error = NULL;
    const struct window_options wo = {
        .title = story_text(p->story, p->story->title, o->language),
        .width = o->headless && o->width == 0 ? VIEW_WIDTH : o->width,
        .height = o->headless && o->height == 0 ? VIEW_HEIGHT : o->height,
        .fullscreen = o->fullscreen,
        .offscreen = o->headless,
    };
    p->window = window_open(&wo, &error);
    if (!p->window) {
        cmd_say("%s; without a display, `frumious play --headless` plays off-screen", error->message);
        return false;
    }
    window_warm(p->window);
    if (window_problem(p->window))
        cmd_say("%s", window_problem(p->window));
    p->input = input_open(p->window);
    return true;
}

static uint64_t draw_seed(const struct player_options *o)
{
    return o->has_seed ? o->seed : (uint64_t)g_random_int() << 32 | g_random_int();
}

static bool open_helpers(struct player *p, int *code)
{
    const struct player_options *o = p->o;
    g_autoptr(GError) error = NULL;
    const char *how = o->choose ? o->choose : o->headless ? "default" : NULL;
    if (how && !(p->controls.chooser = chooser_new(how, p->story, p->seed, &error))) {
        cmd_say("%s", error->message);
        *code = CMD_PROBLEM;
        return false;
    }
    if (o->screenshots && !(p->pictures = pictures_new(o->screenshots, p->story, o->cuts, &error))) {
        cmd_say("%s", error->message);
        *code = CMD_ENVIRONMENT;
        return false;
    }
    if (o->trace && !(p->trace = trace_open(o->trace, &error))) {
        cmd_say("%s", error->message);
        *code = CMD_ENVIRONMENT;
        return false;
    }
    return true;
}

static bool open_writer(struct player *p)
{
    const struct player_options *o = p->o;
    g_autoptr(GError) error = NULL;
    const bool refused = o->settings->record == SETTINGS_NO || (o->settings->record == SETTINGS_ASK && !o->headless);
    const struct writer_options wo = {.path = o->store, .off = o->no_telemetry || refused};
    p->writer = writer_open(&wo, &error);
    p->recording = !wo.off;
    if (!p->writer)
        cmd_say("%s", error->message);
    return p->writer != NULL;
}

static void close_writer(struct player *p)
{
    struct writer_status status;
    if (!p->writer)
        return;
    const bool done = writer_flush(p->writer, CLOSE_US);
    writer_status(p->writer, &status);
    if (status.error[0] != '\0')
        cmd_say("telemetry: %s", status.error);
    if (status.notice[0] != '\0')
        cmd_say("telemetry: %s", status.notice);
    const uint64_t lost = writer_close(p->writer, done ? CLOSE_US : LAST_US);
    if (lost > 0)
        cmd_say("telemetry: %" G_GUINT64_FORMAT " record%s could not be kept", lost, lost == 1 ? "" : "s");
}

int player_run(const struct player_options *o)
{
    struct player p = {.o = o, .story = o->story, .fast = o->headless && !o->realtime, .claim = -1};
    int code = CMD_ENVIRONMENT;
    catch_signals();
    p.seed = draw_seed(o);
    p.media = media_new();
    media_use_hardware(p.media, o->hwdec);
    controls_init(&p.controls, o->settings, o->screenshots, o->stats, o->mute, o->times);
    p.controls.hud.language = o->language;
    if (open_helpers(&p, &code) && open_window(&p)) {
        controls_attach(&p.controls, p.input, p.window);
        ask_consent(&p);
        if (p.controls.quit || interrupted)
            code = interrupted ? CMD_INTERRUPTED : CMD_OK;
        else if (open_writer(&p)) {
            p.controls.writer = p.writer;
            p.earlier = earlier_read(p.story, o->store);
            while (play_once(&p, &code)) {
                p.seed = draw_seed(o);
                g_free(p.earlier);
                p.earlier = earlier_read(p.story, o->store);
            }
        }
    }
    close_writer(&p);
    controls_clear(&p.controls);
    pictures_free(p.pictures);
    trace_close(p.trace);
    input_close(p.input);
    window_close(p.window);
    media_free(p.media);
    save_release(p.claim);
    g_free(p.earlier);
    return code;
}
