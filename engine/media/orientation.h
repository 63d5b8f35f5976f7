/*
 * orientation: how a stored picture is turned to stand upright: one of the eight ways of EXIF.
 *
 * Plain values, and functions of their arguments alone; any thread. Films say it as a matrix (MP4, MOV, Matroska),
 * stills as an EXIF tag. FFmpeg 5.1 makes a matrix of the tag for JPEG alone, so the tag is read here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First the picture is mirrored left to right, then turned. Zero: it is stored upright. */
struct orientation {
    uint8_t quarters; /* quarter turns clockwise, 0..3 */
    bool mirrored;
};

/* Of the EXIF tag 0x0112 with value 1..8 (CIPA DC-008); any other value counts as 1, upright. */
struct orientation orientation_of_exif(unsigned value);

/* Of a display matrix: nine numbers in rows, as in ISO/IEC 14496-12, 6.2.2, of which the four that turn and scale are
 * read. Angles between quarter turns go to the nearest one, and *exact (may be NULL) tells whether it is one. A matrix
 * without an area counts as upright. */
struct orientation orientation_of_matrix(const int32_t matrix[9], bool *exact);

/* Of a whole JPEG, PNG, WebP or TIFF file, from its EXIF data. Upright if the file is another or says nothing. The
 * bytes may be anything. */
struct orientation orientation_of_still(const uint8_t *file, size_t size);

/* Of an AVIF or HEIC file, from its beginning: the properties `irot` and `imir` of its primary picture (ISO/IEC 23008-12),
 * which FFmpeg reads from version 7.1 on. Its EXIF data don't count. Upright if they are not there. */
struct orientation orientation_of_heif(const uint8_t *file, size_t size);
