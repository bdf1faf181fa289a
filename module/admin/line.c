/* From a line to its members, through proto's strict JSON reader. Any thread; what the members mean
 * is left to the call. */
#include "admin/line.h"

#include "wire/utf8.h"

struct reading {
    struct chat_line *line;
    struct chat_json_value command, args;
    struct chat_json_value *target; /* of the next value; NULL: nobody wants it */
    bool too_many, in_args;
};

/* The place of a member of `args`, made if it is new. */
static struct chat_json_value *member_of_args(struct reading *reading, struct chat_slice name)
{
    struct chat_line *line = reading->line;
    struct chat_line_member *member = NULL;

    if (name.length > CHAT_LINE_NAME_MAX)
        name.length = CHAT_LINE_NAME_MAX;
    for (size_t i = 0; i < line->count; i++) {
        member = &line->members[i];
        if (chat_slice_equal((struct chat_slice){member->name, member->name_length}, name))
            return &member->value;
    }
    if (line->count == CHAT_LINE_MEMBERS_MAX) {
        reading->too_many = true;
        return NULL;
    }
    member = &line->members[line->count++];
    *member = (struct chat_line_member){.name_length = name.length};
    memcpy(member->name, name.bytes, name.length);
    return &member->value;
}

static void on_name(void *context, unsigned depth, struct chat_slice name)
{
    struct reading *reading = context;

    reading->target = NULL;
    if (depth == 1) {
        reading->in_args = chat_slice_equal(name, CHAT_SLICE("args"));
        if (reading->in_args) {
            reading->line->count = 0;
            reading->too_many = false;
            reading->target = &reading->args;
        } else if (chat_slice_equal(name, CHAT_SLICE("command"))) {
            reading->target = &reading->command;
        } else if (chat_slice_equal(name, CHAT_SLICE("id"))) {
            reading->target = &reading->line->id;
        }
    } else if (depth == 2 && reading->in_args && reading->args.kind == CHAT_JSON_OBJECT) {
        reading->target = member_of_args(reading, name);
    }
}

static void on_value(void *context, const struct chat_json_value *value)
{
    struct reading *reading = context;

    if (reading->target != NULL)
        *reading->target = *value;
    reading->target = NULL;
}

static bool is_sound_id(const struct chat_json_value *id)
{
    int64_t value = 0;

    if (id->kind == CHAT_JSON_STRING)
        return id->text.length <= CHAT_LINE_ID_MAX;
    return id->kind == CHAT_JSON_ABSENT ||
           (id->kind == CHAT_JSON_NUMBER &&
            chat_json_to_integer(id->text, &value) == CHAT_JSON_INTEGER);
}

static void leave_out_null(struct chat_json_value *value)
{
    if (value->kind == CHAT_JSON_NULL)
        value->kind = CHAT_JSON_ABSENT;
}

static void leave_out_nulls(struct chat_line *line)
{
    size_t kept = 0;

    for (size_t i = 0; i < line->count; i++)
        if (line->members[i].value.kind != CHAT_JSON_NULL)
            line->members[kept++] = line->members[i];
    line->count = kept;
}

static enum chat_admin_error judge(const struct reading *reading, bool sound_id,
                                   const char **ret_why)
{
    *ret_why = !sound_id ? "id must be a string of at most 64 bytes or an integer"
               : reading->command.kind != CHAT_JSON_STRING ? "command must be there and a string"
               : reading->args.kind != CHAT_JSON_ABSENT && reading->args.kind != CHAT_JSON_OBJECT
                   ? "args must be an object"
               : reading->too_many ? "args has too many members"
                                   : NULL;
    return *ret_why == NULL ? CHAT_ADMIN_OK : CHAT_ADMIN_E_USAGE;
}

enum chat_admin_error chat_line_read(struct chat_json_reader *reader, struct chat_slice text,
                                     struct chat_line *ret_line, const char **ret_why)
{
    static const struct chat_json_visitor visitor = {on_name, on_value};
    struct reading reading = {.line = ret_line};

    *ret_line = (struct chat_line){.count = 0};
    *ret_why = chat_admin_error_sentence(CHAT_ADMIN_E_NOT_JSON);
    if (!chat_utf8_valid(text.bytes, text.length) ||
        chat_json_read(reader, text, &visitor, &reading) != CHAT_OK) {
        *ret_line = (struct chat_line){.count = 0};
        return CHAT_ADMIN_E_NOT_JSON;
    }
    leave_out_null(&ret_line->id);
    leave_out_null(&reading.args);
    leave_out_nulls(ret_line);
    bool sound_id = is_sound_id(&ret_line->id);
    if (!sound_id)
        ret_line->id.kind = CHAT_JSON_ABSENT;
    ret_line->command = reading.command.text;
    return judge(&reading, sound_id, ret_why);
}
