#include "media/streams.h"

#include <assert.h>
#include <string.h>

#include "base/units.h"
#include "media/media.h"
#include "media/picture_decoder.h"
#include "media/source.h"
#include "media/told_length.h"
#include "media/sound_decoder.h"

/* What the steps of opening share. */
struct opening {
    struct streams *s;
    struct media *media;
    const struct clip_spec *spec;
    const struct media_user *user;
    char **warning;
    int64_t lead_smp; /* see source_lead_smp() */
};

static bool streams_check(const struct streams *s)
{
    assert(!s->picture || s->files[0]);
    assert(!s->sound || s->files[0] || s->files[1]);
    assert(!s->files[1] || s->files[1] != s->files[0]);
    assert(!s->over || (s->sound && s->files[2]));
    return true;
}

static int64_t given_length(const struct clip_spec *s)
{
    return s->for_us > 0 ? us_to_smp(s->for_us) : US_NONE;
}

static struct stream_wish wish_of(const struct opening *o)
{
    return (struct stream_wish){
        .language = o->spec->audio_lang, .purpose = o->spec->purpose, .title = o->spec->sound_title};
}

/* A missing sound file does not stop the picture. `place`: among the files. */
static struct sound_decoder *open_sound_file(struct opening *o, const char *path, int place)
{
    GError *error = NULL;
    struct sound_decoder *sound = NULL;
    const struct stream_wish wish = wish_of(o);
    struct source *s = source_open(o->media, path, o->user, &error);
    const int stream = s ? source_sound(s, &wish) : -1;
    if (stream >= 0) {
        source_choose(s, -1, stream);
        sound = sound_decoder_open(s, stream, o->user->stop, &error);
    }
    o->s->files[place] = s;
    o->s->lacks |= g_error_matches(error, MEDIA_ERROR, MEDIA_ERROR_LACK);
    if (!sound && !*o->warning)
        *o->warning = error ? g_strdup(error->message) : g_strdup_printf("%s: holds no sound", path);
    g_clear_error(&error);
    return sound;
}

/* Without a sound below it, the sound over it is the segment's. */
static void open_sounds(struct opening *o)
{
    const struct clip_spec *spec = o->spec;
    if (spec->sound_path)
        o->s->sound = open_sound_file(o, spec->sound_path, 1);
    if (spec->over_path && o->s->sound)
        o->s->over = open_sound_file(o, spec->over_path, 2);
    else if (spec->over_path && !o->s->files[1])
        o->s->sound = open_sound_file(o, spec->over_path, 1);
}

static bool open_picture_file(struct opening *o, GError **error)
{
    struct source *s = o->s->files[0] = source_open(o->media, o->spec->path, o->user, error);
    if (!s)
        return false;
    const int picture = source_picture(s);
    const bool own_sound = !o->spec->sound_path && !o->spec->no_sound;
    const struct stream_wish wish = wish_of(o);
    const int any_sound = source_sound(s, &wish), sound = own_sound ? any_sound : -1;
    o->s->forced_text = source_text(s, &(struct stream_wish){.language = wish.language}, false) >= 0;
    o->s->facts = source_facts(s, &o->s->n_facts);
    if (picture < 0 && sound < 0 && !o->spec->sound_path) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: holds neither picture nor sound", source_path(s));
        return false;
    }
    source_choose(s, picture, any_sound); /* the file's times count from its sound, too, even if that is not played */
    const struct picture_decoder_range range = {.from_us = o->spec->from_us,
                                                .to_us = o->spec->to_us,
                                                .length_smp = given_length(o->spec),
                                                .start_smp = o->spec->start_smp,
                                                .lead_smp = source_lead_smp(s, picture, any_sound)};
    source_choose(s, picture, sound);
    o->lead_smp = range.lead_smp;
    if (!source_format(s)) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: cannot be opened again to find where it begins", o->spec->path);
        return false;
    }
    if (picture >= 0 && !(o->s->picture = picture_decoder_open(s, picture, &range, o->media, o->user->stop, error)))
        return false;
    GError *why = NULL;
    if (sound >= 0 && !(o->s->sound = sound_decoder_open(s, sound, o->user->stop, &why))) {
        source_choose(s, picture, -1);
        *o->warning = g_strdup(why->message);
    }
    g_clear_error(&why);
    return true;
}

