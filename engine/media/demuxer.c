#include "media/demuxer.h"

#include "base/beneath.h"
#include "base/stand_in.h"

#include <assert.h>
#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "media/file_end.h"
#include "media/media_limits.h"
#include "media/packet_clock.h"
#include "media/still_png.h"
#include "media/still_size.h"
#include "media/stream_facts.h"

enum { IO_BUFFER = 32 << 10, PIECE = 128, MARK_MAX = 8, MAX_STREAMS = 64, PROBE_BYTES = 2 << 20 };

/* Packets in an index. Each takes some 40 bytes, and 0.2 us to read; an hour of film with sound has 250,000. */
#define COSTLY_PACKETS 100000

/* These formats hold films. FFmpeg has some three hundred; half of them are recognised by so little that noise passes
 * for one (one random file in 200 is taken for "lyrics"), and each is code that a file from a stranger could reach. */
#define FORMATS                                                                                                        \
    "mov,matroska,avi,mpegts,mpeg,asf,flv,mxf,nut,ogg,ivf,gif,apng,wav,w64,aiff,caf,flac,mp3,aac,ac3,"                 \
    "png_pipe,jpeg_pipe,webp_pipe,tiff_pipe,bmp_pipe,jpegxl_pipe,ppm_pipe,webvtt,srt,ass"

struct demuxer {
    char *path; /* for messages */
    struct beneath_file file;
    int64_t offset;
    const atomic_bool *stop;
    AVIOContext *io;
    AVFormatContext *fmt;
    struct demuxer_stream_start *first; /* one per stream that there was at opening */
    int streams;
    bool costly;
    enum file_end end;
    enum { RESTARTS_UNKNOWN, RESTARTS_NOT, RESTARTS } restarts;
    bool edited;   /* an edit list was met */
    bool no_edits; /* its table of times lies, so its edit list is not followed */
    struct {       /* bytes that FFmpeg gets in small pieces */
        uint8_t *data;
        int64_t at; /* where in the file they lie */
        ssize_t n;
    } ahead;
    struct {
        int64_t bytes, until_us; /* read so far; the thread's processor time at which it is given up; 0: it is open */
        const char *spent;       /* the limit that was met, for a message */
    } opening;
};

static bool demuxer_check(const struct demuxer *d)
{
    assert(d->path);
    assert(d->file.fd >= 0 && d->offset >= 0);
    assert(d->fmt && d->io && d->fmt->pb == d->io);
    assert(d->streams >= 0 && d->streams <= MAX_STREAMS);
    assert((int)d->fmt->nb_streams >= d->streams); /* more may have appeared */
    return true;
}

/* --- bytes ----------------------------------------------------------------------------------------------------- */

static bool demuxer_stopped(const struct demuxer *d)
{
    return d->stop && atomic_load_explicit(d->stop, memory_order_relaxed);
}

static int64_t thread_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * US_PER_SECOND + t.tv_nsec / 1000;
}

/* Has opening taken more than it may? The processor's time counts, not the clock's: a disk may be slow. */
static bool opening_is_over(struct demuxer *d)
{
    if (d->opening.until_us == 0 || d->opening.spent)
        return d->opening.spent != NULL;
    if (d->opening.bytes > MEDIA_MAX_OPEN_BYTES)
        d->opening.spent = "more than 256 MiB must be read to open it";
    else if (thread_us() > d->opening.until_us)
        d->opening.spent = "opening it takes more than 20 s of a processor";
    return d->opening.spent != NULL;
}

static int io_interrupt(void *opaque)
{
    return demuxer_stopped(opaque) || opening_is_over(opaque);
}

static ssize_t read_bytes(struct demuxer *d, uint8_t *buf, int size)
{
    const ssize_t n = beneath_read(&d->file, buf, (size_t)size, d->offset);
    if (n > 0)
        d->opening.bytes += n;
    return n;
}

static bool is_mp4(const struct demuxer *d)
{
    return d->fmt && d->fmt->iformat && demuxer_is_format(d, "mov");
}

/* A few bytes of MP4 may name millions of packets, or hold a header that unpacks to any size. So FFmpeg gets no more of it
 * at once than the beginning of one table, and after each piece somebody looks how much has come of it. */
