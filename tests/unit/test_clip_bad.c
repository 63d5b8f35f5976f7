/* Files that are broken, missing, odd or hostile lead to a clear error that names the file, never to a crash or a
 * hang. Also stills, blanks, and pictures in odd formats. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "media/probe.h"
#include "media/sound.h"
#include "media/subs.h"
#include "media_test.h"

static void write_file(const char *name, const void *data, gssize n)
{
    g_autofree char *path = mt_path(name);
    g_file_set_contents(path, data, n, NULL);
}

/* The first `keep` bytes of a file, then `junk` bytes over its middle. */
static void damaged_copy(const char *from, const char *to, double keep, int junk, GRand *r)
{
    g_autofree char *path = mt_path(from);
    g_autofree char *data = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &data, &n, NULL))
        return;
    for (int i = 0; i < junk; i++)
        data[g_rand_int_range(r, (gint32)(n / 4), (gint32)(n * 3 / 4))] ^= (char)g_rand_int_range(r, 1, 255);
    write_file(to, data, (gssize)((double)n * keep));
}

/* Each reader must refuse the file, and name it. */
static void check_refused(struct media *m, const char *name, const char *word)
{
    g_autofree char *path = name[0] == '/' || strstr(name, ":") ? g_strdup(name) : mt_path(name);
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = path, .for_us = 100000});
    ok(p.state == CLIP_FAILED && p.error && strstr(p.error, path) && (!word || strstr(p.error, word)), "clip: %s",
       p.error ? p.error : "no error");
    mt_play_free(&p);
    g_autoptr(GError) e1 = NULL, e2 = NULL, e3 = NULL;
    struct probe info;
    ok(!probe_file(path, NULL, &info, &e1) && e1 && strstr(e1->message, path), "probe: %s",
       e1 ? e1->message : "no error");
    ok(!sound_load(path, NULL, &e2) && e2 && strstr(e2->message, path), "sound: %s", e2 ? e2->message : "no error");
    struct subs_findings findings;
    ok(!subs_scan(path, NULL, true, NULL, &findings, &e3) && e3 && strstr(e3->message, path), "subtitles: %s",
       e3 ? e3->message : "no error");
}

static void test_refused(struct media *m, GRand *r)
{
    char garbage[20000];
    for (gsize i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)g_rand_int_range(r, 0, 256);
    write_file("garbage.mp4", garbage, sizeof garbage);
    write_file("empty.mp4", "", 0);
    write_file("text.mkv", "This is not a film.\n", -1);
    write_file("lyrics.mp4", "[00:01.00]FFmpeg has formats that are recognised by less than this\n", -1);
    write_file("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\ngood.mp4\n#EXT-X-ENDLIST\n", -1);
    write_file("list.ffconcat", "ffconcat version 1.0\nfile good.mp4\n", -1);
    write_file("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
               -1);
    damaged_copy("good.mp4", "nomoov.mp4", 0.5, 0, r);
    g_autofree char *fifo = mt_path("pipe.mp4"), *folder = mt_path("folder.mp4");
    ok(mkfifo(fifo, 0600) == 0 && g_mkdir(folder, 0700) == 0, "a pipe and a folder made");
    static const struct {
        const char *name, *word;
    } row[] = {{"missing.mp4", "No such file"},
               {"empty.mp4", "empty"},
               {"garbage.mp4", NULL},
               {"text.mkv", NULL},
               {"lyrics.mp4", "not in a supported format"},
               {"list.m3u8", NULL},
               {"list.ffconcat", NULL},
               {"list.sdp", NULL},
               {"nomoov.mp4", NULL},
               {"pipe.mp4", "regular"},
               {"folder.mp4", "folder"},
               {"/dev/zero", "regular"},
               {"/dev/null", "regular"},
               {"http://localhost/x.mp4", "No such file"},
               {"file:good.mp4", "No such file"},
               {"concat:good.mp4", "No such file"}};
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++)
        check_refused(m, row[i].name, row[i].word);
}

static void make_link(const char *target, const char *name)
{
    g_autofree char *path = mt_path(name);
    ok(symlink(target, path) == 0, "%s leads to %s", name, target);
}

