#include "media/file_end.h"

#include <glib.h>
#include <libavutil/avstring.h>
#include <libavutil/intfloat.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#include "base/beneath.h"

enum {
    HEAD = 4096,
    TAIL = 128 << 10, /* more than the largest page of Ogg and most packets of sound */
    SLACK = 16,       /* lengths may count a filling byte, or not */
};

/* Zeros behind what the file has. */
struct ends {
    const struct beneath_file *file;
    int64_t size;
    uint8_t head[HEAD], tail[TAIL];
    size_t head_n, tail_n;
};

static size_t read_at(const struct beneath_file *file, uint8_t *to, size_t n, int64_t at)
{
    const ssize_t got = beneath_read(file, to, n, at);
    return got > 0 ? (size_t)got : 0;
}

/* `told`: how long the file is; 0 and the greatest number mean that its writer did not know. */
static enum file_end end_by_length(const struct ends *e, uint64_t told)
{
    if (told == 0 || told >= INT64_MAX)
        return FILE_END_UNTOLD;
    return (int64_t)told > e->size + SLACK ? FILE_END_MISSING : FILE_END_THERE;
}

/* The same with a number of 32 bits that counts what is behind itself. */
static enum file_end end_by_chunk(const struct ends *e, uint32_t told)
{
    return end_by_length(e, told == 0 || told >= UINT32_MAX - SLACK ? 0 : (uint64_t)told + 8);
}

static enum file_end missing_if(bool missing)
{
    return missing ? FILE_END_MISSING : FILE_END_THERE;
}

/* What lies in the tail is whole; that says nothing of what may have lain behind it. */
static enum file_end untold_unless(bool missing)
{
    return missing ? FILE_END_MISSING : FILE_END_UNTOLD;
}

/* --- formats that tell their length ------------------------------------------------------------------------------- */

/* Reads an EBML number of up to 8 bytes at data[*at], and passes it. With `mark`, the bits that give its length count,
 * as they do in an ID. UINT64_MAX: it is unknown, or not there (RFC 8794, sections 4 to 6). */
static uint64_t ebml_number(const uint8_t *data, size_t size, size_t *at, bool mark)
{
    if (*at >= size || data[*at] == 0)
        return UINT64_MAX;
    const int more = __builtin_clz((unsigned)data[*at]) - 24;
    uint64_t n = mark ? data[*at] : data[*at] & (0x7fU >> more);
    bool ones = (n & (0x7fU >> more)) == (0x7fU >> more);
    if (*at + (size_t)more >= size)
        return UINT64_MAX;
    for (int i = 0; i < more; i++) {
        n = n << 8 | data[++*at];
        ones = ones && data[*at] == 0xff;
    }
    ++*at;
    return ones && !mark ? UINT64_MAX : n;
}

/* Matroska's first two elements are its header and the segment that holds everything else (RFC 9559, section 4.5). */
static enum file_end matroska_end(const struct ends *e)
{
    enum { SEGMENT = 0x18538067 };
    size_t at = 0;
    ebml_number(e->head, e->head_n, &at, true);
    const uint64_t header = ebml_number(e->head, e->head_n, &at, false);
    if (header >= e->head_n - at)
        return FILE_END_UNTOLD;
    at += header;
    const bool segment = ebml_number(e->head, e->head_n, &at, true) == SEGMENT;
    const uint64_t length = ebml_number(e->head, e->head_n, &at, false);
    return segment && length != UINT64_MAX ? missing_if(length > (uint64_t)e->size - at) : FILE_END_UNTOLD;
}

/* AVI of more than a gigabyte goes on in further chunks. */
static enum file_end riff_end(const struct ends *e)
{
    return memcmp(e->head, "RIFF", 4) == 0 ? end_by_chunk(e, AV_RL32(e->head + 4)) : FILE_END_UNTOLD;
}

static enum file_end w64_end(const struct ends *e)
{
    return end_by_length(e, AV_RL64(e->head + 16));
}

static enum file_end aiff_end(const struct ends *e)
{
    return end_by_chunk(e, AV_RB32(e->head + 4));
}

