-- What a version of a film consists of, as one text, out of a store and into one (film.h).

-- name: read
-- Of the story ?1.
WITH n AS (SELECT id, row_number() OVER (ORDER BY id) AS place, name, title, hash FROM node WHERE story = ?1),
d AS (SELECT id, row_number() OVER (ORDER BY id) AS place, node, name, title, hash FROM decision WHERE story = ?1),
o AS (SELECT o.id, row_number() OVER (ORDER BY d.place, o.position, o.id) AS place, d.place AS decision, o.position, o.name,
    o.title, o.hash FROM option o JOIN d ON d.id = o.decision),
e AS (SELECT id, row_number() OVER (ORDER BY id) AS place, name, title FROM ending WHERE story = ?1),
t AS (SELECT id, row_number() OVER (ORDER BY id) AS place, name FROM trait WHERE story = ?1),
p AS (SELECT id, row_number() OVER (ORDER BY id) AS place, name, title FROM prop WHERE story = ?1),
a AS (SELECT id, row_number() OVER (ORDER BY id) AS place, experiment, position, name, weight, outcome FROM arm WHERE story = ?1)
SELECT json_object('story', json_array(s.name, s.version, s.title, s.hash),
    'nodes', json((SELECT json_group_array(json_array(name, title, hash)) FROM (SELECT * FROM n ORDER BY place))),
    'decisions', json((SELECT json_group_array(json_array(node, name, title, hash)) FROM (
        SELECT n.place AS node, d.name, d.title, d.hash FROM d JOIN n ON n.id = d.node ORDER BY d.place))),
    'options', json((SELECT json_group_array(json_array(decision, position, name, title, hash)) FROM (
        SELECT * FROM o ORDER BY place))),
    'endings', json((SELECT json_group_array(json_array(name, title)) FROM (SELECT * FROM e ORDER BY place))),
    'traits', json((SELECT json_group_array(json_array(name)) FROM (SELECT * FROM t ORDER BY place))),
    'props', json((SELECT json_group_array(json_array(name, title)) FROM (SELECT * FROM p ORDER BY place))),
    'arms', json((SELECT json_group_array(json_array(experiment, position, name, weight, outcome)) FROM (
        SELECT * FROM a ORDER BY place))),
    'option_traits', json((SELECT json_group_array(json_array(option, trait, score)) FROM (
        SELECT o.place AS option, t.place AS trait, x.score FROM option_trait x
        JOIN o ON o.id = x.option JOIN t ON t.id = x.trait ORDER BY 1, 2))),
    'option_props', json((SELECT json_group_array(json_array(option, prop)) FROM (
        SELECT o.place AS option, p.place AS prop FROM option_prop x
        JOIN o ON o.id = x.option JOIN p ON p.id = x.prop ORDER BY 1, 2))),
    'node_props', json((SELECT json_group_array(json_array(node, prop)) FROM (
        SELECT n.place AS node, p.place AS prop FROM node_prop x
        JOIN n ON n.id = x.node JOIN p ON p.id = x.prop ORDER BY 1, 2))),
    'forgetful', json((SELECT json_group_array(place) FROM (
        SELECT o.place FROM option_forget x JOIN o ON o.id = x.option ORDER BY 1))),
    'film_left', json((SELECT json_group_array(json_array(node, shortest_us, expected_us)) FROM (
        SELECT n.place AS node, x.shortest_us, x.expected_us FROM film_left x JOIN n ON n.id = x.node ORDER BY 1))))
FROM story s
WHERE s.id = ?1

-- name: prepare
-- The connection's own.
CREATE TEMP TABLE IF NOT EXISTS film(
    body TEXT, story INTEGER, node INTEGER, decision INTEGER, option INTEGER, ending INTEGER, trait INTEGER, prop INTEGER,
    arm INTEGER);
DELETE FROM temp.film

-- name: choose
INSERT INTO temp.film SELECT ?1, (SELECT coalesce(max(id), 0) FROM story), (SELECT coalesce(max(id), 0) FROM node),
    (SELECT coalesce(max(id), 0) FROM decision), (SELECT coalesce(max(id), 0) FROM option),
    (SELECT coalesce(max(id), 0) FROM ending), (SELECT coalesce(max(id), 0) FROM trait),
    (SELECT coalesce(max(id), 0) FROM prop), (SELECT coalesce(max(id), 0) FROM arm)

-- name: bases
SELECT story, node, decision, option, ending, trait, prop, arm FROM temp.film

-- name: write
INSERT INTO story(id, name, version, title, hash)
SELECT story + 1, body ->> '$.story[0]', body ->> '$.story[1]', body ->> '$.story[2]', body ->> '$.story[3]' FROM temp.film;
INSERT INTO node(id, story, name, title, hash)
SELECT f.node + e.key + 1, f.story + 1, e.value ->> 0, e.value ->> 1, e.value ->> 2
FROM temp.film f, json_each(f.body, '$.nodes') e;
INSERT INTO decision(id, story, node, name, title, hash)
SELECT f.decision + e.key + 1, f.story + 1, f.node + (e.value ->> 0), e.value ->> 1, e.value ->> 2, e.value ->> 3
FROM temp.film f, json_each(f.body, '$.decisions') e;
INSERT INTO option(id, decision, position, name, title, hash)
SELECT f.option + e.key + 1, f.decision + (e.value ->> 0), e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4
FROM temp.film f, json_each(f.body, '$.options') e;
INSERT INTO ending(id, story, name, title)
SELECT f.ending + e.key + 1, f.story + 1, e.value ->> 0, e.value ->> 1 FROM temp.film f, json_each(f.body, '$.endings') e;
INSERT INTO trait(id, story, name)
SELECT f.trait + e.key + 1, f.story + 1, e.value ->> 0 FROM temp.film f, json_each(f.body, '$.traits') e;
INSERT INTO prop(id, story, name, title)
SELECT f.prop + e.key + 1, f.story + 1, e.value ->> 0, e.value ->> 1 FROM temp.film f, json_each(f.body, '$.props') e;
INSERT INTO arm(id, story, experiment, position, name, weight, outcome)
SELECT f.arm + e.key + 1, f.story + 1, e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4
FROM temp.film f, json_each(f.body, '$.arms') e;
INSERT INTO option_trait
SELECT f.option + (e.value ->> 0), f.trait + (e.value ->> 1), e.value ->> 2
FROM temp.film f, json_each(f.body, '$.option_traits') e;
INSERT INTO option_prop
SELECT f.option + (e.value ->> 0), f.prop + (e.value ->> 1) FROM temp.film f, json_each(f.body, '$.option_props') e;
INSERT INTO node_prop
SELECT f.node + (e.value ->> 0), f.prop + (e.value ->> 1) FROM temp.film f, json_each(f.body, '$.node_props') e;
INSERT INTO option_forget SELECT f.option + e.value FROM temp.film f, json_each(f.body, '$.forgetful') e;
INSERT INTO film_left
SELECT f.node + (e.value ->> 0), e.value ->> 1, e.value ->> 2 FROM temp.film f, json_each(f.body, '$.film_left') e
