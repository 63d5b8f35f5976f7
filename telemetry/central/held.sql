-- What the engine holds about a key (held.h): all rows in the files, erased ones too. What was written twice is told once.

-- name: find
-- $ids, $keys and $links: texts in quotes, with commas between them.
SELECT DISTINCT id FROM (
    SELECT toString(viewing) AS id FROM $database.viewing
    WHERE toString(viewing) IN ($ids) OR key IN ($keys) OR visitParamExtractString(header, 'viewer') IN ($links)
    UNION ALL SELECT toString(viewing) AS id FROM $database.event WHERE toString(viewing) IN ($ids) OR key IN ($keys)
    UNION ALL SELECT toString(viewing) AS id FROM $database.counted WHERE toString(viewing) IN ($ids) OR key IN ($keys)
    UNION ALL SELECT toString(viewing) AS id FROM $database.erased WHERE toString(viewing) IN ($ids) OR key IN ($keys))
ORDER BY id

-- name: viewing
SELECT DISTINCT toString(viewing) AS id, month, upto, story, key, received_ms, consent, header FROM $database.viewing
WHERE viewing IN ($viewings)
ORDER BY id, upto
FORMAT TabSeparatedWithNames

-- name: event
SELECT DISTINCT toString(viewing) AS id, month, seq, key, kind, at_ms, received_ms, body FROM $database.event
WHERE viewing IN ($viewings)
ORDER BY id, seq, received_ms
FORMAT TabSeparatedWithNames

-- name: counted
SELECT DISTINCT toString(viewing) AS id, month, key, version, story, day, mode, chooser, nth, keys, bs, ns, path FROM $database.counted
WHERE viewing IN ($viewings)
ORDER BY id, version
FORMAT TabSeparatedWithNames

-- name: erased
SELECT DISTINCT toString(viewing) AS id, key, erased_ms, film, person, known FROM $database.erased
WHERE viewing IN ($viewings)
ORDER BY id, known
FORMAT TabSeparatedWithNames
