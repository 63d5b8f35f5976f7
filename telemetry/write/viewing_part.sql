-- A viewing that goes on: what the store has of it, and the `resume` row that joins the parts.

-- name: find_viewing
-- One that ended goes on with nothing, except with a part that it has already.
SELECT id FROM viewing v
WHERE story = ?1 AND uuid = ?2 AND mode = ?3 AND chooser = ?4
    AND (NOT EXISTS(SELECT 1 FROM finish WHERE viewing = v.id AND reason = ?5)
        OR EXISTS(SELECT 1 FROM resume WHERE viewing = v.id AND resumed_ms = ?6))

-- name: is_overtaken
SELECT EXISTS(SELECT 1 FROM resume WHERE viewing = ?1 AND resumed_ms > ?2)

-- name: find_base
-- The number before the first one of the part that began at ?2. A viewing whose beginning is not here begins with a gap
-- of kind ?3; that is its number 1.
SELECT seq, 1 FROM resume WHERE viewing = ?1 AND resumed_ms = ?2
UNION ALL SELECT seq, 2 FROM gap
WHERE viewing = ?1 AND seq = 1 AND why = ?3 AND (SELECT started_ms FROM viewing WHERE id = ?1) = ?2
ORDER BY 2, 1 DESC
LIMIT 1

-- name: find_newer
-- Whether anything has a number beyond ?2.
SELECT EXISTS(SELECT 1 FROM visit WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM leave WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM exposure WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM outcome WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM reached WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM stall WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM gap WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM finish WHERE viewing = ?1 AND seq > ?2)
    OR EXISTS(SELECT 1 FROM resume WHERE viewing = ?1 AND to_seq > ?2)

-- name: supersede_outcomes
DELETE FROM outcome WHERE viewing = ?1 AND seq > ?2

-- name: supersede_stalls
DELETE FROM stall WHERE viewing = ?1 AND seq > ?2

-- name: supersede_reached
DELETE FROM reached WHERE viewing = ?1 AND seq > ?2

-- name: supersede_leaves
-- The visit that is open at the place keeps its leave, which tells how long the film ran in it.
DELETE FROM leave WHERE viewing = ?1 AND seq > ?2 AND visit > ?2

-- name: supersede_exposures
DELETE FROM exposure WHERE viewing = ?1 AND seq > ?2

-- name: supersede_visits
DELETE FROM visit WHERE viewing = ?1 AND seq > ?2

-- name: supersede_resumes
-- One that took the place of numbers up to ?2 keeps what it tells of them.
DELETE FROM resume WHERE viewing = ?1 AND from_seq > ?2

-- name: supersede_joins
UPDATE resume SET to_seq = seq WHERE viewing = ?1 AND to_seq > ?2

-- name: sum_gaps
SELECT sum(count), min(why), max(at_ms) FROM gap WHERE viewing = ?1 AND seq > ?2

-- name: delete_gaps
DELETE FROM gap WHERE viewing = ?1 AND seq > ?2

-- name: add_gap
INSERT INTO gap(viewing, seq, at_ms, count, why) VALUES(?1, ?2, ?3, ?4, ?5)

-- name: move_leave
-- It comes directly after the number ?3.
UPDATE leave SET seq = ?3 + 1 WHERE viewing = ?1 AND seq > ?2 AND visit <= ?2 RETURNING seq

-- name: move_finish
UPDATE finish SET seq = ?3 + 1 WHERE viewing = ?1 AND seq > ?2 RETURNING seq

-- name: last_number_until
-- The highest number that is in use, ?2 or smaller, or that of a resume which reaches beyond.
SELECT max(seq) FROM (
    SELECT seq FROM visit WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM leave WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM exposure WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM outcome WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM reached WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM stall WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM gap WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM finish WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT to_seq FROM resume WHERE viewing = ?1)

-- name: find_resume
SELECT seq, at_ms, ended_ms, reason, playing_us, paused_us, hidden_us, from_seq, to_seq
FROM resume
WHERE viewing = ?1 AND resumed_ms = ?2
ORDER BY seq DESC
LIMIT 1

-- name: last_event
-- The highest number that the part before has used, and when that was.
SELECT max(seq), at_ms FROM (
    SELECT seq, at_ms FROM visit WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM leave WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM exposure WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM outcome WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM reached WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM stall WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM gap WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM finish WHERE viewing = ?1
    UNION ALL SELECT to_seq, at_ms FROM resume WHERE viewing = ?1)

-- name: find_finish
SELECT seq, ended_ms, reason FROM finish WHERE viewing = ?1

-- name: delete_finish
DELETE FROM finish WHERE viewing = ?1

-- name: last_visit
-- The latest visit before the number ?2, and how long the film ran in it: as its leave tells or, where a part before
-- ended in the same visit already, that part's resume.
SELECT v.seq, v.at_ms, v.node, l.seq, coalesce(l.playing_us, r.playing_us), coalesce(l.paused_us, r.paused_us),
    coalesce(l.hidden_us, r.hidden_us)
FROM visit v
LEFT JOIN leave l ON l.viewing = v.viewing AND l.visit = v.seq
LEFT JOIN resume r ON r.viewing = v.viewing AND r.seq > v.seq AND r.seq < ?2 - 1
WHERE v.viewing = ?1 AND v.seq < ?2
ORDER BY v.seq DESC, r.seq DESC
LIMIT 1

-- name: delete_leave
DELETE FROM leave WHERE viewing = ?1 AND visit = ?2

-- name: update_range
UPDATE resume SET from_seq = ?3, to_seq = ?4 WHERE viewing = ?1 AND seq = ?2

-- name: update_times
UPDATE resume SET playing_us = ?3, paused_us = ?4, hidden_us = ?5 WHERE viewing = ?1 AND seq = ?2
