#include "media/colour.h"

#include <glib.h>
#include <libavformat/avformat.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>

/* From this size on mpv takes a film that says nothing for BT.709. */
enum { HD_WIDTH = 1280, SD_HEIGHT = 576 };

enum { PEAK_STEP_NITS = 100, PEAK_MAX_NITS = 10000 };

/* FFmpeg's numbers, from a picture or a stream. */
struct said {
    int space, transfer, primaries, range, format, width, height;
};

static enum frame_matrix matrix_of(const struct said *s)
{
    switch (s->space) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_SMPTE240M: /* differs from BT.709 by a level or two */
        return FRAME_BT709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return FRAME_BT2020;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
        return FRAME_BT601;
    default:
        return s->width >= HD_WIDTH || s->height > SD_HEIGHT ? FRAME_BT709 : FRAME_BT601;
    }
}

static bool is_full_range(const struct said *s)
{
    return s->range == AVCOL_RANGE_JPEG || s->format == AV_PIX_FMT_YUVJ420P || s->format == AV_PIX_FMT_YUVJ422P ||
           s->format == AV_PIX_FMT_YUVJ444P || s->format == AV_PIX_FMT_YUVJ440P || s->format == AV_PIX_FMT_YUVJ411P;
}

static enum colour_transfer transfer_of(const struct said *s)
{
    return s->transfer == AVCOL_TRC_SMPTE2084      ? COLOUR_PQ
           : s->transfer == AVCOL_TRC_ARIB_STD_B67 ? COLOUR_HLG
                                                   : COLOUR_STANDARD;
}

/* What is in high dynamic range and does not name its primaries has those of BT.2020. */
static enum colour_gamut gamut_of(const struct said *s)
{
    switch (s->primaries) {
    case COLOUR_PRIMARIES_ADOBE:
        return COLOUR_ADOBE;
    case COLOUR_PRIMARIES_PROPHOTO:
        return COLOUR_PROPHOTO;
    case AVCOL_PRI_BT2020:
        return COLOUR_BT2020;
    case AVCOL_PRI_SMPTE431:
    case AVCOL_PRI_SMPTE432:
        return COLOUR_P3;
    case AVCOL_PRI_UNSPECIFIED:
    case AVCOL_PRI_RESERVED0:
    case AVCOL_PRI_RESERVED:
        return transfer_of(s) == COLOUR_STANDARD ? COLOUR_BT709 : COLOUR_BT2020;
    default:
        return COLOUR_BT709;
    }
}

static struct colour colour_of(const struct said *s)
{
    return (struct colour){
        .transfer = transfer_of(s), .gamut = gamut_of(s), .matrix = matrix_of(s), .full_range = is_full_range(s)};
}

/* Either may be NULL. The brightest pixel of the film counts before what the screen could show on which it was made. */
static int32_t peak_of(const AVContentLightMetadata *light, const AVMasteringDisplayMetadata *screen)
{
    double nits = light ? light->MaxCLL : 0;
    if (nits <= 0 && screen && screen->has_luminance && screen->max_luminance.den > 0)
        nits = av_q2d(screen->max_luminance);
    if (!(nits > 0))
        return 0;
    const int32_t steps = (int32_t)(CLAMP(nits, 1, PEAK_MAX_NITS) + PEAK_STEP_NITS - 1) / PEAK_STEP_NITS;
    return steps * PEAK_STEP_NITS;
}

static const void *frame_data(const AVFrame *f, enum AVFrameSideDataType type, size_t least)
{
    const AVFrameSideData *d = av_frame_get_side_data(f, type);
    return d && d->size >= least ? d->data : NULL;
}

static const void *stream_data(const AVStream *st, enum AVPacketSideDataType type, size_t least)
{
    size_t size = 0;
    const uint8_t *d = av_stream_get_side_data(st, type, &size);
    return d && size >= least ? d : NULL;
}

struct colour colour_of_frame(const AVFrame *f, int32_t container_nits)
{
    const struct said s = {f->colorspace, f->color_trc, f->color_primaries, f->color_range,
                           f->format,     f->width,     f->height};
    struct colour c = colour_of(&s);
    if (c.transfer != COLOUR_PQ)
        return c;
    c.peak_nits = peak_of(frame_data(f, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, sizeof(AVContentLightMetadata)),
                          frame_data(f, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, sizeof(AVMasteringDisplayMetadata)));
    if (c.peak_nits == 0)
        c.peak_nits = container_nits;
    return c;
}

struct colour colour_of_stream(const AVStream *st)
{
    const AVCodecParameters *p = st->codecpar;
    const struct said s = {p->color_space, p->color_trc, p->color_primaries, p->color_range,
                           p->format,      p->width,     p->height};
    struct colour c = colour_of(&s);
    c.peak_nits = peak_of(stream_data(st, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, sizeof(AVContentLightMetadata)),
                          stream_data(st, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, sizeof(AVMasteringDisplayMetadata)));
    return c;
}

enum colour_problem colour_problem(const AVStream *st)
{
    const AVDOVIDecoderConfigurationRecord *dolby = stream_data(st, AV_PKT_DATA_DOVI_CONF, sizeof *dolby);
    if (dolby && dolby->dv_bl_signal_compatibility_id == 0)
        return COLOUR_DOLBY_VISION;
    switch ((int)st->codecpar->color_space) {
    case AVCOL_SPC_YCGCO:
    case AVCOL_SPC_ICTCP:
    case AVCOL_SPC_BT2020_CL:
    case AVCOL_SPC_CHROMA_DERIVED_CL:
    case AVCOL_SPC_SMPTE2085:
        return COLOUR_ODD_MATRIX;
    }
    return COLOUR_FINE;
}

bool colour_needs_map(const struct colour *c)
{
    return c->transfer != COLOUR_STANDARD || c->gamut != COLOUR_BT709;
}

bool colour_equal(const struct colour *a, const struct colour *b)
{
    return a->transfer == b->transfer && a->gamut == b->gamut && a->matrix == b->matrix &&
           a->full_range == b->full_range && a->peak_nits == b->peak_nits;
}
