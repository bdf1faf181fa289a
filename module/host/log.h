/* Log lines on stderr, one per event: TIME LEVEL EVENT key=value …, or JSON (INTERFACES, log
 * lines). Set up by the main thread before the others start; then any thread writes. */
#ifndef CHAT_HOST_LOG_H
#define CHAT_HOST_LOG_H

#include "chatd.h"
#include "config/config.h"

void chat_log_set(enum chat_log_level level, enum chat_log_format format);
void chat_log_write(enum chatd_level level, const char *event, const struct chatd_field *fields);

#endif
