-- The counts that a store keeps for reports: `tally` and `tally_todo`, the triggers that keep them right whichever
-- program writes, and the queries that count. A cohort is a row of `tally`: the viewings of one version that began on
-- one day (UTC), with the same mode and chooser, and alike in whether they are first ones: nth is 0 not known, 1 first,
-- 2 a later one.

-- name: has_tables
-- Tables whose counts are written in another encoding do not count.
SELECT count(*) FROM sqlite_schema WHERE name = 'tally' AND sql LIKE '%/* encoding 3 */%'

-- name: make_tables
-- Tables with counts in another encoding go first.
DROP TRIGGER IF EXISTS tally_begun;
DROP TRIGGER IF EXISTS tally_erased;
DROP TRIGGER IF EXISTS tally_erased_todo;
DROP TRIGGER IF EXISTS tally_moved;
DROP TRIGGER IF EXISTS tally_finished;
DROP TRIGGER IF EXISTS tally_resumed;
DROP TRIGGER IF EXISTS tally_goes_on;
DROP TRIGGER IF EXISTS tally_option_trait;
DROP TRIGGER IF EXISTS tally_option_prop;
DROP TRIGGER IF EXISTS tally_node_prop;
DROP TABLE IF EXISTS tally;
DROP TABLE IF EXISTS tally_todo;

CREATE TABLE tally(
    story INTEGER NOT NULL, day INTEGER NOT NULL, mode INTEGER NOT NULL, chooser INTEGER NOT NULL, nth INTEGER NOT NULL,
    cells BLOB NOT NULL /* encoding 3 */,
    PRIMARY KEY(story, day, mode, chooser, nth)) STRICT;
CREATE TABLE tally_todo(viewing INTEGER PRIMARY KEY) STRICT;
INSERT INTO tally_todo SELECT id FROM viewing;

CREATE TRIGGER tally_begun AFTER INSERT ON viewing BEGIN
    INSERT OR IGNORE INTO tally_todo VALUES(new.id);
END;

-- A viewing that is counted is erased or moves to another cohort: the rest of its cohort goes back on the list, then
-- the cohort's row goes. For a viewing that is not counted yet there is nothing to do.
CREATE TRIGGER tally_erased BEFORE DELETE ON viewing
WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.id) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing
        WHERE story = old.story AND started_ms / 86400000 = old.started_ms / 86400000 AND mode = old.mode
            AND chooser = old.chooser AND min(coalesce(nth, 0), 2) = min(coalesce(old.nth, 0), 2);
    DELETE FROM tally WHERE (story, day, mode, chooser, nth) =
        (old.story, old.started_ms / 86400000, old.mode, old.chooser, min(coalesce(old.nth, 0), 2));
END;
CREATE TRIGGER tally_erased_todo AFTER DELETE ON viewing BEGIN
    DELETE FROM tally_todo WHERE viewing = old.id;
END;
CREATE TRIGGER tally_moved BEFORE UPDATE OF story, started_ms, mode, chooser, time_mode, nth ON viewing
WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.id) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing
        WHERE story = old.story AND started_ms / 86400000 = old.started_ms / 86400000 AND mode = old.mode
            AND chooser = old.chooser AND min(coalesce(nth, 0), 2) = min(coalesce(old.nth, 0), 2);
    DELETE FROM tally WHERE (story, day, mode, chooser, nth) =
        (old.story, old.started_ms / 86400000, old.mode, old.chooser, min(coalesce(old.nth, 0), 2));
END;

-- A viewing ends that was counted as one without an end; it is resumed, so that what was counted was not all of it (its
-- finish goes); or it is resumed after it was cut off, and has no finish to lose.
CREATE TRIGGER tally_finished AFTER INSERT ON finish
WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = new.viewing) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = new.viewing
        AND (a.story, a.started_ms / 86400000, a.mode, a.chooser, min(coalesce(a.nth, 0), 2))
            = (b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2));
    DELETE FROM tally WHERE (story, day, mode, chooser, nth) =
        (SELECT b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2)
            FROM viewing b WHERE b.id = new.viewing);
