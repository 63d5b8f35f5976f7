#!/bin/sh
# poster.sh OUT: the film's poster (OUT/poster.jpg) and six of its frames (OUT/film.jpg), out of the finished pictures; the
# program's icons (OUT/icons) out of its drawing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

frame() { # frame SHOT SECONDS
    ffmpeg -v error -y -ss "$2" -i "$here/../picture/$1.webm" -frames:v 1 "$work/$1.png"
}

n=0
for at in "s01 8" "s09 9" "s16a 1.5" "s19 5" "s12 3" "s23b 2.8"; do
    # shellcheck disable=SC2086 # a shot and a time
    frame $at
    n=$((n + 1))
    mv "$work/${at% *}.png" "$work/frame-$n.png"
done
montage "$work"/frame-*.png -resize 480x -tile 3x -geometry +3+3 -background '#05080a' -quality 86 "$out/film.jpg"

# Upright, two thirds: the box in the rain, and whoever is in it; the title below, as on a wall in a wet street.
frame s09 9
convert "$work/s09.png" -resize x1350 -crop 900x1350+757+0 +repage \
    \( -size 900x560 gradient:none-'#05080a' \) -gravity south -composite \
    \( -size 900x300 gradient:'#05080a'-none \) -gravity north -composite -modulate 106,104 \
    -font League-Spartan-Light -fill '#e8dcc0' -kerning 12 -pointsize 54 -gravity south -annotate +0+170 'AT THE THIRD STROKE' \
    -font Courier-Prime-Regular -kerning 0 -pointsize 26 -annotate +0+110 'an interactive film' -quality 88 "$out/poster.jpg"

mkdir -p "$out/icons"
for size in 48 64 128 256; do
    rsvg-convert -w $size -h $size "$here/../../../assets/frumious.svg" -o "$out/icons/${size}x$size.png"
done
