#!/usr/bin/env python3
"""Cuts the film's pictures out of the three rendered masters, and draws the screen.

    picture.py MASTERS OUT [shot ...]        every frame, losslessly coded, as OUT/s05.mkv
    picture.py --still MASTERS OUT shot:frame ...    single frames as OUT/s05-100.png

MASTERS holds A_room_plates.mp4, B_street.mp4 and C_discs.mp4 (comp/shot_*.py make them). Six seconds were rendered
of each; longer shots slow the camera down to a stop along the optical flow, and stand on plates from which rain and
grain were taken out by a median along the same flow. Then rain, wet glass, flicker and grain are laid on anew, so
that nothing in a waiting picture stands still.
"""
import math
import os
import subprocess
import sys

import cairo
import cv2
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'comp'))
from fx import CRT, Rain  # noqa: E402

W, H, FPS = 1280, 640, 24
MASTER = {'A': 'A_room_plates.mp4', 'B': 'B_street.mp4', 'C': 'C_discs.mp4'}
CREAM = (0xe8 / 255, 0xdc / 255, 0xc0 / 255)
BLACK_TAIL = FPS // 2  # a decision's picture goes black before the cut

masters_dir = ''
only = [None]  # the frames that are wanted; None: all
cv2.setNumThreads(1)


# ---- masters and plates ----------------------------------------------------------------------------------------------

