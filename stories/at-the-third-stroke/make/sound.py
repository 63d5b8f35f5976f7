#!/usr/bin/env python3
"""Makes the film's sound and captions: one list, so that what is heard and what is written stay together.

    sound.py OUT [clip ...]          writes OUT/<clip>.wav (48 kHz, stereo, exact length)
    sound.py --captions STORY        writes STORY/captions/<language>/<clip>.vtt

A clip is a bed, which is a place and always equally loud (so that the bed does not jump at a cut and a waiting choice
is never silent), and events, which are raised or lowered until the whole is -20 LUFS behind the limiter.
Everything lasts whole seconds: hum and wall clock go on in phase over every cut.
"""
import os
import sys

import numpy as np
from scipy import signal

import synth as y
from synth import SR, bell, boards, bp, hp, hum, ir, key, lp, machine, pad, phone, pink, pip, relay, st, t, tick, verb

ROOM, HALL, TUBE, BOX = (ir(1.1, 5200, seed=3), ir(3.2, 4200, .02, seed=5, size=2.), ir(1.9, 3800, .018, seed=7),
                         ir(.25, 6500, .003, seed=8, size=.3))
TARGET = -20.
DUCK = 5.
NEAR = .08       # how much of the room is in a voice: with more, a recogniser loses the words
CEILING = .66   # fire and bells gain up to a decibel in the codec and between samples: -2 dBTP holds


# ---- levels ----------------------------------------------------------------------------------------------------------

def lufs(x):
    """Integrated loudness by BS.1770: K-weighted, 400 ms blocks, gated at -70 and at 10 below the rest."""
    b1, a1 = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1., -1.69065929318241, .73248077421585]
    b2, a2 = [1., -2., 1.], [1., -1.99004745483398, .99007225036621]
    k = signal.lfilter(b2, a2, signal.lfilter(b1, a1, x, axis=0), axis=0) ** 2
    c = np.concatenate([[0], np.cumsum(k.sum(1))])
    s = np.arange(0, len(x) - int(.4 * SR) + 1, int(.1 * SR))
    p = (c[s + int(.4 * SR)] - c[s]) / (.4 * SR) + 1e-12
    p = p[-.691 + 10 * np.log10(p) > -70]
    if not len(p):
        return -99.
    p = p[p > p.mean() * .1]
    return -.691 + 10 * np.log10(p.mean())


def rms_to(x, db):
    return x * 10 ** (db / 20) / max(np.sqrt((x ** 2).mean()), 1e-9)


# ---- beds: one per place -----------------------------------------------------------------------------------------------

def ticks(d, g=.25):
    """The wall clock: a tick every second, at the same fraction of it in every clip."""
    o = np.zeros((int(d * SR), 2))
    for k in range(int(d)):
        put(o, verb(tick(k % 2), ROOM, .35), k + .4, g)
    return o


def put(o, x, at, g=1.):
    x = st(x) if x.ndim == 1 else x
    i = int(round(at * SR))
    n = min(len(x), len(o) - i)
    if n > 0:
        o[i:i + n] += x[:n] * g


def bed_room(d):
    o = rms_to(y.rain_inside(d), -31) + st(hum(d)) * .5 + st(y.crt_whine(d)) * .3 + ticks(d, .22)
    for _ in range(int(d)):
        put(o, verb(relay(), ROOM, .4), y.rng.uniform(.5, d - .5), y.rng.uniform(.06, .2))
    return o


def bed_pane(d):
    return rms_to(y.rain_inside(d, 3.), -29) + st(hum(d)) * .4 + ticks(d, .14)


def bed_street(d):
    n = int(d * SR)
    o = np.stack([lp(hp(pink(n), 250), 7000) + .6 * lp(pink(n), 140) for _ in range(2)], 1)
    for _ in range(int(d * 60)):
        i = y.rng.uniform(.01, d - .05)
        s = pop(y.rng.uniform(1500, 6000), .01)
        put(o, st(s, y.rng.uniform(-.9, .9)), i, y.rng.exponential(.05))
    return rms_to(o, -29)


