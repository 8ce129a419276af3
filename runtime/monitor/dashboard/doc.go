// Package dashboard is a web page about a running machine, live, and what Prometheus reads.
//
//	/              the page; it asks for /state once a second
//	/state         what it shows, as JSON
//	/pause /resume POST: the machine stands still, or goes on
//	/metrics       for Prometheus; /metrics?harts=1 with a label hart
//
// # Who may ask
//
// The page can stop a machine, and shows what a guest writes. It listens to the loopback device unless it is told
// otherwise. A request whose Host is neither an address nor localhost nor the name that the server was told to listen at is
// refused, so that a page of somebody else's cannot reach it by a name of its own that leads here (DNS rebinding), and so is one
// that comes from another origin. Connections, their headers and the time that they take are bounded, and the machine
// is read at most twice a second however many ask. What a guest has written is text for the page, never markup: it gets
// into the document by textContent alone, and the page's policy runs no script but its own file.
//
// # Lock order
//
// Server.mu, which is held while the machine is read, -> Machine.life and Monitor.mu. Tail.mu alone.
package dashboard
