-- What is to be sent to the destination ?1.

-- name: next_viewing
-- Behind the id ?2: a person's viewing of the destination's film, of which it does not have all.
SELECT v.id, v.uuid, coalesce(x.acknowledged, 0)
FROM viewing v
JOIN story t ON t.id = v.story
LEFT JOIN shared x ON x.viewing = v.id AND x.destination = ?1
WHERE v.id > ?2 AND v.chooser = 0 AND x.refused IS NULL
    AND t.name = (SELECT story FROM destination WHERE id = ?1)
    AND coalesce(x.acknowledged, 0) < (SELECT max(seq) FROM (
        SELECT max(seq) AS seq FROM visit WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM leave WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM exposure WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM outcome WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM reached WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM stall WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM gap WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM resume WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM finish WHERE viewing = v.id
        UNION ALL SELECT max(seq) FROM superseded WHERE viewing = v.id))
ORDER BY v.id
LIMIT 1

-- name: standing
-- Viewings of the destination's film: all; those by people; of these, those that it has, and those that it is not offered any more.
SELECT count(*), count(*) FILTER (WHERE v.chooser = 0), count(*) FILTER (WHERE v.chooser = 0 AND x.acknowledged > 0 AND x.refused IS NULL),
    count(*) FILTER (WHERE v.chooser = 0 AND x.refused IS NOT NULL)
FROM viewing v
JOIN story t ON t.id = v.story
LEFT JOIN shared x ON x.viewing = v.id AND x.destination = ?1
WHERE t.name = (SELECT story FROM destination WHERE id = ?1)

-- name: offer
-- Up to the event ?4 of the viewing ?2, if it is still the one with the id ?5 that it was when it was read.
INSERT INTO shared(destination, viewing, key, offered, acknowledged)
SELECT ?1, id, ?3, ?4, 0 FROM viewing WHERE id = ?2 AND uuid = ?5
ON CONFLICT DO UPDATE SET offered = max(offered, excluded.offered)
RETURNING viewing

-- name: acknowledge
-- The key tells a viewing from one that was erased and whose number was used again.
UPDATE shared SET acknowledged = min(?4, offered) WHERE destination = ?1 AND viewing = ?2 AND key = ?3

-- name: refuse
UPDATE shared SET refused = ?4 WHERE destination = ?1 AND viewing = ?2 AND key = ?3

-- name: erasures
SELECT viewing, key FROM outbox WHERE destination = ?1 ORDER BY erased_ms, viewing LIMIT ?2

-- name: confirm
DELETE FROM outbox WHERE destination = ?1 AND viewing = ?2

-- name: count_confirmed
UPDATE destination SET erasures = erasures + ?2, confirmed_ms = max(coalesce(confirmed_ms, 0), ?3) WHERE id = ?1
