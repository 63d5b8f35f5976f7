#include "media/hardware.h"

#include <assert.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <pthread.h>
#include <string.h>

#define RENDER_NODES "/dev/dri"
#define RENDER_NODE  "renderD"

struct hardware {
    pthread_mutex_t lock; /* of everything below; of pthread, because ThreadSanitizer knows it */
    char *name;
    AVBufferRef *device;
    bool asked, failed;
};

/* Under the lock. */
static bool hardware_check(const struct hardware *h)
{
    assert(h->name);
    assert(!h->device || h->asked);
    assert(!h->failed || h->device);
    return true;
}

struct hardware *hardware_new(const char *name)
{
    struct hardware *h = g_new0(struct hardware, 1);
    pthread_mutex_init(&h->lock, NULL);
    h->name = g_strdup(name);
    return h;
}

void hardware_free(struct hardware *h)
{
    if (!h)
        return;
    av_buffer_unref(&h->device);
    pthread_mutex_destroy(&h->lock);
    g_free(h->name);
    g_free(h);
}

static AVBufferRef *open_node(const char *path)
{
    AVBufferRef *device = NULL;
    return av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, path, NULL, 0) < 0 ? NULL : device;
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* FFmpeg's own search would also try the display, and takes time even if there is no device. */
static AVBufferRef *open_first(void)
{
    AVBufferRef *device = NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(RENDER_NODES, 0, NULL);
    for (const char *entry; dir && (entry = g_dir_read_name(dir));)
        if (g_str_has_prefix(entry, RENDER_NODE))
            g_ptr_array_add(paths, g_build_filename(RENDER_NODES, entry, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, compare_paths);
    for (guint i = 0; i < paths->len && !device; i++)
        device = open_node(g_ptr_array_index(paths, i));
    return device;
}

struct AVBufferRef *hardware_device(struct hardware *h)
{
    pthread_mutex_lock(&h->lock);
    if (!h->asked && strcmp(h->name, "off") != 0) {
        h->asked = true;
        h->device = strcmp(h->name, "auto") == 0 ? open_first() : open_node(h->name);
    }
    AVBufferRef *const device = h->failed ? NULL : h->device;
    assert(hardware_check(h));
    pthread_mutex_unlock(&h->lock);
    return device;
}

void hardware_give_up(struct hardware *h)
{
    pthread_mutex_lock(&h->lock);
    h->failed = true;
    assert(hardware_check(h));
    pthread_mutex_unlock(&h->lock);
}

void hardware_facts(struct hardware *h, struct hardware_facts *out)
{
    pthread_mutex_lock(&h->lock);
    *out = (struct hardware_facts){.asked = h->asked, .open = h->device && !h->failed};
    pthread_mutex_unlock(&h->lock);
}

int hardware_format(const struct AVCodec *codec, const struct AVBufferRef *device)
{
    const AVHWDeviceContext *context = (const AVHWDeviceContext *)(const void *)device->data;
    const AVCodecHWConfig *c;
    for (int i = 0; (c = avcodec_get_hw_config(codec, i)); i++)
        if (c->device_type == context->type && (c->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX))
            return c->pix_fmt;
    return AV_PIX_FMT_NONE;
}
