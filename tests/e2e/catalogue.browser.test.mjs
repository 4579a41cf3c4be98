// The pack's HTML catalogue and an interviewer's kit as a person sees them: headless Chromium, light and dark, wide, narrow and printed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

import { runOk } from './support/instance.mjs';
import { BUILD_DIR, ROOT } from './support/paths.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = path.join(BUILD_DIR, 'screenshots');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PACK = path.join(ROOT, 'packs/ai-engineer');

let browser;
let folder;
let pack;
let catalogue;
let kit;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assay-catalogue-'));
  catalogue = path.join(folder, 'catalogue.html');
  kit = path.join(folder, 'kit.html');
  const assayctl = path.join(BUILD_DIR, 'bin/assayctl');
  await runOk(assayctl, ['pack', 'export', PACK, '--to', 'html', '-o', catalogue]);
  await runOk(assayctl, ['pack', 'export', PACK, '--to', 'json', '-o', path.join(folder, 'pack.json')]);
  await runOk(path.join(BUILD_DIR, 'bin/bank_preview'), [PACK, path.join(folder, 'kit')]);
  pack = JSON.parse(fs.readFileSync(path.join(folder, 'pack.json'), 'utf8'));
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(fs.existsSync);
  browser = await chromium.launch({ executablePath, args: FLAGS });
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function open(file, options, work) {
  const { hash = '', ...context } = options;
  const session = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...context });
  const requests = [];
  const complaints = [];
  try {
    const page = await session.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href + hash, { waitUntil: 'load' });
    return await work(page, requests, complaints);
  } finally {
    await session.close();
  }
}

const visible = (page) => page.locator('article.question:visible').evaluateAll((all) => all.map((one) => one.id));
const idsOf = (wanted) => pack.questions.filter(wanted).map(({ id }) => id).sort();
const said = (page) => page.locator('#s_filter output').innerText();
// The filters answer a moment after the last key.
const settled = (page, expected) => page.waitForFunction((text) => document.querySelector('#s_filter output').textContent === text, expected);

async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | ')}`);
}

async function fitsWidth(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, globalThis.innerWidth]);
  assert.ok(content <= screen, `${content} > ${screen}`);
}

