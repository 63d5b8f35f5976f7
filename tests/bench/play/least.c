/*
 * least CLIP…: shows the clips one after the other and does nothing else.
 *
 * This is what any player must do that shows a film in a window without a graphics card: decode picture and sound with one
 * thread, hand the sound to the sound server, turn each picture into RGB in the window's own memory, and hand that to the X
 * server when it is due. It does so with the player's libraries, as the player does, and decodes in bursts like it. It
 * knows no story, no other size than the film's, no keys, and ends with the last frame. So nothing that plays costs less
 * here.
 *
 * The clips are those of film.py: 8-bit 4:2:0, and stereo at 48 kHz that FFmpeg decodes into planes of floats.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libyuv.h>
#include <SDL2/SDL.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE       48000
#define BUFFER_SMP 1024 /* as present/audio.c asks for */
#define BURST      12   /* frames: CLIP_PLAYING_FRAMES of media/clip.h */
#define LOW        3    /* with so many frames left the next burst begins */
#define SOUND_SMP  2048 /* more than a packet of AAC holds */
#define LEAD_NS    INT64_C(100000000)
#define SECOND_NS  INT64_C(1000000000)

enum { PICTURE, SOUND, KINDS };

struct clip {
    AVFormatContext *file;
    AVStream *stream[KINDS];
    AVCodecContext *decoder[KINDS];
    AVFrame *queue[BURST]; /* decoded pictures, the oldest first */
    int queued;
    bool drained, ended; /* the file has no more packets; the decoder has no more pictures */
};

struct screen {
    SDL_Window *window;
    SDL_AudioDeviceID device;
    int64_t due_ns; /* of the first picture of the clip that plays */
};

static void need(bool there, const char *what)
{
    if (there)
        return;
    fprintf(stderr, "least: %s\n", what);
    exit(1);
}

/* --- decoding ---------------------------------------------------------------------------------------------------- */

static void open_stream(struct clip *c, int kind, enum AVMediaType type)
{
    const AVCodec *codec = NULL;
    const int index = av_find_best_stream(c->file, type, -1, -1, &codec, 0);
    need(index >= 0 && codec, "the clip lacks a picture or a sound that can be decoded");
    AVCodecContext *d = c->decoder[kind] = avcodec_alloc_context3(codec);
    c->stream[kind] = c->file->streams[index];
    avcodec_parameters_to_context(d, c->stream[kind]->codecpar);
    d->thread_count = 1;
    need(avcodec_open2(d, codec, NULL) >= 0, "a decoder does not start");
}

static void open_clip(struct clip *c, const char *path)
{
    *c = (struct clip){0};
    need(avformat_open_input(&c->file, path, NULL, NULL) >= 0 && avformat_find_stream_info(c->file, NULL) >= 0,
         "the clip cannot be read");
    open_stream(c, PICTURE, AVMEDIA_TYPE_VIDEO);
    open_stream(c, SOUND, AVMEDIA_TYPE_AUDIO);
}

static void close_clip(struct clip *c)
{
    for (int i = 0; i < KINDS; i++)
        avcodec_free_context(&c->decoder[i]);
    avformat_close_input(&c->file);
}

static void hand_over_sound(struct clip *c, SDL_AudioDeviceID device)
{
    AVFrame *s = av_frame_alloc();
    while (avcodec_receive_frame(c->decoder[SOUND], s) >= 0) {
        float out[2 * SOUND_SMP];
        need(s->format == AV_SAMPLE_FMT_FLTP && s->ch_layout.nb_channels == 2 && s->sample_rate == RATE &&
                 s->nb_samples <= SOUND_SMP,
             "the sound is of another kind");
        const float *left = (const float *)(const void *)s->data[0], *right = (const float *)(const void *)s->data[1];
        for (int i = 0; i < s->nb_samples; i++) {
            out[2 * i] = left[i];
            out[2 * i + 1] = right[i];
        }
        SDL_QueueAudio(device, out, (Uint32)s->nb_samples * 2 * sizeof *out);
    }
    av_frame_free(&s);
}

