/* Buying: a list of goods, the last row leaves. */
#ifndef SHOP_H
#define SHOP_H

#include "gba.h"

/* Return how many goods a shop has. */
u8 shop_goods(u8 shop);

void open_shop(u8 shop);

/* One frame of mode shop. */
void shop_step(void);

#endif
