#include "commands/cut_export.h"

#include "base/interrupt.h"
#include "commands/command.h"
#include "play/recorded_start.h"
#include "play/track_choice.h"
#include "play/transcript_text.h"
#include "player/film_cut.h"
#include "player/player.h"
#include "shoot/cut_plan.h"

#include <stdio.h>
#include <string.h>

enum copying { COPY_AUTO, COPY_ALWAYS, COPY_NEVER };
enum subtitling { SUBTITLES_TRACKS, SUBTITLES_PICTURE, SUBTITLES_NONE };

enum { SIDE_MIN = 16, SIDE_MAX = 16384, RATE_MAX = 240, SIGNER_PERCENT = 30 };

/* What was asked for, in numbers. */
struct request {
    struct film_cut_options cut;
    enum copying copying;
    const char *needs_encoding; /* the option that no copy can follow; NULL: none was given */
    int width, height;          /* 0: not asked for */
    int rate_num, rate_den;     /* 0: not asked for */
};

/* ---- options ------------------------------------------------------------------------------------------------------ */

static bool parse_container(const char *path, enum film_container *c)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    const int found = dot ? command_word(dot + 1, film_container_names, 0) : -1;
    if (found < 0)
        console_say("--output wants a file that ends with .mp4, .mkv or .mov");
    *c = (enum film_container)found;
    return found >= 0;
}

static bool parse_codecs(const struct cut_export_options *o, struct film_writer_spec *f)
{
    if (!parse_container(o->output, &f->container))
        return false;
    const int picture = command_choice("--codec", o->codec, film_picture_names, FILM_H264);
    const int sound =
        command_choice("--sound", o->sound, film_sound_names, picture >= FILM_PRORES ? FILM_PCM : FILM_AAC);
    if (picture < 0 || sound < 0)
        return false;
    f->picture = (enum film_picture)picture;
    f->sound = (enum film_sound)sound;
    f->quality = o->quality;
    if (o->quality && picture >= FILM_PRORES) {
        console_say("--quality and --codec %s can't go together: it has none to choose; leave out --quality",
                    film_picture_names[picture]);
        return false;
    }
    if (film_container_holds(f->container, f->picture, f->sound))
        return true;
    console_say("a file that ends with .%s can't hold %s with %s; .mkv can hold everything",
                film_container_names[f->container], film_picture_names[f->picture], film_sound_names[f->sound]);
    return false;
}

static bool parse_numbers(const struct cut_export_options *o, struct request *q)
{
    char rest;
    if (o->size &&
        (sscanf(o->size, "%dx%d%c", &q->width, &q->height, &rest) != 2 || q->width < SIDE_MIN || q->height < SIDE_MIN ||
         q->width > SIDE_MAX || q->height > SIDE_MAX || q->width % 2 || q->height % 2)) {
        console_say("--size wants two even numbers from %d to %d, such as 1920x1080, not '%s'", SIDE_MIN, SIDE_MAX,
                    o->size);
        return false;
    }
    q->rate_den = 1;
    if (o->rate && ((sscanf(o->rate, "%d/%d%c", &q->rate_num, &q->rate_den, &rest) != 2 &&
                     sscanf(o->rate, "%d%c", &q->rate_num, &rest) != 1) ||
                    q->rate_num < 1 || q->rate_den < 1 || q->rate_num / q->rate_den > RATE_MAX)) {
        console_say("--rate wants pictures a second, such as 25 or 24000/1001, not '%s'", o->rate);
        return false;
    }
    return true;
}

static bool parse(const struct cut_export_options *o, struct request *q)
{
    static const char *const copies[] = {"auto", "always", "never", NULL};
    static const char *const subtitles[] = {"tracks", "picture", "none", NULL};
    if (!parse_codecs(o, &q->cut.file) || !parse_numbers(o, q))
        return false;
    const int copying = command_choice("--copy", o->copy, copies, COPY_AUTO);
    const int subtitling = command_choice("--subtitles", o->subtitles, subtitles, SUBTITLES_TRACKS);
    if (copying < 0 || subtitling < 0)
        return false;
    q->copying = (enum copying)copying;
    q->cut.file.path = o->output;
    q->cut.choices = o->choices;
    q->cut.subtitles = subtitling == SUBTITLES_PICTURE;
    q->cut.even = o->rate != NULL;
    q->cut.file.n_texts = subtitling == SUBTITLES_TRACKS ? -1 : 0; /* as many as the story has */
    q->needs_encoding = o->choices         ? "--choices"
                        : o->signs         ? "--signed"
                        : q->cut.subtitles ? "--subtitles picture"
                        : o->size          ? "--size"
                        : o->rate          ? "--rate"
                        : o->codec         ? "--codec"
                        : o->quality       ? "--quality"
                                           : NULL;
    if (!q->needs_encoding || q->copying != COPY_ALWAYS)
        return true;
    console_say("%s changes the pictures, so it can't go with --copy always", q->needs_encoding);
    return false;
}

/* ---- the film ----------------------------------------------------------------------------------------------------- */

/* The story's languages in which something of this play is subtitled. */
static void find_texts(const struct linear_cut *c, GPtrArray *texts)
{
    const struct story *s = c->story;
    for (int32_t l = 0; l < s->n_languages; l++) {
        bool has = false;
        for (guint i = 0; i < c->segments->len && !has; i++) {
            const struct story_span tracks =
                s->nodes[g_array_index(c->segments, struct cut_segment, i).node].clip.subtitles;
            for (int32_t t = 0; t < tracks.n && !has; t++) {
                const struct story_track *track = &s->tracks[tracks.first + t];
                has = track->language[0] == '\0' || track_speaks(track, s->languages[l]);
            }
        }
        if (has)
            g_ptr_array_add(texts, (void *)s->languages[l]);
    }
}

