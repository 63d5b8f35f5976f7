-- What is asked of the distributed engine. Values that begin with $ are filled in (engine.h). A subquery names the local table:
-- everything of a viewing is on one shard, so each shard asks itself.

-- name: stories
SELECT hash, body FROM $database.story FINAL ORDER BY registered_ms, hash

-- name: known_stories
SELECT hash FROM $database.story FINAL ORDER BY hash

-- name: erased
-- Which of the viewings are.
SELECT toString(viewing) FROM $database.erased WHERE viewing IN ($viewings) GROUP BY viewing ORDER BY viewing

-- name: stale
-- Viewings that are not counted as they are now.
SELECT toString(viewing) AS id, story, upto, header FROM $database.viewing FINAL
WHERE viewing NOT IN (SELECT viewing FROM $database.erased_local)
    AND (viewing, toUInt64($encoding) * 4294967296 + upto) NOT IN (SELECT viewing, version FROM $database.counted_local)
ORDER BY id
LIMIT $most

-- name: viewings
-- After an id, in the order of ids.
SELECT toString(viewing) AS id, story, upto, header FROM $database.viewing FINAL
WHERE viewing NOT IN (SELECT viewing FROM $database.erased_local) AND toString(viewing) > '$after'
ORDER BY id
LIMIT $most

-- name: these_viewings
SELECT toString(viewing) AS id, story, upto, header FROM $database.viewing FINAL
WHERE viewing IN ($viewings) AND viewing NOT IN (SELECT viewing FROM $database.erased_local)
ORDER BY id

-- name: events
SELECT toString(viewing) AS id, seq, at_ms, kind, body FROM $database.event FINAL
WHERE viewing IN ($viewings)
ORDER BY id, seq

-- name: n_viewings
SELECT count() FROM $database.viewing FINAL WHERE viewing NOT IN (SELECT viewing FROM $database.erased_local)

-- name: cells
SELECT story, day, mode, chooser, nth, key, b, sum(n)
FROM $database.counted FINAL
ARRAY JOIN keys AS key, bs AS b, ns AS n
WHERE viewing NOT IN (SELECT viewing FROM $database.erased_local)
GROUP BY story, day, mode, chooser, nth, key, b
ORDER BY story, day, mode, chooser, nth, key, b

-- name: examples
-- A viewing for each of the commonest paths.
SELECT story, b, min(toString(viewing)), count() AS viewings
FROM $database.counted FINAL
ARRAY JOIN keys AS key, bs AS b
WHERE viewing NOT IN (SELECT viewing FROM $database.erased_local) AND bitShiftRight(key, 56) = $path
GROUP BY story, b
ORDER BY viewings DESC, story, b
LIMIT $most BY story

-- name: menus
SELECT story, id, decision, shape FROM $database.menu FINAL ORDER BY story, id

-- name: absent
SELECT film, store, by_viewer, by_age, unrecorded FROM $database.absent FINAL ORDER BY film, store
