/* A file's timeline is the one that its container presents: edit lists, variable rates, late starts, gaps, pictures that
 * stand. For each file and range: how long it plays, which picture is on show when, and when there is sound. */
#include "media/media_analysis.h"
#include "media/probe.h"
#include "media_test.h"

enum { MOMENTS = 6 };

struct presented {
    const char *file;
    int from_ms, to_ms; /* of the range; 0: none */
    int length_ms;
    struct {
        int at_ms, number; /* what is on show then */
    } moment[MOMENTS];
    int sound_from_ms, sound_to_ms; /* where the sound lies in the segment; both 0: there is none */
};

/* film.raw has pictures 0 to 299; at 25 a second, picture n of a film begins at 40 n ms. */
static const struct {
    const char *file, *args;
} made[] = {
#define H264 "-c:v libx264 -preset ultrafast -bf 2 -g 50 -keyint_min 50 -sc_threshold 0 "
#define FILM MT_RAW "-r 25 -i film.raw "
#define TONE "-f f32le -ar 48000 -ac 2 -i tone.f32 "
#define VP8  "-c:v libvpx -cpu-used 8 -deadline realtime "
#define SOME "select='eq(n,0)+eq(n,10)+eq(n,20)'"
#define FEW  "select='eq(n,0)+eq(n,10)+eq(n,150)+eq(n,151)'"
    {"long.mp4", FILM TONE H264 "-c:a aac long.mp4"},
    {"cut.mp4", "-ss 3.6 -i long.mp4 -t 2 -c copy cut.mp4"},
    {"cut.mov", "-ss 3.6 -i long.mp4 -t 2 -c copy cut.mov"},
    {"mute.mp4", "-ss 3.6 -i long.mp4 -t 2 -an -c copy mute.mp4"},
    {"cut.mkv", "-ss 3.6 -i long.mp4 -t 2 -c copy cut.mkv"},
    {"three.mp4", FILM TONE "-t 6 -vf \"" SOME "\" -fps_mode vfr -map 0:v -map 1:a " H264 "-c:a aac three.mp4"},
    {"three.mkv", "-i three.mp4 -c copy three.mkv"},
    {"stand.mp4", FILM "-vf \"" FEW "\" -fps_mode vfr " H264 "-bf 0 stand.mp4"},
    {"stand.mkv", "-i stand.mp4 -c copy stand.mkv"},
    {"stand.webm", FILM "-vf \"" FEW "\" -fps_mode vfr " VP8 "stand.webm"},
    {"stand.avi", FILM "-vf \"" FEW "\" -fps_mode vfr -c:v mpeg4 -q:v 2 stand.avi"},
    {"last.mkv", "-i stand.mp4 -c copy -frames:v 3 -bsf:v \"setts=duration='if(eq(N,2),3000,DURATION)'\" last.mkv"},
    {"a.gif", MT_RAW "-r 2 -i film.raw -frames:v 3 -final_delay 500 a.gif"},
    {"slides.mp4", MT_RAW "-r 1/5 -i film.raw -frames:v 6 " H264 "slides.mp4"},
    {"slides.mkv", MT_RAW "-r 1/5 -i film.raw -frames:v 6 " H264 "slides.mkv"},
    {"slides.webm", MT_RAW "-r 1/5 -i film.raw -frames:v 6 " VP8 "slides.webm"},
    {"minutes.mp4", MT_RAW "-r 1/60 -i film.raw -frames:v 4 " H264 "minutes.mp4"},
    {"fast.mp4", MT_RAW "-r 240 -i film.raw " H264 "fast.mp4"},
    {"tone.m4a", TONE "-t 3 -c:a aac tone.m4a"},
    {"four.mp4", FILM "-t 4 " H264 "four.mp4"},
    {"latesound.mp4", "-i four.mp4 -itsoffset 1.5 -i tone.m4a -c copy latesound.mp4"},
    {"latesound.mkv", "-i four.mp4 -itsoffset 1.5 -i tone.m4a -c copy latesound.mkv"},
    /* Such a tag with a comma in place of the point, as a program in German wrote it. */
    {"comma.mkv",
     "-i latesound.mkv -c copy point.mkv && LC_ALL=C sed 's/\\(00:00:0[0-9]\\)\\./\\1,/g' point.mkv > comma.mkv"},
    {"latesound.ts", "-i four.mp4 -itsoffset 1.5 -i tone.m4a -c copy latesound.ts"},
    {"latepicture.mp4", "-itsoffset 1.5 -i four.mp4 -i tone.m4a -c copy latepicture.mp4"},
    {"latemute.mp4", "-itsoffset 1.5 -i four.mp4 -an -c copy latemute.mp4"},
    {"latepicture.mkv", "-itsoffset 1.5 -i four.mp4 -i tone.m4a -c copy latepicture.mkv"},
    {"latepicture.ts", "-itsoffset 1.5 -i four.mp4 -i tone.m4a -c copy latepicture.ts"},
    /* Two recordings, one behind the other; the second one's clock begins where the first one's did, or hours later. */
    {"parts.ts", FILM "-t 4 " H264 "-f mpegts - > part.ts && cat part.ts part.ts > parts.ts"},
    {"parts.short.ts", FILM "-t 0.6 " H264 "-f mpegts - > few.ts && cat few.ts few.ts few.ts few.ts > parts.short.ts"},
    {"parts.mpg", FILM TONE "-t 4 -vf noise=alls=30:allf=t -c:v mpeg2video -q:v 2 -c:a mp2 -f mpeg - > part.mpg && cat "
                            "part.mpg part.mpg > parts.mpg"},
    /* Fragments, whose header has an edit list. */
    {"pcm.mov", FILM TONE H264 "-c:a pcm_s16le pcm.mov"},
    {"pcmcut.mov", "-ss 3.6 -i pcm.mov -t 2 -c copy pcmcut.mov"},
    {"frag.mov", "-ss 3.6 -i pcm.mov -t 2 -c copy -movflags frag_keyframe+delay_moov frag.mov"},
    {"frag.mp4", "-ss 3.6 -i long.mp4 -t 2 -c copy -movflags frag_keyframe+delay_moov frag.mp4"},
    /* Not every packet of such a file tells when it is shown; its last one often does not. */
    {"end.mpg", FILM TONE "-t 4 -c:v mpeg2video -q:v 2 -bf 2 -c:a mp2 end.mpg"},
    {"end0.mpg", FILM TONE "-t 4 -c:v mpeg2video -q:v 2 -bf 0 -c:a mp2 end0.mpg"},
    {"end1.mpg", FILM TONE "-t 4 -c:v mpeg1video -q:v 2 -bf 2 -c:a mp2 end1.mpg"},
    {"end.vob", FILM TONE "-t 4 -c:v mpeg2video -q:v 2 -bf 2 -g 15 -c:a ac3 end.vob"},
    {"end.ts", FILM TONE "-t 4 -c:v mpeg2video -q:v 2 -bf 2 -c:a mp2 end.ts"},
    {"dvd.mpg", FILM TONE "-t 4 -vf noise=alls=10:allf=t -c:v mpeg2video -b:v 4M -bufsize 1M -maxrate 4M -bf 2 -g 15 "
                          "-c:a mp2 dvd.mpg"},
    {"hours.ts",
     FILM "-t 4 " H264 "-output_ts_offset 9000 -f mpegts - > late.ts && cat part.ts late.ts part.ts > hours.ts"},
};

