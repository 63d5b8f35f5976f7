/*
 * rpc: JSON-RPC messages over two streams, framed as the Language Server Protocol wants it: headers, an empty line, a JSON document.
 *
 * A thread of its own reads, so that the program hears of a cancelled request while others still wait; every message is handed to the
 * main context. What is no message is answered with an error, and the reading goes on behind it. rpc_new() starts it; the program
 * ends with it, so there is no way to stop it: a read from a pipe waits until something comes.
 *
 * jsonrpc-glib was tried first: lists nested a million deep crash it, and it ends without a word after a document that is no JSON.
 */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* JSON-RPC's and LSP's own numbers. */
enum rpc_error {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_NOT_INITIALIZED = -32002,
    RPC_REQUEST_FAILED = -32803,
    RPC_CANCELLED = -32800,
};

/* `message`: the document, an object, which the callee frees; NULL: the stream has ended. Main thread. */
typedef void (*rpc_take)(void *user, JsonNode *message);

/* Reads from the descriptor `fd` for ever. Main thread. */
void rpc_listen(int fd, rpc_take take, void *user);

/* The next three write to standard output. `id`: of the request, NULL: unknown, or what an error is about could not be read; borrowed.
 * `result`: taken, NULL: null. Main thread. False: nobody reads any more. */
bool rpc_reply(JsonNode *id, JsonNode *result);
bool rpc_reply_error(JsonNode *id, enum rpc_error code, const char *message);
bool rpc_notify(const char *method, JsonNode *params);
