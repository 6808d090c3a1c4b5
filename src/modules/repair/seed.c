/* seed.c: repair categories (86) and example prices (61). Times are minutes, money is fen; all of it is data that a company
 * changes in the program. Codes are stable: they are retired, never renumbered. */
#include "modules/repair/repair.h"
#include "modules/repair/seed.h"

typedef struct {
    const char *code, *parent, *zh, *en, *place, *urgency;
    int response_min, arrive_min, finish_min;
    const char *calendar, *skill, *certificate, *payer;
    int warranty_years;
    const char *note;
} CategoryRow;

typedef struct {
    const char *code, *category, *zh, *en, *unit;
    int labour_fen, material_fen, warranty_days;
    const char *note;
} PriceRow;

/* clang-format off */
static const CategoryRow categories[] = {
    {"water", NULL, "给排水", "Water supply and drainage", "any", "normal", 15, 240, 1440, "work", "plumbing", NULL, "owner", 2, "group"},
    {"water.burst", "water", "水管爆裂", "Burst pipe", "any", "urgent", 5, 30, 240, "7x24", "plumbing", NULL, "owner", 2, "tell the caller to close the main valve first"},
    {"water.leak_home", "water", "户内管道渗漏", "Pipe leak inside home", "inside_home", "normal", 15, 120, 1440, "work", "plumbing", NULL, "owner", 2, NULL},
    {"water.leak_upstairs", "water", "楼上漏水", "Leak from the flat above", "inside_home", "urgent", 5, 30, 1440, "7x24", "plumbing", NULL, "third_party", 5, "both homes are visited, photos of both"},
    {"water.tap", "water", "水龙头/阀门损坏", "Tap or valve broken", "inside_home", "normal", 15, 240, 1440, "work", "plumbing", NULL, "owner", 2, NULL},
    {"water.toilet", "water", "马桶故障", "Toilet fault", "inside_home", "normal", 15, 240, 1440, "work", "plumbing", NULL, "owner", 2, NULL},
    {"water.no_water", "water", "家中无水", "No water in one home", "inside_home", "urgent", 5, 60, 480, "7x24", "plumbing", NULL, "property_fee", 2, "check area supply before visiting"},
    {"water.low_pressure", "water", "水压低", "Low water pressure", "inside_home", "normal", 15, 480, 2880, "work", "plumbing", NULL, "property_fee", 2, NULL},
    {"water.yellow", "water", "水浑/水黄", "Discoloured water", "any", "urgent", 5, 60, 480, "7x24", "plumbing", NULL, "property_fee", 0, "several calls in one zone start the water emergency plan"},
    {"water.meter", "water", "水表故障", "Water meter fault", "inside_home", "normal", 15, 1440, 4320, "work", "plumbing", NULL, "third_party", 0, "meter owner is often the water company"},
    {"water.heater", "water", "热水器/暖管连接", "Water heater connection", "inside_home", "normal", 15, 480, 2880, "work", "plumbing", NULL, "owner", 2, "no gas work"},
    {"drain", NULL, "排水疏通", "Drainage and blockage", "any", "normal", 15, 240, 1440, "work", "plumbing", NULL, "owner", 2, "group"},
    {"drain.floor", "drain", "地漏堵塞", "Floor drain blocked", "inside_home", "normal", 15, 120, 480, "work", "plumbing", NULL, "owner", 2, NULL},
    {"drain.toilet", "drain", "马桶堵塞", "Toilet blocked", "inside_home", "normal", 15, 120, 480, "work", "plumbing", NULL, "owner", 2, NULL},
    {"drain.kitchen", "drain", "厨房下水堵塞", "Kitchen drain blocked", "inside_home", "normal", 15, 120, 480, "work", "plumbing", NULL, "owner", 2, NULL},
    {"drain.riser", "drain", "公共立管堵塞/污水倒灌", "Common riser blocked, sewage backflow", "common_part", "urgent", 5, 30, 240, "7x24", "plumbing", NULL, "property_fee", 0, "ask the whole stack to stop using water"},
    {"drain.manhole", "drain", "化粪池/检查井满溢", "Septic tank or manhole overflow", "common_part", "urgent", 5, 30, 480, "7x24", "plumbing", "confined_space", "property_fee", 0, "gas test before opening"},
    {"drain.rain", "drain", "雨水管堵塞", "Rain pipe blocked", "common_part", "normal", 15, 240, 1440, "work", "plumbing", NULL, "property_fee", 0, "urgent when rain warning is out"},
    {"drain.smell", "drain", "下水返味", "Drain smell", "inside_home", "normal", 15, 480, 2880, "work", "plumbing", NULL, "owner", 2, NULL},
    {"power", NULL, "供电照明", "Electricity and lighting", "any", "normal", 15, 240, 1440, "work", "electric", "low_voltage", "owner", 2, "group"},
    {"power.home_off", "power", "家中停电", "No power in one home", "inside_home", "urgent", 5, 30, 240, "7x24", "electric", "low_voltage", "property_fee", 2, "first ask: meter prepaid balance, main switch"},
    {"power.trip", "power", "频繁跳闸", "Breaker keeps tripping", "inside_home", "urgent", 5, 60, 480, "7x24", "electric", "low_voltage", "owner", 2, NULL},
    {"power.socket", "power", "插座/开关故障", "Socket or switch fault", "inside_home", "normal", 15, 240, 1440, "work", "electric", "low_voltage", "owner", 2, NULL},
    {"power.lamp_home", "power", "户内灯具", "Lamp inside home", "inside_home", "normal", 15, 480, 1440, "work", "electric", "low_voltage", "owner", 2, NULL},
    {"power.spark", "power", "冒火花/焦味", "Sparks or burning smell", "any", "urgent", 5, 15, 120, "7x24", "electric", "low_voltage", "property_fee", 2, "cut power at once; fire plan if smoke"},
    {"power.lamp_common", "power", "公共照明不亮", "Common light out", "common_part", "normal", 15, 480, 1440, "work", "electric", "low_voltage", "property_fee", 0, "stairs and garage 24 h, others 48 h"},
    {"power.emergency_lamp", "power", "应急照明/疏散标志故障", "Emergency light or exit sign fault", "common_part", "normal", 15, 240, 1440, "work", "electric", "low_voltage", "property_fee", 0, "fire facility, counts in fire log"},
    {"power.area_off", "power", "整栋/片区停电", "Building or area without power", "common_part", "urgent", 5, 15, 240, "7x24", "electric", "high_voltage", "property_fee", 0, "starts the power-cut plan"},
    {"power.meter", "power", "电表故障", "Electricity meter fault", "inside_home", "normal", 15, 1440, 4320, "work", "electric", "low_voltage", "third_party", 0, "grid company"},
    {"power.charging", "power", "充电桩故障", "Charging pile fault", "common_part", "normal", 15, 480, 2880, "work", "electric", "low_voltage", "contractor", 0, NULL},
    {"lift", NULL, "电梯", "Lifts", "equipment", "normal", 5, 60, 480, "7x24", "lift", "lift_T", "contractor", 0, "group"},
    {"lift.trapped", "lift", "困人", "People trapped", "equipment", "urgent", 1, 30, 60, "7x24", "lift", "lift_T", "contractor", 0, "starts the entrapment plan; maintainer on site in 30 min (city) or 60 min (other places)"},
    {"lift.stopped", "lift", "停梯", "Lift out of service", "equipment", "urgent", 5, 60, 480, "7x24", "lift", "lift_T", "contractor", 0, "last lift in a unit: treat as urgent, else normal"},
    {"lift.noise", "lift", "异响/抖动/平层不准", "Noise, shaking, bad levelling", "equipment", "normal", 15, 240, 1440, "work", "lift", "lift_T", "contractor", 0, NULL},
    {"lift.button", "lift", "按钮/显示故障", "Button or display fault", "equipment", "normal", 15, 480, 1440, "work", "lift", "lift_T", "contractor", 0, NULL},
    {"lift.intercom", "lift", "五方对讲故障", "Emergency intercom fault", "equipment", "urgent", 5, 120, 480, "7x24", "lift", "lift_T", "contractor", 0, "lift stays out of use until it works"},
    {"lift.door", "lift", "门故障", "Door fault", "equipment", "urgent", 5, 60, 480, "7x24", "lift", "lift_T", "contractor", 0, NULL},
    {"building", NULL, "房屋本体", "Building fabric", "any", "normal", 30, 1440, 10080, "work", "civil", NULL, "property_fee", 5, "group"},
    {"building.roof_leak", "building", "屋面渗漏", "Roof leak", "common_part", "normal", 30, 240, 10080, "work", "civil", "high_work", "fund", 5, "warranty 5 years, then maintenance fund"},
    {"building.wall_leak", "building", "外墙渗水", "Exterior wall seepage", "common_part", "normal", 30, 1440, 21600, "work", "civil", "high_work", "fund", 5, NULL},
    {"building.falling", "building", "外墙脱落/高空坠物隐患", "Façade falling or loose parts", "common_part", "urgent", 5, 15, 240, "7x24", "civil", "high_work", "fund", 5, "fence off first, emergency use of fund possible"},
    {"building.crack", "building", "墙体裂缝", "Wall crack", "any", "normal", 30, 1440, 10080, "work", "civil", NULL, "warranty", 2, "structure: developer for design life"},
    {"building.basement", "building", "地下室渗水", "Basement seepage", "common_part", "normal", 30, 480, 10080, "work", "civil", NULL, "fund", 5, NULL},
    {"building.window", "building", "门窗损坏", "Door or window broken", "inside_home", "normal", 15, 480, 4320, "work", "carpentry", NULL, "owner", 2, NULL},
    {"building.tile", "building", "地砖/台阶破损", "Paving or step broken", "common_part", "normal", 30, 480, 4320, "work", "civil", NULL, "property_fee", 2, "trip hazard: fence at once"},
    {"building.paint", "building", "墙面污损", "Wall dirty or peeling", "common_part", "normal", 30, 1440, 10080, "work", "civil", NULL, "property_fee", 2, NULL},
    {"building.handrail", "building", "栏杆扶手松动", "Loose railing or handrail", "common_part", "urgent", 5, 60, 1440, "7x24", "civil", NULL, "property_fee", 2, NULL},
    {"door", NULL, "门禁对讲", "Doors, access and intercom", "any", "normal", 15, 240, 1440, "work", "weak_current", NULL, "property_fee", 2, "group"},
    {"door.lock_home", "door", "户门开锁/换锁", "Home lock opened or changed", "inside_home", "urgent", 5, 60, 240, "7x24", "locksmith", NULL, "owner", 0, "identity and right to enter proven; police-registered locksmith"},
    {"door.unit", "door", "单元门损坏", "Unit entrance door fault", "common_part", "normal", 15, 120, 1440, "work", "weak_current", NULL, "property_fee", 2, NULL},
    {"door.access", "door", "门禁刷卡/人脸失灵", "Access reader failure", "common_part", "normal", 15, 120, 1440, "work", "weak_current", NULL, "property_fee", 2, NULL},
    {"door.intercom", "door", "可视对讲故障", "Video intercom fault", "inside_home", "normal", 15, 480, 2880, "work", "weak_current", NULL, "property_fee", 2, NULL},
    {"door.gate", "door", "大门/道闸故障", "Gate or barrier fault", "equipment", "urgent", 5, 30, 480, "7x24", "weak_current", NULL, "property_fee", 2, "guard opens by hand, lost fee logged"},
    {"door.closer", "door", "防火门/闭门器", "Fire door or closer", "common_part", "normal", 15, 480, 2880, "work", "civil", NULL, "property_fee", 0, "fire facility"},
    {"weak", NULL, "弱电安防", "Low-voltage and security systems", "equipment", "normal", 15, 240, 1440, "work", "weak_current", NULL, "property_fee", 2, "group"},
    {"weak.camera", "weak", "监控摄像头故障", "Camera fault", "equipment", "normal", 15, 240, 1440, "work", "weak_current", NULL, "property_fee", 2, "gate, lift and garage cameras 8 h"},
    {"weak.perimeter", "weak", "周界报警故障", "Perimeter alarm fault", "equipment", "normal", 5, 120, 1440, "7x24", "weak_current", NULL, "property_fee", 2, "extra patrol until mended"},
    {"weak.network", "weak", "宽带/电视信号", "Broadband or TV signal", "inside_home", "normal", 15, 1440, 4320, "work", "weak_current", NULL, "third_party", 0, "operator; company escorts"},
    {"weak.broadcast", "weak", "背景音乐/广播", "Public address", "equipment", "normal", 30, 1440, 4320, "work", "weak_current", NULL, "property_fee", 2, NULL},
    {"weak.parking_sys", "weak", "停车系统故障", "Parking system fault", "equipment", "urgent", 5, 30, 480, "7x24", "weak_current", NULL, "property_fee", 2, NULL},
    {"fire", NULL, "消防设施", "Fire facilities", "equipment", "urgent", 5, 30, 1440, "7x24", "fire", "fire_operator", "property_fee", 0, "group"},
    {"fire.alarm", "fire", "报警主机故障/误报", "Alarm panel fault or false alarm", "equipment", "urgent", 1, 5, 1440, "7x24", "fire", "fire_operator", "property_fee", 0, "every alarm is confirmed on the spot"},
    {"fire.hydrant", "fire", "消火栓漏水/无压", "Hydrant leak or no pressure", "equipment", "urgent", 5, 30, 1440, "7x24", "fire", "fire_operator", "property_fee", 0, NULL},
    {"fire.sprinkler", "fire", "喷淋头破损喷水", "Sprinkler head broken, water flowing", "any", "urgent", 1, 10, 240, "7x24", "fire", "fire_operator", "third_party", 0, NULL},
    {"fire.extinguisher", "fire", "灭火器缺失/失压", "Extinguisher missing or low", "common_part", "normal", 15, 240, 1440, "work", "fire", NULL, "property_fee", 0, NULL},
    {"fire.exit", "fire", "疏散通道堵塞", "Escape route blocked", "common_part", "urgent", 5, 15, 60, "7x24", "guard", NULL, "property_fee", 0, "removal with photo; photo again next day"},
    {"gas", NULL, "燃气", "Gas", "any", "urgent", 1, 10, 60, "7x24", "gas", "gas_work", "third_party", 0, "group; property staff never work on gas"},
    {"gas.smell", "gas", "闻到燃气味", "Gas smell", "any", "urgent", 1, 10, 60, "7x24", "guard", NULL, "third_party", 0, "no switches, evacuate, gas company emergency number"},
    {"gas.meter", "gas", "燃气表故障", "Gas meter fault", "inside_home", "normal", 15, 1440, 4320, "work", "gas", "gas_work", "third_party", 0, "pass to gas company"},
    {"hvac", NULL, "暖通空调", "Heating, ventilation, air-conditioning", "any", "normal", 15, 480, 2880, "work", "hvac", "refrigeration", "owner", 2, "group"},
    {"hvac.no_heat", "hvac", "暖气不热", "Heating not warm", "inside_home", "urgent", 15, 240, 1440, "7x24", "hvac", NULL, "property_fee", 2, "in the heating season; ≥ 18 °C (verify: configurable)"},
    {"hvac.ac", "hvac", "空调故障", "Air-conditioner fault", "inside_home", "normal", 15, 480, 2880, "work", "hvac", "refrigeration", "owner", 0, NULL},
    {"hvac.exhaust", "hvac", "排风/烟道串味", "Exhaust or flue smell", "inside_home", "normal", 15, 480, 4320, "work", "hvac", NULL, "property_fee", 2, NULL},
    {"hvac.garage_fan", "hvac", "车库排风故障", "Garage fan fault", "equipment", "normal", 15, 480, 2880, "work", "hvac", NULL, "property_fee", 2, NULL},
    {"public", NULL, "公共设施", "Public amenities", "common_part", "normal", 30, 480, 4320, "work", "civil", NULL, "property_fee", 2, "group"},
    {"public.playground", "public", "儿童游乐设施损坏", "Playground equipment broken", "common_part", "urgent", 5, 60, 4320, "7x24", "civil", NULL, "property_fee", 2, "close it at once"},
    {"public.fitness", "public", "健身器材损坏", "Fitness equipment broken", "common_part", "normal", 30, 480, 4320, "work", "civil", NULL, "property_fee", 2, NULL},
    {"public.road", "public", "道路/井盖破损", "Road or manhole cover broken", "common_part", "urgent", 5, 15, 480, "7x24", "civil", NULL, "property_fee", 2, "missing cover: guard stands there until covered"},
    {"public.bench", "public", "座椅/凉亭损坏", "Bench or pavilion broken", "common_part", "normal", 30, 1440, 7200, "work", "carpentry", NULL, "property_fee", 2, NULL},
    {"public.mailbox", "public", "信报箱/快递柜", "Mailbox or parcel locker", "common_part", "normal", 30, 1440, 4320, "work", "carpentry", NULL, "third_party", 2, NULL},
    {"public.pool", "public", "泳池/水景设备", "Pool or water feature", "equipment", "normal", 30, 480, 4320, "work", "plumbing", NULL, "property_fee", 2, NULL},
    {"public.garbage", "public", "垃圾桶/垃圾房损坏", "Bin or waste room broken", "common_part", "normal", 30, 480, 2880, "work", "civil", NULL, "property_fee", 2, NULL},
    {"other", NULL, "其他", "Other", "any", "normal", 30, 480, 4320, "work", "general", NULL, "owner", 0, "group"},
    {"other.furniture", "other", "家具安装维修", "Furniture fitting", "inside_home", "planned", 30, 1440, 4320, "work", "carpentry", NULL, "owner", 0, NULL},
    {"other.pest", "other", "虫害鼠害", "Pests", "any", "normal", 30, 1440, 4320, "work", "pest", NULL, "property_fee", 0, NULL},
    {"other.unknown", "other", "说不清的问题", "Not known", "any", "normal", 15, 240, 1440, "work", "general", NULL, "property_fee", 0, "engineer reclassifies on arrival"},
};

