#include "media/source.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "media/media_parked.h"

enum { IO_BUFFER = 32 << 10, MAX_STREAMS = 64, PROBE_BYTES = 2 << 20, SEEK_TRIES = 12 };

/* A file whose packets end so long before the length that it tells has lost its end. */
#define CUT_SHORT_US (US_PER_SECOND / 2)

struct lane {
    bool chosen;
    GQueue packets; /* AVPacket* */
    int64_t first_pts, first_skip;
    int64_t last_pts, last_duration;
};

struct source {
    struct media *media;
    char *path;
    struct stat stat;
    int fd;
    int64_t offset;
    const atomic_bool *stop;
    AVIOContext *io;
    AVFormatContext *fmt;
    struct lane *lane; /* one per stream at opening; later streams are ignored */
    int lanes, picture, sound;
    int64_t bytes;
    bool eof, damaged, interrupted;
    bool astray; /* taken from the parked ones and not moved yet: stands anywhere */
};

/* --- bytes ----------------------------------------------------------------------------------------------------- */

static bool stopped(const struct source *s)
{
    return s->stop && atomic_load_explicit(s->stop, memory_order_relaxed);
}

static int io_interrupt(void *opaque)
{
    return stopped(opaque);
}

static int io_read(void *opaque, uint8_t *buf, int size)
{
    struct source *s = opaque;
    if (stopped(s)) {
        s->interrupted = true;
        return AVERROR_EXIT;
    }
    const ssize_t n = pread(s->fd, buf, (size_t)size, s->offset);
    if (n < 0)
        return AVERROR(errno);
    s->offset += n;
    return n ? (int)n : AVERROR_EOF;
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct source *s = opaque;
    const int64_t base = whence == SEEK_CUR ? s->offset : whence == SEEK_END ? (int64_t)s->stat.st_size : 0;
    if (whence & AVSEEK_SIZE)
        return s->stat.st_size;
    if (offset < -base)
        return AVERROR(EINVAL);
    return s->offset = base + offset;
}

/* A playlist or a reference inside a file must not make us open another one. */
static int refuse_other_files(AVFormatContext *fmt, AVIOContext **pb, const char *url, int flags, AVDictionary **o)
{
    (void)fmt, (void)pb, (void)url, (void)flags, (void)o;
    return AVERROR(EPERM);
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static bool fail(const struct source *s, GError **error, const char *why)
{
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s", s->path, why);
    return false;
}

static bool fail_av(const struct source *s, GError **error, const char *what, int err)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    const bool vague = err == AVERROR_INVALIDDATA || err == AVERROR(ENOMEM) || err == AVERROR(EINVAL) ||
                       err == AVERROR(EPERM) || err == AVERROR_EOF; /* playlists, half files: FFmpeg's codes mislead */
    if (vague)
        g_strlcpy(text, "damaged, or no media that we know", sizeof text);
    else
        av_strerror(err, text, sizeof text);
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s: %s", s->path, what, text);
    return false;
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
static bool open_file(struct source *s, GError **error)
{
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (s->fd < 0)
        return fail(s, error, g_strerror(errno));
    if (fstat(s->fd, &s->stat) != 0)
        return fail(s, error, g_strerror(errno));
    if (S_ISDIR(s->stat.st_mode))
        return fail(s, error, "is a folder, not a file");
    if (!S_ISREG(s->stat.st_mode))
        return fail(s, error, "is not a regular file");
    if (s->stat.st_size == 0)
        return fail(s, error, "is empty");
    return true;
}

static bool is_family(const AVFormatContext *fmt, const char *name)
{
    return av_match_name(name, fmt->iformat->name);
}

/* Can this stream be decoded from what the container's header says alone? avformat_find_stream_info() costs 30-60 ms,
 * because it decodes the first frames. The B-frame delay of H.264 is in MP4's tables, but not in Matroska's. */
static bool stream_is_known(const AVFormatContext *fmt, const AVStream *st)
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
        return p->extradata_size > 0 && is_family(fmt, "mov");
    default:
        return false;
    }
}

