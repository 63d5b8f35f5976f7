/* Files that end before their own structure says: every container, whole, without its last bytes, and cut in half. */
#include "base/beneath.h"
#include "media/file_end.h"
#include "media/probe.h"
#include "media_test.h"

#include <libavutil/log.h>

#define FILM  "-f lavfi -i testsrc2=s=64x48:r=10:d=1 -f lavfi -i sine=440:d=1:r=48000 "
#define MUTE  "-f lavfi -i testsrc2=s=64x48:r=10:d=1 "
#define SOUND "-f lavfi -i anoisesrc=d=2:a=0.1:r=48000:seed=1 "

static const struct {
    const char *name, *options, *encoder; /* encoder: left out where FFmpeg has none of that name */
} files[] = {
    {"a.mkv", FILM "-c:v mpeg4 -c:a pcm_s16le", NULL},
    {"a.webm", FILM "-c:v libvpx -c:a libopus", "libvpx"},
    {"a.avi", FILM "-c:v mpeg4 -c:a pcm_s16le", NULL},
    {"a.wmv", FILM "-c:v wmv2 -c:a wmav2", NULL},
    {"a.flv", FILM "-c:v flv -c:a pcm_s16le -ar 44100", NULL},
    {"a.mxf", FILM "-c:v mpeg2video -r 25 -c:a pcm_s16le", NULL},
    {"a.ogv", FILM "-c:v libtheora -q:v 10 -c:a libvorbis -page_duration 1000", "libtheora"},
    {"fast.mp4", FILM "-c:v mpeg4 -c:a aac -movflags faststart", NULL},
    {"frag.mp4", FILM "-c:v mpeg4 -g 3 -c:a aac -movflags empty_moov+frag_keyframe", NULL},
    {"a.gif", MUTE, NULL},
    {"a.apng", MUTE "-f apng", NULL},
    {"a.png", MUTE "-frames:v 1", NULL},
    {"a.wav", SOUND, NULL},
    {"a.w64", SOUND, NULL},
    {"a.aiff", SOUND, NULL},
    {"a.flac", "-f lavfi -i anoisesrc=d=9:a=0.1:r=8000:seed=1 -frame_size 1024", NULL},
    {"silence.flac", "-f lavfi -i anullsrc=r=44100 -t 3.7 -frame_size 4608", NULL}, /* its last frame has some bytes */
    {"a.mp3", SOUND, "libmp3lame"},
    {"tagged.mp3", SOUND "-metadata title=A -id3v2_version 3", "libmp3lame"},
    {"a.ts", FILM "-c:v mpeg2video -r 25 -c:a mp2", NULL},
    {"a.m2ts", FILM "-c:v mpeg2video -r 25 -c:a mp2", NULL},
    {"a.mpg", FILM "-c:v mpeg2video -r 25 -c:a mp2", NULL},
    {"dvd.vob", FILM "-c:v mpeg2video -r 25 -c:a mp2 -f vob", NULL},
    {"a.aac", SOUND "-c:a aac", NULL},
    {"a.ivf", MUTE "-c:v libvpx", "libvpx"},
    {"a.opus", SOUND "-page_duration 20000", "libopus"},
};

/* What may follow them nothing tells: without their last bytes they are cut off, whole they might be. */
static const char *const open_ended[] = {"a.ts", "a.m2ts", "a.mpg", "dvd.vob", "a.aac", NULL};

/* A file that can't be opened is told by that. */
static bool is_cut(const char *name)
{
    g_autofree char *path = mt_path(name);
    struct probe p;
    return !probe_file(path, NULL, &p, NULL) || p.cut_off;
}

static bool ends_untold(const char *name)
{
    g_autofree char *path = mt_path(name);
    struct probe p;
    return ok(probe_file(path, NULL, &p, NULL), "%s is read", name) && p.ends_untold;
}

static bool is_open_ended(const char *name)
{
    return g_strv_contains(open_ended, name);
}

static void test_file(const char *name)
{
    static const double parts[] = {0.98, 0.5};
    g_autofree char *path = mt_path(name), *bytes = NULL, *cut = g_strdup_printf("cut-%s", name), *to = mt_path(cut);
    gsize n = 0;
    ok(!is_cut(name), "%s is whole", name);
    is_int(ends_untold(name), is_open_ended(name), name);
    g_file_get_contents(path, &bytes, &n, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_file_set_contents(to, bytes, (gssize)((double)n * parts[i]) | 1, NULL); /* packets have even lengths */
        ok(is_cut(cut), "%s: %.0f %% of it", name, parts[i] * 100);
    }
}

