/* How the core reaches out: net, the unit tests and the simulator implement it. All calls come on
 * the home worker, from within a call into the coordinator; slices and events are borrowed for the
 * call.
 *
 * To one connection the calls are carried out in the order in which they were made; what a worker
 * is told of a room likewise. So a member seated here sees exactly the broadcasts that come after.
 */
#ifndef CHAT_CORE_PORT_H
#define CHAT_CORE_PORT_H

#include "core/event.h"
#include "core/request.h"
#include "core/room.h"
#include "core/sanction.h"

struct chat_call;

struct chat_port {
    /* An answer that changes nothing. */
    void (*reply)(struct chat_port *port, uint64_t to, const struct chat_event *event);
    /* A refusal: the fault's error event. */
    void (*refuse)(struct chat_port *port, uint64_t to, const struct chat_request *request,
                   const struct chat_fault *fault);
    /* The event, and from here on all of the room's broadcasts. */
    void (*seat)(struct chat_port *port, uint64_t to, const struct chat_room *room,
                 const struct chat_event *event);
    /* All broadcasts up to here, then the event, then nothing of the room. */
    void (*unseat)(struct chat_port *port, uint64_t to, const struct chat_room *room,
                   const struct chat_event *event);
    /* A newer connection has taken the seat: the old one hears nothing more of the room and ends
     * (4109); its other seats wait for their turn. */
    void (*replace)(struct chat_port *port, uint64_t to, const struct chat_room *room);
    /* To every seat of the room; `cause` is the connection whose request it follows from, or 0.
     * Returns the event as it was encoded, a whole frame, lent until the port's next call. */
    struct chat_slice (*broadcast)(struct chat_port *port, const struct chat_room *room,
                                   uint64_t cause, const struct chat_event *event);
    /* To every seat of the room: all broadcasts up to here, then the event, then nothing; the room
     * ends. */
    void (*close)(struct chat_port *port, const struct chat_room *room,
                  const struct chat_event *event);
    /* Frames that broadcasts returned, behind the event with which the connection was seated. */
    void (*replay)(struct chat_port *port, uint64_t to, const struct chat_run *frames);
    /* To every seat of the room but that of `from`, outside of any order; whoever has much waiting
     * already does not get it. */
    void (*whisper)(struct chat_port *port, const struct chat_room *room, uint64_t from,
                    const struct chat_event *event);
    /* Verifies the token of a connection of this worker, which is its user from now on; an error
     * changes nothing. Fills in user_id, user_name and, as the time, the token's end; borrowed from
     * the connection. */
    enum chat_error (*verify)(struct chat_port *port, uint64_t from, struct chat_slice token,
                              struct chat_time now, struct chat_event *event);
    /* The request goes on at that home, as the call says by now. */
    void (*pass)(struct chat_port *port, unsigned home, const struct chat_call *call);
    /* The sanction, or its end where it `lifts`, is to be kept and to hold on all workers; when it
     * does, or cannot, chat_mute_answer is called with the call. False: nothing can be kept here.
     */
    bool (*sanction)(struct chat_port *port, const struct chat_call *call,
                     const struct chat_sanction *sanction, bool lifts);
    /* A moderator's request is done. */
    void (*audit)(struct chat_port *port, const struct chat_call *call);
    /* How many rooms the whole server has, or had a moment ago. */
    uint32_t (*rooms)(struct chat_port *port);
    /* The request is done: the last thing that it causes. */
    void (*complete)(struct chat_port *port, uint64_t to);
    /* One more room in the whole server (false: rooms.max is reached), and one less. */
    bool (*take_room)(struct chat_port *port);
    void (*give_room)(struct chat_port *port);
};

#endif
