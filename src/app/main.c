/* main.c: the command line. Each command is a row of `commands`; its flags are rows too, and the help comes from them. */
#include "app/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static Lang terminal_lang(void)
{
    const char *lang = getenv("LC_ALL");

    if (lang == NULL || *lang == '\0')
        lang = getenv("LC_MESSAGES");
    if (lang == NULL || *lang == '\0')
        lang = getenv("LANG");
    return lang != NULL && lang[0] == 'e' && lang[1] == 'n' ? LANG_EN : LANG_ZH;
}

static void print_help(const Command *command, Lang lang)
{
    (void)printf("anju %s %s\n\n%s\n", command->name, command->words == NULL ? "" : command->words, lang == LANG_ZH ? command->zh : command->en);
    for (int i = 0; i < command->flag_count; i++) {
        const Flag *flag = &command->flags[i];
        char left[64];
        (void)snprintf(left, sizeof left, "--%s %s", flag->name, flag->value == NULL ? "" : flag->value); /* short names */
        (void)printf("  %-26s %s%s%s%s\n", left, lang == LANG_ZH ? flag->zh : flag->en, flag->initial == NULL ? "" : " [",
                     flag->initial == NULL ? "" : flag->initial, flag->initial == NULL ? "" : "]");
    }
}

static void print_commands(FILE *out, Lang lang)
{
    (void)fprintf(out, lang == LANG_ZH ? "安居：物业服务企业的服务过程\n\n用法：anju 命令 [参数]    anju 命令 --help\n\n"
                                       : "Anju: the service processes of a property company\n\nusage: anju COMMAND [FLAGS]    anju COMMAND --help\n\n");
    for (const Command *command = commands; command->name != NULL; command++)
        (void)fprintf(out, "  %-14s %s\n", command->name, lang == LANG_ZH ? command->zh : command->en);
}

/* The command that the first words name; *used is how many words. */
static const Command *find_command(int argc, char **argv, int *used)
{
    for (const Command *command = commands; command->name != NULL; command++) {
        Str rest = str_of(command->name);
        int n = 0;
        bool fits = true;
        while (rest.ptr != NULL && fits) {
            Str word = str_split(rest, ' ', &rest);
            fits = n + 1 < argc && str_is(word, argv[n + 1]);
            n++;
        }
        if (fits) {
            *used = n;
            return command;
        }
    }
    return NULL;
}

/* Exit codes: 0 done, 1 a state of the world, 2 wrong use. */
static int finish(const Error *error, Lang lang)
{
    if (error == OK)
        return 0;
    (void)fprintf(stderr, "anju: %.*s\n", STR_ARG(error_text(error, lang)));
    for (const FieldProblem *field = error->fields; field != NULL; field = field->next)
        (void)fprintf(stderr, "  %.*s: %.*s\n", STR_ARG(field->field), STR_ARG(lang == LANG_ZH ? field->zh : field->en));
    return error->code == ERR_USAGE ? 2 : 1;
}

/* What the tests ask for in the environment; 0 without. */
static int64_t test_seconds(const char *name)
{
    int64_t seconds;

    if (!str_to_int(str_of(getenv(name)), &seconds) || seconds < -(INT64_C(1) << 32) || seconds > INT64_C(1) << 32)
        return 0;
    return seconds;
}

int main(int argc, char **argv)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 30);
    Lang lang = terminal_lang();
    int used = 0;
    const Command *command = find_command(argc, argv, &used);
    Settings settings;
    const Error *error;

    clock_shift(test_seconds("ANJU_TEST_CLOCK_OFFSET_S") * SECOND, test_seconds("ANJU_TEST_CLOCK_SKEW_S") * SECOND);
    (void)umask(077); /* what the program writes is the operator's alone */
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of its write */
    if (command == NULL) {
        bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
        if (!asked && argc > 1)
            (void)fprintf(stderr, lang == LANG_ZH ? "anju: 没有命令 %s\n\n" : "anju: there is no command %s\n\n", argv[1]);
        print_commands(asked ? stdout : stderr, lang);
        return asked ? 0 : 2;
    }
    for (int i = used + 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            print_help(command, lang);
            return 0;
        }
    error = settings_read(arena, command->flags, command->flag_count, argc - used - 1, argv + used + 1, &settings);
    if (error == OK && setting(&settings, "data") != NULL)
        error = settings_conf(arena, &settings, setting(&settings, "data"), command_is_key);
    if (error == OK && command->words == NULL && settings.word_count > 0)
        error = error_new(arena, ERR_USAGE, str_format(arena, "不认识 %s", settings.words[0]), str_format(arena, "unexpected: %s", settings.words[0]));
    if (error == OK)
        error = command->run(arena, &settings);
    return finish(error, lang);
}
