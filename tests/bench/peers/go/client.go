package main

import (
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"
)

const (
	writeWait    = 10 * time.Second
	pongWait     = 60 * time.Second
	pingInterval = 54 * time.Second
	maxFrame     = 64 * 1024
)

// A client is one connection: the read pump serves its requests, the write pump sends what is queued.
// user, name and rooms belong to the read pump.
type client struct {
	hub   *hub
	conn  *websocket.Conn
	send  chan *websocket.PreparedMessage
	done  chan struct{}
	user  string
	name  string
	rooms map[string]*room
}

type request struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

type payload struct {
	RoomID   string `json:"room_id"`
	RoomName string `json:"room_name"`
	UserID   string `json:"user_id"`
	UserName string `json:"user_name"`
	Message  string `json:"message"`
}

func serveClient(h *hub, conn *websocket.Conn) {
	c := &client{
		hub:   h,
		conn:  conn,
		send:  make(chan *websocket.PreparedMessage, h.queue),
		done:  make(chan struct{}),
		rooms: make(map[string]*room),
	}
	go c.writePump()
	go c.readPump()
}

func (c *client) readPump() {
	defer func() {
		for _, r := range c.rooms {
			r.leave(c, "disconnected")
		}
		close(c.done)
		c.conn.Close()
	}()
	c.conn.SetReadLimit(maxFrame)
	c.conn.SetReadDeadline(time.Now().Add(pongWait))
	c.conn.SetPongHandler(func(string) error {
		return c.conn.SetReadDeadline(time.Now().Add(pongWait))
	})
	for {
		_, data, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		c.serve(data)
	}
}

// One frame for each message: the protocol has one JSON object in a frame.
func (c *client) writePump() {
	batch, _ := c.conn.UnderlyingConn().(*batchConn)
	ticker := time.NewTicker(pingInterval)
	defer func() {
		ticker.Stop()
		c.conn.Close()
	}()
	for {
		select {
		case message := <-c.send:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if batch != nil {
				if err := c.writeQueued(batch, message); err != nil {
					return
				}
			} else if err := c.conn.WritePreparedMessage(message); err != nil {
				return
			}
		case <-ticker.C:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if err := c.conn.WriteMessage(websocket.PingMessage, nil); err != nil {
				return
			}
		case <-c.done:
			return
		}
	}
}

// writeQueued writes this message and all that wait behind it.
func (c *client) writeQueued(batch *batchConn, message *websocket.PreparedMessage) error {
	batch.hold()
	for {
		if err := c.conn.WritePreparedMessage(message); err != nil {
			return err
		}
		select {
		case message = <-c.send:
		default:
			return batch.release()
		}
	}
}

// queue never blocks: a client that is this far behind is cut off, not waited for.
func (c *client) queue(message *websocket.PreparedMessage) {
	select {
	case c.send <- message:
	default:
		c.conn.Close()
	}
}

func (c *client) reply(event interface{}) {
	c.queue(prepare(event))
}

func (c *client) fail(code, message string) {
	c.reply(errorEvent{Type: "error", Code: code, Message: message})
}

func (c *client) serve(data []byte) {
	var r request
	var p payload
	if json.Unmarshal(data, &r) != nil {
		c.fail("malformed_json", "the message is not JSON")
		return
	}
	if r.Type != "ping" && json.Unmarshal(r.Payload, &p) != nil {
		c.fail("invalid_payload", "the payload is not an object of the expected shape")
		return
	}
	switch r.Type {
	case "create_room":
		c.create(&p)
	case "join":
		c.join(&p)
	case "leave":
		c.leave(&p)
	case "message":
		c.message(&p)
	case "ping":
		c.reply(typeEvent{Type: "pong"})
	default:
		c.fail("invalid_message_type", "unknown type")
	}
}

func (c *client) bind(p *payload) bool {
	if c.user == "" {
		c.user, c.name = p.UserID, p.UserName
		if c.name == "" {
			c.name = c.user
		}
	}
	return c.user != "" && (p.UserID == "" || p.UserID == c.user)
}

func (c *client) create(p *payload) {
	if !c.bind(p) {
		c.fail("identity_error", "this connection is another user")
		return
	}
	if r := c.hub.create(p.RoomID, p.RoomName, c); r != nil {
		c.rooms[p.RoomID] = r
	} else {
		c.fail("create_room_error", "the room exists already")
	}
}

func (c *client) join(p *payload) {
	r := c.hub.find(p.RoomID)
	switch {
	case !c.bind(p):
		c.fail("identity_error", "this connection is another user")
	case r == nil:
		c.fail("join_room_error", "no such room")
	case !r.join(c):
		c.fail("join_room_error", "this user is in the room already")
	default:
		c.rooms[p.RoomID] = r
	}
}

func (c *client) leave(p *payload) {
	r, in := c.rooms[p.RoomID]
	if !in {
		c.fail("leave_room_error", "not in this room")
		return
	}
	delete(c.rooms, p.RoomID)
	r.leave(c, "left")
	c.reply(typeEvent{Type: "leave_success", RoomID: p.RoomID})
}

func (c *client) message(p *payload) {
	r, in := c.rooms[p.RoomID]
	switch {
	case !in:
		c.fail("message_error", "not in this room")
	case p.Message == "" || len(p.Message) > 10240:
		c.fail("message_error", "the text is empty or too long")
	default:
		r.say(c, p.Message)
	}
}
