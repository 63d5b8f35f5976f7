-- What a collector's store holds under the key ?1: the 16 bytes of a viewing's id, or of a viewer's link.

-- name: is_collector
SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'table' AND name IN ('collected', 'tombstone')

-- name: viewings
SELECT v.uuid, p.uuid, s.name, s.version, coalesce(v.device_ms, v.started_ms), c.acknowledged, c.received_ms, c.clock_ms, lower(hex(c.consent)), c.language,
    c.answered_ms, CASE WHEN v.device_ms IS NOT NULL THEN v.started_ms END
FROM viewing v
JOIN story s ON s.id = v.story
LEFT JOIN viewer p ON p.id = v.viewer
LEFT JOIN collected c ON c.viewing = v.uuid
WHERE v.uuid = ?1 OR v.viewer = (SELECT id FROM viewer WHERE uuid = ?1)
ORDER BY v.started_ms, v.id

-- name: erased
SELECT max(erased_ms) FROM tombstone WHERE viewing = ?1
