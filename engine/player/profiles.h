/*
 * profiles: who is watching. Each profile has settings, saved places and discoveries of its own, its own answer to what may be
 * recorded, and its own link in the record.
 *
 * A profile is a folder with its name beneath `profiles` in the XDG folders of settings and of data (base/paths.h). Without one,
 * everything is where it is for everyone. Which films were opened, the keys and the record itself are the machine's. Main
 * thread, before other threads are started or while none of them asks for a path.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define PROFILES_EVERYONE "" /* no profile */
#define PROFILES_NAME_MAX 40 /* bytes */
#define PROFILES_LISTED   20 /* more are not shown */

/* Letters, digits, blanks and most signs: what can be the name of a folder, and does not begin with a dot or a blank. */
bool profiles_is_name(const char *name);

/* From here on, paths are those of this profile, which is made if it is new. False and *error: that is no name, or its folder can't
 * be made; nothing has changed. */
bool profiles_use(const char *name, GError **error);

/* The same with whoever watched last. */
void profiles_use_last(void);
/* They will be the one who watched last. False and *error: that could not be saved. */
bool profiles_remember(GError **error);

/* The profiles that there are, in the order of their names; g_strfreev() it. */
char **profiles_list(void);

/* A name that no profile has: `pattern`, such as "Viewer %d", with a number from 2 on; g_free() it. */
char *profiles_new_name(const char *pattern);
