/* demo_words.c: what residents and staff of the demo say: troubles by category, reasons, notes, comments. */
#include "app/demo_parts.h"

#define ALL_YEAR                                                                                                       \
    {                                                                                                                  \
        100, 100, 100, 100                                                                                             \
    }

/* clang-format off */
const Topic demo_topics[] = {
    {"water.tap", 70, PLACE_HOME, "plumbing", 35, "install.angle", 2500, 60, {100, 100, 100, 110}, 100, false, "wear",
     {{"厨房水龙头关不严", "一直滴水，夜里听得很清楚。"}, {"卫生间水龙头漏水", "把手根部往外渗水。"}, {"洗手盆角阀坏了", "拧不动，换水管关不掉水。"},
      {"水龙头拧不动", NULL}, {"阳台洗衣机龙头滴水", "接口处滴，地上有一摊水。"}},
     {"更换陶瓷阀芯，试水十分钟无滴漏。", "更换角阀并重新缠生料带，观察无渗漏。", "更换密封垫，水压正常。"}},
    {"water.toilet", 48, PLACE_HOME, "plumbing", 40, "toilet.fill", 5000, 70, ALL_YEAR, 100, false, "wear",
     {{"马桶一直流水", "水箱里的水停不下来，水表一直走。"}, {"马桶按钮按不下去", NULL}, {"马桶底座渗水", "地面接缝处总是湿的。"}, {"马桶不上水", "水箱半天蓄不满。"}},
     {"更换进水阀与浮球，冲水三次正常。", "清理按钮并调整拉杆。", "底座重新打胶，静置后无渗水。"}},
    {"water.leak_home", 38, PLACE_HOME, "plumbing", 70, "pipe.patch", 8000, 90, {100, 90, 100, 130}, 110, false, "wear",
     {{"厨房水槽下面漏水", "柜子底板已经泡湿。"}, {"卫生间墙角渗水", "墙角起皮，摸上去是湿的。"}, {"热水管接头漏水", "一开热水就往下滴。"}, {"水表后面的管子漏", NULL}},
     {"更换老化软管，保压观察无渗漏。", "明管接头重新热熔，试压合格。", "更换表后阀，擦干后观察十分钟无水迹。"}},
    {"water.leak_upstairs", 22, PLACE_HOME, "plumbing", 80, NULL, 0, 120, {100, 120, 100, 100}, 140, true, "construction",
     {{"楼上漏水，客厅吊顶滴水", "滴了一个多小时，已经用盆接着，麻烦快点。"}, {"卫生间顶上往下滴水", "楼上敲门没人应。"}, {"厨房天花板洇湿一大片", "比昨天又大了一圈。"}, {"主卧墙顶渗水", NULL}},
     {"入户两家查明为楼上地漏处渗漏，楼上已停用并重做密封。", "关闭楼上分户阀，更换其洗衣机排水接头，复看不再滴水。", "协调楼上开门，处理马桶密封圈，吊顶待干后由对方恢复。"}},
    {"water.burst", 3, PLACE_HOME, "plumbing", 90, "pipe.patch", 8000, 50, {60, 60, 60, 260}, 100, true, "wear",
     {{"厨房水管爆了", "水往外喷，总阀关不死，快来人。"}, {"暖气管接头崩开了", "地上全是水。"}},
     {"先关楼层阀止水，更换爆裂管段，恢复供水。", "更换接头，清理积水，试压正常。"}},
    {"water.no_water", 10, PLACE_HOME, "plumbing", 30, NULL, 0, 30, {100, 110, 90, 150}, 100, true, "no_fault",
     {{"家里没水了", "楼上楼下都有水，就我家没有。"}, {"早上起来没水", "要做饭送孩子，急。"}, {"热水有冷水没有", NULL}},
     {"表前阀被误关，已打开并挂牌。", "前置过滤器堵塞，清洗后恢复。", "检查预付费余额不足，协助充值后恢复。"}},
    {"water.low_pressure", 14, PLACE_HOME, "plumbing", 35, NULL, 0, 40, {90, 140, 100, 90}, 100, false, "wear",
     {{"水压太低，淋浴出水很小", "晚上七点以后更明显。"}, {"热水出水小", NULL}, {"顶楼水压不够", "洗澡忽大忽小。"}},
     {"清洗入户过滤网，水压恢复到 0.25 MPa。", "调整减压阀后恢复正常。"}},
    {"water.heater", 9, PLACE_HOME, "plumbing", 50, "heater.install", 15000, 50, {80, 60, 120, 160}, 100, false, "wear",
     {{"热水器进水口漏水", NULL}, {"热水器连接软管老化", "想趁早换掉。"}, {"热水器不出热水", "插电有显示，就是不热。"}},
     {"更换进出水软管，通水无渗漏。", "清理进水滤网，恢复出水。"}},
    {"drain.floor", 34, PLACE_HOME, "plumbing", 40, "drain.clear", 6000, 10, {100, 130, 100, 90}, 150, false, "misuse",
     {{"卫生间地漏堵了", "洗澡水下不去，漫到门口。"}, {"阳台地漏返水", "一下雨就往上冒。"}, {"地漏下水很慢", NULL}},
     {"疏通地漏，清出头发和泥沙，排水顺畅。", "机器疏通六米，通水试验正常。"}},
    {"drain.toilet", 30, PLACE_HOME, "plumbing", 45, "drain.toilet", 10000, 10, ALL_YEAR, 100, false, "misuse",
     {{"马桶堵了", "冲不下去，家里有老人，急用。"}, {"马桶下水慢还冒泡", NULL}, {"孩子把玩具冲进马桶了", "现在完全堵住了。"}},
     {"疏通马桶，取出异物，冲水正常。", "机器疏通，连冲三次水位正常。"}},
    {"drain.kitchen", 32, PLACE_HOME, "plumbing", 50, "drain.kitchen", 10000, 10, {110, 90, 100, 130}, 100, false, "misuse",
     {{"厨房下水堵了", "水槽满了下不去。"}, {"洗菜盆返水", "楼上一用水我家就冒。"}, {"厨房下水慢，有味", NULL}},
     {"疏通油垢，更换存水弯，排水正常。", "机器疏通八米，热水冲洗。"}},
    {"drain.smell", 16, PLACE_HOME, "plumbing", 35, "drain.clear", 6000, 30, {100, 160, 100, 70}, 120, false, "design",
     {{"卫生间返臭味", "早上特别重，开窗也散不掉。"}, {"厨房下水道有味道", NULL}},
     {"更换防臭地漏芯，注水封闭。", "洗面盆下水软管改装存水弯并密封。"}},
    {"drain.riser", 5, PLACE_STAIRS, "plumbing", 90, NULL, 0, 20, {100, 110, 100, 120}, 140, true, "misuse",
     {{"一楼污水倒灌", "卫生间往上冒脏水，已经到走廊。"}, {"公共立管堵了", "整列的下水都不通。"}},
     {"通知整列停水，机器疏通主管，冲洗消毒走廊。", "打开检查口清出布条，恢复排水并消毒。"}},
    {"drain.rain", 6, PLACE_ROOF, "plumbing", 50, NULL, 0, 0, {90, 200, 90, 20}, 500, false, "wear",
     {{"屋面雨水管堵了", "顶楼露台积水有十公分。"}, {"雨水管漏水冲着窗户", NULL}},
     {"清理雨水斗树叶，排水恢复。", "更换破损雨水管卡箍和管节。"}},
    {"power.home_off", 16, PLACE_HOME, "electric", 40, NULL, 0, 40, {90, 140, 90, 130}, 120, true, "misuse",
     {{"家里突然停电", "邻居家都有电，电费没欠。"}, {"半边屋子没电", "冰箱那一路也没了。"}, {"合上闸又跳，全屋没电", NULL}},
     {"入户总开关老化，更换后恢复供电，测试绝缘正常。", "排查为热水器漏电，断开后恢复，建议维修热水器。"}},
    {"power.trip", 22, PLACE_HOME, "electric", 50, "breaker.replace", 6000, 50, {90, 150, 90, 140}, 150, true, "wear",
     {{"空开老是跳闸", "一开烤箱就跳，今天跳了四次。"}, {"漏保频繁跳", "下雨天特别明显。"}, {"厨房插座一用就跳闸", NULL}},
     {"更换漏电保护器，逐路测试正常。", "插座进潮，更换后绝缘合格。"}},
    {"power.socket", 34, PLACE_HOME, "electric", 30, "switch.replace", 2500, 30, ALL_YEAR, 100, false, "wear",
     {{"插座没电", "客厅电视墙这一排都没有。"}, {"开关按下去没反应", NULL}, {"插座松动", "插头插上去就掉。"}, {"想加一个插座", "书房缺一个电位。"}},
     {"更换插座面板，接线压紧，通电正常。", "开关触点烧蚀，已更换。"}},
    {"power.lamp_home", 36, PLACE_HOME, "electric", 30, "lamp.tube", 2000, 60, {90, 80, 110, 130}, 100, false, "wear",
     {{"客厅灯不亮", NULL}, {"厨房灯一闪一闪", "看着眼花。"}, {"卧室吸顶灯坏了", "想请师傅帮忙换一个，灯我已经买好。"}, {"卫生间灯带不亮", NULL}},
     {"更换驱动电源，照明恢复。", "安装业主自备吸顶灯，牢固可靠。"}},
    {"power.lamp_common", 40, PLACE_STAIRS, "electric", 25, NULL, 0, 40, {90, 80, 120, 140}, 120, false, "wear",
     {{"楼道灯不亮", "三楼到四楼之间，晚上看不见台阶。"}, {"电梯厅灯坏了两盏", NULL}, {"楼梯间声控灯一直亮", "白天也不灭。"}, {"楼道灯一闪一闪", NULL}},
     {"更换声控灯头，拍手测试正常。", "更换灯管两支。"}},
    {"power.lamp_common", 18, PLACE_GARAGE, "electric", 35, NULL, 0, 60, ALL_YEAR, 130, false, "wear",
     {{"地库 B1 灯不亮", "车位那一片漆黑，倒车看不清。"}, {"地库坡道灯坏了", NULL}, {"B2 电梯口没灯", "带孩子走有点怕。"}},
     {"更换 LED 灯管六支，照度正常。", "线路接头松动，紧固后恢复。"}},
    {"power.emergency_lamp", 8, PLACE_STAIRS, "electric", 30, NULL, 0, 120, ALL_YEAR, 100, false, "wear",
     {{"疏散指示牌不亮", NULL}, {"应急灯掉下来了", "挂在线上，怕砸到人。"}},
     {"更换疏散指示灯，断电测试正常，已记消防台账。", "重新固定并更换电池。"}},
    {"power.charging", 10, PLACE_GARAGE, "electric", 40, NULL, 0, 120, {90, 130, 90, 120}, 110, false, "wear",
     {{"充电桩扫码没反应", "三号桩，屏幕黑的。"}, {"充电充到一半就停", NULL}},
     {"重启控制器并更换通信模块，试充正常。", "联系桩企远程复位，现场试充通过。"}},
    {"lift.stopped", 9, PLACE_LIFT, "lift", 90, NULL, 0, 130, {100, 130, 100, 100}, 130, true, "wear",
     {{"电梯停了", "家里有老人下不了楼。"}, {"电梯门开着不走", "已经等了二十分钟。"}, {"电梯显示检修中", NULL}},
     {"维保到场，更换门机皮带，试运行三十分钟正常。", "清理门槛异物并复位，维保记录已存。"}},
    {"lift.noise", 20, PLACE_LIFT, "lift", 60, NULL, 0, 60, ALL_YEAR, 100, false, "wear",
     {{"电梯有异响", "下到五楼时咯噔一下。"}, {"电梯抖得厉害", NULL}, {"电梯停得不平", "门槛高出来两公分，推婴儿车费劲。"}},
     {"维保调整导靴并加油，运行平稳。", "校正平层，误差在 5 mm 以内。"}},
    {"lift.button", 14, PLACE_LIFT, "lift", 40, NULL, 0, 110, ALL_YEAR, 100, false, "wear",
     {{"电梯 8 楼按钮没反应", "要按好几次。"}, {"电梯里显示屏花了", NULL}, {"一楼外呼按钮陷进去了", NULL}},
     {"更换按钮模块，逐层测试正常。", "清洁触点，恢复灵敏。"}},
    {"lift.door", 6, PLACE_LIFT, "lift", 60, NULL, 0, 60, ALL_YEAR, 100, true, "misuse",
     {{"电梯门夹人", "光幕好像不灵了。"}, {"电梯门关不上，反复开合", NULL}},
     {"更换光幕并测试，挡门正常反开。", "清理地坎杂物，门机复位。"}},
    {"building.roof_leak", 7, PLACE_ROOF, "civil", 180, NULL, 0, 350, {90, 170, 90, 40}, 700, false, "construction",
     {{"顶楼漏雨", "次卧天花板一下雨就滴。"}, {"屋面渗水到顶层", NULL}},
     {"铲除起鼓防水层，热熔补贴卷材，淋水试验合格。", "女儿墙根部补做防水，雨后复查无渗。"}},
    {"building.wall_leak", 10, PLACE_HOME, "civil", 150, NULL, 0, 350, {90, 170, 90, 40}, 600, false, "construction",
     {{"外墙渗水，窗边墙皮鼓包", "一下雨就湿。"}, {"飘窗顶上渗水", NULL}, {"客厅西墙返潮", "墙纸都翘了。"}},
     {"外窗四周重新打耐候胶，淋水半小时无渗。", "吊绳作业修补外墙裂缝并涂防水，雨后复看。"}},
    {"building.window", 26, PLACE_HOME, "carpentry", 50, "door.adjust", 4000, 220, {110, 100, 110, 110}, 110, false, "wear",
     {{"阳台推拉门滑轮坏", "推不动，声音很大。"}, {"窗户关不严", "晚上漏风，呜呜响。"}, {"纱窗掉了", NULL}, {"卫生间门锁卡住", "有时候从里面打不开。"}},
     {"更换滑轮一对，推拉顺畅。", "调整窗扇合页并更换密封条。", "更换门锁舌，开合正常。"}},
    {"building.tile", 12, PLACE_ROAD, "civil", 70, NULL, 0, 100, ALL_YEAR, 120, false, "wear",
     {{"门口台阶瓷砖掉了一块", "老人差点绊倒。"}, {"步道砖松动", "下雨踩上去溅一腿水。"}},
     {"先围挡，重新铺砂浆贴砖，养护一天。", "起砖找平重铺六块。"}},
    {"building.paint", 8, PLACE_STAIRS, "civil", 90, NULL, 0, 60, ALL_YEAR, 120, false, "wear",
     {{"楼道墙皮脱落", NULL}, {"楼道墙上被人乱画", "孩子每天都看见，影响不好。"}},
     {"铲除空鼓，批灰刷漆两遍。", "清理涂鸦并补刷同色乳胶漆。"}},
    {"building.handrail", 4, PLACE_STAIRS, "civil", 50, NULL, 0, 40, ALL_YEAR, 100, true, "wear",
     {{"楼梯扶手松了", "一晃就动，孩子老趴在上面。"}, {"露台栏杆松动", NULL}},
     {"重新植筋固定扶手，拉拔测试牢固。"}},
    {"door.lock_home", 7, PLACE_HOME, "locksmith", 40, "lock.cylinder", 6000, 0, ALL_YEAR, 100, true, "wear",
     {{"门锁打不开，人在外面", "钥匙插进去转不动。"}, {"指纹锁没电了进不去", NULL}, {"钥匙断在锁里", "孩子快放学了。"}},
     {"核对身份后开锁，更换锁芯并交付新钥匙。", "外接电源开锁，更换电池。"}},
    {"door.unit", 22, PLACE_LOBBY, "weak_current", 40, NULL, 0, 90, ALL_YEAR, 120, false, "wear",
     {{"单元门关不上", "晚上谁都能进来，不安全。"}, {"单元门锁打不开", "刷卡滴一声但是推不动。"}, {"单元门撞得很响", "一楼睡不好。"}},
     {"调整闭门器力度，关门平稳落锁。", "更换电磁锁，测试十次正常。"}},
    {"door.access", 24, PLACE_LOBBY, "weak_current", 35, NULL, 0, 70, ALL_YEAR, 140, false, "wear",
     {{"人脸识别认不出来", "戴不戴眼镜都不行。"}, {"门禁刷卡没反应", "换了两张卡都一样。"}, {"门禁卡刷不开地库门", NULL}},
     {"重启门禁主机并重新下发人脸库。", "更换读卡头，刷卡正常。"}},
    {"door.intercom", 20, PLACE_HOME, "weak_current", 40, "intercom.replace", 6000, 130, ALL_YEAR, 110, false, "wear",
     {{"门禁对讲听不见声音", "外卖按了家里没反应。"}, {"可视对讲黑屏", NULL}, {"对讲机按开门没用", NULL}},
     {"更换分机电源，通话与开锁正常。", "线路接头氧化，重新压接。"}},
    {"door.gate", 8, PLACE_GATE, "weak_current", 40, NULL, 0, 60, ALL_YEAR, 140, true, "wear",
     {{"南门道闸不抬杆", "车排到马路上了。"}, {"车牌识别不准", "每次都要保安按。"}, {"大门刷卡机坏了", NULL}},
     {"复位道闸控制器，更换皮带，抬落正常。", "清洁相机镜头并调整角度，识别正常。"}},
    {"door.closer", 7, PLACE_STAIRS, "civil", 30, NULL, 0, 60, ALL_YEAR, 100, false, "wear",
     {{"防火门关不上", "闭门器漏油了。"}, {"防火门撞墙声音大", NULL}},
     {"更换闭门器，自闭正常，已记消防台账。"}},
    {"weak.camera", 9, PLACE_GARAGE, "weak_current", 45, NULL, 0, 110, ALL_YEAR, 140, false, "wear",
     {{"地库摄像头不亮", "车被刮了说没拍到。"}, {"电梯口监控歪了", NULL}},
     {"更换网线水晶头，画面恢复并校时。", "更换摄像机一台，录像回放正常。"}},
    {"weak.network", 12, PLACE_HOME, "weak_current", 30, NULL, 0, 0, ALL_YEAR, 110, false, "third_party",
     {{"宽带断网", "光猫红灯一直闪。"}, {"网络特别慢", NULL}, {"电视没信号", "重启过了没用。"}},
     {"陪同运营商检修分纤箱，信号恢复。"}},
    {"power.meter", 4, PLACE_HOME, "electric", 30, NULL, 0, 0, ALL_YEAR, 100, false, "third_party",
     {{"电表走得太快", "没怎么用电，一个月四百多。"}, {"电表屏幕不显示", NULL}},
     {"陪同供电公司校表，误差合格并向业主说明。"}},
    {"gas.meter", 4, PLACE_HOME, "gas", 20, NULL, 0, 0, ALL_YEAR, 100, false, "third_party",
     {{"燃气表没电", "灶打不着火。"}, {"燃气表插卡没反应", NULL}},
     {"协助更换表内电池，燃气公司远程开阀。"}},
    {"hvac.no_heat", 60, PLACE_HOME, "hvac", 45, NULL, 0, 50, {20, 0, 30, 230}, 100, true, "wear",
     {{"暖气不热", "家里才十五度，有小宝宝。"}, {"次卧暖气片不热", "其他房间都热。"}, {"地暖有一路不热", NULL}, {"暖气片上半截凉", NULL}},
     {"排气后回水温度正常，室温两小时后 20 ℃。", "清洗过滤器，分水器逐路调平。", "更换手动放气阀，供回水温差正常。"}},
    {"hvac.ac", 30, PLACE_HOME, "hvac", 60, "ac.clean", 8000, 80, {60, 260, 70, 60}, 100, false, "wear",
     {{"空调不制冷", "吹出来是常温风。"}, {"空调漏水", "滴到床头了。"}, {"空调不制热，要求傍晚上门", NULL}, {"空调外机声音大", "影响邻居休息。"}},
     {"清洗滤网和蒸发器，出风温度正常。", "疏通冷凝水管，不再滴水。", "加固外机支架并更换减震垫。"}},
    {"hvac.exhaust", 12, PLACE_HOME, "hvac", 40, NULL, 0, 60, ALL_YEAR, 100, false, "design",
     {{"厨房烟道串味", "楼下一炒菜我家就是那个味。"}, {"卫生间排风不转", NULL}},
     {"更换止回阀，烟感测试无倒灌。", "清理排风扇油泥并加油，运转正常。"}},
    {"public.fitness", 5, PLACE_GARDEN, "civil", 45, NULL, 0, 150, {130, 100, 120, 50}, 60, false, "wear",
     {{"健身器材螺丝松了", "漫步机晃得厉害。"}, {"秋千坐板裂了", "孩子会被夹到。"}},
     {"紧固并更换防松螺母，试用牢固。", "更换坐板，拆除围挡。"}},
    {"public.road", 4, PLACE_ROAD, "civil", 60, NULL, 0, 80, {100, 120, 100, 100}, 160, true, "wear",
     {{"井盖松了，车压过咣当响", "晚上睡不着。"}, {"路面塌了一块", "电动车差点摔倒。"}},
     {"更换防沉降井盖并加胶垫，通车无响。", "围挡后回填夯实，沥青修补。"}},
    {"public.garbage", 7, PLACE_GARDEN, "civil", 30, NULL, 0, 50, {90, 150, 100, 80}, 90, false, "misuse",
     {{"垃圾桶盖子坏了", "味道很大，有虫子。"}, {"垃圾房门关不上", NULL}},
     {"更换桶盖三个并冲洗。", "校正门轴，开关正常。"}},
    {"public.mailbox", 5, PLACE_LOBBY, "carpentry", 30, NULL, 0, 60, ALL_YEAR, 100, false, "third_party",
     {{"信报箱锁坏了", NULL}, {"快递柜取不出来件", "屏幕提示网络异常。"}},
     {"更换锁芯并交付钥匙。", "联系快递柜运营方远程开箱。"}},
    {"other.furniture", 20, PLACE_HOME, "carpentry", 60, "tv.mount", 8000, 0, {110, 100, 110, 120}, 90, false, "no_fault",
     {{"想安装电视挂架", "六十五寸，墙是承重墙。"}, {"安装窗帘杆", NULL}, {"橱柜门合页坏了", "门快掉下来。"}, {"晾衣架装一下", "配件齐全，需要打孔。"}},
     {"按业主位置安装，承重测试牢固，清理粉尘。", "更换阻尼合页两副，调平柜门。"}},
    {"other.pest", 6, PLACE_GARDEN, "general", 40, NULL, 0, 0, {120, 200, 100, 30}, 110, false, "no_fault",
     {{"楼下绿化带有老鼠", "晚上看见好几只。"}, {"门口蚂蚁特别多", NULL}},
     {"投放诱饵站并做标识，一周后复查。"}},
    {"other.unknown", 12, PLACE_HOME, "general", 35, NULL, 0, 20, ALL_YEAR, 120, false, "no_fault",
     {{"家里有奇怪的嗡嗡声", "半夜最明显，找不到在哪里。"}, {"墙里有滴水声", NULL}, {"地板鼓起来了", "不知道是不是水管漏。"}},
     {"查明为楼上循环泵振动，已加垫并告知业主。", "逐项检查未见故障，留下电话观察三天。"}},
};
/* clang-format on */
const int demo_topic_count = (int)COUNT_OF(demo_topics);

