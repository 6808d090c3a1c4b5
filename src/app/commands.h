/* commands.h: the functions behind the rows of `commands`. */
#ifndef ANJU_APP_COMMANDS_H
#define ANJU_APP_COMMANDS_H

#include "app/command.h"

MUST const Error *command_init(Arena *arena, Settings *settings);
MUST const Error *command_demo(Arena *arena, Settings *settings);
MUST const Error *command_serve(Arena *arena, Settings *settings);
MUST const Error *command_import(Arena *arena, Settings *settings);
MUST const Error *command_export(Arena *arena, Settings *settings);
MUST const Error *command_org_add(Arena *arena, Settings *settings);
MUST const Error *command_user_add(Arena *arena, Settings *settings);
MUST const Error *command_user_list(Arena *arena, Settings *settings);
MUST const Error *command_user_passwd(Arena *arena, Settings *settings);
MUST const Error *command_check(Arena *arena, Settings *settings);
MUST const Error *command_backup(Arena *arena, Settings *settings);
MUST const Error *command_restore(Arena *arena, Settings *settings);
MUST const Error *command_copy(Arena *arena, Settings *settings);
MUST const Error *command_migrate(Arena *arena, Settings *settings);
MUST const Error *command_openapi(Arena *arena, Settings *settings);
MUST const Error *command_version(Arena *arena, Settings *settings);

#endif
