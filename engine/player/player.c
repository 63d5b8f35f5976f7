#include "player/player.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "player/loop.h"
#include "player/session.h"
#include "player/stage.h"
#include "base/words.h"

/* Before the very first film: one sentence, and a No. */
static void ask_consent(struct stage *st)
{
    const char *l = st->o->language;
    const char *const buttons[] = {words_in(l, "Fine"), words_in(l, "No, record nothing")};
    struct settings *s = st->o->settings;
    g_autoptr(GError) error = NULL;
    if (s->record != SETTINGS_ASK || st->o->headless || st->o->no_telemetry)
        return;
    hud_ask(
        &st->controls.hud, words_in(l, "Before the film"),
        words_in(l, "What you decide is recorded on this machine, for you and the film's makers to look at here; it is "
                    "never sent anywhere."),
        buttons, 2, g_get_monotonic_time());
    const int answer = controls_dialog(&st->controls, st->window);
    if (answer < 0)
        return;
    s->record = answer == 0 ? SETTINGS_YES : SETTINGS_NO;
    if (!settings_save(s, &error))
        cmd_say("%s", error->message);
}

/* After the film: its ending's name, and what to do now. True: play again. */
static bool ask_again(struct session *ss)
{
    struct stage *st = ss->stage;
    const char *l = st->o->language;
    const char *const buttons[] = {words_in(l, "Watch again"), words_in(l, "What was recorded"), words_in(l, "Leave")};
    int answer;
    const int32_t ending = film_state(ss->film)[PLAY_ENDING];
    const char *title = story_text(st->story, st->story->title, st->o->language);
    const char *name = ending >= 0 ? story_text(st->story, st->story->endings[ending].title, st->o->language) : NULL;
    do {
        hud_ask(&st->controls.hud, title, name ? name : words_in(l, "The end"), buttons, 3, g_get_monotonic_time());
        answer = controls_dialog(&st->controls, st->window);
        if (answer == 1)
            session_show_recorded(ss);
    } while (answer == 1 && !st->controls.quit);
    return answer == 0;
}

/* Plays once; true: again. */
static bool play_once(struct stage *st, int *code)
{
    struct session ss;
    session_open(&ss, st);
    window_playing(st->window, true);
    if (st->fast)
        loop_fast(&ss);
    else
        loop_live(&ss);
    window_playing(st->window, false);
    const bool over = film_phase(ss.film) == FILM_OVER;
    const bool again =
        over && !st->o->headless && !st->o->once && !st->controls.chooser && !interrupt_came() && ask_again(&ss);
    session_close(&ss);
    *code = interrupt_came() ? CMD_INTERRUPTED : ss.code;
    return again;
}

int player_run(const struct player_options *o)
{
    struct stage st;
    int code;
    interrupt_hold();
    const bool good = stage_open(&st, o, &code);
    if (good)
        ask_consent(&st);
    if (good && (st.controls.quit || interrupt_came()))
        code = interrupt_came() ? CMD_INTERRUPTED : CMD_OK;
    else if (good && stage_record(&st))
        while (play_once(&st, &code))
            stage_renew(&st);
    stage_close(&st);
    return code;
}
