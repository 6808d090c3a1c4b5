/* flags.h: the `--name value` pairs of the programs that measure an engine alone. */
#ifndef ANJU_BENCH_FLAGS_H
#define ANJU_BENCH_FLAGS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One of the three is where its value goes. */
typedef struct {
    const char *name;
    const char **text;
    int64_t *number;
    double *real;
} Flag;

/* Reads the pairs from argv[from] on; NULL, or the first one that is none of these. */
static inline const char *flags_read(const Flag *flags, int count, int argc, char **argv, int from)
{
    for (int i = from; i + 1 < argc; i += 2) {
        const Flag *flag = flags;
        while (flag < flags + count && strcmp(argv[i], flag->name) != 0)
            flag++;
        if (flag == flags + count)
            return argv[i];
        if (flag->text != NULL)
            *flag->text = argv[i + 1];
        else if (flag->number != NULL)
            *flag->number = strtoll(argv[i + 1], NULL, 10);
        else
            *flag->real = strtod(argv[i + 1], NULL);
    }
    return NULL;
}

#endif
