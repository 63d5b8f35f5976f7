#!/usr/bin/env python3
"""The shots of corridor, tea, key, dawn and the inside of the box; and how a plate is lit.

A plate is a picture in light groups: a shot is a weight for each of them over time, a slow move, and what is laid in.
What flickers, clicks or falls does it with the clip's sound, whose times stand in sound.py.
"""
import json
import math
import os

import cairo
import cv2
import numpy as np

import picture as p
from picture import FPS, H, W, blob, mask, ramp, smooth, zoom
from film import Film  # noqa: E402
from fx import Rain  # noqa: E402
from plate import groups  # noqa: E402

GREEN, SODIUM, TUNGSTEN = np.float32([.42, 1., .58]), np.float32([1., .47, .12]), np.float32([1., .62, .28])
PHOSPHOR = np.float32([.22, 1., .45])


# ---- plates ----------------------------------------------------------------------------------------------------------

def plate(name, names):
    """The light groups of a plate (linear RGB) and what was measured in it."""
    path = os.path.join(p.work, 'plates', name)
    with open(path + '.json') as f:
        return groups(path + '.exr', names)[0], json.load(f)


def with_crop(base, name, names):
    """A plate with a part of it replaced by the same part with somebody in it."""
    part, meta = plate(name, names)
    x0, y0, x1, y1 = meta['crop']
    h, w = part[names[0]].shape[:2]
    y0, x1 = y1 - h, x0 + w
    m = np.zeros((h, w), np.float32)
    m[(6 if y0 else 0):(h - 6 if y1 < meta['H'] - 1 else h), 6:-6] = 1
    m = cv2.blur(m, (9, 9), borderType=cv2.BORDER_REPLICATE)[..., None]
    out = {}
    for n in names:
        out[n] = base[n].copy()
        v = out[n][y0:y1, x0:x1]
        v[:] = v * (1 - m) + part[n] * m
    return out


def weigh(g, **w):
    """Light groups summed; a weight is a number or a colour."""
    return sum(g[n] * np.float32(k) for n, k in w.items())


def window(im, k=1., cx=.5, cy=.5):
    """A picture of the film's size out of a plate, magnified k times, about a point given in parts of the plate."""
    h, w = im.shape[:2]
    k = k * W / 1300
    x = min(max(cx * w - W / 2 / k, 0), w - W / k)
    y = min(max(cy * h - H / 2 / k, 0), h - H / k)
    return cv2.warpAffine(im, np.float32([[k, 0, -x * k], [0, k, -y * k]]), (W, H), flags=cv2.INTER_LINEAR)


class Print:
    """Light to film: the lens and the stock of comp/, without its grain, which comes last."""

    def __init__(self, exposure, seed=3, **kw):
        self.f, self.e, self.i = Film(W, H, seed=seed, grain=0., **kw), exposure, 0

    def __call__(self, light):
        self.i += 1
        return self.f(np.maximum(light, 0) * self.e, self.i)[..., ::-1].astype(np.float32)


# ---- the corridor ----------------------------------------------------------------------------------------------------

CORRIDOR = ['tube', 'far', 'door', 'fill']


def corridor():
    """The plate of the corridor. Low on the left the lacquer's reflection was left ragged by the denoiser: smoothed."""
    g, meta = plate('corridor', CORRIDOR)
    h, w = g['door'].shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    for cx, sx in ((.165, .10), (.80, .08)):
        m = np.exp(-((x / w - cx) / sx) ** 4 - ((y / h - .95) / .13) ** 4)[..., None]
        g['door'] = g['door'] * (1 - m) + m * cv2.GaussianBlur(g['door'], (0, 0), 11)
    return g, meta


def tube_gate(seconds):
    """Whether the tube burns, eight times a second: the same dice as its buzz in sound.py."""
    return np.random.default_rng(2).random(int(seconds * 8) + 1) > .22


