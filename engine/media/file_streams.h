/*
 * file_streams: what a file says of its streams, for somebody who must not wait for a disk.
 *
 * A thread of its own opens the file, and reads no further than to its streams. Order: file_streams_open(), any number of
 * file_streams_get(), file_streams_close(), all on one thread (main).
 */
#pragma once

#include "media/stream_choice.h"

struct media;
struct file_streams;

/* Returns at once, never NULL. `path` may be one of base/beneath.h. `m` is borrowed; media_free() waits for the thread. */
struct file_streams *file_streams_open(struct media *m, const char *path);

/* Accepts NULL; what was given out may not be used any more. */
void file_streams_close(struct file_streams *s);

/* *n of them, borrowed until it is closed. NULL and 0: nobody knows yet, or the file can't be read. Accepts NULL. */
const struct stream_facts *file_streams_get(const struct file_streams *s, int *n);
