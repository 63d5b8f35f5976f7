# Writes files as constants of C, for base/embedded.c: awk -f engine/embed.awk FILE…
#
# A file is called by its path from the root, a made one by its path in build/. A line "-- name: NAME" (SQL),
# "/* name: NAME */" (CSS, script) or "<!-- name: NAME -->" (HTML) begins a part of its own, without that line. A picture has
# no lines: all its bytes are one part.

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

function embed_picture(path,    dump, row) {
    called = path
    begin_part("")
    dump = "od -An -v -to1 " path
    while ((dump | getline row) > 0) {
        gsub(/ /, "\\", row)
        print "\"" row "\""
    }
    print ";"
    if (close(dump) != 0)
        exit 1
}

BEGIN {
    print "#include \"base/embedded.h\"\n"
    for (i = 1; i < ARGC; i++)
        if (ARGV[i] ~ /\.png$/)
            embed_picture(ARGV[i])
        else
            embed(ARGV[i])
    print "const struct embedded embedded_parts[] = {"
    for (i = 1; i <= n; i++)
        print "    {\"" file[i] "\", \"" part[i] "\", text_" i ", sizeof text_" i " - 1},"
    print "    {0},\n};"
}
