// A person's way through the pages: sign up, get a key, go live, be found, be followed.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Stage, until } from './stage.mjs';

async function signUp(page, stage, handle) {
  await page.goto(`${stage.http}/signup`);
  await page.getByLabel('Handle').fill(handle);
  await page.getByLabel('E-mail').fill(`${handle}@example.org`);
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
  await until('logged in', async () => new URL(page.url()).pathname !== '/signup');
}

test('a stranger signs up, makes a key, goes live and is found and followed by another', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const visitor = async () => {
    const page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    return page;
  };

  const creator = await visitor();
  await signUp(creator, stage, 'ada');
  await creator.goto(`${stage.http}/studio`);
  await creator.click('[data-testid="make-key"]');
  const key = (await creator.textContent('[data-testid="stream-key"]')).trim();
  assert.match(key, /^klieg_/);
  await creator.getByText(`rtmp://${stage.rtmp}/live`, { exact: true }).waitFor();
  await creator.getByLabel('Title').fill('Looms & <b>engines</b>');
  await creator.click('[data-testid="save-show"]');
  await until('saved', async () => (await stage.api('GET', '/channels/ada')).title === 'Looms & <b>engines</b>');
  await creator.reload();
  await creator.waitForSelector('[data-testid="make-key"]');
  assert.ok(!(await creator.content()).includes(key), 'the key is shown a second time');

  stage.ffmpeg(key);
  await stage.untilLive('ada', 'source');
  await until('health in the studio', () => creator.getByTestId('health').getByText('H.264').isVisible());

  const viewer = await visitor();
  await viewer.goto(stage.http);
  await viewer.getByRole('heading', { name: 'Looms & <b>engines</b>' }).getByRole('link').click();
  await until('on the channel page', async () => viewer.url().endsWith('/ada'));
  await until('playing', () => viewer.$('[data-testid="player"][data-state="playing"]'));

  await signUp(viewer, stage, 'eve');
  await viewer.goto(`${stage.http}/ada`);
  await viewer.click('[data-testid="follow"]');
  await until('one follower', async () => (await stage.api('GET', '/channels/ada')).followers === 1);
  await viewer.reload();
  await until('still followed', async () => (await viewer.textContent('[data-testid="follow"]')).includes('Following'));
  assert.deepEqual(errors, []);
});

test('the page "Go live" hands over to the studio by a link that is good once', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const creator = await (await (await stage.browser()).newContext()).newPage();
  await signUp(creator, stage, 'grace');
  await creator.goto(`${stage.http}/studio`);
  const answered = creator.waitForResponse((answer) => answer.url().endsWith('/me/sign-in-codes'));
  // No program here takes the link, which no page can know. It is said for some seconds only.
  await Promise.all([creator.getByText('Klieg Studio is not installed').waitFor(), creator.click('[data-testid="open-in-studio"]')]);
  const { code } = await (await answered).json();
  assert.equal(new URL(creator.url()).pathname, '/studio');
  const exchange = () => fetch(`${stage.http}/api/v1/sessions/code`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  assert.equal((await exchange()).status, 201);
  assert.equal((await exchange()).status, 401);
});

test('every page fits a small phone and has no script or style that the policy refuses', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const { handle } = await stage.creator('ada');
  const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
  const refused = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) refused.push(message.text());
  });
  for (const route of ['/', `/${handle}`, '/signup', '/login', '/studio', '/settings', '/following', '/search?q=ada', '/nobody']) {
    await page.goto(`${stage.http}${route}`);
    await page.waitForSelector('main h1, main h2');
    const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
    assert.ok(scroll <= width, `${route} is ${scroll} px wide on a screen of ${width}`);
  }
  assert.deepEqual(refused, []);
});

test('what carries the digest of its content is kept for a year, and pages are asked for anew', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage();
  const answers = [];
  page.on('response', (answer) => answers.push(answer));
  await page.goto(stage.http);
  await page.waitForSelector('main h1, main h2');
  const loaded = () => answers.map((answer) => ({ path: new URL(answer.url()).pathname, cache: answer.headers()['cache-control'] }));
  const assets = () => loaded().filter(({ path }) => path.startsWith('/assets/'));
  // A heading stands there before the font is.
  for (const suffix of ['.js', '.css', '.wasm', '.woff2']) {
    await until(`a ${suffix} is loaded`, () => assets().some(({ path }) => path.endsWith(suffix)));
  }
  for (const { path, cache } of assets()) assert.equal(cache, 'public, max-age=31536000, immutable', path);
  assert.equal(loaded().find(({ path }) => path === '/').cache, 'no-cache');
});