/* False: it was to be copied always, and can't be; that was said. */
static bool find_copy(struct request *q, const struct linear_cut *c, struct footage *f)
{
    g_autofree char *why = NULL;
    if (q->copying == COPY_NEVER)
        return true;
    if (q->needs_encoding)
        return true;
    q->cut.file.copy = cut_plan_copy(c, f, q->cut.file.container, &why);
    if (q->cut.file.copy)
        return true;
    if (interrupt_requested())
        return false;
    console_say(q->copying == COPY_ALWAYS ? "the pictures can't be copied as they are: %s"
                                          : "the pictures are encoded anew: %s",
                why);
    return q->copying != COPY_ALWAYS;
}

/* What is in the clips of this play for those who can't see or hear it all, and was not asked for. */
static void tell_left_out(const struct cut_export_options *o, const struct linear_cut *c)
{
    bool described = false, signs = false;
    for (guint i = 0; i < c->segments->len; i++) {
        const struct story_clip *clip = &c->story->nodes[g_array_index(c->segments, struct cut_segment, i).node].clip;
        described |= clip->described.n > 0;
        signs |= clip->signs.n > 0;
    }
    if (described && !o->descriptions)
        console_say("the described sound is left out; --descriptions takes it in place of the plain one");
    if (signs && !o->signs)
        console_say("the signed pictures are left out; --signed puts them into a corner");
}

static void tell(const struct request *q, const struct linear_cut *c, const struct film_cut *cut)
{
    const int64_t ms = film_cut_length_smp(cut) / (FILM_RATE / 1000);
    console_print("%s: %02d:%02d.%03d, %u shot%s; pictures %s, sound %s, %d track%s of subtitles\n", q->cut.file.path,
                  (int)(ms / 60000), (int)(ms / 1000 % 60), (int)(ms % 1000), c->segments->len,
                  units_s(c->segments->len),
                  q->cut.file.copy ? "copied as they are" : film_picture_names[q->cut.file.picture],
                  film_sound_names[q->cut.file.sound], q->cut.file.n_texts, units_s(q->cut.file.n_texts));
}

static int play_into(struct request *q, const struct cut_export_options *o, const struct linear_cut *c,
                     const struct transcript *t)
{
    g_autoptr(GError) error = NULL;
    struct film_cut *cut = film_cut_new(&q->cut, &error);
    if (!cut) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    struct settings *settings = settings_usual();
    settings->record = SETTINGS_NO;
    settings->subtitles = q->cut.subtitles;
    settings->signer = o->signs ? SIGNER_PERCENT : 0;
    const struct player_options po = {
        .story = c->story,
        .settings = settings,
        .headless = true,
        .hwdec = "off",
        .choose = o->choose ? o->choose : "default",
        .transcript = o->choose ? t : NULL,
        .has_seed = true,
        .seed = transcript_seed(t),
        .no_telemetry = true,
        .elsewhere = true,
        .described = o->descriptions,
        .cut = cut,
        .width = q->cut.file.width,
        .height = q->cut.file.height,
        .language = o->language,
        .time_factor = 1,
    };
    const int code = player_run(&po);
    if (code == EXIT_OK)
        tell(q, c, cut);
    film_cut_free(cut);
    settings_free(settings);
    return code;
}

static int export_play(struct request *q, const struct cut_export_options *o, const struct linear_cut *c,
                       struct footage *f, const struct transcript *t)
{
    const struct story *s = c->story;
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    const struct cut_shape shape = cut_plan_shape(c, f);
    struct film_writer_spec *file = &q->cut.file;
    if (c->segments->len == 0) {
        console_say("nothing is seen in this play");
        return EXIT_PROBLEM;
    }
    file->width = q->width ? q->width : shape.width;
    file->height = q->height ? q->height : shape.height;
    file->rate_num = q->rate_num ? q->rate_num : shape.rate.num;
    file->rate_den = q->rate_num ? q->rate_den : shape.rate.den;
    file->title = story_text(s, s->title, o->language);
    if (file->n_texts < 0)
        find_texts(c, texts);
    file->texts = (const char *const *)texts->pdata;
    file->n_texts = (int32_t)texts->len;
    q->cut.story = s;
    q->cut.language = o->language;
    q->cut.planned_us = linear_cut_length(c);
    tell_left_out(o, c);
    if (!find_copy(q, c, f))
        return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_PROBLEM;
    const int code = play_into(q, o, c, t);
    film_copy_free(file->copy);
    return code;
}

static int export_transcript(const struct story *s, const struct cut_export_options *o, struct request *q,
                             const struct transcript *t)
{
    g_autoptr(GError) error = NULL;
    struct footage *footage = footage_new(s);
    struct linear_cut *cut = linear_cut_to_end(s, t, footage, o->language, &error);
    if (!cut)
        console_say("%s", error->message);
    const int code = cut ? export_play(q, o, cut, footage, t) : EXIT_PROBLEM;
    linear_cut_free(cut);
    footage_free(footage);
    return code;
}

int cut_export(const struct story *s, const struct cut_export_options *o)
{
    struct request q = {0};
    g_autoptr(GError) error = NULL;
    int code = EXIT_PROBLEM;
    if (!parse(o, &q))
        return EXIT_USAGE;
    struct transcript *t = o->choose ? transcript_load(o->choose, &error) : transcript_new(s, 1, NULL);
    if (!t) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    interrupt_listen();
    struct variant *variant = recorded_start(s, t, NULL, NULL, &error);
    if (variant)
        code = export_transcript(variant_story(variant), o, &q, t);
    else
        console_say("%s", error->message);
    variant_free(variant);
    transcript_free(t);
    return code;
}
