/* frumious export: what others work on, out of a story. */

#include "base/confine.h"
#include "base/interrupt.h"
#include "base/packed_folder.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/cut_export.h"
#include "commands/translation.h"
#include "play/recorded_start.h"
#include "play/transcript_text.h"
#include "shoot/note_list.h"
#include "shoot/otio.h"
#include "shoot/screenplay.h"
#include "shoot/screenplay_pdf.h"
#include "shoot/shooting_lists.h"
#include "translate/po.h"
#include "translate/pseudo.h"
#include "translate/strings_csv.h"

#include <string.h>

#define SECONDS_DEFAULT 60

struct export_arguments {
    const char *language, *format, *choose, *pseudo; /* as given, or NULL */
    bool no_search;
    uint64_t max_seconds;
    struct cut_export_options cut;
};

/* A verb writes something of a story. Its mistakes are reported. */
struct export_verb {
    const char *name;
    int (*write)(const struct story *s, const struct export_arguments *a);
};

static int finish(const GString *out)
{
    return console_write(out) ? EXIT_OK : EXIT_ENVIRONMENT;
}

static int export_strings(const struct story *s, const struct export_arguments *a)
{
    g_autoptr(GString) out = g_string_new(NULL);
    enum translation_format format;
    static const char *const kinds[] = {[PSEUDO_LONG] = "long", [PSEUDO_RTL] = "rtl", NULL};
    const int pseudo = command_choice("--pseudo", a->pseudo, kinds, PSEUDO_LONG);
    const char *language = translation_format(a->format, NULL, &format) ? translation_language(s, a->language) : NULL;
    if (!language || pseudo < 0)
        return EXIT_USAGE;
    struct strings *t = strings_of_story(s, language);
    if (a->pseudo)
        pseudo_fill(t, (enum pseudo_kind)pseudo);
    if (format == TRANSLATION_CSV)
        strings_csv_write(t, out);
    else
        po_write(t, FRUMIOUS_VERSION, out);
    strings_free(t);
    return finish(out);
}

static int finish_pdf(const struct screenplay *p)
{
    g_autoptr(GError) error = NULL;
    GByteArray *pdf = screenplay_pdf(p, &error);
    if (!pdf) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    const bool written = console_write_bytes(pdf->data, pdf->len);
    g_byte_array_unref(pdf);
    return written ? EXIT_OK : EXIT_ENVIRONMENT;
}

static int export_script(const struct story *s, const struct export_arguments *a)
{
    static const char *const formats[] = {"fountain", "html", "pdf", NULL};
    g_autoptr(GString) out = g_string_new(NULL);
    struct patience patience = {.until_us = g_get_monotonic_time() + (int64_t)a->max_seconds * US_PER_SECOND,
                                .interrupted = interrupt_requested};
    const int format = command_choice("for a script, --format", a->format, formats, 0);
    if (format < 0)
        return EXIT_USAGE;
    interrupt_listen();
    struct entry_values *values = a->no_search ? NULL : entry_values_new(s, &patience);
    struct scenes *scenes = scenes_new(s);
    struct screenplay *p = screenplay_new(scenes, values);
    int code = EXIT_OK;
    if (format == 2)
        code = finish_pdf(p);
    else if (format == 1)
        screenplay_html(p, out);
    else
        screenplay_fountain(p, out);
    if (values && !values->complete)
        console_say("what is told about the state is not all: the search ended after %" G_GUINT64_FORMAT " states",
                    values->n_states);
    screenplay_free(p);
    scenes_free(scenes);
    entry_values_free(values);
    return interrupt_requested() ? EXIT_INTERRUPTED : format == 2 ? code : finish(out);
}

static bool has_no_format(const struct export_arguments *a, const char *verb, const char *only)
{
    if (!a->format || strcmp(a->format, only) == 0)
        return true;
    console_say("%s are written as %s only", verb, only);
    return false;
}

/* empty: what to say when there is no row; NULL: there always is one. */
static int export_list(const struct story *s, guint (*list)(const struct scenes *sc, GString *out), const char *empty)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct scenes *scenes = scenes_new(s);
    if (list(scenes, out) == 0 && empty)
        console_say("%s", empty);
    scenes_free(scenes);
    return finish(out);
}

static int export_shots(const struct story *s, const struct export_arguments *a)
{
    return has_no_format(a, "shots", "csv") ? export_list(s, shooting_list_shots, NULL) : EXIT_USAGE;
}

