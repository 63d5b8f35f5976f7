# Writes the player's translations as constants of C, for base/words.c: awk -f engine/po.awk FILE.po…
#
# A file is called by its language: de.po, pt-BR.po. Its strings have the escapes of C already. What is fuzzy or has no
# translation yet stays English, as gettext would have it.

function keep() {
    if (part == "msgstr" && source != "" && target != "" && !fuzzy)
        print "    {\"" source "\", \"" target "\"},"
    part = source = target = ""
    fuzzy = 0
}

function add(text) {
    if (part == "msgid")
        source = source text
    else if (part == "msgstr")
        target = target text
}

BEGIN {
    print "#include \"base/words.h\"\n"
    for (i = 1; i < ARGC; i++) {
        tag[i] = ARGV[i]
        sub(/.*\//, "", tag[i])
        sub(/\.po$/, "", tag[i])
        print "static const struct words_line lines_" i "[] = {"
        while ((state = (getline line < ARGV[i])) > 0) {
            if (line ~ /^#,.*fuzzy/) {
                keep()
                fuzzy = 1
            } else if (match(line, /^msg(id|str) "/)) {
                if (line ~ /^msgid/ && part != "")
                    keep()
                part = substr(line, 1, RLENGTH - 2)
                add(substr(line, RLENGTH + 1, length(line) - RLENGTH - 1))
            } else if (line ~ /^"/)
                add(substr(line, 2, length(line) - 2))
            else if (line == "")
                keep()
        }
        keep()
        close(ARGV[i])
        if (state < 0) {
            print "cannot read " ARGV[i] >"/dev/stderr"
            exit 1
        }
        print "    {0},\n};"
    }
    print "const struct words_language words_languages[] = {"
    for (i = 1; i < ARGC; i++)
        print "    {\"" tag[i] "\", lines_" i "},"
    print "    {0},\n};"
}
