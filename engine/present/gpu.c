#include "present/gpu.h"
#include <assert.h>
#include <glib.h>
#include "media/frame.h"

struct gpu {
    SDL_Renderer *renderer;
    char name[64];
    SDL_Texture *frame; /* of the format, conversion and size below; NULL: none yet */
    Uint32 format;
    SDL_YUV_CONVERSION_MODE colours; /* OpenGL's renderer fixes the conversion when it makes the texture */
    int w, h;
    SDL_Texture *layer;
    int layer_w, layer_h;
    struct frame_blitter *blitter;
};

static bool gpu_check(const struct gpu *g)
{
    assert(g->renderer && g->name[0]);
    assert(!g->frame || (g->w > 0 && g->h > 0 && g->format != SDL_PIXELFORMAT_UNKNOWN));
    assert(!g->layer || (g->layer_w > 0 && g->layer_h > 0));
    return true;
}

struct gpu *gpu_open(SDL_Window *window)
{
    SDL_Renderer *r = SDL_CreateRenderer(window, -1, SDL_RENDERER_ACCELERATED);
    SDL_RendererInfo info;
    if (!r)
        return NULL;
    struct gpu *g = g_new0(struct gpu, 1);
    g->renderer = r;
    g_snprintf(g->name, sizeof g->name, "gpu (%s)", SDL_GetRendererInfo(r, &info) == 0 ? info.name : "?");
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    assert(gpu_check(g));
    return g;
}

void gpu_close(struct gpu *g)
{
    if (!g)
        return;
    frame_blitter_free(g->blitter);
    SDL_DestroyRenderer(g->renderer); /* its textures go with it */
    g_free(g);
}

const char *gpu_name(const struct gpu *g)
{
    return g->name;
}

void gpu_size(const struct gpu *g, int *w, int *h)
{
    if (SDL_GetRendererOutputSize(g->renderer, w, h) < 0)
        *w = *h = 1;
}

static Uint32 format_of(const struct frame *f)
{
    const bool odd = f->matrix == FRAME_BT2020 || (f->full_range && f->matrix != FRAME_BT601);
    if (odd || f->format == FRAME_BGRA)
        return SDL_PIXELFORMAT_RGB888;
    return f->format == FRAME_NV12 ? SDL_PIXELFORMAT_NV12 : SDL_PIXELFORMAT_IYUV;
}

static SDL_YUV_CONVERSION_MODE colours_of(const struct frame *f)
{
    if (f->full_range)
        return SDL_YUV_CONVERSION_JPEG;
    return f->matrix == FRAME_BT601 ? SDL_YUV_CONVERSION_BT601 : SDL_YUV_CONVERSION_BT709;
}

static bool ready_texture(struct gpu *g, const struct frame *f)
{
    const Uint32 format = format_of(f);
    const SDL_YUV_CONVERSION_MODE colours = colours_of(f);
    int32_t w, h;
    frame_stored_size(f, &w, &h);
    SDL_SetYUVConversionMode(colours);
    if (g->frame && g->format == format && g->colours == colours && g->w == w && g->h == h)
        return true;
    if (g->frame)
        SDL_DestroyTexture(g->frame);
    g->frame = SDL_CreateTexture(g->renderer, format, SDL_TEXTUREACCESS_STREAMING, w, h);
    g->format = format;
    g->colours = colours;
    g->w = w;
    g->h = h;
    return g->frame != NULL;
}

/* The frame without its turn, which the renderer takes over. It borrows the planes. */
static struct frame as_stored(const struct frame *f)
{
    struct frame stored = *f;
    frame_stored_size(f, &stored.width, &stored.height);
    stored.turn = (struct orientation){0};
    return stored;
}

static void upload_frame(struct gpu *g, const struct frame *f)
{
    void *px = NULL;
    int pitch = 0;
    if (!ready_texture(g, f))
        return;
    if (g->format == SDL_PIXELFORMAT_IYUV) {
        SDL_UpdateYUVTexture(g->frame, NULL, f->plane[0], f->stride[0], f->plane[1], f->stride[1], f->plane[2],
                             f->stride[2]);
    } else if (g->format == SDL_PIXELFORMAT_NV12) {
        SDL_UpdateNVTexture(g->frame, NULL, f->plane[0], f->stride[0], f->plane[1], f->stride[1]);
    } else if (SDL_LockTexture(g->frame, NULL, &px, &pitch) == 0) {
        const struct frame stored = as_stored(f);
        frame_blit(&g->blitter, &stored, px, g->w, g->h, pitch);
        SDL_UnlockTexture(g->frame);
    }
}

/* SDL mirrors first and then turns clockwise about the middle, as a frame asks for. */
static void draw_frame(struct gpu *g, struct orientation turn, struct rect at)
{
    const float w = (float)(turn.quarters % 2 ? at.h : at.w), h = (float)(turn.quarters % 2 ? at.w : at.h);
    const SDL_FRect to = {(float)at.x + ((float)at.w - w) / 2, (float)at.y + ((float)at.h - h) / 2, w, h};
    SDL_RenderCopyExF(g->renderer, g->frame, NULL, &to, turn.quarters * 90.0, NULL,
                      turn.mirrored ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE);
}

static void upload_layer(struct gpu *g, const struct canvas *layer)
{
    if (!g->layer || g->layer_w != layer->w || g->layer_h != layer->h) {
        if (g->layer)
            SDL_DestroyTexture(g->layer);
        g->layer =
            SDL_CreateTexture(g->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STREAMING, layer->w, layer->h);
        g->layer_w = layer->w;
        g->layer_h = layer->h;
        const SDL_BlendMode premultiplied = SDL_ComposeCustomBlendMode(
            SDL_BLENDFACTOR_ONE, SDL_BLENDFACTOR_ONE_MINUS_SRC_ALPHA, SDL_BLENDOPERATION_ADD, SDL_BLENDFACTOR_ONE,
            SDL_BLENDFACTOR_ONE_MINUS_SRC_ALPHA, SDL_BLENDOPERATION_ADD);
        if (g->layer)
            SDL_SetTextureBlendMode(g->layer, premultiplied);
        if (g->layer)
            SDL_UpdateTexture(g->layer, NULL, layer->px, layer->stride * 4);
        return;
    }
    const struct rect d = layer->dirty;
    if (!rect_empty(d))
        SDL_UpdateTexture(g->layer, &(SDL_Rect){d.x, d.y, d.w, d.h}, layer->px + (size_t)d.y * layer->stride + d.x,
                          layer->stride * 4);
}

void gpu_compose(struct gpu *g, const struct frame *f, bool same, struct rect at, const struct canvas *layer)
{
    SDL_SetRenderDrawColor(g->renderer, 0, 0, 0, 255);
    SDL_RenderClear(g->renderer);
    if (f && !(same && g->frame))
        upload_frame(g, f);
    if (f && g->frame)
        draw_frame(g, f->turn, at);
    if (layer) {
        upload_layer(g, layer);
        if (g->layer)
            SDL_RenderCopy(g->renderer, g->layer, NULL, NULL);
    }
    SDL_RenderFlush(g->renderer);
    assert(gpu_check(g));
}

void gpu_present(struct gpu *g)
{
    SDL_RenderPresent(g->renderer);
}

bool gpu_read(struct gpu *g, uint32_t *px, int w, int h)
{
    return SDL_RenderReadPixels(g->renderer, &(SDL_Rect){0, 0, w, h}, SDL_PIXELFORMAT_ARGB8888, px, w * 4) == 0;
}
