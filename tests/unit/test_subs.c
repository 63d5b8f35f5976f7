/* Subtitles: bytes become words, whatever wrote them; clocks; fonts; and files that cost too much. */
#include "media/subs.h"
#include "media/subs_cost.h"
#include "media/subs_fonts.h"
#include "media/subs_painter.h"
#include "media/subs_reader.h"
#include "media/subs_track.h"
#include "media/text_encoding.h"
#include "media_test.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FONT "/usr/share/fonts/truetype/3270/3270-Regular.ttf"

static void file_of(const char *name, const char *bytes, gssize n)
{
    g_autofree char *path = mt_path(name);
    g_file_set_contents(path, bytes, n, NULL);
}

/* ---- encodings ---------------------------------------------------------------------------------------------------- */

#define RUSSIAN "Привет, как дела? Это мой дом, и я не знаю, где ключ от двери."
#define POLISH  "Zażółć gęślą jaźń, powiedział król. Nie wiem, gdzie jest książka."
#define FRENCH  "Où est-il passé ? Je ne l’ai pas vu à l’école, répondit l’élève."
#define GREEK   "Καλημέρα, πώς είσαι; Δεν ξέρω πού είναι το κλειδί."
#define HEBREW  "שלום לכולם, מה שלומך היום? אני לא יודע"
#define ARABIC  "مرحبا كيف حالك اليوم؟ أنا لا أعرف أين المفتاح"
#define JAPAN   "こんにちは、元気ですか。私は知りません。"
#define CHINA   "你好，今天怎么样？我不知道他在哪里。"
#define KOREA   "안녕하세요, 오늘은 어떠세요? 나는 모릅니다."
#define THAI    "สวัสดีครับ วันนี้เป็นอย่างไรบ้าง"
#define TURKISH "Günaydın, nasılsınız? Şu an bilmiyorum, ışık çok güçlü"

static const struct {
    const char *text, *encoding, *mark;
    enum text_encoding_source source;
} encodings[] = {
    {"plain", "UTF-8", "", TEXT_ENCODING_SURE},
    {RUSSIAN, "UTF-8", "", TEXT_ENCODING_SURE},
    {RUSSIAN, "UTF-8", "\xef\xbb\xbf", TEXT_ENCODING_SURE},
    {RUSSIAN, "UTF-16LE", "\xff\xfe", TEXT_ENCODING_SURE},
    {RUSSIAN, "UTF-16BE", "\xfe\xff", TEXT_ENCODING_SURE},
    {JAPAN, "UTF-16LE", "\xff\xfe", TEXT_ENCODING_SURE},
    {RUSSIAN, "UTF-16LE", "", TEXT_ENCODING_SURE},
    {FRENCH, "UTF-16BE", "", TEXT_ENCODING_SURE},
    {RUSSIAN, "WINDOWS-1251", "", TEXT_ENCODING_GUESSED},
    {RUSSIAN, "KOI8-R", "", TEXT_ENCODING_GUESSED},
    {POLISH, "WINDOWS-1250", "", TEXT_ENCODING_GUESSED},
    {POLISH, "ISO-8859-2", "", TEXT_ENCODING_GUESSED},
    {FRENCH, "WINDOWS-1252", "", TEXT_ENCODING_GUESSED},
    {"caf\u00e9", "ISO-8859-1", "", TEXT_ENCODING_GUESSED},
    {GREEK, "WINDOWS-1253", "", TEXT_ENCODING_GUESSED},
    {HEBREW, "WINDOWS-1255", "", TEXT_ENCODING_GUESSED},
    {ARABIC, "WINDOWS-1256", "", TEXT_ENCODING_GUESSED},
    {TURKISH, "WINDOWS-1254", "", TEXT_ENCODING_GUESSED},
    {JAPAN, "CP932", "", TEXT_ENCODING_GUESSED},
    {JAPAN, "EUC-JP", "", TEXT_ENCODING_GUESSED},
    {CHINA, "GBK", "", TEXT_ENCODING_GUESSED},
    {"你好，这是字幕测试", "GBK", "", TEXT_ENCODING_GUESSED},
    {KOREA, "CP949", "", TEXT_ENCODING_GUESSED},
    {THAI, "CP874", "", TEXT_ENCODING_GUESSED},
};

/* The text in the encoding of a row, with its mark. */
static char *encoded(const char *text, gsize row, gsize *n)
{
    gsize m = 0;
    g_autofree char *bytes = g_convert(text, -1, encodings[row].encoding, "UTF-8", NULL, &m, NULL);
    const gsize mark = strlen(encodings[row].mark);
    char *out = g_malloc0(mark + m + 1);
    memcpy(out, encodings[row].mark, mark);
    if (bytes)
        memcpy(out + mark, bytes, m);
    *n = mark + m;
    return out;
}

