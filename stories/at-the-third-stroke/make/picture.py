#!/usr/bin/env python3
"""What all shots stand on: the frame, grain, rain, letters, time. And the one that is nothing but letters. shoot.py calls it."""
import os
import subprocess
import sys

import cairo
import cv2
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'comp'))
from fx import CRT  # noqa: E402

W, H, FPS = 1280, 640, 24
BLACK_TAIL = FPS // 2  # a decision's picture goes black before the cut

work = ''
only = [None]  # the frames that are wanted; None: all
cv2.setNumThreads(1)


# ---- what is laid on -------------------------------------------------------------------------------------------------

class Stock:
    """Grain and flicker, light: the rest of the film stock is comp/film.py's."""

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


class Waver:
    """A lamp that is never quite steady."""

    def __init__(self, seed):
        self.r, self.v = np.random.default_rng(seed), 0.

    def __call__(self):
        self.v = .85 * self.v + .15 * self.r.standard_normal()
        return self.v


def ramp(t, a, b):
    return min(max((t - a) / (b - a), 0.), 1.)


def smooth(u):
    return u * u * (3 - 2 * u)


def brake(t, total, power=1.7):
    """A camera that comes to rest: 0..1, fast first, still at the end."""
    return 1 - (1 - t / total) ** power


# ---- shots: each yields its frames, float32 0..255 ---------------------------------------------------------------------

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


# name: (frames, maker, black before the cut)
SHOTS = {'s07': (14, s07, True)}


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
    global work
    args = sys.argv[1:]
    still = args[0] == '--still'
    if still:
        args = args[1:]
    work, out = args[:2]
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
