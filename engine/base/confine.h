/*
 * confine: gives up rights of this process that it needs no more, before others' code reads strangers' files.
 *
 * What decodes a film is large and old, and a mistake in it may let a file run code of its own. That code then has the
 * process's rights; so they are few. Nothing is given back until the process ends. Each call may fail where the kernel
 * is too old, or a sandbox is around us; the process then goes on with what it has, and the user is told.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* In all threads: no other program can be started, no socket but to this machine's own services can be made, no other
 * process can be traced, and the kernel's rarer doors are closed (seccomp). Calls that are refused fail with EPERM. Any
 * thread. False with *error. */
bool confine_process(GError **error);

/* From here on, this thread and those that it starts can make, change and remove files beneath these folders only
 * (Landlock); what is open stays open, and everything can still be read. Folders that are not there are left out; the
 * list ends with NULL. Call it before other threads are started. False with *error. */
bool confine_writes(const char *const *folders, GError **error);

/* Both, as far as the kernel offers them; `folders` may be NULL, and then writing is not given up. What it refuses, for people, to be
 * freed; NULL: nothing. */
char *confine_as_offered(const char *const *folders);

/* The same. The first time that the kernel refuses, a message says what. */
void confine_or_say(const char *const *folders);
