# Anju: build, run and test. `make help` lists the targets. Settings: BUILD=release|asan|tsan|cov, PORT=8080.
BUILD ?= release
PORT ?= 8080
ifeq ($(BUILD),release)
OUT := build
MODE := -O2 -D_FORTIFY_SOURCE=3
endif
ifeq ($(BUILD),asan)
OUT := build/asan
MODE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifeq ($(BUILD),tsan)
OUT := build/tsan
MODE := -O1 -fsanitize=thread -fno-omit-frame-pointer
endif
ifeq ($(BUILD),cov)
OUT := build/cov
MODE := -O0 --coverage
endif

GEN := build/gen

PACKAGES := libmicrohttpd jansson sqlite3 libpq libsodium openssl liboath libical xlsxwriter libzip expat cairo pangocairo libjpeg libexif libpng libwebp libqrencode libcurl zlib
LIBS_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wwrite-strings \
        -Wno-missing-field-initializers -Werror
CFLAGS := -std=c17 -g -Isrc -I$(GEN) -D_GNU_SOURCE $(WARN) $(MODE) -fstack-protector-strong -fPIE
LDFLAGS := -pie -Wl,-z,relro,-z,now

SOURCES := $(shell find src -name '*.c' | LC_ALL=C sort)
OBJECTS := $(SOURCES:%.c=$(OUT)/obj/%.o) $(OUT)/obj/client.o
LIBRARY := $(filter-out $(OUT)/obj/src/app/main.o,$(OBJECTS))

$(OUT)/anju: $(OBJECTS)
	@echo "  link   $@"
	@$(CC) $(MODE) $(LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc     $<"
	@$(CC) $(CFLAGS) $(LIBS_CFLAGS) -MMD -MP -c -o $@ $<

# Data made at build time: the first letters of pinyin (from ICU), and the web client as bytes.
$(GEN)/pinyin_table.inc: tools/pinyin_table.c
	@mkdir -p $(GEN)
	@echo "  make   $@"
	@$(CC) -O1 -o $(GEN)/pinyin_table $< $$(pkg-config --cflags --libs icu-i18n icu-uc)
	@$(GEN)/pinyin_table $@

$(OUT)/obj/src/kernel/fold.o: $(GEN)/pinyin_table.inc

CLIENT := $(shell find web/dist -type f 2>/dev/null | LC_ALL=C sort)
$(GEN)/client.c: tools/embed.mjs $(CLIENT)
	@mkdir -p $(GEN)
	@echo "  embed  web/dist"
	@node tools/embed.mjs web/dist $(GEN)

$(OUT)/obj/client.o: $(GEN)/client.c
	@mkdir -p $(@D)
	@$(CC) -std=c17 -Isrc -I$(GEN) -D_GNU_SOURCE $(MODE) -fPIE -c -o $@ $<

-include $(OBJECTS:.o=.d)