static void test_encodings(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(encodings); i++) {
        gsize n, m = 0;
        struct text_encoding e;
        g_autofree char *srt = g_strdup_printf("1\r\n00:00:01,000 --> 00:00:02,000\r\n%s\r\n", encodings[i].text);
        g_autofree char *bytes = encoded(srt, i, &n);
        g_autofree char *text = text_encoding_to_utf8(bytes, n, &e, &m);
        is_str(text, srt, encodings[i].encoding);
        ok(text_encoding_is_text(bytes, n) && e.source == encodings[i].source, "%s: is text, %s", encodings[i].encoding,
           e.source == TEXT_ENCODING_SURE ? "sure" : "guessed");
    }
    static const struct {
        const char *what, *bytes, *want;
        gsize n;
        enum text_encoding_source source;
    } odd[] = {
        {"nothing but bytes that no table has", "\xff\x81\x8d\x8f\x90\x9d\xff\x81", NULL, 8, TEXT_ENCODING_UNKNOWN},
        {"a mark, then a broken letter",
         "\xef\xbb\xbf"
         "a\xffz",
         "a\xef\xbf\xbdz", 6, TEXT_ENCODING_GUESSED},
        {"UTF-16 that ends in the middle of a letter",
         "\xff\xfe"
         "a\0b\0c",
         "ab", 7, TEXT_ENCODING_SURE},
        {"nothing behind a mark", "\xef\xbb\xbf", "", 3, TEXT_ENCODING_SURE},
        {"UTF-32", "\xff\xfe\0\0a\0\0\0", "a", 8, TEXT_ENCODING_SURE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        gsize m;
        struct text_encoding e;
        g_autofree char *text = text_encoding_to_utf8(odd[i].bytes, odd[i].n, &e, &m);
        is_str(text, odd[i].want, odd[i].what);
        is_int(e.source, odd[i].source, "and how sure that is");
    }
    ok(!text_encoding_is_text("\x1a\x45\xdf\xa3\0\0\0\0\0\0\x23", 11), "Matroska is no text");
    ok(!text_encoding_is_text("\0\0\0\x20"
                              "ftypisom\0\0\2\0",
                              16),
       "nor is MP4");
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

/* ASS text without its {overrides}; \N and \n are line ends, \h is a space. */
static void append_plain(GString *out, const char *event)
{
    const char *text = event;
    bool inside = false;
    for (int commas = 0; commas < 8 && *text; text++)
        commas += *text == ',';
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

/* Every line of a file as "from-to text|". NULL with its error's text in *why. */
static char *words_of(const char *name, struct subs_findings *f, char **why)
{
    const atomic_bool never = false;
    g_autofree char *path = mt_path(name);
    g_autoptr(GError) error = NULL;
    *f = (struct subs_findings){0};
    struct subs_reader *r = subs_reader_open(path, &(struct subs_wish){0}, &never, f, &error);
    *why = error ? g_strdup(error->message) : NULL;
    if (!r)
        return NULL;
    GString *out = g_string_new(NULL);
    struct subs_line line;
    for (enum subs_read got; (got = subs_reader_next(r, &line)) != SUBS_READ_END;)
        if (got == SUBS_READ_LINE) {
            g_string_append_printf(out, "%d-%d ", (int)line.from_ms, (int)(line.from_ms + line.for_ms));
            append_plain(out, line.event);
            g_string_append_c(out, '|');
            g_free(line.event);
        }
    subs_reader_close(r);
    return g_string_free(out, FALSE);
}

static void check_words(const char *name, const char *want, enum subs_fault fault)
{
    struct subs_findings f;
    g_autofree char *why = NULL;
    g_autofree char *got = words_of(name, &f, &why);
    is_str(got, want, name);
    for (enum subs_fault i = 0; i < SUBS_FAULTS; i++)
        if ((f.count[i] > 0) != (i == fault))
            ok(false, "%s: fault %d: %d", name, (int)i, (int)f.count[i]);
}

#define NO_FAULT SUBS_FAULTS
#define ASS_HEAD                                                                                                       \
    "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\nFormat: Name, Fontname, "        \
    "Fontsize, PrimaryColour, Alignment, MarginV\nStyle: Default,sans-serif,28,&H0000FFFF,2,20\n\n[Events]\n"          \
    "Format: Layer, Start, End, Style, Text\n"

static const char three_vtt[] = "WEBVTT\n\n1\n00:00:00.400 --> 00:00:03.200\n[rain on the window]\n\n"
                                "2\n00:00:03.400 --> 00:00:06.000 align:start\n<i>two</i>\nlines\n\n"
                                "00:01:00.000 --> 00:01:01.000\nΖ щ ש\n";
static const char three_srt[] = "1\n00:00:00,400 --> 00:00:03,200\n[rain on the window]\n\n2\n00:00:03,400 --> "
                                "00:00:06,000\n<i>two</i>\nlines\n\n3\n00:01:00,000 --> 00:01:01,000\nΖ щ ש\n";
static const char three_ass[] = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, "
                                "PrimaryColour, Alignment, MarginV\nStyle: Default,sans-serif,16,&H0000FFFF,2,20\n\n"
                                "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, "
                                "Text\n"
                                "Dialogue: 0,0:00:00.40,0:00:03.20,Default,,0,0,0,,[rain on the window]\n"
                                "Dialogue: 0,0:00:03.40,0:00:06.00,Default,,0,0,0,,{\\i1}two{\\i0}\\Nlines\n"
                                "Dialogue: 0,0:01:00.00,0:01:01.00,Default,,0,0,0,,Ζ щ ש\n";
#define THREE "400-3200 [rain on the window]|3400-6000 two\nlines|60000-61000 Ζ щ ש|"

/* The same three lines from every form of text, in every encoding of Unicode. */
static void test_texts(void)
{
    static const char *const texts[] = {three_vtt, three_srt, three_ass};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        for (gsize k = 0; k < G_N_ELEMENTS(encodings); k++)
            if (g_str_has_prefix(encodings[k].encoding, "UTF-") && strcmp(encodings[k].text, RUSSIAN) == 0) {
                gsize n;
                g_autofree char *bytes = encoded(texts[i], k, &n);
                g_autofree char *name = g_strdup_printf("%zu.%s%zu", i, encodings[k].encoding, k);
                file_of(name, bytes, (gssize)n);
                check_words(name, THREE, NO_FAULT);
            }
    g_autofree char *srt = g_strdup("1\n00:00:01,000 --> 00:00:02,000\n" RUSSIAN "\n");
    g_autofree char *legacy = g_convert(srt, -1, "WINDOWS-1251", "UTF-8", NULL, NULL, NULL);
    file_of("1251.srt", legacy, -1);
    check_words("1251.srt", "1000-2000 " RUSSIAN "|", SUBS_ENCODING_GUESSED);
    file_of("crlf.srt", "1\r\n00:00:01,000 --> 00:00:02,000\r\ncaf\xe9\r\n", -1);
    check_words("crlf.srt", "1000-2000 café|", SUBS_ENCODING_GUESSED);
}

#define FIRST  "1\n00:00:01,000 --> 00:00:02,000\none\n\n"
#define LAST   "9\n00:00:08,000 --> 00:00:09,000\nlast\n"
#define AROUND "1000-2000 one|8000-9000 last|"
#define V1     "00:01.000 --> 00:02.000\none\n\n"
#define V9     "00:08.000 --> 00:09.000\nlast\n"

/* Text as people write it. FFmpeg alone ends at the first of these blocks, or takes a line's times for words. */
static const struct {
    const char *name, *text, *want;
    enum subs_fault fault;
} by_hand[] = {
    {"style.vtt", "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n" V1 V9, AROUND, NO_FAULT},
    {"region.vtt", "WEBVTT\nKind: captions\nLanguage: en\n\nREGION\nid:a\nlines:3\n\n" V1 V9, AROUND, NO_FAULT},
    {"note.vtt", "WEBVTT - A title\n\nNOTE\nof several\nlines\n\n" V1 "NOTE one\n\n" V9, AROUND, NO_FAULT},
    {"junk.vtt", "WEBVTT\n\n" V1 "a paragraph\nof words\n\n" V9, AROUND, NO_FAULT},
    {"names.vtt", "WEBVTT\n\nfirst\n" V1 "the last\n" V9, AROUND, NO_FAULT},
    {"commas.vtt", "WEBVTT\n\n00:00:01,000 --> 00:00:02,000 line:0\none\n\n" V9, AROUND, NO_FAULT},
    {"close.vtt", "WEBVTT\n00:01.000 --> 00:02.000\none\n" V9, AROUND, NO_FAULT},
    {"time.vtt", "WEBVTT\n\n" V1 "00:03 -> 4 --> soon\nlost\n\n" V9, AROUND, SUBS_BROKEN_TIMES},
    {"back.vtt", "WEBVTT\n\n" V1 "00:05.000 --> 00:04.000\nlost\n\n" V9, AROUND, SUBS_BACKWARDS},
    {"cr.vtt", "WEBVTT\r\r00:01.000 --> 00:02.000\rone\r\r00:08.000 --> 00:09.000\rlast", AROUND, NO_FAULT},
    {"minutes.srt", FIRST "2\n00:03,500 --> 00:04\ntwo\n\n" LAST, "1000-2000 one|3500-4000 two|8000-9000 last|",
     NO_FAULT},
    {"short.srt", FIRST "2\n0:0:3,5-->0:0:4.25\ntwo\n\n" LAST, "1000-2000 one|3500-4250 two|8000-9000 last|", NO_FAULT},
    {"numberless.srt", "00:00:01,000 --> 00:00:02,000\none\n00:00:08,000 --> 00:00:09,000\nlast\n", AROUND, NO_FAULT},
    {"number.srt", "1\n00:00:01,000 --> 00:00:02,000\none\n7\nand 8\n\n" LAST,
     "1000-2000 one\n7\nand 8|8000-9000 last|", NO_FAULT},
    {"arrow.srt", "1\n00:00:01,000 --> 00:00:02,000\none --> two\n\n" LAST, "1000-2000 one --> two|8000-9000 last|",
     NO_FAULT},
    {"early.srt", "1\n-00:00:01,000 --> 00:00:02,000\none\n\n" LAST, "0-2000 one|8000-9000 last|", NO_FAULT},
    {"place.srt", "1\n00:00:01,000 --> 00:00:02,000  X1:1 X2:2 Y1:1 Y2:2\none\n\n" LAST, AROUND, NO_FAULT},
    {"frames.srt", FIRST "2\n00:00:03:12 --> 00:00:04:00\nlost\n\nlost\n\n" LAST, AROUND, SUBS_BROKEN_TIMES},
    {"long.srt", FIRST "2\n00:00:00000003,0 --> 00:00:04,0\nlost\n\n" LAST, AROUND, SUBS_BROKEN_TIMES},
    {"back.srt", FIRST "2\n00:00:05,000 --> 00:00:03,100\nlost\n\n" LAST, AROUND, SUBS_BACKWARDS},
    {"at-once.srt", FIRST "2\n00:00:05,000 --> 00:00:05,000\nlost\n\n" LAST, AROUND, SUBS_BACKWARDS},
};

static void test_by_hand(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(by_hand); i++) {
        file_of(by_hand[i].name, by_hand[i].text, -1);
        check_words(by_hand[i].name, by_hand[i].want, by_hand[i].fault);
    }
    static const char *const heads[] = {"\n", "; of a program\n\n", "!: of another\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *late = g_strconcat(heads[i], three_ass, NULL);
        file_of("late.ass", late, -1);
        check_words("late.ass", THREE, NO_FAULT);
    }
    g_autofree char *old_mac = g_strdelimit(g_strdup(three_ass), "\n", '\r');
    file_of("cr.ass", old_mac, -1);
    check_words("cr.ass", THREE, NO_FAULT);
    file_of("back.ass", ASS_HEAD "Dialogue: 0,0:00:05.00,0:00:03.00,Default,a,b,c,d,lost\n", -1);
    check_words("back.ass", "", SUBS_BACKWARDS);
    g_autofree char *words = g_strnfill(5000, 'x'); /* a zero byte at the beginning would be no text */
    g_autofree char *text = g_strdup_printf(FIRST "2\n00:00:03,000 --> 00:00:04,000\n%s#\n\n" LAST, words);
    const gsize n = strlen(text);
    *strchr(text, '#') = '\0';
    file_of("zero.srt", text, (gssize)n);
    g_autofree char *why = NULL;
    struct subs_findings f;
    g_autofree char *got = words_of("zero.srt", &f, &why);
    ok(got && g_str_has_suffix(got, "|8000-9000 last|"), "a zero byte ends nothing: %s", got ? got + 5000 : why);
}

static void test_containers(void)
{
    file_of("c.srt", three_srt, -1);
    file_of("c.ass", three_ass, -1);
    mt_raw_film("film.raw", 50, 0);
    static const struct {
        const char *args, *file;
    } row[] = {
        {"-i c.srt -map 0 -map 1 -c:v ffv1 -c:s srt", "srt.mkv"},
        {"-i c.srt -map 0 -map 1 -c:v ffv1 -c:s ass", "ass.mkv"},
        {"-i c.ass -map 0 -map 1 -c:v ffv1 -c:s copy", "copy.mkv"},
        {"-i c.srt -map 0 -map 1 -c:v ffv1 -c:s webvtt", "vtt.mkv"},
        {"-i c.srt -map 0 -map 1 -c:v libx264 -c:s mov_text", "text.mp4"},
        {"-i c.srt -map 0 -map 1 -c:v libx264 -c:s mov_text", "text.mov"},
        {"-i c.srt -map 1 -c:s srt", "alone.mkv"},
        {"-i c.srt -map 0 -map 1 -c:v libvpx -deadline realtime -c:s webvtt", "vtt.webm"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++)
        if (mt_ffmpeg(MT_RAW "-r 25 -i film.raw %s %s", row[i].args, row[i].file))
            check_words(row[i].file, THREE, NO_FAULT);
    struct subs_findings f;
    g_autofree char *why = NULL;
    mt_ffmpeg(MT_RAW "-r 25 -i film.raw -c:v ffv1 plain.mkv");
    g_autofree char *none = words_of("plain.mkv", &f, &why);
    ok(!none && strstr(why, "plain.mkv: holds no subtitles"), "a film without text: %s", why);
}

/* Words that are not UTF-8, in a container that demands it; the letters of the text are found in the file. */
static void test_broken_container(void)
{
    g_autofree char *path = mt_path("srt.mkv");
    g_autofree char *bytes = NULL;
    gsize n;
    if (!g_file_get_contents(path, &bytes, &n, NULL))
        return;
    char *at = memmem(bytes, n, "щ", 2);
    if (!ok(at != NULL, "the letter is in the file"))
        return;
    at[0] = (char)0xff;
    file_of("broken.mkv", bytes, (gssize)n);
    check_words("broken.mkv", "400-3200 [rain on the window]|3400-6000 two\nlines|", SUBS_BROKEN_TEXT);
}

/* Matroska's times are 64 bits, in a unit that the file chooses: here they lie beyond the end of microseconds. */
static void test_far_times(void)
{
    static const char unit[] = "\x2a\xd7\xb1\x83\x0f\x42\x40"; /* TimestampScale: 1,000,000 ns */
    g_autofree char *path = mt_path("far.mkv"), *bytes = NULL;
    struct subs_findings f;
    gsize n;
    if (!mt_ffmpeg("-i c.srt -output_ts_offset 8000000000000 -c:s srt far.mkv") ||
        !g_file_get_contents(path, &bytes, &n, NULL))
        return;
    char *at = memmem(bytes, n, unit, strlen(unit));
    if (!ok(at != NULL, "the unit is in the file"))
        return;
    memset(at + 4, 0xff, 3);
    file_of("far.mkv", bytes, (gssize)n);
    g_autoptr(GArray) cues = subs_scan(path, NULL, true, NULL, &f, NULL);
    const int64_t first = cues && cues->len > 0 ? g_array_index(cues, struct subs_event, 0).from_us : 0;
    ok(cues && cues->len == 3 && first > INT64_C(1) << 57, "lines far in the future stay there");
}

/* MP4 may hold UTF-16: the text of a sample is replaced by as many bytes. */
static void test_mov_text_utf16(void)
{
    g_autofree char *path = mt_path("text.mp4");
    g_autofree char *bytes = NULL;
    gsize n;
    if (!g_file_get_contents(path, &bytes, &n, NULL))
        return;
    char *at = memmem(bytes, n, "[rain on the window]", 20);
    if (!ok(at != NULL, "the line is in the file"))
        return;
    memcpy(at, "\xfe\xff\0R\0a\0i\0n\4\x49\0 \0 \0 \0 ", 20); /* a mark, "Rainщ" and spaces: 20 bytes */
    file_of("utf16.mp4", bytes, (gssize)n);
    struct subs_findings f;
    g_autofree char *why = NULL;
    g_autofree char *got = words_of("utf16.mp4", &f, &why);
    ok(got && g_str_has_prefix(got, "400-3200 Rainщ"), "UTF-16 in MP4: %s", got ? got : why);
}

/* Nothing grows with the film: 120 MB of picture around three lines. */
static void test_memory(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip("memory", "what is freed stays in quarantine");
#else
    struct rusage before, after;
    if (!mt_ffmpeg("-f lavfi -i color=size=1280x720:rate=25:duration=61 -i c.srt -map 0 -map 1 -pix_fmt yuv420p "
                   "-vf trim=end_frame=90 -c:v rawvideo -c:s srt large.mkv"))
        return;
    g_autofree char *path = mt_path("large.mkv");
    GStatBuf st;
    g_stat(path, &st);
    ok(st.st_size > 100 << 20, "the film has %d MB", (int)(st.st_size >> 20));
    getrusage(RUSAGE_SELF, &before);
    check_words("large.mkv", THREE, NO_FAULT);
    getrusage(RUSAGE_SELF, &after);
    ok(after.ru_maxrss - before.ru_maxrss < 30 << 10, "and reading its text takes %d MB",
       (int)((after.ru_maxrss - before.ru_maxrss) >> 10));
    g_unlink(path);
#endif
}

/* ---- pictures ----------------------------------------------------------------------------------------------------- */

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

enum { WAIT_MS = 60000 }; /* only a broken test waits so long */

static int64_t ink_at(struct subs *s, int64_t us, const struct subs_view *v, int *top, int *bottom)
{
    int n;
    ok(subs_wait(s, us, v, WAIT_MS), "drawn at %d ms", (int)(us / US_PER_MS));
    const struct subs_image *im = subs_show(s, us, v, &n);
    for (int k = 0; k < n; k++)
        if (im[k].x < 0 || im[k].y < 0 || im[k].x + im[k].w > v->w || im[k].y + im[k].h > v->h)
            ok(false, "image %d lies inside the picture", k);
    return ink(im, n, top, bottom);
}

static struct subs *open_subs(struct media *m, const char *name, int64_t from_us)
{
    g_autofree char *path = mt_path(name);
    return subs_open(m, &(struct subs_spec){.path = path, .from_us = from_us});
}

static void test_pictures(struct media *m)
{
    static const char *const names[] = {"0.UTF-81", "1.UTF-81", "2.UTF-81", "srt.mkv", "ass.mkv", "text.mp4"};
    static const bool is_styled[] = {false, false, true, false, true, false};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct subs *s = open_subs(m, names[i], 0);
        struct subs_view v = {.w = 640, .h = 360};
        int top, bottom;
        is_int(ink_at(s, 0, &v, &top, &bottom), 0, "nothing yet");
        const int64_t black = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
        ok(black > 1000 && top > 240 && bottom <= 360, "%s: drawn at the bottom (%d..%d)", names[i], top, bottom);
        is_int(ink_at(s, US_PER_SECOND + 40000, &v, &top, &bottom), black, "the same a frame later");
        is_int(ink_at(s, 3300000, &v, &top, &bottom), 0, "nothing between two lines");
        ok(ink_at(s, 60500000, &v, &top, &bottom) > 100, "the last line");
        is_int(ink_at(s, 400000, &v, &top, &bottom), black, "back at the first one");
        v = (struct subs_view){.w = 1280, .h = 720, .scale = 1.5f};
        const int64_t large = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
        v.scale = 1;
        const int64_t plain = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
        ok(plain > 3 * black, "larger in a larger picture");
        if (is_styled[i])
            ok(large == plain, "%s says how large its text is", names[i]);
        else
            ok(large > plain * 3 / 2, "%s: as large as asked for", names[i]);
        v.w = 0;
        is_int(ink_at(s, US_PER_SECOND, &v, &top, &bottom), 0, "no picture, no subtitles");
        g_autofree char *problem = subs_take_problem(s);
        is_str(problem, NULL, "and nothing is wrong");
        subs_close(s);
    }
}

/* Changed while the file is open, each look is drawn at once; a file with styles of its own has it only if the viewer wants that. */
static void test_looks(struct media *m)
{
    static const struct {
        const char *what;
        struct subs_look look;
        int top, bottom; /* between these lines of 360 */
        float inked;     /* against the first look: at least */
    } looks[] = {
        {"as ever", {NULL, SUBS_BOTTOM, SUBS_OUTLINE, true}, 240, 360, 1},
        {"higher", {NULL, SUBS_HIGHER, SUBS_OUTLINE, true}, 180, 300, 0.9f},
        {"on top", {NULL, SUBS_TOP, SUBS_OUTLINE, true}, 0, 120, 0.9f},
        {"in a box", {NULL, SUBS_BOTTOM, SUBS_BOX, true}, 240, 360, 1.5f},
        {"bare", {NULL, SUBS_BOTTOM, SUBS_NO_BACKGROUND, true}, 240, 360, 0.2f},
        {"in another font", {"DejaVu Serif", SUBS_BOTTOM, SUBS_OUTLINE, true}, 240, 360, 0.8f},
    };
    static const char *const names[] = {"1.UTF-81", "srt.mkv", "ass.mkv"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct subs *s = open_subs(m, names[i], 0);
        struct subs_view v = {.w = 640, .h = 360};
        int top, bottom;
        const int64_t own = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
        int64_t first = 0, before = 0;
        for (gsize k = 0; k < G_N_ELEMENTS(looks); k++) {
            v.look = looks[k].look;
            v.look.face = v.look.face ? g_intern_string(v.look.face) : NULL;
            const int64_t black = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
            first = k == 0 ? black : first;
            ok(top >= looks[k].top && bottom <= looks[k].bottom && (float)black >= looks[k].inked * (float)first,
               "%s: %s (%d..%d, %d of %d)", names[i], looks[k].what, top, bottom, (int)black, (int)first);
            ok(k < 3 || black != before, "%s: which is another picture", names[i]);
            before = black;
        }
        v.look.over = false;
        ok(i < 2 || ink_at(s, US_PER_SECOND, &v, &top, &bottom) == own, "%s keeps its style otherwise", names[i]);
        subs_close(s);
    }
}

/* A node that begins in the middle of the film's clock. */
static void test_from(struct media *m)
{
    static const char *const names[] = {"1.UTF-81", "srt.mkv", "text.mp4"};
    const struct subs_view v = {.w = 640, .h = 360};
    int top, bottom;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct subs *s = open_subs(m, names[i], 2 * US_PER_SECOND);
        ok(ink_at(s, 0, &v, &top, &bottom) > 1000, "%s: the line that began before the node", names[i]);
        is_int(ink_at(s, 1300000, &v, &top, &bottom), 0, "nothing between two lines");
        ok(ink_at(s, 1400000, &v, &top, &bottom) > 1000, "the second line");
        is_int(ink_at(s, 4000000, &v, &top, &bottom), 0, "nothing behind it");
        subs_close(s);
    }
}

