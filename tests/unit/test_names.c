/* Names of files and of things in a story that are not there, although something is that looks like them; what lies in
 * a file's place; and texts that a message shortens. */
#include "base/brief.h"
#include "base/lookalike.h"
#include "base/stand_in.h"
#include "play/transcript_text.h"
#include "story/load.h"
#include "story/main_file.h"
#include "story/missing_file.h"
#include "tests/tap.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define E_NFC "\xc3\xa9"  /* é as one character */
#define E_NFD "e\xcc\x81" /* and as two */

static char *folder;

static char *inside(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void write_bytes(const char *name, const char *bytes, size_t n)
{
    g_autofree char *path = inside(name), *parent = g_path_get_dirname(path);
    if (g_mkdir_with_parents(parent, 0700) != 0 || !g_file_set_contents(path, bytes, (gssize)n, NULL))
        printf("# %s can't be written\n", path);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_all(below);
    }
    g_remove(path);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *asked, *there;
    bool alike;
    const char *hidden; /* NULL: the difference can be seen */
} pairs[] = {
    {"stair.mp4", "Stair.MP4", true, NULL},
    {"stair.mp4", "stair.mp4", true, NULL},
    {"stair.mp4", "stairs.mp4", false, NULL},
    {"caf" E_NFC ".mp4", "caf" E_NFD ".mp4", true, "in another Unicode form"},
    {"caf" E_NFD ".mp4", "CAF" E_NFC ".mp4", true, NULL},
    {"a.mp4", "a.mp4 ", true, "with a blank at its end"},
    {"a.mp4\n", "a.mp4", true, "without a blank at its end"},
    {"a.mp4", " a.mp4", true, "with a blank before it"},
    {"a.mp4", "a.mp4\xc2\xa0", true, "with a blank at its end"},
    {"a b.mp4",
     "a\xc2\xa0"
     "b.mp4",
     true, "with other characters that look the same"},
    {"a-b.mp4",
     "a\xe2\x80\x93"
     "b.mp4",
     true, "with other characters that look the same"},
    {"it's.mp4", "it\xe2\x80\x99s.mp4", true, "with other characters that look the same"},
    {"ab.mp4",
     "a\xe2\x80\x8b"
     "b.mp4",
     true, "with other characters that look the same"},
    {"fi.mp4", "\xef\xac\x81.mp4", true, "with other characters that look the same"},
    {"stra\xc3\x9f"
     "e",
     "STRASSE", true, NULL},
    {"\xed\x95\x9c\xea\xb8\x80.mpg", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf.mpg",
     true, "in another Unicode form"}, /* Korean: syllables, and the letters that they are made of */
    {"\xd0\xb9.mkv", "\xd0\xb8\xcc\x86.mkv", true, "in another Unicode form"}, /* Cyrillic */
    {"a b", "ab", false, NULL},
    {"\xff", "\xff", true, NULL},
    {"", "a", false, NULL},
};

static void test_pairs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *a = lookalike_key(pairs[i].asked), *b = lookalike_key(pairs[i].there);
        is_int(strcmp(a, b) == 0, pairs[i].alike, pairs[i].there);
        is_str(lookalike_hidden(pairs[i].asked, pairs[i].there), pairs[i].hidden, "and how they differ");
    }
}

static void test_paths(void)
{
    static const char *const files[] = {"Clips/Stair.MP4",
                                        "caf" E_NFD ".mp4",
                                        "end.mp4 ",
                                        "B.mkv",
                                        "b.MKV",
                                        "U\xcc\x88"
                                        "bung/ss20.mp4",
                                        NULL};
    static const struct {
        const char *asked, *found;
    } table[] = {
        {"clips/stair.mp4", "Clips/Stair.MP4"},
        {"./Clips//stair.mp4", "Clips/Stair.MP4"},
        {"Clips/Stair.MP4", NULL},
        {"Clips/Stairs.MP4", NULL},
        {"nowhere/stair.mp4", NULL},
        {"caf" E_NFC ".mp4", "caf" E_NFD ".mp4"},
        {"end.mp4", "end.mp4 "},
        {"\xc3\x9c"
         "bung/ss20.mp4",
         "U\xcc\x88"
         "bung/ss20.mp4"},  /* the folder alone differs */
        {"b.mkv", "B.mkv"}, /* the first in the order of bytes */
        {"B.mkv/x", NULL},
    };
    for (int i = 0; files[i]; i++)
        write_text(files[i], "x");
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *got = lookalike_path(folder, table[i].asked);
        is_str(got, table[i].found, table[i].asked);
        g_autofree char *whole = inside(table[i].asked), *want = table[i].found ? inside(table[i].found) : NULL;
        g_autofree char *absolute = lookalike_path("/", whole);
        is_str(absolute, want, "and from the root");
    }
}