static ssize_t read_piece(struct demuxer *d, uint8_t *buf)
{
    int64_t from = d->offset - d->ahead.at;
    if (!d->ahead.data)
        d->ahead.data = g_malloc(IO_BUFFER);
    if (from < 0 || from >= d->ahead.n) {
        from = MIN(d->offset, MARK_MAX);
        d->ahead.at = d->offset - from;
        d->ahead.n = beneath_read(&d->file, d->ahead.data, IO_BUFFER, d->ahead.at);
        d->opening.bytes += MAX(d->ahead.n, 0);
    }
    const ssize_t n = CLAMP(d->ahead.n - from, 0, PIECE);
    memcpy(buf, d->ahead.data + from, (size_t)n);
    return d->ahead.n < 0 ? -1 : n;
}

static int64_t indexed_packets(const struct demuxer *d)
{
    int64_t packets = 0;
    for (unsigned i = 0; i < d->fmt->nb_streams; i++)
        packets += avformat_index_get_entries_count(d->fmt->streams[i]);
    return packets;
}

/* The next place of a mark behind `last` (NULL: the first) in what FFmpeg got last, the n bytes before d->offset; NULL: none.
 * A mark may lie across two pieces. */
static const uint8_t *find_mark(const struct demuxer *d, ssize_t n, const char *mark, const uint8_t *last)
{
    const uint8_t *end = d->ahead.data + (d->offset - d->ahead.at), *begin = MAX(end - n - MARK_MAX, d->ahead.data);
    begin = last ? last + 1 : begin;
    return n <= 0 ? NULL : memmem(begin, (size_t)(end - begin), mark, strlen(mark));
}

/* FFmpeg makes the index of a track anew for each edit. The length of the box stands before its name; 0 and 1 say that it stands
 * elsewhere, which no program writes here. Half a gigabyte and more is text, or is refused by FFmpeg. */
static bool has_many_edits(struct demuxer *d, ssize_t n)
{
    enum { HEAD = 16, EDIT = 12, MOST = 1 << 29 };
    for (const uint8_t *mark = NULL; (mark = find_mark(d, n, "elst", mark));) {
        const uint32_t length = mark - d->ahead.data < 4 ? HEAD : AV_RB32(mark - 4);
        d->edited = true;
        if (length <= 1 || (length > HEAD + EDIT * MEDIA_MAX_EDITS && length < MOST))
            return true;
    }
    return false;
}

/* Looks at what FFmpeg has made of the pieces before, and at the last one. */
static bool is_bomb(struct demuxer *d, ssize_t n)
{
    if (indexed_packets(d) > MEDIA_MAX_INDEX)
        d->opening.spent = "its tables name more than 10 million packets";
    else if (find_mark(d, n, "dcomzlib", NULL))
        d->opening.spent = "its header is compressed (`cmov`), and may be of any size";
    else if (d->opening.until_us > 0 && has_many_edits(d, n))
        d->opening.spent = "its edit list has more than 1000 entries";
    return d->opening.spent != NULL;
}

static int io_read(void *opaque, uint8_t *buf, int size)
{
    struct demuxer *d = opaque;
    const bool pieces = is_mp4(d) && size <= IO_BUFFER; /* more goes into one packet or table as it is */
    if (io_interrupt(d))
        return AVERROR_EXIT;
    const ssize_t n = pieces ? read_piece(d, buf) : read_bytes(d, buf, size);
    if (n < 0)
        return AVERROR(errno);
    d->offset += n;
    if (pieces && is_bomb(d, n))
        return AVERROR_INVALIDDATA;
    return n ? (int)n : AVERROR_EOF;
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct demuxer *d = opaque;
    const int64_t base = whence == SEEK_CUR ? d->offset : whence == SEEK_END ? (int64_t)d->file.stat.st_size : 0;
    if (whence & AVSEEK_SIZE)
        return d->file.stat.st_size;
    if (offset < -base)
        return AVERROR(EINVAL);
    return d->offset = base + offset;
}

