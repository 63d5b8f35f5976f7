/*
 * hardware: the device that decodes pictures, where the machine has one. Private to media; any thread.
 *
 * Opened by the first clip that asks (which takes up to a tenth of a second in a driver, and so is not the main thread's to
 * do), then shared by all. What it decodes comes back into the machine's own memory: the frames of both ways are drawn,
 * queued and counted alike. A device that is not there, can't do a stream, or fails says nothing on the picture.
 */
#pragma once

#include <stdbool.h>

struct AVBufferRef;
struct AVCodec;
struct hardware;

/* `name`: "auto", the first render node that opens; "off"; or a device (/dev/dri/renderD128). */
struct hardware *hardware_new(const char *name);
void hardware_free(struct hardware *h); /* accepts NULL */

/* Borrowed until hardware_free(); NULL: there is none, or it failed. Opens it when called first. */
struct AVBufferRef *hardware_device(struct hardware *h);

/* Clips that are opened from now on do without it. */
void hardware_give_up(struct hardware *h);

struct hardware_facts {
    bool asked, open; /* somebody wanted it; it is there */
};
void hardware_facts(struct hardware *h, struct hardware_facts *out);

/* The pixel format (enum AVPixelFormat) in which this decoder hands over what the device decoded; AV_PIX_FMT_NONE: it
 * can't use one. */
int hardware_format(const struct AVCodec *codec, const struct AVBufferRef *device);
