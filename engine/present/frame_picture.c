#include "present/frame_picture.h"

#include <glib.h>
#include "media/frame.h"
#include "present/layout.h"

void frame_picture_fit(struct frame_picture *p, const struct frame *f, int w, int h)
{
    const struct rect r = layout_picture(w, h, f->width, f->height, f->sar_num, f->sar_den);
    if (p->of == f && p->w == r.w && p->h == r.h)
        return;
    frame_picture_drop(p);
    *p = (struct frame_picture){f, r.w, r.h, g_new0(uint32_t, (size_t)r.w * r.h)};
    struct frame_blitter *cache = NULL;
    frame_blit(&cache, f, (uint8_t *)p->px, r.w, r.h, r.w * 4);
    frame_blitter_free(cache);
    for (int k = 0; k < r.w * r.h; k++)
        p->px[k] |= 0xff000000u;
}

void frame_picture_draw(const struct frame_picture *p, struct canvas *c, struct rect room, float alpha)
{
    const struct paint_image m = {p->px, p->w, p->h, p->w};
    paint_image(c, &m, room.x + (room.w - p->w) / 2, room.y + (room.h - p->h) / 2, alpha);
}

void frame_picture_drop(struct frame_picture *p)
{
    g_free(p->px);
    *p = (struct frame_picture){0};
}
