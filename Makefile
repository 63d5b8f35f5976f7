# Frumious. `make play` and `make test` do everything on a fresh Debian; `make help` lists the rest.
B        ?= build
CC       ?= gcc
OPT      ?= -O2 -g
PKGS     := sdl2 SDL2_ttf libavformat libavcodec libavutil libswscale libswresample libass yaml-0.1 sqlite3 \
            glib-2.0 gio-2.0 json-glib-1.0 fontconfig fribidi
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wno-sign-conversion
CFLAGS_  = -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) -Iengine -I. $(shell pkg-config --cflags $(PKGS) | sed 's/-I\//-isystem \//g') $(SAN) $(CFLAGS)
LIBS     = $(shell pkg-config --libs $(PKGS)) -lm -lpthread $(SAN)

LIB_SRC  := $(filter-out engine/app/main.c,$(wildcard engine/*/*.c telemetry/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/obj/%.o)
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

all: $(B)/frumious
tests: $(TESTS)

$(B)/frumious: $(B)/obj/engine/app/main.o $(B)/libfrumious.a
	$(CC) -o $@ $^ $(LIBS)
$(B)/libfrumious.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) -MMD -MP -c -o $@ $<
$(B)/tests/%: tests/unit/%.c $(B)/libfrumious.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) -Itests -MMD -MP -MF $@.d -o $@ $< $(B)/libfrumious.a $(LIBS)
.PHONY: all tests
-include $(shell find $(B) -name '*.d' 2>/dev/null)
