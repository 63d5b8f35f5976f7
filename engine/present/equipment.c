#include "present/equipment.h"

#include "base/units.h"
#include "present/audio.h"
#include "present/display.h"
#include "present/fonts.h"

#include <gio/gio.h>
#include <string.h>
#include <SDL2/SDL.h>

/* A character that fonts for this script have and others lack, and a package with such a font. */
static const struct script {
    const char *name;
    uint32_t ch;
    const char *package;
} scripts[] = {
    {"Latin", 'a', "fonts-dejavu-core"},          {"Greek", 0x3b1, "fonts-dejavu-core"},
    {"Cyrillic", 0x436, "fonts-dejavu-core"},     {"Arabic", 0x628, "fonts-noto-core"},
    {"Hebrew", 0x5d0, "fonts-noto-core"},         {"Devanagari", 0x915, "fonts-noto-core"},
    {"Thai", 0xe01, "fonts-noto-core"},           {"Chinese", 0x8bf4, "fonts-noto-cjk"},
    {"Japanese", 0x306e, "fonts-noto-cjk"},       {"Korean", 0xd55c, "fonts-noto-cjk"},
    {"emoji", 0x1f642, "fonts-noto-color-emoji"},
};

static void add(GString *list, const char *text)
{
    g_string_append_printf(list, "%s%s", list->len ? ", " : "", text);
}

/* The text, or NULL where there is none. */
static char *finish(GString *list)
{
    char *text = g_string_free(list, FALSE);
    return *text ? text : (g_free(text), NULL);
}

char *equipment_display(GError **error)
{
    if (!display_start(error))
        return NULL;
    char *text = display_describe();
    display_stop();
    return text;
}

char *equipment_sound(GError **error)
{
    char *name = NULL, *text = NULL;
    SDL_AudioSpec spec;
    if (audio_start_subsystem()) {
        const SDL_AudioDeviceID device = SDL_OpenAudioDevice(
            NULL, 0,
            &(SDL_AudioSpec){.freq = FILM_RATE, .format = AUDIO_F32SYS, .channels = FILM_CHANNELS, .samples = 1024},
            NULL, 0);
        const bool named = device != 0 && SDL_GetDefaultAudioInfo(&name, &spec, 0) == 0 && name;
        if (device != 0)
            text = g_strconcat(SDL_GetCurrentAudioDriver(), named ? ", " : NULL, name, NULL);
        else
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no sound device: %s", SDL_GetError());
        if (device != 0)
            SDL_CloseAudioDevice(device);
        SDL_free(name);
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    } else {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no sound: %s", SDL_GetError());
    }
    return text;
}

char *equipment_pads(void)
{
    GString *list = g_string_new(NULL);
    if (SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER) != 0)
        return finish(list);
    for (int i = 0; i < SDL_NumJoysticks(); i++) {
        const bool known = SDL_IsGameController(i);
        const char *name = known ? SDL_GameControllerNameForIndex(i) : SDL_JoystickNameForIndex(i);
        add(list, name ? name : "a pad without a name");
        g_string_append(list, known ? "" : " (its buttons are not known)");
    }
    SDL_QuitSubSystem(SDL_INIT_GAMECONTROLLER);
    return finish(list);
}

char *equipment_scripts(char **lacking, char **packages)
{
    struct fonts *fonts = fonts_open();
    GString *has = g_string_new(NULL), *lacks = g_string_new(NULL), *remedies = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        const struct script *s = &scripts[i];
        const struct font_face *face = fonts_find(fonts, TEXT_OPTION, s->ch);
        const bool there = face && font_has(face, s->ch);
        add(there ? has : lacks, s->name);
        if (!there && !strstr(remedies->str, s->package))
            g_string_append_printf(remedies, "%s%s", remedies->len ? " " : "", s->package);
    }
    fonts_close(fonts);
    *lacking = finish(lacks);
    *packages = finish(remedies);
    return g_string_free(has, FALSE);
}
