/* Sounds and subtitles, each chosen for itself: what is offered by name, what is heard and shown then, at once. */
#include "media/mixer.h"
#include "player/track_list.h"
#include "tests/story_text.h"
#include "media_test.h"

#include <math.h>

enum { BUFFER = 2048, PATIENCE_ROUNDS = 40000, HEARD_SMP = FILM_RATE / 4 };

/* A clip with everything in its file; then one whose sounds and subtitles are files of their own; at last one with several of each in
 * one more file. */
static const char yaml[] =
    "frumious: 1\nid: test.tracks\ntitle: Tracks\nstart: a\nlanguages: [en, de]\nnodes:\n"
    "  a: {clip: all.mkv, next: b}\n"
    "  b: {clip: {file: bare.mkv, sound: [{language: en, file: en.wav}, {language: de, file: de.wav}], "
    "subtitles: {en: en.srt, de: de.srt}}, next: c}\n"
    "  c: {clip: {file: bare.mkv, sound: en.wav, described: {file: de.wav, language: en}}, next: d}\n"
    "  d: {clip: {file: bare.mkv, described: {file: voice.wav, mix: true}}, ending: {id: e, title: E}}\n";
static const char beside[] =
    "frumious: 1\nid: test.beside\ntitle: Beside\nstart: a\nlanguages: [en, de]\nnodes:\n"
    "  a: {clip: {file: bare.mkv, sound: all.mkv, subtitles: all.mkv}, ending: {id: e, title: E}}\n";

#define VOICE    "-f lavfi -i \"sine=f=1700:d=1.5,volume=0.5\" "
#define SINE(hz) "-f lavfi -i sine=f=" #hz ":d=20 "

static bool make_films(void)
{
    return mt_ffmpeg("-f lavfi -i color=s=64x36:r=10:d=20 " SINE(300) SINE(500) SINE(700) SINE(
               900) "-i words.srt -map 0 -map 1 -map 2 -map 3 -map 4 -map 5 -map 5 -map 5 -c:v ffv1 -c:a pcm_s16le "
                    "-c:s srt "
                    "-metadata:s:a:0 language=eng -disposition:a:0 default "
                    "-metadata:s:a:1 language=ger -disposition:a:1 0 "
                    "-metadata:s:a:2 language=eng -metadata:s:a:2 title=\"The director talks\" -disposition:a:2 "
                    "comment "
                    "-metadata:s:a:3 language=eng -disposition:a:3 visual_impaired "
                    "-metadata:s:s:0 language=eng -disposition:s:0 0 -metadata:s:s:1 language=ger -disposition:s:1 0 "
                    "-metadata:s:s:2 language=eng -disposition:s:2 hearing_impaired all.mkv") &&
           mt_ffmpeg("-f lavfi -i color=s=64x36:r=10:d=20 -c:v ffv1 bare.mkv") && mt_ffmpeg(SINE(1100) "en.wav") &&
           mt_ffmpeg(VOICE "voice.wav") && mt_ffmpeg(SINE(1300) "de.wav");
}

struct bench {
    struct story *story;
    struct mixer *mixer;
    struct film *film;
};

/* Plays that much; everything that is rendered is heard at once. Returns how often the sound crossed zero upwards, as a frequency
 * over the last part. */
