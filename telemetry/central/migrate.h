/*
 * migrate: the tables of the distributed engine (migrations.sql), made and brought up to date, and how they are.
 *
 * Every step may be taken again, by several programs at once, too: it is noted when all of its statements were done on all
 * nodes. A node that is away holds a step up; what writes and reads goes on meanwhile, because steps only add.
 */
#pragma once

#include "telemetry/central/engine.h"

#define MIGRATE_STEPS 3 /* that this program knows */

/* Makes the database, and where steps are noted, unless they are there. */
bool migrate_init(struct engine *e, GError **error);

/* Takes the steps that are missing. *taken: how many. ENGINE_ERROR_REFUSED where migrate_init() was never done, or a newer program
 * has taken steps that this one does not know. */
bool migrate_run(struct engine *e, int *taken, GError **error);

/* The highest step that was taken; 0: none. */
bool migrate_read_step(struct engine *e, int *step, GError **error);

/* One replica, as the cluster knows it. */
struct migrate_node {
    char *host;
    int shard, replica;
    bool answers, read_only; /* read_only: it has lost ZooKeeper */
    int64_t lacks;           /* so many tables that another node has: it lost its disk, or is new */
    int64_t behind_s, queue; /* how far its rows are behind the shard's other replicas; what it still has to do */
};

/* What is in the tables, as one number each, and the nodes. */
struct migrate_status {
    int step;
    GArray *nodes; /* struct migrate_node */
    int64_t viewings, events, erased, bytes;
};

/* The caller clears it with migrate_status_clear(), after a failure, too. A node that is away is no failure. */
bool migrate_read_status(struct engine *e, struct migrate_status *s, GError **error);
void migrate_status_clear(struct migrate_status *s);
