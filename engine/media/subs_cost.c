#include "media/subs_cost.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COST_MAX (INT64_MAX / 4096)
/* What a letter costs, however small: libass keeps a kilobyte for each. */
#define LETTER_COST 4096.0
/* libass clamps what these may be: BLUR_MAX_RADIUS and MAX_BE in its ass_render.h. */
#define BLUR_MAX 100.0
#define BE_MAX   127.0
/* The eye of libass stands 20,000 units before the picture; nothing comes nearer to it than 1000. */
#define EYE_UNITS  20000.0
#define NEAR_UNITS 1000.0
/* No number of a text or a style counts as larger: then all products of them stay finite. */
#define NUMBER_MAX 1e9
/* A line that is wrapped is no longer, unless a word is. */
#define LINE_PIXELS 1920.0

/* Where the text is: what the tags so far have set. */
struct pen {
    struct subs_cost_style style;
    double size, border, scale_x, scale_y, shear_x, shear_y, blur, be;
    double far;  /* how far from the picture's origin something is placed, in units; matters for what is turned */
    int drawing; /* 0: letters; n: coordinates in 1/2^(n-1) units */
    bool turned, moves; /* moves: inside \t(), where a tag may make it larger, never smaller */
    double sum;
    struct slant {
        double text, word; /* pixels: how long all that slants is, and its longest piece without a blank */
        double piece;      /* the piece so far */
        double tall;       /* how much higher a slanting line is, in its lengths */
        double high, times;
        bool unwrapped; /* lines may be as long as the text */
    } slant;
};

static void reset_pen(struct pen *p)
{
    p->size = p->style.size;
    p->border = p->style.border;
    p->scale_x = p->style.scale_x;
    p->scale_y = p->style.scale_y;
    p->shear_x = p->shear_y = p->blur = p->be = 0;
    p->turned = p->style.turned;
}

static double bounded(double v)
{
    return isnan(v) ? NUMBER_MAX : CLAMP(v, -NUMBER_MAX, NUMBER_MAX);
}

/* A number in a tag is whatever strtod() reads; NaN and infinity are huge. */
static double number(const char *s, const char **end)
{
    char *after;
    const double v = g_ascii_strtod(s, &after);
    *end = after;
    return bounded(v);
}

static struct subs_cost_style bounded_style(const struct subs_cost_style *style)
{
    struct subs_cost_style s = *style;
    s.size = bounded(s.size);
    s.border = bounded(s.border);
    s.scale_x = bounded(s.scale_x);
    s.scale_y = bounded(s.scale_y);
    s.px_per_unit = bounded(s.px_per_unit);
    return s;
}

static void set(const struct pen *p, double *field, double value)
{
    *field = p->moves ? MAX(*field, value) : value;
}

/* ---- area ------------------------------------------------------------------------------------------------------- */

static void add_to_slant(struct slant *t, double wide, double high, double times, double tall)
{
    t->text += wide;
    t->piece += wide;
    t->word = MAX(t->word, t->piece);
    t->high = MAX(t->high, high);
    t->times = MAX(t->times, times);
    t->tall = MAX(t->tall, tall);
}

/* One bitmap of w x h units, its border, and what blurring makes of both. */
static void add_shape(struct pen *p, double w, double h)
{
    const double near = MAX(NEAR_UNITS, EYE_UNITS - 1.5 * p->far);
    const double zoom = (p->turned ? EYE_UNITS / near : 1) * p->style.px_per_unit;
    const double blur = CLAMP(p->blur, 0, BLUR_MAX), be = CLAMP(p->be, 0, BE_MAX);
    const double pad = p->border * zoom + 3 * blur * p->style.px_per_unit + be;
    const double wide = w * p->scale_x * (1 + p->shear_x) * zoom + 2 * pad;
    const double high = h * p->scale_y * (1 + p->shear_y) * zoom + 2 * pad;
    const double times = (p->border > 0 ? 2 : 1) + (blur > 0 ? 2 : 0) + be / 8;
    p->sum += MAX(wide * high * times, LETTER_COST);
    if (p->turned || p->shear_y > 0)
        add_to_slant(&p->slant, wide - 2 * pad, high, times, p->turned ? MAX(0.5, p->shear_y) : p->shear_y);
}

