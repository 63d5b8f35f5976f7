-- What the cube of counts reads from a store itself. The counts come from aggregate.sql.

-- name: path_nodes
-- The nodes that the viewing ?1 visited.
SELECT n.name, n.title
FROM visit i
JOIN node n ON n.id = i.node
WHERE i.viewing = ?1
ORDER BY i.seq

-- name: n_viewings
SELECT count(*) FROM viewing

-- name: viewings
-- By people.
SELECT id, story, started_ms FROM viewing WHERE mode = 0 AND chooser = 0 ORDER BY id
