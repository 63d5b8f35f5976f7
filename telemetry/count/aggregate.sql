-- The queries that count, and that read and keep the counts of a store: `tally` and `tally_todo`. The tables, and the
-- triggers that keep them right whichever program writes, stand in telemetry/store/schema.sql. A cohort is a row of
-- `tally`: the viewings of one version that began on one day (UTC), with the same mode and chooser, and alike in whether
-- they are first ones: nth is 0 not known, 1 first, 2 a later one.

-- name: has_tables
-- Tables whose counts are written in another encoding do not count.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tally' AND sql LIKE '%/* encoding 7 */%'

-- name: list_all
-- After the tables were made (telemetry/store/schema.sql).
INSERT INTO tally_todo SELECT id FROM viewing

-- name: header
SELECT v.story, v.started_ms / 86400000, v.mode, v.chooser, min(coalesce(v.nth, 0), 2), v.time_mode, f.reason,
    a.seen_ms, EXISTS(SELECT 1 FROM reached WHERE viewing = v.id), v.started_ms, v.device_ms IS NOT NULL
FROM viewing v
LEFT JOIN finish f ON f.viewing = v.id
LEFT JOIN alive a ON a.viewing = v.id
WHERE v.id = ?1

-- name: visits
SELECT i.seq, i.node, i.planned_us, l.playing_us, l.paused_us, l.hidden_us, l.at_ms
FROM visit i
LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
WHERE i.viewing = ?1
ORDER BY i.seq

-- name: last_seen
-- For how long viewing ?1 is known to have been in visit ?2, which nothing ended, in ms: up to the latest thing that happened
-- in it, or to the latest sign of life since its part of the viewing began.
SELECT max(i.at_ms, coalesce((SELECT max(at_ms) FROM exposure WHERE viewing = ?1 AND seq > ?2), 0),
        coalesce((SELECT max(at_ms) FROM outcome WHERE viewing = ?1 AND seq > ?2), 0),
        coalesce(a.seen_ms - coalesce(r.resumed_ms - r.at_ms, v.started_ms), 0)) - i.at_ms
FROM visit i
JOIN viewing v ON v.id = i.viewing
LEFT JOIN alive a ON a.viewing = i.viewing
LEFT JOIN resume r ON r.viewing = i.viewing AND r.seq = (SELECT max(seq) FROM resume WHERE viewing = ?1)
WHERE i.viewing = ?1 AND i.seq = ?2

-- name: exposures
SELECT e.seq, e.menu, m.decision, e.focus, e.time_mode, u.what, u.option, u.latency_us, u.given, u.changes, u.at_ms
FROM exposure e
JOIN menu m ON m.id = e.menu
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
WHERE e.viewing = ?1
ORDER BY e.seq

-- name: film_left
SELECT shortest_us, expected_us FROM film_left WHERE node = ?1

-- name: menu_open
SELECT option FROM menu_option WHERE menu = ?1 AND locked = 0 ORDER BY position

-- name: reached
SELECT seq, ending FROM reached WHERE viewing = ?1 ORDER BY seq

-- name: gaps
SELECT seq, count FROM gap WHERE viewing = ?1 ORDER BY seq

-- name: node_name
SELECT name FROM node WHERE id = ?1

-- name: take_todo
DELETE FROM tally_todo WHERE viewing = ?1

-- name: load
SELECT cells FROM tally WHERE story = ?1 AND day = ?2 AND mode = ?3 AND chooser = ?4 AND nth = ?5

-- name: save
INSERT OR REPLACE INTO tally VALUES(?1, ?2, ?3, ?4, ?5, ?6)

-- name: all_ripe
-- What can be counted for good, cohorts together: viewings that have ended, and viewings ?1 ms older than the latest
-- one, unless they were seen to play since ?3. What a clock dated later than ?4 is not the latest one.
SELECT v.id FROM tally_todo t
JOIN viewing v ON v.id = t.viewing
WHERE EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)
    OR (coalesce((SELECT max(resumed_ms) FROM resume WHERE viewing = v.id) + v.started_ms - coalesce(v.device_ms, v.started_ms),
            v.started_ms) + ?1 <= (SELECT max(started_ms) FROM viewing WHERE started_ms <= ?4)
        AND NOT EXISTS(SELECT 1 FROM alive WHERE viewing = v.id AND seen_ms > ?3))
ORDER BY v.story, v.started_ms / 86400000, v.mode, v.chooser, min(coalesce(v.nth, 0), 2), v.id
LIMIT ?2

-- name: first_ripe
-- The same, but only the first few, as they come.
SELECT v.id FROM tally_todo t
JOIN viewing v ON v.id = t.viewing
WHERE EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)
    OR (coalesce((SELECT max(resumed_ms) FROM resume WHERE viewing = v.id) + v.started_ms - coalesce(v.device_ms, v.started_ms),
            v.started_ms) + ?1 <= (SELECT max(started_ms) FROM viewing WHERE started_ms <= ?4)
        AND NOT EXISTS(SELECT 1 FROM alive WHERE viewing = v.id AND seen_ms > ?3))
ORDER BY t.viewing
LIMIT ?2

-- name: more_todo
-- A row if more than ?1 viewings are not counted yet.
SELECT 1 FROM tally_todo LIMIT 1 OFFSET ?1

-- name: tallies
SELECT story, day, mode, chooser, nth, cells FROM tally

-- name: todo
-- What the tallies do not count yet.
SELECT viewing FROM tally_todo

-- name: viewings
-- All of them, where there are no tallies or they are not to be used.
SELECT id FROM viewing ORDER BY id

-- name: forget
DELETE FROM tally;
DELETE FROM tally_todo
