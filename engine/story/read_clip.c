#include "story/read_clip.h"

#include "story/limits.h"
#include "story/shared.h"

#include <assert.h>
#include <string.h>

/* ---- tracks --------------------------------------------------------------------------------------------------- */

struct track_draft {
    struct story_track track;
    const struct yml_node *language;
    enum read_file file;
};

static void track_file(struct builder *b, const struct yml_node *key, void *into)
{
    struct track_draft *in = into;
    in->track.path = read_path(b, key->value, in->file);
}

static void track_language(struct builder *b, const struct yml_node *key, void *into)
{
    struct track_draft *in = into;
    const char *tag = read_language(b, key->value);
    in->track.language = tag ? tag : "";
    in->language = key->value;
}

static void track_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct track_draft *)into)->track.when = read_condition(b, key->value);
}

static void track_clock(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {"clip", "film", NULL};
    static const enum story_clock clocks[] = {STORY_CLOCK_CLIP, STORY_CLOCK_FILM};
    const int word = read_word(b, key->value, words);
    if (word >= 0)
        ((struct track_draft *)into)->track.clock = clocks[word];
}

static void track_mix(struct builder *b, const struct yml_node *key, void *into)
{
    read_bool(b, key->value, &((struct track_draft *)into)->track.mixed);
}

static const struct read_row described_rows[] = {{"file", track_file, true},  {"language", track_language, false},
                                                 {"when", track_when, false}, {"clock", track_clock, false},
                                                 {"mix", track_mix, false},   {"note", read_note, false},
                                                 {NULL, NULL, false}};

static const struct read_row track_rows[] = {{"file", track_file, true},  {"language", track_language, false},
                                             {"when", track_when, false}, {"clock", track_clock, false},
                                             {"note", read_note, false},  {NULL, NULL, false}};

static void add_track(struct builder *b, const struct track_draft *in, const struct yml_node *at)
{
    const struct yml_node *v = in->language ? in->language : at;
    const struct pending_name ref = {in->track.language, builder_mark(b, v), v->width};
    if (!in->track.path)
        return;
    g_array_append_val(b->tracks, in->track);
    g_array_append_val(b->track_marks, ref);
    assert(b->track_marks->len == b->tracks->len);
}

static void read_track(struct builder *b, const struct yml_node *v, enum read_file file, const struct read_row *rows)
{
    struct track_draft in = {{"", NULL, -1, STORY_CLOCK_AS_FILE, false}, NULL, file};
    if (v->kind == YML_SCALAR)
        in.track.path = read_path(b, v, file);
    else
        read_map(b, v, rows, &in, "a track", v);
    add_track(b, &in, v);
}

static const struct read_row spoken_track_rows[] = {{"file", track_file, true},
                                                    {"when", track_when, false},
                                                    {"clock", track_clock, false},
                                                    {"note", read_note, false},
                                                    {NULL, NULL, false}};

/* The value of a language: a path, or a track whose language is that. */
static void read_spoken_track(struct builder *b, const struct yml_node *key)
{
    struct track_draft in = {{"", NULL, -1, STORY_CLOCK_AS_FILE, false}, key, READ_SUBTITLES};
    const char *tag = read_language(b, key);
    in.track.language = tag ? tag : "";
    if (!read_present(b, key))
        return;
    if (key->value->kind == YML_MAP)
        read_map(b, key->value, spoken_track_rows, &in, "a track", key);
    else
        in.track.path = read_path(b, key->value, READ_SUBTITLES);
    add_track(b, &in, key);
}

/* A path, {file: …} with these rows, a list of them, or, for subtitles, {en: path or {file: …}, …}. */
static struct story_span read_tracks(struct builder *b, const struct yml_node *v, enum read_file file,
                                     const struct read_row *rows)
{
    const int32_t first = (int32_t)b->tracks->len;
    if (v->kind == YML_MAP && file == READ_SUBTITLES && !read_find(v, "file")) {
        for (const struct yml_node *k = v->first; k; k = k->next)
            read_spoken_track(b, k);
    } else {
        for (const struct yml_node *item = read_first(v); item; item = read_next(v, item))
            read_track(b, item, file, rows);
    }
    return (struct story_span){first, (int32_t)b->tracks->len - first};
}

/* ---- clips ---------------------------------------------------------------------------------------------------- */

/* What a clip is made of: exactly one of these keys. */
enum clip_key { CLIP_MEDIA, CLIP_FILE, CLIP_IMAGE, CLIP_CARD, N_CLIP_KEYS };

struct clip_draft {
    struct story_clip *clip;
    const char *node;
    int32_t medium;
    const struct yml_node *made_of[N_CLIP_KEYS], *from, *to, *length;
};

static void clip_media(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->made_of[CLIP_MEDIA] = key;
    in->clip->kind = STORY_FILM;
    if (read_name(b, key->value, false))
        in->medium = builder_add_pending_name(b, key->value, key->value->text);
}

static void clip_file(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->made_of[CLIP_FILE] = key;
    in->clip->kind = STORY_FILM;
    in->clip->path = read_path(b, key->value, READ_FILM);
}

static void clip_image(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->made_of[CLIP_IMAGE] = key;
    in->clip->kind = STORY_STILL;
    in->clip->path = read_path(b, key->value, READ_PICTURE);
}

