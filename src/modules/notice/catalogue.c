/* catalogue.c: 通知模板, templates with variables: what is usually said, how long before, and whether it is to be acknowledged.
 * They are data that a company changes; `channels` and `fields` are words parted by ';'. */
#include "kernel/catalogue.h"
#include "kernel/rich.h"
#include "modules/notice/notice_parts.h"

const Choice notice_kinds[] = {
    {"outage", "停水停电", "Outage"}, {"works", "施工", "Works"}, {"clean", "保洁", "Cleaning"}, {"pest", "消杀", "Pest control"},
    {"greening", "绿化", "Greening"}, {"safety", "安全", "Safety"}, {"emergency", "紧急", "Emergency"}, {"fee", "收费", "Fees"},
    {"meeting", "会议", "Meeting"}, {"activity", "活动", "Activity"}, {"rules", "规约", "Rules"}, {"greeting", "问候", "Greeting"},
    {"found_lost", "失物招领", "Lost and found"}, {"notice", "通知", "Notice"}, {0},
};
/* Those that can send today are the outbox's; the others are done by people, or wait for their adapter. */
const Choice notice_channels[] = {
    {"app", "应用内", "App"}, {"email", "邮件", "E-mail"}, {"sms", "短信", "SMS"}, {"wechat", "微信", "WeChat"}, {"paper", "张贴", "Paper"},
    {"screen", "电梯屏", "Screen"}, {"loudspeaker", "广播", "Loudspeaker"}, {"call", "电话", "Call"}, {0},
};

static const Field fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 60, .required = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = notice_kinds, .required = true},
    {"zh_title", "标题", "Chinese title", T_TEXT, .max = 120, .required = true, .searched = true},
    {"en_title", "英文标题", "English title", T_TEXT, .max = 200, .searched = true},
    {"zh_body", "正文", "Chinese body", T_LINES, .max = 4000, .required = true},
    {"en_body", "英文正文", "English body", T_LINES, .max = 4000},
    {"lead_hours", "提前小时数", "Hours before", T_INT, .min = 0, .max = 10000},
    {"ack", "须确认", "To be acknowledged", T_BOOL},
    {"channels", "渠道", "Channels", T_TEXT, .max = 200},
    {"fields", "变量", "Variables", T_TEXT, .max = 500},
};
const RecordType notice_template_type = {
    .resource = "notice_templates", .name = "notice_template", .zh = "通知模板", .en = "Notice template", .fields = LIST(fields), .sights = LIST(sight_staff),
    .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh_title", .label_en = "en_title",
};

/* clang-format off */
static const char *const templates[] = {
    "code|kind|zh_title|en_title|zh_body|en_body|lead_hours|ack|channels|fields",
    "outage.water.planned|outage|计划停水通知|Planned water outage|尊敬的{buildings}业主：因{reason}，定于{from}至{to}停水。请提前储水并关闭龙头。咨询：{phone}。|Dear residents of {buildings}: water will be off from {from} to {to} because of {reason}. Please store water and close your taps. Questions: {phone}.|48|false|app;wechat;paper;screen|buildings;reason;from;to;phone",
    "outage.water.sudden|outage|紧急停水通知|Unplanned water outage|{buildings}因{reason}突发停水，正在抢修，预计{eta}恢复。每{update_h}小时更新。|Water is off in {buildings} because of {reason}. Repair is under way, expected back at {eta}. Updates every {update_h} h.|0|false|app;sms;screen|buildings;reason;eta;update_h",
    "outage.power.planned|outage|计划停电通知|Planned power outage|{buildings}定于{from}至{to}停电（{reason}）。请保存数据、勿乘电梯。|Power will be off in {buildings} from {from} to {to} ({reason}). Save your data and do not use the lifts.|48|false|app;wechat;paper;screen|buildings;reason;from;to",
    "outage.power.sudden|outage|紧急停电通知|Unplanned power outage|{buildings}突发停电，原因：{reason}，预计{eta}恢复，电梯困人请按对讲。|Power failed in {buildings}: {reason}. Expected back at {eta}. If trapped in a lift press the intercom.|0|false|app;sms;screen|buildings;reason;eta",
    "outage.lift|outage|电梯停用通知|Lift out of service|{lift}因{reason}停用，{from}至{to}，请使用{other_lift}。|{lift} is out of service from {from} to {to} because of {reason}. Please use {other_lift}.|24|false|app;paper;screen|lift;reason;from;to;other_lift",
    "outage.gas|outage|停气通知|Gas outage|燃气公司定于{from}至{to}停气，恢复后请先排空再点火。|The gas company will interrupt supply from {from} to {to}. Purge before lighting again.|48|false|app;paper|from;to",
    "outage.heating|outage|供暖通知|Heating notice|{season}供暖自{from}开始，试压期间请留人在家。|Heating starts on {from}. Somebody should be at home during the pressure test.|72|false|app;sms;paper|season;from",
    "works.general|works|施工公告|Works|{place}于{from}至{to}施工，{impact}，请绕行。|Works at {place} from {from} to {to}; {impact}; please take another way.|72|false|app;paper|place;from;to;impact",
    "works.facade|works|外墙作业公告|Façade work|{buildings}外墙作业，请关闭窗户并移开阳台物品。|Façade work at {buildings}: close windows and clear balconies.|72|false|app;paper|buildings",
    "works.renovation.hours|works|装修时间提示|Renovation hours|装修施工时间：工作日8:00-12:00、14:00-18:00，节假日禁止噪声作业。|Renovation hours: workdays 8–12 and 14–18; no noise on holidays.|0|false|app;paper|",
    "clean.septic|clean|化粪池清掏通知|Septic tank emptying|{date}对{place}化粪池清掏，请避开异味区域。|Septic tank at {place} will be emptied on {date}; please keep away.|24|false|app;paper|date;place",
    "pest.spray|clean|消杀作业通知|Pest control|{date}{time}{place}消杀，{product}，请老人、小孩、宠物勿靠近，收回衣物。|Pest control at {place} on {date} {time} with {product}: keep children and pets away.|24|false|app;paper;screen|date;time;place;product",
    "green.spray|greening|绿化打药通知|Greening spray notice|{date}{place}打药{product}，{hours}小时内请勿接触。|{place} will be sprayed with {product} on {date}; do not touch for {hours} h.|24|false|app;paper|date;place;product;hours",
    "green.prune|greening|树木修剪通知|Tree pruning|{date}{place}修剪，请移开车辆。|Trees at {place} pruned on {date}; please move your car.|48|false|app;sms|date;place",
    "water.test.ok|safety|二次供水水质公示|Water quality report|{date}检测{result}，余氯{chlorine}mg/L，浊度{turbidity}NTU，详见附件。|Water tested on {date}: {result}; chlorine {chlorine} mg/L, turbidity {turbidity} NTU.|0|false|app;paper|date;result;chlorine;turbidity",
    "water.test.fail|emergency|水质异常通告|Water quality alert|{date}检测{item}超标，请勿饮用，已启用应急送水，{phone}。|{item} failed on {date}: do not drink tap water; emergency water is provided. {phone}.|0|true|app;sms;loudspeaker;paper|date;item;phone",
    "fire.drill|safety|消防演练通知|Fire drill notice|{date}{time}{place}组织演练，听到警报请沿疏散方向离开，非真实火情。|A drill takes place on {date} at {time}, {place}. When you hear the alarm, leave by the stairs: it is an exercise.|72|false|app;sms;paper;screen|date;time;place",
    "fire.test.report|safety|消防设施检测公告|Fire facility test report|{year}年度消防设施检测{result}，报告公示于{board}。|The {year} fire facility test: {result}. The report is displayed at {board}.|0|false|app;paper|year;result;board",
    "safety.typhoon|emergency|台风暴雨预警|Storm warning|气象部门发布{level}预警，请收回阳台物品、关窗、勿停放低洼处车辆。|Storm warning {level}: bring in balcony things, close windows, move cars from low ground.|0|false|app;sms;screen;loudspeaker|level",
    "safety.snow|emergency|低温冰雪提醒|Snow and frost|{date}降雪低温，请慢行，车辆防滑；老人减少外出。|Snow on {date}: walk slowly, take care driving; older people should stay in.|12|false|app;screen|date",
    "safety.heat|safety|高温提醒|Heat advice|{date}气温{temp}℃以上，户外活动请避高温，关注独居老人。|Over {temp} °C on {date}: avoid outdoor work, look after people living alone.|24|false|app;screen|date;temp",
    "safety.fraud|safety|防诈骗提醒|Fraud warning|近期出现{case}，请勿转账、勿泄露验证码，遇疑问拨110。|Recent case: {case}. Do not transfer money or share codes. Call 110 if in doubt.|0|false|app;wechat|case",
    "safety.theft|safety|防盗提醒|Theft prevention|近期{place}发生盗窃，请锁好门窗、贵重物品勿放车内。|Theft at {place}: lock doors and leave nothing valuable in your car.|0|false|app;paper|place",
    "safety.gas|safety|燃气安全入户检查|Gas inspection|燃气公司{date}{time}入户安检，请留人并出示证件核验。|The gas company inspects homes on {date} {time}; please stay at home and check the badge.|72|true|app;sms|date;time",
    "safety.ebike|safety|电动车充电禁令|E-bike rules|禁止电动车进楼、飞线充电，违者通报并上报消防部门。|No e-bikes in buildings and no charging cables from windows; repeated cases are reported to the fire authority.|0|false|app;paper;screen|",
    "elevator.inspect|safety|电梯年检停梯|Lift inspection|{lift}定于{date}检验，{from}至{to}停用。|{lift} will be inspected on {date} and out of use from {from} to {to}.|48|false|app;screen|lift;date;from;to",
    "fee.bill|fee|物业费账单|Bill notice|您{period}物业费{amount}元，缴费截止{due}，线上缴费可开电子发票。|Your fee for {period} is ¥{amount}, due on {due}. E-invoice available on line.|0|false|app;sms|period;amount;due",
    "fee.reminder1|fee|缴费提醒|Payment reminder|您{period}物业费{amount}元尚未缴纳，如已缴请忽略。|Your fee of ¥{amount} for {period} is still unpaid. Ignore if already paid.|0|false|app;sms|period;amount",
    "fee.reminder2|fee|催缴通知|Second reminder|尊敬的{name}：{amount}元已逾期{days}天，请于{due}前缴纳，如有困难请联系我们协商分期。|Dear {name}: ¥{amount} is {days} days overdue. Please pay by {due} or contact us about instalments.|0|false|app;sms|name;amount;days;due",
    "fee.demand|fee|书面催缴函|Written demand|根据物业服务合同，您拖欠{amount}元，请于收到后15日内缴纳，逾期将依法主张。|Under the service contract you owe ¥{amount}. Pay within 15 days or we will claim it by law.|0|true|paper;app|amount",
    "fee.publish|fee|收支公示|Accounts published|{period}公共收益与维修资金使用情况已公示，见{board}。|Common income and fund use for {period} are published at {board}.|0|false|app;paper|period;board",
    "meeting.notice|meeting|业主大会会议通知|Owners' meeting notice|定于{date}召开业主大会，议题：{topics}，表决期{from}至{to}，需2/3以上参与。|The owners' meeting is on {date}: {topics}. Voting from {from} to {to}; two thirds must take part.|360|true|app;sms;paper|date;topics;from;to",
    "meeting.result|meeting|业主大会表决结果|Voting result|{topic}：参与面积{part_area}%、人数{part_heads}%，同意面积{agree_area}%、人数{agree_heads}%，{passed}。|{topic}: participation {part_area} % of area and {part_heads} % of heads; agreed {agree_area} % and {agree_heads} %; {passed}.|0|false|app;paper|topic;part_area;part_heads;agree_area;agree_heads;passed",
    "meeting.extend|meeting|延长表决通知|Voting extended|{topic}表决期延长至{to}，当前参与率{rate}%。|Voting on {topic} is extended to {to}; participation is {rate} %.|0|false|app;sms|topic;to;rate",
    "activity.invite|activity|社区活动邀请|Activity invitation|{date}{place}举办{title}，名额{quota}，报名截止{close}。|{title} at {place} on {date}, {quota} places, sign up by {close}.|72|false|app;wechat|date;place;title;quota;close",
    "activity.cancel|activity|活动取消通知|Activity cancelled|{title}因{reason}取消，费用将退回。|{title} is cancelled because of {reason}; fees will be refunded.|0|false|app;sms|title;reason",
    "move_in.invite|notice|入住通知|Move-in notice|尊敬的{name}：您的{house}定于{from}至{to}办理入住，请携带{docs}，可预约{url}。|Dear {name}: move-in of {house} from {from} to {to}. Bring {docs}; book at {url}.|360|false|sms;app;paper|name;house;from;to;docs;url",
    "renovation.start|works|装修开工公示|Renovation notice to neighbours|{house}装修，{from}至{to}，允许施工{hours}，投诉电话{phone}。|Renovation at {house} from {from} to {to}, allowed {hours}, complaints: {phone}.|24|false|paper;app|house;from;to;hours;phone",
    "renovation.water|works|闭水试验通知|Closed-water test notice|{house}于{time}开始闭水试验24小时，请楼下业主留意渗漏。|{house} starts a 24-hour closed-water test at {time}; the flat below should watch for leaks.|24|true|app;sms|house;time",
    "parking.expire|notice|车位到期提醒|Parking lease ending|您的{space}于{to}到期，{price}元/月，请续费。|Your space {space} ends on {to}, ¥{price} a month; please renew.|168|false|app;sms|space;to;price",
    "parking.move|notice|移车通知|Please move your car|您的{plate}停放在{place}影响{reason}，请{within}分钟内移走。|Your car {plate} at {place} blocks {reason}; please move it within {within} minutes.|0|false|sms;call|plate;place;reason;within",
    "service.report|notice|月度服务报告|Monthly service report|{month}报告已发布：维修{repairs}件按时率{rate}%，投诉{complaints}件办结{solved}%，满意度{csi}。|The report for {month}: {repairs} repairs, {rate} % in time; {complaints} complaints, {solved} % solved; CSI {csi}.|0|false|app;wechat;paper|month;repairs;rate;complaints;solved;csi",
    "survey.invite|notice|满意度调查邀请|Survey invitation|请用3分钟为本季度服务打分，匿名，截止{close}。|Please spend 3 minutes rating this quarter, anonymously, until {close}.|0|false|app;sms|close",
    "survey.result|notice|调查结果与改进|Survey results and actions|{period}CSI{csi}（{low}-{high}），我们将改进：{actions}。|{period} CSI {csi} ({low}–{high}); we will improve: {actions}.|0|false|app;paper|period;csi;low;high;actions",
    "greeting.birthday|greeting|生日祝福|Birthday greeting|{name}，祝您生日快乐！{company}全体员工。|Happy birthday, {name}, from all of us at {company}.|0|false|app|name;company",
    "greeting.festival|greeting|节日慰问|Festival greeting|{festival}快乐，值班电话{phone}，24小时为您服务。|Happy {festival}! The 24-hour number is {phone}.|0|false|app;paper;screen|festival;phone",
    NULL};
