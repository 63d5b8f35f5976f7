/*
 * still_colour: what a still says about its colours where FFmpeg leaves it to others: colour profiles (ICC) in any format,
 * and the cICP chunk of PNG, which FFmpeg reads from version 6 on. Private to media; any thread.
 *
 * A profile is looked at for three things: code points (a tag "cicp"), whether its primaries are those of a gamut that
 * colour.h knows, and whether its curves are those of screens, which differ little from each other. Cameras name Adobe RGB in
 * EXIF alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Can the bytes of this still say more than its headers do? Then a decoded picture of it is worth a look. */
bool still_colour_is_told(const uint8_t *file, size_t size);

/* Writes into the picture that was decoded of these bytes what they say, as FFmpeg's own numbers. */
struct AVFrame;
void still_colour_complete(const uint8_t *file, size_t size, struct AVFrame *f);

/* After that: has it a profile of a gamut that is far from all that colour.h knows, or curves far from those of screens, or are
 * its colours those of ink (CMYK)? Then they come out wrong. */
bool still_colour_is_foreign(const uint8_t *file, size_t size, const struct AVFrame *f);
