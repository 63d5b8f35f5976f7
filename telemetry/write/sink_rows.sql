-- How the writer looks up, adds and reads rows. A find and the add after it take the same values; the find uses the
-- first of them. Events' own rows are inserted by statements that sink_rows.c makes from the registry.

-- name: begin
BEGIN IMMEDIATE

-- name: commit
COMMIT

-- name: find_story
SELECT id FROM story WHERE name = ?1 AND version = ?2 AND hash = ?3

-- name: add_story
INSERT INTO story(name, version, hash, title) VALUES(?1, ?2, ?3, ?4)

-- name: find_node
SELECT id FROM node WHERE story = ?1 AND name = ?2 AND hash = ?3

-- name: add_node
INSERT INTO node(story, name, hash, title) VALUES(?1, ?2, ?3, ?4)

-- name: find_decision
SELECT id FROM decision WHERE story = ?1 AND name = ?2 AND hash = ?3

-- name: add_decision
INSERT INTO decision(story, name, hash, title, node) VALUES(?1, ?2, ?3, ?4, ?5)

-- name: find_option
SELECT id FROM option WHERE decision = ?1 AND name = ?2 AND hash = ?3

-- name: add_option
INSERT INTO option(decision, name, hash, title, position) VALUES(?1, ?2, ?3, ?4, ?5)

-- name: find_ending
SELECT id FROM ending WHERE story = ?1 AND name = ?2

-- name: add_ending
INSERT INTO ending(story, name, title) VALUES(?1, ?2, ?3)

-- name: find_menu
SELECT id FROM menu WHERE decision = ?1 AND shape = ?2

-- name: add_menu
INSERT INTO menu(decision, shape) VALUES(?1, ?2)

-- name: add_menu_option
INSERT INTO menu_option(menu, position, option, locked) VALUES(?1, ?2, ?3, ?4)

-- name: find_trait
SELECT id FROM trait WHERE story = ?1 AND name = ?2

-- name: add_trait
INSERT INTO trait(story, name) VALUES(?1, ?2)

-- name: find_prop
SELECT id FROM prop WHERE story = ?1 AND name = ?2

-- name: add_prop
INSERT INTO prop(story, name, title) VALUES(?1, ?2, ?3)

-- name: add_option_trait
INSERT INTO option_trait VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING

-- name: add_option_prop
INSERT INTO option_prop VALUES(?1, ?2) ON CONFLICT DO NOTHING

-- name: add_node_prop
INSERT INTO node_prop VALUES(?1, ?2) ON CONFLICT DO NOTHING

-- name: add_forget
INSERT INTO option_forget VALUES(?1) ON CONFLICT DO NOTHING

-- name: add_film_left
INSERT INTO film_left VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING

-- name: find_arm
SELECT id FROM arm WHERE story = ?1 AND experiment = ?2 AND name = ?3

-- name: add_arm
INSERT INTO arm(story, experiment, name, position, weight, outcome) VALUES(?1, ?2, ?3, ?4, ?5, ?6)

-- name: add_viewing_arm
INSERT INTO viewing_arm VALUES(?1, ?2) ON CONFLICT DO NOTHING

-- name: find_viewer
SELECT id FROM viewer WHERE uuid = ?1

-- name: add_viewer
INSERT INTO viewer(uuid) VALUES(?1)

-- name: find_viewing
SELECT id FROM viewing WHERE uuid = ?1

-- name: add_viewing
-- nth, unless the caller knows it (?10): one more than the viewer's viewings of the film, in any version. Not known
-- (NULL) without a viewer, and where the viewing goes on with one that this store does not have (?11).
INSERT INTO viewing(uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, language, subtitles, channel,
    nth)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?12, ?13, ?14, coalesce(?10, CASE WHEN ?9 IS NOT NULL AND NOT ?11 THEN 1 + (
    SELECT count(*) FROM viewing v
    JOIN story s ON s.id = v.story
    WHERE v.viewer = ?9 AND s.name = (SELECT name FROM story WHERE id = ?2)) END))

-- name: read_control
SELECT mark, changed, paused_ms IS NOT NULL FROM control

-- name: show_life
-- The viewing with the id ?1 plays at the wall clock ?2. One that has ended, or was erased, does not.
INSERT INTO alive SELECT v.id, ?2 FROM viewing v
WHERE v.uuid = ?1 AND NOT EXISTS(SELECT 1 FROM finish WHERE viewing = v.id)
ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms

-- name: end_life
DELETE FROM alive WHERE viewing = ?1
