/*
 * hud: what the player itself lays over the film: messages, volume, statistics, help, questions.
 *
 * A value that main owns; times are any one monotonic clock, in microseconds. Strings given to it are copied.
 */
#pragma once

#include "present/input.h"
#include "present/view.h"
#include "telemetry/write/writer.h"

#include <glib.h>

#define HUD_BUTTONS 3
#define HUD_STATS   24

struct hud {
    const char *language; /* of the words, as in words_in(); borrowed */
    char *notice;
    int64_t notice_at_us;
    int64_t volume_at_us; /* 0: never changed */
    int64_t paused_at_us;
    bool stats, help;
    struct view_help_row *rows;
    int n_rows;
    char *lines[HUD_STATS];
    int n_lines;
    struct view_dialog dialog; /* count 0: none */
    int64_t dialog_at_us;
    char link[64]; /* below the sign of a pause */
};

void hud_clear(struct hud *h);

void hud_say(struct hud *h, const char *text, int64_t now_us);

/* Asks; `title`, `text` and buttons are static strings, in the viewer's language already. The answer comes by
 * hud_dialog_input(). */
void hud_ask(struct hud *h, const char *title, const char *text, const char *const *buttons, int count, int64_t now_us);

/* The button taken by this event, -1: none yet. `hit`: the button under the pointer, or -1. */
int hud_dialog_input(struct hud *h, const struct input_event *ev, int hit);

/* Lays everything over `v`. */
struct hud_state {
    bool paused, muted;
    int volume;               /* per cent */
    const char *recorded_key; /* opens "What was recorded", NULL: no key does */
};
void hud_view(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v);

/* Does something move? */
bool hud_moves(const struct hud *h, int64_t now_us);

/* Replaces the statistics' lines. */
void hud_stats_begin(struct hud *h);
void hud_stats_line(struct hud *h, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* How recording goes: what waits for the disk, what was lost, and why. */
void hud_stats_telemetry(struct hud *h, const struct writer_status *status);
