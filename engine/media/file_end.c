#include "media/file_end.h"

#include <glib.h>
#include <libavutil/avstring.h>
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
static bool is_shorter(const struct ends *e, uint64_t told)
{
    return told > 0 && told < INT64_MAX && (int64_t)told > e->size + SLACK;
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
static bool matroska_is_cut(const struct ends *e)
{
    enum { SEGMENT = 0x18538067 };
    size_t at = 0;
    ebml_number(e->head, e->head_n, &at, true);
    const uint64_t header = ebml_number(e->head, e->head_n, &at, false);
    if (header >= e->head_n - at)
        return false;
    at += header;
    const bool segment = ebml_number(e->head, e->head_n, &at, true) == SEGMENT;
    const uint64_t length = ebml_number(e->head, e->head_n, &at, false);
    return segment && length != UINT64_MAX && length > (uint64_t)e->size - at;
}

/* AVI of more than a gigabyte goes on in further chunks. */
static bool riff_is_cut(const struct ends *e)
{
    const uint32_t told = AV_RL32(e->head + 4);
    return memcmp(e->head, "RIFF", 4) == 0 && told > 0 && told < UINT32_MAX - SLACK &&
           is_shorter(e, (uint64_t)told + 8);
}

static bool w64_is_cut(const struct ends *e)
{
    return is_shorter(e, AV_RL64(e->head + 16));
}

static bool aiff_is_cut(const struct ends *e)
{
    const uint32_t told = AV_RB32(e->head + 4);
    return told > 0 && told < UINT32_MAX - SLACK && is_shorter(e, (uint64_t)told + 8);
}

/* The object of the file's properties lies in the header: its name, its length, the file's name, the file's length. A
 * broadcast has no length. */
static bool asf_is_cut(const struct ends *e)
{
    static const uint8_t name[16] = {0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11,
                                     0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65};
    enum { LENGTH = 40, FLAGS = 88, BROADCAST = 1, ALL = 104 };
    const uint8_t *at = memmem(e->head, e->head_n, name, sizeof name);
    if (!at || at + ALL > e->head + e->head_n || AV_RL32(at + FLAGS) & BROADCAST)
        return false;
    return is_shorter(e, AV_RL64(at + LENGTH));
}

/* The first partition says where the last one lies; 0: it is not known (SMPTE 377-1, 7.1). */
static bool mxf_is_cut(const struct ends *e)
{
    enum { FOOTER = 24, BER_4 = 0x83 };
    const int pack = e->head[16] == BER_4 ? 20 : 17 + (e->head[16] > 0x80 ? e->head[16] - 0x80 : 0);
    return is_shorter(e, AV_RB64(e->head + pack + FOOTER));
}

/* Bytes from the frame with the Xing header on, where it tells them. A tag ID3 lies before it. */
static bool mp3_is_cut(const struct ends *e)
{
    enum { FRAMES = 1, BYTES = 2, SEARCH = 64 };
    const uint8_t *h = e->head;
    const int64_t tag = memcmp(h, "ID3", 3) == 0 ? 10 + ((int64_t)h[6] << 21 | h[7] << 14 | h[8] << 7 | h[9]) : 0;
    uint8_t frame[SEARCH + 20] = {0};
    if (beneath_read(e->file, frame, sizeof frame, tag) < (ssize_t)sizeof frame)
        return false;
    const uint8_t *at = memmem(frame, SEARCH, "Xing", 4);
    if (!at && !(at = memmem(frame, SEARCH, "Info", 4)))
        return false;
    const uint32_t flags = AV_RB32(at + 4);
    if (!(flags & BYTES))
        return false;
    const uint32_t bytes = AV_RB32(at + (flags & FRAMES ? 12 : 8));
    return bytes > 0 && is_shorter(e, (uint64_t)tag + bytes);
}

/* --- formats that end in a way of their own ----------------------------------------------------------------------- */

/* Behind each tag stands how long it is. */
static bool flv_is_cut(const struct ends *e)
{
    enum { HEADER = 13, TAG = 11 };
    if (e->size <= HEADER || e->tail_n < 4)
        return false;
    const uint32_t length = AV_RB32(e->tail + e->tail_n - 4);
    uint8_t tag[TAG] = {0};
    const int64_t at = e->size - 4 - (int64_t)length;
    if (length < TAG || at < HEADER - 4 || beneath_read(e->file, tag, TAG, at) != TAG)
        return true;
    return (uint32_t)AV_RB24(tag + 1) + TAG != length;
}

/* The last page is whole, and ends its stream. */
static bool ogg_is_cut(const struct ends *e)
{
    enum { HEADER = 27, FLAGS = 5, SEGMENTS = 26, LAST = 4 };
    for (size_t at = e->tail_n; at-- > 0;) {
        const uint8_t *page = e->tail + at;
        if (e->tail_n - at < 4 || memcmp(page, "OggS", 4) != 0)
            continue;
        size_t end = at + HEADER;
        if (e->tail_n < end || e->tail_n < end + page[SEGMENTS])
            return true;
        for (int i = 0; i < page[SEGMENTS]; i++)
            end += page[HEADER + i];
        return end + page[SEGMENTS] > e->tail_n || !(page[FLAGS] & LAST);
    }
    return false;
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
static bool flac_is_cut(const struct ends *e)
{
    enum { INFO = 8, SYNC = 0xfff8, STRICT = 0xfffe, VARIABLE = 1, NUMBER = 4, SHORTEST = 8 };
    const uint8_t *info = e->head + INFO;
    const uint64_t told = AV_RB64(info + 10) & UINT64_C(0xfffffffff), block = AV_RB16(info + 2);
    if (memcmp(e->head, "fLaC", 4) != 0 || told == 0 || block == 0)
        return false;
    for (size_t at = e->tail_n > SHORTEST ? e->tail_n - SHORTEST : 0; at-- > 0;) {
        const uint32_t sync = AV_RB16(e->tail + at);
        const uint64_t n =
            (sync & STRICT) == SYNC ? flac_number(e->tail + at + NUMBER, e->tail_n - at - NUMBER) : UINT64_MAX;
        const uint64_t from = n == UINT64_MAX ? n : sync & VARIABLE ? n : n * block;
        if (from < told) /* else these bytes are no frame's beginning */
            return from + block < told;
    }
    return false;
}

static bool gif_is_cut(const struct ends *e)
{
    size_t n = e->tail_n;
    while (n > 0 && e->tail[n - 1] == 0)
        n--;
    return n == 0 || e->tail[n - 1] != ';';
}

static bool png_is_cut(const struct ends *e)
{
    return !memmem(e->tail, e->tail_n, "IEND", 4);
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

static bool ts_is_cut(const struct ends *e)
{
    enum { PID = 0x1fff };
    int first = 0, to_come[TS_PIDS] = {0};
    const int size = ts_layout(e, &first);
    if (size == 0)
        return false;
    const int64_t tail = e->size - (int64_t)e->tail_n, lead = size == 192 ? 4 : 0; /* in front of the mark */
    int64_t at = tail <= first ? first : first + (tail - first + size - 1) / size * size;
    for (; at + TS_PACKET <= e->size; at += size) {
        const uint8_t *packet = e->tail + (at - tail);
        if (packet[0] == TS_MARK)
            to_come[AV_RB16(packet + 1) & PID] = ts_to_come(packet, to_come[AV_RB16(packet + 1) & PID]);
    }
    for (int i = 0; i < TS_PIDS; i++)
        if (to_come[i] > 0)
            return true;
    return at - lead < e->size;
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
static bool ps_is_cut(const struct ends *e)
{
    size_t at = e->tail_n, length = 0;
    while (at > 0 && (e->tail_n - at < 4 || AV_RB32(e->tail + at) != 0x1ba))
        at--;
    for (; at < e->tail_n && (length = ps_length(e->tail + at, e->tail_n - at)) > 0; at += length)
        if (length > e->tail_n - at)
            return true;
    return false;
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
static bool adts_is_cut(const struct ends *e)
{
    enum { CONFIRMED = 4 };
    for (size_t from = 0; from < e->tail_n; from++) {
        size_t at = from, length = 0;
        int n = 0;
        for (; (length = adts_length(e->tail + at, e->tail_n - at)) > 0 && length <= e->tail_n - at; n++)
            at += length;
        if (n >= CONFIRMED)
            return length > 0 || (at < e->tail_n && e->tail[at] == 0xff);
    }
    return false;
}

/* One frame after another, each with its length in front. Many are not followed, because each is another read. */
static bool ivf_is_cut(const struct ends *e)
{
    enum { HEADER = 6, FRAME = 12, FRAMES_MAX = 5000 };
    int64_t at = AV_RL16(e->head + HEADER);
    uint8_t frame[FRAME];
    for (int i = 0; i < FRAMES_MAX && at < e->size; i++) {
        if (beneath_read(e->file, frame, FRAME, at) < FRAME)
            return true;
        at += FRAME + (int64_t)AV_RL32(frame);
    }
    return at > e->size;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *format; /* FFmpeg's name */
    bool (*is_cut)(const struct ends *e);
    bool wants_tail;
} formats[] = {
    {"matroska", matroska_is_cut, false},
    {"avi", riff_is_cut, false},
    {"wav", riff_is_cut, false},
    {"w64", w64_is_cut, false},
    {"aiff", aiff_is_cut, false},
    {"asf", asf_is_cut, false},
    {"mxf", mxf_is_cut, false},
    {"mp3", mp3_is_cut, false},
    {"flv", flv_is_cut, true},
    {"ogg", ogg_is_cut, true},
    {"flac", flac_is_cut, true},
    {"gif", gif_is_cut, true},
    {"apng", png_is_cut, true},
    {"png_pipe", png_is_cut, true},
    {"mpegts", ts_is_cut, true},
    {"mpeg", ps_is_cut, true},
    {"aac", adts_is_cut, true},
    {"ivf", ivf_is_cut, false},
};

bool file_end_is_missing(const struct beneath_file *file, const char *format)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (!av_match_name(formats[i].format, format))
            continue;
        struct ends *e = g_new0(struct ends, 1);
        e->file = file;
        e->size = file->stat.st_size;
        e->head_n = read_at(file, e->head, sizeof e->head, 0);
        if (formats[i].wants_tail) /* it may lie far away on a slow disk */
            e->tail_n = read_at(file, e->tail, sizeof e->tail, MAX(e->size - TAIL, 0));
        const bool cut = e->head_n > 0 && formats[i].is_cut(e);
        g_free(e);
        return cut;
    }
    return false;
}
