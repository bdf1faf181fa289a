/* Packing and unpacking. */
#include "net/row.h"

#include "net/letter.h"

void chat_row_pack(const struct chat_row *row, char strings[CHAT_ROW_STRINGS_MAX],
                   struct chat_letter *ret_letter)
{
    const struct chat_slice *slices[] = {&row->room,      &row->name,    &row->user,
                                         &row->user_name, &row->address, &row->epoch,
                                         &row->event,     &row->text,    &row->reason};
    size_t end = 0;
    for (unsigned i = 0; i < sizeof(slices) / sizeof(*slices); i++) {
        if (slices[i]->length > 0)
            memcpy(strings + end, slices[i]->bytes, slices[i]->length);
        end += slices[i]->length;
    }
    *ret_letter = (struct chat_letter){
        .kind = CHAT_LETTER_ROW, .parts = {{(const char *)row, sizeof(*row)}, {strings, end}}};
}

void chat_row_unpack(const struct chat_letter *letter, struct chat_row *ret_row)
{
    const char *at = letter->parts[1].bytes;
    memcpy(ret_row, letter->parts[0].bytes, sizeof(*ret_row));
    struct chat_slice *slices[] = {&ret_row->room,      &ret_row->name,    &ret_row->user,
                                   &ret_row->user_name, &ret_row->address, &ret_row->epoch,
                                   &ret_row->event,     &ret_row->text,    &ret_row->reason};
    for (unsigned i = 0; i < sizeof(slices) / sizeof(*slices); i++) {
        slices[i]->bytes = at;
        at += slices[i]->length;
    }
}
