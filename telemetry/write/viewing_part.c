#include "telemetry/write/viewing_part.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

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

/* ---- what is beyond the place ------------------------------------------------------------------------------------ */

/* The first number in the first row of a statement with two numbers; `otherwise` where there is none. */
static bool ask(struct store *s, const char *name, int64_t viewing, int64_t second, int64_t otherwise, int64_t *answer)
{
    struct query q = begin_statement(s, name, viewing);
    query_bind(&q, second);
    *answer = query_next(&q) ? query_number_or(&q, 0, otherwise) : otherwise;
    return query_end(&q, NULL);
}

static bool run(struct store *s, const char *name, int64_t viewing, int64_t second)
{
    struct query q = begin_statement(s, name, viewing);
    query_bind(&q, second);
    return query_run(&q, NULL);
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

/* In the order in which they refer to each other. */
static bool delete_newer(struct store *s, int64_t viewing, int64_t place)
{
    static const char *const names[] = {"supersede_outcomes", "supersede_stalls",    "supersede_reached",
                                        "supersede_leaves",   "supersede_exposures", "supersede_visits",
                                        "supersede_resumes",  "supersede_joins"};
    bool good = true;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && good; i++)
        good = run(s, names[i], viewing, place);
    return good;
}

/* All gaps beyond the place become one. */
static bool move_gaps(struct store *s, int64_t viewing, int64_t place, int64_t *last)
{
    int64_t count = 0, why = 0, at_ms = 0;
    struct query q = begin_statement(s, "sum_gaps", viewing);
    query_bind(&q, place);
    if (query_next(&q)) {
        count = query_number_or(&q, 0, 0);
        why = query_number_or(&q, 1, 0);
        at_ms = query_number_or(&q, 2, 0);
    }
    if (!query_end(&q, NULL) || !run(s, "delete_gaps", viewing, place))
        return false;
    if (count == 0)
        return true;
    struct query add = begin_statement(s, "add_gap", viewing);
    query_bind(&add, ++*last);
    query_bind(&add, at_ms);
    query_bind(&add, count);
    query_bind(&add, why);
    return query_run(&add, NULL);
}

/* A row beyond the place that stays gets the number behind *last. */
static bool move_row(struct store *s, const char *name, int64_t viewing, int64_t place, int64_t *last)
{
    struct query q = begin_statement(s, name, viewing);
    query_bind(&q, place);
    query_bind(&q, *last);
    *last += query_next(&q);
    return query_end(&q, NULL);
}

static bool supersede(struct store *s, int64_t viewing, int64_t place)
{
    int64_t newer = 0, last = 0;
    if (!ask(s, "find_newer", viewing, place, 0, &newer))
        return false;
    if (!newer)
        return true;
    return delete_newer(s, viewing, place) && ask(s, "last_number_until", viewing, place, 0, &last) &&
           move_gaps(s, viewing, place, &last) && move_row(s, "move_leave", viewing, place, &last) &&
           move_row(s, "move_finish", viewing, place, &last);
}

/* Brings the store back to the place. *lost: what it lacks up to there. */
static bool return_to_place(struct store *s, int64_t viewing, const struct tel_viewing *v, int64_t *lost)
{
    int64_t base = 0, last = 0;
    *lost = 0;
    if (!v->place_known || v->place_seq < 0)
        return true;
    if (!find_base(s, viewing, v, &base))
        return false;
    if (base < 0) {
        *lost = v->place_seq;
        return true;
    }
    if (!supersede(s, viewing, base + v->place_seq) ||
        !ask(s, "last_number_until", viewing, base + v->place_seq, 0, &last))
        return false;
    *lost = MAX(base + v->place_seq - last, 0);
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
        part->resume.from_seq = query_number(&q, 7);
        part->resume.to_seq = query_number(&q, 8);
    }
    return query_end(&q, NULL);
}

static bool find_last_event(struct store *s, int64_t viewing, struct viewing_part *part)
{
    struct query q = begin_statement(s, "last_event", viewing);
    if (query_next(&q)) {
        part->seq = query_number_or(&q, 0, 0) + 1;
        part->at_us = query_number_or(&q, 1, 0) * US_PER_MS;
    }
    part->resume.from_seq = part->resume.to_seq = part->seq;
    return query_end(&q, NULL);
}

