-- What is asked of the distributed engine. Values that begin with $ are filled in (engine.h). A subquery names the local table:
-- everything of a viewing is on one shard, so each shard asks itself.

-- name: stories
SELECT hash, body FROM $database.story FINAL ORDER BY registered_ms, hash

-- name: known_stories
SELECT hash FROM $database.story FINAL ORDER BY hash

-- name: erased
-- Which of the viewings are, under which keys.
SELECT toString(viewing), key FROM $database.erased FINAL WHERE viewing IN ($viewings) ORDER BY viewing, key

-- name: met
-- Which of the table `ids`, which comes beside the statement, the engine has ever met, erased ones too; some more than once. Nothing but
-- ids is read for it: most viewings that a collector asks for are new, and the rest is asked for in full.
SELECT toString(viewing) FROM (
    SELECT viewing FROM $database.viewing WHERE viewing IN ids
    UNION ALL SELECT viewing FROM $database.erased WHERE viewing IN ids)

-- name: stale
-- Viewings that are not counted as they are now, of the part $part of $parts. Shards go by the same hash: with as many parts as
-- there are shards of the same weight, a part is a shard. In the order of the tables: events of viewings that lie side by side are read
-- at a twentieth of the cost. Of other months than $others says, all are (rolling.h).
SELECT toString(viewing) AS id, story, upto, key, header, month FROM $database.viewing FINAL
WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    AND (viewing, toUInt64($encoding) * 4294967296 + upto) NOT IN (
        SELECT viewing, version FROM $database.counted_local WHERE $others)
    AND $others AND cityHash64(toString(viewing)) % $parts = $part
ORDER BY viewing, key
LIMIT $most

-- name: viewings
-- After an id, in the order of ids.
SELECT toString(viewing) AS id, story, upto, key, header, month FROM $database.viewing FINAL
WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local) AND toString(viewing) > '$after'
ORDER BY id, key
LIMIT $most

-- name: these_viewings
SELECT toString(viewing) AS id, story, upto, key, header, month FROM $database.viewing FINAL
WHERE viewing IN ($viewings) AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
ORDER BY id

-- name: collected
-- What a collector has to know of these, erased ones too.
SELECT toString(viewing), story, upto, key, header, month, consent FROM $database.viewing FINAL
WHERE viewing IN ($viewings)
ORDER BY viewing

-- name: events
SELECT toString(viewing) AS id, seq, at_ms, kind, body FROM $database.event FINAL
WHERE viewing IN ($viewings)
ORDER BY id, seq

-- name: n_viewings
SELECT count() FROM $database.viewing FINAL WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)

-- name: cells
-- Of the months that $summed says, as they are kept (rolling.h), with the marks of these sums; of $others, viewing by viewing.
SELECT story, day, mode, chooser, nth, cell, b, sum(n) FROM (
    SELECT story, day, mode, chooser, nth, cell, b, sum(each) AS n
    FROM $database.counted FINAL
    ARRAY JOIN keys AS cell, bs AS b, ns AS each
    WHERE $others AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    GROUP BY story, day, mode, chooser, nth, cell, b
    UNION ALL SELECT story, day, mode, chooser, nth, cell, b, n FROM $database.rolled WHERE $summed)
GROUP BY story, day, mode, chooser, nth, cell, b
ORDER BY story, day, mode, chooser, nth, cell, b

-- name: examples
-- A viewing for each of the commonest paths.
SELECT story, path, min(toString(viewing)), count() AS viewings
FROM $database.counted FINAL
WHERE path != 0 AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
GROUP BY story, path
ORDER BY viewings DESC, story, path
LIMIT $most BY story

-- name: menus
SELECT story, id, decision, shape FROM $database.menu FINAL ORDER BY story, id

-- name: absent
-- Beside what sources told, the viewings that were erased here. Counts of a source only grow. (Two parts of this table and FINAL: 18.16
-- finds no column `all`.)
SELECT film, store, max(by_viewer), max(by_age), max(unrecorded) FROM $database.absent
GROUP BY film, store
ORDER BY film, store

-- name: erased_here
SELECT film, sum(person) AS by_viewer FROM $database.erased FINAL WHERE known = 1 GROUP BY film ORDER BY film
