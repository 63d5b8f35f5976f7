/* Probe, and short sounds. */
#include "media/probe.h"
#include "media/sound.h"
#include "media_test.h"

/* A clip has the length that probe has foretold. */
static void test_probe(struct media *m)
{
    static const struct {
        const char *args, *file;
        int fps_num, fps_den, frames;
    } row[] = {{"-c:v libx264 -bf 3 -g 12 -c:a aac", "p.mp4", 24, 1, 50},
               {"-c:v libx264 -bf 3 -g 12 -c:a flac", "p.mkv", 24, 1, 50},
               {"-c:v libx264 -bf 3 -g 12 -c:a aac", "n.mp4", 30000, 1001, 61},
               {"-c:v libvpx -deadline realtime -g 12 -c:a libopus", "p.webm", 25, 1, 50},
               {"-c:v libx264 -an", "silent.mp4", 60, 1, 50}};
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++) {
        struct probe p;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = mt_path(row[i].file);
        mt_raw_film("film.raw", row[i].frames, 0);
        mt_ffmpeg(MT_RAW "-r %d/%d -i film.raw -f f32le -ar 48000 -ac 2 -i tone.f32 -shortest "
                         "-metadata:s:a:0 language=fin %s %s",
                  row[i].fps_num, row[i].fps_den, row[i].args, row[i].file);
        if (!ok(probe_file(path, NULL, &p, &error), "%s: %s", row[i].file, error ? error->message : "probed"))
            continue;
        ok(p.fps_num == row[i].fps_num && p.fps_den == row[i].fps_den && p.width == MT_W && p.height == MT_H &&
               p.has_picture && !p.is_still && p.sar_num == 1,
           "%s: %dx%d, %d/%d fps, %s, %d frames", row[i].file, p.width, p.height, p.fps_num, p.fps_den, p.video_codec,
           (int)p.frames);
        ok(strcmp(row[i].file, "silent.mp4") == 0
               ? p.n_audio == 0
               : p.n_audio == 1 && strcmp(p.audio[0].lang, "fin") == 0 && p.audio[0].channels == 2,
           "%s: sound", row[i].file);
        struct mt_play played = mt_play(m, &(struct clip_spec){.path = path});
        is_int(probe_length_smp(&p), played.length, "length as foretold");
        mt_play_free(&played);
        GArray *keys = probe_keyframes_us(path, NULL, &error);
        ok(keys && keys->len > 0 && g_array_index(keys, int64_t, 0) == 0 &&
               (i > 1 || (keys->len == 5 && ABS(g_array_index(keys, int64_t, 1) - 500000) < 1000)),
           "%s: %d key frames", row[i].file, keys ? (int)keys->len : -1);
        if (keys)
            g_array_unref(keys);
    }
    struct probe p;
    g_autofree char *png = mt_path("still.png"), *wav = mt_path("tone.wav");
    mt_ffmpeg("-f lavfi -i color=red:s=30x20 -frames:v 1 still.png");
    mt_ffmpeg("-f f32le -ar 48000 -ac 2 -i tone.f32 tone.wav");
    ok(probe_file(png, NULL, &p, NULL) && p.is_still && p.has_picture && probe_length_smp(&p) == US_NONE, "a still");
    ok(probe_file(wav, NULL, &p, NULL) && !p.has_picture && probe_length_smp(&p) == 4 * FILM_RATE, "sound");
    struct sound *s = sound_load(wav, NULL, NULL);
    ok(s && s->length_smp == 4 * FILM_RATE, "sound in memory");
    sound_free(s);
}

int main(void)
{
    struct media *m = media_new();
    mt_tone("tone.f32", 48000, 2, 4.0, 0);
    test_probe(m);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
