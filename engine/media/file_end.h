/*
 * file_end: whether a file ends before its own structure says, as an interrupted download, a full card or a crashed recorder
 * leaves it. Private to media; any thread.
 *
 * Looks at some bytes at the beginning and, of formats that only end in a way of their own, at the end; never at what lies
 * between. So it knows of containers that say how long they are, or how they end: Matroska and WebM, RIFF (AVI, WAV), W64, AIFF,
 * ASF, MXF, FLV, Ogg, FLAC, MP3 with a Xing header, GIF, and PNG with APNG; and of such as are made of packets that say how long
 * they are, of which the last must be whole: MPEG-TS, MPEG-PS, AAC and IVF. Of others, and of files that leave their length open,
 * it says nothing. Of FLAC, the last frame may be missing.
 */
#pragma once

#include <stdbool.h>

struct beneath_file;

/* `format`: FFmpeg's name of the container, which may be a list. */
bool file_end_is_missing(const struct beneath_file *file, const char *format);
