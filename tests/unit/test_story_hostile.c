/*
 * Files that are not stories, and stories that want to do harm: each must be refused with the right code, in little time and
 * memory, without a crash. The second half mutates the valid stories of tests/stories at random.
 * Usage: test_story_hostile [SEED [ROUNDS]]
 */
#include "story/load.h"
#include "story/limits.h"
#include "story_model.h"
#include "tap.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

#define HEAD "frumious: 1\nid: t\ntitle: T\nstart: a\n"
#define END  "nodes:\n  a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n"

static void write_bytes(const char *name, const char *bytes, size_t len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path); /* this write neither waits for the disk nor truncates */
    g_file_set_contents_full(path, bytes, (gssize)len, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

/* "E102:3:1 …" of one file of the folder. */
static char *problems(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < diags_len(d) && i < 5; i++) {
        const struct diag *g = diags_get(d, i);
        g_string_append_printf(out, "%s%s:%u:%u", i ? " " : "", g->rule->code, g->line, g->col);
    }
    if ((s != NULL) != (diags_count(d, DIAG_ERROR) == 0))
        g_string_append(out, " a story and errors");
    if (s && model_check(s))
        g_string_append_printf(out, " unsound: %s", model_check(s));
    g_autoptr(GString) text = g_string_new(NULL);
    diags_print(d, text, true);
    if (!g_utf8_validate(text->str, (gssize)text->len, NULL))
        g_string_append(out, " prints broken UTF-8");
    story_free(s);
    diags_free(d);
    return g_string_free(out, FALSE);
}

static void expect_bytes(const char *bytes, size_t len, const char *want, const char *what)
{
    write_bytes("story.yaml", bytes, len);
    g_autofree char *got = problems("story.yaml");
    is_str(got, want, what);
}

static void expect(const char *text, const char *want, const char *what)
{
    expect_bytes(text, strlen(text), want, what);
}

/* ---- bytes ---------------------------------------------------------------------------------------------------- */

static void test_bytes(void)
{
    static const char nul[] = HEAD "note: \"a\0b\"\n" END, utf16[] = "\xFF\xFE"
                                                                     "f\0r\0u\0";
    static const char mp4[] = "\0\0\0\x20"
                              "ftypisom\0\0\2\0",
                      webm[] = "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1", jpeg[] = "\xFF\xD8\xFF\xE0\0\x10JFIF";
    expect("", "E107:1:1", "an empty file");
    expect("# only a comment\n\n", "E107:1:1", "only comments");
    expect("---\n...\n", "E107:1:1", "an empty document");
    expect("\xEF\xBB\xBF", "E107:1:1", "only a byte order mark");
    expect_bytes(nul, sizeof nul - 1, "E103:5:9", "a NUL byte");
    expect_bytes(utf16, sizeof utf16 - 1, "E103:0:0", "UTF-16");
    expect_bytes(mp4, sizeof mp4 - 1, "E103:0:0", "a film in MP4");
    expect_bytes(webm, sizeof webm - 1, "E103:0:0", "a film in WebM");
    expect_bytes(jpeg, sizeof jpeg - 1, "E103:0:0", "a picture");
    expect(HEAD "note: caf\xE9\n" END, "E103:5:10", "Latin-1");
    expect(HEAD "note: \xC0\xAF\n" END, "E103:5:7", "an overlong form");
    expect(HEAD "note: \xED\xA0\x80\n" END, "E103:5:7", "half of a surrogate pair");
    expect(HEAD "note: a\x07\n" END, "E103:5:8", "a control character");
    expect(HEAD "note: \xF0\x9F\x9A\x8C 日本\n" END, "", "characters of three and four bytes");
}

/* ---- growth --------------------------------------------------------------------------------------------------- */

static char *repeated(const char *before, const char *unit, size_t n, const char *after)
{
    GString *s = g_string_new(before);
    for (size_t i = 0; i < n; i++)
        g_string_append(s, unit);
    g_string_append(s, after);
    return g_string_free(s, FALSE);
}

