#include "player/hud.h"

#include "base/words.h"
#include "present/anim.h"

#include <assert.h>
#include <string.h>

struct hud {
    const char *language; /* borrowed */
    char *notice;
    int64_t notice_at_us;
    int64_t volume_at_us; /* 0: never changed */
    int64_t paused_at_us;
    bool stats;
    char *lines[HUD_STATS];
    int n_lines;
    struct view_dialog dialog; /* count 0: none */
    int64_t dialog_at_us;
    char *link; /* below the sign of a pause; NULL: none was shown yet */
};

static_assert(HUD_BUTTONS <= G_N_ELEMENTS(((struct view_dialog *)NULL)->buttons), "the view has room for every button");

static bool hud_check(const struct hud *h)
{
    assert(h->n_lines >= 0 && h->n_lines <= HUD_STATS);
    assert(h->dialog.count >= 0 && h->dialog.count <= HUD_BUTTONS);
    assert(h->dialog.count == 0 || (h->dialog.focus >= 0 && h->dialog.focus < h->dialog.count));
    return true;
}

struct hud *hud_new(const char *language)
{
    struct hud *h = g_new0(struct hud, 1);
    h->language = language;
    return h;
}

void hud_free(struct hud *h)
{
    if (!h)
        return;
    hud_stats_begin(h);
    g_free(h->notice);
    g_free(h->link);
    g_free(h);
}

const char *hud_language(const struct hud *h)
{
    return h->language;
}

void hud_volume_changed(struct hud *h, int64_t now_us)
{
    h->volume_at_us = now_us;
}

void hud_pause_changed(struct hud *h, int64_t now_us)
{
    h->paused_at_us = now_us;
}

void hud_say(struct hud *h, const char *text, int64_t now_us)
{
    g_free(h->notice);
    h->notice = g_strdup(text);
    h->notice_at_us = now_us;
}

void hud_ask(struct hud *h, const char *title, const char *text, const char *const *buttons, int count, int64_t now_us)
{
    assert(count > 0 && count <= HUD_BUTTONS);
    h->dialog = (struct view_dialog){.title = title, .text = text, .count = count};
    for (int i = 0; i < h->dialog.count; i++)
        h->dialog.buttons[i] = buttons[i];
    h->dialog_at_us = now_us;
    assert(hud_check(h));
}

bool hud_asks(const struct hud *h)
{
    return h->dialog.count > 0;
}

void hud_close_dialog(struct hud *h)
{
    h->dialog.count = 0;
}

void hud_toggle_stats(struct hud *h)
{
    h->stats = !h->stats;
}

bool hud_shows_stats(const struct hud *h)
{
    return h->stats;
}

int hud_dialog_input(struct hud *h, const struct input_event *ev, int hit)
{
    struct view_dialog *d = &h->dialog;
    assert(hud_asks(h));
    switch (ev->action) {
    case INPUT_FOCUS:
    case INPUT_FOCUS_ROW:
        d->focus = (d->focus + (ev->value > 0) - (ev->value < 0) + d->count) % d->count;
        return -1;
    case INPUT_MOVE:
        if (hit >= 0)
            d->focus = hit;
        return -1;
    case INPUT_CLICK:
        return hit;
    case INPUT_CHOOSE:
        return d->focus;
    case INPUT_DIGIT:
        return ev->value >= 1 && ev->value <= d->count ? ev->value - 1 : -1;
    default:
        return -1;
    }
}

void hud_view(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v)
{
    if (h->notice && now_us - h->notice_at_us < ANIM_NOTICE_US) {
        v->notice = h->notice;
        v->notice_us = now_us - h->notice_at_us;
    }
    v->paused = state->paused;
    v->paused_us = now_us - h->paused_at_us;
    g_autofree char *key = state->menu_key ? input_key_words(state->menu_key, h->language) : NULL;
    g_free(h->link);
    h->link =
        g_strdup_printf("%s%s%s%s", words_in(h->language, "Menu"), key ? "   [" : "", key ? key : "", key ? "]" : "");
    v->paused_link = h->link;
    v->volume_shown = h->volume_at_us != 0 && now_us - h->volume_at_us < ANIM_VOLUME_US;
    v->volume = state->volume;
    v->muted = state->muted;
    v->muted_word = words_in(h->language, "muted");
    v->volume_us = now_us - h->volume_at_us;
    if (h->stats) {
        v->stats = (const char *const *)h->lines;
        v->stat_count = h->n_lines;
    }
    if (h->dialog.count > 0) {
        h->dialog.open_us = now_us - h->dialog_at_us;
        v->dialog = &h->dialog;
    }
}

bool hud_moves(const struct hud *h, int64_t now_us)
{
    return h->stats || (h->notice && now_us - h->notice_at_us < ANIM_NOTICE_US) ||
           (h->volume_at_us != 0 && now_us - h->volume_at_us < ANIM_VOLUME_US) ||
           (h->dialog.count > 0 && now_us - h->dialog_at_us < ANIM_DIALOG_US);
}

void hud_stats_begin(struct hud *h)
{
    for (int i = 0; i < h->n_lines; i++)
        g_free(h->lines[i]);
    h->n_lines = 0;
}

void hud_stats_line(struct hud *h, const char *fmt, ...)
{
    if (h->n_lines == HUD_STATS)
        return;
    va_list ap;
    va_start(ap, fmt);
    h->lines[h->n_lines++] = g_strdup_vprintf(fmt, ap);
    va_end(ap);
}

void hud_stats_telemetry(struct hud *h, const struct writer_status *s)
{
    hud_stats_line(
        h, "telemetry %s, written %" G_GUINT64_FORMAT ", queued %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT "%s%s",
        s->off ? "off" : "on", s->written, s->queued, s->lost, s->error[0] ? ": " : "", s->error);
    if (s->notice[0])
        hud_stats_line(h, "  %s", s->notice);
}