/* Position 0 of the segment on the clock of the sound's file, in samples. */
static int64_t sound_origin(const struct streams *s, const struct clip_spec *spec, int64_t lead_smp)
{
    if (s->files[1])
        return sound_decoder_content_smp(s->sound) +
               us_to_smp(MAX(spec->sound_path ? spec->sound_from_us : spec->over_from_us, 0));
    if (s->picture && lead_smp > 0)
        return picture_decoder_first_smp(s->picture) - lead_smp + picture_decoder_from_smp(s->picture);
    if (s->picture)
        return sound_decoder_align(s->sound, picture_decoder_first_smp(s->picture)) +
               picture_decoder_from_smp(s->picture);
    return sound_decoder_content_smp(s->sound) + us_to_smp(MAX(spec->from_us, 0));
}

/* Brings a sound in a file of its own to `at_smp`. */
static void seek_sound(struct source *file, struct sound_decoder *sound, int64_t at_smp)
{
    const int64_t preroll_us = sound_decoder_preroll_us(sound);
    const bool early = at_smp - sound_decoder_content_smp(sound) <= us_to_smp(preroll_us);
    sound_decoder_begin(sound, at_smp);
    if (!early || source_must_seek(file))
        source_seek(file, early ? INT64_MIN : smp_to_us(at_smp), preroll_us);
}

static void seek_files(struct streams *s, const struct clip_spec *spec, int64_t lead_smp)
{
    s->sound_from_smp = s->sound ? sound_origin(s, spec, lead_smp) : 0;
    const int64_t sound_at = s->sound_from_smp + spec->start_smp;
    const int64_t preroll = s->sound ? sound_decoder_preroll_us(s->sound) : 0;
    if (s->sound && (!s->picture || s->files[1]))
        seek_sound(s->files[1] ? s->files[1] : s->files[0], s->sound, sound_at);
    else if (s->sound)
        sound_decoder_begin(s->sound, sound_at);
    if (s->over)
        seek_sound(s->files[2], s->over,
                   sound_decoder_content_smp(s->over) + us_to_smp(MAX(spec->over_from_us, 0)) + spec->start_smp);
    if (!s->picture)
        return;
    const int64_t at = picture_decoder_target_us(s->picture);
    if (at != INT64_MIN || source_must_seek(s->files[0]))
        source_seek(s->files[0], at, s->files[1] ? 0 : preroll);
    picture_decoder_begin(s->picture);
}

bool streams_open(struct streams *s, struct media *m, const struct clip_spec *spec, const struct media_user *user,
                  char **warning, GError **error)
{
    struct opening o = {s, m, spec, user, warning, 0};
    assert(!s->files[0] && !s->files[1] && !s->picture && !s->sound);
    if (spec->path && !open_picture_file(&o, error)) {
        s->lacks = error && g_error_matches(*error, MEDIA_ERROR, MEDIA_ERROR_LACK);
        return false;
    }
    if (!spec->no_sound && !atomic_load_explicit(user->stop, memory_order_relaxed))
        open_sounds(&o);
    assert(streams_check(s));
    seek_files(s, spec, o.lead_smp);
    const bool endless = !s->sound && (!s->picture || streams_is_still(s));
    if (endless && streams_length_smp(s, spec) == US_NONE) {
        const char *why = !spec->path  ? "needs a length"
                          : s->picture ? "is a still picture, which needs a length (`for`)"
                                       : "neither picture nor sound can be decoded";
        if (spec->path && !s->picture && *warning) /* why its sound can't be */
            g_set_error_literal(error, MEDIA_ERROR, 0, *warning);
        else
            g_set_error(error, MEDIA_ERROR, 0, "%s: %s", spec->path ? source_path(s->files[0]) : "blank", why);
        return false;
    }
    return true;
}

/* Adds up to n samples; returns how many there were. */
static int64_t mix_over(struct streams *s, float *out, int64_t n)
{
    float part[1024 * FILM_CHANNELS];
    int64_t done = 0, got = 1;
    while (done < n && got > 0) {
        got = sound_decoder_read(s->over, part, MIN(n - done, 1024));
        for (int64_t i = 0; i < got * FILM_CHANNELS; i++)
            out[done * FILM_CHANNELS + i] += part[i];
        done += got;
    }
    return done;
}

