# Writes Debian's control file: awk -f assets/debian/control.awk engine/packages.txt assets/debian/control.in
#
# A line " @build@" of control.in becomes the packages that building needs, " @run@" those that playing needs, and " @film@"
# those of the film that comes with it. The third column of packages.txt tells which is which.

function add(use, package) {
    gsub(/\|/, " | ", package)
    list[use] = list[use] (list[use] ? ",\n " : "") package
}

# Debian's policy says not to name what build-essential brings.
FNR == NR && /^(gcc|libc6-dev|make) / { next }
FNR == NR && !/^#/ && $2 == "play" { add($3 == "run" || $3 == "film" ? $3 : "build", $1) }
FNR == NR { next }

/^ @[a-z]+@$/ {
    gsub(/[ @]/, "")
    print " " list[$0]
    next
}
{ print }
