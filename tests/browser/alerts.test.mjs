// What people are told of without having been there: the bell, its panel, and the creator's word on it.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { enter, joined, line, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

async function logIn(page, http, person) {
  await page.goto(`${http}/login`);
  await logInHere(page, person);
}

async function logInHere(page, { handle, password }) {
  await page.getByLabel('Handle or e-mail').fill(handle);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await until('logged in', async () => new URL(page.url()).pathname !== '/login');
}

/** The live connections that a page has open; to be cleared before it is left for another document. */
function connections(page) {
  const open = new Set();
  page.on('websocket', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return open;
}

const panel = (page) => page.getByTestId('notifications');
const entry = (page, text) => panel(page).getByTestId('notification').filter({ hasText: text });
const count = (page, number) => page.getByTestId('bell-count').getByText(number, { exact: true }).waitFor();
const none = (page) => until('nothing is new', async () => (await page.getByTestId('bell-count').count()) === 0);

test('a follower hears of a show and of their name wherever they are, and it leads there', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  await stage.api('PUT', '/channels/ada/follow', undefined, bob.token);
  const [creator, follower, phone] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors, { viewport: { width: 360, height: 780 } })];
  const open = connections(follower);
  await logIn(follower, stage.http, bob);
  await logIn(phone, stage.http, bob);
  open.clear();
  await follower.goto(stage.http);
  await phone.goto(stage.http);
  await follower.getByRole('button', { name: 'Notifications', exact: true }).click();
  await panel(follower).getByText('Nothing yet').waitFor();
  if (shots) await follower.screenshot({ path: path.join(shots, 'bell-empty-1440-dark.png') });
  await panel(follower).getByRole('button', { name: 'Close' }).click();
  await until('one connection', () => open.size === 1);

  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source');
  await count(follower, '1');
  await count(phone, '1');
  await follower.getByRole('button', { name: 'Notifications, one new' }).click();
  await entry(follower, 'ada went live').getByText('Looms and engines').waitFor();
  await none(follower);
  await none(phone);
  if (shots) await follower.screenshot({ path: path.join(shots, 'bell-1440-dark.png') });
  assert.equal((await stage.api('GET', '/notifications', undefined, bob.token)).unseen, 0);
  await follower.keyboard.press('Escape');
  await panel(follower).waitFor({ state: 'detached' });
  await becomes('bell', () => follower.evaluate(() => document.activeElement.dataset.testid), 'the focus returns');
  await follower.keyboard.press('Enter');
  await entry(follower, 'ada went live').getByRole('link').press('Enter');
  await joined(follower);
  assert.equal(new URL(follower.url()).pathname, '/ada');
  await becomes(0, () => panel(follower).count());
  await until('the chat brings what is new', () => open.size === 1);

  // Who is there sees it in the chat; who is not is told.
  await enter(creator, stage.http, ada, 'ada');
  await say(creator, '@bob you are here');
  await line(follower, '@bob you are here').waitFor();
  await follower.getByRole('link', { name: 'Klieg, home' }).click();
  await creator.getByLabel('1 person is here', { exact: true }).waitFor();
  await say(creator, '@bob come back');
  await count(follower, '1');
  await follower.getByTestId('bell').click();
  await entry(follower, 'ada mentioned you in ada’s chat').getByText('@bob come back').waitFor();
  assert.equal(await entry(follower, 'you are here').count(), 0);
  await follower.mouse.click(40, 600);
  await panel(follower).waitFor({ state: 'detached' });

  // In another room the chat's own connection brings it.
  open.clear();
  await follower.goto(`${stage.http}/bob`);
  await joined(follower);
  await until('one connection for all', () => open.size === 1);
  await say(creator, '@bob once more');
  await count(follower, '1');

  // On a phone it is a sheet over the whole screen.
  await phone.getByTestId('bell').click();
  await entry(phone, '@bob once more').waitFor();
  await becomes([0, 360, 780], async () => {
    const { x, width, height } = await panel(phone).boundingBox();
    return [x, width, height].map(Math.round);
  });
  const { scroll, width } = await phone.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, `the page is ${scroll} px wide on a screen of ${width}`);
  if (shots) await phone.screenshot({ path: path.join(shots, 'bell-360-dark.png') });
  await none(follower);
  await entry(phone, '@bob once more').getByRole('link').click();
  await joined(phone);
  assert.equal(new URL(phone.url()).pathname, '/ada');
  assert.deepEqual(errors, []);
});

