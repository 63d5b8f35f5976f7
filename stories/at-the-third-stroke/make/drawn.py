#!/usr/bin/env python3
"""The shots that are drawn: sheets and screens on which the player writes, the recorder, inserts.

A sheet or a screen is left empty, stands still, and keeps the part of it in its light on which the story's inscriptions lie.
"""
import math

import cairo
import cv2
import numpy as np

import picture as p
from fx import CRT, Dust
from picture import FPS, H, W, Waver, mask, ramp, smooth, zoom
from staged import PHOSPHOR, TUNGSTEN, Print, plate, weigh, window

Y, X = np.mgrid[0:H, 0:W].astype(np.float32)


# ---- paper -----------------------------------------------------------------------------------------------------------

class Paper:
    """Listing paper from the front, as reflectance: fibre, pale bars, feed holes, folds. The roller lies below."""

    def __init__(self, seed, k=1.):
        r = np.random.default_rng(seed)
        fibre = sum(cv2.GaussianBlur(r.standard_normal((H, W)).astype(np.float32), (0, 0), s) * s * a
                    for s, a in ((.8, .5), (2.2, .35), (30., .5)))
        line = 52 * k
        bars = ((Y - 30) % (2 * line) < line).astype(np.float32)
        bars = cv2.GaussianBlur(bars, (0, 0), 1.2)[..., None]
        self.r = np.float32([.60, .575, .50]) * (1 + .035 * fibre[..., None]) * (1 - bars * np.float32([.16, .05, .13]))
        left, right = 58 * k, W - 58 * k
        for x in (left, right):
            for n in range(-1, int(H / line) + 2):
                hole = np.hypot(X - x, Y - (30 + n * line + line / 2)) - 11 * k
                self.r = self.r * (1 - .93 * np.clip(.5 - hole, 0, 1)[..., None])
                self.r = self.r * (1 + .18 * np.exp(-((hole - 2) / 1.5) ** 2)[..., None])
            tear = np.abs(X - (x + math.copysign(44 * k, W / 2 - x)))
            self.r = self.r * (1 - .30 * (np.clip(1.6 - tear, 0, 1) * ((Y * .5) % 5 < 2.6))[..., None])
        self.hang = (1 - .10 * np.cos((Y / H - .15) * 2.4) ** 2)[..., None] * (.90 + .10 * np.cos((X / W - .5) * 2))[..., None]

    def __call__(self):
        return self.r * self.hang


def roller(light, t, printing, at=.885):
    """The platen and the carriage that runs along it, close to the eye and out of focus."""
    top = at * H
    m = np.clip((Y - top) / 9, 0, 1)[..., None]
    drum = np.exp(-((Y - top - 34) / 16) ** 2)[..., None] * np.float32([.050, .040, .028]) + np.float32([.006, .0065, .006])
    im = light * (1 - .55 * np.exp(-np.maximum(top - Y, 0) / 26))[..., None]
    im = im * (1 - m) + m * drum
    if printing:
        u = t / .56
        x = 640 + 470 * (2 * abs(u % 1 - .5) * 2 - 1)
        head = np.clip(1.5 - np.maximum(np.abs(X - x) / 66, np.abs(Y - top - 14) / 34), 0, 1)
        head = cv2.GaussianBlur(smooth(head), (0, 0), 6)[..., None]
        edge = np.exp(-((X - x - 60) / 6) ** 2 - ((Y - top + 4) / 24) ** 2)[..., None]
        im = im * (1 - .95 * head) + edge * TUNGSTEN * .10
    return im


def sheet(n, seed, printing, close):
    paper, out, fl = Paper(seed, 1.25 if close else 1.), Print(1.55, vig=.62, seed=seed), Waver(seed)
    lamp = np.exp(-(((X - 560) / 520) ** 2 + ((Y - 215) / 245) ** 2) ** 1.15)[..., None]
    screen = np.exp(-((X - 1380) / 380) ** 2)[..., None]
    base = paper()
    dust = Dust(W, H, 40, seed)
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        im = base * (lamp * np.float32([1., .74, .44]) * .62 * (1 + .02 * v)
                     + screen * PHOSPHOR * .045 + np.float32([.006, .008, .009]))
        im = roller(im, t, printing(t))
        yield out(im + dust.frame(np.ascontiguousarray(im, np.float32)) * .35)