def lettering(im, meta, lines, dark=.80, grow=1.):
    """Letters on the pane of the door, painted on its inner side."""
    q = np.float32([c[:2] for c in meta['pane']])
    s = cairo.ImageSurface(cairo.FORMAT_A8, 330, 450)
    c = cairo.Context(s)
    c.select_font_face('League Spartan', cairo.FONT_SLANT_NORMAL, cairo.FONT_WEIGHT_BOLD)
    for k, line in enumerate(lines):
        c.set_font_size(46)
        w = c.text_extents(line).width
        c.move_to((330 - w) / 2, 190 + 62 * k)
        c.show_text(line)
    s.flush()
    a = np.frombuffer(s.get_data(), np.uint8).reshape(450, s.get_stride())[:, :330].astype(np.float32) / 255
    m = cv2.getPerspectiveTransform(np.float32([[0, 0], [330, 0], [330, 450], [0, 450]]), q)
    a = cv2.warpPerspective(a, m, (im.shape[1], im.shape[0]), flags=cv2.INTER_AREA)[..., None]
    return im * (1 - a * dark)


def strike(t, gate, level):
    """The tube's light: it strikes with an overshoot and dies with a glow at its ends."""
    k = int(t * 8)
    if k < len(gate) and gate[k]:
        age = t - k / 8 + (1 if k and gate[k - 1] else 0)
        return level * (1.25 - .25 * min(age / .12, 1.))
    return .035 * level


def s03(n):
    base, meta = corridor()
    stages = {'': base}
    for who in ('girl-near', 'girl-mid', 'girl-door'):
        stages[who] = with_crop(base, 'corridor_' + who, CORRIDOR)
    gate = tube_gate(n / FPS)
    gate[:int(13.9 * 8)][[4, 5, 11, 12, 13, 21, 22, 23]] = False  # she steps in the dark only
    shown, out, r, fl = '', Print(1.7, vig=.5), np.random.default_rng(8), 0.
    lit = {}
    for w, g in stages.items():
        lit[w] = {'tube': g['tube'], 'rest': lettering(weigh(g, door=GREEN * 1.1, fill=.7, far=.06), meta, ['CLOCK', 'ROOM'])}
    for i in range(n):
        t = i / FPS
        for at, w in ((.55, 'girl-near'), (1.55, 'girl-mid'), (2.8, 'girl-door')):
            if t >= at:
                shown = w
        fl = .8 * fl + .2 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        g = lit[shown]
        light = g['tube'] * (strike(t, gate, .62) * (1 + .05 * fl)) + g['rest'] * (1 + .02 * fl)
        yield out(window(light, 1.02 + .16 * smooth(min(t / 13, 1)), .485, .50))


def on_pane(im, meta, rain, light):
    """The street door's pane: wet, and lit from the street."""
    q = [c[:2] for c in meta['pane']]
    h, w = rain.H.shape
    bg = np.ones((h, w, 3), np.float32) * np.linspace(.55, 1.1, h, dtype=np.float32)[:, None, None] * SODIUM * light
    bg = bg + blob(0, 0, 1, 1)[:h, :w] * 0 + _lamp_behind(h, w) * SODIUM * light
    f = rain.frame(bg, 10.)
    m = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), np.float32(q))
    src = cv2.warpPerspective(f, m, (im.shape[1], im.shape[0]), flags=cv2.INTER_AREA)
    on = im.mean(2, keepdims=True)
    a = cv2.warpPerspective(np.ones((h, w), np.float32), m, (im.shape[1], im.shape[0]))[..., None] * np.clip(on * 2.5 - .25, 0, 1)
    return im * (1 - a) + src * a


def _lamp_behind(h, w):
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    return (np.exp(-((x - .68 * w) / (.22 * w)) ** 2 - ((y - .30 * h) / (.16 * h)) ** 2) * 2.2)[..., None]


def to_the_street(who=''):
    """The same corridor from its other end, which is its mirror image: the door is the street's."""
    base, meta = corridor()
    g = with_crop(base, 'corridor_' + who, CORRIDOR) if who else base
    return {'tube': g['tube'], 'rest': weigh(g, door=SODIUM * 1.15, fill=.45)}, meta


