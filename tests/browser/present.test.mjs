// Who is here: the list behind the number above the talk.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { enter, joined, people, visitor } from './room.mjs';
import { Stage, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

const here = (page) => page.getByTestId('here');
const named = (page) => here(page).locator('.line-name').allInnerTexts();

test('everybody sees by name who is here, by the keyboard as well', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  const guest = await visitor(browser, errors, { viewport: { width: 360, height: 740 }, colorScheme: 'light' });
  await enter(creator, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);

  const button = guest.getByTestId('present');
  await button.press('Enter');
  await here(guest).getByText('1 guest, not logged in').waitFor();
  assert.deepEqual(await named(guest), ['ada', 'bob', 'cleo']);
  assert.equal(await here(guest).getByRole('img', { name: 'Whose show it is' }).count(), 1);
  assert.equal(await button.getAttribute('aria-expanded'), 'true');
  if (shots) await guest.screenshot({ path: path.join(shots, 'chat-here-360-light.png') });
  await here(guest).getByRole('button', { name: 'bob' }).press('Enter');
  await guest.getByTestId('card').getByText('@bob').waitFor();
  await guest.getByTestId('card').getByRole('button', { name: 'Close' }).click();
  await here(guest).getByRole('button', { name: 'bob' }).press('Escape');
  await until('it is closed', async () => (await here(guest).count()) === 0);
  await until('the focus is where it was', () => button.evaluate((element) => element === document.activeElement));

  // Who comes and who goes is seen while one looks.
  await creator.getByTestId('present').click();
  await here(creator).getByText('1 guest, not logged in').waitFor();
  if (shots) await creator.screenshot({ path: path.join(shots, 'chat-here-1440-dark.png') });
  await two.context().close();
  await until('cleo is gone', async () => (await named(creator)).join() === 'ada,bob', 30_000);
  assert.deepEqual(errors, []);
});

test('of many a page is shown, and what cannot be read says so', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  await people(stage);
  const page = await visitor(browser, errors);
  const asked = [];
  // The server's answers, but for this one: those are told one by one.
  await page.routeWebSocket(/\/api\/v1\/live/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const { id, do: asks, after } = JSON.parse(text);
      if (asks === 'read_present') asked.push({ after, tell: (frame) => socket.send(JSON.stringify({ id, room: 'ada', ...frame })) });
      else server.send(text);
    });
  });
  const next = () => until('it is asked for', () => asked.shift());
  const authors = (first, count) => Array.from({ length: count }, (_, number) => ({ handle: `person${first + number}` }));
  const problem = { type: '/problems/unavailable', title: 'Busy', status: 503 };
  await page.goto(`${stage.http}/ada`);
  await joined(page);

  await page.getByTestId('present').click();
  await here(page).getByText('Looking it up …').waitFor();
  (await next()).tell({ is: 'refused', problem });
  await here(page).getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
  await here(page).getByRole('button', { name: 'Try again' }).click();
  (await next()).tell({ is: 'present', people: authors(100, 50), guests: 0, more: true });
  await until('a page', async () => (await named(page)).length === 50);

  await here(page).getByRole('button', { name: 'More people' }).press('Enter');
  const more = await next();
  assert.equal(more.after, 'person149');
  more.tell({ is: 'refused', problem });
  await here(page).getByRole('button', { name: 'Try again' }).press('Enter');
  const again = await next();
  again.tell({ is: 'present', after: again.after, people: authors(150, 7), guests: 0, more: false });
  await until('all of them', async () => (await named(page)).length === 57);
  await until('the keyboard goes on from the list', () => here(page).evaluate((element) => element === document.activeElement));
  assert.equal(await here(page).getByRole('button', { name: 'More people' }).count(), 0);

  await page.getByTestId('present').click();
  await page.getByTestId('present').click();
  (await next()).tell({ is: 'present', people: [], guests: 12, more: false });
  await here(page).getByText('Nobody here is logged in.').waitFor();
  await here(page).getByText('12 guests, not logged in').waitFor();
  assert.deepEqual(errors, []);
});
