-- What counting reads of a store beside aggregate.sql.

-- name: menus
SELECT m.id, m.decision, m.shape, d.story FROM menu m JOIN decision d ON d.id = m.decision ORDER BY m.id
