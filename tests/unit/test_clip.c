/* Every frame of files and ranges is the right one, at the right time, for the codecs that films come in. */
#include "media_test.h"

struct film {
    const char *file, *codec, *encoder; /* encoder: skipped if ffmpeg lacks it */
    int fps_num, fps_den, frames;
};

static const struct film films[] = {
    {"a.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 24 -sc_threshold 0", "libx264", 24, 1, 100},
    {"open.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 24 -x264-params open-gop=1:scenecut=0", "libx264", 25, 1, 100},
    {"b.mkv", "-c:v libx264 -preset veryfast -bf 3 -g 240 -sc_threshold 0", "libx264", 30, 1, 90},
    {"ntsc.mkv", "-c:v libx264 -preset veryfast -bf 2 -g 30", "libx264", 24000, 1001, 90},
    {"c.webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -g 30 -auto-alt-ref 1 -lag-in-frames 8", "libvpx-vp9",
     60, 1, 100},
    {"d.webm", "-c:v libvpx -cpu-used 8 -deadline realtime -g 30", "libvpx", 50, 1, 80},
    {"e.mp4", "-c:v libsvtav1 -preset 12 -g 24 -svtav1-params scd=0", "libsvtav1", 24, 1, 60},
    {"f.ts", "-c:v libx264 -preset veryfast -bf 3 -g 24", "libx264", 25, 1, 75},
    {"g.avi", "-c:v mpeg4 -q:v 2 -g 20", "mpeg4", 25, 1, 60},
    {"xvid.avi", "-c:v mpeg4 -q:v 2 -bf 2 -g 20", "mpeg4", 25, 1, 60},
    {"x264.avi", "-c:v libx264 -preset veryfast -bf 2 -g 24", "libx264", 24, 1, 60},
    {"m2v.avi", "-c:v mpeg2video -q:v 2 -bf 2 -g 12 -flags +cgop -sc_threshold 1000000000", "mpeg2video", 25, 1, 60},
    {"h.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=24", "libx265", 24, 1, 60},
    {"ten.mkv", "-c:v libx264 -pix_fmt yuv420p10le -preset veryfast -bf 2 -g 24", "libx264", 24, 1, 40},
    {"rgb.mkv", "-c:v ffv1 -pix_fmt bgr0", "ffv1", 24, 1, 30},
};

static int64_t at_of(const struct film *f, int64_t frame)
{
    return (frame * FILM_RATE * f->fps_den * 2 + f->fps_num) / (2 * f->fps_num);
}

/* Plays frames from..to of the film and counts what is wrong. */
static void check_range(struct media *m, const struct film *f, int64_t from, int64_t to)
{
    g_autofree char *path = mt_path(f->file);
    struct clip_spec spec = {.path = path};
    spec.from_us = from * US_PER_SECOND * f->fps_den / f->fps_num;
    spec.to_us = to * US_PER_SECOND * f->fps_den / f->fps_num;
    struct mt_play p = mt_play(m, &spec);
    const int64_t end = to > 0 ? to : f->frames;
    int64_t wrong = 0;
    for (int64_t i = 0; i < p.frames; i++)
        wrong += g_array_index(p.number, int64_t, i) != from + i || g_array_index(p.index, int64_t, i) != i ||
                 g_array_index(p.at, int64_t, i) != at_of(f, i);
    g_autofree char *what = g_strdup_printf("%s [%d,%d)", f->file, (int)from, (int)to);
    const bool good = p.frames == end - from && wrong == 0 && p.length == at_of(f, end - from) && !p.warning;
    ok(good, "%s: every frame right", what);
    if (!good) {
        printf("# state %d, %s %s\n", p.state, p.error ? p.error : "", p.warning ? p.warning : "");
        printf("# frames %d of %d, wrong %d, length %d of %d; numbers", (int)p.frames, (int)(end - from), (int)wrong,
               (int)p.length, (int)at_of(f, end - from));
        for (int64_t i = 0; i < MIN(p.frames, 12); i++)
            printf(" %d@%d", (int)g_array_index(p.number, int64_t, i), (int)g_array_index(p.at, int64_t, i));
        printf("\n");
    }
    mt_play_free(&p);
}

