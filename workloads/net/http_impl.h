/* http_impl.h: what the files of http.h share. */
#ifndef BT_NET_HTTP_ROOM_H
#define BT_NET_HTTP_ROOM_H

#include <curl/curl.h>

#include "net/http.h"

struct bt_http_target {
	const struct bt_http_conf *conf;
	const char *url;            /* NULL: none of the run's own */
	struct curl_slist *headers; /* of every call */
	struct curl_slist *resolve; /* host:port:addresses; NULL: libcurl resolves */
	struct curl_slist *connect_to;
	char *named_url;        /* url with --server-name in the host's place; NULL: no such name */
	char *password, *token; /* secrets; cleared before they are freed */
};

/* The URL's parts, allocated together with free() of host. -EINVAL with words. */
struct bt_http_place {
	char *host, *port;
};
int bt_http_place(struct bt_http_place *place, const char *url, struct bt_err *err);

#define BT_HTTP_USER_AGENT "benchtop"

#endif
