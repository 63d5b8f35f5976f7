#include "report/page_pdf.h"

#include <string.h>
#include <unistd.h>

/* The first that is there. They take the same options. */
static char *find_browser(void)
{
    static const char *const names[] = {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"};
    char *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !found; i++)
        found = g_find_program_in_path(names[i]);
    return found;
}

/* Removes a folder and all that is in it. */
static void remove_folder(GFile *folder)
{
    g_autoptr(GFileEnumerator) all =
        g_file_enumerate_children(folder, G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                                  G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    GFileInfo *info = NULL;
    GFile *child = NULL;
    while (all && g_file_enumerator_iterate(all, &info, &child, NULL, NULL) && info)
        if (g_file_info_get_file_type(info) == G_FILE_TYPE_DIRECTORY)
            remove_folder(child);
        else
            (void)g_file_delete(child, NULL, NULL);
    (void)g_file_delete(folder, NULL, NULL);
}

/* The last line that the browser wrote: why it failed. The caller frees. */
static char *last_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    guint n = g_strv_length(lines);
    while (n > 0 && *g_strstrip(lines[n - 1]) == '\0')
        n--;
    return g_strdup(n > 0 ? lines[n - 1] : "it said nothing");
}

/* Chromium refuses to work for root without --no-sandbox. */
static bool print_page(const char *browser, const char *folder, GError **error)
{
    g_autofree char *profile = g_strdup_printf("--user-data-dir=%s/profile", folder);
    g_autofree char *to = g_strdup_printf("--print-to-pdf=%s/page.pdf", folder);
    g_autofree char *page = g_strdup_printf("file://%s/page.html", folder);
    const char *const argv[] = {browser,
                                "--headless",
                                "--disable-gpu",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--no-pdf-header-footer",
                                profile,
                                to,
                                page,
                                geteuid() == 0 ? "--no-sandbox" : NULL,
                                NULL};
    g_autofree char *said = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &said, error))
        return false;
    g_autofree char *why = last_line(said);
    if (!g_subprocess_get_successful(process))
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s could not print the page: %s", browser, why);
    return g_subprocess_get_successful(process);
}

static GBytes *print_in(const char *browser, const char *folder, const GString *page, GError **error)
{
    g_autofree char *from = g_build_filename(folder, "page.html", NULL);
    g_autofree char *to = g_build_filename(folder, "page.pdf", NULL);
    char *pdf = NULL;
    gsize n = 0;
    if (!g_file_set_contents(from, page->str, (gssize)page->len, error) || !print_page(browser, folder, error) ||
        !g_file_get_contents(to, &pdf, &n, error))
        return NULL;
    return g_bytes_new_take(pdf, n);
}

GBytes *page_pdf_new(const GString *page, GError **error)
{
    g_autofree char *browser = find_browser();
    if (!browser) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            "a PDF is printed by Chromium or Chrome, and neither is installed (Debian: apt-get install chromium). "
            "--format html makes a page that any browser can print");
        return NULL;
    }
    g_autofree char *folder = g_dir_make_tmp("frumious-XXXXXX", error);
    if (!folder)
        return NULL;
    GBytes *pdf = print_in(browser, folder, page, error);
    g_autoptr(GFile) made = g_file_new_for_path(folder);
    remove_folder(made);
    return pdf;
}