/* A link that leads out of the story's folder is not followed, whoever put it there and when. */
static void test_beneath(struct media *m)
{
    g_autofree char *folder = mt_path("story"), *within = beneath_path(folder, "within.mp4"),
                    *out = beneath_path(folder, "out.mp4"), *plain = beneath_name(out);
    g_autoptr(GError) e1 = NULL, e2 = NULL, e3 = NULL;
    static const char *const made[] = {"story/film.mp4", "story/within.mp4", "story/out.mp4"};
    struct probe info;
    ok(g_mkdir(folder, 0700) == 0, "a story's folder made");
    damaged_copy("good.mp4", "story/film.mp4", 1.0, 0, NULL);
    make_link("film.mp4", "story/within.mp4");
    make_link("../good.mp4", "story/out.mp4");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = within});
    ok(p.state != CLIP_FAILED && p.frames > 0, "a clip behind a link that stays in the folder plays");
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = out});
    ok(p.state == CLIP_FAILED && strstr(p.error, "leads out of the story's folder") && strstr(p.error, plain),
       "one behind a link that leads out does not: %s", p.error);
    mt_play_free(&p);
    ok(!probe_file(out, NULL, &info, &e1) && strstr(e1->message, "leads out"), "nor is it probed");
    ok(!sound_load(out, NULL, &e2) && strstr(e2->message, "leads out"), "nor is its sound read");
    struct subs_findings findings;
    ok(!subs_scan(out, NULL, true, NULL, &findings, &e3) && strstr(e3->message, "leads out"), "nor its subtitles");
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree char *path = mt_path(made[i]);
        g_unlink(path);
    }
}

/* Damaged in the middle: whatever can be decoded is shown, the length is kept, and the clip ends. */
static void test_damaged(struct media *m, GRand *r)
{
    static const char *const from[] = {"good.mp4", "good.webm", "good.mkv"};
    for (int i = 0; i < 30; i++) {
        const char *src = from[i % 3];
        g_autofree char *name = g_strdup_printf("damaged%d", i), *path = mt_path(name);
        damaged_copy(src, name, i % 2 ? 1.0 : g_rand_double_range(r, 0.3, 1.0), i % 4 ? 40 : 0, r);
        struct mt_play p =
            mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(i % 5), .to_us = mt_frame_us(40)});
        ok(p.state == CLIP_FAILED ? p.error != NULL : p.length == (40 - i % 5) * 2000 && p.frames <= 40,
           "damaged %s: %d frames%s%s", src, (int)p.frames, p.error ? ", error" : "", p.warning ? ", warning" : "");
        mt_play_free(&p);
        p = mt_play(m, &(struct clip_spec){.path = path});
        ok(p.state == CLIP_FAILED ? p.error != NULL : p.length > 0, "damaged %s, whole", src);
        mt_play_free(&p);
    }
    damaged_copy("good.mkv", "half.mkv", 0.5, 0, r);
    g_autofree char *half = mt_path("half.mkv");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = half, .to_us = mt_frame_us(40)});
    ok(p.frames > 5 && p.frames < 40 && p.length == 80000 && p.warning, "half a file: %d frames, %s", (int)p.frames,
       p.warning ? p.warning : "no warning");
    mt_play_free(&p);
}

static struct frame *first_frame(struct media *m, const struct clip_spec *spec, int64_t *length)
{
    struct clip *c = clip_open(m, spec);
    mt_await(c, 0);
    struct frame *f = clip_take(c);
    if (!f)
        printf("# %s\n", clip_error(c) ? clip_error(c) : "no frame, no error");
    *length = clip_length_smp(c);
    clip_close(c);
    return f;
}

static int64_t shade(const uint8_t *bgrx, int w, int x, int y)
{
    const uint8_t *p = bgrx + (y * w + x) * 4;
    return p[2] << 16 | p[1] << 8 | p[0];
}

static bool is_near(int64_t a, int64_t b)
{
    return ABS((a >> 16) - (b >> 16)) <= 4 && ABS((a >> 8 & 255) - (b >> 8 & 255)) <= 4 &&
           ABS((a & 255) - (b & 255)) <= 4;
}

