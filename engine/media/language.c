#include "media/language.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* ISO 639-1, two letters, each followed by the three of ISO 639-2/T. */
static const char two_letters[] =
    "aaaarababkaeaveafafrakakaamamhanargararaasasmavavaayaymazazebabakbebelbgbulbhbihbibisbmbambnbenbobodbrbrebsbos"
    "cacatcechechchacocoscrcrecscescuchucvchvcycymdadandedeudvdivdzdzoeeeweelellenengeoepoesspaetesteueusfafasffful"
    "fifinfjfijfofaofrfrafyfrygaglegdglaglglggngrngugujgvglvhahauhehebhihinhohmohrhrvhthathuhunhyhyehzheriainaidind"
    "ieileigiboiiiiiikipkioidoisislititaiuikujajpnjvjavkakatkgkonkikikkjkuakkkazklkalkmkhmknkankokorkrkaukskaskukur"
    "kvkomkwcorkykirlalatlbltzlgluglilimlnlinlolaoltlitlulublvlavmgmlgmhmahmimrimkmkdmlmalmnmonmrmarmsmsamtmltmymya"
    "nanaunbnobndndenenepngndonlnldnnnnononornrnblnvnavnynyaocociojojiomormororiososspapanpipliplpolpspusptporquque"
    "rmrohrnrunroronrurusrwkinsasanscsrdsdsndsesmesgsagsisinskslkslslvsmsmosnsnasosomsqsqisrsrpsssswstsotsusunsvswe"
    "swswatatamteteltgtgkththatitirtktuktltgltntsntotontrturtstsotttattwtwitytahuguigukukrururduzuzbvevenvivievovol"
    "wawlnwowolxhxhoyiyidyoyorzazhazhzhozuzul";

/* What else is written for a code of three letters: the bibliographic codes of ISO 639-2/B, which Matroska prefers; codes
 * that were withdrawn; and the single languages of ISO 639-3 that people call by the name of their group. */
static const char other_names[][2][4] = {
    {"alb", "sqi"}, {"arm", "hye"}, {"baq", "eus"}, {"bur", "mya"}, {"chi", "zho"}, {"cze", "ces"}, {"dut", "nld"},
    {"fre", "fra"}, {"geo", "kat"}, {"ger", "deu"}, {"gre", "ell"}, {"ice", "isl"}, {"mac", "mkd"}, {"mao", "mri"},
    {"may", "msa"}, {"per", "fas"}, {"rum", "ron"}, {"slo", "slk"}, {"tib", "bod"}, {"wel", "cym"}, {"iw", "heb"},
    {"in", "ind"},  {"ji", "yid"},  {"nob", "nor"}, {"nno", "nor"}, {"cmn", "zho"}, {"arb", "ara"}, {"pes", "fas"},
    {"zsm", "msa"}, {"lvs", "lav"}, {"ekk", "est"}, {"swh", "swa"}, {"fil", "tgl"},
};

enum { TWO = 2, THREE = 3, ROW = TWO + THREE };
enum { BIBLIOGRAPHIC = 20 }; /* of other_names, the first ones */

/* The first part of a tag, in small letters; "" if it is no code of a language. */
static void primary_part(const char *tag, char out[THREE + 1])
{
    const size_t n = strcspn(tag, "-_");
    memset(out, 0, THREE + 1);
    if (n < TWO || n > THREE)
        return;
    for (size_t i = 0; i < n; i++)
        out[i] = g_ascii_tolower(tag[i]);
}

/* As three letters of ISO 639-2/T where they exist. */
static void terminological(char code[THREE + 1])
{
    static_assert((sizeof two_letters - 1) % ROW == 0, "each row is as long as the others");
    for (size_t i = 0; code[TWO] == '\0' && i + ROW < sizeof two_letters; i += ROW)
        if (memcmp(two_letters + i, code, TWO) == 0)
            memcpy(code, two_letters + i + TWO, THREE);
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++)
        if (strcmp(other_names[i][0], code) == 0)
            memcpy(code, other_names[i][1], THREE);
}

static const char *region_part(const char *tag)
{
    return tag + strcspn(tag, "-_");
}

enum language_match language_match(const char *track, const char *wanted)
{
    char a[THREE + 1], b[THREE + 1];
    primary_part(track, a);
    primary_part(wanted, b);
    terminological(a);
    terminological(b);
    if (a[0] == '\0' || strcmp(a, b) != 0)
        return LANGUAGE_OTHER;
    const char *region = region_part(track), *wish = region_part(wanted);
    const bool same = *region && *wish && g_ascii_strcasecmp(region + 1, wish + 1) == 0;
    return same ? LANGUAGE_EXACT : LANGUAGE_SAME;
}

void language_three(const char *tag, char out[LANGUAGE_THREE_BYTES])
{
    static_assert(LANGUAGE_THREE_BYTES == THREE + 1, "the same letters");
    primary_part(tag, out);
    terminological(out);
    for (size_t i = 0; i < BIBLIOGRAPHIC; i++)
        if (strcmp(other_names[i][1], out) == 0)
            memcpy(out, other_names[i][0], THREE);
    if (strlen(out) != THREE)
        strcpy(out, "und");
}

bool language_is_known(const char *track)
{
    static const char *const nothing[] = {"", "und", "unk", "mis", "mul", "zxx"};
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
        if (!track || g_ascii_strcasecmp(track, nothing[i]) == 0)
            return false;
    return true;
}
