#include "media/subs_reader.h"

#include <assert.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#include "base/beneath.h"
#include "base/units.h"
#include "media/demuxer.h"
#include "media/media_limits.h"
#include "media/stream_facts.h"
#include "media/subs_text.h"
#include "media/text_encoding.h"

enum { HEAD_BYTES = 4096, IO_BYTES = 32 << 10 };

/* A line may have begun this long before a range does. */
#define LOOK_BACK_MS 30000

static const AVRational MS = {1, 1000};

/* No time is farther from zero (9,000 years), whatever a container says: so sums, and the same in microseconds, fit. */
#define TIME_MS_MAX (INT64_C(1) << 48)

struct subs_reader {
    struct subs_findings *findings;
    const atomic_bool *stop;
    bool text;               /* else a container */
    struct demuxer *demuxer; /* container: owns fmt */
    char *bytes;             /* text: in UTF-8 */
    gsize n_bytes, at;       /* and how much of it FFmpeg has taken */
    AVIOContext *io;         /* text */
    AVFormatContext *fmt;    /* NULL until it is open */
    AVCodecContext *decoder;
    int stream;
    int64_t zero_ms, position_ms;
    GQueue lines; /* struct subs_line*: of a packet that held several */
};

static bool subs_reader_check(const struct subs_reader *r)
{
    assert(r->text ? !r->demuxer && r->io && r->bytes : r->demuxer && !r->io);
    assert(r->at <= r->n_bytes);
    assert(r->fmt && r->stream >= -1 && r->stream < (int)r->fmt->nb_streams && !r->decoder == (r->stream < 0));
    return true;
}

static int64_t to_ms(int64_t time, AVRational base)
{
    const int64_t ms = av_rescale_q(time, base, MS);
    return CLAMP(ms, -TIME_MS_MAX, TIME_MS_MAX);
}

static bool is_stopped(const struct subs_reader *r)
{
    return atomic_load_explicit(r->stop, memory_order_relaxed);
}

/* ---- text files -------------------------------------------------------------------------------------------------- */

static bool fail(GError **error, const char *path, const char *why)
{
    g_autofree char *name = beneath_name(path);
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s", name, why);
    return false;
}

static bool open_plain(const char *path, struct beneath_file *file, GError **error)
{
    if (!beneath_open(path, file))
        fail(error, path, beneath_problem(errno));
    else if (!S_ISREG(file->stat.st_mode))
        fail(error, path, "is not a regular file");
    else if (file->stat.st_size == 0)
        fail(error, path, "is empty");
    else
        return true;
    beneath_close(file);
    return false;
}

/* As many bytes as there are, at most n. */
static gsize read_bytes(const struct beneath_file *file, char *out, gsize n, gsize at)
{
    gsize done = 0;
    for (ssize_t got; done < n && (got = beneath_read(file, out + done, n - done, (int64_t)(at + done))) > 0;)
        done += (gsize)got;
    return done;
}

/* The file's bytes, if it is a text; *bytes stays NULL if it is not. */
static bool read_text(const char *path, char **bytes, gsize *n, GError **error)
{
    char head[HEAD_BYTES];
    struct beneath_file file;
    if (!open_plain(path, &file, error))
        return false;
    const gsize size = (gsize)file.stat.st_size;
    bool good = true;
    if (text_encoding_is_text(head, read_bytes(&file, head, sizeof head, 0))) {
        good = size <= SUBS_FILE_BYTES_MAX || fail(error, path, "is longer than 32 MB, as no subtitles are");
        *bytes = good ? g_malloc(size) : NULL;
        *n = good ? read_bytes(&file, *bytes, size, 0) : 0;
    }
    beneath_close(&file);
    return good;
}

