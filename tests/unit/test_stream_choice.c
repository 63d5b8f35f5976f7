/* Which of a file's streams is played: tables of streams as files describe them, and real files. */
#include "media/language.h"
#include "media/probe.h"
#include "media/source.h"
#include "media/stream_choice.h"
#include "media_test.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

/* --- languages --------------------------------------------------------------------------------------------------- */

static void test_languages(void)
{
    static const struct {
        const char *track, *wanted;
        enum language_match want;
    } row[] = {
        {"eng", "en", LANGUAGE_SAME},      {"en", "en", LANGUAGE_SAME},        {"ger", "de", LANGUAGE_SAME},
        {"deu", "de-AT", LANGUAGE_SAME},   {"de", "deu", LANGUAGE_SAME},       {"GER", "DE", LANGUAGE_SAME},
        {"por", "pt-BR", LANGUAGE_SAME},   {"pt-BR", "pt-BR", LANGUAGE_EXACT}, {"pt_br", "pt-BR", LANGUAGE_EXACT},
        {"pt-PT", "pt-BR", LANGUAGE_SAME}, {"zho", "zh-Hant", LANGUAGE_SAME},  {"chi", "zh", LANGUAGE_SAME},
        {"cmn", "zh", LANGUAGE_SAME},      {"nob", "no", LANGUAGE_SAME},       {"nor", "nb", LANGUAGE_SAME},
        {"iw", "he", LANGUAGE_SAME},       {"fre", "fr-CA", LANGUAGE_SAME},    {"cze", "cs", LANGUAGE_SAME},
        {"swe", "sv", LANGUAGE_SAME},      {"spa", "es", LANGUAGE_SAME},       {"jpn", "ja", LANGUAGE_SAME},
        {"dan", "de", LANGUAGE_OTHER},     {"est", "es", LANGUAGE_OTHER},      {"slv", "sl", LANGUAGE_SAME},
        {"slk", "sl", LANGUAGE_OTHER},     {"enm", "en", LANGUAGE_OTHER},      {"", "en", LANGUAGE_OTHER},
        {"und", "en", LANGUAGE_OTHER},     {"English", "en", LANGUAGE_OTHER},  {"e", "en", LANGUAGE_OTHER},
        {"", "", LANGUAGE_OTHER},          {"qaa", "qaa", LANGUAGE_SAME},      {"-", "-", LANGUAGE_OTHER},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++)
        ok(language_match(row[i].track, row[i].wanted) == row[i].want, "a track in \"%s\" for \"%s\": %d", row[i].track,
           row[i].wanted, row[i].want);
    ok(!language_is_known("und") && !language_is_known("") && !language_is_known(NULL) && !language_is_known("zxx") &&
           language_is_known("eng"),
       "a file that does not say is known as one");
    static const char *const three[][2] = {{"de", "ger"},      {"de-AT", "ger"}, {"en", "eng"}, {"fr_CA", "fre"},
                                           {"zh-Hant", "chi"}, {"no", "nor"},    {"ar", "ara"}, {"gsw", "gsw"},
                                           {"English", "und"}, {"", "und"}};
    for (size_t i = 0; i < G_N_ELEMENTS(three); i++) {
        char code[LANGUAGE_THREE_BYTES];
        language_three(three[i][0], code);
        is_str(code, three[i][1], three[i][0]);
    }
}

/* --- tables ------------------------------------------------------------------------------------------------------ */

enum { MAX = 4 };

#define SOUND(...)                                                                                                     \
    {                                                                                                                  \
        .kind = STREAM_SOUND, .decodable = true, __VA_ARGS__                                                           \
    }
#define PICTURE(...)                                                                                                   \
    {                                                                                                                  \
        .kind = STREAM_PICTURE, .decodable = true, __VA_ARGS__                                                         \
    }
#define TEXT(...)                                                                                                      \
    {                                                                                                                  \
        .kind = STREAM_TEXT, .decodable = true, __VA_ARGS__                                                            \
    }
#define DRAWN(...)                                                                                                     \
    {                                                                                                                  \
        .kind = STREAM_DRAWN_TEXT, .decodable = true, __VA_ARGS__                                                      \
    }