static int play_on(struct bench *b, int64_t smp)
{
    static float out[BUFFER * 2];
    struct mixer_now now;
    int crossed = 0;
    float before = 0;
    mixer_now(b->mixer, &now);
    const int64_t end = now.film_smp + smp, from = end - HEARD_SMP;
    for (int i = 0; i < PATIENCE_ROUNDS && now.film_smp < end; i++) {
        film_tick(b->film, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        const bool waits = film_phase(b->film) == FILM_PLAYING && !film_is_ready(b->film, BUFFER);
        const int n = waits ? 0 : (int)MIN(BUFFER, end - now.film_smp);
        if (waits)
            g_usleep(500);
        mixer_render(b->mixer, out, n);
        for (int k = (int)CLAMP(from - now.film_smp, 0, n); k < n; k++) {
            crossed += before < 0 && out[2 * k] >= 0;
            before = out[2 * k];
        }
        mixer_now(b->mixer, &now);
    }
    return (int)lround((double)crossed * FILM_RATE / HEARD_SMP / 100) * 100;
}

static void open_bench_of(struct bench *b, const char *text, struct media *m, const struct segment_tracks *tracks)
{
    g_autofree char *path = mt_path("tracks.yaml");
    b->story = story_from_text_at(path, text);
    b->mixer = mixer_new();
    b->film = film_new(&(struct film_options){
        .story = b->story, .media = m, .mixer = b->mixer, .seed = 1, .language = "en", .tracks = *tracks});
    film_start(b->film);
}

static void open_bench(struct bench *b, struct media *m, const struct segment_tracks *tracks)
{
    open_bench_of(b, yaml, m, tracks);
}

static void close_bench(struct bench *b)
{
    film_free(b->film);
    mixer_free(b->mixer);
    story_free(b->story);
}

/* Of the clip that plays. */
static int64_t start_of(const struct bench *b)
{
    return film_smp_at(b->film, 0);
}

/* Everything up to this film position. */
static void play_to(struct bench *b, int64_t smp)
{
    struct mixer_now now;
    mixer_now(b->mixer, &now);
    play_on(b, smp - now.film_smp);
}

static void check_list(const struct bench *b, enum stream_kind kind, const char *language, const char *want)
{
    struct track_list l;
    GString *got = g_string_new(NULL);
    track_list_make(&l, b->story, b->film, kind);
    for (int i = 0; i < l.n; i++)
        g_string_append_printf(got, "%s%s", i > 0 ? " | " : "", track_list_words(&l, i, kind, language));
    is_str(got->str, want, "what is offered");
    g_string_free(got, TRUE);
}

static void test_lists(struct media *m)
{
    struct bench b;
    open_bench(&b, m, &(struct segment_tracks){0});
    is_int(play_on(&b, FILM_RATE / 2), 300, "the film's sound, in the texts' language");
    check_list(&b, STREAM_SOUND, "en",
               "English | Deutsch | The director talks | English, described | Deutsch, described");
    check_list(&b, STREAM_TEXT, "de", "English | Deutsch | English, mit Geräuschen");
    close_bench(&b);
}

/* Waits for the threads that look into the files. */
static bool knows_files(const struct bench *b)
{
    int sounds = 0, texts = 0;
    for (int i = 0; i < PATIENCE_ROUNDS && (sounds == 0 || texts == 0); i++) {
        film_track_streams(b->film, STREAM_SOUND, &sounds);
        film_track_streams(b->film, STREAM_TEXT, &texts);
        g_usleep(500);
    }
    return sounds > 0 && texts > 0;
}

static void test_files_beside(struct media *m)
{
    struct bench b;
    open_bench_of(&b, beside, m, &(struct segment_tracks){0});
    is_int(play_on(&b, FILM_RATE / 2), 300, "sound of a file beside the clip's");
    ok(knows_files(&b), "what such files hold is found out meanwhile");
    check_list(&b, STREAM_SOUND, "en", "English | Deutsch | The director talks | English, described");
    check_list(&b, STREAM_TEXT, "de", "English | Deutsch | English, mit Geräuschen");
    close_bench(&b);
}

static const char *shown(const struct bench *b)
{
    const char *path = film_subtitles(b->film, true).path;
    return path ? strrchr(path, '/') + 1 : NULL;
}

/* What is asked for in the middle of a clip is heard and shown at once; then, in the next one, what suits that wish best. */
static void test_changes(struct media *m)
{
    static const struct {
        struct segment_tracks tracks;
        int hz;
        const char *text, *text_language;
    } rows[] = {
        {{.sound = {"de", STREAM_FILM, NULL}}, 500, NULL, NULL},
        {{.sound = {"en", STREAM_ASIDE, "The director talks"}, .text = {"de", STREAM_FILM, NULL}, .text_asked = true},
         700,
         "all.mkv",
         "de"},
        {{.sound = {"en", STREAM_DESCRIBED, NULL}, .text = {"en", STREAM_DESCRIBED, NULL}, .text_asked = true},
         900,
         "all.mkv",
         "en"},
        {{.sound = {NULL, STREAM_FILM, NULL}}, 300, NULL, NULL},
        {{.sound = {"en", STREAM_ASIDE, "The director talks"}, .text = {"de", STREAM_FILM, NULL}, .text_asked = true},
         700,
         "all.mkv",
         "de"},
    };
    struct bench b;
    open_bench(&b, m, &(struct segment_tracks){0});
    play_on(&b, FILM_RATE / 2);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ok(film_set_tracks(b.film, &rows[i].tracks), "row %d: it changes at once", (int)i);
        is_str(shown(&b), rows[i].text, "its subtitles");
        if (rows[i].text)
            is_str(film_subtitles(b.film, true).wish.language, rows[i].text_language, "in their language");
        is_int(play_on(&b, FILM_RATE), rows[i].hz, "its sound");
    }
    play_to(&b, start_of(&b) + 20 * FILM_RATE);
    is_int(play_on(&b, FILM_RATE), 1100, "the next clip has no commentary: its sound is that of the language");
    is_str(shown(&b), "de.srt", "and its subtitles are those of another one");
    ok(film_set_tracks(b.film, &(struct segment_tracks){.sound = {"de", STREAM_FILM, NULL}}), "it changes at once");
    is_int(play_on(&b, FILM_RATE), 1300, "files of their own, too");
    ok(film_set_tracks(b.film, &(struct segment_tracks){.sound = {"en", STREAM_DESCRIBED, NULL}}),
       "what is seen is told");
    is_int(play_on(&b, FILM_RATE), 1100, "where there is somebody to tell it");
    is_str(shown(&b), "en.srt", "subtitles are in the texts' language, where nothing else is asked for");
    play_to(&b, start_of(&b) + 20 * FILM_RATE);
    is_int(play_on(&b, FILM_RATE), 1300, "a described sound in place of the clip's");
    play_to(&b, start_of(&b) + 20 * FILM_RATE);
    is_int(play_on(&b, FILM_RATE), 1700, "and one over it, where there is none");
    close_bench(&b);
}

