-- How the distributed engine is.

-- name: step
SELECT max(number) FROM $database.migration

-- name: has_database
SELECT count() FROM system.tables WHERE database = '$database' AND name = 'migration'

-- name: nodes
SELECT host_address, port, shard_num, replica_num FROM system.clusters
WHERE cluster = '$cluster'
ORDER BY shard_num, replica_num

-- name: node
-- $node is the address and port of one.
SELECT max(is_readonly), max(absolute_delay), sum(queue_size), count()
FROM remote('$node', system.replicas)
WHERE database = '$database'

-- name: amounts
-- Viewings and events that count as received, of those that nobody has erased.
SELECT count(), sum(upto) FROM $database.viewing FINAL
WHERE (viewing, key) NOT IN (SELECT viewing, key FROM $database.erased_local)

-- name: erased
SELECT count() FROM $database.erased FINAL WHERE key != '-'

-- name: bytes
-- $node is the address and port of one: of a shard's first replica.
SELECT sum(bytes) FROM remote('$node', system.parts) WHERE database = '$database' AND active