static bool to_utf8(struct subs_reader *r, const char *path, const char *raw, gsize n, GError **error)
{
    struct text_encoding encoding;
    r->bytes = text_encoding_to_utf8(raw, n, &encoding, &r->n_bytes);
    if (encoding.source == TEXT_ENCODING_GUESSED)
        subs_findings_add(r->findings, SUBS_ENCODING_GUESSED, 0);
    g_strlcpy(r->findings->encoding, encoding.name, sizeof r->findings->encoding);
    if (r->bytes)
        return true;
    subs_findings_add(r->findings, SUBS_ENCODING_UNKNOWN, 0);
    g_autofree char *what = subs_findings_words(r->findings, SUBS_ENCODING_UNKNOWN);
    g_autofree char *why = g_strdup_printf("%s; %s", what, subs_findings_advice(SUBS_ENCODING_UNKNOWN));
    return fail(error, path, why);
}

/* A zero byte would end the text in the middle, and no word has one; FFmpeg ends no line of ASS at a lone \r. */
static void mend_text(struct subs_reader *r)
{
    gsize n = 0;
    for (gsize i = 0; i < r->n_bytes; i++)
        if (r->bytes[i] == '\0')
            r->bytes[i] = ' ';
        else if (r->bytes[i] == '\r' && r->bytes[i + 1] != '\n')
            r->bytes[i] = '\n';
    char *mended = subs_text_mend(r->bytes, r->findings, &n);
    if (!mended)
        return;
    g_free(r->bytes);
    r->bytes = mended;
    r->n_bytes = n;
}

/* FFmpeg keeps every line with half a kilobyte around it, so a file of a million lines is cut before it sees them. An
 * event is recognised by the arrow between its times, or in ASS by its keyword. */
static void cut_events(struct subs_reader *r)
{
    const char *mark = subs_text_is_ass(r->bytes) ? "\nDialogue:" : "-->";
    const char *end = r->bytes + r->n_bytes;
    char *at = r->bytes;
    for (int i = 0; at && i <= SUBS_EVENTS_MAX; i++)
        at = (at = g_strstr_len(at, end - at, mark)) ? at + strlen(mark) : NULL;
    if (!at)
        return;
    subs_findings_add(r->findings, SUBS_TOO_MANY, 0);
    at -= strlen(mark);
    if (*mark == '-') /* the number of the line stands before its times, after an empty line */
        while (at > r->bytes + 1 && !(at[0] == '\n' && (at[-1] == '\n' || (at[-1] == '\r' && at[-2] == '\n'))))
            at--;
    *at = '\0';
    r->n_bytes = (gsize)(at - r->bytes);
}

static int io_read(void *opaque, uint8_t *buf, int size)
{
    struct subs_reader *r = opaque;
    const gsize n = MIN((gsize)size, r->n_bytes - r->at);
    if (is_stopped(r))
        return AVERROR_EXIT;
    memcpy(buf, r->bytes + r->at, n);
    r->at += n;
    return n > 0 ? (int)n : AVERROR_EOF;
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct subs_reader *r = opaque;
    const int64_t base = whence == SEEK_CUR ? (int64_t)r->at : whence == SEEK_END ? (int64_t)r->n_bytes : 0;
    if (whence & AVSEEK_SIZE)
        return (int64_t)r->n_bytes;
    if (offset < -base || offset > (int64_t)r->n_bytes - base)
        return AVERROR(EINVAL);
    r->at = (gsize)(base + offset);
    return base + offset;
}

static bool open_text(struct subs_reader *r, const char *path, GError **error)
{
    media_limits_begin();
    r->io = avio_alloc_context(av_malloc(IO_BYTES), IO_BYTES, 0, r, io_read, NULL, io_seek);
    r->fmt = avformat_alloc_context();
    r->fmt->pb = r->io;
    r->fmt->flags |= AVFMT_FLAG_CUSTOM_IO;
    r->fmt->protocol_whitelist = av_strdup("");
    r->fmt->format_whitelist = av_strdup("srt,ass,webvtt");
    if (avformat_open_input(&r->fmt, NULL, NULL, NULL) < 0)
        return fail(error, path, "damaged, or not in a supported format (see `clip` in stories/README.md)");
    return true;
}

