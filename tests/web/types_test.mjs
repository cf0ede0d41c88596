// The page's scripts against their types: types_test.mjs SOURCE_DIR. esbuild only drops them.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {SKIPPED} from './support.mjs';

const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
if (!fs.existsSync(compiler)) {
  console.log('skipped: no typescript: npm ci in tests/web');
  process.exit(SKIPPED);
}
const project = path.join(process.argv[2], 'services', 'portal', 'web');
execFileSync(process.execPath, [compiler, '--project', project], {stdio: 'inherit'});
