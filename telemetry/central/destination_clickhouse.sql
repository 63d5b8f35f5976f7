-- What a collector of the distributed engine puts into its store for a moment, and takes out of it.

-- name: add_collected
-- What the engine knows of a viewing: ?4 is what `consent` below made.
INSERT INTO collected(viewing, key, acknowledged, received_ms, clock_ms, consent, language, answered_ms)
VALUES(?1, ?2, ?3, 0, ?4 ->> 'clock_ms', ?5, ?4 ->> 'language', ?4 ->> 'answered_ms')

-- name: consent_text
SELECT ?1 ->> 'text'

-- name: add_tombstone
INSERT INTO tombstone VALUES(?1, ?2, 1) ON CONFLICT DO NOTHING

-- name: taken
SELECT v.id, lower(hex(c.key)), json_object('text', lower(hex(c.consent)), 'language', c.language, 'answered_ms', c.answered_ms,
    'clock_ms', c.clock_ms)
FROM collected c
JOIN viewing v ON v.uuid = c.viewing
WHERE c.viewing = ?1
