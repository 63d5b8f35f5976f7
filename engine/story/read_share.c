#include "story/read_share.h"

#include "story/limits.h"

#include <string.h>

#define TOKEN_ADVICE                                                                                                   \
    "write `token:` with the one that the collector's file of tokens has for this story, 8 characters or more"

/* The first member is what the other keys fill in. */
struct reading {
    struct story_share share;
    bool has_token;
};

#define ADDRESS_ADVICE "write something like `to: https://collect.example.org/`"

static bool is_this_machine(const char *host)
{
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}

/* What is wrong with an address, or NULL. */
static const char *fault_of_address(const char *text)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    for (const char *p = text; *p; p++)
        if (!g_ascii_isgraph(*p))
            return "an address has no blanks, and no letters other than a to z";
    if (!uri || !g_uri_get_host(uri) || !*g_uri_get_host(uri))
        return "this is no web address";
    if (g_uri_get_userinfo(uri) || g_uri_get_query(uri) || g_uri_get_fragment(uri))
        return "the address has a user, a `?` or a `#`";
    const bool plain = strcmp(g_uri_get_scheme(uri), "http") == 0 && is_this_machine(g_uri_get_host(uri));
    if (strcmp(g_uri_get_scheme(uri), "https") != 0 && !plain)
        return "what viewers share travels by https alone";
    return NULL;
}

static void share_to(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_share *share = into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX), *fault = text ? fault_of_address(text) : NULL;
    if (fault)
        builder_error(b, key->value, "E516", ADDRESS_ADVICE, "%s", fault);
    else if (text)
        share->to = builder_keep(b, text);
}

static void share_name(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_share *share = into;
    const char *text = read_text(b, key->value, STORY_NAME_BYTES_MAX);
    if (text)
        share->name = builder_keep(b, text);
}

/* It becomes a line of HTTP. */
static void share_token(struct builder *b, const struct yml_node *key, void *into)
{
    struct reading *reading = into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    reading->has_token = true;
    for (const char *p = text ? text : ""; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("-._~+/=", *p)) {
            builder_error(b, key->value, "E516", "copy it as the collector was given it",
                          "a token consists of letters (a to z), digits and `-._~+/=`");
            return;
        }
    if (text && strlen(text) < STORY_TOKEN_BYTES_MIN)
        builder_error(b, key->value, "W616", TOKEN_ADVICE, "a collector takes no token of less than %d characters",
                      STORY_TOKEN_BYTES_MIN);
    if (text)
        reading->share.token = builder_keep(b, text);
}

static const struct read_row share_rows[] = {
    {"to", share_to, true},     {"name", share_name, true}, {"token", share_token, false},
    {"note", read_note, false}, {"todo", read_note, false}, {"meta", read_meta, false},
    {NULL, NULL, false}};

void read_share(struct builder *b, const struct yml_node *key, void *into)
{
    struct reading r = {0};
    (void)into;
    if (!read_map(b, key->value, share_rows, &r, "`share`", key) || !r.share.to || !r.share.name)
        return;
    b->share = r.share;
    if (!r.has_token)
        builder_error(b, key, "W616", TOKEN_ADVICE, "`share` has no token, and a collector takes nothing without one");
}
