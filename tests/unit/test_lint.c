/* The media lint: one seeded mistake a row, found, and nothing else; facts are written down, no file is opened. */
#include "check/lint.h"
#include "check/lint_footage.h"
#include "check/lint_texts.h"
#include "base/units.h"
#include "story/node_edges.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib/gstdio.h>

/* What a test says about a file; 0 is "as usual". */
struct file {
    const char *path;
    int width, fps, rate, channels;
    int64_t length_ms, sound_ms, key_ms; /* key_ms: the only key frame but the first */
    const char *format, *unreadable;
    bool still, no_picture, no_sound, square_no_more;
    int64_t cue_from_ms, cue_to_ms; /* subtitles, if cue_to_ms > 0 */
    bool placed, text, both;        /* text: subtitles without a cue; both: a film that has them, too */
    int fault;                      /* of the subtitles: enum subs_fault + 1 */
    int64_t spread_ms;
    int sounds;                                   /* that suit everybody alike */
    bool sound_undecodable, drawn_text, own_text; /* drawn_text: subtitles as pictures in the film */
    bool unread_text, loses_alpha;                /* unread_text: in a format without a decoder */
    bool odd_angle, interlaced, restarts, cut_off, ends_untold, wrong_times;
    enum colour_transfer transfer;
    enum colour_problem colours;
};

static struct lint_fact *fact(const struct file *f)
{
    struct lint_fact *out = g_new0(struct lint_fact, 1);
    struct probe *p = &out->probe;
    const int64_t ms = f->length_ms ? f->length_ms : 10000;
    out->subtitles = f->cue_to_ms || f->text;
    out->media = f->both || !out->subtitles;
    if (f->fault)
        subs_findings_add(&out->subs, (enum subs_fault)(f->fault - 1), 0);
    if (out->media)
        out->unreadable = g_strdup(f->unreadable);
    else
        out->no_subtitles = g_strdup(f->unreadable);
    out->spread_us = f->spread_ms * US_PER_MS;
    *p = (struct probe){.duration_us = ms * US_PER_MS,
                        .restarts = f->restarts,
                        .cut_off = f->cut_off,
                        .ends_untold = f->ends_untold,
                        .wrong_times = f->wrong_times,
                        .has_picture = !f->no_picture,
                        .is_still = f->still,
                        .width = f->width ? f->width : 1920,
                        .height = 1080,
                        .sar_num = f->square_no_more ? 4 : 1,
                        .sar_den = f->square_no_more ? 3 : 1,
                        .fps_num = f->fps ? f->fps : 25,
                        .fps_den = 1,
                        .frames = -1,
                        .turn_exact = !f->odd_angle,
                        .interlaced = f->interlaced,
                        .colour = {.transfer = f->transfer},
                        .colour_problem = f->colours,
                        .n_streams = f->sounds,
                        .n_audio = !f->no_sound};
    g_strlcpy(p->pixel_format, f->format ? f->format : "yuv420p", sizeof p->pixel_format);
    p->audio[0] = (struct probe_track){.rate = f->rate ? f->rate : 48000,
                                       .channels = f->channels ? f->channels : 2,
                                       .undecodable = f->sound_undecodable,
                                       .end_us = (f->sound_ms ? f->sound_ms : ms) * US_PER_MS};
    for (int i = 0; i < f->sounds; i++)
        p->streams[i] = (struct stream_facts){.kind = STREAM_SOUND, .decodable = true, .preferred = i == 1};
    if (f->drawn_text)
        p->streams[p->n_streams++] = (struct stream_facts){.kind = STREAM_DRAWN_TEXT};
    if (f->own_text)
        p->streams[p->n_streams++] = (struct stream_facts){.kind = STREAM_TEXT, .decodable = true};
    if (f->unread_text)
        p->streams[p->n_streams++] = (struct stream_facts){.kind = STREAM_TEXT};
    p->loses_alpha = f->loses_alpha;
    if (f->cue_to_ms) {
        const struct subs_event cue = {f->cue_from_ms * US_PER_MS, f->cue_to_ms * US_PER_MS, f->placed};
        out->cues = g_array_new(FALSE, FALSE, sizeof cue);
        g_array_append_val(out->cues, cue);
    }
    if (f->key_ms) {
        const int64_t keys[] = {0, f->key_ms * US_PER_MS};
        out->keys = g_array_new(FALSE, FALSE, sizeof keys[0]);
        g_array_append_vals(out->keys, keys, 2);
    }
    return out;
}