static const struct presented rows[] = {
    {"long.mp4", 0, 0, 12000, {{0, 0}, {39, 0}, {40, 1}, {11999, 299}}, 0, 12000},
    /* The key frame lies at picture 50, the cut at 90. */
    {"cut.mp4", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 2011},
    {"cut.mov", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 2011},
    {"mute.mp4", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 0},
    {"cut.mp4", 400, 1400, 1000, {{0, 100}, {40, 101}, {999, 124}}, 0, 1000},
    {"cut.mov", 400, 1400, 1000, {{0, 100}, {40, 101}, {999, 124}}, 0, 1000},
    {"mute.mp4", 400, 1400, 1000, {{0, 100}, {40, 101}, {999, 124}}, 0, 0},
    {"mute.mp4", 1400, 0, 720, {{0, 125}, {40, 126}, {719, 142}}, 0, 0},
    {"three.mp4", 0, 0, 6000, {{0, 0}, {399, 0}, {400, 10}, {799, 10}, {800, 20}, {5999, 20}}, 0, 6000},
    {"three.mkv", 0, 0, 6016, {{0, 0}, {399, 0}, {400, 10}, {799, 10}, {800, 20}, {5999, 20}}, 0, 6000},
    {"three.mp4", 2000, 5000, 3000, {{0, 20}, {2999, 20}}, 0, 3000},
    {"three.mkv", 2000, 5000, 3000, {{0, 20}, {2999, 20}}, 0, 3000},
    {"stand.mp4", 0, 0, 6080, {{0, 0}, {400, 10}, {5999, 10}, {6000, 150}, {6040, 151}, {6079, 151}}, 0, 0},
    {"stand.mkv", 0, 0, 6080, {{0, 0}, {400, 10}, {5999, 10}, {6000, 150}, {6040, 151}, {6079, 151}}, 0, 0},
    {"stand.webm", 0, 0, 6080, {{0, 0}, {400, 10}, {5999, 10}, {6000, 150}, {6040, 151}, {6079, 151}}, 0, 0},
    {"stand.avi", 0, 0, 6080, {{0, 0}, {400, 10}, {5999, 10}, {6000, 150}, {6040, 151}, {6079, 151}}, 0, 0},
    {"last.mkv", 0, 0, 9000, {{0, 0}, {400, 10}, {5999, 10}, {6000, 150}, {8999, 150}}, 0, 0},
    {"last.mkv", 7000, 8500, 1500, {{0, 150}, {1499, 150}}, 0, 0},
    {"last.mkv", 7000, 0, 2000, {{0, 150}, {1999, 150}}, 0, 0},
    {"stand.mp4", 2000, 5000, 3000, {{0, 10}, {2999, 10}}, 0, 0},
    {"stand.mkv", 2000, 5000, 3000, {{0, 10}, {2999, 10}}, 0, 0},
    {"stand.webm", 2000, 5000, 3000, {{0, 10}, {2999, 10}}, 0, 0},
    {"stand.avi", 2000, 5000, 3000, {{0, 10}, {2999, 10}}, 0, 0},
    {"stand.webm", 200, 6040, 5840, {{0, 0}, {199, 0}, {200, 10}, {5799, 10}, {5800, 150}}, 0, 0},
    {"a.gif", 0, 0, 6000, {{0, 0}, {499, 0}, {500, 1}, {999, 1}, {1000, 2}, {5999, 2}}, 0, 0},
    {"a.gif", 800, 3000, 2200, {{0, 1}, {199, 1}, {200, 2}, {2199, 2}}, 0, 0},
    {"a.gif", 2000, 5000, 3000, {{0, 2}, {2999, 2}}, 0, 0},
    {"slides.mp4", 0, 0, 30000, {{0, 0}, {4999, 0}, {5000, 1}, {29999, 5}}, 0, 0},
    {"slides.mp4", 6000, 12000, 6000, {{0, 1}, {3999, 1}, {4000, 2}, {5999, 2}}, 0, 0},
    {"slides.mkv", 6000, 12000, 6000, {{0, 1}, {3999, 1}, {4000, 2}, {5999, 2}}, 0, 0},
    {"slides.webm", 6000, 12000, 6000, {{0, 1}, {3999, 1}, {4000, 2}, {5999, 2}}, 0, 0},
    {"slides.mkv", 0, 0, 30000, {{0, 0}, {4999, 0}, {5000, 1}, {29999, 5}}, 0, 0},
    {"slides.webm", 0, 0, 30000, {{0, 0}, {4999, 0}, {5000, 1}, {29999, 5}}, 0, 0},
    {"minutes.mp4", 0, 0, 240000, {{0, 0}, {59999, 0}, {60000, 1}, {239999, 3}}, 0, 0},
    {"minutes.mp4", 90000, 200000, 110000, {{0, 1}, {29999, 1}, {30000, 2}, {90000, 3}, {109999, 3}}, 0, 0},
    {"fast.mp4", 0, 0, 1250, {{0, 0}, {4, 0}, {5, 1}, {1000, 240}, {1249, 299}}, 0, 0},
    {"fast.mp4", 500, 1000, 500, {{0, 120}, {5, 121}, {499, 239}}, 0, 0},
    {"latesound.mp4", 0, 0, 4500, {{0, 0}, {1000, 25}, {3999, 99}, {4499, 99}}, 1500, 4500},
    {"latesound.mkv", 0, 0, 4500, {{0, 0}, {1000, 25}, {3999, 99}, {4499, 99}}, 1500, 4500},
    {"comma.mkv", 0, 0, 4500, {{0, 0}, {1000, 25}, {3999, 99}, {4499, 99}}, 1500, 4500},
    {"latesound.ts", 0, 0, 4500, {{0, 0}, {1000, 25}, {3999, 99}, {4499, 99}}, 1500, 4500},
    {"latesound.mp4", 1000, 2000, 1000, {{0, 25}, {999, 49}}, 500, 1000},
    {"latepicture.mp4", 0, 0, 5500, {{0, 0}, {1539, 0}, {1540, 1}, {5499, 99}}, 0, 3000},
    /* There nothing tells that the first packet of AAC is priming: everything is 21 ms later. */
    {"latepicture.mkv", 0, 0, 5521, {{0, 0}, {1560, 0}, {1562, 1}, {5520, 99}}, 0, 3000},
    {"latepicture.ts", 0, 0, 5521, {{0, 0}, {1560, 0}, {1562, 1}, {5520, 99}}, 0, 3000},
    {"latepicture.mp4", 1000, 2500, 1500, {{0, 0}, {539, 0}, {540, 1}, {1499, 24}}, 0, 1500},
    {"latepicture.mp4", 2500, 4500, 2000, {{0, 25}, {40, 26}, {1999, 74}}, 0, 500},
    {"parts.ts", 0, 0, 8000, {{0, 0}, {3999, 99}, {4000, 0}, {6000, 50}, {7999, 99}}, 0, 0},
    {"parts.ts", 5000, 6000, 1000, {{0, 25}, {40, 26}, {999, 49}}, 0, 0},
    {"parts.short.ts", 0, 0, 2400, {{0, 0}, {599, 14}, {600, 0}, {1300, 2}, {2399, 14}}, 0, 0},
    {"parts.short.ts", 1000, 2000, 1000, {{0, 10}, {200, 0}, {799, 14}, {800, 0}, {999, 4}}, 0, 0},
    {"parts.mpg", 0, 0, 8000, {{0, 0}, {3999, 99}, {4020, 0}, {6000, 50}, {7999, 99}}, 0, 8000},
    {"end.mpg", 0, 0, 4000, {{0, 0}, {40, 1}, {3959, 98}, {3999, 99}}, 10, 4000},
    {"end0.mpg", 0, 0, 4000, {{0, 0}, {40, 1}, {3959, 98}, {3999, 99}}, 10, 4000},
    {"end1.mpg", 0, 0, 4000, {{0, 0}, {40, 1}, {3959, 98}, {3999, 99}}, 10, 4000},
    {"pcmcut.mov", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 2011},
    {"pcmcut.mov", 400, 1400, 1000, {{0, 100}, {40, 101}, {999, 124}}, 0, 1000},
    {"frag.mov", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 2011},
    {"frag.mov", 400, 1400, 1000, {{0, 100}, {40, 101}, {999, 124}}, 0, 1000},
    {"frag.mp4", 0, 0, 2120, {{0, 90}, {40, 91}, {1000, 115}, {2000, 140}, {2119, 142}}, 0, 2011},
    {"frag.mp4", 1400, 0, 720, {{0, 125}, {40, 126}, {719, 142}}, 0, 611},
    {"end.mpg", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"end.mpg", 3920, 0, 80, {{0, 98}, {40, 99}}, 0, 80},
    {"end.mpg", 1000, 3000, 2000, {{0, 25}, {39, 25}, {40, 26}, {1000, 50}, {1999, 74}}, 0, 2000},
    {"end0.mpg", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"end0.mpg", 1000, 3000, 2000, {{0, 25}, {39, 25}, {40, 26}, {1000, 50}, {1999, 74}}, 0, 2000},
    {"end1.mpg", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"end1.mpg", 1000, 3000, 2000, {{0, 25}, {39, 25}, {40, 26}, {1000, 50}, {1999, 74}}, 0, 2000},
    {"end.vob", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"end.vob", 1560, 3000, 1440, {{0, 39}, {39, 39}, {40, 40}, {1439, 74}}, 0, 1440},
    {"end.ts", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"dvd.mpg", 2000, 0, 2000, {{0, 50}, {40, 51}, {1000, 75}, {1959, 98}, {1960, 99}}, 0, 2000},
    {"dvd.mpg", 2360, 3000, 640, {{0, 59}, {39, 59}, {40, 60}, {639, 74}}, 0, 640},
    {"hours.ts", 0, 0, 12000, {{0, 0}, {3999, 99}, {4000, 0}, {7999, 99}, {8000, 0}, {11999, 99}}, 0, 0},
    {"hours.ts", 9000, 10000, 1000, {{0, 25}, {999, 49}}, 0, 0},
};

