#include "player/player_context.h"
#include "player/posters.h"
#include "base/confine.h"
#include "base/console.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "player/key_file.h"
#include "player/mpris.h"
#include "player/past_choices.h"
#include "player/sharing.h"
#include "player/story_watch.h"
#include "present/desktop_bus.h"

#include <assert.h>
#include <string.h>

#define CLOSE_US    (5 * US_PER_SECOND)
#define DECODERS_US (500 * US_PER_MS) /* for decoders to come back */
#define LAST_US     (100 * US_PER_MS) /* a second wait, if the first was not enough */
#define SIGNAL_US   (400 * US_PER_MS) /* for the store, after a signal */
#define VIEW_WIDTH  1280
#define VIEW_HEIGHT 720

static uint64_t draw_seed(const struct player_options *o)
{
    return o->has_seed ? o->seed : (uint64_t)g_random_int() << 32 | g_random_int();
}

static bool open_window(struct player_context *ctx)
{
    const struct player_options *o = ctx->o;
    const struct settings_window *kept = &o->settings->window;
    g_autoptr(GError) error = NULL;
    const struct window_options wo = {
        .title = story_text(ctx->story, ctx->story->title, o->language),
        .width = o->width > 0  ? o->width
                 : o->headless ? VIEW_WIDTH
                               : kept->width,
        .height = o->height > 0 ? o->height
                  : o->headless ? VIEW_HEIGHT
                                : kept->height,
        .placed = o->width == 0 && kept->width > 0,
        .x = kept->x,
        .y = kept->y,
        .fullscreen = o->fullscreen,
        .offscreen = o->headless,
    };
    ctx->window = window_open(&wo, &error);
    if (!ctx->window) {
        console_say("%s; without a display, `frumious play --headless` plays off-screen", error->message);
        return false;
    }
    ctx->input = input_open(ctx->window);
    if (desktop_bus_problem())
        console_say("%s", desktop_bus_problem());
    return true;
}

void player_context_warm(struct player_context *ctx)
{
    if (ctx->warm)
        return;
    ctx->warm = true;
    window_warm(ctx->window);
    if (window_problem(ctx->window))
        console_say("%s", window_problem(ctx->window));
}

void player_context_confine(struct player_context *ctx)
{
    if (ctx->confined)
        return;
    g_autofree char *kept = confine_as_offered(NULL);
    ctx->confined = true;
    trace_confined(ctx->trace, kept);
    if (kept)
        console_say("this system does not let the player give up rights (%s), so the film is decoded with all of yours",
                    kept);
}

static bool open_autopilot(struct player_context *ctx, int *code)
{
    const char *how = ctx->o->choose ? ctx->o->choose : ctx->o->headless ? "default" : NULL;
    g_autoptr(GError) error = NULL;
    if (!how || (ctx->autopilot = autopilot_new(how, ctx->o->transcript, ctx->story, ctx->seed, &error)))
        return true;
    console_say("%s", error->message);
    *code = EXIT_PROBLEM;
    return false;
}

static bool open_helpers(struct player_context *ctx, int *code)
{
    const struct player_options *o = ctx->o;
    g_autoptr(GError) error = NULL;
    if (!open_autopilot(ctx, code))
        return false;
    if (o->screenshots && !(ctx->pictures = screenshots_new(o->screenshots, ctx->story, o->cuts, &error))) {
        console_say("%s", error->message);
        *code = EXIT_ENVIRONMENT;
        return false;
    }
    if (o->trace && !(ctx->trace = trace_open(o->trace, &error))) {
        console_say("%s", error->message);
        *code = EXIT_ENVIRONMENT;
        return false;
    }
    return true;
}

static void open_controls(struct player_context *ctx)
{
    const struct player_options *o = ctx->o;
    const struct controls_options co = {
        .settings = o->settings,
        .input = ctx->input,
        .window = ctx->window,
        .language = o->language,
        .described = o->described,
        .screenshots = o->screenshots,
        .stats = o->stats,
        .mute = o->mute,
        .time_factor = o->time_factor,
        .inspect = o->inspect,
        .machine_decides = ctx->autopilot != NULL,
        .speaks = !o->headless,
    };
    ctx->controls = controls_new(&co);
}

/* The viewer's own keys. What is wrong with them is said on the console, and the first of it over the film. */
static void bind_keys(struct player_context *ctx)
{
    GPtrArray *problems = ctx->o->headless ? g_ptr_array_new() : key_file_bind(ctx->input);
    if (ctx->o->inspect) {
        input_bind(ctx->input, "F12", INPUT_INSPECT, 0);
        input_bind(ctx->input, "Shift+F12", INPUT_INSPECT, 1);
    }
    for (guint i = 0; i < problems->len; i++)
        console_say("%s", (const char *)problems->pdata[i]);
    if (problems->len > 0)
        hud_say(controls_hud(ctx->controls), problems->pdata[0], controls_now_us(ctx->controls));
    g_ptr_array_unref(problems);
}

static void open_desktop(struct player_context *ctx)
{
    const struct story *s = ctx->story;
    g_autofree char *art = posters_file(s);
    GDBusConnection *bus = ctx->o->headless ? NULL : desktop_bus();
    ctx->mpris = mpris_open(bus, story_text(s, s->title, ctx->o->language), art);
    if (ctx->mpris)
        input_also(ctx->input, mpris_next, ctx->mpris);
}