/* The object of the file's properties lies in the header: its name, its length, the file's name, the file's length. A
 * broadcast has no length. */
static enum file_end asf_end(const struct ends *e)
{
    static const uint8_t name[16] = {0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11,
                                     0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65};
    enum { LENGTH = 40, FLAGS = 88, BROADCAST = 1, ALL = 104 };
    const uint8_t *at = memmem(e->head, e->head_n, name, sizeof name);
    if (!at || at + ALL > e->head + e->head_n || AV_RL32(at + FLAGS) & BROADCAST)
        return FILE_END_UNTOLD;
    return end_by_length(e, AV_RL64(at + LENGTH));
}

/* The first partition says where the last one lies; 0: it is not known (SMPTE 377-1, 7.1). */
static enum file_end mxf_end(const struct ends *e)
{
    enum { FOOTER = 24, BER_4 = 0x83 };
    const int pack = e->head[16] == BER_4 ? 20 : 17 + (e->head[16] > 0x80 ? e->head[16] - 0x80 : 0);
    return end_by_length(e, AV_RB64(e->head + pack + FOOTER));
}

/* Bytes from the frame with the Xing header on, where it tells them. A tag ID3 lies before it. */
static enum file_end mp3_end(const struct ends *e)
{
    enum { FRAMES = 1, BYTES = 2, SEARCH = 64 };
    const uint8_t *h = e->head;
    const int64_t tag = memcmp(h, "ID3", 3) == 0 ? 10 + ((int64_t)h[6] << 21 | h[7] << 14 | h[8] << 7 | h[9]) : 0;
    uint8_t frame[SEARCH + 20] = {0};
    if (beneath_read(e->file, frame, sizeof frame, tag) < (ssize_t)sizeof frame)
        return FILE_END_UNTOLD;
    const uint8_t *at = memmem(frame, SEARCH, "Xing", 4);
    if (!at && !(at = memmem(frame, SEARCH, "Info", 4)))
        return FILE_END_UNTOLD;
    const uint32_t flags = AV_RB32(at + 4);
    const uint32_t bytes = flags & BYTES ? AV_RB32(at + (flags & FRAMES ? 12 : 8)) : 0;
    return end_by_length(e, bytes > 0 ? (uint64_t)tag + bytes : 0);
}

/* --- formats that end in a way of their own ----------------------------------------------------------------------- */

/* A number of the first tag, which the writer leaves out or at 0 if it does not know. */
static double flv_number(const struct ends *e, const char *name)
{
    const uint8_t *at = memmem(e->head, e->head_n, name, strlen(name));
    const uint8_t *value = at ? at + strlen(name) : NULL;
    return value && value + 9 <= e->head + e->head_n && *value == 0 ? av_int2double(AV_RB64(value + 1)) : 0;
}

/* Behind each tag stands how long it is. */
static enum file_end flv_end(const struct ends *e)
{
    enum { HEADER = 13, TAG = 11 };
    if (e->size <= HEADER || e->tail_n < 4)
        return FILE_END_UNTOLD;
    const uint32_t length = AV_RB32(e->tail + e->tail_n - 4);
    uint8_t tag[TAG] = {0};
    const int64_t at = e->size - 4 - (int64_t)length;
    if (length < TAG || at < HEADER - 4 || beneath_read(e->file, tag, TAG, at) != TAG)
        return FILE_END_MISSING;
    if ((uint32_t)AV_RB24(tag + 1) + TAG != length)
        return FILE_END_MISSING;
    const double bytes = flv_number(e, "filesize");
    return end_by_length(e, bytes > 0 && bytes < (double)INT64_MAX ? (uint64_t)bytes : 0);
}

/* The last page is whole, and ends its stream. */
static enum file_end ogg_end(const struct ends *e)
{
    enum { HEADER = 27, FLAGS = 5, SEGMENTS = 26, LAST = 4 };
    for (size_t at = e->tail_n; at-- > 0;) {
        const uint8_t *page = e->tail + at;
        if (e->tail_n - at < 4 || memcmp(page, "OggS", 4) != 0)
            continue;
        size_t end = at + HEADER;
        if (e->tail_n < end || e->tail_n < end + page[SEGMENTS])
            return FILE_END_MISSING;
        for (int i = 0; i < page[SEGMENTS]; i++)
            end += page[HEADER + i];
        return missing_if(end + page[SEGMENTS] > e->tail_n || !(page[FLAGS] & LAST));
    }
    return FILE_END_UNTOLD;
}

