#include "check/lint_footage.h"

#include "check/lint_report.h"

/* A file at the place where it is used first. */
struct use {
    const struct story *s;
    const struct story_clip *clip;
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
        lint_report_add(u->report, u->clip->mark, "N831",
                        "mark the right one as the default, and say what the others are: ffmpeg -disposition:a:N",
                        "%d sounds of `%s` suit viewers in `%s`; they hear stream %d (%s)", rivals, u->clip->path,
                        wish.language, taken, what);
        return;
    }
}

static void say_angle(const struct use *u)
{
    if (!u->probe->turn_exact)
        lint_report_add(u->report, u->clip->mark, "W833",
                        "turn it when it is exported, and leave no rotation in the file",
                        "`%s` asks to be turned by an angle between quarter turns; it is shown at %d degrees",
                        u->clip->path, u->probe->turn.quarters * 90);
}

void lint_footage(const struct story *s, GHashTable *facts, struct diags *diags)
{
    struct lint_report *report = lint_report_new(s, diags);
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_clip *c = &s->nodes[i].clip;
        const struct lint_fact *f = c->path ? g_hash_table_lookup(facts, c->path) : NULL;
        if (!f || f->unreadable || f->subtitles || !g_hash_table_add(said, (void *)c->path))
            continue;
        const struct use u = {s, c, &f->probe, report};
        say_which_sound(&u);
        if (f->probe.has_picture)
            say_angle(&u);
    }
    lint_report_free(report);
}
