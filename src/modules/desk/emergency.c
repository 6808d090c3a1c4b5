/* emergency.c: what sounds like an emergency in what somebody says (card P05), and what is to be done before anything else.
 * A hint to people: it stops nothing and closes nothing. */
#include "kernel/fold.h"
#include "modules/desk/desk_parts.h"

const Choice emergency_kinds[] = {
    {"fire", "火情", "Fire"}, {"lift", "困梯", "Trapped in a lift"}, {"gas", "燃气泄漏", "Gas leak"}, {"medical", "人员急症", "Somebody is ill"},
    {"electric", "触电", "Electric shock"}, {"fall", "坠落", "Fall from height"}, {"violence", "暴力", "Violence"}, {0},
};

/* Folded; what names the danger, not the thing (灭火器 and 煤气费 are no emergency). */
static const struct {
    const char *word, *kind;
} words[] = {
    {"着火", "fire"}, {"起火", "fire"}, {"失火", "fire"}, {"火灾", "fire"}, {"冒烟", "fire"}, {"冒火", "fire"}, {"爆炸", "fire"}, {"on fire", "fire"},
    {"smoke", "fire"}, {"explo", "fire"}, {"困梯", "lift"}, {"困在电梯", "lift"}, {"关在电梯", "lift"}, {"电梯困人", "lift"}, {"电梯里出不来", "lift"},
    {"被困", "lift"}, {"trapped", "lift"}, {"stuck in the lift", "lift"}, {"stuck in the elevator", "lift"}, {"煤气味", "gas"}, {"燃气味", "gas"},
    {"煤气泄漏", "gas"}, {"燃气泄漏", "gas"}, {"天然气泄漏", "gas"}, {"煤气漏", "gas"}, {"燃气漏", "gas"}, {"漏煤气", "gas"}, {"漏燃气", "gas"},
    {"漏气", "gas"}, {"煤气中毒", "gas"}, {"闻到煤气", "gas"}, {"gas leak", "gas"}, {"smell of gas", "gas"}, {"smell gas", "gas"}, {"晕倒", "medical"}, {"昏迷", "medical"},
    {"没有呼吸", "medical"}, {"心脏病", "medical"}, {"昏倒", "medical"}, {"fainted", "medical"}, {"unconscious", "medical"}, {"heart attack", "medical"},
    {"触电", "electric"}, {"electrocut", "electric"}, {"electric shock", "electric"}, {"坠楼", "fall"}, {"跳楼", "fall"}, {"打架", "violence"},
    {"持刀", "violence"}, {"抢劫", "violence"},
};

static const Choice advice[] = {
    {"fire", "疑似火情：问清位置和有无人员被困，立即通知消控室派人核实，拨 119，提醒走楼梯、勿乘电梯。",
     "Possible fire: ask where and whether anybody is inside, send the control room at once, call 119, stairs only."},
    {"lift", "疑似困梯：问清楼栋电梯和人数，安抚并告知勿扒门，立即通知消控室和维保单位，有人不适拨 120。",
     "Possibly trapped in a lift: ask which lift and how many, keep them calm and away from the door, call the control room and the lift company."},
    {"gas", "疑似燃气泄漏：开窗、关阀、勿动任何开关和电话，人员撤到室外，立即通知消控室和燃气公司。",
     "Possible gas leak: windows open, valve shut, touch no switch, everybody outside, call the control room and the gas company."},
    {"medical", "疑似急症：拨 120，派人到单元门接应，通知消控室送急救箱和 AED。",
     "Possibly ill: call 120, somebody waits at the entrance, the control room brings first-aid kit and AED."},
    {"electric", "疑似触电：先断电再救人，拨 120，通知工程值班。", "Possible electric shock: cut the power first, call 120 and the engineer on duty."},
    {"fall", "疑似坠落：拨 120 和 110，通知消控室封闭现场。", "Possible fall from height: call 120 and 110, the control room closes the place."},
    {"violence", "疑似暴力：拨 110，通知秩序队长，勿单独上前。", "Possible violence: call 110 and the guard leader, nobody goes alone."},
    {0},
};

const char *emergency_of(Arena *arena, Str said)
{
    Str folded = fold_text(arena, said);

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_find(folded, str_of(words[i].word)) >= 0)
            return words[i].kind;
    return NULL;
}

void emergency_json(const Cx *cx, Str kind, Json *json)
{
    for (const Choice *row = advice; row->value != NULL; row++)
        if (str_is(kind, row->value)) {
            json_open(json, '{');
            JSON_C(json, "emergency", row->value);
            JSON_C(json, "text", cx->lang == LANG_ZH ? row->zh : row->en);
            json_close(json, '}');
            return;
        }
    json_none(json);
}
