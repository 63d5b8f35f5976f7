/*
 * subs_cost: how much it takes at most to draw an event of subtitles, as its text shows before it is drawn. Private to
 * media.
 *
 * libass cannot be interrupted, and a line of 60 bytes can make it draw a letter as large as a house: three gigabytes
 * and seconds for one moment. So each event is weighed first, as if the picture were 1920x1080, whatever it is: what
 * `check` reports is what the player leaves out. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What an event starts with: its style, and how large a unit of the script is. */
struct subs_cost_style {
    double size, border;     /* in units of the script */
    double scale_x, scale_y; /* 1.0: as large as the font says */
    double px_per_unit;      /* on a picture of 1920x1080 */
    bool turned, unwrapped;  /* its lines slant; are as long as the text */
};

/* In pixels: the areas of all bitmaps that libass fills, blurred ones several times. Never less than the text is long,
 * and at most INT64_MAX / 4096. `text`: an event's text with its {overrides}. */
int64_t subs_cost(const char *text, const struct subs_cost_style *style);