def s13(n):
    return sheet(n, 31, lambda t: .4 < t < 11.6, False)


def s14b(n):
    return sheet(n, 33, lambda t: .2 < t < 1.1, True)


# ---- the screen ------------------------------------------------------------------------------------------------------

def reels_plate():
    g, meta = plate('reels', ['lamp', 'vu', 'fill'])
    return Recorder(g, meta)


class Recorder:
    """The recorder, whose reels turn. Turned is what is painted on them; the light on the metal stays where it is."""

    def __init__(self, g, meta):
        self.g = g
        h, w = meta['H'], meta['W']
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        self.r = []
        for c, e in zip(meta['reels'], meta['rim']):
            rad = abs(e[0] - c[0])
            d = np.hypot(x - c[0], y - c[1]) / rad
            self.r.append((c[:2], rad, np.clip((.985 - d) * rad * .5, 0, 1)[..., None], np.arctan2(y - c[1], x - c[0]), d))
        self.meters = [np.float32(m[:2]) for m in meta['meters']]
        flat = {k: cv2.GaussianBlur(v, (0, 0), 24) for k, v in g.items()}
        self.albedo = {k: g[k] / np.maximum(flat[k], 1e-4) for k in g}
        self.flat = flat

    def light(self, turns, swing=0., **w):
        """The recorder's light groups summed, the reels turned by so many radians, the meters' needles at swing 0..1."""
        im = 0.
        for k, f in w.items():
            v = self.g[k]
            for (c, rad, m, _, _), a in zip(self.r, turns):
                rot = cv2.getRotationMatrix2D((float(c[0]), float(c[1])), math.degrees(a), 1.)
                al = cv2.warpAffine(self.albedo[k], rot, (v.shape[1], v.shape[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
                v = v * (1 - m) + m * al * self.flat[k]
            im = im + v * np.float32(f)
        for (_, _, m, a, d), turn in zip(self.r, turns):  # brushed metal: two fans of light that do not turn
            fan = np.abs(np.cos(a + .9)) ** 14 + .5 * np.abs(np.cos(a - .5)) ** 22
            grain = .75 + .25 * np.sin(d * 210)
            im = im + (fan * grain * (d > .30))[..., None] * m * TUNGSTEN * .020
        return self.needles(im, swing)

    def needles(self, im, swing):
        h, w = im.shape[:2]
        ink = np.zeros((h, w), np.float32)
        for a, b in (self.meters[:2], self.meters[2:]):
            x0, x1, y0, y1 = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
            cx, cy = (x0 + x1) / 2, y1 + (y1 - y0) * .45
            r = (y1 - y0) * 1.22
            for k in range(11):
                q = math.radians(-48 + 9.6 * k)
                for s in (0, 1):
                    e = r * (1.0 if s else .92 if k % 5 else .86)
                    pt = (cx + e * math.sin(q), cy - e * math.cos(q))
                    last = pt if not s else last
                cv2.line(ink, tuple(int(v * 16) for v in last), tuple(int(v * 16) for v in pt), .8, 2, cv2.LINE_AA, 4)
            q = math.radians(-46 + 74 * swing)
            cv2.line(ink, (int(cx * 16), int((cy - r * .30) * 16)), (int((cx + r * .95 * math.sin(q)) * 16), int((cy - r * .95 * math.cos(q)) * 16)), 1., 3, cv2.LINE_AA, 4)
            ink[int(y1):] *= 0 if a is self.meters[2] or b is self.meters[3] else 1
        return im * (1 - .9 * cv2.GaussianBlur(ink, (0, 0), .9)[..., None])


def s08b(n):
    """The bell stops. Then the reels begin, by themselves."""
    rec, out, fl, r = reels_plate(), Print(2.1, vig=.55, seed=35), Waver(35), np.random.default_rng(5)
    turn, speed, swing = 0., 0., 0.
    for i in range(n):
        t, v = i / FPS, fl()
        speed += ((2.6 if t > 1.5 else 0.) - speed) * .055
        turn += speed / FPS
        talk = .25 + .55 * p_voice(t, 4.2, 6.4, r) if t > 1.6 else 0.
        swing += (talk - swing) * .35
        if p.skipped(i):
            yield None
            continue
        on = smooth(ramp(t, 1.42, 1.50)) * (1 + .25 * math.exp(-max(t - 1.5, 0) * 6))
        light = rec.light((-turn, -turn * 1.32), swing, lamp=.75 * (1 + .015 * v), vu=.06 + 1.5 * on, fill=.42)
        yield out(window(light, .86 + .07 * smooth(t / 9), .46, .60))


def p_voice(t, a, b, r):
    return max(0., math.sin((t - a) * 17) * .6 + math.sin((t - a) * 7.3) * .5) * (a < t < b)


def glass(n, seed, reflected):
    """The screen, full frame and empty, with what the glass mirrors."""
    crt, out, fl = CRT(W, H, seed=seed), Print(1.25, vig=.5, seed=seed), Waver(seed)
    u, v = (X - 640) / 640, (Y - 320) / 640
    q = 1 + .045 * (u * u + v * v)
    mx, my = 640 + u * q * 640, 320 + v * q * 640
    edge = mask(lambda c: (c.rectangle(30, 22, W - 60, H - 44), c.fill()), 9)
    rest = np.zeros((H, W), np.float32)
    gloss = np.exp(-((X - 250 + Y * .5) / 240) ** 2 - ((Y - 60) / 170) ** 2)[..., None] * np.float32([.5, .62, .7]) * .008
    for i in range(n):
        w = fl()
        if p.skipped(i):
            yield None
            continue
        lin = crt.emit(rest, i) * edge * .20 * (1 + .03 * w)
        im = cv2.remap(lin.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderValue=(0, 0, 0))
        yield out(im + gloss + reflected(i / FPS) * edge)


def s22(n):
    """Everything that was recorded. In the glass: the reels, and they turn."""
    rec = reels_plate()

    def reflected(t):
        im = rec.light((t * 2.6, t * 3.4), .3 + .1 * math.sin(t * 5), lamp=1.2, vu=1.2, fill=.5)
        im = cv2.GaussianBlur(cv2.resize(window(im, .74, .5, .5)[:, ::-1], (320, 160), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        return cv2.resize(im, (W, H)) * np.float32([.26, .21, .16])
    return glass(n, 36, reflected)


# ---- fire ------------------------------------------------------------------------------------------------------------

class Fire:
    """Flames as heat that rises through noise. A quarter of the size is enough: it burns near the eye, far out of focus."""

    def __init__(self, seed):
        self.r = np.random.default_rng(seed)
        self.h, self.w = 160, 320
        self.heat = np.zeros((self.h, self.w), np.float32)
        self.y, self.x = np.mgrid[0:self.h, 0:self.w].astype(np.float32)
        self.n = [cv2.GaussianBlur(self.r.standard_normal((640, 320)).astype(np.float32), (0, 0), s, borderType=cv2.BORDER_REFLECT) * s for s in (5, 16)]
        self.bed = cv2.GaussianBlur(self.r.random((1, 320)).astype(np.float32), (0, 0), 9)[0]
        self.bed = np.clip((self.bed - self.bed.mean()) / self.bed.std() * .30 + .75, 0, 1.1)
        self.k = 0

    def step(self, much):
        """One frame more; much, from 0 to 1, is how high it burns."""
        self.k += 1
        o = self.k * 6
        row = self.y.astype(int)
        dx = self.n[1][(row + o // 2) % 640, self.x.astype(int)] * 3.6 + self.n[0][(row + o) % 640, self.x.astype(int)] * 1.8
        up = 4.6 + 3.2 * much + 1.2 * self.n[0][(row + o + 90) % 640, self.x.astype(int)]
        self.heat = cv2.remap(self.heat, self.x + dx, self.y + up, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        self.heat = np.maximum(self.heat * (.85 + .05 * much) - .012, 0)
        lick = np.clip(.62 + .55 * self.n[1][(self.k * 3) % 640] + .30 * self.n[0][(self.k * 5) % 640], 0, 1.1)
        self.heat[-10:] = np.maximum(self.heat[-10:], self.bed * lick * much)
        return float(self.heat.mean())

    def light(self, blur):
        t = cv2.GaussianBlur(self.heat, (0, 0), blur)
        t = cv2.resize(t, (W, H), interpolation=cv2.INTER_CUBIC).clip(0)[..., None]
        return np.concatenate([t ** 1.2 * 1.5, t ** 1.9 * .60, t ** 3.4 * .20], 2)


class Embers:
    """What the fire sends up: points that glow out as they rise and turn; those near the eye are discs."""

    def __init__(self, seed):
        self.r, self.s = np.random.default_rng(seed), []

    def __call__(self, much):
        r = self.r
        for _ in range(r.poisson(1.1 * much)):
            near = r.random() ** 3
            self.s.append([r.uniform(120, 1160), H + 12., r.normal() * 1.2, -(3.4 + 6 * r.random()) * (.7 + near), 1.3 + 9 * near, r.random() * 6, 1.])
        sharp, soft = np.zeros((H, W), np.float32), np.zeros((H, W), np.float32)
        for s in self.s:
            s[5] += .16
            s[0] += s[2] + 1.5 * math.sin(s[5])
            s[1] += s[3]
            s[3] *= .995
            s[6] *= .975
            glow = s[6] * (.75 + .25 * math.sin(s[5] * 5))
            if s[4] < 3.2:
                cv2.line(sharp, (int(s[0] * 8), int(s[1] * 8)), (int((s[0] - s[2]) * 8), int((s[1] - s[3]) * 8)), glow, 1, cv2.LINE_AA, 3)
            else:
                cv2.circle(soft, (int(s[0] * 8), int(s[1] * 8)), int(s[4] * 8), glow * 9 / s[4] ** 2, -1, cv2.LINE_AA, 3)
        self.s = [s for s in self.s if s[1] > -20 and s[6] > .06]
        return (cv2.GaussianBlur(sharp, (0, 0), .9) * 2.6 + cv2.GaussianBlur(soft, (0, 0), 1.6))[..., None] * np.float32([2.6, .86, .16])


def s23b(n):
    """The fire is below the frame: its light on the reels, its flames at the edge, what flies up from it. The reels go on until
    there is nothing on them; then it is dark, and one meter falls."""
    rec, fire, embers, out, fl = reels_plate(), Fire(6), Embers(7), Print(1.75, vig=.5, seed=38), Waver(38)
    h, w = rec.g['lamp'].shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    r = np.random.default_rng(9)
    smoke = [cv2.GaussianBlur(r.standard_normal((2 * h, w)).astype(np.float32), (0, 0), s, borderType=cv2.BORDER_REFLECT) * s for s in (26, 70)]
    turn, speed, glow, swing = 0., 2.4, 0., .5
    for i in range(n):
        t, v = i / FPS, fl()
        burns = smooth(ramp(t, .35, 1.7)) * (1 - .93 * smooth(ramp(t, 4.2, 6.1)))
        speed += ((2.4 if t < 4.3 else .25) - speed) * .035
        turn += speed / FPS
        swing += (((.45 + .3 * math.sin(t * 9) * math.sin(t * 3.7)) * (t < 4.9)) - swing) * .14
        much, sparks = fire.step(burns), embers(burns)
        glow = .55 * glow + .45 * much
        if p.skipped(i):
            yield None
            continue
        from_below = np.exp(-((y - h * 1.02) / (h * .62)) ** 2)[..., None] * .9 + .16
        warm = np.float32([1., .40, .085]) * glow * 26.
        light = rec.light((-turn, -turn * 1.3), swing, lamp=.34 * (1 - .8 * smooth(ramp(t, .3, 1.4))) + warm * from_below, fill=.26 + warm * .55 * from_below,
                          vu=.75 * (1 - smooth(ramp(t, 5.0, 5.6))))
        o = int(i * 5.5)
        veil = np.clip(.55 + .5 * smoke[0][o % h:o % h + h] + .5 * smoke[1][(o // 2) % h:(o // 2) % h + h], 0, 2.2)[..., None]
        light = light * (1 - .16 * burns * veil) + veil * from_below ** 2 * warm * .010 + veil * .0022 * burns
        light = window(light, .90 + .06 * smooth(t / 7), .47, .56)
        heat = 1.2 * burns   # the air above it
        sx = cv2.GaussianBlur(cv2.resize(fire.n[0][(fire.k * 6) % 480:(fire.k * 6) % 480 + 160], (W, H)), (0, 0), 5) * heat
        light = cv2.remap(np.ascontiguousarray(light, np.float32), X + sx * 1.6, Y + sx, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        yield out(light * (1 + .015 * v) + fire.light(4.2) + sparks) * (1 - .9 * smooth(ramp(t, 6.2, 6.9)))


# ---- the shelf -------------------------------------------------------------------------------------------------------

def s23a(n):
    """A box, and it is pushed home among the others."""
    g, meta = plate('shelf', ['lamp', 'far', 'fill'])
    q = np.float32([c[:2] for c in meta['label']])
    label = np.zeros((70, 90), np.float32)
    sf = cairo.ImageSurface(cairo.FORMAT_A8, 360, 280)
    c = cairo.Context(sf)
    c.select_font_face('Courier Prime')
    for k, (line, size) in enumerate((('08 / 11 / 88', 44), ('No. 4417', 66), ('KEEP', 54))):
        c.set_font_size(size)
        e = c.text_extents(line)
        c.move_to((360 - e.width) / 2, 84 + 82 * k)
        c.show_text(line)
    sf.flush()
    label = np.frombuffer(sf.get_data(), np.uint8).reshape(280, sf.get_stride())[:, :360].astype(np.float32) / 255
    h, w = g['lamp'].shape[:2]
    ink = cv2.warpPerspective(label, cv2.getPerspectiveTransform(np.float32([[0, 0], [360, 0], [360, 280], [0, 280]]), q), (w, h), flags=cv2.INTER_AREA)[..., None]
    out, fl = Print(2.3, vig=.5, seed=40), Waver(40)
    dust = Dust(W, H, 60, 3)
    cx, cy = q[:, 0].mean() / w, q[:, 1].mean() / h
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        far = 1. - .95 * smooth(ramp(t, 4.5, 5.6))
        light = weigh(g, lamp=1.0 * (1 + .015 * v), far=.85 * far, fill=.7) * (1 - .9 * ink)
        jolt = 4 * math.exp(-(t - 3.9) * 10) * math.sin((t - 3.9) * 70) if t > 3.9 else 0.
        im = window(light, 1.03 + .16 * smooth(t / 6), .5 + (cx - .5) * .9 * smooth(t / 6), .5 + (cy - .5) * .9 * smooth(t / 6) + jolt / h)
        yield out(im + dust.frame(np.ascontiguousarray(im, np.float32)) * .5)


# ---- inserts ---------------------------------------------------------------------------------------------------------

def s25(n):
    """The clock on the wall, from below. Its second hand goes with the ticking."""
    out, fl = Print(1.8, vig=.6, seed=46), Waver(46)
    S = 900
    r = np.random.default_rng(3)
    mott = cv2.GaussianBlur(r.standard_normal((S, S)).astype(np.float32), (0, 0), 2) * 2 + cv2.GaussianBlur(r.standard_normal((S, S)).astype(np.float32), (0, 0), 40) * 30

    def surface(draw):
        sf = cairo.ImageSurface(cairo.FORMAT_A8, S, S)
        c = cairo.Context(sf)
        c.translate(S / 2, S / 2)
        draw(c)
        sf.flush()
        return np.frombuffer(sf.get_data(), np.uint8).reshape(S, sf.get_stride())[:, :S].astype(np.float32) / 255

    def marks(c):
        for k in range(60):
            c.save()
            c.rotate(k * math.pi / 30)
            wide, long = (11, 46) if k % 5 == 0 else (3.4, 22)
            c.rectangle(-wide / 2, -372, wide, long)
            c.fill()
            c.restore()
        c.select_font_face('League Spartan', cairo.FONT_SLANT_NORMAL, cairo.FONT_WEIGHT_NORMAL)
        c.set_font_size(74)
        for k in range(1, 13):
            a = k * math.pi / 6
            e = c.text_extents(str(k))
            c.move_to(272 * math.sin(a) - e.width / 2 - e.x_bearing, -272 * math.cos(a) - e.height / 2 - e.y_bearing)
            c.show_text(str(k))
    ink = surface(marks)

    def hands(sec):
        def draw(c):
            c.set_line_cap(cairo.LINE_CAP_BUTT)
            for a, long, wide in (((11 + 44 / 60) * math.pi / 6, 214, 20), ((44 + sec / 60) * math.pi / 30, 330, 13)):
                c.save()
                c.rotate(a)
                c.move_to(-wide * .5, 60), c.line_to(wide * .5, 60), c.line_to(wide * .32, -long), c.line_to(-wide * .32, -long)
                c.close_path()
                c.fill()
                c.restore()
        return draw

    def second(sec):
        def draw(c):
            c.rotate(sec * math.pi / 30)
            c.rectangle(-2.6, -345, 5.2, 445)
            c.fill()
            c.arc(0, 0, 17, 0, 7)
            c.fill()
        return draw
    yy, xx = np.mgrid[0:S, 0:S].astype(np.float32) - S / 2
    d = np.hypot(xx, yy)
    dial = np.float32([.50, .475, .40]) * (1 + .02 * mott[..., None]) * (1 - .35 * smooth(np.clip((d - 250) / 170, 0, 1)))[..., None]
    ring = np.exp(-((d - 425) / 15) ** 2)
    ang = np.arctan2(yy, xx)
    rim = ring * (.018 + .5 * np.clip(np.cos(ang - 1.25), 0, 1) ** 6 + .10 * np.clip(np.cos(ang + 2.2), 0, 1) ** 10)
    inside = np.clip((414 - d) / 2, 0, 1)[..., None]
    case = np.clip((446 - d) / 2, 0, 1)[..., None]
    gl = (np.exp(-((xx * .8 + yy * .6 + 210) / 60) ** 2) * (d < 405) * np.clip(1 - (yy + 250) / 500, 0, 1) * .045)[..., None] * np.float32([.8, .9, 1.])
    quad = np.float32([[372, -34], [948, -10], [1010, 640], [296, 668]])
    M = cv2.getPerspectiveTransform(np.float32([[0, 0], [S, 0], [S, S], [0, S]]), quad)
    rw = np.random.default_rng(8)
    wall = cv2.GaussianBlur(rw.standard_normal((H, W)).astype(np.float32), (0, 0), 1.4) * 1.4 + cv2.GaussianBlur(rw.standard_normal((H, W)).astype(np.float32), (0, 0), 26) * 16
    wall = np.float32([.135, .165, .145]) * (1 + .07 * wall[..., None])
    key = np.exp(-((X - 470) / 470) ** 2 - ((Y - 640) / 430) ** 2)[..., None]
    shadow = cv2.GaussianBlur(np.clip(1.06 - np.hypot((X - 690) / 372, (Y - 262) / 372), 0, 1) ** .5, (0, 0), 26)[..., None]
    for i in range(n):
        t, v = i / FPS, fl()
        if p.skipped(i):
            yield None
            continue
        f = t % 1.
        tick = int(t) + (smooth(min(f / .07, 1.)) - .22 * math.exp(-f * 22) * math.sin(f * 60) - 1)  # it swings past, and settles
        sec = 12 + tick
        hand, thin = surface(hands(sec)), surface(second(sec))
        cast = cv2.GaussianBlur(cv2.warpAffine(np.maximum(hand, thin), np.float32([[1, 0, 9], [0, 1, -14]]), (S, S)), (0, 0), 5)
        c = dial * (1 - .93 * ink[..., None]) * (1 - .55 * cast[..., None])
        c = c * (1 - .96 * hand[..., None]) * (1 - thin[..., None]) + thin[..., None] * np.float32([.20, .012, .008])
        c = np.concatenate([c * inside, (case * inside), case], 2)
        flat = cv2.warpPerspective(np.ascontiguousarray(c[..., :3]), M, (W, H), flags=cv2.INTER_AREA)
        m = cv2.warpPerspective(np.ascontiguousarray(case), M, (W, H), flags=cv2.INTER_AREA)[..., None]
        shine = cv2.warpPerspective((rim[..., None] * np.float32([1., .75, .45]) + gl * inside).astype(np.float32), M, (W, H), flags=cv2.INTER_AREA)
        lit = key ** 1.5 * TUNGSTEN * .62 + np.float32([.010, .018, .016])
        im = wall * lit * (1 - .8 * shadow) * (1 - m) + m * flat * lit * 1.15 + shine * (key * .9 + .1) * TUNGSTEN
        im = im * (1 + .02 * v)
        yield zoom(np.ascontiguousarray(out(im)), 1.02 + .07 * smooth(t / 8), 640, 320)


# name: (seconds, maker, black before the cut)
p.SHOTS.update({
    's08b': (9, s08b, False), 's13': (14, s13, True),
    's14b': (12, s14b, True),
    's22': (16, s22, True), 's23a': (6, s23a, False), 's23b': (7, s23b, False), 's25': (8, s25, False),
})
