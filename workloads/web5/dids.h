/* dids.h: the identifiers of a load: of a file, of a template, or generated. They stay as they are
 * while it goes on. */
#ifndef W5_DIDS_H
#define W5_DIDS_H

#include "base/base.h"
#include "base/err.h"

struct w5_dids {
	char **v;
	uint32_t n;
};

#define W5_DIDS_MAX 10000000

/* One a line; empty lines and what begins with # are left out. -ENOENT, -EINVAL with the line,
 * -ENOMEM. */
int w5_dids_of_file(struct w5_dids *dids, const char *path, struct bt_err *err);
/* %d is the number, from 0 to count - 1; %% is a percent sign, and %3A stays what it is. -EINVAL:
 * no identifier. */
int w5_dids_of_template(struct w5_dids *dids, const char *text, uint64_t count, struct bt_err *err);
enum w5_methods { W5_ALL_METHODS, W5_ONLY_KEY, W5_ONLY_JWK };
/* did:key and did:jwk of all five curves in turn; the same ones from the same seed. */
int w5_dids_generate(struct w5_dids *dids, enum w5_methods methods, uint64_t count, uint64_t seed,
	struct bt_err *err);
void w5_dids_fini(struct w5_dids *dids); /* of one that is all zeros, too */

#endif
