/*
 * gpu: the way to the screen on machines with a GPU: planes become textures, and SDL's renderer converts and scales
 * them.
 *
 * Main thread. gpu_open() on a window; for each picture gpu_compose(), then gpu_present(); gpu_close() before the
 * window goes. Formats whose colours the renderer would show wrong (full range other than BT.601, and BT.2020) are
 * converted by frame_blit() at their own size and only scaled by the GPU.
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
void gpu_size(const struct gpu *g, int *w, int *h); /* pixels */

/* Draws the frame (NULL: black) at `at` and the layer (NULL: none) over everything. Uploads the frame unless `same`
 * says that it is the frame of the last call, and of the layer what lies in layer->dirty. */
void gpu_compose(struct gpu *g, const struct frame *f, bool same, struct rect at, const struct canvas *layer);
void gpu_present(struct gpu *g);
/* Copies the composed picture into `px` (w x h words). False: the renderer cannot do that. */
bool gpu_read(struct gpu *g, uint32_t *px, int w, int h);
