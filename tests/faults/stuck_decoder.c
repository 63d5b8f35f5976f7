/*
 * stuck_decoder: a decoder that never comes back, under the whole program, preloaded (LD_PRELOAD) by tests/e2e/interrupt.py,
 * which compiles it: cc -shared -fPIC. From the environment: STUCK_AFTER, how many packets of pictures are decoded before; and
 * STUCK_LOG, a file that gets a line when a decoder is stuck.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*send_fn)(AVCodecContext *, const AVPacket *);

static send_fn send_really;
static atomic_long left;
static int log_fd = -1;

/* The log is opened before the program gives up its rights. */
__attribute__((constructor)) static void arm(void)
{
    const char *n = getenv("STUCK_AFTER"), *path = getenv("STUCK_LOG");
    *(void **)&send_really = dlsym(RTLD_NEXT, "avcodec_send_packet");
    atomic_store(&left, n ? atol(n) : 0);
    log_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

int avcodec_send_packet(AVCodecContext *dec, const AVPacket *packet)
{
    if (dec->codec_type != AVMEDIA_TYPE_VIDEO || atomic_fetch_sub(&left, 1) > 0)
        return send_really(dec, packet);
    if (write(log_fd, "stuck\n", 6) != 6)
        abort();
    for (;;)
        pause();
}
