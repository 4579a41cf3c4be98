// The layers hold: what may include and call what, read off the sources.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../e2e/support/paths.mjs';

const sources = ['services', 'cli'].flatMap((folder) => fs.readdirSync(path.join(ROOT, folder), { recursive: true }).map((file) => path.join(folder, file)))
  .filter((file) => /\.(cc|h)$/.test(file))
  .map((file) => ({ file, text: fs.readFileSync(path.join(ROOT, file), 'utf8') }))
  .map((source) => ({
    ...source,
    includes: [...source.text.matchAll(/^\s*#include\s+[<"]([^>"]+)[>"]/gm)].map((match) => match[1]),
    // Comments may speak of what the code must not do.
    code: source.text.replace(/\/\/.*$/gm, ''),
  }));
const rooms = ['bank', 'scoring', 'reporting'];
const isDomain = ({ file }) => rooms.some((room) => file.startsWith(`services/${room}/domain/`)) || file.startsWith('services/visibility/');

function expectNone(offences) {
  assert.deepEqual(offences, []);
}
const including = (among, forbidden) => among.flatMap(({ file, includes }) => includes.filter((one) => forbidden.test(one)).map((one) => `${file} includes ${one}`));
const matching = (among, forbidden) => among.flatMap(({ file, code }) => (code.match(forbidden) ?? []).map((one) => `${file}: ${one.trim()}`));

test('there are sources to look at', () => assert.ok(sources.filter(isDomain).length > 40 && sources.length > 200, `${sources.length}`));

test('domain code knows no gRPC, no SQL, no store and no api', () => {
  expectNone(including(sources.filter(isDomain), /^(grpc(pp)?\/|libpq|services\/runtime\/(rpc|db|app|auth|feed|telemetry)\/|services\/[a-z]+\/(api|store|projector)\/)/));
});

test('domain code asks no clock and draws no chance', () => {
  expectNone(matching(sources.filter(isDomain), /\b(system_clock|steady_clock)::now\b|\brandom_device\b|\bSystemClock\b|\btime\(nullptr\)|\brand\(\)/g));
});

test('CMake holds domain libraries to the same', () => {
  for (const room of rooms) {
    const file = [`services/${room}/domain/CMakeLists.txt`, `services/${room}/CMakeLists.txt`].find((one) =>
      fs.existsSync(path.join(ROOT, one)) && fs.readFileSync(path.join(ROOT, one), 'utf8').includes(`assay_${room}_domain`));
    assert.ok(file, `no CMakeLists.txt makes assay_${room}_domain`);
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const links = [...text.matchAll(new RegExp(`target_link_libraries\\(\\s*assay_${room}_domain([^)]*)\\)`, 'g'))].map((match) => match[1]).join(' ');
    assert.doesNotMatch(links, /gRPC::|PQ\b|assay_db|assay_runtime\b|assay_persistence/, `${file}: ${links}`);
  }
});

test('only the runtime makes a grpc::Status', () => {
  expectNone(matching(sources.filter(({ file }) => !/^services\/runtime\/(rpc|app)\//.test(file)), /\bgrpc::Status(Code)?\b.*/g));
});

test('SQL stands in stores and in the runtime, not in api or domain', () => {
  const outside = sources.filter(({ file }) => isDomain({ file }) || /\/api\//.test(file) || file.startsWith('cli/') || /\/render\//.test(file));
  expectNone(including(outside, /^libpq/));
  expectNone(matching(outside, /"\s*(SELECT\s.*\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b.*/g));
});

test('no statement is put together from values', () => {
  // Statements are literals with parameters; formatting one is how an injection begins.
  expectNone(matching(sources, /\b(fmt::format|absl::StrCat|absl::Substitute)\(\s*(R)?"[^"]*\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b.*/g)
    // A statement of the session may take a value that the driver quoted.
    .filter((offence) => !/^services\/runtime\/db\//.test(offence) && !/\bQuote\(/.test(offence)));
  expectNone(matching(sources.filter(({ file }) => !file.startsWith('services/runtime/db/')), /\.exec(0|1|_params|_prepared)?\(.*/g));
});

test('api calls the domain and the store, and services know nothing of each other', () => {
  for (const room of rooms) {
    const others = rooms.filter((one) => one !== room).join('|');
    expectNone(including(sources.filter(({ file }) => file.startsWith(`services/${room}/`)), new RegExp(`^services/(${others})/`)));
  }
  expectNone(including(sources.filter(({ file }) => file.startsWith('services/runtime/')), /^services\/(bank|scoring|reporting)\//));
  expectNone(including(sources.filter(({ file }) => /\/store\//.test(file)), /^services\/[a-z]+\/api\//));
});

test('files are short enough to read', () => {
  expectNone(sources.filter(({ text }) => text.split('\n').length > 400).map(({ file, text }) => `${file}: ${text.split('\n').length} lines`));
});

test('nothing is left to do in the sources', () => {
  expectNone(matching(sources.map((source) => ({ ...source, code: source.text })), /\b(TODO|FIXME|XXX|HACK)\b.*/g));
});
