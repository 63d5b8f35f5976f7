/*
 * still_size: how large a still is, read from its own header before a decoder sees it. Private to media; any thread.
 *
 * Knows PNG, JPEG, WebP, TIFF, BMP and the PNM family. Reads some hundred bytes of the file, of a JPEG the head of each
 * segment before the picture's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct beneath_file;

/* How often a JPEG is gone over to draw it, up to `most`: each scan costs as much as a whole picture, and takes some bytes.
 * 0: it is no JPEG. Reads the file until `most` are found. */
int still_scans(const struct beneath_file *file, int most);

/* The same for a JPEG in memory. */
int still_scans_in(const uint8_t *data, size_t n, int most);

/* False: another format, or damaged; a decoder will say so, or keep its own limit (media_limits.h). */
bool still_size(const struct beneath_file *file, int64_t *width, int64_t *height);
