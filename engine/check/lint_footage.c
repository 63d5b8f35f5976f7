#include "check/lint_footage.h"

#include "check/lint_report.h"

/* A file at the place where it is used first. */
struct use {
    const struct story *s;
    const struct story_clip *clip; /* NULL: it is a picture of an option */
    const char *path;
    struct story_mark mark;
    const struct probe *probe;
    struct lint_report *report;
};

/* Whatever the viewer's language, the same stream is taken: it is spoken of in the first language that cannot tell. */
static void say_which_sound(const struct use *u)
{
    const struct probe *p = u->probe;
    for (int32_t i = 0; i < u->s->n_languages && u->clip->sounds.n == 0; i++) {
        const struct stream_wish wish = {.language = u->s->languages[i]};
        const int rivals = stream_choice_rivals(p->streams, p->n_streams, &wish);
        const int taken = stream_choice_sound(p->streams, p->n_streams, &wish);
        if (rivals < 2 || taken < 0)
            continue;
        g_autofree char *what = stream_choice_describe(&p->streams[taken]);
        lint_report_add(u->report, u->mark, "N831",
                        "mark the right one as the default, and say what the others are: ffmpeg -disposition:a:N",
                        "%d sounds of `%s` suit viewers in `%s`; they hear stream %d (%s)", rivals, u->path,
                        wish.language, taken, what);
        return;
    }
}

/* The first of the file's subtitles, if none of them can be shown. */
static const struct stream_facts *unshown_text(const struct probe *p)
{
    const struct stream_facts *first = NULL;
    for (int32_t i = 0; i < p->n_streams; i++) {
        const struct stream_facts *s = &p->streams[i];
        if (s->kind == STREAM_TEXT && s->decodable)
            return NULL;
        if (!first && (s->kind == STREAM_TEXT || s->kind == STREAM_DRAWN_TEXT))
            first = s;
    }
    return first;
}

static void say_unshown_text(const struct use *u)
{
    const struct stream_facts *text = unshown_text(u->probe);
    if (text && u->clip->subtitles.n == 0)
        lint_report_add(u->report, u->mark, "N839",
                        "have them turned into SRT, WebVTT or ASS, and name that file as the clip's `subtitles`",
                        "`%s` %s", u->path, stream_choice_why_unshown(text));
}

static void say_angle(const struct use *u)
{
    if (!u->probe->turn_exact)
        lint_report_add(u->report, u->mark, "W833", "turn it when it is exported, and leave no rotation in the file",
                        "`%s` asks to be turned by an angle between quarter turns; it is shown at %d degrees", u->path,
                        u->probe->turn.quarters * 90);
}

/* What a processor core of a desktop machine maps in a second (tone_map.h); measured at 1 ns a pixel. */
#define MAPPED_PIXELS 1e9

/* In per cent of a core; 0 for a still or an unknown rate. */
static int map_cost(const struct probe *p)
{
    const double rate = p->fps_num > 0 ? (double)p->fps_num / p->fps_den : 0;
    return (int)((double)p->width * p->height * rate * 100 / MAPPED_PIXELS + 0.5);
}

static void say_range(const struct use *u)
{
    static const char *const name[] = {[COLOUR_STANDARD] = "wide colours (BT.2020, P3, Adobe or ProPhoto RGB)",
                                       [COLOUR_PQ] = "high dynamic range (PQ)",
                                       [COLOUR_HLG] = "high dynamic range (HLG)"};
    const struct colour *c = &u->probe->colour;
    const int cost = map_cost(u->probe);
    if (!colour_needs_map(c) || u->probe->colour_problem != COLOUR_FINE)
        return;
    g_autofree char *price =
        cost > 0 ? g_strdup_printf(", which takes about %d %% of a processor core while it plays", cost) : g_strdup("");
    lint_report_add(u->report, u->mark, "N834",
                    "export it in BT.709 to decide yourself what becomes of its highlights and colours",
                    "`%s` is in %s; it is shown in standard range%s", u->path, name[c->transfer], price);
}

static void say_colours(const struct use *u)
{
    static const char *const what[] = {
        [COLOUR_FINE] = "",
        [COLOUR_DOLBY_VISION] = "is in Dolby Vision without a picture for other players (profile 5)",
        [COLOUR_ODD_PROFILE] = "has a colour profile that the player does not follow, or colours of ink (CMYK)",
        [COLOUR_ODD_MATRIX] = "stores its colours in a way that the player does not know (ICtCp, YCgCo or the like)"};
    if (u->probe->colour_problem != COLOUR_FINE)
        lint_report_add(u->report, u->mark, "W835", "export it in BT.709 (a still in sRGB), or in HDR10 or HLG",
                        "`%s` %s; its colours will be wrong", u->path, what[u->probe->colour_problem]);
}

