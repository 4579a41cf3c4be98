// What an operator and an integrator rely on: health, metrics, reflection, exit codes, restarts, two instances side by side.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Ats } from './support/ats.mjs';
import { Client, RpcError } from './support/client.mjs';
import { Instance, run } from './support/instance.mjs';
import { BUILD_DIR, E2E, ROOT, SCRIPTS } from './support/paths.mjs';

const SERVICES = ['bank', 'scoring', 'reporting'];

let instance, client, ats;

before(async () => {
  instance = await Instance.start('operate');
  await instance.importPack();
  client = new Client(instance.addresses);
  ats = await new Ats(client, instance).login();
}, { timeout: 120_000 });

after(async () => {
  client?.close();
  await instance?.stop();
});

const check = (on, service) => client.call('grpc.health.v1.Health/Check', { service }, { on });
const metricsOf = async (service) => {
  const port = fs.readFileSync(path.join(instance.dir, `${service}.port`), 'utf8').match(/^metrics=(\d+)$/m)[1];
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
};

test('health knows the service, the process and nothing else, and asks for no token', async () => {
  for (const on of SERVICES) {
    for (const name of ['', `assay.${on}.v1`, 'liveness']) assert.equal((await check(on, name)).status, 'SERVING', `${on} ${name}`);
    const error = await client.refused('grpc.health.v1.Health/Check', { service: 'assay.other.v1' }, { on });
    assert.equal(error.code, 'NOT_FOUND');
  }
});

test('metrics count calls by method and code, and show pool and feed', async () => {
  await ats.refused('CandidateService/GetCandidate', { name: 'candidates/nobody' });
  const scoring = await metricsOf('scoring');
  assert.match(scoring, /grpc_server_handled_total\{[^}]*grpc_code="NotFound"[^}]*\} 1/i);
  for (const name of ['grpc_server_handling_seconds_bucket', 'assay_db_pool_', 'assay_feed_events_total']) assert.ok(scoring.includes(name), name);
  assert.ok((await metricsOf('reporting')).includes('assay_feed_lag_seconds'));
  for (const service of SERVICES) assert.ok(!(await metricsOf(service)).includes('nobody'), 'a metric names a resource');
});

test('buf curl calls a method by reflection alone', async (t) => {
  const packages = path.join(E2E, 'node_modules/@bufbuild');
  if (!fs.existsSync(packages)) return t.skip('buf is missing: scripts/npm');
  const buf = path.join(packages, fs.readdirSync(packages)[0], 'bin/buf');
  const result = await run(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--header', `authorization: Bearer ${ats.token}`, '--data',
    '{"name": "roleGuides/genai-llm"}', `http://${instance.addresses.bank}/assay.bank.v1.CatalogService/GetRoleGuide`], { env: { HOME: instance.dir } });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /"genai-llm"|roleGuides\/genai-llm/);
});