static const PriceRow prices[] = {
    {"install.tap", "water.tap", "更换普通水龙头", "Replace an ordinary tap", "piece", 4000, 0, 90, "resident supplies tap"},
    {"install.kitchen_tap", "water.tap", "更换厨房抽拉龙头", "Replace a pull-out kitchen tap", "piece", 6000, 0, 90, NULL},
    {"install.angle", "water.tap", "更换角阀", "Replace an angle valve", "piece", 2500, 0, 90, NULL},
    {"install.hose", "water.tap", "更换软管", "Replace a hose", "piece", 2000, 2000, 90, NULL},
    {"toilet.fill", "water.toilet", "更换马桶水箱配件", "Toilet cistern parts", "set", 5000, 8000, 90, NULL},
    {"toilet.replace", "water.toilet", "更换马桶", "Replace a toilet", "piece", 15000, 0, 90, NULL},
    {"toilet.seal", "water.toilet", "马桶底座打胶", "Seal a toilet base", "piece", 5000, 1000, 30, NULL},
    {"shower.replace", "water.tap", "更换淋浴花洒", "Replace a shower", "piece", 6000, 0, 90, NULL},
    {"basin.install", "water.tap", "安装洗手盆", "Install a wash-basin", "piece", 12000, 0, 90, NULL},
    {"sink.drain", "drain.kitchen", "更换下水管", "Replace a sink waste", "piece", 6000, 4000, 90, NULL},
    {"drain.clear", "drain.floor", "疏通地漏", "Clear a floor drain", "piece", 6000, 0, 7, NULL},
    {"drain.kitchen", "drain.kitchen", "疏通厨房下水", "Clear kitchen drain", "piece", 10000, 0, 7, NULL},
    {"drain.toilet", "drain.toilet", "疏通马桶", "Clear a toilet", "piece", 10000, 0, 7, NULL},
    {"drain.camera", "drain.smell", "管道内窥检查", "Pipe camera inspection", "visit", 15000, 0, 0, NULL},
    {"meter.valve", "water.leak_home", "更换表前阀", "Replace the valve before the meter", "piece", 8000, 6000, 90, NULL},
    {"pipe.patch", "water.leak_home", "明管补漏", "Mend a visible pipe", "piece", 8000, 3000, 90, NULL},
    {"pipe.search", "water.leak_home", "暗管测漏", "Trace a hidden leak", "visit", 30000, 0, 0, NULL},
    {"pipe.open", "water.leak_home", "凿墙修管", "Open wall and mend pipe", "piece", 25000, 8000, 90, "excludes wall finishing"},
    {"heater.install", "water.heater", "安装热水器", "Install a water heater", "piece", 15000, 0, 90, NULL},
    {"switch.replace", "power.socket", "更换开关插座", "Replace a switch or socket", "piece", 2500, 1500, 90, NULL},
    {"lamp.tube", "power.lamp_home", "更换灯管灯泡", "Replace a lamp tube", "piece", 2000, 0, 30, NULL},
    {"lamp.fit", "power.lamp_home", "安装普通吸顶灯", "Fit a ceiling lamp", "piece", 6000, 0, 90, NULL},
    {"lamp.chandelier", "power.lamp_home", "安装水晶吊灯", "Fit a chandelier", "piece", 30000, 0, 90, "two persons"},
    {"breaker.replace", "power.trip", "更换空开/漏保", "Replace a breaker or RCD", "piece", 6000, 6000, 90, NULL},
    {"wiring.point", "power.socket", "新增电位", "New wiring point", "point", 9000, 6000, 90, NULL},
    {"power.test", "power.home_off", "户内断电检修", "Find a power fault at home", "visit", 6000, 0, 30, NULL},
    {"ac.clean", "hvac.ac", "挂机空调清洗", "Clean a wall air-conditioner", "piece", 8000, 0, 30, NULL},
    {"ac.clean_floor", "hvac.ac", "柜机空调清洗", "Clean a floor air-conditioner", "piece", 12000, 0, 30, NULL},
    {"ac.gas", "hvac.ac", "空调加氟", "Refill refrigerant", "piece", 15000, 10000, 30, NULL},
    {"ac.move", "hvac.ac", "空调移机", "Move an air-conditioner", "piece", 30000, 5000, 90, NULL},
    {"hood.clean", "other.furniture", "油烟机清洗", "Clean a cooker hood", "piece", 12000, 0, 30, NULL},
    {"washer.clean", "other.furniture", "洗衣机清洗", "Clean a washing machine", "piece", 9000, 0, 30, NULL},
    {"washer.install", "other.furniture", "洗衣机安装", "Install a washing machine", "piece", 6000, 0, 90, NULL},
    {"lock.cylinder", "door.lock_home", "更换锁芯", "Replace a lock cylinder", "piece", 6000, 12000, 90, "police-registered locksmith"},
    {"lock.open", "door.lock_home", "开锁", "Open a lock", "visit", 10000, 0, 0, "identity proven"},
    {"lock.smart", "door.lock_home", "安装智能锁", "Install a smart lock", "piece", 15000, 0, 90, NULL},
    {"door.hinge", "building.window", "更换门铰链", "Replace door hinges", "set", 6000, 3000, 90, NULL},
    {"door.adjust", "building.window", "调整门窗", "Adjust a door or window", "piece", 4000, 0, 30, NULL},
    {"window.screen", "building.window", "更换纱窗", "Replace a fly screen", "piece", 4000, 4000, 90, NULL},
    {"window.glass", "building.window", "更换玻璃", "Replace a window pane", "m2", 8000, 12000, 90, "height: two persons"},
    {"silicone", "building.wall_leak", "厨卫打胶", "Silicone work", "m", 2000, 1000, 90, NULL},
    {"wall.fill", "other.furniture", "墙面修补", "Patch a wall", "m2", 6000, 2000, 90, NULL},
    {"tile.replace", "building.tile", "更换地砖", "Replace floor tiles", "m2", 15000, 8000, 90, NULL},
    {"paint.room", "other.furniture", "房间墙面刷漆", "Repaint a room", "m2", 1200, 800, 180, NULL},
    {"waterproof.bathroom", "building.basement", "卫生间防水", "Bathroom waterproofing", "m2", 5000, 3000, 1825, NULL},
    {"curtain.rail", "other.furniture", "安装窗帘杆", "Fit a curtain rail", "piece", 5000, 0, 90, NULL},
    {"tv.mount", "other.furniture", "电视挂架安装", "Fit a TV bracket", "piece", 8000, 0, 90, NULL},
    {"furniture.assembly", "other.furniture", "家具组装", "Assemble furniture", "hour", 6000, 0, 30, NULL},
    {"mattress.move", "other.furniture", "大件搬运", "Carry a bulky thing", "floor", 2000, 0, 0, "per floor, no lift"},
    {"clean.deep", "other.furniture", "深度保洁", "Deep cleaning", "m2", 500, 0, 0, NULL},
    {"clean.window", "other.furniture", "擦玻璃", "Window cleaning", "m2", 800, 0, 0, NULL},
    {"clean.move_in", "other.furniture", "开荒保洁", "First cleaning of a new home", "m2", 900, 0, 0, NULL},
    {"pest.treat", "other.pest", "上门消杀", "Pest treatment at home", "visit", 10000, 0, 30, NULL},
    {"carpet.clean", "other.furniture", "地毯清洗", "Carpet cleaning", "m2", 1000, 0, 0, NULL},
    {"sofa.clean", "other.furniture", "沙发清洗", "Sofa cleaning", "seat", 5000, 0, 0, NULL},
    {"network.line", "weak.network", "布网线", "Lay a network cable", "point", 8000, 5000, 90, NULL},
    {"intercom.replace", "door.intercom", "更换对讲分机", "Replace an intercom handset", "piece", 6000, 25000, 365, NULL},
    {"access.card", "door.access", "补办门禁卡", "New access card", "piece", 0, 1500, 0, NULL},
    {"plant.pot", "other.furniture", "绿植换盆", "Repot a plant", "piece", 3000, 2000, 0, NULL},
    {"visit.fee", "other.unknown", "上门检查费", "Call-out fee", "visit", 3000, 0, 0, "waived if repair follows"},
    {"night.extra", "other.unknown", "夜间加急费", "Night urgent surcharge", "visit", 5000, 0, 0, "22:00-06:00, published, told before"},
};
/* clang-format on */