test('what is deleted is gone from the open panel, and the focus stays in it', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [creator, page] = [await visitor(browser, errors), await visitor(browser, errors)];
  const remove = async (text) => {
    await tool(creator, text, 'More');
    await line(creator, text).getByRole('button', { name: 'Delete' }).click();
  };
  await enter(creator, stage.http, ada, 'ada');
  const listens = new Promise((resolve) => {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => `${payload}`.includes('"is":"done"') && resolve()));
  });
  await logIn(page, stage.http, bob);
  await listens;
  for (const text of ['@bob one', '@bob two']) {
    await say(creator, text);
    await line(creator, text).waitFor();
  }
  await count(page, '2');
  await remove('@bob one');
  await count(page, '1');
  await page.getByTestId('bell').click();
  const last = entry(page, '@bob two');
  await last.waitFor();
  assert.equal(await entry(page, '@bob one').count(), 0);
  let asked = 0;
  page.on('request', (request) => {
    if (/\/api\/v1\/notifications(\?|$)/.test(request.url())) asked += 1;
  });
  await last.getByRole('link').focus();
  await remove('@bob two');
  await panel(page).getByText('Nothing yet').waitFor();
  await until('the focus is in the panel', () => panel(page).evaluate((panel) => panel.contains(document.activeElement)));
  assert.equal(asked, 0, 'nobody asked for the list');
  assert.deepEqual(errors, []);
});

test('what cannot be had is asked for again, and the next person at the window has their own', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, page] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await say(creator, '@bob hello');
  await line(creator, '@bob hello').waitFor();
  await logIn(page, stage.http, bob);
  let asked = 0;
  await page.route(/\/api\/v1\/notifications/, (route) => {
    asked += 1;
    return route.abort();
  });
  await page.goto(stage.http);
  await page.getByTestId('bell').click();
  await panel(page).getByRole('alert').waitFor();
  if (shots) await page.screenshot({ path: path.join(shots, 'bell-error-1440-dark.png') });
  // When the page comes, and when its live connection is there.
  await until('it was asked for twice', () => asked >= 2);
  await page.unroute(/\/api\/v1\/notifications/);
  await panel(page).getByRole('button', { name: 'Try again' }).click();
  await entry(page, '@bob hello').waitFor();
  await panel(page).getByRole('button', { name: 'Close' }).click();

  await page.goto(`${stage.http}/settings`);
  await page.getByTestId('log-out').click();
  await page.getByTestId('bell').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Log in', exact: true }).first().click();
  await logInHere(page, cleo);
  await page.getByTestId('bell').click();
  await panel(page).getByText('Nothing yet').waitFor();
  assert.deepEqual(errors, []);
});

test('the creator says whether followers are told', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  await stage.api('PUT', '/channels/ada/follow', undefined, bob.token);
  const page = await visitor(browser, errors);
  await logIn(page, stage.http, ada);
  await page.goto(`${stage.http}/studio`);
  const tell = page.getByRole('checkbox', { name: /^Tell followers/ });
  await becomes(true, () => tell.isChecked());
  await tell.uncheck();
  await page.getByTestId('save-show').click();
  await until('it is kept', async () => (await stage.api('GET', '/me', undefined, ada.token)).channel.announce === false);
  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source');
  assert.deepEqual((await stage.api('GET', '/notifications', undefined, bob.token)).items, []);
  assert.deepEqual(errors, []);
});
