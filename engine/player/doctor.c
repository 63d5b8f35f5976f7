#include "player/doctor.h"

#include "base/paths.h"
#include "media/decoders.h"
#include "present/equipment.h"
#include "present/speech.h"

#include <assert.h>

static void clear_finding(gpointer data)
{
    struct doctor_finding *f = data;
    g_free(f->found);
    g_free(f->remedy);
}

void doctor_add(GArray *findings, const char *what, enum doctor_state state, char *found, char *remedy)
{
    assert(found && (state == DOCTOR_FINE || remedy));
    const struct doctor_finding f = {what, state, found, remedy};
    g_array_append_val(findings, f);
}

static void examine_display(GArray *findings)
{
    g_autoptr(GError) error = NULL;
    char *display = equipment_display(&error);
    if (display)
        doctor_add(findings, "display", DOCTOR_FINE, display, NULL);
    else
        doctor_add(findings, "display", DOCTOR_MISSING, g_strdup(error->message),
                   g_strdup("start it from a desktop, or play off-screen: `frumious play --headless STORY`"));
}

static void examine_sound(GArray *findings)
{
    g_autoptr(GError) error = NULL;
    char *sound = equipment_sound(&error);
    if (sound)
        doctor_add(findings, "sound", DOCTOR_FINE, sound, NULL);
    else
        doctor_add(findings, "sound", DOCTOR_LESS, g_strdup(error->message),
                   g_strdup("films play silently; is a sound server (PipeWire, PulseAudio) running?"));
}

static void examine_decoders(GArray *findings, const char *what, char *found, char *lacking)
{
    char *remedy =
        lacking ? g_strdup_printf("not here: %s; install a complete FFmpeg (libavcodec-extra)", lacking) : NULL;
    doctor_add(findings, what, lacking ? DOCTOR_LESS : DOCTOR_FINE, found, remedy);
    g_free(lacking);
}

static void examine_fonts(GArray *findings)
{
    g_autofree char *lacking = NULL, *packages = NULL;
    char *has = equipment_scripts(&lacking, &packages);
    char *remedy = lacking ? g_strdup_printf("not here: %s; apt-get install %s", lacking, packages) : NULL;
    const enum doctor_state state = !*has ? DOCTOR_MISSING : lacking ? DOCTOR_LESS : DOCTOR_FINE;
    doctor_add(findings, "fonts", state, *has ? has : (g_free(has), g_strdup("none")), remedy);
}

static void examine_speech(GArray *findings)
{
    g_autoptr(GError) error = NULL;
    char *speech = speech_examine(&error);
    if (speech)
        doctor_add(findings, "speech", DOCTOR_FINE, speech, NULL);
    else
        doctor_add(findings, "speech", DOCTOR_LESS, g_strdup(error->message),
                   g_strdup("apt-get install speech-dispatcher speech-dispatcher-espeak-ng"));
}

static void examine_film(GArray *findings)
{
    char *film = paths_film();
    doctor_add(findings, "film", film ? DOCTOR_FINE : DOCTOR_LESS,
               film ? film : g_strdup("the film that comes with it is not installed"),
               film ? NULL : g_strdup("name a story: `frumious STORY`"));
}

GArray *doctor_examine(void)
{
    GArray *findings = g_array_new(FALSE, FALSE, sizeof(struct doctor_finding));
    char *lacking, *pads = equipment_pads(), *found;
    g_array_set_clear_func(findings, clear_finding);
    examine_display(findings);
    examine_sound(findings);
    doctor_add(findings, "game pads", DOCTOR_FINE, pads ? pads : g_strdup("none is connected; one can be at any time"),
               NULL);
    found = decoders_pictures(&lacking);
    examine_decoders(findings, "pictures", found, lacking);
    found = decoders_sounds(&lacking);
    examine_decoders(findings, "sounds", found, lacking);
    doctor_add(findings, "decoding", DOCTOR_FINE,
               g_strdup(decoders_have_device() ? "on the graphics device (VA-API), where it can" : "by the processor"),
               NULL);
    examine_fonts(findings);
    examine_speech(findings);
    examine_film(findings);
    return findings;
}
