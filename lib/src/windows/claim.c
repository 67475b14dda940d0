/* SPDX-License-Identifier: MIT */
/* The kernel takes several objects in one step by itself: nothing to add. */
#include "waitable.h"
