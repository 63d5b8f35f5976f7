/*
 * gpu: the way to the screen for machines with a GPU: planes become textures, SDL's renderer converts and scales.
 *
 * Main thread. gpu_open on a window, per picture gpu_compose then gpu_present, gpu_close before the window goes.
 * Formats that the renderer would show in wrong colours (full range other than BT.601, BT.2020) are converted by
 * frame_blit at their own size and scaled by the GPU.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <SDL2/SDL.h>
#include "present/paint.h"
#include "present/rect.h"

struct gpu;
struct frame;

/* NULL: there is no accelerated renderer. */
struct gpu *gpu_open(SDL_Window *window);
void gpu_close(struct gpu *g); /* accepts NULL */
const char *gpu_name(const struct gpu *g);
void gpu_size(const struct gpu *g, int *w, int *h);

/* Uploads what changed and draws all of it: the frame (NULL: black) at `at`, the layer over everything. `same`: it
 * is the frame of the last call. Of the layer, what lies in layer->dirty is uploaded, NULL: there is none. */
void gpu_compose(struct gpu *g, const struct frame *f, bool same, struct rect at, const struct canvas *layer);
void gpu_present(struct gpu *g);
/* Copies the composed picture into px (w x h words). False: it cannot. */
bool gpu_read(struct gpu *g, uint32_t *px, int w, int h);
