-- Sums of months (rolling.h). $others: a condition for the months whose sums don't fit.
--
-- Cells 0 and 1 are no cells of viewings: the sums' own marks, how many viewings they are of, and the sum of these viewings' hashes. They are
-- added up by the same query from the same rows, so that sums cannot claim to be of other viewings than they are.

-- name: fitting
-- Months whose sums are of exactly the viewings that are there, as these are now.
SELECT month, viewings, print FROM (
    SELECT month, sumIf(n, cell = 0) AS viewings, sumIf(n, cell = 1) AS print FROM $database.rolled WHERE cell < 2 GROUP BY month)
WHERE (month, viewings, print) IN (
    SELECT month, toInt64(count()), sum(toInt64(cityHash64(toString(viewing), key, toUInt64($encoding) * 4294967296 + upto)))
    FROM $database.viewing FINAL
    WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    GROUP BY month)
ORDER BY month

-- name: due
-- Other months before $before, whose viewings are all counted as they are now.
SELECT month FROM (
    SELECT month, toInt64(count()) AS viewings,
        sum(toInt64(cityHash64(toString(viewing), key, toUInt64($encoding) * 4294967296 + upto))) AS print
    FROM $database.viewing FINAL
    WHERE month > 0 AND month < $before AND $others
        AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    GROUP BY month)
WHERE (month, viewings, print) IN (
    SELECT month, toInt64(count()), sum(toInt64(cityHash64(toString(viewing), key, version)))
    FROM $database.counted FINAL
    WHERE month > 0 AND month < $before AND $others
        AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
    GROUP BY month)
ORDER BY month

-- name: untrue
-- Months with sums that are not as their viewings are.
SELECT DISTINCT month FROM $database.rolled WHERE cell < 2 AND $others ORDER BY month

-- name: stage
-- Where the sums of $month are built, on the node that is asked: in the table $staging.
CREATE TABLE $database.$staging AS $database.rolled ENGINE = MergeTree
PARTITION BY month ORDER BY (cell, b, story, day, mode, chooser, nth)

-- name: fill
INSERT INTO $database.$staging
SELECT toUInt32($month), story, day, mode, chooser, nth, cell, b, sum(each)
FROM $database.counted FINAL
ARRAY JOIN arrayConcat([toUInt64(0), toUInt64(1)], keys) AS cell, arrayConcat([toUInt64(0), toUInt64(0)], bs) AS b,
    arrayConcat([toInt64(1), toInt64(cityHash64(toString(viewing), key, version))], ns) AS each
WHERE month = $month AND (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)
GROUP BY story, day, mode, chooser, nth, cell, b

-- name: swap
-- They take the place of the month's sums in one step. Where nothing was filled in, nothing does: 18.16 hands DROP PARTITION on to another
-- node, which may be away, but not this.
ALTER TABLE $database.rolled REPLACE PARTITION $month FROM $database.$staging

-- name: unstage
DROP TABLE IF EXISTS $database.$staging

-- name: left_over
-- Tables of programs that were killed while they built.
SELECT name FROM system.tables WHERE database = '$database' AND name LIKE 'rolling\_%' ORDER BY name
