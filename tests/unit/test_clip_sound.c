/* The sound of whole files and of ranges equals a linear decode by another program, to the sample. */
#include "media_test.h"

#define STEREO "aresample=48000:ochl=stereo:out_sample_fmt=flt"
#define MONO   "aresample=48000:out_sample_fmt=flt,pan=stereo|c0=c0|c1=c0"
#define FOLDED "aresample=48000:ochl=stereo:rematrix_maxval=1.0:out_sample_fmt=flt"

struct track {
    const char *file, *codec, *encoder;
    int rate, channels;
    double seconds;       /* of sound; the picture has 3 s */
    const char *filter;   /* of the oracle */
    double whole, ranges; /* largest difference allowed */
    int64_t lead;         /* samples of priming before the picture that the container does not declare */
};

/* A codec's memory of what came before fades, and so far its ranges differ from a decode of the whole file; one step
 * of 16 bits is 3e-5. */
static const struct track tracks[] = {
    {"aac.mp4", "-c:a aac -b:a 160k -aac_pns 0", "aac", 48000, 2, 3.0, STEREO, 1e-7, 1e-6, 0},
    {"aac44.mp4", "-c:a aac -b:a 160k -aac_pns 0", "aac", 44100, 2, 3.0, STEREO, 1e-6, 1e-5, 0},
    {"aac.mkv", "-c:a aac -b:a 160k -aac_pns 0", "aac", 48000, 2, 3.0, STEREO, 1e-7, 1e-6, 1024},
    {"opus.webm", "-c:a libopus -b:a 128k", "libopus", 48000, 2, 3.0, STEREO, 1e-7, 3e-5, 0},
    {"opus.mp4", "-c:a libopus -b:a 128k -strict -2", "libopus", 48000, 2, 3.0, STEREO, 1e-7, 3e-5, 0},
    {"pcm.mkv", "-c:a pcm_s16le", "pcm_s16le", 48000, 2, 3.0, STEREO, 0, 0, 0},
    {"pcm44.mkv", "-c:a pcm_s16le", "pcm_s16le", 44100, 2, 3.0, STEREO, 1e-6, 1e-5, 0},
    {"flac.mkv", "-c:a flac", "flac", 48000, 2, 3.0, STEREO, 0, 0, 0},
    {"flac44.mkv", "-c:a flac", "flac", 44100, 2, 3.0, STEREO, 1e-6, 1e-5, 0},
    {"mono.mp4", "-c:a aac -b:a 96k -aac_pns 0", "aac", 48000, 1, 3.0, MONO, 1e-7, 1e-6, 0},
    {"mono44.mkv", "-c:a pcm_s16le", "pcm_s16le", 44100, 1, 3.0, MONO, 1e-6, 1e-5, 0},
    {"six.mkv", "-c:a flac", "flac", 48000, 6, 3.0, FOLDED, 1e-6, 1e-6, 0},
    {"six.mp4", "-c:a aac -b:a 384k -aac_pns 0", "aac", 48000, 6, 3.0, FOLDED, 1e-6, 1e-6, 0},
    {"mp3.mp4", "-c:a libmp3lame -b:a 160k", "libmp3lame", 48000, 2, 3.0, STEREO, 1e-6, 1e-5, 0},
    {"ac3.mkv", "-c:a ac3 -b:a 192k", "ac3", 48000, 2, 3.0, STEREO, 1e-6, 1e-3, 0},
    {"long.mp4", "-c:a aac -b:a 160k -aac_pns 0", "aac", 48000, 2, 4.5, STEREO, 1e-7, 1e-6, 0},
    {"short.mp4", "-c:a aac -b:a 160k -aac_pns 0", "aac", 48000, 2, 1.3, STEREO, 1e-7, 1e-6, 0},
    {"shortopus.webm", "-c:a libopus -b:a 128k", "libopus", 48000, 2, 1.3, STEREO, 1e-7, 3e-5, 0},
};

static bool make(const struct track *t)
{
    mt_tone("tone.f32", t->rate, t->channels, t->seconds, 0);
    const bool webm = g_str_has_suffix(t->file, "webm");
    return mt_ffmpeg(MT_RAW "-r 24 -i film.raw -f f32le -ar %d -ac %d -i tone.f32 %s %s %s", t->rate, t->channels,
                     webm ? "-c:v libvpx -cpu-used 8 -deadline realtime -g 24"
                          : "-c:v libx264 -preset ultrafast -bf 2 -g 24",
                     t->codec, t->file);
}

