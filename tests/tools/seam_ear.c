/*
 * seam_ear FILE: compares a recording (stereo floats at 48 kHz) with arithmetic, sample by sample.
 *
 * Standard input says what should be heard, one line a piece, in order and without holes:
 *     START LENGTH POS LEFT_HZ RIGHT_HZ SLACK REFERENCE
 * Samples START .. START + LENGTH of the film are 0.5 sin(2 pi HZ (POS + i) / 48000) on each side; 0 Hz is silence.
 * REFERENCE is "-", or a file of stereo floats (an independent linear decode) to be compared with in place of the sine, for
 * codecs that spoil a tone more than one sample's error would.
 * LENGTH may be wrong by up to SLACK samples (a cut at a moment that only the player knew); the one that fits is found.
 * The film's first sample is looked for where the recording begins to sound.
 *
 * A sample is wrong where it differs by more than half of what one sample too many or too few would make at most. Where
 * the recording goes on out of step, by how much is found, counted ("jump"), and the rest is compared in the new step.
 * Silence in the middle that loses nothing is a "stand" (a pause or a hold), one behind which time has gone on a "hole".
 * The gain of each piece is fitted, and told.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE       48000
#define AMP        0.5
#define QUICK      256
#define EDGE       240
#define REACH      4800 /* how far a jump is looked for */
#define PROBE      960  /* samples that tell whether a step fits */
#define BURST      2048 /* samples that a lossy codec may take to get a tone right */
#define FADE       260  /* around a pause, 5 ms and a little */
#define ZEROS      64   /* a tone is never exactly zero for so long */
#define PIECES     100000
#define REFERENCES 64
/* Silence that came out of a lossy codec. */
#define SILENCE 0.004

struct heard {
    const float *smp;
    int64_t n;
};

struct piece {
    int64_t start, length, pos, slack;
    double hz[2], gain[2];
    struct heard ref;
};

static double want(const struct piece *p, int side, int64_t i)
{
    if (p->ref.smp)
        return p->pos + i < p->ref.n ? p->ref.smp[(p->pos + i) * 2 + side] : 0;
    const double cycles = p->hz[side] * (double)((p->pos + i) % (RATE * 10)) / RATE;
    return AMP * sin(2 * M_PI * (cycles - floor(cycles)));
}

static double tolerance(const struct piece *p, int side)
{
    return p->hz[side] > 0 ? AMP * p->gain[side] * M_PI * p->hz[side] / RATE : SILENCE;
}

static bool is_wrong(const struct heard *h, const struct piece *p, int64_t at, int64_t i)
{
    if (at < 0 || at >= h->n)
        return true;
    for (int side = 0; side < 2; side++)
        if (fabs(h->smp[at * 2 + side] - p->gain[side] * want(p, side, i)) > tolerance(p, side))
            return true;
    return false;
}

static bool fits(const struct heard *h, const struct piece *p, int64_t at, int64_t from, int64_t n)
{
    for (int64_t i = from; i < from + n; i++)
        if (is_wrong(h, p, at + i, i))
            return false;
    return true;
}

/* Of the piece's first n samples; more than `most` are not counted. */
static int64_t count_wrong(const struct heard *h, const struct piece *p, int64_t at, int64_t n, int64_t most)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < n && wrong <= most; i++)
        wrong += is_wrong(h, p, at + i, i);
    return wrong;
}

/* By least squares, over n samples of the piece. */
static void fit_gain_in(const struct heard *h, struct piece *p, int64_t at, int64_t from, int64_t n)
{
    for (int side = 0; side < 2; side++) {
        double xe = 0, ee = 1e-9;
        for (int64_t i = from; i < from + n; i++) {
            const double e = want(p, side, i);
            const double x = at + i >= 0 && at + i < h->n ? h->smp[(at + i) * 2 + side] : 0;
            xe += x * e;
            ee += e * e;
        }
        p->gain[side] = p->hz[side] > 0 ? xe / ee : 1;
        if (p->gain[side] < 0.1)
            p->gain[side] = 1;
    }
}

static void fit_gain_by(const struct heard *h, struct piece *p, int64_t at, int64_t n)
{
    fit_gain_in(h, p, at, (p->length - n) / 2, n);
}

