/* reveal.h: 查看完整, the action that shows a masked field whole to who says why. Who asked for which, and why, stays as an event; the value does not.
 *
 *     static const Choice revealed[] = {{"phone", "电话", "Phone"}, {0}};
 *     static const Field reveal_asks[] = {REVEAL_ASKS(revealed)};
 *     static const Action actions[] = {REVEAL(WHO, LIST(reveal_asks)), …}; */
#ifndef ANJU_KERNEL_REVEAL_H
#define ANJU_KERNEL_REVEAL_H

#include "kernel/process.h"

/* `shown`: the fields of the type that may be asked for. */
#define REVEAL_ASKS(shown)                                                                \
    {"field", "看哪一项", "Which field", T_CHOICE, .choices = (shown), .required = true}, \
    {"reason", "原因", "Reason", T_TEXT, .max = 200, .required = true}
#define REVEAL(who, fields) {"reveal", "查看完整", "Reveal", .by = (who), .asks = fields, .answer = reveal_answer}

/* An ActionAnswer: {"value"}, null where there is none. It goes to the caller alone, not into the log. */
MUST const Error *reveal_answer(Cx *cx, const Record *record, const Asked *asked, Json *json);

#endif