describe('the catalogue', () => {
  test('holds every question once and says how many there are', () => open(catalogue, {}, async (page) => {
    assert.deepEqual((await visible(page)).sort(), idsOf(() => true));
    assert.equal(await said(page), `All ${pack.questions.length} questions`);
  }));

  test('asks the network for nothing and complains of nothing', () => open(catalogue, {}, async (page, requests, complaints) => {
    assert.deepEqual(requests, [pathToFileURL(catalogue).href]);
    assert.deepEqual(complaints, []);
    assert.equal(await page.locator('link, iframe, img, object').count(), 0);
    assert.equal(await page.locator('script').count(), 1);
  }));

  test('shows formulas as mathematics', () => open(catalogue, {}, async (page) => {
    assert.ok(await page.locator('math').count() >= 40);
    assert.equal(await page.locator('article.question code').count(), 0, 'a formula was left as LaTeX');
    // Fractions and roots are drawn, not spelt: the formula is higher than a line of text.
    const drawn = await page.locator('math:has(msqrt)').first().evaluate((math) => {
      math.closest('details')?.setAttribute('open', '');
      return math.getBoundingClientRect().height;
    });
    assert.ok(drawn > 10, `${drawn}`);
  }));

  test('filters by role, competency, level, kind and words, together', () => open(catalogue, {}, async (page) => {
    const total = pack.questions.length;
    const select = async (name, value, wanted) => {
      await page.selectOption(`#s_filter select[name=${name}]`, value);
      await settled(page, `${idsOf(wanted).length} of ${total} questions`);
      assert.deepEqual((await visible(page)).sort(), idsOf(wanted));
    };
    const ofRole = (question) => question.roles.some(({ role }) => role === 'mlops');
    await select('role', 'mlops', ofRole);
    await select('level', 'experienced', (question) => ofRole(question) && question.level === 'LEVEL_EXPERIENCED');
    const both = (question) => ofRole(question) && question.level === 'LEVEL_EXPERIENCED';
    const competency = (question) => both(question) && question.competency === 'production-mlops';
    await select('competency', 'production-mlops', competency);
    await select('kind', 'scenario', (question) => competency(question) && question.kind === 'QUESTION_KIND_SCENARIO');
    await page.click('#s_filter button[type=reset]');
    await settled(page, `All ${total} questions`);

    await page.fill('#s_filter input[name=words]', 'Drift CANARY');
    await page.waitForFunction((all) => document.querySelector('#s_filter output').textContent !== all, `All ${total} questions`);
    const found = await visible(page);
    assert.ok(found.length > 0 && found.length < 40, `${found.length}`);
    for (const id of found) {
      const text = (await page.locator(`#${id}`).evaluate((node) => node.textContent)).toLowerCase();
      assert.ok(text.includes('drift') && text.includes('canary'), id);
    }
    await page.fill('#s_filter input[name=words]', 'no such word anywhere');
    await settled(page, `0 of ${total} questions`);
    assert.equal(await page.locator('.part:visible').count(), 0, 'headings of nothing are shown');
  }));

  test('tells for each choice how many questions it would leave', () => open(catalogue, {}, async (page) => {
    const label = (name, value) => page.locator(`#s_filter select[name=${name}] option[value=${value}]`).innerText();
    const count = (wanted) => pack.questions.filter(wanted).length;
    assert.equal(await label('level', 'senior'), `Senior (${count(({ level }) => level === 'LEVEL_SENIOR')})`);
    await page.selectOption('#s_filter select[name=role]', 'platform');
    const wanted = ({ level, roles }) => level === 'LEVEL_SENIOR' && roles.some(({ role }) => role === 'platform');
    await page.waitForFunction((text) => document.querySelector('#s_filter option[value=senior]').textContent === text, `Senior (${count(wanted)})`);
    // The choice itself does not narrow its own list.
    assert.equal(await label('role', 'mlops'), `MLOps engineer (${count(({ roles }) => roles.some(({ role }) => role === 'mlops'))})`);
  }));

  test('leads to a question by its address, below the filters and whatever they hide', () => open(catalogue, { hash: '#q037' }, async (page) => {
    const place = () => page.evaluate(() => [document.querySelector('#q037').getBoundingClientRect().top, document.querySelector('#s_filter').getBoundingClientRect().bottom]);
    const [top, bar] = await place();
    assert.ok(top >= bar - 1 && top < bar + 60, `${top} ${bar}`);
    await page.selectOption('#s_filter select[name=level]', 'fresher');
    await page.waitForFunction(() => document.querySelector('#q037').hidden);
    await page.evaluate(() => { location.hash = ''; });
    await page.evaluate(() => { location.hash = '#q037'; });
    await page.waitForFunction(() => !document.querySelector('#q037').hidden);
    assert.equal(await said(page), `All ${pack.questions.length} questions`);
  }));

  test('is a plain document without its script', () => open(catalogue, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator('article.question:visible').count(), pack.questions.length);
    assert.equal(await page.locator('#s_filter').isVisible(), false);
    await page.locator('#q001 details.answers summary').click();
    assert.ok(await page.locator('#q001 .answer').first().isVisible());
  }));

  test('prints without the filters and with every answer open', () => open(catalogue, {}, async (page) => {
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await page.locator('#s_filter').isVisible(), false);
    assert.equal(await page.locator('nav.toc').isVisible(), false);
    assert.equal(await page.locator('details:not([open])').count(), 0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.ok(await page.locator('details:not([open])').count() > 200);
    await page.emulateMedia({ media: 'screen' });
    const printed = await page.pdf({ preferCSSPageSize: true, path: path.join(SCREENSHOTS, 'catalogue.pdf') });
    assert.ok(printed.length > 500_000, `${printed.length}`);
  }));

  for (const colorScheme of ['light', 'dark']) {
    test(`is accessible in ${colorScheme}`, { timeout: 120_000 }, () => open(catalogue, { colorScheme }, async (page) => {
      await page.screenshot({ path: path.join(SCREENSHOTS, `catalogue-${colorScheme}.png`) });
      // A few answers open, so that what they hide is looked at too.
      await page.evaluate(() => document.querySelectorAll('details').forEach((details, i) => { if (i % 20 === 0) details.open = true; }));
      assert.deepEqual(await axe(page), []);
    }));
  }

  test('fits a narrow screen without scrolling sideways', () => open(catalogue, { viewport: { width: 390, height: 844 } }, async (page) => {
    await page.screenshot({ path: path.join(SCREENSHOTS, 'catalogue-narrow.png') });
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
    await fitsWidth(page);
  }));
});

describe("the interviewer's kit", () => {
  test('asks the network for nothing and complains of nothing', () => open(kit, {}, async (page, requests, complaints) => {
    assert.deepEqual(requests, [pathToFileURL(kit).href]);
    assert.deepEqual(complaints, []);
    assert.equal(await page.locator('script, link, iframe, img').count(), 0);
  }));

  test('has a place for a score under each question and a scorecard at the end', () => open(kit, {}, async (page) => {
    const questions = await page.locator('article.question').count();
    assert.ok(questions >= 5, `${questions}`);
    assert.equal(await page.locator('article.question .rate').count(), questions);
    assert.ok(await page.locator('section.card .options li').count() >= 11);
  }));

  for (const colorScheme of ['light', 'dark']) {
    test(`is accessible in ${colorScheme}`, () => open(kit, { colorScheme }, async (page) => {
      await page.screenshot({ path: path.join(SCREENSHOTS, `kit-${colorScheme}.png`), fullPage: true });
      assert.deepEqual(await axe(page), []);
    }));
  }

  test('fits a narrow screen without scrolling sideways', () => open(kit, { viewport: { width: 390, height: 844 } }, async (page) => fitsWidth(page)));
});
