/* A row of an answer on its way from a worker to the control: the struct as it is, its strings one
 * behind the other. Any thread. */
#ifndef CHAT_NET_ROW_H
#define CHAT_NET_ROW_H

#include "net/control.h"
#include "net/mailbox.h"

enum { CHAT_ROW_STRINGS_MAX = 3072 };
void chat_row_pack(const struct chat_row *row, char strings[CHAT_ROW_STRINGS_MAX],
                   struct chat_letter *ret_letter);
/* The slices borrow from the letter. */
void chat_row_unpack(const struct chat_letter *letter, struct chat_row *ret_row);

#endif
