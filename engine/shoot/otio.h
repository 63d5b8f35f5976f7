/*
 * otio: a line of clips as OpenTimelineIO's JSON, which picture editors' programs read and write.
 *
 * A Timeline.1 with a track of pictures and one of sounds. A clip has its node's name; what belongs to Frumious is in its
 * metadata under "frumious": the node, and the range in the story when it was written, from which `import otio` knows what was
 * changed. Ranges count frames of the file's own rate, sounds in files of their own samples. Any thread.
 */
#pragma once

#include "shoot/linear_cut.h"

#define OTIO_METADATA "frumious"

/* `f`: of the cut's story. `language`: of the texts, or NULL. */
void otio_write(const struct linear_cut *c, struct footage *f, const char *language, GString *out);
