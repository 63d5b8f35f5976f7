/*
 * fonts: which font has a character, as fontconfig finds it, and open fonts by size.
 *
 * One thread. fonts_open() is cheap. The first fonts_find() of a role asks fontconfig (tens of ms); the first
 * character that the role's own font lacks makes it ask for the whole list of fallbacks, once for each role.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <SDL2/SDL_ttf.h>
#include "present/text_style.h"

struct fonts;
struct font_face; /* one face in one file; lives as long as the fonts */

struct fonts *fonts_open(void);
void fonts_close(struct fonts *f); /* accepts NULL */

/* The face for this character: the role's own if it has it, else the first fallback that has it, else the role's own,
 * which draws its glyph for missing characters. NULL: there is no font at all. */
struct font_face *fonts_find(struct fonts *f, enum text_role role, uint32_t ch);
bool font_has(const struct font_face *face, uint32_t ch);

/* From now on, the roles of the player's own words (TEXT_OPTION, TEXT_PROMPT, TEXT_BODY, TEXT_TITLE) prefer this family, interned;
 * NULL: their own. Faces that were found stay open. */
void fonts_prefer(struct fonts *f, const char *family);

/* The families, best for reading first, that this machine has of those that a viewer can choose: interned, NULL at the end, and
 * borrowed. Looks for fonts when it is first asked. */
const char *const *fonts_families(struct fonts *f);

/* The face at a size of `px` > 0 pixels, open until fonts_close(). NULL: `face` is NULL, or its file cannot be read. */
TTF_Font *fonts_sized(struct fonts *f, struct font_face *face, int px);
