# Frumious. `make play` and `make test` do everything on a fresh Debian; `make help` lists the rest.
#
# This page builds, plays and installs the program. Settings (compiler, flags, libraries) are in engine/settings.mk, tests and
# checks in tests/tests.mk, packages in engine/packages.txt.
#
# Every .c under engine/ and telemetry/ goes into $(B)/libfrumious.a without being listed. The sanitizer and coverage builds
# are the same rules with another B (the build folder) and SAN: `make B=build/asan …`. A target that needs packages runs
# engine/setup first and then make again, because pkg-config knows the libraries only after that.

default: all
include engine/settings.mk

# ---- sources
FILM     := stories/at-the-third-stroke
SRC      := $(wildcard engine/*/*.c telemetry/*.c telemetry/*/*.c)
OBJ      := $(SRC:%.c=$(B)/obj/%.o) $(B)/obj/embedded.o $(B)/obj/languages.o
APP_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(shell grep -l 'FRUMIOUS_\(VERSION\|DATADIR\)' $(SRC)))
LIB_OBJ  := $(filter-out $(B)/obj/engine/commands/%main.o,$(OBJ))
SCRIPT   := build/page/script.js
LANGUAGE := $(wildcard assets/languages/*.po)
EMBEDDED := $(wildcard telemetry/*/*.sql engine/report/web/*.css engine/report/web/*.html engine/shoot/*.css) \
            engine/report/web/reload.js $(SCRIPT) $(wildcard engine/commands/new/*) stories/story.schema.json \
            assets/icons/128x128.png

# ---- the program
all: $(B)/frumious $(B)/frumious-network

$(B)/frumious: $(B)/obj/engine/commands/main.o $(TEST_EXTRA) $(B)/libfrumious.a
	$(CC) -o $@ $^ $(LIBS)
# The commands that use the network, from the same objects: the program that plays links no network library (commands/network.h).
$(B)/frumious-network: $(B)/obj/engine/commands/network_main.o $(TEST_EXTRA) $(B)/libfrumious.a
	$(CC) -o $@ $^ $(ALL_LIBS)
$(B)/libfrumious.a: $(LIB_OBJ) $(B)/list
	@rm -f $@
	ar rcs $@ $(LIB_OBJ)

# The compiler's messages stay beside the object in a .warn file: tests/warnings wants them all empty.
COMPILE   = @mkdir -p $(@D); echo '$(CC) … $<'; \
            $(CC) $(CFLAGS_) $(1) -MMD -MP -MF $@.d -o $@ $< $(2) 2>$@.warn || { cat $@.warn >&2; rm -f $@; exit 1; }; cat $@.warn >&2
$(APP_OBJ): $(B)/obj/%.o: %.c $(B)/flags $(B)/app | packages
	$(call COMPILE,$(APP_DEF) -c)
$(B)/obj/%.o: %.c $(B)/flags | packages
	$(call COMPILE,-Itests -c)

# The script of the report's page: engine/report/web/ bundled with what it takes from npm. Without npm it is empty, and the
# report is a page without a script; it is made again when npm appears.
$(SCRIPT): engine/report/web/build $(wildcard engine/report/web/*.js engine/report/web/*.json) build/page/found
	@engine/report/web/build $@

# SQL, the report's page and its script, and the window's icon become constants of the program: base/embedded.h.
$(B)/obj/embedded.c: engine/embed.awk $(EMBEDDED) $(B)/list
	@mkdir -p $(@D); awk -f engine/embed.awk $(EMBEDDED) >$@
# So do the player's words in other languages: base/words.h.
$(B)/obj/languages.c: engine/po.awk $(LANGUAGE) $(B)/list
	@mkdir -p $(@D); awk -f engine/po.awk $(LANGUAGE) >$@
$(B)/obj/embedded.o $(B)/obj/languages.o: %.o: %.c $(B)/flags
	$(call COMPILE,-c)

# A stamp is rewritten only when its text changes: new flags rebuild the objects, a removed file rebuilds the library.
$(B)/flags: TEXT = $(CC) $(CFLAGS_)
$(B)/app:   TEXT = $(APP_DEF)
$(B)/list:  TEXT = $(LIB_OBJ) $(EMBEDDED) $(LANGUAGE)
build/page/found: TEXT = $(shell command -v npm)
$(B)/flags $(B)/app $(B)/list build/page/found: always
	$(shell mkdir -p $(@D))$(file >$@.new,$(TEXT))@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
packages:
	@$(HAVE_ALL) || { echo 'Libraries are missing: `engine/setup play` installs them.' >&2; exit 1; }
-include $(OBJ:%=%.d)

# ---- play, and the film
play:
	@engine/setup play
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then build/frumious play $(ARGS); else \
	    echo 'There is no display here: playing off-screen, the pictures go to build/pictures.'; \
	    build/frumious play --headless --screenshots build/pictures $(ARGS) && ls build/pictures/*; fi

# Needs Blender and what stands in the film's make/README.md; nothing else does.
film:
	@sh $(FILM)/make/film.sh build/film $(SHOT)

# The README's picture is one of them.
screenshots:
	@engine/setup test
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	build/frumious play --headless --choose first --language en --no-telemetry --screenshots build/pictures $(ARGS)
	ffmpeg -v error -y -i build/pictures/04-lamp.png -q:v 3 assets/decision.jpg
	@ls build/pictures assets/decision.jpg

# ---- install
DATA      = $(DESTDIR)$(PREFIX)/share
LIBEXEC   = $(DESTDIR)$(PREFIX)/libexec/frumious
ICONS     = $(DATA)/icons/hicolor
# Where the pictures of assets/ are published (SITE=https://…), for software centres; without it they are shown none.
SITE     ?=
SIZES     = $(patsubst assets/icons/%.png,%,$(wildcard assets/icons/*.png))
# What engine/commands/manual writes, and where readers look for it.
MANUALS   = man:man/man1/frumious.1 bash:bash-completion/completions/frumious zsh:zsh/site-functions/_frumious \
            fish:fish/vendor_completions.d/frumious.fish
DESKTOP   = $(patsubst %,applications/%,$(notdir $(wildcard assets/*.desktop))) \
            $(patsubst %,metainfo/%,$(notdir $(wildcard assets/*.metainfo.xml))) mime/packages/org.frumious.Frumious.xml
install: all
	install -D -m755 $(B)/frumious $(DESTDIR)$(PREFIX)/bin/frumious
	install -D -m755 $(B)/frumious-network $(LIBEXEC)/frumious-network
	cd $(FILM) && find . -type f -not -path './make/*' -exec install -D -m644 '{}' '$(abspath $(DATA))/frumious/$(FILM)/{}' \;
	for f in stories/README.md stories/story.schema.json LICENSE; do \
	    [ ! -f $$f ] || install -D -m644 $$f $(DATA)/frumious/$$f; done
	for f in $(DESKTOP); do install -D -m644 assets/$${f##*/} $(DATA)/$$f; done
	for f in assets/systemd/*; do install -D -m644 $$f $(DATA)/frumious/examples/$${f##*/}; done
	sed -i -e 's/@version@/$(VERSION)/' $(if $(SITE),-e 's|@site@|$(SITE)|',-e '/<screenshots>/,/<\/screenshots>/d') $(DATA)/metainfo/org.frumious.Frumious.metainfo.xml
	install -D -m644 assets/frumious.svg $(ICONS)/scalable/apps/frumious.svg
	for s in $(SIZES); do install -D -m644 assets/icons/$$s.png $(ICONS)/$$s/apps/frumious.png; done
	for f in $(MANUALS); do engine/commands/manual $(B)/frumious $${f%%:*} $(VERSION) >$(B)/manual && \
	    install -D -m644 $(B)/manual $(DATA)/$${f#*:} || exit; done
	$(INDEX)
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/frumious $(LIBEXEC)/frumious-network $(patsubst %,$(DATA)/%,$(DESKTOP)) \
	    $(foreach f,$(MANUALS),$(DATA)/$(lastword $(subst :, ,$(f)))) \
	    $(ICONS)/scalable/apps/frumious.svg $(patsubst %,$(ICONS)/%/apps/frumious.png,$(SIZES))
	rm -rf $(DATA)/frumious
	rmdir $(LIBEXEC) 2>/dev/null || true
	$(INDEX)
# A desktop reads these through indexes. A package's installer makes them, so that only a real installation does it here.
INDEX     = @[ -n "$(DESTDIR)" ] || for index in update-mime-database:mime update-desktop-database:applications; do \
            ! command -v $${index%%:*} >/dev/null || $${index%%:*} $(DATA)/$${index\#*:} || true; done

# ---- a Debian package: assets/debian becomes debian/ in a copy of the sources
DEB       = build/deb
SUITE    ?= unstable
# In whose name a package is uploaded: MAINTAINER='Your Name <you@example.org>'. What is only built here needs none.
MAINTAINER ?=
deb:
	@engine/setup deb
	@$(MAKE) --no-print-directory run-deb
run-deb: $(SCRIPT)
	@rm -rf $(DEB)
	@assets/debian/assemble $(DEB)/frumious-$(VERSION) $(VERSION) $(SUITE) "$(filter -S --build=source,$(ARGS))" "$${MAINTAINER:-$(MAINTAINER)}"
	cd $(DEB)/frumious-$(VERSION) && DEB_BUILD_OPTIONS="parallel=$(JOBS) $$DEB_BUILD_OPTIONS" dpkg-buildpackage -us -uc $(ARGS)
	@cd $(DEB) && ls frumious*_*

# ---- the rest
include tests/tests.mk
clean:
	rm -rf build
flags:
	@echo '$(CC) $(CPP_) $(WARN)'
help:
	@sed -n 's/^#: //p' Makefile

#: make play [ARGS=…]    install what is missing, build, play the film (off-screen where there is no display)
#: make test             install, build, run every test; the last line counts them
#: make                  build build/frumious and build/frumious-network
#: make install          PREFIX=/usr/local, DESTDIR=; make uninstall takes it away again
#: make deb              Debian packages of the program and the film, and their source, in build/deb; for a PPA: ARGS=-S SUITE=noble MAINTAINER='You <you@…>'
#: make test-deb         build them, ask lintian, install them in an empty Debian, play, purge, look for what is left; as root
#: make unit, make e2e   the unit tests alone; the end-to-end tests alone
#: make test-central     the distributed engine: two shards of two replicas of Debian's ClickHouse and a ZooKeeper, on loopback
#: make contact-sheet   every page and state of the player as pictures, in build/contact-sheet/index.html
#: make languages        bring the player's translations (assets/languages) up to date with the code
#: make check            house rules, warnings of gcc and clang, clang-tidy, cppcheck
#: make asan, make tsan  the unit tests under AddressSanitizer + UBSan; the threaded ones under ThreadSanitizer
#: make fuzz             fuzz every reader of what comes from outside (MINUTES=10 each, NAMES="story subs …"); needs clang
#: make bench            run tests/bench/bench_*
#: make bench-explore    what proving a story costs, beside SPIN; ARGS=--quick
#: make bench-central    what the distributed engine takes in and what its reports cost, beside the engine alone and DuckDB
#: make bench-play       what playing costs, beside mpv, VLC, ffplay and Chromium; some 25 minutes, ARGS=--quick: five
#: make seam             every kind of cut, frame by frame and sample by sample, in real time; ARGS=--help
#: make storm            kill plays at random instants (KILLS=1000) and count what was lost
#: make cover            line coverage per module (a report in HTML where gcovr is installed)
#: make golden           rewrite tests/golden and show what changed
#: make screenshots      the film's pictures at decisions and endings, in build/pictures; the README's one of them
#: make film [SHOT=S03]  make the film's pictures and sounds anew, in build/film; resumes (about 2½ hours for all)
#: make format           clang-format on every C file
#: make clean            remove build/
.PHONY: default all play film screenshots install uninstall deb run-deb clean flags help packages always
.DELETE_ON_ERROR:
