/* The log of the program: which lines there are is net/log.def's, how they look line.c's, who
 * writes them sink.c's. Opened and closed by the main thread; any thread writes. */
#ifndef CHAT_HOST_LOG_H
#define CHAT_HOST_LOG_H

#include "chatd.h"
#include "config/config.h"

enum { CHAT_LOG_WHY_MAX = 256 };

/* log.file, else standard error, or the journal where that is its stream. Borrows the configuration
 * for as long as the log is open. False, and why: the file can't be had. */
bool chat_log_open(const struct chat_config *config, char ret_why[CHAT_LOG_WHY_MAX]);

/* Lines look like this from now on; entries of the journal stay what they are. */
void chat_log_format(enum chat_log_format format);

/* As chatd_log_cb. */
void chat_log_write(enum chatd_level level, const char *event, const struct chatd_field *fields);

/* The file is opened anew by its name (it was renamed); lines go on without a gap. True where the
 * log is no file. False, and why: the old one stays. Main thread. */
bool chat_log_reopen(char ret_why[CHAT_LOG_WHY_MAX]);

/* What was logged is written, if its reader takes it in two seconds. */
void chat_log_close(void);
/* The same for a process that ends at once, while other threads log: what they do is lost. */
void chat_log_end(void);

#endif
