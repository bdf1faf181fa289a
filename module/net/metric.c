/* The rows of metric.def with the cells of the tallies. All series are there from the start, at
 * zero, so that rates over them begin with the first event. */
#include "net/metric.h"

#include "net/process.h"
#include "net/shared.h"
#include "net/tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum type { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM };
enum unit { UNIT_NONE, UNIT_BYTES, UNIT_SECONDS };
enum set { SET_WORKER, SET_STATUS, SET_REFUSAL, SET_LIMIT, SET_CLOSE, SET_ERROR, SET_TIMES };

struct row {
    const char *name, *help;
    enum type type;
    enum unit unit;
    enum set set;
    size_t offset; /* in the tally, or in struct chat_process */
};

static const struct row rows[] = {
#define METRIC(member, name, type, unit, labels, help)                                             \
    {name, help, TYPE_##type, UNIT_##unit, SET_##labels, offsetof(struct chat_tally, member)},
#include "net/metric.def"
};

static const struct row facts[] = {
#define FACT(member, name, type, unit, help)                                                       \
    {name, help, TYPE_##type, UNIT_##unit, SET_WORKER, offsetof(struct chat_process, member)},
#include "net/metric.def"
};

/* What stands between the braces, by the index of the cell. */
static const char *const status_labels[] = {
#define SET_LABEL_STATUS(key) "status=\"" #key "\"",
#define SET_LABEL_REFUSAL(key)
#define SET_LABEL_LIMIT(key)
#define LABEL(set, key) SET_LABEL_##set(key)
#include "net/metric.def"
};
static const char *const refusal_labels[] = {
#undef SET_LABEL_STATUS
#undef SET_LABEL_REFUSAL
#define SET_LABEL_STATUS(key)
#define SET_LABEL_REFUSAL(key) "limit=\"" #key "\"",
#define LABEL(set, key)        SET_LABEL_##set(key)
#include "net/metric.def"
};
static const char *const limit_labels[] = {
#undef SET_LABEL_REFUSAL
#undef SET_LABEL_LIMIT
#define SET_LABEL_REFUSAL(key)
#define SET_LABEL_LIMIT(key) "limit=\"" #key "\"",
#define LABEL(set, key)      SET_LABEL_##set(key)
#include "net/metric.def"
};
#undef SET_LABEL_STATUS
#undef SET_LABEL_REFUSAL
#undef SET_LABEL_LIMIT

static const char *const close_labels[] = {
#define CLOSE(symbol, code, word, sentence) "code=\"" #code "\",reason=\"" #word "\"",
#include "wire/close.def"
    "code=\"none\",reason=\"peer\"", "code=\"none\",reason=\"lost\""};
static const char *const error_labels[] = {
    NULL,
#define ERROR(symbol, code, reason, sentence) "code=\"" #code "\",reason=\"" #reason "\"",
#include "core/error.def"
};
static const char *const bounds[] = {
#define BOUND(ns, seconds) seconds,
#include "net/metric.def"
    "+Inf"};

/* By enum set. */
static const struct {
    const char *const *labels;
    unsigned count;
} sets[] = {
    [SET_STATUS] = {status_labels, CHAT_STATUSES}, [SET_REFUSAL] = {refusal_labels, CHAT_REFUSALS},
    [SET_LIMIT] = {limit_labels, CHAT_LIMITS},     [SET_CLOSE] = {close_labels, CHAT_CLOSED_LABELS},
    [SET_ERROR] = {error_labels, CHAT_ERRORS},
};

static uint64_t read_cell(const struct chatd *chatd, unsigned worker, const struct row *row,
                          unsigned index)
{
    const char *tally = (const char *)&chatd->tallies[worker];

    return chat_tally_read((const _Atomic uint64_t *)(tally + row->offset) + index);
}

static void put_head(FILE *out, const struct row *row)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};

    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, types[row->type]);
}

static void put_value(FILE *out, enum unit unit, uint64_t value)
{
    const uint64_t ns_per_s = 1000000000;

    if (unit == UNIT_SECONDS)
        fprintf(out, " %" PRIu64 ".%09" PRIu64 "\n", value / ns_per_s, value % ns_per_s);
    else
        fprintf(out, " %" PRIu64 "\n", value);
}

/* Its buckets are cumulative, and its count is that of the last one. */
static void put_histogram(FILE *out, const struct chatd *chatd, const struct row *row,
                          unsigned worker)
{
    uint64_t count = 0;

    for (unsigned i = 0; i <= CHAT_BOUNDS; i++) {
        count += read_cell(chatd, worker, row, i);
        fprintf(out, "%s_bucket{worker=\"%u\",le=\"%s\"} %" PRIu64 "\n", row->name, worker,
                bounds[i], count);
    }
    fprintf(out, "%s_sum{worker=\"%u\"}", row->name, worker);
    put_value(out, row->unit, read_cell(chatd, worker, row, CHAT_BOUNDS + 1));
    fprintf(out, "%s_count{worker=\"%u\"} %" PRIu64 "\n", row->name, worker, count);
}

static void put_labelled(FILE *out, const struct chatd *chatd, const struct row *row)
{
    for (unsigned i = 0; i < sets[row->set].count; i++) {
        uint64_t sum = 0;
        if (sets[row->set].labels[i] == NULL)
            continue;
        for (unsigned worker = 0; worker < chatd->n_workers; worker++)
            sum += read_cell(chatd, worker, row, i);
        fprintf(out, "%s{%s}", row->name, sets[row->set].labels[i]);
        put_value(out, row->unit, sum);
    }
}

static void put_by_worker(FILE *out, const struct chatd *chatd, const struct row *row)
{
    for (unsigned worker = 0; worker < chatd->n_workers; worker++) {
        if (row->type == TYPE_HISTOGRAM) {
            put_histogram(out, chatd, row, worker);
            continue;
        }
        fprintf(out, "%s{worker=\"%u\"}", row->name, worker);
        put_value(out, row->unit, read_cell(chatd, worker, row, 0));
    }
}

static void put_facts(FILE *out, const struct chatd *chatd)
{
    struct chat_process process = chat_process_read(chatd);

    fputs("# HELP chatd_build_info The version that runs; always 1.\n"
          "# TYPE chatd_build_info gauge\nchatd_build_info{version=\"" CHATD_VERSION "\"} 1\n",
          out);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        put_head(out, &facts[i]);
        fputs(facts[i].name, out);
        put_value(out, facts[i].unit,
                  *(const uint64_t *)((const char *)&process + facts[i].offset));
    }
}

char *chat_metric_text(const struct chatd *chatd, size_t *ret_length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_length);

    if (out == NULL)
        abort();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put_head(out, &rows[i]);
        if (rows[i].set == SET_WORKER || rows[i].set == SET_TIMES)
            put_by_worker(out, chatd, &rows[i]);
        else
            put_labelled(out, chatd, &rows[i]);
    }
    put_facts(out, chatd);
    if (fclose(out) != 0)
        abort();
    return text;
}
