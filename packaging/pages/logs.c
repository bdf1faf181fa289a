/* chatd(8): every line that may stand in the log. */
#include "pages.h"

#include <stddef.h>

#define LEVEL_ERROR   "error"
#define LEVEL_WARNING "warning"
#define LEVEL_INFO    "info"
#define LEVEL_DEBUG   "debug"

static const struct {
    const char *event, *level;
    int per_second;
    const char *fields, *doc;
} rows[] = {
#define LOG(event, level, per_second, fields, doc) {#event, LEVEL_##level, per_second, fields, doc},
#include "net/log.def"
};

void chat_pages_logs(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fprintf(out, ".It Li %s Pq %s\n", rows[i].event, rows[i].level);
        chat_pages_text(out, rows[i].doc);
        if (rows[i].fields[0] != '\0')
            fprintf(out, "\nWith %s.", rows[i].fields);
        if (rows[i].per_second > 0)
            fprintf(out, "\nAt most %d a second.", rows[i].per_second);
        putc('\n', out);
    }
    fputs(".El\n", out);
}
