-- The tables of the distributed engine, as steps: migration_N leads from N - 1 to N. Each statement may be done again, so
-- a step that was cut off is simply taken anew. A step that was released is never edited.
--
-- Each table is there twice: X_local on every node, replicated within its shard, and X, which is X_local of all shards. Rows
-- go to a shard by what never changes of them. Of rows with the same key the one with the largest version stays, or any,
-- where they are the same; that happens at some time after they were written, so readers say FINAL.
--
-- Collectors ask for some hundred viewings anywhere in these tables. For each, the engine reads at least index_granularity rows
-- (8,192 where nothing is said).

-- name: migration_0
-- What `frumious central init` makes before all steps: where steps are noted.
CREATE DATABASE IF NOT EXISTS $database ON CLUSTER '$cluster';
CREATE TABLE IF NOT EXISTS $database.migration_local ON CLUSTER '$cluster' (
    number UInt32, applied_ms Int64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/migration', '{replica}')
ORDER BY number;
CREATE TABLE IF NOT EXISTS $database.migration ON CLUSTER '$cluster' AS $database.migration_local
ENGINE = Distributed('$cluster', '$database', 'migration_local', number);

-- name: migration_1
-- What players said, one row for each event: kind and `body` as a store keeps what is superseded (telemetry/store/supersede.sql).
-- `month` is when the viewing began by its own id (UUID version 7), as 202611; 0 where no clock that was right can have said so.
CREATE TABLE IF NOT EXISTS $database.event_local ON CLUSTER '$cluster' (
    month UInt32, viewing UUID, seq UInt32, key String, kind String, at_ms Int64, received_ms Int64, body String)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/event', '{replica}')
PARTITION BY month ORDER BY (viewing, seq) SETTINGS index_granularity = 1024;
CREATE TABLE IF NOT EXISTS $database.event ON CLUSTER '$cluster' AS $database.event_local
ENGINE = Distributed('$cluster', '$database', 'event_local', cityHash64(toString(viewing)));
-- Viewings. `upto` is the number of the last event that is received, and grows: this row is written after the events, so what is
-- above it counts for nothing yet. `consent` is what its viewer agreed to, as JSON. `key` proves who may add to the viewing and erase it (telemetry/wire).
CREATE TABLE IF NOT EXISTS $database.viewing_local ON CLUSTER '$cluster' (
    month UInt32, viewing UUID, upto UInt32, story Int64, key String, received_ms Int64, consent String,
    header String)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/viewing', '{replica}', upto)
PARTITION BY month ORDER BY viewing SETTINGS index_granularity = 256;
CREATE TABLE IF NOT EXISTS $database.viewing ON CLUSTER '$cluster' AS $database.viewing_local
ENGINE = Distributed('$cluster', '$database', 'viewing_local', cityHash64(toString(viewing)));
-- Viewings that are erased, whether they ever arrived or not: whatever is there under the viewing and the key counts for nothing, and is
-- taken away. `film` and `person` say what a report tells of it; they are known where the viewing had arrived.
CREATE TABLE IF NOT EXISTS $database.erased_local ON CLUSTER '$cluster' (
    viewing UUID, key String, erased_ms Int64, film Int64, person UInt8, known UInt8)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/erased', '{replica}', known)
ORDER BY (viewing, key);
CREATE TABLE IF NOT EXISTS $database.erased ON CLUSTER '$cluster' AS $database.erased_local
ENGINE = Distributed('$cluster', '$database', 'erased_local', cityHash64(toString(viewing)));
-- Versions of films, by the hash of what plays; `body` is what they consist of (film.h).
CREATE TABLE IF NOT EXISTS $database.story_local ON CLUSTER '$cluster' (
    hash Int64, name String, version String, registered_ms Int64, body String)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/story', '{replica}')
ORDER BY hash;
CREATE TABLE IF NOT EXISTS $database.story ON CLUSTER '$cluster' AS $database.story_local
ENGINE = Distributed('$cluster', '$database', 'story_local', hash);
-- How many viewings a source does not tell, as its own store counts them: erased, or not recorded.
CREATE TABLE IF NOT EXISTS $database.absent_local ON CLUSTER '$cluster' (
    film Int64, store Int64, by_viewer UInt64, by_age UInt64, unrecorded UInt64, all UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/absent', '{replica}', all)
ORDER BY (film, store);
CREATE TABLE IF NOT EXISTS $database.absent ON CLUSTER '$cluster' AS $database.absent_local
ENGINE = Distributed('$cluster', '$database', 'absent_local', film);

-- name: migration_2
-- What reports count, one row for each viewing as it is with its first `upto` events: whose cohort it is in
-- (telemetry/count/aggregate.h), and its cells (tally.h). `version` is the encoding of cells and `upto`. `path` stands among the cells as
-- well, and is 0 where there is none: who looks for examples of paths reads one number of a viewing, and not all of its cells.
CREATE TABLE IF NOT EXISTS $database.counted_local ON CLUSTER '$cluster' (
    month UInt32, viewing UUID, key String, version UInt64, story Int64, day Int32, mode UInt8, chooser UInt8, nth UInt8,
    keys Array(UInt64), bs Array(UInt64), ns Array(Int64), path UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/counted', '{replica}', version)
PARTITION BY month ORDER BY viewing;
CREATE TABLE IF NOT EXISTS $database.counted ON CLUSTER '$cluster' AS $database.counted_local
ENGINE = Distributed('$cluster', '$database', 'counted_local', cityHash64(toString(viewing)));
-- Menus that were met: their cells name them by an id made of decision and shape.
CREATE TABLE IF NOT EXISTS $database.menu_local ON CLUSTER '$cluster' (
    story Int64, id UInt64, decision Int64, shape String)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/$database/{shard}/menu', '{replica}')
ORDER BY (story, id);
CREATE TABLE IF NOT EXISTS $database.menu ON CLUSTER '$cluster' AS $database.menu_local
ENGINE = Distributed('$cluster', '$database', 'menu_local', id);

-- name: migration_3
-- Sums of the cells of all viewings of a month, of all shards, with marks of which viewings these are (rolling.h). Every node has
-- all of it.
CREATE TABLE IF NOT EXISTS $database.rolled ON CLUSTER '$cluster' (
    month UInt32, story Int64, day Int32, mode UInt8, chooser UInt8, nth UInt8, cell UInt64, b UInt64, n Int64)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/$database/rolled', '{shard}-{replica}')
PARTITION BY month ORDER BY (cell, b, story, day, mode, chooser, nth);