def bed_corridor(d):
    x = t(d)
    buzz = sum(np.sin(2 * np.pi * 100 * k * x + k) / k for k in (1, 2, 3, 5, 8)) * .02
    r = np.random.default_rng(2)
    gate = np.repeat(r.random(int(d * 8) + 1) > .22, SR // 8)[:len(x)].astype(float)
    far = np.stack([lp(pink(len(x)), 700) for _ in range(2)], 1)
    return rms_to(far, -34) + verb(buzz * lp(gate, 60), TUBE, .5)[:len(x)] * .8


def bed_discs(d):
    x = t(d)
    rub = sum(bp(pink(len(x)), f, f * 1.3) for f in (180, 420, 900)) * (1 + .35 * np.sin(2 * np.pi * .5 * x))
    return rms_to(np.stack([rub, np.roll(rub, 900)], 1), -33) + st(hum(d)) * .8 + st(np.sin(2 * np.pi * 50 * x) * .012)


def bed_box(d):
    n = int(d * SR)
    o = np.stack([bp(pink(n), 300, 3500) for _ in range(2)], 1)
    for _ in range(int(d * 45)):
        put(o, pop(y.rng.uniform(500, 1400), .03), y.rng.uniform(.01, d - .1), y.rng.exponential(.12))
    return rms_to(verb(o, BOX, .5)[:n], -29)


def bed_dawn(d):
    n = int(d * SR)
    o = rms_to(np.stack([lp(pink(n), 500) for _ in range(2)], 1), -35)
    for at in np.arange(1.2, d - 1, 1.9):
        f = y.rng.uniform(2600, 3600)
        x = t(.12)
        s = np.sin(2 * np.pi * f * x * (1 + .6 * x)) * np.sin(np.pi * x / .12) ** 2
        for k in range(y.rng.integers(1, 4)):
            put(o, verb(st(s, y.rng.uniform(-.8, .8)), HALL, .6), at + .17 * k, .012)
    return o


def bed_dead(d):
    n = int(d * SR)
    return rms_to(np.stack([lp(pink(n), 260) for _ in range(2)], 1), -44)


BEDS = {'room': bed_room, 'pane': bed_pane, 'street': bed_street, 'corridor': bed_corridor, 'discs': bed_discs,
        'box': bed_box, 'dawn': bed_dawn, 'dead': bed_dead}
SPACE = {'room': ROOM, 'pane': ROOM, 'street': HALL, 'corridor': TUBE, 'discs': ROOM, 'box': BOX, 'dawn': HALL, 'dead': ROOM}


# ---- things that sound -------------------------------------------------------------------------------------------------

def pop(f=900., d=.03):
    x = t(d)
    return np.sin(2 * np.pi * f * x * (1 + 4 * x)) * np.exp(-x * 5 / d)


def thud(f=70., d=.3, noise=.3):
    x = t(d)
    return np.sin(2 * np.pi * f * x * np.exp(-x * 3)) * np.exp(-x * 14) * .7 + noise * lp(y.rng.standard_normal(len(x)), 900) * np.exp(-x * 45)


def steps(n, gap=.52, f=110.):
    o = np.zeros(int((n * gap + .5) * SR))
    for k in range(n):
        s = thud(f * (1 + .06 * (k % 2)), .2, .8)
        i = int(k * gap * SR)
        o[i:i + len(s)] += s * .5
        c = bp(y.rng.standard_normal(len(s)), 1500, 4500) * np.exp(-t(.2) * 130) * .12
        o[i:i + len(s)] += c
    return o


def nearer(x):
    """What comes towards us: after a silence it must not start with a bang."""
    return x * np.linspace(.25, 1, len(x))


def drips(n, gap):
    o = np.zeros(int((n * gap + .5) * SR))
    for k in range(n):
        s = pop(y.rng.uniform(700, 1300), .05)
        i = int(k * gap * SR)
        o[i:i + len(s)] += s * .25
    return o


def clink(n=1, gap=.42):
    o = np.zeros(int((n * gap + .6) * SR))
    for k in range(n):
        x = t(.4)
        s = sum(np.sin(2 * np.pi * f * x) * np.exp(-x * q) for f, q in ((2870, 22), (4630, 30), (7110, 45))) * .10
        i = int(k * gap * SR)
        o[i:i + len(s)] += s * y.rng.uniform(.5, 1)
    return o


def ring(d, cadence=True):
    """A British telephone bell: two short rings, two seconds of nothing."""
    o = np.zeros(int((d + 1.2) * SR))
    at = 0.
    while at < d - .1:
        s = bell(.4)
        i = int(at * SR)
        n = min(len(s), len(o) - i)
        o[i:i + n] += s[:n]
        at += .6 if int(round(at * 10)) % 30 == 0 else 2.4
    return o * .9


def tone(d, f, on=.4, off=.4):
    x = t(d)
    g = ((x % (on + off)) < on).astype(float)
    return sum(np.sin(2 * np.pi * k * x) for k in f) / len(f) * lp(g, 120) * .3


def ringback(d):
    x = t(d)
    u = x % 3.
    g = ((u < .4) | ((u > .6) & (u < 1.))).astype(float)
    return phone((np.sin(2 * np.pi * 400 * x) + np.sin(2 * np.pi * 450 * x)) * .2 * lp(g, 120), .004)


def reels(d):
    x = t(d)
    w = np.minimum(1, x / 1.2)
    ph = np.cumsum(95 * w) / SR
    m = (np.sin(2 * np.pi * ph) + .4 * np.sin(4 * np.pi * ph)) * .03 + bp(pink(len(x)), 500, 2400) * .010 * w
    return m * (1 + .15 * np.sin(2 * np.pi * 1.6 * x)) * np.minimum(1, (d - x) / .3)


def printer(d, lines=.9):
    o = np.zeros(int(d * SR))
    at = 0.
    while at < d - .2:
        n = int(y.rng.uniform(.35, .75) * SR)
        n = min(n, len(o) - int(at * SR))
        x = np.arange(n) / SR
        b = (signal.square(2 * np.pi * 118 * x, .15) * .3 + y.rng.standard_normal(n) * .25) * (signal.square(2 * np.pi * 14 * x) > -.5)
        e = np.minimum(1, np.minimum(x / .01, (n / SR - x) / .02))
        i = int(at * SR)
        o[i:i + n] += bp(b, 700, 5200) * e * .22
        at += n / SR + .18 * lines
    return o


def breath(d):
    x = t(d)
    e = np.maximum(0, np.sin(2 * np.pi * x / 3.4)) ** 1.5 + .6 * np.maximum(0, -np.sin(2 * np.pi * x / 3.4)) ** 2
    return bp(pink(len(x)), 350, 1900) * e * .12


def heart(d):
    o = np.zeros(int(d * SR))
    for k in np.arange(.1, d - .6, .82):
        for dt, g in ((0, 1.), (.24, .6)):
            s = thud(52, .25, .0)
            i = int((k + dt) * SR)
            o[i:i + len(s)] += s[:len(o) - i] * g * .5
    return o


def power_down():
    x = t(2.4)
    f = 100 * np.exp(-x * 1.5)
    return np.sin(2 * np.pi * np.cumsum(f) / SR) * np.exp(-x * 1.1) * .3


def spark():
    x = t(.25)
    return bp(y.rng.standard_normal(len(x)), 1200, 9000) * np.exp(-x * 26) * (y.rng.random(len(x)) > .6) * .6


def rattle(d):
    """Wood and brass that hold, and do not sit tight."""
    x = t(d)
    o = np.zeros(len(x))
    at = 0.
    while at < d - .03:
        s = sum(np.sin(2 * np.pi * f * t(.03)) * np.exp(-t(.03) * q) for f, q in ((740, 160), (1910, 210), (3300, 260))) * y.rng.uniform(.08, .22)
        i = int(at * SR)
        o[i:i + len(s)] += s[:len(o) - i]
        at += y.rng.uniform(.025, .07)
    return o * np.exp(-x * 3 / d)


def fire(d):
    o = lp(pink(int(d * SR)), 380) * .08
    for _ in range(int(d * 22)):
        s = bp(y.rng.standard_normal(900), 1500, 8000) * np.exp(-np.arange(900) / 120) * y.rng.exponential(.12)
        i = y.rng.integers(0, len(o) - 900)
        o[i:i + 900] += s
    return o * np.minimum(1, t(d) / .6)


def rush(d, up=True):
    x = t(d)
    return bp(pink(len(x)), 200, 3000) * (x / d if up else 1 - x / d) ** 2 * .1


def clock(text, stretch=1.08):
    return machine(y.clock_voice(text, stretch))


def clock_close(text):
    v = y.clock_voice(text, 1.14)
    return np.tanh(lp(v, 6500) * 1.3) * .7


def clock_name(text):
    """The disc stumbles: the first quarter of a second three times before it goes on."""
    v = clock(text)
    n = int(.23 * SR)
    w = np.minimum(1, np.minimum(np.arange(n) / 200, (n - np.arange(n)) / 200))
    return np.concatenate([v[:n] * w, v[:n] * w * .8, v[:n] * w, v])


def clock_falls(text):
    v = clock(text, 1.0)
    speed = np.concatenate([np.ones(int(1.6 * SR)), np.linspace(1, .12, int(7.5 * SR)) ** 1.4])
    pos = np.cumsum(speed)
    pos = pos[pos < len(v) - 1]
    o = np.interp(pos, np.arange(len(v)), v)
    return o * np.minimum(1, (len(o) - np.arange(len(o))) / SR)


def caller(text):
    v = y.caller_voice(text, 'rms', -2, 1.08)
    x = bp(v, 330, 3250, 3)
    return np.tanh(1.6 * x) * .6 + bp(pink(len(x)), 400, 3000) * .006


def pips(third):
    """The signature, where nobody chooses; the long one begins at the given time. Elsewhere the player sounds it: CUES."""
    return [(third - 2, 1., lambda: pip(1000, .1)), (third - 1, 1., lambda: pip(1000, .1)), (third, 1., lambda: pip(1000, .5))]


def chord(notes, d, g=1.):
    return lambda: verb(boards(pad(notes, d, cut=(250, 700))), HALL, .35)[:int(d * SR)] * g


def glass(n):
    return lambda: verb(y.glass(n), HALL, .6)


DM, BB, SUS = (38, 50, 57, 64), (34, 50, 58, 62), (38, 53, 57, 64)
EVENING = 'At the third stroke, you will touch the key.'


def C(text, f=clock):
    def voice():
        return f(text)
    voice.wet = NEAR
    return voice


# name: (seconds, bed, [(at, gain, maker), ...], [(from, to, english, german), ...])
# Events with a maker give their sound when the clip is made. Captions: sounds in brackets, voices with their name.
PIPS = ('[three pips]', '[drei Töne]')
# What stands on the screen in English, which nobody has to be told who reads it.
ON_SCREEN = [(1.8, 4.9, '', 'Der Anrufer will nicht die Zeit.\nDer Anrufer will Sie.')]
CLIPS = {
    's01': (14, 'discs', [(3.6, 1., C('At the third stroke, it will be. eleven, forty, precisely.'))] + pips(11.5)
            + [(0, .35, chord(DM, 14)), (11.5, .8, glass(62)), (12., .6, glass(69)), (12.5, .5, glass(61))],
            [(.4, 3.2, '[discs turning]', '[drehende Scheiben]'),
             (3.6, 5.8, 'THE CLOCK: At the third stroke,\nit will be', 'DIE UHR: Beim dritten Ton\nist es'),
             (5.8, 8.8, 'eleven forty, precisely.', 'genau elf Uhr vierzig.'), (9.4, 12.2, *PIPS)]),
    's02': (9, 'street', [(0, .32, chord(DM, 9)), (3.5, .6, glass(69)), (6., .5, glass(61))],
            [(.4, 3., '[rain on an empty street]', '[Regen auf leerer Straße]')]),
    's03': (14, 'corridor', [(.6, .5, lambda: steps(6)), (3.9, .5, lambda: drips(9, 1.))],
            [(.4, 3.6, '[a tube flickers, footsteps]', '[eine Röhre flackert, Schritte]'), (4., 7., '[dripping]', '[Tropfen]'), (11., 13.8, *PIPS)]),
    's04a': (4, 'corridor', [(.2, .12, lambda: thud(160)), (.9, 1., lambda: drips(3, 1.))], []),
    's04b': (4, 'room', [(.2, .12, lambda: thud(130)), (.65, 1., lambda: drips(7, .5))], []),
    's04': (4, None, [], [(.3, 3.8, '[dripping]', '[Tropfen]')]),
    's05': (16, 'room', [(0, .30, chord(DM, 6.5)), (6., .30, chord(BB, 6.5)), (12., .26, chord(DM, 4.)), (1.5, .5, glass(76)),
                                (2.5, .45, glass(81)), (4., .45, glass(77)), (7.5, .4, glass(74)), (10., .4, glass(82))]
            + [(k, .5, lambda: verb(key(), ROOM, .25)) for k in (.6, .74, .83, 1.1, 1.24, 1.6, 1.71, 2.3, 2.45, 2.56, 3.1, 3.2, 3.6)],
            [(.4, 3.2, '[rain on the window, keys, a clock]', '[Regen am Fenster, Tasten, eine Uhr]'), (13., 15.6, *PIPS)]),
    's06a': (4, 'room', [(.5, .7, lambda: pop(500, .07)), (1., 1., lambda: clink(5)), (3.2, .5, lambda: thud(180))],
             [(.4, 3.6, '[a lump of sugar, a spoon]', '[ein Stück Zucker, ein Löffel]')]),
    's06b': (4, 'room', [(1., .6, lambda: thud(170)), (1.02, .4, lambda: clink())], [(.8, 3., '[a mug is set down]', '[eine Tasse wird abgestellt]')]),
    's25': (8, 'room', [(2.2, 1., C('You did not choose.')), (4.6, 1., C('It has been noted.'))],
            [(.3, 2., '[the wall clock]', '[die Wanduhr]'), (2.2, 4.4, 'THE CLOCK: You did not choose.', 'DIE UHR: Sie haben nicht gewählt.'),
             (4.6, 7., 'It has been noted.', 'Es wurde vermerkt.')]),
    's07': (14, 'room', [(.2, .6, lambda: relay()), (.6, .8, lambda: verb(ring(12.1), ROOM, .3))],
            [(.5, 1.7, '[a telephone rings]', '[ein Telefon klingelt]')] + ON_SCREEN + [(11., 13.8, *PIPS)]),
    's07-again': (14, 'box', [(.6, 1., lambda: ringback(11.9))],
                  [(.5, 1.7, '[in the receiver, a telephone rings]', '[im Hörer klingelt es]')] + ON_SCREEN + [(11., 13.8, *PIPS)]),
    's08a': (13, 'room', [(.3, .6, lambda: relay()), (.35, .4, lambda: clink()), (1.6, 1., C('You are in the window.', caller)),
                                (4.6, 1., C("Don't turn round.", caller)), (7.4, 1., C('I only want to know, what you are going to do.', caller)),
                                (.4, .5, lambda: bp(pink(int(12.2 * SR)), 400, 3000) * .02)],
             [(.2, 1.4, '[the receiver is lifted]', '[der Hörer wird abgenommen]'), (1.6, 4.2, 'THE CALLER: You are in the window.', 'DER ANRUFER: Sie sitzen am Fenster.'),
              (4.6, 6.8, "Don't turn round.", 'Drehen Sie sich nicht um.'), (7.4, 11.4, 'I only want to know\nwhat you are going to do.', 'Ich will nur wissen,\nwas Sie tun werden.')]),
    's08b': (9, 'room', [(0, .8, lambda: verb(bell(.45)[:int(.5 * SR)], ROOM, .3)), (1.4, 1., lambda: relay()), (1.6, 1., lambda: reels(7.4)),
                               (4.4, 1., C('You did not answer.'))],
             [(0., 1.2, '[the bell stops]', '[das Klingeln bricht ab]'), (1.6, 4., '[tape reels start by themselves]', '[Tonbandspulen laufen von selbst an]'),
              (4.4, 7., 'THE CLOCK: You did not answer.', 'DIE UHR: Sie haben nicht abgenommen.')]),
    's09': (16, 'pane', [(0, .34, chord(BB, 8)), (7.4, .34, chord(DM, 8.6)), (3., .5, glass(74)), (5., .5, glass(61)), (5.0, .2, lambda: spark())],
            [(.4, 4., '[rain on the pane]', '[Regen an der Scheibe]'), (13., 15.6, *PIPS)]),
    's10a': (7, 'room', [(.5, 1., lambda: relay()), (.5, .5, lambda: thud(200, .1)), (1., .25, chord(DM, 6))], [(.4, 2., '[a switch]', '[ein Schalter]')]),
    's10b': (7, 'pane', [(2.4, .5, lambda: spark()), (2.62, .4, lambda: spark()), (3.5, .4, lambda: spark()), (3.6, .9, glass(61)), (3.5, .3, chord((37, 50, 56), 3.5))],
             [(2.3, 4.4, '[a lamp crackles in the street]', '[eine Lampe knistert auf der Straße]')]),
    's10c': (6, 'room', [(.4, .5, lambda: bp(pink(int(.5 * SR)), 300, 900) * np.hanning(int(.5 * SR)) * .4), (2.4, 1.6, lambda: relay()), (4.2, .7, glass(61))],
             [(2.2, 4., '[one relay drops]', '[ein Relais fällt ab]')]),
    's11-one': (17, 'discs', [(.9, 1., C('Good evening, Nell.', clock_name)), (3.4, 1., C('One sugar.')), (4.9, 1., C(EVENING))] + [(8., .3, chord(DM, 8.4))],
                [(.9, 3.2, 'THE CLOCK: Good evening, Nell.', 'DIE UHR: Guten Abend, Nell.'), (3.4, 4.8, 'One sugar.', 'Ein Stück Zucker.'),
                 (4.9, 8., 'At the third stroke\nyou will touch the key.', 'Beim dritten Ton\nberühren Sie die Taste.'), (14., 16.6, *PIPS)]),
    's11-none': (17, 'discs', [(.9, 1., C('Good evening, Nell.', clock_name)), (3.4, 1., C('No sugar.')), (4.9, 1., C(EVENING))] + [(8., .3, chord(DM, 8.4))],
                 [(.9, 3.2, 'THE CLOCK: Good evening, Nell.', 'DIE UHR: Guten Abend, Nell.'), (3.4, 4.8, 'No sugar.', 'Kein Zucker.'),
                  (4.9, 8., 'At the third stroke\nyou will touch the key.', 'Beim dritten Ton\nberühren Sie die Taste.'), (14., 16.6, *PIPS)]),
    's12': (6, 'discs', [(1.2, 1., lambda: key()), (1.2, .9, lambda: thud(60, .6, .1)), (2.6, 1., C('You touched it.'))],
            [(1., 2.3, '[a key clicks]', '[eine Taste klickt]'), (2.6, 4.6, 'THE CLOCK: You touched it.', 'DIE UHR: Sie haben sie berührt.')]),
    's13': (14, 'room', [(.4, .8, lambda: printer(11.2))], [(.4, 4.8, '[a printer]', '[ein Drucker]'), (11., 13.8, *PIPS)]),
    's14a': (14, 'dead', [(.3, 1., lambda: spark()), (.35, .8, lambda: power_down()), (3.4, 1., C('At the third stroke.'))] + [(6., .25, chord(DM, 8))],
             [(.2, 1.5, '[a spark; everything runs down]', '[ein Funke; alles läuft aus]'), (1.8, 3.2, '[silence]', '[Stille]'),
              (3.4, 5.4, 'THE CLOCK: At the third stroke', 'DIE UHR: Beim dritten Ton'), (11., 13.8, *PIPS)]),
    's14b': (12, 'room', [(.2, .8, lambda: printer(.9)), (1.3, 1., C('She chooses.'))],
             [(.2, 1.2, '[the printer: one line]', '[der Drucker: eine Zeile]'), (1.3, 3., 'THE CLOCK: She chooses', 'DIE UHR: Sie wählt'), (9., 11.8, *PIPS)]),
    's15': (8, 'corridor', [(.3, .7, lambda: nearer(steps(8, .36))), (3.6, .9, lambda: heart(4.2)), (3.4, .3, chord((37, 50, 56), 4.6))],
            [(.3, 3.2, '[hurried steps]', '[eilige Schritte]'), (3.6, 7.6, '[a heart]', '[ein Herz]')]),
    's15-seen': (8, 'corridor', [(.3, .7, lambda: nearer(steps(8, .36))), (3.4, 1.5, lambda: breath(4.5)), (3.6, .6, lambda: heart(4.2)), (3.4, .3, chord((37, 50, 56), 4.6))],
                 [(.3, 3.2, '[hurried steps]', '[eilige Schritte]'), (3.6, 7.6, '[somebody breathes in the dark]', '[jemand atmet im Dunkeln]')]),
    's16a': (9, 'dead', [(.3, .8, lambda: steps(3, .8, 80)), (2.9, 1., lambda: thud(50, .8, .6)), (4., .8, lambda: tone(4.9, (400,), .375, .375))],
             [(.3, 2.7, '[slow steps]', '[langsame Schritte]'), (4., 8.8, '[engaged tone]', '[Besetztzeichen]')]),
    's16b': (12, 'street', [(.10, .5, lambda: rattle(.16)), (.7, .45, lambda: thud(62, .5, .5)), (.7, .35, lambda: rattle(.3)), (1.2, .5, lambda: thud(58, .5, .5)), (1.2, .4, lambda: rattle(.4)),
                         (2., .8, lambda: verb(lp(ring(8), 3800), HALL, .5))],
             [(.2, 1.8, '[an umbrella in the door handle; blows]', '[ein Schirm im Türgriff; Schläge]'), (2., 6., '[a telephone rings in the street]', '[auf der Straße klingelt ein Telefon]'), (9., 11.8, *PIPS)]),
    's17': (14, 'box', [(.8, .8, lambda: relay()), (.9, .4, lambda: clink()), (2., 1.2, lambda: phone(breath(11.5) * 1.5, .006)),
                               (2., .8, lambda: phone(ticks(11.5, 1.)[:, 0], .0)), (6., .25, chord(DM, 8))],
            [(.6, 2., '[a receiver is lifted]', '[ein Hörer wird abgenommen]'), (2.4, 7., '[at the other end: breathing, a clock, rain]', '[am anderen Ende: Atem, eine Uhr, Regen]')]),
    's17-again': (14, 'box', [(.8, .8, lambda: relay()), (.9, .4, lambda: clink()), (2., 1.2, lambda: phone(breath(11.5) * 1.5, .006)),
                                     (2., .8, lambda: phone(ticks(11.5, 1.)[:, 0], .0))],
                  [(.6, 2., '[a receiver is lifted]', '[ein Hörer wird abgenommen]'), (2.4, 7., '[at the other end: breathing, a clock, rain]', '[am anderen Ende: Atem, eine Uhr, Regen]'), (11., 13.8, *PIPS)]),
    's18': (12, 'dawn', [(.5, .25, lambda: verb(printer(3.), HALL, .8)), (4., 1., C('You were with us, for some minutes.')), (7.4, 1., C('Thank you for calling.')),
                               (0, .35, chord((38, 50, 57, 66), 12)), (9.6, .5, glass(74)), (10.2, .5, glass(78))],
            [(.3, 3.6, '[birds; far off, a printer]', '[Vögel; weit weg ein Drucker]'), (4., 7., 'THE CLOCK: You were with us\nfor some minutes.', 'DIE UHR: Sie waren einige Minuten\nbei uns.'),
             (7.4, 9.6, 'Thank you for calling.', 'Danke für Ihren Anruf.')]),
    's19': (11, 'discs', [(0, .4, chord(DM, 6)), (5, .4, chord(BB, 6)), (.5, .5, lambda: heart(9))], [(.3, 2.6, '[discs turning, very near]', '[Scheiben drehen sich, ganz nah]'), (8., 10.8, *PIPS)]),
    's20a': (13, 'discs', [(.8, 1., lambda: clock_falls('At the third stroke, it will be. eleven, forty seven, and ten seconds.')), (10.8, .8, lambda: thud(45, .8, .1)), (11., .5, glass(50))],
             [(.8, 9., 'THE CLOCK: At the third stroke\nit will be —', 'DIE UHR: Beim dritten Ton\nist es —'), (9.4, 12.8, '[the voice falls to nothing]', '[die Stimme sinkt ins Nichts]')]),
    's20b': (12, 'discs', [(.5, 1., C('You may ask, one thing.', clock_close))] + [(3., .3, chord(DM, 8))],
             [(.5, 3., 'THE CLOCK: You may ask one thing.', 'DIE UHR: Eine Frage haben Sie.'), (9., 11.8, *PIPS)]),
    's21': (14, 'room', [(.5, .45, lambda: verb(steps(4), TUBE, .5)), (4.6, 1., C('At the third stroke, it will be. eleven, forty, precisely.'))] + pips(12)
            + [(0, .3, chord(DM, 14)), (12., .5, glass(62)), (12.5, .5, glass(69)), (13., .4, glass(61))],
            [(.4, 3., '[steps in the corridor]', '[Schritte im Flur]'), (4.6, 6.8, 'THE CLOCK: At the third stroke,\nit will be', 'DIE UHR: Beim dritten Ton\nist es'),
             (6.8, 9.6, 'eleven forty, precisely.', 'genau elf Uhr vierzig.'), (10., 12.8, *PIPS)]),
    's22': (16, 'room', [(0, 1., lambda: reels(15.8)), (.3, .3, lambda: printer(14.)), (1., 1., C('This is everything.')),
                               (3., 1., C('It is the only thing, that ever leaves the building.'))],
            [(.2, 1., '[reels, a printer]', '[Spulen, ein Drucker]'), (1., 2.9, 'THE CLOCK: This is everything.', 'DIE UHR: Das ist alles.'),
             (3., 6.8, 'It is the only thing\nthat ever leaves the building.', 'Es ist das Einzige,\nwas je das Haus verlässt.'), (13., 15.6, *PIPS)]),
    's23a': (6, 'corridor', [(.3, .6, lambda: steps(4, .6)), (3.2, 1.2, lambda: rush(.7)), (3.9, .9, lambda: thud(80, .4, .5))], [(.3, 3., '[steps; a box is pushed onto a shelf]', '[Schritte; eine Schachtel kommt ins Regal]')]),
    's23b': (7, 'room', [(.2, 1., lambda: bp(pink(int(.5 * SR)), 1500, 6000) * np.exp(-t(.5) * 8) * .4), (.5, 1.2, lambda: fire(6.3)), (.5, .6, lambda: reels(6))],
             [(.2, 4., '[a match; tape burning]', '[ein Streichholz; brennendes Band]')]),
    'end': (4, 'dead', [(.2, 1., glass(62)), (.7, .8, glass(69)), (1.2, .7, glass(61))], [(.2, 3.8, '[three notes, like glass]', '[drei Töne wie Glas]')]),
    'credits': (26, 'dead', [(0, .35, lambda: ticks(26)), (.2, 1., chord(DM, 9)), (7.6, 1., chord(BB, 9)), (15., .9, chord(SUS, 6.5)), (19.8, .8, chord(DM, 6))]
                + [(at, g, glass(n)) for at, g, n in ((4.4, .8, 62), (5.4, .7, 69), (6.4, .6, 61), (12.4, .7, 65), (13.4, .6, 70), (21.4, .8, 62), (22.4, .7, 69), (23.4, .6, 61))],
                [(.4, 3.8, '[slow chords; a clock ticks; notes like glass]', '[langsame Akkorde; eine Uhr tickt; Töne wie Glas]')]),
    's24': (16, 'box', [(.5, .8, lambda: phone(lp(ring(5.4), 3000))), (8.6, 1., C('At the third stroke.', lambda text: phone(y.clock_voice(text), .004))), (0, .3, chord(SUS, 9)), (12., .25, chord(DM, 4))],
            [(.4, 5., '[ringing]', '[Klingeln]'), (6.2, 8., '[the bell stops]', '[das Klingeln hört auf]'), (8.6, 11., 'THE CLOCK: At the third stroke —', 'DIE UHR: Beim dritten Ton —'), (12., 15.5, '[no pip]', '[kein Ton]')]),
}

# The pips of the decisions, which the player puts on the window's clock: in the room, and in a receiver.
CUES = {'pip': lambda: pip(1000, .1), 'pip-long': lambda: pip(1000, .5),
        'pip-line': lambda: phone(pip(1000, .1), .0), 'pip-line-long': lambda: phone(pip(1000, .5), .0)}
CUE_LEVEL = .3   # of the louder channel


def make_cue(name):
    x = verb(CUES[name](), BOX if 'line' in name else ROOM, .28)
    k = int(.05 * SR)
    x = x[:int(1.4 * SR)]
    x[-k:] *= np.linspace(1, 0, k)[:, None]
    loudest = np.sqrt((x[int(.02 * SR):int(.08 * SR)] ** 2).mean(0).max() * 2)
    return x * CUE_LEVEL / loudest


# What is heard while the film waits for a choice: a bed alone, as loud as it is in the clips, whose end leads into its beginning.
LOOP = 8         # seconds
OVERLAP = 1
COMES = .3       # the player lets a bed begin so long before the film stands, on a whole second: clock and hum stay in phase


def make_bed(name):
    place = name.removeprefix('bed-')
    y.rng = np.random.default_rng(seed_of(name))
    n, k = LOOP * SR, OVERLAP * SR
    x = BEDS[place](LOOP + 2 * OVERLAP)[k // 2:]   # filters have settled
    head, tail = x[:k], x[n:n + k]
    alike = float((head * tail).sum() / np.sqrt((head ** 2).sum() * (tail ** 2).sum()))
    a = np.linspace(0, 1, k, endpoint=False)[:, None]
    power = np.sqrt(a ** 2 + (1 - a) ** 2 + 2 * alike * a * (1 - a))   # hum adds up where noise does not
    x = np.concatenate([(head * a + tail * (1 - a)) / power, x[k:n]])
    return np.roll(x, int(round((COMES + OVERLAP / 2) * SR)), axis=0)


def ducked(voices):
    """How loud everything else is: DUCK decibels less while somebody speaks, a fifth of a second to get there and back."""
    loud = np.abs(voices).max(1)
    if not loud.any():
        return 1.
    k = SR // 100
    frames = np.add.reduceat(loud, np.arange(0, len(loud), k)) / k > .05 * loud.max()
    speaks = np.convolve(frames, np.ones(61), 'same') > 0                        # not between two words
    depth = np.convolve(speaks, np.hanning(41) / np.hanning(41).sum(), 'same')
    return 10 ** (-DUCK / 20 * np.interp(np.arange(len(loud)), np.arange(len(depth)) * k, depth))[:, None]


def limit(x):
    return CEILING * np.tanh(x / CEILING)


def seed_of(name):
    return sum((i + 1) * ord(c) for i, c in enumerate(name))


def make(name):
    d, bed, events, _ = CLIPS[name]
    y.rng = np.random.default_rng(seed_of(name))
    base = BEDS[bed](d)
    if name == 's14a':   # the house is alive until the plug is out
        room = bed_room(d)
        base = base + room * np.interp(t(d), [0, .3, .36, 1.6], [1, 1, .35, 0])[:, None]
    ev, voices = np.zeros_like(base), np.zeros_like(base)
    for at, g, maker in events:
        x = maker()
        x = verb(x, SPACE[bed], getattr(maker, 'wet', .28)) if x.ndim == 1 else x
        put(voices if hasattr(maker, 'wet') else ev, x, at, g)
    under = ducked(voices)
    gain = .75
    for _ in range(12):   # what is measured has been through the limiter
        gain *= 10 ** ((TARGET - lufs(limit((base + ev * gain) * under + voices * gain))) / 20)
    out = limit((base + ev * gain) * under + voices * gain)
    k = int(.004 * SR)
    w = np.sin(np.linspace(0, np.pi / 2, k))[:, None] ** 2
    out[:k] *= w
    out[-k:] *= w[::-1]
    return out


def write(path, x):
    import wave
    with wave.open(path, 'wb') as f:
        f.setnchannels(2), f.setsampwidth(2), f.setframerate(SR)
        dither = (np.random.default_rng(1).random(x.shape) - .5)
        f.writeframes(np.clip(x * 32767 + dither, -32767, 32767).astype('<i2').tobytes())


def stamp(s):
    ms = round(s * 1000)
    return '%02d:%02d:%02d.%03d' % (ms // 3600000, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)


def captions(story):
    for col, lang in ((2, 'en'), (3, 'de')):
        folder = os.path.join(story, 'captions', lang)
        os.makedirs(folder, exist_ok=True)
        for name, clip in CLIPS.items():
            if not clip[3]:
                continue
            with open(os.path.join(folder, name + '.vtt'), 'w', encoding='utf-8') as f:
                f.write('WEBVTT\n')
                for k, c in enumerate(c for c in clip[3] if c[col]):
                    f.write('\n%s-%d\n%s --> %s\n%s\n' % (name, k + 1, stamp(c[0]), stamp(min(c[1], clip[0])), c[col]))


def main():
    if sys.argv[1] == '--captions':
        return captions(sys.argv[2])
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in sys.argv[2:] or [n for n, c in CLIPS.items() if c[1]] + list(CUES) + ['bed-' + b for b in BEDS]:
        x = make_cue(name) if name in CUES else make_bed(name) if name.startswith('bed-') else make(name)
        write(os.path.join(sys.argv[1], name + '.wav'), x)
        print('%-10s %5.1f s  %6.1f LUFS  peak %5.1f dBFS' % (name, len(x) / SR, lufs(x), 20 * np.log10(np.abs(x).max())), flush=True)


main()