/* libass draws a piece of a line at once: what slants takes the rectangle around it. */
static double slant_area(const struct slant *t)
{
    const double line = t->unwrapped ? t->text : MIN(t->text, MAX(t->word, LINE_PIXELS));
    const double lines = line > 0 ? ceil(t->text / line) : 0;
    return lines * line * (line * t->tall + t->high) * t->times;
}

/* A shape's size in units: the range of its coordinates, from `s` to one of `stops` or the text's end, which is returned. */
static const char *read_shape(const char *s, const char *stops, double size[2])
{
    double low[2] = {0, 0}, high[2] = {0, 0};
    int axis = 0;
    for (bool first = true; *s && (first || !strchr(stops, *s)); first = false) {
        const char *end = s;
        const double v = g_ascii_isdigit(*s) || *s == '-' || *s == '+' || *s == '.' ? number(s, &end) : 0;
        if (end == s) {
            s++;
            continue;
        }
        low[axis] = MIN(low[axis], v);
        high[axis] = MAX(high[axis], v);
        axis = !axis;
        s = end;
    }
    size[0] = high[0] - low[0];
    size[1] = high[1] - low[1];
    return s;
}

/* \p: the text itself is the shape. */
static const char *add_drawing(struct pen *p, const char *s)
{
    const double unit = 1.0 / (double)(1 << MIN(p->drawing - 1, 20));
    double size[2];
    s = read_shape(s, "{", size);
    add_shape(p, size[0] * unit, size[1] * unit);
    return s;
}

static const char *add_letters(struct pen *p, const char *s)
{
    for (bool first = true; *s && (first || *s != '{'); first = false, s++)
        if (((unsigned char)*s & 0xc0) != 0x80 && !g_ascii_isspace(*s))
            add_shape(p, p->size, p->size);
        else {
            p->sum += 1;
            p->slant.piece = *s == ' ' ? 0 : p->slant.piece;
        }
    return s;
}

/* ---- tags ------------------------------------------------------------------------------------------------------- */

typedef void (*tag_set)(struct pen *p, const char *value);

/* \fs60 sets a size; \fs+6 makes it 1.6 times as large. */
static void tag_size(struct pen *p, const char *value)
{
    const char *end;
    const double v = number(value, &end);
    const bool relative = *value == '+' || *value == '-';
    const double size = relative ? p->size * (1 + v / 10) : v;
    set(p, &p->size, end == value || size <= 0 ? p->style.size : MIN(size, NUMBER_MAX));
}

static double or_style(const char *value, double style)
{
    const char *end;
    const double v = number(value, &end);
    return end == value ? style : v;
}

static void tag_scale_x(struct pen *p, const char *value)
{
    set(p, &p->scale_x, MAX(or_style(value, p->style.scale_x * 100) / 100, 0));
}

static void tag_scale_y(struct pen *p, const char *value)
{
    set(p, &p->scale_y, MAX(or_style(value, p->style.scale_y * 100) / 100, 0));
}

static void tag_border(struct pen *p, const char *value)
{
    set(p, &p->border, MAX(or_style(value, p->style.border), 0));
}

static void tag_blur(struct pen *p, const char *value)
{
    set(p, &p->blur, or_style(value, 0));
}

static void tag_be(struct pen *p, const char *value)
{
    set(p, &p->be, or_style(value, 0));
}

static void tag_shear_x(struct pen *p, const char *value)
{
    set(p, &p->shear_x, fabs(or_style(value, 0)));
}

static void tag_shear_y(struct pen *p, const char *value)
{
    set(p, &p->shear_y, fabs(or_style(value, 0)));
}

static void tag_turn(struct pen *p, const char *value)
{
    p->turned |= or_style(value, p->style.turned) != 0; /* another axis may be turned still */
}

/* How lines are broken: nobody has to know which number means what. */
static void tag_wrapping(struct pen *p, const char *value)
{
    (void)value;
    p->slant.unwrapped = true;
}

/* \clip(m 0 0 l …), \clip(2,m 0 0 l …): libass fills a bitmap as large as the shape, also beyond the picture. Four numbers are a
 * rectangle, which costs nothing. */
