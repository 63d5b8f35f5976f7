-- Answers of the viewings that an anonymous export counts: people's first viewings, in a window, that began in or
-- after ?3 and before ?2. Rows of (viewing, answer) come in the order of viewings.

-- name: stories
SELECT id, name, version, hash FROM story WHERE ?1 IS NULL OR name = ?1 ORDER BY name, id

-- name: decisions
SELECT id, name FROM decision WHERE story = ?1 ORDER BY id

-- name: months
SELECT v.id, strftime('%Y-%m', v.started_ms / 1000, 'unixepoch')
FROM viewing v
WHERE v.story = ?1 AND v.chooser = 0 AND v.mode = 0 AND coalesce(v.nth, 1) = 1 AND v.started_ms BETWEEN ?3 AND ?2 - 1
ORDER BY v.id

-- name: endings
SELECT v.id,
    (SELECT g.name FROM reached r JOIN ending g ON g.id = r.ending WHERE r.viewing = v.id ORDER BY r.seq LIMIT 1)
FROM viewing v
WHERE v.story = ?1 AND v.chooser = 0 AND v.mode = 0 AND coalesce(v.nth, 1) = 1 AND v.started_ms BETWEEN ?3 AND ?2 - 1
ORDER BY v.id

-- name: outcomes
-- Of each viewing's first exposure to the decision ?1.
SELECT e.viewing,
    CASE u.what WHEN 0 THEN o.name WHEN 1 THEN '(timeout)' WHEN 2 THEN '(skipped)' WHEN 3 THEN '(rewound)'
        WHEN 4 THEN '(quit)' ELSE '(unknown)' END,
    min(e.seq)
FROM menu m
JOIN exposure e ON e.menu = m.id
JOIN viewing v ON v.id = e.viewing
    AND v.chooser = 0 AND v.mode = 0 AND coalesce(v.nth, 1) = 1 AND v.started_ms BETWEEN ?3 AND ?2 - 1
LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
LEFT JOIN option o ON o.id = u.option
WHERE m.decision = ?1
GROUP BY e.viewing
ORDER BY e.viewing

-- name: month_sizes
-- Each month, how many viewings began in it, and when it is over (ms since 1970).
SELECT strftime('%Y-%m', v.started_ms / 1000, 'unixepoch') AS month, count(*),
    strftime('%s', strftime('%Y-%m-01', v.started_ms / 1000, 'unixepoch'), '+1 month') * 1000
FROM viewing v
WHERE v.story = ?1 AND v.chooser = 0 AND v.mode = 0 AND coalesce(v.nth, 1) = 1 AND v.started_ms BETWEEN ?3 AND ?2 - 1
GROUP BY month
ORDER BY month
