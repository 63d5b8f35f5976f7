#include "present/fonts.h"
#include <assert.h>
#include <fontconfig/fontconfig.h>
#include <glib.h>
#include <string.h>

struct font_face {
    char *file;
    long index;
    FcCharSet *cover;
    GHashTable *sized; /* pixels -> TTF_Font *; NULL: the file cannot be read */
};

struct role_fonts {
    struct font_face *own;
    GPtrArray *fallback; /* struct font_face *, not owned; NULL until it is needed */
};

struct fonts {
    bool ttf;
    FcConfig *config;
    GPtrArray *faces;    /* all, owned */
    const char *family;  /* that the viewer prefers; NULL: none */
    GPtrArray *families; /* NULL until somebody asks */
    struct role_fonts role[TEXT_ROLES];
};

/* The families that each role prefers, best first, behind what the viewer prefers; fontconfig's own substitutes follow. */
static const struct {
    const char *families[4];
    int weight;
} preferred_fonts[TEXT_ROLES] = {
    [TEXT_OPTION] = {{"League Spartan", "Noto Sans", "sans-serif"}, FC_WEIGHT_REGULAR},
    [TEXT_PROMPT] = {{"League Spartan", "Noto Sans", "sans-serif"}, FC_WEIGHT_REGULAR},
    [TEXT_BODY] = {{"Noto Sans", "sans-serif"}, FC_WEIGHT_REGULAR},
    [TEXT_TITLE] = {{"League Spartan", "Noto Sans", "sans-serif"}, FC_WEIGHT_LIGHT},
    [TEXT_CARD] = {{"Courier Prime", "Courier", "monospace"}, FC_WEIGHT_REGULAR},
    [TEXT_MONO] = {{"IBM 3270", "DejaVu Sans Mono", "monospace"}, FC_WEIGHT_REGULAR},
    [TEXT_CAPTION] = {{"Noto Sans", "sans-serif"}, FC_WEIGHT_REGULAR},
};

/* Called when a role has found its fonts. */
static bool role_check(const struct fonts *f, const struct role_fonts *r)
{
    assert(!r->own || g_ptr_array_find(f->faces, r->own, NULL));
    assert(!r->fallback || r->own);
    for (guint i = 0; r->fallback && i < r->fallback->len; i++)
        assert(r->fallback->pdata[i]);
    return true;
}

static void face_free(void *p)
{
    struct font_face *face = p;
    g_hash_table_destroy(face->sized);
    FcCharSetDestroy(face->cover);
    g_free(face->file);
    g_free(face);
}

static void sized_close(void *font)
{
    if (font)
        TTF_CloseFont(font);
}

struct fonts *fonts_open(void)
{
    struct fonts *f = g_new0(struct fonts, 1);
    f->faces = g_ptr_array_new_with_free_func(face_free);
    f->ttf = TTF_Init() == 0;
    return f;
}

void fonts_close(struct fonts *f)
{
    if (!f)
        return;
    for (int r = 0; r < TEXT_ROLES; r++)
        if (f->role[r].fallback)
            g_ptr_array_unref(f->role[r].fallback);
    g_ptr_array_unref(f->faces);
    if (f->families)
        g_ptr_array_unref(f->families);
    if (f->config)
        FcConfigDestroy(f->config);
    if (f->ttf)
        TTF_Quit();
    g_free(f);
}

/* SDL_ttf cannot use an instance of a variable font that only variations can reach, so take the default one. */
static long usable_index(int index)
{
    return (index >> 16) == 0x8000 ? index & 0xffff : index;
}

