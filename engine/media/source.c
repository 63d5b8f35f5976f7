#include "media/source.h"

#include <assert.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#include "base/beneath.h"
#include "base/units.h"
#include "media/demuxer.h"
#include "media/packet_clock.h"
#include "media/program_times.h"
#include "media/stream_facts.h"

enum { SEEK_TRIES = 12 };

/* A file whose packets end this much before the length it declares has lost its end. */
#define CUT_SHORT_US (US_PER_SECOND / 2)

struct packet_queue {
    bool chosen, resuming; /* resuming: packets that were read before the demuxer was lent come a second time */
    GQueue packets;        /* AVPacket* */
    GQueue held;           /* AVPacket*: the time of the first is doubted until more have come */
    struct packet_clock clock;
    AVRational tb;
    int64_t last_pts, last_duration; /* the greatest time stamp of what is shown so far, and its packet's duration */
    int64_t first_dts, least_pts;    /* of what was read so far; AV_NOPTS_VALUE: none was told */
    bool partly, untold;             /* packets may not tell when they are shown; one did not */
    bool counted;                    /* they are pictures, whose times we count behind a seek */
    struct program_times times;
    int64_t told_end;           /* where the file says that the stream ends; AV_NOPTS_VALUE: it does not */
    int64_t read_dts, read_pos; /* of the last packet that was read */
    int64_t step_us;      /* when the last packet that was queued is decoded; US_NONE: unknown, or there was none */
    int restarts;         /* how often its clock has started again so far */
    int64_t shift_us;     /* what is added to its times since then */
    int64_t even;         /* the table of times lies: all packets last so long; 0: it does not */
    int64_t gap_dts, gap; /* it lies about one: from this time on, so much is to be taken away; 0: it does not */
    int64_t longest;      /* it lies, so no packet is believed to last longer; 0: it does not */
};

struct source {
    struct media *media;
    char *path, *name; /* name: the same for messages */
    struct media_user user;
    struct demuxer *demuxer;    /* NULL: lent, or lost (then `eof` is set) */
    struct packet_queue *queue; /* one per stream that there was at opening; later ones are ignored */
    int queues, picture, sound;
    int64_t bytes;
    GArray *shifts; /* int64_t, in us: of each part of the file behind the first that has a clock of its own */
    bool still;     /* the file is one picture */
    bool eof, damaged;
    bool must_seek; /* the demuxer was used before, and has not been moved since: its position is unknown */
};

/* Called for each packet: its cost is bounded by the number of streams. */
static bool source_check(const struct source *s)
{
    bool empty = true;
    assert(s->demuxer || s->media || s->eof); /* a demuxer that was lent can be borrowed again */
    assert(s->picture >= -1 && s->picture < s->queues && s->sound >= -1 && s->sound < s->queues);
    for (int i = 0; i < s->queues; i++) {
        assert(s->queue[i].chosen == (i == s->picture || i == s->sound));
        assert(s->queue[i].chosen || !s->queue[i].resuming);
        empty = empty && g_queue_is_empty(&s->queue[i].packets);
    }
    assert(s->bytes >= 0 && (s->bytes == 0) == empty);
    return true;
}

static bool source_stopped(const struct source *s)
{
    return s->user.stop && atomic_load_explicit(s->user.stop, memory_order_relaxed);
}

/* A file that could not be opened again has none, and stays so: it changed under us, or opening was stopped. */
static bool has_format(const struct source *s)
{
    return s->demuxer && demuxer_format(s->demuxer);
}

static AVStream *stream_of(const struct source *s, int stream)
{
    return demuxer_format(s->demuxer)->streams[stream];
}

/* Edit lists leave packets in the file that must be decoded, because others refer to them, but are never shown. */
static bool is_shown(const AVPacket *p)
{
    return !(p->flags & AV_PKT_FLAG_DISCARD);
}

/* --- opening, lending -------------------------------------------------------------------------------------------- */

/* Where MP4's table of times lies about one packet, those behind it come earlier. True: it does. */
static bool find_gap(struct packet_queue *l, AVStream *st, int n, int64_t too_long)
{
    for (int i = 1; i < n; i++) {
        const int64_t to = avformat_index_get_entry(st, i)->timestamp;
        if (to - avformat_index_get_entry(st, i - 1)->timestamp < too_long)
            continue;
        l->gap_dts = to;
        l->gap = too_long;
        return true;
    }
    return false;
}

/* How long each of n packets lasts. Those of sound hold a round number of samples, but the last one is often shorter; a few
 * samples more or less would be heard at each join. */
static int64_t even_length(int64_t duration, int64_t n, bool sound)
{
    const int64_t least = (duration + n - 1) / n, most = duration / (n - 1);
    int64_t round = 1;
    while (sound && round <= most && most / (2 * round) * 2 * round >= least)
        round *= 2;
    return sound && least <= most ? most / round * round : MAX(duration / n, 1);
}