/* A playlist, or a reference inside a file, must not make us open another file. */
static int refuse_other_files(AVFormatContext *fmt, AVIOContext **pb, const char *url, int flags, AVDictionary **o)
{
    (void)fmt, (void)pb, (void)url, (void)flags, (void)o;
    return AVERROR(EPERM);
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static bool fail_open(const struct demuxer *d, GError **error, const char *why)
{
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s", d->path, why);
    return false;
}

static bool fail_open_av(const struct demuxer *d, GError **error, const char *what, int err)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    /* FFmpeg's codes for playlists and truncated files mislead. */
    const bool vague = err == AVERROR_INVALIDDATA || err == AVERROR(ENOMEM) || err == AVERROR(EINVAL) ||
                       err == AVERROR(EPERM) || err == AVERROR_EOF;
    const struct stand_in is = vague ? stand_in_for_film(d->path) : (struct stand_in){0};
    av_strerror(err, text, sizeof text);
    if (d->opening.spent)
        g_set_error(error, MEDIA_ERROR, 0,
                    "%s: %s; copy its streams into a new file (`ffmpeg -i FILE -c copy NEW.mkv`)", d->path,
                    d->opening.spent);
    else if (is.what)
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s (%s)", d->path, is.what, is.remedy);
    else
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s: %s", d->path, what,
                    vague ? "damaged, or not in a supported format (see `clip` in stories/README.md)" : text);
    return false;
}

static bool is_lack(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == EIO;
}

/* From here on the file is what this descriptor opened, whatever the path leads to later. */
static bool open_file(struct demuxer *d, const char *path, GError **error)
{
    if (!beneath_open(path, &d->file)) {
        const int code = errno;
        g_set_error(error, MEDIA_ERROR, is_lack(code) ? MEDIA_ERROR_LACK : MEDIA_ERROR_FILE, "%s: %s", d->path,
                    beneath_problem(code));
        return false;
    }
    if (S_ISDIR(d->file.stat.st_mode))
        return fail_open(d, error, "is a folder, not a file");
    if (!S_ISREG(d->file.stat.st_mode))
        return fail_open(d, error, "is not a regular file");
    if (d->file.stat.st_size == 0)
        return fail_open(d, error, "is empty");
    return true;
}

/* Can this stream be decoded from what the container's header says? If so we save avformat_find_stream_info(), which
 * decodes the first frames and takes 30-60 ms. The B-frame delay of H.264 is in the tables of MP4, but not in
 * Matroska. */
static bool stream_is_known(const struct demuxer *d, const AVStream *st)
{
    const AVCodecParameters *p = st->codecpar;
    if (p->codec_type == AVMEDIA_TYPE_AUDIO)
        return p->codec_id != AV_CODEC_ID_NONE && p->sample_rate > 0 && p->ch_layout.nb_channels > 0;
    if (p->codec_type != AVMEDIA_TYPE_VIDEO || (st->disposition & AV_DISPOSITION_ATTACHED_PIC))
        return true;
    if (p->width <= 0 || p->height <= 0 || st->avg_frame_rate.num <= 0)
        return false;
    switch (p->codec_id) {
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
        return true;
    case AV_CODEC_ID_HEVC:
        return p->extradata_size > 0;
    case AV_CODEC_ID_H264:
        return p->extradata_size > 0 && demuxer_is_format(d, "mov");
    default:
        return false;
    }
}

bool demuxer_knows_streams(const struct demuxer *d)
{
    if (!demuxer_is_format(d, "mov") && !demuxer_is_format(d, "matroska"))
        return false;
    for (unsigned i = 0; i < d->fmt->nb_streams; i++)
        if (!stream_is_known(d, d->fmt->streams[i]))
            return false;
    return d->fmt->nb_streams > 0;
}

/* Some formats only show their streams as they are read. The decoders of those that appear later have no limits, so they
 * are met before any decoder is opened. */
static void meet_streams(struct demuxer *d)
{
    const int64_t start = avio_tell(d->io);
    AVPacket *p = av_packet_alloc();
    while (avio_tell(d->io) - start < PROBE_BYTES && av_read_frame(d->fmt, p) >= 0)
        av_packet_unref(p);
    av_packet_free(&p);
    avio_seek(d->io, start, SEEK_SET);
    avformat_flush(d->fmt);
}

