#include "commands/recut_import.h"

#include "base/confine.h"
#include "base/files.h"
#include "commands/command.h"
#include "shoot/recut.h"
#include "story/clip_source.h"

#define LISTED_MAX 1000 /* lines about what is left out */

/* The files of a story, as far as something in them changes. */
struct edited {
    const struct story *s;
    struct clip_source **sources; /* by story->files; NULL: nothing changes there */
};

static void say_change(const struct story *s, const struct recut_change *x)
{
    const struct {
        const char *name;
        int64_t us;
    } times[] = {{"from", x->from_us}, {"to", x->to_us}, {"for", x->for_us}};
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        if (times[i].us != US_NONE)
            g_string_append_printf(out, "%s%s %.10gs", out->len ? ", " : "", times[i].name, (double)times[i].us / 1e6);
    if (x->file)
        g_string_append_printf(out, "%sfile %s", out->len ? ", " : "", x->file);
    console_print("%s: %s\n", s->nodes[x->node].name, out->str);
}

/* Notes a change in the text of its file; false: it is said why not. */
static bool edit(struct edited *e, const struct recut_change *x)
{
    const struct story_mark mark = e->s->nodes[x->node].clip.mark;
    const struct clip_source_change change = {mark, x->file, x->from_us, x->to_us, x->for_us};
    if (!e->sources[mark.file])
        e->sources[mark.file] = clip_source_open(e->s->files[mark.file]);
    struct clip_source *source = e->sources[mark.file];
    const char *problem = source ? clip_source_change(source, &change) : "its file can't be read";
    if (problem)
        console_say("%s: %s", e->s->nodes[x->node].name, problem);
    else
        say_change(e->s, x);
    return !problem;
}

static bool write_edited(const struct edited *e, int32_t i, GError **error)
{
    gsize len;
    g_autofree char *text = clip_source_text(e->sources[i]);
    const char *old = clip_source_old(e->sources[i], &len);
    return command_rewrite(e->s->files[i], old, (gssize)len, text, error);
}

static void restore(const struct edited *e)
{
    bool good = true;
    for (int32_t i = 0; i < e->s->n_files; i++) {
        gsize len;
        g_autoptr(GError) error = NULL;
        if (!e->sources[i])
            continue;
        const char *old = clip_source_old(e->sources[i], &len);
        if (files_replace_work(e->s->files[i], old, (gssize)len, &error))
            continue;
        console_say("%s", error->message);
        good = false;
    }
    if (good)
        console_say("%s is as it was before", e->s->path);
}

static int64_t expected(int64_t changed_us, int64_t before_us)
{
    return changed_us == US_NONE ? before_us : changed_us;
}

/* The story plays what was asked for, and all else as before. */
static bool is_as_asked(const struct story *before, const struct story *after, const GArray *done)
{
    g_autofree const struct recut_change **of = g_new0(const struct recut_change *, (gsize)before->n_nodes + 1);
    bool good = before->n_nodes == after->n_nodes;
    for (guint i = 0; i < done->len; i++) {
        const struct recut_change *x = &g_array_index(done, struct recut_change, i);
        of[x->node] = x;
    }
    for (int32_t i = 0; i < before->n_nodes && good; i++) {
        const struct story_clip *a = &before->nodes[i].clip, *b = &after->nodes[i].clip;
        const struct recut_change none = {i, NULL, US_NONE, US_NONE, US_NONE}, *x = of[i] ? of[i] : &none;
        good = b->from_us == expected(x->from_us, a->from_us) && b->to_us == expected(x->to_us, a->to_us) &&
               b->for_us == expected(x->for_us, a->for_us) && g_strcmp0(b->path, x->file ? x->file : a->path) == 0;
    }
    return good;
}

static int write_all(const struct edited *e, const GArray *done)
{
    g_autoptr(GError) error = NULL;
    bool good = true;
    int code = EXIT_ENVIRONMENT;
    for (int32_t i = 0; i < e->s->n_files && good; i++)
        good = !e->sources[i] || write_edited(e, i, &error);
    struct story *after = good ? command_load_story(e->s->path, "played with these ranges", NULL, &code) : NULL;
    if (after && !is_as_asked(e->s, after, done)) {
        console_say("the story would say something else than the timeline");
        code = EXIT_PROBLEM;
    }
    if (error)
        console_say("%s", error->message);
    if (code != EXIT_OK)
        restore(e);
    story_free(after);
    return code;
}

static int take_recut(const struct story *s, const struct recut *r, bool dry_run)
{
    struct edited e = {s, g_new0(struct clip_source *, s->n_files)};
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(struct recut_change)); /* borrows their files */
    int code = EXIT_OK;
    for (guint i = 0; i < r->changes->len; i++) {
        const struct recut_change *x = &g_array_index(r->changes, struct recut_change, i);
        if (edit(&e, x))
            g_array_append_val(done, *x);
    }
    for (guint i = 0; i < MIN(r->left_out->len, LISTED_MAX); i++)
        console_say("left out: %s", (const char *)r->left_out->pdata[i]);
    if (r->left_out->len > LISTED_MAX)
        console_say("left out: … and %u more", r->left_out->len - LISTED_MAX);
    if (done->len > 0 && !dry_run)
        code = write_all(&e, done);
    if (code == EXIT_OK)
        console_print("%u clip%s %s, %d as before\n", done->len, units_s(done->len),
                      dry_run ? "would change" : "changed", r->n_same);
    if (code == EXIT_OK && (r->left_out->len > 0 || done->len < r->changes->len))
        code = EXIT_PROBLEM;
    for (int32_t i = 0; i < s->n_files; i++)
        clip_source_close(e.sources[i]);
    g_free(e.sources);
    return code;
}

int recut_import(const struct story *s, const char *file, bool dry_run)
{
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    g_autofree char *text = files_read(file, RECUT_BYTES_MAX, &len, &error);
    if (!text) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    confine_or_say(NULL);
    struct footage *footage = footage_new(s);
    struct recut *r = recut_read(s, footage, text, len, &error);
    if (error)
        console_say("%s: %s", file, error->message);
    const int code = r ? take_recut(s, r, dry_run) : EXIT_PROBLEM;
    recut_free(r);
    footage_free(footage);
    return code;
}
