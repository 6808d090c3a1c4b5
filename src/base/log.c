#include "base/log.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>

static void line(const char *level, const char *format, va_list args)
{
    char text[6000], at[40];
    AUTO(arena_close_at) Arena *arena = arena_open(1024);
    Buf stamp = buf_new(arena, sizeof at);

    buf_instant(&stamp, clock_now(), 0);
    (void)vsnprintf(text, sizeof text, format, args); /* a longer line is cut, which is wanted */
    (void)fprintf(stderr, "%.*s %s %s\n", STR_ARG(buf_str(&stamp)), level, text); /* nowhere left to complain */
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("info", format, args);
    va_end(args);
}

void log_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("warn", format, args);
    va_end(args);
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("error", format, args);
    va_end(args);
}
