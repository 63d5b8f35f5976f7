#include "player/player_context.h"
#include "base/console.h"
#include "player/past_choices.h"
#include "player/save.h"

#include <assert.h>

#define CLOSE_US    (5 * US_PER_SECOND)
#define LAST_US     (100 * US_PER_MS) /* and once more, where that was not enough */
#define VIEW_WIDTH  1280
#define VIEW_HEIGHT 720

static uint64_t draw_seed(const struct player_options *o)
{
    return o->has_seed ? o->seed : (uint64_t)g_random_int() << 32 | g_random_int();
}

static bool open_window(struct player_context *st)
{
    const struct player_options *o = st->o;
    g_autoptr(GError) error = NULL;
    const struct window_options wo = {
        .title = story_text(st->story, st->story->title, o->language),
        .width = o->headless && o->width == 0 ? VIEW_WIDTH : o->width,
        .height = o->headless && o->height == 0 ? VIEW_HEIGHT : o->height,
        .fullscreen = o->fullscreen,
        .offscreen = o->headless,
    };
    st->window = window_open(&wo, &error);
    if (!st->window) {
        console_say("%s; without a display, `frumious play --headless` plays off-screen", error->message);
        return false;
    }
    window_warm(st->window);
    if (window_problem(st->window))
        console_say("%s", window_problem(st->window));
    st->input = input_open(st->window);
    return true;
}

static bool open_helpers(struct player_context *st, int *code)
{
    const struct player_options *o = st->o;
    g_autoptr(GError) error = NULL;
    const char *how = o->choose ? o->choose : o->headless ? "default" : NULL;
    if (how && !(st->autopilot = autopilot_new(how, st->story, st->seed, &error))) {
        console_say("%s", error->message);
        *code = EXIT_PROBLEM;
        return false;
    }
    if (o->screenshots && !(st->pictures = screenshots_new(o->screenshots, st->story, o->cuts, &error))) {
        console_say("%s", error->message);
        *code = EXIT_ENVIRONMENT;
        return false;
    }
    if (o->trace && !(st->trace = trace_open(o->trace, &error))) {
        console_say("%s", error->message);
        *code = EXIT_ENVIRONMENT;
        return false;
    }
    return true;
}

static void open_controls(struct player_context *st)
{
    const struct player_options *o = st->o;
    const struct controls_options co = {
        .settings = o->settings,
        .input = st->input,
        .window = st->window,
        .language = o->language,
        .screenshots = o->screenshots,
        .stats = o->stats,
        .mute = o->mute,
        .time_factor = o->time_factor,
        .machine_decides = st->autopilot != NULL,
    };
    st->controls = controls_new(&co);
}

bool player_context_open(struct player_context *st, const struct player_options *o, int *code)
{
    *st = (struct player_context){.o = o, .story = o->story, .fast = o->headless && !o->realtime, .claim = -1};
    *code = EXIT_ENVIRONMENT;
    st->seed = draw_seed(o);
    st->media = media_new();
    media_use_hardware(st->media, o->hwdec);
    if (!open_helpers(st, code) || !open_window(st))
        return false;
    open_controls(st);
    return true;
}

bool player_context_record(struct player_context *st)
{
    const struct player_options *o = st->o;
    g_autoptr(GError) error = NULL;
    const bool refused = o->settings->record == SETTINGS_NO || (o->settings->record == SETTINGS_ASK && !o->headless);
    const struct writer_options wo = {.path = o->store, .off = o->no_telemetry || refused};
    st->writer = writer_open(&wo, &error);
    st->recording = !wo.off;
    if (!st->writer)
        console_say("%s", error->message);
    controls_set_writer(st->controls, st->writer);
    if (st->writer)
        st->past_choices = past_choices_read(st->story, o->store);
    return st->writer != NULL;
}

void player_context_renew(struct player_context *st)
{
    assert(st->writer); /* player_context_record() came first */
    st->seed = draw_seed(st->o);
    g_free(st->past_choices);
    st->past_choices = past_choices_read(st->story, st->o->store);
}

bool player_context_may_resume(struct player_context *st)
{
    const bool first = !st->resumed;
    st->resumed = true;
    return first;
}

bool player_context_claim(struct player_context *st)
{
    return st->claim >= 0 || save_claim(st->story, &st->claim);
}

static void close_writer(struct player_context *st)
{
    struct writer_status status;
    if (!st->writer)
        return;
    const bool done = writer_flush(st->writer, CLOSE_US);
    writer_status(st->writer, &status);
    if (status.error[0] != '\0')
        console_say("telemetry: %s", status.error);
    if (status.notice[0] != '\0')
        console_say("telemetry: %s", status.notice);
    const uint64_t lost = writer_close(st->writer, done ? CLOSE_US : LAST_US);
    if (lost > 0)
        console_say("telemetry: %" G_GUINT64_FORMAT " record%s could not be kept", lost, lost == 1 ? "" : "s");
}

void player_context_close(struct player_context *st)
{
    close_writer(st);
    controls_free(st->controls);
    autopilot_free(st->autopilot);
    screenshots_free(st->pictures);
    trace_close(st->trace);
    input_close(st->input);
    window_close(st->window);
    media_free(st->media);
    save_release(st->claim);
    g_free(st->past_choices);
}
