#include "shoot/note_list.h"

#include "base/safe.h"

void note_list(const struct story *s, GString *out)
{
    for (int32_t i = 0; i < s->n_notes; i++) {
        const struct story_note *note = &s->notes[i];
        safe_printf(out, "%s:%u:%u: %s: ", s->files[note->mark.file], note->mark.line, (unsigned)note->mark.col,
                    note->todo ? "todo" : "note");
        if (note->node >= 0)
            safe_printf(out, "(%s) ", s->nodes[note->node].name);
        safe_printf(out, "%s\n", note->text);
    }
}