/* clang-format off */
const char *const demo_part_notes[] = {"型号特殊，库房没有，已下单。", "厂家配件后天到。", "等配件到货，到货前电话告知业主。", NULL};
const char *const demo_no_access[] = {"敲门无人，电话约改期。", "业主临时出差，约明天下午。", "家里只有孩子，不便入户，改约家长在时。", NULL};
const char *const demo_declines[] = {"手上两单未完，赶不上时限。", "需要登高作业证，请派有证的人。", "不是本人专业，请改派。", NULL};
const char *const demo_transfers[] = {"现场看是电路问题，转电工。", "需要两人作业，转给在附近的同事。", "下班交接。", NULL};
const char *const demo_cancels[] = {"自己弄好了，不用来了。", "邻居帮忙修好了。", "这两天不方便，下周再报。", "找厂家售后了。", NULL};
const char *const demo_rejects[] = {"属于运营商设备，请拨打 10000 或 10010 报障。", "表具由供电公司管理，请拨打 95598。",
                                    "燃气设备请联系燃气公司服务热线，物业不得动火动气。", "家电保修期内，请联系品牌售后。", NULL};
const char *const demo_refusals[] = {"价格比网上贵，我再看看。", "先不修了，等家里人回来商量。", "自己买配件换。", NULL};
const char *const demo_reworks[] = {"修完第二天又漏了。", "还是老样子，没修好。", "晚上又跳闸了。", "门关上又弹开。", NULL};
const char *const demo_attempts[] = {"电话无人接听，一小时后再打。", "业主在开会，约下午四点。", "已接通，正在了解情况。", NULL};
const char *const demo_notes[] = {"业主要求上门前半小时打电话。", "家有宠物，进门注意。", "门口有快递箱，需带鞋套。", "业主催问过一次，已说明进度。", "备用钥匙在前台。", NULL};
const char *const demo_callback_notes[] = {"已向业主道歉并说明原因，业主表示理解。", "已安排复修并约定时间。", "扣减服务费并当面致歉。", "主管上门复看，业主认可。", NULL};

