/* The strings of records, always in the same order. */
#include "state/record.h"

enum { SLICES_MAX = 4 };

static unsigned slices_of(struct chat_record *record, struct chat_slice *ret_slices[SLICES_MAX])
{
    switch (record->kind) {
    case CHAT_RECORD_SANCTION:
    case CHAT_RECORD_SANCTION_LIFTED:
        ret_slices[0] = &record->sanction.user;
        ret_slices[1] = &record->sanction.room;
        ret_slices[2] = &record->sanction.reason;
        ret_slices[3] = &record->sanction.by;
        return 4;
    case CHAT_RECORD_ROOM:
    case CHAT_RECORD_ROOM_GONE:
        ret_slices[0] = &record->room.id;
        ret_slices[1] = &record->room.name;
        return 2;
    case CHAT_RECORD_AUDIT:
        ret_slices[0] = &record->audit.by;
        ret_slices[1] = &record->audit.change;
        ret_slices[2] = &record->audit.subject;
        ret_slices[3] = &record->audit.result;
        return 4;
    }
    return 0;
}

size_t chat_record_text(const struct chat_record *record)
{
    struct chat_record copy = *record;
    struct chat_slice *slices[SLICES_MAX];
    unsigned n = slices_of(&copy, slices);
    size_t length = 0;

    for (unsigned i = 0; i < n; i++)
        length += slices[i]->length;
    return length;
}

void chat_record_keep_text(struct chat_record *record, char *text)
{
    struct chat_slice *slices[SLICES_MAX];
    unsigned n = slices_of(record, slices);

    for (unsigned i = 0; i < n; text += slices[i++]->length)
        if (slices[i]->length > 0)
            slices[i]->bytes = memcpy(text, slices[i]->bytes, slices[i]->length);
}

void chat_record_find_text(struct chat_record *record, const char *text)
{
    struct chat_slice *slices[SLICES_MAX];
    unsigned n = slices_of(record, slices);

    for (unsigned i = 0; i < n; text += slices[i++]->length)
        slices[i]->bytes = text;
}