/* What moves is drawn anew for each time; what stands is not. */
static void test_animated(struct media *m)
{
    file_of("move.ass", ASS_HEAD "Dialogue: 0,0:00:00.00,0:00:10.00,Default,{\\move(0,50,640,50)}W\n", -1);
    struct subs *s = open_subs(m, "move.ass", 0);
    const struct subs_view v = {.w = 640, .h = 360};
    int n, last = -1;
    for (int64_t us = US_PER_SECOND; us < 4 * US_PER_SECOND; us += US_PER_SECOND) {
        ok(subs_wait(s, us, &v, WAIT_MS), "drawn");
        const struct subs_image *im = subs_show(s, us, &v, &n);
        ok(n > 0 && im[0].x > last + 32 && im[0].x < last + 96, "the letter goes to the right (%d)", n ? im[0].x : -1);
        last = n ? im[0].x : last;
    }
    subs_close(s);
}

/* A font under a name that no other font has. */
static bool rare_font(const char *name)
{
    g_autofree char *bytes = NULL;
    gsize n;
    if (!g_file_get_contents(FONT, &bytes, &n, NULL))
        return false;
    static const char was[] = "\0003\0002\0007\0000", now[] = "\0009\0009\0009\0009";
    for (char *at = bytes; (at = memmem(at, n - (gsize)(at - bytes), was, 8)); at += 8)
        memcpy(at, now, 8);
    for (char *at = bytes; (at = memmem(at, n - (gsize)(at - bytes), "3270", 4)); at += 4)
        memcpy(at, "9999", 4);
    file_of(name, bytes, (gssize)n);
    return true;
}

