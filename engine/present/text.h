/*
 * text: turns words in any script into blocks of coverage that can be drawn in any colour.
 *
 * One thread. text_open(); for each redraw text_tick() once, then text_get() and text_draw() any number of times;
 * text_close(). Blocks belong to the text. One that was not asked for in some hundred redraws may go at the next
 * text_tick(), so ask for it again each time: that is a hash look-up. The first text looks for fonts (tens of ms). A
 * new block takes some 0.1 ms to measure, and some 0.3 ms to render at the first text_draw().
 *
 * fontconfig finds the fonts: each role has families that it prefers, and each character that they lack is taken from
 * the next font that has it. HarfBuzz shapes the runs and fribidi orders them; the first strong character of a
 * paragraph decides its direction. Lines break at spaces and between CJK characters, and inside a word (also one in
 * katakana) only if it is longer than a line. The few lines of a centred text are about equally long; no last line of others is one short word. A character that no font has is drawn as the font's glyph for missing characters.
 *
 * Untrusted text: broken UTF-8 becomes U+FFFD. Controls, bidi overrides and isolates, and tags are left out, as are
 * more than 4 marks on one letter. What exceeds TEXT_MAX_CHARS is cut and ends in an ellipsis.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "present/paint.h"
#include "present/text_style.h"

#define TEXT_MAX_CHARS 2000

struct text;
struct text_block;

/* Never fails: without any font every text is empty, and text_problem() says so. */
struct text *text_open(void);
void text_close(struct text *t); /* accepts NULL */

/* Where a text begins: its first letter that has a direction decides. NULL has none. Needs no struct text; any thread. */
enum text_direction { TEXT_NO_DIRECTION, TEXT_FROM_LEFT, TEXT_FROM_RIGHT };
enum text_direction text_direction(const char *utf8);

/* What is wrong, in a sentence (static), once a text was asked for. NULL: nothing. */
const char *text_problem(const struct text *t);

/* As fonts_prefer() and fonts_families(). Another family makes all blocks invalid: call it before text_tick(). */
void text_prefer(struct text *t, const char *family);
const char *const *text_families(struct text *t);

/* A redraw begins. */
void text_tick(struct text *t);

/* The block of this text, no wider than `width` pixels (<= 0: no limit). NULL and "" give an empty block. */
struct text_block *text_get(struct text *t, const struct text_style *style, const char *utf8, int width);

struct text_extent {
    int w, h; /* pixels; h is whole lines */
    int lines;
    int baseline; /* of the first line, from the top */
    bool cut;     /* an ellipsis was needed, or a word was broken */
};
struct text_extent text_size(const struct text_block *b);

/* Draws the block with its top left corner at x, y. `shadow`, 0..1: a dark halo, for text on a picture. */
struct text_ink {
    uint32_t rgb;
    float alpha, shadow;
};
void text_draw(struct text *t, struct text_block *b, struct canvas *c, int x, int y, struct text_ink ink);
