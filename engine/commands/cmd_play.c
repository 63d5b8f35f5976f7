/* frumious play: a story as a film. */

#include "base/files.h"
#include "base/interrupt.h"
#include "player/autopilot.h"
#include "commands/command.h"
#include "commands/network.h"
#include "commands/translation.h"
#include "player/extra_time.h"
#include "player/language_names.h"
#include "base/paths.h"
#include "base/units.h"
#include "player/opened_films.h"
#include "player/player.h"
#include "player/profiles.h"
#include "player/shelf.h"
#include "story/limits.h"
#include "player/story_watch.h"
#include "play/recorded_start.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WARM_MB_MAX 65536

static bool parse_size(const char *text, struct player_options *o)
{
    char rest;
    if (!text)
        return true;
    return sscanf(text, "%dx%d%c", &o->width, &o->height, &rest) == 2 && o->width >= 160 && o->height >= 90 &&
           o->width <= 16384 && o->height <= 16384;
}

/* A name as in a story, or NULL: none is given. */
static bool check_channel(const char *name)
{
    const size_t n = name ? strlen(name) : 1;
    bool good = n > 0 && n <= STORY_CHANNEL_BYTES_MAX;
    for (size_t i = 0; name && good && i < n; i++)
        good = g_ascii_isalnum(name[i]) || name[i] == '_' || name[i] == '-';
    if (!good)
        console_say("--channel wants a name of letters, digits, `_` and `-`, up to %d bytes", STORY_CHANNEL_BYTES_MAX);
    return good;
}

#define WATCHES  "--watch plays whatever is saved"
#define UNKEPT   "a play that begins elsewhere or is changed leaves the saved place as it is; leave one out"
#define UNSTORED "nothing of such a play is recorded; leave one out"
/* What is said of a record, with an option of a play that leaves none. */
#define UNRECORDED(option)                                                                                             \
    {option, "store", UNSTORED}, {option, "trust-store", UNSTORED},                                                    \
    {                                                                                                                  \
        option, "channel", UNSTORED                                                                                    \
    }

static const struct command_clash clashes[] = {
    UNRECORDED("no-telemetry"),
    UNRECORDED("from"),
    UNRECORDED("set"),
    UNRECORDED("watch"),
    UNRECORDED("inspect"),
    {"resume", "from", UNKEPT},
    {"resume", "set", UNKEPT},
    {"resume", "watch", UNKEPT},
    {"resume", "inspect", UNKEPT},
    {"watch", "choose", WATCHES ", which a choice made before need not fit; leave one out"},
    {"watch", "screenshots", WATCHES ", so no picture would say of which version it is; leave one out"},
    {"watch", "trace", WATCHES ", so no line would say of which version it is; leave one out"},
};

/* Can these options stand together? Says why not. */
static bool go_together(const struct player_options *o)
{
    if ((o->realtime && !o->headless) || (o->cuts && !o->screenshots))
        console_say("--realtime needs --headless; --cuts needs --screenshots");
    else if (o->resume && o->restart && !o->headless && !o->choose) /* there, they begin anew and save the place */
        console_say("--resume and --restart can't go together: one goes on where you left off, the other begins anew; "
                    "choose one");
    else if (o->has_seed && o->choose && !autopilot_is_keyword(o->choose))
        console_say("--seed and the transcript of --choose can't go together: a transcript has its own seed; leave out "
                    "--seed");
    else
        return true;
    return false;
}

/* Finds mistakes before the film that would otherwise show only after it. */
static int check_files(const struct player_options *o)
{
    g_autofree char *folder = o->record ? g_path_get_dirname(o->record) : NULL;
    if (o->store && o->store[0] == '\0') {
        console_say("--store wants a file");
        return EXIT_USAGE;
    }
    if (o->choose && !autopilot_is_keyword(o->choose) && !g_file_test(o->choose, G_FILE_TEST_EXISTS)) {
        console_say("--choose wants default, first, random or the file of a transcript; there is no file '%s'",
                    o->choose);
        return EXIT_ENVIRONMENT;
    }
    if (folder && (g_access(folder, W_OK) != 0 || g_file_test(o->record, G_FILE_TEST_IS_DIR))) {
        console_say("the transcript can't be written to '%s'; name a file in a folder that you can write to",
                    o->record);
        return EXIT_ENVIRONMENT;
    }
    g_autoptr(GError) error = NULL;
    if (o->record && !files_may_replace(o->record, &error)) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    return EXIT_OK;
}

