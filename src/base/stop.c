#include "base/stop.h"

volatile sig_atomic_t bt_stop_signal, bt_stop_count;
