/* The rows of log.def by their events, and a gate for each. */
#include "net/record.h"

#include "net/shared.h"

#include <string.h>

static const struct row {
    const char *event;
    unsigned per_second;
} rows[] = {
#define LOG(event, level, per_second, fields, doc) {#event, per_second},
#include "net/log.def"
};

bool chat_record_pass(struct chat_record_gate *gate, unsigned per_second, unsigned long long second,
                      unsigned *ret_suppressed)
{
    unsigned long long before = atomic_load(&gate->second);

    if (before != second && atomic_compare_exchange_strong(&gate->second, &before, second))
        atomic_store(&gate->written, 0);
    *ret_suppressed = 0;
    if (atomic_fetch_add(&gate->written, 1) >= per_second) {
        atomic_fetch_add(&gate->suppressed, 1);
        return false;
    }
    *ret_suppressed = atomic_exchange(&gate->suppressed, 0);
    return true;
}

/* The fields with one more. */
static void write_with(struct chatd *chatd, enum chatd_level level, const char *event,
                       const struct chatd_field *fields, struct chatd_field last)
{
    enum { FIELDS_MAX = 14 };
    struct chatd_field all[FIELDS_MAX + 2];
    size_t n = 0;

    for (; n < FIELDS_MAX && fields[n].key != NULL; n++)
        all[n] = fields[n];
    all[n++] = last;
    all[n] = (struct chatd_field){NULL, NULL, 0};
    chatd->log(level, event, all);
}

void chat_record_write(struct chatd *chatd, enum chatd_level level, const char *event,
                       const struct chatd_field *fields)
{
    const uint64_t ns_per_s = 1000000000;
    unsigned i = 0, suppressed = 0;

    while (i < CHAT_RECORDS && strcmp(rows[i].event, event) != 0)
        i++;
    if (i < CHAT_RECORDS && rows[i].per_second != 0 &&
        !chat_record_pass(&chatd->gates[i], rows[i].per_second, uv_hrtime() / ns_per_s,
                          &suppressed))
        return;
    if (suppressed == 0)
        chatd->log(level, event, fields);
    else
        write_with(chatd, level, event, fields,
                   (struct chatd_field){"suppressed", NULL, suppressed});
}