/* The stream that will be shown, -1: none. */
static int find_film(const struct demuxer *d)
{
    struct stream_facts facts[STREAMS_MAX];
    const int n = MIN((int)d->fmt->nb_streams, STREAMS_MAX);
    stream_facts_read(d->fmt, n, facts);
    return stream_choice_picture(facts, n);
}

/* What the file's own headers say about the size of its picture. *still: the pixels, if it is one. */
static bool picture_fits(const struct demuxer *d, int film, int64_t *still, GError **error)
{
    int64_t width = 0, height = 0;
    const bool is_still = g_str_has_suffix(d->fmt->iformat->name, "_pipe") && still_size(&d->file, &width, &height);
    if (!is_still && film >= 0) {
        width = d->fmt->streams[film]->codecpar->width;
        height = d->fmt->streams[film]->codecpar->height;
    }
    if (is_still && still_scans(&d->file, MEDIA_MAX_SCANS) == MEDIA_MAX_SCANS) {
        g_set_error(error, MEDIA_ERROR, 0,
                    "%s: its picture is drawn in %d scans or more; save it anew, not progressive", d->path,
                    MEDIA_MAX_SCANS);
        return false;
    }
    *still = is_still ? MIN(width, MEDIA_MAX_PIXELS) * MIN(height, MEDIA_MAX_PIXELS) : 0;
    return media_limits_picture(d->path, width, height, error);
}

/* A decoder that refuses a picture leaves a size of 0. Who decodes the film has the larger limit, and says so. */
static void keep_told_size(const struct demuxer *d, int film, int width, int height)
{
    AVCodecParameters *par = film >= 0 ? d->fmt->streams[film]->codecpar : NULL;
    if (!par || par->width > 0 || width <= 0)
        return;
    par->width = width;
    par->height = height;
}

/* Of a still, or of the first picture of an APNG: what a film holds is decoded while it plays. */
static bool data_end(const struct demuxer *d, GError **error)
{
    const bool is_png = strstr(d->fmt->iformat->name, "png") != NULL;
    return !is_png || !still_png_runs_on(&d->file, d->stop) ||
           fail_open(d, error, "its packed data go on behind its picture; save it anew");
}

/* FFmpeg decodes the beginnings of all streams to find out what they hold. */
static bool decode_beginnings(struct demuxer *d, GError **error)
{
    int64_t still, pixels;
    if (d->fmt->ctx_flags & AVFMTCTX_NOHEADER)
        meet_streams(d);
    const int film = find_film(d);
    if (!picture_fits(d, film, &still, error) || !data_end(d, error))
        return false;
    const unsigned streams = d->fmt->nb_streams;
    const int width = film >= 0 ? d->fmt->streams[film]->codecpar->width : 0,
              height = film >= 0 ? d->fmt->streams[film]->codecpar->height : 0;
    AVDictionary **options = media_limits_streams(d->fmt, film, still, &pixels);
    int err = AVERROR_EXIT;
    if (media_limits_enter(pixels, d->stop)) {
        err = avformat_find_stream_info(d->fmt, options);
        media_limits_leave(pixels);
    }
    media_limits_streams_free(options, streams);
    if (err < 0 || d->opening.spent)
        return fail_open_av(d, error, "cannot be read", err);
    keep_told_size(d, film, width, height);
    return picture_fits(d, find_film(d), &still, error);
}

static void begin_reading(struct demuxer *d)
{
    d->offset = 0;
    d->io = avio_alloc_context(av_malloc(IO_BUFFER), IO_BUFFER, 0, d, io_read, NULL, io_seek);
}

static void end_reading(struct demuxer *d)
{
    if (d->io)
        av_freep(&d->io->buffer);
    avio_context_free(&d->io);
}

static void close_format(struct demuxer *d)
{
    avformat_close_input(&d->fmt);
    end_reading(d);
}

/* By its content alone. What was read for that is read again, because then somebody watches. */
static int recognise(struct demuxer *d, const AVInputFormat **format)
{
    begin_reading(d);
    const int err = av_probe_input_buffer2(d->io, format, "", NULL, 0, 0);
    end_reading(d);
    return err;
}