/* ---- what lies in a file's place --------------------------------------------------------------------------------- */

/* The beginning of a box of MP4. */
#define BOX(size, type) "\0\0\0" BYTE_##size type
#define BYTE_0          "\0"
#define BYTE_1          "\1"
#define BYTE_2          "\2"
#define BYTE_8          "\x08"
#define BYTE_12         "\x0c"
#define BYTE_16         "\x10"
#define BYTE_99         "\x63"

static const struct {
    const char *name;
    const char *bytes;
    size_t n;           /* 0: as long as the text */
    const char *beside; /* another file beside it, or NULL */
    const char *what;   /* how the answer begins; NULL: nothing of the kind */
} stand_ins[] = {
    {"lfs.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", 0, NULL,
     "a pointer of Git LFS"},
    {"annex.mp4", "/annex/objects/MD5E-s123--abc.mp4\n", 0, NULL, "a pointer of git-annex"},
    {"._a.mp4", "\0\5\26\7\0\2\0\0Mac OS X        ", 24, NULL, "an AppleDouble file"},
    {"empty.mp4", "", 0, NULL, "an empty file"},
    {"page.mp4", "\xEF\xBB\xBF\n<!DOCTYPE html><html><title>Sign in</title>", 0, NULL, "a web page"},
    {"page2.mp4", "<html lang=en>", 0, NULL, "a web page"},
    {"a.gdoc", "{\"url\": \"https://docs.google.com/open?id=1\", \"doc_id\": \"1\"}", 0, NULL,
     "a note of a cloud folder"},
    {"a.url", "[InternetShortcut]\r\nURL=https://example.org/a.mp4\r\n", 0, NULL, "a shortcut to a web page"},
    {"a.lnk", "L\0\0\0\1\24\2\0\0\0\0\0\300\0\0\0\0\0\0F\0\0\0\0", 24, NULL, "a shortcut of Windows"},
    {"alias.mp4", "book\0\0\0\0mark\0\0\0\0\70\0\0\0", 20, NULL, "an alias of macOS"},
    {"cygwin.mp4",
     "!<symlink>\xff\xfe"
     "a\0b\0",
     16, NULL, "a link that was made on Windows"},
    {"a.heic",
     "\0\0\0\x18"
     "ftypheic\0\0\0\0mif1",
     20, NULL, "a picture in HEIC or AVIF"},
    {"a.torrent", "d8:announce41:http://tracker.example.org", 0, NULL, "a torrent"},
    {"bare.mpg", "\0\0\1\xb3\x0b\0\x90\x15", 8, NULL, "a bare stream of pictures"},
    {"bare.m4v", "\0\0\1\xb0\1\0\0\1\xb5", 9, NULL, "a bare stream of pictures"},
    {"bare.264", "\0\0\1\x27\x42\0\x0a", 7, NULL, "a bare stream of pictures"},
    {"bare.h264", "\0\0\0\1\x67\x42\0\x0a", 8, NULL, "a bare stream of pictures"},
    {"live.h264", "\0\0\0\1\x09\x10\0\0\0\1\x67", 11, NULL, "a bare stream of pictures"},
    {"bare.hevc", "\0\0\0\1\x40\1\x0c\1", 8, NULL, "a bare stream of pictures"},
    {"live.hevc", "\0\0\0\1\x46\1\x10\0", 8, NULL, "a bare stream of pictures"},
    {"bare.obu", "\x12\0\x0a\x0b\0\0\0\4", 8, NULL, "a bare stream of pictures"},
    {"film.y4m", "YUV4MPEG2 W320 H180 F25:1 Ip", 0, NULL, "pictures that are not compressed"},
    {"sound.wv", "wvpk\x50\0\0\0", 8, NULL, "a sound in WavPack"},
    {"sound.ape", "MAC \x96\x0f", 6, NULL, "a sound in Monkey's Audio"},
    {"sound.mpc", "MPCKSH\x0e", 7, NULL, "a sound in Musepack"},
    {"voice.amr", "#!AMR\n", 6, NULL, "a voice recording in AMR"},
    {"sound.dts", "\x7f\xfe\x80\1\xfc", 5, NULL, "a sound in DTS"},
    {"camera.dv", "\x1f\7\0\x3f\xf9", 5, NULL, "a stream of a DV camera"},
    {"clips.zip", "PK\3\4\x14\0", 6, NULL, "an archive (ZIP)"},
    {"moving.webp", "RIFF\0\0\1\0WEBPVP8X\x0a\0\0\0\2\0\0\0", 24, NULL, "an animated WebP"},
    {"still.webp", "RIFF\0\0\1\0WEBPVP8X\x0a\0\0\0\x10\0\0\0", 24, NULL, NULL},
    {"a.smi", "<SAMI>\n<BODY>", 0, NULL, "a file of subtitles in SAMI"},
    {"a.sub", "{1}{25}Hello", 0, NULL, "a file of subtitles that count pictures"},
    {"braces.txt", "{1}Hello{2}", 0, NULL, NULL},
    {"a.ttml", "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\">", 0, NULL,
     "a file of subtitles in TTML"},
    {"a.kdenlive", "<?xml version='1.0'?>\n<mlt LC_NUMERIC=\"C\">", 0, NULL, "a project of a video editor"},
    {"a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">", 0, NULL, "a drawing (SVG)"},
    {"a.xml", "<?xml version=\"1.0\"?>\n<html5>", 0, NULL, NULL},
    {"sound.eac3", "\x0b\x77\0\xbf\x32\x87", 6, NULL, "a sound in E-AC-3"},
    {"sound.ac3", "\x0b\x77\0\xbf\x1c\x40", 6, NULL, NULL},
    {"sound.thd", "\x80\x39\xff\xd8\xf8\x72\x6f\xba\0", 9, NULL, "a sound in TrueHD"},
    {"no-index.mp4", BOX(16, "ftyp") "isom\0\0\0\0" BOX(12, "mdat") "abcd", 28, NULL, "a film in MP4 or QuickTime"},
    {"cut.mp4", BOX(16, "ftyp") "isom\0\0\0\0" BOX(99, "mdat") "abcd", 28, NULL, "a film in MP4 or QuickTime"},
    {"live.mov", BOX(8, "wide") BOX(0, "mdat") "abcd", 20, NULL, "a film in MP4 or QuickTime"},
    {"large.mp4",
     BOX(8, "free") BOX(1, "mdat") "\0\0\0\0\0\0\0\x18"
                                   "abcdefgh",
     32, NULL, "a film in MP4 or QuickTime"},
    {"cut-index.mp4", BOX(8, "ftyp") BOX(12, "mdat") "abcd" BOX(99, "moov") "abcd", 32, NULL,
     "a film in MP4 or QuickTime"},
    {"whole.mp4", BOX(8, "ftyp") BOX(12, "moov") "abcd" BOX(12, "mdat") "abcd", 32, NULL, NULL},
    {"early.mp4", BOX(8, "ftyp") BOX(12, "moov") "abcd" BOX(99, "mdat") "abcd", 32, NULL, NULL},
    {"small-box.mp4", BOX(8, "ftyp") BOX(2, "mdat") "abcd", 20, NULL, NULL},
    {"other.mp4", BOX(8, "abcd") BOX(12, "mdat") "abcd", 20, NULL, NULL},
    {"film.bik", "BIKi\x10\0", 6, NULL, "a film in Bink"},
    {"film.smk", "SMK2\x40\1", 6, NULL, "a film in Smacker"},
    {"sound.mid", "MThd\0\0\0\6", 8, NULL, "notes in MIDI"},
    {"film.mpg", "\0\0\1\xba\x44\0\4\0\4\1", 10, NULL, NULL},
    {"film.ico", "\0\0\1\0\1\0\x10\x10", 8, NULL, NULL},
    {"film.hevc", "\0\0\0\1\x40\x0c\1", 7, NULL, NULL},
    {"short.264", "\0\0\1", 3, NULL, NULL},
    {"half.mp4", "", 0, "half.mp4.part", "an unfinished download"},
    {"chrome.mp4", NULL, 0, "chrome.mp4.crdownload", "an unfinished download"},
    {"cloud.mp4", NULL, 0, ".cloud.mp4.icloud", "a placeholder of iCloud"},
    {"gone.mp4", NULL, 0, NULL, NULL},
    {"film.mkv", "\x1a\x45\xdf\xa3 and so on", 0, NULL, NULL},
    {"film.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nversion https://example.org\n", 0, NULL, NULL},
    {"data.json", "{\"frames\": []}", 0, NULL, NULL},
};

static void test_stand_ins(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stand_ins); i++) {
        g_autofree char *path = inside(stand_ins[i].name);
        if (stand_ins[i].bytes)
            write_bytes(stand_ins[i].name, stand_ins[i].bytes,
                        stand_ins[i].n ? stand_ins[i].n : strlen(stand_ins[i].bytes));
        if (stand_ins[i].beside)
            write_text(stand_ins[i].beside, "x");
        const struct stand_in is = stand_in_for_film(path);
        ok(stand_ins[i].what ? is.what && g_str_has_prefix(is.what, stand_ins[i].what) : !is.what, "%s is %s",
           stand_ins[i].name, is.what ? is.what : "nothing of the kind");
        ok(!is.what == !is.remedy, "with a remedy");
    }
    static char zeros[8192];
    write_bytes("zeros.mp4", zeros, sizeof zeros);
    g_autofree char *zero = inside("zeros.mp4"), *sub = inside("Clips"), *cut = inside("cut.mp4");
    ok(!stand_in_at(cut).what, "where no film is wanted, one that was cut off is nothing of the kind");
    ok(g_str_has_prefix(stand_in_at(zero).what, "a file of zeros"), "a file whose place was only reserved");
    ok(!stand_in_at(sub).what, "a folder is nothing of the kind");
}

