-- Months that go as a whole (retaining.h).

-- name: months
-- All of which there are rows, and how many viewings each has.
SELECT month, sum(n) FROM (
    SELECT month, toUInt64(0) AS n FROM $database.event GROUP BY month
    UNION ALL SELECT month, toUInt64(0) AS n FROM $database.counted GROUP BY month
    UNION ALL SELECT month, count() AS n FROM $database.viewing FINAL
    WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    GROUP BY month)
GROUP BY month
ORDER BY month

-- name: watched
-- What a person watched in a window in this month, by versions: reports say how many went by age.
SELECT story, count() FROM $database.viewing FINAL
WHERE month = $month AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    AND visitParamExtractInt(header, 'mode') = $window AND visitParamExtractInt(header, 'chooser') = $person
GROUP BY story
ORDER BY story

-- name: drop
ALTER TABLE $database.viewing_local ON CLUSTER '$cluster' DROP PARTITION $month;
ALTER TABLE $database.counted_local ON CLUSTER '$cluster' DROP PARTITION $month;
ALTER TABLE $database.event_local ON CLUSTER '$cluster' DROP PARTITION $month;
