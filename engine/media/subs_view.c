#include "media/subs_view.h"

bool subs_look_equal(const struct subs_look *a, const struct subs_look *b)
{
    return a->face == b->face && a->place == b->place && a->background == b->background && a->over == b->over;
}

bool subs_view_equal(const struct subs_view *a, const struct subs_view *b)
{
    return a->w == b->w && a->h == b->h && a->scale == b->scale && subs_look_equal(&a->look, &b->look);
}
