-- Erasing viewings, inside one transaction.

-- name: count_chosen
-- The viewing ?1, if a person watched it: somebody chose to erase it.
INSERT INTO erased
SELECT t.hash, c.mark, 1, 0 FROM viewing v
JOIN story t ON t.id = v.story
JOIN control c
WHERE v.id = ?1 AND v.mode = 0 AND v.chooser = 0
ON CONFLICT DO UPDATE SET by_viewer = by_viewer + 1

-- name: count_aged
-- The same, if it became too old.
INSERT INTO erased
SELECT t.hash, c.mark, 0, 1 FROM viewing v
JOIN story t ON t.id = v.story
JOIN control c
WHERE v.id = ?1 AND v.mode = 0 AND v.chooser = 0
ON CONFLICT DO UPDATE SET by_age = by_age + 1

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

-- name: forget_erased
-- When everything goes, so does the count of what went before: there are no numbers left that it could bound. Nor are
-- there any left that a producer's notes could stand beside, or that were told before.
DELETE FROM erased;
DELETE FROM unrecorded;
DELETE FROM released;
DELETE FROM note
