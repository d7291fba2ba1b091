/*
 * ui_golden.h: whole screens against text in tests/golden. BT_GOLDEN_UPDATE=1 writes the text anew:
 * look at the difference before it is kept.
 */
#ifndef TEST_UI_GOLDEN_H
#define TEST_UI_GOLDEN_H

#include "ui/grid.h"

/* Fails unless the grid's text is that of tests/golden/ui-NAME.txt. */
void golden_compare(const char *name, const struct bt_grid *grid);
/* How a monochrome terminal shows each cell, for the screens whose meaning must survive without
 * colour. */
void golden_attributes(struct bt_grid *grid);

#endif
