/* idle_test.mjs: ten thousand connections that say nothing, and slow and unread ones, beside people at work. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { after, test } from 'node:test';
import { isDone, openWorld, report } from '../api/world.mjs';

const IDLE = 10_000;
const closers = [];
after(async () => { for (const close of closers.reverse()) await close(); });

const connect = (port) => new Promise((resolve, reject) => {
  const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
  socket.on('error', reject);
});

test('10,000 idle connections, a sender of single bytes and a stream that nobody reads hold nobody up', async (t) => {
  const files = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim().replace('unlimited', '1000000'));
  if (files < IDLE + 2000) return t.skip(`this machine allows ${files} open files`);
  const world = await openWorld();
  closers.push(() => world.close());
  const sockets = [];
  for (let i = 0; i < IDLE; i += 250) sockets.push(...await Promise.all(Array.from({ length: 250 }, () => connect(world.port))));
  for (const socket of sockets) socket.on('error', () => {}); /* the server may end one that is idle for long */
  const slow = await connect(world.port);
  slow.on('error', () => {});
  const bytes = Buffer.from('POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => slow.write(bytes.subarray(0, 1)), 1000);
  const unread = await connect(world.port);
  unread.on('error', () => {});
  unread.pause();
  unread.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.tokens.desk}\r\n\r\n`);
  const { connections } = await (async () => {
    const text = (await world.as.desk.get('/metrics')).text;
    return { connections: Number(/^anju_http_connections (\d+)$/m.exec(text)[1]) };
  })();
  assert.ok(connections >= IDLE, `${connections} connections are open`);
  for (let i = 0; i < 20; i++) {
    isDone(await world.as.desk.post('repairs', report(world, { title: `旁人 ${i}` })), 201);
    isDone(await world.as.engineer.get('repairs?limit=20'));
  }
  clearInterval(drip);
  for (const socket of [...sockets, slow, unread]) socket.destroy();
});