static void test_film(struct media *m, const struct film *f)
{
    if (!mt_has_encoder(f->encoder)) {
        skip(f->file, "no encoder");
        return;
    }
    mt_raw_film("film.raw", f->frames, 0);
    if (!ok(mt_ffmpeg(MT_RAW "-r %d/%d -i film.raw %s %s", f->fps_num, f->fps_den, f->codec, f->file), "%s made",
            f->file))
        return;
    check_range(m, f, 0, 0);
    static const int ranges[][2] = {{0, 5}, {1, 2}, {5, 24}, {23, 25}, {24, 29}, {17, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        check_range(m, f, ranges[i][0], ranges[i][1]);
    check_range(m, f, f->frames - 3, f->frames);
    check_range(m, f, 7, 26);
}

/* Beginning inside the segment (a seek) keeps positions, and shows the frame that is on show there. */
static void test_start(struct media *m)
{
    g_autofree char *path = mt_path("a.mp4");
    for (int64_t start = 1; start < 60 * 2000; start += 11117) {
        const struct clip_spec spec = {
            .path = path, .from_us = mt_frame_us(10), .to_us = mt_frame_us(90), .start_smp = start};
        struct mt_play p = mt_play(m, &spec);
        const int64_t first = start / 2000;
        int64_t wrong = 0;
        for (int64_t i = 0; i < p.frames; i++)
            wrong += g_array_index(p.number, int64_t, i) != 10 + first + i ||
                     g_array_index(p.at, int64_t, i) != (first + i) * 2000;
        ok(wrong == 0 && p.frames == 80 - first && p.length == 160000 && (int64_t)p.sound->len == 2 * (160000 - start),
           "start at %d: %d frames, %d wrong", (int)start, (int)p.frames, (int)wrong);
        mt_play_free(&p);
    }
}

/* A range that goes past the end keeps its length; one that begins there fails. */
static void test_past_end(struct media *m)
{
    g_autofree char *path = mt_path("a.mp4");
    struct mt_play p =
        mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(90), .to_us = mt_frame_us(120)});
    ok(p.frames == 10 && p.length == 30 * 2000 && p.warning, "range past the end: %d frames, %s", (int)p.frames,
       p.warning ? p.warning : "no warning");
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = path, .from_us = mt_frame_us(200), .to_us = mt_frame_us(220)});
    ok(p.state == CLIP_FAILED && p.error && strstr(p.error, "a.mp4"), "range behind the end: %s",
       p.error ? p.error : "no error");
    mt_play_free(&p);
}

/* A slide show with odd times: the slide that is on show at the start of a range is shown. */
static void test_variable_rate(struct media *m)
{
    mt_raw_film("film.raw", 20, 0);
    ok(mt_ffmpeg(MT_RAW
                 "-r 10 -i film.raw -vf \"settb=1/1000,setpts='N*100+37*mod(N,3)'\" -fps_mode passthrough -c:v libx264 "
                 "-preset veryfast -enc_time_base 1:1000 vfr.mp4"),
       "vfr.mp4 made");
    g_autofree char *path = mt_path("vfr.mp4");
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = path});
    int64_t wrong = 0;
    for (int64_t i = 0; i < p.frames; i++)
        wrong += g_array_index(p.number, int64_t, i) != i ||
                 ABS(g_array_index(p.at, int64_t, i) -
                     llround(((double)i * 0.1 + 0.037 * (double)(i % 3)) * FILM_RATE)) > 24;
    ok(p.frames == 20 && wrong == 0, "variable rate: %d frames, %d at wrong times", (int)p.frames, (int)wrong);
    mt_play_free(&p);
    p = mt_play(m, &(struct clip_spec){.path = path, .from_us = 650000, .to_us = 1150000});
    ok(p.frames > 0 && g_array_index(p.number, int64_t, 0) == 6 && g_array_index(p.at, int64_t, 0) == 0 &&
           p.length == 24000,
       "variable rate, from the middle of a slide: first is %d at %d, length %d",
       (int)(p.frames ? g_array_index(p.number, int64_t, 0) : -1),
       (int)(p.frames ? g_array_index(p.at, int64_t, 0) : -1), (int)p.length);
    mt_play_free(&p);
}

/* The next range of a file that was just closed takes over its demuxer, and is just as right. */
static void test_reuse(struct media *m)
{
    struct media_stats s0, s1;
    media_stats(m, &s0);
    for (int i = 0; i < 6; i++)
        check_range(m, &films[i % 2 ? 0 : 4], 5 + 3 * i, 40 + i);
    check_range(m, &films[0], 0, 0);
    media_stats(m, &s1);
    ok(s1.files_reused > s0.files_reused, "demuxers are used again (%d)", (int)(s1.files_reused - s0.files_reused));
}

/* A device that cannot be opened: the first clip that asks finds out, and every frame comes all the same. */
static void test_no_device(void)
{
    static const char *const names[] = {"/dev/null", "/nowhere/renderD128", "auto", "off", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct media_stats before, after;
        struct media *m = media_new();
        media_use_hardware(m, names[i]);
        media_stats(m, &before);
        check_range(m, &films[0], 7, 31);
        check_range(m, &films[4], 7, 31);
        media_stats(m, &after);
        is_int(before.hardware_asked, false, "nobody asks before there is a clip");
        is_int(after.hardware_asked, g_strcmp0(names[i], "off") != 0 && names[i], "a clip asked for the device");
        ok(i == 2 || !after.hardware, "%s: there is none", names[i] ? names[i] : "NULL");
        media_free(m);
    }
}

int main(void)
{
    struct media *m = media_new();
    for (size_t i = 0; i < G_N_ELEMENTS(films); i++)
        test_film(m, &films[i]);
    test_start(m);
    test_past_end(m);
    test_variable_rate(m);
    test_reuse(m);
    media_free(m);
    test_no_device();
    mt_cleanup();
    return tap_done();
}
