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

-- name: last_number_until
-- The highest number up to ?2 that is in use, or that a gap stands for.
SELECT max(seq) FROM (
    SELECT seq FROM visit WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM leave WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM exposure WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM outcome WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM reached WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM stall WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM resume WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM finish WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT seq FROM superseded WHERE viewing = ?1 AND seq <= ?2
    UNION ALL SELECT min(seq, ?2) FROM gap WHERE viewing = ?1 AND (seq <= ?2 OR seq - count < ?2))

-- name: find_resume
SELECT seq, at_ms, ended_ms, reason, playing_us, paused_us, hidden_us, place
FROM resume
WHERE viewing = ?1 AND resumed_ms = ?2
ORDER BY seq DESC
LIMIT 1

-- name: last_time
-- When the last event was that counts.
SELECT at_ms, max(seq) FROM (
    SELECT seq, at_ms FROM visit WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM leave WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM exposure WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM outcome WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM reached WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM stall WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM gap WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM resume WHERE viewing = ?1
    UNION ALL SELECT seq, at_ms FROM finish WHERE viewing = ?1)

-- name: find_end
-- How the part before ended: its finish or, where a resume beyond the place ?2 has taken that already, what that one says.
SELECT ended_ms, reason, 0 FROM finish WHERE viewing = ?1
UNION ALL SELECT ended_ms, reason, 1 FROM resume WHERE viewing = ?1 AND seq > ?2 AND reason IS NOT NULL
ORDER BY 3
LIMIT 1

-- name: find_times
-- How long the film ran in the visit that is open at the place ?2: as its leave tells or, where a part before ended in the
-- same visit already, that part's resume.
SELECT coalesce(l.playing_us, r.playing_us), coalesce(l.paused_us, r.paused_us), coalesce(l.hidden_us, r.hidden_us)
FROM (SELECT viewing, max(seq) AS seq FROM visit WHERE viewing = ?1 AND seq <= ?2) v
LEFT JOIN leave l ON l.viewing = v.viewing AND l.visit = v.seq
LEFT JOIN resume r ON r.viewing = v.viewing AND r.seq > v.seq
ORDER BY r.seq DESC
LIMIT 1
