#!/usr/bin/env python3
"""The shots of the street at night: from its far side, and from the window down onto the phone box."""
import json
import math
import os

import cairo
import cv2
import numpy as np

import picture as p
from fx import Rain
from picture import FPS, H, W, Waver, blob, mask, ramp, smooth, streaks
from plate import groups
from staged import STREET, Print, plate, street, weigh, wet, window, with_crop

class Splashes:
    """What rain does on a wet street, seen from above: short bright rings, everywhere and nowhere twice."""

    def __init__(self, seed, shape):
        self.r, self.shape, self.s = np.random.default_rng(seed), shape, []

    def __call__(self):
        h, w = self.shape
        self.s = [(x, y, a + 1) for x, y, a in self.s if a < 4]
        for _ in range(self.r.poisson(34)):
            self.s.append((self.r.integers(w), int(h * (.42 + .58 * self.r.random() ** .8)), 0))
        m = np.zeros((h, w), np.float32)
        for x, y, a in self.s:
            near = .4 + 1.2 * (y / h - .4)
            cv2.ellipse(m, (int(x * 8), int(y * 8)), (int(8 * near * (1 + 1.5 * a)), int(8 * near * (.5 + .7 * a))), 0, 0, 360,
                        .9 - .2 * a, 1, cv2.LINE_AA, 3)
        return cv2.GaussianBlur(m, (0, 0), .6)[..., None]


def in_the_dark(g, who):
    """The man darker than he was rendered, and nothing else: he is where something is nearer than in the empty box."""
    def depth(name):
        return groups(os.path.join(p.work, 'plates', name + '.exr'), STREET)[1]
    with open(os.path.join(p.work, 'plates', 'down_%s.json' % who)) as f:
        x0, y0, x1, y1 = json.load(f)['crop']
    empty, z = depth('down'), depth('down_' + who)
    y0, x1 = y1 - z.shape[0], x0 + z.shape[1]
    m = cv2.GaussianBlur((z < empty[y0:y1, x0:x1] - .04).astype(np.float32), (0, 0), .8)[..., None]
    for v in g.values():
        v[y0:y1, x0:x1] *= 1 - .94 * m
    return g


def down(who=''):
    """The light groups of the box from above, with nobody in it, or the man: far from the glass, or near."""
    g, meta = plate('down', STREET)
    if who:
        g = in_the_dark(with_crop(g, 'down_' + who, STREET), who)
    y, x = np.mgrid[0:meta['H'], 0:meta['W']].astype(np.float32)
    cx, cy, _ = meta['box'][0]
    halo = np.exp(-((x - cx) ** 2 + (y - cy - 90) ** 2) / (2 * 150. ** 2)) * .022 + np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 44. ** 2)) * .07
    g['box'] = g['box'] + halo[..., None] * np.float32([1, .75, .42])
    return g, meta


def through_the_pane(n, seed, light, way, pane, blur):
    """The box from the window: light(t, waver) is the street, way(t) the magnification and its middle."""
    out, fl, rain = Print(2.3, vig=.55, seed=seed), Waver(seed), Rain(W, H, seed=9, density=pane)
    drops, sheets = None, [(streaks(900, 22, 1, 1), 31., .8), (streaks(260, 60, 1, 2), 62., 1.3)]
    mirrored = blob(1180, 600, 420, 260) * np.float32([.20, 1., .42]) * .011  # the screen, in the pane
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            rain.step()
            yield None
            continue
        im = light(t, v)
        drops = drops or Splashes(seed, im.shape[:2])
        im = window(im * (1 + 1.5 * drops()), *way(t))
        glow = cv2.resize(cv2.GaussianBlur(cv2.resize(im, (160, 80), interpolation=cv2.INTER_AREA), (0, 0), 5), (W, H))
        for s, speed, much in sheets:
            o = int(i * speed) % H
            im = im + s[H - o:2 * H - o, 100:100 + W][..., None] * (glow * .9 + .0015) * .16 * much
        im = wet(rain, cv2.GaussianBlur(im, (0, 0), blur), 15., .95)
        yield out(im + mirrored * (1 + .03 * v))


def s09(n):
    """Down there: a lit box in the rain, and a man in it. Once the light falters."""
    g, meta = down('far')
    cx, cy = meta['box'][0][0] / meta['W'], meta['box'][0][1] / meta['H'] + .17

    def light(t, v):
        lamp = .62 if 5.0 < t < 5.12 else 1.
        return weigh(g, sodium=.42 * (1 + .02 * v), box=.72 * lamp, win=.4, sky=1.1)
    return through_the_pane(n, 9, light, lambda t: (1.03 + .27 * p.brake(t, n / FPS), .5 + (cx - .5) * smooth(t / 16), .5 + (cy - .5) * smooth(t / 16)), 1.5, .9)