/* A number of up to 36 bits, as long as the ones it begins with say (as in UTF-8); UINT64_MAX: none. */
static uint64_t flac_number(const uint8_t *p, size_t n)
{
    const int ones = __builtin_clz(~((unsigned)p[0] << 24) | 1);
    uint64_t value = p[0] & (0x7f >> ones);
    if (ones == 1 || ones > 7 || (size_t)MAX(ones, 1) > n)
        return UINT64_MAX;
    for (int i = 1; i < ones; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return UINT64_MAX;
        value = value << 6 | (p[i] & 0x3f);
    }
    return value;
}

/* The header says how many samples there are, and each frame which they are. All but the last frame have the same length. */
static enum file_end flac_end(const struct ends *e)
{
    enum { INFO = 8, SYNC = 0xfff8, STRICT = 0xfffe, VARIABLE = 1, NUMBER = 4, SHORTEST = 8 };
    const uint8_t *info = e->head + INFO;
    const uint64_t told = AV_RB64(info + 10) & UINT64_C(0xfffffffff), block = AV_RB16(info + 2);
    if (memcmp(e->head, "fLaC", 4) != 0 || told == 0 || block == 0)
        return FILE_END_UNTOLD;
    for (size_t at = e->tail_n > SHORTEST ? e->tail_n - SHORTEST : 0; at-- > 0;) {
        const uint32_t sync = AV_RB16(e->tail + at);
        const uint64_t n =
            (sync & STRICT) == SYNC ? flac_number(e->tail + at + NUMBER, e->tail_n - at - NUMBER) : UINT64_MAX;
        const uint64_t from = n == UINT64_MAX ? n : sync & VARIABLE ? n : n * block;
        if (from < told) /* else these bytes are no frame's beginning */
            return missing_if(from + block < told);
    }
    return FILE_END_UNTOLD;
}

static enum file_end gif_end(const struct ends *e)
{
    size_t n = e->tail_n;
    while (n > 0 && e->tail[n - 1] == 0)
        n--;
    return missing_if(n == 0 || e->tail[n - 1] != ';');
}

static enum file_end png_end(const struct ends *e)
{
    return missing_if(!memmem(e->tail, e->tail_n, "IEND", 4));
}

/* Fragments may follow one another without end, but a list of them may be the last box (ISO/IEC 14496-12, 8.8.11). Without fragments, the
 * tables in the header tell everything. */
static enum file_end mp4_end(const struct ends *e)
{
    enum { BOXES = 16, LIST_END = 16 };
    int64_t at = 0;
    uint8_t box[16];
    for (int i = 0; i < BOXES && beneath_read(e->file, box, sizeof box, at) == sizeof box; i++) {
        const uint64_t length = AV_RB32(box) == 1 ? AV_RB64(box + 8) : AV_RB32(box);
        if (memcmp(box + 4, "moof", 4) == 0)
            return beneath_read(e->file, box, LIST_END, e->size - LIST_END) == LIST_END &&
                           memcmp(box + 4, "mfro", 4) == 0
                       ? FILE_END_THERE
                       : FILE_END_UNTOLD;
        if (length < 8 || length > (uint64_t)(e->size - at))
            break;
        at += (int64_t)length;
    }
    return FILE_END_THERE;
}

/* An index ends the file, and its own length ends the index; a writer into a pipe may leave it out. */
static enum file_end nut_end(const struct ends *e)
{
    enum { BEHIND = 12 };
    static const uint8_t mark[] = {'N', 'X', 0xdd, 0x67, 0x2f, 0x23, 0xe6, 0x4e};
    const uint64_t length = e->tail_n >= BEHIND ? AV_RB64(e->tail + e->tail_n - BEHIND) : 0;
    uint8_t at[sizeof mark];
    const bool there = length > BEHIND && length <= (uint64_t)e->size &&
                       beneath_read(e->file, at, sizeof at, e->size - (int64_t)length) == sizeof at &&
                       memcmp(at, mark, sizeof mark) == 0;
    return there ? FILE_END_THERE : FILE_END_UNTOLD;
}