static double seconds(const AVStream *st, int64_t time)
{
    return (double)time * av_q2d(st->time_base);
}

/* With fewer packets there is not much to go by. */
enum { TIMED_PACKETS_MIN = 10 };

static double picture_too_long_s(const AVStream *st)
{
    if (st->avg_frame_rate.num <= 0 || seconds(st, st->duration) > (double)st->nb_frames)
        return 0;
    return (double)st->nb_frames / av_q2d(st->avg_frame_rate) - seconds(st, st->duration);
}

/* By less than a leap, headers differ from sounds that are right. */
static double sound_too_long_s(const AVFormatContext *fmt, AVStream *st)
{
    const int n = avformat_index_get_entries_count(st);
    if (n < 2)
        return 0;
    const int64_t table = avformat_index_get_entry(st, n - 1)->timestamp - avformat_index_get_entry(st, 0)->timestamp;
    const double file_s = (double)fmt->duration / AV_TIME_BASE; /* negative: not told */
    const double more_s = seconds(st, table) - MAX(seconds(st, st->duration), file_s);
    return more_s * (double)US_PER_SECOND > (double)PACKET_LEAP_US ? more_s : 0;
}

/* Sounds of which each packet has an entry in the table; those of PCM have not. */
static bool is_timed_sound(const AVStream *st)
{
    return st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && av_get_bits_per_sample(st->codecpar->codec_id) == 0;
}

/* How much longer MP4's table of times is than the header says; 0: it can't be said. */
static double too_long_s(const AVFormatContext *fmt, AVStream *st)
{
    if (st->nb_frames < TIMED_PACKETS_MIN || st->duration <= 0)
        return 0;
    if (is_timed_sound(st))
        return sound_too_long_s(fmt, st);
    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? picture_too_long_s(st) : 0;
}

/* Does the edit list leave out most of a sound? Then its table can only be judged without that list. */
static bool lacks_sounds(const AVStream *st)
{
    return is_timed_sound(st) && st->nb_frames >= TIMED_PACKETS_MIN &&
           avformat_index_get_entries_count(st) < st->nb_frames / 2;
}

/* A bit that was flipped in that table makes a picture stand for minutes or hours, or all of them, and tears holes into a sound.
 * What follows then lies behind the end that the edit list gives. */
static bool times_are_absurd(const AVFormatContext *fmt)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++)
        if (lacks_sounds(fmt->streams[i]) ||
            too_long_s(fmt, fmt->streams[i]) > (double)PACKET_LEAP_US / (double)US_PER_SECOND)
            return true;
    return false;
}

/* Is it the time of one packet, or of all, that is too long? Else the header is what is wrong, as some programs write it. The edit
 * list is not followed. */
static bool table_is_wrong(const AVFormatContext *fmt, AVStream *st)
{
    enum { ABSURD_S = 30 };
    const double more_s = too_long_s(fmt, st);
    const bool sound = st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    const double absurd_s = sound ? seconds(st, st->duration) : ABSURD_S * (double)st->nb_frames;
    const int n = avformat_index_get_entries_count(st);
    int64_t longest = 0, all = 0;
    for (int i = 1; i < n; i++)
        longest =
            MAX(longest, avformat_index_get_entry(st, i)->timestamp - avformat_index_get_entry(st, i - 1)->timestamp);
    if (n > 1)
        all = avformat_index_get_entry(st, n - 1)->timestamp - avformat_index_get_entry(st, 0)->timestamp;
    const bool of_one = seconds(st, longest) > 0.9 * more_s, of_last = seconds(st, all) < 0.1 * more_s;
    return more_s > 0 && (of_one || of_last || more_s > absurd_s);
}

/* Where the table is wrong, so is the rate that FFmpeg has worked out from it. False: no table is. */
static bool confirm_lie(const AVFormatContext *fmt)
{
    bool any = false;
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        AVStream *st = fmt->streams[i];
        if (!table_is_wrong(fmt, st))
            continue;
        any = true;
        if (st->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            continue;
        const double rate = (double)st->nb_frames / seconds(st, st->duration);
        st->avg_frame_rate = av_d2q(rate, INT32_MAX);
    }
    return any;
}