static bool header_is_enough(const AVFormatContext *fmt)
{
    if (!is_family(fmt, "mov") && !is_family(fmt, "matroska"))
        return false;
    for (unsigned i = 0; i < fmt->nb_streams; i++)
        if (!stream_is_known(fmt, fmt->streams[i]))
            return false;
    return fmt->nb_streams > 0;
}

static bool open_demuxer(struct source *s, GError **error)
{
    s->io = avio_alloc_context(av_malloc(IO_BUFFER), IO_BUFFER, 0, s, io_read, NULL, io_seek);
    s->fmt = avformat_alloc_context();
    s->fmt->pb = s->io;
    s->fmt->flags |= AVFMT_FLAG_CUSTOM_IO;
    s->fmt->io_open = refuse_other_files;
    s->fmt->interrupt_callback = (AVIOInterruptCB){io_interrupt, s};
    s->fmt->probesize = PROBE_BYTES;
    s->fmt->max_streams = MAX_STREAMS;
    s->fmt->protocol_whitelist = av_strdup("");
    /* No name is passed: the format is recognised by its content alone. */
    int err = avformat_open_input(&s->fmt, NULL, NULL, NULL); /* frees and clears s->fmt when it fails */
    if (err < 0)
        return fail_av(s, error, "cannot be opened", err);
    if (!header_is_enough(s->fmt) && (err = avformat_find_stream_info(s->fmt, NULL)) < 0)
        return fail_av(s, error, "cannot be read", err);
    return true;
}

static void lanes_init(struct source *s)
{
    s->lanes = (int)s->fmt->nb_streams;
    s->lane = g_new0(struct lane, MAX(1, s->lanes));
    for (int i = 0; i < s->lanes; i++)
        s->lane[i].first_pts = s->lane[i].last_pts = AV_NOPTS_VALUE;
}

static void lanes_clear(struct source *s)
{
    for (int i = 0; i < s->lanes; i++) {
        AVPacket *p;
        while ((p = g_queue_pop_head(&s->lane[i].packets)))
            av_packet_free(&p);
    }
    s->bytes = 0;
    s->eof = false;
}

struct source *source_open(struct media *m, const char *path, const atomic_bool *stop, GError **error)
{
    struct source *s = m ? media_unpark(m, path) : NULL;
    if (s) {
        s->stop = stop;
        s->astray = true;
        return s;
    }
    s = g_new0(struct source, 1);
    s->media = m;
    s->path = g_strdup(path);
    s->fd = -1;
    s->stop = stop;
    s->picture = s->sound = -1;
    if (!open_file(s, error) || !open_demuxer(s, error)) {
        source_free(s);
        return NULL;
    }
    lanes_init(s);
    if (m)
        media_count_open(m);
    return s;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    lanes_clear(s);
    g_free(s->lane);
    avformat_close_input(&s->fmt);
    if (s->io)
        av_freep(&s->io->buffer);
    avio_context_free(&s->io);
    if (s->fd >= 0)
        close(s->fd);
    g_free(s->path);
    g_free(s);
}

/* Only demuxers with an index of their own seek exactly enough to be used again. */
void source_close(struct source *s)
{
    if (!s)
        return;
    const bool reusable =
        s->media && !s->damaged && !stopped(s) && (is_family(s->fmt, "mov") || is_family(s->fmt, "matroska"));
    lanes_clear(s);
    s->stop = NULL;
    if (!reusable || !media_park(s->media, s))
        source_free(s);
}

bool source_is_file(const struct source *a, const struct stat *st)
{
    return st->st_dev == a->stat.st_dev && st->st_ino == a->stat.st_ino && st->st_size == a->stat.st_size &&
           st->st_mtim.tv_sec == a->stat.st_mtim.tv_sec && st->st_mtim.tv_nsec == a->stat.st_mtim.tv_nsec;
}

