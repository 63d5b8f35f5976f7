/*
 * finished_viewing: whether a viewing that the saved place names has come to its end already, as the store has it.
 *
 * A loss of power can take the latest place and leave what was recorded behind it. Such a film is over, and is not gone
 * on with. One look at the store, before the film starts; any thread.
 */
#pragma once

#include <stdbool.h>

/* `path`: of the store, NULL: the default one. False also where the store or the viewing cannot be read. */
bool finished_viewing(const char *path, const char *id);
