// What `make demo` runs once everything is built.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';

import { DEMO_DIR, playDemo } from './support/demo.mjs';

let demo, seconds;

before(async () => {
  const start = Date.now();
  demo = await playDemo();
  seconds = (Date.now() - start) / 1000;
}, { timeout: 300_000 });

test('the demo ends with success', () => {
  assert.equal(demo.code, 0, demo.stdout + demo.stderr);
});

test('it decides three candidates, one of each outcome, and says why in one line', () => {
  const decided = [...demo.stdout.matchAll(/^(\S.*?) {2,}(Hire|Hold|No hire) {2,}(\S.*)$/gm)].map(([, name, outcome, why]) => ({ name, outcome, why }));
  assert.deepEqual(decided.map((one) => one.outcome).sort(), ['Hire', 'Hold', 'No hire'], demo.stdout);
  for (const { name, why } of decided) assert.ok(why.length > 20, `${name}: ${why}`);
});

test('it names an HTML report for each, which is there and about that candidate', () => {
  const reports = [...demo.stdout.matchAll(/^ +(\/\S.*\.html)$/gm)].map((match) => match[1]);
  assert.equal(reports.length, 3, demo.stdout);
  for (const report of reports) {
    const html = fs.readFileSync(report, 'utf8');
    assert.match(html, /^<!DOCTYPE html>/);
    const [first] = path.basename(report, '.html').split('-');
    assert.match(html, new RegExp(first, 'i'));
  }
});

test('nothing goes on running and no personal text reaches the logs', () => {
  assert.deepEqual(fs.readdirSync(DEMO_DIR).filter((file) => file.endsWith('.pid')), []);
  for (const file of fs.readdirSync(path.join(DEMO_DIR, 'log'))) {
    const log = fs.readFileSync(path.join(DEMO_DIR, 'log', file), 'utf8');
    for (const secret of ['Okafor', 'amara.okafor@example.com', 'Explained chunk overlap']) assert.ok(!log.includes(secret), `${secret} in ${file}`);
  }
});

test('it takes under a minute when everything is built', () => {
  // The goal is 15 seconds on an idle machine; a test machine is rarely idle.
  assert.ok(seconds < 60, `${seconds} s`);
});
