#include "player/posters.h"

#include "base/beneath.h"
#include "base/files.h"
#include "base/helper.h"
#include "base/paths.h"
#include "media/clip.h"
#include "media/media.h"
#include "story/story_files.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH_MAX    640 /* pixels */
#define HEIGHT_MAX   360
#define AT_US        US_PER_SECOND /* in the first scene: films tend to begin in the dark */
#define LOOK_EACH_US (2 * US_PER_MS)

struct poster {
    struct clip_spec spec; /* owns its strings; no path: this film has no picture */
    char *cached;
    struct frame *picture;
};

struct posters {
    GArray *list; /* struct poster */
    struct helper helper;
    GByteArray *handed; /* what the helper has handed back so far of the next picture */
};

/* What goes before the pixels of a picture, which have no gaps between rows. */
struct handed_picture {
    uint32_t number, width, height;
};

static void clear_poster(void *poster)
{
    struct poster *p = poster;
    clip_spec_clear(&p->spec);
    g_free(p->cached);
    frame_free(p->picture);
}

struct posters *posters_new(void)
{
    struct posters *p = g_new0(struct posters, 1);
    p->list = g_array_new(FALSE, TRUE, sizeof(struct poster));
    p->handed = g_byte_array_new();
    g_array_set_clear_func(p->list, clear_poster);
    return p;
}

void posters_free(struct posters *p)
{
    if (!p)
        return;
    helper_stop(&p->helper);
    g_array_unref(p->list);
    g_byte_array_unref(p->handed);
    g_free(p);
}

/* ---- which picture ----------------------------------------------------------------------------------------------- */

char *posters_file(const struct story *s)
{
    const char *name = story_files_poster(s);
    return name ? beneath_path(s->dir, name) : NULL;
}

/* The clip of the first scene, else the first one that has a picture. */
static const struct story_clip *first_clip(const struct story *s)
{
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_clip *c = &s->nodes[i ? i - (i <= s->start) : s->start].clip;
        if (c->kind == STORY_FILM || c->kind == STORY_STILL)
            return c;
    }
    return NULL;
}

static struct clip_spec still_of(const char *path)
{
    return (struct clip_spec){
        .path = path, .no_sound = true, .for_us = US_PER_SECOND, .standby_frames = 1, .at_once = true};
}

static struct clip_spec spec_of(const struct story *s)
{
    const struct story_clip *c = first_clip(s);
    g_autofree char *beside = posters_file(s), *path = !beside && c ? beneath_path(s->dir, c->path) : NULL;
    struct clip_spec spec = still_of(beside ? beside : path);
    if (path && c->kind == STORY_FILM) {
        spec.from_us = MAX(c->from_us, 0) + AT_US;
        spec.for_us = 0;
    }
    return clip_spec_copy(&spec);
}

/* NULL: the file is not there. */
static char *cached_name(const struct clip_spec *spec)
{
    struct beneath_file file;
    g_autofree char *name = beneath_name(spec->path), *folder = paths_posters();
    if (!beneath_look(spec->path, &file))
        return NULL;
    const struct stat *const st = &file.stat;
    g_autofree char *key =
        g_strdup_printf("%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d", name,
                        (gint64)st->st_size, (gint64)st->st_mtime, (gint64)spec->from_us, WIDTH_MAX);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    return g_strdup_printf("%s/%s.jpg", folder, sum);
}

void posters_add(struct posters *p, const struct story *s)
{
    struct poster poster = {.spec = spec_of(s)};
    poster.cached = poster.spec.path ? cached_name(&poster.spec) : NULL;
    g_array_append_val(p->list, poster);
}

/* ---- the cache --------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Removes the oldest ones. Their times stand before the names, in digits, so that they sort by them. */
static void tidy(const char *folder)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        GStatBuf st;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".jpg") && g_stat(path, &st) == 0)
            g_ptr_array_add(all, g_strdup_printf("%020" G_GINT64_MODIFIER "d%s", (gint64)st.st_mtime, path));
    }
    g_clear_pointer(&dir, g_dir_close);
    g_ptr_array_sort(all, by_name);
    for (guint i = 0; i + POSTERS_CACHED < all->len; i++)
        g_unlink((char *)all->pdata[i] + 20);
}

