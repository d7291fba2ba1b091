#include "base/stop.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

volatile sig_atomic_t bt_stop_signal, bt_stop_count;

void bt_stop_wait_begin(struct bt_stop_wait *wait)
{
	*wait = (struct bt_stop_wait){ bt_stop_count, bt_monotonic_ns() };
}

bool bt_stop_wait_over(const struct bt_stop_wait *wait)
{
	return bt_stop_count != wait->count ||
		(wait->count && bt_monotonic_ns() - wait->since_ns > BT_STOP_LAST_NS);
}

static void (*_Atomic on_end)(void);

void bt_stop_give_back(void (*give_back)(void))
{
	on_end = give_back;
}

void bt_stop_at_once(int status, const char *words)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	void (*give_back)(void) = on_end;

	if (give_back)
		give_back();
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLOUT))
		(void)!write(STDERR_FILENO, words, strlen(words));
	_exit(status);
}

void bt_out_of_memory(void)
{
	bt_stop_at_once(3, "benchtop: out of memory\n");
}
