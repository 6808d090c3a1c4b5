/* mask.h: phones, identity numbers and names: made regular, checked for plausibility, and masked for those who need not
 * see them whole (个人信息保护法, art. 6: no more than the purpose needs). */
#ifndef ANJU_KERNEL_MASK_H
#define ANJU_KERNEL_MASK_H

#include "base/str.h"

/* Four characters in front of the last four (or as many as there are): 13800001234 -> 138****1234,
 * 01012345678 -> 010****5678, 12345678 -> ****5678, 95588 -> ****8. */
Str mask_phone(Arena *arena, Str phone);

/* All between the first and the last four: 1101**********1234. Shorter than 15 (passports): all between the first and
 * the last two; shorter than 7: everything. */
Str mask_id_no(Arena *arena, Str id_no);

/* All but the first character and the host: zhang@example.com -> z***@example.com. What has no @ is masked as a name. */
Str mask_email(Arena *arena, Str email);
/* Could mail be sent to it: one @, a plain local part, a host with a dot? At most 254 bytes; nothing that could be taken for a
 * second header or a second address. */
bool email_is_plausible(Str email);

/* All behind the first character: 王秀兰 -> 王**, and only one star for a long one (Latin): John -> J*. */
Str mask_name(Arena *arena, Str name);

/* A phone as it is stored: digits, for numbers abroad a '+' in front, for extensions '-' and the extension. Full-width
 * forms, blanks, brackets, hyphens and the country's own +86 / 0086 are taken off: "＋86 138-0000-1234" -> 13800001234,
 * "010-12345678转801" and "010-12345678-801" -> 01012345678-801. What has none of this shape comes back folded only,
 * and is not plausible. In the arena. */
Str phone_normal(Arena *arena, Str typed);

/* Could a normal phone exist? Mobile 1[3-9] and 9 digits; landline with its area code, or without (7 or 8 digits); 400
 * and 800 numbers; service numbers 95xxx, 96xxx, 1xx to 1xxxx; abroad + and 7 to 15 digits. It is not asked whether it
 * is in use. */
bool phone_is_plausible(Str phone);
/* The same, and it can take an SMS: a mainland mobile. */
bool phone_is_mobile(Str phone);

/* An identity number as it is stored: half-width, without blanks, capital X. In the arena. */
Str id_no_normal(Arena *arena, Str typed);

/* Could a normal mainland identity number exist? 18 characters: place code of a province (or of the permits for Hong
 * Kong, Macao, Taiwan and foreigners), a real day of birth from 1850 on, check character (GB 11643-1999, 6: ISO 7064
 * MOD 11-2). Or the 15 digits of cards from before 1999. */
bool id_no_is_plausible(Str id_no);

#endif
