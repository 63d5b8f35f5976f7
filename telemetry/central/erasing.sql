-- Erasing viewings (erasing.h).

-- name: find
SELECT toString(viewing), key, story,
    visitParamExtractInt(header, 'mode') = $window AND visitParamExtractInt(header, 'chooser') = $person
FROM $database.viewing FINAL
WHERE viewing IN ($viewings)

-- name: left
-- Erased viewings of which there are rows, and how many rows.
SELECT toString(viewing), key, count(), month FROM $database.$table
WHERE key != '-' AND (viewing, key) IN (SELECT viewing, key FROM $database.erased_local)
GROUP BY viewing, key, month
ORDER BY viewing, key
LIMIT 1000

-- name: delete
ALTER TABLE $database.$table_local ON CLUSTER '$cluster' DELETE
WHERE (viewing IN ($viewings) AND key IN ($keys)) OR key = '-'
