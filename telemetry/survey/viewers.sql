-- What a person did over all viewings of a film. Each query has a row for each case, which viewers.c adds up: the columns film,
-- version, id, option, title, k and n (of this case), µs, the viewing that it counts with (a viewer's is their first), and for
-- a share of several answers what it is a share of: rows with the same there are its n. The last column tells rows apart that have
-- the same words. ?1 is a film's id, or NULL for all.
-- Viewings by people, in a window, count.

-- name: came_back
WITH one AS (
    SELECT s.name AS film, v.viewer, count(*) AS n, min(v.id) AS viewing FROM viewing v JOIN story s ON s.id = v.story
    WHERE v.mode = 0 AND v.chooser = 0 AND v.viewer IS NOT NULL AND s.name = coalesce(?1, s.name) GROUP BY 1, 2),
part(least, id, words) AS (
    VALUES(2, 'twice', 'watched it twice or more'), (3, 'three times', 'watched it three times or more'))
SELECT film, NULL, id, NULL, words, n >= least, 1, NULL, viewing, NULL, NULL FROM one, part ORDER BY film, least

-- name: not_linked
SELECT s.name, NULL, 'no link', NULL, 'viewings without a link to a viewer', v.viewer IS NULL, 1, NULL, v.id, NULL, NULL
FROM viewing v JOIN story s ON s.id = v.story
WHERE v.mode = 0 AND v.chooser = 0 AND s.name = coalesce(?1, s.name) ORDER BY 1

-- name: seen
-- Of each viewer, how many of the nodes (by name, of the versions that they watched) they entered: in their first viewing,
-- and over all.
WITH watched AS (
    SELECT s.name AS film, v.viewer, v.id, v.story, v.nth FROM viewing v JOIN story s ON s.id = v.story
    WHERE v.mode = 0 AND v.chooser = 0 AND v.viewer IS NOT NULL AND s.name = coalesce(?1, s.name)),
saw AS (
    SELECT w.film, w.viewer, min(w.id) AS viewing, max(w.nth = 1) AS has_first, count(DISTINCT n.name) AS seen,
        count(DISTINCT CASE w.nth WHEN 1 THEN n.name END) AS first
    FROM watched w JOIN visit i ON i.viewing = w.id JOIN node n ON n.id = i.node GROUP BY w.film, w.viewer),
have AS (
    SELECT w.film, w.viewer, count(DISTINCT n.name) AS there
    FROM (SELECT DISTINCT film, viewer, story FROM watched) w JOIN node n ON n.story = w.story GROUP BY w.film, w.viewer),
one AS (SELECT saw.*, have.there FROM saw JOIN have USING(film, viewer)),
part(least, words) AS (VALUES(25, 'a quarter'), (50, 'half'), (75, 'three quarters'), (100, 'all'))
SELECT film, NULL, 'first viewing', least || ' %', words || ' of the nodes or more, in the first viewing',
    100 * first >= least * there, 1, NULL, viewing, NULL, 1 AS place, least FROM one, part WHERE has_first
UNION ALL
SELECT film, NULL, 'all viewings', least || ' %', words || ' of the nodes or more, over all viewings',
    100 * seen >= least * there, 1, NULL, viewing, NULL, 2, least FROM one, part
ORDER BY film, place, least

-- name: second_choice
-- First answers (telemetry/count/answers.h) of a viewer's first and second viewing to the same decision, where both are
-- picks: from which option to which.
WITH answer AS (
    SELECT s.name AS film, v.id AS viewing, v.viewer, v.nth, d.name AS decision, d.hash, d.title, u.what,
        o.name AS option,
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
    SELECT a.film, a.viewing, a.decision, a.hash, coalesce(a.title, a.decision) AS title, a.option AS one, b.option AS two
    FROM answer a JOIN answer b ON b.film = a.film AND b.viewer = a.viewer AND b.hash = a.hash AND b.nth = 2 AND b.place = 1
    WHERE a.nth = 1 AND a.place = 1 AND a.what = 0 AND b.what = 0)
SELECT film, NULL, decision, NULL, title || ' another option the second time', one <> two, 1, NULL, viewing, NULL, hash
FROM pair
UNION ALL
SELECT film, NULL, decision, one || ' → ' || two, title || ' ' || one || ', then ' || two, 1, 0, NULL, viewing,
    hash || ' ' || one, hash
FROM pair
ORDER BY 1, 3, 11, 4

-- name: timeout
-- With which option the film went on where nobody had chosen.
SELECT s.name, s.version, d.name, coalesce(o.name, '(none)'),
    coalesce(d.title, d.name) || ' ' || coalesce(o.title, o.name, 'the film went its own way'), 1, 0, NULL, v.id, d.id, NULL
FROM outcome u
JOIN viewing v ON v.id = u.viewing AND v.mode = 0 AND v.chooser = 0
JOIN exposure e ON e.viewing = u.viewing AND e.seq = u.exposure
JOIN menu m ON m.id = e.menu
JOIN decision d ON d.id = m.decision
JOIN story s ON s.id = d.story
LEFT JOIN option o ON o.id = u.option
WHERE u.what = 1 AND s.name = coalesce(?1, s.name)
ORDER BY s.name, s.version, d.name, d.id, o.name

-- name: props
-- Time for which a prop's nodes played and could be seen; k: viewings that saw it, n: viewings of that version.
WITH shown AS (
    SELECT np.prop, i.viewing, total(coalesce(l.playing_us, 0) - coalesce(l.hidden_us, 0)) AS us
    FROM node_prop np
    JOIN visit i ON i.node = np.node
    LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq
    GROUP BY 1, 2)
SELECT s.name, s.version, p.name, NULL, coalesce(p.title, p.name), h.prop IS NOT NULL, 1, CAST(coalesce(h.us, 0) AS INTEGER),
    v.id, NULL, NULL
FROM prop p
JOIN story s ON s.id = p.story
JOIN viewing v ON v.story = s.id AND v.mode = 0 AND v.chooser = 0
LEFT JOIN shown h ON h.prop = p.id AND h.viewing = v.id
WHERE s.name = coalesce(?1, s.name) AND p.id IN (SELECT prop FROM shown)
ORDER BY s.id, p.id
