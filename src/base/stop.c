#include "base/stop.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t bt_stop_signal, bt_stop_count;

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
