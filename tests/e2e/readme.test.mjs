// Every command of README.md that is marked ```sh run is run, in order, in one shell beside a running instance.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Instance, run } from './support/instance.mjs';
import { ROOT } from './support/paths.mjs';

const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].map(([whole, code]) =>
  ({ code, line: readme.slice(0, readme.indexOf(whole)).split('\n').length + 1 }));

let instance, place;

before(async () => {
  instance = await Instance.start('readme');
  await instance.importPack();
  // A checkout whose .run is our instance.
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'assay-readme-place-'));
  for (const entry of fs.readdirSync(ROOT)) if (entry !== '.run') fs.symlinkSync(path.join(ROOT, entry), path.join(place, entry));
  fs.symlinkSync(instance.dir, path.join(place, '.run'));
}, { timeout: 120_000 });

after(async () => {
  await instance?.stop();
  if (place) fs.rmSync(place, { recursive: true, force: true });
});

test('it opens with the two commands', () => {
  assert.match(readme, /^# .*\n+(?: {4}|```.*\n)make run\b.*\n\s*make test\b/);
});

test('every marked command works as written', async () => {
  assert.ok(blocks.length > 0, 'no block of README.md is marked ```sh run');
  const script = blocks.map(({ code, line }) => `echo '## README.md:${line}'\n${code}`).join('\n');
  const result = await run('bash', ['-euo', 'pipefail', '-x', '-c', script], { cwd: place, timeout: 180_000 });
  assert.equal(result.code, 0, result.stdout.slice(-4000) + result.stderr.slice(-4000));
});

test('every relative link leads somewhere', () => {
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'deploy/README.md']) {
    const text = fs.readFileSync(path.join(ROOT, name), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1]);
    const dead = links.filter((link) => !fs.existsSync(path.resolve(ROOT, path.dirname(name), link)));
    assert.deepEqual(dead, [], name);
  }
});
