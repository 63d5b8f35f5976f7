-- What a store says about its films. catalogue.c reads the columns of a query by their place.

-- name: stories
SELECT s.id, s.name, s.version, s.title, s.hash, sum(e.by_viewer), sum(e.by_age),
    (SELECT CAST(total(viewings) AS INTEGER) FROM unrecorded WHERE film = s.hash)
FROM story s
LEFT JOIN erased e ON e.film = s.hash
GROUP BY s.id
ORDER BY s.id

-- name: nodes
SELECT id, story, name, title, hash FROM node ORDER BY id

-- name: decisions
SELECT d.id, d.story, d.name, d.title, d.hash, n.name FROM decision d JOIN node n ON n.id = d.node ORDER BY d.id

-- name: options
SELECT o.id, o.decision, o.position, o.name, o.title, f.option IS NOT NULL
FROM option o
LEFT JOIN option_forget f ON f.option = o.id
ORDER BY o.decision, o.position, o.id

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
