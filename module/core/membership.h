/* Who sits in a room, and why no longer: seats begin, are taken over by a newer connection, wait
 * for one that was lost, and end. Home worker. */
#ifndef CHAT_CORE_MEMBERSHIP_H
#define CHAT_CORE_MEMBERSHIP_H

#include "core/coordinator.h"

/* Why a connection or its user is no longer in a room; as user_left says it, except LOST: a
 * connection that may be resumed. */
enum chat_departure { CHAT_DISCONNECTED, CHAT_LEFT, CHAT_KICKED, CHAT_BANNED, CHAT_LOST };

/* The caller's connection is the user's first one in the room: fills in and sends the reply, then
 * what it missed. The member is borrowed while it sits. */
struct chat_member *chat_membership_begin(struct chat_call *call, struct chat_room *room,
                                          struct chat_event *event);
/* The seat is that of the caller's user, whose name a token gave to both or to neither. */
bool chat_membership_is_same(const struct chat_call *call, const struct chat_member *member);
/* The connection whose session the request names, or 0. */
uint64_t chat_membership_resumed(const struct chat_call *call, const struct chat_member *member);
/* The caller takes the place of that connection which, if it lives, is replaced. */
void chat_membership_take_over(struct chat_call *call, struct chat_room *room,
                               struct chat_member *member, uint64_t conn, struct chat_event *event);
/* The caller is the user's next device, of which the others see nothing. False: it has
 * CHAT_DEVICES_MAX already, and all of them live. */
bool chat_membership_add_device(struct chat_call *call, struct chat_room *room,
                                struct chat_member *member, struct chat_event *event)
    __attribute__((warn_unused_result));
/* To all in the room: somebody has joined, by this request. */
void chat_membership_announce(struct chat_call *call, struct chat_room *room,
                              const struct chat_event *joined);
/* Tells the rest that the member has gone, frees it, and ends the room when it was the last one. */
void chat_membership_end(struct chat_coordinator *coordinator, struct chat_room *room,
                         struct chat_member *member, enum chat_departure departure,
                         struct chat_time now);

/* The same for one of its connections: with the last one the member goes. */
void chat_membership_drop(struct chat_coordinator *coordinator, struct chat_room *room,
                          struct chat_member *member, uint64_t conn, enum chat_departure departure,
                          struct chat_time now);

/* The connection is no more: its seat ends or, when it is lost, waits. A "gone" without the seat is
 * ignored. */
void chat_membership_gone(struct chat_coordinator *coordinator, uint64_t conn,
                          struct chat_slice room_id, struct chat_slice user_id,
                          enum chat_departure departure, struct chat_time now);

/* An administrator puts a user out of a room. Returns how many connections
 * and lost ones lost their seat. */
unsigned chat_membership_kick(struct chat_coordinator *coordinator, struct chat_slice room_id,
                              struct chat_slice user_id, struct chat_slice reason,
                              struct chat_time now);

/* The same, of whom it is known where; `cause` is the moderator's connection, or 0. */
unsigned chat_membership_expel(struct chat_coordinator *coordinator, struct chat_room *room,
                               struct chat_member *member, struct chat_slice reason, uint64_t cause,
                               struct chat_time now);

/* Ends the room with all its seats, those that wait too, permanent or not: room_closed to each, and
 * no user_left. Returns how many members it had. */
uint32_t chat_membership_close(struct chat_coordinator *coordinator, struct chat_room *room,
                               struct chat_slice reason);

/* All that wait for a connection, for listings in slices; one that is put out leaves the list. */
struct chat_list *chat_membership_waiting(struct chat_coordinator *coordinator);
/* A kick's or a ban's other half, for one of them: it ends where it is the user's, in one room or,
 * without a `room_id`, in any. Returns 1 if it was. */
unsigned chat_membership_kick_waiting(struct chat_coordinator *coordinator,
                                      struct chat_device *device, struct chat_slice user_id,
                                      struct chat_slice room_id, enum chat_departure departure,
                                      struct chat_time now);

#endif
