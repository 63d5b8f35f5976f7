#include "story/memory_index.h"

#include <assert.h>

static struct story_span *part_of(const struct story_memory *m, struct story_node *nodes,
                                  struct story_decision *decisions)
{
    return story_remembers_decision(m->kind) ? &decisions[m->subject].memories : &nodes[m->subject].memories;
}

/* The part begins where the last one ended; its numbers are yet to come. */
static void begin_part(struct story_span *part, int32_t *end)
{
    part->first = *end;
    *end += part->n;
    part->n = 0;
}

void memory_index_fill(const struct story *s, struct story_node *nodes, struct story_decision *decisions,
                       int32_t *index)
{
    int32_t end = 0;
    for (int32_t i = 0; i < s->n_memories; i++)
        part_of(&s->memories[i], nodes, decisions)->n++;
    for (int32_t i = 0; i < s->n_nodes; i++)
        begin_part(&nodes[i].memories, &end);
    for (int32_t i = 0; i < s->n_decisions; i++)
        begin_part(&decisions[i].memories, &end);
    assert(end == s->n_memories);
    for (int32_t i = 0; i < s->n_memories; i++) {
        struct story_span *part = part_of(&s->memories[i], nodes, decisions);
        index[part->first + part->n++] = i;
    }
}