def s15(n):
    empty, meta = to_the_street()
    man = to_the_street('man-door')[0]
    gate, out, rain = tube_gate(n / FPS), Print(1.7, vig=.55, seed=4), Rain(200, 272, seed=2, density=.7)
    gate[26:30] = False
    r, fl = np.random.default_rng(5), 0.
    for i in range(n):
        t = i / FPS
        fl = .8 * fl + .2 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        g = man if t >= 3.45 else empty
        tube = strike(t, gate, .40) if t < 3.3 else .012
        light = on_pane(g['tube'] * tube + g['rest'] * (1 + .025 * fl), meta, rain, 1.15)
        shake = .0016 * math.sin(t * 2 * math.pi * 2.7) * (1 - ramp(t, 2.6, 3.4))
        k = 1.02 + .20 * smooth(ramp(t, 0, 3.4)) + .05 * ramp(t, 3.4, 8)
        yield out(window(light[:, ::-1], k, .515, .5 + shake))


def footprints(meta, shape):
    """Wet prints on the floor from the door towards us, as a mask on the plate."""
    c_w, c_h = 240, 1240
    s = cairo.ImageSurface(cairo.FORMAT_A8, c_w, c_h)
    c = cairo.Context(s)
    for k in range(11):
        y, x = 40 + k * 112, c_w / 2 + (24 if k % 2 else -24)
        c.save()
        c.translate(x, y)
        c.scale(1, 1)
        c.set_source_rgba(1, 1, 1, 1 - .05 * k)
        for cy, rx, ry in ((-2, 9.5, 17), (27, 8, 9.5)):
            c.save()
            c.translate(0, cy)
            c.scale(rx, ry)
            c.arc(0, 0, 1, 0, 7)
            c.restore()
            c.fill()
        c.restore()
    s.flush()
    a = np.frombuffer(s.get_data(), np.uint8).reshape(c_h, s.get_stride())[:, :c_w].astype(np.float32) / 255
    m = cv2.getPerspectiveTransform(np.float32([[0, 0], [c_w, 0], [c_w, c_h], [0, c_h]]), np.float32([q[:2] for q in meta['floor']]))
    return cv2.GaussianBlur(cv2.warpPerspective(a, m, (shape[1], shape[0]), flags=cv2.INTER_AREA), (0, 0), .8)[..., None]


def s16a(n):
    """Three steps, each in a blink of the dark, and then nothing but the lamp of an engaged line."""
    places = [(0., 'man-door'), (.95, 'man-mid'), (1.75, 'man-near')]
    lit, meta = {}, None
    for _, w in places:
        lit[w], meta = to_the_street(w)
    rain, out = Rain(200, 272, seed=2, density=.7), Print(1.7, vig=.55, seed=6)
    bare = to_the_street()[0]['rest'].mean(2, keepdims=True)
    prints = footprints(meta, bare.shape)
    open_floor = {w: smooth(np.clip(g['rest'].mean(2, keepdims=True) / (bare + 1e-4) * 2.5 - .9, 0, 1)) for w, g in lit.items()}
    lamp = blob(640, 300, 30, 30) * 3.2 + blob(640, 300, 9, 9) * 6 + blob(640, 300, 190, 170) * .10
    ring = mask(lambda c: (c.set_line_width(7), c.arc(640, 300, 44, 0, 7), c.stroke()), 1.2)
    label = p.text(['LINE 08'], 'IBM 3270', 30, 0, 412, tracking=5, centred=True)
    jack = mask(lambda c: (c.rectangle(556, 380, 168, 44), c.fill()), 1.)
    for i in range(n):
        t = i / FPS
        if p.skipped(i):
            yield None
            continue
        if t >= 2.9:
            on = 1. if t >= 4 and (t - 4) % .75 < .375 else 0.
            light = lamp * np.float32([1, .40, .07]) * on + ring * (.02 + .5 * on) * TUNGSTEN
            light = light + (jack * .12 * (1 - label) + label * .010) * (.06 + .9 * on) * np.float32([1, .75, .5])
            yield out(light * smooth(ramp(t, 3.6, 4.0)))
            continue
        who = [w for at, w in places if t >= at][-1]
        dark = any(at - .17 < t < at + .03 for at, _ in places[1:]) or t > 2.78
        light = on_pane(lit[who]['rest'], meta, rain, 1.15)
        seen = prints * open_floor[who]   # not where he stands
        light = light * (1 + seen * 1.9 * (light.mean(2, keepdims=True) < .9)) + seen * SODIUM * .012
        k = 1.24 if who != 'man-near' else 1.10
        yield out(window(light[:, ::-1], k + .02 * t, .515, .52)) * (.10 if dark else 1.)


