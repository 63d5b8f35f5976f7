/*
 * template: fills an HTML template with values, so that what the page looks like stands in .html files and not in C.
 *
 * The values are a JSON object. The syntax is the part of Mustache's that the report's page needs:
 *
 *   {{name}}               the value as text, escaped for text between tags and for an attribute in double quotes;
 *                          control characters become spaces.
 *   {{{name}}}             the value as it is: markup, script or JSON already, for which the caller vouches.
 *   {{#name}} … {{/name}}  for an array: once for each element, with the element in scope;
 *                          for an object: once, with the object in scope;
 *                          for any other value: once, unless it is missing, null, false or "".
 *   {{^name}} … {{/name}}  once, where {{#name}} would write nothing.
 *   {{> name}}             another template, with the same values in scope.
 *   {{! … }}               a comment.
 *
 * A name is a member of the object in scope; unlike Mustache's, it is never looked for further out. `.` is the value
 * in scope itself. Lines are not indented in the output, and empty ones are left out.
 *
 * Pure, reentrant, any thread. Templates are part of the program: a mistake in one is a bug of ours and asserted, as
 * is an object or array where text is asked for. What a story says can only be a value, and is text there whatever it
 * contains.
 */
#pragma once

#include <json-glib/json-glib.h>

/* The text of a template, which exists; it stays as long as it is being filled. */
typedef const char *template_find(const char *name);

/* Appends the template `name`, filled from `values`; it and those that it includes are got from `find`. */
void template_fill(template_find *find, const char *name, JsonObject *values, GString *out);
