-- What a store says about its films. catalogue.c reads the columns of a query by their place.

-- name: stories
SELECT id, name, version, title, hash FROM story ORDER BY id

-- name: nodes
SELECT id, story, name, title, hash FROM node ORDER BY id

-- name: decisions
SELECT d.id, d.story, d.name, d.title, d.hash, n.name FROM decision d JOIN node n ON n.id = d.node ORDER BY d.id

-- name: options
SELECT id, decision, position, name, title FROM option ORDER BY decision, position, id

-- name: endings
SELECT id, story, name, title FROM ending ORDER BY id

-- name: traits
SELECT id, story, name FROM trait ORDER BY id

-- name: props
SELECT id, story, name, title FROM prop ORDER BY id

-- name: option_props
SELECT option, prop FROM option_prop

-- name: menus
SELECT m.id, m.decision, o.option, o.locked
FROM menu m
JOIN menu_option o ON o.menu = m.id
ORDER BY m.id, o.position
