"""THE RECORDER, close, from the front. blender -b -t 1 -P reels.py -- OUT W H SAMPLES

The reels stand still here: OUT.json says where their middles are and how large they are, and the shot turns what it has
of them (the machine is seen straight from the front, so that a reel is a circle).
"""
import sys, os, math, random, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP = A[0], int(A[1]), int(A[2]), int(A[3])
random.seed(8)
s = reset(); setup(W, H, SPP, threads=1, bounces=3, clamp=2.)
GROUPS = ['lamp', 'vu', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)
face = mat('face', (.045, .047, .046), .42, metal=.6, noise=.35, nscale=70, bump=.02)
steel = mat('steel', (.52, .52, .50), .24, metal=1, noise=.25, nscale=60)
reel = mat('reel', (.40, .40, .385), .30, metal=1, noise=.3, nscale=26)
tape = mat('tape', (.045, .022, .013), .26, noise=.35, nscale=110)
black = mat('black', (.010, .010, .011), .35, noise=.2, nscale=40)
F = (math.radians(90), 0, 0)  # a cylinder's axis toward the camera, which looks along +y
box((.9, .02, .6), (0, .01, 0), face, bevel=.002)
R, C = .088, [(-.105, .052), (.105, .052)]
def hole(cx, cz, a, r, rad):  # a round window in the flange, through which the tape is seen
    cyl(rad, .0016, (cx + r*math.cos(a), -.0185, cz + r*math.sin(a)), tape, rot=F, seg=48)
for n, (cx, cz) in enumerate(C):
    cyl(R, .0016, (cx, -.0175, cz), reel, rot=F, seg=160, bevel=.0006)
    for k in range(3):
        hole(cx, cz, 2*math.pi*k/3 + .5 + n*.8, .054, .0215)
        for q in range(2): cyl(.0016, .0012, (cx + .036*math.cos(2*math.pi*(k+.5)/3 + .5 + n*.8 + (q-.5)*.25), -.0188, cz + .036*math.sin(2*math.pi*(k+.5)/3 + .5 + n*.8 + (q-.5)*.25)), black, rot=F, seg=20)
    cyl(.026, .004, (cx, -.0195, cz), steel, rot=F, seg=96, bevel=.0012)
    cyl(.012, .016, (cx, -.0230, cz), black, rot=F, seg=64, bevel=.0015)
    for k in range(3): box((.004, .006, .020), (cx + .012*math.cos(2*math.pi*k/3), -.026, cz + .012*math.sin(2*math.pi*k/3)), steel, rot=(0, -2*math.pi*k/3 + math.pi/2, 0), bevel=.0008)
# heads, rollers, and the tape between
box((.110, .030, .046), (0, -.012, -.088), black, bevel=.005)
box((.094, .004, .012), (0, -.029, -.083), steel, bevel=.0015)
for x, z in ((-.120, -.062), (.120, -.062)):
    cyl(.011, .020, (x, -.016, z), steel, rot=F, seg=64, bevel=.001); cyl(.004, .024, (x, -.018, z), black, rot=F, seg=32)
def run(a, b):
    (x0, z0), (x1, z1) = a, b
    d = math.hypot(x1-x0, z1-z0)
    box((d, .0063, .0007), ((x0+x1)/2, -.018, (z0+z1)/2), tape, rot=(0, -math.atan2(z1-z0, x1-x0), 0), bevel=0)
run((-.172, .028), (-.131, -.066)); run((.172, .028), (.131, -.066)); run((-.118, -.073), (-.050, -.066)); run((.118, -.073), (.050, -.066)); run((-.050, -.066), (.050, -.066))
# two meters, lit from within
for x in (-.052, .052):
    box((.074, .012, .044), (x, -.004, -.150), black, bevel=.003)
    plane(.066, .034, (x, -.0106, -.150), rot=F, m=emitter('vu', (1, .66, .30), .50), lg='vu')
for x in (-.17, -.145, -.12, .12, .145, .17): cyl(.008, .012, (x, -.006, -.15), steel, rot=F, seg=40, bevel=.001)
for x in (-.212, .212):
    for z in (.142, -.16): cyl(.004, .003, (x, -.001, z), steel, rot=F, seg=24, bevel=.0006)
spot('lamp', (-.42, -.36, .34), (-.06, 0, .03), (1, .62, .28), 7., 44, .9, .03, lg='lamp')
for x in (-.052, .052): area('vu'+str(x), (x, -.03, -.150), (x, -.03, .1), (1, .62, .28), .10, .06, .03, lg='vu')
area('amb', (.5, -.6, .2), (0, 0, 0), (.30, .75, .52), .75, .5, .4, lg='fill')
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.001, .0015, .002, 1)
quiet_emitters()
cam = camera((0, -.62, -.018), (0, 0, -.018), 35, fstop=4., focus=.60)
bpy.context.view_layer.update()
meta = dict(W=W, H=H, reels=project(cam, [(x, -.0175, z) for x, z in C], W, H), rim=project(cam, [(x + R, -.0175, z) for x, z in C], W, H),
            meters=project(cam, [(x + dx, -.011, -.150 + dz) for x in (-.052, .052) for dx, dz in ((-.033, .017), (.033, -.017))], W, H))
json.dump(meta, open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = .6; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
