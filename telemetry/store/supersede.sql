-- Rows of the viewing ?1 that no longer count. A body has the columns of an event's row, but for viewing, seq and at_ms;
-- names of the story stand for ids, and a menu has the columns that an export gives it.

-- name: keep_outcomes
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'outcome', json_object('exposure', exposure, 'what', what,
    'option', (SELECT name FROM option WHERE id = e.option), 'latency_us', latency_us, 'given', given, 'changes', changes)
FROM outcome e WHERE viewing = ?1 AND seq > ?2

-- name: delete_outcomes
DELETE FROM outcome WHERE viewing = ?1 AND seq > ?2

-- name: keep_stalls
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'stall', json_object('visit', visit, 'fault', fault, 'lasted_us', lasted_us)
FROM stall WHERE viewing = ?1 AND seq > ?2

-- name: delete_stalls
DELETE FROM stall WHERE viewing = ?1 AND seq > ?2

-- name: keep_reached
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'reached', json_object('ending', (SELECT name FROM ending WHERE id = e.ending))
FROM reached e WHERE viewing = ?1 AND seq > ?2

-- name: delete_reached
DELETE FROM reached WHERE viewing = ?1 AND seq > ?2

-- name: keep_leaves
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'leave', json_object('visit', visit, 'playing_us', playing_us, 'paused_us', paused_us,
    'hidden_us', hidden_us)
FROM leave WHERE viewing = ?1 AND visit > ?2

-- name: delete_leaves
DELETE FROM leave WHERE viewing = ?1 AND visit > ?2

-- name: keep_exposures
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'exposure', json_object(
    'decision', (SELECT d.name FROM menu m JOIN decision d ON d.id = m.decision WHERE m.id = e.menu),
    'menu', json((SELECT json_group_array(name) FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu ORDER BY mo.position))),
    'locked', json((SELECT json_group_array(name) FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu AND mo.locked ORDER BY mo.position))),
    'focus', focus, 'window_us', window_us, 'time_mode', time_mode)
FROM exposure e WHERE viewing = ?1 AND seq > ?2

-- name: delete_exposures
DELETE FROM exposure WHERE viewing = ?1 AND seq > ?2

-- name: keep_visits
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'visit', json_object('node', (SELECT name FROM node WHERE id = e.node), 'planned_us', planned_us)
FROM visit e WHERE viewing = ?1 AND seq > ?2

-- name: delete_visits
DELETE FROM visit WHERE viewing = ?1 AND seq > ?2

-- name: keep_resumes
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'resume', json_object('resumed_ms', resumed_ms, 'ended_ms', ended_ms, 'reason', reason,
    'playing_us', playing_us, 'paused_us', paused_us, 'hidden_us', hidden_us, 'place', place)
FROM resume WHERE viewing = ?1 AND seq > ?2

-- name: delete_resumes
DELETE FROM resume WHERE viewing = ?1 AND seq > ?2

-- name: keep_finish
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'finish', json_object('ended_ms', ended_ms, 'reason', reason) FROM finish WHERE viewing = ?1

-- name: delete_finish
DELETE FROM finish WHERE viewing = ?1

-- name: find_visit
-- The visit before the number ?2, and its node; whether a gap lies between its leave and the resume ?2 - 1; whether the
-- visit ?2 is superseded already.
SELECT i.seq, i.at_ms, i.node,
    EXISTS(SELECT 1 FROM gap WHERE viewing = ?1 AND seq > l.seq AND seq < ?2 - 1),
    EXISTS(SELECT 1 FROM superseded WHERE viewing = ?1 AND seq = ?2)
FROM visit i
LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
WHERE i.viewing = ?1 AND i.seq < ?2
ORDER BY i.seq DESC
LIMIT 1

-- name: keep_leave
-- Of the visit ?2, if it is older than the resume ?3.
INSERT OR IGNORE INTO superseded
SELECT viewing, seq, at_ms, 'leave', json_object('visit', visit, 'playing_us', playing_us, 'paused_us', paused_us,
    'hidden_us', hidden_us)
FROM leave WHERE viewing = ?1 AND visit = ?2 AND seq < ?3

-- name: delete_leave
DELETE FROM leave WHERE viewing = ?1 AND visit = ?2 AND seq < ?3

-- name: keep_visit
INSERT OR IGNORE INTO superseded
VALUES(?1, ?2, ?3, 'visit', json_object('node', (SELECT name FROM node WHERE id = ?4), 'planned_us', ?5))