/* Red on the left and blue on the right, in every format, at its own size and scaled. */
static void test_colours(struct media *m)
{
    static const char *const row[] = {"-frames:v 1 -pix_fmt rgb24 s.png",
                                      "-frames:v 1 -pix_fmt rgba a.png",
                                      "-frames:v 1 -pix_fmt yuvj444p -q:v 1 s.jpg",
                                      "-frames:v 1 -c:v libwebp -lossless 1 s.webp",
                                      "-t 1 -c:v ffv1 -pix_fmt yuv444p s444.mkv",
                                      "-t 1 -c:v ffv1 -pix_fmt yuv420p10le s10.mkv",
                                      "-t 1 -c:v ffv1 -pix_fmt bgr0 srgb.mkv",
                                      "-t 1 -c:v libx264 -pix_fmt yuv420p -qp 5 s.mp4",
                                      "-t 1 -c:v libx264 -pix_fmt yuvj420p -qp 5 sj.mp4",
                                      "-t 1 -c:v ffv1 -pix_fmt yuv422p -colorspace bt709 s422.mkv",
                                      "-t 1 -c:v ffv1 -pix_fmt gray sg.mkv"};
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++) {
        const char *name = strrchr(row[i], ' ') + 1;
        const bool gray = strstr(row[i], "gray"), hd = strstr(row[i], "bt709");
        mt_ffmpeg("-f lavfi -i color=red:s=40x60:r=24 -f lavfi -i color=blue:s=40x60:r=24 -filter_complex "
                  "\"[0][1]hstack,format=rgb24%s\" %s",
                  hd ? ",scale=out_color_matrix=bt709" : "", row[i]);
        g_autofree char *path = mt_path(name);
        int64_t length;
        struct frame *f = first_frame(m, &(struct clip_spec){.path = path, .for_us = 500000, .at_once = true}, &length);
        if (!ok(f && length == 24000, "%s opens", name))
            continue;
        struct frame_blitter *b = NULL;
        uint8_t plain[80 * 60 * 4], scaled[50 * 33 * 4];
        const int64_t red = gray ? 0x4c4c4c : 0xfe0000, blue = gray ? 0x1d1d1d : 0x0000fe;
        const bool drawn = frame_blit(&b, f, plain, 80, 60, 80 * 4);
        const int64_t left = shade(plain, 80, 10, 30), right = shade(plain, 80, 70, 30);
        ok(drawn && is_near(left, red) && is_near(right, blue), "%s: colours %06x %06x", name, (unsigned)left,
           (unsigned)right);
        ok(frame_blit(&b, f, scaled, 50, 33, 50 * 4) && is_near(shade(scaled, 50, 5, 15), red), "%s: scaled", name);
        ok(!frame_blit(&b, f, plain, 0, 60, 80 * 4) && !frame_blit(&b, f, plain, 80, 60, 79 * 4), "%s: bad sizes",
           name);
        ok(frame_bytes(f) >= 80 * 60, "%s: %d bytes", name, (int)frame_bytes(f));
        const char *why = NULL;
        g_autofree char *png = mt_path("shot.png");
        ok(frame_write_png(png, plain, 80, 60, 80 * 4, &why), "written as PNG");
        frame_blitter_free(b);
        frame_free(f);
    }
    const char *why = NULL;
    uint8_t dot[4] = {0};
    ok(!frame_write_png("/nowhere/x.png", dot, 1, 1, 4, &why) && why, "PNG nowhere: %s", why ? why : "");
}

static void test_stills(struct media *m)
{
    g_autofree char *png = mt_path("s.png"), *wav = mt_path("a.wav"), *gone = mt_path("gone.wav");
    mt_tone("tone.f32", 48000, 2, 0.7, 0);
    mt_ffmpeg("-f f32le -ar 48000 -ac 2 -i tone.f32 -c:a pcm_s16le a.wav");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = png, .sound_path = wav});
    ok(p.frames == 1 && p.length == 33600, "a still lasts as long as its sound");
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = png, .sound_path = wav, .for_us = 2000000});
    ok(p.frames == 1 && p.length == 96000 && p.missing == 0, "or as told");
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = png});
    ok(p.state == CLIP_FAILED && strstr(p.error, "needs a length"), "a still without a length: %s", p.error);
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = NULL});
    ok(p.state == CLIP_FAILED, "a blank without a length: %s", p.error);
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.for_us = 300000, .sound_path = wav});
    ok(p.frames == 0 && p.length == 14400 && p.state == CLIP_ENDED, "a blank with sound");
    mt_play_free(&p);
    g_autofree char *film = mt_path("good.mp4");
    p = mt_play(m, &(struct clip_spec){.path = film, .sound_path = gone});
    ok(p.frames == 48 && p.length == 96000 && p.warning && strstr(p.warning, "gone.wav"), "no sound file: %s",
       p.warning ? p.warning : "no warning");
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = film, .no_sound = true, .for_us = 500000});
    ok(p.frames == 12 && p.length == 24000, "a film cut short");
    mt_play_free(&p);
}

