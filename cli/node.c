/* yajl's callbacks into nodes that are freed all together. Strings without escapes stay in the
 * text. */
#include "node.h"

#include "admin/must.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { DEPTH_MAX = 16, CHUNK_BYTES = 65536 };

struct chunk {
    struct chunk *next;
    size_t size, used;
    _Alignas(max_align_t) char bytes[];
};

struct chat_tree {
    const char *text;
    size_t length;
    yajl_handle parser;
    struct chunk *chunks;
    struct chat_node *top, *open[DEPTH_MAX];
    size_t depth;
    const char *name; /* of the next value */
    size_t name_length;
};

static void *allocate(struct chat_tree *tree, size_t size)
{
    struct chunk *chunk = tree->chunks;

    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (chunk == NULL || size > chunk->size - chunk->used) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = chat_must(malloc(sizeof(*chunk) + room));
        chunk->next = tree->chunks;
        chunk->size = room;
        chunk->used = 0;
        tree->chunks = chunk;
    }
    chunk->used += size;
    return chunk->bytes + chunk->used - size;
}

/* yajl points into the text where a string has no escapes, else into a buffer that it uses again.
 */
static const char *keep(struct chat_tree *tree, const char *bytes, size_t length)
{
    if (bytes >= tree->text && bytes < tree->text + tree->length)
        return bytes;
    return memcpy(allocate(tree, length + 1), bytes, length);
}

static struct chat_node *add(struct chat_tree *tree, enum chat_node_kind kind)
{
    struct chat_node *node = allocate(tree, sizeof(*node));
    struct chat_node *parent = tree->depth > 0 ? tree->open[tree->depth - 1] : NULL;

    *node = (struct chat_node){.kind = kind, .name = tree->name, .name_length = tree->name_length};
    tree->name = NULL;
    tree->name_length = 0;
    if (parent == NULL)
        tree->top = node;
    else if (parent->last == NULL)
        parent->first = parent->last = node;
    else
        parent->last = parent->last->next = node;
    return node;
}

static int add_text(struct chat_tree *tree, enum chat_node_kind kind, const char *bytes,
                    size_t length)
{
    const char *kept = keep(tree, bytes, length);
    struct chat_node *node = add(tree, kind);

    node->text = kept;
    node->length = length;
    return 1;
}

static int on_null(void *context)
{
    add(context, CHAT_NODE_NULL);
    return 1;
}

static int on_boolean(void *context, int is_true)
{
    return add_text(context, CHAT_NODE_BOOLEAN, is_true ? "true" : "false", is_true ? 4 : 5);
}

static int on_number(void *context, const char *bytes, size_t length)
{
    return add_text(context, CHAT_NODE_NUMBER, bytes, length);
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    return add_text(context, CHAT_NODE_STRING, (const char *)bytes, length);
}

static int on_name(void *context, const unsigned char *bytes, size_t length)
{
    struct chat_tree *tree = context;

    tree->name = keep(tree, (const char *)bytes, length);
    tree->name_length = length;
    return 1;
}

/* The parser counts what it has consumed, the bracket included. */
static int open(struct chat_tree *tree, enum chat_node_kind kind)
{
    if (tree->depth == DEPTH_MAX)
        return 0;
    struct chat_node *node = add(tree, kind);
    node->begin = yajl_get_bytes_consumed(tree->parser) - 1;
    tree->open[tree->depth++] = node;
    return 1;
}

static int on_open_object(void *context)
{
    return open(context, CHAT_NODE_OBJECT);
}

static int on_open_list(void *context)
{
    return open(context, CHAT_NODE_LIST);
}

static int on_close(void *context)
{
    struct chat_tree *tree = context;

    tree->open[--tree->depth]->end = yajl_get_bytes_consumed(tree->parser);
    return 1;
}

static bool parse(struct chat_tree *tree)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_map_key = on_name,
        .yajl_start_map = on_open_object,
        .yajl_end_map = on_close,
        .yajl_start_array = on_open_list,
        .yajl_end_array = on_close,
    };

    tree->parser = chat_must(yajl_alloc(&callbacks, NULL, tree));
    yajl_status status = yajl_parse(tree->parser, (const unsigned char *)tree->text, tree->length);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(tree->parser);
    yajl_free(tree->parser);
    return status == yajl_status_ok;
}

struct chat_tree *chat_tree_create(const char *text, size_t length)
{
    struct chat_tree *tree = chat_must(calloc(1, sizeof(*tree)));

    tree->text = text;
    tree->length = length;
    if (parse(tree))
        return tree;
    chat_tree_destroy(tree);
    return NULL;
}

void chat_tree_destroy(struct chat_tree *tree)
{
    if (tree == NULL)
        return;
    while (tree->chunks != NULL) {
        struct chunk *next = tree->chunks->next;
        free(tree->chunks);
        tree->chunks = next;
    }
    free(tree);
}

const struct chat_node *chat_tree_top(const struct chat_tree *tree)
{
    return tree->top;
}

const struct chat_node *chat_node_member(const struct chat_node *node, const char *name)
{
    const struct chat_node *member =
        node != NULL && node->kind == CHAT_NODE_OBJECT ? node->first : NULL;

    while (member != NULL && (member->name_length != strlen(name) ||
                              memcmp(member->name, name, member->name_length) != 0))
        member = member->next;
    return member;
}