#define HEAD "frumious: 1\nid: t.lint\ntitle: T\nstart: a\n"
/* Seventeen options, the last one as given. */
#define FOUR(n) n "0: A, " n "1: B, " n "2: C, " n "3: D, "
#define MANY(last)                                                                                                     \
    HEAD "nodes:\n  a: {clip: a.mkv, decision: {id: d, opens: 1s, for: 2s, default: a0, options: {" FOUR("a")          \
        FOUR("b") FOUR("c") FOUR("d") "q: " last "}}, next: z}\n" ENDING
#define ENDING "  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n"
#define TWO    HEAD "nodes:\n  a: {clip: a.mkv, next: b}\n  b: {clip: b.mkv, next: z}\n" ENDING
#define ASKING(opens, closes)                                                                                          \
    HEAD "nodes:\n  a:\n    clip: {file: a.mkv, subtitles: {en: a.vtt}}\n    decision: {id: d, opens: " opens          \
         ", closes: " closes ", default: x, options: {x: {text: X}, y: {text: Y}}}\n    next: z\n" ENDING
#define ONE(clip) HEAD "nodes:\n  a: {clip: " clip ", next: z}\n" ENDING
#define THREE(prompt, x, y)                                                                                            \
    HEAD "nodes:\n  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 2s, default: x,\n    prompt: "     \
         "\"" prompt "\",\n    options: {x: {text: X" x "},\n      y: {text: Y" y "}}}, next: z}\n" ENDING