/* clang-format on */

const Error *notice_seed(Cx *cx)
{
    return catalogue_seed(cx, &notice_template_type, templates);
}

typedef struct {
    Str kind, channels, fields;
    Str texts[4]; /* of title, title_en, body, body_en */
    int64_t lead_hours, ack;
    json_t *variables;
    bool found;
} Template;

static const char *const written[4] = {"title", "title_en", "body", "body_en"};

static const Error *read_template(Cx *cx, Value code, Value variables, Template *out)
{
    static const char FIND[] = "SELECT kind, channels, fields, zh_title, en_title, zh_body, en_body, coalesce(lead_hours, 0), coalesce(ack, 0)"
                               " FROM notice_template WHERE org_id = :org AND code = :code AND archived_at IS NULL"; /* notice_template_by_code_part */

    *out = (Template){0};
    if (code.kind != V_TEXT)
        return OK;
    if (variables.kind == V_TEXT)
        TRY(json_read(cx->arena, variables.s, &out->variables));
    return sql_find(cx, FIND, IN(in_text("code", code.s)),
                    OUT(out_text(&out->kind), out_text(&out->channels), out_text(&out->fields), out_text(&out->texts[0]), out_text(&out->texts[1]),
                        out_text(&out->texts[2]), out_text(&out->texts[3]), out_int(&out->lead_hours), out_int(&out->ack)),
                    &out->found);
}

