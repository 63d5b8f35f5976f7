/*
 * hud: what the player itself lays over the film: messages, volume, statistics.
 *
 * Main thread. `now_us` is always the same monotonic clock, in microseconds; hud_view() draws what was said or
 * changed before it. Strings are copied unless it says otherwise.
 */
#pragma once

#include "present/input.h"
#include "player/way_ahead.h"
#include "present/view.h"
#include "telemetry/write/writer.h"

#include <glib.h>

/* Lines of statistics; more are dropped. */
#define HUD_STATS 24

struct hud;

/* `language` as in words_in(), borrowed. */
struct hud *hud_new(const char *language);
void hud_free(struct hud *h); /* accepts NULL */

void hud_set_language(struct hud *h, const char *language); /* borrowed */

/* Shows a message for a while, in place of the one before. */
void hud_say(struct hud *h, const char *text, int64_t now_us);

/* The sound was changed, or the film paused or resumed: shows it. */
void hud_volume_changed(struct hud *h, int64_t now_us);
void hud_pause_changed(struct hud *h, int64_t now_us);

/* The viewer asked where the film is: shows the bar for a while. True: it was not there before. */
bool hud_bar_asked(struct hud *h, int64_t now_us);
/* Is it to be shown? It stays while the film is paused. */
bool hud_wants_bar(const struct hud *h, bool paused, int64_t now_us);

/* ---- statistics -------------------------------------------------------------------------------------------------- */

void hud_toggle_stats(struct hud *h);
bool hud_shows_stats(const struct hud *h);

/* Replaces the lines of statistics. */
void hud_stats_begin(struct hud *h);
void hud_stats_line(struct hud *h, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* How recording goes: what waits for the disk, what was lost, and why. */
void hud_stats_telemetry(struct hud *h, const struct writer_status *status);

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

/* What the bar tells. */
struct hud_bar {
    int64_t at_us; /* where the film is in its node */
    struct way_ahead way;
    const char *skip_key; /* skips what was seen before and comes next; NULL: there is none, or no key for it */
};

struct hud_state {
    bool paused, muted;
    bool notice_stays;         /* the message does not fade: it says what the film waits for */
    int volume;                /* per cent */
    const char *menu_key;      /* opens the menu, NULL: no key does */
    const struct hud_bar *bar; /* NULL: it is not shown */
    bool credits;              /* the film shows them */
    const char *skip_key;      /* leads past them; NULL: none does */
};
/* Only the message, which is also seen over a page. `stays`: it does not fade. False: there is none now. */
bool hud_notice(const struct hud *h, bool stays, int64_t now_us, struct view *v);
/* Lays everything over `v`. What `v` borrows lives until the next call. */
void hud_view(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v);

/* Does something move, so that it wants drawing between the film's frames? */
bool hud_moves(const struct hud *h, int64_t now_us);
