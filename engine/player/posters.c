#include "player/posters.h"

#include "base/beneath.h"
#include "base/files.h"
#include "base/paths.h"
#include "media/clip.h"
#include "media/media.h"

#include <glib/gstdio.h>
#include <string.h>

#define WIDTH_MAX  320 /* pixels */
#define HEIGHT_MAX 180
#define AT_US      US_PER_SECOND /* in the first scene: films tend to begin in the dark */

struct poster {
    struct clip_spec spec; /* owns its strings; no path: this film has no picture */
    char *cached;
    struct frame *picture;
};

struct posters {
    struct media *media;
    GArray *list; /* struct poster */
    guint next;   /* the one that is decoded, or is to be */
    struct clip *clip;
    bool from_cache; /* the clip shows the cached picture */
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
    p->media = media_new();
    p->list = g_array_new(FALSE, TRUE, sizeof(struct poster));
    g_array_set_clear_func(p->list, clear_poster);
    return p;
}

void posters_free(struct posters *p)
{
    if (!p)
        return;
    clip_close(p->clip);
    g_array_unref(p->list);
    media_free(p->media);
    g_free(p);
}

/* ---- which picture ----------------------------------------------------------------------------------------------- */

char *posters_file(const struct story *s)
{
    static const char *const names[] = {"poster.jpg", "poster.png"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = beneath_path(s->dir, names[i]);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return path;
        g_free(path);
    }
    return NULL;
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
    GStatBuf st;
    g_autofree char *file = beneath_name(spec->path), *folder = paths_posters();
    if (g_stat(file, &st) != 0)
        return NULL;
    g_autofree char *key = g_strdup_printf("%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, file,
                                           (gint64)st.st_size, (gint64)st.st_mtime, (gint64)spec->from_us);
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

static void keep(const struct poster *poster)
{
    const struct frame *f = poster->picture;
    g_autofree char *folder = g_path_get_dirname(poster->cached);
    g_autoptr(GBytes) jpeg = frame_jpeg(f->plane[0], f->width, f->height, f->stride[0]);
    if (!jpeg || g_mkdir_with_parents(folder, 0700) != 0)
        return;
    files_replace(poster->cached, g_bytes_get_data(jpeg, NULL), (gssize)g_bytes_get_size(jpeg), false, NULL);
    tidy(folder);
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

static void open_picture(struct posters *p, const struct poster *poster, bool cached)
{
    const struct clip_spec spec = cached ? still_of(poster->cached) : poster->spec;
    p->from_cache = cached;
    p->clip = clip_open(p->media, &spec);
}

static void take_picture(struct posters *p, struct poster *poster)
{
    poster->picture = frame_small(clip_peek(p->clip), WIDTH_MAX, HEIGHT_MAX);
    if (poster->picture && !p->from_cache)
        keep(poster);
}

static bool is_dark(struct clip *c)
{
    return clip_state(c) == CLIP_FAILED || clip_state(c) == CLIP_ENDED || !clip_has_picture(c);
}

/* This one is done; a cached picture that cannot be shown is decoded anew. */
static void close_picture(struct posters *p, const struct poster *poster)
{
    g_clear_pointer(&p->clip, clip_close);
    if (poster->picture || !p->from_cache)
        p->next++;
    else
        open_picture(p, poster, false);
}

bool posters_work(struct posters *p)
{
    if (p->next >= p->list->len)
        return false;
    struct poster *poster = &g_array_index(p->list, struct poster, p->next);
    if (!poster->cached) {
        p->next++;
        return false;
    }
    if (!p->clip)
        open_picture(p, poster, g_file_test(poster->cached, G_FILE_TEST_IS_REGULAR));
    const bool dark = is_dark(p->clip), shows = clip_peek(p->clip) != NULL;
    if (shows)
        take_picture(p, poster);
    if (shows || dark)
        close_picture(p, poster);
    return poster->picture != NULL;
}

const struct frame *posters_picture(const struct posters *p, unsigned i)
{
    return i < p->list->len ? g_array_index(p->list, struct poster, i).picture : NULL;
}
