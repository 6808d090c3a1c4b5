#include "modules/property/house_plan.h"
#include "kernel/mask.h"

#include <assert.h>
#include <stdlib.h>

/* Text -> place, open addressing. Keys are borrowed. */
typedef struct {
    Str key;
    int64_t place;
} Slot;
typedef struct {
    Slot *slots;
    uint64_t size; /* a power of two, more than twice the entries */
} Lookup;

typedef struct {
    Cx *cx;
    Plan plan;
    int64_t house_room, party_room;
    Lookup by_no, by_person;
    const HouseImport *import;
    Id project;
} Making;

static const Error *read_known(Making *m);
static const Error *lay_over(Making *m);
static void plan_house(Making *m, const House *from);
static void plan_people(Making *m, PlanHouse *house, const House *from);
static void plan_relation(Making *m, PlanHouse *house, const HousePerson *person, int64_t party);

static Lookup lookup_new(Arena *arena, int64_t entries)
{
    uint64_t size = 64;

    while (size < (uint64_t)entries * 2 + 2)
        size *= 2;
    return (Lookup){new (arena, Slot, size), size};
}

/* The slot of a key: filled, or the one where it belongs. */
static Slot *lookup_slot(const Lookup *table, Str key)
{
    uint64_t at = str_hash(key) & (table->size - 1);

    while (table->slots[at].key.ptr != NULL && !str_eq(table->slots[at].key, key))
        at = (at + 1) & (table->size - 1);
    return &table->slots[at];
}

/* Place, or -1. */
static int64_t lookup_find(const Lookup *table, Str key)
{
    const Slot *slot = lookup_slot(table, key);
    return slot->key.ptr == NULL ? -1 : slot->place;
}

/* The first one of a key stays. */
static void lookup_put(Lookup *table, Str key, int64_t place)
{
    Slot *slot = lookup_slot(table, key);
    if (slot->key.ptr == NULL)
        *slot = (Slot){key, place};
}

static Str person_key(Arena *arena, Str name, Str phone)
{
    char *text = arena_alloc(arena, (size_t)(name.len + phone.len) + 1);

    memcpy(text, name.ptr, (size_t)name.len);
    memcpy(text + name.len + 1, phone.ptr, (size_t)phone.len);
    return (Str){text, name.len + phone.len + 1};
}

const Error *house_plan(Cx *cx, const HouseImport *import, Id project, Plan **out)
{
    Making *m = new (cx->arena, Making, 1);

    *m = (Making){.cx = cx, .import = import, .project = project};
    TRY(read_known(m));
    TRY(lay_over(m));
    *out = &m->plan;
    return OK;
}

/* What is known */

static Str take_text(Making *m, const Row *row, int column)
{
    return str_copy(m->cx->arena, row_text(row, column));
}

static const Error *house_row(Cx *cx, const Row *row, void *self)
{
    Making *m = self;
    PlanHouse *house = &m->plan.houses[m->plan.house_count];

    (void)cx;
    if (m->plan.house_count == m->house_room)
        return OK; /* counted in the same snapshot */
    *house = (PlanHouse){.id = row_int(row, 0),
                         .no = take_text(m, row, 1),
                         .floor = take_text(m, row, 2),
                         .use = take_text(m, row, 3),
                         .note = take_text(m, row, 4),
                         .area_dm2 = row_int(row, 5)};
    if (house->no.len > 0)
        lookup_put(&m->by_no, house->no, m->plan.house_count);
    m->plan.house_count++;
    return OK;
}

static const Error *party_row(Cx *cx, const Row *row, void *self)
{
    Making *m = self;
    PlanParty *party = &m->plan.parties[m->plan.party_count];

    if (m->plan.party_count == m->party_room)
        return OK;
    *party = (PlanParty){.id = row_int(row, 0), .name = take_text(m, row, 1), .phone = take_text(m, row, 2),
                         .phones = take_text(m, row, 3), .id_no = take_text(m, row, 4)};
    if (party->phone.len > 0)
        lookup_put(&m->by_person, person_key(cx->arena, party->name, party->phone), m->plan.party_count);
    m->plan.party_count++;
    return OK;
}

static int compare_house(const void *id, const void *house)
{
    Id a = *(const Id *)id, b = ((const PlanHouse *)house)->id;
    return a < b ? -1 : a > b;
}

