#include "net/put.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/stop.h"

#define MS 10000L

static size_t drop(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static int look(
	void *wait, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	return bt_stop_wait_over(wait);
}

int bt_net_put(const char *url, const char *type, const char *text, struct bt_err *err)
{
	char header[200], words[CURL_ERROR_SIZE] = "";
	struct bt_stop_wait wait;
	struct curl_slist *headers;
	CURL *easy = curl_easy_init();
	CURLcode code;
	long status = 0;
	int r = 0;

	bt_stop_wait_begin(&wait);
	snprintf(header, sizeof(header), "Content-Type: %s", type);
	headers = curl_slist_append(NULL, header);
	if (!easy || !headers) {
		curl_easy_cleanup(easy);
		curl_slist_free_all(headers);
		return bt_oom(err, "%.300s", url);
	}
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(text));
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, MS);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &wait);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		r = bt_fail(err, -ECONNREFUSED, "%.250s: %s", url,
			*words ? words : curl_easy_strerror(code));
	else if (status < 200 || status > 299)
		r = bt_fail(err, -EREMOTEIO, "%.250s: status %ld, expected 2xx", url, status);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	return r;
}
