#include "player/player.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "player/loop.h"
#include "player/playthrough.h"
#include "player/player_context.h"
#include "base/words.h"

/* Before the very first film: one sentence, and a No. */
static void ask_consent(struct player_context *st)
{
    const char *l = st->o->language;
    const char *const buttons[] = {words_in(l, "Fine"), words_in(l, "No, record nothing")};
    struct settings *s = st->o->settings;
    g_autoptr(GError) error = NULL;
    if (s->record != SETTINGS_ASK || st->o->headless || st->o->no_telemetry)
        return;
    hud_ask(
        controls_hud(st->controls), words_in(l, "Before the film"),
        words_in(l, "What you decide is recorded on this machine, for you and the film's makers to look at here; it is "
                    "never sent anywhere."),
        buttons, 2, g_get_monotonic_time());
    const int answer = controls_dialog(st->controls);
    if (answer < 0)
        return;
    s->record = answer == 0 ? SETTINGS_YES : SETTINGS_NO;
    if (!settings_save(s, &error))
        console_say("%s", error->message);
}

/* After the film: its ending's name, and what to do now. True: play again. */
static bool ask_again(struct playthrough *pt)
{
    struct player_context *st = pt->context;
    const char *l = st->o->language;
    const char *const buttons[] = {words_in(l, "Watch again"), words_in(l, "What was recorded"), words_in(l, "Leave")};
    int answer;
    const int32_t ending = film_state(pt->film)[PLAY_ENDING];
    const char *title = story_text(st->story, st->story->title, st->o->language);
    const char *name = ending >= 0 ? story_text(st->story, st->story->endings[ending].title, st->o->language) : NULL;
    do {
        hud_ask(controls_hud(st->controls), title, name ? name : words_in(l, "The end"), buttons, 3,
                g_get_monotonic_time());
        answer = controls_dialog(st->controls);
        if (answer == 1)
            playthrough_show_privacy_page(pt);
    } while (answer == 1 && !controls_has_quit(st->controls));
    return answer == 0;
}

/* Plays once; true: again. */
static bool play_through(struct player_context *st, int *code)
{
    struct playthrough pt;
    playthrough_open(&pt, st);
    window_playing(st->window, true);
    if (st->fast)
        loop_fast(&pt);
    else
        loop_live(&pt);
    window_playing(st->window, false);
    const bool over = film_phase(pt.film) == FILM_OVER;
    const bool again =
        over && !st->o->headless && !st->o->once && !st->autopilot && !interrupt_requested() && ask_again(&pt);
    playthrough_close(&pt);
    *code = interrupt_requested() ? EXIT_INTERRUPTED : pt.code;
    return again;
}

int player_run(const struct player_options *o)
{
    struct player_context st;
    int code;
    interrupt_defer();
    const bool good = player_context_open(&st, o, &code);
    if (good)
        ask_consent(&st);
    if (good && (controls_has_quit(st.controls) || interrupt_requested()))
        code = interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
    else if (good && player_context_record(&st))
        while (play_through(&st, &code))
            player_context_renew(&st);
    player_context_close(&st);
    return code;
}