#define TEN   "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
    const char *what, *want; /* codes in the order of the source, with line:col */
    const char *yaml;
    struct file files[3];
} rows[] = {
    {"two clips alike", "", TWO, {{.path = "a.mkv"}, {.path = "b.mkv"}}},
    {"no facts, nothing to say", "", TWO, {{.path = NULL}}},
    {"a file that can't be read",
     "E801:6:7",
     TWO,
     {{.path = "a.mkv", .unreadable = "nonsense"}, {.path = "b.mkv", .width = 640}}},
    {"a film without a picture", "W802:6:7", ONE("a.mkv"), {{.path = "a.mkv", .no_picture = true}}},
    {"a picture for a film", "W802:6:7", ONE("a.mkv"), {{.path = "a.mkv", .still = true}}},
    {"a film for a picture", "W802:6:7", ONE("{image: a.png, for: 3s}"), {{.path = "a.png"}}},
    {"a sound track without sound",
     "W802:6:7",
     ONE("{file: a.mkv, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .no_sound = true}}},
    {"a sound track that can't be read",
     "E801:6:7",
     ONE("{file: a.mkv, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .unreadable = "nonsense"}}},
    {"a range to behind the end", "E803:6:7", ONE("{file: a.mkv, from: 2s, to: 12s}"), {{.path = "a.mkv"}}},
    {"a range from behind the end", "E803:6:7", ONE("{file: a.mkv, from: 10s}"), {{.path = "a.mkv"}}},
    {"a range to the end, and a frame more", "", ONE("{file: a.mkv, from: 0s, to: 10.04s}"), {{.path = "a.mkv"}}},
    {"a window after the clip", "W804:8:15", ASKING("10s", "12s"), {{.path = "a.mkv"}}},
    {"a window across the clip's end", "W805:8:15", ASKING("8s", "12s"), {{.path = "a.mkv"}}},
    {"a window to the clip's end", "", ASKING("8s", "10s"), {{.path = "a.mkv"}}},
    {"another size", "W811:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .width = 1280}}},
    {"another shape of the pixels", "W811:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .square_no_more = true}}},
    {"another frame rate", "N812:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .fps = 24}}},
    {"another sample rate", "N813:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .rate = 44100}}},
    {"mono behind stereo", "W814:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .channels = 1}}},
    {"another pixel format", "N815:7:7", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .format = "yuv422p"}}},
    {"no sound is no other sound", "", TWO, {{.path = "a.mkv"}, {.path = "b.mkv", .no_sound = true, .rate = 8000}}},
    {"a change through silent nodes and a route",
     "W811:9:7",
     HEAD "routes:\n  r: [{goto: s}]\nnodes:\n  a: {clip: a.mkv, next: r}\n  b: {clip: b.mkv, next: z}\n"
          "  s: {next: b}\n" ENDING,
     {{.path = "a.mkv"}, {.path = "b.mkv", .width = 1280}}},
    {"a change behind a node that is in between is none",
     "",
     HEAD "nodes:\n  a: {clip: a.mkv, next: m}\n  m: {clip: {card: M, for: 2s}, next: b}\n"
          "  b: {clip: b.mkv, next: z}\n" ENDING,
     {{.path = "a.mkv"}, {.path = "b.mkv", .width = 1280}}},
    {"sound that ends early", "W816:6:7", ONE("a.mkv"), {{.path = "a.mkv", .sound_ms = 9000}}},
    {"sound that ends early, after the range", "", ONE("{file: a.mkv, to: 8s}"), {{.path = "a.mkv", .sound_ms = 9000}}},
    {"a sound of its own that ends early",
     "W816:6:7",
     ONE("{file: a.mkv, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 9000}}},
    {"a sound of a card that ends early",
     "W816:6:7",
     ONE("{card: A, for: 12s, sound: s.opus}"),
     {{.path = "s.opus", .sound_ms = 9000}}},
    {"a sound as long as the range",
     "",
     ONE("{file: a.mkv, to: 9s, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 9000}}},
    {"a sound in a format that nothing decodes",
     "E801:6:7",
     ONE("a.mkv"),
     {{.path = "a.mkv", .sound_undecodable = true}}},
    {"such a sound, and another one instead",
     "",
     ONE("{file: a.mkv, sound: s.opus}"),
     {{.path = "a.mkv", .sound_undecodable = true}, {.path = "s.opus"}}},
    {"subtitles as pictures", "N839:6:7", ONE("a.mkv"), {{.path = "a.mkv", .drawn_text = true}}},
    {"subtitles as pictures, and as text", "", ONE("a.mkv"), {{.path = "a.mkv", .drawn_text = true, .own_text = true}}},
    {"subtitles in an unknown format", "N839:6:7", ONE("a.mkv"), {{.path = "a.mkv", .unread_text = true}}},
    {"subtitles in an unknown format, and in another",
     "",
     ONE("a.mkv"),
     {{.path = "a.mkv", .unread_text = true, .own_text = true}}},
    {"transparency that is lost", "N832:6:7", ONE("a.webm"), {{.path = "a.webm", .loses_alpha = true}}},
    {"transparency that is lost, of somebody who signs",
     "N832:6:7",
     ONE("{file: a.mkv, signed: s.webm}"),
     {{.path = "a.mkv"}, {.path = "s.webm", .no_sound = true, .loses_alpha = true}}},
    {"subtitles as pictures, and a file of text",
     "",
     ONE("{file: a.mkv, subtitles: a.vtt}"),
     {{.path = "a.mkv", .drawn_text = true}, {.path = "a.vtt", .text = true}}},
    {"picture and sound far apart", "W817:6:7", ONE("a.mkv"), {{.path = "a.mkv", .spread_ms = 2500}}},
    {"picture and sound near enough", "", ONE("a.mkv"), {{.path = "a.mkv", .spread_ms = 2000}}},
    {"several sounds", "N831:6:7", ONE("a.mkv"), {{.path = "a.mkv", .sounds = 3}}},
    {"several sounds, and another one instead",
     "",
     ONE("{file: a.mkv, sound: b.wav}"),
     {{.path = "a.mkv", .sounds = 3}, {.path = "b.wav", .no_picture = true}}},
    {"an odd angle", "W833:6:7", ONE("a.mkv"), {{.path = "a.mkv", .odd_angle = true}}},
    {"PQ", "N834:6:7", ONE("a.mkv"), {{.path = "a.mkv", .transfer = COLOUR_PQ}}},
    {"HLG", "N834:6:7", ONE("a.mkv"), {{.path = "a.mkv", .transfer = COLOUR_HLG}}},
    {"Dolby Vision alone",
     "W835:6:7",
     ONE("a.mkv"),
     {{.path = "a.mkv", .transfer = COLOUR_PQ, .colours = COLOUR_DOLBY_VISION}}},
    {"PQ in a still",
     "N834:6:7",
     ONE("{image: a.png, for: 3s}"),
     {{.path = "a.png", .still = true, .transfer = COLOUR_PQ}}},
    {"PQ in the picture of an option, and of its label",
     "N834:8:15 N834:9:7",
     THREE("P", ", image: a.png", ", labels: [{when: seen(z), image: b.png}]"),
     {{.path = "a.png", .still = true, .transfer = COLOUR_PQ},
      {.path = "b.png", .still = true, .transfer = COLOUR_PQ}}},
    {"clocks that start again", "W837:6:7", ONE("a.mkv"), {{.path = "a.mkv", .restarts = true}}},
    {"an end that is missing", "W844:6:7", ONE("a.mkv"), {{.path = "a.mkv", .cut_off = true}}},
    {"a sound whose end is missing",
     "W844:6:7",
     ONE("{file: a.mkv, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .cut_off = true}}},
    {"an end that nothing tells", "N838:6:7", ONE("a.ts"), {{.path = "a.ts", .ends_untold = true}}},
    {"two of them, said once",
     "N838:6:7",
     ONE("{file: a.mkv, sound: s.aac}"),
     {{.path = "a.mkv", .ends_untold = true}, {.path = "s.aac", .ends_untold = true}}},
    {"times that lie", "W845:6:7", ONE("a.mkv"), {{.path = "a.mkv", .wrong_times = true}}},
    {"fields", "N836:6:7", ONE("a.mkv"), {{.path = "a.mkv", .interlaced = true}}},
    {"a line across the cut",
     "W820:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_to_ms = 10500}}},
    {"a line behind the cut",
     "W820:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 3600000, .cue_to_ms = 3601000}}},
    {"a line before the cut", "", ASKING("8s", "10s"), {{.path = "a.mkv"}, {.path = "a.vtt", .cue_to_ms = 10000}}},
    {"a line with a place, under the panel",
     "W821:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 7000, .cue_to_ms = 8500, .placed = true}}},
    {"a line with a place before the panel",
     "",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 7000, .cue_to_ms = 8000, .placed = true}}},
    {"subtitles that can't be read",
     "E801:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .text = true, .unreadable = "nonsense"}}},
    {"subtitles that are not UTF-8",
     "W852:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .text = true, .fault = SUBS_ENCODING_GUESSED + 1}}},
    {"subtitles in no encoding",
     "E851:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .text = true, .unreadable = "x", .fault = SUBS_ENCODING_UNKNOWN + 1}}},
    {"subtitles that cost too much",
     "W853:7:5",
     ASKING("8s", "10s"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .text = true, .fault = SUBS_TOO_COSTLY + 1}}},
    {"the whole film's subtitles, for a part of it",
     "W854:6:7",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: a.vtt}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 1000, .cue_to_ms = 9000}}},
    {"the same on the film's clock",
     "",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: {en: {file: a.vtt, clock: film}}}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 3000, .cue_to_ms = 8000}}},
    {"lines of other parts of the film",
     "",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: {file: a.vtt, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 8000, .cue_to_ms = 9000}}},
    {"the same in the film's first part",
     "",
     ONE("{file: a.mkv, to: 8s, subtitles: {file: a.vtt, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 8000, .cue_to_ms = 9000}}},
    {"a line across the cut, on the film's clock",
     "W820:6:7",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: {file: a.vtt, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 7000, .cue_to_ms = 9000}}},
    {"the film's own text",
     "",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: a.mkv}"),
     {{.path = "a.mkv", .both = true, .cue_from_ms = 3000, .cue_to_ms = 8000}}},
    {"the film's own text, on the other clock",
     "W854:6:7",
     ONE("{file: a.mkv, from: 2s, to: 8s, subtitles: {file: a.mkv, clock: clip}}"),
     {{.path = "a.mkv", .both = true, .cue_from_ms = 3000, .cue_to_ms = 8000}}},
    {"a film without the text that is wanted",
     "E801:6:7",
     ONE("{file: a.mkv, subtitles: b.mkv}"),
     {{.path = "a.mkv"}, {.path = "b.mkv", .text = true, .unreadable = "holds no subtitles"}}},
    {"the clip's subtitles on the film's clock",
     "W854:6:7",
     ONE("{file: a.mkv, from: 6s, to: 9s, subtitles: {file: a.vtt, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "a.vtt", .cue_from_ms = 1000, .cue_to_ms = 2000}}},
    {"the whole film's sound, for a part of it",
     "W854:6:7",
     ONE("{file: a.mkv, from: 4s, to: 6s, sound: s.opus}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 9900}}},
    {"the same sound on the film's clock",
     "",
     ONE("{file: a.mkv, from: 4s, to: 6s, sound: {file: s.opus, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 9900}}},
    {"the clip's sound on the film's clock",
     "W854:6:7",
     ONE("{file: a.mkv, from: 4s, to: 6s, sound: {file: s.opus, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 2000}}},
    {"a sound on the film's clock that ends early",
     "W816:6:7",
     ONE("{file: a.mkv, from: 4s, to: 9s, sound: {file: s.opus, clock: film}}"),
     {{.path = "a.mkv"}, {.path = "s.opus", .sound_ms = 7000}}},
    {"far behind a key frame", "N830:6:7", ONE("{file: a.mkv, from: 6s}"), {{.path = "a.mkv", .key_ms = 5000}}},
    {"at a key frame", "", ONE("{file: a.mkv, from: 5.1s}"), {{.path = "a.mkv", .key_ms = 5000}}},
    {"a long option",
     "W705:6:101",
     HEAD "nodes:\n  a: {clip: a.mkv, decision: {id: d, opens: 1s, for: 2s, default: x, prompt: P, options: {x: {text: "
          "X" SIXTY "}, y: {text: " SIXTY "}}}, next: z}\n" ENDING,
     {{.path = "a.mkv"}}},
    {"more options than the panel shows", "W706:6:30", MANY("{text: q}"), {{.path = "a.mkv"}}},
    {"more options than it shows at times", "W706:6:30", MANY("{text: q, when: seen(z)}"), {{.path = "a.mkv"}}},
};

static struct story *load(const char *dir, const char *yaml)
{
    g_autofree char *path = g_build_filename(dir, "story.yaml", NULL);
    return story_from_text_at(path, yaml);
}

static char *found(const struct diags *d)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < diags_len(d); i++) {
        const struct diag *g = diags_get(d, i);
        g_string_append_printf(out, "%s%s:%u:%u", out->len ? " " : "", g->rule->code, g->line, g->col);
    }
    return g_string_free(out, FALSE);
}

static GHashTable *facts_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)lint_fact_free);
}

static void test_rows(const char *dir)
{
    g_autoptr(GHashTable) codes = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GHashTable *facts = facts_new();
        struct diags *d = diags_new();
        struct story *s = load(dir, rows[i].yaml);
        if (!ok(s != NULL, "%s: loads", rows[i].what))
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(rows[i].files) && rows[i].files[k].path; k++)
            g_hash_table_insert(facts, (char *)rows[i].files[k].path, fact(&rows[i].files[k]));
        lint_run(s, facts, d);
        lint_footage(s, facts, false, d);
        lint_texts(s, NULL, NULL, d);
        diags_sort(d);
        g_autofree char *got = found(d);
        is_str(got, rows[i].want, rows[i].what);
        for (size_t k = 0; k < diags_len(d); k++) {
            g_hash_table_add(codes, (void *)diags_get(d, k)->rule->code);
            ok(diags_get(d, k)->source != NULL, "it shows the line");
        }
        story_free(s);
        diags_free(d);
        g_hash_table_unref(facts);
    }
    for (const struct diag_rule *r = diag_rules(); r->code; r++)
        if ((r->code[1] == '8' && r->code[2] != '4') || strcmp(r->code, "W705") == 0 ||
            strcmp(r->code, "W706") == 0) /* 84x: e2e/deep.py */
            ok(g_hash_table_contains(codes, r->code), "%s (%s) has a seeded mistake", r->code, r->name);
}

static void test_words(const char *dir)
{
    GHashTable *facts = facts_new();
    struct diags *d = diags_new();
    struct story *s = load(dir, TWO);
    const struct file a = {.path = "a.mkv"}, b = {.path = "b.mkv", .width = 1280};
    g_hash_table_insert(facts, "a.mkv", fact(&a));
    g_hash_table_insert(facts, "b.mkv", fact(&b));
    lint_run(s, facts, d);
    is_int((int64_t)diags_len(d), 1, "one finding");
    is_str(diags_get(d, 0)->message, "`b.mkv` has 1280x1080, but `a.mkv` before it has 1920x1080", "its words");
    story_free(s);
    diags_free(d);
    g_hash_table_unref(facts);
}

/* A ruler in place of fonts: letters half as wide as high, lines broken anywhere. */
static struct text_extent ruler(void *user, const struct text_style *style, const char *text, int width)
{
    (void)user;
    const int wide = (int)g_utf8_strlen(text, -1) * style->px / 2, lines = (wide + width - 1) / width;
    const bool cut = style->max_lines > 0 && lines > style->max_lines;
    const int shown = cut ? style->max_lines : lines;
    return (struct text_extent){MIN(wide, width), shown * style->px * 5 / 4, shown, style->px, cut};
}

/* Each text in a place that is too small for it alone. */
static void test_places(const char *dir)
{
    static const struct {
        const char *what, *want, *yaml;
    } places[] = {
        {"short texts", "", THREE("P", "", "")},
        {"a long prompt that fits in two lines", "", THREE(TEN SIXTY, "", "")},
        {"a prompt that does not", "W705:7:13", THREE(SIXTY SIXTY SIXTY SIXTY, "", "")},
        {"an option that does not", "W705:9:17", THREE("P", "", SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY)},
        {"a second line that does not", "W705:8:33", THREE("P", ", sub: " SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY, "")},
        {"a reason that does not", "W705:8:51",
         THREE("P", ", when: seen(z), locked: " SIXTY SIXTY SIXTY SIXTY SIXTY, "")},
        {"a label that does not", "W705:8:59",
         THREE("P", ", labels: [{when: seen(z), text: " SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY "}]",
               "")},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        struct diags *d = diags_new();
        struct story *s = load(dir, places[i].yaml);
        if (!ok(s != NULL, "%s: loads", places[i].what))
            continue;
        is_int(lint_texts_wants_measure(s), i > 0, "it is worth measuring");
        lint_texts(s, ruler, NULL, d);
        diags_sort(d);
        g_autofree char *got = found(d);
        is_str(got, places[i].want, places[i].what);
        story_free(s);
        diags_free(d);
    }
}

static void test_edges(const char *dir)
{
    struct story *s =
        load(dir, HEAD "state: {n: bool}\nroutes:\n  r: [{when: n, goto: b}, {goto: c}]\nnodes:\n"
                       "  a: {clip: {card: A, for: 9s}, enter: [toggle n], decision: {id: d, opens: 1s, for: 2s, "
                       "default: x, options: {x: {text: X, goto: r}, y: {text: Y, goto: s}}}, next: z}\n"
                       "  b: {clip: {card: B, for: 2s}, next: [{when: n, goto: back(d)}, {goto: c}]}\n"
                       "  c: {clip: {card: C, for: 2s}, next: z}\n  s: {next: b}\n" ENDING);
    static const char *const want[] = {"a>b option 0?", "a>c option 0?", "a>s option 1", "a>z next",
                                       "b>a next?back", "b>c next?",     "c>z next",     "s>b next"};
    static const char *const kinds[] = {"next", "option", "timeout"};
    static const int depths[] = {0, 1, 1, 1, 1};
    if (!ok(s != NULL, "loads"))
        return;
    GArray *edges = node_edges_of(s);
    int32_t *index = node_edges_index(s, edges), *depth = node_edges_depths(s, edges, index);
    is_int(edges->len, G_N_ELEMENTS(want), "edges");
    for (guint i = 0; i < MIN(edges->len, G_N_ELEMENTS(want)); i++) {
        const struct node_edge *e = &g_array_index(edges, struct node_edge, i);
        g_autofree char *option = e->option >= 0 ? g_strdup_printf(" %d", e->option) : g_strdup("");
        g_autofree char *got = g_strdup_printf("%s>%s %s%s%s%s", s->nodes[e->from].name, s->nodes[e->to].name,
                                               kinds[e->kind], option, e->maybe ? "?" : "", e->back ? "back" : "");
        is_str(got, want[i], "an edge");
        ok((int32_t)i >= index[e->from] && (int32_t)i < index[e->from + 1], "its index");
    }
    for (int i = 0; i < 5; i++)
        is_int(depth[i], depths[i], s->nodes[i].name);
    g_free(index);
    g_free(depth);
    g_array_unref(edges);
    story_free(s);
}

int main(void)
{
    g_autofree char *dir = g_dir_make_tmp("frumious-lint-XXXXXX", NULL);
    test_rows(dir);
    test_words(dir);
    test_places(dir);
    test_edges(dir);
    g_autofree char *path = g_build_filename(dir, "story.yaml", NULL);
    g_unlink(path);
    g_rmdir(dir);
    return tap_done();
}