static int export_lines(const struct story *s, const struct export_arguments *a)
{
    return has_no_format(a, "lines", "csv")
               ? export_list(s, shooting_list_lines, "nothing is spoken: no node has a `script` with dialogue")
               : EXIT_USAGE;
}

static int export_notes(const struct story *s, const struct export_arguments *a)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!has_no_format(a, "notes", "text"))
        return EXIT_USAGE;
    note_list(s, out);
    if (out->len == 0)
        console_say("the story has no `todo` and no `note`");
    return finish(out);
}

/* Does the story have something for those who can't see or hear all of it? */
static bool has_aids(const struct story *s)
{
    bool has = false;
    for (int32_t i = 0; i < s->n_nodes && !has; i++)
        has = s->nodes[i].clip.described.n > 0 || s->nodes[i].clip.signs.n > 0;
    return has;
}

/* All clips, or with a transcript what was seen in that play. */
static int write_timeline(const struct story *s, const struct transcript *t, const char *language)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    struct footage *footage = footage_new(s);
    struct scenes *scenes = t ? NULL : scenes_new(s);
    struct linear_cut *cut =
        t ? linear_cut_of_play(s, t, footage, language, &error) : linear_cut_of_story(scenes, footage, language);
    if (cut)
        otio_write(cut, footage, language, out);
    else
        console_say("%s", error->message);
    if (cut && has_aids(s))
        console_say("described sounds and signed pictures are left out: a picture editor takes their files beside the "
                    "timeline");
    const int code = cut ? finish(out) : EXIT_PROBLEM;
    linear_cut_free(cut);
    scenes_free(scenes);
    footage_free(footage);
    return code;
}

/* *language: the one that is asked for, as the story has it; NULL: its own. False: it has no texts in it, which was said. */
static bool find_language(const struct story *s, const struct export_arguments *a, const char **language)
{
    const bool known = !a->language || translation_has_texts(s, a->language);
    *language = a->language && known ? story_language(s, a->language) : NULL;
    if (!known)
        console_say("the story has no texts in '%s'", a->language);
    return known;
}

static int export_otio(const struct story *s, const struct export_arguments *a)
{
    g_autoptr(GError) error = NULL;
    const char *language;
    const char *const folders[] = {"/dev", NULL};
    int code = EXIT_PROBLEM;
    if (!has_no_format(a, "timelines", "otio") || !find_language(s, a, &language))
        return EXIT_USAGE;
    if (packed_folder_is(s->dir)) {
        console_say("%s is one file, and no picture editor opens the clips in it; export the story from which it was "
                    "packed",
                    s->path);
        return EXIT_USAGE;
    }
    struct transcript *t = a->choose ? transcript_load(a->choose, &error) : NULL;
    if (a->choose && !t) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    confine_or_say(folders);
    struct variant *variant = recorded_start(s, t, NULL, NULL, &error);
    if (variant)
        code = write_timeline(variant_story(variant), t, language);
    else
        console_say("%s", error->message);
    variant_free(variant);
    transcript_free(t);
    return code;
}

static int export_cut(const struct story *s, const struct export_arguments *a)
{
    struct cut_export_options o = a->cut;
    if (!find_language(s, a, &o.language))
        return EXIT_USAGE;
    o.choose = a->choose;
    return cut_export(s, &o);
}

static const struct export_verb verbs[] = {
    {"strings", export_strings}, {"script", export_script}, {"shots", export_shots}, {"lines", export_lines},
    {"notes", export_notes},     {"otio", export_otio},     {"cut", export_cut}};

/* NULL: that was said. */
static const struct export_verb *parse_verb(int argc, char **argv)
{
    if (argc < 2) {
        console_say(
            "name a verb (strings, script, shots, lines, notes, otio, cut) and a story: frumious export script STORY");
        return NULL;
    }
    const int verb = command_verb("export", argv[1], verbs, G_N_ELEMENTS(verbs), sizeof verbs[0]);
    if (verb >= 0 && argc != 3)
        console_say("name one story: frumious export %s STORY", argv[1]);
    return verb >= 0 && argc == 3 ? &verbs[verb] : NULL;
}

