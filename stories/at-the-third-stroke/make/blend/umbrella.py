"""INSERTS: THE UMBRELLA. blender -b -t 1 -P umbrella.py -- OUT W H SAMPLES door|desk|handle [preview]

By the door of the clock room or against the desk, from the floor, its tip in a puddle; or in the street, through the
handle of the door that it keeps shut. OUT.json says, where there is a puddle, where the tip stands, where drops fall, a hand's
breadth beside that and before it, from how high they come, and the puddle's edge.
"""
import sys, os, math, json, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from setlib import *
A = sys.argv[sys.argv.index('--')+1:]
OUT, W, H, SPP, WHERE = A[0], int(A[1]), int(A[2]), int(A[3]), A[4]
s = reset(); setup(W, H, SPP, threads=1, bounces=4, clamp=2.5)
GROUPS = ['key', 'back', 'fill']
vl = s.view_layers[0]; passes(vl, GROUPS)

dado = mat('dado', (.07, .105, .095), .36, noise=.45, nscale=5, bump=.10)
wood = mat('wood', (.10, .055, .030), .32, noise=.55, nscale=9, bump=.06)
dark = mat('dark', (.020, .022, .022), .45, noise=.4, nscale=12)
cloth = mat('cloth', (.013, .013, .015), .22, spec=.9, noise=.3, nscale=60, bump=.12)
brass = mat('brass', (.50, .33, .12), .24, metal=1, noise=.35, nscale=40)
stone = mat('stone', (.30, .27, .22), .8, noise=.4, nscale=14, bump=.5)
paint = mat('paint', (.030, .075, .052), .22, noise=.35, nscale=7, bump=.10)

def umbrella(T, rolled=1):
    o = prop('BlendSwap-CC-0/blendswap-cc-0/umbrellaFolded/umbrellaFolded.obj', (0, 0, 0), .92, .3, m=cloth)
    bpy.context.view_layer.update()
    for q in o: q.matrix_world = T@(Matrix.Diagonal((rolled, rolled, 1, 1)) if q.name[:3] in ('fab', 'tri', 'spo') else Matrix())@q.matrix_world
    return o
R = lambda a, axis: Matrix.Rotation(math.radians(a), 4, axis)

if WHERE == 'handle':
    plane(1.6, 2.4, (0, 0, 0), rot=(math.pi/2, 0, 0), m=paint)
    for z, h in ((-.55, .62), (.62, .82)):          # raised panels
        box((.52, .03, h), (-.02, -.012, z), paint, bevel=.012); box((.40, .03, h-.12), (-.02, -.022, z), paint, bevel=.02)
    box((.30, .26, 3), (.62, .115, 0), stone, bevel=.02); box((.06, .10, 3), (.46, .04, 0), paint, bevel=.01)
    cable([(.30, -.01, -.13), (.30, -.075, -.135), (.30, -.085, -.10), (.30, -.085, 0), (.30, -.085, .10), (.30, -.075, .135), (.30, -.01, .13)], .013, brass)
    for z in (-.13, .13): cyl(.032, .012, (.30, -.008, z), brass, rot=(math.pi/2, 0, 0), seg=40, bevel=.004)
    cyl(.030, .02, (.30, -.01, .30), brass, rot=(math.pi/2, 0, 0), seg=40, bevel=.005)   # the lock
    umbrella(Matrix.Translation((.88, -.046, .005))@R(-96, 'Y')@R(12, 'Z'), .34)
    spot('key', (-1.1, -1.5, 1.9), (.25, 0, 0), (1, .50, .12), 150, 60, .6, .12, lg='key')
    area('back', (1.4, -1.2, .3), (.3, 0, 0), (1, .80, .5), 5, .3, 1.2, lg='back')        # the telephone box, down the street
    area('fill', (-.4, -2, 1.2), (0, 0, 0), (.30, .48, .75), 4, 2, 2, lg='fill')
    cam = camera((.03, -1.02, -.16), (.235, 0, .0), 50, fstop=2.8, focus=1.0)
    marks, pool = [], []
else:
    floor = mat('lino', (.050, .058, .055), .20, noise=.65, nscale=3.5, bump=.03)
    plane(5, 5, (0, 0, 0), m=floor)
    v = [(.30*math.cos(q)*(1+.18*math.sin(3*q+1)+.10*math.sin(5*q)), -.10+.17*math.sin(q)*(1+.15*math.sin(2*q)+.09*math.sin(7*q+2)), .0012) for q in [k*2*math.pi/160 for k in range(160)]]
    me = bpy.data.meshes.new('pool'); me.from_pydata(v, [], [tuple(range(160))]); me.update()
    me.materials.append(mat('water', (.012, .014, .014), .015, spec=.55)); s.collection.objects.link(bpy.data.objects.new('pool', me))
    if WHERE == 'door':
        box((3, .06, 1.2), (0, .40, .6), dado, bevel=0); box((3, .03, .11), (0, .36, .055), dark, bevel=.008)
        box((.11, .16, 2.2), (.30, .34, 1.1), wood, bevel=.012); box((.9, .05, 2.2), (.80, .40, 1.1), dado, bevel=.01)
        area('key', (-1.3, -.3, .75), (0, .2, .15), (.45, 1, .60), 16, .25, .9, lg='key')
        area('back', (.95, .15, .35), (0, 0, .1), (.42, 1, .58), 3.0, .2, .5, lg='back')
        lean = R(-13, 'X')@R(9, 'Y')
    else:
        box((.05, .72, .74), (.20, .52, .37), wood, bevel=.006); box((1.6, .72, .04), (.7, .52, .74), wood, bevel=.006)
        box((.44, .02, .60), (.44, .30, .36), wood, bevel=.006); box((3, .06, 2), (0, 1.6, 1), dado, bevel=0); box((3, .03, .11), (0, 1.56, .055), dark, bevel=.008)
        cable([(-.5, 1.2, .01), (-.2, .8, .008), (.02, .62, .008), (-.25, .45, .008), (-.9, .35, .008)], .006, dark)
        spot('key', (-.95, .10, .80), (.05, .05, .10), (1, .64, .30), 60, 75, .7, .05, lg='key')
        area('back', (.9, -.3, .7), (.1, .1, .2), (.22, 1, .46), 2.2, .4, .3, lg='back')
        lean = R(-6, 'X')@R(13, 'Y')
    umbrella(Matrix.Translation((-.02, -.03, .004))@lean)
    area('fill', (0, -1.9, 1.4), (0, 0, 0), (.35, .60, .72), 1.6, 1.4, 1.2, lg='fill')
    cam = camera((-.10, -1.02, .085), (.02, 0, .150), 48, fstop=3.2, focus=1.0)
    marks, pool = [(-.02, -.03, 0), (-.02, -.09, 0), (.08, -.09, 0), (-.02, -.19, 0), (-.02, -.09, .13)], v
wd = bpy.data.worlds.new('w'); s.world = wd; wd.use_nodes = True; wd.node_tree.nodes['Background'].inputs[0].default_value = (.001, .002, .003, 1)
bpy.context.view_layer.update()
json.dump(dict(W=W, H=H, marks=project(cam, marks, W, H), pool=[q[:2] for q in project(cam, pool, W, H)]), open(OUT+'.json', 'w'))
if 'preview' in A:
    s.render.image_settings.file_format = 'PNG'; s.view_settings.view_transform = 'Filmic'; s.view_settings.exposure = 1.; s.render.filepath = OUT+'.png'
else: exr_out(OUT+'.exr')
t = time.time(); bpy.ops.render.render(write_still=True); print('RENDERTIME %.1f' % (time.time()-t))
