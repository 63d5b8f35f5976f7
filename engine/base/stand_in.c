#include "base/stand_in.h"

#include "base/beneath.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#define HEAD_BYTES 4096

/* The first bytes of a file. */
struct head {
    size_t n;
    char bytes[HEAD_BYTES + 1];
};

/* What is known by how it begins. `n` 0: the length of `begins`. */
static const struct {
    const char *begins;
    size_t n;
    struct stand_in is;
} beginnings[] = {
    {"version https://git-lfs.github.com/spec/",
     0,
     {"a pointer of Git LFS, not the file itself", "fetch the file with `git lfs pull`"}},
    {"version https://hawser.github.com/spec/",
     0,
     {"a pointer of Git LFS, not the file itself", "fetch the file with `git lfs pull`"}},
    {"/annex/objects/", 0, {"a pointer of git-annex, not the file itself", "fetch the file with `git annex get`"}},
    {"\0\5\26\7",
     4,
     {"an AppleDouble file, in which macOS keeps its notes about another file",
      "name the file without `._` in front; this one can be deleted"}},
    {"\0\5\26\0",
     4,
     {"an AppleSingle file, in which macOS has wrapped another file", "unpack it on a Mac, or copy the file again"}},
    {"book\0\0\0\0mark\0\0\0\0", 16, {"an alias of macOS, not the file itself", "put the file itself there"}},
    {"L\0\0\0\1\24\2\0\0\0\0\0\300\0\0\0\0\0\0F",
     20,
     {"a shortcut of Windows, not the file itself", "put the file itself there"}},
    {"[InternetShortcut]", 0, {"a shortcut to a web page", "download the file itself"}},
    {"[Desktop Entry]", 0, {"a shortcut of the desktop, not the file itself", "put the file itself there"}},
    {"IntxLNK\1", 8, {"a link that was made on Windows, not the file itself", "put the file itself there"}},
    {"!<symlink>", 0, {"a link that was made on Windows, not the file itself", "put the file itself there"}},
    {"XSym\n", 0, {"a link that was made on macOS, not the file itself", "put the file itself there"}},
    {"<!doctype html",
     0,
     {"a web page, not the file itself", "download the file again; the page may show why that failed"}},
    {"<html", 0, {"a web page, not the file itself", "download the file again; the page may show why that failed"}},
    {"d8:announce", 0, {"a torrent, not the file itself", "download the file that it leads to"}},
    {"wvpk", 4, {"a sound in WavPack, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {"MAC ", 4, {"a sound in Monkey's Audio, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {"MPCK", 4, {"a sound in Musepack, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {"MP+", 3, {"a sound in Musepack, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {"#!AMR",
     5,
     {"a voice recording in AMR, without a container", "copy it into one: `ffmpeg -i FILE -c copy NEW.mka`"}},
    {"\x7f\xfe\x80\1",
     4,
     {"a sound in DTS, without a container", "copy it into one: `ffmpeg -i FILE -c copy NEW.mka`"}},
    {"TTA1", 4, {"a sound in True Audio, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {"DSD ", 4, {"a sound in DSD, which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {".snd", 4, {"a sound of Sun (AU), which can't be played", "convert it: `ffmpeg -i FILE NEW.flac`"}},
    {".RMF", 4, {"a film in RealMedia, which can't be played", "convert it: `ffmpeg -i FILE -crf 16 NEW.mkv`"}},
    {"\x1f\7\0",
     3,
     {"a stream of a DV camera, without a container", "copy it into one: `ffmpeg -i FILE -c copy NEW.mov`"}},
    {"%PDF-", 5, {"a document (PDF), not a picture", "save its page as PNG"}},
    {"8BPS", 4, {"a file of Photoshop, which can't be shown", "save it as PNG or JPEG"}},
    {"Rar!\x1a\7", 6, {"an archive (RAR), not the file itself", "unpack it"}},
    {"7z\xbc\xaf\x27\x1c", 6, {"an archive (7z), not the file itself", "unpack it"}},
    {"<sami", 0, {"a file of subtitles in SAMI, which can't be shown", "convert them: `ffmpeg -i FILE NEW.srt`"}},
    {"BIKi", 4, {"a film in Bink, which can't be played", "convert it: `ffmpeg -i FILE -crf 16 NEW.mkv`"}},
    {"SMK2", 4, {"a film in Smacker, which can't be played", "convert it: `ffmpeg -i FILE -crf 16 NEW.mkv`"}},
    {"MThd\0\0", 6, {"notes in MIDI, not a sound", "play them and record that, or export them as a sound"}},
    {"YUV4MPEG2 ",
     10,
     {"pictures that are not compressed (YUV4MPEG2)", "encode them: `ffmpeg -i FILE -crf 16 NEW.mkv`"}},
};

static const struct stand_in empty = {"an empty file", "copy or export the file again"};
static const struct stand_in zeros = {"a file of zeros: its place was reserved, but it was never filled",
                                      "copy the file again, or let the cloud folder finish downloading it"};
static const struct stand_in cloud_note = {"a note of a cloud folder, not the file itself",
                                           "download the file itself from there"};
static const struct stand_in heif = {
    "a picture in HEIC or AVIF that can't be read: it is of a kind that this FFmpeg doesn't "
    "know, or damaged",
    "save it as JPEG or PNG; `heif-convert FILE.heic FILE.jpg` does, of the package libheif-examples"};
/* Its pictures have no times of their own. */
static const struct stand_in bare = {"a bare stream of pictures, without a container",
                                     "encode it into one, as copying keeps no times: `ffmpeg -i FILE -crf 16 NEW.mkv`"};
static const struct stand_in moving_webp = {
    "an animated WebP, of which this FFmpeg shows nothing",
    "save it as a film or a GIF; `convert FILE NEW.gif` does, of the package imagemagick"};
static const struct stand_in zip = {"an archive (ZIP), not the file itself", "unpack it"};
static const struct stand_in unfinished = {
    "a film in MP4 or QuickTime without its index (`moov`), which is written last: it was cut off",
    "copy or export it again; for a recording that broke off, there are tools that rebuild the index"};
static const struct stand_in frame_text = {"a file of subtitles that count pictures (MicroDVD), which can't be shown",
                                           "convert them: `ffmpeg -i FILE NEW.srt`"};
static const struct stand_in timed_text = {"a file of subtitles in TTML, which can't be shown",
                                           "save them as SRT or WebVTT in a subtitle editor"};
static const struct stand_in drawing = {"a drawing (SVG), which can't be shown",
                                        "save it as PNG, in the size of the film"};
static const struct stand_in eac3 = {"a sound in E-AC-3, without a container",
                                     "copy it into one: `ffmpeg -i FILE -c copy NEW.mka`"};
static const struct stand_in truehd = {"a sound in TrueHD, without a container",
                                       "copy it into one: `ffmpeg -i FILE -c copy NEW.mka`"};
static const struct stand_in project = {"a project of a video editor, not a film",
                                        "export the film there, and name the file that comes out"};
static const struct stand_in icloud = {"a placeholder of iCloud: the file is still in the cloud",
                                       "download it in Finder, with a click on the cloud beside its name"};
static const struct stand_in partial = {"an unfinished download", "wait until it has finished, or download it again"};
static const struct stand_in annex_link = {"a link of git-annex whose file is not on this machine",
                                           "fetch the file with `git annex get`"};
static const struct stand_in cloud_link = {"a placeholder of a cloud folder of Windows, such as OneDrive's",
                                           "on Windows, choose \"Always keep on this device\" for it"};
static const struct stand_in broken_link = {"a link to a file that is not there", "put the file itself there"};

static bool read_head(const char *path, struct head *h)
{
    struct beneath_file file;
    if (!beneath_open(path, &file))
        return false;
    const ssize_t n = beneath_read(&file, h->bytes, HEAD_BYTES, 0);
    beneath_close(&file);
    h->n = n > 0 ? (size_t)n : 0;
    h->bytes[h->n] = '\0';
    return n >= 0;
}

/* A film begins with other bytes than zeros. */
static bool is_zeros(const struct head *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->bytes[i])
            return false;
    return h->n >= 512;
}

/* Google's `.gdoc` and the like, and what Box and OneDrive leave: JSON with an address. */
static bool is_cloud_note(const struct head *h)
{
    return h->bytes[0] == '{' && h->n < HEAD_BYTES && (strstr(h->bytes, "\"doc_id\"") || strstr(h->bytes, "\"url\""));
}

/* Asked only where FFmpeg, which from version 7.1 on may know them, has failed. */
static bool is_heif(const struct head *h)
{
    static const char *const brands[] = {"heic", "heix", "hevc", "mif1", "avif", "avis"};
    for (size_t i = 0; i < G_N_ELEMENTS(brands) && h->n > 12 && memcmp(h->bytes + 4, "ftyp", 4) == 0; i++)
        if (memcmp(h->bytes + 8, brands[i], 4) == 0)
            return true;
    return false;
}

/* By what such a stream begins with, so that no other file is taken for one. */
static bool is_bare(const struct head *h)
{
    const unsigned char *bytes = (const unsigned char *)h->bytes;
    if (h->n >= 3 && memcmp(bytes, "\x12\0\x0a", 3) == 0) /* AV1: a sequence's header */
        return true;
    size_t n = 0;
    while (n < h->n && !bytes[n])
        n++;
    if (n < 2 || n + 2 >= h->n || bytes[n] != 1)
        return false;
    const int code = bytes[n + 1];
    return code == 0xb3 || code == 0xb0 ||                                        /* MPEG-1 and MPEG-2, MPEG-4 */
           code == 0x09 || code == 0x27 || code == 0x47 || code == 0x67 ||        /* H.264 */
           ((code == 0x40 || code == 0x42 || code == 0x46) && bytes[n + 2] == 1); /* HEVC */
}

/* Asked only where FFmpeg has found no picture in it. */
static bool is_moving_webp(const struct head *h)
{
    return h->n > 20 && memcmp(h->bytes, "RIFF", 4) == 0 && memcmp(h->bytes + 8, "WEBPVP8X", 8) == 0 &&
           (h->bytes[20] & 2);
}

/* AC-3 begins likewise, but its bit stream's number is 10 at most. */
static bool is_eac3(const struct head *h)
{
    return h->n > 5 && memcmp(h->bytes, "\x0b\x77", 2) == 0 && ((unsigned char)h->bytes[5] >> 3) > 10;
}

static bool is_truehd(const struct head *h)
{
    return h->n > 8 && memcmp(h->bytes + 4, "\xf8\x72\x6f\xba", 4) == 0;
}

/* "{1}{25}words" */
static bool is_frame_text(const char *text)
{
    for (int i = 0; i < 2; i++) {
        const size_t n = *text == '{' ? strspn(text + 1, "0123456789") : 0;
        if (n == 0 || text[1 + n] != '}')
            return false;
        text += n + 2;
    }
    return true;
}

/* XML, by its first element. */
static struct stand_in by_element(const char *text)
{
    static const struct {
        const char *element;
        const struct stand_in *is;
    } elements[] = {{"<tt ", &timed_text},  {"<tt:tt ", &timed_text}, {"<svg", &drawing},          {"<mlt ", &project},
                    {"<fcpxml ", &project}, {"<xmeml ", &project},    {"<PremiereData ", &project}};
    for (size_t i = 0; text[0] == '<' && i < G_N_ELEMENTS(elements); i++)
        if (strstr(text, elements[i].element))
            return *elements[i].is;
    return (struct stand_in){0};
}

static struct stand_in by_text(const char *text)
{
    return is_frame_text(text) ? frame_text : by_element(text);
}

/* --- Motion JPEG without a container ------------------------------------------------------------------------------ */

enum { JPEGS = 3, JPEG_BYTES = 16 << 20, JPEG_SEGMENTS = 4096 };

/* The height and width of the JPEG that begins at `at`, as it says them; 0: none begins there. */
static uint32_t jpeg_size(const struct beneath_file *file, int64_t at)
{
    unsigned char s[9];
    at += 2;
    for (int i = 0; i < JPEG_SEGMENTS && beneath_read(file, s, sizeof s, at) == sizeof s && s[0] == 0xff; i++) {
        if (s[1] >= 0xc0 && s[1] <= 0xcf && s[1] != 0xc4 && s[1] != 0xc8 && s[1] != 0xcc)
            return (uint32_t)s[5] << 24 | (uint32_t)s[6] << 16 | (uint32_t)s[7] << 8 | s[8];
        at += s[1] == 0xff ? 1 : 2 + (s[2] << 8 | s[3]); /* 0xff: padding */
    }
    return 0;
}

/* Where the next JPEG begins, right behind another's end, from `at` on; -1: nowhere nearby. */
static int64_t next_jpeg(const struct beneath_file *file, int64_t at)
{
    static const unsigned char join[] = {0xff, 0xd9, 0xff, 0xd8, 0xff};
    enum { CHUNK = 1 << 16 };
    unsigned char data[CHUNK];
    ssize_t n;
    while (at < JPEG_BYTES && (n = beneath_read(file, data, sizeof data, at)) >= (ssize_t)sizeof join) {
        const unsigned char *found = memmem(data, (size_t)n, join, sizeof join);
        if (found)
            return at + (found - data) + 2;
        at += n - (ssize_t)sizeof join + 1; /* it may lie across two chunks */
    }
    return -1;
}

bool stand_in_is_jpegs(const struct beneath_file *file)
{
    const uint32_t size = jpeg_size(file, 0);
    unsigned char begins[3];
    int64_t at = 0;
    if (size == 0 || beneath_read(file, begins, 3, 0) != 3 || memcmp(begins, "\xff\xd8\xff", 3) != 0)
        return false;
    for (int i = 1; i < JPEGS; i++)
        if ((at = next_jpeg(file, at + 2)) < 0 || jpeg_size(file, at) != size)
            return false;
    return true;
}

/* --- what it is --------------------------------------------------------------------------------------------------- */

static bool holds_jpegs(const char *path)
{
    struct beneath_file file;
    if (!beneath_open(path, &file))
        return false;
    const bool holds = stand_in_is_jpegs(&file);
    beneath_close(&file);
    return holds;
}

static struct stand_in by_bytes(const struct head *h)
{
    const char *text = h->bytes;
    if (h->n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (g_ascii_isspace(*text))
        text++;
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        const size_t n = beginnings[i].n;
        if (n ? h->n >= n && memcmp(h->bytes, beginnings[i].begins, n) == 0
              : g_ascii_strncasecmp(text, beginnings[i].begins, strlen(beginnings[i].begins)) == 0)
            return beginnings[i].is;
    }
    if (is_zeros(h))
        return zeros;
    if (is_heif(h))
        return heif;
    if (is_bare(h))
        return bare;
    if (is_moving_webp(h))
        return moving_webp;
    if (is_eac3(h) || is_truehd(h))
        return is_eac3(h) ? eac3 : truehd;
    return is_cloud_note(h) ? cloud_note : by_text(text);
}

/* ---- films that were never finished ------------------------------------------------------------------------------- */

enum { BOXES_MAX = 64 };

struct box {
    char type[4];
    int64_t end;
};

/* The box of an MP4 or QuickTime file that begins there. False: none does. */
static bool read_box(const struct beneath_file *file, int64_t at, struct box *box)
{
    unsigned char b[16];
    const ssize_t n = beneath_read(file, b, sizeof b, at);
    if (n < 8 || !g_ascii_isprint(b[4]) || !g_ascii_isprint(b[7]))
        return false;
    uint64_t size = (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
    memcpy(box->type, b + 4, sizeof box->type);
    if (size == 1 && n == sizeof b)
        for (int i = 8; i < 16; i++)
            size = size << 8 | b[i];
    if (size == 0)
        size = INT64_MAX; /* up to the file's end */
    box->end = size > (uint64_t)(INT64_MAX - at) ? INT64_MAX : at + (int64_t)size;
    return size >= 8;
}

/* Its boxes can be followed to where it ends, and none of them is the index, or not all of it is there. */
static bool lacks_index(const char *path)
{
    static const char *const first[] = {"ftyp", "mdat", "wide", "free", "skip"};
    struct beneath_file file;
    struct box box = {.end = 0};
    bool known = false, whole = false;
    if (!beneath_open(path, &file))
        return false;
    const int64_t size = file.stat.st_size;
    for (int i = 0; i < BOXES_MAX && !whole && box.end < size && read_box(&file, box.end, &box); i++) {
        for (size_t k = 0; i == 0 && k < G_N_ELEMENTS(first); k++)
            known = known || memcmp(box.type, first[k], sizeof box.type) == 0;
        whole = memcmp(box.type, "moov", sizeof box.type) == 0 && box.end <= size;
    }
    beneath_close(&file);
    return known && !whole && box.end >= size;
}

/* What a link says that leads nowhere. */
static struct stand_in by_link(const char *path)
{
    g_autofree char *to = g_file_read_link(path, NULL);
    if (!to)
        return (struct stand_in){0};
    if (strstr(to, ".git/annex/objects/"))
        return annex_link;
    return g_str_has_prefix(to, "unsupported reparse") ? cloud_link : broken_link;
}

/* Files that programs leave beside the place of the one that is not there yet. */
static struct stand_in by_neighbour(const char *path)
{
    static const struct {
        const char *before, *after;
        const struct stand_in *is;
    } neighbours[] = {{".", ".icloud", &icloud},    {"", ".part", &partial},    {"", ".crdownload", &partial},
                      {"", ".download", &partial},  {"", ".partial", &partial}, {"", ".opdownload", &partial},
                      {".", ".partial~", &partial}, {"", ".!ut", &partial},     {"", ".aria2", &partial},
                      {"", ".filepart", &partial}};
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    for (size_t i = 0; i < G_N_ELEMENTS(neighbours); i++) {
        g_autofree char *file = g_strconcat(neighbours[i].before, name, neighbours[i].after, NULL);
        g_autofree char *full = g_build_filename(folder, file, NULL);
        if (g_file_test(full, G_FILE_TEST_IS_REGULAR))
            return *neighbours[i].is;
    }
    return (struct stand_in){0};
}

struct stand_in stand_in_at(const char *path)
{
    struct beneath_file file;
    struct head head;
    if (!beneath_look(path, &file))
        return by_link(path).what ? by_link(path) : by_neighbour(path);
    if (!S_ISREG(file.stat.st_mode))
        return (struct stand_in){0};
    if (file.stat.st_size == 0)
        return by_neighbour(path).what ? by_neighbour(path) : empty;
    if (!read_head(path, &head))
        return (struct stand_in){0};
    const struct stand_in is = holds_jpegs(path) ? bare : by_bytes(&head);
    assert(!is.what == !is.remedy);
    return is.what ? is : by_neighbour(path);
}

/* In a story's place it is a pack, and whoever reads packs knows what is wrong with it. */
static bool is_zip(const char *path)
{
    static const char begins[] = {'P', 'K', 3, 4};
    struct head head;
    return read_head(path, &head) && head.n >= sizeof begins && memcmp(head.bytes, begins, sizeof begins) == 0;
}

struct stand_in stand_in_for_film(const char *path)
{
    const struct stand_in is = stand_in_at(path);
    if (is.what)
        return is;
    return is_zip(path) ? zip : lacks_index(path) ? unfinished : is;
}
