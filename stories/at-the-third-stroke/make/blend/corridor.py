"""INT. CORRIDOR - NIGHT. blender -b -t 1 -P corridor.py -- OUT W H SAMPLES [who=girl-near|girl-mid|girl-door|man-door|man-mid|man-near]

Looks at the door at the far end. With nobody the whole frame is rendered; with somebody only the part of it that
the figure and its mirror image on the floor can change, and OUT.json says where that part lies ("crop").
"""
import sys, os, math, random, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP = A[0], int(A[1]), int(A[2]), int(A[3])
who = ([a[4:] for a in A if a.startswith('who=')] or [''])[0]
random.seed(5)
s = reset(); setup(W, H, SPP, threads=1, bounces=4, clamp=2.5)
GROUPS = ['tube', 'far', 'door', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)

wall = mat('wall', (.19, .22, .20), .62, noise=.35, nscale=1.6, bump=.12)
dado = mat('dado', (.07, .105, .095), .34, noise=.35, nscale=2.4, bump=.06)
ceil = mat('ceil', (.17, .18, .17), .85, noise=.25, nscale=2)
lino = mat('lino', (.055, .063, .060), .17, noise=.55, nscale=3.5, bump=.035)
wood = mat('wood', (.10, .055, .030), .32, noise=.5, nscale=9, bump=.05)
steel = mat('steel', (.15, .165, .16), .45, noise=.3, nscale=6, bump=.02)
dark = mat('dark', (.020, .022, .022), .45, noise=.4, nscale=12)
paper = mat('paper', (.50, .47, .39), .85, noise=.15, nscale=20)
brass = mat('brass', (.45, .30, .11), .3, metal=1, noise=.3, nscale=30)

HW, Z, Y0, Y1 = .92, 2.62, -2.2, 8.6
plane(2*HW, Y1-Y0, (0, (Y0+Y1)/2, 0), m=lino)
plane(2*HW, Y1-Y0, (0, (Y0+Y1)/2, Z), rot=(math.pi, 0, 0), m=ceil)
for sx in (-1, 1):
    box((.1, Y1-Y0, Z), (sx*(HW+.05), (Y0+Y1)/2, Z/2), wall, bevel=0)
    box((.02, Y1-Y0, 1.05), (sx*(HW-.01), (Y0+Y1)/2, .525), dado, bevel=0)
    box((.035, Y1-Y0, .045), (sx*(HW-.018), (Y0+Y1)/2, 1.07), wood, bevel=.006)
    box((.03, Y1-Y0, .11), (sx*(HW-.015), (Y0+Y1)/2, .055), dark, bevel=.006)
# side doors: frame, leaf, handle, number plate
for y, sx in ((1.25, -1), (3.7, 1), (5.2, -1), (7.0, 1)):
    x = sx*(HW-.015)
    box((.05, 1.06, 2.16), (x, y, 1.08), wood, bevel=.01)
    box((.03, .88, 2.02), (x-sx*.025, y, 1.01), dado, bevel=.008)
    for z, h in ((.55, .72), (1.48, .80)): box((.012, .62, h), (x-sx*.042, y, z), wood, bevel=.02)
    cyl(.022, .07, (x-sx*.07, y-.36, 1.0), brass, rot=(0, math.pi/2, 0), seg=24, bevel=.005)
    box((.008, .12, .05), (x-sx*.046, y, 1.62), brass, bevel=.003)
# things on the walls
for y, sx, w, h in ((2.35, -1, .62, .46), (5.9, 1, .5, .7)):
    box((.03, w, h), (sx*(HW-.02), y, 1.55), wood, bevel=.006)
    for k in range(4): plane(.16, .2, (sx*(HW-.038), y-w*.3+k*w*.19, 1.5+random.uniform(-.08, .1)), rot=(0, -sx*math.pi/2, random.uniform(-.1, .1)), m=paper)
prop('BlendSwap-CC-0/blendswap-cc-0/radiator3/radiator3.obj', (HW-.09, 2.45, .1), .6, math.pi/2, m=mat('rad', (.15, .17, .16), .4, noise=.2, nscale=20))
box((.18, .34, .5), (-HW+.11, 3.45, 1.25), mat('fuse', (.12, .13, .12), .4, noise=.3, nscale=8), bevel=.012)
for i, (x, r) in enumerate(((-.80, .028), (-.72, .018), (-.66, .018), (.80, .024))):
    cyl(r, Y1-Y0, (x, (Y0+Y1)/2, Z-.07), steel, rot=(math.pi/2, 0, 0), seg=16)
