/* metrics: what a scrape of /metrics is told, by all workers as of now. Admin loop. */
#include "admin/column.h"
#include "admin/report.h"
#include "net/metric.h"

#include <stdlib.h>

static enum chat_admin_error answer_metrics(struct chat_report *report)
{
    size_t length = 0;
    char *text = chat_metric_text(report->errand->chatd, &length);

    chat_report_put_object(report, &(struct chat_admin_metrics){{text, length}});
    free(text);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_metrics = {
    .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_metrics};
