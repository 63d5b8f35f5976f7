# Frumious. `make play` and `make test` do everything on a fresh Debian; `make help` lists the rest.
#
# How this file works: every .c under engine/ and telemetry/ goes into $(B)/libfrumious.a without being listed, every
# tests/unit/test_*.c becomes a program. The sanitizer and coverage builds are the same rules with another B (the
# build folder) and SAN: `make B=build/asan …`. Targets that need packages run engine/setup first and then make again,
# because pkg-config has answers only after that.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
B        ?= build
ifeq ($(origin CC),default)
CC       := gcc
endif
OPT      ?= -O2 -g
JOBS     ?= $(shell nproc)
FILM     := stories/at-the-third-stroke

# ---- what the compiler is told
PKGS     := sdl2 SDL2_ttf libavformat libavcodec libavutil libswscale libswresample libebur128 libass yaml-0.1 sqlite3 \
            glib-2.0 gio-2.0 json-glib-1.0 fontconfig fribidi
# Headers of libraries are system headers (-isystem): our warnings are about our code.
PKG_CF   := $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I\//-isystem \//g')
# libyuv has no .pc file. Graphviz is linked only: its headers need no flags.
LINKED   := libgvc libcgraph
PKG_LIBS := $(shell pkg-config --libs $(PKGS) $(LINKED) 2>/dev/null)
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wno-sign-conversion
CPP_     := -std=c17 -D_GNU_SOURCE -Iengine -I. $(PKG_CF) $(CPPFLAGS)
CFLAGS_   = $(CPP_) $(OPT) $(WARN) $(if $(WERROR),-Werror) $(SAN) $(CFLAGS)
LIBS      = $(PKG_LIBS) -lyuv -lm -lpthread $(SAN) $(LDFLAGS)
# Only the files that use these are told, so that another PREFIX does not rebuild the rest.
APP_DEF  := -DFRUMIOUS_VERSION='"$(VERSION)"' -DFRUMIOUS_DATADIR='"$(PREFIX)/share/frumious"'

# ---- what there is
SRC      := $(wildcard engine/*/*.c telemetry/*.c telemetry/*/*.c)
OBJ      := $(SRC:%.c=$(B)/obj/%.o) $(B)/obj/page_script.o
APP_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(shell grep -l 'FRUMIOUS_\(VERSION\|DATADIR\)' $(SRC)))
LIB_OBJ  := $(filter-out $(B)/obj/engine/commands/main.o,$(OBJ))
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
# A test that starts threads, itself or by calling one of these modules, also runs under ThreadSanitizer.
THREADED := $(patsubst tests/unit/%.c,$(B)/tests/%,$(shell \
            grep -lE 'g_thread_(pool_)?new|\.threads = [2-9]|\b(clip|deck|writer|audio)_[a-z]' tests/unit/test_*.c 2>/dev/null))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS    := $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))
