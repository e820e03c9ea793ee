package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	ioTimeout    = 120 * time.Second
	readerBytes  = 64 << 10
	discardBytes = 256 << 10
)

// conn is one HTTP/1.1 keep-alive connection, driven by one goroutine.
type conn struct {
	address       string
	authorization string
	requests      int64
	socket        net.Conn
	reader        *bufio.Reader
	head          []byte
	scratch       []byte
}

// response is an answer's head; its body is still in the connection until it is read.
type response struct {
	status  int
	length  int64
	chunked bool
	close   bool
	place   string
	digest  string
	link    string
}

func (c *conn) dial() error {
	socket, err := net.DialTimeout("tcp", c.address, 10*time.Second)
	if err != nil {
		return err
	}
	c.socket = socket
	c.reader = bufio.NewReaderSize(socket, readerBytes)
	if c.scratch == nil {
		c.scratch = make([]byte, discardBytes)
	}
	return nil
}

func (c *conn) close() { _ = c.socket.Close() }

func (c *conn) redial() error {
	c.close()
	return c.dial()
}

// begin writes a request's head into the buffer; `extra` are whole header lines with CRLF.
func (c *conn) begin(method, target, extra string) {
	c.requests++
	c.head = append(c.head[:0], method...)
	c.head = append(c.head, ' ')
	c.head = append(c.head, target...)
	c.head = append(c.head, " HTTP/1.1\r\nHost: "...)
	c.head = append(c.head, c.address...)
	c.head = append(c.head, "\r\nUser-Agent: portside-bench\r\n"...)
	if c.authorization != "" {
		c.head = append(c.head, "Authorization: "...)
		c.head = append(c.head, c.authorization...)
		c.head = append(c.head, "\r\n"...)
	}
	c.head = append(c.head, extra...)
	c.head = append(c.head, "\r\n"...)
}

// send asks with a small body or none and reads the answer's head.
func (c *conn) send(method, target, extra string, body []byte) (response, error) {
	if body != nil {
		extra += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	c.begin(method, target, extra)
	c.head = append(c.head, body...)
	if err := c.write(c.head); err != nil {
		return response{}, err
	}
	return c.readHead(method)
}

func (c *conn) write(part []byte) error {
	if err := c.socket.SetDeadline(time.Now().Add(ioTimeout)); err != nil {
		return err
	}
	_, err := c.socket.Write(part)
	return err
}

func (c *conn) readHead(method string) (response, error) {
	line, err := c.line()
	if err != nil {
		return response{}, err
	}
	if len(line) < 12 || line[:7] != "HTTP/1." {
		return response{}, fmt.Errorf("no HTTP answer: %q", line)
	}
	answer := response{length: -1}
	if answer.status, err = strconv.Atoi(line[9:12]); err != nil {
		return response{}, fmt.Errorf("no status in %q", line)
	}
	for {
		if line, err = c.line(); err != nil {
			return response{}, err
		}
		if line == "" {
			break
		}
		if err := answer.header(line); err != nil {
			return response{}, err
		}
	}
	if answer.status == 100 {
		return c.readHead(method)
	}
	if answer.close {
		return answer, errors.New("the server closes the connection")
	}
	return answer, nil
}

func (r *response) header(line string) error {
	name, value, found := strings.Cut(line, ":")
	if !found {
		return fmt.Errorf("malformed header %q", line)
	}
	value = strings.TrimSpace(value)
	var err error
	switch {
	case strings.EqualFold(name, "Content-Length"):
		r.length, err = strconv.ParseInt(value, 10, 64)
	case strings.EqualFold(name, "Transfer-Encoding"):
		r.chunked = strings.EqualFold(value, "chunked")
	case strings.EqualFold(name, "Connection"):
		r.close = strings.EqualFold(value, "close")
	case strings.EqualFold(name, "Location"):
		r.place, err = pathOf(value)
	case strings.EqualFold(name, "Docker-Content-Digest"):
		r.digest = value
	case strings.EqualFold(name, "Link"):
		r.link = value
	}
	return err
}

func (c *conn) line() (string, error) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// body returns the answer's body as a reader; HEAD, 1xx and 204 answers must not ask for it.
func (c *conn) body(answer response) io.Reader {
	if answer.chunked {
		return httputil.NewChunkedReader(c.reader)
	}
	return io.LimitReader(c.reader, max(answer.length, 0))
}

// drain reads the body to its end into `to` and returns its size; a short body is an error.
func (c *conn) drain(answer response, to io.Writer) (int64, error) {
	if err := c.socket.SetDeadline(time.Now().Add(ioTimeout)); err != nil {
		return 0, err
	}
	size, err := io.CopyBuffer(onlyWriter{to}, c.body(answer), c.scratch)
	if err != nil {
		return size, err
	}
	if answer.chunked {
		_, err = c.line()
	} else if answer.length >= 0 && size != answer.length {
		err = fmt.Errorf("body has %d bytes where Content-Length says %d", size, answer.length)
	}
	return size, err
}

// expect drains the answer and fails unless it has the wanted status.
func (c *conn) expect(answer response, want int, what string) error {
	if answer.status == want {
		_, err := c.drain(answer, io.Discard)
		return err
	}
	var text strings.Builder
	if _, err := c.drain(answer, &text); err != nil {
		return err
	}
	shown := text.String()
	return fmt.Errorf("%s: status %d, not %d: %s", what, answer.status, want, shown[:min(len(shown), 300)])
}

// onlyWriter hides ReadFrom, so that CopyBuffer uses the connection's own buffer.
type onlyWriter struct{ io.Writer }

func pathOf(location string) (string, error) {
	if strings.HasPrefix(location, "/") {
		return location, nil
	}
	parsed, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	return parsed.RequestURI(), nil
}
