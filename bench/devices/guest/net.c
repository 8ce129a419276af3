// Connections by the gateway and by the forwarded port. A connection to the host's server, at the port that the variable
// HOST_PORT has, begins with a line that says what the server is to do:
//
//	drain              read to the end, then say how many bytes there were
//	send N             send N bytes
//	forward drain      connect to the forwarded port, read to the end, then say how many bytes there were
//	forward send N     connect to the forwarded port and send N bytes
//	forward http N     get a small page N times by the forwarded port, in several connections; then say how many bytes they had
#define _GNU_SOURCE
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[256 << 10];

static struct sockaddr_in address(const char *host, int port) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

// ask connects to the host's server and says what it is to do.
static int ask(const char *line) {
	const char *port = getenv("HOST_PORT");
	struct sockaddr_in to = address(GATEWAY, port ? atoi(port) : 0);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to)) fail("connect to the host's server");
	if (write(s, line, strlen(line)) != (ssize_t)strlen(line)) fail("write to the host's server");
	return s;
}

// listener listens to the port that the forwarded port leads to.
static int listener(void) {
	struct sockaddr_in at = address("0.0.0.0", GUEST_PORT);
	int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(s, (struct sockaddr *)&at, sizeof at) || listen(s, 64))
		fail("listen");
	return s;
}

// send_all sends n bytes and ends that direction.
static void send_all(int s, long n) {
	while (n > 0) {
		ssize_t k = write(s, buffer, n < (long)sizeof buffer ? n : (long)sizeof buffer);
		if (k <= 0) fail("write");
		n -= k;
	}
	if (shutdown(s, SHUT_WR)) fail("shutdown");
}

// drain reads to the end and returns how many bytes there were.
static long drain(int s) {
	long n = 0;
	for (;;) {
		ssize_t k = read(s, buffer, sizeof buffer);
		if (k < 0) fail("read");
		if (k == 0) return n;
		n += k;
	}
}

// count reads a number from the host.
static long count(int s) {
	char text[32] = "";
	size_t n = 0;
	for (ssize_t k; n < sizeof text - 1 && (k = read(s, text + n, sizeof text - 1 - n)) > 0;) n += k;
	return atol(text);
}

static void expect(long got, long want) {
	if (got != want) {
		errno = EIO;
		fail("bytes have been lost");
	}
}

void tcp_out(const char *task, long work) {
	double began = now();
	int s = ask("drain\n");
	send_all(s, work);
	expect(count(s), work);
	result(task, now() - began, work);
	close(s);
}

void tcp_in(const char *task, long work) {
	char line[64];
	snprintf(line, sizeof line, "send %ld\n", work);
	double began = now();
	int s = ask(line);
	expect(drain(s), work);
	result(task, now() - began, work);
	close(s);
}

void forward_out(const char *task, long work) {
	int l = listener(), control = ask("forward drain\n"), s = accept(l, NULL, NULL);
	if (s < 0) fail("accept");
	double began = now();
	send_all(s, work);
	expect(count(control), work);
	result(task, now() - began, work);
	close(s);
	close(control);
	close(l);
}

void forward_in(const char *task, long work) {
	char line[64];
	snprintf(line, sizeof line, "forward send %ld\n", work);
	int l = listener(), control = ask(line), s = accept(l, NULL, NULL);
	if (s < 0) fail("accept");
	double began = now();
	expect(drain(s), work);
	result(task, now() - began, work);
	close(s);
	close(control);
	close(l);
}

// answer answers the requests that have come; 0: the client has ended the connection. A request is never cut here: the
// client sends the next one when it has the answer.
static long answer(int s) {
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
	ssize_t n = read(s, buffer, sizeof buffer);
	if (n < 0) fail("read of a request");
	if (n == 0) return 0;
	if (n < 4 || memcmp(buffer, "GET ", 4) || memcmp(buffer + n - 4, "\r\n\r\n", 4)) fail("no request");
	if (write(s, page, sizeof page - 1) != (ssize_t)sizeof page - 1) fail("write of an answer");
	return 1;
}

// http serves so many requests for a small page.
void http(const char *task, long work) {
	char line[64];
	snprintf(line, sizeof line, "forward http %ld\n", work);
	int l = listener(), control = ask(line), poll = epoll_create1(0), one = 1;
	struct epoll_event e = {.events = EPOLLIN, .data.fd = l};
	long answered = 0;
	double began = 0;

	if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, l, &e)) fail("epoll");
	while (answered < work) {
		struct epoll_event ready[64];
		int n = epoll_wait(poll, ready, 64, -1);
		if (n < 0) fail("epoll_wait");
		for (int i = 0; i < n; i++) {
			int s = ready[i].data.fd;
			if (s == l) {
				e.data.fd = accept(l, NULL, NULL);
				if (e.data.fd < 0 || setsockopt(e.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
				    epoll_ctl(poll, EPOLL_CTL_ADD, e.data.fd, &e)) fail("accept");
				continue;
			}
			if (!began) began = now();
			long k = answer(s);
			answered += k;
			if (k == 0) close(s);
		}
	}
	double took = now() - began;
	expect(count(control), work * 6);
	result(task, took, answered);
}

static uint16_t icmp_checksum(const void *p, size_t n) {
	const uint16_t *w = p;
	uint32_t sum = 0;
	for (; n > 1; n -= 2) sum += *w++;
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

// ping sends so many echo requests to the gateway, one after the other, each when the last was answered.
void ping(const char *task, long work) {
	struct {
		struct icmphdr header;
		char data[56];
	} request = {.header = {.type = ICMP_ECHO, .un.echo.id = htons(77)}};
	struct sockaddr_in to = address(GATEWAY, 0);
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	double began = 0;

	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to)) fail("socket");
	for (long i = -10; i < work; i++) { // the first have the gateway's address looked up
		if (i == 0) began = now();
		request.header.un.echo.sequence = htons((uint16_t)i);
		request.header.checksum = 0;
		request.header.checksum = icmp_checksum(&request, sizeof request);
		if (send(s, &request, sizeof request, 0) != sizeof request) fail("send");
		for (;;) {
			char reply[256];
			ssize_t n = recv(s, reply, sizeof reply, 0);
			if (n < 0) fail("recv");
			const struct icmphdr *h = (const void *)(reply + 20);
			if (n == 20 + sizeof request && h->type == ICMP_ECHOREPLY && h->un.echo.id == htons(77) &&
			    h->un.echo.sequence == request.header.un.echo.sequence) break;
		}
	}
	result(task, now() - began, work);
	close(s);
}