/* The value of a variable as text; empty when it is not given. */
static Str variable(Arena *arena, const Template *template, Str name)
{
    const json_t *value = json_object_get(template->variables, str_to_c(arena, name));

    if (json_is_integer(value))
        return str_format(arena, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return str_format(arena, "%g", json_real_value(value));
    return str_trim(json_str(value));
}

static bool declares(const Template *template, Str name)
{
    Str rest = template->fields;

    while (rest.ptr != NULL)
        if (str_eq(str_trim(str_split(rest, ';', &rest)), name))
            return name.len > 0;
    return false;
}

/* The text with its variables filled in; in HTML they are text too. */
static Str fill(Arena *arena, const Template *template, Str text, bool html)
{
    Buf buf = buf_new(arena, RICH_MAX_BYTES);
    ptrdiff_t at;

    while ((at = str_find_char(text, '{')) >= 0) {
        ptrdiff_t end = str_find_char(str_cut(text, at, text.len), '}');
        Str name = end < 0 ? STR_NONE : str_cut(text, at + 1, at + end);
        buf_add(&buf, str_cut(text, 0, at));
        if (declares(template, name)) {
            html ? rich_escape(&buf, variable(arena, template, name)) : buf_add(&buf, variable(arena, template, name));
            text = str_cut(text, at + end + 1, text.len);
        } else {
            buf_char(&buf, '{');
            text = str_cut(text, at + 1, text.len);
        }
    }
    buf_add(&buf, text);
    return buf_str(&buf);
}

/* What the template makes of one of the four texts. */
static Str render(Arena *arena, const Template *template, int which)
{
    bool html = which >= 2;
    return fill(arena, template, html ? rich_of_text(arena, template->texts[which]) : template->texts[which], html);
}

static void check_variables(Cx *cx, const Template *template, Problems *problems)
{
    Buf missing = buf_new(cx->arena, 1000);
    Str rest = template->fields;

    while (rest.ptr != NULL && rest.len > 0) {
        Str name = str_trim(str_split(rest, ';', &rest));
        if (name.len > 0 && variable(cx->arena, template, name).len == 0)
            buf_format(&missing, "%s%.*s", missing.len == 0 ? "" : ", ", STR_ARG(name));
    }
    if (missing.len > 0)
        problems_add(problems, STR("variables"), "required", str_format(cx->arena, "缺少模板变量：%.*s", STR_ARG(buf_str(&missing))),
                     str_format(cx->arena, "variables of the template are missing: %.*s", STR_ARG(buf_str(&missing))));
}

/* app;sms as ["app","sms"] */
static Str channel_words(Arena *arena, Str channels)
{
    Buf buf = buf_new(arena, 500);

    while (channels.ptr != NULL && channels.len > 0) {
        Str channel = str_trim(str_split(channels, ';', &channels));
        buf_format(&buf, "%s\"%.*s\"", buf.len == 0 ? "[" : ",", STR_ARG(channel));
    }
    buf_char(&buf, ']');
    return buf_str(&buf);
}

/* A text that is absent comes from the template; one that did stays in step with it; one written by hand stays as written, with
 * its variables filled in. */
static void write_texts(Cx *cx, Record *record, const Template *template, const Template *before, bool fresh)
{
    for (int i = 0; i < 4; i++) {
        Value *value = &record->values[meta_field(record->meta, str_of(written[i]))->at];
        bool given = value->kind == V_TEXT && (fresh || record_changed(record, written[i]));
        Str old = fresh || !before->found ? STR_NONE : render(cx->arena, before, i);
        if (!given && old.len > 0 && i >= 2) { /* bodies are kept clean */
            Rich *rich = new (cx->arena, Rich, 1);
            rich_clean(cx->arena, old, rich);
            old = rich->html;
        }
        if (given)
            *value = value_text(fill(cx->arena, template, value->s, i >= 2));
        else if (template->texts[i].len > 0 && (value->kind == V_NULL || (old.len > 0 && str_eq(value->s, old))))
            *value = value_text(render(cx->arena, template, i));
    }
}

const Error *template_apply(Cx *cx, Record *record, bool fresh, Problems *problems)
{
    int code = meta_field(record->meta, STR("template"))->at, variables = meta_field(record->meta, STR("variables"))->at;
    Template template, before = {0};

    if (!record_is_null(record, "variables") && str_find_char(record_text(record, "variables"), '{') != 0) {
        problems_add(problems, STR("variables"), "type", STR("应为对象 {\"变量\":\"值\"}"), STR("must be an object {\"name\":\"value\"}"));
        return OK;
    }
    TRY(read_template(cx, record->values[code], record->values[variables], &template));
    if (!template.found)
        return OK;
    if (!fresh)
        TRY(read_template(cx, record->before[code], record->before[variables], &before));
    check_variables(cx, &template, problems);
    write_texts(cx, record, &template, &before, fresh);
    if (record_is_null(record, "kind"))
        record_set_text(record, "kind", template.kind);
    if (record_is_null(record, "ack_required") && template.ack != 0)
        record_set_int(record, "ack_required", 1);
    if (record_is_null(record, "channels") && template.channels.len > 0)
        record_set_text(record, "channels", channel_words(cx->arena, template.channels));
    return OK;
}

const Error *template_is_late(Cx *cx, const Record *record, Instant publish_at, bool *late)
{
    int code = meta_field(record->meta, STR("template"))->at;
    Instant from = record_int(record, "effective_from");
    Template template;

    TRY(read_template(cx, record->values[code], VALUE_NULL, &template));
    *late = from != 0 && (from - publish_at < template.lead_hours * HOUR);
    return OK;
}
