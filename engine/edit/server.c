#include "edit/server.h"

#include "base/console.h"
#include "base/json.h"
#include "edit/asked.h"
#include "edit/lsp_place.h"
#include "edit/publish.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

struct server {
    struct workspace *w;
    GMainLoop *loop;
    GQueue *inbox;       /* JsonNode: messages that wait for their turn */
    GPtrArray *waiting;  /* JsonNode: requests that wait until a story is read */
    GPtrArray *promised; /* struct promised: hovers that wait for their pictures */
    guint turn;          /* the source that takes the next message, or 0 */
    bool initialized, shut_down, gone, creates_files;
    bool ended; /* nothing comes any more; what is in the inbox is still taken */
    int code;
};

/* What must be as new as the texts before a request is answered. */
enum freshness { ANY, NAMES, MODEL, CHECK }; /* MODEL: names, and some story that could be loaded, if there is one */

static const struct {
    const char *method;
    asked_answer answer;
    enum freshness needs;
} requests[] = {
    {"textDocument/completion", answer_completion, ANY},
    {"textDocument/definition", answer_definition, NAMES},
    {"textDocument/references", answer_references, NAMES},
    {"textDocument/prepareRename", answer_prepare_rename, NAMES},
    {"textDocument/rename", answer_rename, NAMES},
    {"textDocument/hover", answer_hover, MODEL},
    {"textDocument/documentSymbol", answer_outline, NAMES},
    {"textDocument/foldingRange", answer_folding, NAMES},
    {"textDocument/documentLink", answer_links, NAMES},
    {"textDocument/formatting", answer_layout, ANY},
    {"textDocument/codeAction", answer_actions, CHECK},
    {"workspace/symbol", answer_search, ANY},
};

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static JsonNode *id_of(JsonObject *message)
{
    return json_object_get_member(message, "id");
}

static void end_if(struct server *s, bool over)
{
    s->gone |= over;
    if (over)
        g_main_loop_quit(s->loop);
}

static void reply(struct server *s, JsonObject *message, JsonNode *result)
{
    end_if(s, !rpc_reply(id_of(message), result));
}

static void reply_error(struct server *s, JsonObject *message, enum rpc_error code, const char *text)
{
    if (id_of(message))
        end_if(s, !rpc_reply_error(id_of(message), code, text));
}

/* ---- the session ------------------------------------------------------------------------------------------------- */

static void put_capabilities(JsonBuilder *b)
{
    json_put_object(b, "capabilities");
    json_put_object(b, "textDocumentSync");
    json_put_bool(b, "openClose", true);
    json_put_int(b, "change", 2); /* by ranges */
    json_put_bool(b, "save", true);
    json_builder_end_object(b);
    json_put_object(b, "completionProvider");
    json_put_array(b, "triggerCharacters");
    for (const char *c = " :({[/"; *c; c++)
        json_add_text(b, (const char[]){*c, '\0'});
    json_builder_end_array(b);
    json_builder_end_object(b);
    static const char *const plain[] = {"definitionProvider",     "referencesProvider",   "hoverProvider",
                                        "documentSymbolProvider", "foldingRangeProvider", "documentFormattingProvider",
                                        "workspaceSymbolProvider"};
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        json_put_bool(b, plain[i], true);
    json_put_object(b, "renameProvider");
    json_put_bool(b, "prepareProvider", true);
    json_builder_end_object(b);
    json_put_object(b, "documentLinkProvider");
    json_builder_end_object(b);
    json_put_object(b, "codeActionProvider");
    json_put_array(b, "codeActionKinds");
    json_add_text(b, "quickfix");
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* Can the client make files? */
static bool creates_files(JsonObject *params)
{
    JsonObject *workspace = json_get_object(json_get_object(params, "capabilities"), "workspace");
    JsonObject *edit = json_get_object(workspace, "workspaceEdit");
    JsonArray *can = json_get_array(edit, "resourceOperations");
    bool creates = false;
    for (guint i = 0; can && i < json_array_get_length(can); i++) {
        JsonNode *n = json_array_get_element(can, i);
        creates |= JSON_NODE_HOLDS_VALUE(n) && g_strcmp0(json_node_get_string(n), "create") == 0;
    }
    return creates;
}

static void initialize(struct server *s, JsonObject *message)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    if (s->initialized) {
        reply_error(s, message, RPC_INVALID_REQUEST, "initialize comes once");
        return;
    }
    s->initialized = true;
    s->creates_files = creates_files(json_get_object(message, "params"));
    json_builder_begin_object(b);
    put_capabilities(b);
    json_put_object(b, "serverInfo");
    json_put_text(b, "name", "frumious");
    json_builder_end_object(b);
    json_builder_end_object(b);
    reply(s, message, json_builder_get_root(b));
}

static void open_document(struct server *s, JsonObject *params)
{
    JsonObject *d = json_get_object(params, "textDocument");
    const char *uri = json_get_text(d, "uri"), *text = json_get_text(d, "text");
    if (uri && text)
        workspace_open(s->w, uri, text);
}