/* The number of the picture that is on show at that position; -1: there is none. */
static int64_t on_show(const struct mt_play *p, int64_t at_smp)
{
    int64_t number = -1;
    for (guint i = 0; i < p->at->len && g_array_index(p->at, int64_t, i) <= at_smp; i++)
        number = g_array_index(p->number, int64_t, i);
    return number;
}

/* Where a sound begins and ends that is louder than an encoder's echo. */
static void sounding(const struct mt_play *p, int64_t *from, int64_t *to)
{
    *from = *to = 0;
    for (guint i = 0; i < p->sound->len; i++)
        if (fabsf(g_array_index(p->sound, float, i)) > 0.02F) {
            *from = *to == 0 ? i / FILM_CHANNELS : *from;
            *to = i / FILM_CHANNELS + 1;
        }
}

static bool is_near_ms(int64_t smp, int ms, int by_ms)
{
    return ABS(smp - (int64_t)ms * FILM_RATE / 1000) <= by_ms * FILM_RATE / 1000;
}

static bool ends_with_sound(const struct presented *r)
{
    return r->to_ms == 0 && r->sound_to_ms > r->length_ms - 25;
}

static void check_told(struct media *m, const char *path, int64_t told_smp)
{
    struct clip *c = clip_open(m, &(struct clip_spec){.path = path, .at_once = true});
    mt_await(c, 1);
    is_int(clip_told_length_smp(c), told_smp, "the player plans with the length that `check` knows");
    clip_close(c);
}