/* A JPEG's head that says its size, and how a picture ends. */
#define JPEG_OF(size) "\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08" size "\1\1\x11\0\xff\xda\0\2pixels\xff\xd9"
#define SMALL         JPEG_OF("\0\x20\0\x30")
#define LARGE         JPEG_OF("\2\0\3\0")

static void test_jpegs(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool bare;
        const char *what;
    } rows[] = {
        {SMALL SMALL SMALL, sizeof SMALL * 3 - 3, true, "three pictures"},
        {SMALL SMALL SMALL LARGE, sizeof SMALL * 3 + sizeof LARGE - 4, true, "three, and another one"},
        {SMALL, sizeof SMALL - 1, false, "a picture"},
        {LARGE SMALL, sizeof LARGE + sizeof SMALL - 2, false, "a photograph with a smaller picture behind it"},
        {LARGE SMALL SMALL, sizeof LARGE + sizeof SMALL * 2 - 3, false, "with two"},
        {LARGE LARGE SMALL, sizeof LARGE * 2 + sizeof SMALL - 3, false, "with one that is as large"},
        {SMALL "\0" SMALL SMALL, sizeof SMALL * 3 - 2, false, "pictures that are apart"},
        {"\0" SMALL SMALL SMALL, sizeof SMALL * 3 - 2, false, "pictures behind something else"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        write_bytes("many.mjpeg", rows[i].bytes, rows[i].n);
        g_autofree char *path = inside("many.mjpeg");
        const struct stand_in is = stand_in_at(path);
        ok(rows[i].bare ? is.what && g_str_has_prefix(is.what, "a bare stream of pictures") : !is.what, "%s: %s",
           rows[i].what, is.what ? is.what : "nothing of the kind");
    }
}