static void test_growth(void)
{
    g_autofree char *lists = repeated(HEAD "meta: ", "[", 10000, "\n");
    g_autofree char *maps = repeated(HEAD "meta: ", "{a: ", 10000, "\n");
    g_autofree char *million = repeated(HEAD "meta: ", "[", 1000000, "\n");
    g_autofree char *scalar = repeated(HEAD "note: ", "x", 1000000, "\n" END);
    g_autofree char *key = repeated(HEAD, "x", 1000000, ": 1\n" END);
    g_autofree char *quoted = repeated(HEAD "note: \"", "\\u00e9", 200000, "\"\n" END);
    g_autofree char *anchors = repeated(HEAD "meta: [", "&a b, *a, ", 100000, "c]\n" END);
    g_autofree char *nodes = repeated(HEAD "nodes:\n", "  a: {next: a}\n", 5000, "");
    expect(lists, "E511:5:70", "10,000 lists in each other");
    expect(maps, "E511:5:259", "10,000 mappings in each other");
    expect(million, "E511:5:70", "a million lists in each other");
    expect(scalar, "E514:5:7", "a text of a megabyte");
    ok(g_str_has_prefix(key, HEAD), "a key of a megabyte");
    g_autofree char *got = (write_bytes("story.yaml", key, strlen(key)), problems("story.yaml"));
    ok(g_str_has_prefix(got, "E10"), "is refused: %s", got);
    expect(quoted, "E514:5:7", "200,000 escapes");
    expect(anchors, "", "100,000 anchors and aliases of small things");
    g_autofree char *many = (write_bytes("story.yaml", nodes, strlen(nodes)), problems("story.yaml"));
    ok(g_str_has_prefix(many, "E207:7:3 E207:8:3 "), "5,000 nodes of one name: %s", many);
}

