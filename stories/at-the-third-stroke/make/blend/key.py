"""INSERT: THE RED KEY, macro. blender -b -t 1 -P key.py -- OUT W H SAMPLES [up]

Without "up" the key is pressed. With it only the part round the key is rendered, and OUT.json says where ("crop").
"""
import sys, os, math, random, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP = A[0], int(A[1]), int(A[2]), int(A[3])
random.seed(4)
s = reset(); setup(W, H, SPP, threads=1, bounces=3, clamp=2.)
GROUPS = ['crt', 'lamp', 'red', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)
panel = mat('panel', (.055, .065, .062), .38, noise=.35, nscale=60, bump=.03)
grey = mat('grey', (.13, .135, .125), .42, noise=.25, nscale=50)
bezel = mat('bezel', (.012, .012, .013), .30, noise=.3, nscale=40)
steel = mat('steel', (.45, .45, .43), .25, metal=1, noise=.2, nscale=90)
red = mat('red', (.42, .012, .008), .28, noise=.12, nscale=70, bump=.01)
box((.9, .7, .02), (0, .1, -.01), panel, bevel=.003)
P = .030
down = 0 if 'up' in A else .0042
def key(x, y, m, dz=0., own=None):
    for sx in (-1, 1): box((.0022, .0262, .007), (x+sx*.0122, y, .0028), bezel, bevel=.0008)
    for sy in (-1, 1): box((.0262, .0022, .007), (x, y+sy*.0122, .0028), bezel, bevel=.0008)
    box((.0212, .0212, .012), (x, y, .0062-dz), m, bevel=.0022)
    box((.0165, .0165, .0015), (x, y, .0122-dz), m, bevel=.0007)
for r in range(4):
    for c in range(9):
        x, y = (c-4)*P, (r-1)*P
        if (r, c) == (1, 4): key(x, y, red, down)
        elif (r, c) != (1, 5): key(x, y, grey)
# a lamp beside the red key, engraved plates, screws
cyl(.0075, .005, (P, 0, .002), steel, seg=48, bevel=.001); cyl(.0055, .005, (P, 0, .004), mat('jewel', (.25, .02, .01), .12), seg=40, bevel=.0016)
for c in range(9): box((.019, .004, .0008), ((c-4)*P, .0172-2*P+.0, .0004), steel, bevel=.0003)
for x in (-.155, .155): cyl(.004, .002, (x, -.012, .001), steel, seg=24, bevel=.0005)
# light: the screen far left and behind, the lamp to the right, the jewel's own red
area('crt', (-.32, .42, .20), (0, 0, 0), (.22, 1, .48), 1.5, .22, .16, lg='crt')
spot('lamp', (.30, .10, .17), (.0, .0, .0), (1, .62, .28), 2.6, 50, .8, .012, lg='lamp')
l = bpy.data.lights.new('j', 'POINT'); l.energy = .020; l.color = (1, .07, .03); l.shadow_soft_size = .004
o = bpy.data.objects.new('j', l); s.collection.objects.link(o); o.location = (P, 0, .0155); o.lightgroup = 'red'
cyl(.0046, .0012, (P, 0, .0066), emitter('jl', (1, .10, .04), 3.5), seg=40, lg='red', bevel=.0005)
area('amb', (.1, -.3, .35), (0, 0, 0), (.35, .5, .7), .18, .4, .3, lg='fill')
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.001, .0015, .002, 1)
quiet_emitters()
cam = camera((-.034, -.115, .062), (.006, .004, .006), 56, fstop=5.6, focus=.136)
bpy.context.view_layer.update()
meta = dict(W=W, H=H, key=project(cam, [(0, 0, .012)], W, H), jewel=project(cam, [(P, 0, .007)], W, H))
if 'up' in A:
    q = project(cam, [(x, y, z) for x in (-.016, .016) for y in (-.016, .016) for z in (0, .014)], W, H)
    x0, x1 = int(max(0, min(c[0] for c in q)-14)), int(min(W, max(c[0] for c in q)+14))
    y0, y1 = int(max(0, min(c[1] for c in q)-14)), int(min(H, max(c[1] for c in q)+14))
    r = s.render; r.use_border = True; r.use_crop_to_border = True
    r.border_min_x, r.border_max_x = x0/W, x1/W; r.border_min_y, r.border_max_y = 1-y1/H, 1-y0/H
    meta['crop'] = [x0, y0, x1, y1]
json.dump(meta, open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = .6; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