static struct document *document_of(const struct server *s, JsonObject *params)
{
    const char *uri = json_get_text(json_get_object(params, "textDocument"), "uri");
    return uri ? workspace_document(s->w, uri) : NULL;
}

/* One change: a range and its new text, or a whole new text. */
static void change_document(struct server *s, struct document *d, JsonObject *change)
{
    struct text_place from, to;
    const char *text = json_get_text(change, "text");
    JsonObject *range = json_get_object(change, "range");
    if (!text || (range && !lsp_get_range(range, &from, &to)))
        return;
    if (!range) {
        workspace_replace(s->w, d, text, strlen(text));
        return;
    }
    gsize len;
    const char *old = document_text(d, &len);
    const gsize begin = text_map_offset(d->map, from), end = MAX(begin, text_map_offset(d->map, to));
    g_autoptr(GString) all = g_string_sized_new(len + strlen(text));
    g_string_append_len(all, old, (gssize)begin);
    g_string_append(all, text);
    g_string_append_len(all, old + end, (gssize)(len - end));
    workspace_replace(s->w, d, all->str, all->len);
}

static void change_documents(struct server *s, JsonObject *params)
{
    struct document *d = document_of(s, params);
    JsonArray *changes = json_get_array(params, "contentChanges");
    for (guint i = 0; d && changes && i < json_array_get_length(changes); i++)
        change_document(s, d, json_object_of(changes, i));
}

static void close_document(struct server *s, JsonObject *params)
{
    const struct document *d = document_of(s, params);
    if (d)
        workspace_close(s->w, json_get_text(json_get_object(params, "textDocument"), "uri"));
}

static void look_again(struct server *s, JsonObject *params)
{
    (void)params;
    workspace_look_again(s->w);
}

static const struct {
    const char *method;
    void (*take)(struct server *s, JsonObject *params);
} notifications[] = {
    {"textDocument/didOpen", open_document},         {"textDocument/didChange", change_documents},
    {"textDocument/didClose", close_document},       {"textDocument/didSave", look_again},
    {"workspace/didChangeWatchedFiles", look_again},
};

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static bool is_fresh(struct server *s, const struct document *d, enum freshness needs)
{
    if (needs == ANY || !d || !d->film)
        return true;
    return workspace_is_fresh(s->w, d->film, needs == CHECK || (needs == MODEL && !d->film->story));
}

/* A hover that waits for its picture. */
struct promised {
    struct server *s;
    JsonNode *id; /* NULL: it was answered without */
    char *text;
};

static void answer_promised(struct promised *p, const char *jpeg)
{
    if (!p->id)
        return;
    g_autofree char *all =
        jpeg ? g_strdup_printf("![](data:image/jpeg;base64,%s)\n\n%s", jpeg, p->text) : g_strdup(p->text);
    end_if(p->s, !rpc_reply(p->id, answer_hover_of(all)));
    g_clear_pointer(&p->id, json_node_unref);
}

static void keep_promise(void *user, const char *jpeg)
{
    struct promised *p = user;
    answer_promised(p, jpeg);
    g_ptr_array_remove_fast(p->s->promised, p);
    g_free(p->text);
    g_free(p);
}

static void promise(struct server *s, JsonObject *message, struct asked *a)
{
    struct promised *p = g_new(struct promised, 1);
    *p = (struct promised){s, json_node_copy(id_of(message)), g_steal_pointer(&a->later)};
    g_ptr_array_add(s->promised, p);
    workspace_still(s->w, a->still.path, a->still.film, a->still.from_us, a->still.to_us, a->still.at_us, keep_promise,
                    p);
}

/* True: it is answered, or will never be. False: it has to wait. */
static bool answer(struct server *s, JsonObject *message, const char *method)
{
    JsonObject *params = json_get_object(message, "params");
    struct asked a = {.w = s->w, .d = document_of(s, params), .params = params, .creates_files = s->creates_files};
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        if (strcmp(requests[i].method, method) != 0)
            continue;
        if (!is_fresh(s, a.d, requests[i].needs))
            return false;
        JsonNode *result = requests[i].answer(&a);
        if (a.later)
            promise(s, message, &a);
        else if (a.error)
            reply_error(s, message, a.code, a.error);
        else
            reply(s, message, result);
        g_free(a.error);
        g_free(a.still.path);
        return true;
    }
    reply_error(s, message, RPC_METHOD_NOT_FOUND, "there is no such method");
    return true;
}

static bool is_same_id(JsonNode *a, JsonNode *b)
{
    return a && b && json_node_equal(a, b);
}

static bool cancel_in(struct server *s, JsonNode *waiting, JsonNode *id)
{
    JsonObject *message = json_node_get_object(waiting);
    if (!is_same_id(id_of(message), id) || !json_get_text(message, "method"))
        return false;
    reply_error(s, message, RPC_CANCELLED, "cancelled");
    json_node_unref(waiting);
    return true;
}

