-- What gathering adds to a store beside viewings and films (gather.h).

-- name: add_erased
INSERT INTO erased SELECT ?1, ?2, ?3, ?4 WHERE ?3 > 0 OR ?4 > 0 OR ?5 < 0

-- name: add_unrecorded
INSERT INTO unrecorded SELECT ?1, ?2, ?5 WHERE ?5 > 0 OR ?3 < 0 OR ?4 < 0

-- name: add_menu
INSERT INTO menu(decision, shape) VALUES(?1, ?2)
ON CONFLICT DO UPDATE SET shape = excluded.shape
RETURNING id

-- name: add_menu_option
INSERT OR IGNORE INTO menu_option
SELECT ?1, ?2, id, ?5 FROM option WHERE decision = ?3 AND position = ?4
