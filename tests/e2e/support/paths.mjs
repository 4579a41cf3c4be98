import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const BUILD_DIR = path.resolve(ROOT, process.env.BUILD_DIR ?? 'build');
export const SCRIPTS = path.join(ROOT, 'scripts');
export const E2E = path.join(ROOT, 'tests/e2e');
