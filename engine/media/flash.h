/*
 * flash: does a picture flash more than people who are sensitive to light can bear? The rule is WCAG 2.3.1 "Three
 * flashes or below threshold", as https://www.w3.org/TR/WCAG22/#dfn-general-flash-and-red-flash-thresholds defines
 * it:
 *
 * - A transition is a change of relative luminance (0.2126 R + 0.7152 G + 0.0722 B of linear sRGB) by 0.1 or more
 *   between a peak and a valley, where the darker of the two is below 0.8. Two opposing transitions are a flash.
 * - A red transition is a change of max(0, R - G - B) by 20/320 or more, where the redder end is a saturated red: R /
 *   (R + G + B) >= 0.8. This is the working definition of WCAG 2.0 and 2.1. That of 2.2 measures the change as a
 *   distance between chromaticities, which takes noise that is almost black for a saturated red.
 * - The limit is three flashes in a second: a seventh transition within one second of the first is too many, if it
 *   happens in more than a quarter of any field of 10 degrees. Such a field is a rectangle of 341 x 256 pixels when
 *   the picture is shown on 1024 x 768.
 *
 * We look at the picture in cells of 4 x 4 of these pixels (0.12 degrees; finer patterns may flicker). Each cell
 * counts its own transitions; then every possible field is checked for how many of its cells flash at the same time.
 *
 * Pure; one thread. Order: flash_new(), flash_feed() in the order of time, flash_report(), flash_free().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FLASH_SCREEN_W 1024
#define FLASH_SCREEN_H 768
#define FLASH_FIELD_W  341
#define FLASH_FIELD_H  256
#define FLASH_CELL     4

/* Zero: it does not flash too much. */
struct flash_kind {
    bool found;
    int64_t at_us, until_us; /* roughly from the first to the last of those transitions that were too many */
    int32_t share;           /* per cent of the worst field that flashed */
};
struct flash_report {
    struct flash_kind general, red;
};

struct flash;

/* For pictures of this shape: width x height pixels with an aspect ratio of sar_num:sar_den, all > 0. */
struct flash *flash_new(int32_t width, int32_t height, int32_t sar_num, int32_t sar_den);
void flash_free(struct flash *f); /* accepts NULL */

/* The size in pixels to which the caller scales each picture: one pixel a cell. */
int32_t flash_width(const struct flash *f);
int32_t flash_height(const struct flash *f);

/* The picture that is shown from `at_us` on: B, G, R, X bytes, `pitch` bytes a row. `at_us` never decreases. */
void flash_feed(struct flash *f, const uint8_t *bgrx, int pitch, int64_t at_us);

struct flash_report flash_report(const struct flash *f);