/* clang-format on */
const char *demo_pick(Dice *dice, const char *const *texts)
{
    int count = 0;

    while (texts[count] != NULL)
        count++;
    return texts[dice_below(dice, count)];
}

const char *demo_comment(Dice *dice, int overall)
{
    static const char *const best[] = {"来得真快",
                                       "师傅很专业，走的时候还把地擦了。",
                                       "态度好，讲得明白。",
                                       "十分钟就修好了，谢谢。",
                                       "比预想的快，满意。",
                                       "周师傅手艺好。",
                                       "非常及时，点赞",
                                       "鞋套都自己带，细心。",
                                       NULL};
    static const char *const good[] = {"不错，就是等得久了一点。", "修好了，价格还可以。", "可以，下次希望提前打电话。",
                                       "挺好。", NULL};
    static const char *const middling[] = {"修是修好了，约的两点四点才来。", "地上弄脏了没收拾。", "配件等了三天。",
                                           "一般，说话有点冲。", NULL};
    static const char *const bad[] = {"修了三次还漏", "约好时间不来也不打电话。", "没修好就说完工了。",
                                      "收费没有提前说清楚。", NULL};
    static const char *const *const by_stars[] = {bad, bad, middling, good, best};
    static const int said[] = {900, 900, 700, 350, 380};

    return dice_chance(dice, said[overall - 1]) ? demo_pick(dice, by_stars[overall - 1]) : NULL;
}

const Topic *demo_topic(const char *code)
{
    for (int i = 0; i < demo_topic_count; i++)
        if (strcmp(demo_topics[i].code, code) == 0)
            return &demo_topics[i];
    return &demo_topics[0];
}
