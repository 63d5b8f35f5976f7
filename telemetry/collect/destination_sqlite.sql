-- What a collector's own store is asked. ?1 is a viewing: the 16 bytes of its id, or its number.

-- name: find_viewing
SELECT (SELECT id FROM viewing WHERE uuid = ?1), c.key, c.acknowledged FROM (SELECT 1) LEFT JOIN collected c ON c.viewing = ?1

-- name: is_erased
SELECT EXISTS(SELECT 1 FROM tombstone WHERE viewing = ?1 AND key = ?2)

-- name: same_viewing
SELECT EXISTS(SELECT 1 FROM viewing v WHERE id = ?1
    AND (story, coalesce(device_ms, started_ms), mode, chooser, time_mode, seed, engine) = (?2, ?3, ?4, ?5, ?6, ?7, ?8)
    AND viewer IS (SELECT id FROM viewer WHERE uuid = ?9) AND nth IS ?10 AND language IS ?11 AND subtitles IS ?12 AND channel IS ?13
    AND (SELECT count(*) FROM viewing_arm WHERE viewing = v.id) = ?14)

-- name: add_collected
INSERT INTO collected(viewing, key, acknowledged, received_ms, clock_ms, consent, language, answered_ms)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO UPDATE SET acknowledged = excluded.acknowledged, received_ms = excluded.received_ms, clock_ms = excluded.clock_ms

-- name: set_said
UPDATE viewing SET nth = ?2, device_ms = ?3 WHERE id = ?1

-- name: find_decision
-- Of the exposure ?2.
SELECT m.decision FROM exposure e JOIN menu m ON m.id = e.menu WHERE e.viewing = ?1 AND e.seq = ?2

-- name: is_resume
SELECT EXISTS(SELECT 1 FROM resume WHERE viewing = ?1 AND seq = ?2)

-- name: find_tombstone
SELECT max(erased_ms) FROM tombstone WHERE viewing = ?1 AND key = ?2

-- name: add_tombstone
INSERT INTO tombstone VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING

-- An event as it was sent: its columns in the order of the registry, names in the place of ids, lists with U+001F between. A leave and
-- an outcome are found by what they end (?3), as their tables are ordered; by their numbers all of the viewing's would be read.

-- name: visit
SELECT at_ms, (SELECT name FROM node WHERE id = e.node), planned_us FROM visit e WHERE viewing = ?1 AND seq = ?2

-- name: leave
SELECT at_ms, visit, playing_us, paused_us, hidden_us FROM leave WHERE viewing = ?1 AND seq = ?2 AND visit = ?3

-- name: exposure
SELECT at_ms, (SELECT d.name FROM menu m JOIN decision d ON d.id = m.decision WHERE m.id = e.menu),
    (SELECT coalesce(group_concat(name, x'1f'), '') FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu ORDER BY mo.position)),
    (SELECT coalesce(group_concat(name, x'1f'), '') FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu AND mo.locked ORDER BY mo.position)),
    focus, window_us, time_mode
FROM exposure e WHERE viewing = ?1 AND seq = ?2

-- name: outcome
SELECT at_ms, exposure, what, (SELECT name FROM option WHERE id = e.option), latency_us, given, changes
FROM outcome e WHERE viewing = ?1 AND seq = ?2 AND exposure = ?3

-- name: reached
SELECT at_ms, (SELECT name FROM ending WHERE id = e.ending) FROM reached e WHERE viewing = ?1 AND seq = ?2

-- name: stall
SELECT at_ms, visit, fault, lasted_us FROM stall WHERE viewing = ?1 AND seq = ?2

-- name: gap
SELECT at_ms, count, why FROM gap WHERE viewing = ?1 AND seq = ?2

-- name: resume
SELECT at_ms, resumed_ms, ended_ms, reason, playing_us, paused_us, hidden_us, place FROM resume WHERE viewing = ?1 AND seq = ?2

-- name: finish
SELECT at_ms, ended_ms, reason FROM finish WHERE viewing = ?1 AND seq = ?2

-- name: superseded
-- One field (?4) of the body, a list as the tables above tell it. No row: the event ?2 is not there as a ?3.
SELECT at_ms, CASE json_type(body, '$.' || ?4)
    WHEN 'array' THEN (SELECT coalesce(group_concat(value, x'1f'), '') FROM json_each(body, '$.' || ?4))
    ELSE json_extract(body, '$.' || ?4) END
FROM superseded WHERE viewing = ?1 AND seq = ?2 AND kind = ?3
