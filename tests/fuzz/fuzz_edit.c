/* A story while it is being typed, in any state: its names, and what can be typed at a place in it. */
#include "edit/completion.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *find_text(void *user, const char *path, size_t *len)
{
    const char *text = user;
    *len = strlen(text);
    return strcmp(path, "/fuzz/story.yaml") == 0 ? text : NULL;
}

/* Each name stands where it is said to, and lies in its file. */
static void check_names(const struct names *n)
{
    for (guint i = 0; i < n->uses->len; i++) {
        const struct name_use *u = names_use(n, i);
        struct source_text *src = ((struct names_file *)n->files->pdata[u->file])->src;
        const size_t at = source_text_offset(src, u->line, u->col);
        assert(at <= src->len);
        assert(!u->exact || strncmp(src->text + at, u->name, strlen(u->name)) == 0);
        assert(names_of(n, u->kind, u->owner, u->name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guides *guides;
    if (!guides)
        guides = guides_new();
    g_autofree char *text = g_utf8_make_valid((const char *)data, (gssize)size);
    const size_t len = strlen(text);
    struct names *n = names_read(guides, "/fuzz/story.yaml", &(struct source_buffers){find_text, text});
    if (n->files->len > 0)
        check_names(n);
    const struct completion_source source = {
        .guides = guides, .names = n, .path = "/fuzz/story.yaml", .main_file = true};
    for (size_t step = 0; step < 4; step++) {
        size_t at = len * (step + 1) / 4;
        while (at > 0 && ((guchar)text[at] & 0xC0) == 0x80)
            at--;
        struct completions *c = completions_at(&source, text, len, at);
        assert(c->from <= at && at <= c->to && c->to <= len);
        completions_free(c);
    }
    names_free(n);
    return 0;
}
