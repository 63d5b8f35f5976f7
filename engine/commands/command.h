/*
 * command: what every subcommand of `frumious` is, and what several of them need: options, words and numbers on the
 * command line, a story to load.
 *
 * A subcommand is a function cmd_NAME() in a file of its own and a row of commands.def. Data goes to standard output,
 * messages to standard error. A command returns one of enum exit_code, which main() returns to the shell. Main thread.
 */
#pragma once

#include "base/console.h"
#include "story/story.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* argv[0] is the subcommand's name. */
#define COMMAND(name, title) int cmd_##name(int argc, char **argv);
#define NETWORK              COMMAND
#include "commands/commands.def"
#undef NETWORK
#undef COMMAND

/* `report` of a distributed engine: frumious-network has it, which cmd_report() starts where a store's address says so. One of the
 * arguments is that address. */
int report_central(int argc, char **argv);

/* Which argument of `report` is that address, or --store=ADDRESS; NULL: none is. */
char **report_engine(char **argv);

/* What main() does first: standard files, signals, the environment, the locale. */
void command_start(void);

/* The shelf of films, where no film is named (player/shelf.h), and then the film that the viewer takes. Returns an exit code. */
int cmd_play_shelf(void);

/*
 * Parses argv with `options` (GLib's, ended by a zero row) and removes what it took; other arguments stay, from argv[1]
 * on. `synopsis` follows the command's name in --help, `text` is printed below the options. True: the command goes on.
 * False: --help was printed or a mistake reported, and *code is what the command returns.
 */
bool command_options(int *argc, char ***argv, const GOptionEntry *options, const char *synopsis, const char *text,
                     int *code);

/* Prints a help text, folded for a terminal of 80 columns, by console_write() or console_write_message(). */
void command_print_help(const char *text, bool (*write)(const GString *text));

/* The index of `word` in `words` (ended by NULL), or -1; `usual` if `word` is NULL. */
int command_word(const char *word, const char *const *words, int usual);

/* The same for what an option names; of none of the words, it says so: "--format wants text or json, not 'x'". */
int command_choice(const char *option, const char *word, const char *const *words, int usual);

/* The index of `verb` among a command's `n` verbs, which are structures of `size` bytes that begin with a name (const char *); -1: it
 * was said that there is none. */
int command_verb(const char *command, const char *verb, const void *verbs, size_t n, size_t size);

/* What a G_OPTION_ARG_INT begins with, for command_verb_options() to see whether it was given. */
#define COMMAND_NOT_GIVEN G_MININT

/*
 * Of a command with verbs: is what was given for this verb? A description of an option may have parts, "strings: po or csv; otio,
 * cut: …", each for the verbs before its colon; one without is for all. False: one was given that is for other verbs, which was said.
 */
bool command_verb_options(const char *verb, const GOptionEntry *options);

/* Two options of which one would undo the other without a word. The remedy follows a colon: "what is not recorded needs no store". */
struct command_clash {
    const char *one, *other, *remedy;
};

/* False: two of a clash were given, which was said. A G_OPTION_ARG_INT of a clash begins with COMMAND_NOT_GIVEN. */
bool command_go_together(const GOptionEntry *options, const struct command_clash *clashes, size_t n);

/* A whole number between `least` and `most`. If `text` is NULL, *number keeps its value. False: the mistake was
 * reported, with `option` ("--seed") as its name. */
bool command_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* YYYY-MM-DD as days since 1970. False: it is no such day. */
bool command_day(const char *date, int32_t *day);

/*
 * Loads the story at `path`; the caller frees it. *warnings, which may be NULL, gets the number of warnings. NULL: it
 * cannot be loaded. Then its mistakes are on standard error, with a sentence saying that it cannot be `done`
 * ("explored") until they are corrected, and *code is what the command returns.
 */
struct story *command_load_story(const char *path, const char *done, size_t *warnings, int *code);

/* Makes the folder, and those above it. An empty one is as good as none: it may be a fresh repository, whose files begin with a dot. False:
 * it holds files, or can't be made; that was reported, and *code is what the command returns. */
bool command_new_folder(const char *folder, int *code);

/* Puts the text into the place of a story's file, and what was there beside it, as FILE~. `old`, of `len` bytes: what was there, or
 * NULL. False with *error: the file is as it was. */
bool command_rewrite(const char *path, const char *old, gssize len, const char *text, GError **error);
