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
    const char *language; /* what the viewer reads is in it; NULL: English */
    const char *story;    /* a file, or the id of a film that was asked about before; NULL: all of these */
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

/* "1 viewing", "3 viewings". Caller frees. */
static char *counted(const char *language, int64_t n, const char *one, const char *many)
{
    return g_strdup_printf("%" PRId64 " %s", n, words_in(language, n == 1 ? one : many));
}

#define COUNTED_VIEWINGS(language, n) counted(language, n, WORDS("viewing"), WORDS("viewings"))
#define COUNTED_ERASURES(language, n) counted(language, n, WORDS("erasure"), WORDS("erasures"))

static void print_answered(const struct destination *d, const char *language)
{
    static const char *const answers[] = {WORDS("  you did not agree, on %s\n"), WORDS("  you agreed, on %s\n"),
                                          WORDS("  you took it back, on %s\n")};
    g_autofree char *answered = units_local_time(d->answered_ms, MOMENT);
    if (d->answer == DESTINATION_NOT_ASKED)
        console_print("%s\n", words_in(language, "  you were not asked yet"));
    else
        console_print(words_in(language, answers[d->answer]), answered);
}

static void print_status(const struct destination *d, const char *language)
{
    g_autofree char *confirmed = units_local_time(d->confirmed_ms, MOMENT),
                    *waiting = COUNTED_ERASURES(language, d->waiting),
                    *erasures = COUNTED_ERASURES(language, d->erasures),
                    *viewings = COUNTED_VIEWINGS(language, d->viewings);
    console_print(words_in(language, "%s: %s, at %s\n"), d->story, d->name, d->address);
    print_answered(d, language);
    if (d->answer == DESTINATION_YES)
        console_print(words_in(language, "  of %s something was sent; %d of them it does not take\n"), viewings,
                      (int)d->refused);
    if (d->waiting > 0)
        console_print(d->waiting == 1 ? words_in(language, "  %s waits to be confirmed\n")
                                      : words_in(language, "  %s wait to be confirmed\n"),
                      waiting);
    if (d->erasures > 0)
        console_print(words_in(language, "  %s confirmed, the latest on %s\n"), erasures, confirmed);
}