/* In the middle, or near an end if there is more: a pause in the middle takes from what fits there. */
static void fit_gain(const struct heard *h, struct piece *p, int64_t at)
{
    const int64_t n = p->length / 2 < PROBE * 4 ? p->length / 2 : PROBE * 4;
    const int64_t from[] = {(p->length - n) / 2, (p->length - n) / 8, (p->length - n) * 7 / 8};
    double best[2] = {0, 0};
    for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
        fit_gain_in(h, p, at, from[k], n);
        for (int side = 0; side < 2; side++)
            best[side] = fmax(best[side], p->gain[side]);
    }
    memcpy(p->gain, best, sizeof best);
}

static int64_t zeros_at(const struct heard *h, int64_t at)
{
    int64_t n = 0;
    while (at + n < h->n && h->smp[(at + n) * 2] == 0 && h->smp[(at + n) * 2 + 1] == 0)
        n++;
    return n;
}

/* The shift nearest to 0 by which the piece fits from its sample `i` on; INT64_MIN: none does. */
static int64_t find_step(const struct heard *h, struct piece *p, int64_t at, int64_t i)
{
    const int64_t n = p->length - i < PROBE ? p->length - i : PROBE;
    for (int64_t d = 0; d <= REACH * 2; d++) {
        const int64_t shift = d & 1 ? -(d + 1) / 2 : d / 2;
        fit_gain_by(h, p, at + shift, QUICK);
        if (fits(h, p, at + shift, i, n))
            return shift;
    }
    fit_gain(h, p, at);
    return INT64_MIN;
}

static struct heard load(const char *path)
{
    FILE *f = fopen(path, "re");
    struct heard h = {0};
    if (!f)
        return h;
    fseek(f, 0, SEEK_END);
    const size_t bytes = (size_t)ftell(f);
    rewind(f);
    float *smp = malloc(bytes + 1);
    h = (struct heard){smp, (int64_t)(fread(smp, 1, bytes, f) / (2 * sizeof(float)))};
    fclose(f);
    return h;
}

struct sums {
    int64_t wrong, jumps, stands, holes;
    int64_t last;     /* the last wrong sample */
    int64_t searched; /* up to here it is not worth while to look for a jump again */
};

/* Does this part of the piece fit, with the gain that it has there itself? Where time stood, the gain of the whole piece means
 * nothing yet. It stays if the part fits. */
static bool part_fits(const struct heard *h, struct piece *p, int64_t at, int64_t from, int64_t n)
{
    const double gain[2] = {p->gain[0], p->gain[1]};
    if (n >= QUICK)
        fit_gain_in(h, p, at, from, n);
    const bool good = fits(h, p, at, from, n);
    if (!good)
        memcpy(p->gain, gain, sizeof gain);
    return good;
}

/* Does the film go on in step at sample `from` of the piece, be it in the next one? */
static bool goes_on(const struct heard *h, struct piece *p, struct piece *next, int64_t at, int64_t from)
{
    const int64_t probe = PROBE / 2, here = from < p->length ? p->length - from : 0;
    if (here >= probe || !next)
        return part_fits(h, p, at, from, here > 0 && here < probe ? here : probe);
    const int64_t into = from > p->length ? from - p->length : 0;
    fit_gain(h, next, at + p->length);
    return part_fits(h, p, at, from, here) && into + probe - here <= next->length &&
           part_fits(h, next, at + p->length, into, probe - here);
}

/* How long time stood, where `zeros` samples of silence are: the film's own sample there may be zero, too, or the one
 * before nearly. */
static int64_t stood_for(const struct heard *h, struct piece *p, struct piece *next, int64_t at, int64_t from,
                         int64_t zeros)
{
    static const int64_t more[] = {0, 1, -1, 2, -2};
    for (size_t k = 0; k < sizeof more / sizeof *more; k++)
        if (goes_on(h, p, next, at + zeros + more[k], from))
            return zeros + more[k];
    return zeros;
}

/* Does the next piece begin where this one, at `at`, ends? */
static bool next_begins(const struct heard *h, const struct piece *p, struct piece *next, int64_t at)
{
    const int64_t n = next->length < PROBE / 2 ? next->length : PROBE / 2;
    return part_fits(h, next, at + p->length, 0, n);
}

/* Has time gone on in the silence? The tone of a frame's length fits either way if that is how long it was; then the next piece
 * tells. */
static bool is_hole(const struct heard *h, struct piece *p, struct piece *next, int64_t at, int64_t back, int64_t zeros)
{
    if (!goes_on(h, p, next, at, back + zeros + FADE))
        return false;
    const int64_t stood = stood_for(h, p, next, at, back + FADE, zeros);
    if (!next || !goes_on(h, p, next, at + stood, back + FADE))
        return true;
    return next_begins(h, p, next, at) || !next_begins(h, p, next, at + stood);
}