/* Where MP4's table of times is wrong: of one packet, or of all, which then get the same part of the time that the header tells. */
static void find_lie(const struct source *s, struct packet_queue *l, AVStream *st)
{
    const int n = demuxer_times_lie(s->demuxer) ? avformat_index_get_entries_count(st) : 0;
    if (n < 2 || st->duration <= 0)
        return;
    const int64_t table = avformat_index_get_entry(st, n - 1)->timestamp - avformat_index_get_entry(st, 0)->timestamp;
    /* The last packet, whose time the table of a reader does not hold, lasts as long as others, most likely. */
    const int64_t too_long = table + st->duration / n - st->duration;
    const bool lies = av_rescale_q(too_long, st->time_base, AV_TIME_BASE_Q) > PACKET_LEAP_US;
    if (lies || st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) /* whose last picture's time it may be */
        l->longest = st->duration;
    if (lies && !find_gap(l, st, n, too_long))
        l->even = even_length(st->duration, n, st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO);
}

static bool is_mpeg_picture(const AVStream *st)
{
    return st->codecpar->codec_id == AV_CODEC_ID_MPEG1VIDEO || st->codecpar->codec_id == AV_CODEC_ID_MPEG2VIDEO;
}

static void queues_init(struct source *s)
{
    s->queues = demuxer_stream_count(s->demuxer);
    s->queue = g_new0(struct packet_queue, MAX(1, s->queues));
    for (int i = 0; i < s->queues; i++) {
        s->queue[i].last_pts = s->queue[i].read_dts = AV_NOPTS_VALUE;
        s->queue[i].first_dts = s->queue[i].least_pts = AV_NOPTS_VALUE;
        s->queue[i].partly =
            strcmp(source_format(s)->iformat->name, "mpeg") == 0; /* AVI numbers its packets otherwise */
        s->queue[i].counted = s->queue[i].partly && is_mpeg_picture(stream_of(s, i));
        s->queue[i].tb = stream_of(s, i)->time_base;
        s->queue[i].step_us = US_NONE;
        find_lie(s, &s->queue[i], stream_of(s, i));
        s->queue[i].told_end = demuxer_is_truncated(s->demuxer) ? AV_NOPTS_VALUE : demuxer_told_end(s->demuxer, i);
    }
}

/* Frees the first n packets of a queue, or all if there are fewer. */
static void queue_drop(struct source *s, struct packet_queue *l, guint n)
{
    for (AVPacket *p; n > 0 && (p = g_queue_pop_head(&l->packets)); n--) {
        s->bytes -= p->size + (int64_t)sizeof *p;
        av_packet_free(&p);
    }
}

static void drop_held(struct packet_queue *l)
{
    for (AVPacket *p; (p = g_queue_pop_head(&l->held));)
        av_packet_free(&p);
}

static void queues_clear(struct source *s)
{
    for (int i = 0; i < s->queues; i++) {
        queue_drop(s, &s->queue[i], G_MAXUINT);
        drop_held(&s->queue[i]);
        s->queue[i].clock = (struct packet_clock){0};
        s->queue[i].read_dts = AV_NOPTS_VALUE;
        s->queue[i].step_us = US_NONE;
        s->queue[i].times = (struct program_times){0};
        s->queue[i].resuming = false;
        s->queue[i].restarts = 0;
        s->queue[i].shift_us = 0;
    }
    s->eof = false;
}

struct source *source_open(struct media *m, const char *path, const struct media_user *user, GError **error)
{
    bool idle = false;
    struct demuxer *d = m ? media_borrow(m, path, user, &idle, error) : demuxer_open(path, user->stop, error);
    if (!d)
        return NULL;
    struct source *s = g_new0(struct source, 1);
    s->media = m;
    s->path = g_strdup(path);
    s->name = beneath_name(path);
    s->user = *user;
    s->demuxer = d;
    s->must_seek = idle;
    s->still = demuxer_is_still(s->demuxer);
    s->picture = s->sound = -1;
    s->shifts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    queues_init(s);
    assert(source_check(s));
    return s;
}

static void return_demuxer(struct source *s)
{
    if (s->demuxer && s->media)
        media_return(s->media, s->demuxer, !s->damaged && !source_stopped(s));
    else
        demuxer_free(s->demuxer);
    s->demuxer = NULL;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    queues_clear(s);
    return_demuxer(s);
    g_free(s->queue);
    g_array_unref(s->shifts);
    g_free(s->path);
    g_free(s->name);
    g_free(s);
}

void source_lend(struct source *s)
{
    if (s->media && s->demuxer && demuxer_is_costly(s->demuxer) && !s->damaged && !source_stopped(s))
        return_demuxer(s);
    assert(source_check(s));
}

/* --- what is in it --------------------------------------------------------------------------------------------- */

const char *source_path(const struct source *s)
{
    return s->name;
}

AVFormatContext *source_format(const struct source *s)
{
    return demuxer_format(s->demuxer);
}

bool source_is_still(const struct source *s)
{
    return s->still;
}

/* Its packet is the whole file, but in formats of boxes, where it is only the picture. */
struct orientation source_still_turn(const struct source *s, const AVPacket *p)
{
    enum { BEGINNING = 64 << 10 };
    assert(s->still);
    if (!demuxer_is_format(s->demuxer, "mov"))
        return orientation_of_still(p->data, (size_t)p->size);
    g_autofree uint8_t *head = g_malloc(BEGINNING);
    const ssize_t n = beneath_read(demuxer_file(s->demuxer), head, BEGINNING, 0);
    return orientation_of_heif(head, n > 0 ? (size_t)n : 0);
}