static void test_fonts(struct media *m)
{
    if (!rare_font("rare.ttf")) {
        skip("fonts in a film", "no 3270 font");
        return;
    }
    g_autofree char *as_default = g_strdelimit(g_strdup(ASS_HEAD), "\r", '\n');
    g_autoptr(GString) ass = g_string_new(as_default);
    g_string_replace(ass, "sans-serif", "IBM 9999", 0);
    g_string_append(ass, "Dialogue: 0,0:00:00.00,0:00:10.00,Default,Wide and narrow: iiii\n");
    file_of("rare.ass", ass->str, -1);
    g_string_replace(ass, "IBM 9999", "IBM 3270", 0);
    file_of("common.ass", ass->str, -1);
    mt_ffmpeg(MT_RAW "-r 25 -i film.raw -i rare.ass -map 0 -map 1 -c:v ffv1 -c:s copy bare.mkv");
    mt_ffmpeg(
        "-i bare.mkv -map 0 -c copy -attach rare.ttf -metadata:s:t mimetype=application/x-truetype-font full.mkv");
    const struct subs_view v = {.w = 640, .h = 360};
    int64_t got[3];
    static const char *const names[] = {"common.ass", "full.mkv", "bare.mkv"};
    for (int i = 0, top, bottom; i < 3; i++) {
        struct subs *s = open_subs(m, names[i], 0);
        got[i] = ink_at(s, US_PER_SECOND, &v, &top, &bottom);
        subs_close(s);
    }
    ok(got[1] == got[0] && got[2] != got[0], "a font in the film is used (%d, %d; without it %d)", (int)got[0],
       (int)got[1], (int)got[2]);
}