/* Each request is answered, also one that came right before the end. */
static void answer_waiting(struct server *s)
{
    for (guint i = 0; i < s->promised->len; i++)
        answer_promised(s->promised->pdata[i], NULL);
    for (guint i = 0; i < s->waiting->len; i++) {
        reply_error(s, json_node_get_object(s->waiting->pdata[i]), RPC_CANCELLED, "the server ends before it knows");
        json_node_unref(s->waiting->pdata[i]);
    }
    g_ptr_array_set_size(s->waiting, 0);
}

/* A request that was cancelled is answered by an error, if it is not answered yet. */
static void cancel(struct server *s, JsonObject *params)
{
    JsonNode *id = params ? json_object_get_member(params, "id") : NULL;
    for (GList *m = s->inbox->head; m; m = m->next)
        if (cancel_in(s, m->data, id)) {
            g_queue_delete_link(s->inbox, m);
            return;
        }
    for (guint i = 0; i < s->waiting->len; i++)
        if (cancel_in(s, s->waiting->pdata[i], id)) {
            g_ptr_array_remove_index(s->waiting, i);
            return;
        }
}

static void notice(struct server *s, JsonObject *message, const char *method)
{
    for (size_t i = 0; i < G_N_ELEMENTS(notifications); i++)
        if (strcmp(notifications[i].method, method) == 0)
            notifications[i].take(s, json_get_object(message, "params"));
}

/* True: the message is done with. False: it is a request that has to wait. */
static bool take_turn(struct server *s, JsonObject *message)
{
    const char *method = json_get_text(message, "method");
    const bool is_request = id_of(message) != NULL;
    if (!method) { /* an answer to something that we asked, or nonsense */
        if (is_request && !json_object_has_member(message, "result") && !json_object_has_member(message, "error"))
            reply_error(s, message, RPC_INVALID_REQUEST, "a message needs a method");
    } else if (strcmp(method, "exit") == 0) {
        answer_waiting(s);
        s->code = s->shut_down ? EXIT_OK : EXIT_PROBLEM;
        end_if(s, true);
    } else if (strcmp(method, "initialize") == 0 && !s->shut_down) {
        initialize(s, message);
    } else if (!s->initialized) {
        reply_error(s, message, RPC_NOT_INITIALIZED, "the first request is initialize");
    } else if (s->shut_down) {
        reply_error(s, message, RPC_INVALID_REQUEST, "the server was shut down");
    } else if (strcmp(method, "shutdown") == 0) {
        s->shut_down = true;
        answer_waiting(s);
        reply(s, message, NULL);
    } else if (is_request) {
        return answer(s, message, method);
    } else {
        notice(s, message, method);
    }
    return true;
}

/* The client is gone, or says nothing more, but did not say so. */
static void end_without_exit(struct server *s)
{
    answer_waiting(s);
    s->code = EXIT_PROBLEM;
    end_if(s, true);
}

static gboolean take_next(void *data)
{
    struct server *s = data;
    JsonNode *node = g_queue_pop_head(s->inbox);
    if (node && take_turn(s, json_node_get_object(node)))
        json_node_unref(node);
    else if (node)
        g_ptr_array_add(s->waiting, node);
    if (!s->gone && !g_queue_is_empty(s->inbox))
        return G_SOURCE_CONTINUE;
    if (!s->gone && s->ended)
        end_without_exit(s);
    s->turn = 0;
    return G_SOURCE_REMOVE;
}

/* Messages are taken when no more have come, so that one that cancels another comes in time. */
static void on_message(void *user, JsonNode *message)
{
    struct server *s = user;
    if (!message) {
        s->ended = true;
        if (!s->turn)
            end_without_exit(s);
        return;
    }
    JsonObject *o = json_node_get_object(message);
    if (g_strcmp0(json_get_text(o, "method"), "$/cancelRequest") == 0) {
        cancel(s, json_get_object(o, "params"));
        json_node_unref(message);
        return;
    }
    g_queue_push_tail(s->inbox, message);
    if (!s->turn)
        s->turn = g_idle_add(take_next, s);
}

static void on_news(void *user, struct film *f, bool checked)
{
    struct server *s = user;
    if (checked)
        end_if(s, !publish_diagnostics(s->w, f));
    for (guint i = 0; i < s->waiting->len && !s->gone;) {
        JsonObject *message = json_node_get_object(s->waiting->pdata[i]);
        if (answer(s, message, json_get_text(message, "method")))
            json_node_unref(g_ptr_array_remove_index(s->waiting, i));
        else
            i++;
    }
}

int server_run(void)
{
    struct server s = {.loop = g_main_loop_new(NULL, FALSE),
                       .inbox = g_queue_new(),
                       .waiting = g_ptr_array_new(),
                       .promised = g_ptr_array_new()};
    s.w = workspace_new(on_news, &s);
    rpc_listen(STDIN_FILENO, on_message, &s);
    g_main_loop_run(s.loop);
    workspace_end(s.w);
    return s.code;
}