/* On failure d->fmt is NULL. */
static int read_header(struct demuxer *d, const AVInputFormat *format)
{
    AVDictionary *options = NULL;
    begin_reading(d);
    d->fmt = avformat_alloc_context();
    d->fmt->pb = d->io;
    d->fmt->flags |= AVFMT_FLAG_CUSTOM_IO;
    d->fmt->io_open = refuse_other_files;
    d->fmt->interrupt_callback = (AVIOInterruptCB){io_interrupt, d};
    d->fmt->probesize = PROBE_BYTES;
    d->fmt->max_streams = MAX_STREAMS;
    d->fmt->protocol_whitelist = av_strdup("");
    d->fmt->format_whitelist = av_strdup(FORMATS);
    if (d->no_edits)
        av_dict_set(&options, "ignore_editlist", "1", 0);
    const int err = avformat_open_input(&d->fmt, NULL, format, &options); /* frees d->fmt on failure */
    av_dict_free(&options);
    return err;
}

static int read_header_again(struct demuxer *d, const AVInputFormat *format, bool no_edits)
{
    close_format(d);
    d->no_edits = no_edits;
    return read_header(d, format);
}

/* A header whose reading was stopped may pass for a whole one that has less in it, and the next clip would get this demuxer. */
static bool refuse_stopped(const struct demuxer *d, GError **error)
{
    return !demuxer_stopped(d) || fail_open_av(d, error, "cannot be opened", AVERROR_EXIT);
}

static bool open_input(struct demuxer *d, GError **error)
{
    const AVInputFormat *format = NULL;
    int64_t still;
    media_limits_begin();
    int err = recognise(d, &format);
    if (err < 0)
        return fail_open_av(d, error, "cannot be opened", err);
    if (g_str_has_suffix(format->name, "_pipe") && d->file.stat.st_size > MEDIA_MAX_STILL_BYTES)
        return fail_open(d, error,
                         "is a picture's file of more than 128 MiB, all of which would be read; save it anew");
    if (strcmp(format->name, "jpeg_pipe") == 0 &&
        stand_in_is_jpegs(&d->file)) /* FFmpeg would show the first picture alone */
        return fail_open_av(d, error, "cannot be opened", AVERROR_INVALIDDATA);
    err = read_header(d, format);
    if (err >= 0 && !d->no_edits && is_mp4(d) && times_are_absurd(d->fmt)) {
        err = read_header_again(d, format, true);
        if (err >= 0 && !confirm_lie(d->fmt))
            err = read_header_again(d, format, false);
    }
    if (err < 0 || d->opening.spent)
        return fail_open_av(d, error, "cannot be opened", err);
    media_limits_headers(d->fmt);
    if (demuxer_is_format(d, "flv")) /* 49 days: what looks like an overflow is a first packet with a wrong time */
        d->fmt->correct_ts_overflow = 0;
    return demuxer_knows_streams(d) ? picture_fits(d, find_film(d), &still, error) : decode_beginnings(d, error);
}

static bool open_format(struct demuxer *d, GError **error)
{
    d->opening.bytes = 0;
    d->opening.until_us = thread_us() + MEDIA_MAX_OPEN_US;
    d->opening.spent = NULL;
    const bool good = open_input(d, error) && refuse_stopped(d, error);
    d->opening.until_us = 0;
    return good;
}

/* Only the MP4 demuxer reads an index of every packet. */
static bool has_large_index(const struct demuxer *d)
{
    return demuxer_is_format(d, "mov") && indexed_packets(d) > COSTLY_PACKETS;
}

static bool table_is_cut(const struct demuxer *d, AVStream *st)
{
    const int n = avformat_index_get_entries_count(st);
    for (int k = 0; k < n; k++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, k);
        if (e->pos + e->size > d->file.stat.st_size)
            return true;
    }
    return false;
}