END;
CREATE TRIGGER tally_resumed AFTER DELETE ON finish
WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = old.viewing) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = old.viewing
        AND (a.story, a.started_ms / 86400000, a.mode, a.chooser, min(coalesce(a.nth, 0), 2))
            = (b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2));
    DELETE FROM tally WHERE (story, day, mode, chooser, nth) =
        (SELECT b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2)
            FROM viewing b WHERE b.id = old.viewing);
END;
CREATE TRIGGER tally_goes_on AFTER INSERT ON resume
WHEN NOT EXISTS(SELECT 1 FROM tally_todo WHERE viewing = new.viewing) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT a.id FROM viewing a, viewing b WHERE b.id = new.viewing
        AND (a.story, a.started_ms / 86400000, a.mode, a.chooser, min(coalesce(a.nth, 0), 2))
            = (b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2));
    DELETE FROM tally WHERE (story, day, mode, chooser, nth) =
        (SELECT b.story, b.started_ms / 86400000, b.mode, b.chooser, min(coalesce(b.nth, 0), 2)
            FROM viewing b WHERE b.id = new.viewing);
END;

-- A film that an older program registered gets its traits and props: all its viewings are counted anew.
CREATE TRIGGER tally_option_trait AFTER INSERT ON option_trait
WHEN EXISTS(SELECT 1 FROM tally WHERE story = (SELECT story FROM trait WHERE id = new.trait)) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing
        WHERE story = (SELECT story FROM trait WHERE id = new.trait);
    DELETE FROM tally WHERE story = (SELECT story FROM trait WHERE id = new.trait);
END;
CREATE TRIGGER tally_option_prop AFTER INSERT ON option_prop
WHEN EXISTS(SELECT 1 FROM tally WHERE story = (SELECT story FROM prop WHERE id = new.prop)) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing WHERE story = (SELECT story FROM prop WHERE id = new.prop);
    DELETE FROM tally WHERE story = (SELECT story FROM prop WHERE id = new.prop);
END;
CREATE TRIGGER tally_node_prop AFTER INSERT ON node_prop
WHEN EXISTS(SELECT 1 FROM tally WHERE story = (SELECT story FROM prop WHERE id = new.prop)) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing WHERE story = (SELECT story FROM prop WHERE id = new.prop);
    DELETE FROM tally WHERE story = (SELECT story FROM prop WHERE id = new.prop);
END;

-- name: header
SELECT v.story, v.started_ms / 86400000, v.mode, v.chooser, min(coalesce(v.nth, 0), 2), v.time_mode, f.reason
FROM viewing v
LEFT JOIN finish f ON f.viewing = v.id
WHERE v.id = ?1

-- name: visits
SELECT i.seq, i.node, i.planned_us, l.playing_us, l.paused_us, l.hidden_us
FROM visit i
LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
WHERE i.viewing = ?1
ORDER BY i.seq

-- name: exposures
SELECT e.seq, e.menu, m.decision, e.focus, e.time_mode, u.what, u.option, u.latency_us, u.given, u.changes
FROM exposure e
JOIN menu m ON m.id = e.menu
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
WHERE e.viewing = ?1
ORDER BY e.seq

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
-- one.
SELECT v.id FROM tally_todo t
JOIN viewing v ON v.id = t.viewing
WHERE EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)
    OR coalesce((SELECT max(resumed_ms) FROM resume WHERE viewing = v.id), v.started_ms) + ?1
        <= (SELECT max(started_ms) FROM viewing)
ORDER BY v.story, v.started_ms / 86400000, v.mode, v.chooser, min(coalesce(v.nth, 0), 2), v.id
LIMIT ?2

-- name: first_ripe
-- The same, but only the first few, as they come.
SELECT v.id FROM tally_todo t
JOIN viewing v ON v.id = t.viewing
WHERE EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)
    OR coalesce((SELECT max(resumed_ms) FROM resume WHERE viewing = v.id), v.started_ms) + ?1
        <= (SELECT max(started_ms) FROM viewing)
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
