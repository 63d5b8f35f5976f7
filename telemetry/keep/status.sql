-- What `frumious telemetry status` tells of the store: each query makes its line of text, one row a line.

-- name: viewings
SELECT count(*) || CASE WHEN total(chooser != 0) > 0 THEN ' (' || sum(chooser != 0) || ' by the machine)' ELSE '' END
FROM viewing

-- name: between
SELECT date(min(started_ms) / 1000, 'unixepoch') || ' and ' || date(max(started_ms) / 1000, 'unixepoch')
FROM viewing
HAVING count(*) > 0

-- name: films
SELECT s.name || CASE s.version WHEN '' THEN '' ELSE ' ' || s.version END || ': ' || count(*)
FROM viewing v
JOIN story s ON s.id = v.story
GROUP BY s.id
ORDER BY s.name, s.id

-- name: unrecorded
-- Nothing where there is none.
SELECT CAST(total(viewings) AS INTEGER) || ' more viewings, of which nothing but their number is kept'
FROM unrecorded HAVING total(viewings) > 0

-- name: superseded
-- Nothing where there is none.
SELECT count(*) || ' events that do not count any more, because the film went on from before' FROM superseded
HAVING count(*) > 0

-- name: sharing
-- A destination, what the viewer answered last, what was sent, and what waits.
SELECT d.name || ' (' || d.address || '), ' || d.story || ': ' || coalesce((SELECT
        CASE answer WHEN 0 THEN 'not agreed to' WHEN 1 THEN 'agreed to' ELSE 'withdrawn' END ||
        strftime(' on %Y-%m-%d', answered_ms / 1000, 'unixepoch')
        FROM consent WHERE destination = d.id ORDER BY id DESC LIMIT 1), 'not asked yet') ||
    coalesce((SELECT '; of ' || count(*) || iif(count(*) = 1, ' viewing', ' viewings') || ' something was sent' FROM shared WHERE destination = d.id
        HAVING count(*) > 0), '') ||
    coalesce((SELECT '; ' || count(*) || iif(count(*) = 1, ' erasure waits', ' erasures wait') || ' to be confirmed' FROM outbox WHERE destination = d.id
        HAVING count(*) > 0), '') ||
    CASE WHEN d.erasures > 0 THEN '; ' || d.erasures || iif(d.erasures = 1, ' erasure', ' erasures') || ' confirmed' ||
        coalesce(strftime(', the last one on %Y-%m-%d', d.confirmed_ms / 1000, 'unixepoch'), '') ELSE '' END
FROM destination d
ORDER BY d.id

-- name: viewers
SELECT p.uuid, count(*)
FROM viewing v
JOIN viewer p ON p.id = v.viewer
GROUP BY p.id
ORDER BY p.id
LIMIT 20

-- name: lost
-- A pause (why 3) is no loss.
SELECT CAST(total(CASE WHEN why != 3 THEN count END) AS INTEGER) || ' events' FROM gap
