-- What of a store of SQLite goes into the distributed engine (intake.h).

-- name: films
-- With viewings.
SELECT id, name, version, hash FROM story s WHERE EXISTS(SELECT 1 FROM viewing v WHERE v.story = s.id) ORDER BY id

-- name: viewings
-- Where a collector took it in, with the hash of the key by which its device proves itself, and what its viewer agreed to.
SELECT v.id, v.uuid, coalesce(lower(hex(c.key)), ''), CASE WHEN c.key IS NOT NULL THEN json_object('text', lower(hex(c.consent)),
    'language', c.language, 'answered_ms', c.answered_ms, 'clock_ms', c.clock_ms) END
FROM viewing v LEFT JOIN collected c ON c.viewing = v.uuid ORDER BY v.id

-- name: tombstones
-- With the hash of the key that proved each erasure.
SELECT viewing, lower(hex(key)) FROM tombstone ORDER BY viewing, key

-- name: absent
SELECT film, store, sum(by_viewer), sum(by_age), sum(unrecorded), sum(by_viewer + by_age + unrecorded)
FROM (SELECT film, store, by_viewer, by_age, 0 AS unrecorded FROM erased
    UNION ALL SELECT film, store, 0, 0, viewings FROM unrecorded)
GROUP BY film, store