describe('assayctl', () => {
  const code = async (...args) => (await instance.assayctl(args)).code;

  test('ends with 0, 1, 2 or 3 for done, no, misuse and refused', async () => {
    const broken = path.join(instance.dir, 'broken.yaml');
    fs.writeFileSync(broken, 'id: broken\ndisplay_name: Broken\nquestions:\n  - {id: q1, prompt: "Why?", competency: nothing}\n');
    assert.equal(await code('doctor'), 0);
    assert.equal(await code('pack', 'lint', path.join(ROOT, 'packs/ai-engineer')), 0);
    assert.equal(await code('pack', 'lint', broken), 1);
    assert.equal(await code('no-such-command'), 2);
    assert.equal(await code('policy', 'evaluate', '--policy', 'pack:ai-engineer', '--input', '/nonexistent'), 2);
    assert.equal(await code('candidate', 'get', 'nobody'), 3);
  });

  test('prints code, reason and violations of a refusal', async () => {
    const result = await instance.assayctl(['call', 'assay.scoring.v1.CandidateService/CreateCandidate', '-f', '-'], { input: 'candidate_id: "Not An Id"\ncandidate: {email: x}\n' });
    assert.equal(result.code, 3);
    assert.match(result.stderr, /INVALID_ARGUMENT INVALID_FIELDS/);
    assert.match(result.stderr, /^ {2}candidate_id: .+$/m);
    assert.match(result.stderr, /^ {2}candidate\.display_name: .+$/m);
  });

  test('reads the guide’s layout offline and counts what it read and what it dropped', async () => {
    const result = await run(path.join(BUILD_DIR, 'bin/assayctl'),
      ['pack', 'import', 'tests/data/guide-synthetic.txt', '--from', 'guide', '--dry-run', '--format', 'json']);
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    assert.equal(report.questions, 18);
    assert.equal(report.dropped, 0);
    assert.ok(report.findings.every((finding) => finding.line > 0 && finding.end_line >= finding.line && finding.reason));
  });

  test('finds the bundled pack offline from any folder', async () => {
    const input = path.join(instance.dir, 'nothing-rated.yaml');
    fs.writeFileSync(input, 'ratings: []\n');
    const result = await run(path.join(BUILD_DIR, 'bin/assayctl'),
      ['policy', 'evaluate', '--policy', 'pack:ai-engineer', '--input', input, '--format', 'json'], { cwd: os.tmpdir() });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(JSON.parse(result.stdout).outcome, 'HOLD');
  });

  test('assembles a kit for every role', async () => {
    const roles = await client.call('assay.bank.v1.CatalogService/ListRoleGuides', {}, { token: ats.token });
    const ids = (roles.role_guides ?? Object.values(roles).find(Array.isArray)).map((one) => (one.role_guide ?? one.content ?? one).id ?? one.name.split('/')[1].split('@')[0]);
    assert.equal(ids.length, 7, JSON.stringify(ids));
    for (const role of ids) {
      const result = await instance.assayctl(['kit', 'assemble', '--role', role, '--level', 'experienced', '--minutes', '60', '--seed', '3', '--format', 'json']);
      assert.equal(result.code, 0, `${role}: ${result.stderr}`);
    }
  });

  test('verifies the audit chains', async () => {
    const result = await instance.assayctl(['audit', 'verify']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.match(result.stdout, /scoring: intact/);
  });
});

test('a second instance runs beside the first', { timeout: 60_000 }, async () => {
  const other = await Instance.start('operate-2');
  try {
    assert.equal((await other.assayctl(['doctor'])).code, 0);
    for (const service of SERVICES) assert.notEqual(other.addresses[service], instance.addresses[service]);
    // A token of one is nothing to the other.
    assert.equal((await other.assayctl(['questions', 'list'], { env: { ASSAY_TOKEN: instance.adminToken } })).code, 3);
  } finally {
    await other.stop();
  }
});

test('stopping and starting again keeps data, addresses and sealed text', { timeout: 60_000 }, async () => {
  await ats.write('CandidateService/CreateCandidate', { candidate_id: 'kept', candidate: { display_name: 'Kept over night' } });
  const script = path.join(SCRIPTS, 'instance');
  const env = { RUN_DIR: instance.dir };
  assert.equal((await run(script, ['down'], { env })).code, 0);
  const up = await run(script, ['up'], { env });
  assert.equal(up.code, 0, up.stderr);
  const before = instance.addresses;
  instance.readEnvironment();
  assert.deepEqual(instance.addresses, before);
  assert.equal((await ats.call('CandidateService/GetCandidate', { name: 'candidates/kept' })).display_name, 'Kept over night');
});

test('SIGTERM lets the calls under way end; what came too late may be repeated', { timeout: 60_000 }, async () => {
  const requests = Array.from({ length: 40 }, (_, i) => ({ request_id: crypto.randomUUID(), candidate_id: `drain-${i}`, candidate: { display_name: `Drain ${i}` } }));
  const create = (request) => ats.write('CandidateService/CreateCandidate', request, { seconds: 20 }).then(({ response }) => response, (error) => error);
  const calls = requests.map(create);
  const restarted = run(path.join(SCRIPTS, 'instance'), ['restart', 'scoring'], { env: { RUN_DIR: instance.dir } });
  const first = await Promise.all(calls);
  // gRPC resets a stream that reaches it behind its own goodbye, which a client sees as CANCELLED.
  for (const error of first.filter((one) => one instanceof RpcError)) assert.ok(['UNAVAILABLE', 'CANCELLED'].includes(error.code), error.message);
  assert.equal((await restarted).code, 0);
  const again = await Promise.all(requests.map(create));
  for (const [i, reply] of again.entries()) {
    assert.equal(reply.name, `candidates/drain-${i}`, String(reply));
    if (!(first[i] instanceof RpcError)) assert.deepEqual(reply, first[i]);
  }
  assert.match(fs.readFileSync(path.join(instance.dir, 'log/scoring.log'), 'utf8'), /stopped/);
});
