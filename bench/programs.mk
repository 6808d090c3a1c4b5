# The bench's own programs: make -f bench/programs.mk bench-programs
include Makefile

BENCH_PROGRAMS := $(patsubst bench/%.c,build/bench/%,$(wildcard bench/*.c))

bench-programs: $(BENCH_PROGRAMS)

build/bench/%: bench/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LIBS_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS) $(BENCH_LIBS)

build/bench/bare_pg: BENCH_LIBS := $(shell pkg-config --libs libpq)

.PHONY: bench-programs
