/*
 * environment: what the program does not believe of its environment. Pure but for the environment itself, and what files FONTCONFIG_FILE names.
 */
#pragma once

/*
 * Call it first in main(), before GLib looks at the environment and before threads start. It holds for all libraries.
 *
 * - Relative paths in XDG_* are taken out, as the XDG Base Directory Specification asks ("consider the path invalid and ignore
 *   it"): a store or a setting would otherwise belong to whatever folder the program was started in.
 * - Variables whose value holds control characters (base/safe.h) are taken out, because libraries print values of theirs in
 *   messages (fontconfig does, of the locale). HOME stays: the viewer's things are there.
 * - HOME that is empty or relative is taken out, so that the user's own folder is asked for.
 * - FONTCONFIG_FILE is taken out where it leads to a pipe, a device (other than /dev/null), a folder or a file of more than 16 MiB: fontconfig
 *   would wait for its end for good, in whatever command asks for a font first.
 */
void environment_clean(void);

/* What the program makes, its owner may read and change, whatever the umask: it opens its own files again. Before threads start. */
void environment_clean_umask(void);

/*
 * Signals as whoever started us left them, before threads start: a launcher may have blocked some, and ignored others, for itself.
 *
 * - None is blocked: a signal that asks the program to end is heard, and the timer behind it.
 * - Children that end are waited for, so SIGCHLD is not ignored.
 * - A file that may not grow further (`ulimit -f`) is an error of the write, not the sudden end that the kernel makes of it: what is in
 *   hand is told, and other files are still written.
 */
void environment_clean_signals(void);
