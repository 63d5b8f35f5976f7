/*
 * embedded: files of the source tree that are compiled into the program: SQL, the sources of the report's page, the icon.
 *
 * One rule of the Makefile turns every file listed in EMBEDDED into constants (engine/embed.awk). A file has the name
 * of its path from the root ("telemetry/store/views.sql"), a file that the build makes the name of its path in build/
 * ("page/script.js"). A line "-- name: NAME" in SQL, a comment that begins "name: NAME" in CSS and script, "<!-- name:
 * NAME" in HTML begins a part that callers ask for by that name; the line itself belongs to no part.
 *
 * All texts are static and end with a NUL that is not counted. Lines end with "\n", the last one, too. A picture (".png")
 * is one part, byte for byte. Any thread.
 */
#pragma once

#include <stddef.h>

struct embedded {
    const char *file, *part; /* part: "" for what comes before the first name, or for the whole file */
    const char *text;
    size_t size; /* bytes, without the NUL */
};

/* A file without parts. That it exists is asserted: a missing file is a mistake in the build. */
const struct embedded *embedded_file(const char *file);

/* The text of a part, NUL-terminated; that it exists is asserted. */
const char *embedded_part(const char *file, const char *part);

/* All of them, in the Makefile's order; `file` is NULL after the last. */
extern const struct embedded embedded_parts[];