/* The face that a fontconfig pattern names: the same face for the same file and index. */
static struct font_face *face_of(struct fonts *f, FcPattern *p)
{
    FcChar8 *file = NULL;
    FcCharSet *cover = NULL;
    int index = 0;
    if (FcPatternGetString(p, FC_FILE, 0, &file) != FcResultMatch ||
        FcPatternGetCharSet(p, FC_CHARSET, 0, &cover) != FcResultMatch)
        return NULL;
    FcPatternGetInteger(p, FC_INDEX, 0, &index);
    for (guint i = 0; i < f->faces->len; i++) {
        struct font_face *face = f->faces->pdata[i];
        if (face->index == usable_index(index) && g_str_equal(face->file, file))
            return face;
    }
    struct font_face *face = g_new0(struct font_face, 1);
    face->file = g_strdup((const char *)file);
    face->index = usable_index(index);
    face->cover = FcCharSetCopy(cover);
    face->sized = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, sized_close);
    g_ptr_array_add(f->faces, face);
    return face;
}

/* Cards, slates and inscriptions belong to the film. */
static bool is_players(enum text_role role)
{
    return role == TEXT_OPTION || role == TEXT_PROMPT || role == TEXT_BODY || role == TEXT_TITLE;
}

static FcPattern *preferred_pattern(struct fonts *f, enum text_role role)
{
    FcPattern *p = FcPatternCreate();
    if (f->family && is_players(role))
        FcPatternAddString(p, FC_FAMILY, (const FcChar8 *)f->family);
    for (int i = 0; i < 4 && preferred_fonts[role].families[i]; i++)
        FcPatternAddString(p, FC_FAMILY, (const FcChar8 *)preferred_fonts[role].families[i]);
    FcPatternAddInteger(p, FC_WEIGHT, preferred_fonts[role].weight);
    FcPatternAddBool(p, FC_SCALABLE, FcTrue);
    FcPatternAddBool(p, FC_COLOR, FcFalse);
    FcPatternAddBool(p, FC_VARIABLE, FcFalse);
    FcConfigSubstitute(f->config, p, FcMatchPattern);
    FcDefaultSubstitute(p);
    return p;
}

static bool is_upright(FcPattern *p)
{
    FcChar8 *file = NULL;
    if (FcPatternGetString(p, FC_FILE, 0, &file) != FcResultMatch)
        return false;
    g_autofree char *name = g_path_get_basename((const char *)file);
    return !strstr(name, "Bold") && !strstr(name, "Italic") && !strstr(name, "Oblique");
}

/* Some families (Courier Prime as Debian ships it) call all their faces "Regular", so fontconfig may answer with the
 * bold one; the names of the files know better. Returns the match or a better one, which the caller owns; takes over
 * what it is given. */
static FcPattern *upright(struct fonts *f, FcPattern *match)
{
    FcChar8 *family = NULL;
    if (is_upright(match) || FcPatternGetString(match, FC_FAMILY, 0, &family) != FcResultMatch)
        return match;
    FcPattern *same = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, family, NULL);
    FcObjectSet *what = FcObjectSetBuild(FC_FILE, FC_INDEX, FC_CHARSET, NULL);
    FcFontSet *set = FcFontList(f->config, same, what);
    for (int i = 0; set && i < set->nfont; i++) {
        if (is_upright(set->fonts[i])) {
            FcPatternDestroy(match);
            match = set->fonts[i];
            FcPatternReference(match);
            break;
        }
    }
    if (set)
        FcFontSetDestroy(set);
    FcObjectSetDestroy(what);
    FcPatternDestroy(same);
    return match;
}

static bool look_for_fonts(struct fonts *f)
{
    if (!f->config)
        f->config = FcInitLoadConfigAndFonts();
    return f->config != NULL;
}

static void find_own(struct fonts *f, enum text_role role)
{
    if (!look_for_fonts(f))
        return;
    FcPattern *p = preferred_pattern(f, role);
    FcResult result = FcResultNoMatch;
    FcPattern *match = FcFontMatch(f->config, p, &result);
    if (match) {
        match = upright(f, match);
        f->role[role].own = face_of(f, match);
        FcPatternDestroy(match);
    }
    FcPatternDestroy(p);
}