/* Between two of its small packets, MPEG-TS is cut off if a longer one goes on in the next. */
static void test_ts_packets(void)
{
    enum { PACKET = 188 };
    g_autofree char *path = mt_path("sound.ts"), *bytes = NULL, *to = mt_path("cut.ts");
    gsize n = 0;
    int cuts = 0;
    ok(mt_ffmpeg(SOUND "-c:a mp2 sound.ts") && g_file_get_contents(path, &bytes, &n, NULL) && !is_cut("sound.ts"),
       "a sound in MPEG-TS");
    for (gsize i = 0; i < 16 && n > 100 * PACKET; i++) {
        g_file_set_contents(to, bytes, (gssize)((n / PACKET / 2 + i) * PACKET), NULL);
        cuts += is_cut("cut.ts");
    }
    ok(cuts >= 8, "cut between packets, %d times of 16", cuts);
}

/* A writer that does not know how long it will be, as in a pipe, leaves the length open. */
static void test_open_lengths(void)
{
    static const char *const rows[][2] = {
        {"pipe.mkv", FILM "-c:v mpeg4 -c:a aac -f matroska"},
        {"pipe.wav", SOUND "-f wav"},
        {"pipe.flac", SOUND "-f flac"},
        {"pipe.avi", FILM "-c:v mpeg4 -c:a pcm_s16le -f avi"},
        {"pipe.flv", FILM "-c:v flv -c:a pcm_s16le -ar 44100 -f flv"},
        {"live.mp4", FILM "-c:v mpeg4 -c:a aac -movflags empty_moov+frag_keyframe+skip_trailer -f mp4"},
        {"pipe.nut", FILM "-c:v mpeg4 -c:a aac -write_index 0 -f nut"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *options = g_strdup_printf("%s - > %s", rows[i][1], rows[i][0]);
        ok(mt_ffmpeg("%s", options) && !is_cut(rows[i][0]) && ends_untold(rows[i][0]), "%s says nothing of its end",
           rows[i][0]);
    }
}

/* MPEG-PS may say that nothing follows. */
static void test_end_code(void)
{
    g_autofree char *path = mt_path("a.mpg"), *bytes = NULL, *to = mt_path("ended.mpg");
    gsize n = 0;
    g_file_get_contents(path, &bytes, &n, NULL);
    g_autoptr(GByteArray) ended = g_byte_array_new();
    g_byte_array_append(ended, (const guint8 *)bytes, (guint)n);
    g_byte_array_append(ended, (const guint8 *)"\0\0\1\xb9", 4);
    g_file_set_contents(to, (const char *)ended->data, (gssize)ended->len, NULL);
    ok(!is_cut("ended.mpg") && !ends_untold("ended.mpg"), "a.mpg with an end code");
}

/* An index ends it; without one nobody knows. */
static void test_index_behind(void)
{
    g_autofree char *path = mt_path("a.nut"), *bytes = NULL, *to = mt_path("cut.nut");
    gsize n = 0;
    ok(mt_ffmpeg(FILM "-c:v mpeg4 -c:a aac a.nut") && g_file_get_contents(path, &bytes, &n, NULL), "a.nut is made");
    ok(!is_cut("a.nut") && !ends_untold("a.nut"), "it says where it ends");
    g_file_set_contents(to, bytes, (gssize)(n / 2), NULL);
    ok(!is_cut("cut.nut") && ends_untold("cut.nut"), "half of it does not");
}

/* Whatever the bytes are, reading them ends, and stays inside them. */
static void test_damage(void)
{
    static const char *const formats[] = {"matroska,webm", "avi",    "wav",  "w64",  "aiff", "asf",  "mxf",
                                          "mp3",           "flv",    "ogg",  "flac", "gif",  "apng", "png_pipe",
                                          "mov,mp4",       "mpegts", "mpeg", "aac",  "ivf",  "nut"};
    g_autofree char *path = mt_path("noise");
    uint8_t noise[700];
    int asked = 0;
    srand(1);
    for (int k = 0; k < 60; k++) {
        const gsize n = (gsize)k * 10;
        for (gsize i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)(k % 3 ? rand() : 0xff);
        memcpy(noise, k % 2 ? "fLaC" : "OggS", 4);
        g_file_set_contents(path, (const char *)noise, (gssize)n, NULL);
        struct beneath_file file;
        ok(beneath_open(path, &file), "noise of %d bytes", (int)n);
        for (size_t i = 0; i < G_N_ELEMENTS(formats); i++, asked++)
            (void)file_end_find(&file, formats[i]);
        beneath_close(&file);
    }
    is_int(asked, 60 * (int)G_N_ELEMENTS(formats), "noise as every format");
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        if (files[i].encoder && !mt_has_encoder(files[i].encoder))
            printf("# no %s: %s is left out\n", files[i].encoder, files[i].name);
        else if (ok(mt_ffmpeg("%s %s", files[i].options, files[i].name), "%s is made", files[i].name))
            test_file(files[i].name);
    }
    test_ts_packets();
    test_open_lengths();
    test_end_code();
    test_index_behind();
    test_damage();
    mt_cleanup();
    return tap_done();
}
