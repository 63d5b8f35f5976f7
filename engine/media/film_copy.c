#include "media/film_copy.h"

#include <assert.h>
#include <string.h>

#include "base/beneath.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "media/film_packets.h"
#include "media/probe.h"
#include "media/source.h"
#include "media/told_length.h"

/* Matroska tells times in whole milliseconds, and stories in microseconds. */
#define ROUNDED_SMP (FILM_RATE / 1000)

static const AVRational SMP = {1, FILM_RATE};

static const atomic_bool never = false;
static const struct media_user user = {.stop = &never};

struct packet {
    int64_t pts, duration; /* in samples from the file's beginning */
    bool key, shown;
};

struct file {
    char *path;
    struct source *source;
    int stream;
    int64_t zero_us; /* the file's beginning on its own clock */
    AVCodecParameters *parameters;
    AVRational rate; /* 0/1: none that is constant */
    GArray *packets; /* struct packet, in the order of decoding */
};

struct part {
    struct file *file;
    int64_t from; /* of its file, in samples */
    int first, n; /* of its packets */
    GArray *times;
};

struct film_copy {
    int reorder;      /* how many pictures may be decoded before one that is shown before them, in any part */
    GPtrArray *files; /* struct file */
    GArray *parts;    /* struct part */
    /* the part that is being read */
    const struct part *part;
    int next;
};

static bool film_copy_check(const struct film_copy *c)
{
    assert(c->next >= 0 && (!c->part || c->next <= c->part->n));
    return true;
}

static void file_free(void *file)
{
    struct file *f = file;
    source_close(f->source);
    avcodec_parameters_free(&f->parameters);
    g_array_unref(f->packets);
    g_free(f->path);
    g_free(f);
}

static void clear_part(void *part)
{
    g_array_unref(((struct part *)part)->times);
}

void film_copy_free(struct film_copy *c)
{
    if (!c)
        return;
    g_array_unref(c->parts);
    g_ptr_array_unref(c->files);
    g_free(c);
}

