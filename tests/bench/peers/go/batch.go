package main

import (
	"net"
	"sync"
)

// A batchConn collects what is written between hold and release and writes it at once. The library has
// no such thing: it writes each frame with a system call of its own. Both pumps write (the read pump
// its pongs), hence the mutex.
type batchConn struct {
	net.Conn
	mu    sync.Mutex
	holds bool
	bytes []byte
}

var batchBuffers = sync.Pool{New: func() interface{} { return []byte(nil) }}

func (c *batchConn) hold() {
	c.mu.Lock()
	c.holds = true
	c.bytes = batchBuffers.Get().([]byte)
	c.mu.Unlock()
}

func (c *batchConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Conn.Write(c.bytes)
	batchBuffers.Put(c.bytes[:0])
	c.bytes, c.holds = nil, false
	return err
}

func (c *batchConn) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holds {
		return c.Conn.Write(data)
	}
	c.bytes = append(c.bytes, data...)
	return len(data), nil
}

type batchListener struct{ net.Listener }

func (l batchListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &batchConn{Conn: conn}, nil
}