struct demuxer *demuxer_open(const char *path, const atomic_bool *stop, GError **error)
{
    struct demuxer *d = g_new0(struct demuxer, 1);
    d->path = beneath_name(path);
    d->file.fd = -1;
    d->stop = stop;
    if (!open_file(d, path, error) || !open_format(d, error)) {
        demuxer_free(d);
        return NULL;
    }
    d->streams = (int)d->fmt->nb_streams;
    d->first = g_new(struct demuxer_stream_start, MAX(1, d->streams));
    for (int i = 0; i < d->streams; i++)
        d->first[i] = (struct demuxer_stream_start){.pts = AV_NOPTS_VALUE,
                                                    .cut = is_mp4(d) && table_is_cut(d, d->fmt->streams[i])};
    d->costly = has_large_index(d);
    d->end = file_end_find(&d->file, d->fmt->iformat->name);
    assert(demuxer_check(d));
    return d;
}

void demuxer_free(struct demuxer *d)
{
    if (!d)
        return;
    close_format(d);
    beneath_close(&d->file);
    g_free(d->ahead.data);
    g_free(d->first);
    g_free(d->path);
    g_free(d);
}

bool demuxer_reopen(struct demuxer *d)
{
    close_format(d);
    const bool same = open_format(d, NULL) && (int)d->fmt->nb_streams >= d->streams;
    assert(!same || demuxer_check(d));
    return same;
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

/* An interrupted read leaves an error on the buffer, which the next user, who begins with a seek, must not see. */
void demuxer_set_stop(struct demuxer *d, const atomic_bool *stop)
{
    d->stop = stop;
    if (d->io)
        d->io->error = d->io->eof_reached = 0;
}

const struct beneath_file *demuxer_file(const struct demuxer *d)
{
    return &d->file;
}

AVFormatContext *demuxer_format(const struct demuxer *d)
{
    return d->fmt;
}

int demuxer_stream_count(const struct demuxer *d)
{
    return d->streams;
}

struct demuxer_stream_start *demuxer_stream_start(struct demuxer *d, int stream)
{
    assert(stream >= 0 && stream < d->streams);
    return &d->first[stream];
}

bool demuxer_is_format(const struct demuxer *d, const char *family)
{
    return av_match_name(family, d->fmt->iformat->name);
}

/* What brand of MP4 it is, four letters; "": none, or another format. */
static const char *brand_of(const struct demuxer *d)
{
    const AVDictionaryEntry *e = is_mp4(d) ? av_dict_get(d->fmt->metadata, "major_brand", NULL, 0) : NULL;
    return e ? e->value : "";
}

bool demuxer_is_still(const struct demuxer *d)
{
    static const char *const brands[] = {"avif", "mif1", "heic", "heix", "miaf"};
    const int film = find_film(d);
    if (g_str_has_suffix(d->fmt->iformat->name, "_pipe"))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(brands) && film >= 0; i++)
        if (strcmp(brand_of(d), brands[i]) == 0)
            return avformat_index_get_entries_count(d->fmt->streams[film]) <= 1;
    return false;
}

/* The tag of a track in Matroska, "00:00:06.041000000", in us; US_NONE: it has none. Programs that wrote it in the
 * language of their user put a comma in place of the point. */
static int64_t tagged_us(const AVStream *st)
{
    const AVDictionaryEntry *e = av_dict_get(st->metadata, "DURATION", NULL, AV_DICT_IGNORE_SUFFIX);
    g_autofree char *tag = e ? g_strdelimit(g_strdup(e->value), ",", '.') : NULL;
    int h, m, n = 0;
    char *end;
    if (!tag || sscanf(tag, "%d:%d:%n", &h, &m, &n) != 2 || n == 0)
        return US_NONE;
    const double s = g_ascii_strtod(tag + n, &end);
    if (end == tag + n || !(s >= 0 && s < 61) || h < 0 || h > 999 || m < 0 || m > 59)
        return US_NONE;
    return ((int64_t)h * 3600 + m * 60) * US_PER_SECOND + llround(s * (double)US_PER_SECOND);
}

