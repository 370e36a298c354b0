// The home page while shows begin and end: it is never loaded again, and nothing moves away under whoever is on it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { people, visitor } from './room.mjs';
import { Stage, until } from './stage.mjs';

// The page looks about every fifteen seconds.
const SOON = { timeout: 60_000 };

test('a show that begins appears, one that ends goes, and the focus stays where it is', async () => {
  const stage = await Stage.open('grace_s = 1\n');
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const page = await visitor(browser, errors);
  let looks = 0;
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/channels?')) looks += 1;
  });
  const began = Date.now();
  await page.goto(stage.http);
  await page.getByText('The stage is dark.').waitFor();
  await page.evaluate(() => {
    window.isTheSame = true;
  });

  stage.ffmpeg(ada.key, { name: 'ada' });
  await page.getByRole('heading', { name: 'Looms and engines' }).waitFor(SOON);
  const second = stage.ffmpeg(bob.key, { name: 'bob' });
  stage.ffmpeg(cleo.key, { name: 'cleo' });
  const card = (title) => page.getByTestId('channel-card').filter({ hasText: title });
  await card("bob's show").waitFor(SOON);
  await card("cleo's show").waitFor(SOON);

  // While the focus is among them, who ends stays and is not live any more.
  const link = card("cleo's show").getByRole('link');
  await link.focus();
  second.kill('SIGTERM');
  await until('bob is not live any more', async () => (await stage.api('GET', '/channels/bob')).live === null);
  await card("bob's show").and(page.locator('.offline')).waitFor(SOON);
  assert.ok(await link.evaluate((link) => link === document.activeElement), 'the focus is where it was');
  await page.getByRole('link', { name: 'Klieg, home' }).focus();
  await card("bob's show").waitFor({ state: 'detached', ...SOON });
  await page.getByRole('heading', { name: 'Looms and engines' }).waitFor();

  assert.ok(await page.evaluate(() => window.isTheSame), 'the page was not loaded again');
  const seconds = (Date.now() - began) / 1_000;
  assert.ok(looks <= 2 + seconds / 12, `${looks} looks in ${seconds} s`);
  assert.deepEqual(errors, []);
});