class Master:
    """144 frames of a rendered shot, with the flow from each frame to the next."""

    def __init__(self, name):
        raw = subprocess.run(
            ['ffmpeg', '-v', 'error', '-i', os.path.join(masters_dir, MASTER[name]), '-vf',
             'crop=1280:640:0:(ih-640)/2', '-f', 'rawvideo', '-pix_fmt', 'bgr24', '-'],
            check=True, stdout=subprocess.PIPE).stdout
        self.f = np.frombuffer(raw, np.uint8).reshape(-1, H, W, 3)
        self.dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self.flows = {}
        self.y, self.x = np.mgrid[0:H, 0:W].astype(np.float32)

    def flow(self, a, b):
        """Where the pixels of frame a have gone in frame b (half size is enough for so soft pictures)."""
        if (a, b) not in self.flows:
            g = [cv2.GaussianBlur(cv2.cvtColor(cv2.resize(self.f[k], (W // 2, H // 2), interpolation=cv2.INTER_AREA),
                                               cv2.COLOR_BGR2GRAY), (0, 0), 1.2) for k in (a, b)]
            fl = self.dis.calc(g[0], g[1], None)
            self.flows[a, b] = cv2.resize(cv2.GaussianBlur(fl, (0, 0), 2), (W, H)) * 2
            if len(self.flows) > 8:
                self.flows.pop(next(iter(self.flows)))
        return self.flows[a, b]

    def warp(self, k, fl, t):
        return cv2.remap(self.f[k], self.x + fl[..., 0] * t, self.y + fl[..., 1] * t, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE)

    def at(self, pos):
        """The frame at a position between two frames, as float32 0..255."""
        n = len(self.f)
        a = min(int(pos), n - 2)
        t = min(max(pos - a, 0.), 1.)
        fl = self.flow(a, a + 1)
        return (cv2.addWeighted(self.warp(a, fl, -t), 1 - t, self.warp(a + 1, fl, 1 - t), t, 0)).astype(np.float32)

    def plate(self, ref, around):
        """Frame ref without grain and rain: the median of its neighbours, each moved onto it."""
        st = [self.warp(k, self.flow(ref, k), 1.) for k in around if k != ref] + [self.f[ref]]
        return np.median(np.stack(st), 0).astype(np.float32)


masters = {}


def master(name):
    if name not in masters:
        masters[name] = Master(name)
    return masters[name]


# ---- what is laid on -------------------------------------------------------------------------------------------------

class Stock:
    """Grain and flicker, light: the masters have gone through the film of comp/ already."""

    def __init__(self, seed, grain=3.6, flicker=.008):
        self.r = np.random.default_rng(seed)
        self.fl = flicker
        self.tiles = []
        for _ in range(8):
            t = cv2.GaussianBlur(self.r.standard_normal((H + 64, W + 64)).astype(np.float32), (0, 0), .7)
            c = cv2.GaussianBlur(self.r.standard_normal((H + 64, W + 64, 3)).astype(np.float32), (0, 0), .8)
            t = t[..., None] + .3 * c
            self.tiles.append((t / t.std() * grain).astype(np.float32))

    def __call__(self, im):
        t = self.tiles[self.r.integers(8)]
        oy, ox = self.r.integers(64), self.r.integers(64)
        lum = cv2.cvtColor(im, cv2.COLOR_BGR2GRAY)[..., None] / 255
        im = im * (1 + self.fl * self.r.standard_normal()) + t[oy:oy + H, ox:ox + W] * (.30 + 1.9 * lum * (1 - lum))
        return np.clip(im + .5, 0, 255).astype(np.uint8)


def streaks(n, length, width, seed, ang=.09):
    """A sheet of falling rain, twice as high as the picture, that loops."""
    r = np.random.default_rng(seed)
    h = H * 2
    im = np.zeros((h, W + 200), np.float32)
    for _ in range(n):
        x, y = r.random() * (W + 200), r.random() * h
        ln, a = length * (.6 + .8 * r.random()), .25 + .75 * r.random()
        for k in (-h, 0, h):
            cv2.line(im, (int(x * 8), int((y + k) * 8)), (int((x + ang * ln) * 8), int((y + k + ln) * 8)), float(a),
                     max(1, int(width)), cv2.LINE_AA, 3)
    return cv2.GaussianBlur(im, (0, 0), sigmaX=.5 * width, sigmaY=1.5 * width)


class Fall:
    """Three depths of rain between the camera and a street, lit by what it falls through."""

    def __init__(self):
        self.s = [(streaks(1700, 15, 1, 1), 19., 11), (streaks(620, 36, 1, 2), 40., 18),
                  (streaks(110, 95, 2, 3), 95., 17)]

    def __call__(self, im, i, much=1.):
        glow = cv2.resize(cv2.GaussianBlur(cv2.resize(im, (160, 80), interpolation=cv2.INTER_AREA), (0, 0), 5), (W, H))
        for sh, v, a in self.s:
            o = int(i * v) % H
            im = im + sh[H - o:2 * H - o, 100:100 + W][..., None] * (glow / 255 * 2.4 + .06) * a * much
        return im


def zoom(im, k, cx, cy):
    """The picture magnified k times toward the point (cx, cy), which moves to the middle as far as there is picture."""
    w, h = W / k, H / k
    x = min(max(cx - w / 2, 0), W - w)
    y = min(max(cy - h / 2, 0), H - h)
    m = np.float32([[k, 0, -x * k], [0, k, -y * k]])
    return cv2.warpAffine(im, m, (W, H), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def mask(draw, blur):
    """What draw(cairo context) paints, as float32 0..1."""
    s = cairo.ImageSurface(cairo.FORMAT_A8, W, H)
    c = cairo.Context(s)
    draw(c)
    s.flush()
    a = np.frombuffer(s.get_data(), np.uint8).reshape(H, s.get_stride())[:, :W].astype(np.float32) / 255
    return cv2.GaussianBlur(a, (0, 0), blur)[..., None] if blur else a[..., None]


def blob(cx, cy, sx, sy):
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    return np.exp(-((x - cx) / sx) ** 2 - ((y - cy) / sy) ** 2)[..., None]


def text(lines, font, size, x, y, tracking=0., lead=1.3, centred=False):
    def draw(c):
        c.select_font_face(font)
        c.set_font_size(size)
        for k, line in enumerate(lines):
            w = sum(c.text_extents(ch).x_advance + tracking for ch in line) - tracking
            px = (W - w) / 2 if centred else x
            for ch in line:
                c.move_to(px, y + k * size * lead)
                c.show_text(ch)
                px += c.text_extents(ch).x_advance + tracking
    return mask(draw, .5)


def burn(im, m, level, colour=CREAM):
    """Letters of light, with a little halation."""
    if level <= 0:
        return im
    col = np.float32(colour[::-1]) * 255
    glow = cv2.GaussianBlur(m, (0, 0), 7)[..., None]
    return im * (1 - m * level) + m * level * col + glow * level * np.float32([10, 24, 60])


def ramp(t, a, b):
    return min(max((t - a) / (b - a), 0.), 1.)


def smooth(u):
    return u * u * (3 - 2 * u)


def brake(t, total, power=1.7):
    """A camera that comes to rest: 0..1, fast first, still at the end."""
    return 1 - (1 - t / total) ** power


# ---- plates ----------------------------------------------------------------------------------------------------------

BOX_FIGURE = 451, 366


def figure(c, grow=1.):
    """The man in the box, from behind the glass: a coat with its collar up."""
    c.translate(*BOX_FIGURE)
    c.scale(grow, grow)
    c.save()
    c.scale(.9, 1.12)
    c.arc(0, 0, 11, 0, 7)
    c.restore()
    c.fill()
    c.move_to(-9, 5)
    c.curve_to(-12, 15, -33, 15, -34, 36)
    c.curve_to(-36, 62, -33, 84, -31, 104)
    c.line_to(-27, 104)
    c.line_to(-28, 150)
    c.line_to(27, 152)
    c.line_to(27, 104)
    c.line_to(31, 102)
    c.curve_to(34, 82, 36, 60, 33, 34)
    c.curve_to(31, 14, 12, 15, 9, 5)
    c.close_path()
    c.fill()
    for x, w in ((-19, 17), (3, 16)):
        c.move_to(x, 148)
        c.line_to(x + w, 148)
        c.line_to(x + w - 2, 176)
        c.line_to(x + 1, 176)
        c.close_path()
        c.fill()


def empty_box(im):
    """Light, glazing bars and a telephone in place of the posed figure that was rendered into the box."""
    lit = mask(lambda c: (c.rectangle(416, 337, 67, 184), c.fill()), 1.2)
    y = np.clip((np.mgrid[0:H, 0:W][0][..., None] - 330) / 190., 0, 1).astype(np.float32)
    back = np.float32([168, 214, 232]) * (1 - y) ** 1.3 + np.float32([26, 34, 60])
    back = back * (.75 + .25 * blob(450, 350, 40, 120))
    im = im * (1 - lit) + lit * back
    phone = mask(lambda c: (c.rectangle(436, 372, 27, 44), c.fill()), 1.)
    im = im * (1 - .8 * phone) + .8 * phone * np.float32([20, 26, 30])

    def bars(c):
        c.set_line_width(2.2)
        for v in (351, 376, 402, 427, 452, 478, 503):
            c.move_to(412, v), c.line_to(486, v - 1), c.stroke()
        for u in (433, 467):
            c.move_to(u, 337), c.line_to(u, 521), c.stroke()
    b = mask(bars, .6) * .85
    return im * (1 - b) + b * np.float32([26, 24, 104])


def street():
    """The street without rain, without the man, and with somebody at the lit window."""
    if 'street' in masters:
        return masters['street']
    im = master('B').plate(141, range(135, 144))
    im = empty_box(im)
    quad = [(866.3, 99.5), (956.5, 102.5), (962.8, 201.3), (870.3, 200.5)]

    def at(u, v):
        top = [quad[0][k] * (1 - u) + quad[1][k] * u for k in (0, 1)]
        bot = [quad[3][k] * (1 - u) + quad[2][k] * u for k in (0, 1)]
        return [top[k] * (1 - v) + bot[k] * v for k in (0, 1)]

    def pane(c):
        for k, p in enumerate(quad):
            (c.line_to if k else c.move_to)(*p)
        c.fill()

    def bars(c):
        c.set_line_width(2)
        for u in (.25, .5, .75):
            c.move_to(*at(u, 0)), c.line_to(*at(u, 1)), c.stroke()
        for v in (1 / 3, 2 / 3):
            c.move_to(*at(0, v)), c.line_to(*at(1, v)), c.stroke()

    def girl(c):
        x, y = at(.43, .42)
        c.translate(x, y)
        c.arc(0, 0, 10.5, 0, 7)
        c.fill()
        c.move_to(-11, -3)
        c.curve_to(-15, 8, -13, 14, -10, 15)
        c.line_to(10, 15)
        c.curve_to(13, 14, 15, 8, 11, -3)
        c.fill()
        c.move_to(-5, 10)
        c.curve_to(-9, 20, -22, 19, -25, 34)
        c.line_to(-27, 60)
        c.line_to(27, 60)
        c.line_to(25, 34)
        c.curve_to(22, 19, 9, 20, 5, 10)
        c.fill()

    p = mask(pane, .7)
    light = np.float32([172, 220, 206]) * (1 - .22 * (1 - blob(930, 120, 80, 90)))
    dark = np.float32([44, 66, 60])
    inside = mask(girl, .9) * p
    im = im * (1 - p) + p * light
    im = im * (1 - inside) + inside * dark
    b = mask(bars, .5)
    im = im * (1 - b * .8) + b * .8 * np.float32([64, 92, 84])
    im = 255 * (np.clip(im, 0, 255) / 255) ** 1.22 * .94
    masters['street'] = im
    return im


def with_man(im, grow=1., level=1.):
    m = mask(lambda c: figure(c, grow), 1.3) * level
    return im * (1 - m * .93) + m * np.float32([5, 8, 10])


def room():
    if 'room' not in masters:
        masters['room'] = master('A').plate(143, range(134, 144))
    return masters['room']


class Window:
    """New drops on the window of the room's plate."""

    def __init__(self):
        self.x0, self.x1, self.y1 = 230, 690, 262
        self.rain = Rain(self.x1 - self.x0, self.y1, density=.55)
        m = np.zeros((self.y1, self.x1 - self.x0), np.float32)
        m[4:-26, 12:-8] = 1
        self.m = cv2.GaussianBlur(m, (0, 0), 4)[..., None]

    def __call__(self, im):
        v = im[:self.y1, self.x0:self.x1]
        r = self.rain.frame(np.ascontiguousarray(v) / 255, 6.) * 255
        v[:] = v * (1 - self.m) + r * self.m
        return im


# ---- shots: each yields its frames, float32 0..255 ---------------------------------------------------------------------

def s01(n):
    m = master('C')
    title = text(['AT THE THIRD STROKE'], 'League Spartan Light', 44, 0, 540, tracking=17, centred=True)
    for i in range(n):
        t = i / FPS
        im = m.at(143 * (.75 * t / 14 + .25 * smooth(t / 14)))
        im *= smooth(ramp(t, .15, 2.2)) * (1 - .45 * smooth(ramp(t, 11.2, 12.2)))
        yield burn(im, title, smooth(ramp(t, 11.5, 12.5)))


def s02(n):
    base, fall = street(), Fall()
    card = text(['First night alone.'], 'Courier Prime', 28, 400, 300)
    for i in range(n):
        t = i / FPS
        im = zoom(base, 1. + .42 * smooth(t / 9) * .9 + .02 * t / 9, 640 + 300 * smooth(t / 9), 320 - 190 * smooth(t / 9))
        im = fall(im, i, 2.1) * smooth(ramp(t, 0, .8))
        yield burn(im, card, smooth(ramp(t, 4.2, 4.8)) * (1 - smooth(ramp(t, 8.2, 8.7))))


def s05(n):
    m = master('A')
    for i in range(n):
        yield m.at(143 * brake(i, n, 1.6))


def s07(n):
    """The screen, full frame: letters arrive, the cursor waits."""
    crt = CRT(W, H, seed=4)
    lines = ['NATIONAL TIME SERVICE     23:44', 'LINE 08   OP. HARKER', '', '> CALLER IS NOT ASKING FOR THE TIME',
             '> CALLER IS ASKING FOR YOU', '', '  CONNECT?  Y / N ']
    when = [.2, .9, 0, 1.8, 3.3, 0, 4.6]
    vig = (1 - .55 * (1 - blob(640, 320, 900, 470))) * (1 - .25 * (1 - blob(640, 320, 620, 330)))
    r = np.random.default_rng(1)
    yy, xx = np.mgrid[0:H, 0:W].astype(np.float32)
    u, v = (xx - 640) / 640, (yy - 320) / 640
    q = 1 + .045 * (u * u + v * v)
    mx, my = 640 + u * q * 640, 320 + v * q * 640
    edge = mask(lambda c: (c.rectangle(30, 22, W - 60, H - 44), c.fill()), 9)
    for i in range(n):
        t = i / FPS
        shown = [ln[:max(0, int((t - w) * 34))] if w else ln for ln, w in zip(lines, when)]
        last = max((k for k, w in enumerate(when) if w and t >= w), default=0)
        cur = (last, len(shown[last])) if (i // 8) % 2 == 0 else None
        lin = crt.emit(crt.draw(shown, 48, cur, x0=130, y0=150, lh=1.32), i)
        lin = lin * lin / (lin + .06) * edge
        im = cv2.remap(lin.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderValue=(0, 0, 0))
        im = np.clip(im * vig * (1 + .02 * r.standard_normal()), 0, None)
        g = cv2.resize(cv2.GaussianBlur(cv2.resize(im, (320, 160), interpolation=cv2.INTER_AREA), (0, 0), 9), (W, H))
        im = 1 - np.exp(-(im + g * .35) * 1.5)
        s = 1.02 + .05 * smooth(t / 14)
        yield zoom(np.clip(im, 0, 1) ** (1 / 2.2) * 255, s, 640, 316)[..., ::-1]


def s08a(n):
    base, win = room(), Window()
    lamp = blob(260, 455, 190, 70)
    base = base * (1 - .35 * lamp) * np.float32([.98, .95, .86])
    r, fl = np.random.default_rng(3), 0.
    for i in range(n):
        fl = .85 * fl + .15 * r.standard_normal()
        im = win(base.copy()) * (1 + .02 * fl)
        u = smooth(i / n)
        yield zoom(im, 1.52 + .10 * u, 430 + 16 * u, 235)


def pane(n, k0, k1, cx, cy, blur, light, grow):
    """The street through the wet window pane; light(t) dims the box, grow(t) sizes the man."""
    base, fall = street(), Fall()
    rain = Rain(W, H, seed=9, density=1.5)
    refl = blob(1180, 600, 420, 260) * np.float32([26, 34, 16]) * .55
    box = mask(lambda c: (c.rectangle(396, 272, 96, 250), c.fill()), 14)
    near = blob(440, 440, 190, 210)
    sizes = {}
    for i in range(n):
        t = i / FPS
        g = grow(t)
        if g not in sizes:
            sizes[g] = with_man(base, g)
        lv = light(t)
        im = sizes[g] * (1 - (1 - lv) * np.maximum(box * .93, near * .55))
        im = fall(im, i)
        im = zoom(im, k0 + (k1 - k0) * brake(i, n), cx, cy)
        im = cv2.GaussianBlur(im, (0, 0), blur)
        im = rain.frame((im / 255 * .80).astype(np.float32), 15.) * 255
        yield im + refl


def s09(n):
    return pane(n, 1.95, 2.25, 520, 410, 1.5, lambda t: 1. - .25 * (5.0 < t < 5.12), lambda t: 1.)


def s10b(n):
    def light(t):
        return .05 if 2.4 < t < 2.5 or 2.62 < t < 3.5 else .5 if 3.5 <= t < 3.58 else 1.
    return pane(n, 2.7, 2.9, 470, 410, 2.0, light, lambda t: 1. if t < 3 else 1.22)


def s10a(n):
    base, win = room(), Window()
    lamp = np.maximum(blob(250, 455, 210, 75), .8 * blob(330, 560, 200, 170)) * (1 - blob(600, 480, 110, 60))
    warm = np.clip((base[..., 2:] - 1.05 * base[..., :1]) / (base[..., 2:] + 8), 0, 1)
    below = np.clip((np.mgrid[0:H, 0:W][0][..., None] - 330) / 40., 0, 1).astype(np.float32)
    dark = base * (1 - .90 * lamp * below) * (1 - .55 * warm * below)
    street_light = mask(lambda c: (c.rectangle(228, -20, 462, 345), c.fill()), 3)
    dark = dark * (street_light + (1 - street_light) * np.float32([.90, .84, .62]))
    r, fl = np.random.default_rng(6), 0.
    for i in range(n):
        t = i / FPS
        fl = .85 * fl + .15 * r.standard_normal()
        k = ramp(t, .50, .62)
        im = win(base * (1 - k) + dark * k) * (1 + .02 * fl)
        yield zoom(im, 1.0 + .035 * smooth(t / 7), 520, 330)


def s11(n):
    m = master('C')
    pos = 20.
    for i in range(n):
        t = i / FPS
        stumble = .9 < t < 1.6
        step = .42 * (1 - .5 * smooth(ramp(t, 8, 17)))
        if stumble:
            step = [1.4, -2.2, .0, .0, 2.6, -1.2][i % 6]
        pos = min(max(pos + step, 0), 142.9)
        im = m.at(pos)[:, ::-1]
        grey = im.mean(2, keepdims=True)
        im = (im * .72 + grey * .28) * np.float32([1.02, .95, .82])
        im = zoom(np.ascontiguousarray(im), 1.42 + .06 * smooth(t / 17), 700 - 40 * t / 17, 300)
        yield im * (.82 if stumble and i % 3 else 1.)


# name: (frames, maker, black before the cut)
SHOTS = {
    's01': (14, s01, False), 's02': (9, s02, False), 's05': (16, s05, True), 's07': (14, s07, True),
    's08a': (13, s08a, False), 's09': (16, s09, True), 's10a': (7, s10a, False), 's10b': (7, s10b, False),
    's11': (17, s11, True),
}


def skipped(i):
    """Whether frame i need not be made: a shot may then yield None, to be quicker with a still."""
    return only[0] is not None and i not in only[0]


def frames(name, wanted=None):
    seconds, make, black = SHOTS[name]
    n = seconds * FPS
    stock = Stock(sum(map(ord, name)))
    only[:] = [wanted]
    for i, im in enumerate(make(n)):
        if im is None or skipped(i):
            continue
        if black and i >= n - BLACK_TAIL:
            im = im * 0.
        yield i, stock(np.ascontiguousarray(im, np.float32))


def main():
    global masters_dir
    args = sys.argv[1:]
    still = args[0] == '--still'
    if still:
        args = args[1:]
    masters_dir, out = args[:2]
    os.makedirs(out, exist_ok=True)
    if still:
        for a in args[2:]:
            name, k = a.split(':')
            for i, im in frames(name, {int(x) for x in k.split(',')}):
                cv2.imwrite('%s/%s-%03d.png' % (out, name, i), im)
        return
    for name in args[2:] or SHOTS:
        enc = subprocess.Popen(
            ['ffmpeg', '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'bgr24', '-s', '%dx%d' % (W, H), '-r',
             str(FPS), '-i', '-', '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '8', '-pix_fmt', 'yuv420p',
             '%s/%s.mkv' % (out, name)], stdin=subprocess.PIPE)
        for _, im in frames(name):
            enc.stdin.write(im.tobytes())
        enc.stdin.close()
        if enc.wait():
            sys.exit('%s: the encoder failed' % name)
        print(name, flush=True)


if __name__ == '__main__':
    main()
