-- The one row of `control`. `changed` tells a program that remembers what the store held when to look again.

-- name: read
SELECT erased, paused_ms, keep_days FROM control

-- name: pause
-- If the store is already paused, the time when that began stays.
UPDATE control SET paused_ms = ?1, changed = changed + 1 WHERE paused_ms IS NULL

-- name: end_pause
UPDATE control SET paused_ms = NULL, changed = changed + 1 WHERE paused_ms IS NOT NULL

-- name: set_retention
UPDATE control SET keep_days = nullif(?1, 0)