/* A question over a film whose frames tell their numbers. */
static const char asked[] = "frumious: 1\nid: test.asked\ntitle: Asked\nstart: a\nlanguages: [en, de]\nnodes:\n"
                            "  a: {clip: asked.mkv, decision: {id: d, opens: 0.2s, for: 9s, cut: now, default: x, "
                            "options: {x: {text: X, goto: b}, "
                            "y: {text: Y, goto: b}}}}\n"
                            "  b: {clip: asked.mkv, ending: {id: e, title: E}}\n";

static bool make_asked(void)
{
    mt_raw_film("film.raw", 240, 0);
    return mt_ffmpeg(MT_RAW
                     "-r 24 -i film.raw -f lavfi -i sine=f=300:d=10 -f lavfi -i sine=f=500:d=10 -map 0 -map 1 -map 2 "
                     "-c:v ffv1 -c:a pcm_s16le -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger asked.mkv");
}

/* What must hold in every moment of the question, however its sound changes. */
struct watched {
    int64_t start_smp; /* of the clip, as it was when the question opened */
    int wrong, moments;
};

/* As much as is heard between two looks. The frame, the place and the question are those of that moment. */
static int watch_on(struct bench *b, struct watched *w, int64_t smp)
{
    enum { LOOK = 480 };
    int hz = 0;
    for (int64_t at = 0; at < smp; at += LOOK) {
        struct mixer_now now;
        hz = play_on(b, LOOK);
        mixer_now(b->mixer, &now);
        film_tick(b->film, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        const int64_t pos_smp = now.film_smp - w->start_smp;
        const struct frame *f = film_frame(b->film);
        w->wrong += !f || mt_number(f) != pos_smp * 24 / FILM_RATE || film_pos_us(b->film) != smp_to_us(pos_smp) ||
                    film_choice(b->film)->menu.decision < 0 || !film_focus(b->film, (int32_t)(w->moments % 2));
        w->moments++;
    }
    return hz;
}

/* While a question is open, another sound is heard at once: no picture is lost or shown late, and the question knows nothing of it. */
static void test_asked(struct media *m)
{
    struct bench b;
    open_bench_of(&b, asked, m, &(struct segment_tracks){0});
    is_int(play_on(&b, FILM_RATE), 300, "a question over its sound");
    struct watched w = {.start_smp = start_of(&b)};
    ok(film_set_tracks(b.film, &(struct segment_tracks){.sound = {"de", STREAM_FILM, NULL}}), "it changes at once");
    watch_on(&b, &w, 2 * FILM_RATE);
    is_int(play_on(&b, HEARD_SMP), 500, "the other sound is heard");
    film_set_tracks(b.film, &(struct segment_tracks){.sound = {"en", STREAM_FILM, NULL}});
    watch_on(&b, &w, FILM_RATE / 5); /* it may be on its way by now */
    film_set_tracks(b.film, &(struct segment_tracks){.sound = {"de", STREAM_FILM, NULL}});
    watch_on(&b, &w, FILM_RATE / 10);
    film_set_tracks(b.film, &(struct segment_tracks){.sound = {"en", STREAM_FILM, NULL}});
    watch_on(&b, &w, 2 * FILM_RATE);
    is_int(play_on(&b, HEARD_SMP), 300, "of several changes, the last one holds");
    ok(w.moments > 400 && w.wrong == 0,
       "in %d moments, picture, place and question are what they would have been: %d wrong", w.moments, w.wrong);
    film_set_tracks(b.film, &(struct segment_tracks){.sound = {"de", STREAM_FILM, NULL}});
    watch_on(&b, &w, FILM_RATE / 5);
    ok(film_select_option(b.film, 1, VIEWING_KEY), "whoever answers meanwhile");
    is_int(play_on(&b, FILM_RATE), 500, "hears it in the next scene");
    is_str(film_node_name(b.film), "b", "which comes at once");
    close_bench(&b);
}

/* What is heard from `start_smp` on; *n samples, to be freed. */
static float *hear(struct media *m, const char *sound, const char *over, int64_t start_smp, int64_t over_from_us,
                   guint *n)
{
    g_autofree char *picture = mt_path("bare.mkv"), *sound_path = sound ? mt_path(sound) : NULL,
                    *over_path = over ? mt_path(over) : NULL;
    const struct clip_spec spec = {.path = picture,
                                   .to_us = 3 * US_PER_SECOND,
                                   .sound_path = sound_path,
                                   .over_path = over_path,
                                   .over_from_us = over_from_us,
                                   .start_smp = start_smp};
    struct mt_play p = mt_play(m, &spec);
    *n = p.sound->len;
    float *heard = g_memdup2(p.sound->data, *n * sizeof(float));
    mt_play_free(&p);
    return heard;
}

/* A voice over a sound is their sum, sample for sample, wherever the clip begins; it may end sooner, and be alone. */
static void test_over(struct media *m)
{
    static const struct {
        const char *sound;
        int64_t start_smp, from_us;
    } rows[] = {{"en.wav", 0, 0}, {"en.wav", 12345, 0}, {"en.wav", 0, 700 * US_PER_MS}, {NULL, 0, 0}, {NULL, 4801, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint n, n_sound, n_voice;
        double worst = 0, loudest = 0;
        g_autofree float *sound = hear(m, rows[i].sound, NULL, rows[i].start_smp, 0, &n_sound),
                         *voice = hear(m, NULL, "voice.wav", rows[i].start_smp, rows[i].from_us, &n_voice),
                         *both = hear(m, rows[i].sound, "voice.wav", rows[i].start_smp, rows[i].from_us, &n);
        ok(n == n_sound && n == n_voice && n > 0, "row %d: the clip is as long as without it: %u, %u, %u", (int)i, n,
           n_sound, n_voice);
        for (guint k = 0; k < MIN(n, MIN(n_sound, n_voice)); k++) {
            worst = MAX(worst, fabs((double)both[k] - (double)sound[k] - (double)voice[k]));
            loudest = MAX(loudest, fabs((double)voice[k]));
        }
        ok(worst < 1e-6 && loudest > 0.02, "row %d: it is the sum, off by %g of %g", (int)i, worst, loudest);
    }
}

int main(void)
{
    struct media *m = media_new();
    g_autofree char *words = mt_path("words.srt"), *en = mt_path("en.srt"), *de = mt_path("de.srt");
    static const char srt[] = "1\n00:00:00,000 --> 00:00:20,000\nwords\n";
    g_file_set_contents(words, srt, -1, NULL);
    g_file_set_contents(en, srt, -1, NULL);
    g_file_set_contents(de, srt, -1, NULL);
    if (ok(make_films() && make_asked(), "films are made")) {
        test_lists(m);
        test_files_beside(m);
        test_changes(m);
        test_asked(m);
        test_over(m);
    }
    media_free(m);
    mt_cleanup();
    return tap_done();
}
