/* faults.h: the kinds of calls that tests/benchtop_faults makes fail. */
#ifndef BT_TEST_FAULTS_H
#define BT_TEST_FAULTS_H

enum bt_fault {
	BT_FAULT_MEMORY, /* malloc and its kin, jansson's too */
	BT_FAULT_OPEN,   /* files, directories, sockets, pipes, threads */
	BT_FAULT_WRITE,  /* writes, syncs, flushes, renames */
	BT_FAULT_SQLITE, /* its functions */
	BT_FAULTS,
};

static const char *const bt_fault_name[BT_FAULTS] = { "memory", "open", "write", "sqlite" };

#endif
