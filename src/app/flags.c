#include "app/flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int flag_at(const Settings *settings, Str name)
{
    for (int i = 0; i < settings->flag_count; i++)
        if (str_is(name, settings->flags[i].name))
            return i;
    return -1;
}

static const Error *usage(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_USAGE, zh, en);
}

/* ANJU_DATA for data, ANJU_TLS_CERT for tls-cert. */
static void read_environment(Arena *arena, Settings *settings)
{
    for (int i = 0; i < settings->flag_count; i++) {
        char *name = str_to_c(arena, str_format(arena, "ANJU_%s", settings->flags[i].name));
        for (char *c = name; *c != '\0'; c++)
            *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        if (getenv(name) != NULL)
            settings->values[i] = getenv(name);
    }
}

const Error *settings_read(Arena *arena, const Flag *flags, int flag_count, int argc, char **argv, Settings *out)
{
    *out = (Settings){.flags = flags, .flag_count = flag_count};
    read_environment(arena, out);
    for (int i = 0; i < argc; i++) {
        Str word = str_of(argv[i]), value, name;
        int at;
        if (!str_starts(word, STR("--"))) {
            if (out->word_count == MAX_WORDS || str_starts(word, STR("-")))
                return usage(arena, str_format(arena, "不认识 %s", argv[i]), str_format(arena, "unexpected: %s", argv[i]));
            out->words[out->word_count++] = argv[i];
            continue;
        }
        name = str_split(str_cut(word, 2, word.len), '=', &value);
        at = flag_at(out, name);
        if (at < 0)
            return usage(arena, str_format(arena, "没有 --%.*s 这个参数；--help 列出全部", STR_ARG(name)),
                         str_format(arena, "there is no flag --%.*s; --help lists them", STR_ARG(name)));
        if (flags[at].value == NULL) {
            out->values[at] = "yes";
        } else if (value.ptr != NULL) {
            out->values[at] = str_to_c(arena, value);
        } else if (i + 1 < argc) {
            out->values[at] = argv[++i];
        } else {
            return usage(arena, str_format(arena, "--%s 缺少值", flags[at].name), str_format(arena, "--%s needs a value", flags[at].name));
        }
    }
    return OK;
}

const Error *settings_conf(Arena *arena, Settings *settings, const char *folder, bool (*is_key)(Str name))
{
    char *path = str_to_c(arena, str_format(arena, "%s/anju.conf", folder)), line[1024];
    FILE *file = fopen(path, "r");
    int number = 0;
    const Error *error = OK;

    if (file == NULL)
        return OK; /* it is optional */
    while (error == OK && fgets(line, sizeof line, file) != NULL) {
        Str value, key, text = str_trim(str_of(line));
        int at;
        number++;
        if (text.len == 0 || text.ptr[0] == '#')
            continue;
        key = str_trim(str_split(text, '=', &value));
        at = flag_at(settings, key);
        if (value.ptr != NULL && (at < 0 || !settings->flags[at].in_conf) && is_key(key))
            continue;
        if (at < 0 || !settings->flags[at].in_conf || value.ptr == NULL)
            error = usage(arena, str_format(arena, "%s 第 %d 行：不认识 %.*s", path, number, STR_ARG(key)),
                          str_format(arena, "%s line %d: unknown key %.*s", path, number, STR_ARG(key)));
        else if (settings->values[at] == NULL) {
            settings->values[at] = str_to_c(arena, str_trim(value));
            settings->from_conf[at] = true;
        }
    }
    (void)fclose(file); /* only read */
    return error;
}

const char *setting(const Settings *settings, const char *name)
{
    int at = flag_at(settings, str_of(name));
    if (at < 0)
        return NULL;
    return settings->values[at] != NULL ? settings->values[at] : settings->flags[at].initial;
}

bool setting_on(const Settings *settings, const char *name)
{
    const char *value = setting(settings, name);
    return value != NULL && strcmp(value, "no") != 0 && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

const Error *setting_int(Arena *arena, const Settings *settings, const char *name, int64_t min, int64_t max, int64_t *out)
{
    const char *value = setting(settings, name);

    if (value != NULL && str_to_int(str_of(value), out) && *out >= min && *out <= max)
        return OK;
    return usage(arena, str_format(arena, "--%s 应为 %lld 到 %lld 之间的整数", name, (long long)min, (long long)max),
                 str_format(arena, "--%s must be a whole number from %lld to %lld", name, (long long)min, (long long)max));
}