static void test_alias_bombs(void)
{
    g_autoptr(GString) bomb = g_string_new(HEAD "meta:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++)
        g_string_append_printf(bomb, "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                               i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    g_string_append(bomb, END);
    write_bytes("story.yaml", bomb->str, bomb->len);
    g_autofree char *got = problems("story.yaml");
    ok(g_str_has_prefix(got, "E512:"), "an alias bomb: %s", got);
    expect(HEAD "meta: &a [*a]\n" END, "E110:5:11", "an alias of itself");
    expect(HEAD "meta: {x: &a {y: *a}}\n" END, "E110:5:18", "and in a mapping");
    expect("&a *a\n", "E102:1:4", "an anchor of an alias");
}

/* Ten thousand effects that each of a thousand options has. */
static void test_shared_bomb(void)
{
    g_autoptr(GString) bomb = g_string_new("frumious: 1\nid: t\ntitle: T\nstart: n0\nstate: {x: bool}\n"
                                           "defaults:\n  options:\n    do: [");
    for (int i = 0; i < 10000; i++)
        g_string_append(bomb, "x = true, ");
    g_string_append(bomb, "x = true]\nnodes:\n");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(bomb,
                               "  n%d: {clip: {card: A, for: 9s}, next: n0, decision: {id: d%d, opens: 1s, for: 1s,"
                               " default: a, options: {a: A}}}\n",
                               i, i);
    write_bytes("story.yaml", bomb->str, bomb->len);
    g_autofree char *got = problems("story.yaml");
    ok(g_str_has_prefix(got, "E512:"), "defaults that expand to too much: %s", got);
}

/* Routes whose unfolding doubles at each level: 2^32 parts to look at without a limit. */
static void test_routes(void)
{
    g_autoptr(GString) text =
        g_string_new(HEAD "state: {f: bool}\nnodes:\n  a: {enter: toggle f, next: r0}\nroutes:\n");
    for (int i = 0; i < 31; i++)
        g_string_append_printf(text, "  r%d: [{when: f, goto: r%d}, {when: not f, goto: r%d}]\n", i, i + 1, i + 1);
    g_string_append(text, "  r31: [{when: f, goto: a}]\n");
    write_bytes("story.yaml", text->str, text->len);
    g_autofree char *got = problems("story.yaml");
    ok(strstr(got, "E513:") != NULL, "doubling routes: %s", got);

    /* Many silent nodes to one long route: time and memory must not be their product. */
    g_string_assign(text, HEAD "state: {f: bool}\nroutes:\n  long:\n");
    for (int i = 0; i < 9000; i++)
        g_string_append(text, "  - {when: f, goto: a}\n");
    g_string_append(text, "nodes:\n  a: {clip: {card: A, for: 1s}, next: long, ending: {id: e, title: E}}\n");
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(text, "  n%d: {next: long}\n", i);
    write_bytes("story.yaml", text->str, text->len);
    g_autofree char *wide = problems("story.yaml");
    ok(g_str_has_prefix(wide, "W607"), "20,000 nodes to a route of 9,000 parts: %s", wide);
}

/* ---- paths ---------------------------------------------------------------------------------------------------- */

static char *inside(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void expect_path(const char *path, const char *want)
{
    g_autofree char *text =
        g_strdup_printf(HEAD "nodes:\n  a: {clip: {file: '%s'}, ending: {id: e, title: E}}\n", path);
    expect(text, want, path);
}

static void test_paths(void)
{
    g_autofree char *sub = inside("sub"), *fifo = inside("fifo"), *out = inside("out"), *null = inside("null");
    g_autofree char *self = inside("self"), *loop = inside("loop"), *updir = inside("sub/up");
    g_autofree char *good = inside("good"), *dangling = inside("dangling"), *outdir = inside("outdir");
    g_mkdir(sub, 0700);
    write_bytes("film", "x", 1);
    ok(mkfifo(fifo, 0600) == 0 && symlink("/etc/passwd", out) == 0 && symlink("/dev/null", null) == 0 &&
           symlink("film", good) == 0 && symlink("loop", loop) == 0 && symlink("../film", updir) == 0 &&
           symlink("/", outdir) == 0 && symlink("nowhere", dangling) == 0 && symlink(".", self) == 0,
       "links and a pipe were made");
    expect_path("film", "");
    expect_path("good", "");
    expect_path("self/film", "");
    expect_path("sub/up", "");
    expect_path("./film", "");
    expect_path("dangling", "W601:6:20");
    expect_path("film/x", "W601:6:20");
    expect_path("out", "E504:6:20");
    expect_path("null", "E504:6:20");
    expect_path("outdir/etc/passwd", "E504:6:20");
    expect_path("loop", "E504:6:20");
    expect_path("fifo", "E505:6:20");
    expect_path("sub", "E505:6:20");
    expect_path("sub/../../x", "E502:6:20");
    expect_path("..", "E502:6:20");
    expect_path("..film", "W601:6:20");
    expect_path("/dev/zero", "E501:6:20");
    expect_path("file:///etc/passwd", "E503:6:20");
    expect_path("concat:film|film", "E503:6:20");
    expect_path("a\\\\b", "E506:6:20");
}

static void test_files(void)
{
    g_autofree char *large = inside("large.yaml");
    g_autofree char *missing = problems("not-there.yaml"), *directory = problems("sub"), *pipe = problems("fifo");
    is_str(missing, "E100:0:0", "no such file");
    is_str(directory, "E505:0:0", "a folder");
    is_str(pipe, "E505:0:0", "a pipe, without waiting for a writer");
    const int fd = open(large, O_CREAT | O_WRONLY, 0600);
    ok(fd >= 0 && ftruncate(fd, (off_t)STORY_FILE_BYTES_MAX + 1) == 0 && close(fd) == 0, "a file with a hole");
    g_autofree char *big = problems("large.yaml");
    is_str(big, "E510:0:0", "a file that is too large");
    expect(HEAD "include: [large.yaml, fifo, out, sub/../x, story.yaml, gone.yaml]\n" END,
           "E510:5:11 E505:5:23 E504:5:29 E502:5:34 E515:5:44", "includes of such things");
    expect(HEAD "languages: [en, xx]\n" END, "W703:5:17", "no strings");
    g_autofree char *strings = inside("strings"), *link = inside("strings/xx.yaml");
    ok(g_mkdir(strings, 0700) == 0 && symlink("/etc/passwd", link) == 0, "strings lead away");
    expect(HEAD "languages: [en, xx]\n" END, "E504:0:0", "strings from elsewhere");
}

/* ---- mutations ------------------------------------------------------------------------------------------------ */

static GPtrArray *corpus(void)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open("tests/stories/valid", 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        char *text = NULL;
        g_autofree char *file = g_build_filename("tests/stories/valid", name, NULL);
        g_autofree char *inner = g_build_filename(file, "story.yaml", NULL);
        if (g_file_get_contents(file, &text, NULL, NULL) || g_file_get_contents(inner, &text, NULL, NULL))
            g_ptr_array_add(texts, text);
    }
    if (dir)
        g_dir_close(dir);
    return texts;
}

static void mutate(GRand *r, GString *s)
{
    static const char *const bits[] = {
        "{",    "}",     "[",    "]",      ": ",     "- ",     "\n",        "  ",         "&a ",         "*a", "!!str ",
        "\"",   "'",     "|\n",  "goto: ", "next: ", "when: ", "do: ",      "back(",      "99999999999", "-1", "\xFF",
        "null", "---\n", "<<: ", "#",      "\t",     "= ",     "options: ", "decision: ", "nodes:\n"};
    const int at = s->len ? g_rand_int_range(r, 0, (int)s->len) : 0;
    const int wanted = g_rand_int_range(r, 1, 40), n = MIN(wanted, (int)s->len - at);
    switch (g_rand_int_range(r, 0, 5)) {
    case 0:
        g_string_insert(s, at, bits[g_rand_int_range(r, 0, G_N_ELEMENTS(bits))]);
        break;
    case 1:
        g_string_erase(s, at, n);
        break;
    case 2: { /* repeats a piece elsewhere */
        g_autofree char *piece = g_strndup(s->str + at, (gsize)n);
        g_string_insert(s, g_rand_int_range(r, 0, (int)s->len + 1), piece);
        break;
    }
    case 3:
        if (s->len)
            s->str[at] = (char)g_rand_int_range(r, 1, 256);
        break;
    case 4: { /* removes a line */
        const char *eol = strchr(s->str + at, '\n');
        g_string_erase(s, at, eol ? (gssize)(eol - s->str) - at + 1 : -1);
        break;
    }
    }
}

static void test_mutations(uint32_t seed, int rounds)
{
    GRand *r = g_rand_new_with_seed(seed);
    g_autoptr(GPtrArray) texts = corpus();
    int odd = 0, loaded = 0;
    if (!ok(texts->len > 5, "%u valid stories to start from", texts->len))
        return;
    for (int i = 0; i < rounds; i++) {
        g_autoptr(GString) s = g_string_new(texts->pdata[g_rand_int_range(r, 0, (int)texts->len)]);
        for (int n = g_rand_int_range(r, 1, 6); n > 0; n--)
            mutate(r, s);
        write_bytes("story.yaml", s->str, s->len);
        g_autofree char *got = problems("story.yaml");
        loaded += got[0] != 'E';
        if (strstr(got, "a story and errors") || strstr(got, "unsound") || strstr(got, "broken UTF-8")) {
            odd++;
            printf("# round %d: %s\n", i, got);
        }
    }
    ok(odd == 0, "seed %u: %d mutated stories, %d of them still load", seed, rounds, loaded);
    g_rand_free(r);
}

static void remove_all(void)
{
    static const char *const names[] = {"story.yaml", "sub/up", "sub",  "film", "good", "dangling",   "out",
                                        "null",       "outdir", "loop", "self", "fifo", "large.yaml", "strings/xx.yaml",
                                        "strings"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = inside(names[i]);
        g_remove(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 7;
    const int rounds = argc > 2 ? atoi(argv[2]) : 1500;
    folder = g_dir_make_tmp("frumious-hostile-XXXXXX", NULL);
    test_bytes();
    test_growth();
    test_alias_bombs();
    test_shared_bomb();
    test_routes();
    test_paths();
    test_files();
    test_mutations(seed, rounds);
    remove_all();
    return tap_done();
}
