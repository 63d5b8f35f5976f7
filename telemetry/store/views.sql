-- What a store shows to people who read it with SQL (telemetry/README.md describes each column). $UUID(column) becomes
-- the usual text of an id; any other $SET(column) the word of the column's code, as the registry has it.

-- name: v_viewing
SELECT v.id AS viewing, $UUID(v.uuid) AS id, s.name AS story, s.version, s.title, printf('%016x', s.hash) AS story_hash,
    v.started_ms, strftime('%Y-%m-%dT%H:%M:%SZ', v.started_ms / 1000, 'unixepoch') AS started,
    $MODE(v.mode) AS mode, $CHOOSER(v.chooser) AS chooser, v.time_mode, v.seed, v.engine, v.viewer, v.nth,
    $REASON(f.reason) AS reason, f.ended_ms, f.at_ms AS length_ms,
    (SELECT coalesce(sum(planned_us), 0) FROM visit WHERE viewing = v.id) AS planned_us,
    (SELECT coalesce(sum(playing_us), 0) FROM leave WHERE viewing = v.id) AS watched_us,
    (SELECT coalesce(sum(paused_us), 0) FROM leave WHERE viewing = v.id) AS paused_us,
    (SELECT coalesce(sum(hidden_us), 0) FROM leave WHERE viewing = v.id) AS hidden_us,
    (SELECT count(*) FROM visit WHERE viewing = v.id) AS visits,
    (SELECT count(*) FROM exposure WHERE viewing = v.id) AS exposures,
    (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 0) AS picks,
    (SELECT count(*) FROM outcome WHERE viewing = v.id AND what = 1) AS timeouts,
    (SELECT g.name FROM reached r JOIN ending g ON g.id = r.ending WHERE r.viewing = v.id
        ORDER BY r.seq DESC LIMIT 1) AS ending,
    (SELECT coalesce(sum(count), 0) FROM gap WHERE viewing = v.id) AS lost,
    1 + (SELECT count(*) FROM resume WHERE viewing = v.id) AS sittings, v.language, v.subtitles, v.channel,
    (SELECT group_concat(arm, ' ') FROM (SELECT a.experiment || '=' || a.name AS arm FROM viewing_arm x
        JOIN arm a ON a.id = x.arm WHERE x.viewing = v.id ORDER BY a.position)) AS arms, v.device_ms
FROM viewing v
JOIN story s ON s.id = v.story
LEFT JOIN finish f ON f.viewing = v.id

-- name: v_exposure
SELECT e.viewing, e.seq, e.at_ms, s.name AS story, s.version, n.name AS node, d.name AS decision, d.title AS question,
    printf('%016x', d.hash) AS decision_hash, m.shape AS menu,
    (SELECT group_concat(name, ' ') FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu AND NOT mo.locked ORDER BY mo.position)) AS available,
    (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu AND mo.position = e.focus) AS focus,
    e.window_us, e.time_mode, coalesce($WHAT(u.what), 'unknown') AS outcome, o.name AS option, u.latency_us,
    $GIVEN(u.given) AS given, u.changes,
    (SELECT x.name FROM visit i JOIN node x ON x.id = i.node WHERE i.viewing = e.viewing AND i.seq > u.seq
        ORDER BY i.seq LIMIT 1) AS next_node, $MODE(v.mode) AS mode, $CHOOSER(v.chooser) AS chooser, v.nth
FROM exposure e
JOIN viewing v ON v.id = e.viewing
JOIN menu m ON m.id = e.menu
JOIN decision d ON d.id = m.decision
JOIN node n ON n.id = d.node
JOIN story s ON s.id = d.story
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
LEFT JOIN option o ON o.id = u.option

-- name: v_decision
SELECT s.name AS story, s.version, n.name AS node, d.name AS decision, d.title AS question,
    printf('%016x', d.hash) AS decision_hash, coalesce(t.exposures, 0) AS exposures,
    coalesce(t.first, 0) AS first_exposures, coalesce(t.picks, 0) AS picks, coalesce(t.timeouts, 0) AS timeouts,
    coalesce(t.skipped, 0) AS skipped, coalesce(t.rewound, 0) AS rewound, coalesce(t.quits, 0) AS quits,
    coalesce(t.unknown, 0) AS unknown, coalesce(t.changes, 0) AS changes
FROM decision d
JOIN node n ON n.id = d.node
JOIN story s ON s.id = d.story
LEFT JOIN (
    SELECT m.decision, count(*) AS exposures, sum(v.nth = 1) AS first, sum(u.what = 0) AS picks,
        sum(u.what = 1) AS timeouts, sum(u.what = 2) AS skipped, sum(u.what = 3) AS rewound,
        sum(u.what = 4) AS quits, sum(u.what IS NULL) AS unknown, sum(u.changes) AS changes
    FROM exposure e
    JOIN viewing v ON v.id = e.viewing AND v.chooser = 0
    JOIN menu m ON m.id = e.menu
    LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
    GROUP BY m.decision) t ON t.decision = d.id

