#!/usr/bin/env python3
"""The umbrella: by the door of the clock room, against the desk, and through the handle of the street door, which it keeps shut."""
import math

import cv2
import numpy as np

import picture as p
from fx import Rain
from picture import FPS, H, W, Waver, ramp, smooth, streaks
from staged import Print, plate, street, weigh, window

UMBRELLA = ['key', 'back', 'fill']


class Puddle:
    """The wet part of a plate's floor: what it mirrors is bent by the rings that drops make in it."""

    def __init__(self, meta):
        w, h = meta['W'], meta['H']
        self.y, self.x = np.mgrid[0:h, 0:w].astype(np.float32)
        m = np.zeros((h, w), np.float32)
        cv2.fillPoly(m, [np.round(np.float32(meta['pool']) * 16).astype(np.int32)], 1., cv2.LINE_AA, 4)
        self.m = cv2.GaussianBlur(m, (0, 0), 1.5)
        at, beside, before = (np.float32(q[:2]) for q in meta['marks'][1:4])
        self.at, self.sx, self.sy = at, (beside[0] - at[0]) / .1, (before[1] - at[1]) / .1   # pixels a metre
        self.high = meta['marks'][4][1]

    def height(self, ages):
        """The surface, with a ring for every drop that fell so many seconds ago."""
        f = np.zeros_like(self.m)
        for k, age in enumerate(ages):
            if 0 < age < 2.4:
                r = np.hypot((self.x - self.at[0]) / self.sx - (.006, -.009, .003)[k % 3], (self.y - self.at[1]) / self.sy)
                front = .15 * age
                f += np.sin((r - front) * 260) * np.exp(-((r - front * .75) / (.012 + .05 * age)) ** 2) * math.exp(-age * 1.5)
        return f * self.m

    def __call__(self, im, ages):
        f = self.height(ages)
        gx, gy = cv2.Sobel(f, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(f, cv2.CV_32F, 0, 1, ksize=3)
        bent = cv2.remap(im, self.x + gx * 9, self.y + gy * 15, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        light = cv2.GaussianBlur(im, (0, 0), 18)
        return bent + np.maximum(0, gy)[..., None] * light * .9 * self.m[..., None]

    def drop(self, im, f, colour):
        """A drop on its way, f of its fall done: a short streak, that holds what light there is."""
        y = self.high + (self.at[1] - self.high) * f * f
        s = np.exp(-((self.x - self.at[0]) / 1.7) ** 2 - ((self.y - y) / (3 + 12 * f)) ** 2)
        return im + s[..., None] * colour


def beside(n, name, seed, first, beat, exposure, colour, **weights):
    """The tip of the umbrella, the floor, and what runs down it, a drop at a time."""
    g, meta = plate(name, UMBRELLA)
    pool, out, fl = Puddle(meta), Print(exposure, vig=.5, seed=seed), Waver(seed)
    falls = np.arange(first, n / FPS, beat)   # when they touch the water: sound.py has the same
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        w = dict(weights)
        w['key'] = w['key'] * (1 + .02 * v)
        im = pool(weigh(g, **w), [t - a for a in falls])
        for a in falls:
            if 0 < (t - a + .17) / .17 < 1:
                im = pool.drop(im, (t - a + .17) / .17, np.float32(colour) * .16)
        yield out(window(im, 1.03 + .05 * smooth(t / 4), .49, .56))


def s04a(n):
    return beside(n, 'umbrella_door', 51, .9, 1., 2.0, (.5, 1., .66), key=1., back=.8, fill=.5)


def s04b(n):
    return beside(n, 'umbrella_desk', 52, .65, .5, 4.6, (1., .7, .4), key=1., back=.8, fill=.5)


def s16b(n):
    """Through the handle of the door, from outside. It holds; somebody is at the other side. Then the street, rain on the lens, and the
    light of a telephone that rings."""
    g, meta = plate('umbrella_handle', UMBRELLA)
    gs, _ = street()
    shut, out, fl = Print(2.4, vig=.5, seed=57), Print(2.1, vig=.5, seed=58), Waver(58)
    rain, fall, cut = Rain(W, H, seed=41, density=1.9), p.Fall(), int(1.7 * FPS)
    sheets = [(streaks(500, 26, 1, 7), 38., .7), (streaks(140, 70, 2, 8), 74., 1.)]
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        if i < cut:
            blow = sum(math.exp(-(t - a) * 11) * math.sin((t - a) * 62) for a in (.7, 1.2) if t > a)
            pushed = 1 - smooth(ramp(t, .10, .24))
            light = weigh(g, key=1. + .02 * v, back=.9, fill=.7)
            light = window(light, 1.05 + .05 * t, .50 - .035 * pushed + .0035 * blow, .52 - .0045 * blow)
            glow = cv2.GaussianBlur(light, (0, 0), 30)
            for s, speed, much in sheets:
                o = int(i * speed) % H
                light = light + s[H - o:2 * H - o, 100:100 + W][..., None] * (glow + .002) * .5 * much
            yield shut(light) * smooth(ramp(t, 0, .06))
            continue
        u = t - cut / FPS
        ring = 1. if (u - .3) % 3. < .4 or .6 < (u - .3) % 3. < 1.0 else 0.
        light = weigh(gs, sodium=1.0 * (1 + .02 * v), box=1.0 + .35 * ring, win=.55, sky=1.5)
        light = window(light, 1.12 + .62 * smooth(u / 11), .345, .60)
        light = fall(light * 255, i, 1.7) / 255
        light = cv2.GaussianBlur(light, (0, 0), .9)
        light = rain.frame(np.ascontiguousarray(light * .95, np.float32), 20.)
        yield out(light) * smooth(ramp(u, 0, .15))


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's04a': (4, s04a, False), 's04b': (4, s04b, False), 's16b': (12, s16b, True),
})
