# Anju: build, run and test. `make help` lists the targets. Settings: BUILD=release|asan|tsan|cov|fuzz, PORT=8080.
BUILD ?= release
HISTORIES ?= 1000000
PORT ?= 8080
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(PATH)
MAKEFLAGS += --no-print-directory
JOBS := $(shell nproc)

OUT_release := build
OUT := $(or $(OUT_$(BUILD)),build/$(BUILD))
MODE_release := -O2 -D_FORTIFY_SOURCE=3
MODE_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
MODE_cov := -O0 --coverage
MODE_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
MODE := $(MODE_$(BUILD))
GEN := build/gen

PACKAGES := libmicrohttpd gnutls jansson sqlite3 libsodium openssl liboath libical xlsxwriter libzip expat libjpeg libexif libpng libwebp libqrencode zlib
# Not linked: loaded when they are first needed (src/base/late.h).
LATE := libpq cairo pangocairo libcurl
LIBS_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) $(LATE) 2>/dev/null)
LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wwrite-strings \
        -Wno-missing-field-initializers -Werror
CFLAGS := -std=c17 -g -Isrc -I$(GEN) -D_GNU_SOURCE $(WARN) $(MODE) -fstack-protector-strong -fPIE
LDFLAGS := -pie -Wl,-z,relro,-z,now

SOURCES := $(shell find src -name '*.c' | LC_ALL=C sort)
OBJECTS := $(SOURCES:%.c=$(OUT)/obj/%.o) $(OUT)/obj/client.o
LIBRARY := $(filter-out $(OUT)/obj/src/app/main.o,$(OBJECTS))
TESTS := $(shell find tests -name '*_test.c' | LC_ALL=C sort)
TEST_PROGRAMS := $(TESTS:tests/%.c=$(OUT)/test/%)
FUZZERS := $(patsubst fuzz/%_fuzz.c,%,$(shell find fuzz -name '*_fuzz.c' 2>/dev/null | LC_ALL=C sort))
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

# What libraries leak by design (fontconfig, cairo), and what the thread sanitizer cannot see into.
SANITIZED := LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp TSAN_OPTIONS=ignore_noninstrumented_modules=1

all: $(OUT)/anju
.PHONY: all help build run run-pg test test-full bench lint lint-deep sanitize fuzz torture clean programs test-programs client size

help:
	@echo "make run        一条命令：安装、编译、示范小区、http://127.0.0.1:$(PORT)   set up, build, demo community, serve"
	@echo "make test       安装并运行全部测试   set up and run every test"
	@echo "make run-pg     同 make run，数据在 PostgreSQL 里   the same on a PostgreSQL server of its own"
	@echo "make build      只编译 build/anju 和网页   the program and the client only"
	@echo "make test-full  另加千次 kill、连接池   also 1,000 kills on both engines, everything through a pooler, browsers on PostgreSQL"
	@echo "make bench      性能对比表   figures as ratios"
	@echo "make lint       clang-tidy, cppcheck, 类型检查 type check"
	@echo "make sanitize   在 address+undefined 与 thread 下运行测试   the tests under sanitizers"
	@echo "make fuzz SECONDS=60   模糊测试   fuzz every parser"
	@echo "make torture HISTORIES=1000000   1000 次 kill -9，再随机跑这么多段收费历史（一百万约三小时）   then so many random histories of money (three hours)"
	@echo "make size       每个业务领域的行数   lines of each area: tables, catalogues, code"

build:
	@tools/setup build
	@$(MAKE) client
	@$(MAKE) -j$(JOBS) all

client: web/dist/.built

# The client is built by Vite; its output is embedded into the program.
web/dist/.built: $(WEB_SOURCES)
	@echo "  client web/dist"
	@mkdir -p build
	@cd web && npm run --silent build >../build/client.log 2>&1 || { tail -30 ../build/client.log; exit 1; }
	@touch $@

run: build
	@test -e data || { echo "  demo   data"; $(OUT)/anju demo --data data --password demo12345 >build/demo.log 2>&1 || { cat build/demo.log; exit 1; }; }
	@cat build/demo.log 2>/dev/null || true
	@exec $(OUT)/anju serve --data data --listen 127.0.0.1:$(PORT)

# The same on a PostgreSQL server, which this target starts and stops.
run-pg: build
	@tools/setup pg
	@tools/with_postgres --keep tools/run_pg $(PORT)

test:
	@tools/setup test
	@$(MAKE) client
	@$(MAKE) -j$(JOBS) all build/histories
	@$(MAKE) -j$(JOBS) BUILD=asan all test-programs
	@ANJU=build/asan/anju $(SANITIZED) tests/run $$(find build/asan/test -name '*_test' -type f | LC_ALL=C sort)

