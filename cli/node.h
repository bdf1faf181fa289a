/* A JSON text as a tree, for answers from the server. */
#ifndef CHAT_CLI_NODE_H
#define CHAT_CLI_NODE_H

#include <stddef.h>

enum chat_node_kind {
    CHAT_NODE_NULL,
    CHAT_NODE_BOOLEAN,
    CHAT_NODE_NUMBER,
    CHAT_NODE_STRING,
    CHAT_NODE_OBJECT,
    CHAT_NODE_LIST,
};

struct chat_node {
    enum chat_node_kind kind;
    const char *name; /* within an object */
    size_t name_length;
    const char *text; /* a string decoded, a number or boolean as spelled; not NUL-terminated */
    size_t length;
    struct chat_node *first, *last, *next; /* what it holds; what follows it there */
    size_t begin, end;                     /* where an object or list stands in the text */
};

struct chat_tree;

/* Borrows the text, for as long as the tree lives. Returns owned; NULL: it is not JSON, or too
 * deep. */
struct chat_tree *chat_tree_create(const char *text, size_t length);
void chat_tree_destroy(struct chat_tree *tree);

const struct chat_node *chat_tree_top(const struct chat_tree *tree);

/* A member of an object; NULL: none, or `node` is NULL or no object. */
const struct chat_node *chat_node_member(const struct chat_node *node, const char *name);

#endif
