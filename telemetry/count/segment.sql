-- What each viewing has of a kind of segment: its id, whether a person watched it in a window, and the value: a code or a
-- text. ?1 is the segment's argument.

-- name: input
-- With what most of its picks were made; of several, the one that came first.
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce((SELECT u.given FROM outcome u
    WHERE u.viewing = v.id AND u.what = 0 GROUP BY u.given ORDER BY count(*) DESC, min(u.seq) LIMIT 1), 0)
FROM viewing v ORDER BY v.id

-- name: viewings
SELECT v.id, v.mode = 0 AND v.chooser = 0, min(coalesce(v.nth, 0), 2) FROM viewing v ORDER BY v.id

-- name: time
SELECT v.id, v.mode = 0 AND v.chooser = 0, CAST(v.time_mode AS TEXT) FROM viewing v ORDER BY v.id

-- name: language
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce(v.language, 'unknown') FROM viewing v ORDER BY v.id

-- name: subtitles
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce(v.subtitles, 2) FROM viewing v ORDER BY v.id

-- name: channel
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce(v.channel, '(none)') FROM viewing v ORDER BY v.id

-- name: arm
-- In the experiment ?1.
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce((SELECT a.name FROM viewing_arm x
    JOIN arm a ON a.id = x.arm AND a.experiment = ?1 WHERE x.viewing = v.id), '(none)')
FROM viewing v ORDER BY v.id

-- name: took
-- Its first answer at the decision ?1 (telemetry/count/answers.h): the option, or how the decision ended without one.
SELECT v.id, v.mode = 0 AND v.chooser = 0, coalesce((
    SELECT CASE u.what WHEN 0 THEN coalesce(o.name, '(unknown)') WHEN 1 THEN '(timeout)' ELSE '(left)' END
    FROM exposure e
    JOIN menu m ON m.id = e.menu
    JOIN decision d ON d.id = m.decision AND d.name = ?1
    LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
    LEFT JOIN option o ON o.id = u.option
    WHERE e.viewing = v.id ORDER BY coalesce(u.what, 9) > 1, e.seq LIMIT 1), '(not asked)')
FROM viewing v ORDER BY v.id
