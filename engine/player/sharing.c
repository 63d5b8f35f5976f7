#include "player/sharing.h"

#include "base/safe.h"
#include "base/units.h"
#include "base/words.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/share/destination.h"
#include "telemetry/store/store_file.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* How long to wait for another program that reads the store, so that nothing is left of the secret. */
#define SCRUB_MS 2000

static const char *translated(const struct sharing *o, const char *english) G_GNUC_FORMAT(2);
static const char *translated(const struct sharing *o, const char *english)
{
    return controls_words(o->pages->controls, english);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

/* All that the store knows of the film's destinations; NULL: it can't be read, or is not there yet. */
static GPtrArray *read_all(const struct sharing *o)
{
    const struct store_options so = {
        .path = o->store, .trust = o->trust, .read_only = true, .follow = true, .quick = true};
    struct store *s = o->story->share.to ? store_open(&so, NULL) : NULL;
    GPtrArray *all = s ? destinations_read(s, o->story->id, NULL) : NULL;
    store_close(s);
    return all;
}

static struct store *open_to_write(const struct sharing *o, GError **error)
{
    const struct store_options so = {.path = o->store, .trust = o->trust};
    return retention_open(&so, NULL, error);
}

/* ---- how it stands ----------------------------------------------------------------------------------------------- */

static enum sharing_answer answer_of(const struct destination *d)
{
    static const enum sharing_answer answers[] = {[DESTINATION_NO] = SHARING_REFUSED,
                                                  [DESTINATION_YES] = SHARING_AGREED,
                                                  [DESTINATION_WITHDRAWN] = SHARING_WITHDRAWN};
    return d && d->answer != DESTINATION_NOT_ASKED ? answers[d->answer] : SHARING_UNASKED;
}

#define DAY "%Y-%m-%d"

/* What is to be erased over there, after it was taken back. */
static char *say_withdrawn(const struct sharing *o, const struct destination *d)
{
    g_autofree char *confirmed = units_local_time(d->confirmed_ms, DAY);
    if (d->waiting > 0)
        return g_strdup_printf(
            translated(o, d->waiting == 1
                              ? WORDS("Taken back. %s is to erase %d viewing, and has not confirmed it yet.")
                              : WORDS("Taken back. %s is to erase %d viewings, and has not confirmed it yet.")),
            d->name, (int)MIN(d->waiting, INT32_MAX));
    if (d->erasures > 0)
        return g_strdup_printf(translated(o, "Taken back. %s has confirmed on %s that everything is erased there."),
                               d->name, confirmed);
    return g_strdup_printf(translated(o, "Taken back. Nothing had been sent to %s."), d->name);
}

static char *say(const struct sharing *o, const struct destination *d)
{
    const char *name = o->story->share.name;
    g_autofree char *answered = d ? units_local_time(d->answered_ms, DAY) : NULL;
    switch (answer_of(d)) {
    case SHARING_AGREED:
        return g_strdup_printf(translated(o, "You agreed on %s to share it with %s, at %s."), answered, name,
                               o->story->share.to);
    case SHARING_REFUSED:
        return g_strdup_printf(translated(o, "You did not agree to share it with %s. Nothing is sent."), name);
    case SHARING_WITHDRAWN:
        return say_withdrawn(o, d);
    default:
        return g_strdup_printf(translated(o, "%s asks for it. Nothing is sent before you have agreed."), name);
    }
}

enum sharing_answer sharing_read(const struct sharing *o, char **says)
{
    if (says)
        *says = NULL;
    if (!o->story->share.to)
        return SHARING_NOWHERE;
    g_autoptr(GPtrArray) all = read_all(o);
    const struct destination *d = all ? destination_find(all, o->story->share.to) : NULL;
    if (says)
        *says = say(o, d);
    return answer_of(d);
}

bool sharing_waits(const struct sharing *o)
{
    g_autoptr(GPtrArray) all = read_all(o);
    bool any = false;
    for (guint i = 0; all && i < all->len; i++) {
        const struct destination *d = all->pdata[i];
        any |= d->answer == DESTINATION_YES || d->waiting > 0;
    }
    return any;
}

/* ---- the question ------------------------------------------------------------------------------------------------ */

/* What is asked, in English; who asks, who gets it, and where follow as values. */
static const char asked[] = WORDS(
    "%s asks you to share what is recorded of your viewings of this film, those that there are and those to come.\n"
    "\n"
    "What is sent: date and time; which scenes you saw, and for how long; what you were asked, what you chose, how "
    "quickly "
    "and with what; pauses and faults; language, subtitles, channel and version of the player. A number that is made "
    "for "
    "this film alone stands for you. No name, no address, no account; but whoever receives it sees your internet "
    "address "
    "while it is sent.\n"
    "\n"
    "To whom: %s, at %s\n"
    "\n"
    "How to take it back: in the menu, on the page What was recorded, at any time. Then everything that you shared is "
    "erased there, too. Nothing is sent while the film plays.");

/* As it is kept with the answer. */
static GString *question(const struct sharing *o)
{
    const struct story_share *share = &o->story->share;
    GString *text = g_string_new(NULL);
    safe_printf(text, translated(o, asked), share->name, share->name, share->to);
    return text;
}

/* The language in which it is asked. */
static const char *language(const struct sharing *o)
{
    return translated(o, asked) == asked ? "en" : controls_language(o->pages->controls);
}

static bool keep_answer(const struct sharing *o, enum destination_answer answer, const char *text, GError **error)
{
    const struct destination said = {.story = (char *)o->story->id,
                                     .address = (char *)o->story->share.to,
                                     .name = (char *)o->story->share.name,
                                     .token = (char *)o->story->share.token};
    struct store *s = open_to_write(o, error);
    const bool done = s && destination_answer(s, &said, answer, text, language(o), g_get_real_time() / 1000, error);
    retention_close(s);
    return done;
}

static char *say_failure(const struct sharing *o, const GError *error)
{
    return g_strdup_printf(translated(o, "It could not be saved, so nothing changes: %s"), error->message);
}

char *sharing_ask(const struct sharing *o)
{
    enum { LATER, YES, NO };
    const char *const answers[] = {[LATER] = translated(o, "Ask me later"),
                                   [YES] = translated(o, "Yes, share"),
                                   [NO] = translated(o, "No, share nothing")};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = question(o);
    assert(o->story->share.to);
    const int answer =
        pages_ask(o->pages, translated(o, "Share what is recorded?"), text->str, answers, G_N_ELEMENTS(answers), 0);
    if (answer != YES && answer != NO)
        return NULL;
    if (!keep_answer(o, answer == YES ? DESTINATION_YES : DESTINATION_NO, text->str, &error))
        return say_failure(o, error);
    char *says;
    (void)sharing_read(o, &says);
    return says;
}

/* ---- taking it back ---------------------------------------------------------------------------------------------- */

static bool withdraw_all(struct store *s, const GPtrArray *all, GError **error)
{
    for (guint i = 0; i < all->len; i++) {
        const struct destination *d = all->pdata[i];
        if (d->answer == DESTINATION_YES && !destination_withdraw(s, d, g_get_real_time() / 1000, error))
            return false;
    }
    return true;
}

/* Also of the destinations that earlier versions of the story named. A log that another program keeps from being emptied is emptied
 * when it is next written. */
static bool withdraw(const struct sharing *o, GError **error)
{
    g_autofree char *waits_for = NULL;
    struct store *s = open_to_write(o, error);
    g_autoptr(GPtrArray) all = s ? destinations_read(s, o->story->id, error) : NULL;
    const bool done = all && withdraw_all(s, all, error) && erase_scrub(s, SCRUB_MS, &waits_for, error);
    retention_close(s);
    return done;
}

char *sharing_withdraw(const struct sharing *o)
{
    const char *const answers[] = {translated(o, "Go on sharing"), translated(o, "Share no more")};
    g_autoptr(GError) error = NULL;
    const int answer = pages_ask(o->pages, translated(o, "Share no more?"),
                                 translated(o, "Nothing more of your viewings of this film is sent, and what was sent "
                                               "is erased there. This page says when that was confirmed."),
                                 answers, G_N_ELEMENTS(answers), 0);
    if (answer != 1)
        return NULL;
    if (!withdraw(o, &error))
        return say_failure(o, error);
    char *says;
    (void)sharing_read(o, &says);
    return says;
}