/* --- what is in it --------------------------------------------------------------------------------------------- */

const char *source_path(const struct source *s)
{
    return s->path;
}

AVFormatContext *source_format(const struct source *s)
{
    return s->fmt;
}

bool source_is_still(const struct source *s)
{
    return g_str_has_suffix(s->fmt->iformat->name, "_pipe");
}

int source_picture(const struct source *s)
{
    const int i = av_find_best_stream(s->fmt, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (i < 0 || i >= s->lanes || (s->fmt->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC))
        return -1;
    return i;
}

/* Files say "eng", stories say "en": compare what both have in common. Bibliographic codes are rows of the table. */
static bool same_language(const char *a, const char *b)
{
    static const char *const alias[][2] = {
        {"ger", "deu"}, {"fre", "fra"}, {"dut", "nld"}, {"gre", "ell"}, {"chi", "zho"}, {"cze", "ces"},
        {"rum", "ron"}, {"slo", "slk"}, {"ice", "isl"}, {"per", "fas"}, {"wel", "cym"}, {"baq", "eus"},
        {"de", "deu"},  {"es", "spa"},  {"ja", "jpn"},  {"sv", "swe"},  {"zh", "zho"},  {"cs", "ces"},
        {"pl", "pol"},  {"tr", "tur"},  {"pt", "por"},  {"nl", "nld"},  {"el", "ell"},  {"fa", "fas"}};
    for (size_t i = 0; i < G_N_ELEMENTS(alias); i++) {
        a = g_ascii_strcasecmp(a, alias[i][0]) == 0 ? alias[i][1] : a;
        b = g_ascii_strcasecmp(b, alias[i][0]) == 0 ? alias[i][1] : b;
    }
    const size_t n = MIN(strlen(a), strlen(b));
    return n >= 2 && g_ascii_strncasecmp(a, b, n) == 0;
}

int source_sound(const struct source *s, const char *lang)
{
    for (int i = 0; lang && *lang && i < s->lanes; i++) {
        const AVStream *st = s->fmt->streams[i];
        const AVDictionaryEntry *e = av_dict_get(st->metadata, "language", NULL, 0);
        if (st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && e && same_language(e->value, lang))
            return i;
    }
    const int i = av_find_best_stream(s->fmt, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    return i >= 0 && i < s->lanes ? i : -1;
}

void source_choose(struct source *s, int picture, int sound)
{
    s->picture = picture;
    s->sound = sound;
    for (int i = 0; i < s->lanes; i++) {
        s->lane[i].chosen = i == picture || i == sound;
        s->fmt->streams[i]->discard = s->lane[i].chosen ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
}

/* --- packets --------------------------------------------------------------------------------------------------- */

static int64_t packet_pts(const AVPacket *p)
{
    return p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
}

static void lane_note(struct lane *l, const AVPacket *p)
{
    const int64_t pts = packet_pts(p);
    if (pts != AV_NOPTS_VALUE && (l->last_pts == AV_NOPTS_VALUE || pts > l->last_pts)) {
        l->last_pts = pts;
        l->last_duration = p->duration;
    }
}

/* Where the last packet ends, by the clock of the file, in us. */
static int64_t packets_end_us(const struct source *s)
{
    int64_t end = INT64_MIN;
    for (int i = 0; i < s->lanes; i++) {
        const struct lane *l = &s->lane[i];
        if (l->chosen && l->last_pts != AV_NOPTS_VALUE)
            end = MAX(end, av_rescale_q(l->last_pts + l->last_duration, s->fmt->streams[i]->time_base, AV_TIME_BASE_Q));
    }
    return end;
}

/* At its end: does the file say itself that it is longer? Only pictures and sound that we read can tell. */
static bool is_cut_short(const struct source *s)
{
    const AVFormatContext *f = s->fmt;
    const int64_t end = packets_end_us(s), start = f->start_time == AV_NOPTS_VALUE ? 0 : f->start_time;
    for (unsigned i = 0; i < f->nb_streams; i++)
        if (f->streams[i]->discard == AVDISCARD_ALL)
            return false;
    return end != INT64_MIN && f->duration > 0 && f->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE &&
           start + f->duration - end > CUT_SHORT_US;
}

bool source_read_ahead(struct source *s)
{
    while (!s->eof && !stopped(s)) {
        AVPacket *p = av_packet_alloc();
        const int err = av_read_frame(s->fmt, p);
        const bool wanted = err >= 0 && p->stream_index < s->lanes && s->lane[p->stream_index].chosen;
        if (wanted) {
            lane_note(&s->lane[p->stream_index], p);
            g_queue_push_tail(&s->lane[p->stream_index].packets, p);
            s->bytes += p->size + (int64_t)sizeof *p;
            return true;
        }
        av_packet_free(&p);
        s->eof = err < 0 && err != AVERROR(EAGAIN);
        s->damaged = s->damaged || (s->eof && err != AVERROR_EXIT && (err != AVERROR_EOF || is_cut_short(s)));
    }
    return false;
}

AVPacket *source_next(struct source *s, int stream)
{
    GQueue *q = &s->lane[stream].packets;
    while (g_queue_is_empty(q) && s->bytes < SOURCE_MAX_BYTES && source_read_ahead(s))
        ;
    AVPacket *p = g_queue_pop_head(q);
    if (p)
        s->bytes -= p->size + (int64_t)sizeof *p;
    else if (!s->eof && !stopped(s))
        s->damaged = true;
    return p;
}

static const AVPacket *lane_first(struct source *s, int stream)
{
    GQueue *q = &s->lane[stream].packets;
    while (g_queue_is_empty(q) && s->bytes < SOURCE_MAX_BYTES && source_read_ahead(s))
        ;
    return g_queue_peek_head(q);
}

static int64_t packet_skip(const AVPacket *p)
{
    size_t size = 0;
    const uint8_t *d = av_packet_get_side_data(p, AV_PKT_DATA_SKIP_SAMPLES, &size);
    return d && size >= 10 ? (int64_t)AV_RL32(d) : 0;
}

/* --- seeking --------------------------------------------------------------------------------------------------- */

/* A picture can only be decoded from a key frame on: what comes before it is dropped. */
static void drop_to_key(struct source *s, int stream)
{
    const AVPacket *p;
    while ((p = lane_first(s, stream)) && !(p->flags & AV_PKT_FLAG_KEY)) {
        AVPacket *old = g_queue_pop_head(&s->lane[stream].packets);
        s->bytes -= old->size + (int64_t)sizeof *old;
        av_packet_free(&old);
    }
}

static int64_t lane_first_us(struct source *s, int stream)
{
    if (stream == s->picture)
        drop_to_key(s, stream);
    const AVPacket *p = lane_first(s, stream);
    if (!p || packet_pts(p) == AV_NOPTS_VALUE)
        return INT64_MAX;
    return av_rescale_q(packet_pts(p), s->fmt->streams[stream]->time_base, (AVRational){1, 1000000});
}

/* Back to the first byte. Seeking to the first time stamp is not the same: Matroska leaves out what lies in the file
 * before its first key frame, MP4 has tables and does it right. */
static bool rewind_file(struct source *s)
{
    lanes_clear(s);
    s->astray = false;
    if (is_family(s->fmt, "mov"))
        return av_seek_frame(s->fmt, -1, INT64_MIN / 4, AVSEEK_FLAG_BACKWARD) >= 0;
    avformat_close_input(&s->fmt);
    av_freep(&s->io->buffer);
    avio_context_free(&s->io);
    s->offset = 0;
    if (!open_demuxer(s, NULL) || (int)s->fmt->nb_streams < s->lanes) {
        s->eof = s->damaged = true; /* the file has changed under us */
        return false;
    }
    source_choose(s, s->picture, s->sound);
    return true;
}

static bool go(struct source *s, int64_t us)
{
    const int stream = s->picture >= 0 ? s->picture : s->sound;
    const AVRational tb = s->fmt->streams[stream]->time_base;
    lanes_clear(s);
    s->astray = true;
    return av_seek_frame(s->fmt, stream, av_rescale_q(us, (AVRational){1, 1000000}, tb), AVSEEK_FLAG_BACKWARD) >= 0;
}

int64_t source_first_pts(struct source *s, int stream, int64_t *skip)
{
    struct lane *l = &s->lane[stream];
    if (l->first_pts == AV_NOPTS_VALUE && s->astray)
        rewind_file(s);
    const AVPacket *p = l->first_pts == AV_NOPTS_VALUE ? lane_first(s, stream) : NULL;
    if (p) {
        const AVStream *st = s->fmt->streams[stream];
        const bool trust = stream == s->picture && st->start_time != AV_NOPTS_VALUE && !header_is_enough(s->fmt);
        l->first_pts = trust ? st->start_time : packet_pts(p);
        l->first_skip = packet_skip(p);
    }
    if (skip)
        *skip = l->first_skip;
    return l->first_pts;
}

bool source_astray(const struct source *s)
{
    return s->astray;
}

/* The wanted point is so near to where reading begins anyway that seeking would gain nothing. */
static bool is_near(struct source *s, int64_t us)
{
    const int64_t picture = s->picture >= 0 ? lane_first_us(s, s->picture) : INT64_MAX;
    const int64_t sound = s->sound >= 0 ? lane_first_us(s, s->sound) : INT64_MAX;
    const int64_t first = MIN(picture, sound);
    return first != INT64_MAX && us - first < US_PER_SECOND / 2;
}

/* Lands where the demuxer thinks right, looks at what comes, and goes further back until it is early enough. */
bool source_seek(struct source *s, int64_t at_us, int64_t preroll_us)
{
    int64_t back = s->sound >= 0 ? preroll_us : 0;
    if (!s->astray && (at_us == INT64_MIN || is_near(s, at_us - back)))
        return true;
    for (int i = 0; i < SEEK_TRIES && at_us != INT64_MIN && !stopped(s); i++) {
        if (!go(s, at_us - back))
            break;
        const bool picture_ok = s->picture < 0 || lane_first_us(s, s->picture) <= at_us;
        const bool sound_ok = s->sound < 0 || lane_first_us(s, s->sound) <= at_us - preroll_us;
        if (picture_ok && sound_ok)
            return true;
        back = MAX(back * 2, US_PER_SECOND / 2);
    }
    return rewind_file(s);
}

/* Reads on until the point is passed: a later key frame saves decoding everything before it. */
void source_skip_to_key(struct source *s, int stream, int64_t pts)
{
    GQueue *q = &s->lane[stream].packets;
    guint seen = 0;
    while (s->bytes < SOURCE_MAX_BYTES) {
        if (seen == g_queue_get_length(q) && (!source_read_ahead(s) || seen == g_queue_get_length(q))) {
            if (s->eof || stopped(s))
                return;
            continue; /* it was a packet of the other lane */
        }
        const AVPacket *p = g_queue_peek_nth(q, seen++);
        if ((p->dts != AV_NOPTS_VALUE ? p->dts : packet_pts(p)) > pts)
            return;
        if (!(p->flags & AV_PKT_FLAG_KEY) || packet_pts(p) > pts)
            continue;
        for (; seen > 1; seen--) {
            AVPacket *old = g_queue_pop_head(q);
            s->bytes -= old->size + (int64_t)sizeof *old;
            av_packet_free(&old);
        }
    }
}

bool source_at_eof(const struct source *s)
{
    return s->eof;
}

bool source_damaged(const struct source *s)
{
    return s->damaged;
}

int64_t source_bytes(const struct source *s)
{
    return s->bytes;
}

int64_t source_last_pts(const struct source *s, int stream, int64_t *duration)
{
    *duration = s->lane[stream].last_duration;
    return s->lane[stream].last_pts;
}
