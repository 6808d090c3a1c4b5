import { chromium } from 'playwright-core';
import fs from 'node:fs';
const B='http://127.0.0.1:18477';
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu']});
const pages=process.argv.slice(3);
const w=Number(process.argv[2]);
const axe=fs.readFileSync('node_modules/axe-core/axe.min.js','utf8');
const c=await b.newContext({viewport:{width:w,height:w>800?900:844},locale:process.env.LANG2??'zh-CN',colorScheme:process.env.DARK?'dark':'light',serviceWorkers:'block'});
const p=await c.newPage();
p.on('pageerror',e=>console.log('ERR',e.message));
p.on('console',l=>{if(l.type()==='error'||l.type()==='warning')console.log('CON',l.text().slice(0,300))});
await p.goto(B+'/');
const f=p.locator('form input');await f.nth(0).fill(process.env.WHO??'manager');await f.nth(1).fill('demo12345');await f.nth(1).press('Enter');
await f.nth(1).waitFor({state:'detached'});
const api=(path)=>p.evaluate(async(path)=>(await (await fetch('/api/v1/'+path)).json()),path);
const plan=(await api('plans?limit=1&filter[title]='+encodeURIComponent('生活水泵房日检'))).items[0], lift=(await api('plans?limit=1&filter[title]='+encodeURIComponent('1 号梯半月维保'))).items[0];
const gen=(await api('plans?limit=1&filter[title]='+encodeURIComponent('发电机 250 小时保养'))).items[0];
const done=(await api(`tasks?limit=1&filter[plan]=${plan.id}&filter[state]=done&sort=-due_at`)).items[0], miss=(await api('tasks?limit=1&filter[state]=missed&filter[statutory]=true')).items[0];
const sub={plan:plan.id,lift:lift.id,gen:gen.id,done:done.id,miss:miss?.id,filled:done.checklist,tpl:plan.checklist_template};
for(const [i,raw] of pages.entries()){
  const [path,act]=raw.split('@');
  const url=path.replace(/\{(\w+)\}/g,(_,k)=>sub[k]);
  await p.goto(B+url);await p.waitForTimeout(1500);
  if(act){for(const step of act.split('|')){await p.getByText(step).first().click();await p.waitForTimeout(600)}}
  await p.waitForTimeout(300);
  await p.evaluate(axe);
  const v=await p.evaluate(async()=>(await globalThis.axe.run(document,{resultTypes:['violations']})).violations.map(o=>o.id+': '+o.nodes.slice(0,2).map(n=>n.html.slice(0,200)).join(' // ')));
  const wide=await p.evaluate(()=>document.documentElement.scrollWidth-document.documentElement.clientWidth);
  console.log(raw,'axe',JSON.stringify(v),'wide',wide);
  await p.screenshot({path:`/tmp/s_${w}_${i}.png`});
}
await b.close();
