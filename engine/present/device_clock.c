#include "present/device_clock.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_SMP    ((double)NS_PER_SECOND / FILM_RATE)

/* So long after its first ask, the earliest ask of a device is believed at once: it fills its buffer. */
#define SETTLE_NS (200 * NS_PER_MS)
#define WINDOW_NS (250 * NS_PER_MS)
#define ASKS      8 /* a window has at least so many, so that one of them was not late */

/* A device is at most this much off, and the clock catches up by at most that much: a picture of 24 a second then
 * stands for 0.8 ms longer, which nobody sees. */
#define MOST_SLOW  0.10
#define MOST_CATCH 0.02
#define CATCH_S    1.0 /* an error is gone after about so long */

/* What is asked for so much too late was asked for by a device that had run dry. Below this, the clock only waits. */
#define STAND_NS (20 * NS_PER_MS)
#define APART_NS NS_PER_SECOND /* stands closer together are one */
/* If asks come so much too early, the device did not hurry on: it has become able to hold more. */
#define DEEPER_S 0.1

/* The filter. Before anything is known: the offset may be 3 ms off, the rate 1 %. A rate wanders by 12 ppm in a second,
 * an offset by 0.1 ms. The noise of a window is learned, within limits. */
#define FIRST_OFFSET_VAR (3e-3 * 3e-3)
#define FIRST_SLOW_VAR   (1e-2 * 1e-2)
#define OFFSET_WANDERS   (1e-4 * 1e-4)
#define SLOW_WANDERS     (1.2e-5 * 1.2e-5)
#define FIRST_NOISE_VAR  (1e-3 * 1e-3)
#define LEAST_NOISE_VAR  (1e-4 * 1e-4)
#define MOST_NOISE_VAR   (2e-2 * 2e-2)
#define NOISE_SHARE      (1.0 / 16)
/* What is off by so many standard deviations is odd, and is believed only when the next window says it again. */
#define ODD 5.0

bool device_clock_check(const struct device_clock *c)
{
    assert(fabs(c->asked.slow) <= MOST_SLOW && fabs(c->heard.slow) <= MOST_SLOW + MOST_CATCH);
    assert(c->offset_var >= 0 && c->slow_var >= 0);
    assert(c->latency_ns >= c->buffer_ns && c->buffer_ns >= 0);
    assert(c->begun || !c->settled);
    assert(c->stands >= 0 && c->stood_ns >= 0);
    return true;
}

/* ---- lines ---- */

int64_t clock_line_ns(const struct clock_line *l, int64_t smp)
{
    return l->ns + llround((double)(smp - l->smp) * NS_PER_SMP * (1 + l->slow));
}

int64_t clock_line_smp(const struct clock_line *l, int64_t ns)
{
    return l->smp + (int64_t)floor((double)(ns - l->ns) / (NS_PER_SMP * (1 + l->slow)));
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_SECOND;
}

/* When sample `smp` is heard by the estimate, which `heard` approaches. */
static int64_t target_ns(const struct device_clock *c, int64_t smp)
{
    return clock_line_ns(&c->asked, smp) + c->latency_ns;
}

/* ---- the beginning ---- */

void device_clock_start(struct device_clock *c, int64_t buffer_smp)
{
    assert(buffer_smp > 0);
    c->buffer_ns = c->latency_ns = llround((double)buffer_smp * NS_PER_SMP);
    c->begun = c->settled = false;
}

static void open_window(struct device_clock *c, int64_t ns)
{
    c->window.from_ns = ns;
    c->window.asks = 0;
}

static void begin(struct device_clock *c, int64_t smp, int64_t ns)
{
    c->begun = true;
    c->first = c->asked = (struct clock_line){.smp = smp, .ns = ns};
    c->heard.slow = c->running ? c->heard.slow : 0;
    c->offset_var = FIRST_OFFSET_VAR;
    c->slow_var = FIRST_SLOW_VAR;
    c->covariance = 0;
    c->noise_var = FIRST_NOISE_VAR;
    c->odd = 0;
    c->before_s = 0;
}

/* Nothing is heard before it was asked for, and what is asked for is heard after the request that is playing. */
static void settle(struct device_clock *c, int64_t smp, int64_t ns)
{
    if (ns < clock_line_ns(&c->asked, smp))
        c->asked = (struct clock_line){.smp = smp, .ns = ns};
    const int64_t after_first = clock_line_ns(&c->first, c->asked.smp);
    if (!c->running)
        c->heard = (struct clock_line){.smp = c->asked.smp, .ns = MAX(after_first, c->asked.ns + c->buffer_ns)};
    if (ns - c->first.ns < SETTLE_NS)
        return;
    c->latency_ns = MAX(c->buffer_ns, clock_line_ns(&c->heard, c->asked.smp) - c->asked.ns);
    c->settled = c->running = true;
    open_window(c, ns);
}

/* ---- the filter ---- */

static void predict(struct device_clock *c, double passed_s)
{
    c->offset_var += 2 * passed_s * c->covariance + passed_s * passed_s * c->slow_var + passed_s * OFFSET_WANDERS;
    c->covariance += passed_s * c->slow_var;
    c->slow_var += passed_s * SLOW_WANDERS;
}

