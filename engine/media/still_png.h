/*
 * still_png: whether the packed data of a PNG go on behind its picture, looked at before a decoder unpacks them.
 *
 * A decoder unpacks to the end of the data, also when every row is there: 1.5 MB may unpack to 1.5 GB, seconds of work for
 * nothing. Private to media; any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct beneath_file;

/* True: they unpack to more than twice of what the picture takes, and 1 MiB. False: they do not, it is no PNG, it is too
 * small to cost anything, or *stop became true. What is damaged is the decoder's to tell. The size of the picture has been
 * looked at before (media_limits.h). Costs what unpacking the picture costs, 2 to 5 ns a byte of it. */
bool still_png_runs_on(const struct beneath_file *file, const atomic_bool *stop);
