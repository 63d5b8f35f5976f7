-- Whether two stores hold the same viewing.

-- name: uuids
SELECT uuid FROM viewing

-- name: find_uuid
SELECT 1 FROM viewing WHERE uuid = ?1
