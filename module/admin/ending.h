/* When the program is asked to end: at once by shutdown, or once a drain is through. The host ends
 * it. Admin loop, while the admin server is open. */
#ifndef CHAT_ADMIN_ENDING_H
#define CHAT_ADMIN_ENDING_H

#include <stdbool.h>

struct chatd;

/* A drain has begun: when nobody is left that is logged and, if it `exits`, the host is asked. */
void chat_ending_watch(struct chatd *chatd, bool exits);

/* The drain is over. */
void chat_ending_forget(struct chatd *chatd);

/* The host, which takes this, is asked a moment later, when the answer has been written. */
void chat_ending_ask(struct chatd *chatd);

/* The admin server closes: the host is not asked any more. */
void chat_ending_close(struct chatd *chatd);

#endif
