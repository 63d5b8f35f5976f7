/* wire_schema: the JSON Schema of a batch, made from the registry; telemetry/wire/batch.schema.json is what it says. */
#pragma once

/* Caller frees. */
char *wire_schema(void);