static int compare_party(const void *id, const void *party)
{
    Id a = *(const Id *)id, b = ((const PlanParty *)party)->id;
    return a < b ? -1 : a > b;
}

static PlanRelation *add_relation(Making *m, PlanHouse *house)
{
    PlanRelation *relation = new (m->cx->arena, PlanRelation, 1);

    if (house->last == NULL)
        house->first = relation;
    else
        house->last->next = relation;
    house->last = relation;
    return relation;
}

static const Error *relation_row(Cx *cx, const Row *row, void *self)
{
    static const PersonRole roles[] = {PERSON_OWNER, PERSON_TENANT, PERSON_FAMILY, PERSON_CONTACT};
    Making *m = self;
    Id house_id = row_int(row, 0), party_id = row_int(row, 1);
    PlanHouse *house = bsearch(&house_id, m->plan.houses, (size_t)m->plan.house_count, sizeof *house, compare_house);
    PlanParty *party = bsearch(&party_id, m->plan.parties, (size_t)m->plan.party_count, sizeof *party, compare_party);
    PlanRelation *relation;

    (void)cx;
    if (house == NULL || party == NULL)
        return OK; /* of one that is put away */
    relation = add_relation(m, house);
    *relation = (PlanRelation){.party = party - m->plan.parties,
                               .other_role = true,
                               .since = row_int(row, 3),
                               .since_before = row_int(row, 3),
                               .until = row_int(row, 4),
                               .share = take_text(m, row, 5)};
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (str_is(row_text(row, 2), person_role_name(roles[i]))) {
            relation->role = roles[i];
            relation->other_role = false;
        }
    return OK;
}

static const Error *read_known(Making *m)
{
    static const char HOUSE_COUNT[] =
        "SELECT count(*) FROM house WHERE org_id = :org AND project_id = :project AND archived_at IS NULL";
    static const char HOUSES[] =
        "SELECT id, coalesce(no, ''), coalesce(floor, ''), coalesce(use, ''), coalesce(note, ''), coalesce(area_dm2, 0)"
        " FROM house WHERE org_id = :org AND project_id = :project AND archived_at IS NULL ORDER BY id"; /* house_by_project_id_id */
#define OF_PROJECT                                                                                                                  \
    " FROM party WHERE org_id = :org AND archived_at IS NULL AND (project_id = :project OR id IN (SELECT party_id FROM residence" \
    " WHERE org_id = :org AND project_id = :project))"
    static const char PARTY_COUNT[] = "SELECT count(*)" OF_PROJECT;
    static const char PARTIES[] =
        "SELECT id, name, coalesce(phone, ''), coalesce(phones, ''), coalesce(id_no, '')" OF_PROJECT " ORDER BY id";
    static const char RELATIONS[] =
        "SELECT house_id, party_id, role, since, until, coalesce(share, '') FROM residence"
        " WHERE org_id = :org AND project_id = :project ORDER BY house_id, id"; /* residence_by_project_id_party_id */
    Arena *arena = m->cx->arena;
    const In in[] = {in_int("project", m->project), {0}};

    TRY(sql_row(m->cx, HOUSE_COUNT, in, OUT(out_int(&m->house_room))));
    TRY(sql_row(m->cx, PARTY_COUNT, in, OUT(out_int(&m->party_room))));
    m->plan.houses = new (arena, PlanHouse, m->house_room + m->import->houses_count);
    m->plan.parties = new (arena, PlanParty, m->party_room + m->import->people_count);
    m->by_no = lookup_new(arena, m->house_room + m->import->houses_count);
    m->by_person = lookup_new(arena, 2 * (m->party_room + m->import->people_count)); /* a new phone is a second key */
    TRY(sql_each(m->cx, HOUSES, in, house_row, m));
    TRY(sql_each(m->cx, PARTIES, in, party_row, m));
    return sql_each(m->cx, RELATIONS, in, relation_row, m);
}

/* The file over it */

