/* The counting, exact and over all workers (DESIGN ⚖2). */
#include "net/admission.h"

#include "net/worker.h"

enum { OVER_MAX = 64 }; /* connections beyond a limit that still get an answer */

/* limits.connections: TCP connections, and half as many that are not upgraded. */
static bool take_place(const struct chat_door *door)
{
    struct chatd *chatd = door->chatd;
    unsigned limit = door->worker->config->limits_connections;
    unsigned half = limit / 2 > 0 ? limit / 2 : 1;

    if (atomic_fetch_add_explicit(&chatd->connections, 1, memory_order_relaxed) < limit) {
        if (atomic_fetch_add_explicit(&chatd->handshaking, 1, memory_order_relaxed) < half)
            return true;
        atomic_fetch_sub_explicit(&chatd->handshaking, 1, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
    return false;
}

void chat_admission_tell(struct chat_door *door, enum chat_refusal_label label,
                         const struct chat_ip *peer, const char *reason)
{
    char address[64] = "";

    chat_tally_add(&door->tally->refused[label], 1);
    if (peer != NULL)
        address[chat_address_spell(peer, address, sizeof(address) - 1).length] = '\0';
    chat_log(door->chatd, CHATD_WARNING, "connection_refused", {"address", address, 0},
             {"reason", reason, 0});
}

static bool refuse(struct chat_door *door, struct chat_admission *admission,
                   enum chat_refusal refusal, const struct chat_ip *peer)
{
    if (refusal == CHAT_REFUSAL_ADDRESS)
        chat_admission_tell(door, CHAT_REFUSED_connections_per_address, peer,
                            "connections_per_address");
    else
        chat_admission_tell(door, CHAT_REFUSED_connections, peer, "connections");
    if (door->n_over >= OVER_MAX)
        return false;
    door->n_over++;
    admission->refusal = refusal;
    return true;
}

bool chat_admission_take(struct chat_door *door, struct chat_admission *admission,
                         const struct chat_ip *peer)
{
    if (admission->refusal != CHAT_REFUSAL_NONE)
        return true;
    admission->counted = take_place(door);
    if (admission->counted)
        return true;
    chat_address_give(door->chatd->addresses, admission->hold);
    admission->hold = NULL;
    return refuse(door, admission, CHAT_REFUSAL_FULL, peer);
}

void chat_admission_give(struct chat_door *door, struct chat_admission *admission)
{
    if (admission->counted) {
        atomic_fetch_sub_explicit(&door->chatd->connections, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&door->chatd->handshaking, 1, memory_order_relaxed);
    }
    if (admission->refusal != CHAT_REFUSAL_NONE)
        door->n_over--;
    chat_address_give(door->chatd->addresses, admission->hold);
    *admission = (struct chat_admission){NULL, CHAT_REFUSAL_NONE, false};
}

bool chat_admission_count(struct chat_door *door, struct chat_admission *admission,
                          const struct chat_ip *peer)
{
    struct chat_address *hold = NULL;

    if (peer == NULL || chat_proxies_trust(&door->chatd->proxies, peer))
        return true;
    bool has_room = chat_address_take(door->chatd->addresses, peer, &hold);
    if (admission->refusal == CHAT_REFUSAL_FULL) { /* the other reason goes first */
        chat_address_give(door->chatd->addresses, hold);
        if (!has_room)
            admission->refusal = CHAT_REFUSAL_ADDRESS;
        return true;
    }
    admission->hold = hold;
    if (has_room)
        return true;
    chat_admission_give(door, admission); /* its place is another's */
    return refuse(door, admission, CHAT_REFUSAL_ADDRESS, peer);
}
