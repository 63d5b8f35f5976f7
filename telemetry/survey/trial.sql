-- The experiments, and the arms of the experiment ?1.

-- name: experiments
SELECT DISTINCT experiment FROM arm ORDER BY experiment

-- name: arms
SELECT name FROM arm WHERE experiment = ?1 GROUP BY name ORDER BY min(position), min(id)

-- name: weights
SELECT s.name, s.version, a.name, a.weight, a.outcome FROM arm a
JOIN story s ON s.id = a.story
WHERE a.experiment = ?1
ORDER BY a.id