/* Is the end of the piece missing, and does time then stand before the next one? For how long; INT64_MIN: no. */
static int64_t stands_behind_hole(const struct heard *h, struct piece *p, struct piece *next, int64_t at, int64_t back,
                                  int64_t zeros)
{
    for (int64_t k = -2; next && k <= 2; k++) {
        const int64_t stood = back + zeros + k - p->length;
        if (stood > 0 && next->length >= FADE + PROBE / 2 &&
            part_fits(h, next, at + stood + p->length, FADE, PROBE / 2))
            return stood;
    }
    return INT64_MIN;
}

/* From sample *i on, `zeros` samples of silence begin at `gap`. Moves behind them; *at changes if time stood. */
static void pass_silence(const struct heard *h, struct piece *p, struct piece *next, int64_t *at, int64_t *i,
                         int64_t gap, int64_t zeros, struct sums *sums)
{
    const int64_t back = gap - *at;
    const bool hole = is_hole(h, p, next, *at, back, zeros);
    const int64_t stood = hole ? 0 : stood_for(h, p, next, *at, back + FADE, zeros);
    const bool stand = !hole && goes_on(h, p, next, *at + stood, back + FADE);
    const int64_t behind = hole || stand ? INT64_MIN : stands_behind_hole(h, p, next, *at, back, zeros);
    if (behind != INT64_MIN) {
        printf("hole at %" PRId64 " for %" PRId64 "\n", p->start + back, p->length - back);
        printf("stand at %" PRId64 " for %" PRId64 "\n", p->start + p->length, behind);
        sums->holes += p->length - back;
        sums->stands += behind;
        *i = p->length;
        *at += behind;
        return;
    }
    zeros = hole ? zeros : stood;
    printf("%s at %" PRId64 " for %" PRId64 "\n", hole ? "hole" : "stand", p->start + back, zeros);
    sums->holes += hole ? zeros : 0;
    sums->stands += hole ? 0 : zeros;
    *i = hole ? back + zeros : back + FADE;
    *at += hole ? 0 : zeros;
}

/* Is what is wrong at sample i a disturbance, after which the old step fits again? Shortly before the end of a piece the
 * next one will tell: its start is compared, too. */
static bool recovers(const struct heard *h, const struct piece *p, int64_t at, int64_t i)
{
    if (p->hz[0] <= 0 || p->length - i < BURST + PROBE)
        return true;
    for (int64_t j = i; j < i + BURST; j += BURST / 16)
        if (fits(h, p, at, j, PROBE))
            return true;
    return false;
}

/* Wrong at sample i of the piece: what is it? Goes on behind it. */
static void explain(const struct heard *h, struct piece *p, struct piece *next, int64_t *at, int64_t *i,
                    struct sums *sums)
{
    for (int64_t gap = *at + *i; gap < *at + *i + FADE && gap < h->n; gap++) {
        const int64_t zeros = zeros_at(h, gap);
        if (zeros >= ZEROS) {
            pass_silence(h, p, next, at, i, gap, zeros, sums);
            return;
        }
    }
    int64_t shift = 0;
    if (p->start + *i >= sums->searched && !recovers(h, p, *at, *i)) {
        sums->searched = p->start + *i + BURST;
        shift = find_step(h, p, *at, *i + 8);
    }
    if (shift == 0 || shift == INT64_MIN) {
        if (sums->wrong++ == 0 || sums->last + 1 < p->start + *i)
            printf("wrong from %" PRId64 " (%.4f %.4f, not %.4f %.4f)\n", p->start + *i, h->smp[(*at + *i) * 2],
                   h->smp[(*at + *i) * 2 + 1], p->gain[0] * want(p, 0, *i), p->gain[1] * want(p, 1, *i));
        sums->last = p->start + *i;
        *i += 1;
        return;
    }
    printf("jump at %" PRId64 " of %" PRId64 "\n", p->start + *i, shift);
    sums->jumps += llabs(shift);
    *at += shift;
    *i += 8;
}