-- name: v_option
SELECT s.name AS story, s.version, d.name AS decision, printf('%016x', d.hash) AS decision_hash, o.position,
    o.name AS option, o.title, printf('%016x', o.hash) AS option_hash, coalesce(t.available, 0) AS available,
    coalesce(t.locked, 0) AS locked, coalesce(t.picks, 0) AS picks, coalesce(t.timeouts, 0) AS timeouts,
    coalesce(t.first_available, 0) AS first_available, coalesce(t.first_picks, 0) AS first_picks
FROM option o
JOIN decision d ON d.id = o.decision
JOIN story s ON s.id = d.story
LEFT JOIN (
    SELECT mo.option, sum(NOT mo.locked) AS available, sum(mo.locked) AS locked,
        sum(u.what = 0 AND u.option = mo.option) AS picks, sum(u.what = 1 AND u.option = mo.option) AS timeouts,
        sum(v.nth = 1 AND NOT mo.locked) AS first_available,
        sum(v.nth = 1 AND u.what = 0 AND u.option = mo.option) AS first_picks
    FROM exposure e
    JOIN viewing v ON v.id = e.viewing AND v.chooser = 0
    JOIN menu_option mo ON mo.menu = e.menu
    LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
    GROUP BY mo.option) t ON t.option = o.id

-- name: v_node
SELECT s.name AS story, s.version, n.name AS node, n.title, printf('%016x', n.hash) AS node_hash,
    coalesce(t.viewings, 0) AS viewings, coalesce(t.first_viewings, 0) AS first_viewings,
    coalesce(t.visits, 0) AS visits, coalesce(t.quits, 0) AS quits, coalesce(t.playing_us, 0) AS playing_us,
    coalesce(t.paused_us, 0) AS paused_us, coalesce(t.hidden_us, 0) AS hidden_us,
    coalesce(t.planned_us, 0) AS planned_us,
    (SELECT count(*) FROM viewing WHERE story = s.id AND chooser = 0) AS of_viewings,
    (SELECT count(*) FROM viewing WHERE story = s.id AND chooser = 0 AND nth = 1) AS of_first_viewings
FROM node n
JOIN story s ON s.id = n.story
LEFT JOIN (
    SELECT i.node, count(DISTINCT i.viewing) AS viewings,
        count(DISTINCT CASE v.nth WHEN 1 THEN i.viewing END) AS first_viewings, count(*) AS visits,
        sum(coalesce(f.reason, 1) != 0 AND i.seq = (SELECT max(seq) FROM visit WHERE viewing = i.viewing)
            AND (f.reason IS NOT NULL OR NOT EXISTS
                (SELECT 1 FROM gap WHERE viewing = i.viewing AND why = 3))) AS quits,
        sum(l.playing_us) AS playing_us, sum(l.paused_us) AS paused_us, sum(l.hidden_us) AS hidden_us,
        sum(i.planned_us) AS planned_us
    FROM visit i
    JOIN viewing v ON v.id = i.viewing AND v.chooser = 0
    LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
    LEFT JOIN finish f ON f.viewing = i.viewing
    GROUP BY i.node) t ON t.node = n.id

-- name: v_ending
SELECT s.name AS story, s.version, g.name AS ending, g.title, coalesce(t.viewings, 0) AS viewings,
    coalesce(t.first_viewings, 0) AS first_viewings,
    (SELECT count(*) FROM viewing WHERE story = s.id AND chooser = 0) AS of_viewings,
    (SELECT count(*) FROM viewing WHERE story = s.id AND chooser = 0 AND nth = 1) AS of_first_viewings
FROM ending g
JOIN story s ON s.id = g.story
LEFT JOIN (
    SELECT r.ending, count(DISTINCT r.viewing) AS viewings,
        count(DISTINCT CASE v.nth WHEN 1 THEN r.viewing END) AS first_viewings
    FROM reached r
    JOIN viewing v ON v.id = r.viewing AND v.chooser = 0
    GROUP BY r.ending) t ON t.ending = g.id

-- name: v_path
SELECT v.id AS viewing, s.name AS story, s.version, $CHOOSER(v.chooser) AS chooser, v.nth,
    (SELECT count(*) FROM visit WHERE viewing = v.id) AS nodes,
    (SELECT group_concat(name, ' > ') FROM (SELECT n.name FROM visit i JOIN node n ON n.id = i.node
        WHERE i.viewing = v.id ORDER BY i.seq)) AS path
FROM viewing v
JOIN story s ON s.id = v.story
