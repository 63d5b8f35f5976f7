# Help texts, each but the first behind a line "@command NAME", become a manual page or a shell's completions: see manual.
# An entry of a list is "  KEY  TEXT", and goes on below TEXT. KEY of an option: -f, --name=VALUE.

function flush() {
    if (!key)
        return
    n = ++count[command, list]
    keys[command, list, n] = key
    texts[command, list, n] = text
    key = ""
}

function trim(s) { sub(/^ +/, "", s); return s }

/^@command / {
    flush()
    command = $2
    names[++commands] = command
    list = ""
    next
}
/^Usage:/  { flush(); list = "usage"; sub(/^Usage: */, ""); if ($0 == "") next }
/^[A-Z][a-z]+:$/ {
    flush()
    list = tolower($1)
    sub(/:/, "", list)
    next
}
/^$/       { flush(); if (list != "usage" || command) list = list == "about" ? "about" : ""; break_ = 1; next }
list == "usage" && /frumious/ {
    usage[command] = usage[command] (usage[command] ? "\n" : "") trim($0)
    next
}
/^  [^ ]/ && list {
    flush()
    key = trim($0)
    sub(/  +.*/, "", key)
    text = substr(trim($0), length(key) + 1)
    text = trim(text)
    next
}
key        { text = text " " trim($0); next }
           { about[command] = about[command] (break_ && about[command] ? "\n\n" : about[command] ? " " : "") trim($0); break_ = 0; list = "" }

# ---- the manual page

function roff(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/`/, "\\(ga", s)
    gsub(/'/, "\\(aq", s)
    return s
}

function paragraphs(s,    parts, i, n) {
    n = split(s, parts, /\n\n/)
    for (i = 1; i <= n; i++)
        print (i > 1 ? ".PP\n" : "") roff(parts[i])
}

function entries(command, list,    i) {
    for (i = 1; i <= count[command, list]; i++)
        printf ".TP\n.B %s\n%s\n", roff(keys[command, list, i]), roff(texts[command, list, i])
}

function man(    i, c) {
    printf ".TH FRUMIOUS 1 \"\" \"frumious %s\" \"User Commands\"\n", version
    print ".SH NAME\nfrumious \\- watch, make and measure interactive films"
    print ".SH SYNOPSIS\n.nf"
    print roff(usage[""])
    print ".fi\n.SH DESCRIPTION"
    paragraphs(about[""])
    print ".SH OPTIONS"
    entries("", "options")
    print ".SH COMMANDS"
    for (i = 1; i <= commands; i++) {
        c = names[i]
        printf ".SS %s\n.nf\n%s\n.fi\n.PP\n", c, roff(usage[c])
        paragraphs(about[c])
        entries(c, "verbs")
        entries(c, "options")
    }
}

# ---- completions

# The long and the short name in an option's key; "=" in `value`: a value follows.
function option(key) {
    long = short = value = ""
    if (match(key, /--[a-z-]+/))
        long = substr(key, RSTART + 2, RLENGTH - 2)
    if (key ~ /^-[a-zA-Z]/)
        short = substr(key, 2, 1)
    if (key ~ /=/)
        value = "="
}

function long_options(c,    i, words) {
    for (i = 1; i <= count[c, "options"]; i++) {
        option(keys[c, "options", i])
        words = words (words ? " " : "") "--" long value
    }
    return words
}

function first_words(c, list,    i, w, words) {
    for (i = 1; i <= count[c, list]; i++) {
        w = keys[c, list, i]
        sub(/ .*/, "", w)
        words = words (words ? " " : "") w
    }
    return words
}

function bash(    i, c) {
    print "# Completions of frumious for bash."
    print "_frumious() {"
    print "    local word=${COMP_WORDS[COMP_CWORD]} options verbs="
    print "    case ${COMP_WORDS[1]} in"
    for (i = 1; i <= commands; i++) {
        c = names[i]
        printf "    %s) options='%s'%s ;;\n", c, long_options(c), count[c, "verbs"] ? " verbs='" first_words(c, "verbs") "'" : ""
    }
    printf "    *) options='%s' ;;\n    esac\n", long_options("")
    printf "    if ((COMP_CWORD == 1)); then verbs='%s'; elif ((COMP_CWORD > 2)); then verbs=; fi\n", first_words("", "commands")
    print "    COMPREPLY=()"
    print "    if [[ $word == -* ]]; then"
    print "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")"
    print "        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace"
    print "    elif [[ $verbs ]]; then"
    print "        mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$word\")"
    print "    fi"
    print "    return 0"
    print "}"
    print "complete -o default -F _frumious frumious"
}

# Within single quotes of a shell, and for zsh's lists, where a colon ends the word.
function quoted(s) { gsub(/'/, "'\\''", s); return "'" s "'" }
function listed(word, s) { gsub(/:/, "\\:", word); return quoted(word ":" s) }

function zsh_option(key, text) {
    option(key)
    gsub(/[][]/, "", text)
    gsub(/:/, ";", text)
    gsub(/'/, "", text)
    if (short)
        printf " '(-%s --%s)'{-%s,--%s%s}'[%s]%s'", short, long, short, long, value, text, value ? ":value:_files" : ""
    else
        printf " '*--%s%s[%s]%s'", long, value, text, value ? ":value:_files" : ""
}

function zsh(    i, j, c) {
    print "#compdef frumious"
    print "local -a names\nlocal command=$words[2]"
    print "if ((CURRENT == 2)); then\n    names=("
    for (i = 1; i <= count["", "commands"]; i++)
        print "        " listed(keys["", "commands", i], texts["", "commands", i])
    print "    )\n    _describe command names\n    _files\n    return\nfi"
    print "shift words\n((CURRENT--))"
    print "case $command in"
    for (i = 1; i <= commands; i++) {
        c = names[i]
        print c ")"
        if (count[c, "verbs"]) {
            print "    if ((CURRENT == 2)); then\n        names=("
            for (j = 1; j <= count[c, "verbs"]; j++)
                print "            " listed(first_word(keys[c, "verbs", j]), texts[c, "verbs", j])
            print "        )\n        _describe verb names\n    fi"
        }
        printf "    _arguments"
        for (j = 1; j <= count[c, "options"]; j++)
            zsh_option(keys[c, "options", j], texts[c, "options", j])
        print " '*:file:_files'\n    ;;"
    }
    print "*) _files ;;\nesac"
}

function first_word(s) { sub(/ .*/, "", s); return s }

function fish(    i, j, c) {
    print "# Completions of frumious for fish."
    for (i = 1; i <= count["", "commands"]; i++)
        printf "complete -c frumious -n __fish_use_subcommand -a %s -d %s\n", keys["", "commands", i], quoted(texts["", "commands", i])
    for (i = 1; i <= commands; i++) {
        c = names[i]
        for (j = 1; j <= count[c, "verbs"]; j++)
            printf "complete -c frumious -n '__fish_seen_subcommand_from %s' -a %s -d %s\n", c, first_word(keys[c, "verbs", j]),
                quoted(texts[c, "verbs", j])
        for (j = 1; j <= count[c, "options"]; j++) {
            option(keys[c, "options", j])
            printf "complete -c frumious -n '__fish_seen_subcommand_from %s' -l %s%s%s -d %s\n", c, long, short ? " -s " short : "",
                value ? " -r" : "", quoted(texts[c, "options", j])
        }
    }
}

END {
    flush()
    if (form == "man")
        man()
    else if (form == "bash")
        bash()
    else if (form == "zsh")
        zsh()
    else if (form == "fish")
        fish()
    else
        exit 2
}
