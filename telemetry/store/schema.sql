-- The tables of a store, as steps: version_N leads from version N - 1 to version N. A step that was released is never
-- edited, because stores that took it are out there.

-- name: version_1
-- Events are WITHOUT ROWID with keys that begin with the viewing. So a viewing's rows lie together, reading or erasing
-- one touches only its own pages, and a decision (an exposure and its outcome) takes less than 60 bytes. An outcome is
-- keyed by its exposure and a leave by its visit: there is at most one of each, and the join is a look-up.
CREATE TABLE story(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, title TEXT, hash INTEGER NOT NULL,
    UNIQUE(name, version, hash)) STRICT;
CREATE TABLE node(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story, name TEXT NOT NULL, title TEXT,
    hash INTEGER NOT NULL, UNIQUE(story, name, hash)) STRICT;
CREATE TABLE decision(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story, node INTEGER NOT NULL REFERENCES node,
    name TEXT NOT NULL, title TEXT, hash INTEGER NOT NULL, UNIQUE(story, name, hash)) STRICT;
CREATE TABLE option(
    id INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decision, position INTEGER NOT NULL,
    name TEXT NOT NULL, title TEXT, hash INTEGER NOT NULL, UNIQUE(decision, name, hash)) STRICT;
CREATE TABLE ending(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story, name TEXT NOT NULL, title TEXT,
    UNIQUE(story, name)) STRICT;
CREATE TABLE menu(
    id INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decision, shape TEXT NOT NULL,
    UNIQUE(decision, shape)) STRICT;
CREATE TABLE menu_option(
    menu INTEGER NOT NULL REFERENCES menu ON DELETE CASCADE, position INTEGER NOT NULL,
    option INTEGER NOT NULL REFERENCES option, locked INTEGER NOT NULL CHECK(locked IN (0, 1)),
    PRIMARY KEY(menu, position)) STRICT, WITHOUT ROWID;
CREATE TABLE viewer(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16)) STRICT;
CREATE TABLE viewing(
    id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
    story INTEGER NOT NULL REFERENCES story, started_ms INTEGER NOT NULL, mode INTEGER NOT NULL,
    chooser INTEGER NOT NULL, time_mode INTEGER NOT NULL, seed INTEGER NOT NULL, engine TEXT NOT NULL,
    viewer INTEGER REFERENCES viewer, nth INTEGER CHECK(nth > 0)) STRICT;