def s10b(n):
    """The light in the box falters. When it is back he is nearer the glass, and looks up."""
    far, meta = down('far')
    near = down('near')[0]
    cx, cy = meta['box'][0][0] / meta['W'], meta['box'][0][1] / meta['H'] + .13

    def light(t, v):
        lamp = .04 if 2.4 < t < 2.5 or 2.62 < t < 3.5 else .5 if 3.5 <= t < 3.58 else 1.
        return weigh(far if t < 3 else near, sodium=.42 * (1 + .02 * v), box=.72 * lamp, win=.4, sky=1.1)
    return through_the_pane(n, 10, light, lambda t: (1.95 + .10 * smooth(t / 7), cx, cy), 1.3, 1.1)


def her_at_the_window(meta):
    """Somebody at a table behind the lit panes: a head, hair, a shoulder. No more can be seen from the street."""
    x, y, _ = meta['win'][0]

    def shape(c):
        c.translate(x - 6, y + 14)
        c.scale(1.15, 1.15)
        c.move_to(-8, 11)
        c.curve_to(-12, 4, -11, -11, 0, -12)  # the hair, to the neck
        c.curve_to(7, -12, 9, -6, 9, -2)
        c.line_to(11, 2), c.line_to(9, 3)     # she looks to where the screen is
        c.curve_to(9, 8, 7, 9, 4, 10)
        c.line_to(5, 14)
        c.curve_to(14, 16, 19, 24, 21, 47)
        c.line_to(-22, 47)
        c.curve_to(-21, 26, -17, 16, -8, 11)
        c.fill()
    sf = cairo.ImageSurface(cairo.FORMAT_A8, meta['W'], meta['H'])
    shape(cairo.Context(sf))
    sf.flush()
    m = np.frombuffer(sf.get_data(), np.uint8).reshape(meta['H'], sf.get_stride())[:, :meta['W']].astype(np.float32) / 255
    return cv2.GaussianBlur(m, (0, 0), 1.)[..., None]


def s02(n):
    """An empty street in the rain, and slowly to the one window that is lit. The story writes the card."""
    g, meta = street()
    her = her_at_the_window(meta)
    out, fl, fall = Print(2.3, vig=.5, seed=2), Waver(2), p.Fall()
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        u = smooth(t / 9)
        still = 1 - .99 * cv2.warpAffine(her, np.float32([[1, 0, .8 * math.sin(t * 1.3)], [0, 1, 0]]), (meta['W'], meta['H']))[..., None]
        light = weigh(g, sodium=.62 * (1 + .02 * v), box=.62, sky=.75) + g['win'] * (.80 * (1 + .03 * v)) * still
        light = window(light, 1.02 + .45 * u, .5 + .16 * u, .52 - .22 * u)
        yield fall(out(light), i, 1.9) * smooth(ramp(t, 0, .8))


