/* The public face: the module's life between a host's create and destroy. */
#include "chatd.h"

#include "net/dispatch.h"
#include "net/handler.h"
#include "net/kept.h"
#include "net/shared.h"
#include "net/snapshot.h"
#include "net/stop.h"
#include "net/tally.h"
#include "net/tls.h"
#include "net/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void log_nothing(enum chatd_level level, const char *event, const struct chatd_field *fields)
{
    (void)level, (void)event, (void)fields;
}

static struct chat_proxies read_ranges(const struct chat_config_texts *texts)
{
    struct chat_cidr *ranges = calloc(texts->count + 1, sizeof(*ranges));
    if (ranges == NULL)
        abort();
    for (size_t i = 0; i < texts->count; i++)
        if (chat_cidr_read(texts->items[i], strlen(texts->items[i]), &ranges[i]) != NULL)
            abort(); /* the configuration has been checked */
    return (struct chat_proxies){ranges, texts->count};
}

struct chatd *chatd_create(struct chatd_config *config, unsigned workers)
{
    struct chatd *chatd = calloc(1, sizeof(*chatd));
    if (chatd == NULL || workers == 0 || workers > CHAT_WORKERS_MAX ||
        (config->auth == NULL && config->config.auth_mode != CHAT_AUTH_NONE))
        abort(); /* memory, or a promise of chatd.h was not kept */
    if (getrandom(&chatd->secrets, sizeof(chatd->secrets), 0) != sizeof(chatd->secrets))
        abort();
    chatd->config = &config->config;
    chatd->first = chat_snapshot_ref(config);
    chatd->snapshot = chat_snapshot_ref(config);
    chatd->n_workers = workers;
    chatd->log = log_nothing;
    atomic_init(&chatd->log_level, (int)config->config.log_level);
    chatd->tls = chat_tls_create(&config->config);
    if (config->certificates != NULL)
        chat_tls_use(chatd->tls, config->certificates);
    atomic_init(&chatd->connections_max, chatd->config->limits_connections);
    chatd->addresses = chat_address_table_create(
        &chatd->secrets,
        &(struct chat_address_limits){.connections = chatd->config->limits_connections_per_address,
                                      .handshakes = chatd->config->limits_handshakes_per_second,
                                      .idle = chatd->config->limits_connections});
    chatd->proxies = read_ranges(&chatd->config->http_trusted_proxies);
    chatd->metrics_allow = read_ranges(&chatd->config->http_metrics_allow);
    chatd->state = chat_state_open(NULL, &chatd->secrets, NULL);
    chatd->tallies = aligned_alloc(_Alignof(struct chat_tally), workers * sizeof(*chatd->tallies));
    if (chatd->tallies == NULL)
        abort();
    memset(chatd->tallies, 0, workers * sizeof(*chatd->tallies));
    chatd->office = chat_post_office_create(workers + 1, chatd->config->limits_mailbox);
    return chatd;
}

void chatd_destroy(struct chatd *chatd)
{
    chat_post_office_destroy(chatd->office);
    chat_address_table_destroy(chatd->addresses);
    chat_tls_destroy(chatd->tls);
    chat_state_destroy(chatd->state);
    free((void *)chatd->proxies.ranges);
    free((void *)chatd->metrics_allow.ranges);
    free(chatd->tallies);
    chat_snapshot_unref(chatd->snapshot);
    chat_snapshot_unref(chatd->first);
    free(chatd);
}

void chatd_set_log(struct chatd *chatd, chatd_log_cb *log)
{
    chatd->log = log;
}

void chatd_set_shutdown(struct chatd *chatd, void (*wanted)(void *context), void *context)
{
    chatd->shutdown = wanted;
    chatd->shutdown_context = context;
}

void chatd_register(struct chatd *chatd, h2o_hostconf_t *host)
{
    chat_handler_register(chatd, host);
}

void chat_worker_attach(struct chatd *chatd, h2o_context_t *context, unsigned index,
                        const struct chat_conn_app *app, void (*stopped)(void *context),
                        void *stopped_context)
{
    struct chat_worker *worker =
        chat_worker_create(&(struct chat_worker_spec){.shared = chatd,
                                                      .office = chatd->office,
                                                      .loop = context->loop,
                                                      .index = index,
                                                      .workers = chatd->n_workers,
                                                      .app = app,
                                                      .destroyed = stopped,
                                                      .context = stopped_context});
    chat_kept_restore(worker);
    h2o_context_set_handler_context(context, chatd->handler, worker);
    chatd->workers[index] = worker;
    atomic_fetch_add(&chatd->attached, 1);
}

void chatd_attach(struct chatd *chatd, h2o_context_t *context, unsigned index,
                  void (*stopped)(void *context), void *stopped_context)
{
    chat_worker_attach(chatd, context, index, &chat_dispatch_app, stopped, stopped_context);
}

void chatd_stop(struct chatd *chatd, enum chatd_reason reason)
{
    unsigned serving = 0;
    atomic_compare_exchange_strong(&chatd->stop, &serving, reason);
}
