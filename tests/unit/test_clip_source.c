/*
 * What a story's YAML says of a clip is changed in place: however it is written, comments and all else stay, and the loader reads
 * from it what was asked for. What is shared or stands elsewhere is refused.
 */
#include "story_text.h"
#include "tap.h"

#include "story/clip_source.h"

#define N US_NONE
#define S US_PER_SECOND

/* Behind `clip:` of the first node of a story. */
static const struct {
    const char *before;
    const char *file;
    int64_t from_us, to_us, for_us;
    const char *after; /* NULL: it is refused */
} cases[] = {
    {" a.mp4\n", NULL, S, N, N, " {file: a.mp4, from: 1s}\n"},
    {" \"a b.mp4\" # x\n", NULL, N, 1500000, N, " {file: \"a b.mp4\", to: 1.5s} # x\n"},
    {" a.mp4\n", "b.mp4", N, N, N, " {file: b.mp4}\n"},
    {" {file: a.mp4}\n", NULL, 1, 2 * S, N, " {file: a.mp4, from: 0.000001s, to: 2s}\n"},
    {" {file: 'a.mp4', to: 9s, note: x}\n", "ä.mp4", N, 3 * S, N, " {file: \"ä.mp4\", to: 3s, note: x}\n"},
    {" { note: \"é, é\", file: a.mp4 }\n", NULL, N, 3 * S, N, " { note: \"é, é\", file: a.mp4, to: 3s }\n"},
    {"\n      # one\n      file: a.mp4   # two\n\n      # three\n", NULL, S, N, N,
     "\n      # one\n      file: a.mp4   # two\n      from: 1s\n\n      # three\n"},
    {"\n      from: \"00:01.000\"\n      file: a.mp4\n", NULL, N, 3723000001, N,
     "\n      from: \"00:01.000\"\n      to: \"01:02:03.000001\"\n      file: a.mp4\n"},
    {"\r\n      file: a.mp4\r\n", NULL, S, N, N, "\r\n      file: a.mp4\r\n      from: 1s\r\n"},
    {" {image: a.png, for: 500ms}\n", "b.png", N, N, 2 * S, " {image: b.png, for: 2s}\n"},
    {"\n      card: |\n        One\n        two\n      for: 2s\n", NULL, N, N, S,
     "\n      card: |\n        One\n        two\n      for: 1s\n"},
    {" {file: a.mp4, from: 1s,\n      to: 3s}\n", NULL, 0, 2 * S, N, " {file: a.mp4, from: 0s,\n      to: 2s}\n"},
    {" {media: reel, to: 3s}\n", "b.mp4", N, N, N, NULL},
    {" &a a.mp4\n", NULL, S, N, N, NULL},
    {" {file: &a a.mp4}\n", "b.mp4", N, N, N, NULL},
};

static char *story_of(const char *clip)
{
    return g_strconcat("frumious: 1\nid: org.example.clip\ntitle: \"Tür\"\nversion: \"1\"\nstart: one\n"
                       "media: {reel: r.mp4}\nnodes:\n  one: # näher\n    clip:",
                       clip, "    next: two\n  two: {clip: {card: End, for: 1s}, ending: {id: end, title: End}}\n",
                       NULL);
}

static void test_case(size_t i, const char *path)
{
    g_autofree char *before = story_of(cases[i].before), *after = cases[i].after ? story_of(cases[i].after) : NULL;
    struct story *s = story_from_text_at(path, before);
    const struct story_clip *c = s ? &s->nodes[0].clip : NULL;
    struct clip_source *source = clip_source_open(path);
    if (!c || !source) {
        ok(false, "case %zu loads", i);
        return;
    }
    const struct clip_source_change change = {c->mark, cases[i].file, cases[i].from_us, cases[i].to_us,
                                              cases[i].for_us};
    const char *problem = clip_source_change(source, &change);
    g_autofree char *text = clip_source_text(source);
    is_str(text, after ? after : before, "text");
    ok(!problem == (after != NULL), "case %zu: %s", i, problem ? problem : "it can be changed");
    struct story *now = story_from_text_at(path, text);
    const struct story_clip *d = now ? &now->nodes[0].clip : NULL;
    ok(d && (!after || ((cases[i].from_us == N || d->from_us == cases[i].from_us) &&
                        (cases[i].to_us == N || d->to_us == cases[i].to_us) &&
                        (cases[i].for_us == N || d->for_us == cases[i].for_us) &&
                        (!cases[i].file || g_strcmp0(d->path, cases[i].file) == 0))),
       "case %zu: the loader reads what was asked for", i);
    story_free(now);
    clip_source_close(source);
    story_free(s);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("frumious-clip-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        test_case(i, path);
    g_unlink(path);
    g_rmdir(folder);
    return tap_done();
}
