/*
 * page_pdf: the report's page on paper, as a PDF, for those who do not open HTML.
 *
 * A browser prints it, by the page's own print style, because the charts and the graph are drawn by a browser: Chromium or
 * Chrome, whichever is installed. It gets a folder of its own, which goes again, and asks the network for nothing, as the page
 * forbids it. Main thread; takes some seconds.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* The caller frees with g_bytes_unref(). NULL and error: there is no such browser (G_IO_ERROR_NOT_FOUND), or it failed. */
GBytes *page_pdf_new(const GString *page, GError **error);