int64_t streams_read_sound(struct streams *s, float *out, int64_t n, bool whole)
{
    const int64_t got = sound_decoder_read(s->sound, out, n);
    if (!s->over || (got == 0 && !whole))
        return got;
    if (got == 0)
        memset(out, 0, (size_t)n * FILM_CHANNELS * sizeof *out);
    const int64_t over = mix_over(s, out, got > 0 ? got : n);
    return MAX(got, over);
}

void streams_close(struct streams *s)
{
    picture_decoder_close(s->picture);
    sound_decoder_close(s->sound);
    sound_decoder_close(s->over);
    for (size_t i = 0; i < G_N_ELEMENTS(s->files); i++)
        source_close(s->files[i]);
    g_free(s->facts);
    *s = (struct streams){0};
}

/* Where the sound ends in the segment, if it comes from the picture's file; 0: it does not, or there is none.
 * US_NONE and *exact as in sound_decoder_end_smp(). */
static int64_t own_sound_end_smp(const struct streams *s, bool *exact)
{
    *exact = true;
    if (!s->sound || s->files[1])
        return 0;
    const int64_t end = sound_decoder_end_smp(s->sound, exact);
    return end == US_NONE ? US_NONE : end - s->sound_from_smp;
}

int64_t streams_file_end_smp(const struct streams *s)
{
    bool exact;
    const int64_t picture = picture_decoder_end_smp(s->picture), sound = own_sound_end_smp(s, &exact);
    return picture == US_NONE || sound == US_NONE ? US_NONE : MAX(picture, sound);
}

/* Up to the end of the file. */
static int64_t whole_length_smp(const struct streams *s)
{
    bool exact;
    const int64_t picture = picture_decoder_end_smp(s->picture), sound = own_sound_end_smp(s, &exact);
    if (picture == US_NONE || sound == US_NONE)
        return US_NONE;
    if (sound <= picture + us_to_smp(SOURCE_APART_US))
        return MAX(picture, 1);
    return exact ? sound : US_NONE;
}

int64_t streams_length_smp(const struct streams *s, const struct clip_spec *spec)
{
    const int64_t given = given_length(spec);
    if (given != US_NONE)
        return given;
    const int64_t ranged = s->picture ? picture_decoder_length_smp(s->picture) : US_NONE;
    if (s->picture && ranged == US_NONE && !streams_is_still(s))
        return whole_length_smp(s);
    if (s->picture)
        return ranged;
    return spec->to_us > 0 ? us_to_smp(spec->to_us) - us_to_smp(MAX(spec->from_us, 0)) : US_NONE;
}

/* Nothing is believed of a file without its end. */
static int64_t told_us_of(struct source *file)
{
    int picture, sound;
    if (!source_chosen(file, &picture, &sound) || source_lacks_end(file))
        return US_NONE;
    const struct told_start start = told_start_find(file, picture, sound);
    return told_length_of(file, picture, sound, &start).us;
}

int64_t streams_told_length_smp(const struct streams *s, const struct clip_spec *spec)
{
    struct source *file = s->files[0];
    const int64_t given = given_length(spec);
    if (given != US_NONE || !file || streams_is_still(s))
        return given;
    const int64_t told_us = told_us_of(file);
    const int64_t to_us = spec->to_us > 0 && (told_us == US_NONE || spec->to_us < told_us) ? spec->to_us : told_us;
    return to_us == US_NONE ? US_NONE : MAX(us_to_smp(to_us) - us_to_smp(MAX(spec->from_us, 0)), 0);
}

bool streams_is_still(const struct streams *s)
{
    return s->files[0] && source_is_still(s->files[0]);
}

bool streams_unsound(const struct streams *s)
{
    return s->files[0] ? source_damaged(s->files[0]) : s->files[1] && source_damaged(s->files[1]);
}

int64_t streams_packet_bytes(const struct streams *s)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(s->files); i++)
        bytes += s->files[i] ? source_bytes(s->files[i]) : 0;
    return bytes;
}

void streams_lend(struct streams *s)
{
    for (size_t i = 0; i < G_N_ELEMENTS(s->files); i++)
        if (s->files[i])
            source_lend(s->files[i]);
}
