/* A file that cannot be opened again, because its clip is not wanted any more, is answered for without it. */
#include "media/source.h"
#include "media_test.h"

/* To go back to their first byte, these files are opened again; MP4 would only be sought in. */
static const struct {
    const char *name, *options;
    bool still;
} files[] = {
    {"silent.mkv", "-an -c:v libx264", false},
    {"sound.mkv", "-f lavfi -i sine=d=1 -c:v libx264 -c:a flac", false},
    {"silent.avi", "-an -c:v mpeg4", false},
    {"still.png", "-frames:v 1", true},
};

static void check_stopped(const char *name, bool still)
{
    atomic_bool stop = false;
    const struct media_user user = {.stop = &stop};
    g_autofree char *path = mt_path(name);
    struct source *s = source_open(NULL, path, &user, NULL);
    ok(s && source_is_still(s) == still, "%s is opened", name);
    const int picture = source_picture(s), sound = source_sound(s, NULL);
    source_choose(s, picture, sound);
    while (source_read_ahead(s))
        ;
    atomic_store(&stop, true);
    source_seek(s, 500000, 0); /* fails, goes to the beginning, and cannot open the file there */
    source_seek(s, INT64_MIN, 0);
    ok(source_format(s) == NULL, "%s: the fault has struck: it is not open any more", name);
    ok(source_is_still(s) == still, "what it was is known");
    ok(!source_seek(s, 500000, 0), "it cannot be sought in");
    source_choose(s, picture, -1);
    ok(!source_read_ahead(s) && source_at_eof(s), "nothing is left to be read");
    source_close(s);
}

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        char command[256];
        g_snprintf(command, sizeof command, "-f lavfi -i testsrc=s=64x48:d=1 %s %s", files[i].options, files[i].name);
        mt_ffmpeg("%s", command);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        check_stopped(files[i].name, files[i].still);
    mt_cleanup();
    return tap_done();
}
