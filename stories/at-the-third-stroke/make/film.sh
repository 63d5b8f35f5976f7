#!/bin/sh
# film.sh WORK [shot ...]: makes the film's pictures from these scripts into WORK/picture, all that are shot or those named.
# What is there already is not made again, so it can be stopped and called again at any time; delete a file to have it
# made anew. It runs at the lowest priority and in one thread: start a second one for other shots to use a second core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
shift
[ $# -gt 0 ] || set -- s01 s02 s03 s04a s04b s05 s06a s06b s07 s08a s08b s09 s10a s10b s10c s11 \
    s12 s13 s14a s14b s15 s16a s16b s17 s18 s19 s20a s20b s21 s22 s23a s23b s24 s25
mkdir -p "$work/plates" "$work/models" "$work/frames" "$work/sound" "$work/picture"
work=$(cd "$work" && pwd)
export SH3D="$work/models" PYTHONDONTWRITEBYTECODE=1
low="nice -n 19"
python=/usr/bin/python3 # Debian's, which has Debian's packages

models() {
    for zip in /usr/share/sweethome3d/furniture/*.sh3f; do
        [ -d "$work/models/$(basename "$zip" .sh3f)" ] || unzip -qo "$zip" -d "$work/models/$(basename "$zip" .sh3f)"
    done
}

plate() { # plate NAME SCRIPT SAMPLES [option ...]
    name=$1 script=$2 samples=$3
    shift 3
    [ -f "$work/plates/$name.exr" ] && return
    models
    echo "plate $name: about 4 minutes"
    # shellcheck disable=SC2086 # two numbers
    $low blender -t 1 -b -P "$here/blend/$script.py" -- "$work/plates/$name.part" ${size:-1344 672} "$samples" "$@" >"$work/plates/$name.log" 2>&1
    mv "$work/plates/$name.part.json" "$work/plates/$name.json"
    mv "$work/plates/$name.part.exr" "$work/plates/$name.exr"
}

large() { # large NAME SAMPLES: one that is looked at in parts
    size="1792 896"
    plate "$1" "$1" "$2"
    size=
}

master() { # master FILE SCRIPT: six seconds of film, out of which picture.py cuts
    [ -f "$work/$1" ] && return
    echo "master $1: about 3 minutes"
    (cd "$work" && $low $python "$here/comp/$2.py" "$work/part-$1" && mv "part-$1" "$1")
}

corridor() {
    plate corridor corridor 26
    for who; do plate "corridor_$who" corridor 28 "who=$who"; done
}

room() {
    plate room_bg clock_room 48 layer=bg
    plate room_fg clock_room 48 layer=fg
    master A_room_plates.mp4 shot_room
}

needs() { # what a shot stands on
    case $1 in
    s01 | s11) plate discs discs 44 && master C_discs.mp4 shot_discs ;;
    s05 | s08a | s10a) room ;;
    s02 | s09 | s10b) plate street street 40 && master B_street.mp4 shot_street ;;
    s18 | s24) plate bare street 36 bare ;;
    s03) corridor girl-near girl-mid girl-door ;;
    s15) corridor man-door ;;
    s16a) corridor man-door man-mid man-near ;;
    s06a) plate tea tea 28 && plate tea_spoon tea 20 spoon ;;
    s06b) plate tea tea 28 ;;
    s10c) plate street street 40 && master B_street.mp4 shot_street ;;
    s14a) room ;;
    s16b) corridor && plate bare street 36 bare ;;
    s19) room && plate discs discs 44 && master C_discs.mp4 shot_discs ;;
    s20a) plate discs discs 44 && master C_discs.mp4 shot_discs && plate bare street 36 bare ;;
    s20b) plate discs_close discs 80 close ;;
    s21) room && corridor girl-door ;;
    s08b | s22 | s23b) large reels 26 ;;
    s23a) plate shelf shelf 32 ;;
    s12) plate key key 24 && plate key_up key 24 up ;;
    esac
}

encode() { # encode SHOT: those that were shot first carry their sound in them, the others have it beside them
    case $1 in
    s01 | s02 | s05 | s07 | s08a | s09 | s10a | s10b | s11)
        sound=$1
        [ "$1" != s11 ] || sound=s11-none
        (cd "$here" && $python sound.py "$work/sound" "$sound" >/dev/null)
        [ "$sound" = "$1" ] || mv "$work/sound/$sound.wav" "$work/sound/$1.wav"
        case $1 in s02 | s07) grain=0 crf=36 ;; *) grain=8 crf=30 ;; esac
        GRAIN=$grain CRF=$crf PRESET=6 $low sh "$here/encode.sh" "$work/frames" "$work/sound" "$work/picture" "$1" ;;
    *) CRF=31 $low sh "$here/encode.sh" "$work/frames" - "$work/picture" "$1" ;;
    esac
}

echo "$# shots. One of twelve seconds takes about three minutes, and four for each plate that is not there yet."
for shot in "$@"; do
    [ -f "$work/picture/$shot.webm" ] && continue
    needs "$shot"
    echo "shot $shot"
    $low $python "$here/drawn.py" "$work" "$work/frames" "$shot"
    encode "$shot"
done
ls -l "$work/picture"
