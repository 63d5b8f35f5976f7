#include "telemetry/collect/tokens.h"

#include "base/files.h"
#include "base/sha256.h"

#include <assert.h>
#include <gio/gio.h>
#include <string.h>

#define BYTES_MAX ((size_t)1 << 20) /* of the file: some ten thousand tokens */

enum { LEAST = 8, MOST = 200, DIGEST = 32 };

struct token {
    char *story;
    guint8 digest[DIGEST]; /* SHA-256 of it */
};

struct tokens {
    GArray *all; /* struct token */
};

static void digest_of(const char *token, guint8 digest[DIGEST])
{
    sha256(token, strlen(token), digest);
}

static bool is_token(const char *text)
{
    const gsize n = strlen(text);
    for (const char *p = text; *p; p++)
        if (!g_ascii_isgraph(*p))
            return false;
    return n >= LEAST && n <= MOST;
}

static bool read_line(struct tokens *t, char *line, const char *path, guint number, GError **error)
{
    g_auto(GStrv) words = NULL;
    char *comment = strchr(line, '#');
    if (comment)
        *comment = '\0';
    words = g_strsplit_set(g_strstrip(line), " \t", -1);
    if (!words[0] || !*words[0])
        return true;
    const guint last = g_strv_length(words) - 1;
    bool blank = last > 0;
    for (guint i = 1; i < last; i++)
        blank = blank && !*words[i];
    if (!blank || !is_token(words[last])) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    "%s:%u: a line is a story's id, a blank, and its token of %d to %d visible characters", path,
                    number, LEAST, MOST);
        return false;
    }
    struct token one = {.story = g_strdup(words[0])};
    digest_of(words[last], one.digest);
    g_array_append_val(t->all, one);
    return true;
}

static void clear(void *token)
{
    g_free(((struct token *)token)->story);
}

struct tokens *tokens_read(const char *path, GError **error)
{
    g_autofree char *text = files_read(path, BYTES_MAX, NULL, error);
    if (!text)
        return NULL;
    struct tokens *t = g_new0(struct tokens, 1);
    t->all = g_array_new(FALSE, FALSE, sizeof(struct token));
    g_array_set_clear_func(t->all, clear);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        if (!read_line(t, lines[i], path, i + 1, error)) {
            tokens_free(t);
            return NULL;
        }
    return t;
}

void tokens_free(struct tokens *t)
{
    if (!t)
        return;
    g_array_unref(t->all);
    g_free(t);
}

bool tokens_has(const struct tokens *t, const char *story)
{
    for (guint i = 0; i < t->all->len; i++)
        if (strcmp(g_array_index(t->all, struct token, i).story, story) == 0)
            return true;
    return false;
}

bool tokens_allow(const struct tokens *t, const char *story, const char *token)
{
    guint8 digest[DIGEST];
    bool allowed = false;
    digest_of(token, digest);
    for (guint i = 0; i < t->all->len; i++) {
        const struct token *one = &g_array_index(t->all, struct token, i);
        guint8 differs = 0;
        for (int k = 0; k < DIGEST; k++)
            differs |= one->digest[k] ^ digest[k];
        allowed |= differs == 0 && (!story || strcmp(one->story, story) == 0);
    }
    return allowed;
}