static void say_fields(const struct use *u)
{
    if (u->probe->interlaced)
        lint_report_add(
            u->report, u->mark, "N836", "export it progressive, with a better deinterlacer than ours",
            "`%s` is interlaced; each picture is made of its first field, and of the second where nothing moves",
            u->path);
}

static void say_damage(const struct use *u)
{
    if (u->probe->cut_off)
        lint_report_add(u->report, u->mark, "W844", "copy, download or export it again",
                        "`%s` is cut off: its end is missing", u->path);
    if (u->probe->wrong_times)
        lint_report_add(u->report, u->mark, "W845", "copy, download or export it again",
                        "times in the tables of `%s` are wrong; they are guessed", u->path);
    if (u->probe->restarts)
        lint_report_add(u->report, u->mark, "W837", "rewrite it, without loss: ffmpeg -i FILE -c copy NEW",
                        "`%s` is made of several recordings, and its clock starts again with each", u->path);
}

static void say_alpha(const struct use *u)
{
    if (u->probe->loses_alpha)
        lint_report_add(u->report, u->mark, "N832", "export it as ProRes 4444, or put it over its background there",
                        "`%s` is transparent in parts; it is shown without its transparency", u->path);
}

static void say_picture(const struct use *u)
{
    say_alpha(u);
    say_angle(u);
    say_range(u);
    say_colours(u);
    say_fields(u);
}

/* A file and what is known of it, if it is a picture or a film that nobody has spoken of yet. */
struct lint_pass {
    const struct story *s;
    GHashTable *facts, *said;
    bool decoded;
    struct lint_report *report;
    int endless;     /* files that do not tell where they end */
    struct use open; /* the first of them */
};

/* It is said once: a camera writes all its films so. */
static void note_open_end(struct lint_pass *l, const struct use *u)
{
    if (!u->probe->ends_untold || l->decoded)
        return;
    if (l->endless == 0)
        l->open = *u;
    l->endless++;
}

static void say_open_end(const struct lint_pass *l)
{
    g_autofree char *others = l->endless > 2    ? g_strdup_printf(", nor in %d other files", l->endless - 1)
                              : l->endless == 2 ? g_strdup(", nor in one other file")
                                                : g_strdup("");
    if (l->endless > 0)
        lint_report_add(
            l->report, l->open.mark, "N838",
            "`frumious check --deep` decodes all of it and finds what is damaged there; compare how long it plays",
            "nothing in `%s` tells where it ends%s: whether the end is missing is not known", l->open.path, others);
}

static void say_file(struct lint_pass *l, const struct story_clip *clip, const char *path, struct story_mark mark)
{
    const struct lint_fact *f = path ? g_hash_table_lookup(l->facts, path) : NULL;
    if (!f || !f->media || f->unreadable || f->subtitles || !g_hash_table_add(l->said, (void *)path))
        return;
    const struct use u = {l->s, clip, path, mark, &f->probe, l->report};
    if (!clip || !l->decoded)
        say_damage(&u);
    note_open_end(l, &u);
    if (clip) {
        say_which_sound(&u);
        say_unshown_text(&u);
    }
    if (f->probe.has_picture)
        say_picture(&u);
}

static void say_node(struct lint_pass *l, const struct story_clip *c)
{
    say_file(l, c, c->path, c->mark);
    const struct story_span tracks[] = {c->sounds, c->described, c->signs};
    for (size_t i = 0; i < G_N_ELEMENTS(tracks); i++)
        for (int32_t k = 0; k < tracks[i].n; k++)
            say_file(l, NULL, l->s->tracks[tracks[i].first + k].path, c->mark);
}

void lint_footage(const struct story *s, GHashTable *facts, bool decoded, struct diags *diags)
{
    struct lint_report *report = lint_report_new(s, diags);
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    struct lint_pass l = {.s = s, .facts = facts, .said = said, .decoded = decoded, .report = report};
    for (int32_t i = 0; i < s->n_nodes; i++)
        say_node(&l, &s->nodes[i].clip);
    for (int32_t i = 0; i < s->n_options; i++) {
        const struct story_option *o = &s->options[i];
        say_file(&l, NULL, o->image, o->mark);
        for (int32_t k = 0; k < o->labels.n; k++)
            say_file(&l, NULL, s->labels[o->labels.first + k].image, o->mark);
    }
    say_open_end(&l);
    lint_report_free(report);
}