#define UNREAD(...)                                                                                                    \
    {                                                                                                                  \
        .kind = STREAM_TEXT, __VA_ARGS__                                                                               \
    }
#define ASIDE     .purpose = STREAM_ASIDE
#define DESCRIBED .purpose = STREAM_DESCRIBED
#define EN        .language = "eng"
#define DE        .language = "ger"
#define FR        .language = "fra"
#define DEFAULT   .preferred = true

static void test_sounds(void)
{
    static const struct {
        const char *what;
        const char *language;
        bool described;
        int want, rivals;
        struct stream_facts s[MAX];
    } row[] = {
        {"the only one", "en", false, 0, 1, {SOUND(DE)}},
        {"none", "en", false, -1, 0, {PICTURE(DEFAULT)}},
        {"the viewer's language", "de", false, 1, 1, {SOUND(EN, DEFAULT), SOUND(DE)}},
        {"the default where the language is missing", "fr", false, 1, 2, {SOUND(EN), SOUND(DE, DEFAULT)}},
        {"the default before the commentary of the same language",
         "en",
         false,
         1,
         1,
         {SOUND(EN, ASIDE), SOUND(EN, DEFAULT), SOUND(EN, DESCRIBED)}},
        {"a commentary that calls itself the default", "en", false, 1, 1, {SOUND(EN, ASIDE, DEFAULT), SOUND(EN)}},
        {"no commentary in place of the film", "de", false, 0, 1, {SOUND(EN), SOUND(DE, ASIDE)}},
        {"a commentary where there is nothing else", "de", false, 0, 1, {SOUND(DE, ASIDE)}},
        {"no descriptions in place of the film", "de", false, 0, 1, {SOUND(EN), SOUND(DE, DESCRIBED)}},
        {"descriptions when they are asked for", "en", true, 1, 1, {SOUND(EN, DEFAULT), SOUND(EN, DESCRIBED)}},
        {"but in a language that the viewer speaks", "de", true, 1, 1, {SOUND(EN, DESCRIBED), SOUND(DE, DEFAULT)}},
        {"and no commentary for want of them", "en", true, 0, 1, {SOUND(EN), SOUND(EN, ASIDE)}},
        {"the default among equals", "en", false, 2, 3, {SOUND(EN), SOUND(EN), SOUND(EN, DEFAULT)}},
        {"the first among equals", "en", false, 0, 2, {SOUND(EN), SOUND(EN)}},
        {"the original before a dub", NULL, false, 1, 2, {SOUND(EN, .dub = true), SOUND(DE, .original = true)}},
        {"a dub in the viewer's language", "en", false, 0, 1, {SOUND(EN, .dub = true), SOUND(DE, DEFAULT)}},
        {"the viewer's region",
         "pt-BR",
         false,
         1,
         1,
         {SOUND(.language = "pt-PT", DEFAULT), SOUND(.language = "pt-BR")}},
        {"what can be decoded", "en", false, 1, 1, {{.kind = STREAM_SOUND, .preferred = true, EN}, SOUND(EN)}},
        {"the picture's programme",
         "en",
         false,
         2,
         1,
         {SOUND(EN, DEFAULT, .programs = 1), PICTURE(.programs = 2), SOUND(DE, .programs = 2)}},
        {"no language asked for", NULL, false, 1, 2, {SOUND(DE), SOUND(EN, DEFAULT)}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const struct stream_wish wish = {row[i].language, row[i].described ? STREAM_DESCRIBED : STREAM_FILM, NULL};
        const int got = stream_choice_sound(row[i].s, MAX, &wish), rivals = stream_choice_rivals(row[i].s, MAX, &wish);
        ok(got == row[i].want, "sound: %s: %d, got %d", row[i].what, row[i].want, got);
        ok(rivals == row[i].rivals, "sound: %s: %d that fit, got %d", row[i].what, row[i].rivals, rivals);
    }
}

/* What is asked for by what it is for, and by its title. */
static void test_asides(void)
{
    static const struct stream_facts s[] = {
        SOUND(EN, DEFAULT),  SOUND(EN, ASIDE, .title = "The director"), SOUND(EN, ASIDE, .title = "The cast"), TEXT(EN),
        TEXT(EN, DESCRIBED), TEXT(EN, ASIDE, .title = "The cast")};
    static const struct {
        struct stream_wish wish;
        int sound, text;
    } row[] = {
        {{"en", STREAM_FILM, NULL}, 0, 3},        {{"en", STREAM_ASIDE, "The director"}, 1, 3},
        {{"en", STREAM_ASIDE, "The cast"}, 2, 5}, {{"de", STREAM_ASIDE, "The cast"}, 2, -1},
        {{"en", STREAM_ASIDE, "Nobody"}, 0, 3},   {{"en", STREAM_DESCRIBED, NULL}, 0, 4},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const int sound = stream_choice_sound(s, (int)G_N_ELEMENTS(s), &row[i].wish),
                  text = stream_choice_text(s, (int)G_N_ELEMENTS(s), &row[i].wish, "en", true);
        ok(sound == row[i].sound && text == row[i].text, "purpose %d, '%s': sound %d, text %d",
           (int)row[i].wish.purpose, row[i].wish.title ? row[i].wish.title : "", sound, text);
    }
}

static void test_pictures(void)
{
    static const struct {
        const char *what;
        int want;
        struct stream_facts s[MAX];
    } row[] = {
        {"the default", 1, {PICTURE(0), PICTURE(DEFAULT)}},
        {"the first among equals", 1, {SOUND(DEFAULT), PICTURE(DEFAULT), PICTURE(DEFAULT)}},
        {"no cover art", -1, {{.kind = STREAM_IGNORED, .decodable = true, .preferred = true}, SOUND(EN)}},
        {"film before a still image", 1, {PICTURE(DEFAULT, .part = true), PICTURE(0)}},
        {"what can be decoded", 1, {{.kind = STREAM_PICTURE, .preferred = true}, PICTURE(0)}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++)
        ok(stream_choice_picture(row[i].s, MAX) == row[i].want, "picture: %s: %d", row[i].what, row[i].want);
}

static void test_texts(void)
{
    static const struct {
        const char *what, *language, *heard;
        int want_full, want_forced;
        struct stream_facts s[MAX];
    } row[] = {
        {"none", "en", "en", -1, -1, {SOUND(EN)}},
        {"the viewer's language", "de", "en", 1, -1, {TEXT(EN, DEFAULT), TEXT(DE)}},
        {"never another language", "de", "de", -1, -1, {PICTURE(0), TEXT(EN, DEFAULT), TEXT(FR)}},
        {"one that names no language", "de", "en", 1, -1, {TEXT(EN, DEFAULT), TEXT(0)}},
        {"forced ones always", "en", "en", 0, 1, {TEXT(EN, DEFAULT), TEXT(EN, .forced = true)}},
        {"forced ones in the language that is heard", "de", "en", 0, 0, {TEXT(EN, .forced = true), TEXT(FR)}},
        {"forced ones in the viewer's language first",
         "de",
         "en",
         1,
         1,
         {TEXT(EN, .forced = true), TEXT(DE, .forced = true)}},
        {"no forced ones in a third language", "de", "en", -1, -1, {PICTURE(0), TEXT(FR, .forced = true)}},
        {"complete ones for the viewer before forced ones",
         "en",
         "en",
         1,
         0,
         {TEXT(EN, .forced = true, DEFAULT), TEXT(EN)}},
        {"without sounds before with", "en", "en", 1, -1, {TEXT(EN, DESCRIBED, DEFAULT), TEXT(EN)}},
        {"with sounds where there is nothing else", "en", "en", 1, -1, {TEXT(EN, ASIDE), TEXT(EN, DESCRIBED)}},
        {"the default among equals", "en", "en", 1, -1, {TEXT(EN), TEXT(EN, DEFAULT)}},
        {"any, if the viewer has no language", NULL, NULL, 1, -1, {TEXT(EN), TEXT(DE, DEFAULT)}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const struct stream_wish wish = {.language = row[i].language};
        const int full = stream_choice_text(row[i].s, MAX, &wish, row[i].heard, true);
        const int forced = stream_choice_text(row[i].s, MAX, &wish, row[i].heard, false);
        ok(full == row[i].want_full, "text: %s: %d, got %d", row[i].what, row[i].want_full, full);
        ok(forced == row[i].want_forced, "without subtitles: %s: %d, got %d", row[i].what, row[i].want_forced, forced);
    }
    static const struct stream_facts lone = TEXT(FR);
    ok(stream_choice_text(&lone, 1, &(struct stream_wish){.language = "de"}, NULL, true) == 0,
       "a file of subtitles alone gives them, whatever language it names");
}

/* Whom the lack of which subtitles concerns. */
static void test_unshown(void)
{
    static const struct {
        const char *what, *language, *heard;
        int want_full, want_forced;
        struct stream_facts s[MAX];
    } row[] = {
        {"no subtitles", "en", "en", -1, -1, {PICTURE(0), SOUND(EN)}},
        {"text", "en", "en", -1, -1, {PICTURE(0), TEXT(EN)}},
        {"pictures", "en", "en", 1, -1, {PICTURE(0), DRAWN(EN)}},
        {"pictures that name no language", "en", "en", 1, -1, {PICTURE(0), DRAWN(0)}},
        {"pictures in another language", "de", "en", -1, -1, {PICTURE(0), DRAWN(EN), DRAWN(FR)}},
        {"pictures beside a text", "en", "en", -1, -1, {PICTURE(0), DRAWN(EN, DEFAULT), TEXT(EN)}},
        {"pictures in the viewer's language, text in another", "de", "en", 1, -1, {PICTURE(0), DRAWN(DE), TEXT(EN)}},
        {"signs as pictures", "en", "en", 1, 1, {PICTURE(0), DRAWN(EN, .forced = true)}},
        {"signs as pictures beside a full text", "en", "en", -1, 1, {PICTURE(0), DRAWN(EN, .forced = true), TEXT(EN)}},
        {"an unknown format", "en", "en", 1, -1, {PICTURE(0), UNREAD(EN)}},
        {"an unknown format beside a known one", "en", "en", -1, -1, {PICTURE(0), UNREAD(EN, DEFAULT), TEXT(EN)}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const struct stream_wish wish = {.language = row[i].language};
        const int full = stream_choice_unshown(row[i].s, MAX, &wish, row[i].heard, true);
        const int forced = stream_choice_unshown(row[i].s, MAX, &wish, row[i].heard, false);
        ok(full == row[i].want_full, "unshown: %s: %d, got %d", row[i].what, row[i].want_full, full);
        ok(forced == row[i].want_forced, "unshown without subtitles: %s: %d, got %d", row[i].what, row[i].want_forced,
           forced);
    }
    static const struct stream_facts drawn = DRAWN(0), unread = UNREAD(0);
    is_str(stream_choice_why_unshown(&drawn), "holds its subtitles as pictures, which can't be shown",
           "why, of pictures");
    is_str(stream_choice_why_unshown(&unread), "holds its subtitles in a format that nothing here can read",
           "why, of a format");
    static const struct stream_facts sounds[] = {SOUND(EN, DEFAULT), SOUND(DE)};
    is_str(stream_choice_heard(sounds, 2, &(struct stream_wish){.language = "de"}), "ger", "what is heard");
    ok(!stream_choice_heard(sounds, 0, &(struct stream_wish){.language = "de"}), "nothing is heard");
}

/* --- files ------------------------------------------------------------------------------------------------------- */

/* Two seconds of picture; sounds are silence or tones, so that it can be heard which one it is. */
#define INPUTS "-f lavfi -i color=s=64x48:d=1 -f lavfi -i anullsrc=d=1 -f lavfi -i sine=d=1 "

static const char srt[] = "1\n00:00:00,000 --> 00:00:01,000\nwords\n";

/* The film with its transparency beside the picture, and in it. */
static const struct {
    const char *name, *options;
    bool loses;
} transparent[] = {
    {"beside.webm", "-c:v libvpx-vp9 -deadline realtime -pix_fmt yuva420p", true},
    {"beside.mkv", "-c:v libvpx -deadline realtime -auto-alt-ref 0 -pix_fmt yuva420p", true},
    {"within.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le", false},
    {"png.mov", "-c:v png -pix_fmt rgba", false},
    {"none.webm", "-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", false},
};

static void test_transparent(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(transparent); i++) {
        struct probe p;
        g_autofree char *path = mt_path(transparent[i].name);
        const bool made = mt_ffmpeg("-f lavfi -i color=red@0.5:s=64x48:d=0.2,format=yuva420p %s %s",
                                    transparent[i].options, transparent[i].name);
        ok(made && probe_file(path, NULL, &p, NULL) && p.loses_alpha == transparent[i].loses, "%s %s its transparency",
           transparent[i].name, transparent[i].loses ? "loses" : "loses nothing of");
    }
}

static gsize append_file(GByteArray *to, const char *name, gsize from)
{
    g_autofree char *path = mt_path(name), *bytes = NULL;
    gsize n = 0;
    if (g_file_get_contents(path, &bytes, &n, NULL) && n > from)
        g_byte_array_append(to, (const guint8 *)bytes + from, (guint)(n - from));
    return n;
}

/* FLV has no list of its streams: a sound that begins behind what is read to find them appears while the film is read. */
enum { FLV_HEAD = 13 };

static bool make_late_stream(const char *path)
{
    g_autoptr(GByteArray) both = g_byte_array_new();
    if (!mt_ffmpeg("-f lavfi -i testsrc2=s=640x480:d=2,noise=alls=100:allf=t -c:v flv1 -qscale:v 1 first.flv") ||
        !mt_ffmpeg("-f lavfi -i sine=d=1 -c:a libmp3lame -ar 44100 second.flv"))
        return false;
    append_file(both, "first.flv", 0);
    append_file(both, "second.flv", FLV_HEAD);
    return g_file_set_contents(path, (const char *)both->data, (gssize)both->len, NULL);
}

static int count_sounds(const struct stream_facts *s, int n)
{
    int sounds = 0;
    for (int i = 0; i < n; i++)
        sounds += s[i].kind == STREAM_SOUND;
    return sounds;
}

/* What is told of a file is what the player can choose from. */
static void test_told(const char *path, const char *what)
{
    atomic_bool never = false;
    struct probe p = {0};
    int n = 0;
    struct source *s = source_open(NULL, path, &(struct media_user){.stop = &never}, NULL);
    g_autofree struct stream_facts *facts = s ? source_facts(s, &n) : NULL;
    source_close(s);
    ok(s && probe_file(path, NULL, &p, NULL), "%s: it can be looked at", what);
    ok(p.n_streams == n && p.n_audio == count_sounds(facts, n), "%s: %d streams and %d sounds are told, of %d", what,
       (int)p.n_streams, (int)p.n_audio, n);
}

static void test_late_streams(void)
{
    atomic_bool never = false;
    g_autofree char *path = mt_path("late.flv");
    if (!ok(make_late_stream(path), "a film is made whose sound begins late"))
        return;
    struct source *s = source_open(NULL, path, &(struct media_user){.stop = &never}, NULL);
    const unsigned before = s ? source_format(s)->nb_streams : 0;
    if (s)
        source_choose(s, source_picture(s), -1);
    for (AVPacket *p; s && (p = source_next(s, source_picture(s))); av_packet_free(&p))
        ;
    ok(s && before == 1 && source_format(s)->nb_streams == 2, "which appears while the film is read");
    source_close(s);
    test_told(path, "a sound that begins late");
    test_told("tests/fuzz/corpus/media/034597c8aaed", "a sound that looking itself makes appear");
}

/* Where versions of FFmpeg put cover art differs: before the streams of the film, or behind them. */
enum { ONLY = -2 }; /* the only one of its kind, wherever it is */

static const struct {
    const char *name, *options;
    int picture, sound, text, forced; /* for a viewer in English */
    const char *describe;
} files[] = {
    {"dispositions.mkv",
     INPUTS "-i words.srt -map 1 -map 0 -map 2 -map 1 -map 3 -map 3 -c:v libx264 -c:a flac -c:s srt "
            "-metadata:s:0 language=eng -disposition:0 comment -metadata:s:2 language=eng -disposition:2 0 "
            "-metadata:s:3 language=ger -disposition:3 default -metadata:s:4 language=eng -disposition:4 forced "
            "-metadata:s:5 language=eng -disposition:5 0",
     1, 2, 5, 4, "eng"},
    {"titles.mkv",
     INPUTS "-map 0 -map 1 -map 2 -c:v libx264 -c:a flac -metadata:s:1 title=\"The Director's Commentary\" "
            "-metadata:s:1 language=eng -metadata:s:2 language=eng -disposition:1 default -disposition:2 default",
     0, 2, -1, -1, "eng, default"},
    {"dispositions.mp4",
     INPUTS "-map 0 -map 1 -map 2 -c:v libx264 -c:a aac -metadata:s:1 language=eng -metadata:s:2 language=eng "
            "-disposition:1 visual_impaired -disposition:2 default",
     0, 2, -1, -1, "eng, default"},
    {"cover.mp4",
     "-i cover.jpg " INPUTS "-map 0 -map 1 -map 3 -c:v:0 copy -c:v:1 libx264 -c:a aac -disposition:0 attached_pic",
     ONLY, ONLY, -1, -1, "no language, default"},
    {"cover.m4a",
     "-i cover.jpg -f lavfi -i sine=d=1 -map 0 -map 1 -c:v copy -c:a aac -f mp4 -disposition:0 attached_pic", -1, ONLY,
     -1, -1, "no language, default"},
    {"cover.mp3", "-i cover.jpg -f lavfi -i sine=d=1 -map 1 -map 0 -c:v copy -c:a libmp3lame", -1, ONLY, -1, -1,
     "no language"},
};

static int wanted(const struct probe *p, int stream, enum stream_kind kind)
{
    int found = -1, n = 0;
    for (int i = 0; stream == ONLY && i < p->n_streams; i++)
        if (p->streams[i].kind == kind) {
            found = i;
            n++;
        }
    return stream != ONLY ? stream : n == 1 ? found : ONLY;
}

static void test_file(struct media *m, size_t i)
{
    atomic_bool never = false;
    const struct stream_wish wish = {.language = "en"};
    g_autofree char *path = mt_path(files[i].name);
    struct source *s = source_open(NULL, path, &(struct media_user){.stop = &never}, NULL);
    struct probe p = {0};
    if (!ok(s != NULL && probe_file(path, &wish, &p, NULL), "%s is opened", files[i].name))
        return;
    const int picture = wanted(&p, files[i].picture, STREAM_PICTURE), sound = wanted(&p, files[i].sound, STREAM_SOUND);
    ok(source_picture(s) == picture, "%s: picture %d, got %d", files[i].name, picture, source_picture(s));
    ok(source_sound(s, &wish) == sound, "%s: sound %d, got %d", files[i].name, sound, source_sound(s, &wish));
    ok(source_text(s, &wish, true) == files[i].text, "%s: text %d", files[i].name, files[i].text);
    ok(source_text(s, &wish, false) == files[i].forced, "%s: forced text %d", files[i].name, files[i].forced);
    g_autofree char *words = stream_choice_describe(&p.streams[MAX(sound, 0)]);
    is_str(words, files[i].describe, files[i].name);
    ok(p.has_picture == (picture >= 0), "%s: `check` sees the same", files[i].name);
    source_close(s);
    struct mt_play play = mt_play(m, &(struct clip_spec){.path = path, .audio_lang = "en"});
    float loudest = 0;
    for (guint k = 0; k < play.sound->len; k++)
        loudest = fmaxf(loudest, fabsf(g_array_index(play.sound, float, k)));
    ok(loudest > 0.05f, "%s: the tone is heard, up to %.3f", files[i].name, (double)loudest);
    mt_play_free(&play);
}

int main(void)
{
    struct media *m = media_new();
    g_autofree char *words = mt_path("words.srt");
    g_file_set_contents(words, srt, -1, NULL);
    mt_ffmpeg("-f lavfi -i color=s=320x240 -frames:v 1 cover.jpg");
    test_languages();
    test_sounds();
    test_asides();
    test_pictures();
    test_texts();
    test_unshown();
    test_transparent();
    test_late_streams();
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (ok(mt_ffmpeg("%s %s", files[i].options, files[i].name), "%s is made", files[i].name))
            test_file(m, i);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
