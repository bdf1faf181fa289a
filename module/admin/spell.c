/* Targets and scopes. */
#include "admin/spell.h"

#include "config/cidr.h"
#include "net/address.h"

#include <stdio.h>

void chat_spell_target(const struct chat_sanction *sanction, char out[CHAT_SANCTION_TARGET_MAX])
{
    struct chat_ip ip;
    char text[64];
    unsigned bits = sanction->addresses.bits;

    if (sanction->user.length != 0) {
        snprintf(out, CHAT_SANCTION_TARGET_MAX, "%.*s", (int)sanction->user.length,
                 sanction->user.bytes);
        return;
    }
    memcpy(ip.bytes, sanction->addresses.ip, sizeof(ip.bytes));
    bool is_v4 = bits >= 96 && chat_ip_is_v4(&ip);
    struct chat_slice address = chat_address_spell(&ip, text, sizeof(text));
    if (bits == CHAT_IP_BITS)
        snprintf(out, CHAT_SANCTION_TARGET_MAX, "%.*s", (int)address.length, address.bytes);
    else
        snprintf(out, CHAT_SANCTION_TARGET_MAX, "%.*s/%u", (int)address.length, address.bytes,
                 is_v4 ? bits - 96 : bits);
}

void chat_spell_scope(const struct chat_sanction *sanction, char out[CHAT_SANCTION_SCOPE_MAX])
{
    if (sanction->room.length == 0)
        snprintf(out, CHAT_SANCTION_SCOPE_MAX, "server");
    else
        snprintf(out, CHAT_SANCTION_SCOPE_MAX, "room %.*s", (int)sanction->room.length,
                 sanction->room.bytes);
}