static const struct packet *packet_of(const struct file *f, int i)
{
    return &g_array_index(f->packets, struct packet, i);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* What the player does to such pictures is lost in a copy. NULL: nothing. */
static const char *altered(const struct probe *p)
{
    if (!p->has_picture || p->is_still)
        return "it is no film";
    if (p->turn.quarters != 0 || p->turn.mirrored)
        return "its pictures are turned";
    if (p->interlaced)
        return "its pictures are interlaced";
    if (colour_needs_map(&p->colour))
        return "its colours are mapped";
    if (p->restarts || p->wrong_times || p->cut_off)
        return "its times or its end are damaged";
    return NULL;
}

/* H.264 and H.265 come in two forms; in that of MPEG-TS, each key frame brings its own parameters. */
static bool has_header(const AVCodecParameters *p)
{
    const bool nal = p->codec_id == AV_CODEC_ID_H264 || p->codec_id == AV_CODEC_ID_HEVC;
    return !nal || (p->extradata_size > (p->codec_id == AV_CODEC_ID_H264 ? 6 : 22) && p->extradata[0] == 1);
}

/* Does nothing that follows refer to what came before? A key frame alone lets what is shown later do so. */
static bool begins_anew(const AVCodecParameters *p, const AVPacket *packet)
{
    const bool h264 = p->codec_id == AV_CODEC_ID_H264;
    if (!h264 && p->codec_id != AV_CODEC_ID_HEVC)
        return true;
    const int size = (p->extradata[h264 ? 4 : 21] & 3) + 1; /* bytes of the length before each unit */
    for (int64_t at = 0; at + size < packet->size;) {
        uint32_t n = 0;
        for (int i = 0; i < size; i++)
            n = n << 8 | packet->data[at + i];
        const uint8_t head = packet->data[at + size];
        const int type = h264 ? head & 31 : head >> 1 & 63;
        if (h264 ? type == 5 : type >= 16 && type <= 20) /* IDR; H.265: BLA and IDR */
            return true;
        at += size + (int64_t)n;
    }
    return false;
}

static const char *read_packets(struct file *f)
{
    const AVRational tb = source_format(f->source)->streams[f->stream]->time_base;
    const int64_t zero = av_rescale_q(f->zero_us, (AVRational){1, US_PER_SECOND}, tb);
    for (AVPacket *p; !interrupt_requested() && (p = source_next(f->source, f->stream)); av_packet_free(&p)) {
        if (p->pts == AV_NOPTS_VALUE) {
            av_packet_free(&p);
            return "it does not tell when its pictures are shown";
        }
        const struct packet packet = {av_rescale_q(p->pts - zero, tb, SMP), av_rescale_q(p->duration, tb, SMP),
                                      (p->flags & AV_PKT_FLAG_KEY) && begins_anew(f->parameters, p),
                                      !(p->flags & AV_PKT_FLAG_DISCARD)};
        g_array_append_val(f->packets, packet);
    }
    return interrupt_requested() ? "it was interrupted" : f->packets->len == 0 ? "it holds no pictures" : NULL;
}

/* The sample at which picture `i` begins at a constant rate. */
static int64_t grid_smp(AVRational rate, int64_t i)
{
    return av_rescale_rnd(i, (int64_t)FILM_RATE * rate.den, rate.num, AV_ROUND_NEAR_INF);
}

/* The times of pictures that come at a constant rate are exact, however their container rounds them. */
static void make_exact(struct file *f)
{
    for (int step = 0; step < 2; step++)
        for (guint i = 0; f->rate.num > 0 && i < f->packets->len; i++) {
            struct packet *p = &g_array_index(f->packets, struct packet, i);
            const int64_t number =
                av_rescale_rnd(p->pts, f->rate.num, (int64_t)FILM_RATE * f->rate.den, AV_ROUND_NEAR_INF);
            const int64_t exact = grid_smp(f->rate, number);
            if (step == 0 && ABS(exact - p->pts) > ROUNDED_SMP)
                return;
            if (step == 1)
                p->pts = exact;
        }
}

/* NULL: it can be copied from. */
static const char *open_file(struct file *f)
{
    g_autofree struct probe *probe = g_new(struct probe, 1);
    if (!probe_file(f->path, NULL, probe, NULL))
        return "it can't be read";
    const char *why = altered(probe);
    f->source = why ? NULL : source_open(NULL, f->path, &user, NULL);
    f->stream = f->source ? source_picture(f->source) : -1;
    if (f->stream < 0)
        return why ? why : "it can't be read";
    const struct told_start start = told_start_find(f->source, f->stream, source_sound(f->source, NULL));
    if (us_to_smp(start.picture_us - start.file_us) > ROUNDED_SMP)
        return "its sound begins before its pictures";
    f->zero_us = start.picture_us;
    f->rate = (AVRational){probe->fps_num, probe->fps_den};
    f->parameters = avcodec_parameters_alloc();
    source_choose(f->source, f->stream, -1);
    if (avcodec_parameters_copy(f->parameters, source_format(f->source)->streams[f->stream]->codecpar) < 0 ||
        !has_header(f->parameters))
        return "its stream has no header of its own, as in MPEG-TS";
    why = read_packets(f);
    make_exact(f);
    return why;
}

static struct file *find_file(struct film_copy *c, const char *path, const char **why)
{
    for (guint i = 0; i < c->files->len; i++)
        if (strcmp(((struct file *)c->files->pdata[i])->path, path) == 0)
            return c->files->pdata[i];
    struct file *f = g_new0(struct file, 1);
    f->path = g_strdup(path);
    f->packets = g_array_new(FALSE, FALSE, sizeof(struct packet));
    g_ptr_array_add(c->files, f);
    *why = open_file(f);
    return f;
}

/* One decoder, set up once, shows both. */
static bool is_alike(const struct file *a, const struct file *b)
{
    const AVCodecParameters *p = a->parameters, *q = b->parameters;
    return p->codec_id == q->codec_id && p->width == q->width && p->height == q->height && p->format == q->format &&
           p->profile == q->profile && av_cmp_q(p->sample_aspect_ratio, q->sample_aspect_ratio) == 0 &&
           p->color_range == q->color_range && p->color_space == q->color_space &&
           p->extradata_size == q->extradata_size &&
           (p->extradata_size == 0 || memcmp(p->extradata, q->extradata, (size_t)p->extradata_size) == 0);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The first of the packets that are shown in this range, and how many there are. False: others lie between them. */
static bool find_packets(struct part *part, int64_t from, int64_t to)
{
    const struct file *f = part->file;
    int last = -1, n = 0;
    part->first = -1;
    for (int i = 0; i < (int)f->packets->len; i++) {
        const struct packet *p = packet_of(f, i);
        if (p->pts < from - ROUNDED_SMP / 2 || p->pts >= to - ROUNDED_SMP / 2)
            continue;
        part->first = part->first < 0 ? i : part->first;
        last = i;
        n++;
        const int64_t at = p->pts - from;
        g_array_append_val(part->times, at);
    }
    part->n = n;
    g_array_sort(part->times, by_time);
    return n == last - part->first + 1;
}

/* Of how many pictures does the decoder of this part have to wait for one that is shown earlier? */
static int reorder_of(const struct part *part, int64_t from)
{
    const int64_t *times = (const int64_t *)(void *)part->times->data;
    int most = 0;
    for (int i = 0; i < part->n; i++)
        while (most < i && times[i - most - 1] >= packet_of(part->file, part->first + i)->pts - from)
            most++;
    return most;
}

/* When packet i of a part is decoded: containers want these times to rise, some sources don't tell them, and those of files that
 * were encoded apart would not meet. */
static int64_t decoded_at(const struct film_copy *c, const struct part *part, int i)
{
    const int64_t *times = (const int64_t *)(void *)part->times->data;
    const int64_t step = part->n > 1 ? times[1] - times[0] : packet_of(part->file, part->first)->duration;
    return i >= c->reorder ? times[i - c->reorder] : times[0] - (c->reorder - i) * step;
}

static const char *add_part(struct film_copy *c, struct file *f, const struct film_copy_part *wanted)
{
    const int64_t from = wanted->from_us == US_NONE ? 0 : us_to_smp(wanted->from_us);
    const int64_t to = wanted->to_us == US_NONE ? INT64_MAX : us_to_smp(wanted->to_us);
    struct part part = {.file = f, .from = from, .times = g_array_new(FALSE, FALSE, sizeof(int64_t))};
    const bool whole = find_packets(&part, from, to);
    g_array_append_val(c->parts, part);
    if (part.n == 0)
        return "it has no pictures there";
    const struct packet *first = packet_of(f, part.first);
    if (!first->key || ABS(first->pts - from) > ROUNDED_SMP / 2)
        return "the cut into it is at no key frame";
    for (int i = part.first; i < part.first + part.n; i++)
        if (!packet_of(f, i)->shown)
            return "an edit list hides some of its pictures";
    c->reorder = MAX(c->reorder, reorder_of(&part, from));
    return whole && g_array_index(part.times, int64_t, 0) == first->pts - from
               ? NULL
               : "the cut out of it lies within a group of pictures";
}

static char *sentence(const char *path, const char *why)
{
    g_autofree char *name = beneath_name(path);
    return g_strdup_printf("%s: %s", name, why);
}

static const char *add(struct film_copy *c, const struct film_copy_part *wanted, const AVOutputFormat *format)
{
    const char *why = NULL;
    struct file *f = find_file(c, wanted->path, &why);
    const struct file *like = c->files->pdata[0];
    if (why)
        return why;
    if (!is_alike(f, like))
        return "it was not encoded as the clips before it";
    if (avformat_query_codec(format, f->parameters->codec_id, FF_COMPLIANCE_NORMAL) != 1)
        return "such a file can't hold its codec";
    return add_part(c, f, wanted);
}

struct film_copy *film_copy_new(const struct film_copy_part *parts, int n, enum film_container into, char **why)
{
    const AVOutputFormat *format = av_guess_format(film_container_format(into), NULL, NULL);
    struct film_copy *c = g_new0(struct film_copy, 1);
    c->files = g_ptr_array_new_with_free_func(file_free);
    c->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    g_array_set_clear_func(c->parts, clear_part);
    const char *problem = NULL;
    for (int i = 0; i < n && !problem; i++)
        if ((problem = add(c, &parts[i], format)))
            *why = sentence(parts[i].path, problem);
    if (!problem && n > 0)
        return c;
    if (!problem)
        *why = g_strdup("there are no pictures");
    film_copy_free(c);
    return NULL;
}

int film_copy_parts(const struct film_copy *c)
{
    return (int)c->parts->len;
}

const GArray *film_copy_times(const struct film_copy *c, int part)
{
    return g_array_index(c->parts, struct part, part).times;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

const AVCodecParameters *film_copy_parameters(const struct film_copy *c)
{
    return ((const struct file *)c->files->pdata[0])->parameters;
}

AVRational film_copy_rate(const struct film_copy *c)
{
    return ((const struct file *)c->files->pdata[0])->rate;
}

bool film_copy_begin(struct film_copy *c, int part)
{
    assert(part >= 0 && part < (int)c->parts->len);
    c->part = &g_array_index(c->parts, struct part, part);
    c->next = 0;
    struct file *f = c->part->file;
    source_close(f->source); /* it has been read to its end */
    f->source = source_open(NULL, f->path, &user, NULL);
    if (!f->source)
        return false;
    source_choose(f->source, f->stream, -1);
    const int64_t at = packet_of(f, c->part->first)->pts;
    return c->part->first == 0 || source_seek(f->source, f->zero_us + smp_to_us(at) + US_PER_MS, 0);
}

/* The seek may have gone to a key frame before the one that was meant. */
static bool is_first(const struct file *f, const AVPacket *p, const struct packet *first)
{
    const AVRational tb = source_format(f->source)->streams[f->stream]->time_base;
    const int64_t zero = av_rescale_q(f->zero_us, (AVRational){1, US_PER_SECOND}, tb);
    return ABS(av_rescale_q(p->pts - zero, tb, SMP) - first->pts) <= ROUNDED_SMP;
}

AVPacket *film_copy_next(struct film_copy *c)
{
    const struct part *part = c->part;
    assert(part && film_copy_check(c));
    if (c->next == part->n)
        return NULL;
    const struct packet *first = packet_of(part->file, part->first),
                        *now = packet_of(part->file, part->first + c->next);
    AVPacket *p = source_next(part->file->source, part->file->stream);
    while (p && c->next == 0 && !is_first(part->file, p, first)) {
        av_packet_free(&p);
        p = source_next(part->file->source, part->file->stream);
    }
    if (!p)
        return NULL;
    p->pts = now->pts - part->from;
    p->dts = decoded_at(c, part, c->next);
    p->duration = now->duration;
    c->next++;
    return p;
}