/* ---- containers --------------------------------------------------------------------------------------------------- */

/* The first picture is where a film's clock begins. */
static int64_t picture_ms(const AVFormatContext *fmt)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVStream *st = fmt->streams[i];
        if (st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(st->disposition & AV_DISPOSITION_ATTACHED_PIC))
            return st->start_time != AV_NOPTS_VALUE ? to_ms(st->start_time, st->time_base) : 0;
    }
    return 0;
}

static bool open_container(struct subs_reader *r, const char *path, GError **error)
{
    r->demuxer = demuxer_open(path, r->stop, error);
    r->fmt = r->demuxer ? demuxer_format(r->demuxer) : NULL;
    if (r->fmt)
        r->zero_ms = picture_ms(r->fmt);
    return r->fmt != NULL;
}

/* The text that suits the viewer, -1: none. False with *error: there is none at all, or it can't be shown. */
static bool find_stream(struct subs_reader *r, const char *path, const struct subs_wish *wish, GError **error)
{
    struct stream_facts facts[STREAMS_MAX];
    const int n = MIN((int)r->fmt->nb_streams, STREAMS_MAX);
    int texts = 0, drawn = -1;
    stream_facts_read(r->fmt, n, facts);
    for (int i = 0; i < n; i++) {
        texts += facts[i].kind == STREAM_TEXT;
        drawn = facts[i].kind == STREAM_DRAWN_TEXT ? i : drawn;
    }
    if (texts == 0 && drawn < 0)
        return fail(error, path, "holds no subtitles");
    const char *heard = stream_choice_heard(facts, n, &(struct stream_wish){.language = wish->text.language});
    const int unshown = texts > 0 ? stream_choice_unshown(facts, n, &wish->text, heard, !wish->only_forced) : drawn;
    if (unshown >= 0)
        return fail(error, path, stream_choice_why_unshown(&facts[unshown]));
    r->stream = stream_choice_text(facts, n, &wish->text, heard, !wish->only_forced);
    return true;
}

/* MP4 has a table of its packets, and reads only those that are wanted. Other containers are read through; if FFmpeg
 * skipped everything else by itself, one call could last as long as the film. */
static void choose_stream(struct subs_reader *r)
{
    r->fmt->flags |= AVFMT_FLAG_NOPARSE;
    if (!r->text && demuxer_is_format(r->demuxer, "mov"))
        for (int i = 0; i < (int)r->fmt->nb_streams; i++)
            r->fmt->streams[i]->discard = i == r->stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

static bool open_decoder(struct subs_reader *r)
{
    const AVStream *st = r->fmt->streams[r->stream];
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);
    r->decoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!r->decoder || avcodec_parameters_to_context(r->decoder, st->codecpar) < 0)
        return false;
    media_limits_decoder(r->decoder);
    r->decoder->pkt_timebase = st->time_base;
    return avcodec_open2(r->decoder, codec, NULL) >= 0;
}

/* A film whose texts are all in other languages has none to show, and nothing is wrong with it. */
static bool open_stream(struct subs_reader *r, const char *path, const struct subs_wish *wish, GError **error)
{
    if (!find_stream(r, path, wish, error))
        return false;
    if (r->stream < 0)
        return true;
    choose_stream(r);
    return open_decoder(r) || fail(error, path, "no decoder for these subtitles");
}

/* ---- opening ------------------------------------------------------------------------------------------------------ */

struct subs_reader *subs_reader_open(const char *path, const struct subs_wish *wish, const atomic_bool *stop,
                                     struct subs_findings *findings, GError **error)
{
    struct subs_reader *r = g_new0(struct subs_reader, 1);
    g_autofree char *raw = NULL;
    gsize n = 0;
    r->findings = findings;
    r->stop = stop;
    r->stream = -1;
    bool good = read_text(path, &raw, &n, error);
    r->text = raw != NULL;
    if (good && r->text) {
        good = to_utf8(r, path, raw, n, error);
        if (good) {
            mend_text(r);
            cut_events(r);
        }
        good = good && open_text(r, path, error);
    } else if (good)
        good = open_container(r, path, error);
    good = good && open_stream(r, path, wish, error);
    assert(!good || subs_reader_check(r));
    if (good)
        return r;
    subs_reader_close(r);
    return NULL;
}