CREATE INDEX viewing_viewer ON viewing(viewer) WHERE viewer IS NOT NULL;
CREATE TABLE visit(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    node INTEGER NOT NULL REFERENCES node, planned_us INTEGER,
    PRIMARY KEY(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE leave(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    visit INTEGER NOT NULL, playing_us INTEGER, paused_us INTEGER, hidden_us INTEGER,
    PRIMARY KEY(viewing, visit),
    FOREIGN KEY(viewing, visit) REFERENCES visit(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE exposure(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    menu INTEGER NOT NULL REFERENCES menu, focus INTEGER, window_us INTEGER, time_mode INTEGER NOT NULL,
    PRIMARY KEY(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE outcome(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    exposure INTEGER NOT NULL, what INTEGER NOT NULL, option INTEGER REFERENCES option,
    latency_us INTEGER, given INTEGER NOT NULL, changes INTEGER NOT NULL,
    PRIMARY KEY(viewing, exposure), CHECK(what != 0 OR option IS NOT NULL),
    FOREIGN KEY(viewing, exposure) REFERENCES exposure(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE reached(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    ending INTEGER NOT NULL REFERENCES ending,
    PRIMARY KEY(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE gap(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    count INTEGER NOT NULL, why INTEGER NOT NULL,
    PRIMARY KEY(viewing, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE finish(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL, reason INTEGER NOT NULL,
    PRIMARY KEY(viewing)) STRICT, WITHOUT ROWID;

-- name: version_2
-- What holds for the whole store, in one row. A program that writes events reads it in the same transaction: `changed`
-- grows whenever rows were taken away or recording was paused or resumed, and then remembered ids are looked up again.
CREATE TABLE control(
    id INTEGER PRIMARY KEY CHECK(id = 1), mark INTEGER NOT NULL, changed INTEGER NOT NULL, erased INTEGER NOT NULL,
    paused_ms INTEGER, keep_days INTEGER CHECK(keep_days > 0)) STRICT;
INSERT INTO control(id, mark, changed, erased) VALUES(1, random(), 0, 0);

-- name: version_3
-- What the film's author says of options and nodes: traits with scores, props. The counts that an older program kept
-- for reports know nothing of them. They are a cache: they go here, and the next report counts anew.
CREATE TABLE trait(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story ON DELETE CASCADE, name TEXT NOT NULL,
    UNIQUE(story, name)) STRICT;
CREATE TABLE prop(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story ON DELETE CASCADE, name TEXT NOT NULL, title TEXT,
    UNIQUE(story, name)) STRICT;
CREATE TABLE option_trait(
    option INTEGER NOT NULL REFERENCES option ON DELETE CASCADE,
    trait INTEGER NOT NULL REFERENCES trait ON DELETE CASCADE, score INTEGER NOT NULL, PRIMARY KEY(option, trait)) STRICT, WITHOUT ROWID;
CREATE TABLE option_prop(
    option INTEGER NOT NULL REFERENCES option ON DELETE CASCADE,
    prop INTEGER NOT NULL REFERENCES prop ON DELETE CASCADE,
    PRIMARY KEY(option, prop)) STRICT, WITHOUT ROWID;
CREATE TABLE node_prop(
    node INTEGER NOT NULL REFERENCES node ON DELETE CASCADE, prop INTEGER NOT NULL REFERENCES prop ON DELETE CASCADE,
    PRIMARY KEY(node, prop)) STRICT, WITHOUT ROWID;
DROP TRIGGER IF EXISTS tally_begun;
DROP TRIGGER IF EXISTS tally_erased;
DROP TRIGGER IF EXISTS tally_erased_todo;
DROP TRIGGER IF EXISTS tally_moved;
DROP TRIGGER IF EXISTS tally_finished;
DROP TABLE IF EXISTS tally;
DROP TABLE IF EXISTS tally_todo;

-- name: version_4
-- Viewings that were left or cut off and gone on with. The kept counts have triggers that know nothing of them: they
-- go.
CREATE TABLE resume(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    resumed_ms INTEGER NOT NULL, ended_ms INTEGER, reason INTEGER, playing_us INTEGER, paused_us INTEGER,
    hidden_us INTEGER, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
    PRIMARY KEY(viewing, seq), CHECK(from_seq <= seq AND seq <= to_seq)) STRICT, WITHOUT ROWID;
DROP TRIGGER IF EXISTS tally_begun;
DROP TRIGGER IF EXISTS tally_erased;
DROP TRIGGER IF EXISTS tally_erased_todo;
DROP TRIGGER IF EXISTS tally_moved;
DROP TRIGGER IF EXISTS tally_finished;
DROP TRIGGER IF EXISTS tally_option_trait;
DROP TRIGGER IF EXISTS tally_option_prop;
DROP TRIGGER IF EXISTS tally_node_prop;
DROP TABLE IF EXISTS tally;
DROP TABLE IF EXISTS tally_todo;

-- name: version_5
-- Faults while the film was shown. The kept counts go here, too.
CREATE TABLE stall(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    visit INTEGER NOT NULL, fault INTEGER NOT NULL, lasted_us INTEGER,
    PRIMARY KEY(viewing, seq), FOREIGN KEY(viewing, visit) REFERENCES visit(viewing, seq)) STRICT, WITHOUT ROWID;
DROP TRIGGER IF EXISTS tally_begun;
DROP TRIGGER IF EXISTS tally_erased;
DROP TRIGGER IF EXISTS tally_erased_todo;
DROP TRIGGER IF EXISTS tally_moved;
DROP TRIGGER IF EXISTS tally_finished;
DROP TRIGGER IF EXISTS tally_resumed;
DROP TRIGGER IF EXISTS tally_option_trait;
DROP TRIGGER IF EXISTS tally_option_prop;
DROP TRIGGER IF EXISTS tally_node_prop;
DROP TABLE IF EXISTS tally;
DROP TABLE IF EXISTS tally_todo;

-- name: version_6
-- What a report needs to say what it does not know: options whose pick erases the viewing, and so is in no count; how
-- much film is left behind a node; when a viewing was last seen to play; how many viewings were erased. `erased` names a
-- film's version by its hash only, because no viewing of it may be left, and the store in which they were erased by its
-- mark, so that a merge that is done again counts nothing twice. The kept counts go here, too.
CREATE TABLE option_forget(option INTEGER PRIMARY KEY REFERENCES option ON DELETE CASCADE) STRICT;
CREATE TABLE film_left(
    node INTEGER PRIMARY KEY REFERENCES node ON DELETE CASCADE, shortest_us INTEGER NOT NULL,
    expected_us INTEGER) STRICT;
CREATE TABLE alive(viewing INTEGER PRIMARY KEY REFERENCES viewing ON DELETE CASCADE, seen_ms INTEGER NOT NULL) STRICT;
CREATE TABLE erased(
    film INTEGER NOT NULL, store INTEGER NOT NULL, by_viewer INTEGER NOT NULL, by_age INTEGER NOT NULL,
    PRIMARY KEY(film, store)) STRICT, WITHOUT ROWID;
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

-- name: version_7
-- What a producer notes of a day, to stand beside the numbers of that day. A note without a film is about all of them.
CREATE TABLE note(
    id INTEGER PRIMARY KEY, day INTEGER NOT NULL, story TEXT NOT NULL, text TEXT NOT NULL,
    UNIQUE(day, story, text)) STRICT;

-- name: version_8
-- What parts of an audience differ in: the language, subtitles, the channel through which the film came, the arms of its
-- experiments. And how many viewings were not recorded because a viewer let nothing but that be kept: as in `erased`, a
-- film's version is named by its hash, and the store by its mark.
ALTER TABLE viewing ADD COLUMN language TEXT;
ALTER TABLE viewing ADD COLUMN subtitles INTEGER;
ALTER TABLE viewing ADD COLUMN channel TEXT;
CREATE TABLE arm(
    id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story ON DELETE CASCADE, experiment TEXT NOT NULL,
    position INTEGER NOT NULL, name TEXT NOT NULL, weight INTEGER NOT NULL CHECK(weight > 0),
    UNIQUE(story, experiment, name)) STRICT;
CREATE TABLE viewing_arm(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE,
    arm INTEGER NOT NULL REFERENCES arm ON DELETE CASCADE, PRIMARY KEY(viewing, arm)) STRICT, WITHOUT ROWID;
CREATE INDEX viewing_arm_arm ON viewing_arm(arm);
CREATE TABLE unrecorded(
    film INTEGER NOT NULL, store INTEGER NOT NULL, viewings INTEGER NOT NULL,
    PRIMARY KEY(film, store)) STRICT, WITHOUT ROWID;

-- name: version_9
-- What an experiment is about, as the story said before the first viewing.
ALTER TABLE arm ADD COLUMN outcome TEXT;

-- name: version_10
-- An event that has a number never changes, disappears or gives its number to another one. What a resume supersedes moves
-- into a table of its own, with its columns as JSON in which names stand for ids, and the resume names the place. Before
-- this version, the rows were deleted, and a resume named the numbers whose place it took: of these it told all that
-- matters, so they are written again. The kept counts go, because a trigger of theirs goes with the old table.
CREATE TABLE superseded(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(viewing, seq)) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO superseded
WITH RECURSIVE taken(viewing, seq, resume) AS (
    SELECT viewing, from_seq, seq FROM resume WHERE seq - from_seq BETWEEN 1 AND 9
    UNION ALL SELECT viewing, seq + 1, resume FROM taken WHERE seq + 1 < resume),
absent AS (
    SELECT viewing, seq, resume, row_number() OVER (PARTITION BY viewing, resume ORDER BY seq DESC) AS back
    FROM taken t
    WHERE NOT EXISTS(SELECT 1 FROM visit WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM leave WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM exposure WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM outcome WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM reached WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM stall WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM gap WHERE viewing = t.viewing AND seq = t.seq)
        AND NOT EXISTS(SELECT 1 FROM resume WHERE viewing = t.viewing AND seq = t.seq))
SELECT a.viewing, a.seq, r.at_ms, CASE WHEN a.back = 1 AND r.reason IS NOT NULL THEN 'finish' ELSE 'leave' END,
    CASE WHEN a.back = 1 AND r.reason IS NOT NULL THEN json_object('ended_ms', r.ended_ms, 'reason', r.reason)
        ELSE json_object('visit', (SELECT max(seq) FROM visit WHERE viewing = a.viewing AND seq < a.seq),
            'playing_us', r.playing_us, 'paused_us', r.paused_us, 'hidden_us', r.hidden_us) END
FROM absent a
JOIN resume r ON r.viewing = a.viewing AND r.seq = a.resume
WHERE a.back <= 2;
INSERT OR IGNORE INTO superseded
SELECT r.viewing, r.to_seq, r.at_ms, 'visit', json_object('node', n.name, 'planned_us', i.planned_us)
FROM resume r
JOIN visit i ON i.viewing = r.viewing AND i.seq = (SELECT max(seq) FROM visit WHERE viewing = r.viewing AND seq < r.seq)
JOIN node n ON n.id = i.node
WHERE r.to_seq - r.seq = 1;
CREATE TEMP TABLE resume_before AS SELECT * FROM resume;
DROP TABLE resume;
CREATE TABLE resume(
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    resumed_ms INTEGER NOT NULL, ended_ms INTEGER, reason INTEGER, playing_us INTEGER, paused_us INTEGER,
    hidden_us INTEGER, place INTEGER NOT NULL,
    PRIMARY KEY(viewing, seq), CHECK(place < seq)) STRICT, WITHOUT ROWID;
INSERT INTO resume
SELECT viewing, seq, at_ms, resumed_ms, ended_ms, reason, playing_us, paused_us, hidden_us, min(from_seq, seq) - 1
FROM temp.resume_before;
DROP TABLE temp.resume_before;
DROP TRIGGER IF EXISTS tally_begun;
DROP TRIGGER IF EXISTS tally_erased;
DROP TRIGGER IF EXISTS tally_erased_todo;
DROP TRIGGER IF EXISTS tally_moved;
DROP TRIGGER IF EXISTS tally_finished;
DROP TRIGGER IF EXISTS tally_resumed;
DROP TRIGGER IF EXISTS tally_option_trait;
DROP TRIGGER IF EXISTS tally_option_prop;
DROP TRIGGER IF EXISTS tally_node_prop;
DROP TRIGGER IF EXISTS tally_film_left;
DROP TABLE IF EXISTS tally;
DROP TABLE IF EXISTS tally_todo;

-- What leaves this machine, if the viewer says so (telemetry/share). A destination is a story's collector. Its secret
-- makes the keys by which an erasure proves that it comes from here, and the viewer's link that a collector sees;
-- destroying it cuts that link. An answer is never changed: the latest one holds.
CREATE TABLE destination(
    id INTEGER PRIMARY KEY, story TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, token TEXT,
    secret BLOB CHECK(length(secret) = 32), erasures INTEGER NOT NULL DEFAULT 0, confirmed_ms INTEGER,
    UNIQUE(story, address)) STRICT;
CREATE TABLE consent(
    id INTEGER PRIMARY KEY, destination INTEGER NOT NULL REFERENCES destination, answered_ms INTEGER NOT NULL,
    answer INTEGER NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX consent_destination ON consent(destination);

-- A viewing of which something was sent, or may have been: a row stands before the first byte leaves. When the viewing is
-- erased, whichever program erases it and for whatever reason, a tombstone takes its place in the same transaction. It
-- holds what the erasure over there is proved by, and nothing else, and stays until the collector has confirmed it.
CREATE TABLE shared(
    destination INTEGER NOT NULL REFERENCES destination,
    viewing INTEGER NOT NULL REFERENCES viewing ON DELETE CASCADE, key BLOB NOT NULL CHECK(length(key) = 32),
    offered INTEGER NOT NULL, acknowledged INTEGER NOT NULL, refused TEXT,
    PRIMARY KEY(destination, viewing), CHECK(acknowledged <= offered)) STRICT, WITHOUT ROWID;
CREATE INDEX shared_viewing ON shared(viewing);
CREATE TABLE outbox(
    destination INTEGER NOT NULL REFERENCES destination, viewing BLOB NOT NULL CHECK(length(viewing) = 16),
    key BLOB NOT NULL CHECK(length(key) = 32), erased_ms INTEGER NOT NULL,
    PRIMARY KEY(destination, viewing)) STRICT, WITHOUT ROWID;
CREATE TRIGGER shared_erased BEFORE DELETE ON viewing BEGIN
    INSERT OR IGNORE INTO outbox
    SELECT destination, old.uuid, key, CAST(strftime('%s', 'now') AS INTEGER) * 1000 FROM shared
    WHERE viewing = old.id AND refused IS NOT 'erased';
END;

-- name: version_11
-- Where a collector found that a viewing cannot have begun when its device said, started_ms is by the collector's clock, and what was said
-- stays here (telemetry/collect/dating.h).
ALTER TABLE viewing ADD COLUMN device_ms INTEGER;

-- What follows is made by its user when it is first needed (schema_optional_parts).

-- name: counts
-- The counts that a store keeps for reports, and the triggers that keep them right whichever program writes
-- (telemetry/count/aggregate.h).
CREATE TABLE tally(
    story INTEGER NOT NULL, day INTEGER NOT NULL, mode INTEGER NOT NULL, chooser INTEGER NOT NULL, nth INTEGER NOT NULL,
    cells BLOB NOT NULL /* encoding 7 */,
    PRIMARY KEY(story, day, mode, chooser, nth)) STRICT;
CREATE TABLE tally_todo(viewing INTEGER PRIMARY KEY) STRICT;

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

-- A film that an older program registered gets its traits and props, and what is left of it: all its viewings are counted anew.
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
CREATE TRIGGER tally_film_left AFTER INSERT ON film_left
WHEN EXISTS(SELECT 1 FROM tally WHERE story = (SELECT story FROM node WHERE id = new.node)) BEGIN
    INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing WHERE story = (SELECT story FROM node WHERE id = new.node);
    DELETE FROM tally WHERE story = (SELECT story FROM node WHERE id = new.node);
END;

-- name: merged
-- The marks of viewings that a merge has looked at (telemetry/keep/merge.h).
CREATE TABLE IF NOT EXISTS merged(mark INTEGER PRIMARY KEY) STRICT;

-- name: released
-- What anonymous exports told (telemetry/read/release.h).
CREATE TABLE IF NOT EXISTS released(
    id INTEGER PRIMARY KEY, story TEXT NOT NULL, version TEXT NOT NULL, film INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    k INTEGER NOT NULL CHECK(k > 1), question INTEGER NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
    answer TEXT NOT NULL, viewings INTEGER NOT NULL CHECK(viewings >= k)) STRICT;

-- name: ages
-- What is surely known of how old viewings are (telemetry/keep/age.h). An id of a viewing that was erased may be used
-- again, also by a program that knows nothing of ages: the new viewing has none until it is dated.
CREATE TABLE IF NOT EXISTS sighting(
    id INTEGER PRIMARY KEY, lived_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, boot_ms INTEGER NOT NULL, boot INTEGER,
    machine INTEGER, kept INTEGER NOT NULL CHECK(kept IN (0, 1, 2)), used INTEGER NOT NULL CHECK(used IN (0, 1))) STRICT;
CREATE TABLE IF NOT EXISTS age(
    viewing INTEGER PRIMARY KEY REFERENCES viewing ON DELETE CASCADE, seen INTEGER NOT NULL, due INTEGER) STRICT;
CREATE TRIGGER IF NOT EXISTS age_begun AFTER INSERT ON viewing BEGIN
    DELETE FROM age WHERE viewing = new.id;
END;

-- name: collected
-- What a collector knows of a viewing that it took in (telemetry/collect): by which key it may be added to and erased, and
-- what its viewer agreed to. When the viewing is erased, whichever program erases it and for whatever reason, a tombstone
-- takes its place, so that what arrives late is refused. A tombstone may come before the viewing does.
CREATE TABLE IF NOT EXISTS collected(
    viewing BLOB NOT NULL PRIMARY KEY CHECK(length(viewing) = 16), key BLOB NOT NULL CHECK(length(key) = 32),
    acknowledged INTEGER NOT NULL, received_ms INTEGER NOT NULL, clock_ms INTEGER NOT NULL,
    consent BLOB NOT NULL CHECK(length(consent) = 32), language TEXT NOT NULL, answered_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tombstone(
    viewing BLOB NOT NULL CHECK(length(viewing) = 16), key BLOB NOT NULL CHECK(length(key) = 32), erased_ms INTEGER NOT NULL,
    PRIMARY KEY(viewing, key)) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS collected_erased AFTER DELETE ON viewing BEGIN
    INSERT OR IGNORE INTO tombstone
        SELECT viewing, key, CAST(strftime('%s', 'now') AS INTEGER) * 1000 FROM collected WHERE viewing = old.uuid;
    DELETE FROM collected WHERE viewing = old.uuid;
END;
