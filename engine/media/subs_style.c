#include "media/subs_style.h"

#define LINES         288
#define FONT_SIZE     (SUBS_TEXT_SHARE * LINES)
#define OUTLINE_WIDTH 0.9
#define BOX_EDGE      3
#define MARGIN_BOTTOM 15
#define MARGIN_HIGHER (LINES / 5)
#define MARGIN_TOP    15
#define MARGIN_SIDE   24

/* libass: letters with an outline; the same over one box around all lines of an event, of which Shadow is the edge. */
enum { BORDER_OUTLINE = 1, BORDER_BOX = 4 };

static void fill_background(ASS_Style *y, enum subs_background background)
{
    y->BorderStyle = background == SUBS_BOX ? BORDER_BOX : BORDER_OUTLINE;
    y->Outline = background == SUBS_OUTLINE ? OUTLINE_WIDTH : 0;
    y->Shadow = background == SUBS_BOX ? BOX_EDGE : 0;
    y->PrimaryColour = 0xffffff00; /* RRGGBBTT */
    y->OutlineColour = 0x00000000;
    y->BackColour = 0x00000030;
}

void subs_style_fill(ASS_Style *y, const struct subs_look *look)
{
    static const int margins[] = {
        [SUBS_BOTTOM] = MARGIN_BOTTOM, [SUBS_HIGHER] = MARGIN_HIGHER, [SUBS_TOP] = MARGIN_TOP};
    y->FontSize = FONT_SIZE;
    y->Alignment = HALIGN_CENTER | (look->place == SUBS_TOP ? VALIGN_TOP : VALIGN_SUB);
    y->MarginV = margins[look->place];
    y->MarginL = y->MarginR = MARGIN_SIDE;
    fill_background(y, look->background);
}

const char *subs_style_face(const struct subs_look *look)
{
    return look->face ? look->face : "sans-serif";
}
