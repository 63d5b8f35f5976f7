#include "media/sound.h"

#include <assert.h>

#include "base/units.h"
#include "media/source.h"
#include "media/sound_decoder.h"

enum { CHUNK_SMP = 16384 };

static bool sound_check(const struct sound *s)
{
    assert(s->data);
    assert(s->length_smp > 0 && s->length_smp <= SOUND_MAX_SECONDS * (int64_t)FILM_RATE);
    return true;
}

static void read_samples(struct sound_decoder *t, GArray *out)
{
    const guint max = SOUND_MAX_SECONDS * FILM_RATE * FILM_CHANNELS;
    while (out->len < max) {
        const guint at = out->len;
        g_array_set_size(out, at + CHUNK_SMP * FILM_CHANNELS);
        const int64_t n = sound_decoder_read(t, &g_array_index(out, float, at), CHUNK_SMP);
        g_array_set_size(out, at + (guint)n * FILM_CHANNELS);
        if (n == 0)
            return;
    }
    g_array_set_size(out, max);
}

struct sound *sound_load(const char *path, const atomic_bool *stop, GError **error)
{
    const atomic_bool never = false;
    stop = stop ? stop : &never;
    struct source *src = source_open(NULL, path, &(struct media_user){.stop = stop}, error);
    const int stream = src ? source_sound(src, NULL) : -1;
    struct sound_decoder *t = NULL;
    if (stream >= 0) {
        source_choose(src, -1, stream);
        t = sound_decoder_open(src, stream, stop, error);
    } else if (src) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: holds no sound", source_path(src));
    }
    GArray *data = g_array_new(FALSE, FALSE, sizeof(float));
    if (t) {
        sound_decoder_begin(t, sound_decoder_content_smp(t));
        read_samples(t, data);
        if (data->len == 0)
            g_set_error(error, MEDIA_ERROR, 0, "%s: no sound can be decoded", source_path(src));
    }
    sound_decoder_close(t);
    source_close(src);
    struct sound *s = NULL;
    if (data->len > 0) {
        s = g_new(struct sound, 1);
        s->length_smp = data->len / FILM_CHANNELS;
        s->data = (float *)(void *)g_array_free(data, FALSE);
        assert(sound_check(s));
    } else {
        g_array_free(data, TRUE);
    }
    return s;
}

void sound_free(struct sound *s)
{
    if (!s)
        return;
    g_free(s->data);
    g_free(s);
}
