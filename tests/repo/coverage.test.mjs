// docs/coverage.md maps every promised line to tests; what it names exists.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { BUILD_DIR, ROOT } from '../e2e/support/paths.mjs';

const page = fs.readFileSync(path.join(ROOT, 'docs/coverage.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\|(?! *-|---)/.test(line)).map((line, i) =>
  ({ line: i, cells: line.replace(/\\\|/g, '¦').split('|').slice(1, -1).map((cell) => cell.trim()) }))
  .filter(({ cells }) => cells[0] !== 'promise');
const named = rows.map(({ cells }) => ({ promise: cells[0], items: [...(cells[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]) }));

// Names of the tests that CMake declares; those that are discovered in a program stand for themselves.
function ctestNames() {
  const json = JSON.parse(execFileSync('ctest', ['--test-dir', BUILD_DIR, '--show-only=json-v1'], { encoding: 'utf8', maxBuffer: 64 << 20 }));
  return new Set(json.tests.map((one) => one.name));
}

test('every promise names at least one test or bench', () => {
  assert.ok(rows.length >= 40, `${rows.length} promises`);
  assert.deepEqual(named.filter(({ items }) => items.length === 0).map(({ promise }) => promise), []);
});

test('every file that is named exists, and holds the case that is named in it', () => {
  const wrong = [];
  for (const { promise, items } of named) {
    for (const item of items.filter((one) => one.includes('/'))) {
      const [file, name] = item.split('#');
      if (!fs.existsSync(path.join(ROOT, file))) wrong.push(`${promise}: no ${file}`);
      else if (name && !fs.readFileSync(path.join(ROOT, file), 'utf8').replace(/,\s+/g, '.').includes(name)) wrong.push(`${promise}: no ${name} in ${file}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every name of a test is known to ctest', () => {
  const known = ctestNames();
  assert.deepEqual(named.flatMap(({ items }) => items).filter((one) => !one.includes('/') && !known.has(one)), []);
});

test('every test file takes part in a test', () => {
  // A file that no CMakeLists.txt mentions proves nothing.
  const lists = [];
  const files = [];
  for (const file of fs.readdirSync(path.join(ROOT, 'tests'), { recursive: true })) {
    if (file.includes('node_modules')) continue;
    if (path.basename(file) === 'CMakeLists.txt') lists.push(fs.readFileSync(path.join(ROOT, 'tests', file), 'utf8'));
    else if (/_test\.cc$|\.test\.mjs$/.test(file)) files.push(file);
  }
  const mentioned = lists.join('\n');
  assert.deepEqual(files.filter((file) => !mentioned.includes(path.basename(file))), []);
});
