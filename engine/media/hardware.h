/*
 * hardware: the device that decodes pictures, where the machine has one. Private to media; any thread.
 *
 * The first clip that asks opens it, because the driver may take a tenth of a second, which the main thread does not
 * have; after that all clips share it. What it decodes is copied back into main memory, so that frames are drawn,
 * queued and counted alike wherever they come from. If there is no device, if it cannot decode a stream, or if it
 * fails, software decodes instead, and nothing is said on the picture.
 */
#pragma once

#include <stdbool.h>

struct AVBufferRef;
struct AVCodec;
struct hardware;

/* `name`: "auto" for the first render node that opens, "off", or a device (/dev/dri/renderD128). */
struct hardware *hardware_new(const char *name);
void hardware_free(struct hardware *h); /* accepts NULL */

/* Borrowed until hardware_free(). NULL: there is none, or it has failed. The first call opens it. */
struct AVBufferRef *hardware_device(struct hardware *h);

/* The device has failed: clips that are opened from now on do without it. */
void hardware_give_up(struct hardware *h);

struct hardware_facts {
    bool asked; /* a clip wanted the device */
    bool open;  /* and it is there, and works */
};
void hardware_facts(struct hardware *h, struct hardware_facts *out);

/* The pixel format (enum AVPixelFormat) in which this decoder hands over what the device decoded. AV_PIX_FMT_NONE: the
 * decoder cannot use the device. */
int hardware_format(const struct AVCodec *codec, const struct AVBufferRef *device);
