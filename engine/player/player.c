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

/* The page before the film, and the menu over it. */
struct question {
    struct player_context *ctx;
    struct pages pages;
    struct film_menu_alone menu;
    GPtrArray *languages;
};

static bool run_command(void *user, const struct input_event *ev)
{
    struct question *q = user;
    return film_menu_command_alone(&q->menu, ev);
}

static void question_open(struct question *q, struct player_context *ctx)
{
    *q = (struct question){.ctx = ctx, .languages = menu_languages_new()};
    menu_languages_add_story(q->languages, ctx->story);
    q->pages = (struct pages){
        .controls = ctx->controls, .input = ctx->input, .window = ctx->window, .command = run_command, .user = q};
    q->menu = (struct film_menu_alone){.pages = &q->pages,
                                       .story = ctx->story,
                                       .languages = q->languages,
                                       .others = ctx->o->next != NULL, /* the program goes on for them */
                                       .store = ctx->o->store,
                                       .trust = ctx->o->trust_store};
}

/* From one of its pages on. True: somebody else is to watch, and is asked themselves. */
static bool show_menu(struct question *q, enum menu_place from)
{
    char *viewer = film_menu_show_alone(&q->menu, from);
    if (!viewer)
        return false;
    q->ctx->o->next->viewer = viewer;
    controls_quit(q->ctx->controls);
    return true;
}

enum consent_answer { ANSWER_YES, ANSWER_COUNT, ANSWER_NO, ANSWER_VIEWERS, ANSWER_MENU, ANSWER_LEAVE, ANSWERS };

/* Whoever goes back opens the menu. */
static enum consent_answer ask_once(const struct player_context *ctx, const struct pages *pages)
{
    const struct controls *c = ctx->controls;
    const char *answers[ANSWERS] = {controls_words(c, "Fine"), controls_words(c, "Only count that I watched"),
                                    controls_words(c, "No, record nothing")};
    const bool others = ctx->o->next != NULL;
    int n = ANSWER_VIEWERS;
    if (others)
        answers[n++] = controls_words(c, "Who is watching");
    answers[n++] = controls_words(c, "Menu");
    answers[n++] = controls_words(c, "Leave");
    const int answer = pages_ask(
        pages, controls_words(c, "Before the film"),
        controls_words(
            c, "What you decide is recorded on this machine, for you and the film's makers to look at here; "
               "nothing is sent anywhere, unless you agree to that later. If you would rather not, a film can count "
               "that it was watched once more: a number, without a time, and without anything about you or your "
               "choices. Or nothing at "
               "all."),
        answers, n, n - ANSWER_VIEWERS);
    if (answer < 0)
        return pages_over(pages) ? ANSWER_LEAVE : ANSWER_MENU;
    return (enum consent_answer)(answer + (answer >= (int)ANSWER_VIEWERS && !others));
}

/* Before the very first film: says what is recorded, and lets the viewer refuse. Who leaves is asked again next time. */
static void ask_consent(struct player_context *ctx)
{
    static const enum settings_record records[] = {
        [ANSWER_YES] = SETTINGS_YES, [ANSWER_COUNT] = SETTINGS_COUNT, [ANSWER_NO] = SETTINGS_NO};
    struct question q;
    struct settings *s = ctx->o->settings;
    g_autoptr(GError) error = NULL;
    if (s->record != SETTINGS_ASK || ctx->o->headless || ctx->o->no_telemetry)
        return;
    enum consent_answer answer;
    bool other = false;
    question_open(&q, ctx);
    while (!other && ((answer = ask_once(ctx, &q.pages)) == ANSWER_VIEWERS || answer == ANSWER_MENU))
        other = show_menu(&q, answer == ANSWER_VIEWERS ? MENU_VIEWERS : MENU_MAIN);
    g_ptr_array_unref(q.languages);
    if (other)
        return;
    if (answer == ANSWER_LEAVE) {
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
