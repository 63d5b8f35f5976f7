-- What a person did over all viewings of a film. Each query has the columns film, version, id, option, title, k, n, µs; ?1 is a
-- film's id, or NULL for all. Viewings by people, in a window, count.

-- name: came_back
WITH one AS (
    SELECT s.name AS film, v.viewer, count(*) AS n FROM viewing v JOIN story s ON s.id = v.story
    WHERE v.mode = 0 AND v.chooser = 0 AND v.viewer IS NOT NULL AND s.name = coalesce(?1, s.name) GROUP BY 1, 2)
SELECT film, NULL, 'twice', NULL, 'watched it twice or more', sum(n >= 2), count(*), NULL FROM one GROUP BY film
UNION ALL
SELECT film, NULL, 'three times', NULL, 'watched it three times or more', sum(n >= 3), count(*), NULL FROM one GROUP BY film

-- name: not_linked
SELECT s.name, NULL, 'no link', NULL, 'viewings without a link to a viewer', sum(v.viewer IS NULL), count(*), NULL
FROM viewing v JOIN story s ON s.id = v.story
WHERE v.mode = 0 AND v.chooser = 0 AND s.name = coalesce(?1, s.name) GROUP BY 1

-- name: seen
-- Of each viewer, how many of the nodes (by name, of the versions that they watched) they entered: in their first viewing,
-- and over all.
WITH watched AS (
    SELECT s.name AS film, v.viewer, v.id, v.story, v.nth FROM viewing v JOIN story s ON s.id = v.story
    WHERE v.mode = 0 AND v.chooser = 0 AND v.viewer IS NOT NULL AND s.name = coalesce(?1, s.name)),
saw AS (
    SELECT w.film, w.viewer, max(w.nth = 1) AS has_first, count(DISTINCT n.name) AS seen,
        count(DISTINCT CASE w.nth WHEN 1 THEN n.name END) AS first
    FROM watched w JOIN visit i ON i.viewing = w.id JOIN node n ON n.id = i.node GROUP BY w.film, w.viewer),
have AS (
    SELECT w.film, w.viewer, count(DISTINCT n.name) AS there
    FROM (SELECT DISTINCT film, viewer, story FROM watched) w JOIN node n ON n.story = w.story GROUP BY w.film, w.viewer),
one AS (SELECT saw.*, have.there FROM saw JOIN have USING(film, viewer)),
part(least, words) AS (VALUES(25, 'a quarter'), (50, 'half'), (75, 'three quarters'), (100, 'all'))
SELECT film, NULL, 'first viewing', least || ' %', words || ' of the nodes or more, in the first viewing',
    sum(100 * first >= least * there), count(*), NULL FROM one, part WHERE has_first GROUP BY film, least
UNION ALL
SELECT film, NULL, 'all viewings', least || ' %', words || ' of the nodes or more, over all viewings',
    sum(100 * seen >= least * there), count(*), NULL FROM one, part GROUP BY film, least

-- name: second_choice
-- First answers (telemetry/count/answers.h) of a viewer's first and second viewing to the same decision, where both are
-- picks: from which option to which.
WITH answer AS (
    SELECT s.name AS film, v.viewer, v.nth, d.name AS decision, d.hash, d.title, u.what, o.name AS option,
        row_number() OVER (PARTITION BY v.id, d.hash ORDER BY coalesce(u.what, 9) > 1, e.seq) AS place
    FROM viewing v
    JOIN story s ON s.id = v.story
    JOIN exposure e ON e.viewing = v.id
    JOIN menu m ON m.id = e.menu
    JOIN decision d ON d.id = m.decision
    LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
    LEFT JOIN option o ON o.id = u.option
    WHERE v.mode = 0 AND v.chooser = 0 AND v.viewer IS NOT NULL AND v.nth IN (1, 2) AND s.name = coalesce(?1, s.name)),
pair AS (
    SELECT a.film, a.decision, a.hash, a.title, a.option AS one, b.option AS two
    FROM answer a JOIN answer b ON b.film = a.film AND b.viewer = a.viewer AND b.hash = a.hash AND b.nth = 2 AND b.place = 1
    WHERE a.nth = 1 AND a.place = 1 AND a.what = 0 AND b.what = 0)
SELECT film, NULL, decision, NULL, coalesce(title, decision) || ' another option the second time', sum(one <> two), count(*), NULL
FROM pair GROUP BY film, hash
UNION ALL
SELECT film, NULL, decision, one || ' → ' || two, coalesce(title, decision) || ' ' || one || ', then ' || two, count(*),
    sum(count(*)) OVER (PARTITION BY film, hash, one), NULL
FROM pair GROUP BY film, hash, one, two
ORDER BY 1, 3, 4

-- name: timeout
-- With which option the film went on where nobody had chosen.
WITH late AS (
    SELECT s.name AS film, s.version, d.name AS decision, d.id AS which, d.title, o.name AS option, o.title AS words
    FROM outcome u
    JOIN viewing v ON v.id = u.viewing AND v.mode = 0 AND v.chooser = 0
    JOIN exposure e ON e.viewing = u.viewing AND e.seq = u.exposure
    JOIN menu m ON m.id = e.menu
    JOIN decision d ON d.id = m.decision
    JOIN story s ON s.id = d.story
    LEFT JOIN option o ON o.id = u.option
    WHERE u.what = 1 AND s.name = coalesce(?1, s.name))
SELECT film, version, decision, coalesce(option, '(none)'),
    coalesce(title, decision) || ' ' || coalesce(words, option, 'the film went its own way'), count(*),
    sum(count(*)) OVER (PARTITION BY which), NULL
FROM late GROUP BY which, option ORDER BY film, version, decision, option

-- name: props
-- Time for which a prop's nodes played and could be seen; k: viewings that saw it, n: viewings of that version.
SELECT s.name, s.version, p.name, NULL, coalesce(p.title, p.name), count(DISTINCT v.id),
    (SELECT count(*) FROM viewing w WHERE w.story = s.id AND w.mode = 0 AND w.chooser = 0),
    CAST(total(coalesce(l.playing_us, 0) - coalesce(l.hidden_us, 0)) AS INTEGER)
FROM prop p
JOIN story s ON s.id = p.story
JOIN node_prop np ON np.prop = p.id
JOIN visit i ON i.node = np.node
JOIN viewing v ON v.id = i.viewing AND v.mode = 0 AND v.chooser = 0
LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
WHERE s.name = coalesce(?1, s.name) GROUP BY p.id ORDER BY s.id, p.id