class Aisle:
    """Two rows of racks from their middle, far out of focus: small lamps in perspective, a pane at the end, its light on the floor."""
    LAMPS = [np.float32(c) for c in ((.30, 1, .50), (1, .60, .18), (1, .60, .18), (1, .14, .07))]

    def __init__(self, seed):
        r = np.random.default_rng(seed)
        y, x = np.mgrid[0:H, 0:W].astype(np.float32)
        side = np.abs(x - 640) / 700
        far = 1.1 / np.maximum(side, .02)                       # how far the row is there, in metres
        wall = np.clip((np.abs(y - 300) / 700 * far) < 1.25, 0, 1) * (far < 9.5)
        dirt = cv2.GaussianBlur(r.standard_normal((H, W)).astype(np.float32), (0, 0), 5, sigmaY=16) * 9
        posts = np.exp(-((np.log(np.maximum(far, .2)) * 6) % 1 - .5) ** 2 / .012) * (1 + .35 * dirt)
        lit = np.exp(-(far - 9) / 3.5) * (far < 9.5) + .05
        bay, unit = np.floor(np.log(np.maximum(far, .2)) * 6).astype(int) + 20, np.floor((y - 300) / 700 * far / .19).astype(int) + 40
        faces = r.random((2, 80, 80)).astype(np.float32) ** 2 * .8 + .12                    # what stands in the racks, unit by unit
        faces = faces[(x > 640).astype(int), np.clip(bay, 0, 79), np.clip(unit, 0, 79)]
        gap = np.clip(np.abs(((y - 300) / 700 * far / .19) % 1 - .5) * 2, 0, 1) > .86
        front = wall * np.maximum(faces * (1 - .8 * gap) * (1 - posts), .30 * posts) * np.minimum(lit, 1)
        self.base = cv2.GaussianBlur(front.astype(np.float32), (0, 0), 3)[..., None] * np.float32([.012, .030, .019])
        pane = mask(lambda c: (c.rectangle(616, 240, 48, 70), c.fill()), 5.)
        floor = np.exp(-((x - 640) / (26 + .32 * np.maximum(y - 340, 0))) ** 2) * np.clip((y - 350) / 40, 0, 1) * np.exp(-np.maximum(y - 350, 0) / 170)
        self.base = self.base + (pane * .62 + blob(640, 276, 60, 70) * .06 + blob(640, 290, 230, 170) * .022 + floor[..., None] * .06) * np.float32([.42, 1., .58])
        self.lamps = []
        for s in (-1, 1):
            for z in 1.25 * 1.27 ** np.arange(9):
                for row in np.arange(-.95, 1.0, .19):
                    if r.random() < .42:
                        px, py, rad = 640 + s * 700 * 1.1 / (z + r.normal() * .03), 300 + 700 * (row + r.normal() * .015) / z, 12 / z + 1.6
                        m = np.zeros((H, W), np.float32)
                        cv2.circle(m, (int(px * 16), int(py * 16)), int(rad * 16), 1., -1, cv2.LINE_AA, 4)
                        rim = m - cv2.erode(m, np.ones((3, 3)), iterations=2)
                        m = cv2.GaussianBlur(m * .8 + rim * .3, (0, 0), max(1.1, rad * .16))
                        light = (m * (.08 + 1.1 * r.random() ** 3) * min(1., 1.6 / z + .25))[..., None] * self.LAMPS[r.choice(4, p=[.25, .35, .3, .1])]
                        x0, x1 = max(0, int(px - rad - 12)), min(W, int(px + rad + 13))
                        y0, y1 = max(0, int(py - rad - 12)), min(H, int(py + rad + 13))
                        if x0 < x1 and y0 < y1:
                            column = s > 0 and 2. < z < 2.9
                            self.lamps.append(((slice(y0, y1), slice(x0, x1)), light[y0:y1, x0:x1], r.random() * 6, .6 + 2.2 * r.random(), column))

    def light(self, t, dead):
        im = self.base.copy()
        for where, light, phase, rate, column in self.lamps:
            on = math.sin(min(t, dead) * rate * 2 + phase) > -.35 and not (column and t > dead)
            im[where] += light if on else light * .05
        return im


def s10c(n):
    """Behind her: racks, small lamps, nobody; one relay. Down in the box the receiver hangs, and swings."""
    aisle, out, fl, cut = Aisle(12), Print(1.8, vig=.6, seed=55), Waver(55), int(4.2 * FPS)
    g, meta = down()
    x, y, _ = meta['receiver']
    empty = weigh(g, sodium=.42, box=.72, win=.4, sky=1.1)

    def hanging(t, v):
        a = .40 * math.cos(t * 4.2) * math.exp(-(t - cut / FPS) * .12)

        def along(k):
            return int((x + 2 + k * math.sin(a)) * 16), int((y + 26 + k * math.cos(a)) * 16)
        m = np.zeros(empty.shape[:2], np.float32)
        cv2.line(m, along(0), along(30), .8, 1, cv2.LINE_AA, 4)
        cv2.line(m, along(30), along(46), 1., 6, cv2.LINE_AA, 4)
        return empty * (1 - .92 * cv2.GaussianBlur(m, (0, 0), .7)[..., None]) * (1 + .02 * v)
    below = through_the_pane(n, 29, hanging, lambda t: (2.9 + .1 * (t - 4.2), x / meta['W'], (y + 34) / meta['H']), 1.4, 1.2)
    for i in range(n):
        t, v, pane = i / FPS, fl(), next(below)
        if p.skipped(i):
            yield None
            continue
        if i >= cut:
            yield pane
            continue
        turn = smooth(ramp(t, 0, 1.4))
        im = cv2.warpAffine(aisle.light(t, 2.4), np.float32([[1.05, 0, -32 - 460 * (1 - turn)], [0, 1.05, -16]]), (W, H), borderMode=cv2.BORDER_REFLECT)
        if turn < 1:
            im = cv2.blur(im, (1 + int(200 * (1 - turn) * turn), 1))
        yield out(im * (1 + .02 * v)) * smooth(ramp(t, 0, .3))


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's02': (9, s02, False), 's09': (16, s09, True), 's10b': (7, s10b, False), 's10c': (6, s10c, False),
})
