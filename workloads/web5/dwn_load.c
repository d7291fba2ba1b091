#include "web5/dwn_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"

#define PROGRESS_EACH 500

/* A message under way to its offer. */
struct draft {
	const struct w5_dwn_load *load;
	struct w5_write write;
	const char *tenant;
	json_t *message;
	struct w5_offer *offer;
};

/* ---- what can be wrong ---- */

static bool set(json_t *object, const char *key, const char *value)
{
	return json_object_set_new(object, key, json_string(value)) == 0;
}

static json_t *descriptor_of(struct draft *d)
{
	return json_object_get(d->message, "descriptor");
}

static json_t *signature_of(struct draft *d)
{
	return json_object_get(json_object_get(d->message, "authorization"), "signature");
}

/* The middle of the text of a signature: another letter is another signature. */
static bool damage_signature(struct draft *d)
{
	json_t *one = json_array_get(json_object_get(signature_of(d), "signatures"), 0);
	char *text = strdup(json_string_value(json_object_get(one, "signature")));
	bool ok = text != NULL;

	if (ok) {
		text[40] = text[40] == 'A' ? 'B' : 'A';
		ok = set(one, "signature", text);
	}
	free(text);
	return ok;
}

static bool change_descriptor(struct draft *d)
{
	return set(descriptor_of(d), "dataFormat", "application/x-tampered");
}

static bool change_record(struct draft *d)
{
	char cid[W5_CID_SIZE];

	w5_cid(cid, W5_DAG_CBOR, "tampered", 8);
	return set(d->message, "recordId", cid);
}

static bool change_data(struct draft *d)
{
	d->offer->data[d->load->conf->size / 2] ^= 1;
	return true;
}

static bool change_tenant(struct draft *d)
{
	d->tenant = d->load->other.did;
	return true;
}

/* By somebody else's key, under the author's name. */
static bool forge(struct draft *d)
{
	struct w5_author forger = d->load->author;

	json_decref(d->message);
	forger.secret = d->load->other.secret;
	d->message = w5_dwn_write(&forger, &d->write, d->offer->record);
	return d->message != NULL;
}

/* Signed as it is, but a first write that says it was created before. */
static bool change_time(struct draft *d)
{
	char created[W5_TIME_SIZE];

	w5_dwn_time(created, d->load->epoch_us - 1000000);
	d->write.created = created;
	json_decref(d->message);
	d->message = w5_dwn_write(&d->load->author, &d->write, d->offer->record);
	d->write.created = NULL;
	return d->message != NULL;
}

static const struct {
	const char *name;
	bool (*tamper)(struct draft *d); /* false: no memory */
} ways[] = {
	{ "signature", damage_signature },
	{ "descriptor", change_descriptor },
	{ "recordId", change_record },
	{ "data", change_data },
	{ "tenant", change_tenant },
	{ "forged signature", forge },
	{ "dateCreated", change_time },
};

/* ---- making them ---- */

static char *header_of(const char *tenant, json_t *message, uint64_t id)
{
	char *request = message ? w5_dwn_request(tenant, message, id) : NULL, *line = NULL;

	if (request)
		line = malloc(sizeof(W5_DWN_HEADER) + strlen(request));
	if (line)
		strcpy(stpcpy(line, W5_DWN_HEADER), request);
	free(request);
	return line;
}

static bool is_negative(const struct w5_dwn_load *load, uint32_t i)
{
	return load->conf->negative > 0 &&
		bt_unit_from(bt_mix64(load->seed ^ bt_mix64(i))) <= load->conf->negative;
}

