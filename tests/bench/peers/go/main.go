// The Go hub: what a team would write in Go for the same rooms, with gorilla/websocket. It owns the
// process: flags, listener, upgrade. client.go is a connection, room.go a room.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/gorilla/websocket"
)

// Buffers: 1 KiB for reads is above every request; the write buffer goes back to the pool after each
// message, so an idle client holds none. Frames of broadcasts are prepared once and need none at all.
var upgrader = websocket.Upgrader{
	ReadBufferSize:  1024,
	WriteBufferSize: 1024,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*http.Request) bool { return true },
}

func main() {
	queue := flag.Int("queue", 256, "messages that a client may have queued; one more and it is closed")
	announce := flag.Int("announce", 1000, "members above which coming and going is not announced")
	batch := flag.Bool("batch", false, "write all that a client has queued with one system call")
	flag.Parse()

	hub := newHub(*queue, *announce)
	http.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		// Both pumps are goroutines of their own, so that what the request holds is freed.
		serveClient(hub, conn)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "ready port=%d\n", listener.Addr().(*net.TCPAddr).Port)
	if *batch {
		listener = batchListener{listener}
	}
	log.Fatal(http.Serve(listener, nil))
}
