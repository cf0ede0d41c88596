// A browser and a server for the tests of this folder. Both close with the process.
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

export const SKIPPED = 77;  // ctest reads it as "skipped".

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(SKIPPED);
}

const CHROMIUM = '/usr/bin/chromium';

// Debian's chromium, driven by playwright-core, and axe's source; or the test is skipped.
export async function openBrowser(...more) {
  if (!fs.existsSync(CHROMIUM)) skip('no chromium (Debian package chromium)');
  let playwright;
  try {
    playwright = await import('playwright-core');
  } catch {
    skip('no playwright-core: npm ci in tests/web');
  }
  return playwright.chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox', ...more]});
}

export function axeSource() {
  return fs.readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
}

// Serves the pages of a folder under a policy as strict as the portal's own. Answers its address and
// the paths asked for that are no page.
export async function servePages(folder) {
  const strays = [];
  const server = http.createServer((request, response) => {
    const name = path.basename(new URL(request.url, 'http://a').pathname);
    const file = path.join(folder, `${name}.html`);
    if (!fs.existsSync(file)) {
      if (name !== 'favicon.ico') strays.push(request.url);
      response.writeHead(204).end();
      return;
    }
    const page = fs.readFileSync(file, 'utf8');
    const style = page.slice(page.indexOf('<style>') + 7, page.indexOf('</style>'));
    const hash = crypto.createHash('sha256').update(style).digest('base64');
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; ` +
        `script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'`,
    }).end(page);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  return {url: `http://127.0.0.1:${server.address().port}`, strays};
}

// A server with the sample season on it; answers a label's address, and what ends it.
export async function startDemo(binaries, source, folder) {
  const demo = spawn('python3', [path.join(source, 'deploy', 'run_demo.py'), '--bin', binaries,
    '--out', path.join(folder, 'demo'), '--json'], {stdio: ['ignore', 'pipe', 'ignore']});
  let output = '';
  // It serves until it is interrupted; its one line of JSON says where the label is.
  const label = await new Promise((resolve, reject) => {
    demo.stdout.on('data', (bytes) => {
      output += bytes;
      if (output.includes('\n')) resolve(JSON.parse(output).label_url);
    });
    demo.on('exit', () => reject(new Error('the demo ended')));
  });
  const stop = () => new Promise((done) => {
    demo.removeAllListeners('exit').on('exit', done);
    demo.kill('SIGINT');
  });
  return {label, stop};
}

// Collects what does not hold, so that one run tells of all of it.
export class Findings {
  constructor() {
    this.list = [];
    this.count = 0;
  }
  expect(holds, what) {
    this.count += 1;
    if (!holds) this.list.push(what);
  }
  end() {
    for (const finding of this.list) console.log(`FAILED ${finding}`);
    console.log(`${this.count} checks, ${this.list.length} failed`);
    process.exit(this.list.length === 0 ? 0 : 1);
  }
}