static bool make(struct w5_dwn_load *load, uint32_t i, uint32_t *damaged)
{
	const struct w5_dwn_conf *conf = load->conf;
	struct w5_offer *offer = &load->offers[i];
	char now[W5_TIME_SIZE];
	struct draft d = {
		.load = load,
		.offer = offer,
		.tenant = load->author.did,
		.write = { .protocol = conf->protocol,
			.path = conf->protocol ? W5_DWN_PATH : NULL,
			.schema = conf->schema,
			.format = conf->format,
			.time = now,
			.data = offer->data,
			.n = conf->size },
	};
	bool ok;

	w5_dwn_time(now, load->epoch_us + i);
	d.message = w5_dwn_write(&load->author, &d.write, offer->record);
	ok = d.message != NULL;
	if (ok && is_negative(load, i)) {
		unsigned way = (*damaged)++ % BT_LEN(ways);

		offer->tampered = ways[way].name;
		ok = ways[way].tamper(&d);
	}
	if (ok)
		offer->header = header_of(d.tenant, d.message, i);
	json_decref(d.message);
	return offer->header != NULL;
}

static int64_t wall_us(void)
{
	return (int64_t)bt_wall_ns() / 1000;
}

static void draw_data(struct w5_dwn_load *load)
{
	uint64_t n = load->conf->size * load->n;
	struct bt_rng rng;

	bt_rng_init(&rng, load->seed);
	for (uint64_t i = 0; i < n; i += 8) {
		uint64_t bits = bt_rng_next(&rng);

		memcpy(load->data + i, &bits, BT_MIN(n - i, 8u));
	}
}

static int make_all(struct w5_dwn_load *load, const struct bt_env *env)
{
	uint32_t damaged = 0;

	for (uint32_t i = 0; i < load->n; i++) {
		load->offers[i].data = load->data + load->conf->size * i;
		if (!make(load, i, &damaged))
			return -ENOMEM;
		if (env->progress && i % PROGRESS_EACH == 0)
			env->progress(env->progress_arg, "messages signed", i, load->n);
	}
	return 0;
}

int w5_dwn_load_make(struct w5_dwn_load *load, const struct w5_dwn_conf *conf,
	const struct bt_env *env, struct bt_err *err)
{
	enum w5_curve curve = w5_dwn_curve(conf);

	*load = (struct w5_dwn_load){ .conf = conf,
		.n = (uint32_t)conf->messages,
		.seed = env->seed,
		.epoch_us = wall_us() };
	load->offers = calloc(load->n, sizeof(*load->offers));
	load->data = malloc(conf->size * load->n);
	if (load->offers && load->data &&
		w5_author_make(&load->author, curve, (enum w5_did_form)conf->did, load->seed) ==
			0 &&
		w5_author_make(&load->other, curve, (enum w5_did_form)conf->did, ~load->seed) ==
			0) {
		draw_data(load);
		if (make_all(load, env) == 0)
			return 0;
	}
	return bt_oom(err, "%u messages of %llu bytes", load->n, (unsigned long long)conf->size);
}

void w5_dwn_load_fini(struct w5_dwn_load *load)
{
	for (uint32_t i = 0; load->offers && i < load->n; i++)
		free(load->offers[i].header);
	free(load->offers);
	free(load->data);
	w5_author_fini(&load->author);
	w5_author_fini(&load->other);
}

bool w5_dwn_reads(const struct w5_dwn_load *load, uint32_t i)
{
	return load->conf->read_back > 0 &&
		bt_unit_from(bt_mix64(~load->seed ^ bt_mix64(i))) <= load->conf->read_back;
}

char *w5_dwn_reader(const struct w5_dwn_load *load, uint32_t i)
{
	char now[W5_TIME_SIZE], *line;
	json_t *message;

	w5_dwn_time(now, wall_us());
	message = w5_dwn_read(&load->author, load->offers[i].record, now);
	line = header_of(load->author.did, message, i);
	json_decref(message);
	return line;
}

char *w5_dwn_installer(const struct w5_dwn_load *load)
{
	char now[W5_TIME_SIZE], *line;
	json_t *message;

	w5_dwn_time(now, load->epoch_us);
	message = w5_dwn_configure(&load->author, load->conf->protocol, W5_DWN_PATH, now);
	line = header_of(load->author.did, message, 0);
	json_decref(message);
	return line;
}
