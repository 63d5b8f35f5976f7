-- A viewing that goes on: what the store has of it, and the `resume` row that joins the parts.

-- name: find_viewing
SELECT id FROM viewing WHERE story = ?1 AND uuid = ?2 AND mode = ?3 AND chooser = ?4

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