static void decode_packet(struct clip *c, SDL_AudioDeviceID device)
{
    AVPacket *p = av_packet_alloc();
    c->drained = av_read_frame(c->file, p) < 0;
    if (c->drained)
        avcodec_send_packet(c->decoder[PICTURE], NULL);
    else if (p->stream_index == c->stream[PICTURE]->index)
        avcodec_send_packet(c->decoder[PICTURE], p);
    else if (p->stream_index == c->stream[SOUND]->index && avcodec_send_packet(c->decoder[SOUND], p) >= 0)
        hand_over_sound(c, device);
    av_packet_free(&p);
}

static void decode_picture(struct clip *c, SDL_AudioDeviceID device)
{
    AVFrame *f = av_frame_alloc();
    int err;
    while ((err = avcodec_receive_frame(c->decoder[PICTURE], f)) == AVERROR(EAGAIN) && !c->drained)
        decode_packet(c, device);
    c->ended = err < 0;
    if (c->ended) {
        av_frame_free(&f);
        return;
    }
    need(f->format == AV_PIX_FMT_YUV420P, "the picture is of another kind");
    c->queue[c->queued++] = f;
}

/* The first one is wanted as soon as it is decoded. */
static AVFrame *next_picture(struct clip *c, SDL_AudioDeviceID device, bool first_of_all)
{
    const int wanted = first_of_all ? 1 : BURST;
    if (c->queued <= LOW)
        for (int i = c->queued; i < wanted && !c->ended; i++)
            decode_picture(c, device);
    if (c->queued == 0)
        return NULL;
    AVFrame *first = c->queue[0];
    memmove(c->queue, c->queue + 1, (size_t)--c->queued * sizeof *c->queue);
    return first;
}

/* --- showing ------------------------------------------------------------------------------------------------------ */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
    const struct timespec t = {ns / SECOND_NS, ns % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

static void open_screen(struct screen *s, int width, int height)
{
    const SDL_AudioSpec want = {.freq = RATE, .format = AUDIO_F32SYS, .channels = 2, .samples = BUFFER_SMP};
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    need(SDL_Init(SDL_INIT_VIDEO | SDL_INIT_AUDIO) == 0, SDL_GetError());
    s->window = SDL_CreateWindow("least", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width, height, 0);
    s->device = SDL_OpenAudioDevice(NULL, 0, &want, NULL, 0);
    need(s->window && s->device, SDL_GetError());
    SDL_PauseAudioDevice(s->device, 0);
    s->due_ns = now_ns() + LEAD_NS;
}

static void show(struct screen *s, const AVFrame *f, int64_t due_ns)
{
    const SDL_Surface *to = SDL_GetWindowSurface(s->window);
    need(to && to->w == f->width && to->h == f->height && to->format->BytesPerPixel == 4,
         "the window is of another kind");
    I420ToARGBMatrix(f->data[0], f->linesize[0], f->data[1], f->linesize[1], f->data[2], f->linesize[2], to->pixels,
                     to->pitch, &kYuvI601Constants, f->width, f->height);
    sleep_until(due_ns);
    SDL_UpdateWindowSurface(s->window);
    SDL_PumpEvents();
}

static void play(struct clip *c, struct screen *s)
{
    const AVRational period = av_inv_q(c->stream[PICTURE]->avg_frame_rate);
    int64_t shown = 0;
    for (AVFrame *f; (f = next_picture(c, s->device, shown == 0)); av_frame_free(&f))
        show(s, f, s->due_ns + av_rescale_q(shown++, period, (AVRational){1, SECOND_NS}));
    s->due_ns += av_rescale_q(shown, period, (AVRational){1, SECOND_NS});
}

int main(int argc, char **argv)
{
    struct screen screen = {0};
    for (int i = 1; i < argc; i++) {
        struct clip clip;
        open_clip(&clip, argv[i]);
        if (!screen.window)
            open_screen(&screen, clip.decoder[PICTURE]->width, clip.decoder[PICTURE]->height);
        play(&clip, &screen);
        close_clip(&clip);
    }
    SDL_Quit();
    return 0;
}