/* A header that promises a picture of 60000 x 60000. */
static void test_huge(struct media *m)
{
    g_autofree char *path = mt_path("s.png"), *data = NULL;
    gsize n = 0;
    ok(g_file_get_contents(path, &data, &n, NULL) && n > 32, "png");
    data[16] = data[20] = 0, data[17] = data[21] = 0, data[18] = data[22] = (char)0xea, data[19] = data[23] = 0x60;
    write_file("huge.png", data, (gssize)n);
    g_autofree char *huge = mt_path("huge.png");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = huge, .for_us = 100000});
    ok(p.state == CLIP_FAILED && p.error, "huge: %s", p.error ? p.error : "no error");
    mt_play_free(&p);
}

/* A format that this FFmpeg does not know, under a name of the container's. What plays says it, and so does `check`. */
static void test_unknown_formats(struct media *m)
{
    static const struct {
        const char *from, *known, *unknown, *says;
        enum { ALL, PICTURE_ALONE, NOTHING } plays;
    } row[] = {
        {"good.mkv", "A_FLAC", "A_XLAC", "its sound is in a format that can't be decoded here", PICTURE_ALONE},
        {"good.mov", "alac", "apac", "its sound is in a format that can't be decoded here (apac)", PICTURE_ALONE},
        {"two.mov", "alac", "apac", NULL, ALL},
        {"good.mov", "avc1", "xvc9", "its picture is in a format that can't be decoded here (xvc9)", NOTHING},
        {"sound.mov", "alac", "apac", "its sound is in a format that can't be decoded here (apac)", NOTHING},
    };
    ok(mt_ffmpeg("-i good.mp4 -c:v copy -c:a alac good.mov") && mt_ffmpeg("-i good.mov -vn -c copy sound.mov") &&
           mt_ffmpeg("-i good.mov -map 0 -map 0:a -c copy two.mov"),
       "the same in QuickTime");
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        g_autofree char *from = mt_path(row[i].from), *path = mt_path("unknown"), *data = NULL;
        gsize n = 0;
        g_file_get_contents(from, &data, &n, NULL);
        char *at = data ? memmem(data, n, row[i].known, strlen(row[i].known)) : NULL;
        ok(at != NULL, "%s: %s is there", row[i].from, row[i].known);
        if (!at)
            continue;
        memcpy(at, row[i].unknown, strlen(row[i].unknown));
        write_file("unknown", data, (gssize)n);
        struct probe info;
        g_autoptr(GError) e = NULL;
        struct mt_play p = mt_play(m, &(struct clip_spec){.path = path});
        const char *said = p.error ? p.error : p.warning ? p.warning : "nothing";
        ok(row[i].says ? strstr(said, row[i].says) != NULL : !p.error && !p.warning, "%s as %s: %s", row[i].known,
           row[i].unknown, said);
        ok((p.state == CLIP_FAILED) == (row[i].plays == NOTHING) && p.frames == (row[i].plays == NOTHING ? 0 : 48),
           "it plays %d pictures", (int)p.frames);
        const bool probed = probe_file(path, NULL, &info, &e);
        ok(probed == (row[i].plays != NOTHING) && (probed || strstr(e->message, row[i].says)), "check: %s",
           e ? e->message : "fine");
        ok(!probed || info.audio[0].undecodable == (row[i].plays == PICTURE_ALONE), "its sound");
        mt_play_free(&p);
    }
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 0) : g_random_int();
    printf("# seed %u\n", seed);
    GRand *r = g_rand_new_with_seed(seed);
    struct media *m = media_new();
    mt_raw_film("film.raw", 48, 0);
    mt_tone("tone.f32", 48000, 2, 2.0, 0);
    static const char *const row[] = {"-c:v libx264 -g 12 -c:a aac good.mp4", "-c:v libx264 -g 12 -c:a flac good.mkv",
                                      "-c:v libvpx -deadline realtime -c:a libopus good.webm"};
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++)
        ok(mt_ffmpeg(MT_RAW "-r 24 -i film.raw -f f32le -ar 48000 -ac 2 -i tone.f32 %s", row[i]), "%s", row[i]);
    test_refused(m, r);
    test_beneath(m);
    test_damaged(m, r);
    test_colours(m);
    test_stills(m);
    test_huge(m);
    test_unknown_formats(m);
    media_free(m);
    mt_cleanup();
    g_rand_free(r);
    return tap_done();
}