/* How much a header may miss: a packet of sound; fragments tell when their last picture is decoded. */
static int64_t told_tolerance(const struct presented *r)
{
    if (ends_with_sound(r))
        return FILM_RATE / 8;
    return g_str_has_prefix(r->file, "frag.") ? FILM_RATE / 25 : 0;
}

/* What a header tells is as long as what plays. */
static void check_probe(struct media *m, const struct presented *r, const char *path, int64_t length_smp)
{
    struct probe p;
    g_autoptr(GError) error = NULL;
    if (!ok(probe_file(path, NULL, &p, &error), "%s: %s", r->file, error ? error->message : "probed"))
        return;
    if (p.restarts) {
        ok(g_str_has_prefix(r->file, "parts.") || g_str_has_prefix(r->file, "hours."), "%s has several clocks",
           r->file);
        is_int(probe_length_smp(&p), US_NONE, "then the header tells no length");
        return;
    }
    const int64_t told = probe_length_smp(&p), by = told_tolerance(r);
    check_told(m, path, told);
    ok(ABS(told - length_smp) <= by, "%s: the header says %d, %d are played", r->file, (int)told, (int)length_smp);
}

/* `check --deep` finds all of it, and nothing wrong with it. */
static void check_analysis(const struct presented *r, const char *path, const char *what, int64_t length_smp)
{
    const struct media_analysis_spec spec = {.path = path,
                                             .from_us = r->from_ms ? r->from_ms * INT64_C(1000) : US_NONE,
                                             .to_us = r->to_ms ? r->to_ms * INT64_C(1000) : US_NONE};
    atomic_bool never = false;
    atomic_llong done_us = 0;
    const struct media_analysis_watch watch = {&never, &done_us};
    struct media_analysis a;
    g_autoptr(GError) error = NULL;
    if (!ok(media_analysis_run(&spec, &watch, &a, &error), "%s: %s", what, error ? error->message : "decoded"))
        return;
    ok(a.missing == 0 && a.damaged == 0 && !a.unsound, "%s: %d missing, %d damaged%s", what, (int)a.missing,
       (int)a.damaged, a.unsound ? ", unsound" : "");
    ok(ABS(us_to_smp(a.picture_us) - length_smp) <= FILM_RATE / 40, "%s: --deep finds %d ms", what,
       (int)(a.picture_us / 1000));
}