static void set_c(Record *record, const char *field, const char *value)
{
    record_set(record, field, value == NULL ? VALUE_NULL : value_text(str_of(value)));
}

const Error *seed_catalogue(Cx *cx)
{
    for (size_t i = 0; i < COUNT_OF(categories); i++) {
        const CategoryRow *row = &categories[i];
        Record *record = record_new(cx, kernel_type(cx->kernel, &repair_category_type));
        set_c(record, "code", row->code);
        set_c(record, "parent", row->parent);
        set_c(record, "zh", row->zh);
        set_c(record, "en", row->en);
        set_c(record, "place", row->place);
        set_c(record, "urgency", row->urgency);
        record_set_int(record, "response_min", row->response_min);
        record_set_int(record, "arrive_min", row->arrive_min);
        record_set_int(record, "finish_min", row->finish_min);
        set_c(record, "calendar", row->calendar);
        set_c(record, "skill", row->skill);
        set_c(record, "certificate", row->certificate);
        set_c(record, "payer", row->payer);
        record_set_int(record, "warranty_years", row->warranty_years);
        set_c(record, "note", row->note);
        TRY(record_insert(cx, record));
    }
    for (size_t i = 0; i < COUNT_OF(prices); i++) {
        const PriceRow *row = &prices[i];
        Record *record = record_new(cx, kernel_type(cx->kernel, &repair_price_type));
        set_c(record, "code", row->code);
        set_c(record, "category", row->category);
        set_c(record, "zh", row->zh);
        set_c(record, "en", row->en);
        set_c(record, "unit", row->unit);
        record_set_int(record, "labour_fen", row->labour_fen);
        record_set_int(record, "material_fen", row->material_fen);
        record_set_int(record, "warranty_days", row->warranty_days);
        set_c(record, "note", row->note);
        TRY(record_insert(cx, record));
    }
    return OK;
}