static bool absorb_finish(struct store *s, int64_t viewing, struct viewing_part *part)
{
    struct query find = begin_statement(s, "find_finish", viewing);
    const bool found = query_next(&find);
    if (found) {
        part->resume.from_seq = query_number(&find, 0);
        part->resume.ended_ms = query_number(&find, 1);
        part->resume.reason = (int32_t)query_number(&find, 2);
    }
    if (!query_end(&find, NULL))
        return false;
    struct query take = begin_statement(s, "delete_finish", viewing);
    return query_run(&take, NULL);
}

bool viewing_part_join(struct store *s, int64_t viewing, const struct tel_viewing *v, struct viewing_part *part,
                       bool *known, int64_t *lost)
{
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
    if (!*known && (!return_to_place(s, viewing, v, lost) || !find_last_event(s, viewing, part) ||
                    !absorb_finish(s, viewing, part)))
        return false;
    if (*lost > 0)
        part->resume.from_seq = part->resume.to_seq = ++part->seq; /* the gap has the number before */
    assert(*known || (part->resume.from_seq <= part->seq && part->seq == part->resume.to_seq));
    return true;
}

/* ---- the visit that goes on -------------------------------------------------------------------------------------- */

/* Columns of the query last_visit. */
enum { LAST_SEQ, LAST_AT_MS, LAST_NODE, LAST_LEAVE, LAST_PLAYING_US, LAST_PAUSED_US, LAST_HIDDEN_US };

/* The leave of the visit goes into the row, unless something other than the finish happened between them. */
static bool can_absorb_leave(const struct viewing_part *part, const struct query *last)
{
    return query_number_or(last, LAST_LEAVE, part->resume.from_seq - 1) == part->resume.from_seq - 1;
}

static void absorb_leave(struct viewing_part *part, const struct query *last)
{
    part->resume.from_seq = query_number_or(last, LAST_LEAVE, part->resume.from_seq);
    part->resume.playing_us = query_number_or(last, LAST_PLAYING_US, US_NONE);
    part->resume.paused_us = query_number_or(last, LAST_PAUSED_US, US_NONE);
    part->resume.hidden_us = query_number_or(last, LAST_HIDDEN_US, US_NONE);
}

static bool delete_leave(struct store *s, int64_t viewing, int64_t visit)
{
    struct query q = begin_statement(s, "delete_leave", viewing);
    query_bind(&q, visit);
    return query_run(&q, NULL);
}

static bool update_range(struct store *s, int64_t viewing, const struct viewing_part *part)
{
    struct query q = begin_statement(s, "update_range", viewing);
    query_bind(&q, part->seq);
    query_bind(&q, part->resume.from_seq);
    query_bind(&q, part->resume.to_seq);
    return query_run(&q, NULL);
}

static bool update_times(struct store *s, int64_t viewing, const struct viewing_part *part)
{
    struct query q = begin_statement(s, "update_times", viewing);
    query_bind(&q, part->seq);
    query_bind(&q, part->resume.playing_us);
    query_bind(&q, part->resume.paused_us);
    query_bind(&q, part->resume.hidden_us);
    return query_run(&q, NULL);
}

static bool write_resume_row(struct store *s, int64_t viewing, const struct viewing_part *part)
{
    return delete_leave(s, viewing, part->visit) && update_range(s, viewing, part) &&
           (part->resume.playing_us == US_NONE || update_times(s, viewing, part));
}

bool viewing_part_resume_visit(struct store *s, int64_t viewing, int64_t seq, int64_t node, struct viewing_part *part,
                               int64_t *at_us)
{
    const bool again = part->resume.to_seq == seq; /* the row has it already */
    part->joins = false;
    struct query q = begin_statement(s, "last_visit", viewing);
    query_bind(&q, seq);
    const bool same = query_next(&q) && seq == part->seq + 1 && query_number(&q, LAST_NODE) == node &&
                      (again || can_absorb_leave(part, &q));
    if (same) {
        part->visit = query_number(&q, LAST_SEQ);
        *at_us = query_number(&q, LAST_AT_MS) * US_PER_MS;
        if (!again)
            absorb_leave(part, &q);
        part->resume.to_seq = seq;
    }
    if (!query_end(&q, NULL))
        return false;
    assert(!same || (part->visit < seq && part->resume.to_seq == seq));
    return !same || again || write_resume_row(s, viewing, part);
}

void viewing_part_add_leave(const struct viewing_part *part, struct tel_leave *leave)
{
    if (part->resume.playing_us == US_NONE)
        return;
    leave->playing_us += part->resume.playing_us;
    leave->paused_us += part->resume.paused_us;
    leave->hidden_us += part->resume.hidden_us;
}
