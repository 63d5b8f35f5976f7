#include "commands/telemetry_request.h"

#include "player/settings.h"
#include "telemetry/keep/retention.h"

#include <assert.h>

struct store *telemetry_request_open(const struct telemetry_request *r, enum telemetry_access access, int *code)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    g_autoptr(GError) error = NULL;
    const bool make = access == TELEMETRY_MAKE && !r->store;
    const struct store_options o = {.path = path,
                                    .read_only =
                                        access == TELEMETRY_READ || (!make && !g_file_test(path, G_FILE_TEST_EXISTS)),
                                    .trust = r->trust_store};
    g_autofree char *told = NULL;
    struct store *store = retention_open(&o, &told, &error);
    assert(!store == (error != NULL));
    if (store) {
        if (store->aside)
            console_say("%s was damaged. It is kept as %s, and a new store was begun.", path, store->aside);
        if (store->note)
            console_say("%s", store->note);
        if (told)
            console_say("%s", told);
        return store;
    }
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND) && !r->store && !r->document) {
        console_print("Nothing is recorded on this machine.\n");
        *code = EXIT_OK;
        return NULL;
    }
    console_say("%s", error->message);
    *code = EXIT_ENVIRONMENT;
    return NULL;
}

void telemetry_request_close(struct store *s)
{
    if (s && store_was_disturbed(s))
        console_say("%s was written to while it was read: what is shown may be of two moments", s->path);
    retention_close(s);
}

void telemetry_request_filter(const struct telemetry_request *r, struct read_filter *w, char **owned)
{
    assert(w && owned);
    *owned = NULL;
    if (g_strcmp0(r->viewer, "me") == 0) {
        struct settings *settings = settings_load();
        *owned = g_strdup(settings->viewer);
        settings_free(settings);
    }
    *w = (struct read_filter){.viewing = g_strcmp0(r->what, "all") == 0 ? NULL : r->what,
                              .story = r->story,
                              .viewer = *owned ? *owned : r->viewer};
}

int telemetry_failed(const GError *error)
{
    console_say("%s", error->message);
    return EXIT_PROBLEM;
}