bool player_context_open(struct player_context *ctx, const struct player_options *o, int *code)
{
    *ctx = (struct player_context){.o = o, .story = o->story, .fast = o->headless && !o->realtime, .claim = -1};
    *code = EXIT_ENVIRONMENT;
    ctx->seed = draw_seed(o);
    ctx->media = media_new();
    media_use_hardware(ctx->media, o->hwdec);
    if (!open_helpers(ctx, code) || !open_window(ctx))
        return false;
    open_controls(ctx);
    bind_keys(ctx);
    open_desktop(ctx);
    return true;
}

static struct past_choice *read_past(const struct player_context *ctx)
{
    return past_choices_wanted(ctx->story) ? past_choices_read(ctx->story, ctx->o->store) : NULL;
}

bool player_context_record(struct player_context *ctx)
{
    const struct player_options *o = ctx->o;
    g_autoptr(GError) error = NULL;
    const enum settings_record record = o->settings->record;
    const bool refused = record == SETTINGS_NO || record == SETTINGS_COUNT || (record == SETTINGS_ASK && !o->headless);
    const struct writer_options wo = {.path = o->store, .trust = o->trust_store, .off = o->no_telemetry || refused};
    ctx->writer = writer_open(&wo, &error);
    ctx->recording = !wo.off;
    ctx->counts = record == SETTINGS_COUNT && !o->no_telemetry && !o->headless && !ctx->autopilot;
    if (!ctx->writer)
        console_say("%s", error->message);
    controls_set_writer(ctx->controls, ctx->writer);
    if (ctx->writer)
        ctx->past_choices = read_past(ctx);
    return ctx->writer != NULL;
}

struct sharing player_context_sharing(const struct player_context *ctx, const struct pages *pages)
{
    return (struct sharing){.pages = pages,
                            .story = ctx->story,
                            .store = ctx->o->store,
                            .trust = ctx->o->trust_store,
                            .sends = ctx->o->shares != NULL};
}

void player_context_renew(struct player_context *ctx)
{
    assert(ctx->writer); /* player_context_record() came first */
    ctx->seed = draw_seed(ctx->o);
    g_free(ctx->past_choices);
    ctx->past_choices = read_past(ctx);
}

bool player_context_reload(struct player_context *ctx, char *transcript)
{
    int code;
    g_free(ctx->begin);
    ctx->begin = transcript;
    ctx->story = story_watch_take(ctx->o->watch, &ctx->changes);
    autopilot_free(ctx->autopilot);
    ctx->autopilot = NULL;
    return open_autopilot(ctx, &code);
}

bool player_context_may_resume(struct player_context *ctx)
{
    const bool first = !ctx->resumed;
    ctx->resumed = true;
    return first;
}

void player_context_replay(struct player_context *ctx, char *transcript)
{
    g_free(ctx->begin);
    ctx->begin = transcript;
    ctx->changes = NULL;
}

char *player_context_take_begin(struct player_context *ctx)
{
    return g_steal_pointer(&ctx->begin);
}

enum save_owner player_context_claim(struct player_context *ctx)
{
    return ctx->claim >= 0 ? SAVE_OURS : save_claim(ctx->story, &ctx->claim);
}

static void say_status(const struct player_context *ctx)
{
    struct writer_status status;
    writer_status(ctx->writer, &status);
    if (status.error[0] != '\0')
        console_say("telemetry: %s", status.error);
    if (status.notice[0] != '\0')
        console_say("telemetry: %s", status.notice);
}

/* False: a signal ends the program, and the store does not answer. What it lacks lies in the queue's memory, from where the next
 * start brings it (telemetry/write/writer.h), but only as long as nobody closes the writer. */
static bool close_writer(struct player_context *ctx)
{
    if (!ctx->writer)
        return true;
    const bool done = writer_flush(ctx->writer, interrupt_requested() ? interrupt_patience_us(SIGNAL_US) : CLOSE_US);
    say_status(ctx);
    if (!done && interrupt_requested()) {
        console_say("telemetry: the store does not answer; what was decided last comes there at the next start");
        return false;
    }
    const uint64_t lost = writer_close(ctx->writer, done ? CLOSE_US : LAST_US);
    if (lost > 0)
        console_say("telemetry: %" G_GUINT64_FORMAT " record%s could not be kept", lost, units_s((int64_t)lost));
    return true;
}

bool player_context_says(struct player_context *ctx, const char *problem)
{
    const bool says = !ctx->sound_problem || strcmp(ctx->sound_problem, problem) != 0;
    ctx->sound_problem = problem;
    return says;
}

bool player_context_close(struct player_context *ctx)
{
    const bool closed = close_writer(ctx);
    controls_free(ctx->controls);
    autopilot_free(ctx->autopilot);
    screenshots_free(ctx->pictures);
    trace_close(ctx->trace);
    input_close(ctx->input);
    mpris_close(ctx->mpris);
    window_close(ctx->window);
    save_release(ctx->claim);
    g_free(ctx->past_choices);
    g_free(ctx->begin);
    return media_free_within(ctx->media, DECODERS_US) && closed;
}