SCRIPT   := build/page/script.js
BENCH    := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
E2E      := $(filter-out tests/e2e/lib.%,$(wildcard tests/e2e/*.sh tests/e2e/*.py))
CHECKS   := tests/floors tests/headers tests/words tests/format tests/warnings tests/selftest
C_FILES  := $(SRC) $(wildcard tests/*.c tests/*/*.c tests/bench/*/*.c)

# The sanitizer builds. Optimisation is low, because each of these tests runs once.
asan_    := B=build/asan OPT='-O1 -g -fno-omit-frame-pointer' SAN='-fsanitize=address,undefined -fno-sanitize-recover=all'
tsan_    := B=build/tsan OPT='-O1 -g -fno-omit-frame-pointer' SAN='-fsanitize=thread' \
            TEST_EXTRA=build/tsan/obj/tests/tsan_glib.o
cover_   := B=build/cover OPT='-O0 -g' SAN='--coverage'

# ---- the program and its tests
all: $(B)/frumious
tests: $(TESTS) $(TOOLS)
threaded: $(THREADED)
fuzz: $(FUZZ)

$(B)/frumious: $(B)/obj/engine/commands/main.o $(TEST_EXTRA) $(B)/libfrumious.a
	$(CC) -o $@ $^ $(LIBS)
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
$(B)/tests/%: tests/unit/%.c $(B)/libfrumious.a $(TEST_EXTRA)
	$(call COMPILE,-Itests,$(TEST_EXTRA) $(B)/libfrumious.a $(LIBS))
$(B)/fuzz/%: tests/fuzz/%.c $(B)/obj/tests/fuzz/driver.o $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(B)/obj/tests/fuzz/driver.o $(B)/libfrumious.a $(LIBS))
$(B)/tools/%: tests/tools/%.c $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(B)/libfrumious.a $(LIBS))
$(B)/bench/%: tests/bench/%.c $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(B)/libfrumious.a $(LIBS))

# The script of the report's page: telemetry/report/ bundled with what it takes from npm. Without npm it is empty, and the
# report is a page without a script; it is made again when npm appears.
$(SCRIPT): engine/report/web/build $(wildcard engine/report/web/*.js engine/report/web/*.json) build/page/found
	@engine/report/web/build $@
$(B)/obj/page_script.c: $(SCRIPT)
	@mkdir -p $(@D); { echo '#include "report/page_script.h"'; echo 'const unsigned char page_script[] = {'; \
	    od -An -v -tu1 $< | sed 's/  */,/g; s/^,//; s/$$/,/'; echo '0};'; \
	    echo 'const size_t page_script_size = sizeof page_script - 1;'; } >$@
$(B)/obj/page_script.o: $(B)/obj/page_script.c $(B)/flags
	$(call COMPILE,-c)

# What looks at that page in a browser: tests/e2e/browser.py.
browser: build/page/browser/installed
build/page/browser/installed: tests/page/package-lock.json build/page/found
	@mkdir -p $(@D); cp tests/page/package.json tests/page/package-lock.json tests/page/.npmrc $(@D)/
	@cd $(@D) && npm ci --ignore-scripts >log 2>&1 || { cat log >&2; exit 1; }
	@touch $@

# A stamp is rewritten only when its text changes: new flags rebuild the objects, a removed file rebuilds the library.
$(B)/flags: TEXT = $(CC) $(CFLAGS_)
$(B)/app:   TEXT = $(APP_DEF)
$(B)/list:  TEXT = $(LIB_OBJ)
build/page/found: TEXT = $(shell command -v npm)
$(B)/flags $(B)/app $(B)/list build/page/found: always
	$(shell mkdir -p $(@D))$(file >$@.new,$(TEXT))@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
packages:
	@[ -n "$(wildcard /usr/include/libyuv.h /usr/local/include/libyuv.h)" ] && pkg-config --exists $(PKGS) $(LINKED) 2>/dev/null || { echo 'Libraries are missing: `engine/setup play` installs them.' >&2; exit 1; }
-include $(patsubst %,%.d,$(OBJ) $(TESTS) $(TOOLS) $(FUZZ) $(BENCH))

# ---- play
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

# ---- test: everything is built first, and a build that fails is one failure; then the runner has the last word
RUN       = tests/run -j$(JOBS)
FAILED    = { echo '0 passed, 1 failed, 0 skipped'; exit 1; }
SUBMAKE   = $(MAKE) --no-print-directory -s -k -j$(JOBS)
test:
	@engine/setup test || $(FAILED)
	@$(MAKE) --no-print-directory -s built-test || $(FAILED)
	@$(RUN) $(CHECKS) $(TESTS) $(TESTS:build/%=build/asan/%) $(THREADED:build/%=build/tsan/%) \
	    $(FUZZ:build/%=build/asan/%) $(E2E)
built-test:
	@echo 'Building the program and its tests …'; $(SUBMAKE) all tests browser
	@echo 'Building them with AddressSanitizer and UndefinedBehaviorSanitizer …'; $(SUBMAKE) $(asan_) all tests fuzz
	@echo 'Building the threaded tests with ThreadSanitizer …'; $(SUBMAKE) $(tsan_) all threaded
unit: all tests
	@$(RUN) $(TESTS)
e2e: all browser $(TOOLS)
	@$(RUN) $(E2E)
asan tsan:
	@engine/setup test
	@$(MAKE) --no-print-directory run-$@
run-asan:
	@$(SUBMAKE) $(asan_) all tests fuzz
	@$(RUN) $(TESTS:build/%=build/asan/%) $(FUZZ:build/%=build/asan/%)
run-tsan:
	@$(SUBMAKE) $(tsan_) threaded
	@$(RUN) $(THREADED:build/%=build/tsan/%)

# Tests that compare with files under tests/golden write them instead when FRUMIOUS_GOLDEN=write is set.
golden: all tests
	-@FRUMIOUS_GOLDEN=write $(RUN) $(shell grep -li golden tests/unit/test_*.c $(E2E) 2>/dev/null | \
	    sed 's|tests/unit/\(.*\)\.c$$|$(B)/tests/\1|')
	@git --no-pager diff --stat --patch -- tests/golden; git status --short -- tests/golden

bench:
	@engine/setup bench
	@$(MAKE) --no-print-directory run-bench
run-bench:
	@$(SUBMAKE) all $(BENCH)
	@for b in $(BENCH) $(wildcard tests/bench/bench_*.sh tests/bench/bench_*.py); do echo "== $$b"; $$b || exit 1; done

# What playing costs, beside other players and beside decoding alone: tests/bench/README.md.
bench-play:
	@engine/setup bench
	@$(MAKE) --no-print-directory run-bench-play
run-bench-play: all $(B)/tools/seam_eye $(B)/tools/seam_ear $(B)/tools/seam_sink $(B)/bench/play/warm
	@tests/bench/play/play.py $(ARGS)

# What proving costs, beside SPIN: tests/bench/README.md.
bench-explore:
	@engine/setup bench
	@$(MAKE) --no-print-directory run-bench-explore
run-bench-explore: all
	@tests/bench/explore/bench.py $(ARGS)
	@tests/bench/explore/simulate.py $(ARGS)

# The contract of the cut, the whole matrix: some ten minutes, in real time. make test has a shorter one.
seam:
	@engine/setup test
	@$(MAKE) --no-print-directory run-seam
run-seam: all $(TOOLS)
	@tests/seam/seam.py $(ARGS)

# Kills at random instants of real plays: nothing that was handed over may be lost. make test has a short one.
storm:
	@engine/setup test
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@tests/e2e/storm.py $(or $(KILLS),1000)

cover:
	@engine/setup test
	@$(MAKE) --no-print-directory run-cover
run-cover:
	@$(SUBMAKE) $(cover_) all tests
	@find build/cover -name '*.gcda' -delete
	-@FRUMIOUS_BUILD=build/cover $(RUN) $(TESTS:build/%=build/cover/%) $(E2E)
	@tests/cover build/cover

# ---- check: what the compiler, the linters and the house rules say, without running a test. Each verdict on a file is a
# stamp under build/check, remade when the file or a header of it changes.
LINTED    = $(C_FILES:%.c=build/check/clang/%.ok) $(foreach tool,tidy cppcheck,$(SRC:%.c=build/check/$(tool)/%.ok))
check:
	@engine/setup check
	@$(MAKE) --no-print-directory run-check
run-check:
	@$(SUBMAKE) all tests
	@$(SUBMAKE) lint
	@$(RUN) $(CHECKS)
lint: $(LINTED)
LINT_DEF  = $(CPP_) $(APP_DEF) -Itests
build/check/clang/%.ok: %.c $(B)/flags
	@mkdir -p $(@D)
	@clang $(LINT_DEF) $(WARN) -Wno-unknown-attributes -Werror -fsyntax-only -MMD -MP -MF $@.d -MT $@ $<
	@touch $@
build/check/tidy/%.ok: build/check/clang/%.ok .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' $*.c -- $(LINT_DEF) 2>$@.log || { cat $@.log >&2; exit 1; }
	@touch $@
build/check/cppcheck/%.ok: build/check/clang/%.ok tests/cppcheck.txt
	@mkdir -p $(@D)
	@cppcheck --quiet --std=c11 --library=gtk --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --suppressions-list=tests/cppcheck.txt --template=gcc -Iengine -I. -Itests -D_GNU_SOURCE $(APP_DEF) $*.c
	@touch $@
-include $(patsubst %.c,build/check/clang/%.ok.d,$(if $(filter lint,$(MAKECMDGOALS)),$(C_FILES)))

# ---- install
DATA      = $(DESTDIR)$(PREFIX)/share
ICONS     = $(DATA)/icons/hicolor
SIZES     = $(patsubst assets/icons/%.png,%,$(wildcard assets/icons/*.png))
install: all
	install -D -m755 $(B)/frumious $(DESTDIR)$(PREFIX)/bin/frumious
	cd $(FILM) && find . -type f -not -path './make/*' -exec install -D -m644 '{}' '$(abspath $(DATA))/frumious/$(FILM)/{}' \;
	for f in stories/README.md stories/story.schema.json LICENSE; do \
	    [ ! -f $$f ] || install -D -m644 $$f $(DATA)/frumious/$$f; done
	for f in $(wildcard assets/*.desktop); do install -D -m644 $$f $(DATA)/applications/$${f##*/}; done
	for f in $(wildcard assets/*.metainfo.xml); do install -D -m644 $$f $(DATA)/metainfo/$${f##*/}; done
	install -D -m644 assets/frumious.svg $(ICONS)/scalable/apps/frumious.svg
	for s in $(SIZES); do install -D -m644 assets/icons/$$s.png $(ICONS)/$$s/apps/frumious.png; done
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/frumious $(patsubst assets/%,$(DATA)/applications/%,$(wildcard assets/*.desktop)) \
	    $(patsubst assets/%,$(DATA)/metainfo/%,$(wildcard assets/*.metainfo.xml)) \
	    $(ICONS)/scalable/apps/frumious.svg $(patsubst %,$(ICONS)/%/apps/frumious.png,$(SIZES))
	rm -rf $(DATA)/frumious

clean:
	rm -rf build
format:
	clang-format -i $(shell find engine telemetry tests -name '*.[ch]')
flags:
	@echo '$(CC) $(CPP_) $(WARN)'
help:
	@sed -n 's/^#: //p' Makefile

#: make play [ARGS=…]    install what is missing, build, play the film (off-screen where there is no display)
#: make test             install, build, run every test; the last line counts them
#: make                  build build/frumious
#: make install          PREFIX=/usr/local, DESTDIR=; make uninstall takes it away again
#: make unit, make e2e   the unit tests alone; the end-to-end tests alone
#: make check            house rules, warnings of gcc and clang, clang-tidy, cppcheck
#: make asan, make tsan  the unit tests under AddressSanitizer + UBSan; the threaded ones under ThreadSanitizer
#: make bench            run tests/bench/bench_*
#: make bench-explore    what proving a story costs, beside SPIN; ARGS=--quick
#: make bench-play       what playing costs, beside mpv, VLC, ffplay and Chromium; some 25 minutes, ARGS=--quick: five
#: make seam             every kind of cut, frame by frame and sample by sample, in real time; ARGS=--help
#: make storm            kill plays at random instants (KILLS=1000) and count what was lost
#: make cover            line coverage per module (a report in HTML where gcovr is installed)
#: make golden           rewrite tests/golden and show what changed
#: make screenshots      the film's pictures at decisions and endings, in build/pictures; the README's one of them
#: make film [SHOT=S03]  make the film's pictures and sounds anew, in build/film; resumes (about 2½ hours for all)
#: make format           clang-format on every C file
#: make clean            remove build/
.PHONY: film all tests browser threaded seam run-seam storm fuzz play screenshots test built-test unit e2e asan tsan run-asan run-tsan golden bench \
        run-bench bench-play run-bench-play bench-explore run-bench-explore cover run-cover check run-check lint install uninstall clean format flags help packages always
.DELETE_ON_ERROR:
