package dashboard

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/monitor/metrics"
)

//go:embed page.html page.css page.js
var files embed.FS

const (
	maxConnections = 32
	maxHeader      = 8 << 10
	patience       = 10 * time.Second // for a request, and for a connection without one
	// freshness is how old a state may be that is handed out again.
	freshness = 500 * time.Millisecond
)

// Config says what a Server shows.
type Config struct {
	Machine *runtime.Machine
	Monitor *monitor.Monitor // which collects
	Console *Tail            // nil: the console is not shown
	Guest   string           // what runs
}

// Server is a dashboard that is being served. Its methods are safe for concurrent use.
type Server struct {
	cfg      Config
	listener net.Listener
	http     *http.Server
	done     chan error

	mu   sync.Mutex
	last []byte    // protected by mu: the latest state
	at   time.Time // protected by mu: when it was made
}

// Serve begins to serve at an address, which Address has completed.
func Serve(address string, cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address or port", err)
	}
	s := &Server{cfg: cfg, listener: listener, done: make(chan error, 1)}
	name, _, _ := net.SplitHostPort(address)
	s.http = &http.Server{
		Handler: guard(name, s.routes()), ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience, MaxHeaderBytes: maxHeader,
	}
	go func() { s.done <- s.http.Serve(netutil.LimitListener(listener, maxConnections)) }()
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Close ends the server and all connections. A request under way is not waited for.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", file("page.html"))
	mux.Handle("GET /page.css", file("page.css"))
	mux.Handle("GET /page.js", file("page.js"))
	mux.HandleFunc("GET /state", s.state)
	mux.HandleFunc("POST /pause", s.act((*runtime.Machine).Pause))
	mux.HandleFunc("POST /resume", s.act((*runtime.Machine).Resume))
	mux.HandleFunc("GET /metrics", s.metrics)
	return mux
}

func file(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) })
}

// state answers what the page shows.
func (s *Server) state(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= freshness {
		var text []byte
		var err error
		s.cfg.Monitor.Count(func() { text, err = json.Marshal(s.read()) })
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.last, s.at = text, time.Now()
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.last)
}

// act does something to the machine, after which the state is another one.
func (s *Server) act(what func(*runtime.Machine) error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := what(s.cfg.Machine); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		s.mu.Lock()
		s.at = time.Time{}
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}
}

// metrics answers Prometheus.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := metrics.Registry(metrics.Source{
		Stats: s.cfg.Monitor.Latest, Report: s.cfg.Monitor.Report, Harts: r.URL.Query().Get("harts") == "1",
	})
	promhttp.HandlerFor(all, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}
