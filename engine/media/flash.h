/*
 * flash: does a picture flash more than people who are sensitive to light can bear? WCAG 2.3.1 "Three flashes or below
 * threshold", as https://www.w3.org/TR/WCAG22/#dfn-general-flash-and-red-flash-thresholds defines it:
 *
 * - A transition is a change of relative luminance (0.2126 R + 0.7152 G + 0.0722 B of linear sRGB) between a peak and a
 *   valley by 0.1 or more, where the darker one is below 0.8. A flash is two opposing ones.
 * - A red transition is one of max(0, R - G - B) by 20/320 or more, where the redder end is a saturated red:
 *   R / (R + G + B) >= 0.8. (The working definition of WCAG 2.0 and 2.1. That of 2.2 measures the step as a distance of
 *   chromaticities, for which near-black noise is a saturated red, too.)
 * - More than three flashes in a second, that is a seventh transition within one second of the first, in more than a
 *   quarter of any field of 10 degrees. That is a rectangle of 341 x 256 pixels of a picture shown on 1024 x 768.
 *
 * So the picture is looked at in cells of 4 x 4 of these pixels (0.12 degrees; finer patterns may flicker), each of
 * which counts its own transitions; then every such rectangle is asked how many of its cells flash at the same time.
 *
 * Pure; one thread. flash_new(), flash_feed() in the order of time, flash_report(), flash_free().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FLASH_SCREEN_W 1024
#define FLASH_SCREEN_H 768
#define FLASH_FIELD_W  341
#define FLASH_FIELD_H  256
#define FLASH_CELL     4

/* 0: none. */
struct flash_kind {
    bool found;
    int64_t at_us, until_us; /* about from the first transition of those that were too many to the last */
    int32_t share;           /* per cent of the field that flashed at worst */
};
struct flash_report {
    struct flash_kind general, red;
};

struct flash;

/* For pictures of this shape: width x height pixels of sar_num:sar_den, all > 0. */
struct flash *flash_new(int32_t width, int32_t height, int32_t sar_num, int32_t sar_den);
void flash_free(struct flash *f); /* accepts NULL */

/* The size to which pictures must be scaled. */
int32_t flash_width(const struct flash *f);
int32_t flash_height(const struct flash *f);

/* The picture shown from at_us on: B, G, R, X bytes, `pitch` bytes a row. */
void flash_feed(struct flash *f, const uint8_t *bgrx, int pitch, int64_t at_us);

struct flash_report flash_report(const struct flash *f);