static void free_line(void *line)
{
    g_free(((struct subs_line *)line)->event);
    g_free(line);
}

void subs_reader_close(struct subs_reader *r)
{
    if (!r)
        return;
    avcodec_free_context(&r->decoder);
    if (r->text)
        avformat_close_input(&r->fmt);
    if (r->io)
        av_freep(&r->io->buffer);
    avio_context_free(&r->io);
    demuxer_free(r->demuxer);
    g_queue_clear_full(&r->lines, free_line);
    g_free(r->bytes);
    g_free(r);
}

bool subs_reader_is_text(const struct subs_reader *r)
{
    return r->text;
}

bool subs_reader_is_styled(const struct subs_reader *r)
{
    return r->decoder && (r->decoder->codec_id == AV_CODEC_ID_ASS || r->decoder->codec_id == AV_CODEC_ID_SSA);
}

const char *subs_reader_header(const struct subs_reader *r, int *n)
{
    *n = r->decoder ? r->decoder->subtitle_header_size : 0;
    return r->decoder ? (const char *)r->decoder->subtitle_header : NULL;
}

/* ---- fonts -------------------------------------------------------------------------------------------------------- */

/* As tools really name them: by a type, or only by the name's end. */
static bool is_font(const char *type, const char *name)
{
    static const char *const ends[] = {".ttf", ".otf", ".ttc", ".otc"};
    if (type && (strstr(type, "font") || strstr(type, "opentype") || strstr(type, "truetype")))
        return true;
    for (size_t i = 0; name && i < G_N_ELEMENTS(ends); i++)
        if (strlen(name) >= 4 && g_ascii_strcasecmp(name + strlen(name) - 4, ends[i]) == 0)
            return true;
    return false;
}

static bool stream_font(const AVStream *st, struct subs_font *out)
{
    const AVDictionaryEntry *name = av_dict_get(st->metadata, "filename", NULL, 0);
    const AVDictionaryEntry *type = av_dict_get(st->metadata, "mimetype", NULL, 0);
    if (st->codecpar->codec_type != AVMEDIA_TYPE_ATTACHMENT || st->codecpar->extradata_size <= 0 ||
        !is_font(type ? type->value : NULL, name ? name->value : NULL))
        return false;
    *out = (struct subs_font){name ? name->value : "font", (const char *)st->codecpar->extradata,
                              st->codecpar->extradata_size};
    return true;
}

