-- Viewings as lines of the engine's tables, out of a store and into one (rows.h).

-- name: header
-- Of the viewing ?1: its id, its version's hash, when it began where a collector told that, and its columns.
SELECT v.uuid, s.hash, CASE WHEN v.device_ms IS NOT NULL THEN v.started_ms END,
    json_object('started_ms', v.started_ms, 'device_ms', v.device_ms, 'mode', v.mode, 'chooser', v.chooser,
    'time_mode', v.time_mode, 'seed', v.seed, 'engine', v.engine,
    'viewer', CASE WHEN w.id IS NOT NULL THEN lower(hex(w.uuid)) END, 'nth', v.nth, 'language', v.language,
    'subtitles', v.subtitles, 'channel', v.channel,
    'arms', json((SELECT json_group_array(json_array(experiment, name)) FROM (
        SELECT a.experiment, a.name FROM viewing_arm x JOIN arm a ON a.id = x.arm WHERE x.viewing = v.id ORDER BY 1, 2))),
    'superseded', json((SELECT json_group_array(seq) FROM (
        SELECT seq FROM superseded WHERE viewing = v.id ORDER BY seq))))
FROM viewing v
JOIN story s ON s.id = v.story
LEFT JOIN viewer w ON w.id = v.viewer
WHERE v.id = ?1

-- name: gaps
-- Goes with all other events of the viewing ?1 after the number ?2 (telemetry/store/supersede.h).
UNION ALL
SELECT viewing, seq, at_ms, 'gap', json_object('count', count, 'why', why) FROM gap WHERE viewing = ?1 AND seq > ?2
ORDER BY seq

-- name: prepare
-- The connection's own.
CREATE TEMP TABLE IF NOT EXISTS incoming(
    viewing INTEGER, seq INTEGER, at_ms INTEGER, kind TEXT, body TEXT, story INTEGER, counts INTEGER,
    decision INTEGER, shape TEXT, PRIMARY KEY(viewing, seq));
CREATE TEMP TABLE IF NOT EXISTS gone(viewing INTEGER, seq INTEGER, PRIMARY KEY(viewing, seq));
DELETE FROM temp.incoming;
DELETE FROM temp.gone

-- name: viewer_of
SELECT ?1 ->> 'viewer'

-- name: add_viewer
INSERT INTO viewer(uuid) VALUES(?1) ON CONFLICT DO NOTHING

-- name: find_viewer
SELECT id FROM viewer WHERE uuid = ?1

-- name: add_viewing
INSERT INTO viewing(uuid, story, started_ms, device_ms, mode, chooser, time_mode, seed, engine, viewer, nth, language, subtitles,
    channel)
SELECT ?1, ?2, ?3 ->> 'started_ms', ?3 ->> 'device_ms', ?3 ->> 'mode', ?3 ->> 'chooser', ?3 ->> 'time_mode', ?3 ->> 'seed', ?3 ->> 'engine', ?4,
    ?3 ->> 'nth', ?3 ->> 'language', ?3 ->> 'subtitles', ?3 ->> 'channel'
RETURNING id

-- name: add_arms
INSERT OR IGNORE INTO viewing_arm
SELECT ?1, a.id FROM json_each(?2, '$.arms') e
JOIN arm a ON a.story = ?3 AND a.experiment = e.value ->> 0 AND a.name = e.value ->> 1

-- name: add_gone
INSERT OR IGNORE INTO temp.gone SELECT ?1, value FROM json_each(?2, '$.superseded')

-- name: add_event
INSERT OR IGNORE INTO temp.incoming(viewing, seq, at_ms, kind, body) VALUES(?1, ?2, ?3, ?4, ?5)

-- name: take
-- All that came, each to its table. What a row refers to comes before it.
UPDATE temp.incoming SET story = (SELECT story FROM viewing WHERE id = incoming.viewing),
    counts = NOT EXISTS(SELECT 1 FROM temp.gone g WHERE g.viewing = incoming.viewing AND g.seq = incoming.seq);
UPDATE temp.incoming SET decision = (
    SELECT d.id FROM decision d WHERE d.story = incoming.story AND d.name = incoming.body ->> 'decision')
