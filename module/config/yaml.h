/* YAML text as a series of plain steps: what chatd's files may not have (anchors, tags, a second
 * document, deep nesting) is reported here and never reaches the caller. One thread. */
#ifndef CHAT_CONFIG_YAML_H
#define CHAT_CONFIG_YAML_H

#include "config/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

enum { CHAT_YAML_SIZE_MAX = 1 << 20, CHAT_YAML_DEPTH_MAX = 16 };

enum chat_yaml_kind {
    CHAT_YAML_OVER,     /* nothing more comes, also after a problem that ends reading */
    CHAT_YAML_SCALAR,   /* text and length, until the next step */
    CHAT_YAML_REFUSED,  /* stands for a value; its problem has been reported */
    CHAT_YAML_MAPPING,  /* keys and values in turn, then END */
    CHAT_YAML_SEQUENCE, /* values, then END */
    CHAT_YAML_END,
};

struct chat_yaml {
    /* the current step */
    enum chat_yaml_kind kind;
    const char *text;
    size_t length;
    bool is_plain; /* a scalar without quotes */
    unsigned line, column;
    bool is_torn; /* a problem has ended reading */
    /* private */
    struct chat_problems *problems;
    const char *source, *input;
    size_t input_length;
    unsigned column_offset; /* of the input in its first line */
    unsigned depth;
    bool is_over, has_event;
    yaml_parser_t parser;
    yaml_event_t event;
};

/* Borrows all until chat_yaml_finish(). */
void chat_yaml_init(struct chat_yaml *yaml, const char *source, unsigned column_offset,
                    const char *input, size_t length, struct chat_problems *problems);
void chat_yaml_finish(struct chat_yaml *yaml);

/* Goes to the next step and returns its kind. */
enum chat_yaml_kind chat_yaml_next(struct chat_yaml *yaml);

/* Goes to the end of the value whose first step is the current one. */
void chat_yaml_skip(struct chat_yaml *yaml);

/* Whether the current step is a value that nobody wrote: nothing, ~ or null, without quotes. */
bool chat_yaml_is_empty(const struct chat_yaml *yaml);

#endif