# What takes too long for every day: a thousand kills on both engines, also with tables cut into parts, the whole API through a
# pooler, and the browsers on PostgreSQL.
test-full: test
	@SKIP="unit api torture browser" SUITE_S=7200 ANJU_PEOPLE=50000 PG_ROUNDS=1000 POOLED="$$(ls tests/api/*_test.mjs | grep -v -e backup -e command_line -e demo -e money_many)" PARTED="$$(ls tests/api/*_test.mjs | grep -v -e backup -e command_line -e demo -e money_many)" tests/run
	@ANJU=build/anju ANJU_HOMES=2000 ANJU_DAYS=365 node --test --test-reporter=dot tests/api/demo_money_test.mjs
	@ANJU_TEST_PARTITIONS=3 ROUNDS=100 ANJU=build/anju tools/with_postgres node --test --test-reporter=dot tests/torture/kill_test.mjs
	@ANJU=build/anju tools/with_postgres node --test --test-reporter=dot --test-concurrency=1 tests/browser/*_test.mjs
	@$(MAKE) torture

test-programs: $(TEST_PROGRAMS)

sanitize:
	@tools/setup test
	@$(MAKE) client
	@$(MAKE) -j$(JOBS) build/histories
	@$(MAKE) -j$(JOBS) BUILD=asan all test-programs
	@$(MAKE) -j$(JOBS) BUILD=tsan all test-programs
	@for b in asan tsan; do echo "== $$b"; ANJU=build/$$b/anju SKIP="browser torture postgres" $(SANITIZED) tests/run $$(find build/$$b/test -name '*_test' -type f | LC_ALL=C sort) || exit 1; done

torture: build
	@$(MAKE) build/histories
	@ANJU=build/anju ROUNDS=1000 node --test tests/torture/
	@ANJU=build/anju ANJU_HISTORIES=1000 ANJU_STEPS=40 node --test tests/api/money_history_test.mjs
	@ANJU=build/anju ANJU_HISTORIES=$(HISTORIES) node --test tests/api/money_many_test.mjs

bench:
	@tools/setup bench
	@$(MAKE) build
	@bench/run

size:
	@PATH="$(CURDIR)/.tools/node_modules/.bin:$$PATH" tools/size

lint lint-deep:
	@tools/setup lint
	@$(MAKE) client
	@$(MAKE) -j$(JOBS) $(GEN)/pinyin_table.inc $(GEN)/late_names.h
	@tools/lint $(if $(findstring deep,$@),--deep)

SECONDS ?= 60
fuzz:
	@tools/setup fuzz
	@for f in $(FUZZERS); do $(MAKE) -j$(JOBS) BUILD=fuzz CC=clang build/fuzz/$${f}_fuzz || exit 1; done
	@for f in $(FUZZERS); do echo "  fuzz   $$f"; mkdir -p build/fuzz/corpus/$$f; build/fuzz/$${f}_fuzz -max_total_time=$(SECONDS) -verbosity=0 build/fuzz/corpus/$$f $$(test -d fuzz/corpus/$$f && echo fuzz/corpus/$$f) || exit 1; done

clean:
	@rm -rf build web/dist

$(OUT)/anju: $(OBJECTS)
	@echo "  link   $@"
	@$(CC) $(MODE) $(LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc     $<"
	@$(CC) $(CFLAGS) $(LIBS_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/test/%: tests/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  test   $<"
	@$(CC) $(CFLAGS) -Itests $(LIBS_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS) -lcmocka

# Random histories of money (tests/api/money_many_test.mjs runs it).
build/histories: tests/torture/histories.c $(LIBRARY)
	@echo "  cc     $<"
	@$(CC) $(CFLAGS) $(LIBS_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

build/fuzz/%_fuzz: fuzz/%_fuzz.c $(LIBRARY)
	@$(CC) $(CFLAGS) $(LIBS_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

# The functions of libraries that are loaded late, each mapped to its place in the table of its list (src/base/late.h).
$(GEN)/late_names.h: $(shell find src -name 'late_*.h' | LC_ALL=C sort)
	@mkdir -p $(GEN)
	@echo "  make   $@"
	@grep -oH 'X([A-Za-z0-9_]*)' $^ | sed 's,.*/\(late_.*\)\.h:X(\(.*\)),#define \2 (\1.\2),' >$@

$(OBJECTS): | $(GEN)/late_names.h

# Data made at build time: the first letters of pinyin (from ICU), and the web client as bytes.
$(GEN)/pinyin_table.inc: tools/pinyin_table.c
	@mkdir -p $(GEN)
	@echo "  make   $@"
	@cc -O1 -o $(GEN)/pinyin_table $< $$(pkg-config --cflags --libs icu-i18n icu-uc)
	@$(GEN)/pinyin_table $@

$(OUT)/obj/src/kernel/fold.o: $(GEN)/pinyin_table.inc

$(GEN)/client.c: tools/embed.mjs $(shell find web/dist -type f 2>/dev/null | LC_ALL=C sort)
	@mkdir -p $(GEN)
	@echo "  embed  web/dist"
	@node tools/embed.mjs web/dist $(GEN)

$(OUT)/obj/client.o: $(GEN)/client.c
	@mkdir -p $(@D)
	@$(CC) -std=c17 -Isrc -I$(GEN) -D_GNU_SOURCE $(MODE) -fPIE -c -o $@ $<

-include $(OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d)
