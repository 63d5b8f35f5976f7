/* wire_test: made-up batches of the story that telemetry's tests share. */
#pragma once

#include "telemetry/wire/catalogue.h"
#include "test_telemetry.h"

#include <string.h>

static inline void wire_test_number(struct wire_event *e, const char *name, int64_t n)
{
    e->values[wire_field_find(e->kind, name)] = (struct wire_value){.known = true, .number = n};
}

static inline void wire_test_name(struct wire_event *e, const char *name, const char *text)
{
    e->values[wire_field_find(e->kind, name)] = (struct wire_value){.known = text != NULL, .text = text};
}

/* Options in an order, some of them, joined. */
static inline char *wire_test_options(const struct tel_story *s, const struct tel_menu *m, uint64_t wanted)
{
    GString *list = g_string_new(NULL);
    for (int i = 0; i < m->n; i++)
        if (wanted >> m->options[i] & 1)
            g_string_append_printf(list, "%s%s", list->len ? WIRE_SEPARATOR : "",
                                   s->options[s->decisions[m->decision].first_option + m->options[i]].name);
    return g_string_free(list, FALSE);
}

static inline void wire_test_us(struct wire_event *e, const char *name, int64_t us)
{
    if (us != US_NONE)
        wire_test_number(e, name, us);
}

/* Adds a record of the player's, as the store would hold it: the latest visit and exposure are what it refers to. */
static inline void wire_test_add(struct wire_batch *b, const struct tel_story *s, const struct tel_record *r,
                                 int64_t seq, int64_t visit, int64_t exposure)
{
    struct wire_event e = {.kind = r->kind, .seq = seq, .at_ms = r->at_us / US_PER_MS};
    g_autofree char *menu = NULL, *locked = NULL;
    switch (r->kind) {
    case TEL_VISIT:
        wire_test_name(&e, "node", s->nodes[r->visit.node].name);
        wire_test_us(&e, "planned_us", r->visit.planned_us);
        break;
    case TEL_LEAVE:
        wire_test_number(&e, "visit", visit);
        wire_test_us(&e, "playing_us", r->leave.playing_us);
        wire_test_us(&e, "paused_us", r->leave.paused_us);
        wire_test_us(&e, "hidden_us", r->leave.hidden_us);
        break;
    case TEL_EXPOSURE:
        wire_test_name(&e, "decision", s->decisions[r->exposure.menu.decision].name);
        menu = wire_test_options(s, &r->exposure.menu, UINT64_MAX);
        locked = wire_test_options(s, &r->exposure.menu, r->exposure.menu.locked);
        wire_test_name(&e, "menu", menu);
        wire_test_name(&e, "locked", locked);
        if (r->exposure.focus != TEL_NONE)
            wire_test_number(&e, "focus", r->exposure.focus);
        wire_test_us(&e, "window_us", r->exposure.window_us);
        wire_test_number(&e, "time_mode", r->exposure.time_mode);
        break;
    case TEL_OUTCOME:
        wire_test_number(&e, "exposure", exposure);
        wire_test_number(&e, "what", r->outcome.what);
        if (r->outcome.option != TEL_NONE)
            wire_test_name(&e, "option",
                           s->options[s->decisions[r->outcome.decision].first_option + r->outcome.option].name);
        wire_test_us(&e, "latency_us", r->outcome.latency_us);
        wire_test_number(&e, "given", r->outcome.given);
        wire_test_number(&e, "changes", r->outcome.changes);
        break;
    case TEL_REACHED:
        wire_test_name(&e, "ending", s->endings[r->reached.ending].name);
        break;
    case TEL_STALL:
        wire_test_number(&e, "visit", visit);
        wire_test_number(&e, "fault", r->stall.fault);
        wire_test_us(&e, "lasted_us", r->stall.lasted_us);
        break;
    case TEL_GAP:
        wire_test_number(&e, "count", r->gap.count);
        wire_test_number(&e, "why", r->gap.why);
        break;
    case TEL_FINISH:
        wire_test_number(&e, "ended_ms", r->finish.ended_ms);
        wire_test_number(&e, "reason", r->finish.reason);
        break;
    case TEL_RESUME:
    case TEL_KINDS:
        break;
    }
    wire_batch_add(b, &e);
}

/* The header of a batch of a viewing of a story. */
static inline struct wire_batch *wire_test_header(const struct tel_story *s, const char *viewing)
{
    struct wire_batch *b = wire_batch_new();
    g_strlcpy(b->id, "0190aaaa-bbbb-7ccc-8ddd-eeeeffffaaaa", sizeof b->id);
    g_strlcpy(b->viewing, viewing, sizeof b->viewing);
    b->story = wire_batch_text(b, s->name);
    b->version = wire_batch_text(b, s->version);
    b->story_hash = s->hash;
    memset(b->consent, 0xc0, sizeof b->consent);
    b->consent_language = "en";
    b->answered_ms = TEST_START - 1000;
    b->started_ms = TEST_START;
    b->seed = -7;
    b->time_mode = 1;
    b->nth = 1;
    b->subtitles = 1;
    b->engine = "0.1";
    b->language = "en";
    b->channel = "festival";
    b->arms = "opening=slow";
    b->linked = true;
    memset(b->viewer, 0xab, sizeof b->viewer);
    memset(b->key, 0x1c, sizeof b->key);
    b->sent_ms = TEST_START + 5000000;
    return b;
}

/* A batch with events from..to of test_play, numbered from 1. */
static inline struct wire_batch *wire_test_batch(int64_t from, int64_t to)
{
    struct wire_batch *b = wire_test_header(&test_story, TEST_ID);
    int64_t visit = 0, exposure = 0;
    b->from = from;
    b->to = to;
    for (int64_t seq = 1; seq <= to; seq++) {
        const struct tel_record *r = &test_play[seq - 1];
        visit = r->kind == TEL_VISIT ? seq : visit;
        exposure = r->kind == TEL_EXPOSURE ? seq : exposure;
        if (seq >= from)
            wire_test_add(b, &test_story, r, seq, visit, exposure);
    }
    return b;
}

static inline struct wire_catalogue *wire_test_catalogue(void)
{
    struct wire_catalogue *c = wire_catalogue_new();
    g_assert_true(wire_catalogue_add(c, &test_story));
    return c;
}