/* A time that a viewer asks for is remembered. A headless play ignores the viewer's settings. */
static void take_time_factor(struct player_options *o, bool asked)
{
    g_autoptr(GError) error = NULL;
    assert(o->settings && (!o->headless || o->realtime || !asked));
    if (!asked)
        o->time_factor = o->headless ? 1 : o->settings->time_factor;
    else if (!o->headless && o->settings->time_factor != o->time_factor) {
        o->settings->time_factor = o->time_factor;
        if (!settings_save(o->settings, &error))
            console_say("%s", error->message);
    }
}

/* --from and --set: where the play begins, if not at the start; --watch. */
struct play_start {
    char *node, **sets;
    bool watch;
};

/* The transcript that --choose names, if it names one. False: it can't be read, and a message said why. */
static bool load_transcript(const char *choose, struct transcript **t)
{
    g_autoptr(GError) error = NULL;
    *t = choose && !autopilot_is_keyword(choose) ? transcript_load(choose, &error) : NULL;
    if (error)
        console_say("'%s' is neither default, first, random nor a transcript: %s", choose, error->message);
    return !error;
}

/* Whoever plays a film that may be shared has a process wait that sends what is shared when the film is over: the one that plays can't
 * start any by then. -1: none is needed. */
static int prepare_sender(const struct player_options *o)
{
    if (!o->story->share.to || o->headless || o->no_telemetry || o->choose)
        return -1;
    g_autofree char *store = o->store ? g_canonicalize_filename(o->store, NULL) : NULL;
    char share[] = "share", option[] = "--store";
    char *arguments[] = {share, store ? option : NULL, store, NULL};
    return network_wait(store ? 3 : 1, arguments);
}

static int play_recorded(struct player_options *o)
{
    bool shares = false;
    const int sender = prepare_sender(o);
    o->shares = sender >= 0 ? &shares : NULL;
    const int code = player_run(o);
    network_tell(sender, shares);
    return code;
}

static int play_one(const char *path, struct player_options *o, const struct play_start *from, const char *asked,
                    bool times_asked)
{
    size_t warnings;
    int code;
    struct transcript *recorded;
    struct story *story = command_load_story(path, "played", &warnings, &code);
    if (!story)
        return code;
    if (!load_transcript(o->choose, &recorded)) {
        story_free(story);
        return EXIT_PROBLEM;
    }
    if (warnings > 0)
        console_say("%zu warning%s about %s; `frumious check` shows them", warnings, units_s((int64_t)warnings), path);
    struct settings *settings = settings_load();
    const char *lang = asked ? asked : settings_language(settings, story);
    translation_tell_shown(story, asked);
    g_autoptr(GError) error = NULL;
    struct variant *variant = recorded_start(story, recorded, from->node, from->sets, &error);
    o->transcript = recorded;
    o->elsewhere = from->node || from->sets || o->inspect || (recorded && transcript_begins_elsewhere(recorded));
    o->story = variant ? variant_story(variant) : NULL;
    o->settings = settings;
    take_time_factor(o, times_asked);
    o->language = lang;
    /* A program that reads what happens gets each line at once; when it closes the pipe, the film plays on. */
    console_flush_lines();
    signal(SIGPIPE, SIG_IGN);
    o->watch = variant && from->watch ? story_watch_new(story, from->node, from->sets) : NULL;
    o->no_telemetry |= o->elsewhere;
    if (!variant)
        console_say("%s", error->message);
    if (variant && !o->headless && !o->elsewhere && !opened_films_remember(path, &error)) {
        console_say("that this film was opened could not be saved: %s", error->message);
        g_clear_error(&error);
    }
    code = variant ? play_recorded(o) : EXIT_USAGE;
    story_watch_free(o->watch);
    variant_free(variant);
    settings_free(settings);
    transcript_free(recorded);
    story_free(story);
    return code;
}

/* The values of options that are words. `realtime`: somebody can have more time, even without a window. */
static bool check_words(struct player_options *o, const char *size, const char *hwdec, const char *times, bool realtime)
{
    const bool sized = parse_size(size, o);
    if (!sized)
        console_say("--size wants a size from 160x90 to 16384x16384, such as 1280x720, not '%s'", size);
    const bool device = !hwdec || strcmp(hwdec, "auto") == 0 || strcmp(hwdec, "off") == 0 || g_path_is_absolute(hwdec);
    if (!device)
        console_say("--hwdec wants auto, off, or a device such as /dev/dri/renderD128, not '%s'", hwdec);
    const bool timed = !times || extra_time_parse(times, &o->time_factor);
    if (!timed)
        console_say("--time wants 1, 2, 3, 5, 10 or none, not '%s'", times);
    else if (times && !realtime)
        console_say("--time gives a viewer more time, and with --headless there is none: add --realtime");
    return sized && device && timed && (!times || realtime);
}

