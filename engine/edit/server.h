/*
 * server: the language server: what an editor asks, over standard input and output, in the Language Server Protocol 3.17.
 *
 * Analysis lies in the other files of edit/; here is the protocol. Main thread.
 */
#pragma once

/* Answers until the client says `exit` or goes away. The exit code: EXIT_OK after an orderly end, else EXIT_PROBLEM. It must be
 * followed by _exit() through console_finish(): a thread may still be reading a file. */
int server_run(void);