static void find_fallback(struct fonts *f, enum text_role role)
{
    GPtrArray *list = f->role[role].fallback = g_ptr_array_new();
    if (!f->config)
        return;
    FcPattern *p = preferred_pattern(f, role);
    FcResult result = FcResultNoMatch;
    FcFontSet *set = FcFontSort(f->config, p, FcTrue, NULL, &result);
    for (int i = 0; set && i < set->nfont; i++) {
        FcBool color = FcFalse;
        FcPatternGetBool(set->fonts[i], FC_COLOR, 0, &color);
        struct font_face *face = color ? NULL : face_of(f, set->fonts[i]);
        if (face)
            g_ptr_array_add(list, face);
    }
    if (set)
        FcFontSetDestroy(set);
    FcPatternDestroy(p);
    assert(role_check(f, &f->role[role]));
}

static void forget_role(struct role_fonts *r)
{
    r->own = NULL;
    g_clear_pointer(&r->fallback, g_ptr_array_unref);
}

void fonts_prefer(struct fonts *f, const char *family)
{
    f->family = family;
    for (int role = 0; role < TEXT_ROLES; role++)
        if (is_players((enum text_role)role))
            forget_role(&f->role[role]);
}

static bool is_installed(struct fonts *f, const char *family)
{
    FcPattern *p = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, family, FC_SCALABLE, FcTypeBool, FcTrue, NULL);
    FcObjectSet *what = FcObjectSetBuild(FC_FAMILY, NULL);
    FcFontSet *set = FcFontList(f->config, p, what);
    const bool there = set && set->nfont > 0;
    if (set)
        FcFontSetDestroy(set);
    FcObjectSetDestroy(what);
    FcPatternDestroy(p);
    return there;
}

const char *const *fonts_families(struct fonts *f)
{
    static const char *const known[] = {"Atkinson Hyperlegible",
                                        "Atkinson Hyperlegible Next",
                                        "OpenDyslexic",
                                        "Lexend",
                                        "Noto Sans",
                                        "DejaVu Sans",
                                        "Liberation Sans",
                                        "Noto Serif",
                                        "DejaVu Serif",
                                        "Liberation Serif"};
    if (!f->families) {
        f->families = g_ptr_array_new();
        for (size_t i = 0; look_for_fonts(f) && i < G_N_ELEMENTS(known); i++)
            if (is_installed(f, known[i]))
                g_ptr_array_add(f->families, (void *)g_intern_static_string(known[i]));
        g_ptr_array_add(f->families, NULL);
    }
    return (const char *const *)f->families->pdata;
}

bool font_has(const struct font_face *face, uint32_t ch)
{
    return FcCharSetHasChar(face->cover, ch);
}

struct font_face *fonts_find(struct fonts *f, enum text_role role, uint32_t ch)
{
    struct role_fonts *r = &f->role[role];
    assert(role < TEXT_ROLES);
    if (!f->ttf)
        return NULL;
    if (!r->own)
        find_own(f, role);
    if (!r->own || font_has(r->own, ch))
        return r->own;
    if (!r->fallback)
        find_fallback(f, role);
    for (guint i = 0; i < r->fallback->len; i++)
        if (font_has(r->fallback->pdata[i], ch))
            return r->fallback->pdata[i];
    return r->own;
}

TTF_Font *fonts_sized(struct fonts *f, struct font_face *face, int px)
{
    assert(px > 0);
    if (!f->ttf || !face)
        return NULL;
    void *known = NULL;
    if (g_hash_table_lookup_extended(face->sized, GINT_TO_POINTER(px), NULL, &known))
        return known;
    TTF_Font *font = TTF_OpenFontIndexDPI(face->file, px, face->index, 72, 72);
    if (font)
        TTF_SetFontHinting(font, px < 22 ? TTF_HINTING_LIGHT_SUBPIXEL : TTF_HINTING_NONE);
    g_hash_table_insert(face->sized, GINT_TO_POINTER(px), font);
    return font;
}
