-- Destinations, and what was answered about them.

-- name: read
SELECT d.id, d.story, d.address, d.name, d.token, d.secret, c.answer, c.answered_ms, c.text, c.language,
    (SELECT count(*) FROM shared WHERE destination = d.id),
    (SELECT count(*) FROM shared WHERE destination = d.id AND refused IS NOT NULL),
    (SELECT count(*) FROM outbox WHERE destination = d.id), d.erasures, d.confirmed_ms
FROM destination d
LEFT JOIN consent c ON c.id = (SELECT max(id) FROM consent WHERE destination = d.id)
WHERE ?1 IS NULL OR d.story = ?1
ORDER BY d.id

-- name: add
INSERT INTO destination(story, address, name, token) VALUES(?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET name = excluded.name, token = excluded.token
RETURNING id

-- name: add_answer
INSERT INTO consent(destination, answered_ms, answer, language, text) VALUES(?1, ?2, ?3, ?4, ?5)

-- name: make_secret
UPDATE destination SET secret = ?2 WHERE id = ?1 AND secret IS NULL

-- name: erase_all
-- What was sent, or may have been, takes its place in the outbox.
INSERT OR IGNORE INTO outbox
SELECT x.destination, v.uuid, x.key, ?2 FROM shared x JOIN viewing v ON v.id = x.viewing WHERE x.destination = ?1

-- name: mark_withdrawn
-- A collector never takes a viewing again that was erased there; so it is not offered again either, whatever is answered later.
UPDATE shared SET refused = 'erased', key = zeroblob(32) WHERE destination = ?1

-- name: destroy_secret
UPDATE destination SET secret = NULL WHERE id = ?1