/* Whoever is to watch now will be the one who watched last. False: that is no name, and a message said so. */
static bool let_watch(const char *name)
{
    g_autoptr(GError) error = NULL;
    if (!profiles_use(name, &error)) {
        console_say("%s", error->message);
        return false;
    }
    if (!profiles_remember(&error))
        console_say("who is watching could not be saved: %s", error->message);
    return true;
}

/* Plays a film, and then what the viewer wants next. What was asked for one play alone does not hold for the others. */
static int play(const char *path, const struct player_options *options, const struct play_start *from,
                const char *asked, bool times_asked)
{
    struct player_options o = *options;
    g_autofree char *now = g_strdup(path);
    for (;;) {
        struct player_next next = {0};
        struct player_options once = o;
        once.next = o.once || o.headless || o.choose || from->node || from->sets || from->watch ? NULL : &next;
        const int code = play_one(now, &once, from, asked, times_asked);
        g_autofree char *viewer = next.viewer;
        if (!next.film && !(viewer && let_watch(viewer)))
            return code;
        if (next.film) {
            g_free(now);
            now = next.film;
        }
        o.record = o.trace = o.screenshots = NULL;
        o.restart = o.has_seed = false;
    }
}

/* Who is watching: the one who was named, else whoever watched last. What plays off-screen is nobody's, unless it is said. */
static bool set_viewer(const char *name, bool headless)
{
    g_autoptr(GError) error = NULL;
    if (name && headless) {
        const bool good = profiles_use(name, &error);
        if (!good)
            console_say("%s", error->message);
        return good;
    }
    if (!name && !headless)
        profiles_use_last();
    return !name || let_watch(name);
}

