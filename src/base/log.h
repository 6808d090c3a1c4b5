/* log.h: one line of text to standard error for each thing worth telling an operator; never personal data or secrets. */
#ifndef ANJU_BASE_LOG_H
#define ANJU_BASE_LOG_H

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something an operator must look at. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
