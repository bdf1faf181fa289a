/* One timer, made when it is first needed. */
#include "admin/ending.h"

#include "admin/must.h"
#include "net/drain.h"
#include "net/shared.h"

#include <stdlib.h>

/* LOOK: how often it is seen whether somebody is left. SOON: an answer under way is written. */
enum { LOOK_MS = 50, SOON_MS = 1 };

struct chat_ending {
    uv_timer_t timer;
    struct chatd *chatd;
    bool exits;
};

static struct chat_ending *ending_of(struct chatd *chatd)
{
    struct chat_ending *ending = chatd->ending;

    if (ending != NULL)
        return ending;
    ending = chatd->ending = chat_must(calloc(1, sizeof(*ending)));
    ending->chatd = chatd;
    uv_timer_init(chatd->loop, &ending->timer);
    ending->timer.data = ending;
    return ending;
}

static void on_soon(uv_timer_t *timer)
{
    struct chat_ending *ending = timer->data;
    ending->chatd->shutdown(ending->chatd->shutdown_context);
}

static void on_look(uv_timer_t *timer)
{
    struct chat_ending *ending = timer->data;

    if (!chat_drain_is_done(ending->chatd))
        return;
    uv_timer_stop(timer);
    chat_log(ending->chatd, CHATD_INFO, "drained");
    if (ending->exits)
        on_soon(timer);
}

void chat_ending_watch(struct chatd *chatd, bool exits)
{
    struct chat_ending *ending = ending_of(chatd);

    ending->exits = exits && chatd->shutdown != NULL;
    uv_timer_start(&ending->timer, on_look, LOOK_MS, LOOK_MS);
}

void chat_ending_forget(struct chatd *chatd)
{
    uv_timer_stop(&ending_of(chatd)->timer);
}

void chat_ending_ask(struct chatd *chatd)
{
    uv_timer_start(&ending_of(chatd)->timer, on_soon, SOON_MS, 0);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void chat_ending_close(struct chatd *chatd)
{
    if (chatd->ending != NULL)
        uv_close((uv_handle_t *)&chatd->ending->timer, on_closed);
    chatd->ending = NULL;
}
