#include "media/decoders.h"

#include "media/hardware.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

struct kind {
    enum AVCodecID id;
    const char *name;
};

static const struct kind pictures[] = {
    {AV_CODEC_ID_H264, "H.264"},        {AV_CODEC_ID_HEVC, "HEVC"},     {AV_CODEC_ID_VP8, "VP8"},
    {AV_CODEC_ID_VP9, "VP9"},           {AV_CODEC_ID_AV1, "AV1"},       {AV_CODEC_ID_MPEG4, "MPEG-4"},
    {AV_CODEC_ID_MPEG2VIDEO, "MPEG-2"}, {AV_CODEC_ID_PRORES, "ProRes"}, {AV_CODEC_ID_DNXHD, "DNxHD"},
    {AV_CODEC_ID_MJPEG, "JPEG"},        {AV_CODEC_ID_PNG, "PNG"},       {AV_CODEC_ID_WEBP, "WebP"},
    {AV_CODEC_ID_GIF, "GIF"},
};

static const struct kind sounds[] = {
    {AV_CODEC_ID_AAC, "AAC"},       {AV_CODEC_ID_MP3, "MP3"},   {AV_CODEC_ID_OPUS, "Opus"},
    {AV_CODEC_ID_VORBIS, "Vorbis"}, {AV_CODEC_ID_FLAC, "FLAC"}, {AV_CODEC_ID_AC3, "AC-3"},
    {AV_CODEC_ID_EAC3, "E-AC-3"},   {AV_CODEC_ID_DTS, "DTS"},   {AV_CODEC_ID_ALAC, "ALAC"},
    {AV_CODEC_ID_PCM_S16LE, "PCM"},
};

static char *list(const struct kind *kinds, size_t n, char **lacking)
{
    GString *has = g_string_new(NULL), *lacks = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        GString *to = avcodec_find_decoder(kinds[i].id) ? has : lacks;
        g_string_append_printf(to, "%s%s", to->len ? ", " : "", kinds[i].name);
    }
    *lacking = g_string_free(lacks, lacks->len == 0);
    return g_string_free(has, FALSE);
}

char *decoders_pictures(char **lacking)
{
    return list(pictures, G_N_ELEMENTS(pictures), lacking);
}

char *decoders_sounds(char **lacking)
{
    return list(sounds, G_N_ELEMENTS(sounds), lacking);
}

/* Of a format that FFmpeg does not know, the container's own four letters say more than "none". */
static char *format_name(const AVCodecParameters *par)
{
    const char letters[] = {(char)par->codec_tag, (char)(par->codec_tag >> 8), (char)(par->codec_tag >> 16),
                            (char)(par->codec_tag >> 24), '\0'};
    bool plain = true;
    for (int i = 0; i < 4; i++)
        plain = plain && g_ascii_isalnum(letters[i]);
    return g_strdup(par->codec_id != AV_CODEC_ID_NONE ? avcodec_get_name(par->codec_id) : plain ? letters : "unknown");
}

char *decoders_lack(const AVCodecParameters *par)
{
    if (avcodec_find_decoder(par->codec_id))
        return NULL;
    g_autofree char *name = format_name(par);
    return g_strdup_printf("its %s is in a format that can't be decoded here (%s)",
                           par->codec_type == AVMEDIA_TYPE_AUDIO ? "sound" : "picture", name);
}

bool decoders_have_device(void)
{
    struct hardware *hardware = hardware_new("auto");
    const bool have = hardware_device(hardware) != NULL;
    hardware_free(hardware);
    return have;
}