static void clip_card(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    in->made_of[CLIP_CARD] = key;
    in->clip->kind = STORY_CARD;
    if (text)
        in->clip->card = builder_add_text(b, key->value, text, "node", in->node, NULL, "card");
}

static void clip_from(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->from = key;
    if (!read_time(b, key->value, &in->clip->from_us))
        in->clip->from_us = US_NONE;
}

static void clip_to(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->to = key;
    if (!read_time(b, key->value, &in->clip->to_us))
        in->clip->to_us = US_NONE;
}

static void clip_for(struct builder *b, const struct yml_node *key, void *into)
{
    struct clip_draft *in = into;
    in->length = key;
    if (!read_time(b, key->value, &in->clip->for_us)) {
        in->clip->for_us = US_NONE;
    } else if (in->clip->for_us == 0) {
        builder_error(b, key->value, "E401", "write how long it is shown, such as `4s`",
                      "a clip must last longer than 0 seconds");
        in->clip->for_us = US_NONE;
    }
}

static void clip_sound(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct clip_draft *)into)->clip->sounds = read_tracks(b, key->value, READ_SOUND, track_rows);
}

static void clip_subtitles(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct clip_draft *)into)->clip->subtitles = read_tracks(b, key->value, READ_SUBTITLES, track_rows);
}

static void clip_described(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct clip_draft *)into)->clip->described = read_tracks(b, key->value, READ_SOUND, described_rows);
}

static void clip_signed(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct clip_draft *)into)->clip->signs = read_tracks(b, key->value, READ_SIGNS, track_rows);
}

static const struct read_row clip_rows[] = {
    {"media", clip_media, false},
    {"file", clip_file, false},
    {"image", clip_image, false},
    {"card", clip_card, false},
    {"from", clip_from, false},
    {"to", clip_to, false},
    {"for", clip_for, false},
    {"sound", clip_sound, false},
    {"subtitles", clip_subtitles, false},
    {"described", clip_described, false},
    {"signed", clip_signed, false},
    {"note", read_note, false},
    {"todo", read_note, false},
    {"meta", read_meta, false},
    {NULL, NULL, false},
};

/* Reports the first track of a clip without a film that runs on a film's clock. */
static void check_clocks(struct builder *b, const struct clip_draft *in, const struct yml_node *key)
{
    const struct story_clip *c = in->clip;
    const struct story_span spans[] = {c->sounds, c->subtitles, c->described, c->signs};
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++)
        for (int32_t k = 0; k < spans[i].n; k++)
            if (g_array_index(b->tracks, struct story_track, spans[i].first + k).clock == STORY_CLOCK_FILM) {
                builder_error(b, key, "E115", "remove `clock`", "only a film's tracks can have `clock: film`");
                return;
            }
}

/* Do the keys make exactly one clip? Reports it if not. */
static void check_clip_keys(struct builder *b, const struct clip_draft *in, const struct yml_node *key)
{
    const struct yml_node *first = NULL;
    for (int i = 0; i < N_CLIP_KEYS; i++) {
        if (first && in->made_of[i])
            builder_error(b, in->made_of[i], "E115", "remove one of them", "a clip has `%s` or `%s`, not both",
                          first->text, in->made_of[i]->text);
        first = first ? first : in->made_of[i];
    }
    if (!first && !b->defaults_broken && !read_find(key->value, "media") && !read_find(key->value, "file") &&
        !read_find(key->value, "image") && !read_find(key->value, "card"))
        builder_error(b, key, "E105", "`file: media/kitchen.mp4`, or without a film yet: `{card: Kitchen, for: 4s}`",
                      "a clip needs `media`, `file`, `image` or `card`");
    const bool film = in->made_of[CLIP_MEDIA] || in->made_of[CLIP_FILE];
    if (first && !film && in->from)
        builder_error(b, in->from, "E115", "remove it, or name a film", "only a film has `from` and `to`");
    if (first && !film && in->to)
        builder_error(b, in->to, "E115", "remove it, or name a film", "only a film has `from` and `to`");
    if (first && !film && !in->length)
        builder_error(b, key, "E105", "`for: 4s`", "%s needs `for`: how long it is shown",
                      in->clip->kind == STORY_CARD ? "a card" : "a picture");
    if (first && !film)
        check_clocks(b, in, key);
    const struct story_clip *c = in->clip;
    if (c->to_us != US_NONE && c->to_us <= (c->from_us == US_NONE ? 0 : c->from_us))
        builder_error(b, in->to->value, "E412", "`to` is later than `from`; both count from the beginning of the file",
                      "the range ends before it begins");
}

void read_clip(struct builder *b, const struct yml_node *key, const char *node, struct story_clip *clip,
               int32_t *medium)
{
    struct clip_draft in = {.clip = clip, .node = node, .medium = -1};
    *clip = (struct story_clip){.kind = STORY_FILM,
                                .from_us = US_NONE,
                                .to_us = US_NONE,
                                .for_us = US_NONE,
                                .card = -1,
                                .mark = builder_mark(b, key)};
    const struct yml_node *defaults = shared_defaults(b, BUILDER_CLIPS, key->value);
    if (key->value->kind == YML_SCALAR) {
        clip->path = read_path(b, key->value, READ_FILM);
        if (defaults)
            read_map(b, defaults, clip_rows, &in, "a clip", key);
    } else if (read_map_with(b, key->value, defaults, clip_rows, &in, "a clip", key)) {
        check_clip_keys(b, &in, key);
    }
    *medium = in.medium;
}
