package devices

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

const (
	pageRequest = "GET / HTTP/1.1\r\nHost: guest\r\n\r\n"
	pageLength  = 6
	// clients are connections of the HTTP task.
	clients = 16
)

// server is the other end of the guest's connections, on the host's loopback. guest/net.c has what it can be asked.
type server struct {
	listen  net.Listener
	forward string // the address of the forwarded port
}

// serve starts a server that ends with its listener.
func serve(forward string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{l, forward}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if err := s.answer(c); err != nil {
					fmt.Fprintf(c, "error: %v\n", err) // which is no number
				}
			}()
		}
	}()
	return s, nil
}

func (s *server) port() int { return s.listen.Addr().(*net.TCPAddr).Port }

// answer does what the guest asks for.
func (s *server) answer(c net.Conn) error {
	in := bufio.NewReader(c)
	line, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	words := strings.Fields(line)
	if len(words) == 0 || words[0] != "forward" {
		return move(words, c, in, c)
	}
	if words = words[1:]; len(words) == 2 && words[0] == "http" {
		return s.pages(words[1], c)
	}
	guest, err := net.Dial("tcp", s.forward)
	if err != nil {
		return err
	}
	defer guest.Close()
	return move(words, guest, guest, c)
}

// move sends to the guest, or drains what it sends and tells how much that was.
func move(words []string, to io.Writer, from io.Reader, tell io.Writer) error {
	switch {
	case len(words) == 1 && words[0] == "drain":
		n, err := io.Copy(io.Discard, struct{ io.Reader }{from})
		if err == nil {
			_, err = fmt.Fprintln(tell, n)
		}
		return err
	case len(words) == 2 && words[0] == "send":
		n, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return err
		}
		chunk := make([]byte, 256<<10)
		for ; n > 0 && err == nil; n -= int64(len(chunk)) {
			chunk = chunk[:min(n, int64(len(chunk)))]
			_, err = to.Write(chunk)
		}
		return err
	}
	return fmt.Errorf("no command: %q", words)
}

// pages gets the guest's page so many times, and tells how many bytes of contents there were.
func (s *server) pages(number string, tell io.Writer) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	counts := make([]int, clients)
	var group errgroup.Group
	for i := range clients {
		group.Go(func() (err error) {
			counts[i], err = s.client((n + i) / clients)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	sum := 0
	for _, k := range counts {
		sum += k
	}
	_, err = fmt.Fprintln(tell, sum)
	return err
}

// client gets the page n times by one connection.
func (s *server) client(n int) (bytes int, err error) {
	c, err := net.Dial("tcp", s.forward)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for range n {
		if _, err := io.WriteString(c, pageRequest); err != nil {
			return 0, err
		}
		length := -1
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return 0, err
			}
			if line == "\r\n" {
				break
			}
			if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
					return 0, err
				}
			}
		}
		if length != pageLength {
			return 0, errors.New("another page")
		}
		if _, err := in.Discard(length); err != nil {
			return 0, err
		}
		bytes += length
	}
	return bytes, nil
}

// freePort is an address of the loopback's that nobody listens to just now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
