import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { BUILD_DIR, ROOT, SCRIPTS } from './paths.mjs';

// What a caller has in its environment must not steer the services under test.
function cleanEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_') && name !== 'RUN_DIR');
  return { ...Object.fromEntries(kept), BUILD_DIR, ...extra };
}

// Runs a program to its end; rejects never: the caller looks at `code`.
export function run(file, args, { env = {}, input, cwd = ROOT, timeout = 300_000 } = {}) {
  return new Promise((resolve) => {
    const options = { env: cleanEnvironment(env), cwd, timeout, maxBuffer: 64 << 20 };
    const child = execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }));
    if (input !== undefined) child.stdin.end(input);
  });
}

export async function runOk(file, args, options) {
  const result = await run(file, args, options);
  if (result.code !== 0) {
    throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${result.code}\n${result.stdout}${result.stderr}`);
  }
  return result;
}

const base64url = (value) => Buffer.from(value).toString('base64url');

// A running instance of its own: PostgreSQL, three services, keys. All state is in a folder that goes with it.
export class Instance {
  static async start(name) {
    const instance = new Instance(name);
    try {
      await runOk(path.join(SCRIPTS, 'instance'), ['up'], { env: { RUN_DIR: instance.dir } });
    } catch (error) {
      await instance.stop();
      throw error;
    }
    instance.readEnvironment();
    return instance;
  }

  constructor(name) {
    this.name = name;
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), `assay-${name}-`));
    // The server runs as another user when we are root, and has to reach its data.
    fs.chmodSync(this.dir, 0o755);
    this.tokens = new Map();
  }

  readEnvironment() {
    const text = fs.readFileSync(path.join(this.dir, 'env'), 'utf8');
    const value = (key) => text.match(new RegExp(`^export ${key}=(.*)$`, 'm'))?.[1] ?? '';
    this.addresses = { bank: value('ASSAY_BANK'), scoring: value('ASSAY_SCORING'), reporting: value('ASSAY_REPORTING') };
    this.adminToken = value('ASSAY_TOKEN');
    this.keysDir = value('ASSAY_KEYS_DIR');
    this.env = {
      RUN_DIR: this.dir,
      ASSAY_BANK: this.addresses.bank,
      ASSAY_SCORING: this.addresses.scoring,
      ASSAY_REPORTING: this.addresses.reporting,
      ASSAY_TOKEN: this.adminToken,
      ASSAY_KEYS_DIR: this.keysDir,
    };
  }

  assayctl(args, options = {}) {
    return run(path.join(BUILD_DIR, 'bin/assayctl'), args, { ...options, env: { ...this.env, ...options.env } });
  }

  async importPack() {
    const result = await this.assayctl(['pack', 'import', path.join(ROOT, 'packs/ai-engineer')]);
    if (result.code !== 0) throw new Error(`the pack was not imported\n${result.stdout}${result.stderr}`);
  }

  // A token as the project's own tool mints it.
  async token(subject, { scopes = ['all'], tenant = 'demo' } = {}) {
    const key = `${tenant} ${subject} ${scopes}`;
    if (!this.tokens.has(key)) {
      const args = ['token', 'mint', '--tenant', tenant, '--subject', subject, ...scopes.flatMap((scope) => ['--scope', scope])];
      const result = await this.assayctl(args);
      if (result.code !== 0) throw new Error(`no token for ${subject}: ${result.stderr}`);
      this.tokens.set(key, result.stdout.trim());
    }
    return this.tokens.get(key);
  }

  // The token of `subject` with claims or header changed and signed again, by the instance's key or another one.
  async forgedToken(subject, { claims = {}, header = {}, key } = {}) {
    const [head, body] = (await this.token(subject)).split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
    const signing = key ?? crypto.createPrivateKey({ format: 'jwk', key: JSON.parse(fs.readFileSync(path.join(this.keysDir, 'signing-key.json'), 'utf8')) });
    const signed = `${base64url(JSON.stringify({ ...head, ...header }))}.${base64url(JSON.stringify({ ...body, ...claims }))}`;
    const signature = crypto.sign('sha256', Buffer.from(signed), { key: signing, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  // Ends a service as SIGKILL does and starts it again on the same port.
  async crash(service) {
    await runOk(path.join(SCRIPTS, 'instance'), ['restart', service, 'KILL'], { env: { RUN_DIR: this.dir } });
  }

  async sql(database, statement) {
    const result = await runOk(path.join(SCRIPTS, 'postgres'), ['psql', '-AtXq', '-v', 'ON_ERROR_STOP=1', '-d', `assay_${database}`, '-c', statement],
      { env: { RUN_DIR: this.dir } });
    return result.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
  }

  // Stops everything; the logs stay in BUILD_DIR/test-logs.
  async stop() {
    await run(path.join(SCRIPTS, 'instance'), ['down'], { env: { RUN_DIR: this.dir } });
    const logs = path.join(BUILD_DIR, 'test-logs', this.name);
    fs.rmSync(logs, { recursive: true, force: true });
    if (fs.existsSync(path.join(this.dir, 'log'))) fs.cpSync(path.join(this.dir, 'log'), logs, { recursive: true });
    const state = path.join(this.dir, 'postgres.env');
    const socket = fs.existsSync(state) && fs.readFileSync(state, 'utf8').match(/^PGHOST=(\/.*)$/m)?.[1];
    const data = path.join(this.dir, 'postgres');
    for (const place of [socket, fs.existsSync(data) && fs.realpathSync(data), this.dir]) {
      if (place) fs.rmSync(place, { recursive: true, force: true });
    }
  }
}