static void test_links(void)
{
    static const struct {
        const char *name, *to, *what;
    } links[] = {
        {"annexed.mp4", ".git/annex/objects/W8/0k/MD5E-s1--a.mp4/MD5E-s1--a.mp4", "a link of git-annex"},
        {"onedrive.mp4", "unsupported reparse tag 0x9000601a", "a placeholder of a cloud folder"},
        {"loose.mp4", "../nowhere.mp4", "a link to a file that is not there"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *path = inside(links[i].name);
        ok(symlink(links[i].to, path) == 0, "a link to %s", links[i].to);
        const struct stand_in is = stand_in_for_film(path);
        ok(is.what && g_str_has_prefix(is.what, links[i].what), "is %s", is.what ? is.what : "nothing");
    }
}

/* ---- in a story's messages ---------------------------------------------------------------------------------------- */

#define HEAD "frumious: 1\nid: t\ntitle: T\nstart: a\n"

/* The first diagnostic's code, message and advice. */
static char *first_of(const char *path)
{
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    const struct diag *g = diags_len(d) > 0 ? diags_get(d, 0) : NULL;
    char *out =
        g ? g_strdup_printf("%s %s (%s)", g->rule->code, g->message, g->advice ? g->advice : "-") : g_strdup("");
    story_free(s);
    diags_free(d);
    return out;
}

static void expect(const char *what, const char *yaml, const char *want)
{
    g_autofree char *path = inside("story.yaml");
    write_text("story.yaml", yaml);
    g_autofree char *said = first_of(path), *here = g_strconcat(folder, "/", NULL);
    g_auto(GStrv) parts = g_strsplit(said, here, -1); /* included files are named with the story's folder */
    g_autofree char *got = g_strjoinv(NULL, parts);
    is_str(got, want, what);
}

#define CLIP(file) HEAD "nodes:\n  a: {clip: {file: \"" file "\"}, ending: {id: e, title: E}}\n"
#define NEXT(name) HEAD "nodes:\n  a: {clip: {card: A, for: 1s}, next: " name "}\n"

static void test_messages(void)
{
    expect(
        "a clip in other capitals", CLIP("clips/stair.mp4"),
        "W601 `clips/stair.mp4` does not exist; there is `Clips/Stair.MP4` (write the name as it is there, or rename "
        "the file; capital letters count)");
    expect("in another form", CLIP("caf" E_NFC ".mp4"),
           "W601 `caf" E_NFC ".mp4` does not exist; there is `caf" E_NFD ".mp4`, in another Unicode form (rename the "
           "file, or copy its name into the story)");
    expect("with a blank", CLIP("end.mp4"),
           "W601 `end.mp4` does not exist; there is `end.mp4 `, with a blank at its end (rename the file, or copy its "
           "name into the story)");
    expect("in the cloud", CLIP("cloud.mp4"),
           "W601 `cloud.mp4` does not exist; in its place is a placeholder of iCloud: the file is still in the cloud "
           "(download it in Finder, with a click on the cloud beside its name)");
    expect("not shot yet", CLIP("unshot.mp4"),
           "W601 `unshot.mp4` does not exist (a missing film plays as a slate; check the spelling)");
    expect("an include",
           HEAD "include: [Parts.yaml]\nnodes:\n  a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n",
           "E100 `Parts.yaml` can't be read: No such file or directory; there is `parts.yaml` (write the name as it is "
           "there, or rename the file; capital letters count)");
    expect("an include that is a pointer",
           HEAD "include: [lfs.mp4]\nnodes:\n  a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n",
           "E100 `lfs.mp4` is a pointer of Git LFS, not the file itself (fetch the file with `git lfs pull`)");
    expect(
        "a language", HEAD "languages: [en, de]\nnodes:\n  a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n",
        "W703 there is no `strings/de.yaml`; there is `strings/DE.yaml` (write the name as it is there, or rename the "
        "file; capital letters count)");
    expect("a node in other capitals", NEXT("B") "  b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}\n",
           "E201 there is no node or route `B` (did you mean `b`?)");
    expect("a node in another form",
           NEXT("caf" E_NFC) "  caf" E_NFD ": {clip: {card: B, for: 1s}, ending: {id: e, title: E}}\n",
           "E201 there is no node or route `caf" E_NFC "` (did you mean `caf" E_NFD "`, in another Unicode form?)");
    expect("a node with a blank", NEXT("\"b \"") "  b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}\n",
           "E201 there is no node or route `b ` (did you mean `b`, without a blank at its end?)");
    expect("two nodes of one look",
           NEXT(E_NFC) "  " E_NFC ": {clip: {card: B, for: 1s}, next: " E_NFD "}\n  " E_NFD
                       ": {clip: {card: B, for: 1s}, ending: {id: e, title: E}}\n",
           "W613 there is a node or route `" E_NFC "` that looks the same, in another Unicode form (write both in the "
           "same way)");
    expect(
        "a wide letter and a plain one",
        NEXT("b") "  b: {clip: {card: B, for: 1s}, next: \xef\xbd\x82}\n  \xef\xbd\x82"
                  ": {clip: {card: B, for: 1s}, ending: {id: e, title: E}}\n",
        "W613 there is a node or route `b` that looks the same, with other characters that look the same (write both "
        "in the same way)");
    write_text("strings/fr.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n");
    expect("a language that is a pointer",
           HEAD "languages: [en, fr]\nnodes:\n  a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n",
           "E100 this is a pointer of Git LFS, not the file itself (fetch the file with `git lfs pull`)");
    write_text("Run.transcript", "x");
    g_autoptr(GError) error = NULL;
    g_autofree char *run = inside("run.transcript"),
                    *there = g_strconcat("there is `", folder, "/Run.transcript`", NULL);
    ok(!transcript_load(run, &error) && error && strstr(error->message, there), "a transcript in other capitals: %s",
       error ? error->message : "-");
    write_bytes("story.yaml", "version https://git-lfs.github.com/spec/v1\n", 43);
    g_autofree char *path = inside("story.yaml"), *got = first_of(path);
    ok(strstr(got, "is a pointer of Git LFS"), "a story that is a pointer: %s", got);
}

/* ---- which file is meant ------------------------------------------------------------------------------------------- */

static void expect_main(const char *asked, const char *file, const char *advice)
{
    g_autofree char *path = inside(asked), *want = inside(file), *said = NULL, *got = main_file_find(path, &said);
    is_str(got, want, asked);
    is_str(said, advice, "and what to do otherwise");
}

static void link_to(const char *to, const char *name)
{
    g_autofree char *path = inside(name);
    ok(symlink(to, path) == 0, "%s leads to %s", name, to);
}

static void test_main_file(void)
{
    write_text("film/story.yaml", CLIP("a.mkv"));
    write_text("film/other.yaml", CLIP("a.mkv"));
    write_text("film/a.mkv", "x");
    write_text("loose/one.yaml", "x");
    write_text("loose/two.yml", "x");
    write_text("loose/film.mkv", "x");
    write_text("none/film.mkv", "x");
    write_text("repo/.git/annex/objects/k.yaml", CLIP("a.mkv"));
    write_text("repo/a.mkv", "x");
    g_autofree char *links = inside("links");
    g_mkdir(links, 0700);
    link_to("../film/other.yaml", "links/mine.yaml");
    link_to("../film", "links/folder");
    link_to("nowhere.yaml", "links/loose.yaml");
    link_to(".git/annex/objects/k.yaml", "repo/story.yaml");
    expect_main("film/other.yaml", "film/other.yaml", NULL);
    expect_main("film", "film/story.yaml", NULL);
    expect_main("links/folder", "links/folder/story.yaml", NULL);
    expect_main("links/mine.yaml", "film/other.yaml", NULL);
    expect_main("links/loose.yaml", "links/loose.yaml", NULL);
    expect_main("repo", "repo/story.yaml", NULL);
    expect_main("loose", "loose", "name the story's file; in this folder there is `one.yaml`, `two.yml`");
    expect_main("none", "none", "name the story's file");
    expect_main("gone.yaml", "gone.yaml", NULL);
    static const char *const playable[] = {"film", "film/", "links/mine.yaml", "links/folder", "repo"};
    for (size_t i = 0; i < G_N_ELEMENTS(playable); i++) {
        g_autofree char *path = inside(playable[i]), *got = first_of(path);
        is_str(got, "", playable[i]);
    }
    g_autofree char *path = inside("loose"), *got = first_of(path);
    ok(g_str_has_prefix(got, "E505") && strstr(got, "is a folder without a `story.yaml`"), "a folder alone: %s", got);
}

/* ---- shortened texts -------------------------------------------------------------------------------------------- */

static void test_brief(void)
{
    static const struct {
        const char *text, *want;
        size_t max;
    } table[] = {
        {"", "", 5},
        {"short", "short", 5},
        {"one two three", "one two three", 13},
        {"one two three", "one two…", 12},
        {"one two three", "one two…", 8},
        {"one two three", "one…", 7},
        {"one  two", "one…", 6},
        {"a verylongwordindeed", "a verylon…", 10}, /* its blank is too near the beginning */
        {"wordwithoutablank", "wordwit…", 8},
        {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "\xc3\xa4\xc3\xb6…", 3},
        {"\xff\xff\xff\xff", "\xff\xff…", 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *got = brief(table[i].text, table[i].max);
        is_str(got, table[i].want, table[i].text);
    }
    for (size_t size = 4; size < 24;
         size++) { /* each length: whole characters, and a mark where something is missing */
        char to[32];
        brief_copy(to, size, "\xc3\xa4\xe2\x82\xac word \xf0\x9f\x8e\xac end");
        ok(strlen(to) < size && g_utf8_validate(to, -1, NULL) && g_str_has_suffix(to, size >= 20 ? "end" : "…"),
           "%zu bytes: %s", size, to);
    }
}

int main(void)
{
    folder = g_dir_make_tmp("frumious-names-XXXXXX", NULL);
    test_pairs();
    test_paths();
    test_stand_ins();
    test_jpegs();
    test_links();
    write_text("parts.yaml", "nodes: {}\n");
    write_text("strings/DE.yaml", "title: T\n");
    test_messages();
    test_main_file();
    test_brief();
    remove_all(folder);
    g_free(folder);
    return tap_done();
}