static void compare(const struct heard *h, struct piece *p, struct piece *next, int64_t *at, struct sums *sums)
{
    struct sums before = *sums;
    fit_gain(h, p, *at);
    for (int64_t i = 0; i < p->length && sums->wrong - before.wrong < 200;) {
        if (*at + i >= h->n) {
            printf("ends at %" PRId64 ", %" PRId64 " too early\n", p->start + i, p->length - i);
            sums->wrong += p->length - i;
            break;
        }
        if (is_wrong(h, p, *at + i, i))
            explain(h, p, next, at, &i, sums);
        else
            i++;
    }
    double worst = 0;
    for (int64_t i = 0; i < p->length && *at + i < h->n; i++)
        for (int side = 0; side < 2; side++)
            worst =
                fmax(worst, fabs(h->smp[(*at + i) * 2 + side] - p->gain[side] * want(p, side, i)) / tolerance(p, side));
    printf("piece %" PRId64 " gain %.3f %.3f wrong %" PRId64 " worst %.3f\n", p->start, p->gain[0], p->gain[1],
           sums->wrong + sums->jumps - before.wrong - before.jumps, worst);
}

/* The last samples of `p` are how many? So many that the next piece begins right behind. */
static int64_t settle_length(const struct heard *h, struct piece *p, struct piece *next, int64_t at)
{
    const int64_t probe = next->length < PROBE ? next->length : PROBE;
    for (int64_t d = 0; d <= p->slack * 2; d++) {
        const int64_t shift = d & 1 ? -(d + 1) / 2 : d / 2;
        fit_gain_by(h, next, at + p->length + shift, QUICK);
        if (p->length + shift < EDGE || !fits(h, next, at + p->length + shift, 0, probe))
            continue;
        fit_gain_by(h, p, at, QUICK);
        if (fits(h, p, at, p->length + shift - EDGE, EDGE)) /* tones repeat: the next one also seems to begin later */
            return shift;
    }
    printf("no cut is heard near %" PRId64 "\n", p->start + p->length);
    return 0;
}

static int64_t find_start(const struct heard *h, struct piece *p)
{
    int64_t first = 0, best = 0, best_wrong = INT64_MAX;
    while (first < h->n && fabsf(h->smp[first * 2]) < 1e-3f)
        first++;
    for (int64_t d = -300; d <= 300; d++) {
        fit_gain_by(h, p, first + d, p->length < QUICK ? p->length : QUICK);
        const int64_t wrong = count_wrong(h, p, first + d, p->length < BURST * 2 ? p->length : BURST * 2, best_wrong);
        if (wrong < best_wrong)
            best = first + d, best_wrong = wrong;
    }
    return best;
}

/* Each reference is loaded once. */
static struct heard load_once(const char *path)
{
    static struct {
        char path[512];
        struct heard heard;
    } loaded[REFERENCES];
    int i = 0;
    if (strcmp(path, "-") == 0)
        return (struct heard){0};
    while (i < REFERENCES - 1 && loaded[i].heard.smp && strcmp(loaded[i].path, path) != 0)
        i++;
    if (!loaded[i].heard.smp) {
        snprintf(loaded[i].path, sizeof loaded[i].path, "%s", path);
        loaded[i].heard = load(path);
    }
    return loaded[i].heard;
}

static int read_pieces(struct piece *piece)
{
    char ref[512];
    int n = 0;
    for (struct piece *p = piece;
         n < PIECES && scanf("%" SCNd64 "%" SCNd64 "%" SCNd64 "%lf%lf%" SCNd64 "%511s", &p->start, &p->length, &p->pos,
                             &p->hz[0], &p->hz[1], &p->slack, ref) == 7;
         p++, n++)
        p->ref = load_once(ref);
    return n;
}

int main(int argc, char **argv)
{
    static struct piece piece[PIECES];
    if (argc != 2)
        return 2;
    const struct heard h = load(argv[1]);
    const int n = read_pieces(piece);
    if (!h.smp || n == 0)
        return 1;
    struct sums sums = {0};
    int64_t at = find_start(&h, &piece[0]), moved = 0;
    printf("offset %" PRId64 "\n", at);
    for (int i = 0; i < n; i++) {
        piece[i].start += moved;
        if (piece[i].slack > 0 && i + 1 < n) {
            const int64_t d = settle_length(&h, &piece[i], &piece[i + 1], at);
            printf("cut %d at %" PRId64 " moved %" PRId64 "\n", i, piece[i].start + piece[i].length + d, d);
            piece[i].length += d;
            moved += d;
        }
        compare(&h, &piece[i], i + 1 < n ? &piece[i + 1] : NULL, &at, &sums);
        at += piece[i].length;
    }
    printf("sums wrong %" PRId64 " jumps %" PRId64 " stands %" PRId64 " holes %" PRId64 " heard %" PRId64 "\n",
           sums.wrong, sums.jumps, sums.stands, sums.holes, h.n);
    return 0;
}
