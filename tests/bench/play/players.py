"""One row for each player: how to make it play both segments one after the other, as well as it can."""
import shutil

import machine

FRUMIOUS = f"{machine.BUILD}/frumious"
LEAST = f"{machine.BUILD}/bench/play/least"
PAGES = f"{machine.ROOT}/tests/bench/play"


def frumious(story):
    return lambda film, stage: [FRUMIOUS, "play", "--size", f"{film.width}x{film.height}", "--no-telemetry", "--once", "--choose",
                                "default", film.path(f"{story}.yaml")]


def mpv(film, stage):
    return ["mpv", "--no-config", "--no-terminal", "--vo=x11", "--ao=pulse", "--no-border", "--osc=no", "--osd-level=0", "--hwdec=no",
            f"--geometry={film.width}x{film.height}+0+0", "--gapless-audio=yes", "--prefetch-playlist=yes", film.path("a.mp4"),
            film.path("b.mp4")]


def mpv_mapping(film, stage):
    """mpv's x11 output does not map high dynamic range, it clips it. This is the cheapest of its outputs that does, without a GPU."""
    plain = mpv(film, stage)
    return [a for a in plain if a != "--vo=x11"] + ["--vo=gpu", "--gpu-sw=yes", "--hdr-compute-peak=no", "--dither-depth=no", "--scale=bilinear",
                                                    "--cscale=bilinear", "--dscale=bilinear", "--correct-downscaling=no"]


def vlc(film, stage):
    return ["vlc", "-I", "dummy", "--no-video-title-show", "--no-osd", "--no-video-deco", "--vout=xcb_x11", "--aout=pulse",
            "--avcodec-hw=none", "--play-and-exit", film.path("a.mp4"), film.path("b.mp4")]


def ffplay(film, stage):
    one = (f"ffplay -v error -autoexit -noborder -left 0 -top 0 -x {film.width} -y {film.height} ")
    return ["sh", "-c", f"{one} {film.path('a.mp4')}; {one} {film.path('b.mp4')}"]


def chromium(page, question):
    def args(film, stage):
        return ["chromium", "--kiosk", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-extensions", "--disable-sync",
                "--disable-component-update", "--disable-background-networking", "--no-default-browser-check", "--password-store=basic",
                "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", "--allow-file-access-from-files",
                f"--user-data-dir={stage.folder}/home/chromium", f"--window-size={film.width},{film.height}", "--window-position=0,0",
                f"--app=file://{PAGES}/{page}?{question(film)}"]
    return args


def seek_question(film):
    return f"film={film.path('film.mp4')}&end={film.frames / 24}&to={film.branch / 24}&last={(film.branch + film.frames) / 24}"


def least(film, stage):
    return [LEAST, film.path("a.mp4"), film.path("b.mp4")]


SOFTWARE = {"SDL_RENDER_DRIVER": "software", "SDL_FRAMEBUFFER_ACCELERATION": "0"}

# name, program, Debian's package, function that gives the command, key of film.expected, environment
ROWS = [
    ("Frumious, clips", FRUMIOUS, None, frumious("clips"), "clips", {}),
    ("Frumious, ranges of one file, off key", FRUMIOUS, None, frumious("ranges"), "ranges", {}),
    ("Frumious, 8 candidates off key", FRUMIOUS, None, frumious("far"), "ranges", {}),
    ("what any window costs", LEAST, None, least, "clips", {}),
    ("mpv, playlist", "mpv", "mpv", mpv, "clips", {}),
    ("VLC, playlist", "vlc", "vlc-bin vlc-plugin-base vlc-plugin-video-output", vlc, "clips", {}),
    ("ffplay, twice", "ffplay", "ffmpeg", ffplay, "clips", SOFTWARE),
    ("Chromium, seek off key", "chromium", "chromium", chromium("seek.html", seek_question), "ranges", {}),
    ("Chromium, MediaSource", "chromium", "chromium",
     chromium("mse.html", lambda film: f"a={film.path('a.frag.mp4')}&b={film.path('b.frag.mp4')}&end={film.seconds}"), "clips", {}),
]
# Only for pictures in high dynamic range (--footage).
MAPPING_ROW = ("mpv, mapping", "mpv", "mpv", mpv_mapping, "clips", {"LIBGL_ALWAYS_SOFTWARE": "1"})
FFMPEG_MAPPING = "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"


def there(row):
    return shutil.which(row[1]) is not None
