/* SPDX-License-Identifier: MIT */
/* This project's own engine, which reads by one RFC or by the other. */
#ifndef CONFORM_ENGINE_H
#define CONFORM_ENGINE_H

#include <mapmark/message.h>

#include "../subject.h"

/* The run and the version of a subject, for each mode. */
enum exit_code conform_engine_run(enum mm_message_mode mode,
                                  const struct conform_feed *feed,
                                  struct conform_answer *answer);
void conform_engine_version(char *text_out, size_t size);

#endif /* CONFORM_ENGINE_H */
