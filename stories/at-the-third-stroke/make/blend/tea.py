"""INSERT: THE MUG, from above. blender -b -t 1 -P tea.py -- OUT W H SAMPLES"""
import sys, os, math, random, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP = A[0], int(A[1]), int(A[2]), int(A[3])
random.seed(9)
s = reset(); setup(W, H, SPP, threads=1, bounces=4, clamp=2.5)
GROUPS = ['crt', 'lamp', 'sodium', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)

wood = mat('wood', (.15, .075, .038), .30, noise=.55, nscale=11, bump=.06)
china = mat('china', (.60, .56, .47), .16, spec=.6, noise=.08, nscale=30)
tea = mat('tea', (.030, .010, .003), .03, spec=.75)
paper = mat('paper', (.56, .52, .43), .85, noise=.12, nscale=40)
dark = mat('dark', (.02, .022, .022), .45, noise=.4, nscale=12)
sugar = mat('sugar', (.80, .78, .73), .85, noise=.2, nscale=160, bump=.5)

plane(2, 2, (0, .3, 0), m=wood)
# the mug: a turned profile (outside, lip, inside)
R, HT = .041, .094
prof = [(.0, .0), (.036, .0), (.0385, .003), (R-.0005, .030), (R, .060), (R, HT-.003), (R-.001, HT-.0006), (R-.0022, HT), (R-.0036, HT-.0008),
        (R-.0044, HT-.004), (R-.0046, .040), (R-.006, .008), (.0, .005)]
def turned(prof, m, seg=128, name='turned'):
    v, f = [], []
    for r, z in prof:
        for k in range(seg):
            a = 2*math.pi*k/seg; v.append((r*math.cos(a), r*math.sin(a), z))
    for j in range(len(prof)-1):
        for k in range(seg):
            f.append((j*seg+k, j*seg+(k+1) % seg, (j+1)*seg+(k+1) % seg, (j+1)*seg+k))
    me = bpy.data.meshes.new(name); me.from_pydata(v, [], f); me.update()
    for p in me.polygons: p.use_smooth = True
    o = bpy.data.objects.new(name, me); s.collection.objects.link(o); me.materials.append(m)
    sub = o.modifiers.new('s', 'SUBSURF'); sub.levels = sub.render_levels = 1
    return o
turned(prof, china)
pts = [(R-.003, 0, .078), (R+.018, 0, .082), (R+.032, 0, .066), (R+.030, 0, .040), (R+.014, 0, .022), (R-.004, 0, .026)]
T = Matrix.Rotation(math.radians(-28), 4, 'Z')
cable([tuple(T@Vector(p)) for p in pts], .0052, china)
TZ = .079
cyl(R-.0046, .001, (0, 0, TZ), tea, seg=128)
# the desk round it: a dried ring, saucer of lumps, papers, a keyboard's edge out of focus, the log
cyl(.052, .004, (-.105, .075, .0045), china, seg=96, r2=.060, bevel=.0015)
for k, (x, y, z, a) in enumerate(((-.118, .070, .014, .3), (-.100, .088, .014, 1.0), (-.094, .066, .014, .1), (-.108, .078, .030, .7))):
    box((.0145, .0145, .0145), (x, y, z), sugar, rot=(.05*k, .03, a), bevel=.0012)
for k in range(5): plane(.21, .297, (.20+random.uniform(-.01, .01), .10+random.uniform(-.01, .01), .0008+.0005*k), rot=(0, 0, .35+random.uniform(-.08, .08)), m=paper)
box((.46, .17, .022), (-.06, .36, .012), mat('beige', (.36, .33, .25), .42, noise=.2, nscale=10), bevel=.006)
km = mat('key', (.19, .18, .155), .45)
for r in range(4):
    for c in range(15): box((.0235, .022, .012), (-.26+c*.0285+r*.004, .305+r*.032, .028), km, bevel=.003)
cyl(.004, .15, (-.20, .02, .004), mat('pencil', (.35, .06, .03), .35), rot=(math.pi/2, 0, .7), seg=6)
# light: the screen across the desk, the lamp far left, the street
scr = plane(.32, .245, (-.02, .62, .27), rot=(math.radians(-82), 0, 0), m=emitter('scr', (.20, 1, .42), 3.2), lg='crt')
area('crt', (-.02, .58, .27), (0, 0, .05), (.22, 1, .48), 3.2, .32, .24, lg='crt')
spot("lamp", (-.52, .16, .42), (-.02, .02, .03), (1, .64, .30), 9, 80, .6, .03, lg='lamp')
area('sod', (.55, .9, .9), (0, 0, .05), (1, .48, .12), 3.5, .35, .6, lg='sodium')
area('amb', (.3, -.5, .8), (0, .1, 0), (.32, .5, .7), .7, .8, .6, lg='fill')
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.001, .0015, .002, 1)

cam = camera((.015, -.235, .275), (.004, .018, .070), 58, fstop=5.0, focus=.315)
bpy.context.view_layer.update()
r = R-.0046
json.dump(dict(W=W, H=H, tea=project(cam, [(-r, r, TZ), (r, r, TZ), (r, -r, TZ), (-r, -r, TZ)], W, H), lip=project(cam, [(0, 0, HT)], W, H)), open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = .6; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
