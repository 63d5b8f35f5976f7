/* frumious share: asks a viewer whether to share what is recorded, sends it, and takes it back. A part of frumious-network. */

#include "base/interrupt.h"
#include "base/units.h"
#include "base/words.h"
#include "commands/command.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/share/question.h"
#include "telemetry/share/send.h"
#include "telemetry/store/store_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct share_request {
    const char *store, *certificates;
    const char *story; /* a file, or the id of a film that was asked about before; NULL: all of these */
    bool yes, withdraw, status;
    int wait_s;
};

static int fail(const GError *error)
{
    console_say("%s", error->message);
    return EXIT_ENVIRONMENT;
}

static bool has_store(const struct share_request *r)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path();
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static struct store *open_store(const struct share_request *r)
{
    g_autofree char *path = r->store ? g_strdup(r->store) : store_default_path(), *told = NULL;
    g_autoptr(GError) error = NULL;
    const struct store_options o = {.path = path, .keep_damaged = true};
    struct store *s = retention_open(&o, &told, &error);
    if (!s)
        console_say("%s", error->message);
    if (told)
        console_say("%s", told);
    return s;
}

/* ---- saying how it stands ---------------------------------------------------------------------------------------- */

#define MOMENT "%Y-%m-%d %H:%M"

static void print_status(const struct destination *d)
{
    static const char *const answers[] = {"you did not agree", "you agreed", "you took it back"};
    g_autofree char *answered = units_local_time(d->answered_ms, MOMENT),
                    *confirmed = units_local_time(d->confirmed_ms, MOMENT);
    console_print("%s: %s, at %s\n", d->story, d->name, d->address);
    if (d->answer == DESTINATION_NOT_ASKED)
        console_print("  you were not asked yet\n");
    else
        console_print("  %s, on %s\n", answers[d->answer], answered);
    if (d->answer == DESTINATION_YES)
        console_print("  of %" PRId64 " viewing%s something was sent; %" PRId64 " of them it does not take\n",
                      d->viewings, units_s(d->viewings), d->refused);
    if (d->waiting > 0)
        console_print("  %" PRId64 " erasure%s wait%s to be confirmed\n", d->waiting, units_s(d->waiting),
                      d->waiting == 1 ? "s" : "");
    if (d->erasures > 0)
        console_print("  %" PRId64 " erasure%s confirmed, the latest on %s\n", d->erasures, units_s(d->erasures),
                      confirmed);
}

