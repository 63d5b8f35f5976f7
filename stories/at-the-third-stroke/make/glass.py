#!/usr/bin/env python3
"""The shots of the Clock: glass discs, the phrases written on them as light and dark, the slits of light that read them.
Called like picture.py.

The plates (blend/discs.py) are sharp all through. What turns is drawn, and the lens' blur is added by depth.
"""
import json
import math
import os

import cv2
import numpy as np

import picture as p
from picture import FPS, H, W, blob, ramp, smooth, zoom
from plate import groups
from staged import Print, street, weigh, window

AMBER = np.float32([1., .62, .26])
STEPS = [0., 1.5, 3., 5.5, 10., 17.]  # pixels


def iris(radius):
    """What a point of light becomes: a disc with a soft edge, a little brighter along it."""
    n = int(radius) + 2
    y, x = np.mgrid[-n:n + 1, -n:n + 1].astype(np.float32)
    d = np.hypot(x, y)
    k = np.clip(radius + .5 - d, 0, 1) * (1 + .35 * np.clip(d / radius, 0, 1) ** 4)
    return k / k.sum()


IRIS = [None] + [iris(r) for r in STEPS[1:]]


def out_of_focus(im, step):
    """The picture as blurred as the lens makes it at one of the STEPS; what is large is done in half the size."""
    if step == 0:
        return im
    if STEPS[step] < 5:
        return cv2.filter2D(im, -1, IRIS[step]).reshape(im.shape)
    half = cv2.resize(im, (im.shape[1] // 2, im.shape[0] // 2), interpolation=cv2.INTER_AREA)
    half = cv2.filter2D(half, -1, iris(STEPS[step] / 2))
    return cv2.resize(half, (im.shape[1], im.shape[0])).reshape(im.shape)


class Glass:
    """A plate of the discs: its light groups, where the glass is, and what is written on it."""
    GROUPS = ['exciter', 'rack', 'fill']
    R, TOP, SLIT = .16, .1330, .10
    DISCS = ((0, 0, 38), (.40, .16, 80), (-.40, .22, 20), (.12, .52, 60))  # where, and the direction of the slit (degrees)

    def __init__(self, name, focus, aperture, front=.165):
        path = os.path.join(p.work, 'plates', name)
        with open(path + '.json') as f:
            meta = json.load(f)
        g, self.z, _ = groups(path + '.exr', self.GROUPS)
        h, w = self.z.shape
        self.fx = w * meta['lens'] / meta['sensor']
        self.glass, self.rad, self.ang, self.read = self.lie(np.float32(meta['camera']))
        self.blur = aperture * np.abs(self.z - focus) / self.z
        self.soft = cv2.GaussianBlur(((self.z < front) & (self.glass < .5)).astype(np.float32), (0, 0), 1.)
        self.g = {k: self.focus(v) for k, v in self.of_far_lamps(g).items()}
        self.open = self.glass[..., None] * (1 - cv2.GaussianBlur(self.soft, (0, 0), 6))[..., None]
        self.pol = self.recorded()

    def lie(self, m):
        """For each pixel: how much of it is glass; where on its disc; how near to the slit that reads it."""
        h, w = self.z.shape
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        ray = np.dstack([(x - w / 2) / self.fx, (h / 2 - y) / self.fx, -np.ones_like(x)]) @ m[:3, :3].T
        far = (self.TOP - m[2, 3]) / np.minimum(ray[..., 2], -1e-4)
        at = m[:3, 3] + ray * far[..., None]
        level = np.abs(self.z - far) < .0035 + .006 * self.z ** 2
        glass, rad, ang, read = (np.zeros((h, w), np.float32) for _ in range(4))
        for k, (dx, dy, hang) in enumerate(self.DISCS):
            u, v = at[..., 0] - dx, at[..., 1] - dy
            r = np.hypot(u, v) / self.R
            on = level & (r < .985) & (r > .20)
            c, s = self.SLIT * math.cos(math.radians(hang)), self.SLIT * math.sin(math.radians(hang))
            near = np.hypot(u - c, v - s)
            glass[on], rad[on] = 1., r[on]
            ang[on] = np.arctan2(v, u)[on] + 1.7 * k
            read[on] = (1.1 * np.exp(-(near / .020) ** 2) + .32 * np.exp(-(near / .055) ** 2) + .028)[on]
        return cv2.GaussianBlur(glass, (0, 0), .8), rad, ang, read

    def of_far_lamps(self, g):
        """What the glass mirrors is as far as the lamps are, not as near as the glass."""
        m = self.glass[..., None]
        on = g['rack'] * m
        mirrored = out_of_focus(on, 4) / np.maximum(out_of_focus(m, 4), .15) * m
        return {**g, 'rack': g['rack'] * (1 - m) + mirrored}

    @staticmethod
    def recorded(width=4096, height=512):
        """Thirteen phrases, one a ring, as wide as they are loud; round the disc and out from its middle."""
        r = np.random.default_rng(6)
        pol, x = np.zeros((height, width), np.float32), np.arange(width)
        for k in range(13):
            loud = np.abs(np.interp(x, np.arange(0, width, 24), np.abs(r.standard_normal(width // 24 + 1)) ** 1.3))
            loud = loud * (.6 + .4 * np.sin(x * .15 * (1 + k % 3)) + .5 * (r.random(width) - .5))
            said = np.interp(x, np.sort(r.integers(0, width, 14)), r.random(14) > .35)
            rows, mid = np.arange(95 + k * 29, min(116 + k * 29, height))[:, None], 105.5 + k * 29
            band = pol[rows[0, 0]:rows[-1, 0] + 1]
            band[:] = np.clip(np.clip(loud * said * .55 + .05, .03, 1)[None] * 10.5 - np.abs(rows - mid) + .5, 0, 1)
            pol[92 + k * 29] = .4
        return cv2.GaussianBlur(pol, (0, 0), .7)

    def by_depth(self, im, deepest=len(STEPS)):
        """As blurred as the lens makes it at each depth."""
        out = im
        for k in range(1, deepest):
            a = np.clip((self.blur - STEPS[k - 1]) / (STEPS[k] - STEPS[k - 1]), 0, 1)[..., None]
            out = out * (1 - a) + out_of_focus(im, k) * a
        return out

    def focus(self, im):
        """Depth of field. Far things are blurred among themselves, and what stands before the glass has an edge of its own."""
        far = (self.z > 1.05).astype(np.float32)[..., None]
        near = self.soft[..., None]
        rest = cv2.GaussianBlur(im * (1 - near), (0, 0), 8) / np.maximum(cv2.GaussianBlur(1 - near, (0, 0), 8), .02)[..., None]
        mid = im * (1 - near) + rest * near
        behind = out_of_focus(mid * far, 5) / np.maximum(out_of_focus(far, 5), .12)
        here = cv2.blur(mid * (1 - far), (9, 9)) / np.maximum(cv2.blur(1 - far, (9, 9)), .05)[..., None]
        here = self.by_depth(mid * (1 - far) + here * far, 4)
        edge = cv2.GaussianBlur(far, (0, 0), 1.1)[..., None]
        im_ = here * (1 - edge) + behind * edge
        a = cv2.GaussianBlur(near, (0, 0), 6)[..., None]
        return im_ * (1 - a) + cv2.GaussianBlur(im * near, (0, 0), 6)

    def light(self, turn, level, exciter=1., rack=.5, fill=.42, gleam=0.):
        """One frame: the discs at a turn, the slits as bright as what is said is loud; gleam: how much else lights the tracks."""
        u = ((self.ang / (2 * math.pi) + turn) % 1. * 4095).astype(np.float32)
        t = cv2.remap(self.pol, u, np.minimum(self.rad * 512, 511).astype(np.float32), cv2.INTER_LINEAR)
        t = self.by_depth((t * self.glass)[..., None], 4) * self.open
        im = self.g['exciter'] * (exciter * (.55 + .75 * level)) + self.g['rack'] * rack + self.g['fill'] * fill
        return im * (1 + gleam * t) + t * (self.read[..., None] * AMBER * (.8 + 1.7 * level) * exciter)


def voice(t, a, b):
    """How much somebody speaks: syllables between a and b."""
    return max(0., math.sin((t - a) * 17) * .6 + math.sin((t - a) * 7.3) * .5) * (a < t < b)


class Level:
    """The lamp behind the slit: it breathes with what is said, and is never quite steady."""

    def __init__(self, seed, said):
        self.r, self.said, self.v, self.fl = np.random.default_rng(seed), said, 0., 0.

    def __call__(self, t):
        self.v = .7 * self.v + .3 * sum(voice(t, a, b) for a, b in self.said)
        self.fl = .85 * self.fl + .15 * self.r.standard_normal()
        return .42 + .65 * self.v + .03 * self.fl


def wide():
    return Glass('discs', .56, 24.)


def s01(n):
    """Out of the dark, past the glass, to the slit that reads it. With the third pip it steps back for the title."""
    glass, out, level = wide(), Print(1.5, vig=.5, seed=9), Level(8, [(3.6, 8.8)])
    for i in range(n):
        t, lv = i / FPS, level(i / FPS)
        if p.skipped(i):
            yield None
            continue
        light = glass.light(.21 * t, lv, 1.05, .75, .62, .9)
        im = out(window(light, 1.03 + .13 * smooth(t / 14), .47 + .03 * t / 14, .5))
        yield im * smooth(ramp(t, .15, 2.2)) * (1 - .55 * smooth(ramp(t, 11.2, 12.2)))


def s11(n):
    """Low over the glass, and the camera stands still: it speaks to us. The disc stumbles, and finds a groove never cut."""
    glass, out = Glass('discs_near', .34, 19., front=.19), Print(1.5, vig=.55, seed=22)
    level, turn = Level(5, [(.9, 1.6), (1.7, 3.1), (3.4, 4.7), (4.9, 8.)]), 0.
    for i in range(n):
        t, lv = i / FPS, level(i / FPS)
        stumble = .9 < t < 1.6
        turn += [.016, -.022, 0, 0, .026, -.011][i % 6] if stumble else .21 / FPS * (1 - .45 * smooth(ramp(t, 8, 16)))
        if p.skipped(i):
            yield None
            continue
        dip = .70 if stumble and i % 3 else 1.
        light = glass.light(turn, lv, 1.05 * dip, .55, .55 * (.8 + .2 * dip), .8)
        yield out(window(light, 1.02, .5, .5))


def shape_of_her(c):
    """Her head and shoulders from behind: hair to the jaw, a collar, a coat."""
    c.move_to(-6, -118)
    c.curve_to(44, -126, 84, -92, 88, -34)
    c.curve_to(91, 4, 96, 30, 108, 60)
    c.curve_to(94, 78, 72, 82, 52, 76)
    c.curve_to(47, 92, 50, 104, 66, 112)    # the neck, the collar
    c.curve_to(120, 130, 196, 138, 222, 196)
    c.curve_to(246, 256, 254, 330, 262, 470)
    c.line_to(-282, 470)
    c.curve_to(-270, 330, -262, 262, -236, 200)
    c.curve_to(-206, 146, -130, 134, -70, 112)
    c.curve_to(-50, 104, -50, 92, -56, 74)
    c.curve_to(-76, 84, -94, 76, -104, 66)
    c.curve_to(-94, 26, -96, 0, -92, -34)
    c.curve_to(-88, -88, -54, -116, -6, -118)
    c.fill()
    strands(c, 60, .98, 1.07, 1.)


def strands(c, count, near, far, alpha):
    """Hair, strand by strand, from the crown over the head to the tips: as far out as given, in parts of the head."""
    r = np.random.default_rng(19)
    for _ in range(count):
        side, k = r.choice([-1, 1]), r.uniform(near, far)
        lift, tip = r.uniform(.2, 1.), r.normal() * 5
        c.set_line_width(r.uniform(.7, 1.7))
        c.set_source_rgba(1, 1, 1, alpha * r.uniform(.3, 1.))
        c.move_to(side * 30 * (1 - lift), -116 * (.97 + .04 * k))
        c.curve_to(side * 62 * k, -118 * k, side * 92 * k, -84 * k * lift, side * 92 * k, -30)
        c.curve_to(side * 94 * k, 6, side * 96 * k, 34, side * (102 * k + tip), 66 + tip)
        c.stroke()


def s19(n):
    """The cabinet's glass, the discs behind it, and before it a cut-out of her."""
    glass, out, level = wide(), Print(1.25, vig=.45, seed=61), Level(61, [])
    body = p.mask(lambda c: (c.translate(478, 352), c.scale(1.16, 1.16), shape_of_her(c)), 1.5)[..., 0]
    hair = p.mask(lambda c: (c.translate(478, 352), c.scale(1.16, 1.16), strands(c, 420, .5, 1.04, .8)), .7)
    pane = p.mask(lambda c: (c.rectangle(218, 58, 844, 470), c.fill()), 2.2)
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    lip = (np.exp(-((np.abs(x - 640) - 430) / 5) ** 2) * ((y > 50) & (y < 536)))[..., None] * np.float32([.040, .024, .012])
    lip = lip + (np.exp(-((y - 536) / 4) ** 2) * (np.abs(x - 640) < 430))[..., None] * np.float32([.075, .045, .02])
    for i in range(n):
        t, lv = i / FPS, level(i / FPS)
        if p.skipped(i):
            yield None
            continue
        inside = window(glass.light(.21 * t, lv, 1.1, .8, .6, .9), 1.02)
        full = np.zeros((H, W, 3), np.float32)
        full[58:528, 218:1062] = cv2.resize(inside, (844, 470), interpolation=cv2.INTER_AREA)
        spill = cv2.resize(cv2.GaussianBlur(cv2.resize(full, (160, 80), interpolation=cv2.INTER_AREA), (0, 0), 11), (W, H))
        im = full * pane + (spill * .22 + lip) * (1 - pane)
        sway = np.float32([[1, 0, 2.2 * math.sin(t * 1.1)], [0, 1, 1.2 * math.sin(t * .8)]])
        b = cv2.warpAffine(body, sway, (W, H), borderMode=cv2.BORDER_REPLICATE)
        rim = (np.clip(cv2.GaussianBlur(1 - b, (0, 0), 6) - .22, 0, 1) * b)[..., None] * cv2.GaussianBlur(full, (0, 0), 9)
        b = b[..., None]
        lit = cv2.warpAffine(hair, sway, (W, H))[..., None] * cv2.GaussianBlur(rim, (0, 0), 5)
        im = im * (1 - b) + b * np.float32([.003, .0035, .003]) + rim * .45 + lit * 1.3
        yield zoom(out(im), 1.02 + .09 * smooth(t / 11), 640, 330) * smooth(ramp(t, 0, .2))


def s20a(n):
    """A shadow over the glass; the disc runs down with the voice; then the town's light, one after the other."""
    glass, (g, _), level = wide(), street(), Level(18, [(.8, 8.)])
    disc, town, fall = Print(1.4, vig=.5, seed=17), Print(2.3, vig=.45, seed=18), p.Fall()
    cut, turn = int(9.6 * FPS), .3
    hand = np.maximum(blob(330, 120, 330, 330), blob(120, 420, 300, 300))
    for i in range(n):
        t, lv = i / FPS, level(i / FPS)
        speed = 1. if t < 1.0 else max(0., 1 - (t - 1.0) / 7.2) ** 1.4
        turn += .21 / FPS * speed
        if p.skipped(i):
            yield None
            continue
        if i < cut:
            light = glass.light(turn, .42 + (lv - .42) * speed, .25 + .8 * speed ** .6, .7, .6, .9)
            light = window(light, 1.14 + .10 * smooth(t / 9.6), .46, .52)
            mv = np.float32([[1, 0, -700 * (1 - smooth(ramp(t, .3, 1.2)))], [0, 1, 10 * math.sin(t * 1.1)]])
            sh = cv2.warpAffine(hand, mv, (W, H))[..., None]
            yield disc(light * (1 - .93 * sh) * (.35 + .65 * speed ** .6)) * (1 - smooth(ramp(t, 9.0, 9.55)))
            continue
        lit = {'win': t < 10.83, 'sodium': t < 11.4, 'box': t < 12.0}
        light = weigh(g, sky=1.4, **{k: 1.05 * (1. if v else .0) for k, v in lit.items()})
        im = fall(town(window(light, 1.05 + .01 * (t - 9.6), .52, .40)), i, 1.6)
        yield im * smooth(ramp(t, 9.6, 9.9)) * (1 - .8 * smooth(ramp(t, 12.1, 12.9)))


def s20b(n):
    """Closer than ever, and nothing moves but the disc. The light that reads it breathes with what is said."""
    glass, out, level = Glass('discs_close', .184, 15.), Print(1.35, vig=.5, seed=23), Level(5, [(.5, 2.9)])
    for i in range(n):
        t, lv = i / FPS, level(i / FPS)
        if p.skipped(i):
            yield None
            continue
        yield out(window(glass.light(.21 * t, lv), 1.02 + .03 * smooth(t / 12)))


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's01': (14, s01, False), 's11': (17, s11, True), 's19': (11, s19, True), 's20a': (13, s20a, False), 's20b': (12, s20b, True),
})