/* Without tags, all that is known is where the longest track ends. */
int64_t demuxer_told_end(const struct demuxer *d, int stream)
{
    assert(stream >= 0 && stream < d->streams);
    if (!demuxer_is_format(d, "matroska"))
        return AV_NOPTS_VALUE;
    int64_t us = tagged_us(d->fmt->streams[stream]);
    bool tagged = us != US_NONE;
    for (int i = 0; i < d->streams; i++)
        tagged = tagged || tagged_us(d->fmt->streams[i]) != US_NONE;
    if (!tagged && d->fmt->duration > 0)
        us = d->fmt->duration; /* FFmpeg's "no value" is negative */
    return us == US_NONE ? AV_NOPTS_VALUE : av_rescale_q(us, AV_TIME_BASE_Q, d->fmt->streams[stream]->time_base);
}

/* The properties of an ASF file: the time that it takes to send, in 100 ns, and to play, which should be longer by the preroll, in ms.
 * Some programs write the same time twice, without it; FFmpeg takes it off all the same. */
int64_t demuxer_untold_us(const struct demuxer *d)
{
    static const uint8_t properties[] = {0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11,
                                         0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65};
    enum { HEAD = 8192, PLAY = 64, SEND = 72, PREROLL = 80, LONGEST_MS = 60000 };
    uint8_t head[HEAD];
    if (!demuxer_is_format(d, "asf"))
        return 0;
    const ssize_t n = beneath_read(&d->file, head, sizeof head, 0);
    const uint8_t *const at = n > 0 ? memmem(head, (size_t)n, properties, sizeof properties) : NULL;
    if (!at || at + PREROLL + 8 > head + n || AV_RL64(at + PLAY) != AV_RL64(at + SEND))
        return 0;
    return (int64_t)MIN(AV_RL64(at + PREROLL), LONGEST_MS) * 1000;
}

bool demuxer_is_truncated(const struct demuxer *d)
{
    return d->end == FILE_END_MISSING;
}

bool demuxer_tells_end(const struct demuxer *d)
{
    return d->end != FILE_END_UNTOLD;
}

bool demuxer_is_edited(const struct demuxer *d)
{
    return d->edited && !d->no_edits;
}

bool demuxer_times_lie(const struct demuxer *d)
{
    return d->no_edits;
}

bool demuxer_may_restart(const struct demuxer *d)
{
    return demuxer_is_format(d, "mpegts") || demuxer_is_format(d, "mpeg");
}

/* When the next packet of a stream that is read is decoded, in us; US_NONE: it is far away. *stream: -1, or the only one that
 * counts. */
static int64_t next_time_us(struct demuxer *d, int *stream)
{
    enum { PACKETS = 500 };
    int64_t us = US_NONE;
    AVPacket *p = av_packet_alloc();
    for (int i = 0; i < PACKETS && us == US_NONE && av_read_frame(d->fmt, p) >= 0; i++) {
        const AVStream *st = d->fmt->streams[p->stream_index];
        if (p->dts != AV_NOPTS_VALUE && p->stream_index < d->streams && (*stream < 0 || p->stream_index == *stream)) {
            us = av_rescale_q(p->dts, st->time_base, AV_TIME_BASE_Q);
            *stream = p->stream_index;
        }
        av_packet_unref(p);
    }
    av_packet_free(&p);
    return us;
}

/* Looks at places that lie evenly in the file. A part that lies between two of them is not seen. */
static bool find_restart(struct demuxer *d)
{
    enum { PLACES = 48 };
    const int64_t forth_us = 3600 * US_PER_SECOND;
    int64_t last_us = US_NONE;
    int stream = -1;
    for (int i = 0; i < PLACES && !demuxer_stopped(d); i++) {
        if (av_seek_frame(d->fmt, -1, d->file.stat.st_size / PLACES * i, AVSEEK_FLAG_BYTE) < 0)
            return false;
        const int64_t us = next_time_us(d, &stream);
        if (us != US_NONE && last_us != US_NONE && (us < last_us - DEMUXER_BACK_US || us > last_us + forth_us))
            return true;
        last_us = us == US_NONE ? last_us : us;
    }
    return false;
}

bool demuxer_restarts(struct demuxer *d)
{
    if (d->restarts == RESTARTS_UNKNOWN)
        d->restarts = demuxer_may_restart(d) && find_restart(d) ? RESTARTS : RESTARTS_NOT;
    return d->restarts == RESTARTS;
}

bool demuxer_is_costly(const struct demuxer *d)
{
    return d->costly;
}
