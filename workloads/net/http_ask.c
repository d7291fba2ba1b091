#include "net/http.h"

struct ask {
	bool over;
	void (*take)(void *arg, struct bt_http_call *call);
	void *arg;
};

static void asked(void *arg, struct bt_http_call *call)
{
	struct ask *ask = arg;

	ask->take(ask->arg, call);
	ask->over = true;
}

int bt_http_ask(const struct bt_http_target *target, const struct bt_env *env,
	void (*fill)(void *arg, struct bt_http_call *call),
	void (*take)(void *arg, struct bt_http_call *call), void *arg, struct bt_err *err)
{
	struct ask ask = { false, take, arg };
	struct bt_env one = *env;
	struct bt_http_call *call;
	struct bt_http *http;
	int r;

	one.concurrency = 1;
	one.meter = NULL; /* this is no load */
	r = bt_http_open(&http, target, &one, asked, &ask, err);
	if (r < 0)
		return r;
	call = bt_http_take(http);
	call->keep_reply = true;
	fill(arg, call);
	bt_http_begin(http, call);
	r = bt_http_await(http, &ask.over, err);
	bt_http_close(http);
	return r;
}
