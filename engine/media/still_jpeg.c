#include "media/still_jpeg.h"

#include "base/units.h"
#include "media/clip.h"

#include <glib.h>

#define WAIT_US      (10 * US_PER_SECOND)
#define LOOK_EACH_US (2 * US_PER_MS)

/* As base64, or NULL. */
static char *picture_of(const struct frame *frame, int side)
{
    struct frame *small = frame_small(frame, side, side);
    g_autoptr(GBytes) jpeg = small ? frame_jpeg(small->plane[0], small->width, small->height, small->stride[0]) : NULL;
    gsize n = 0;
    frame_free(small);
    const guchar *bytes = jpeg ? g_bytes_get_data(jpeg, &n) : NULL;
    return bytes ? g_base64_encode(bytes, n) : NULL;
}

/* Waits until the clip shows something, or cannot. NULL where it does not, or a disk does not answer. */
static char *wait_for_picture(struct clip *c, int side)
{
    const int64_t until_us = g_get_monotonic_time() + WAIT_US;
    const struct frame *frame = NULL;
    while (!(frame = clip_peek(c)) && clip_state(c) != CLIP_FAILED && clip_state(c) != CLIP_ENDED &&
           clip_has_picture(c) && g_get_monotonic_time() < until_us)
        g_usleep(LOOK_EACH_US);
    return frame ? picture_of(frame, side) : NULL;
}

char *still_jpeg(struct media *m, const char *path, bool film, int64_t from_us, int64_t to_us, int64_t at_us, int side)
{
    const struct clip_spec spec = {.path = path,
                                   .from_us = from_us,
                                   .to_us = to_us,
                                   .no_sound = true,
                                   .for_us = film ? 0 : at_us + US_PER_SECOND,
                                   .start_smp = us_to_smp(at_us),
                                   .standby_frames = 1,
                                   .at_once = true};
    struct clip *c = clip_open(m, &spec);
    char *jpeg = wait_for_picture(c, side);
    clip_close(c);
    return jpeg;
}
