-- Erasing viewings, inside one transaction.

-- name: delete_leaves
-- The viewing ?1 first: what refers to other rows goes before them, a leave and a stall before their visit, an outcome
-- before its exposure.
DELETE FROM leave WHERE viewing = ?1

-- name: delete_stalls
DELETE FROM stall WHERE viewing = ?1

-- name: delete_visits
DELETE FROM visit WHERE viewing = ?1

-- name: delete_outcomes
DELETE FROM outcome WHERE viewing = ?1

-- name: delete_exposures
DELETE FROM exposure WHERE viewing = ?1

-- name: delete_viewing
-- Its other events go with it (ON DELETE CASCADE).
DELETE FROM viewing WHERE id = ?1

-- name: delete_unused
-- Then what no viewing names any more. A film's version goes with its last viewing; a film that plays, and whose
-- viewing has not begun yet, registers it again.
DELETE FROM viewer WHERE id NOT IN (SELECT viewer FROM viewing WHERE viewer IS NOT NULL);
DELETE FROM menu_option WHERE menu IN (SELECT m.id FROM menu m JOIN decision d ON d.id = m.decision
    WHERE d.story NOT IN (SELECT story FROM viewing));
DELETE FROM menu WHERE decision IN (SELECT id FROM decision WHERE story NOT IN (SELECT story FROM viewing));
DELETE FROM option WHERE decision IN (SELECT id FROM decision WHERE story NOT IN (SELECT story FROM viewing));
DELETE FROM decision WHERE story NOT IN (SELECT story FROM viewing);
DELETE FROM ending WHERE story NOT IN (SELECT story FROM viewing);
DELETE FROM node WHERE story NOT IN (SELECT story FROM viewing);
DELETE FROM story WHERE id NOT IN (SELECT story FROM viewing);

-- name: count_erased
UPDATE control SET changed = changed + 1, erased = erased + ?1