static void test_problems(struct media *m)
{
    static const struct {
        const char *name, *want;
    } row[] = {
        {"1251.srt", "1251.srt: it is not in UTF-8; it is read as WINDOWS-1251, which is a guess; save it as UTF-8"},
        {"missing.srt", "missing.srt: No such file or directory"},
        {"noise.srt", "noise.srt: its letters fit no encoding that is known; save it as UTF-8"},
        {"plain.mkv", "plain.mkv: holds no subtitles"},
        {"broken.mkv", "broken.mkv: a line at 0:01:00 can't be shown, because the text is not UTF-8; write"},
    };
    const struct subs_view v = {.w = 640, .h = 360};
    file_of("noise.srt", "\xff\x81\x8d\x8f\x90\x9d\xff\x81", -1);
    for (gsize i = 0; i < G_N_ELEMENTS(row); i++) {
        struct subs *s = open_subs(m, row[i].name, 55 * US_PER_SECOND);
        subs_wait(s, 6 * US_PER_SECOND, &v, WAIT_MS);
        g_autofree char *got = subs_take_problem(s), *again = subs_take_problem(s);
        ok(got && strstr(got, row[i].want), "%s: %s", row[i].name, got ? got : "nothing is said");
        is_str(again, NULL, "is said once");
        subs_close(s);
    }
}

/* ---- cost --------------------------------------------------------------------------------------------------------- */

static const struct subs_cost_style usual = {28, 2, 1, 1, 3, false, false};

static char *repeated(const char *s, int n)
{
    GString *out = g_string_new(NULL);
    while (n-- > 0)
        g_string_append(out, s);
    return g_string_free(out, FALSE);
}

