#include "base/embedded.h"

#include <assert.h>
#include <string.h>

static const struct embedded *find_part(const char *file, const char *part)
{
    const struct embedded *e = embedded_parts;
    while (e->file && (strcmp(e->file, file) != 0 || strcmp(e->part, part) != 0))
        e++;
    assert(e->file);
    return e;
}

const struct embedded *embedded_file(const char *file)
{
    return find_part(file, "");
}

const char *embedded_part(const char *file, const char *part)
{
    return find_part(file, part)->text;
}
