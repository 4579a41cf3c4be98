import fs from 'node:fs';
import path from 'node:path';

import { run } from './instance.mjs';
import { BUILD_DIR, SCRIPTS } from './paths.mjs';

// The demo plays in a folder of its own; what it leaves is read by the browser test.
export const DEMO_DIR = path.join(BUILD_DIR, 'demo-run');
export const REPORTS = path.join(DEMO_DIR, 'reports');

export async function playDemo() {
  await run(path.join(SCRIPTS, 'instance'), ['down'], { env: { RUN_DIR: DEMO_DIR } });
  const data = path.join(DEMO_DIR, 'postgres');
  if (fs.existsSync(data)) fs.rmSync(fs.realpathSync(data), { recursive: true, force: true });
  fs.rmSync(DEMO_DIR, { recursive: true, force: true });
  fs.mkdirSync(DEMO_DIR, { recursive: true });
  return run(path.join(SCRIPTS, 'instance'), ['demo'], { env: { RUN_DIR: DEMO_DIR } });
}
