-- What the author defined about traits and props, each for the one thing with the id ?1.

-- name: story_traits
SELECT id FROM trait WHERE story = ?1 ORDER BY id

-- name: menu_options
SELECT o.option, o.locked, m.decision
FROM menu m
JOIN menu_option o ON o.menu = m.id
WHERE m.id = ?1
ORDER BY o.position

-- name: option_scores
SELECT trait, score FROM option_trait WHERE option = ?1

-- name: option_props
SELECT prop FROM option_prop WHERE option = ?1

-- name: node_props
SELECT prop FROM node_prop WHERE node = ?1
