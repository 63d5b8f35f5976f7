/* page_head: what every HTML page of the report has: its templates, and its head (web/head.html). Pure. */
#pragma once

#include <json-glib/json-glib.h>

/* The text of web/NAME.html, for template_fill(); static. */
const char *page_head_template(const char *name);

/* Adds the members that the head is filled with. `title`: what the browser's window is called. */
void page_head_put(JsonBuilder *b, const char *title);