/* Each row was tried in libass 0.17.1 at 1280x720: what is too much took at least 200 MB, most of them 1 to 3 GB. */
static const struct {
    const char *what, *text;
    int times;
    bool too_much;
} costs[] = {
    {"a usual line", "How do you do? I am very well, thank you. And you? Not bad, as one says here.", 1, false},
    {"a page of text", "How do you do? I am very well, thank you. ", 40, false},
    {"a title", "{\\fs120\\bord6\\blur8}THE LIGHTHOUSE", 1, false},
    {"karaoke", "{\\k20}la{\\k30}la", 60, false},
    {"a turned sign", "{\\frx30\\fry40\\frz10\\pos(320,180)\\fs60\\bord3}LIGHTHOUSE", 1, false},
    {"a shape as large as the picture", "{\\p1}m 0 0 l 640 0 640 360 0 360", 1, false},
    {"a logo", "{\\p4}m 0 0 b 800 0 800 300 0 300 b 20 30 40 50 60 70 ", 300, false},
    {"growing text", "{\\t(0,500,\\fscx150\\fscy150)}bigger", 3, false},
    {"a letter that fills the picture", "{\\fs400\\bord0}W", 1, false},
    {"a letter like a house", "{\\fs20000}W", 1, true},
    {"growing tenfold by steps", "{\\fs+10}W", 12, true},
    {"a shape like a field", "{\\p1}m 0 0 l 20000 0 20000 20000 0 20000", 1, true},
    {"a shape behind its point of origin", "{\\p1}m 0 0 l -20000 0 -20000 -20000 0 -20000", 1, true},
    {"blur without end", "{\\blur100\\fs300\\bord50}a", 1000, true},
    {"soft edges without end", "{\\fs1000\\bord100\\be100}W", 100, true},
    {"sheared to the horizon", "{\\fax100\\fay100\\fs100}Wabc", 20, true},
    {"stretched", "{\\fscx10000\\fscy5000}WWWW", 1, true},
    {"grown at last", "{\\t(\\fs20000)}W", 1, true},
    {"grown within brackets", "{\\fs(20000)}W", 1, true},
    {"grown behind a blank", "{\\ fs20000}W", 1, true},
    {"too many letters", "a ", 30000, true},
    {"brackets that never close", "{", 30000, true},
    {"a turned line", "{\\frz30}How do you do? I am very well, thank you. And you? Not bad, as one says here.", 1,
     false},
    {"a turned page", "{\\frz-5\\bord1}How do you do? I am very well. ", 6, false},
    {"a turned word without end", "{\\t(0,2000,\\frz360)}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 60, true},
    {"a turned line without end", "{\\q2\\frz45}two words ", 200, true},
    {"a turned line that is turned back", "{\\frz0}How do you do? I am very well, thank you. ", 40, false},
    {"a line that climbs", "{\\fay1\\q2}two words ", 200, true},
    {"cut out by a shape", "{\\clip(m 0 0 l 640 0 640 360 0 360)}SHADOWS", 1, false},
    {"cut out by a fine shape", "{\\clip(4,m 0 0 l 5120 0 5120 2880 0 2880)}SHADOWS", 1, false},
    {"cut out by a rectangle", "{\\clip(0,0,90000,90000)}SHADOWS", 100, false},
    {"cut out by a field", "{\\clip(m 0 0 l 20000 0 20000 20000 0 20000)}abc", 1, true},
    {"all but a field", "{\\iclip(1,m -20000 0 b 0 -20000 20000 0 0 20000)}abc", 1, true},
    {"cut out by many shapes", "{\\clip(m 0 0 l 4000 0 4000 400 0 400)}abc", 100, true},
    {"a line that climbs a little", "{\\fay0.05}How do you do? I am very well, thank you.", 2, false},
};

static void test_costs(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(costs); i++) {
        g_autofree char *text = repeated(costs[i].text, costs[i].times);
        const int64_t cost = subs_cost(text, &usual);
        ok((cost > SUBS_EVENT_COST_MAX) == costs[i].too_much, "%s costs %.1f Mpx", costs[i].what, (double)cost / 1e6);
    }
    ok(subs_cost("W", &(struct subs_cost_style){28, 2, 1, 1, 1080, false, false}) > SUBS_EVENT_COST_MAX / 64,
       "a script whose picture is one unit high");
    static const char *const huge[] = {
        "{\\fs1e300}W{\\p1}m 1e300 0 l 0 1e300", "{\\fax1e308\\frz1e308\\pos(nan,inf)\\org(1e308,-1e308)}W",
        "{\\fscy1e308\\fscx0\\fax1e308\\fay1e308\\bord1e308\\blur1e308\\be1e308\\p1}m 1e308 0 0 1e308",
        "{\\clip(m -1e308 -1e308 l 1e308 1e308)}W"};
    for (gsize i = 0; i < G_N_ELEMENTS(huge); i++)
        ok(subs_cost(huge[i], &usual) > SUBS_EVENT_COST_MAX, "huge is not infinite: %s", huge[i]);
    g_autofree char *growing = repeated("{\\fs+1e9}", 1000), *grown = g_strconcat("{\\fscx0}", growing, "W", NULL);
    ok(subs_cost(grown, &usual) > 0, "nor what grows a thousand times by a thousand million");
    ok(subs_cost("W", &(struct subs_cost_style){INFINITY, NAN, NAN, INFINITY, INFINITY, true, true}) >
           SUBS_EVENT_COST_MAX,
       "nor what a style says");
}

/* A file that is built to cost too much: what of it is left out is counted, and the line beside it is drawn. */
static void check_attack(struct media *m, const char *name, enum subs_fault fault, int64_t count)
{
    const struct subs_view v = {.w = 640, .h = 360};
    g_autofree char *path = mt_path(name);
    struct subs_findings f;
    g_autoptr(GArray) cues = subs_scan(path, NULL, true, NULL, &f, NULL);
    ok(cues && f.count[fault] == count, "%s: check finds it (%d of %d)", name, (int)f.count[fault], (int)count);
    struct subs *s = open_subs(m, name, 0);
    int n, top, bottom;
    subs_show(s, 0, &v, &n); /* returns at once, whatever its thread does */
    ok(ink_at(s, US_PER_SECOND / 2, &v, &top, &bottom) > 100, "what can be drawn is drawn");
    g_autofree char *problem = subs_take_problem(s), *again = subs_take_problem(s);
    ok(problem && strstr(problem, name) && !again, "and it is said once: %s", problem ? problem : "");
    subs_close(s);
}

