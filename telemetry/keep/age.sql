-- Sightings, and the viewings that they date (age.h). Both ascend together: a later sighting has a greater id and no
-- smaller lived_ms, and a later viewing is dated by no earlier one.

-- name: is_kept
SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name IN ('sighting', 'age')

-- name: last
SELECT id, lived_ms, wall_ms, boot_ms, boot, machine, kept FROM sighting ORDER BY id DESC LIMIT 1

-- name: last_kept
SELECT id, lived_ms, wall_ms, boot_ms, boot, machine, kept FROM sighting WHERE kept = 1 ORDER BY id DESC LIMIT 1

-- name: proved_wrong
SELECT id, lived_ms, wall_ms, boot_ms, boot, machine, kept FROM sighting WHERE kept = 2 LIMIT 1

-- name: shift
UPDATE sighting SET lived_ms = lived_ms + ?2 WHERE id > ?1

-- name: begin_anew
UPDATE sighting SET lived_ms = ?1, kept = 0

-- name: forget_due
UPDATE age SET due = NULL WHERE due IS NOT NULL

-- name: add
INSERT INTO sighting(lived_ms, wall_ms, boot_ms, boot, machine, kept, used) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0)

-- name: date
INSERT INTO age(viewing, seen)
SELECT id, (SELECT max(id) FROM sighting) FROM viewing
WHERE id > coalesce((SELECT max(viewing) FROM age), -9223372036854775807)

-- name: withdraw
UPDATE age SET due = NULL
WHERE due IS NOT NULL AND seen > coalesce((SELECT max(id) FROM sighting WHERE lived_ms <= ?1), -1)

-- name: announce
UPDATE age SET due = (SELECT max(id) FROM sighting)
WHERE due IS NULL AND seen <= (SELECT max(id) FROM sighting WHERE lived_ms <= ?1)

-- name: use
UPDATE sighting SET used = 1 WHERE id = (SELECT max(id) FROM sighting)

-- name: drop_unused
-- The last one, and the last with a kept clock, are what the next counts from; that a kept clock was wrong stays known.
DELETE FROM sighting
WHERE used = 0 AND id != (SELECT max(id) FROM sighting) AND kept != 2
    AND id != coalesce((SELECT max(id) FROM sighting WHERE kept = 1), -1)

-- name: tidy
DELETE FROM sighting
WHERE id < coalesce((SELECT seen FROM age ORDER BY viewing LIMIT 1), 9223372036854775807)
    AND id != (SELECT max(id) FROM sighting) AND kept != 2
    AND id != coalesce((SELECT max(id) FROM sighting WHERE kept = 1), -1)

-- name: forget
DELETE FROM age;
DELETE FROM sighting
