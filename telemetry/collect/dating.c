#include "telemetry/collect/dating.h"

#include <stdbool.h>

static bool can_be(int64_t ms, int64_t received_ms)
{
    return ms >= DATING_FIRST_MS && ms <= received_ms + DATING_OFF_MS;
}

int64_t dating_start(int64_t started_ms, int64_t sent_ms, int64_t received_ms)
{
    const int64_t behind_ms = received_ms - sent_ms, corrected_ms = started_ms + behind_ms;
    const bool corrects = corrected_ms >= DATING_FIRST_MS && corrected_ms <= received_ms;
    if (can_be(started_ms, received_ms) && (behind_ms <= DATING_OFF_MS || !corrects))
        return started_ms;
    return corrects ? corrected_ms : received_ms;
}
