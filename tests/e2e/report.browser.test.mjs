// The demo's HTML reports as a person sees them: headless Chromium, light and dark, wide and narrow.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

import { playDemo, REPORTS } from './support/demo.mjs';
import { BUILD_DIR } from './support/paths.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = path.join(BUILD_DIR, 'screenshots');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const EXPECTED = {
  'amara-okafor': { name: 'Amara Okafor', outcome: 'Hire', why: /3\.94375.*hire bar 3\.5/ },
  'ben-lindqvist': { name: 'Ben Lindqvist', outcome: 'Hold', why: /floor 3.*MLOps/ },
  'chiara-moretti': { name: 'Chiara Moretti', outcome: 'No hire', why: /2\.46875.*no-hire bar 3/ },
};

let browser;

before(async () => {
  if (!Object.keys(EXPECTED).every((id) => fs.existsSync(path.join(REPORTS, `${id}.html`)))) {
    const demo = await playDemo();
    assert.equal(demo.code, 0, demo.stdout + demo.stderr);
  }
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(fs.existsSync);
  browser = await chromium.launch({ executablePath, args: FLAGS });
}, { timeout: 300_000 });

after(async () => { await browser?.close(); });

async function open(id, options, work) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1400 }, ...options });
  const requests = [];
  const complaints = [];
  try {
    const page = await context.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(path.join(REPORTS, `${id}.html`)).href, { waitUntil: 'load' });
    return await work(page, requests, complaints);
  } finally {
    await context.close();
  }
}

for (const [id, expected] of Object.entries(EXPECTED)) {
  describe(expected.name, () => {
    test('shows who, what was decided, why, and how sure', () => open(id, {}, async (page) => {
      assert.equal(await page.locator('h1').innerText(), expected.name);
      assert.equal(await page.locator('#outcome').innerText(), expected.outcome);
      assert.match(await page.locator('.why').innerText(), expected.why);
      assert.match(await page.locator('.sure').first().innerText(), /[a-z]{3,}.*\./);
    }));

    test('draws a bar for every competency against its threshold and says the same in a table', () => open(id, {}, async (page) => {
      const image = page.locator('section[aria-labelledby=competencies] img');
      assert.ok(await image.evaluate((img) => img.complete && img.naturalWidth > 300), 'the chart did not load');
      assert.match(await image.getAttribute('alt'), /threshold/i);
      const box = await image.boundingBox();
      assert.ok(box.width > 500 && box.height > 100, JSON.stringify(box));
      const rows = page.locator('section[aria-labelledby=competencies] tbody tr');
      assert.equal(await rows.count(), 6);
      for (const row of await rows.allInnerTexts()) {
        const [, mean, threshold, weight] = row.split('\t');
        assert.match(mean, /^[1-5]\.\d\d/);
        assert.match(threshold, /^[1-5](\.\d+)?$/);
        assert.match(weight, /^\d+ %$/);
      }
    }));

    test('lists the rules tried, up to the one that decided', () => open(id, {}, async (page) => {
      const steps = page.locator('.trace li');
      assert.ok(await steps.count() >= 3);
      assert.equal(await page.locator('.trace li.fired').count(), 1);
      assert.equal(await steps.last().getAttribute('class'), 'fired');
      assert.ok(await page.locator('.tried li').count() > 0, 'no variation is shown');
    }));

    test('shows every rating with its note and who gave it', () => open(id, {}, async (page) => {
      const ratings = await page.locator('.rating').allInnerTexts();
      assert.ok(ratings.length >= 24, `${ratings.length} ratings`);
      assert.ok(ratings.filter((text) => text.split('\n').at(-1).length > 15).length >= 20, 'notes are missing');
      const scores = await page.locator('.rating .score').allInnerTexts();
      assert.ok(scores.every((score) => /^[1-5]$/.test(score)), scores.join());
      assert.equal(await page.locator('article.card').count(), 4);
    }));

    test('asks the network for nothing and complains of nothing', () => open(id, {}, async (page, requests, complaints) => {
      assert.deepEqual(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')), []);
      assert.equal(requests.filter((url) => url.startsWith('file:')).length, 1);
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator('script, link, iframe').count(), 0);
    }));

    for (const colorScheme of ['light', 'dark']) {
      test(`is accessible in ${colorScheme}`, () => open(id, { colorScheme }, async (page) => {
        await page.screenshot({ path: path.join(SCREENSHOTS, `${id}-${colorScheme}.png`), fullPage: true });
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`), []);
      }));
    }

    test('fits a narrow screen without scrolling sideways', () => open(id, { viewport: { width: 390, height: 844 } }, async (page) => {
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, globalThis.innerWidth]);
      assert.ok(content <= screen, `${content} > ${screen}`);
    }));
  });
}
