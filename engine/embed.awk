# Writes files as constants of C, for base/embedded.c: awk -f engine/embed.awk FILE…
#
# A file is called by its path from the root, a made one by its path in build/. A line "-- name: NAME" (SQL),
# "/* name: NAME */" (CSS, script) or "<!-- name: NAME -->" (HTML) begins a part of its own, without that line.

function begin_part(name) {
    file[++n] = called
    part[n] = name
    print "static const char text_" n "[] = \"\""
}

function embed(path,    line, state) {
    called = path
    sub(/^build\//, "", called)
    begin_part("")
    while ((state = (getline line < path)) > 0) {
        if (line ~ /^(--|\/\*|<!--) name: [a-z0-9_]+/) {
            print ";"
            split(line, word, " ")
            begin_part(word[3])
            continue
        }
        gsub(/[\\"?]/, "\\\\&", line)
        print "\"" line "\\n\""
    }
    print ";"
    close(path)
    if (state < 0) {
        print "cannot read " path >"/dev/stderr"
        exit 1
    }
}

BEGIN {
    print "#include \"base/embedded.h\"\n"
    for (i = 1; i < ARGC; i++)
        embed(ARGV[i])
    print "const struct embedded embedded_parts[] = {"
    for (i = 1; i <= n; i++)
        print "    {\"" file[i] "\", \"" part[i] "\", text_" i ", sizeof text_" i " - 1},"
    print "    {0},\n};"
}
