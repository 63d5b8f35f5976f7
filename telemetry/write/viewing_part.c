#include "telemetry/write/viewing_part.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/supersede.h"

#include <assert.h>

static struct query begin_statement(struct store *s, const char *name, int64_t first)
{
    struct query q = query_begin(s, embedded_part("telemetry/write/viewing_part.sql", name), "cannot be written");
    query_bind(&q, first);
    return q;
}

bool viewing_part_find(struct store *s, const struct tel_viewing *v, int64_t story, int64_t *viewing)
{
    uint8_t uuid[16];
    *viewing = 0;
    if (!g_uuid_string_is_valid(v->continues))
        return true;
    tel_id_bytes(v->continues, uuid);
    struct query q = begin_statement(s, "find_viewing", story);
    query_bind_blob(&q, uuid, sizeof uuid);
    query_bind(&q, v->mode);
    query_bind(&q, v->chooser);
    query_bind(&q, TEL_REASON_ENDED);
    query_bind(&q, v->resumed_ms);
    if (query_next(&q))
        *viewing = query_number(&q, 0);
    return query_end(&q, NULL);
}

bool viewing_part_is_overtaken(struct store *s, int64_t viewing, int64_t resumed_ms, bool *overtaken)
{
    struct query q = begin_statement(s, "is_overtaken", viewing);
    query_bind(&q, resumed_ms);
    *overtaken = query_next(&q) && query_number(&q, 0) != 0;
    return query_end(&q, NULL);
}

/* ---- the place --------------------------------------------------------------------------------------------------- */

/* The highest number up to `until` that is in use, or that a gap stands for; 0: none. */
static bool find_last_number(struct store *s, int64_t viewing, int64_t until, int64_t *last)
{
    struct query q = begin_statement(s, "last_number_until", viewing);
    query_bind(&q, until);
    *last = query_next(&q) ? query_number_or(&q, 0, 0) : 0;
    return query_end(&q, NULL);
}

/* The number before the first one of the part in which the place was saved; *base -1: the store has nothing of it. */
static bool find_base(struct store *s, int64_t viewing, const struct tel_viewing *v, int64_t *base)
{
    *base = 0;
    if (v->place_ms == 0)
        return true;
    struct query q = begin_statement(s, "find_base", viewing);
    query_bind(&q, v->place_ms);
    query_bind(&q, TEL_WHY_ELSEWHERE);
    *base = query_next(&q) ? query_number(&q, 0) : -1;
    return query_end(&q, NULL);
}

/*
 * *place: the number of the last event before the place; where the place is not known, of the last event that there is.
 * *lost: how many events the store lacks up to there.
 */
static bool find_place(struct store *s, int64_t viewing, const struct tel_viewing *v, int64_t last, int64_t *place,
                       int64_t *lost)
{
    int64_t base = 0, until = 0;
    *lost = 0;
    *place = last;
    if (!v->place_known || v->place_seq < 0)
        return true;
    if (!find_base(s, viewing, v, &base))
        return false;
    if (base < 0) {
        *lost = v->place_seq;
        return true;
    }
    *place = base + v->place_seq;
    if (!find_last_number(s, viewing, *place, &until))
        return false;
    *lost = MAX(*place - until, 0);
    return true;
}

/* ---- the row that joins ------------------------------------------------------------------------------------------ */

static bool find_resume_row(struct store *s, int64_t viewing, struct viewing_part *part, bool *known)
{
    struct query q = begin_statement(s, "find_resume", viewing);
    query_bind(&q, part->resume.resumed_ms);
    *known = query_next(&q);
    if (*known) {
        part->seq = query_number(&q, 0);
        part->at_us = query_number(&q, 1) * US_PER_MS;
        part->resume.ended_ms = query_number_or(&q, 2, US_NONE);
        part->resume.reason = (int32_t)query_number_or(&q, 3, TEL_NONE);
        part->resume.playing_us = query_number_or(&q, 4, US_NONE);
        part->resume.paused_us = query_number_or(&q, 5, US_NONE);
        part->resume.hidden_us = query_number_or(&q, 6, US_NONE);
        part->resume.place = query_number(&q, 7);
    }
    return query_end(&q, NULL);
}

/* How the part before ended, and how long the film had run where it did: while all of it still counts. */
static bool find_end(struct store *s, int64_t viewing, int64_t place, struct tel_resume *resume)
{
    struct query end = begin_statement(s, "find_end", viewing);
    query_bind(&end, place);
    if (query_next(&end)) {
        resume->ended_ms = query_number_or(&end, 0, US_NONE);
        resume->reason = (int32_t)query_number_or(&end, 1, TEL_NONE);
    }
    if (!query_end(&end, NULL))
        return false;
    struct query times = begin_statement(s, "find_times", viewing);
    query_bind(&times, place);
    if (query_next(&times)) {
        resume->playing_us = query_number_or(&times, 0, US_NONE);
        resume->paused_us = query_number_or(&times, 1, US_NONE);
        resume->hidden_us = query_number_or(&times, 2, US_NONE);
    }
    return query_end(&times, NULL);
}

static bool find_last_time(struct store *s, int64_t viewing, int64_t *at_us)
{
    struct query q = begin_statement(s, "last_time", viewing);
    *at_us = query_next(&q) ? query_number_or(&q, 0, 0) * US_PER_MS : 0;
    return query_end(&q, NULL);
}

/*
 * At which time the events go on: when the last one was that still counts, the end of the part before included, but
 * not what the place supersedes. So it is asked between the two.
 */
static bool supersede(struct store *s, int64_t viewing, int64_t place, int64_t *at_us)
{
    return supersede_beyond(s, viewing, place, NULL) && find_last_time(s, viewing, at_us) &&
           supersede_finish(s, viewing, NULL);
}

bool viewing_part_join(struct store *s, int64_t viewing, const struct tel_viewing *v, struct viewing_part *part,
                       bool *known, int64_t *lost)
{
    int64_t last = 0, place = 0;
    *lost = 0;
    *part = (struct viewing_part){.joins = true,
                                  .resume = {.resumed_ms = v->resumed_ms,
                                             .ended_ms = US_NONE,
                                             .reason = TEL_NONE,
                                             .playing_us = US_NONE,
                                             .paused_us = US_NONE,
                                             .hidden_us = US_NONE}};
    if (!find_resume_row(s, viewing, part, known))
        return false;
    if (*known)
        return true;
    if (!find_last_number(s, viewing, INT64_MAX, &last) || !find_place(s, viewing, v, last, &place, lost) ||
        !find_end(s, viewing, place, &part->resume) || !supersede(s, viewing, place, &part->at_us))
        return false;
    /* A gap stands at the place where events are lost; it never takes the number of another event. */
    part->seq = (*lost > 0 ? MAX(place, last + *lost) : last) + 1;
    part->resume.place = *lost > 0 ? part->seq - 1 : place;
    assert(part->resume.place < part->seq);
    return true;
}

bool viewing_part_resume_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit,
                               struct viewing_part *part, int64_t *at_us)
{
    int64_t began_ms = 0;
    part->joins = false;
    if (visit->seq != part->seq + 1)
        return true;
    if (!supersede_visit(s, viewing, visit, &part->visit, &began_ms, NULL))
        return false;
    *at_us = began_ms * US_PER_MS;
    return true;
}

void viewing_part_add_leave(const struct viewing_part *part, struct tel_leave *leave)
{
    if (part->resume.playing_us == US_NONE)
        return;
    leave->playing_us += part->resume.playing_us;
    leave->paused_us += part->resume.paused_us;
    leave->hidden_us += part->resume.hidden_us;
}