int cmd_play(int argc, char **argv)
{
    struct player_options o = {0};
    g_autofree char *hwdec = NULL, *choose = NULL, *seed = NULL, *pictures = NULL, *store = NULL, *record = NULL,
                    *size = NULL, *lang = NULL, *trace = NULL, *warm_set = NULL, *node = NULL, *times = NULL,
                    *channel = NULL, *profile = NULL;
    g_auto(GStrv) sets = NULL;
    gboolean headless = FALSE, realtime = FALSE, cuts = FALSE, no_telemetry = FALSE, trust_store = FALSE,
             fullscreen = FALSE, mute = FALSE, descriptions = FALSE, once = FALSE, stats = FALSE, resume = FALSE,
             restart = FALSE, watch = FALSE, inspect = FALSE;
    const GOptionEntry options[] = {
        {"fullscreen", 'f', 0, G_OPTION_ARG_NONE, &fullscreen, "Start in full screen", NULL},
        {"size", 0, 0, G_OPTION_ARG_STRING, &size, "Size of the window in pixels", "WxH"},
        {"restart", 0, 0, G_OPTION_ARG_NONE, &restart, "Begin anew instead of where you left off", NULL},
        {"resume", 0, 0, G_OPTION_ARG_NONE, &resume,
         "With --headless or --choose: save the place and continue there, as a viewer's play does", NULL},
        {"language", 'l', 0, G_OPTION_ARG_STRING, &lang, "Language of texts, sound and subtitles (en, de, …)", "TAG"},
        {"time", 0, 0, G_OPTION_ARG_STRING, &times,
         "Time to decide: 1, 2, 3, 5 or 10 times the author's, or none for no limit; remembered", "N"},
        {"descriptions", 0, 0, G_OPTION_ARG_NONE, &descriptions,
         "The sound that describes what is seen, where a film has one", NULL},
        {"profile", 0, 0, G_OPTION_ARG_STRING, &profile,
         "Who is watching: their settings, places and link in the record; remembered; '' is everyone", "NAME"},
        {"mute", 0, 0, G_OPTION_ARG_NONE, &mute, "Start without sound", NULL},
        {"once", 0, 0, G_OPTION_ARG_NONE, &once, "Quit at the end without asking", NULL},
        {"hwdec", 0, 0, G_OPTION_ARG_STRING, &hwdec,
         "Decode on a graphics device: auto, off, or its path (default auto, off with --headless)", "DEVICE"},
        {"warm-set", 0, 0, G_OPTION_ARG_STRING, &warm_set,
         "Memory for clips that are decoded ahead, in MB (default 400)", "MB"},
        {"stats", 0, 0, G_OPTION_ARG_NONE, &stats, "Start with the statistics overlay", NULL},
        {"headless", 0, 0, G_OPTION_ARG_NONE, &headless, "Play off-screen, as fast as possible", NULL},
        {"realtime", 0, 0, G_OPTION_ARG_NONE, &realtime, "With --headless: in real time", NULL},
        {"choose", 0, 0, G_OPTION_ARG_FILENAME, &choose,
         "Let the machine decide: default (nobody chooses), first, random, or the file of a transcript", "HOW"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &seed,
         "Seed of random routes and random choices: the same seed, the same play", "N"},
        {"screenshots", 0, 0, G_OPTION_ARG_FILENAME, &pictures, "Save a picture of every decision and ending in DIR",
         "DIR"},
        {"cuts", 0, 0, G_OPTION_ARG_NONE, &cuts, "With --screenshots: also each node's first picture", NULL},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &record, "Write the transcript of the play to FILE", "FILE"},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME, &trace, "Write to FILE which frame was presented when", "FILE"},
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &store, "Record into this telemetry store", "FILE"},
        {"trust-store", 0, 0, G_OPTION_ARG_NONE, &trust_store,
         "Record into it although another user owns it, or it holds more than this program makes", NULL},
        {"from", 0, 0, G_OPTION_ARG_STRING, &node, "Begin at this node; nothing is recorded or saved", "NODE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets,
         "Begin with this value; nothing is recorded or saved; may be given again", "NAME=VALUE"},
        {"channel", 0, 0, G_OPTION_ARG_STRING, &channel,
         "Record through which channel the film came, as festival; in place of the story's `channel`", "NAME"},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &watch,
         "Load the story again whenever it is saved, and play on there; nothing is recorded or saved", NULL},
        {"inspect", 0, 0, G_OPTION_ARG_NONE, &inspect,
         "F12 shows what the story does, Shift+F12 changes it; nothing is recorded or saved. --watch can do it, too",
         NULL},
        {"no-telemetry", 0, 0, G_OPTION_ARG_NONE, &no_telemetry, "Record nothing", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "[OPTION…] [STORY]",
                         "Plays STORY, a YAML file or a pack; without one, the film that comes with the program.\n"
                         "Keys: arrows and Enter or digits choose, space pauses, f full screen, m mute, 9/0 volume,\n"
                         "t more time to decide, i statistics, ? help with all keys, q quit. Decisions are recorded on "
                         "this machine, and sent nowhere unless you share them.",
                         &code))
        return code;
    if (argc > 2) {
        console_say("name only one story: frumious play STORY");
        return EXIT_USAGE;
    }
    uint64_t warm_mb = 0;
    if (!command_number("--seed", seed, 0, UINT64_MAX, &o.seed) ||
        !command_number("--warm-set", warm_set, 1, WARM_MB_MAX, &warm_mb) || !check_channel(channel))
        return EXIT_USAGE;
    if (!check_words(&o, size, hwdec, times, realtime || !headless))
        return EXIT_USAGE;
    o.channel = channel, o.has_seed = seed != NULL, o.warm_bytes = (int64_t)warm_mb * 1000000;
    o.headless = headless, o.realtime = realtime, o.cuts = cuts, o.no_telemetry = no_telemetry;
    o.fullscreen = fullscreen, o.mute = mute, o.once = once, o.stats = stats;
    o.inspect = inspect || watch;
    o.hwdec = hwdec ? hwdec : headless ? "off" : "auto";
    o.resume = resume, o.restart = restart, o.trust_store = trust_store, o.described = descriptions;
    o.choose = choose, o.screenshots = pictures, o.store = store, o.record = record, o.trace = trace;
    if (!command_go_together(options, clashes, G_N_ELEMENTS(clashes)) || !go_together(&o))
        return EXIT_USAGE;
    if ((code = check_files(&o)) != EXIT_OK)
        return code;
    if (!set_viewer(profile, headless))
        return EXIT_USAGE;

    g_autofree char *own = argc < 2 ? paths_film() : NULL;
    const char *path = argc < 2 ? own : argv[1];
    if (!path) {
        console_say("the project's own film is not installed; name a story: frumious play STORY");
        return EXIT_ENVIRONMENT;
    }
    const struct play_start from = {node, sets, watch};
    return play(path, &o, &from, lang, times != NULL);
}

int cmd_play_shelf(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    profiles_use_last();
    bool again;
    do {
        g_autofree char *viewer = NULL;
        struct settings *settings = settings_load();
        path = shelf_choose(settings, &viewer, &error);
        settings_free(settings);
        again = viewer && let_watch(viewer);
    } while (again);
    if (error) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    char play[] = "play";
    char *arguments[] = {play, path, NULL};
    return path ? cmd_play(2, arguments) : interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}