static void check(struct media *m, const struct track *t, const struct mt_sound *want, int64_t from, int64_t to,
                  double allowed)
{
    g_autofree char *path = mt_path(t->file);
    struct mt_play p =
        mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(from), .to_us = mt_frame_us(to)});
    const int64_t end = (int64_t)llround(t->seconds * FILM_RATE);
    const int64_t length = (to ? to * 2000 : MAX(72 * 2000, end)) - from * 2000;
    struct mt_sound cut = *want; /* the other program leaves the codec's padding at the end */
    cut.n = MIN(cut.n, end + t->lead);
    int64_t where = 0;
    const double d =
        mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &cut, t->lead + from * 2000, &where);
    const bool good = ok(p.length == length && p.sound->len == (guint)length * 2 && p.missing == 0 && d <= allowed,
                         "%s [%d,%d): differs by %.2g at %d", t->file, (int)from, (int)to, d, (int)where);
    if (!good)
        printf("# length %d of %d, %d samples, %d missing, oracle %d, %s %s\n", (int)p.length, (int)length,
               (int)p.sound->len / 2, (int)p.missing, (int)want->n, p.error ? p.error : "", p.warning ? p.warning : "");
    mt_play_free(&p);
}

static void test_track(struct media *m, const struct track *t)
{
    if (!mt_has_encoder(t->encoder)) {
        skip(t->file, "no encoder");
        return;
    }
    if (!ok(make(t), "%s made", t->file))
        return;
    struct mt_sound want = mt_oracle(t->file, t->filter);
    check(m, t, &want, 0, 0, t->whole);
    static const int ranges[][2] = {{0, 30}, {1, 20}, {2, 40}, {11, 13}, {24, 48}, {29, 61}, {47, 0}, {70, 72}};
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        check(m, t, &want, ranges[i][0], ranges[i][1], t->ranges);
    g_free(want.data);
}

/* Sound alone: the whole file, a range, and beside a picture from another file. */
static void test_alone(struct media *m)
{
    static const struct {
        const char *file, *args;
        double allowed;
    } row[] = {{"a.opus", "-c:a libopus -b:a 128k", 3e-5},
               {"a.wav", "-c:a pcm_s16le", 0},
               {"a.flac", "-c:a flac", 0},
               {"a.m4a", "-c:a aac -b:a 160k -aac_pns 0", 1e-6},
               {"a.mp3", "-c:a libmp3lame -b:a 160k", 1e-5},
               {"a.ogg", "-c:a libvorbis", 1e-4}};
    mt_tone("tone.f32", 48000, 2, 2.51, 0);
    g_autofree char *picture = mt_path("aac.mp4");
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        mt_ffmpeg("-f f32le -ar 48000 -ac 2 -i tone.f32 %s %s", row[i].args, row[i].file);
        g_autofree char *path = mt_path(row[i].file);
        struct mt_sound want = mt_oracle(row[i].file, STEREO);
        int64_t where;
        struct mt_play p = mt_play(m, &(struct clip_spec){.path = path});
        double d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 0, &where);
        ok(p.length == llround(2.51 * FILM_RATE) && d <= row[i].allowed && p.frames == 0,
           "%s alone: length %d, oracle %d, differs by %.2g at %d %s", row[i].file, (int)p.length, (int)want.n, d,
           (int)where, p.error ? p.error : "");
        mt_play_free(&p);
        p = mt_play(m, &(struct clip_spec){.path = path, .from_us = 1000000, .to_us = 1750000});
        d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 48000, &where);
        ok(p.length == 36000 && d <= row[i].allowed, "%s [1 s,1.75 s): length %d, differs by %.2g at %d", row[i].file,
           (int)p.length, d, (int)where);
        mt_play_free(&p);
        p = mt_play(m, &(struct clip_spec){.path = picture,
                                           .to_us = mt_frame_us(24),
                                           .sound_path = path,
                                           .sound_from_us = 500000,
                                           .start_smp = 7000});
        d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 31000, &where);
        ok(p.length == 48000 && d <= row[i].allowed && p.frames == 21, "%s beside a picture: differs by %.2g at %d",
           row[i].file, d, (int)where);
        mt_play_free(&p);
        g_free(want.data);
    }
}

/* The sound of two adjacent ranges is the sound of both in one. */
static void test_join(struct media *m)
{
    static const char *const file[] = {"aac.mp4", "opus.webm", "pcm.mkv", "flac.mkv"};
    for (size_t i = 0; i < G_N_ELEMENTS(file); i++) {
        g_autofree char *path = mt_path(file[i]);
        struct mt_sound want = mt_oracle(file[i], STEREO);
        struct mt_play a =
            mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(3), .to_us = mt_frame_us(31)});
        struct mt_play b =
            mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(31), .to_us = mt_frame_us(60)});
        int64_t where;
        g_array_append_vals(a.sound, b.sound->data, b.sound->len);
        const double d = mt_difference((float *)(void *)a.sound->data, a.sound->len / 2, &want, 6000, &where);
        ok(d <= 3e-5 && a.sound->len == 57 * 2000 * 2, "%s: A|B differs by %.2g at %d", file[i], d, (int)where);
        mt_play_free(&a);
        mt_play_free(&b);
        g_free(want.data);
    }
}

