/* media_error: the domain of this room's errors. Private to media. */
#pragma once

#include <glib.h>

#define MEDIA_ERROR (g_quark_from_static_string("frumious-media"))