/* An ask that came `late_s` later than the estimate says, at sample `smp`. */
static void correct(struct device_clock *c, int64_t smp, double late_s)
{
    const double var = c->offset_var + c->noise_var;
    const double offset_gain = c->offset_var / var, slow_gain = c->covariance / var;
    const int64_t ns = clock_line_ns(&c->asked, smp) + llround(offset_gain * late_s * (double)NS_PER_SECOND);
    const double slow = CLAMP(c->asked.slow + slow_gain * late_s, -MOST_SLOW, MOST_SLOW);
    c->asked = (struct clock_line){.smp = smp, .ns = ns, .slow = slow};
    c->slow_var -= slow_gain * c->covariance;
    c->covariance *= 1 - offset_gain;
    c->offset_var *= 1 - offset_gain;
}

/* Learned from how much one window differs from the next, so that an error of the estimate does not pass for noise. */
static void learn_noise(struct device_clock *c, double late_s)
{
    const double differs_s = late_s - c->before_s, var = differs_s * differs_s / 2;
    c->noise_var = CLAMP(c->noise_var + (var - c->noise_var) * NOISE_SHARE, LEAST_NOISE_VAR, MOST_NOISE_VAR);
}

/* True: what the window says is believed. */
static bool believes(struct device_clock *c, double late_s)
{
    if (fabs(late_s) <= ODD * sqrt(c->offset_var + c->noise_var)) {
        learn_noise(c, late_s);
        c->odd = 0;
        return true;
    }
    c->odd = late_s < 0 ? MIN(c->odd, 0) - 1 : MAX(c->odd, 0) + 1;
    return abs(c->odd) > 1;
}

/* The device holds more than before: its asks are earlier, and what is heard is not. */
static void deepen(struct device_clock *c, double by_s)
{
    const int64_t by_ns = llround(by_s * (double)NS_PER_SECOND);
    c->asked.ns -= by_ns;
    c->latency_ns += by_ns;
}

static void update(struct device_clock *c)
{
    const int64_t smp = c->window.smp;
    const double late_s = c->window.late_s;
    predict(c, MAX(0, (double)(smp - c->asked.smp)) / FILM_RATE);
    const bool believed = believes(c, late_s);
    c->before_s = late_s;
    if (!believed) {
        c->asked = (struct clock_line){.smp = smp, .ns = clock_line_ns(&c->asked, smp), .slow = c->asked.slow};
        return;
    }
    if (late_s < -DEEPER_S) {
        deepen(c, -late_s);
        return;
    }
    if (c->odd) { /* it has jumped, or changed its rate: the windows that follow will tell which */
        c->offset_var += late_s * late_s;
        c->slow_var += FIRST_SLOW_VAR;
    }
    correct(c, smp, late_s);
}

/* Bends the clock at `ns` so that it approaches the estimate. */
static void bend(struct device_clock *c, int64_t ns)
{
    const int64_t smp = clock_line_smp(&c->heard, ns);
    const int64_t at_ns = clock_line_ns(&c->heard, smp);
    const double behind_s = seconds(target_ns(c, smp) - at_ns);
    const double slow = c->asked.slow + CLAMP(behind_s / CATCH_S, -MOST_CATCH, MOST_CATCH);
    c->heard = (struct clock_line){.smp = smp, .ns = at_ns, .slow = slow};
}

/* ---- asks ---- */

/* If the clock is past what the device was given, nothing was heard since: the clock waited, and goes on now. */
static void wait_for_ask(struct device_clock *c, int64_t smp, int64_t ns)
{
    if (clock_line_ns(&c->heard, smp) < ns)
        c->heard = (struct clock_line){.smp = smp, .ns = ns, .slow = c->heard.slow};
}

/* Returns how long the device stood before it asked for `smp`. */
static int64_t note_stand(struct device_clock *c, int64_t smp, int64_t ns)
{
    const int64_t dry_ns = ns - target_ns(c, smp);
    if (dry_ns < STAND_NS)
        return 0;
    c->asked.ns += dry_ns;
    c->stands += c->stands == 0 || ns - c->stand_at_ns > APART_NS;
    c->stand_at_ns = ns;
    c->stood_ns += dry_ns;
    c->odd = 0;
    open_window(c, ns);
    return dry_ns;
}

static void note_ask(struct device_clock *c, int64_t smp, int64_t ns)
{
    const double late_s = seconds(ns - clock_line_ns(&c->asked, smp));
    if (c->window.asks++ > 0 && late_s >= c->window.late_s)
        return;
    c->window.late_s = late_s;
    c->window.smp = smp;
}

int64_t device_clock_ask(struct device_clock *c, int64_t smp, int64_t ns)
{
    assert(c->buffer_ns > 0);
    if (!c->begun)
        begin(c, smp, ns);
    if (c->running)
        wait_for_ask(c, smp, ns);
    if (!c->settled) {
        settle(c, smp, ns);
        if (c->settled)
            wait_for_ask(c, smp, ns);
        assert(device_clock_check(c));
        return 0;
    }
    const int64_t stood_ns = note_stand(c, smp, ns);
    note_ask(c, smp, ns);
    if (c->window.asks >= ASKS && ns - c->window.from_ns >= WINDOW_NS) {
        update(c);
        bend(c, ns);
        open_window(c, ns);
    }
    assert(device_clock_check(c));
    return stood_ns;
}

int64_t device_clock_drift_ns(const struct device_clock *c, int64_t smp)
{
    return target_ns(c, smp) - clock_line_ns(&c->heard, smp);
}
