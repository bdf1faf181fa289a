/* chatd(8): what /metrics tells. */
#include "pages.h"

#include <stddef.h>

#define TYPE_COUNTER   "counter"
#define TYPE_GAUGE     "gauge"
#define TYPE_HISTOGRAM "histogram"
#define UNIT_NONE      ""
#define UNIT_BYTES     ", bytes"
#define UNIT_SECONDS   ", seconds"
#define OF_WORKER      "of each worker"
#define OF_TIMES       "of each worker"
#define OF_STATUS      "by status"
#define OF_REFUSAL     "by limit"
#define OF_CLOSE       "by code and reason"
#define OF_ERROR       "by code and reason"
#define OF_LIMIT       "by limit"

static const struct {
    const char *name, *facts, *help;
} rows[] = {
#define METRIC(member, name, type, unit, labels, help)                                             \
    {name, TYPE_##type UNIT_##unit ", " OF_##labels, help},
#define FACT(member, name, type, unit, help) {name, TYPE_##type UNIT_##unit, help},
#include "net/metric.def"
};

void chat_pages_metrics(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fprintf(out, ".It Li %s Pq %s\n", rows[i].name, rows[i].facts);
        chat_pages_text(out, rows[i].help);
        putc('\n', out);
    }
    fputs(".El\n", out);
}
