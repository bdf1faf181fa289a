/* What happens, told to administrators who tail: copied to the control only while one listens, and
 * only what he asked for. So much is under way to him at most; what finds no room is counted, and
 * the count is told when there is some again. Worker thread. */
#ifndef CHAT_NET_NEWS_H
#define CHAT_NET_NEWS_H

#include "core/event.h"

struct chat_conn;
struct chat_ear;
struct chat_worker;

/* `rooms`: ids or globs with blanks between them, `user`: an id, `only`: a group's name; each may
 * be empty. */
void chat_news_listen(struct chat_worker *worker, uint32_t ticket, struct chat_slice rooms,
                      struct chat_slice user, struct chat_slice only);
void chat_news_hush(struct chat_worker *worker, uint32_t ticket);

/* An event of a room that is at home here. Call it where somebody listens. */
void chat_news_event(struct chat_worker *worker, struct chat_slice room_id,
                     const struct chat_event *event);

/* A connection was opened, or closed with this code and reason. Call it where somebody listens. */
void chat_news_conn(const struct chat_conn *conn, const char *event, unsigned code,
                    const char *reason);

/* At a tick: tells what was missed, if nothing came to tell it with. */
void chat_news_settle(struct chat_worker *worker);

/* Nobody listens any more. */
void chat_news_finish(struct chat_worker *worker);

#endif
