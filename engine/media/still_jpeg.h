/*
 * still_jpeg: one picture of a clip, small, as a JPEG file in base64: for pages and for editors.
 *
 * Decodes some 0.1 s, and waits 10 s for a disk at most. The thread that made the media; call confine_process() before
 * (base/confine.h), because the file may be a stranger's.
 */
#pragma once

#include "media/media.h"

/* What plays `at_us` behind the beginning of the part from_us to to_us (US_NONE: the file's beginning, its end) of a film. `film` false: the
 * file is a picture. At most `side` pixels wide and high. NULL: it is not there, ends before, or cannot be decoded. The caller frees it. */
char *still_jpeg(struct media *m, const char *path, bool film, int64_t from_us, int64_t to_us, int64_t at_us, int side);
