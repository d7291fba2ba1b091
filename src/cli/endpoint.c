#include "cli/endpoint.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/push.h"
#include "net/put.h"

#define LOOK_MS 100

struct bt_endpoint {
	const struct bt_endpoint_conf *conf;
	struct bt_listen *listen; /* NULL: only pushed */
	bool lent;
	struct bt_metrics *metrics;
	char *final; /* what is pushed */
	uint64_t ended_ns;
};

const struct bt_opt bt_endpoint_opts[] = {
	{ .name = "listen",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_endpoint_conf, listen),
		.arg = "[ADDR:]PORT",
		.help = "serve /metrics for Prometheus and /health over HTTP, on 127.0.0.1 unless "
			"ADDR "
			"is given",
		.man = "Serves {Pa /metrics} for Prometheus and {Pa /health} over HTTP, on "
		       "127.0.0.1 unless an address is given; see benchtop-metrics(7)." },
	{ .name = "linger",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_endpoint_conf, linger_ns),
		.dflt = "0",
		.arg = "DURATION",
		.max = 86400e9,
		.help = "serve the result so long after the end, that no scrape misses it",
		.man = "Serves the result this long after the end, so that no scrape misses it." },
	{ .name = "push",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_endpoint_conf, push),
		.arg = "URL",
		.help = "put the final metrics to a Pushgateway, such as http://127.0.0.1:9091",
		.man = "Puts the final metrics to a Pushgateway, such as `http://127.0.0.1:9091`. "
		       "A URL with credentials in it is refused." },
	BT_OPT_END,
};

int bt_endpoint_check(const struct bt_endpoint_conf *conf, struct bt_err *err)
{
	int r = conf->listen ? bt_listen_check(conf->listen, err) : 0;

	if (r == 0 && conf->linger_ns && !conf->listen)
		return bt_fail(err, -EINVAL, "--linger: expected --listen, which it keeps open");
	if (r == 0 && conf->push)
		r = bt_push_check(conf->push, err);
	return r;
}

int bt_endpoint_listen(
	struct bt_listen **out, const struct bt_endpoint_conf *conf, struct bt_err *err)
{
	int r;

	*out = NULL;
	if (!conf->listen)
		return 0;
	r = bt_listen_open(out, conf->listen, err);
	if (r == 0)
		bt_print(stderr, "metrics: %s/metrics\n", bt_listen_url(*out));
	return r;
}

int bt_endpoint_open(struct bt_endpoint **out, const struct bt_endpoint_conf *conf,
	struct bt_listen *lent, const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_endpoint *e;
	int r;

	*out = NULL;
	if (!lent && !conf->listen && !conf->push)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return bt_oom(err, "metrics");
	e->conf = conf;
	e->lent = lent != NULL;
	e->listen = lent;
	r = bt_metrics_open(&e->metrics, info, err);
	if (r == 0 && !lent)
		r = bt_endpoint_listen(&e->listen, conf, err);
	if (r < 0)
		bt_endpoint_close(e);
	else
		*out = e;
	return r;
}

void bt_endpoint_put(struct bt_endpoint *e, const struct bt_tally *tally,
	const struct bt_snapshot *snap, bool stopping, const char *result)
{
	if (!e)
		return;
	bt_metrics_put(e->metrics, snap);
	if (e->listen && snap->seq == 1)
		bt_listen_run(e->listen, e->metrics, tally);
	if (e->listen && (result || bt_listen_wants(e->listen)))
		bt_listen_tell(e->listen, stopping, result);
	if (!result)
		return;
	e->ended_ns = bt_monotonic_ns();
	if (e->conf->push)
		e->final = bt_metrics_text(e->metrics, tally, BT_PROMETHEUS_TEXT, result);
}

static void push(const struct bt_endpoint *e)
{
	char *url = bt_push_url(e->conf->push, e->conf->section);
	struct bt_err err;

	if (!url)
		bt_cli_fail(0, "--push: out of memory");
	else if (bt_net_put(url, bt_exposition_type[BT_PROMETHEUS_TEXT], e->final, &err) < 0)
		bt_cli_fail(0, "--push: %s", err.msg);
	free(url);
}

void bt_endpoint_linger(uint64_t from_ns, uint64_t ns)
{
	while (!bt_stop_count && bt_monotonic_ns() - from_ns < ns)
		poll(NULL, 0, LOOK_MS);
}

void bt_endpoint_end(struct bt_endpoint *e)
{
	if (!e || !e->ended_ns)
		return;
	if (e->final)
		push(e);
	if (e->listen && !e->lent)
		bt_endpoint_linger(e->ended_ns, e->conf->linger_ns);
}

void bt_endpoint_close(struct bt_endpoint *e)
{
	if (!e)
		return;
	if (e->listen && e->lent)
		bt_listen_run(e->listen, NULL, NULL);
	else
		bt_listen_close(e->listen);
	bt_metrics_close(e->metrics);
	free(e->final);
	free(e);
}