static void check(struct media *m, const struct presented *r)
{
    enum { PACKET_MS = 25 };
    g_autofree char *path = mt_path(r->file), *what = g_strdup_printf("%s [%d,%d)", r->file, r->from_ms, r->to_ms);
    struct mt_play p =
        mt_play(m, &(struct clip_spec){.path = path, .from_us = r->from_ms * 1000, .to_us = r->to_ms * 1000});
    int64_t from, to;
    sounding(&p, &from, &to);
    ok(is_near_ms(p.length, r->length_ms, ends_with_sound(r) ? PACKET_MS : 1), "%s: plays %d ms, not %d", what,
       (int)(p.length * 1000 / FILM_RATE), r->length_ms);
    ok(!p.error && !p.warning && p.missing == 0, "%s: %s%s", what, p.error ? p.error : "", p.warning ? p.warning : "");
    for (int i = 0; i < MOMENTS && (i == 0 || r->moment[i].at_ms > 0); i++) {
        const int64_t at = (int64_t)r->moment[i].at_ms * FILM_RATE / 1000;
        is_int(on_show(&p, at), r->moment[i].number, what);
    }
    ok(is_near_ms(from, r->sound_from_ms, PACKET_MS) && is_near_ms(to, r->sound_to_ms, PACKET_MS),
       "%s: sound from %d to %d ms, not from %d to %d", what, (int)(from * 1000 / FILM_RATE),
       (int)(to * 1000 / FILM_RATE), r->sound_from_ms, r->sound_to_ms);
    if (r->from_ms == 0 && r->to_ms == 0)
        check_probe(m, r, path, p.length);
    check_analysis(r, path, what, p.length);
    mt_play_free(&p);
}

