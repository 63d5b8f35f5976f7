-- What a producer notes of a day.

-- name: add
INSERT OR IGNORE INTO note(day, story, text) VALUES(?1, ?2, ?3)

-- name: remove
DELETE FROM note WHERE id = ?1 RETURNING id

-- name: read
SELECT id, day, story, text FROM note ORDER BY day, id
