#include "media/stream_facts.h"

#include <assert.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#include "base/brief.h"
#include "media/language.h"

enum {
    COVER = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS,
    ASIDE = AV_DISPOSITION_COMMENT | AV_DISPOSITION_LYRICS | AV_DISPOSITION_KARAOKE | AV_DISPOSITION_CLEAN_EFFECTS,
    DESCRIBED = AV_DISPOSITION_VISUAL_IMPAIRED | AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_DESCRIPTIONS |
                AV_DISPOSITION_CAPTIONS,
    PROGRAMS_MAX = 64,
};

/* Parts of a title, in small letters. */
static const struct {
    const char *part;
    enum stream_purpose purpose;
} title_says[] = {
    {"comment", STREAM_ASIDE},          {"coment", STREAM_ASIDE},
    {"kommentar", STREAM_ASIDE},        {"karaoke", STREAM_ASIDE},
    {"isolated", STREAM_ASIDE},         {"music only", STREAM_ASIDE},
    {"descri", STREAM_DESCRIBED},       {"deskription", STREAM_DESCRIBED},
    {"h\u00f6rfilm", STREAM_DESCRIBED}, {"visually impaired", STREAM_DESCRIBED},
    {"(sdh", STREAM_DESCRIBED},         {"[sdh", STREAM_DESCRIBED},
    {" sdh", STREAM_DESCRIBED},         {"hearing impaired", STREAM_DESCRIBED},
};

static const char *tag(const AVStream *st, const char *name)
{
    const AVDictionaryEntry *e = av_dict_get(st->metadata, name, NULL, 0);
    return e ? e->value : "";
}

/* MP4 keeps a title where programs write what wrote it; as a title that means nothing, but it does no harm here. */
static char *small_title(const AVStream *st)
{
    g_autofree char *valid = g_utf8_make_valid(tag(st, tag(st, "title")[0] ? "title" : "handler_name"), -1);
    return g_utf8_strdown(valid, -1);
}

static enum stream_purpose purpose_of(const AVStream *st, const char *title)
{
    if (st->disposition & ASIDE)
        return STREAM_ASIDE;
    if (st->disposition & DESCRIBED)
        return STREAM_DESCRIBED;
    for (size_t i = 0; i < G_N_ELEMENTS(title_says); i++)
        if (strstr(title, title_says[i].part))
            return title_says[i].purpose;
    return STREAM_FILM;
}

static bool is_text(const AVStream *st)
{
    const AVCodecDescriptor *d = avcodec_descriptor_get(st->codecpar->codec_id);
    return !d || !(d->props & AV_CODEC_PROP_BITMAP_SUB);
}

/* TTML and WebVTT in MP4, which FFmpeg takes for data, or for a subtitle that it does not know. */
static bool is_foreign_text(const AVStream *st)
{
    return st->codecpar->codec_tag == MKTAG('s', 't', 'p', 'p') || st->codecpar->codec_tag == MKTAG('w', 'v', 't', 't');
}

static enum stream_kind kind_of(const AVStream *st)
{
    switch ((int)st->codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
        return st->disposition & COVER ? STREAM_IGNORED : STREAM_PICTURE;
    case AVMEDIA_TYPE_AUDIO:
        return STREAM_SOUND;
    case AVMEDIA_TYPE_SUBTITLE:
        return is_text(st) ? STREAM_TEXT : STREAM_DRAWN_TEXT;
    case AVMEDIA_TYPE_DATA:
        return is_foreign_text(st) ? STREAM_TEXT : STREAM_IGNORED;
    }
    return STREAM_IGNORED;
}

/* Of teletext, FFmpeg makes pictures of pages. */
static bool is_decodable(enum AVCodecID id)
{
    return id != AV_CODEC_ID_DVB_TELETEXT && avcodec_find_decoder(id) != NULL;
}

static uint64_t programs_of(const AVFormatContext *fmt, unsigned stream)
{
    uint64_t programs = 0;
    for (unsigned p = 0; p < MIN(fmt->nb_programs, PROGRAMS_MAX); p++)
        for (unsigned i = 0; i < fmt->programs[p]->nb_stream_indexes; i++)
            if (fmt->programs[p]->stream_index[i] == stream)
                programs |= UINT64_C(1) << p;
    return programs;
}

static void read_facts(const AVFormatContext *fmt, int i, struct stream_facts *out)
{
    const AVStream *st = fmt->streams[i];
    const int d = st->disposition;
    g_autofree char *title = small_title(st), *valid = g_utf8_make_valid(tag(st, "title"), -1);
    *out = (struct stream_facts){
        .kind = kind_of(st),
        .purpose = purpose_of(st, title),
        .decodable = is_decodable(st->codecpar->codec_id),
        .preferred = (d & AV_DISPOSITION_DEFAULT) != 0,
        .forced = (d & AV_DISPOSITION_FORCED) != 0 || strstr(title, "forced") != NULL,
        .original = (d & AV_DISPOSITION_ORIGINAL) != 0,
        .dub = (d & AV_DISPOSITION_DUB) != 0,
        .part = (d & (AV_DISPOSITION_STILL_IMAGE | AV_DISPOSITION_DEPENDENT)) != 0,
        .programs = programs_of(fmt, (unsigned)i),
    };
    if (language_is_known(tag(st, "language")))
        g_strlcpy(out->language, tag(st, "language"), sizeof out->language);
    brief_copy(out->title, sizeof out->title, valid);
}

void stream_facts_read(const AVFormatContext *fmt, int n, struct stream_facts *out)
{
    assert(n <= STREAMS_MAX);
    for (int i = 0; i < n; i++)
        read_facts(fmt, i, &out[i]);
}
