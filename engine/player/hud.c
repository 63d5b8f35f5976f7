#include "player/hud.h"

#include "base/units.h"
#include "base/words.h"
#include "present/anim.h"

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
    char *link; /* below the sign of a pause; NULL: none was shown yet */
    int64_t bar_at_us;
    char *skip;          /* the way past the credits; NULL: none was shown yet */
    int64_t skip_at_us;  /* 0: no credits are shown */
    struct view_bar bar; /* as it was shown last; owns its words */
};

struct hud *hud_new(const char *language)
{
    struct hud *h = g_new0(struct hud, 1);
    h->language = language;
    return h;
}

static void clear_bar(struct view_bar *b)
{
    g_free((char *)b->time);
    g_free((char *)b->hint);
    g_free((char *)b->comes);
    *b = (struct view_bar){0};
}

void hud_free(struct hud *h)
{
    if (!h)
        return;
    hud_stats_begin(h);
    g_free(h->notice);
    g_free(h->link);
    g_free(h->skip);
    clear_bar(&h->bar);
    g_free(h);
}

void hud_set_language(struct hud *h, const char *language)
{
    h->language = language;
}

void hud_volume_changed(struct hud *h, int64_t now_us)
{
    h->volume_at_us = now_us;
}

void hud_pause_changed(struct hud *h, int64_t now_us)
{
    h->paused_at_us = now_us;
}

static bool bar_is_fresh(const struct hud *h, int64_t now_us)
{
    return h->bar_at_us != 0 && now_us - h->bar_at_us < ANIM_BAR_US;
}

/* A bar that is there already does not come again. */
bool hud_bar_asked(struct hud *h, int64_t now_us)
{
    const bool shown = bar_is_fresh(h, now_us);
    h->bar_at_us = now_us - (shown ? ANIM_FADE_US : 0);
    if (h->skip_at_us != 0)
        h->skip_at_us = MAX(h->skip_at_us, now_us - ANIM_FADE_US);
    return !shown;
}

bool hud_wants_bar(const struct hud *h, bool paused, int64_t now_us)
{
    return paused || bar_is_fresh(h, now_us);
}

void hud_say(struct hud *h, const char *text, int64_t now_us)
{
    g_free(h->notice);
    h->notice = g_strdup(text);
    h->notice_at_us = now_us;
}

void hud_toggle_stats(struct hud *h)
{
    h->stats = !h->stats;
}

bool hud_shows_stats(const struct hud *h)
{
    return h->stats;
}

static char *comes_words(const struct hud *h, const struct way_ahead *way)
{
    static const char *const words[] = {[WAY_CHOICE] = WORDS("Decision in %s"),
                                        [WAY_END] = WORDS("The film ends in %s"),
                                        [WAY_UNKNOWN] = WORDS("At least %s more")};
    if (way->then == WAY_UNKNOWN && way->sure_us < US_PER_SECOND / 2) /* no time to speak of, as at a cut */
        return g_strdup(words_in(h->language, "The film goes on"));
    g_autofree char *time = units_clock_time(way->sure_us);
    return g_strdup_printf(words_in(h->language, words[way->then]), time);
}

static char *skip_words(const struct hud *h, const char *key)
{
    g_autofree char *name = key ? input_key_words(key, h->language) : NULL;
    return name ? g_strdup_printf(words_in(h->language, "Seen before: %s skips it"), name) : NULL;
}

static void view_bar(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v)
{
    static const enum view_bar_then thens[] = {
        [WAY_CHOICE] = VIEW_BAR_CHOICE, [WAY_END] = VIEW_BAR_END, [WAY_UNKNOWN] = VIEW_BAR_OPEN};
    const struct hud_bar *b = state->bar;
    const int64_t whole_us = b ? b->at_us + b->way.sure_us : 0;
    if (whole_us <= 0 || v->panel.phase != VIEW_HIDDEN)
        return;
    clear_bar(&h->bar);
    h->bar = (struct view_bar){.played = (float)b->at_us / (float)whole_us,
                               .reach = (float)b->way.to_us / (float)whole_us,
                               .then = thens[b->way.then],
                               .time = units_clock_time(b->at_us),
                               .hint = skip_words(h, b->skip_key),
                               .comes = comes_words(h, &b->way),
                               .asked_us = now_us - h->bar_at_us,
                               .stays = state->paused};
    v->bar = &h->bar;
}

/* Words to click with the key that does the same: "Skip the credits   [Tab]". */
static char *link_words(const struct hud *h, const char *words, const char *key)
{
    g_autofree char *name = key ? input_key_words(key, h->language) : NULL;
    return g_strdup_printf("%s%s%s%s", words_in(h->language, words), name ? "   [" : "", name ? name : "",
                           name ? "]" : "");
}

/* The way to the menu, below the sign of a pause. */
static void view_link(struct hud *h, const char *menu_key, struct view *v)
{
    g_free(h->link);
    h->link = link_words(h, WORDS("Menu"), menu_key);
    v->paused_link = h->link;
}

/* The way past the credits: when they begin and no question is in its place any more, and again when the viewer asks
 * where the film is. */
static void view_skip(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v)
{
    if (!state->credits || v->panel.phase != VIEW_HIDDEN) {
        h->skip_at_us = 0;
        return;
    }
    if (h->skip_at_us == 0)
        h->skip_at_us = MAX(now_us, 1);
    g_free(h->skip);
    h->skip = link_words(h, WORDS("Skip the credits"), state->skip_key);
    v->skip_link = h->skip;
    v->skip_link_us = now_us - h->skip_at_us;
    v->skip_link_stays = state->paused;
}

bool hud_notice(const struct hud *h, bool stays, int64_t now_us, struct view *v)
{
    const int64_t shown_us = now_us - h->notice_at_us;
    if (!h->notice || (shown_us >= ANIM_NOTICE_US && !stays))
        return false;
    v->notice = h->notice;
    v->notice_us = stays ? MIN(shown_us, ANIM_NOTICE_US / 2) : shown_us;
    return true;
}

void hud_view(struct hud *h, const struct hud_state *state, int64_t now_us, struct view *v)
{
    hud_notice(h, state->notice_stays, now_us, v);
    v->paused = state->paused;
    v->paused_us = now_us - h->paused_at_us;
    if (state->paused)
        view_link(h, state->menu_key, v);
    v->volume_shown = h->volume_at_us != 0 && now_us - h->volume_at_us < ANIM_VOLUME_US;
    v->volume = state->volume;
    v->muted = state->muted;
    v->muted_word = words_in(h->language, "muted");
    v->volume_us = now_us - h->volume_at_us;
    view_bar(h, state, now_us, v);
    view_skip(h, state, now_us, v);
    if (h->stats) {
        v->stats = (const char *const *)h->lines;
        v->stat_count = h->n_lines;
    }
}

bool hud_moves(const struct hud *h, int64_t now_us)
{
    return h->stats || (h->notice && now_us - h->notice_at_us < ANIM_NOTICE_US) ||
           (h->volume_at_us != 0 && now_us - h->volume_at_us < ANIM_VOLUME_US) || bar_is_fresh(h, now_us) ||
           (h->skip_at_us != 0 && now_us - h->skip_at_us < ANIM_SKIP_US);
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
