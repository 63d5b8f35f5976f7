/*
 * main_file: which file a person means who names a story: the file itself; the `story.yaml` of a folder; what a link
 * leads to, because its clips lie there, and not beside the link.
 *
 * A link into `.git` is followed no further: git-annex keeps every file as such a link, and the clips are beside it.
 * Any thread; looks at the disk.
 */
#pragma once

#define MAIN_FILE_NAME "story.yaml"

/*
 * The path of the story's main file; if there is none, the path as it is given. *advice: what else to do, or NULL. The
 * caller frees both.
 */
char *main_file_find(const char *path, char **advice);
