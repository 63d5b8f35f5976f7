/*
 * network: the commands that open sockets are in a program of their own, frumious-network, which lies beside this one or, where it
 * is installed, in libexec. So the program that plays films links no network library, and its start doesn't load them.
 */
#pragma once

/* Becomes frumious-network, with the same arguments; argv[0] is the command. It returns only where that can't be started: the mistake
 * was reported, and what it returns is the exit code. */
int network_run(int argc, char **argv);
