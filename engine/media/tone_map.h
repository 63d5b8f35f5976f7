/*
 * tone_map: pictures in high dynamic range (PQ, HLG) or in wide colours become BT.709 in standard range, as mpv shows them
 * by default. Private to media.
 *
 * Light becomes relative to a white of 203 cd/m² (BT.2408); what is brighter is rolled off as BT.2390 describes it, by the
 * peak that the file tells and never by the picture itself, so a frame looks the same however one comes to it. Colours
 * outside BT.709 lose saturation, not hue. All of it is worked out once, for a grid of colours: making a map takes some
 * 15 ms and 11 MB, and a picture is then looked up in it, which costs less than decoding it.
 *
 * A map never changes once it is made; any number of threads may use it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "media/colour.h"

#define TONE_PEAK_NITS 1000 /* what most films are graded for; HLG is defined for it */

/* All maps of a player, so that clips of one film share theirs. Any thread. */
struct tone_maps;
struct tone_maps *tone_maps_new(void);
void tone_maps_free(struct tone_maps *all); /* accepts NULL; maps in use stay valid */

/* Makes the map, or finds it; tone_map_unref() it. `all` may be NULL. */
struct tone_map;
struct tone_map *tone_map_get(struct tone_maps *all, const struct colour *s);
void tone_map_unref(struct tone_map *m); /* accepts NULL */
bool tone_map_fits(const struct tone_map *m, const struct colour *s);

/* Planes Y, U, V with chroma of half the size in both directions; strides in bytes. */
struct tone_planes {
    uint8_t *plane[3];
    int32_t stride[3];
};

/* `from` has 10 bits in two bytes a sample (yuv420p10 of this machine's order); `to`, which may not overlap it, 8 bits: BT.709,
 * limited range. From 1920x1080 on, up to four cores share the work, so that 4K keeps its pace. */
void tone_map_apply(const struct tone_map *m, const struct tone_planes *from, const struct tone_planes *to, int width,
                    int height);

/* The same for planes that all have the picture's own size, for stills: four times the price. */
void tone_map_apply_full(const struct tone_map *m, const struct tone_planes *from, const struct tone_planes *to,
                         int width, int height);