/* --- formats of packets that tell their own length ---------------------------------------------------------------- */

enum { TS_MARK = 0x47, TS_PACKET = 188, TS_PIDS = 1 << 13 };

/* Packets of one size, each with a mark at the same place; the file may begin in the middle of one. Returns the size, 0: none is
 * seen. *first: where the first mark stands. */
static int ts_layout(const struct ends *e, int *first)
{
    static const int sizes[] = {TS_PACKET, 192, 204};
    enum { CONFIRMED = 4 };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (*first = 0; *first < sizes[i] && (size_t)(*first + CONFIRMED * sizes[i]) < e->head_n; ++*first) {
            int n = 0;
            while (n < CONFIRMED && e->head[*first + n * sizes[i]] == TS_MARK)
                n++;
            if (n == CONFIRMED)
                return sizes[i];
        }
    return 0;
}

/* How much of a longer packet is still to come once this one is read; `before`: what was to come before it. Most pictures do not
 * tell their length. (ISO/IEC 13818-1, 2.4.3) */
static int ts_to_come(const uint8_t packet[TS_PACKET], int before)
{
    enum { BEGINS = 0x40, HAS_FIELD = 0x20, HAS_PAYLOAD = 0x10, LENGTH = 4, BEHIND = 6 };
    const int from = 4 + (packet[3] & HAS_FIELD ? 1 + packet[4] : 0), n = TS_PACKET - from;
    if (!(packet[3] & HAS_PAYLOAD) || n <= 0)
        return before;
    if (!(packet[1] & BEGINS))
        return MAX(before - n, 0);
    const uint8_t *p = packet + from;
    const int told = n >= BEHIND && AV_RB24(p) == 1 ? AV_RB16(p + LENGTH) : 0;
    return told > 0 ? MAX(told + BEHIND - n, 0) : 0;
}

static enum file_end ts_end(const struct ends *e)
{
    enum { PID = 0x1fff };
    int first = 0, to_come[TS_PIDS] = {0};
    const int size = ts_layout(e, &first);
    if (size == 0)
        return FILE_END_UNTOLD;
    const int64_t tail = e->size - (int64_t)e->tail_n, lead = size == 192 ? 4 : 0; /* in front of the mark */
    int64_t at = tail <= first ? first : first + (tail - first + size - 1) / size * size;
    for (; at + TS_PACKET <= e->size; at += size) {
        const uint8_t *packet = e->tail + (at - tail);
        if (packet[0] == TS_MARK)
            to_come[AV_RB16(packet + 1) & PID] = ts_to_come(packet, to_come[AV_RB16(packet + 1) & PID]);
    }
    for (int i = 0; i < TS_PIDS; i++)
        if (to_come[i] > 0)
            return FILE_END_MISSING;
    return untold_unless(at - lead < e->size);
}

/* How long what begins at `p` is: a pack's header, or a packet (ISO/IEC 13818-1, 2.5.3); 0: it is neither. */
static size_t ps_length(const uint8_t *p, size_t n)
{
    enum { PACK = 0xba, END = 0xb9, MPEG1_PACK = 12, MPEG2_PACK = 14 };
    if (n < 6 || p[0] != 0 || p[1] != 0 || p[2] != 1 || p[3] < END)
        return 0;
    if (p[3] == END)
        return 4;
    if (p[3] != PACK)
        return 6 + (size_t)AV_RB16(p + 4);
    return p[4] >> 6 != 1 ? MPEG1_PACK : n < MPEG2_PACK ? MPEG2_PACK : MPEG2_PACK + (p[13] & 7U);
}