/* `destinations` may be NULL: there is no store. */
static int run_status(const GPtrArray *destinations)
{
    if (!destinations || destinations->len == 0)
        console_print("Nothing is shared: nobody was asked yet.\n");
    for (guint i = 0; destinations && i < destinations->len; i++)
        print_status(destinations->pdata[i]);
    return EXIT_OK;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void print_result(const struct destination *d, const struct send_result *result)
{
    console_print("%s (%s): %" PRId64 " event%s of %" PRId64 " viewing%s sent", d->name, d->address, result->events,
                  units_s(result->events), result->viewings, units_s(result->viewings));
    if (result->erasures > 0)
        console_print(", %" PRId64 " erasure%s confirmed", result->erasures, units_s(result->erasures));
    if (result->refused > 0)
        console_print("; %" PRId64 " viewing%s cannot be sent", result->refused, units_s(result->refused));
    console_print("\n");
    if (result->refusal)
        console_say("%s cannot be sent to %s: %s", result->refused > 1 ? "the first of these viewings" : "the viewing",
                    d->name, result->refusal);
    if (result->not_erased > 0)
        console_say("%s refuses to erase %" PRId64
                    " viewing%s, because they came there with other keys than this store's; what is "
                    "there under their ids was not sent from here",
                    d->name, result->not_erased, units_s(result->not_erased));
    if (result->trouble)
        console_say("not all was sent: %s%s", result->trouble,
                    result->later ? ". What is left goes the next time" : "");
}

static int send_one(struct store *s, const struct destination *d, const struct share_request *r)
{
    g_autoptr(GError) error = NULL;
    struct send_result result;
    const struct send_options o = {.certificates = r->certificates, .wait_s = r->wait_s};
    if (!send_to(s, d, &o, &result, &error)) {
        g_free(result.trouble);
        g_free(result.refusal);
        return fail(error);
    }
    print_result(d, &result);
    const bool all = !result.trouble;
    g_free(result.trouble);
    g_free(result.refusal);
    return all ? EXIT_OK : EXIT_ENVIRONMENT;
}

/* All that have something to get; what one of them refuses keeps nothing from the others. */
static int send_all(struct store *s, const GPtrArray *destinations, const struct share_request *r)
{
    int code = EXIT_OK;
    for (guint i = 0; i < destinations->len && !interrupt_requested(); i++) {
        const struct destination *d = destinations->pdata[i];
        if (d->answer != DESTINATION_YES && d->waiting == 0)
            continue;
        const int one = send_one(s, d, r);
        code = code == EXIT_OK ? one : code;
    }
    return code;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* English is always understood, too. */
static bool is_yes(const char *line, const char *language)
{
    g_autofree char *said = g_utf8_casefold(line, -1), *yes = g_utf8_casefold(words_in(language, WORDS("yes")), -1);
    const size_t n = strlen(said);
    return n > 0 && (strncmp(said, "yes", n) == 0 || strncmp(said, yes, n) == 0);
}

static void put_question(const GString *question, const char *language)
{
    console_write(question);
    console_print("\n%s ", words_in(language, WORDS("Share? [y/N]")));
}

static bool ask(const GString *question, const char *language)
{
    char line[16] = "";
    put_question(question, language);
    console_flush();
    if (!fgets(line, sizeof line, stdin))
        console_print("\n");
    g_strstrip(line);
    return g_utf8_validate(line, -1, NULL) && is_yes(line, language);
}

/* Asks, or takes --yes for an answer, and then sends. */
static int run_story(struct store *s, const struct story *story, const struct share_request *r)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) known = destinations_read(s, story->id, &error);
    if (!known)
        return fail(error);
    const struct destination *d = destination_find(known, story->share.to);
    const struct destination said = {.story = (char *)story->id,
                                     .address = (char *)story->share.to,
                                     .name = (char *)story->share.name,
                                     .token = (char *)story->share.token};
    if (!d || d->answer != DESTINATION_YES || r->yes) {
        g_autofree char *language = question_language(g_get_language_names());
        g_autoptr(GString) question = question_text(language, story_text(story, story->title, language),
                                                    story->share.name, story->share.to, r->story);
        if (!r->yes && !isatty(STDIN_FILENO)) {
            console_say(
                "nobody has agreed to share this film, and nobody can be asked here. `frumious share STORY` asks on a "
                "terminal, and --yes agrees to this:");
            console_write_message(question);
            return EXIT_USAGE;
        }
        if (r->yes) {
            put_question(question, language);
            console_print("%s\n", words_in(language, WORDS("yes")));
        }
        const bool yes = r->yes || ask(question, language);
        if (!destination_answer(s, &said, yes ? DESTINATION_YES : DESTINATION_NO, question->str,
                                language ? language : "en", g_get_real_time() / 1000, &error))
            return fail(error);
        if (!yes)
            console_print("Nothing is shared.\n");
    } else if (!destination_refresh(s, &said, &error))
        return fail(error);
    g_autoptr(GPtrArray) now = destinations_read(s, story->id, &error);
    return now ? send_all(s, now, r) : fail(error);
}

/* ---- taking it back ---------------------------------------------------------------------------------------------- */

/* Of the secret nothing is left in the file or its log. */
static bool scrub(struct store *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *waits_for = NULL;
    if (!erase_scrub(s, 5000, &waits_for, &error)) {
        console_say("%s", error->message);
        return false;
    }
    if (waits_for)
        console_say("the log still holds what was destroyed, because %s reads the store; "
                    "`frumious telemetry erase leftovers` empties it later",
                    waits_for);
    return true;
}

static bool withdraw(struct store *s, const GPtrArray *destinations, GError **error)
{
    bool any = false;
    for (guint i = 0; i < destinations->len; i++) {
        const struct destination *d = destinations->pdata[i];
        if (d->answer != DESTINATION_YES)
            continue;
        if (!destination_withdraw(s, d, g_get_real_time() / 1000, error))
            return false;
        any = true;
        console_print("%s: nothing of \"%s\" is shared any more. ", d->name, d->story);
        console_print("What was sent is to be erased there: %" PRId64 " viewing%s.\n", d->viewings - d->refused,
                      units_s(d->viewings - d->refused));
    }
    return !any || scrub(s);
}

