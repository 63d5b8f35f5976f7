-- Merging `src`, another store, into `main`. merge.c runs these in batches of viewings. In tables with the columns old
-- and new, old is an id of the other store and new the id of the same thing in ours.

-- name: read_secret
-- What merge_mark() computes marks with.
SELECT mark FROM control

-- name: prepare
-- The connection's own.
CREATE TEMP TABLE IF NOT EXISTS look(id INTEGER PRIMARY KEY, uuid BLOB, mark INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_viewing(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_conflict(viewing INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS m_viewer(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_story(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_node(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_decision(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_option(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_ending(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_menu(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_trait(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_prop(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE IF NOT EXISTS m_arm(old INTEGER PRIMARY KEY, new INTEGER);

-- name: clear
DELETE FROM temp.look;
DELETE FROM temp.m_viewing;
DELETE FROM temp.m_conflict;
DELETE FROM temp.m_viewer

-- name: forget_names
DELETE FROM temp.m_story;
DELETE FROM temp.m_node;
DELETE FROM temp.m_decision;
DELETE FROM temp.m_option;
DELETE FROM temp.m_ending;
DELETE FROM temp.m_menu;
DELETE FROM temp.m_trait;
DELETE FROM temp.m_prop;
DELETE FROM temp.m_arm;

-- name: drop
DROP TABLE IF EXISTS temp.look;
DROP TABLE IF EXISTS temp.m_viewing;
DROP TABLE IF EXISTS temp.m_conflict;
DROP TABLE IF EXISTS temp.m_viewer;
DROP TABLE IF EXISTS temp.m_story;
DROP TABLE IF EXISTS temp.m_node;
DROP TABLE IF EXISTS temp.m_decision;
DROP TABLE IF EXISTS temp.m_option;
DROP TABLE IF EXISTS temp.m_ending;
DROP TABLE IF EXISTS temp.m_menu;
DROP TABLE IF EXISTS temp.m_trait;
DROP TABLE IF EXISTS temp.m_prop;
DROP TABLE IF EXISTS temp.m_arm;

-- name: has_tombstones
SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'tombstone'

-- name: mark_tombstones
-- What a collector's store was told to erase stays away as well, as from a backup of it.
INSERT OR IGNORE INTO main.merged SELECT DISTINCT merge_mark(viewing) FROM main.tombstone

-- name: count_all
-- Row by row: SQLite counts all of them in one step otherwise, in which it hears nothing.
SELECT count(id) FROM src.viewing

-- name: has_collected
SELECT count(*) = 2 FROM src.sqlite_schema WHERE type = 'table' AND name IN ('collected', 'tombstone')

-- name: add_collected
-- Who may go on with what was added or completed, and erase it, is whoever could over there.
INSERT INTO main.collected
SELECT c.* FROM m_viewing
JOIN src.viewing v ON v.id = old
JOIN src.collected c ON c.viewing = v.uuid
WHERE true
ON CONFLICT DO UPDATE SET acknowledged = max(acknowledged, excluded.acknowledged);
-- And a clock that was not believed over there is not believed here.
UPDATE main.viewing SET started_ms = v.started_ms, device_ms = v.device_ms
FROM m_viewing m
JOIN src.viewing v ON v.id = m.old
WHERE main.viewing.id = m.new AND main.viewing.device_ms IS NULL AND v.device_ms = main.viewing.started_ms

-- name: add_tombstones
INSERT OR IGNORE INTO main.tombstone SELECT * FROM src.tombstone

-- name: erased_there
SELECT v.id FROM main.tombstone t
JOIN main.collected c ON c.viewing = t.viewing AND c.key = t.key
JOIN main.viewing v ON v.uuid = t.viewing

-- name: load_batch
-- The next ?2 viewings after the id ?1. Ids ascend as they did in the other store: that is the order of time.
INSERT INTO temp.look
SELECT id, uuid, merge_mark(uuid) FROM src.viewing WHERE id > ?1 ORDER BY id LIMIT ?2
RETURNING id

-- name: match_viewings
INSERT INTO m_viewing SELECT f.id, t.id FROM look f JOIN main.viewing t USING(uuid)

-- name: find_conflicts
-- The same viewing with two contents: it began otherwise over there; or it ended on both sides, was gone on with as
-- often, and holds other events. Counts and sums are compared, total() because sums of a stranger's may be too large.
INSERT INTO m_conflict
SELECT m.new FROM m_viewing m
JOIN main.viewing a ON a.id = m.new
JOIN src.viewing b ON b.id = m.old
JOIN main.story s ON s.id = a.story
JOIN src.story t ON t.id = b.story
WHERE (coalesce(a.device_ms, a.started_ms), a.mode, a.chooser, a.seed, s.name, s.version, s.hash)
        IS NOT (coalesce(b.device_ms, b.started_ms), b.mode, b.chooser, b.seed, t.name, t.version, t.hash)
    OR ((SELECT count(*) FROM main.resume WHERE viewing = m.new) = (SELECT count(*) FROM src.resume WHERE viewing = m.old)
        AND EXISTS(SELECT 1 FROM main.finish WHERE viewing = m.new)
        AND EXISTS(SELECT 1 FROM src.finish WHERE viewing = m.old)
        AND ((SELECT at_ms FROM main.finish WHERE viewing = m.new) IS NOT (SELECT at_ms FROM src.finish WHERE viewing = m.old)
            OR (SELECT reason FROM main.finish WHERE viewing = m.new)
                IS NOT (SELECT reason FROM src.finish WHERE viewing = m.old)
            OR (SELECT count(*) FROM main.visit WHERE viewing = m.new)
                IS NOT (SELECT count(*) FROM src.visit WHERE viewing = m.old)
            OR (SELECT total(e.at_ms) FROM main.visit e WHERE viewing = m.new)
                IS NOT (SELECT total(e.at_ms) FROM src.visit e WHERE viewing = m.old)
            OR (SELECT total(n.hash & 0xffffffff) FROM main.visit e JOIN main.node n ON n.id = e.node WHERE viewing = m.new)
                IS NOT (SELECT total(n.hash & 0xffffffff) FROM src.visit e JOIN src.node n ON n.id = e.node
                        WHERE viewing = m.old)
            OR (SELECT count(*) FROM main.outcome WHERE viewing = m.new)
                IS NOT (SELECT count(*) FROM src.outcome WHERE viewing = m.old)
            OR (SELECT total(e.at_ms) + total(e.what) + total(e.latency_us) FROM main.outcome e WHERE viewing = m.new)
                IS NOT (SELECT total(e.at_ms) + total(e.what) + total(e.latency_us) FROM src.outcome e
                        WHERE viewing = m.old)
            OR (SELECT total(o.hash & 0xffffffff) FROM main.outcome e JOIN main.option o ON o.id = e.option
                    WHERE viewing = m.new)
                IS NOT (SELECT total(o.hash & 0xffffffff) FROM src.outcome e JOIN src.option o ON o.id = e.option
                        WHERE viewing = m.old)))

-- name: first_conflict
SELECT uuid FROM main.viewing WHERE id = (SELECT min(viewing) FROM temp.m_conflict)

-- name: drop_conflicts
-- What is here stays as it is.
DELETE FROM m_viewing WHERE new IN (SELECT viewing FROM m_conflict)

-- name: drop_complete
-- Only viewings stay that have ended over there, and here have not, or were gone on with over there since.
DELETE FROM m_viewing
WHERE (EXISTS(SELECT 1 FROM main.finish WHERE viewing = new)
        AND (SELECT count(*) FROM src.resume WHERE viewing = old)
            <= (SELECT count(*) FROM main.resume WHERE viewing = new))
    OR NOT EXISTS(SELECT 1 FROM src.finish WHERE viewing = old)

-- name: count_resumed
UPDATE m_viewing SET new = new

-- name: drop_replaced
-- Of a viewing that went on over there, other events count than here (telemetry/store/supersede.h), so all of it is taken
-- from there.
DELETE FROM main.finish WHERE viewing IN (SELECT new FROM m_viewing);
DELETE FROM main.outcome WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.stall WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.leave WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.exposure WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.visit WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.reached WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.gap WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.superseded WHERE viewing IN (SELECT new FROM m_viewing CROSS JOIN src.resume r ON r.viewing = old);
DELETE FROM main.resume WHERE viewing IN (SELECT new FROM m_viewing)

-- name: drop_erased
DELETE FROM look
WHERE EXISTS(SELECT 1 FROM main.merged m WHERE m.mark = look.mark)
    AND NOT EXISTS(SELECT 1 FROM main.viewing t WHERE t.uuid = look.uuid)

-- name: add_viewers
-- `look` keeps the viewings that are new.
INSERT OR IGNORE INTO main.merged SELECT mark FROM look;
DELETE FROM look WHERE EXISTS(SELECT 1 FROM main.viewing t WHERE t.uuid = look.uuid);

INSERT INTO main.viewer(uuid)
SELECT uuid FROM src.viewer WHERE id IN (SELECT viewer FROM src.viewing WHERE id IN (SELECT id FROM look))
ORDER BY id ON CONFLICT DO NOTHING;
INSERT INTO m_viewer
SELECT f.id, t.id FROM src.viewer f JOIN main.viewer t USING(uuid)
WHERE f.id IN (SELECT viewer FROM src.viewing WHERE id IN (SELECT id FROM look))

-- name: lacks_names
-- Of these viewings, and of the ones to complete: whether one is of a story whose names were not added by a batch before.
SELECT EXISTS(SELECT 1 FROM src.viewing
WHERE id IN (SELECT id FROM look UNION ALL SELECT old FROM m_viewing) AND story NOT IN (SELECT old FROM m_story))

-- name: add_names
-- All that these viewings refer to.
INSERT INTO main.story(name, version, title, hash)
SELECT name, version, title, hash FROM src.story
WHERE id IN (SELECT story FROM src.viewing WHERE id IN (SELECT id FROM look UNION SELECT old FROM m_viewing))
ORDER BY id ON CONFLICT DO NOTHING;
INSERT INTO m_story SELECT f.id, t.id FROM src.story f JOIN main.story t USING(name, version, hash);

INSERT INTO main.node(story, name, title, hash)
SELECT s.new, f.name, f.title, f.hash FROM src.node f JOIN m_story s ON s.old = f.story
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_node
SELECT f.id, t.id FROM src.node f
JOIN m_story s ON s.old = f.story
JOIN main.node t ON t.story = s.new AND t.name = f.name AND t.hash = f.hash;

INSERT INTO main.decision(story, node, name, title, hash)
SELECT s.new, n.new, f.name, f.title, f.hash FROM src.decision f
JOIN m_story s ON s.old = f.story
JOIN m_node n ON n.old = f.node
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_decision
SELECT f.id, t.id FROM src.decision f
JOIN m_story s ON s.old = f.story
JOIN main.decision t ON t.story = s.new AND t.name = f.name AND t.hash = f.hash;

INSERT INTO main.option(decision, position, name, title, hash)
SELECT d.new, f.position, f.name, f.title, f.hash FROM src.option f JOIN m_decision d ON d.old = f.decision
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_option
SELECT f.id, t.id FROM src.option f
JOIN m_decision d ON d.old = f.decision
JOIN main.option t ON t.decision = d.new AND t.name = f.name AND t.hash = f.hash;

INSERT INTO main.ending(story, name, title)
SELECT s.new, f.name, f.title FROM src.ending f JOIN m_story s ON s.old = f.story
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_ending
SELECT f.id, t.id FROM src.ending f
JOIN m_story s ON s.old = f.story
JOIN main.ending t ON t.story = s.new AND t.name = f.name;

INSERT INTO main.menu(decision, shape)
SELECT d.new, f.shape FROM src.menu f JOIN m_decision d ON d.old = f.decision
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_menu
SELECT f.id, t.id FROM src.menu f
JOIN m_decision d ON d.old = f.decision
JOIN main.menu t ON t.decision = d.new AND t.shape = f.shape;
INSERT OR IGNORE INTO main.menu_option
SELECT m.new, f.position, o.new, f.locked FROM src.menu_option f
JOIN m_menu m ON m.old = f.menu
JOIN m_option o ON o.old = f.option;

INSERT INTO main.trait(story, name)
SELECT s.new, f.name FROM src.trait f JOIN m_story s ON s.old = f.story
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_trait
SELECT f.id, t.id FROM src.trait f
JOIN m_story s ON s.old = f.story
JOIN main.trait t ON t.story = s.new AND t.name = f.name;

INSERT INTO main.prop(story, name, title)
SELECT s.new, f.name, f.title FROM src.prop f JOIN m_story s ON s.old = f.story
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_prop
SELECT f.id, t.id FROM src.prop f
JOIN m_story s ON s.old = f.story
JOIN main.prop t ON t.story = s.new AND t.name = f.name;

INSERT INTO main.arm(story, experiment, position, name, weight, outcome)
SELECT s.new, f.experiment, f.position, f.name, f.weight, f.outcome FROM src.arm f JOIN m_story s ON s.old = f.story
WHERE true ORDER BY f.id ON CONFLICT DO NOTHING;
INSERT INTO m_arm
SELECT f.id, t.id FROM src.arm f
JOIN m_story s ON s.old = f.story
JOIN main.arm t ON t.story = s.new AND t.experiment = f.experiment AND t.name = f.name;

INSERT OR IGNORE INTO main.option_trait
SELECT o.new, t.new, f.score FROM src.option_trait f
JOIN m_option o ON o.old = f.option
JOIN m_trait t ON t.old = f.trait;
INSERT OR IGNORE INTO main.option_prop
SELECT o.new, p.new FROM src.option_prop f
JOIN m_option o ON o.old = f.option
JOIN m_prop p ON p.old = f.prop;
INSERT OR IGNORE INTO main.node_prop
SELECT n.new, p.new FROM src.node_prop f
JOIN m_node n ON n.old = f.node
JOIN m_prop p ON p.old = f.prop;
INSERT OR IGNORE INTO main.option_forget
SELECT o.new FROM src.option_forget f
JOIN m_option o ON o.old = f.option;
INSERT OR IGNORE INTO main.film_left
SELECT n.new, f.shortest_us, f.expected_us FROM src.film_left f
JOIN m_node n ON n.old = f.node;

-- name: add_viewings
INSERT INTO main.viewing(uuid, story, started_ms, device_ms, mode, chooser, time_mode, seed, engine, viewer, nth, language,
    subtitles, channel)
SELECT f.uuid, s.new, f.started_ms, f.device_ms, f.mode, f.chooser, f.time_mode, f.seed, f.engine, w.new, f.nth, f.language,
    f.subtitles, f.channel
FROM look
CROSS JOIN src.viewing f USING(id)
JOIN m_story s ON s.old = f.story
LEFT JOIN m_viewer w ON w.old = f.viewer
ORDER BY look.id

-- name: match_added
INSERT INTO m_viewing SELECT f.id, t.id FROM look f JOIN main.viewing t USING(uuid)

-- name: add_arms
INSERT OR IGNORE INTO main.viewing_arm
SELECT v.new, a.new
FROM m_viewing v
CROSS JOIN src.viewing_arm e ON e.viewing = v.old
JOIN m_arm a ON a.old = e.arm

-- name: add_visits
INSERT OR IGNORE INTO main.visit
SELECT v.new, e.seq, e.at_ms, n.new, e.planned_us
FROM m_viewing v
CROSS JOIN src.visit e ON e.viewing = v.old
JOIN m_node n ON n.old = e.node

-- name: add_leaves
INSERT OR IGNORE INTO main.leave
SELECT v.new, e.seq, e.at_ms, e.visit, e.playing_us, e.paused_us, e.hidden_us
FROM m_viewing v
CROSS JOIN src.leave e ON e.viewing = v.old

-- name: add_exposures
INSERT OR IGNORE INTO main.exposure
SELECT v.new, e.seq, e.at_ms, m.new, e.focus, e.window_us, e.time_mode
FROM m_viewing v
CROSS JOIN src.exposure e ON e.viewing = v.old
JOIN m_menu m ON m.old = e.menu

-- name: add_outcomes
INSERT OR IGNORE INTO main.outcome
SELECT v.new, e.seq, e.at_ms, e.exposure, e.what, o.new, e.latency_us, e.given, e.changes
FROM m_viewing v
CROSS JOIN src.outcome e ON e.viewing = v.old
LEFT JOIN m_option o ON o.old = e.option

-- name: add_reached
INSERT OR IGNORE INTO main.reached
SELECT v.new, e.seq, e.at_ms, n.new
FROM m_viewing v
CROSS JOIN src.reached e ON e.viewing = v.old
JOIN m_ending n ON n.old = e.ending

-- name: add_stalls
INSERT OR IGNORE INTO main.stall
SELECT v.new, e.seq, e.at_ms, e.visit, e.fault, e.lasted_us
FROM m_viewing v
CROSS JOIN src.stall e ON e.viewing = v.old

-- name: add_gaps
INSERT OR IGNORE INTO main.gap
SELECT v.new, e.seq, e.at_ms, e.count, e.why
FROM m_viewing v
CROSS JOIN src.gap e ON e.viewing = v.old

-- name: add_resumes
INSERT OR IGNORE INTO main.resume
SELECT v.new, e.seq, e.at_ms, e.resumed_ms, e.ended_ms, e.reason, e.playing_us, e.paused_us, e.hidden_us, e.place
FROM m_viewing v
CROSS JOIN src.resume e ON e.viewing = v.old

-- name: add_superseded
INSERT OR IGNORE INTO main.superseded
SELECT v.new, e.seq, e.at_ms, e.kind, e.body
FROM m_viewing v
CROSS JOIN src.superseded e ON e.viewing = v.old

-- name: add_life
-- A viewing may play into the other store while it is merged. Its sign of life goes where it ends here.
INSERT INTO main.alive
SELECT v.new, e.seen_ms
FROM m_viewing v
CROSS JOIN src.alive e ON e.viewing = v.old
WHERE true
ON CONFLICT DO UPDATE SET seen_ms = max(seen_ms, excluded.seen_ms)

-- name: add_notes
-- What producers noted of a day; the same words once.
INSERT OR IGNORE INTO main.note(day, story, text) SELECT day, story, text FROM src.note ORDER BY day, id

-- name: add_finishes
-- Last, because it tells the kept counts that the viewing is whole.
INSERT OR IGNORE INTO main.finish
SELECT v.new, e.seq, e.at_ms, e.ended_ms, e.reason
FROM m_viewing v
CROSS JOIN src.finish e ON e.viewing = v.old

-- name: has_released
SELECT count(*) FROM src.sqlite_schema WHERE type = 'table' AND name = 'released'

-- name: add_released
-- Before any viewing. What was told of a film up to some day stays what is told; of later periods, what the other store told.
INSERT INTO main.released(story, version, film, until_ms, k, question, record, name, answer, viewings)
SELECT f.story, f.version, f.film, f.until_ms, f.k, f.question, f.record, f.name, f.answer, f.viewings FROM src.released f
WHERE f.until_ms > coalesce((SELECT max(t.until_ms) FROM main.released t
    WHERE t.story = f.story AND t.version = f.version AND t.film = f.film), -1)
ORDER BY f.id

-- name: add_erased
-- Once for each merge. The counts of a store only grow, and stand under its mark: the greater one is the later one.
INSERT INTO main.erased
SELECT film, store, by_viewer, by_age FROM src.erased
WHERE true
ON CONFLICT DO UPDATE SET by_viewer = max(by_viewer, excluded.by_viewer), by_age = max(by_age, excluded.by_age)

-- name: add_unrecorded
-- Likewise.
INSERT INTO main.unrecorded
SELECT film, store, viewings FROM src.unrecorded
WHERE true
ON CONFLICT DO UPDATE SET viewings = max(viewings, excluded.viewings)
