#!/usr/bin/env python3
"""The shots of the clock room, at night: its lamps still apart, its window, its screen and its rain live."""
import json
import math
import os

import cv2
import numpy as np

import picture as p
import staged as st
from fx import CRT, Rain, lay, night_bokeh
from picture import FPS, H, W, Waver, blob, ramp, smooth, zoom
from plate import dolly, groups, proj_moved
from staged import PHOSPHOR, TUNGSTEN, Print, corridor, weigh, window, with_crop

ROOM = ['crt', 'sodium', 'lamp', 'rack', 'clock', 'fill']
NIGHT = {'crt': 1.6, 'sodium': 1.25, 'lamp': .9, 'rack': .75, 'clock': .24, 'fill': .9}
# She is a shape with an edge of light, not a figure that is lit: no lamp from the front, no fill.
HER = {'crt': .38, 'sodium': 1.15, 'lamp': .30, 'rack': .5, 'clock': 0., 'fill': .10}
HELD = (-.08, 0, .42)  # where the camera comes to rest over her shoulder


class Room:
    """The room from a camera that moves: way(u), for u from 0 to 1, says where to (right, down, forward; metres)."""
    KEYS = 3  # maps a second; between them is what lies between

    def __init__(self, way=lambda u: HELD, seconds=0, nell=True):
        base = os.path.join(p.work, 'plates', 'room_')
        self.bg, self.depth, _ = groups(base + 'bg.exr', ROOM)
        with open(base + 'bg.json') as f:
            self.meta = json.load(f)
        self.w, self.h = self.meta['W'], self.meta['H']
        self.fx = self.w * self.meta['lens'] / self.meta['sensor']
        self.way, self.seconds, self.nell = way, seconds, nell
        self.corner = (self.w - W) // 2, (self.h - H) // 2
        self.fg = {}
        if nell:
            self.fg, fd, self.fa = groups(base + 'fg.exr', ROOM)
            self.near = cv2.erode(np.minimum(np.where(self.fa > .02, fd, 60).astype(np.float32), 2.9), np.ones((5, 5)))
        self.keys = {}
        self.rain, self.night, self.crt = Rain(760, 548), night_bokeh(760, 548), CRT()

    def place(self, t):
        return self.way(min(t / self.seconds, 1.) if self.seconds else 1.)

    def maps(self, which, depth, t):
        """Where each of the film's pixels comes from in a plate, at a time."""
        def at(k):
            if (which, k) not in self.keys:
                x, y = self.corner
                m = dolly(depth, self.fx, self.w / 2, self.h / 2, *self.place(k / self.KEYS))
                self.keys[which, k] = [a[y:y + H, x:x + W] for a in m]
                self.keys.pop((which, k - 2), None)
            return self.keys[which, k]
        if not self.seconds:
            return at(0)
        k = int(t * self.KEYS)
        f = np.float32(t * self.KEYS - k)
        return [a * (1 - f) + b * f for a, b in zip(at(k), at(k + 1))]

    def quad(self, name, t):
        q = [proj_moved(c, self.fx, self.w / 2, self.h / 2, *self.place(t)) for c in self.meta[name]]
        return np.float32(q) - np.float32(self.corner)

    def light(self, i, text, glow, street_light, cursor=None, her=HER, **w):
        """One frame: what the screen shows and how bright, how bright the street is, a weight for each group."""
        t = i / FPS
        mx, my = self.maps('bg', self.depth, t)
        im = cv2.remap(weigh(self.bg, **w), mx, my, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        dz = self.place(t)[2]
        z = cv2.remap(self.depth, mx, my, cv2.INTER_LINEAR) - dz
        pane = self.quad('window', t)
        m = np.zeros((H, W), np.float32)
        cv2.fillPoly(m, [np.round(pane * 16).astype(np.int32)], 1., cv2.LINE_AA, 4)
        far = min(c[2] for c in self.meta['window']) - dz
        seen = (z > far + .7).astype(np.float32)
        if not self.nell:  # what her head hides: the desk lamp's, a black bird before the pane
            seen = np.maximum(seen, cv2.dilate(((z > far - .40) & (z < far - .02)).astype(np.float32), np.ones((9, 9))) * m)
        opened = (m * cv2.GaussianBlur(seen, (0, 0), .6))[..., None]
        out = np.zeros_like(im)
        lay(out, self.rain.frame(self.night), pane, 1.)
        im = im * (1 - opened) + (out * 1.25 * street_light + im * .05) * opened
        em = self.crt.emit(self.crt.draw(text, 43, cursor, x0=46, y0=70, lh=1.12), i)
        q = self.quad('screen', t)
        lay(im, em * glow, q.mean(0) + (q - q.mean(0)) * 1.045, 1.55, mask_soft=.7)
        if not self.nell:
            return im
        nx, ny = self.maps('fg', self.near, t)
        front = weigh(self.fg, **{k: np.float32(v) * np.float32(her[k] / NIGHT[k]) for k, v in w.items()})
        front = np.maximum(cv2.remap(front, nx, ny, cv2.INTER_CUBIC), 0)
        a = cv2.remap(self.fa, nx, ny, cv2.INTER_LINEAR).clip(0, 1)[..., None]
        return im * (1 - a) + front


def night(v, **other):
    """The room as she found it, its lamps never quite steady; v is how unsteady just now."""
    return {**NIGHT, 'crt': NIGHT['crt'] * (1 + .05 * v), 'sodium': NIGHT['sodium'] * (1 + .02 * v), **other}


TYPED = ['NATIONAL TIME SERVICE', 'LINE 08  OP. HARKER', '', '> 23:42', '> ALL LINES QUIET', '', '  READY']
CALL = ['NATIONAL TIME SERVICE', 'LINE 08  OP. HARKER', '', '> CALLER IS NOT', '  ASKING FOR THE TIME', '> CALLER IS ASKING', '  FOR YOU']
LOG = ['NATIONAL TIME SERVICE', 'LINE 08  OP. HARKER', '', '> LOG', '  23:41', '  23:44', '  23:46', '  23:47 _']


def typed(lines, count):
    """The first letters of the lines, and where the cursor stands."""
    shown = []
    for line in lines:
        if count <= 0:
            break
        shown.append(line[:count])
        count -= len(line) + 2
    return shown, (len(shown) - 1, len(shown[-1]))


def s05(n):
    """Over her shoulder, slowly closer, until the window opens; she types the quarter of an hour."""
    room, out, fl = Room(lambda u: (-.10 + .02 * u, 0, .02 + .40 * p.brake(u, 1., 1.6)), n // FPS), Print(2.05, vig=.45, seed=11), Waver(11)
    wall = 1 - .96 * smooth(np.clip((np.arange(W, dtype=np.float32) - 1130) / 120, 0, 1))[:, None]  # where the racks are cut off
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        text, cursor = typed(TYPED, int(18 + max(0, t - .6) * 15))
        im = room.light(i, text, 1. + .03 * v, 1. + .02 * v, cursor if (i // 8) % 2 == 0 else None, **night(v))
        yield out(im * wall)


def s08a(n):
    """Closer, and lower than her head: she is cut out of the window, and does not move."""
    room, out, fl = Room(), Print(2.05, vig=.5, seed=13), Waver(3)
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        im = room.light(i, CALL, .9, 1. + .02 * v, **night(v, lamp=.55, fill=.6))
        yield zoom(out(im), 1.52 + .10 * smooth(t / 13), 430 + 16 * smooth(t / 13), 235)


def s10a(n):
    """The lamp goes out: green, and the street."""
    room, out, fl = Room(), Print(2.05, vig=.42, seed=14), Waver(6)
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        off = ramp(t, .50, .60)
        im = room.light(i, CALL, 1., 1. + .02 * v, **night(v, lamp=.9 * (1 - off) ** 2, rack=.75 - .35 * off, fill=.9 - .45 * off))
        yield zoom(out(im), 1.0 + .035 * smooth(t / 7), 520, 330)


def s14a(n):
    """The plug. Lamp after lamp goes, until only the street is left. Where the voice comes from, nothing is lit."""
    room, out, fl = Room(), Print(2.05, vig=.42, seed=41), Waver(41)
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        spark = (.30 < t < .36) + .6 * (.46 < t < .50)
        lamp = 0. if t > .36 else .9
        screen = math.exp(-max(t - .42, 0) * 9) if t > .42 else 1.
        rack = .75 * (1 - int(ramp(t, .6, 2.3) * 6) / 6)  # row by row
        clock = .24 * (1 - smooth(ramp(t, .5, .8)))
        fill = .9 * (1 - .55 * smooth(ramp(t, .4, 2.4)))
        text = LOG if t < .42 else []
        im = room.light(i, text, .05 + .95 * screen if t < 2.2 else .012, 1. + .02 * v,
                        crt=1.5 * screen * (1 + .04 * v), sodium=1.25 * (1 + .02 * v) * (1 + .12 * smooth(ramp(t, 1, 4))), lamp=lamp,
                        rack=rack, clock=clock, fill=fill, her=NIGHT)
        im = im + spark * blob(250, 600, 420, 240) * np.float32([.30, .45, .75])
        yield zoom(np.ascontiguousarray(out(im)), 1.03 + .10 * smooth(t / 14), 470, 300)


def s21(n):
    """The chair is empty and the tea still steams. Then the corridor, and somebody stands in the door, with an umbrella."""
    room, steam = Room(nell=False), st.Steam(11)
    base, meta = corridor()
    g = with_crop(base, 'corridor_girl-door', st.CORRIDOR)
    rest = st.lettering(weigh(g, door=st.GREEN * 1.1, fill=.7, far=.06), meta, ['CLOCK', 'ROOM'])
    out, fl, gate = Print(2.05, vig=.42, seed=43), Waver(43), st.tube_gate(14)
    door = Print(1.7, vig=.5, seed=44)
    cut = int(7.5 * FPS)
    text = ['NATIONAL TIME SERVICE', 'LINE 08  OP. ______', '', '> READY']
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        if i < cut:
            im = room.light(i, text, 1. + .04 * v, 1., **night(v))
            d = cv2.resize(steam(t + 4, 318, -60, 172), (W, H))
            d = cv2.warpAffine(d, np.float32([[.085, 0, 425 - .085 * 636], [0, .42, 452 - .42 * 344]]), (W, H))[..., None]
            im = im + cv2.GaussianBlur(d, (0, 0), 1.6)[..., None] * (PHOSPHOR * .022 + TUNGSTEN * .030)
            yield zoom(np.ascontiguousarray(out(im)), 1.03 + .16 * smooth(t / 7.5), 440, 420) * smooth(ramp(t, 0, .25))
            continue
        u = t - cut / FPS
        im = g['tube'] * st.strike(u, gate, .62) + rest * (1 + .02 * v)
        yield door(window(im, 1.10 + .16 * smooth(u / 7), .5, .47)) * smooth(ramp(u, 0, .08))


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's05': (16, s05, True), 's08a': (13, s08a, False), 's10a': (7, s10a, False), 's14a': (14, s14a, True), 's21': (14, s21, False),
})
