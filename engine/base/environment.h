/*
 * environment: what the program does not believe of its environment. Pure but for the environment itself.
 */
#pragma once

/*
 * Call it first in main(), before GLib looks at the environment and before threads start. It holds for all libraries.
 *
 * - Relative paths in XDG_* are taken out, as the XDG Base Directory Specification asks ("consider the path invalid and ignore
 *   it"): a store or a setting would otherwise belong to whatever folder the program was started in.
 * - Variables whose value holds control characters (base/safe.h) are taken out, because libraries print values of theirs in
 *   messages (fontconfig does, of the locale). HOME stays: the viewer's things are there.
 */
void environment_clean(void);