int cmd_export(int argc, char **argv)
{
    g_autofree char *named = NULL, *format = NULL, *seconds = NULL, *choose = NULL, *output = NULL, *subtitles = NULL,
                    *copy = NULL, *codec = NULL, *sound = NULL, *pseudo = NULL, *quality = NULL, *size = NULL,
                    *rate = NULL;
    gboolean no_search = FALSE, choices = FALSE, descriptions = FALSE, signs = FALSE;
    const GOptionEntry options[] = {
        {"language", 'l', 0, G_OPTION_ARG_STRING, &named,
         "strings: the language to translate into; otio, cut: of texts and sounds", "TAG"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format,
         "strings: po (the default) or csv; script: fountain, html or pdf; shots, lines: csv; notes: text; otio: otio",
         "FORMAT"},
        {"pseudo", 0, 0, G_OPTION_ARG_STRING, &pseudo,
         "strings: with texts that only look translated, to test a film: long, or rtl (from right to left)", "KIND"},
        {"choose", 0, 0, G_OPTION_ARG_FILENAME, &choose,
         "otio, cut: the play that this transcript tells (cut: by default the one in which nobody chooses)", "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "cut: the file, which ends with .mp4, .mkv or .mov", "FILE"},
        {"choices", 0, 0, G_OPTION_ARG_NONE, &choices, "cut: with the decisions in the picture, as a viewer saw them",
         NULL},
        {"descriptions", 0, 0, G_OPTION_ARG_NONE, &descriptions, "cut: with the sound that describes what is seen",
         NULL},
        {"signed", 0, 0, G_OPTION_ARG_NONE, &signs, "cut: with who signs, in a corner of the picture", NULL},
        {"subtitles", 0, 0, G_OPTION_ARG_STRING, &subtitles, "cut: tracks (the default), picture (in it) or none",
         "HOW"},
        {"copy", 0, 0, G_OPTION_ARG_STRING, &copy,
         "cut: take pictures over as they are: auto (where that goes), always or never", "HOW"},
        {"codec", 0, 0, G_OPTION_ARG_STRING, &codec, "cut: h264 (the default), h265, prores or ffv1", "CODEC"},
        {"sound", 0, 0, G_OPTION_ARG_STRING, &sound, "cut: aac (the default), flac or pcm", "CODEC"},
        {"quality", 0, 0, G_OPTION_ARG_STRING, &quality, "cut: of h264 (18) and h265 (20), from 1, the best, to 51",
         "N"},
        {"size", 0, 0, G_OPTION_ARG_STRING, &size, "cut: of the picture (by default that of the largest clip)", "WxH"},
        {"rate", 0, 0, G_OPTION_ARG_STRING, &rate,
         "cut: a constant rate, as 25 or 24000/1001 (by default each picture keeps its own time)", "N"},
        {"no-search", 0, 0, G_OPTION_ARG_NONE, &no_search, "script: without the state on entry, which needs a search",
         NULL},
        {"max-seconds", 0, 0, G_OPTION_ARG_STRING, &seconds, "script: search no longer than S seconds (60)", "S"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "VERB [OPTION…] STORY",
            "Verbs:\n  strings           the texts of a story, with what is translated of them, for translators\n"
            "  script            the script for the shoot: scenes by act, the state on entry, choices\n"
            "  shots             a table of the scenes: clips, lengths, props, sounds, what exists already\n"
            "  lines             a table of what is spoken, by speaker, for recording\n"
            "  notes             every todo and note of the story, with its place\n"
            "  otio              its clips and ranges for picture editors (OpenTimelineIO)\n"
            "  cut               one way through it as a linear film, into a file\n\n"
            "All but `cut` write to standard output. `frumious import strings` takes translations back.",
            &code))
        return code;
    uint64_t level = 0;
    struct export_arguments a = {.language = named,
                                 .format = format,
                                 .choose = choose,
                                 .pseudo = pseudo,
                                 .no_search = no_search,
                                 SECONDS_DEFAULT};
    const struct export_verb *verb = parse_verb(argc, argv);
    static const struct command_clash clashes[] = {
        {"no-search", "max-seconds", "without a search there is nothing to limit; leave one out"}};
    if (!verb || !command_verb_options(verb->name, options) ||
        !command_go_together(options, clashes, G_N_ELEMENTS(clashes)))
        return EXIT_USAGE;
    if (!command_number("--max-seconds", seconds, 1, 1 << 24, &a.max_seconds))
        return EXIT_USAGE;
    if (!command_number("--quality", quality, 1, 51, &level))
        return EXIT_USAGE;
    a.cut = (struct cut_export_options){.output = output,
                                        .size = size,
                                        .rate = rate,
                                        .codec = codec,
                                        .sound = sound,
                                        .copy = copy,
                                        .subtitles = subtitles,
                                        .quality = (int32_t)level,
                                        .choices = choices,
                                        .descriptions = descriptions,
                                        .signs = signs};
    struct story *s = command_load_story(argv[2], "exported", NULL, &code);
    if (s)
        code = verb->write(s, &a);
    story_free(s);
    return code;
}