static void keep(const struct poster *poster, const struct frame *f)
{
    g_autofree char *folder = g_path_get_dirname(poster->cached);
    g_autoptr(GBytes) jpeg = frame_jpeg(f->plane[0], f->width, f->height, f->stride[0]);
    if (!jpeg)
        return;
    files_replace(poster->cached, g_bytes_get_data(jpeg, NULL), (gssize)g_bytes_get_size(jpeg), false, NULL);
    tidy(folder);
}

/* ---- the process without rights ---------------------------------------------------------------------------------- */

static void hand_back(int to, guint number, const struct frame *f)
{
    const struct handed_picture head = {number, (uint32_t)f->width, (uint32_t)f->height};
    bool good = files_write(to, &head, sizeof head);
    for (int32_t y = 0; y < f->height && good; y++)
        good = files_write(to, f->plane[0] + (ptrdiff_t)y * f->stride[0], 4 * (size_t)f->width);
}

/* NULL: the clip shows nothing. */
static struct frame *decode(struct media *media, const struct clip_spec *spec)
{
    struct clip *c = clip_open(media, spec);
    const struct frame *f;
    while (!(f = clip_peek(c)) && clip_state(c) != CLIP_FAILED && clip_state(c) != CLIP_ENDED && clip_has_picture(c))
        g_usleep(LOOK_EACH_US);
    struct frame *small = f ? frame_small(f, WIDTH_MAX, HEIGHT_MAX) : NULL;
    clip_close(c);
    return small;
}

/* A cached picture that cannot be shown is decoded anew. */
static struct frame *make_picture(struct media *media, const struct poster *poster)
{
    const struct clip_spec cached = still_of(poster->cached);
    struct frame *f = g_file_test(poster->cached, G_FILE_TEST_IS_REGULAR) ? decode(media, &cached) : NULL;
    if (f)
        return f;
    f = decode(media, &poster->spec);
    if (f)
        keep(poster, f);
    return f;
}

static void make_pictures(void *posters, int to)
{
    const struct posters *p = posters;
    struct media *media = media_new();
    for (guint i = 0; i < p->list->len; i++) {
        const struct poster *poster = &g_array_index(p->list, struct poster, i);
        struct frame *f = poster->cached ? make_picture(media, poster) : NULL;
        if (f)
            hand_back(to, i, f);
        frame_free(f);
    }
}

void posters_start(struct posters *p)
{
    g_autofree char *folder = paths_posters();
    g_mkdir_with_parents(folder, 0700);
    helper_start(&p->helper, make_pictures, p, folder);
}

/* ---- what it hands back ------------------------------------------------------------------------------------------ */

/* False: there is nothing more of it at the moment. */
static bool read_some(struct posters *p)
{
    uint8_t bytes[64 * 1024];
    const ssize_t n = p->helper.process ? read(p->helper.from, bytes, sizeof bytes) : -1;
    if (n > 0)
        g_byte_array_append(p->handed, bytes, (guint)n);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        helper_stop(&p->helper); /* it is done, or gone */
    return n > 0;
}

static bool is_possible(const struct posters *p, const struct handed_picture *head)
{
    return head->number < p->list->len && head->width > 0 && head->width <= WIDTH_MAX && head->height > 0 &&
           head->height <= HEIGHT_MAX;
}

/* The next picture, if all of it is there. A process that says what cannot be is heard no more. */
static bool take_picture(struct posters *p)
{
    struct handed_picture head;
    if (p->handed->len < sizeof head)
        return false;
    memcpy(&head, p->handed->data, sizeof head);
    if (!is_possible(p, &head)) {
        helper_stop(&p->helper);
        g_byte_array_set_size(p->handed, 0);
        return false;
    }
    const guint size = sizeof head + 4 * head.width * head.height;
    if (p->handed->len < size)
        return false;
    struct poster *poster = &g_array_index(p->list, struct poster, head.number);
    frame_free(poster->picture);
    poster->picture = frame_of_pixels(p->handed->data + sizeof head, (int)head.width, (int)head.height);
    g_byte_array_remove_range(p->handed, 0, size);
    return poster->picture != NULL;
}

bool posters_work(struct posters *p)
{
    bool has_come = take_picture(p);
    while (!has_come && read_some(p))
        has_come = take_picture(p);
    return has_come;
}

const struct frame *posters_picture(const struct posters *p, unsigned i)
{
    return i < p->list->len ? g_array_index(p->list, struct poster, i).picture : NULL;
}
