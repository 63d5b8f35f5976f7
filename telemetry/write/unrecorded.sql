-- Counting a viewing that is not recorded.

-- name: count
-- Of the version of a film with the hash ?1.
INSERT INTO unrecorded SELECT ?1, mark, 1 FROM control WHERE paused_ms IS NULL
ON CONFLICT DO UPDATE SET viewings = viewings + 1
