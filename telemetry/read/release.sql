-- What anonymous exports told (telemetry/read/release.h).

-- name: has_table
SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'released'

-- name: load
SELECT until_ms, question, record, name, answer, viewings, k FROM released
WHERE story = ?1 AND version = ?2 AND film = ?3
ORDER BY id

-- name: keep
INSERT INTO released(story, version, film, until_ms, k, question, record, name, answer, viewings)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
