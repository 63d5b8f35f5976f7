/*
 * network: the commands that open sockets are in a program of their own, frumious-network, which lies beside this one or, where it
 * is installed, in libexec. So the program that plays films links no network library, and its start doesn't load them.
 */
#pragma once

#include <stdbool.h>

/* Becomes frumious-network, with the same arguments; argv[0] is the command. It returns only where that can't be started: the mistake
 * was reported, and what it returns is the exit code. */
int network_run(int argc, char **argv);

/*
 * The same for a program that will have given up the right to start others (base/confine.h) by the time it wants to: forks a process
 * that waits, belongs to no terminal, and becomes frumious-network when it is told to. Returns what
 * network_tell() takes; -1: it is not installed, or there is no process to be had. Call it before there are threads.
 */
int network_wait(int argc, char *const *argv);

/* go: it starts, and runs on by itself, its output thrown away. Else, as when this process ends without a word, it goes. */
void network_tell(int waiting, bool go);