# ---- the street ------------------------------------------------------------------------------------------------------

STREET = ['sodium', 'box', 'win', 'sky']
WINDOW_AT = .659, .130  # the lit window, in parts of the plate


def street():
    g, meta = plate('bare', STREET)
    y, x = np.mgrid[0:meta['H'], 0:meta['W']].astype(np.float32)

    def halo(q, r):
        return np.exp(-((x - q[0]) ** 2 + (y - q[1]) ** 2) / (2 * r * r))[..., None]
    glow = {'sodium': sum(.55 * halo(q, 46) + .22 * halo(q, 150) + .075 * halo(q, 340) for q in meta['lamp'][:2]) * SODIUM * .25,
            'box': (.35 * halo(meta['box'][0], 60) + .12 * halo(meta['box'][0], 190)) * np.float32([1, .75, .42]) * .20,
            'win': .10 * halo(meta['win'][0], 110) * np.float32([.4, 1, .6]) * .35}
    for k, v in glow.items():
        g[k] = g[k] + v
    return g, meta


def drifting(seed, shape):
    """Banks of mist that pass, as a function of time: noise in three sizes, the smaller the faster."""
    r = np.random.default_rng(seed)
    h, w = shape
    sheets = []
    for s in (90, 38, 16):
        n = cv2.GaussianBlur(r.standard_normal((h // 4, w)).astype(np.float32), (0, 0), s / 4, sigmaY=s / 9)
        sheets.append(n / n.std())

    def at(t):
        m = sum(a * cv2.warpAffine(n, np.float32([[1, 0, v * t - w / 2], [0, 1, 0]]), (w // 2, h // 4))
                for n, v, a in zip(sheets, (5, 9, 15), (.55, .32, .16)))
        return np.clip(.5 + .42 * cv2.resize(m, (w, h), interpolation=cv2.INTER_CUBIC), 0, 1)[..., None]
    return at


def s18(n):
    """Dawn comes up by degrees through the mist, the lamp in the street goes out by itself, and the one window is still lit."""
    g, _ = street()
    z = groups(os.path.join(p.work, 'plates', 'bare.exr'), STREET)[1]
    h, w = z.shape
    x, y = np.meshgrid(np.linspace(0, 1, w, dtype=np.float32), np.linspace(0, 1, h, dtype=np.float32))
    thick = (1 - np.exp(-np.maximum(z - 5.5, 0) / 5.5)) * (.42 + .58 * np.exp(-((y - .80) / .34) ** 2))
    thick, mist = cv2.GaussianBlur(thick, (0, 0), 2)[..., None], drifting(18, (h, w))
    out, r, fl = Print(2.2, vig=.5, seed=12), np.random.default_rng(4), 0.
    blue, peach = np.float32([.62, .86, 1.12]), np.float32([1.20, .86, .62])
    side = np.clip(x * 1.15 - .25, 0, 1)[..., None]
    lamp_at = (.55 * np.exp(-((x - .66) / .16) ** 2 - ((y - .24) / .22) ** 2))[..., None] * np.float32([.42, 1., .6])
    box_at = (.5 * np.exp(-((x - .37) / .10) ** 2 - ((y - .55) / .22) ** 2))[..., None] * np.float32([1., .72, .40])
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        day = smooth(ramp(t, -1., 11.))
        lamp = 1. if t < 2.2 else .25 if 2.3 < t < 2.4 else 0.
        tint = blue * (1 - side * day) + peach * side * day
        light = g['sky'] * (1.0 + 2.5 * day) * tint + g['sodium'] * (.42 * lamp) + g['box'] * .42 + g['win'] * .62 * (1 + .05 * fl)
        fog = np.clip(thick * (.45 + .95 * mist(t)), 0, .93)
        glow = tint * (.005 + .048 * day) + lamp_at * .030 + box_at * .030 + SODIUM * (.010 * lamp)
        yield out(window(light * (1 - fog) + fog * glow, 1.02 + .20 * smooth(t / 12), .50 + .10 * smooth(t / 12), .50 - .10 * smooth(t / 12)))


def kiosk(thick=1.):
    """The inside of the box: glazing bars close to the eye, out of focus. Gives what they cover and their light."""
    def bars(c):
        for u in (-14, 318, 962, 1294):
            c.rectangle(u - 17 * thick, 0, 34 * thick, H)
        for v in (-26, 196, 418, 640):
            c.rectangle(0, v - 13 * thick, W, 26 * thick)
        c.fill()
    m = mask(bars, 5.5)
    y = np.linspace(1, 0, H, dtype=np.float32)[:, None, None]
    edge = np.clip(cv2.Sobel(m[..., 0], cv2.CV_32F, 0, 1, ksize=5) / 60, 0, 1)[..., None]
    light = np.float32([.055, .0045, .0035]) * (.16 + .95 * y ** 2) + edge * np.float32([.10, .014, .009]) * y
    return m, light


def wet(rain, light, strength, dim=.9):
    """A picture in linear light seen through a wet pane."""
    return rain.frame(np.ascontiguousarray(light * dim, np.float32), strength)


def s24(n):
    """The window across, through the pane of the box. The light that is left goes out when the stroke does not come."""
    g, _ = street()
    m, frame = kiosk(.9)
    rain, fall, out = Rain(W, H, seed=21, density=1.25), p.Fall(), Print(2.5, vig=.5, seed=13)
    r, fl = np.random.default_rng(4), 0.
    night = weigh(g, sodium=.85, box=.55, sky=1.3)
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        lit = 1. if t < 12. else .30 if 12.08 < t < 12.2 else 0.
        light = window(night * (1 + .02 * fl) + g['win'] * 1.05 * lit, 2.05 + .42 * smooth(t / 16), *WINDOW_AT)
        light = fall(light * 255, i, .8) / 255
        light = cv2.GaussianBlur(light, (0, 0), 1.1)
        light = wet(rain, light, 15.)
        light = light * (1 - m) + m * frame * (1 + .02 * fl)
        yield out(light) * (1 - smooth(ramp(t, 14.2, 15.8)))


def s17(n):
    """Inside the box. With every breath that is heard in the receiver our own pane mists over."""
    from fx import night_bokeh
    far = np.maximum(night_bokeh(W, H, seed=14, lamp=(.60, .40)), 0)
    green = blob(452, 250, 34, 40) * np.float32([.30, 1., .52]) * .9
    far = cv2.GaussianBlur(far, (0, 0), 3.) + cv2.GaussianBlur(green.astype(np.float32), (0, 0), 6)
    m, frame = kiosk()
    rain, out = Rain(W, H, seed=31, density=1.7), Print(1.9, vig=.5, seed=15)
    mist = blob(760, 330, 300, 190)
    r, fl, fog = np.random.default_rng(9), 0., 0.
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        breath = max(0., math.sin(2 * math.pi * (t - 2.) / 3.4)) if t > 2 else 0.
        fog = min(1., fog * .985 + .035 * breath)
        k = 1.04 + .07 * smooth(t / 14)
        light = zoom(far, k, 640, 320) * (1 + .02 * fl)
        soft = cv2.resize(cv2.GaussianBlur(cv2.resize(light, (320, 160), interpolation=cv2.INTER_AREA), (0, 0), 7), (W, H))
        light = wet(rain, light, 20.)
        a = mist * fog * .75
        light = light * (1 - a) + (soft * .8 + .030 * np.float32([.9, .95, 1.])) * a
        light = light * (1 - m) + m * frame * (1 + .03 * fl)
        yield out(window2(light, 1 + .02 * smooth(t / 14)))


def window2(im, k):
    return cv2.warpAffine(im, np.float32([[k, 0, -(k - 1) * W / 2], [0, k, -(k - 1) * H / 2]]), (W, H), flags=cv2.INTER_LINEAR)


# ---- the tea ---------------------------------------------------------------------------------------------------------

TEA = ['crt', 'lamp', 'sodium', 'fill']


class Tea:
    """The surface of the tea: a mirror with a height field on it, that holds the screen's light and the lamp's."""
    N = 300

    def __init__(self, meta):
        n = self.N
        self.y, self.x = np.mgrid[0:n, 0:n].astype(np.float32)
        q = np.float32([c[:2] for c in meta['tea']])
        self.m = cv2.getPerspectiveTransform(np.float32([[0, 0], [n, 0], [n, n], [0, n]]), q)
        self.shape = meta['W'], meta['H']
        d = np.hypot(self.x - n / 2, self.y - n / 2) / (n / 2)
        self.d, self.a = d, np.arctan2(self.y - n / 2, self.x - n / 2)
        screen = np.zeros((n, n), np.float32)
        cv2.fillConvexPoly(screen, np.int32([[62, 34], [214, 20], [226, 104], [58, 122]]), 1.)
        rows = (.62 + .38 * (np.sin(self.y * .62) > -.2)).astype(np.float32)
        lamp = np.exp(-((self.x - 40) / 15) ** 2 - ((self.y - 176) / 22) ** 2)
        self.sky = (cv2.GaussianBlur(screen * rows, (0, 0), 2.5)[..., None] * np.float32([.05, .34, .13])
                    + lamp[..., None] * np.float32([1., .60, .26]) * .34
                    + (.006 + .010 * (1 - self.y / n))[..., None] * np.float32([.9, .5, .25]))
        seen = np.zeros((meta['H'], meta['W']), np.float32)
        cv2.ellipse(seen, (637, 296), (270, 152), 0, 0, 360, 1., -1, cv2.LINE_AA)  # the rest is behind the lip
        self.seen = cv2.GaussianBlur(seen, (0, 0), 2)[..., None]
        self.inside = cv2.GaussianBlur((d < .985).astype(np.float32), (0, 0), 1.2)

    def light(self, height, turn=0.):
        """The mirrored light over the plate, and where it lies."""
        gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
        f = cv2.remap(self.sky, self.x + gx * 40, self.y + gy * 40, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        f = f + np.maximum(0, -gy * .8)[..., None] * np.float32([.10, .30, .16])
        if turn:  # bubbles and a little foam tell how it turns
            a = self.a - turn / (.25 + self.d)
            foam = np.clip(np.sin(a * 3 + self.d * 9) * np.sin(a * 5 - self.d * 14) - .55, 0, 1) * (self.d < .8)
            f = f + foam[..., None] * np.float32([.20, .13, .07]) * .13
        return cv2.warpPerspective(f * self.inside[..., None], self.m, self.shape, flags=cv2.INTER_AREA) * self.seen

    def ripple(self, cx, cy, age, power):
        """A ring that runs out from a point, in parts of the surface."""
        if age < 0:
            return 0.
        r = np.hypot(self.x / self.N - cx, self.y / self.N - cy)
        front = .36 * age
        e = np.exp(-((r - front) / (.05 + .05 * age)) ** 2) + .5 * np.exp(-((r - front * .55) / (.06 + .05 * age)) ** 2)
        return np.sin((r - front) * 75) * e * power * math.exp(-age * 1.15)


class Steam:
    """Curls of steam, rising: noise drawn upward through itself."""

    def __init__(self, seed):
        r = np.random.default_rng(seed)
        self.n = [cv2.GaussianBlur(r.random((1024, 512)).astype(np.float32), (0, 0), s) for s in (13, 28)]
        self.n = [(a - a.mean()) / a.std() for a in self.n]
        self.y, self.x = np.mgrid[0:320, 0:640].astype(np.float32)

    def __call__(self, t, cx, top, base):
        """Density over the picture, between heights top and base, over cx."""
        rise = t * 46
        wob = cv2.remap(self.n[1], (self.x * .6 + 40) % 511, (self.y * .7 + rise * .7) % 1023, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        u = (self.x + wob * 26) * .55 % 511
        d = cv2.remap(self.n[0], u, (self.y * .55 + rise) % 1023, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        v = np.clip((base - self.y) / (base - top), 0, 1)
        width = 26 + 70 * v
        env = np.exp(-((self.x - cx + wob * 14 * v) / width) ** 2) * np.sin(np.pi * np.clip(v, 0, 1) ** .6) * (self.y < base)
        d = np.clip(d * .55 + .35, 0, 1.6) ** 1.6 * env
        return cv2.resize(cv2.GaussianBlur(d, (0, 0), 1.6), (W, H))[..., None]


def tea(n, sugared):
    g, meta = plate('tea', TEA)
    base = weigh(g, crt=.27, lamp=.50, sodium=.5, fill=.6)
    h, w = base.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    base = base * (1 - .55 * np.exp(-((x - 1344) / 420) ** 2 - ((y - 120) / 420) ** 2))[..., None]  # the paper keeps back
    surface, steam = Tea(meta), Steam(7 if sugared else 8)
    out, r, fl = Print(1.75, vig=.5, seed=20 + sugared), np.random.default_rng(2), 0.
    lump = None
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        height, turn, im = .0025 * np.sin(surface.x * .05 + t * 3) + .0025 * np.sin(surface.y * .06 - t * 2.3), 0., base
        jolt = 0.
        if sugared:
            height = height + surface.ripple(.52, .45, t - .5, .55) + surface.ripple(.55, .5, t - .62, .2)
            stir = smooth(ramp(t, 1.0, 1.3)) * (1 - smooth(ramp(t, 2.7, 3.3)))
            turn = 3.1 * max(0, t - 1.15) * (.5 + .5 * stir) if t > 1.15 else 0.
            height = height - .10 * stir * np.exp(-(surface.d / .6) ** 2) + .03 * stir * np.sin(surface.a * 2 - t * 9) * surface.d
        else:
            height = height + sum(surface.ripple(.5, .5, t - a, b) for a, b in ((1.0, .5), (1.18, .35), (1.36, .2)))
            edge = t - 1.0
            if edge >= 0:
                height = height + .12 * math.exp(-edge * 1.6) * np.cos(surface.d * 22 - edge * 26)
                jolt = 5 * math.exp(-edge * 16) * math.cos(edge * 60)
        im = im + surface.light(np.asarray(height, np.float32), turn) * (1 + .05 * fl)
        if sugared and .10 < t < .50:  # the lump falls past, too fast to be more than a shape
            f = (t - .10) / .40
            lump = mask_on((w, h), 640 + 8 * f, -60 + 420 * f * f, 40, .4 + 2.2 * f, 10)
            im = im * (1 - lump) + lump * np.float32([.30, .27, .20])
        if sugared and .95 < t < 3.4:
            a = 2 * math.pi * (t - 1.0) / .62
            inn = smooth(ramp(t, .95, 1.15)) * (1 - smooth(ramp(t, 3.0, 3.35)))
            dx, dy = 62 * math.cos(a) - 40, 26 * math.sin(a) - 330 * (1 - inn)
            im = spoon(im, (675 + dx, 300 + dy), (842 + .55 * dx, -150 + .8 * dy), inn)
        light = window(im, 1.03 + .03 * smooth(t / 4), .49, .48 + jolt / h)
        st = steam(t + 3, 318, -60, 172)
        light = light + st * (np.float32([.20, 1., .46]) * .030 + TUNGSTEN * .012)
        yield out(light)


def spoon(im, foot, top, much):
    """The handle of a spoon whose bowl is under the surface: bright from the screen on one side, from the lamp on the other, and its image
    in the tea."""
    h, w = im.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)

    def rod(foot, top, thick):
        d = np.float32(top) - np.float32(foot)
        d = d / np.hypot(*d)
        along = (x - foot[0]) * d[0] + (y - foot[1]) * d[1]
        across = (x - foot[0]) * -d[1] + (y - foot[1]) * d[0]
        half = thick * (1 + .0016 * np.maximum(along, 0))
        u = across / half
        m = np.clip((1 - np.abs(u)) * half * .6, 0, 1) * (along > 0)
        shine = np.exp(-((u + .62) / .22) ** 2)[..., None] * TUNGSTEN * .20 + np.exp(-((u - .55) / .28) ** 2)[..., None] * PHOSPHOR * .16
        shine = shine + (.012 + .030 * np.exp(-((u - .05) / .30) ** 2))[..., None] * np.float32([.7, 1., .8])
        return cv2.GaussianBlur(m, (0, 0), 1.3)[..., None], shine
    m, shine = rod((foot[0], foot[1] + 70), (foot[0] + (foot[0] - top[0]) * -.25, foot[1] - 400 * -.25), 8.)   # mirrored, and soon lost
    m = cv2.GaussianBlur(m[..., 0], (0, 0), 2.5)[..., None] * np.exp(-np.maximum(y - foot[1], 0) / 42)[..., None] * (y > foot[1])[..., None] * .55 * much
    im = im * (1 - m) + shine * m * .5
    m, shine = rod(foot, top, 9.5)
    return im * (1 - m) + shine * m


def mask_on(size, cx, cy, side, angle, smear):
    """A falling cube's blur."""
    a = np.zeros((size[1], size[0]), np.float32)
    q = cv2.boxPoints(((cx, cy), (side, side * .9), math.degrees(angle)))
    cv2.fillConvexPoly(a, np.int32(q * 16), 1., cv2.LINE_AA, 4)
    return cv2.blur(cv2.GaussianBlur(a, (0, 0), 2), (1, smear * 3))[..., None]


def s06a(n):
    return tea(n, True)


def s06b(n):
    return tea(n, False)


# ---- the red key -----------------------------------------------------------------------------------------------------

KEY = ['crt', 'lamp', 'red', 'fill']


def pointing(c):
    """The shadow of a hand with one finger stretched."""
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    c.set_line_join(cairo.LINE_JOIN_ROUND)
    c.set_line_width(78)
    c.move_to(640, 330)
    c.line_to(770, 120)
    c.stroke()
    c.set_line_width(70)
    for k, (x, y) in enumerate(((760, 190), (800, 215), (850, 225))):
        c.move_to(x, y)
        c.line_to(x + 90, y - 120)
        c.stroke()
    c.move_to(740, 110)
    c.curve_to(800, 180, 900, 220, 930, 150)
    c.line_to(1200, -160)
    c.line_to(920, -220)
    c.close_path()
    c.fill()


def s12(n):
    """A finger's shadow comes over the key, and the key goes down. Whose finger it was, the picture does not say."""
    lower, meta = plate('key', KEY)
    h, w = lower['lamp'].shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    speck = np.exp(-(((x - 1034) / 52) ** 2 + ((y - 572) / 46) ** 2) ** 2)[..., None]   # a point of light that the lens made ragged
    lower = {k: v * (1 - speck) + speck * np.minimum(v, cv2.GaussianBlur(v, (0, 0), 26)) for k, v in lower.items()}
    upper = with_crop(lower, 'key_up', KEY)
    hand = mask(pointing, 13)
    out, r, fl = Print(1.9, vig=.5, seed=30), np.random.default_rng(6), 0.
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        if p.skipped(i):
            yield None
            continue
        g = lower if t >= 1.2 else upper
        lit = 0. if t < 1.22 else 1.1 - .35 * smooth(ramp(t, 1.22, 1.5)) + .05 * fl
        away = smooth(ramp(t, 1.9, 2.7))
        on = smooth(ramp(t, .1, 1.1)) - away
        k = 1.03 + .10 * smooth(t / 6)
        light = window(weigh(g, crt=.75, fill=.5, red=max(lit, 0.)), k, .48, .5)
        lamp = window(g['lamp'] * .95, k, .48, .5)
        mv = np.float32([[1, 0, 420 * (1 - on) - 60], [0, 1, -330 * (1 - on) + 20]])
        sh = cv2.warpAffine(hand, mv, (W, H))[..., None]
        yield out(light * (1 - .45 * sh) + lamp * (1 - .96 * sh))


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's03': (14, s03, True), 's06a': (4, s06a, False), 's06b': (4, s06b, False), 's12': (6, s12, False),
    's15': (8, s15, False), 's16a': (9, s16a, False), 's17': (14, s17, False),
    's18': (12, s18, False), 's24': (16, s24, False),
})
