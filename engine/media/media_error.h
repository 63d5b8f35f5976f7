/* media_error: the domain of this room's errors. Private to media. */
#pragma once

#include <glib.h>

#define MEDIA_ERROR (g_quark_from_static_string("frumious-media"))

enum media_error {
    MEDIA_ERROR_FILE, /* something is wrong with the file, or it is not there */
    MEDIA_ERROR_LACK, /* the machine gave no more open files or memory, or its disk failed: another time it may be read */
};
