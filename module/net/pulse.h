/* What a worker lets others know of its state: at every tick, and when it is asked. Worker thread.
 */
#ifndef CHAT_NET_PULSE_H
#define CHAT_NET_PULSE_H

struct chat_worker;

enum { CHAT_TICK_MS = 50 };

/* A tick has come, late by whatever kept the loop busy. */
void chat_pulse_beat(struct chat_worker *worker);

/* The gauges of its tally are as things are now, but for queued_bytes: that is the last sweep's. */
void chat_pulse_publish(struct chat_worker *worker);

/* A sweep over the connections has come to its end; the next begins. */
void chat_pulse_sweep(struct chat_worker *worker);

#endif