/* From the last pack on, one packet follows another. */
static enum file_end ps_end(const struct ends *e)
{
    static const uint8_t end[] = {0, 0, 1, 0xb9};
    size_t at = e->tail_n, length = 0;
    while (at > 0 && (e->tail_n - at < 4 || AV_RB32(e->tail + at) != 0x1ba))
        at--;
    for (; at < e->tail_n && (length = ps_length(e->tail + at, e->tail_n - at)) > 0; at += length)
        if (length > e->tail_n - at)
            return FILE_END_MISSING;
    const bool ended = e->tail_n >= sizeof end && memcmp(e->tail + e->tail_n - sizeof end, end, sizeof end) == 0;
    return ended ? FILE_END_THERE : FILE_END_UNTOLD;
}

/* A frame of AAC with a header of its own; 0: it is none. */
static size_t adts_length(const uint8_t *p, size_t n)
{
    enum { HEADER = 7 };
    const bool frame = n >= HEADER && p[0] == 0xff && (p[1] & 0xf6) == 0xf0;
    const size_t length = frame ? (p[3] & 3U) << 11 | (size_t)p[4] << 3 | p[5] >> 5 : 0;
    return length >= HEADER ? length : 0;
}

/* From the first frame in the tail on that others follow. A tag of another kind may end the file. */
static enum file_end adts_end(const struct ends *e)
{
    enum { CONFIRMED = 4 };
    for (size_t from = 0; from < e->tail_n; from++) {
        size_t at = from, length = 0;
        int n = 0;
        for (; (length = adts_length(e->tail + at, e->tail_n - at)) > 0 && length <= e->tail_n - at; n++)
            at += length;
        if (n >= CONFIRMED)
            return untold_unless(length > 0 || (at < e->tail_n && e->tail[at] == 0xff));
    }
    return FILE_END_UNTOLD;
}

/* One frame after another, each with its length in front. Many are not followed, because each is another read. */
static enum file_end ivf_end(const struct ends *e)
{
    enum { HEADER = 6, FRAMES = 24, FRAME = 12, FRAMES_MAX = 5000 };
    const uint32_t told = AV_RL32(e->head + FRAMES);
    int64_t at = AV_RL16(e->head + HEADER);
    uint8_t frame[FRAME];
    int n = 0;
    for (; n < FRAMES_MAX && at < e->size; n++) {
        if (beneath_read(e->file, frame, FRAME, at) < FRAME)
            return FILE_END_MISSING;
        at += FRAME + (int64_t)AV_RL32(frame);
    }
    if (at > e->size)
        return FILE_END_MISSING;
    return told > 0 && at == e->size && n >= (int64_t)told ? FILE_END_THERE : FILE_END_UNTOLD;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *format;                          /* FFmpeg's name */
    enum file_end (*find)(const struct ends *e); /* NULL: nothing tells it */
    bool wants_tail;
} formats[] = {
    {"matroska", matroska_end, false},
    {"avi", riff_end, false},
    {"wav", riff_end, false},
    {"w64", w64_end, false},
    {"aiff", aiff_end, false},
    {"asf", asf_end, false},
    {"mxf", mxf_end, false},
    {"mp3", mp3_end, false},
    {"flv", flv_end, true},
    {"ogg", ogg_end, true},
    {"flac", flac_end, true},
    {"gif", gif_end, true},
    {"apng", png_end, true},
    {"png_pipe", png_end, true},
    {"mpegts", ts_end, true},
    {"mpeg", ps_end, true},
    {"aac", adts_end, true},
    {"ivf", ivf_end, false},
    {"nut", nut_end, true},
    {"mov", mp4_end, false},
    {"ac3", NULL, false},
};

enum file_end file_end_find(const struct beneath_file *file, const char *format)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (!av_match_name(formats[i].format, format))
            continue;
        if (!formats[i].find)
            return FILE_END_UNTOLD;
        struct ends *e = g_new0(struct ends, 1);
        e->file = file;
        e->size = file->stat.st_size;
        e->head_n = read_at(file, e->head, sizeof e->head, 0);
        if (formats[i].wants_tail) /* it may lie far away on a slow disk */
            e->tail_n = read_at(file, e->tail, sizeof e->tail, MAX(e->size - TAIL, 0));
        const enum file_end end = e->head_n > 0 ? formats[i].find(e) : FILE_END_UNTOLD;
        g_free(e);
        return end;
    }
    return FILE_END_THERE;
}
