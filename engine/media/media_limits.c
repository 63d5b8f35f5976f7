#include "media/media_limits.h"

#include <assert.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <pthread.h>
#include <string.h>

#include "base/monotonic.h"
#include "base/units.h"
#include "media/media_error.h"
#include "media/still_size.h"

static_assert(MEDIA_MAX_SCANS == 500, "messages tell this number");

enum { POLL_MS = 20, SMALL_PIXELS = 1 << 22, LIE = 4, CHUNK = 12 /* of a PNG, without its data */ };

/* Pictures that are being decoded by files that are opened, in the whole process, as is FFmpeg's own limit of memory.
 * The lock is of pthread, because ThreadSanitizer knows it. */
static struct {
    pthread_mutex_t lock;
    int64_t pixels;
} taken = {.lock = PTHREAD_MUTEX_INITIALIZER};

void media_limits_begin(void)
{
    av_max_alloc(MEDIA_MAX_ALLOC_BYTES);
}

bool media_limits_picture(const char *name, int64_t width, int64_t height, GError **error)
{
    if (width <= 0 || height <= 0 || width <= MEDIA_MAX_PIXELS / height)
        return true;
    g_set_error(error, MEDIA_ERROR, 0,
                "%s: its picture of %" PRId64 "x%" PRId64
                " is larger than %d million pixels (8192x4608); scale it down",
                name, width, height, (int)(MEDIA_MAX_PIXELS / 1000000));
    return false;
}

void media_limits_decoder(AVCodecContext *dec)
{
    dec->max_pixels = MEDIA_MAX_DECODED;
    dec->max_samples = MEDIA_MAX_SAMPLES;
}

/* FFmpeg leaves the size that it has refused, or none. */
const char *media_limits_refused(const AVCodecContext *dec, const AVCodecParameters *par)
{
    const bool refused = (int64_t)dec->width * dec->height > MEDIA_MAX_PIXELS || (par->width > 0 && dec->width == 0);
    return refused ? "holds a picture larger than 37 million pixels (8192x4608); scale it down" : NULL;
}

/* The decoder passes over chunks of a kind that it does not know. True: there is such a text. */
static bool hide_texts(uint8_t *data, size_t n, bool only_look)
{
    bool found = false;
    size_t at = n >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0 ? 8 : 0;
    while (n - at >= CHUNK) {
        const size_t length = AV_RB32(data + at);
        const bool text = memcmp(data + at + 4, "zTXt", 4) == 0 || memcmp(data + at + 4, "iTXt", 4) == 0;
        found |= text;
        if (text && !only_look)
            memcpy(data + at + 4, "hiDe", 4);
        if (length > n - at - CHUNK)
            break;
        at += CHUNK + length;
    }
    return found;
}

static bool is_png(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_APNG;
}

void media_limits_headers(const AVFormatContext *fmt)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVCodecParameters *par = fmt->streams[i]->codecpar;
        if (is_png(par->codec_id) && par->extradata_size > 0)
            hide_texts(par->extradata, (size_t)par->extradata_size, false);
    }
}

const char *media_limits_packet(const AVCodecContext *dec, AVPacket *pkt)
{
    if (is_png(dec->codec_id) && hide_texts(pkt->data, (size_t)pkt->size, true)) {
        if (av_packet_make_writable(pkt) < 0)
            return "holds compressed texts, for which there is no memory; save it anew";
        hide_texts(pkt->data, (size_t)pkt->size, false);
    }
    const bool scans = dec->codec_id == AV_CODEC_ID_MJPEG &&
                       still_scans_in(pkt->data, (size_t)pkt->size, MEDIA_MAX_SCANS) == MEDIA_MAX_SCANS;
    return scans ? "holds a JPEG that is drawn in 500 scans or more; save it anew, not progressive" : NULL;
}

static bool is_picture(const AVStream *st)
{
    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

static int64_t told_pixels(const AVStream *st)
{
    return (int64_t)MAX(st->codecpar->width, 0) * MAX(st->codecpar->height, 0);
}

/* A container may tell less than is there (the size as shown, the first of several), but not much less. */
static int64_t may_decode(int64_t told, int64_t most)
{
    return told > 0 ? MIN(most, MAX(LIE * MIN(told, MEDIA_MAX_PIXELS), SMALL_PIXELS)) : most;
}

AVDictionary **media_limits_streams(const AVFormatContext *fmt, int film, int64_t still, int64_t *pixels)
{
    AVDictionary **options = g_new0(AVDictionary *, MAX(fmt->nb_streams, 1));
    int64_t others = 0;
    for (unsigned i = 0; i < fmt->nb_streams; i++)
        others += is_picture(fmt->streams[i]) && (int)i != film;
    *pixels = 0;
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const int64_t share = (int)i == film ? MEDIA_MAX_DECODED : MEDIA_MAX_DECODED / MAX(others, 1);
        const int64_t may = may_decode(still > 0 ? still : told_pixels(fmt->streams[i]), share);
        *pixels += is_picture(fmt->streams[i]) ? may : 0;
        av_dict_set_int(&options[i], "max_pixels", may, 0);
        av_dict_set_int(&options[i], "max_samples", MEDIA_MAX_SAMPLES, 0);
    }
    assert(*pixels >= 0 && *pixels <= 2 * MEDIA_MAX_DECODED);
    return options;
}

void media_limits_streams_free(AVDictionary **options, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        av_dict_free(&options[i]);
    g_free(options);
}

static bool try_enter(int64_t pixels)
{
    pthread_mutex_lock(&taken.lock);
    const bool fits = taken.pixels == 0 || taken.pixels + pixels <= MEDIA_MAX_AT_ONCE;
    taken.pixels += fits ? pixels : 0;
    pthread_mutex_unlock(&taken.lock);
    return fits;
}

/* Rarely has anybody to wait, so looking again now and then will do, and *stop is seen as well. */
bool media_limits_enter(int64_t pixels, const atomic_bool *stop)
{
    assert(pixels >= 0);
    while (!try_enter(pixels)) {
        if (stop && atomic_load_explicit(stop, memory_order_relaxed))
            return false;
        g_usleep(POLL_MS * US_PER_MS);
    }
    return true;
}

void media_limits_leave(int64_t pixels)
{
    pthread_mutex_lock(&taken.lock);
    assert(taken.pixels >= pixels);
    taken.pixels -= pixels;
    pthread_mutex_unlock(&taken.lock);
}