/* `destinations` may be NULL: there is no store. */
static int run_status(const GPtrArray *destinations, const char *language)
{
    if (!destinations || destinations->len == 0)
        console_print("%s\n", words_in(language, "Nothing is shared: nobody was asked yet."));
    for (guint i = 0; destinations && i < destinations->len; i++)
        print_status(destinations->pdata[i], language);
    return EXIT_OK;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Why there was nothing to send. */
static const char *why_nothing(const struct outgoing_standing *s)
{
    if (s->all == 0)
        return WORDS("No viewing of this film is recorded here.");
    if (s->people == 0)
        return WORDS(
            "The viewings of this film that are recorded here were played without a viewer, and are not shared.");
    if (s->sent == 0 && s->refused > 0)
        return WORDS("What was taken back, or refused before, is not offered again.");
    return WORDS("What is recorded here of this film was sent before.");
}

static void print_refused(const struct destination *d, const struct send_result *result, const char *language)
{
    if (result->refusal)
        console_say(result->refused > 1 ? words_in(language, "the first of these viewings cannot be sent to %s: %s")
                                        : words_in(language, "the viewing cannot be sent to %s: %s"),
                    d->name, result->refusal);
    g_autofree char *viewings = COUNTED_VIEWINGS(language, result->not_erased);
    if (result->not_erased > 0)
        console_say(
            words_in(language,
                     "%s refuses to erase %s, because they came there with other keys than this store's; what is "
                     "there under their ids was not sent from here"),
            d->name, viewings);
}

static void print_result(const struct destination *d, const struct send_result *result, const char *language)
{
    g_autofree char *events = counted(language, result->events, WORDS("event"), WORDS("events")),
                    *viewings = COUNTED_VIEWINGS(language, result->viewings),
                    *erasures = COUNTED_ERASURES(language, result->erasures),
                    *refused = COUNTED_VIEWINGS(language, result->refused);
    console_print(words_in(language, "%s (%s): %s of %s sent"), d->name, d->address, events, viewings);
    if (result->erasures > 0)
        console_print(words_in(language, ", %s confirmed"), erasures);
    if (result->refused > 0)
        console_print(words_in(language, "; %s cannot be sent"), refused);
    console_print("\n");
    print_refused(d, result, language);
    if (result->trouble)
        console_say(words_in(language, "not all was sent: %s%s"), result->trouble,
                    result->later ? words_in(language, ". What is left goes the next time") : "");
    else if (d->answer == DESTINATION_YES && result->events + result->refused + result->erasures == 0)
        console_print("%s\n", words_in(language, why_nothing(&result->standing)));
}

static int send_one(struct store *s, const struct destination *d, const struct share_request *r)
{
    g_autoptr(GError) error = NULL;
    struct send_result result;
    const struct send_options o = {.certificates = r->certificates, .language = r->language, .wait_s = r->wait_s};
    if (!send_to(s, d, &o, &result, &error)) {
        g_free(result.trouble);
        g_free(result.refusal);
        return fail(error);
    }
    print_result(d, &result, r->language);
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
        const char *language = r->language;
        g_autoptr(GString) question = question_text(language, story_text(story, story->title, language),
                                                    story->share.name, story->share.to, r->story);
        if (!r->yes && !isatty(STDIN_FILENO)) {
            console_say("%s",
                        words_in(language, "nobody has agreed to share this film, and nobody can be asked here. "
                                           "`frumious share STORY` asks on a terminal, and --yes agrees to this:"));
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
            console_print("%s\n", words_in(language, "Nothing is shared."));
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

static bool withdraw(struct store *s, const GPtrArray *destinations, const char *language, GError **error)
{
    bool any = false;
    for (guint i = 0; i < destinations->len; i++) {
        const struct destination *d = destinations->pdata[i];
        if (d->answer != DESTINATION_YES)
            continue;
        if (!destination_withdraw(s, d, g_get_real_time() / 1000, error))
            return false;
        any = true;
        g_autofree char *viewings = COUNTED_VIEWINGS(language, d->viewings - d->refused);
        console_print(
            words_in(language, "%s: nothing of \"%s\" is shared any more. What was sent is to be erased there: %s.\n"),
            d->name, d->story, viewings);
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
        console_say(story ? words_in(r->language, "nothing of '%s' was ever shared from this store")
                          : words_in(r->language, "nothing was ever shared from this store"),
                    story);
        return EXIT_ENVIRONMENT;
    }
    if (!withdraw(s, before, r->language, &error))
        return error ? fail(error) : EXIT_ENVIRONMENT;
    g_autoptr(GPtrArray) now = destinations_read(s, story, &error);
    if (!now)
        return fail(error);
    const int code = send_all(s, now, r);
    g_autoptr(GPtrArray) after = destinations_read(s, story, &error);
    if (!after)
        return fail(error);
    run_status(after, r->language);
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
        console_say(
            words_in(r->language, "%s does not say where it may be shared (the key `share`); nothing of it is sent"),
            r->story);
        code = EXIT_ENVIRONMENT;
    } else if (story && !r->status)
        code = run_story(s, story, r);
    else {
        g_autoptr(GPtrArray) all = destinations_read(s, id, &error);
        code = !all ? fail(error) : r->status ? run_status(all, r->language) : send_all(s, all, r);
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
        console_say(argc > 2                       ? "share takes one story"
                    : wait_s < 0                   ? "--wait wants seconds"
                    : yes + withdrawn + status > 1 ? "--yes, --withdraw and --status do not go together"
                                                   : "--yes wants a story, because each film is asked about by itself");
        return EXIT_USAGE;
    }
    g_autofree char *language = question_language(g_get_language_names());
    const struct share_request r = {.store = path,
                                    .language = language,
                                    .certificates = certificates,
                                    .story = argc > 1 ? argv[1] : NULL,
                                    .yes = yes,
                                    .withdraw = withdrawn,
                                    .status = status,
                                    .wait_s = wait_s};
    if (!r.story && !has_store(&r))
        return run_status(NULL, language);
    struct store *s = open_store(&r);
    if (!s)
        return EXIT_ENVIRONMENT;
    interrupt_listen();
    code = run(s, &r);
    retention_close(s);
    return code;
}