static int read_facts(const struct source *s, struct stream_facts facts[STREAMS_MAX])
{
    const int n = MIN(s->queues, STREAMS_MAX);
    stream_facts_read(source_format(s), n, facts);
    return n;
}

struct stream_facts *source_facts(const struct source *s, int *n)
{
    struct stream_facts facts[STREAMS_MAX];
    *n = read_facts(s, facts);
    return g_memdup2(facts, (gsize)*n * sizeof *facts);
}

int source_picture(const struct source *s)
{
    struct stream_facts facts[STREAMS_MAX];
    return stream_choice_picture(facts, read_facts(s, facts));
}

int source_sound(const struct source *s, const struct stream_wish *wish)
{
    struct stream_facts facts[STREAMS_MAX];
    const int n = read_facts(s, facts);
    return stream_choice_sound(facts, n, wish ? wish : &(struct stream_wish){0});
}

int source_text(const struct source *s, const struct stream_wish *wish, bool full)
{
    struct stream_facts facts[STREAMS_MAX];
    const int n = read_facts(s, facts);
    return stream_choice_text(facts, n, wish, stream_choice_heard(facts, n, wish), full);
}

void source_choose(struct source *s, int picture, int sound)
{
    s->picture = picture;
    s->sound = sound;
    for (int i = 0; i < s->queues; i++) {
        s->queue[i].chosen = i == picture || i == sound;
        if (!s->queue[i].chosen) {
            queue_drop(s, &s->queue[i], G_MAXUINT);
            drop_held(&s->queue[i]);
        }
        if (has_format(s))
            stream_of(s, i)->discard = s->queue[i].chosen ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    assert(source_check(s));
}

/* --- packets --------------------------------------------------------------------------------------------------- */

static int64_t packet_pts(const AVPacket *p)
{
    return p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
}

/* Some packets of MPEG program streams, often the last one, do not tell when they are shown, but all tell when they are decoded. One of
 * the pictures that are decoded by then is shown at least as long after that as the first is after its own decoding. */
static int64_t shown_pts(const struct packet_queue *l, const AVPacket *p)
{
    const int64_t pts = packet_pts(p);
    const bool counted = l->first_dts != AV_NOPTS_VALUE && l->least_pts != AV_NOPTS_VALUE;
    if (!l->untold || !counted || p->dts == AV_NOPTS_VALUE)
        return pts;
    return MAX(pts, p->dts + l->least_pts - l->first_dts);
}

/* The same, but rather too late: what does not tell it is shown within half a second of its decoding, as more pictures never
 * come in between. */
static int64_t shown_by_pts(const struct packet_queue *l, const AVPacket *p)
{
    const bool open = l->counted && p->pts == AV_NOPTS_VALUE && p->dts != AV_NOPTS_VALUE;
    return open ? p->dts + av_rescale_q(US_PER_SECOND / 2, AV_TIME_BASE_Q, l->tb) : packet_pts(p);
}

static void queue_note(struct packet_queue *l, const AVPacket *p)
{
    if (p->dts != AV_NOPTS_VALUE &&
        (l->first_dts == AV_NOPTS_VALUE || p->dts < l->first_dts)) { /* or a seek goes back */
        l->first_dts = p->dts;
        l->least_pts = AV_NOPTS_VALUE;
    }
    l->untold |= l->partly && p->pts == AV_NOPTS_VALUE;
    if (p->pts != AV_NOPTS_VALUE && (l->least_pts == AV_NOPTS_VALUE || p->pts < l->least_pts))
        l->least_pts = p->pts;
    const int64_t pts = shown_pts(l, p);
    if (is_shown(p) && pts != AV_NOPTS_VALUE && (l->last_pts == AV_NOPTS_VALUE || pts > l->last_pts)) {
        l->last_pts = pts;
        l->last_duration = p->duration;
    }
}

/* When the last packet ends, in us of the file's own clock. */
static int64_t packets_end_us(const struct source *s)
{
    int64_t end = INT64_MIN;
    for (int i = 0; i < s->queues; i++) {
        const struct packet_queue *l = &s->queue[i];
        if (l->chosen && l->last_pts != AV_NOPTS_VALUE)
            end = MAX(end, av_rescale_q(l->last_pts + l->last_duration, l->tb, AV_TIME_BASE_Q));
    }
    return end;
}

/* The sample tables of MP4 name bytes that are not in the file. */
static bool index_is_cut(const struct source *s)
{
    for (int i = 0; i < s->queues; i++)
        if (s->queue[i].chosen && demuxer_stream_start(s->demuxer, i)->cut)
            return true;
    return false;
}

int64_t source_untold_us(const struct source *s)
{
    return demuxer_untold_us(s->demuxer);
}

bool source_is_edited(const struct source *s)
{
    return demuxer_is_edited(s->demuxer);
}

bool source_times_lie(const struct source *s)
{
    for (int i = 0; i < s->queues; i++)
        if (s->queue[i].chosen && s->queue[i].longest > 0)
            return true;
    return false;
}

bool source_restarts(struct source *s)
{
    s->must_seek = s->must_seek || demuxer_may_restart(s->demuxer);
    return demuxer_restarts(s->demuxer);
}

bool source_lacks_end(const struct source *s)
{
    return demuxer_is_truncated(s->demuxer) || index_is_cut(s);
}

bool source_ends_untold(const struct source *s)
{
    return !demuxer_tells_end(s->demuxer);
}

/* The header says that a stream goes on for so long after its last packet that it cannot be meant. */
static bool tells_too_much(const struct packet_queue *l)
{
    return l->chosen && l->told_end != AV_NOPTS_VALUE && l->last_pts != AV_NOPTS_VALUE &&
           av_rescale_q(l->told_end - l->last_pts - l->last_duration, l->tb, AV_TIME_BASE_Q) > PACKET_STANDS_US;
}

/* At the end of the file: does it declare a greater length? Unknown if there are streams that we do not read. In
 * Matroska the last picture may stay for long after its packet, but the header tells how many bytes there should be. */
static bool is_cut_short(const struct source *s)
{
    const AVFormatContext *f = source_format(s);
    const int64_t end = packets_end_us(s), start = f->start_time == AV_NOPTS_VALUE ? 0 : f->start_time;
    if (source_lacks_end(s))
        return true;
    if (demuxer_is_format(s->demuxer, "mov") || s->shifts->len > 0)
        return false;
    for (int i = 0; i < s->queues; i++)
        if (tells_too_much(&s->queue[i]))
            return true;
    if (demuxer_is_format(s->demuxer, "matroska"))
        return false;
    for (unsigned i = 0; i < f->nb_streams; i++)
        if (f->streams[i]->discard == AVDISCARD_ALL)
            return false;
    return end != INT64_MIN && f->duration > 0 && f->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE &&
           start + f->duration - end > CUT_SHORT_US;
}

/* Goes to where reading stopped. The tables of MP4 lead to any packet, not only to key frames. */
static bool seek_back(struct source *s)
{
    int first = -1;
    int64_t first_us = INT64_MAX;
    for (int i = 0; i < s->queues; i++) {
        struct packet_queue *l = &s->queue[i];
        l->resuming = l->chosen && l->read_dts != AV_NOPTS_VALUE;
        const int64_t us = l->resuming ? av_rescale_q(l->read_dts, l->tb, AV_TIME_BASE_Q) : INT64_MAX;
        if (us < first_us) {
            first = i;
            first_us = us;
        }
    }
    return first < 0 ? av_seek_frame(source_format(s), -1, INT64_MIN / 4, AVSEEK_FLAG_BACKWARD) >= 0
                     : av_seek_frame(source_format(s), first, s->queue[first].read_dts,
                                     AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_ANY) >= 0;
}

/* Makes sure that there is a demuxer, and that it stands where reading stopped. */
static bool regain_demuxer(struct source *s)
{
    if (s->demuxer)
        return true;
    s->demuxer = media_borrow(s->media, s->path, &s->user, &(bool){false}, NULL);
    if (s->demuxer && demuxer_stream_count(s->demuxer) == s->queues) {
        source_choose(s, s->picture, s->sound);
        if (seek_back(s))
            return true;
    }
    s->eof = s->damaged = true; /* the file has changed under us */
    return false;
}

static bool is_repeat(struct packet_queue *l, const AVPacket *p)
{
    l->resuming = l->resuming && p->dts != AV_NOPTS_VALUE &&
                  (p->dts < l->read_dts || (p->dts == l->read_dts && p->pos <= l->read_pos));
    return l->resuming;
}

/* Whatever lies so far away is a lie. Nearer by, differences of times, and sums of a few, are numbers; FFmpeg tells the least of all where
 * a time in us is none. */
#define FAR_US (INT64_MAX / 4)

static int64_t to_us(const struct packet_queue *l, int64_t time)
{
    return CLAMP(av_rescale_q(time, l->tb, AV_TIME_BASE_Q), -FAR_US, FAR_US);
}

static int64_t packet_us(const struct packet_queue *l, const AVPacket *p)
{
    return to_us(l, packet_pts(p));
}

/* The tables of MP4, and the delays of GIF and APNG, add up: there no packet can lie about its time alone. */
static bool has_clock(const struct source *s, const AVPacket *p)
{
    return !s->still && packet_pts(p) != AV_NOPTS_VALUE && !demuxer_is_format(s->demuxer, "mov") &&
           !demuxer_is_format(s->demuxer, "gif") && !demuxer_is_format(s->demuxer, "apng");
}

/* Where the header says that the file ends, in us of the file's own clock; US_NONE: only its packets tell. */
static int64_t declared_end_us(const struct source *s)
{
    const AVFormatContext *f = source_format(s);
    if (f->duration <= 0 || f->duration_estimation_method != AVFMT_DURATION_FROM_STREAM)
        return US_NONE;
    return f->duration + (f->start_time == AV_NOPTS_VALUE ? 0 : f->start_time);
}

static int64_t decoded_us(const struct packet_queue *l, const AVPacket *p)
{
    return p->dts == AV_NOPTS_VALUE ? US_NONE : to_us(l, p->dts);
}

static void push_packet(struct source *s, struct packet_queue *l, AVPacket *p)
{
    queue_note(l, p);
    if (packet_pts(p) != AV_NOPTS_VALUE)
        packet_clock_note(&l->clock, packet_us(l, p));
    l->step_us = decoded_us(l, p);
    g_queue_push_tail(&l->packets, p);
    s->bytes += p->size + (int64_t)sizeof *p;
    assert(source_check(s));
}

static int64_t apart(int64_t a, int64_t b)
{
    int64_t by;
    return __builtin_sub_overflow(a, b, &by) || by == INT64_MIN ? INT64_MAX : ABS(by);
}

static int64_t moved(int64_t time, int64_t by)
{
    int64_t to;
    return time == AV_NOPTS_VALUE || __builtin_add_overflow(time, by, &to) ? AV_NOPTS_VALUE : to;
}

/* A packet whose time is a lie follows the one before it, or precedes the next if it is the first. */
static void mend_time(struct source *s, const struct packet_queue *l, AVPacket *p, int64_t next_us)
{
    const int64_t lasts_us = to_us(l, MAX(p->duration, 1)), was = packet_pts(p);
    const int64_t us = l->clock.begun ? l->clock.last_us + lasts_us : next_us - lasts_us;
    const int64_t pts = av_rescale_q(us, AV_TIME_BASE_Q, l->tb);
    int64_t by;
    const bool both =
        p->dts != AV_NOPTS_VALUE && !__builtin_sub_overflow(pts, was, &by) && apart(p->dts, was) < apart(p->dts, pts);
    p->pts = pts;
    if (both)
        p->dts = moved(p->dts, by);
    s->damaged = true;
}

static void shift_packet(const struct packet_queue *l, AVPacket *p, int64_t by_us)
{
    const int64_t by = av_rescale_q(by_us, AV_TIME_BASE_Q, l->tb);
    p->pts = moved(p->pts, by);
    p->dts = moved(p->dts, by);
}

/* Packets are decoded one after the other, so a step back that is no matter of rounding means another clock, or a lie. */
static bool steps_back(const struct source *s, const struct packet_queue *l, const AVPacket *p)
{
    const int64_t us = decoded_us(l, p);
    return us != US_NONE && l->step_us != US_NONE && us < l->step_us - DEMUXER_BACK_US &&
           demuxer_may_restart(s->demuxer);
}

/* Recordings are joined by putting one behind the other, and a DVD's film is: each part has a clock of its own. */
static bool is_other_clock(const struct source *s, const struct packet_queue *l, const AVPacket *p,
                           const AVPacket *next)
{
    const int64_t at_us = packet_us(l, p);
    const bool leaps = at_us < l->clock.last_us - PACKET_LEAP_US || at_us > l->clock.last_us + PACKET_STANDS_US;
    const bool goes_on = next && steps_back(s, l, p) && decoded_us(l, next) < l->step_us;
    return l->clock.begun && (leaps || goes_on) && demuxer_may_restart(s->demuxer);
}

/* The part begins where everything before it ends; the first stream that meets it decides for all. Returns what is to be added
 * to the time of packets that were read already. */
static int64_t follow_other_clock(struct source *s, struct packet_queue *l, int64_t at_us)
{
    const int64_t shift_us = l->shift_us + packets_end_us(s) - at_us, before_us = l->shift_us;
    if ((int)s->shifts->len == l->restarts)
        g_array_append_val(s->shifts, shift_us);
    l->shift_us = g_array_index(s->shifts, int64_t, l->restarts);
    l->restarts++;
    return l->shift_us - before_us;
}

/* next: the packet behind those that are held, and its time; NULL: there is none. Returns what is to be added to it. */
static int64_t settle_held(struct source *s, struct packet_queue *l, const AVPacket *next, int64_t next_us)
{
    const AVPacket *first = g_queue_peek_head(&l->held);
    const int64_t at_us = packet_us(l, first);
    const bool good = packet_clock_believes(&l->clock, at_us, next_us, declared_end_us(s));
    const int64_t by_us = good && is_other_clock(s, l, first, next) ? follow_other_clock(s, l, at_us) : 0;
    for (AVPacket *p; (p = g_queue_pop_head(&l->held));) {
        shift_packet(l, p, by_us);
        if (!good)
            mend_time(s, l, p, next_us);
        push_packet(s, l, p);
    }
    return by_us;
}

/* Is it still too early to settle what is held, as more packets must confirm it? */
static bool wants_more(const struct source *s, struct packet_queue *l, int64_t next_us)
{
    const int64_t at_us = packet_us(l, g_queue_peek_head(&l->held));
    return (int)g_queue_get_length(&l->held) < packet_clock_witnesses(&l->clock, at_us) &&
           packet_clock_believes(&l->clock, at_us, next_us, declared_end_us(s));
}

/* Takes over a packet that has been read. True: at least one has been queued. */
static bool take_packet(struct source *s, struct packet_queue *l, AVPacket *p)
{
    const bool clock = has_clock(s, p), held = !g_queue_is_empty(&l->held);
    int64_t at_us = clock ? packet_us(l, p) : US_NONE;
    l->read_dts = p->dts;
    l->read_pos = p->pos;
    const bool more = held && clock && wants_more(s, l, at_us);
    const int64_t by_us = held && !more ? settle_held(s, l, p, at_us) : 0;
    shift_packet(l, p, by_us);
    at_us += clock ? by_us : 0;
    if (more || (clock && (packet_clock_doubts(&l->clock, at_us) || steps_back(s, l, p)))) {
        g_queue_push_tail(&l->held, p);
        return held && !more;
    }
    push_packet(s, l, p);
    return true;
}

/* At the end of the file. True: there were some. */
static bool release_held(struct source *s)
{
    bool any = false;
    for (int i = 0; i < s->queues; i++) {
        if (g_queue_is_empty(&s->queue[i].held))
            continue;
        settle_held(s, &s->queue[i], NULL, US_NONE);
        any = true;
    }
    return any;
}

/* Packets keep their order, and the time between decoding and showing. */
static void even_time(struct source *s, const struct packet_queue *l, AVPacket *p)
{
    AVStream *st = stream_of(s, p->stream_index);
    const int n = p->dts != AV_NOPTS_VALUE ? av_index_search_timestamp(st, p->dts, AVSEEK_FLAG_ANY) : -1;
    if (n < 0)
        return;
    const int64_t dts = avformat_index_get_entry(st, 0)->timestamp + n * l->even;
    if (p->pts != AV_NOPTS_VALUE)
        p->pts += dts - p->dts;
    p->dts = dts;
    p->duration = l->even;
    s->damaged = true;
}

/* The packet before the gap does not last until its end. */
static void close_gap(struct source *s, const struct packet_queue *l, AVPacket *p)
{
    const bool behind = p->dts != AV_NOPTS_VALUE && p->dts >= l->gap_dts;
    if (behind && l->gap > 0) {
        p->dts -= l->gap;
        p->pts -= p->pts == AV_NOPTS_VALUE ? 0 : l->gap;
    }
    if (p->duration > l->longest)
        p->duration = MAX(p->duration - l->gap, 0) % l->longest;
    s->damaged = true;
}

/* In MP4 nothing is shown before 0: an edit list leaves it out. FFmpeg marks that, but not in fragments. */
static void hide_before_start(const struct source *s, AVPacket *p)
{
    const bool before = packet_pts(p) != AV_NOPTS_VALUE && packet_pts(p) < 0 && packet_pts(p) + p->duration <= 0;
    if (before && p->stream_index == s->picture && demuxer_is_format(s->demuxer, "mov"))
        p->flags |= AV_PKT_FLAG_DISCARD;
}

/* As far as is known from the packets before it. */
static void correct_time(struct source *s, const struct packet_queue *l, AVPacket *p)
{
    if (l->longest > 0)
        close_gap(s, l, p);
    if (l->even > 0)
        even_time(s, l, p);
    hide_before_start(s, p);
    shift_packet(l, p, l->shift_us);
}

bool source_read_ahead(struct source *s)
{
    while (!s->eof && !source_stopped(s) && regain_demuxer(s)) {
        AVPacket *p = av_packet_alloc();
        const int err = av_read_frame(source_format(s), p);
        const bool wanted = err >= 0 && p->stream_index < s->queues && s->queue[p->stream_index].chosen &&
                            program_times_settle(&s->queue[p->stream_index].times, p) &&
                            !is_repeat(&s->queue[p->stream_index], p);
        if (wanted)
            correct_time(s, &s->queue[p->stream_index], p);
        if (wanted && take_packet(s, &s->queue[p->stream_index], p))
            return true;
        if (wanted)
            continue;
        av_packet_free(&p);
        s->eof = err < 0 && err != AVERROR(EAGAIN);
        const bool released = s->eof && release_held(s);
        s->damaged = s->damaged || (s->eof && err != AVERROR_EXIT && (err != AVERROR_EOF || is_cut_short(s)));
        if (released)
            return true;
    }
    return false;
}

AVPacket *source_next(struct source *s, int stream)
{
    GQueue *q = &s->queue[stream].packets;
    assert(s->queue[stream].chosen);
    while (g_queue_is_empty(q) && s->bytes < SOURCE_MAX_BYTES && source_read_ahead(s))
        ;
    AVPacket *p = g_queue_pop_head(q);
    if (p)
        s->bytes -= p->size + (int64_t)sizeof *p;
    else if (!s->eof && !source_stopped(s))
        s->damaged = true;
    assert(source_check(s));
    return p;
}

AVPacket *source_next_any(struct source *s)
{
    do
        for (int i = 0; i < s->queues; i++)
            if (!g_queue_is_empty(&s->queue[i].packets))
                return source_next(s, i);
    while (source_read_ahead(s));
    return NULL;
}

static const AVPacket *queue_first(struct source *s, int stream)
{
    GQueue *q = &s->queue[stream].packets;
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

/* A picture can be decoded only from a key frame on, so packets before it are dropped. */
static void drop_to_key(struct source *s, int stream)
{
    const AVPacket *p;
    while ((p = queue_first(s, stream)) && !(p->flags & AV_PKT_FLAG_KEY))
        queue_drop(s, &s->queue[stream], 1);
}

/* The packet behind `link`, or the first if that is NULL; reads on if it is not there yet. NULL: there is none. */
static GList *queue_next_link(struct source *s, int stream, GList *link)
{
    GQueue *q = &s->queue[stream].packets;
    while (!(link ? link->next : q->head) && s->bytes < SOURCE_MAX_BYTES && source_read_ahead(s))
        ;
    return link ? link->next : q->head;
}

/* From where on a stream is there: a picture that is shown, behind a key frame; or sound. */
static int64_t queue_first_us(struct source *s, int stream)
{
    if (stream == s->picture)
        drop_to_key(s, stream);
    GList *link = queue_next_link(s, stream, NULL);
    while (stream == s->picture && link && !is_shown(link->data))
        link = queue_next_link(s, stream, link);
    const int64_t pts = link ? shown_by_pts(&s->queue[stream], link->data) : AV_NOPTS_VALUE;
    return pts == AV_NOPTS_VALUE ? INT64_MAX : av_rescale_q(pts, s->queue[stream].tb, AV_TIME_BASE_Q);
}

/* MP4's reader takes all streams to the time at which the named one begins, so the first of them must be named. */
static int earliest_stream(const struct source *s)
{
    int64_t first_us = INT64_MAX;
    int first = -1;
    for (int i = 0; i < s->queues; i++) {
        const AVIndexEntry *e = s->queue[i].chosen ? avformat_index_get_entry(stream_of(s, i), 0) : NULL;
        const int64_t us = e ? av_rescale_q(e->timestamp, s->queue[i].tb, AV_TIME_BASE_Q) : INT64_MAX;
        if (us < first_us) {
            first_us = us;
            first = i;
        }
    }
    return first;
}

/* Back to the first byte. Seeking to the first time stamp is not the same in Matroska, which leaves out packets that
 * lie before its first key frame; MP4 has tables and does it right. */
static bool rewind_file(struct source *s)
{
    if (!has_format(s))
        return false;
    queues_clear(s);
    s->must_seek = false;
    if (demuxer_is_format(s->demuxer, "mov"))
        return av_seek_frame(source_format(s), earliest_stream(s), INT64_MIN / 4, AVSEEK_FLAG_BACKWARD) >= 0;
    if (!demuxer_reopen(s->demuxer)) {
        s->eof = s->damaged = true; /* the file has changed under us */
        return false;
    }
    source_choose(s, s->picture, s->sound);
    return true;
}

static bool seek_to(struct source *s, int64_t us)
{
    const int stream = s->picture >= 0 ? s->picture : s->sound;
    if (!has_format(s))
        return false;
    queues_clear(s);
    s->must_seek = true;
    for (int i = 0; i < s->queues; i++)
        if (s->queue[i].counted)
            program_times_seek(&s->queue[i].times);
    return av_seek_frame(source_format(s), stream, av_rescale_q(us, AV_TIME_BASE_Q, s->queue[stream].tb),
                         AVSEEK_FLAG_BACKWARD) >= 0;
}

/* The time stamp of the first picture that is shown. Packets come in the order of decoding: those of later pictures may
 * come first, but not later than their own decoding, and never more of them than the decoder keeps back. Of MP4 in fragments,
 * FFmpeg does not know how many these are. */
static int64_t first_shown_pts(struct source *s, int stream)
{
    enum { MOST = 16 }; /* of any codec */
    const int known = stream_of(s, stream)->codecpar->video_delay;
    const int delay = known <= 0 && demuxer_is_format(s->demuxer, "mov") ? MOST : MAX(known, 0);
    int64_t first = AV_NOPTS_VALUE;
    int shown = 0;
    for (GList *l = NULL; shown <= delay && (l = queue_next_link(s, stream, l));) {
        const AVPacket *p = l->data;
        if (first != AV_NOPTS_VALUE && p->dts != AV_NOPTS_VALUE && p->dts >= first)
            break;
        if (!is_shown(p))
            continue;
        shown++;
        if (packet_pts(p) != AV_NOPTS_VALUE && (first == AV_NOPTS_VALUE || packet_pts(p) < first))
            first = packet_pts(p);
    }
    return first;
}

static AVRational rate_of(const AVStream *st)
{
    return (AVRational){1, MAX(st->codecpar->sample_rate, 1)};
}

static void find_stream_start(struct source *s, int stream, struct demuxer_stream_start *first)
{
    const AVPacket *p = queue_first(s, stream);
    if (!p)
        return;
    if (stream != s->picture) {
        first->pts = packet_pts(p);
        first->skip = packet_skip(p);
        if (first->skip == 0 && first->pts < 0 && first->pts != AV_NOPTS_VALUE && demuxer_is_format(s->demuxer, "mov"))
            first->skip = av_rescale_q(-first->pts, s->queue[stream].tb, rate_of(stream_of(s, stream)));
        return;
    }
    first->pts = first_shown_pts(s, stream);
    if (first->pts == AV_NOPTS_VALUE)
        first->pts = stream_of(s, stream)->start_time;
}

int64_t source_first_pts(struct source *s, int stream, int64_t *skip)
{
    struct demuxer_stream_start *first = demuxer_stream_start(s->demuxer, stream);
    if (first->pts == AV_NOPTS_VALUE && s->must_seek)
        rewind_file(s);
    if (first->pts == AV_NOPTS_VALUE)
        find_stream_start(s, stream, first);
    if (skip)
        *skip = first->skip;
    return first->pts;
}

int64_t source_lead_smp(struct source *s, int picture, int sound)
{
    int64_t skip;
    if (picture < 0 || sound < 0 || s->still)
        return 0;
    const int64_t shown = source_first_pts(s, picture, NULL);
    const int64_t heard = source_first_pts(s, sound, &skip);
    if (shown == AV_NOPTS_VALUE || heard == AV_NOPTS_VALUE || !has_format(s))
        return 0;
    const AVRational smp = {1, FILM_RATE};
    const int64_t skipped = av_rescale_q(skip, rate_of(stream_of(s, sound)), smp);
    const int64_t lead =
        av_rescale_q(shown, s->queue[picture].tb, smp) - av_rescale_q(heard, s->queue[sound].tb, smp) - skipped;
    return lead > us_to_smp(SOURCE_APART_US) ? lead : 0;
}

bool source_must_seek(const struct source *s)
{
    return s->must_seek;
}

/* Is the wanted point so near to where reading begins that seeking would gain nothing? */
static bool is_near(struct source *s, int64_t us)
{
    const int64_t picture = s->picture >= 0 ? queue_first_us(s, s->picture) : INT64_MAX;
    const int64_t sound = s->sound >= 0 ? queue_first_us(s, s->sound) : INT64_MAX;
    const int64_t first = MIN(picture, sound);
    return first != INT64_MAX && us - first < US_PER_SECOND / 2;
}

/* Where a stream begins, if somebody has looked already; else INT64_MIN. */
static int64_t stream_start_us(const struct source *s, int stream)
{
    const int64_t pts = s->demuxer ? demuxer_stream_start(s->demuxer, stream)->pts : AV_NOPTS_VALUE;
    return pts == AV_NOPTS_VALUE ? INT64_MIN : av_rescale_q(pts, s->queue[stream].tb, AV_TIME_BASE_Q);
}

/* Seeks, looks at the packets that come, and goes further back until they are early enough. */
bool source_seek(struct source *s, int64_t at_us, int64_t preroll_us)
{
    const int64_t sound_us = s->sound >= 0 ? stream_start_us(s, s->sound) : INT64_MIN;
    int64_t back = s->sound >= 0 ? preroll_us : 0;
    if (!s->must_seek && (at_us == INT64_MIN || is_near(s, at_us - back)))
        return true;
    if (at_us != INT64_MIN && demuxer_restarts(s->demuxer)) /* a time leads to several places */
        return rewind_file(s);
    for (int i = 0; i < SEEK_TRIES && at_us != INT64_MIN && !source_stopped(s); i++) {
        if (!seek_to(s, at_us - back))
            break;
        const bool picture_ok = s->picture < 0 || queue_first_us(s, s->picture) <= at_us;
        const bool sound_ok = s->sound < 0 || queue_first_us(s, s->sound) <= MAX(at_us - preroll_us, sound_us);
        if (picture_ok && sound_ok)
            return true;
        back = MAX(back * 2, US_PER_SECOND / 2);
    }
    return rewind_file(s);
}

/* Reads on until that point is passed, because a later key frame saves decoding everything before it. A key frame that
 * is never shown serves what lies behind it in the file: its time stamp may lie in an earlier edit. */
int64_t source_skip_to_key(struct source *s, int stream, int64_t pts)
{
    int64_t due = AV_NOPTS_VALUE;
    guint at = 0, hidden_key = 0;
    assert(stream == s->picture);
    for (GList *l = NULL; (l = queue_next_link(s, stream, l)); at++) {
        const AVPacket *p = l->data;
        const int64_t shown_at = shown_by_pts(&s->queue[stream], p);
        if ((p->dts != AV_NOPTS_VALUE ? p->dts : shown_at) > pts)
            break;
        if (shown_at == AV_NOPTS_VALUE || shown_at > pts)
            continue;
        const bool better = is_shown(p) && (due == AV_NOPTS_VALUE || shown_at > due);
        const guint key = p->flags & AV_PKT_FLAG_KEY && is_shown(p) ? at : better ? hidden_key : 0;
        if (!is_shown(p) && p->flags & AV_PKT_FLAG_KEY)
            hidden_key = at;
        due = better ? shown_at : due;
        queue_drop(s, &s->queue[stream], key);
        hidden_key = key > hidden_key ? 0 : hidden_key - key;
        at -= key;
    }
    return due;
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

int64_t source_told_end(const struct source *s, int stream)
{
    if (stream >= s->queues) /* it appeared while the file was read */
        return AV_NOPTS_VALUE;
    return s->eof && tells_too_much(&s->queue[stream]) ? AV_NOPTS_VALUE : s->queue[stream].told_end;
}

bool source_chosen(const struct source *s, int *picture, int *sound)
{
    *picture = s->picture;
    *sound = s->sound;
    return has_format(s);
}

int64_t source_last_pts(const struct source *s, int stream, int64_t *duration)
{
    *duration = s->queue[stream].last_duration;
    return s->queue[stream].last_pts;
}
