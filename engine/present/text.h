/*
 * text: words in any script become blocks of coverage that can be drawn in any colour.
 *
 * text_open, then per redraw text_tick once and text_get / text_draw any number of times, then text_close; one
 * thread. Blocks belong to the text and live until the next text_tick after which nobody asked for them for a
 * while: ask again each time, it is a hash look-up. The first text looks for fonts (tens of ms), a new block costs
 * some 0.1 ms to measure and some 0.3 ms to render (done by the first text_draw).
 *
 * Fonts are found by fontconfig: each role has families it would like, each character that they lack is taken
 * from the next font that has it. Runs are shaped by HarfBuzz and ordered by fribidi; a paragraph's own first
 * strong character says its direction. Lines break at spaces and between CJK characters, never inside a word
 * unless it is longer than a line. What no font has is drawn as that font's missing glyph.
 *
 * Untrusted text: broken UTF-8 becomes U+FFFD; controls, bidi overrides and isolates and tags are left out; more
 * than 4 marks on one letter are left out; all past TEXT_MAX_CHARS is cut with an ellipsis.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "present/paint.h"
#include "present/text_style.h"

#define TEXT_MAX_CHARS 2000

struct text;
struct text_block; /* opaque; see text_size */

/* Never fails: without any font every text is empty (text_problem says so). */
struct text *text_open(void);
void text_close(struct text *t); /* accepts NULL */
const char *text_problem(const struct text *t);

/* A redraw begins: blocks that were not asked for in the last TEXT_KEEP redraws may go. */
void text_tick(struct text *t);

/* The block of this text, no wider than `width` pixels (<= 0: no limit). NULL and "" give a block of no size. */
struct text_block *text_get(struct text *t, const struct text_style *style, const char *utf8, int width);

struct text_extent {
    int w, h; /* pixels; h is whole lines */
    int lines;
    int baseline; /* of the first line, from the top */
    bool cut;     /* an ellipsis was needed, or a word was broken */
};
struct text_extent text_size(const struct text_block *b);

/* Draws with the top left at x, y. `shadow` 0..1: a soft dark halo behind, for text on a picture. */
struct text_ink {
    uint32_t rgb;
    float alpha, shadow;
};
void text_draw(struct text *t, struct text_block *b, struct canvas *c, int x, int y, struct text_ink ink);