for y in (.4, 2.6, 4.8, 7.0): box((.3, .03, .03), (-.74, y, Z-.03), steel)
# end wall and door
DW, DH = .98, 2.1
box((HW-DW/2, .14, Z), (-(HW+DW/2)/2, Y1+.07, Z/2), wall, bevel=0)
box((HW-DW/2, .14, Z), ((HW+DW/2)/2, Y1+.07, Z/2), wall, bevel=0)
box((DW, .14, Z-DH), (0, Y1+.07, (Z+DH)/2), wall, bevel=0)
for sx in (-1, 1): box((.08, .18, DH+.06), (sx*(DW/2+.02), Y1+.03, DH/2), wood, bevel=.01)
box((DW+.12, .18, .09), (0, Y1+.03, DH+.03), wood, bevel=.01)
gx, gz0, gz1 = .33, .98, 1.88
box((DW, .05, gz0), (0, Y1+.06, gz0/2), dado, bevel=.008); box((DW, .05, DH-gz1), (0, Y1+.06, (DH+gz1)/2), dado, bevel=.008)
for sx in (-1, 1): box((DW/2-gx, .05, gz1-gz0), (sx*(DW/2+gx)/2, Y1+.06, (gz0+gz1)/2), dado, bevel=.008)
box((.62, .015, .5), (0, Y1+.03, .5), wood, bevel=.02)
cyl(.026, .09, (.41, Y1+.0, 1.02), brass, rot=(math.pi/2, 0, 0), seg=24, bevel=.006); box((.06, .01, .2), (.41, Y1+.032, 1.0), brass, bevel=.004)
plane(2*gx, gz1-gz0, (0, Y1+.075, (gz0+gz1)/2), rot=(math.pi/2, 0, 0), m=emitter('pane', (1, 1, 1), 1.6), lg='door')
for k in (-1, 0, 1): box((.012, .03, gz1-gz0), (k*gx*.55, Y1+.06, (gz0+gz1)/2), dark, bevel=0)
area('pane', (0, Y1+.02, (gz0+gz1)/2), (0, 0, .9), (1, 1, 1), 30, 2*gx, gz1-gz0, lg='door', spread=150)
# tubes
def tube(y, lg, power):
    box((.14, 1.3, .05), (.02, y, Z-.045), steel, bevel=.01)
    cyl(.017, 1.2, (.02, y, Z-.10), emitter('t'+lg, (.80, 1, .88), 13), rot=(math.pi/2, 0, 0), seg=16, lg=lg)
    area('a'+lg, (.02, y, Z-.13), (.02, y, 0), (.78, 1, .86), power, .10, 1.2, lg=lg)
tube(2.4, 'tube', 30); tube(6.4, 'far', 24)
area('amb', (0, -1.9, 2.2), (0, 4, .6), (.35, .60, .72), 5, 1.4, 1.2, lg='fill')
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.001, .002, .003, 1)
quiet_emitters()
cam = camera((.20, -1.15, 1.02), (-.02, 8.6, 1.20), 31, fstop=4, focus=6.0)

black = mat('coat', (.010, .010, .012), .9, sheen=.3)
hairm = mat('hairm', (.020, .012, .008), .5)
skin = mat('skin', (.10, .065, .05), .6)
def person(path, y, x, h, rz, umbrella=False):
    o = prop(path, (x, y, 0), h, rz)
    for q in o:
        for sl in q.material_slots:
            n = sl.material.name.lower() if sl.material else ''
            sl.material = hairm if 'hair' in n else skin if 'skin' in n else black
    if path == MAN: o = in_a_coat(o, (x, y, 0), h, rz, black)
    if umbrella:
        q = prop('BlendSwap-CC-0/blendswap-cc-0/umbrellaFolded/umbrellaFolded.obj', (x+.27, y, .02), .92, .3, m=mat('umb', (.012, .012, .013), .25, spec=.8))
        o += q
    return o
GIRL, MAN = 'Reallusion/reallusion/girlStanding/girlStanding.obj', 'Reallusion/reallusion/male02/male02.obj'
WHO = {'girl-mid': (GIRL, 4.3, .05, 1.62, math.pi, True), 'girl-door': (GIRL, 7.55, -.02, 1.62, math.pi, True),
       'man-door': (MAN, 8.05, .0, 1.84, math.radians(175), False), 'man-mid': (MAN, 4.6, .02, 1.84, math.radians(175), False),
       'girl-near': (GIRL, .95, -.12, 1.62, math.radians(176), True), 'man-near': (MAN, 1.25, .10, 1.84, math.radians(178), False)}
meta = dict(W=W, H=H)
if who:
    obs = person(*WHO[who])
    bpy.context.view_layer.update()
    pts = [o.matrix_world@Vector(c) for o in obs for c in o.bound_box]
    pts += [Vector((p.x, p.y, -p.z)) for p in pts]
    pr = project(cam, pts, W, H)
    x0, x1 = min(p[0] for p in pr)-26, max(p[0] for p in pr)+26
    y0, y1 = min(p[1] for p in pr)-14, max(p[1] for p in pr)+8
    x0, x1, y0, y1 = max(0, int(x0)), min(W, int(x1)), max(0, int(y0)), min(H, int(y1))
    r = s.render; r.use_border = True; r.use_crop_to_border = True
    r.border_min_x, r.border_max_x = x0/W, x1/W; r.border_min_y, r.border_max_y = 1-y1/H, 1-y0/H
    meta['crop'] = [x0, y0, x1, y1]
bpy.context.view_layer.update()
meta['pane'] = project(cam, [(-gx, Y1+.07, gz1), (gx, Y1+.07, gz1), (gx, Y1+.07, gz0), (-gx, Y1+.07, gz0)], W, H)
meta['floor'] = project(cam, [(-.6, 7.4, 0), (.6, 7.4, 0), (.6, 1.2, 0), (-.6, 1.2, 0)], W, H)
json.dump(meta, open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = .6; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
