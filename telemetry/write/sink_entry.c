#include "telemetry/write/sink_entry.h"

#include <glib.h>

void sink_entry_clear(struct sink_entry *entry)
{
    switch (entry->kind) {
    case SINK_STORY:
        tel_story_free(entry->story);
        break;
    case SINK_BEGIN:
        g_free(entry->viewing);
        break;
    case SINK_EVENT:
        break;
    }
}