/* Behind the box's name at `*at`, and `*at` becomes its place. */
static void put_ms(char *bytes, gsize n, const char *box, int field, uint32_t ms, gsize *at)
{
    const char *const found = memmem(bytes + *at + 4, n - *at - 4, box, 4);
    if (!ok(found != NULL, "a box %s", box))
        return;
    const uint32_t big = GUINT32_TO_BE(ms);
    *at = (gsize)(found - bytes);
    memcpy(bytes + *at + field, &big, sizeof big);
}

/* A picture that begins late, by an empty edit, and ends before its last packet does. FFmpeg then tells as the track's length
 * where it ends. `film_ms`: the whole film's, from its time 0. */
static void test_late_and_early(struct media *m, const char *from, int film_ms, const struct presented *want)
{
    enum { MVHD_LENGTH = 20, ELST_SECOND = 24 };
    g_autofree char *source = mt_path(from), *path = mt_path(want->file), *bytes = NULL;
    gsize n = 0, at = 0;
    if (!ok(g_file_get_contents(source, &bytes, &n, NULL), "%s is there", from))
        return;
    put_ms(bytes, n, "mvhd", MVHD_LENGTH, (uint32_t)film_ms, &at);
    put_ms(bytes, n, "elst", ELST_SECOND, 1200, &at);
    g_file_set_contents(path, bytes, (gssize)n, NULL);
    check(m, want);
}

