/* Probe and subtitles. */
#include "media/probe.h"
#include "media/sound.h"
#include "media/subs.c" /* for the text of events, which only libass needs */
#include "media_test.h"

static void text_file(const char *name, const char *text)
{
    g_autofree char *path = mt_path(name);
    g_file_set_contents(path, text, -1, NULL);
}

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
        GArray *keys = probe_keyframes_us(path, &error);
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
    struct sound *s = sound_load(wav, NULL);
    ok(s && s->length_smp == 4 * FILM_RATE, "sound in memory");
    sound_free(s);
}

static int64_t ink(const struct subs_image *i, int n, int *top, int *bottom)
{
    int64_t sum = 0;
    *top = INT32_MAX;
    *bottom = 0;
    for (int k = 0; k < n; k++) {
        for (int y = 0; y < i[k].h; y++)
            for (int x = 0; x < i[k].w; x++)
                sum += i[k].alpha[y * i[k].stride + x];
        *top = MIN(*top, i[k].y);
        *bottom = MAX(*bottom, i[k].y + i[k].h);
    }
    return sum;
}

/* ASS text without its {overrides}; \N and \n are line ends, \h is a space. */
static void append_plain(GString *out, const char *text)
{
    bool inside = false;
    for (const char *p = text; *p; p++) {
        if (*p == '{' || *p == '}') {
            inside = *p == '{';
        } else if (inside) {
            continue;
        } else if (*p == '\\' && (p[1] == 'N' || p[1] == 'n' || p[1] == 'h')) {
            g_string_append_c(out, *++p == 'h' ? ' ' : '\n');
        } else {
            g_string_append_c(out, *p);
        }
    }
}

static char *text_at(const struct subs *s, int64_t t_us)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < subs_count(s); i++) {
        const struct subs_event e = subs_event_at(s, i);
        if (t_us < e.from_us || t_us >= e.to_us)
            continue;
        g_string_append(out, out->len ? "\n" : "");
        append_plain(out, s->track->events[i].Text);
    }
    return g_string_free(out, FALSE);
}

static void check_text(const struct subs *s, int64_t t_us, const char *want)
{
    g_autofree char *text = text_at(s, t_us);
    is_str(text, want, want);
}

static void test_subs(void)
{
    text_file("a.vtt", "WEBVTT\n\n1\n00:00:00.400 --> 00:00:03.200\n[rain on the window]\n\n"
                       "2\n00:00:03.400 --> 00:00:06.000 align:start\n<i>two</i>\nlines\n\n"
                       "00:01:00.000 --> 00:01:01.000\nΖ щ ש\n");
    text_file("a.srt", "1\n00:00:00,400 --> 00:00:03,200\n[rain on the window]\n\n2\n00:00:03,400 --> 00:00:06,000\n"
                       "<i>two</i>\nlines\n\n3\n00:01:00,000 --> 00:01:01,000\nΖ щ ש\n");
    text_file("a.ass",
              "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\nFormat: Name, "
              "Fontname, Fontsize, PrimaryColour, Alignment, MarginV\nStyle: Default,sans-serif,28,&H0000FFFF,2,20\n\n"
              "[Events]\nFormat: Layer, Start, End, Style, Text\n"
              "Dialogue: 0,0:00:00.40,0:00:03.20,Default,[rain on the window]\n"
              "Dialogue: 0,0:00:03.40,0:00:06.00,Default,{\\i1}two{\\i0}\\Nlines\n"
              "Dialogue: 0,0:01:00.00,0:01:01.00,Default,Ζ щ ש\n");
    static const char *const row[] = {"a.vtt", "a.srt", "a.ass"};
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = mt_path(row[i]);
        struct subs *s = subs_load(path, &error);
        if (!ok(s && subs_count(s) == 3, "%s: %s", row[i], error ? error->message : "loaded"))
            continue;
        check_text(s, 300000, "");
        check_text(s, 400000, "[rain on the window]");
        check_text(s, 3300000, "");
        check_text(s, 5999000, "two\nlines");
        check_text(s, 60500000, "Ζ щ ש");
        int n, top, bottom, top2, bottom2;
        bool changed;
        struct subs_view v = {.w = 640, .h = 360};
        subs_render(s, 0, &v, &n, NULL);
        is_int(n, 0, "nothing yet");
        const struct subs_image *im = subs_render(s, US_PER_SECOND, &v, &n, &changed);
        const int64_t black = ink(im, n, &top, &bottom);
        ok(n > 0 && changed && black > 1000 && top > 240 && bottom <= 360, "%s: drawn at the bottom (%d..%d)", row[i],
           top, bottom);
        bool inside = true;
        for (int k = 0; k < n; k++)
            inside = inside && im[k].x >= 0 && im[k].x + im[k].w <= 640 && (im[k].rgba & 255) > 0;
        ok(inside, "inside the picture");
        subs_render(s, US_PER_SECOND + 40000, &v, &n, &changed);
        ok(!changed && n > 0, "the same a frame later");
        v.raise_px = 100;
        im = subs_render(s, US_PER_SECOND, &v, &n, &changed);
        const int64_t same = ink(im, n, &top2, &bottom2);
        ok(changed && same == black && top2 == top - 100 && bottom2 == bottom - 100, "raised by 100");
        v = (struct subs_view){.w = 1280, .h = 720, .scale = 1.5f};
        im = subs_render(s, US_PER_SECOND, &v, &n, NULL);
        ok(ink(im, n, &top2, &bottom2) > 4 * black, "larger");
        v.w = 0;
        subs_render(s, US_PER_SECOND, &v, &n, NULL);
        is_int(n, 0, "no picture, no subtitles");
        subs_free(s);
    }
    g_autoptr(GError) error = NULL;
    text_file("latin.srt", "1\n00:00:00,400 --> 00:00:03,200\ncaf\xe9\n");
    g_autofree char *latin = mt_path("latin.srt");
    struct subs *s = subs_load(latin, &error);
    if (ok(s != NULL, "Latin-1: %s", error ? error->message : "loaded"))
        check_text(s, US_PER_SECOND, "café");
    subs_free(s);
}

int main(void)
{
    struct media *m = media_new();
    mt_tone("tone.f32", 48000, 2, 4.0, 0);
    test_probe(m);
    test_subs();
    media_free(m);
    mt_cleanup();
    return tap_done();
}
