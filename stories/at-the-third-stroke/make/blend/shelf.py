"""THE SHELF: boxes, each with a number, without end. blender -b -t 1 -P shelf.py -- OUT W H SAMPLES

OUT.json says where the label of the one box lies that stands out a hand's breadth ("label"), for its number.
"""
import sys, os, math, random, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP = A[0], int(A[1]), int(A[2]), int(A[3])
random.seed(11)
s = reset(); setup(W, H, SPP, threads=1, bounces=3, clamp=2.)
GROUPS = ['lamp', 'far', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)
cards = [mat('card%d' % k, c, .82, noise=.35, nscale=26, bump=.05) for k, c in enumerate(((.17, .125, .075), (.15, .115, .072), (.19, .14, .085), (.13, .105, .07)))]
paper = [mat('paper%d' % k, c, .85, noise=.12, nscale=40) for k, c in enumerate(((.55, .52, .43), (.50, .46, .37)))]
iron = mat('iron', (.055, .070, .060), .45, metal=.4, noise=.4, nscale=30, bump=.03)
ink = mat('ink', (.02, .02, .022), .6)
floor = mat('floor', (.05, .05, .045), .35, noise=.4, nscale=9)
wall = mat('wall', (.10, .12, .105), .8, noise=.3, nscale=4)
DEPTH, BAY = 24., .152
label = None
for side in (-1, 1):
    x = side*.62
    for lv in range(6):
        z = .08 + lv*.37
        box((.40, DEPTH, .016), (x + side*.20, DEPTH/2, z), iron, bevel=.003)
        y, n = .35, 0
        while y < DEPTH:
            one = side == 1 and lv == 3 and n == 4
            w, h, back = BAY*(.88 + .06*random.random()), .265 + .01*random.random(), .015*random.random()
            if one: w, h, back = BAY*.92, .27, -.075
            if one or y > 6 or random.random() > .04:
                m = cards[random.randrange(4)]
                tilt = 0 if one else math.radians(random.uniform(-.7, .7))
                box((.33, w, h), (x + side*(.165 + back + .012), y + w/2, z + .008 + h/2), m, rot=(0, 0, tilt), bevel=.004)
                if y < 9:
                    box((.002, w*.62, .070), (x + side*(back + .0115), y + w/2, z + .165), paper[random.random() < .4], bevel=.0004)
                    if not one:
                        for q in range(2 + random.randrange(2)):
                            box((.0006, w*random.uniform(.25, .5), .0045), (x + side*(back + .0104), y + w/2, z + .185 - q*.017), ink, bevel=0)
                    cyl(.011, .003, (x + side*(back + .011), y + w/2, z + .065), iron, rot=(0, math.radians(90), 0), seg=24)
                if one: label = (x + side*(back + .010), y + w/2, z + .165, w*.62, .070)
            y += BAY; n += 1
    for k in range(25):
        box((.05, .05, 2.5), (x + side*.02, k*1.0, 1.2), iron, bevel=.004) if k else None
plane(2.4, DEPTH, (0, DEPTH/2, 0), m=floor)
plane(2.4, DEPTH, (0, DEPTH/2, 2.7), rot=(math.pi, 0, 0), m=wall)
# lamps: one near, whose light falls on the box; others, every few metres, out of sight above
spot('lamp', (-.10, .65, 2.25), (.62, 1.05, 1.32), (1, .66, .32), 26., 52, .9, .05, lg='lamp')
for k in range(6):
    area('far%d' % k, (0, 5. + k*3.6, 2.6), (0, 5. + k*3.6, 0), (.55, 1, .66), 5.5, .12, .9, lg='far')
area('amb', (-.4, -.2, 1.2), (.5, 1.4, 1.2), (.30, .55, .60), .55, .5, .4, lg='fill')
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.0008, .0010, .0012, 1)
cam = camera((-.20, -.02, 1.36), (.32, 1.45, 1.30), 34, fstop=2.4, focus=1.25)
bpy.context.view_layer.update()
lx, ly, lz, lw, lh = label
meta = dict(W=W, H=H, label=project(cam, [(lx, ly + lw/2, lz + lh/2), (lx, ly - lw/2, lz + lh/2), (lx, ly - lw/2, lz - lh/2), (lx, ly + lw/2, lz - lh/2)], W, H))
json.dump(meta, open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = .6; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
