// The contracts under buf: lint, and no breaking change against proto/baseline.binpb.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';

import { run, runOk } from '../e2e/support/instance.mjs';
import { E2E, ROOT, SCRIPTS } from '../e2e/support/paths.mjs';

const packages = path.join(E2E, 'node_modules/@bufbuild');
const buf = path.join(packages, fs.readdirSync(packages).find((name) => name.startsWith('buf-')), 'bin/buf');
const baseline = path.join(ROOT, 'proto/baseline.binpb');
let workspace;

before(async () => { workspace = (await runOk(path.join(SCRIPTS, 'contract-workspace'), [])).stdout.trim(); });

const inWorkspace = (...args) => run(buf, args, { cwd: workspace });

test('buf lint finds nothing', async () => {
  const lint = await inWorkspace('lint');
  assert.equal(lint.code, 0, lint.stdout + lint.stderr);
});

test('nothing breaks clients of the baseline', async () => {
  const breaking = await inWorkspace('breaking', '--against', baseline);
  assert.equal(breaking.code, 0, breaking.stdout + breaking.stderr);
});

test('a removed field would be noticed', async () => {
  const file = path.join(workspace, 'assay/scoring/v1/candidate.proto');
  const text = fs.readFileSync(file, 'utf8');
  const without = text.replace(/^.* phone = 5 .*\n/m, '');
  assert.notEqual(without, text);
  fs.writeFileSync(file, without);
  try {
    const breaking = await inWorkspace('breaking', '--against', baseline);
    assert.notEqual(breaking.code, 0);
    assert.match(breaking.stdout + breaking.stderr, /phone/);
  } finally {
    fs.writeFileSync(file, text);
  }
});