static void tag_clip(struct pen *p, const char *value)
{
    const size_t first = strcspn(value, ",)}"), all = strcspn(value, ")}");
    const char *end, *shape = value;
    double scale = 1, size[2];
    if (strcspn(value, "mnlbspc") >= all)
        return;
    if (value[first] == ',') {
        scale = CLAMP(number(value, &end), 1, 21);
        shape = value + first + 1;
    }
    const double unit = p->style.px_per_unit / (double)(1 << ((int)scale - 1));
    read_shape(shape, ")}", size);
    p->sum += size[0] * unit * size[1] * unit;
}

/* \pos(1,2), \move(1,2,3,4), \org(1,2) */
static void tag_place(struct pen *p, const char *value)
{
    for (const char *s = value, *end; *s && *s != ')' && *s != '}'; s = end > s ? end : s + 1) {
        const double far = fabs(number(s, &end));
        p->far = MAX(p->far, far);
    }
}

static void tag_drawing(struct pen *p, const char *value)
{
    p->drawing = (int)CLAMP(or_style(value, 0), 0, 21);
}

static void tag_reset(struct pen *p, const char *value)
{
    (void)value;
    reset_pen(p);
}

static void tag_animate(struct pen *p, const char *value)
{
    (void)value;
    p->moves = true;
}

/* The first that fits counts, so longer names stand before what they begin with. Tags that cost nothing but begin like
 * one that does are listed, too. */
static const struct {
    const char *name;
    tag_set set;
} tags[] = {
    {"fscx", tag_scale_x}, {"fscy", tag_scale_y}, {"fsp", NULL},         {"fsc", NULL},        {"fs", tag_size},
    {"fax", tag_shear_x},  {"fay", tag_shear_y},  {"frx", tag_turn},     {"fry", tag_turn},    {"frz", tag_turn},
    {"fr", tag_turn},      {"xbord", tag_border}, {"ybord", tag_border}, {"bord", tag_border}, {"blur", tag_blur},
    {"be", tag_be},        {"pos", tag_place},    {"move", tag_place},   {"org", tag_place},   {"pbo", NULL},
    {"p", tag_drawing},    {"r", tag_reset},      {"t", tag_animate},    {"q", tag_wrapping},  {"clip", tag_clip},
    {"iclip", tag_clip},
};

/* \fs60, \fs(60) and \ fs 60 are the same to libass. */
static void read_tag(struct pen *p, const char *s)
{
    s += strspn(s, " \t");
    for (size_t i = 0; i < G_N_ELEMENTS(tags); i++)
        if (g_str_has_prefix(s, tags[i].name)) {
            s += strlen(tags[i].name);
            if (tags[i].set)
                tags[i].set(p, s + strspn(s, " \t("));
            return;
        }
}

/* What stands between { and }, the latter at `end`. */
static void read_block(struct pen *p, const char *s, const char *end)
{
    int depth = 0, animated = 0; /* animated: how deep the brackets were at \t */
    for (p->moves = false; s < end; s++) {
        depth += (*s == '(') - (*s == ')' && depth > 0);
        if (*s == ')' && depth <= animated)
            p->moves = false;
        const bool before = p->moves;
        if (*s == '\\')
            read_tag(p, s + 1);
        animated = p->moves && !before ? depth : animated;
    }
    p->moves = false;
}

int64_t subs_cost(const char *text, const struct subs_cost_style *style)
{
    struct pen p = {.style = bounded_style(style), .slant.unwrapped = style->unwrapped};
    const char *last = strrchr(text, '}');
    reset_pen(&p);
    for (const char *s = text; *s && p.sum < (double)COST_MAX;) {
        const char *end = *s == '{' && s < last ? strchr(s, '}') : NULL; /* without an end it is a letter */
        if (end)
            read_block(&p, s + 1, end);
        s = end ? end + 1 : p.drawing > 0 ? add_drawing(&p, s) : add_letters(&p, s);
    }
    p.sum += slant_area(&p.slant);
    assert(p.sum >= 0);
    return p.sum < (double)COST_MAX ? MAX((int64_t)p.sum, (int64_t)strlen(text)) : COST_MAX;
}