static int run_withdraw(struct store *s, const char *story, const struct share_request *r)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) before = destinations_read(s, story, &error);
    if (!before)
        return fail(error);
    if (before->len == 0) {
        console_say("nothing of '%s' was ever shared from this store", story ? story : "any film");
        return EXIT_ENVIRONMENT;
    }
    if (!withdraw(s, before, &error))
        return error ? fail(error) : EXIT_ENVIRONMENT;
    g_autoptr(GPtrArray) now = destinations_read(s, story, &error);
    if (!now)
        return fail(error);
    const int code = send_all(s, now, r);
    g_autoptr(GPtrArray) after = destinations_read(s, story, &error);
    if (!after)
        return fail(error);
    run_status(after);
    return code;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* The id of a film that was asked about before, or the story of a file. *code: it is neither, which was said. */
static struct story *load_story(struct store *s, const struct share_request *r, char **id, int *code)
{
    g_autoptr(GPtrArray) known = destinations_read(s, r->story, NULL);
    *code = EXIT_OK;
    if (known && known->len > 0 && !g_file_test(r->story, G_FILE_TEST_EXISTS)) {
        *id = g_strdup(r->story);
        return NULL;
    }
    struct story *story = command_load_story(r->story, "shared", NULL, code);
    if (story)
        *id = g_strdup(story->id);
    return story;
}

static int run(struct store *s, const struct share_request *r)
{
    int code = EXIT_OK;
    g_autofree char *id = NULL;
    g_autoptr(GError) error = NULL;
    struct story *story = r->story ? load_story(s, r, &id, &code) : NULL;
    if (code != EXIT_OK)
        return code;
    if (r->withdraw)
        code = run_withdraw(s, id, r);
    else if (story && !r->status && !story->share.to) {
        console_say("%s does not say where it may be shared (the key `share`); nothing of it is sent", r->story);
        code = EXIT_ENVIRONMENT;
    } else if (story && !r->status)
        code = run_story(s, story, r);
    else {
        g_autoptr(GPtrArray) all = destinations_read(s, id, &error);
        code = !all ? fail(error) : r->status ? run_status(all) : send_all(s, all, r);
    }
    story_free(story);
    return interrupt_requested() ? EXIT_INTERRUPTED : code;
}

int cmd_share(int argc, char **argv)
{
    g_autofree char *path = NULL, *certificates = NULL;
    gboolean yes = FALSE, withdrawn = FALSE, status = FALSE;
    gint wait_s = 300;
    const GOptionEntry options[] = {
        {"yes", 0, 0, G_OPTION_ARG_NONE, &yes, "Agree to what is asked, which is printed", NULL},
        {"withdraw", 0, 0, G_OPTION_ARG_NONE, &withdrawn,
         "Share no more, and have erased what was sent: of STORY, or of all films", NULL},
        {"status", 0, 0, G_OPTION_ARG_NONE, &status, "Say what was answered, what was sent, and what waits", NULL},
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &path, "Use this store", "FILE"},
        {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &certificates, "Trust the certificates in this file, and no others",
         "FILE"},
        {"wait", 0, 0, G_OPTION_ARG_INT, &wait_s,
         "Wait for a busy collector for at most so long in all (300); the rest goes the next time", "SECONDS"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] [STORY]",
            "Shares what is recorded of a film's viewings with whom its story names, if you agree. Without\n"
            "STORY it sends what is left of all films that you agreed to, and what is to be erased; a timer\n"
            "may do that (frumious-share.timer). STORY is a file, or the id of a film asked about before.",
            &code))
        return code;
    if (argc > 2 || yes + withdrawn + status > 1 || wait_s < 0 || (yes && argc < 2)) {
        console_say(argc > 2     ? "share takes one story"
                    : wait_s < 0 ? "--wait wants seconds"
                    : argc < 2   ? "--yes wants a story, because each film is asked about by itself"
                                 : "--yes, --withdraw and --status do not go together");
        return EXIT_USAGE;
    }
    const struct share_request r = {.store = path,
                                    .certificates = certificates,
                                    .story = argc > 1 ? argv[1] : NULL,
                                    .yes = yes,
                                    .withdraw = withdrawn,
                                    .status = status,
                                    .wait_s = wait_s};
    if (!r.story && !has_store(&r))
        return run_status(NULL);
    struct store *s = open_store(&r);
    if (!s)
        return EXIT_ENVIRONMENT;
    interrupt_listen();
    code = run(s, &r);
    retention_close(s);
    return code;
}
