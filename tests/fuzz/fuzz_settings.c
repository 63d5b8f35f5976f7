/* Loads any bytes as the settings' file: what is loaded is within its limits, and saved and loaded again it is the same. */
#include "base/paths.h"
#include "base/set_aside.h"
#include "file.h"
#include "player/extra_time.h"
#include "player/settings.h"

const unsigned fuzz_runs = 2000;

static void check_limits(const struct settings *s)
{
    g_assert_true(s->volume >= 0.0 && s->volume <= 1.0);
    g_assert_true(s->record >= SETTINGS_ASK && s->record <= SETTINGS_COUNT);
    g_assert_true(s->viewer && s->language && extra_time_name(s->time_factor));
    g_assert_true(g_utf8_validate(s->viewer, -1, NULL) && g_utf8_validate(s->language, -1, NULL));
}

static void check_equal(const struct settings *a, const struct settings *b)
{
    g_assert_cmpint(a->record, ==, b->record);
    g_assert_cmpstr(a->viewer, ==, b->viewer);
    g_assert_cmpfloat_with_epsilon(a->volume, b->volume, 1e-6);
    g_assert_true(a->mute == b->mute && a->subtitles == b->subtitles);
    g_assert_true(stream_wish_equal(&a->sound, &b->sound) && stream_wish_equal(&a->text, &b->text));
    g_assert_cmpstr(a->language, ==, b->language);
    g_assert_cmpint(a->time_factor, ==, b->time_factor);
    g_assert_true(a->subtitle_size == b->subtitle_size && a->subtitle_place == b->subtitle_place &&
                  a->subtitle_background == b->subtitle_background && a->subtitle_over == b->subtitle_over);
    g_assert_cmpstr(a->subtitle_face, ==, b->subtitle_face);
    g_assert_cmpstr(a->face, ==, b->face);
    g_assert_cmpint(a->signer, ==, b->signer);
    g_assert_true(a->reduced_motion == b->reduced_motion && a->wait_unseen == b->wait_unseen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL;
    fuzz_folder();
    g_autofree char *path = paths_settings();
    fuzz_put(path, data, size);
    struct settings *s = settings_load();
    check_limits(s);
    g_assert_true(settings_save(s, &error) && !error);
    struct settings *again = settings_load();
    check_limits(again);
    check_equal(s, again);
    settings_free(again);
    settings_free(s);
    set_aside_remove(path, NULL);
    return 0;
}
