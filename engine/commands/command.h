/*
 * cmd: what every subcommand of `frumious` is, and the few things that all of them need.
 *
 * A subcommand is one function and one row of the table in main.c. Data goes to stdout, messages to stderr. A
 * command returns one of enum exit_code; main() returns it to the shell.
 */
#pragma once

#include "base/console.h"
#include "story/story.h"

#include <glib.h>
#include <stdbool.h>

/* argv[0] is the subcommand's name. */
typedef int (*command_run)(int argc, char **argv);

int cmd_play(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_try(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_simulate(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_cover(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_telemetry(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_audience(int argc, char **argv);

/*
 * Parses argv with `options` (GLib's, NULL-terminated by a zero row) and removes what it took; non-option arguments
 * stay from argv[1] on. `synopsis` follows the program's name in --help, `text` is printed under it. Returns true to
 * go on. False: it was --help or a mistake (already said), and *code is what to return.
 */
bool command_options(int *argc, char ***argv, const GOptionEntry *options, const char *synopsis, const char *text,
                     int *code);

/*
 * The story at `path`, the caller's. Where it can't be played: its mistakes, and that it can't be `done` ("explored")
 * before they are mended, on stderr; NULL, and *code is what to return.
 */
struct story *command_load_story(const char *path, const char *done, int *code);
