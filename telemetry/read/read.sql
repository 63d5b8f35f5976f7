-- Viewings as read.c hands them out. Sums are total() and not sum(), which fails where a damaged store's numbers are too
-- large. The columns of a query are read by their place.

-- name: summaries
SELECT v.uuid, s.title, s.name, s.version, v.started_ms, f.ended_ms, f.reason, v.mode, v.chooser, v.nth,
    (SELECT count(*) FROM exposure WHERE viewing = v.id),
    (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 0),
    (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 1),
    (SELECT CAST(total(playing_us) AS INTEGER) FROM leave WHERE viewing = v.id),
    (SELECT coalesce(g.title, g.name) FROM reached r JOIN ending g ON g.id = r.ending
        WHERE r.viewing = v.id ORDER BY r.seq DESC LIMIT 1),
    v.engine, v.seed, v.time_mode, (SELECT CAST(total(count) AS INTEGER) FROM gap WHERE viewing = v.id),
    v.language, v.subtitles, v.channel, (SELECT group_concat(arm, ', ') FROM (
        SELECT a.experiment || ': ' || a.name AS arm FROM viewing_arm x
        JOIN arm a ON a.id = x.arm WHERE x.viewing = v.id ORDER BY a.position)),
    (SELECT count(*) FROM superseded WHERE viewing = v.id),
    (SELECT group_concat(words, ', ') FROM (SELECT d.name || ' (' || d.address || ')' AS words FROM shared x
        JOIN destination d ON d.id = x.destination WHERE x.viewing = v.id ORDER BY d.id)),
    v.device_ms
FROM viewing v
JOIN story s ON s.id = v.story
LEFT JOIN finish f ON f.viewing = v.id
WHERE v.id BETWEEN ?1 AND ?2
ORDER BY v.id DESC
LIMIT ?3

-- name: is_collector
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'collected'

-- name: received
-- When the latest of the viewing with the id ?1 came to the collector whose store this is, and how far its device's clock was behind.
SELECT received_ms, clock_ms FROM collected WHERE viewing = ?1

-- name: shares
-- What a viewing answered when a decision was first asked and the question was neither skipped nor left.
SELECT d.name, o.name, d.hash, sum(u.what = 0 AND u.option = o.id), count(*)
FROM story s
JOIN viewing v ON v.story = s.id AND v.chooser = 0
JOIN exposure e ON e.viewing = v.id
JOIN menu m ON m.id = e.menu
JOIN decision d ON d.id = m.decision
JOIN menu_option mo ON mo.menu = e.menu AND NOT mo.locked
JOIN option o ON o.id = mo.option
JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
WHERE s.name = ?1 AND e.seq = (
    SELECT min(f.seq) FROM exposure f
    JOIN menu n ON n.id = f.menu
    JOIN outcome w ON w.viewing = f.viewing AND w.exposure = f.seq
    WHERE f.viewing = v.id AND n.decision = m.decision AND w.what IN (0, 1))
GROUP BY o.id

-- name: find_last
SELECT id FROM viewing ORDER BY id DESC LIMIT 1

-- name: find_prefix
-- The ids from ?1 to ?2 begin alike; a second row says that several viewings do.
SELECT id FROM viewing WHERE uuid BETWEEN ?1 AND ?2 LIMIT 2

-- name: visits
SELECT i.seq, i.at_ms, n.name, n.title, i.planned_us, l.at_ms, l.playing_us, l.paused_us, l.hidden_us
FROM visit i
JOIN node n ON n.id = i.node
LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
WHERE i.viewing = ?1

-- name: exposures
SELECT e.seq, e.at_ms, d.name, d.title, e.focus, e.window_us, e.time_mode, u.what, u.latency_us, u.given, u.changes
FROM exposure e
JOIN menu m ON m.id = e.menu
JOIN decision d ON d.id = m.decision
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
WHERE e.viewing = ?1

-- name: endings
SELECT r.seq, r.at_ms, g.name, g.title FROM reached r JOIN ending g ON g.id = r.ending WHERE r.viewing = ?1

-- name: stalls
SELECT seq, at_ms, NULL, NULL, fault, lasted_us FROM stall WHERE viewing = ?1

-- name: gaps
SELECT seq, at_ms, NULL, NULL, count, why FROM gap WHERE viewing = ?1

-- name: resumes
SELECT seq, at_ms, NULL, NULL, resumed_ms, ended_ms FROM resume WHERE viewing = ?1

-- name: options
-- The options of all of a viewing's exposures, as they were shown.
SELECT e.seq, o.name, o.title, mo.locked, u.option = mo.option
FROM exposure e
JOIN menu_option mo ON mo.menu = e.menu
JOIN option o ON o.id = mo.option
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
WHERE e.viewing = ?1
ORDER BY e.seq, mo.position

-- name: matching
SELECT v.id FROM viewing v
JOIN story t ON t.id = v.story
LEFT JOIN viewer p ON p.id = v.viewer
WHERE (?1 = 0 OR v.id = ?1) AND (?2 IS NULL OR t.name = ?2) AND (?3 IS NULL OR p.uuid = ?3)
ORDER BY v.id
