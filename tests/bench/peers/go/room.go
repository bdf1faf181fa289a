package main

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const timeFormat = "2006-01-02T15:04:05.000Z"

type typeEvent struct {
	Type   string `json:"type"`
	RoomID string `json:"room_id,omitempty"`
}

type errorEvent struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

type newRoom struct {
	Type     string `json:"type"`
	RoomID   string `json:"room_id"`
	AuthorID string `json:"author_id"`
	RoomName string `json:"room_name"`
}

type joinSuccess struct {
	Type     string `json:"type"`
	RoomID   string `json:"room_id"`
	UserID   string `json:"user_id"`
	RoomName string `json:"room_name"`
}

type userEvent struct {
	Type        string `json:"type"`
	RoomID      string `json:"room_id"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	MessageTime string `json:"message_time"`
	Reason      string `json:"reason,omitempty"`
}

type text struct {
	RoomID  string `json:"room_id"`
	Message string `json:"message"`
}

type newMessage struct {
	Type        string `json:"type"`
	RoomID      string `json:"room_id"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	Message     text   `json:"message"`
	MessageTime string `json:"message_time"`
	Seq         uint64 `json:"seq"`
}

// prepare encodes an event once; its frame is made once too, by the first client that is sent it.
func prepare(event interface{}) *websocket.PreparedMessage {
	data, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
	if err != nil {
		panic(err)
	}
	return message
}

func now() string {
	return time.Now().UTC().Format(timeFormat)
}

type hub struct {
	queue    int
	announce int
	mu       sync.RWMutex
	rooms    map[string]*room
}

func newHub(queue, announce int) *hub {
	return &hub{queue: queue, announce: announce, rooms: make(map[string]*room)}
}

func (h *hub) find(id string) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[id]
}

func (h *hub) create(id, name string, author *client) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, exists := h.rooms[id]; exists || id == "" {
		return nil
	}
	r := &room{hub: h, id: id, name: name, places: make(map[string]int)}
	h.rooms[id] = r
	r.add(author)
	author.reply(newRoom{"new_room", id, author.user, name})
	return r
}

// removeIfEmpty takes both locks, in the order hub, room, so no one joins a room that is going.
func (h *hub) removeIfEmpty(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.members) == 0 && h.rooms[r.id] == r {
		delete(h.rooms, r.id)
		r.gone = true
	}
}

// A room's members are a dense slice, as a broadcast walks them; its mutex gives the room's order.
type room struct {
	hub     *hub
	id      string
	name    string
	mu      sync.Mutex
	seq     uint64
	gone    bool
	members []*client
	places  map[string]int
}

func (r *room) add(c *client) {
	r.places[c.user] = len(r.members)
	r.members = append(r.members, c)
}

func (r *room) broadcast(event interface{}) {
	message := prepare(event)
	for _, member := range r.members {
		member.queue(message)
	}
}

func (r *room) join(c *client) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, in := r.places[c.user]; in || r.gone {
		return false
	}
	r.add(c)
	c.reply(joinSuccess{"join_success", r.id, c.user, r.name})
	if len(r.members) <= r.hub.announce {
		r.broadcast(userEvent{"user_joined", r.id, c.user, c.name, now(), ""})
	}
	return true
}

func (r *room) leave(c *client, reason string) {
	r.mu.Lock()
	place := r.places[c.user]
	last := len(r.members) - 1
	r.members[place] = r.members[last]
	r.places[r.members[place].user] = place
	r.members[last] = nil
	r.members = r.members[:last]
	delete(r.places, c.user)
	if last > 0 && last < r.hub.announce {
		r.broadcast(userEvent{"user_left", r.id, c.user, c.name, now(), reason})
	}
	r.mu.Unlock()
	if last == 0 {
		r.hub.removeIfEmpty(r)
	}
}

func (r *room) say(c *client, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	r.broadcast(newMessage{"new_message", r.id, c.user, c.name, text{r.id, message}, now(), r.seq})
}
