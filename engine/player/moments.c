#include "player/moments.h"

#include "media/frame.h"

#include <assert.h>
#include <string.h>

#define WIDTH_MAX  320 /* pixels */
#define HEIGHT_MAX 180

struct moment {
    int32_t decision;
    struct frame *picture;
};

struct moments {
    struct moment of[MOMENTS_MAX]; /* the oldest one first */
    int n;
    int32_t open; /* the decision that was open before, -1: none */
};

struct moments *moments_new(void)
{
    struct moments *m = g_new0(struct moments, 1);
    m->open = -1;
    return m;
}

void moments_free(struct moments *m)
{
    for (int i = 0; m && i < m->n; i++)
        frame_free(m->of[i].picture);
    g_free(m);
}

static int find_moment(const struct moments *m, int32_t decision)
{
    int i = 0;
    while (i < m->n && m->of[i].decision != decision)
        i++;
    return i;
}

static void remove_moment(struct moments *m, int i)
{
    frame_free(m->of[i].picture);
    m->n--;
    memmove(&m->of[i], &m->of[i + 1], (size_t)(m->n - i) * sizeof m->of[0]);
}

/* One that is asked again has its latest picture. */
static void keep_moment(struct moments *m, int32_t decision, const struct frame *shown)
{
    struct frame *picture = frame_small(shown, WIDTH_MAX, HEIGHT_MAX);
    const int before = find_moment(m, decision);
    if (!picture)
        return;
    if (before < m->n)
        remove_moment(m, before);
    else if (m->n == MOMENTS_MAX)
        remove_moment(m, 0);
    m->of[m->n++] = (struct moment){decision, picture};
    assert(m->n <= MOMENTS_MAX);
}

void moments_follow(struct moments *m, const struct film *f)
{
    const int32_t open = film_choice(f)->menu.decision;
    const struct frame *shown = film_frame(f);
    if (open >= 0 && open != m->open && shown)
        keep_moment(m, open, shown);
    m->open = open;
}

const struct frame *moments_picture(const struct moments *m, int32_t decision)
{
    const int i = find_moment(m, decision);
    return i < m->n ? m->of[i].picture : NULL;
}

bool moments_any(const struct moments *m)
{
    return m->n > 0;
}