static const Error *lay_over(Making *m)
{
    Plan *plan = &m->plan;

    for (int64_t i = 0; i < m->import->houses_count; i++)
        plan_house(m, &m->import->houses[i]);
    for (int64_t i = 0; i < plan->party_count; i++) {
        const PlanParty *party = &plan->parties[i];
        plan->created.parties += party->in_file && party->change == PLAN_NEW;
        plan->changed.parties += party->in_file && party->change == PLAN_CHANGED;
        plan->unchanged.parties += party->in_file && party->change == PLAN_KEPT;
    }
    return OK;
}

/* The note, and with it a use that is none of ours. */
static Str note_of(Making *m, const House *from)
{
    Str note = from->note;

    if (from->use.len == 0 && from->use_written.len > 0)
        note = str_format(m->cx->arena, "用途：%.*s%s%.*s", STR_ARG(utf8_cut(from->use_written, 40)),
                          note.len > 0 ? "；" : "", STR_ARG(note));
    return utf8_cut(note, HOUSE_MAX_NOTE);
}

static void lay_text(PlanHouse *house, Str *known, Str said)
{
    if (said.len == 0 || str_eq(*known, said))
        return;
    *known = said;
    if (house->change == PLAN_KEPT)
        house->change = PLAN_CHANGED;
}

static void plan_house(Making *m, const House *from)
{
    Plan *plan = &m->plan;
    int64_t place = lookup_find(&m->by_no, from->no);
    bool known = place >= 0;
    PlanHouse *house;

    if (!known) {
        place = plan->house_count++;
        plan->houses[place] = (PlanHouse){.change = PLAN_NEW,
                                          .no = from->no,
                                          .building = from->building,
                                          .unit = from->unit,
                                          .room = from->room,
                                          .use = STR("residential")};
        lookup_put(&m->by_no, from->no, place);
    }
    house = &plan->houses[place];
    lay_text(house, &house->floor, from->floor);
    lay_text(house, &house->use, from->use);
    lay_text(house, &house->note, note_of(m, from));
    if (from->area_dm2 > 0 && from->area_dm2 != house->area_dm2) {
        house->area_dm2 = from->area_dm2;
        if (house->change == PLAN_KEPT)
            house->change = PLAN_CHANGED;
    }
    plan->created.houses += house->change == PLAN_NEW;
    plan->changed.houses += house->change == PLAN_CHANGED;
    plan->unchanged.houses += house->change == PLAN_KEPT;
    plan_people(m, house, from);
}

/* A person of the house by name, with or without a phone; -1 when there is none. */
static int64_t resident_named(const Making *m, const PlanHouse *house, Str name, bool with_phone)
{
    for (const PlanRelation *relation = house->first; relation != NULL; relation = relation->next) {
        const PlanParty *party = &m->plan.parties[relation->party];
        if ((party->phone.len > 0) == with_phone && str_eq(party->name, name))
            return relation->party;
    }
    return -1;
}

/* Has another person of this row with the same role been found to be this party? Then it is not this one too. */
static bool is_taken(const House *from, const int64_t *found, int64_t party, PersonRole role)
{
    for (int i = 0; i < from->people_count; i++)
        if (found[i] == party && from->people[i].role == role)
            return true;
    return false;
}

/* Somebody of this row with the same name in another role: an owner who is the contact too. */
static int64_t same_name_in_row(const House *from, const int64_t *found, const HousePerson *person)
{
    for (int i = 0; i < from->people_count; i++)
        if (found[i] >= 0 && from->people[i].role != person->role && str_eq(from->people[i].name, person->name))
            return found[i];
    return -1;
}

static int64_t new_party(Making *m, const HousePerson *person)
{
    int64_t place = m->plan.party_count++;

    m->plan.parties[place] = (PlanParty){.change = PLAN_NEW, .name = person->name, .phone = person->phone};
    return place;
}

/* Which party is this person? `exact` asks only for what is beyond doubt. */
static int64_t find_party(const Making *m, const PlanHouse *house, const House *from, const int64_t *found,
                          const HousePerson *person, bool exact)
{
    int64_t party;

    if (exact)
        return person->phone.len > 0 ? lookup_find(&m->by_person, person_key(m->cx->arena, person->name, person->phone))
                                     : resident_named(m, house, person->name, false);
    if (person->phone.len > 0) {
        party = lookup_find(&m->by_person, person_key(m->cx->arena, person->name, person->phone)); /* made meanwhile */
        if (party < 0)
            party = resident_named(m, house, person->name, false);
    } else {
        party = same_name_in_row(from, found, person);
        if (party < 0)
            party = resident_named(m, house, person->name, true);
    }
    return party >= 0 && is_taken(from, found, party, person->role) ? -1 : party;
}

