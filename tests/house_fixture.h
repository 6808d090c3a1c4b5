/* house_fixture.h: a house in a temporary folder, with one company and its project, for tests against a real database. */
#ifndef ANJU_TESTS_HOUSE_FIXTURE_H
#define ANJU_TESTS_HOUSE_FIXTURE_H

#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    Arena *arena;
    char base[32], folder[40]; /* the house is base/data; there is room beside it */
    House *house;
    Id org, project;
    Cx cx; /* as the system, in the company */
} HouseFixture;

/* False when it could not be made. */
static inline bool house_fixture_open(HouseFixture *f)
{
    static const NewOrg org = {.org = "安居", .project = "桃源", .code = "TYHY", .admin = "admin", .password = "Geheim12345"};
    Str password;

    *f = (HouseFixture){.arena = arena_open((size_t)1 << 30), .base = "/tmp/anju-house-XXXXXX"};
    if (mkdtemp(f->base) == NULL)
        return false;
    (void)snprintf(f->folder, sizeof f->folder, "%s/data", f->base);
    return house_make(f->arena, &(HousePlace){.folder = f->folder}, &f->house) == OK &&
           house_new_org(f->house, f->arena, &org, clock_now(), &password, &f->org, &f->project) == OK &&
           house_cx(f->house, f->arena, NULL, clock_now(), &f->cx) == OK;
}

/* 0 when all is gone. */
static inline int house_fixture_close(HouseFixture *f)
{
    char command[64];

    house_close(f->house);
    (void)snprintf(command, sizeof command, "rm -rf %s", f->base);
    arena_close(f->arena);
    return system(command);
}

#endif
