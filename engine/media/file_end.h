/*
 * file_end: whether a file ends before its own structure says, as an interrupted download, a full card or a crashed recorder
 * leaves it. Private to media; any thread.
 *
 * Looks at some bytes at the beginning and, of formats that only end in a way of their own, at the end; never at what lies
 * between. So it knows of containers that say how long they are, or how they end: Matroska and WebM, RIFF (AVI, WAV), W64, AIFF,
 * ASF, MXF, FLV, Ogg, FLAC, MP3 with a Xing header, GIF, and PNG with APNG; and of such as are made of packets that say how long
 * they are, of which the last must be whole: MPEG-TS, MPEG-PS, AAC and IVF. MP4 has tables, or fragments and a list of them at the end. The last packet of these may be followed by others that
 * are missing, as in files that leave their length open: there nothing tells where the end is. Of FLAC, the last frame may be missing.
 */
#pragma once

struct beneath_file;

enum file_end {
    FILE_END_THERE,  /* or the format is none of these: decoding a still tells it */
    FILE_END_UNTOLD, /* only decoding all of it may show that its end is missing, and that not always */
    FILE_END_MISSING,
};

/* `format`: FFmpeg's name of the container, which may be a list. */
enum file_end file_end_find(const struct beneath_file *file, const char *format);
