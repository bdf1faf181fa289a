/* The close codes that chatd sends, by name, and their words on the wire; the rows are close.def's.
 * Pure, any thread. What a peer may send is frame.c's to judge. */
#ifndef CHAT_WIRE_CLOSE_H
#define CHAT_WIRE_CLOSE_H

enum chat_close {
#define CLOSE(symbol, code, word, sentence) CHAT_CLOSE_##symbol = code,
#include "wire/close.def"
};

/* The close reason that goes with a code of the table, "" with any other. */
const char *chat_close_word(unsigned code);

#endif
