/* Owns the way from a close code to its word on the wire (PROTOCOL §8). Pure, any thread. */
#include "wire/close.h"

const char *chat_close_word(unsigned code)
{
    switch (code) {
#define CLOSE(symbol, value, word, sentence)                                                       \
    case value:                                                                                    \
        return #word;
#include "wire/close.def"
    default:
        return "";
    }
}
