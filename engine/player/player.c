#include "player/player.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "player/film_menu.h"
#include "player/loop.h"
#include "player/pages.h"
#include "player/playthrough.h"
#include "player/player_context.h"
#include "player/profiles.h"
#include "player/sharing.h"
#include "base/words.h"

#include <unistd.h>

/* True: somebody else is to watch, and is asked themselves. */
static bool ask_viewer(struct player_context *ctx, const struct pages *pages)
{
    int32_t which;
    g_auto(GStrv) people = profiles_list();
    if (film_menu_show_alone(pages, MENU_VIEWERS, people, &which) != FILM_MENU_VIEWER)
        return false;
    ctx->o->next->viewer = film_menu_viewer(pages, people, which);
    controls_quit(ctx->controls);
    return true;
}

/* Before the very first film: says what is recorded, and lets the viewer refuse. Who leaves, also by Esc, is asked again next
 * time. */
static void ask_consent(struct player_context *ctx)
{
    const char *l = ctx->o->language;
    static const enum settings_record records[] = {SETTINGS_YES, SETTINGS_COUNT, SETTINGS_NO};
    const struct pages pages = {.controls = ctx->controls, .input = ctx->input, .window = ctx->window};
    enum { VIEWERS = G_N_ELEMENTS(records), APPEARANCE, KEYS, ANSWERS = KEYS + 2 };
    const bool others = ctx->o->next != NULL; /* the program goes on for somebody else */
    const char *answers[ANSWERS] = {words_in(l, "Fine"), words_in(l, "Only count that I watched"),
                                    words_in(l, "No, record nothing")};
    int n = VIEWERS;
    if (others)
        answers[n++] = words_in(l, "Who is watching");
    answers[n++] = words_in(l, "Appearance");
    answers[n++] = words_in(l, "Keys");
    answers[n++] = words_in(l, "Leave");
    struct settings *s = ctx->o->settings;
    g_autoptr(GError) error = NULL;
    if (s->record != SETTINGS_ASK || ctx->o->headless || ctx->o->no_telemetry)
        return;
    int answer;
    int32_t which;
    do {
        answer = pages_ask(
            &pages, words_in(l, "Before the film"),
            words_in(
                l,
                "What you decide is recorded on this machine, for you and the film's makers to look at here; "
                "nothing is sent anywhere, unless you agree to that later. If you would rather not, a film can count "
                "that it was watched once more: a number, without a time, and without anything about you or your "
                "choices. Or nothing at "
                "all."),
            answers, n, n - VIEWERS);
        answer += answer >= VIEWERS && !others;
        if (answer == VIEWERS && ask_viewer(ctx, &pages))
            return;
        if (answer == APPEARANCE || answer == KEYS)
            film_menu_show_alone(&pages, answer == KEYS ? MENU_KEYS : MENU_APPEARANCE, NULL, &which);
    } while (answer == VIEWERS || answer == APPEARANCE || answer == KEYS);
    if (answer < 0 || answer >= (int)G_N_ELEMENTS(records)) {
        controls_quit(ctx->controls);
        return;
    }
    s->record = records[answer];
    if (!settings_save(s, &error))
        console_say("%s", error->message);
}

/* Is there somebody to ask, after the film? */
static bool asks_after(const struct player_context *ctx)
{
    return !ctx->o->headless && !ctx->o->once && !ctx->autopilot && !interrupt_requested();
}

/* To the end; the viewer may go back from there, and so on. */
static void play_and_ask(struct playthrough *pt)
{
    bool over;
    do {
        window_playing(pt->context->window, true);
        if (pt->context->fast)
            loop_fast(pt);
        else
            loop_live(pt);
        window_playing(pt->context->window, false);
        over = film_phase(pt->film) == FILM_OVER && asks_after(pt->context);
        if (over)
            playthrough_show_end(pt);
    } while (over && playthrough_goes_on(pt));
}

/* Plays once. True: play again. */
static bool play_through(struct player_context *ctx, int *code)
{
    struct playthrough pt;
    playthrough_open(&pt, ctx);
    player_context_warm(ctx); /* meanwhile, the first clip is decoded */
    play_and_ask(&pt);
    char *edited = playthrough_edited(&pt);
    const bool again = pt.anew || edited;
    playthrough_close(&pt);
    *code = interrupt_requested() ? EXIT_INTERRUPTED : pt.code;
    return (!edited || player_context_reload(ctx, edited)) && again;
}

/* What a person recorded and shares, or wants erased over there, is for another program to send. */
static void tell_shares(const struct player_context *ctx)
{
    const struct sharing sharing = player_context_sharing(ctx, NULL);
    if (ctx->o->shares && !ctx->o->headless && !ctx->o->no_telemetry && !ctx->autopilot)
        *ctx->o->shares = sharing_waits(&sharing);
}

int player_run(const struct player_options *o)
{
    struct player_context ctx;
    int code;
    interrupt_defer();
    const bool good = player_context_open(&ctx, o, &code);
    if (good)
        ask_consent(&ctx);
    if (good && (controls_has_quit(ctx.controls) || interrupt_requested()))
        code = interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
    else if (good && player_context_record(&ctx))
        while (play_through(&ctx, &code))
            player_context_renew(&ctx);
    if (good && !interrupt_requested())
        tell_shares(&ctx);
    if (!player_context_close(&ctx) || interrupt_requested()) /* then a thread may be in the middle of something */
        _exit(console_finish(code));
    return code;
}