static void test_asked_fonts(void)
{
    static const struct {
        const char *text;
        int fonts;
    } cases[] = {
        {"plain", 1},
        {"", 0},
        {"{\\fnA}", 0},
        {"{\\fnA}x{\\fnB}y{\\fnA}z", 2},
        {"x{\\fnA\\b1}y{\\b0}z{\\b700}w", 4},
        {"x{\\bord3\\blur2\\be1\\iclip(1,2,3,4)}y", 1},
        {"x{\\i1}y{\\i}z{\\r}w", 2},
        {"x{\\rOther}y{\\rThird}z{\\r}w", 3},
        {"{\\ fn A}x{\\fn(A)}y", 1},
        {"{\\fnA x{", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        int n = 0;
        struct subs_fonts *f = subs_fonts_new();
        subs_fonts_take(f, "Sans", false, false, cases[i].text);
        for (char name[16]; n <= SUBS_FONT_NAMES_MAX; n++) { /* as many more as there is room for */
            g_snprintf(name, sizeof name, "more %d", n);
            if (!subs_fonts_take(f, name, false, false, "x"))
                break;
        }
        ok(SUBS_FONT_NAMES_MAX - n == cases[i].fonts, "%s asks for %d", cases[i].text, SUBS_FONT_NAMES_MAX - n);
        ok(subs_fonts_take(f, "more 0", false, false, "x"), "what was taken may be asked for again");
        subs_fonts_free(f);
    }
}

/* Lines that go back and forth in time would never meet in the order in which they come, but are shown at once. */
static void test_late(void)
{
    enum { LINES = 3 * SUBS_AT_ONCE_MAX };
    static const atomic_bool go_on = false;
    struct subs_findings f = {0};
    file_of("late.srt", "1\n00:00:00,000 --> 00:00:01,000\nbeside\n\n", -1);
    g_autofree char *path = mt_path("late.srt");
    struct subs_reader *r = subs_reader_open(path, &(struct subs_wish){0}, &go_on, &f, NULL);
    struct subs_track *t = subs_track_new(r, &f);
    for (int i = 0; i < LINES; i++)
        for (int late = 0; late < 2; late++) {
            struct subs_line line = {g_strdup("0,0,Default,,0,0,0,,a"), late ? 0 : 20000 + i * 10, late ? 10000 : 10};
            subs_track_add(t, &line);
        }
    is_int(subs_track_moment(t, 5000).events, SUBS_AT_ONCE_MAX, "of what comes late, as much is shown as of anything");
    is_int(f.count[SUBS_TOO_COSTLY], LINES - SUBS_AT_ONCE_MAX, "and the rest is counted");
    is_int(subs_track_moment(t, 20005).events, 1, "what comes in order is shown");
    subs_track_free(t);
    subs_reader_close(r);
}

/* ---- a track by itself -------------------------------------------------------------------------------------------- */

struct alone {
    struct subs_findings found;
    struct subs_reader *reader;
    struct subs_track *track;
};

/* The track of that file, into which nothing has been read yet. */
static void alone_open(struct alone *a, const char *name)
{
    static const atomic_bool go_on = false;
    g_autofree char *path = mt_path(name);
    *a = (struct alone){0};
    a->reader = subs_reader_open(path, &(struct subs_wish){0}, &go_on, &a->found, NULL);
    a->track = subs_track_new(a->reader, &a->found);
}

static void alone_close(struct alone *a)
{
    subs_track_free(a->track);
    subs_reader_close(a->reader);
}

static void alone_add(struct alone *a, const char *text, int64_t from_ms, int64_t for_ms)
{
    struct subs_line line = {g_strconcat("0,0,Default,,0,0,0,,", text, NULL), from_ms, for_ms};
    subs_track_add(a->track, &line);
}

/* Of lines that are nearly as costly as one may be, four are shown at one time; as many again, of those that come late. */
static void test_moment_cost(void)
{
    enum { MOST = SUBS_MOMENT_COST_MAX / SUBS_EVENT_COST_MAX };
    struct alone a;
    int n = 0;
    g_autofree char *heavy = NULL;
    alone_open(&a, "late.srt");
    do {
        const int side = 16 * ++n;
        g_autofree char *text = g_strdup_printf("{\\p1}m 0 0 l %d 0 %d %d 0 %d", side, side, side, side);
        subs_track_clear(a.track);
        alone_add(&a, text, 0, 1000);
        if (a.found.count[SUBS_TOO_COSTLY] == 0)
            g_free(heavy), heavy = g_steal_pointer(&text);
    } while (a.found.count[SUBS_TOO_COSTLY] == 0 && n < 1000);
    ok(a.found.count[SUBS_TOO_COSTLY] == 1 && n > 50, "a square of %d times 16 units is too costly for one line", n);
    subs_track_clear(a.track);
    a.found.count[SUBS_TOO_COSTLY] = 0;
    for (int i = 0; i < MOST + 2; i++)
        alone_add(&a, heavy, 20000, 1000);
    is_int(subs_track_moment(a.track, 20500).events, MOST,
           "one that is a little smaller is not, and so many are shown at once");
    is_int(a.found.count[SUBS_TOO_COSTLY], 2, "and the rest is counted");
    for (int i = 0; i < MOST + 2; i++)
        alone_add(&a, heavy, 5000 + 2000 * i, 1000);
    int shown = 0;
    for (int i = 0; i < MOST + 2; i++)
        shown += subs_track_moment(a.track, 5500 + 2000 * i).events;
    is_int(shown, MOST, "as many that come late");
    is_int(a.found.count[SUBS_TOO_COSTLY], 4, "and the rest of these, too");
    alone_add(&a, heavy, 30000, 1000);
    is_int(subs_track_moment(a.track, 30500).events, 1, "later there is room again");
    alone_close(&a);
}

/* As long as a line may be, and as many of them; then as many as there may be, however short. */
static void test_many_lines(void)
{
    struct alone a;
    const int most = SUBS_FILE_BYTES_MAX / SUBS_EVENT_BYTES_MAX;
    g_autofree char *remark = g_strnfill(SUBS_EVENT_BYTES_MAX - strlen("0,0,Default,,0,0,0,,{}"), 'x');
    g_autofree char *text = g_strdup_printf("{%s}", remark), *longer = g_strdup_printf("{%sx}", remark);
    alone_open(&a, "late.srt");
    alone_add(&a, longer, 0, 1);
    is_int(a.found.count[SUBS_TOO_LONG], 1, "64 KB and one byte are too long");
    for (int i = 0; i < most + 3; i++)
        alone_add(&a, text, i, 1);
    is_int(a.found.count[SUBS_TOO_LONG], 1, "64 KB are not");
    is_int(subs_track_moment(a.track, most - 1).events, 1, "32 MB of such lines are taken");
    is_int(subs_track_moment(a.track, most).events, 0, "and no more");
    is_int(a.found.count[SUBS_TOO_MANY], 3, "the rest is counted");
    subs_track_clear(a.track);
    for (int i = 0; i < SUBS_EVENTS_MAX + 3; i++)
        alone_add(&a, "x", i, 1);
    is_int(subs_track_moment(a.track, SUBS_EVENTS_MAX - 1).events, 1, "a hundred thousand lines are taken");
    is_int(subs_track_moment(a.track, SUBS_EVENTS_MAX).events, 0, "and not one more");
    is_int(a.found.count[SUBS_TOO_MANY], 6, "the rest is counted");
    alone_close(&a);
}

/* Who goes back and forth in a film forgets its lines, and not what fonts they asked for, which libass keeps. */
static void test_fonts_stay(void)
{
    struct alone a;
    alone_open(&a, "c.ass");
    for (int i = 0; i < SUBS_FONT_NAMES_MAX; i++) {
        g_autofree char *text = g_strdup_printf("{\\fn%d}x", i);
        alone_add(&a, text, i * 10, 10);
    }
    is_int(a.found.count[SUBS_TOO_MANY_NAMES], 0, "as many fonts as there may be");
    subs_track_clear(a.track);
    alone_add(&a, "{\\fnanother}x", 0, 10);
    is_int(a.found.count[SUBS_TOO_MANY_NAMES], 1, "none can be added when the lines are forgotten");
    alone_add(&a, "{\\fn7}x", 0, 10);
    is_int(subs_track_moment(a.track, 5).events, 1, "those that are there can be asked for again");
    alone_close(&a);
}

/* How much later the clock of this thread's processor time is each time that it is read. */
static _Thread_local int64_t clock_step_ns, clock_ahead_ns;

/* This program's own takes the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long failed = syscall(SYS_clock_gettime, clock, t);
    if (clock == CLOCK_THREAD_CPUTIME_ID && clock_step_ns > 0) {
        clock_ahead_ns += clock_step_ns;
        t->tv_sec += clock_ahead_ns / 1000000000;
        t->tv_nsec = 0;
    }
    return (int)failed;
}

/* What is painted at that time, and whether it is shown from then on. */
static void check_painted(struct alone *a, struct subs_painter *p, int64_t ms, bool shown, const char *what)
{
    const struct subs_view v = {.w = 640, .h = 360};
    const int64_t before = a->found.count[SUBS_TOO_SLOW];
    const int events = subs_track_moment(a->track, ms).events;
    struct subs_picture *picture = subs_painter_paint(p, ms, &v);
    ok(events > 0 && picture->images->len > 0, "%s is painted", what);
    ok((subs_track_moment(a->track, ms).events == events) == shown &&
           a->found.count[SUBS_TOO_SLOW] - before == (shown ? 0 : events),
       "%s is %s", what, shown ? "shown" : "never shown again");
    subs_picture_unref(picture);
}

/* Two seconds of a processor for one picture, with a clock that runs fast; and bitmaps that cover it four times. */
static void test_painter(void)
{
    static const char full[] = "{\\an7\\pos(0,0)\\bord0\\shad0\\p1}m 0 0 l 384 0 384 288 0 288";
    struct alone a;
    alone_open(&a, "late.srt");
    struct subs_painter *p = subs_painter_new(a.track);
    alone_add(&a, "a line", 0, 1000);
    alone_add(&a, "another", 2000, 1000);
    clock_step_ns = INT64_C(1000000000);
    check_painted(&a, p, 500, true, "what takes a second");
    clock_step_ns = INT64_C(4000000000);
    check_painted(&a, p, 2500, false, "what takes four");
    clock_step_ns = 0;
    for (int i = 0; i < 3; i++)
        alone_add(&a, full, 4000, 1000);
    check_painted(&a, p, 4500, true, "what covers the picture three times");
    for (int i = 0; i < 6; i++)
        alone_add(&a, full, 6000, 1000);
    check_painted(&a, p, 6500, false, "what covers it six times");
    subs_painter_free(p);
    alone_close(&a);
}

/* All fonts in a film together: one has room, and two have not. They are files without anything in them. */
static void test_font_bytes(void)
{
    struct alone a;
    file_of("hollow.ttf", "", 0);
    g_autofree char *path = mt_path("hollow.ttf");
    ok(truncate(path, SUBS_FONT_BYTES_MAX / 2 + 1) == 0 &&
           mt_ffmpeg("-i copy.mkv -map 0 -c copy -attach hollow.ttf -attach hollow.ttf "
                     "-metadata:s:t mimetype=application/x-truetype-font hollow.mkv"),
       "two fonts of more than half of what there may be");
    alone_open(&a, "hollow.mkv");
    is_int(a.found.count[SUBS_TOO_MANY_FONTS], 1, "the second one is left out");
    alone_close(&a);
}

static void test_attacks(struct media *m)
{
    g_autoptr(GString) text = g_string_new(ASS_HEAD "Dialogue: 0,0:00:00.00,0:00:01.00,Default,beside\n");
    for (gsize i = 0; i < G_N_ELEMENTS(costs); i++)
        if (costs[i].too_much) {
            g_autofree char *line = repeated(costs[i].text, costs[i].times);
            g_string_append_printf(text, "Dialogue: 0,0:00:00.00,0:00:09.00,Default,%s\n", line);
        }
    file_of("heavy.ass", text->str, -1);
    check_attack(m, "heavy.ass", SUBS_TOO_COSTLY, 19);

    g_string_assign(text, ASS_HEAD "Dialogue: 0,0:00:00.00,0:00:01.00,Default,beside\n");
    for (int i = 0; i < SUBS_FONT_NAMES_MAX + 10; i++)
        g_string_append_printf(text, "Dialogue: 0,0:00:0%d.00,0:00:09.00,Default,{\\%s%d}x\n", 1 + i / 100,
                               i % 2 ? "b" : "fn", 100 + i);
    file_of("fonts.ass", text->str, -1);
    check_attack(m, "fonts.ass", SUBS_TOO_MANY_NAMES, 11);

    /* Each line looks for its style among all of them: without a limit, ten times as many take
     * minutes. Fewer here: ThreadSanitizer makes libass's growing list of them slow. */
    static const char line[] = "Dialogue: 0,0:00:00.00,0:00:01.00,Default,beside\n", events[] = "[Events]";
    g_autoptr(GString) styles = g_string_new(NULL);
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(styles, "Style: s%d,sans-serif,28,&H00FFFFFF,2,20\n", i);
    g_string_assign(text, ASS_HEAD);
    g_string_insert(text, strstr(text->str, events) - text->str, styles->str);
    g_string_append(text, line);
    for (int i = 200; i < 20000; i++) /* one after the other */
        g_string_append_printf(text, "Dialogue: 0,0:%02d:%02d.%02d,0:%02d:%02d.%02d,s%d,{\\rs0}x\n", i / 6000,
                               i / 100 % 60, i % 100, (i + 1) / 6000, (i + 1) / 100 % 60, (i + 1) % 100, i % 100);
    file_of("styles.ass", text->str, -1);
    check_attack(m, "styles.ass", SUBS_TOO_MANY_STYLES, 1);

    /* FFmpeg leaves a line without times in the header, which libass reads as well. */
    g_string_assign(text, ASS_HEAD "Dialogue: 0,now,0:00:09.00,Default,{\\fs9000}WWW\n"
                                   "Dialogue: 0,0:00:00.00,0:00:01.00,Default,beside\n");
    file_of("header.ass", text->str, -1);
    check_attack(m, "header.ass", SUBS_BROKEN_TIMES, 1);

    g_string_assign(text, ASS_HEAD);
    for (int i = 0; i < SUBS_AT_ONCE_MAX + 7; i++)
        g_string_append(text, "Dialogue: 0,0:00:00.00,0:00:01.00,Default,a\n");
    file_of("crowd.ass", text->str, -1);
    check_attack(m, "crowd.ass", SUBS_TOO_COSTLY, 7);

    g_string_assign(text, "1\n00:00:00,000 --> 00:00:01,000\nbeside\n\n2\n00:00:00,000 --> 00:00:09,000\n");
    g_autofree char *long_line = repeated("0123456789", 1 << 20);
    g_string_append_printf(text, "%s\n\n", long_line);
    file_of("long.srt", text->str, -1);
    check_attack(m, "long.srt", SUBS_TOO_LONG, 1);

    g_string_assign(text, "1\n00:00:00,000 --> 00:00:01,000\nbeside\n\n");
    for (int i = 0; i < SUBS_EVENTS_MAX + 5; i++)
        g_string_append(text, "1\n00:00:02,000 --> 00:00:02,001\nx\n\n");
    file_of("many.srt", text->str, -1);
    check_attack(m, "many.srt", SUBS_TOO_MANY, 1);

    g_autofree char *path = mt_path("many.srt");
    g_autofree char *bytes = g_malloc0(SUBS_FILE_BYTES_MAX + 1);
    struct subs_findings f;
    g_autoptr(GError) error = NULL;
    memset(bytes, 'x', SUBS_FILE_BYTES_MAX + 1);
    file_of("many.srt", bytes, SUBS_FILE_BYTES_MAX + 1);
    GArray *none = subs_scan(path, NULL, true, NULL, &f, &error);
    ok(!none && strstr(error->message, "longer than 32 MB"), "a text of 32 MB: %s", error ? error->message : "read");
}

/* Closing what is still being opened. */
static void test_hurry(struct media *m)
{
    static const char *const names[] = {"heavy.ass", "srt.mkv", "missing.srt", "text.mp4"};
    const struct subs_view v = {.w = 640, .h = 360};
    for (int i = 0, n; i < 12; i++) {
        struct subs *s = open_subs(m, names[i % 4], 0);
        subs_show(s, US_PER_SECOND, &v, &n);
        subs_close(s);
    }
    ok(true, "closed at once");
}

int main(void)
{
    struct media *m = media_new();
    test_encodings();
    test_texts();
    test_by_hand();
    test_containers();
    test_broken_container();
    test_far_times();
    test_late();
    test_mov_text_utf16();
    test_memory();
    test_pictures(m);
    test_looks(m);
    test_from(m);
    test_animated(m);
    test_fonts(m);
    test_problems(m);
    test_costs();
    test_asked_fonts();
    test_moment_cost();
    test_many_lines();
    test_fonts_stay();
    test_painter();
    test_font_bytes();
    test_attacks(m);
    test_hurry(m);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
