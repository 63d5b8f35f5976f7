#include "telemetry/central/cells.h"

#include "base/sha256.h"

#include <string.h>

#define MENU_BITS 47

int64_t cells_menu(int64_t decision, const char *shape)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ":%s", decision, shape);
    uint8_t digest[SHA256_SIZE];
    uint64_t id;
    sha256(text, strlen(text), digest);
    memcpy(&id, digest, sizeof id);
    return (int64_t)(GUINT64_FROM_LE(id) >> (64 - MENU_BITS)) | 1; /* 0 stands for none */
}

/* 0 stands for none in both. */
static int64_t moved(int64_t id, int64_t base, int sign)
{
    return id == 0 ? 0 : id + sign * base;
}

/* What the kind's `a` is a number of. */
static int64_t moved_a(const struct tally_cell *c, const struct film_base *f, int64_t menu, int sign)
{
    const int64_t a = tally_a(c);
    switch (tally_kind(c)) {
    case TALLY_NODE:
    case TALLY_LAST:
    case TALLY_EDGE:
    case TALLY_END:
    case TALLY_STAY:
        return moved(a, f->node, sign);
    case TALLY_ENDING:
        return moved(a, f->ending, sign);
    case TALLY_OUTCOME:
        return menu;
    case TALLY_LATENCY:
    case TALLY_CHANGES:
    case TALLY_GIVEN:
    case TALLY_ASSOCIATION:
    case TALLY_ASKED_AGAIN:
        return moved(a, f->decision, sign);
    case TALLY_PROFILE:
        return moved(a, f->trait, sign);
    case TALLY_PROP:
        return moved(a, f->prop, sign);
    case TALLY_AGAIN:
        return moved(a, f->option, sign);
    case TALLY_VIEWINGS:
    case TALLY_MARK:
    case TALLY_COMPLETION:
    case TALLY_EXPECTED:
    case TALLY_LOST:
    case TALLY_PATH:
    case TALLY_EXAMPLE:
    case TALLY_KINDS:
        break;
    }
    return a;
}

static uint64_t moved_b(const struct tally_cell *c, const struct film_base *f, int sign)
{
    const uint64_t b = c->b;
    switch (tally_kind(c)) {
    case TALLY_EDGE:
        return (uint64_t)moved((int64_t)b, f->node, sign);
    case TALLY_END:
        return (uint64_t)moved((int64_t)b, f->ending, sign);
    case TALLY_OUTCOME:
        return tally_outcome(tally_outcome_focus(b), tally_outcome_what(b),
                             moved(tally_outcome_option(b), f->option, sign));
    case TALLY_LATENCY:
        return tally_latency(tally_latency_what(b), moved(tally_latency_option(b), f->option, sign),
                             tally_latency_class(b));
    case TALLY_ASSOCIATION:
        return tally_association(moved(tally_association_trait(b), f->trait, sign),
                                 moved(tally_association_option(b), f->option, sign), tally_association_level(b));
    default:
        return b;
    }
}

static void add_moved(struct tally *to, const struct tally_cell *c, const struct film_base *f, int64_t menu, int sign)
{
    tally_add(to, tally_kind(c), tally_time(c), moved_a(c, f, menu, sign), moved_b(c, f, sign), c->n);
}

void cells_add_placed(struct tally *to, const struct tally_cell *c, const struct film_base *film, int64_t menu)
{
    add_moved(to, c, film, menu, -1);
}

void cells_add_numbered(struct tally *to, const struct tally_cell *c, const struct film_base *film, int64_t menu)
{
    add_moved(to, c, film, menu, 1);
}
