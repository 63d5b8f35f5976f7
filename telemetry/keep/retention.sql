-- Which viewings are too old. Ages and sightings: age.sql.

-- name: read_secret
SELECT mark FROM control

-- name: list_ready
-- Those that were found to be due when the store had lived for ?1 ms, or before.
SELECT viewing FROM age WHERE due <= (SELECT max(id) FROM sighting WHERE lived_ms <= ?1) ORDER BY viewing

-- name: count_viewings
SELECT count(*) FROM viewing

-- name: read_due
SELECT count(*), min(s.lived_ms) FROM age a JOIN sighting s ON s.id = a.due

-- name: read_next
SELECT min(s.lived_ms) FROM age a JOIN sighting s ON s.id = a.seen WHERE a.due IS NULL

-- name: count_by_date
SELECT count(*) FROM viewing v WHERE started_ms < ?1 AND NOT EXISTS(SELECT 1 FROM age WHERE viewing = v.id AND due IS NOT NULL)

-- name: count_by_date_alone
-- The same where there are no ages.
SELECT count(*) FROM viewing WHERE started_ms < ?1

-- name: list_cut
SELECT id, started_ms FROM viewing v
WHERE started_ms < ?1 OR id IN (SELECT a.viewing FROM age a JOIN sighting s ON s.id = a.seen WHERE s.lived_ms <= ?2)
ORDER BY id

-- name: list_cut_by_date
-- The same where there are no ages; ?2 is not needed.
SELECT id, started_ms FROM viewing WHERE started_ms < ?1 AND ?2 IS NOT NULL ORDER BY id