/* Some programs write into ASF how long it plays without the preroll that belongs there: the same time as it takes to send. */
static void test_preroll(void)
{
    enum { PLAY = 64, SEND = 72 };
    static const char properties[] = "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11";
    g_autofree char *path = mt_path("whole.asf"), *other = mt_path("preroll.asf"), *bytes = NULL;
    gsize n = 0;
    ok(mt_ffmpeg(FILM TONE "-t 4 -c:v wmv2 -q:v 2 -c:a wmav2 whole.asf"), "a film in ASF");
    g_file_get_contents(path, &bytes, &n, NULL);
    char *const at = bytes ? memmem(bytes, n, properties, strlen(properties)) : NULL;
    if (!ok(at && memcmp(at + PLAY, at + SEND, 8) != 0, "which plays for longer than it takes to send"))
        return;
    memcpy(at + PLAY, at + SEND, 8);
    g_file_set_contents(other, bytes, (gssize)n, NULL);
    struct probe p, q;
    ok(probe_file(path, NULL, &p, NULL) && probe_file(other, NULL, &q, NULL), "both are read");
    is_int(probe_length_smp(&q), probe_length_smp(&p), "without its preroll, it is told to be as long");
    ok(is_near_ms(probe_length_smp(&q), 4000, 50), "some four seconds: %d", (int)probe_length_smp(&q));
}

/* Some programs write MPEG-PS without any time; its pictures follow one another at the film's rate, and end. */
static void test_timeless(struct media *m)
{
    enum { FLAGS = 7, HAS_TIMES = 0xc0, STUFFING = 0xff };
    g_autofree char *path = mt_path("bare.mpg"), *bytes = NULL;
    gsize n = 0;
    ok(mt_ffmpeg(FILM "-t 4 -c:v mpeg2video -q:v 2 -bf 0 -f vob bare.mpg"), "a film of MPEG-2 alone");
    g_file_get_contents(path, &bytes, &n, NULL);
    for (gsize i = 0; i + 20 < n; i++)
        if (memcmp(bytes + i, "\0\0\1\xe0", 4) == 0 && bytes[i + FLAGS] & HAS_TIMES) {
            bytes[i + FLAGS] = (char)(bytes[i + FLAGS] & ~HAS_TIMES);
            memset(bytes + i + FLAGS + 2, STUFFING, (guint8)bytes[i + FLAGS + 1]);
        }
    g_file_set_contents(path, bytes, (gssize)n, NULL);
    struct mt_play p = mt_play(m, &(struct clip_spec){.path = path});
    ok(!p.error && p.frames == 100 && is_near_ms(p.length, 4000, 1),
       "without its times, %d pictures are shown in %d ms", (int)p.frames, (int)(p.length * 1000 / FILM_RATE));
    is_int(on_show(&p, 3999 * FILM_RATE / 1000), 99, "the last one to the end");
    mt_play_free(&p);
}

int main(void)
{
    struct media *m = media_new();
    mt_raw_film("film.raw", 300, 0);
    mt_tone("tone.f32", 48000, 2, 12.0, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++)
        ok(mt_ffmpeg("%s", made[i].args), "%s made", made[i].file);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check(m, &rows[i]);
    test_late_and_early(
        m, "latepicture.mp4", 3000,
        &(struct presented){"lateearly.mp4", 0, 0, 3000, {{0, 0}, {1539, 0}, {1540, 1}, {2999, 29}}, 0, 3000});
    test_late_and_early(m, "latemute.mp4", 2700,
                        &(struct presented){"latemuteearly.mp4", 0, 0, 1200, {{0, 0}, {40, 1}, {1199, 29}}, 0, 0});
    test_timeless(m);
    test_preroll();
    media_free(m);
    mt_cleanup();
    return tap_done();
}
