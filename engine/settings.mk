# Settings: version, compiler, flags, libraries. Which packages they come from stands in engine/packages.txt.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
B        ?= build
JOBS     ?= $(shell nproc)

# ---- compiler
ifeq ($(origin CC),default)
CC       := gcc
endif
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wno-sign-conversion

# ---- libraries: the third column of packages.txt, names for pkg-config and -l flags for what has no .pc file
LIBRARY  := $(shell awk '!/^\#/ && $$2 == "play" && $$3 !~ /^(-|run|film)$$/ { print $$3 }' engine/packages.txt)
NETWORK  := $(patsubst network:%,%,$(filter network:%,$(LIBRARY)))
PKGS     := $(filter-out -l% network:%,$(LIBRARY))
# Headers of libraries are system headers (-isystem): our warnings are about our code.
PKG_CF   := $(shell pkg-config --cflags $(PKGS) $(NETWORK) 2>/dev/null | sed 's/-I\//-isystem \//g')
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(filter -l%,$(LIBRARY))
NET_LIBS := $(shell pkg-config --libs $(NETWORK) 2>/dev/null)
HAVE_ALL  = [ -n "$(wildcard /usr/include/libyuv.h /usr/local/include/libyuv.h $(PREFIX)/include/libyuv.h)" ] && \
            pkg-config --exists $(PKGS) $(NETWORK) 2>/dev/null

# ---- flags; CPPFLAGS, CFLAGS and LDFLAGS are the user's, SAN and WERROR a build's
CPP_     := -std=c17 -D_GNU_SOURCE -Iengine -I. $(PKG_CF) $(CPPFLAGS)
CFLAGS_   = $(CPP_) $(OPT) $(WARN) $(if $(WERROR),-Werror) $(SAN) $(CFLAGS)
LIBS      = $(PKG_LIBS) -lm -lpthread $(SAN) $(LDFLAGS)
# frumious-network and the tests are linked with the libraries whose functions they call, and with no other.
ALL_LIBS  = -Wl,--push-state,--as-needed $(NET_LIBS) $(PKG_LIBS) -Wl,--pop-state -lm -lpthread $(SAN) $(LDFLAGS)
# Only the files that use these are told, so that another PREFIX does not rebuild the rest.
APP_DEF  := -DFRUMIOUS_VERSION='"$(VERSION)"' -DFRUMIOUS_DATADIR='"$(PREFIX)/share/frumious"'

# ---- other builds: the same rules with another B. The sanitizers' optimisation is low, because each of their tests runs once;
# -g1 keeps the lines that their reports name, and compiles in three quarters of the time.
asan_    := B=build/asan OPT='-O1 -g1 -fno-omit-frame-pointer' SAN='-fsanitize=address,undefined -fno-sanitize-recover=all'
tsan_    := B=build/tsan OPT='-O1 -g1 -fno-omit-frame-pointer' SAN='-fsanitize=thread' \
            TEST_EXTRA=build/tsan/obj/tests/tsan_glib.o
cover_   := B=build/cover OPT='-O0 -g' SAN='--coverage'
libfuzzer_ := B=build/libfuzzer CC=clang OPT='-O1 -g -fno-omit-frame-pointer' LIBFUZZER=-fsanitize=fuzzer \
            SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
