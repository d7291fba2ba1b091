#include "core/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcp.h>

#include "base/clock.h"

#define COST_SHARE 100 /* of a hundred parts of time, one may go to looking at connections */

/* The bytes a connection has carried, and its name; false: not a TCP connection, or the kernel is
 * too old to tell. */
static bool read_socket(int fd, struct bt_net_socket *out)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
		size < offsetof(struct tcp_info, tcpi_bytes_retrans) +
				sizeof(info.tcpi_bytes_retrans))
		return false;
	size = sizeof(out->cookie);
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &out->cookie, &size) < 0)
		return false;
	out->in = info.tcpi_bytes_received;
	out->out = info.tcpi_bytes_sent - BT_MIN(info.tcpi_bytes_sent, info.tcpi_bytes_retrans);
	return true;
}

static void look(struct bt_net_reader *net)
{
	for (int fd = 0; fd < BT_NET_SOCKETS; fd++) {
		struct bt_net_socket now, *was = &net->sockets[fd];

		if (!read_socket(fd, &now))
			continue;
		if (now.cookie != was->cookie) /* another connection than the last time */
			*was = (struct bt_net_socket){ now.cookie, 0, 0 };
		net->own_in += now.in - BT_MIN(now.in, was->in);
		net->own_out += now.out - BT_MIN(now.out, was->out);
		*was = now;
	}
}

/* A connection to itself tells whether this kernel counts its bytes. */
static bool counts_bytes(void)
{
	struct bt_net_socket s;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool counts = fd >= 0 && read_socket(fd, &s);

	if (fd >= 0)
		close(fd);
	return counts;
}

bool bt_net_parse(const char *text, uint64_t *in, uint64_t *out)
{
	bool any = false;

	*in = *out = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned long long received, sent;
		char name[64];

		line += *line == '\n';
		if (sscanf(line, " %63[^: ]: %llu %*u %*u %*u %*u %*u %*u %*u %llu", name,
			    &received, &sent) != 3)
			continue;
		any = true;
		if (strcmp(name, "lo") == 0)
			continue;
		*in += received;
		*out += sent;
	}
	return any;
}

static void read_interfaces(struct bt_net_reader *net, struct bt_net *out)
{
	char text[8192];
	ssize_t n = net->dev < 0 ? -1 : pread(net->dev, text, sizeof(text) - 1, 0);

	text[BT_MAX(n, 0)] = '\0';
	if (!bt_net_parse(text, &out->if_in_bytes, &out->if_out_bytes))
		out->if_in_bytes = out->if_out_bytes = UINT64_MAX;
}

static uint64_t since(uint64_t now, uint64_t then)
{
	return now == UINT64_MAX || then == UINT64_MAX ? UINT64_MAX : now - BT_MIN(now, then);
}

void bt_net_begin(struct bt_net_reader *net)
{
	look(net);
	net->own_in = net->own_out = 0;
	read_interfaces(net, &net->first);
}

int bt_net_open(struct bt_net_reader *net, struct bt_err *err)
{
	memset(net, 0, sizeof(*net));
	net->dev = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
	net->sockets = malloc(BT_NET_SOCKETS * sizeof(*net->sockets));
	if (!net->sockets) {
		bt_net_close(net);
		return bt_oom(err, "network");
	}
	memset(net->sockets, 0, BT_NET_SOCKETS * sizeof(*net->sockets)); /* touched, too */
	net->own = counts_bytes();
	bt_net_begin(net);
	return 0;
}

void bt_net_close(struct bt_net_reader *net)
{
	if (net->dev >= 0)
		close(net->dev);
	free(net->sockets);
	net->sockets = NULL;
	net->dev = -1;
}

void bt_net_read(struct bt_net_reader *net, struct bt_net *out)
{
	uint64_t now = bt_monotonic_ns();

	if (net->own && now >= net->next_ns) {
		look(net);
		net->next_ns = now + COST_SHARE * (bt_monotonic_ns() - now);
	}
	out->own_in_bytes = net->own ? net->own_in : UINT64_MAX;
	out->own_out_bytes = net->own ? net->own_out : UINT64_MAX;
	read_interfaces(net, out);
	out->if_in_bytes = since(out->if_in_bytes, net->first.if_in_bytes);
	out->if_out_bytes = since(out->if_out_bytes, net->first.if_out_bytes);
}
