#include "media/clip_spec.h"

#include <glib.h>

struct clip_spec clip_spec_copy(const struct clip_spec *spec)
{
    struct clip_spec copy = *spec;
    copy.path = g_strdup(spec->path);
    copy.sound_path = g_strdup(spec->sound_path);
    copy.over_path = g_strdup(spec->over_path);
    copy.audio_lang = g_strdup(spec->audio_lang);
    copy.sound_title = g_strdup(spec->sound_title);
    return copy;
}

void clip_spec_clear(struct clip_spec *copy)
{
    g_free((char *)copy->path);
    g_free((char *)copy->sound_path);
    g_free((char *)copy->over_path);
    g_free((char *)copy->audio_lang);
    g_free((char *)copy->sound_title);
    *copy = (struct clip_spec){0};
}

bool clip_spec_equal(const struct clip_spec *a, const struct clip_spec *b)
{
    return g_strcmp0(a->path, b->path) == 0 && g_strcmp0(a->sound_path, b->sound_path) == 0 &&
           g_strcmp0(a->audio_lang, b->audio_lang) == 0 && a->purpose == b->purpose &&
           g_strcmp0(a->sound_title, b->sound_title) == 0 && a->from_us == b->from_us && a->to_us == b->to_us &&
           a->sound_from_us == b->sound_from_us && g_strcmp0(a->over_path, b->over_path) == 0 &&
           a->over_from_us == b->over_from_us && a->no_sound == b->no_sound && a->for_us == b->for_us &&
           a->at_least_us == b->at_least_us && a->start_smp == b->start_smp;
}
