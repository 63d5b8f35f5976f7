#include "telemetry/write/viewing_position.h"

#include <assert.h>

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