/* MP4 rounds lengths down to whole milliseconds; the sound still lasts as long as the picture. */
static void test_rounded(struct media *m)
{
    static const struct {
        int frames, rate;
    } row[] = {{28, 48000}, {29, 48000}, {31, 48000}, {28, 44100}, {50, 44100}};
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const int n = row[i].frames;
        mt_raw_film("few.raw", n, 0);
        mt_tone("tone.f32", row[i].rate, 2, n / 24.0, 0);
        mt_ffmpeg(MT_RAW "-r 24 -i few.raw -f f32le -ar %d -ac 2 -i tone.f32 -c:v libx264 -preset ultrafast "
                         "-bf 2 -c:a aac -b:a 160k -aac_pns 0 rounded.mp4",
                  row[i].rate);
        g_autofree char *path = mt_path("rounded.mp4");
        struct mt_sound want = mt_oracle("rounded.mp4", STEREO);
        struct mt_play p = mt_play(m, &(struct clip_spec){.path = path});
        int64_t where;
        const double d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 0, &where);
        ok(p.length == n * 2000 && d <= 1e-5, "%d frames of MP4 at %d: differs by %.2g at %d", n, row[i].rate, d,
           (int)where);
        mt_play_free(&p);
        g_free(want.data);
    }
}

/* Sound that lies half a second and more away from its picture in the file; sound that begins late. */
static void test_skewed(struct media *m)
{
    mt_tone("tone.f32", 48000, 2, 3.0, 0);
    mt_ffmpeg(MT_RAW "-r 24 -i film.raw -f f32le -ar 48000 -ac 2 -itsoffset 0.5 -i tone.f32 -c:v libx264 -g 24 "
                     "-c:a pcm_s16le late.mkv");
    mt_ffmpeg("-i pcm.mkv -c copy -max_interleave_delta 1 -f matroska skew0.mkv");
    mt_ffmpeg(MT_RAW "-r 24 -i film.raw -f f32le -ar 48000 -ac 2 -i tone.f32 -c:v libx264 -g 24 -c:a pcm_s16le -f mov "
                     "-movflags faststart -min_frag_duration 1 skew.mov");
    g_autofree char *late = mt_path("late.mkv");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = late});
    struct mt_sound want = mt_oracle("late.mkv", STEREO);
    int64_t where;
    const double d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, -24000, &where);
    ok(p.frames == 72 && p.length == 168000 && d == 0, "sound half a second late: differs by %.2g at %d", d,
       (int)where);
    mt_play_free(&p);
    g_free(want.data);
    static const char *const file[] = {"skew0.mkv", "skew.mov"};
    want = mt_oracle("pcm.mkv", STEREO);
    for (size_t i = 0; i < G_N_ELEMENTS(file); i++) {
        g_autofree char *path = mt_path(file[i]);
        p = mt_play(m, &(struct clip_spec){.path = path});
        const double e = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 0, &where);
        ok(p.frames == 72 && e == 0, "%s: badly interleaved, differs by %.2g at %d", file[i], e, (int)where);
        mt_play_free(&p);
    }
    g_free(want.data);
}

static void test_language(struct media *m)
{
    mt_tone("de.f32", 48000, 2, 1.0, 5);
    mt_ffmpeg("-f f32le -ar 48000 -ac 2 -i tone.f32 -f f32le -ar 48000 -ac 2 -i de.f32 -map 0 -map 1 -c:a pcm_s16le "
              "-metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -t 1 two.mkv");
    mt_ffmpeg("-i two.mkv -map 0:a:1 -c copy de.wav");
    struct mt_sound want = mt_oracle("de.wav", STEREO);
    g_autofree char *path = mt_path("two.mkv");
    static const char *const lang[] = {"de", "deu", "ger", "en", "fr", NULL};
    for (int i = 0; i < 6; i++) {
        struct mt_play p = mt_play(m, &(struct clip_spec){.path = path, .audio_lang = lang[i]});
        int64_t where;
        const double d = mt_difference((float *)(void *)p.sound->data, p.sound->len / 2, &want, 0, &where);
        ok((d == 0) == (i < 3), "language %s", lang[i] ? lang[i] : "(default)");
        mt_play_free(&p);
    }
    g_free(want.data);
}

int main(void)
{
    struct media *m = media_new();
    mt_raw_film("film.raw", 72, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(tracks); i++)
        test_track(m, &tracks[i]);
    test_alone(m);
    test_join(m);
    test_rounded(m);
    test_skewed(m);
    test_language(m);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
