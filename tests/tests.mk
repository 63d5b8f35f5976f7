# The tests, the benches and the checks. The Makefile includes this page; the settings are in engine/settings.mk.

# ---- what there is
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
# A test that starts threads, itself or by opening one of these, also runs under ThreadSanitizer. Some only take what others
# test there, and would take minutes; in test_mpris the threads are GDBus's own, which it cannot see through.
UNWATCHED := test_colour test_kill_between test_merge test_mpris test_orientation test_presented test_report test_retention \
             test_store_hostile test_stream_choice test_telemetry_anonymous test_telemetry_erase test_telemetry_viewing_part
THREADED := $(filter-out $(UNWATCHED:%=$(B)/tests/%),$(patsubst tests/unit/%.c,$(B)/tests/%,$(shell grep -lE \
            'g_thread_(pool_)?new|\.threads = [2-9]|\b(clip_open|deck_new|subs_open|writer_open|audio_open|mt_play_?[a-z]*)\b' \
            tests/unit/test_*.c 2>/dev/null)))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS    := $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))
BENCH    := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
E2E      := $(filter-out tests/e2e/lib.%,$(wildcard tests/e2e/*.sh tests/e2e/*.py))
CHECKS   := tests/floors tests/output tests/shape tests/headers tests/words tests/format tests/warnings tests/selftest
LOOKED   := $(patsubst tests/unit/%.c,$(B)/tests/%,$(shell grep -l '"tests/look.h"' tests/unit/test_*.c))
C_FILES  := $(SRC) $(wildcard tests/*.c tests/*/*.c tests/bench/*/*.c)

# ---- how it is built
tests: $(TESTS) $(TOOLS)
threaded: $(THREADED)
fuzzers: $(FUZZ)
$(B)/tests/%: tests/unit/%.c $(B)/libfrumious.a $(TEST_EXTRA)
	$(call COMPILE,-Itests,$(TEST_EXTRA) $(B)/libfrumious.a $(ALL_LIBS))
# Who calls the targets: the driver, or libFuzzer, which clang brings along.
FUZZ_MAIN = $(if $(LIBFUZZER),,$(B)/obj/tests/fuzz/driver.o)
$(B)/fuzz/%: tests/fuzz/%.c $(FUZZ_MAIN) $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(FUZZ_MAIN) $(B)/libfrumious.a $(ALL_LIBS) $(LIBFUZZER))
$(B)/tools/%: tests/tools/%.c $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(B)/libfrumious.a $(ALL_LIBS))
$(B)/bench/%: tests/bench/%.c $(B)/libfrumious.a
	$(call COMPILE,-Itests,$(B)/libfrumious.a $(ALL_LIBS))

# What looks at that page in a browser: tests/e2e/browser.py.
browser: build/page/browser/installed
build/page/browser/installed: tests/page/package-lock.json build/page/found
	@mkdir -p $(@D); cp tests/page/package.json tests/page/package-lock.json tests/page/.npmrc $(@D)/
	@cd $(@D) && npm ci --ignore-scripts >log 2>&1 || { cat log >&2; exit 1; }
	@touch $@

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
	@echo 'Building them with AddressSanitizer and UndefinedBehaviorSanitizer …'; $(SUBMAKE) $(asan_) all tests fuzzers
	@echo 'Building the threaded tests with ThreadSanitizer …'; $(SUBMAKE) $(tsan_) all threaded
unit: all tests
	@$(RUN) $(TESTS)
e2e: all browser $(TOOLS)
	@$(RUN) $(E2E)
asan tsan:
	@engine/setup test
	@$(MAKE) --no-print-directory run-$@
run-asan:
	@$(SUBMAKE) $(asan_) all tests fuzzers
	@$(RUN) $(TESTS:build/%=build/asan/%) $(FUZZ:build/%=build/asan/%)
run-tsan:
	@$(SUBMAKE) $(tsan_) threaded
	@$(RUN) $(THREADED:build/%=build/tsan/%)

# Tests that compare with files under tests/golden write them instead when FRUMIOUS_GOLDEN=write is set.
golden: all tests
	-@FRUMIOUS_GOLDEN=write $(RUN) $(shell grep -li golden tests/unit/test_*.c $(E2E) 2>/dev/null | \
	    sed 's|tests/unit/\(.*\)\.c$$|$(B)/tests/\1|')
	@git --no-pager diff --stat --patch -- tests/golden; git status --short -- tests/golden

# Every page and state of the player as a picture, and all of them on one page.
SHEET     = build/contact-sheet
STILL     = $(FILM)/picture/s11.webm
contact-sheet:
	@engine/setup test
	@$(MAKE) --no-print-directory run-contact-sheet
run-contact-sheet: all $(LOOKED)
	@rm -rf $(SHEET); mkdir -p $(SHEET)
	@printf '%s\n' $(LOOKED) | FRUMIOUS_STILL=$(CURDIR)/$(STILL) FRUMIOUS_LOOK=$(CURDIR)/$(SHEET) xargs -P$(JOBS) -I{} \
	    sh -c 'echo {} draws; {} >$(SHEET)/$$(basename {}).log || { cat $(SHEET)/$$(basename {}).log; exit 255; }'
	@tests/tour $(SHEET)
	@tests/contact_sheet $(SHEET)

# Brings the player's translations up to date with the code; what is new or has changed is left to a translator.
languages:
	@engine/setup test
	@mkdir -p $(B); tests/words --template >$(B)/frumious.pot
	for f in assets/languages/*.po; do msgmerge --quiet --update --backup=none --no-wrap $$f $(B)/frumious.pot || exit; done

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
run-bench-play: all $(B)/tools/seam_eye $(B)/tools/seam_ear $(B)/tools/seam_sink $(B)/bench/play/warm $(B)/bench/play/least
	@tests/bench/play/play.py $(ARGS)

# What proving costs, beside SPIN: tests/bench/README.md.
bench-explore:
	@engine/setup bench
	@$(MAKE) --no-print-directory run-bench-explore
run-bench-explore: all
	@tests/bench/explore/bench.py $(ARGS)
	@tests/bench/explore/simulate.py $(ARGS)

# What the distributed engine takes in and what its reports cost: tests/bench/README.md.
bench-central:
	@engine/setup bench
	@$(MAKE) --no-print-directory run-bench-central
run-bench-central: all
	@tests/bench/central.py $(ARGS)

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

# The Debian packages: built, judged by lintian, installed in an empty Debian, played, purged. As root; some minutes.
test-deb: deb
	@tests/deb

# The distributed engine: Debian's clickhouse-server and zookeeper, unpacked into build/central and started on loopback.
test-central:
	@engine/setup test || $(FAILED)
	@$(MAKE) --no-print-directory -s -j$(JOBS) all || $(FAILED)
	@tests/central/central.py $(ARGS)

# Fuzzing in earnest, MINUTES for each target of NAMES (default: all), as many at once as there are cores.
fuzz:
	@engine/setup check
	@$(MAKE) --no-print-directory run-fuzz
run-fuzz:
	@echo 'Building the fuzz targets with clang …'; $(SUBMAKE) $(libfuzzer_) fuzzers
	@tests/fuzz/fuzz.py --jobs $(JOBS) --minutes $(or $(MINUTES),10) $(NAMES)

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
-include $(patsubst %,%.d,$(TESTS) $(TOOLS) $(FUZZ) $(BENCH))
-include $(patsubst %.c,build/check/clang/%.ok.d,$(if $(filter lint,$(MAKECMDGOALS)),$(C_FILES)))

format:
	clang-format -i $(shell find engine telemetry tests -name '*.[ch]')
.PHONY: tests threaded fuzzers languages contact-sheet run-contact-sheet fuzz run-fuzz browser test built-test unit e2e asan tsan run-asan run-tsan golden test-deb test-central bench run-bench bench-play \
        run-bench-play bench-explore run-bench-explore bench-central run-bench-central seam run-seam storm cover run-cover check run-check lint format
