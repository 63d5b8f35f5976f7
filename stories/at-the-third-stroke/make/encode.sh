#!/bin/sh
# encode.sh PICTURES SOUNDS OUT [shot ...]: joins a shot's picture and sound into OUT/shot.webm (AV1 and Opus).
# SOUNDS may be - : a picture without sound, whose story names the sound beside it.
# GRAIN=0 keeps the picture's own grain, which the rain needs: the encoder's model of it takes thin streaks for grain.
# A key frame at the start and at least every two seconds, closed groups, so that a cut into any of them is exact.
set -eu
pictures=$1 sounds=$2 out=$3
shift 3
for shot in "$@"; do
    sound=''
    [ "$sounds" = - ] || sound="-i $sounds/$shot.wav -map 0:v -map 1:a -c:a libopus -b:a 96k"
    ffmpeg -v error -y -i "$pictures/$shot.mkv" $sound -c:v libsvtav1 -preset "${PRESET:-8}" -crf "${CRF:-36}" -g 48 \
        -svtav1-params film-grain=${GRAIN:-8}:irefresh-type=2:lp=1 -pix_fmt yuv420p -fflags +bitexact "$out/$shot.webm"
done