bool subs_reader_font(const struct subs_reader *r, int i, struct subs_font *out)
{
    for (unsigned k = 0; k < r->fmt->nb_streams; k++)
        if (stream_font(r->fmt->streams[k], out) && i-- == 0)
            return true;
    return false;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* The text of MP4 may be UTF-16 with a mark, behind its length (3GPP TS 26.245, 5.16); FFmpeg knows UTF-8 only. The
 * boxes behind the text give letters looks, and are dropped. */
static void mov_text_to_utf8(AVPacket *p)
{
    const int n = p->size >= 4 ? MIN(AV_RB16(p->data), p->size - 2) : 0;
    const bool big = n >= 2 && p->data[2] == 0xfe && p->data[3] == 0xff;
    const bool little = n >= 2 && p->data[2] == 0xff && p->data[3] == 0xfe;
    gsize m = 0;
    if (!big && !little)
        return;
    g_autofree char *text =
        g_convert((const char *)p->data + 4, n - 2, "UTF-8", big ? "UTF-16BE" : "UTF-16LE", NULL, &m, NULL);
    AVPacket *q = text && m <= UINT16_MAX ? av_packet_alloc() : NULL;
    if (q && av_new_packet(q, (int)m + 2) >= 0 && av_packet_copy_props(q, p) >= 0) {
        AV_WB16(q->data, (uint16_t)m);
        memcpy(q->data + 2, text, m);
        av_packet_unref(p);
        av_packet_move_ref(p, q);
    }
    av_packet_free(&q);
}

static void keep_event(struct subs_reader *r, const AVPacket *p, const AVSubtitle *sub, const char *event)
{
    const AVRational tb = r->decoder->pkt_timebase;
    struct subs_line line = {.from_ms = to_ms(p->pts, tb) - r->zero_ms + sub->start_display_time,
                             .for_ms = to_ms(p->duration, tb)};
    if (line.for_ms < 0) { /* FFmpeg's own end_display_time has no sign, and would be 50 days */
        subs_findings_add(r->findings, SUBS_BACKWARDS, line.from_ms * US_PER_MS);
        return;
    }
    line.event = g_strdup(event);
    if (line.for_ms <= 0 && sub->end_display_time != UINT32_MAX)
        line.for_ms = (int64_t)sub->end_display_time - sub->start_display_time;
    g_queue_push_tail(&r->lines, g_memdup2(&line, sizeof line));
}

static void decode_packet(struct subs_reader *r, AVPacket *p)
{
    AVSubtitle sub = {0};
    int got = 0;
    if (r->decoder->codec_id == AV_CODEC_ID_MOV_TEXT)
        mov_text_to_utf8(p);
    if (p->pts == AV_NOPTS_VALUE)
        return;
    if (avcodec_decode_subtitle2(r->decoder, &sub, &got, p) < 0)
        subs_findings_add(r->findings, SUBS_BROKEN_TEXT, to_ms(p->pts, r->decoder->pkt_timebase) * US_PER_MS);
    for (unsigned i = 0; got && i < sub.num_rects; i++)
        if (sub.rects[i]->ass)
            keep_event(r, p, &sub, sub.rects[i]->ass);
    avsubtitle_free(&sub);
}

static void note_position(struct subs_reader *r, const AVPacket *p)
{
    const int64_t time = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    const AVRational tb = r->fmt->streams[p->stream_index]->time_base;
    if (time != AV_NOPTS_VALUE)
        r->position_ms = MAX(r->position_ms, to_ms(time, tb) - r->zero_ms);
}

enum subs_read subs_reader_next(struct subs_reader *r, struct subs_line *line)
{
    if (g_queue_is_empty(&r->lines)) {
        AVPacket *p = av_packet_alloc();
        const bool good = r->decoder && !is_stopped(r) && av_read_frame(r->fmt, p) >= 0;
        if (good)
            note_position(r, p);
        if (good && p->stream_index == r->stream)
            decode_packet(r, p);
        av_packet_free(&p);
        if (!good)
            return SUBS_READ_END;
    }
    struct subs_line *first = g_queue_pop_head(&r->lines);
    if (!first)
        return SUBS_READ_OTHER;
    *line = *first;
    g_free(first);
    assert(subs_reader_check(r));
    return SUBS_READ_LINE;
}

int64_t subs_reader_position_ms(const struct subs_reader *r)
{
    return r->position_ms;
}

int64_t subs_reader_bytes(const struct subs_reader *r)
{
    return r->text || demuxer_is_format(r->demuxer, "mov") ? 0 : avio_tell(r->fmt->pb);
}

void subs_reader_seek(struct subs_reader *r, int64_t ms)
{
    assert(!r->text);
    g_queue_clear_full(&r->lines, free_line);
    const int64_t us = (MAX(ms - LOOK_BACK_MS, 0) + r->zero_ms) * 1000;
    if (av_seek_frame(r->fmt, -1, us, AVSEEK_FLAG_BACKWARD) >= 0)
        r->position_ms = MAX(ms - LOOK_BACK_MS, 0);
}
