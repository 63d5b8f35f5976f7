#include "telemetry/write/viewing_position.h"

#include <assert.h>
#include <string.h>

static bool is_latest(bool open, bool missed, const struct sink_entry *e, enum tel_kind kind)
{
    return !open || (!missed && e->kind == SINK_EVENT && e->record.kind == kind);
}

bool viewing_position_is_sound(const struct viewing_position *p)
{
    return p->seq >= 0 && p->missed >= 0 && is_latest(p->in_visit, p->visit_missed, &p->visit, TEL_VISIT) &&
           is_latest(p->in_exposure, p->exposure_missed, &p->exposure, TEL_EXPOSURE) &&
           (!p->continues || !p->viewing || p->viewing->continues[0]);
}

/* Numbers and times that can still be added to each other. */
static bool is_small(int64_t n)
{
    return n >= 0 && n < INT64_MAX / 4;
}

static bool is_time(int64_t us)
{
    return us == US_NONE || is_small(us);
}

static bool part_is_possible(const struct viewing_part *part)
{
    const struct tel_resume *r = &part->resume;
    return is_small(part->seq) && is_small(part->at_us) && is_small(part->visit) && is_small(r->place) &&
           is_time(r->playing_us) && is_time(r->paused_us) && is_time(r->hidden_us);
}

/* What is open is something of the story. */
static bool refers_to_story(const struct viewing_position *p)
{
    const struct tel_story *s = p->story;
    const int32_t node = p->visit.record.visit.node, decision = p->exposure.record.exposure.menu.decision;
    return (!p->in_visit || (s && p->viewing && is_small(p->visit.seq) && node >= 0 && node < s->n_nodes)) &&
           (!p->in_exposure || (s && p->viewing && is_small(p->exposure.seq) && decision >= 0 &&
                                decision < s->n_decisions && p->exposure.record.exposure.menu.n <= TEL_OPTIONS_MAX));
}

/* A byte that is neither 0 nor 1 is no bool, and must not be read as one. */
static bool flags_are_bools(const uint8_t *bytes)
{
    static const size_t flags[] = {
        offsetof(struct viewing_position, in_visit),     offsetof(struct viewing_position, in_exposure),
        offsetof(struct viewing_position, continues),    offsetof(struct viewing_position, discarded),
        offsetof(struct viewing_position, visit_missed), offsetof(struct viewing_position, exposure_missed),
        offsetof(struct viewing_position, part.joins)};
    bool good = true;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        good = good && bytes[flags[i]] <= 1;
    return good;
}

bool viewing_position_load(struct viewing_position *p, const uint8_t *bytes, struct tel_story *story,
                           struct tel_viewing *viewing)
{
    const bool readable = flags_are_bools(bytes);
    if (readable)
        memcpy(p, bytes, sizeof *p);
    p->story = story;
    p->viewing = viewing;
    if (readable && viewing_position_is_sound(p) && is_small(p->seq) && is_small(p->missed) &&
        is_small(p->missed_at_us) && is_small(p->left_behind) && p->left_behind <= p->seq &&
        part_is_possible(&p->part) && refers_to_story(p))
        return true;
    *p = (struct viewing_position){.story = story, .viewing = viewing};
    return false;
}

const char *viewing_position_id(const struct viewing_position *p)
{
    assert(p->viewing);
    return p->continues ? p->viewing->continues : p->viewing->id;
}

void viewing_position_advance(struct viewing_position *p, const struct sink_entry *e)
{
    assert(e->kind == SINK_EVENT);
    if (e->record.kind == TEL_VISIT) {
        p->visit = *e;
        p->in_visit = true;
        p->visit_missed = false;
    } else if (e->record.kind == TEL_EXPOSURE) {
        p->exposure = *e;
        p->in_exposure = true;
        p->exposure_missed = false;
    } else if (e->record.kind == TEL_OUTCOME) {
        p->in_exposure = false;
    }
}

void viewing_position_miss(struct viewing_position *p, const struct sink_entry *e)
{
    assert(e->kind == SINK_EVENT);
    p->seq = e->seq;
    p->missed_at_us = e->record.at_us;
    p->missed++;
    if (e->record.kind == TEL_VISIT) {
        p->in_visit = false;
        p->visit_missed = true;
    } else if (e->record.kind == TEL_EXPOSURE) {
        p->in_exposure = false;
        p->exposure_missed = true;
    }
}
