/* house_import.h: 导入房屋与住户, brings an understood spreadsheet of homes and people (house_sheet.h) into the archive of a
 * project: all of it or nothing, in one transaction; the same file again changes nothing (CONTRACT section 5).
 *
 * Who is who
 *   house     the number, in the project
 *   person    name and phone, in the project. Without a phone: the name among the people of that house, so that the same
 *             file finds the same person again; with a phone, also the person of that name in that house whose phone was
 *             missing, who then gets it
 *   relation  house, person and role, as long as it has not ended. A file ends no relation and takes nothing away
 * What is written
 *   an empty cell says nothing: what is known stays. Said twice in one file (id number, other phones of somebody with two
 *   homes), the first counts. A use that we do not know is kept in the note. New rows carry seals and no event of their own,
 *   one event tells of the run; every changed house or person has an event with before and after. */
#ifndef ANJU_PROPERTY_HOUSE_IMPORT_H
#define ANJU_PROPERTY_HOUSE_IMPORT_H

#include "kernel/import.h"

/* As kernel/import.h says; *result is the JSON of CONTRACT section 5 with `understood`, `rows`, `dry_run`, `skipped`. */
ImportFn house_import;

/* An example to be filled in: headings in cx->lang and two rows. */
MUST const Error *house_template(Cx *cx, const RecordMeta *meta, SheetFormat format, int fd);

/* The kind of job behind POST imports: args {"resource","file","project","dry_run","mapping","lang"}. */
extern const JobKind house_import_job;

#endif
