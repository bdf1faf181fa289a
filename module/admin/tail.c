/* tail: what happens, line by line, until the client goes. Admin loop. */
#include "admin/errand.h"
#include "net/shared.h"

enum { TAILS_MAX = 8 };

static void begin_tail(struct chat_errand *errand)
{
    errand->query.text = chat_command_argument(errand->arguments, "only");
    if (chat_control_tails(errand->control) < TAILS_MAX)
        chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
    else
        chat_errand_go_on(errand, CHAT_ADMIN_E_BUSY, "eight administrators tail already");
}

const struct chat_command chat_command_tail = {
    .begin = begin_tail, .asks = true, .streams = true, .query = CHAT_QUERY_TAIL};
