#include "present/digest.h"
#include "base/units.h"
#include "media/subs.h"
#include "present/anim.h"

#include <glib.h>
#include <string.h>

static guint64 mix(guint64 h, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

static guint64 mix_string(guint64 h, const char *s)
{
    return mix(h, s ? s : "", s ? strlen(s) + 1 : 1);
}

static guint64 mix_number(guint64 h, double x)
{
    return mix(h, &x, sizeof x);
}

/* A time past `end`, when its effect is over, counts as `end`. */
static guint64 mix_time(guint64 h, int64_t us, int64_t end)
{
    return mix_number(h, (double)MIN(us, end));
}

static guint64 hash_panel(guint64 h, const struct view_panel *p)
{
    h = mix_number(h, p->phase);
    if (p->phase == VIEW_HIDDEN)
        return h;
    h = mix_time(h, p->phase_us, p->phase == VIEW_OPEN ? 0 : 4 * ANIM_CLOSE_US);
    h = mix_time(h, p->phase == VIEW_OUT ? p->closed_us : 0, 4 * ANIM_CLOSE_US);
    h = mix_time(h, p->focus_us, ANIM_FOCUS_US);
    h = mix_time(mix_number(h, p->tried), p->tried ? p->tried_us : 0, ANIM_TRIED_US);
    const int numbers[] = {p->layout, p->count,     p->focus,       p->focus_from,   p->selected,
                           p->taken,  p->timed_out, p->code_length, p->code_letters, p->code_wrong};
    h = mix(h, numbers, sizeof numbers);
    h = mix_number(h, p->left);
    h = mix_string(mix_string(h, p->prompt), p->code);
    for (int i = 0; i < MIN(p->count, VIEW_OPTIONS_MAX); i++) {
        const struct view_option *o = &p->options[i];
        h = mix_string(mix_string(mix_string(mix_string(h, o->text), o->sub), o->key), o->reason);
        h = mix(mix_number(h, o->locked), &o->image, sizeof o->image);
    }
    return h;
}

static guint64 hash_card(guint64 h, const struct view_card *c)
{
    if (!c)
        return mix_number(h, 0);
    h = mix_number(mix_number(h, c->look + 1), (double)c->dur_us);
    const bool moving = c->look == VIEW_CARD_SLATE || c->at_us < US_PER_SECOND ||
                        (c->dur_us > 0 && c->dur_us - c->at_us < US_PER_SECOND);
    h = mix_number(h, moving ? (double)c->at_us : (double)US_PER_SECOND);
    return mix_string(mix_string(mix_string(mix_string(h, c->title), c->body), c->label), c->note);
}

static guint64 hash_inscriptions(guint64 h, const struct view *v)
{
    for (int i = 0; i < MIN(v->inscription_count, VIEW_INSCRIPTIONS_MAX); i++) {
        const struct view_inscription *in = &v->inscriptions[i];
        const int numbers[] = {in->left, in->top,       in->width,      in->height,
                               in->size, (int)in->look, (int)in->align, (int)in->rgb};
        h = mix_number(mix(mix_string(h, in->text), numbers, sizeof numbers), (double)in->through);
    }
    return h;
}

static guint64 hash_top(guint64 h, const struct view *v)
{
    h = mix_string(mix_time(h, v->notice && *v->notice ? v->notice_us : ANIM_NOTICE_US, ANIM_NOTICE_US), v->notice);
    h = mix_number(mix_time(h, v->paused ? v->paused_us : 0, US_PER_SECOND), v->paused);
    h = mix_time(h, v->volume_shown ? v->volume_us : ANIM_VOLUME_US, ANIM_VOLUME_US);
    h = mix_number(mix_number(h, v->volume), v->muted);
    for (int i = 0; i < v->stat_count; i++)
        h = mix_string(h, v->stats[i]);
    return h;
}

static guint64 hash_page(guint64 h, const struct view_page *p)
{
    if (!p)
        return h;
    const int numbers[] = {p->count, p->pinned, p->focus, p->first, p->follow};
    h = mix_time(mix(h, numbers, sizeof numbers), p->open_us, ANIM_PAGE_US);
    h = mix_string(mix_string(mix_string(h, p->label), p->title), p->text);
    for (int i = 0; i < MIN(p->count, VIEW_ITEMS_MAX); i++) {
        const struct view_item *item = &p->items[i];
        const int parts[] = {(int)item->kind, item->less, item->more,    item->level,
                             item->column,    item->row,  item->pictured};
        h = mix_string(mix_string(mix_string(h, item->text), item->value), item->note);
        h = mix(mix(h, parts, sizeof parts), &item->image, sizeof item->image);
    }
    return h;
}

static guint64 hash_bar(guint64 h, const struct view_bar *b)
{
    if (!b)
        return h;
    const double numbers[] = {(double)b->played, (double)b->reach, (double)b->then, b->stays};
    h = mix_time(mix(h, numbers, sizeof numbers), b->asked_us, ANIM_BAR_US);
    return mix_string(mix_string(mix_string(h, b->time), b->hint), b->comes);
}

uint64_t digest_overlay(const struct view *v)
{
    guint64 h = hash_panel(0xcbf29ce484222325u, &v->panel);
    h = hash_top(hash_inscriptions(hash_card(h, v->card), v), v);
    for (int i = 0; i < v->sub_count; i++) {
        const struct subs_image *s = &v->subs[i];
        const int numbers[] = {s->x, s->y, s->w, s->h, (int)s->rgba};
        h = mix(h, numbers, sizeof numbers);
        for (int y = 0; y < s->h; y++)
            h = mix(h, s->alpha + (size_t)y * s->stride, (size_t)s->w);
    }
    h = hash_page(h, v->page);
    h = mix_string(hash_bar(h, v->bar), v->paused ? v->paused_link : NULL);
    h = mix_time(mix_string(h, v->skip_link), v->skip_link && !v->skip_link_stays ? v->skip_link_us : 0, ANIM_SKIP_US);
    h = mix_string(h, v->face);
    const double inset[] = {v->inset ? (double)v->inset_serial : -1, (double)v->inset_share, v->inset_low};
    h = mix(h, inset, sizeof inset);
    const double numbers[] = {v->pic_w,          v->pic_h,        (double)v->dim, (double)v->text_scale,
                              v->reduced_motion, v->high_contrast};
    return mix(h, numbers, sizeof numbers);
}