WHERE kind = 'exposure' AND counts;
UPDATE temp.incoming SET shape = coalesce((SELECT group_concat(part, ',') FROM (
    SELECT o.position || CASE WHEN EXISTS(SELECT 1 FROM json_each(incoming.body, '$.locked') l WHERE l.value = o.name)
        THEN 'L' ELSE '' END AS part
    FROM json_each(incoming.body, '$.menu') m
    JOIN option o ON o.decision = incoming.decision AND o.name = m.value
    ORDER BY m.key)), '')
WHERE kind = 'exposure' AND counts;
INSERT OR IGNORE INTO menu(decision, shape)
SELECT decision, shape FROM temp.incoming WHERE kind = 'exposure' AND counts AND decision IS NOT NULL ORDER BY viewing, seq;
INSERT OR IGNORE INTO menu_option
SELECT m.id, e.key, o.id, EXISTS(SELECT 1 FROM json_each(i.body, '$.locked') l WHERE l.value = o.name)
FROM (SELECT decision, shape, min(body) AS body FROM temp.incoming WHERE kind = 'exposure' AND counts GROUP BY 1, 2) i
JOIN menu m ON m.decision = i.decision AND m.shape = i.shape
JOIN json_each(i.body, '$.menu') e
JOIN option o ON o.decision = i.decision AND o.name = e.value
WHERE true;
INSERT INTO superseded SELECT viewing, seq, at_ms, kind, body FROM temp.incoming WHERE NOT counts;
INSERT INTO visit
SELECT i.viewing, i.seq, i.at_ms, n.id, i.body ->> 'planned_us' FROM temp.incoming i
JOIN node n ON n.story = i.story AND n.name = i.body ->> 'node'
WHERE i.kind = 'visit' AND i.counts;
INSERT INTO leave
SELECT viewing, seq, at_ms, body ->> 'visit', body ->> 'playing_us', body ->> 'paused_us', body ->> 'hidden_us'
FROM temp.incoming WHERE kind = 'leave' AND counts;
INSERT INTO exposure
SELECT i.viewing, i.seq, i.at_ms, m.id, i.body ->> 'focus', i.body ->> 'window_us', i.body ->> 'time_mode'
FROM temp.incoming i
JOIN menu m ON m.decision = i.decision AND m.shape = i.shape
WHERE i.kind = 'exposure' AND i.counts;
INSERT INTO outcome
SELECT i.viewing, i.seq, i.at_ms, e.seq, i.body ->> 'what', o.id, i.body ->> 'latency_us', i.body ->> 'given',
    i.body ->> 'changes'
FROM temp.incoming i
JOIN exposure e ON e.viewing = i.viewing AND e.seq = i.body ->> 'exposure'
JOIN menu m ON m.id = e.menu
LEFT JOIN option o ON o.decision = m.decision AND o.name = i.body ->> 'option'
WHERE i.kind = 'outcome' AND i.counts;
INSERT INTO reached
SELECT i.viewing, i.seq, i.at_ms, n.id FROM temp.incoming i
JOIN ending n ON n.story = i.story AND n.name = i.body ->> 'ending'
WHERE i.kind = 'reached' AND i.counts;
INSERT INTO stall
SELECT viewing, seq, at_ms, body ->> 'visit', body ->> 'fault', body ->> 'lasted_us'
FROM temp.incoming WHERE kind = 'stall' AND counts;
INSERT INTO gap
SELECT viewing, seq, at_ms, body ->> 'count', body ->> 'why' FROM temp.incoming WHERE kind = 'gap' AND counts;
INSERT INTO resume
SELECT viewing, seq, at_ms, body ->> 'resumed_ms', body ->> 'ended_ms', body ->> 'reason', body ->> 'playing_us',
    body ->> 'paused_us', body ->> 'hidden_us', body ->> 'place'
FROM temp.incoming WHERE kind = 'resume' AND counts;
INSERT INTO finish
SELECT viewing, seq, at_ms, body ->> 'ended_ms', body ->> 'reason' FROM temp.incoming WHERE kind = 'finish' AND counts;
DELETE FROM temp.incoming;
DELETE FROM temp.gone
