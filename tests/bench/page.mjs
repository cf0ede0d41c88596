// A scanned page in a real browser over a slow network, with TLS and a connection of its own each
// time: page.mjs BIN_DIR SOURCE_DIR. Prints one JSON object: medians in milliseconds.
//
// The network is a proxy that lets bytes through late and no faster than so many a second; a new
// connection waits one more round trip, as TCP's does. Behind it TLS 1.3 is spoken.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {openBrowser, startDemo} from '../web/support.mjs';

const RUNS = 7;
// As Chromium's developer tools and Lighthouse name them: round trip and bytes a second.
const NETWORKS = {
  slow4g: {roundTrip: 150, bytesPerSecond: 1.6e6 / 8},
  slow3g: {roundTrip: 400, bytesPerSecond: 0.4e6 / 8},
};

const [, , binaries, source] = process.argv;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-page-'));
const listen = (server) => new Promise((done) => {
  server.listen(0, '127.0.0.1', () => done(server.address().port));
});
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

// The portal behind TLS.
async function withTls(portal) {
  const cert = (...words) => execFileSync(path.join(binaries, 'suyuan'), ['cert', ...words],
    {stdio: 'ignore'});
  const [authority, tls] = ['ca', 'tls'].map((name) => path.join(folder, name));
  cert('authority', authority);
  cert('issue', tls, '--authority', authority, '--host', 'localhost', '--host', '127.0.0.1');
  const server = https.createServer({key: fs.readFileSync(path.join(tls, 'tls.key')),
    cert: fs.readFileSync(path.join(tls, 'tls.crt'))}, (request, response) => {
    const {hostname, port} = portal;
    request.pipe(http.request({hostname, port, path: request.url, method: request.method,
      headers: request.headers}, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }));
  });
  return listen(server);
}

// One direction: half a round trip late, one piece after the other.
function carry(from, to, {roundTrip, bytesPerSecond}) {
  let free = 0;  // When the line has sent what it was given.
  from.on('data', (bytes) => {
    free = Math.max(free, performance.now()) + bytes.length / bytesPerSecond * 1000;
    setTimeout(() => to.writable && to.write(bytes), free + roundTrip / 2 - performance.now());
  });
  for (const end of ['close', 'error']) from.on(end, () => setTimeout(() => to.destroy(), roundTrip));
}

const slow = (port, network) => listen(net.createServer({pauseOnConnect: true}, async (near) => {
  await sleep(network.roundTrip);
  const far = net.connect({port, host: '127.0.0.1', noDelay: true});
  carry(near, far, network);
  carry(far, near, network);
  near.resume();
}));

// Nobody has our authority, and a browser that is asked about it connects twice.
const browser = await openBrowser('--ignore-certificate-errors');
async function open(url) {
  const context = await browser.newContext({viewport: {width: 390, height: 844}});
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (/yes|no/.test(document.getElementById('check')?.className)) {
        window.checked ??= performance.now();
      }
    }).observe(document, {subtree: true, childList: true, attributes: true});
  });
  await page.goto(url);
  await page.waitForFunction(() => window.checked &&
    performance.getEntriesByName('first-contentful-paint').length > 0);
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    proof: window.checked -
      performance.getEntriesByType('resource').find(({name}) => name.includes('proof=json')).responseEnd,
    said: document.getElementById('check').className,
  }));
  await context.close();
  if (times.said !== 'check yes') throw new Error(`the page says ${times.said}`);
  return times;
}
async function measure(url, what) {
  const times = [];
  for (let run = 0; run < RUNS; ++run) times.push((await open(url))[what]);
  return median(times);
}

const demo = await startDemo(binaries, source, folder);
const label = new URL(demo.label);
const tls = await withTls(label);
const figures = {page_proof_ms: await measure(demo.label, 'proof')};
for (const [name, network] of Object.entries(NETWORKS)) {
  const port = await slow(tls, network);
  figures[`page_${name}_paint_ms`] = await measure(`https://127.0.0.1:${port}${label.pathname}`,
    'paint');
}
await browser.close();
await demo.stop();
fs.rmSync(folder, {recursive: true, force: true});
console.log(JSON.stringify(figures));
process.exit(0);