/* What the row says of a person that is known; what an earlier row has said stays. */
static void lay_person(Making *m, int64_t place, const HousePerson *person)
{
    PlanParty *party = &m->plan.parties[place];
    bool changed = false;
    Str id_no = id_no_normal(m->cx->arena, person->id_no);

    party->in_file = true;
    if (person->phone.len > 0 && party->phone.len == 0) {
        party->phone = person->phone;
        changed = true;
    }
    if (party->phone.len > 0 && person->phone.len > 0)
        lookup_put(&m->by_person, person_key(m->cx->arena, party->name, party->phone), place);
    if (id_no.len > 0 && !party->told_id) {
        changed = changed || !str_eq(party->id_no, id_no);
        party->id_no = id_no;
        party->told_id = true;
    }
    if (person->other_phones.len > 0 && !party->told_phones) {
        changed = changed || !str_eq(party->phones, person->other_phones);
        party->phones = person->other_phones;
        party->told_phones = true;
    }
    if (changed && party->change == PLAN_KEPT)
        party->change = PLAN_CHANGED;
}

/* First who is beyond doubt, then those with a phone, then those without: so the second time comes out as the first. */
static void plan_people(Making *m, PlanHouse *house, const House *from)
{
    int64_t found[HOUSE_MAX_PEOPLE];

    assert(from->people_count <= HOUSE_MAX_PEOPLE);
    for (int i = 0; i < from->people_count; i++)
        found[i] = -1;
    for (int i = 0; i < from->people_count; i++)
        found[i] = find_party(m, house, from, found, &from->people[i], true);
    for (int phone = 1; phone >= 0; phone--)
        for (int i = 0; i < from->people_count; i++) {
            const HousePerson *person = &from->people[i];
            if (found[i] >= 0 || (person->phone.len > 0) != (phone == 1))
                continue;
            found[i] = find_party(m, house, from, found, person, false);
            if (found[i] < 0)
                found[i] = new_party(m, person);
            lay_person(m, found[i], person);
        }
    for (int i = 0; i < from->people_count; i++) {
        lay_person(m, found[i], &from->people[i]);
        plan_relation(m, house, &from->people[i], found[i]);
    }
}

static Str share_text(Arena *arena, Share share)
{
    return share.whole == 0 ? STR_NONE : str_format(arena, "%d/%d", (int)share.part, (int)share.whole);
}

static void plan_relation(Making *m, PlanHouse *house, const HousePerson *person, int64_t party)
{
    Cx *cx = m->cx;
    Instant said = person->from == 0 ? 0 : date_to_instant(person->from, 0, cx->zone_min);
    Str share = share_text(cx->arena, person->share);
    PlanRelation *relation = NULL;
    bool ended = false;

    for (PlanRelation *at = house->first; at != NULL; at = at->next) {
        if (at->party != party || at->other_role || at->role != person->role)
            continue;
        if (at->until == 0 || at->until > cx->now)
            relation = at;
        else
            ended = true;
    }
    if (relation == NULL) {
        relation = add_relation(m, house);
        *relation = (PlanRelation){
            .party = party,
            .role = person->role,
            .change = PLAN_NEW,
            .since = said != 0 || !ended ? said
                                         : date_to_instant(instant_to_date(cx->now, cx->zone_min), 0, cx->zone_min)};
        relation->share = share;
        m->plan.relation_count++;
    } else if (!relation->in_file) {
        bool other_since = said != 0 && said != relation->since,
             other_share = share.len > 0 && !str_eq(share, relation->share);
        if (other_since)
            relation->since = said;
        if (other_share)
            relation->share = share;
        if ((other_since || other_share) && relation->change == PLAN_KEPT) {
            relation->change = PLAN_CHANGED;
            m->plan.relation_count++;
        }
    }
    relation->in_file = true;
    if (relation->change != PLAN_KEPT && m->plan.parties[party].change == PLAN_KEPT)
        m->plan.parties[party].change = PLAN_CHANGED;
}
