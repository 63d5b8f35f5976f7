#!/bin/sh
# film.sh WORK [shot ...]: makes the film's pictures and sounds from these scripts, all or those of the shots named (S05, s11,
# S16 for both of S16a and S16b), into WORK/picture and WORK/sound, as they lie in the story.
# What is there already is not made again, so it can be stopped and called again at any time; delete a file to have it
# made anew. It runs at the lowest priority and in one thread: start a second one for other shots to use a second core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
shift
all="s01 s02 s03 s04a s04b s05 s06a s06b s07 s08a s08b s09 s10a s10b s10c s11 s12 s13 s14a s14b s15 s16a s16b s17 s18 s19
    s20a s20b s21 s22 s23a s23b s24 s25"
mkdir -p "$work/plates" "$work/models" "$work/frames" "$work/wav" "$work/picture" "$work/sound"
work=$(cd "$work" && pwd)
export SH3D="$work/models" PYTHONDONTWRITEBYTECODE=1
low="nice -n 19"
python=/usr/bin/python3 # Debian's, which has Debian's packages
count='' counted='' plates=0

chosen() { # the shots that are meant by the names, in the film's order
    [ $# -gt 0 ] || { echo $all; return; }
    for name; do
        name=$(printf %s "$name" | tr 'A-Z' 'a-z')
        found=
        for shot in $all; do
            case $shot in "$name" | "$name"[abc]) found="$found $shot" ;; esac
        done
        [ -n "$found" ] || { echo "film.sh: there is no shot $name; there are: $(echo $all)" >&2; return 2; }
        echo "$found"
    done
}

models() {
    for zip in /usr/share/sweethome3d/furniture/*.sh3f; do
        [ -d "$work/models/$(basename "$zip" .sh3f)" ] || unzip -qo "$zip" -d "$work/models/$(basename "$zip" .sh3f)"
    done
}

plate() { # plate NAME SCRIPT SAMPLES [option ...]
    name=$1 script=$2 samples=$3
    shift 3
    [ -f "$work/plates/$name.exr" ] && return
    if [ -n "$count" ]; then
        case " $counted " in *" $name "*) ;; *) counted="$counted $name" plates=$((plates + 1)) ;; esac
        return
    fi
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
    size=''
}

corridor() {
    plate corridor corridor 26
    for who; do plate "corridor_$who" corridor 28 "who=$who"; done
}

down() {
    plate down street 30 down
    for who; do plate "down_$who" street 40 down "who=$who"; done
}

room() {
    plate room_bg clock_room 48 layer=bg
    plate room_fg clock_room 48 layer=fg
}

needs() { # what a shot stands on
    case $1 in
    s01 | s19) plate discs discs 64 ;;
    s11) plate discs_near discs 40 near ;;
    s20a) plate discs discs 64 && plate bare street 36 bare ;;
    s20b) plate discs_close discs 80 close ;;
    s05 | s08a | s10a | s14a) room ;;
    s21) room && corridor girl-door ;;
    s02 | s18 | s24) plate bare street 36 bare ;;
    s09) down far ;;
    s10b) down far near ;;
    s10c) down ;;
    s03) corridor girl-near girl-mid girl-door ;;
    s15) corridor man-door ;;
    s16a) corridor man-door man-mid man-near ;;
    s04a) plate umbrella_door umbrella 20 door ;;
    s04b) plate umbrella_desk umbrella 20 desk ;;
    s16b) plate umbrella_handle umbrella 20 handle && plate bare street 36 bare ;;
    s06a | s06b) plate tea tea 28 ;;
    s08b | s22 | s23b) large reels 26 ;;
    s12) plate key key 24 && plate key_up key 24 up ;;
    s23a) plate shelf shelf 32 ;;
    esac
}

voices() { # the sounds of a shot that lie beside its picture: another one for another state, and most shots' own
    case $1 in
    s01 | s02 | s05 | s08a | s09 | s10a | s10b) ;;
    s07) echo s07-again ;;
    s11) echo s11-one ;;
    s15) echo s15 s15-seen ;;
    s17) echo s17 s17-again ;;
    *) echo "$1" ;;
    esac
}

sound() { # sound NAME [FILE]: as a WAV
    (cd "$here" && $low $python sound.py "$work/wav" "$1" >/dev/null)
    [ $# -eq 1 ] || mv "$work/wav/$1.wav" "$work/wav/$2.wav"
}

beside() { # beside NAME: a sound file of the story
    [ -f "$work/sound/$1.opus" ] && return
    sound "$1"
    ffmpeg -v error -y -i "$work/wav/$1.wav" -c:a libopus -b:a 72k -fflags +bitexact -f ogg "$work/sound/$1.part"
    mv "$work/sound/$1.part" "$work/sound/$1.opus"
}

looped() { # looped NAME: without loss, for a codec's noise makes a step where the end meets the beginning
    [ -f "$work/sound/$1.flac" ] && return
    sound "$1"
    ffmpeg -v error -y -i "$work/wav/$1.wav" -c:a flac -compression_level 12 -fflags +bitexact -f flac "$work/sound/$1.part"
    mv "$work/sound/$1.part" "$work/sound/$1.flac"
}

encode() { # encode SHOT: some carry their sound in them
    sounds=-
    case $1 in
    s01 | s02 | s05 | s07 | s08a | s09 | s10a | s10b) sounds=$work/wav && sound "$1" ;;
    s11) sounds=$work/wav && sound s11-none s11 ;;
    esac
    case $1 in
    s02 | s07 | s09 | s10b | s10c | s16b) grain=0 crf=34 ;; # rain, and letters with a glow
    *) grain=8 crf=30 ;;
    esac
    GRAIN=$grain CRF=$crf $low sh "$here/encode.sh" "$work/frames" "$sounds" "$work/part" "$1"
    mv "$work/part/$1.webm" "$work/picture/$1.webm"
}

shots=$(chosen "$@")
missing=
for shot in $shots; do
    [ -f "$work/picture/$shot.webm" ] || missing="$missing $shot"
done
count=1
for shot in $missing; do needs "$shot"; done
count=
# shellcheck disable=SC2086 # names
left=$($python "$here/shoot.py" --length $missing)
echo "To make: $left seconds of film and $plates plates, about $((plates * 4 + left * 25 / 60 + 1)) minutes of one core."
mkdir -p "$work/part"
for shot in $shots; do
    for voice in $(voices "$shot"); do beside "$voice"; done
    [ -f "$work/picture/$shot.webm" ] && continue
    needs "$shot"
    echo "shot $shot"
    $low $python "$here/shoot.py" "$work" "$work/frames" "$shot"
    encode "$shot"
    rm -f "$work/frames/$shot.mkv"
done
[ $# -gt 0 ] || for voice in end pip pip-long pip-line pip-line-long; do beside "$voice"; done
[ $# -gt 0 ] || for place in room pane street corridor discs box dead; do looped "bed-$place"; done
ls -l "$work/picture" "$work/sound"
