// The line to the room goes dead without a word, or the browser says that it has no network.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cable } from './cable.mjs';
import { apart, enter, joined, line, lines, people, say, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

test('what is said into a dead line is noticed soon, said again, and said once', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const errors = [];
  const { wire, one, two } = await apart(stage, errors);

  wire.freeze();
  await say(one, 'said into the void');
  await say(two, 'not heard');
  await line(two, 'not heard').waitFor();
  await until('the line is doubted', () => one.getByText('reconnecting').isVisible());
  wire.thaw();
  await line(two, 'said into the void').waitFor();
  await joined(one);
  await until('all of it, once', async () => (await lines(one)).length === 3);
  await becomes(3, async () => (await lines(two)).length);
  assert.deepEqual(errors, []);
});

test('a browser without a network says so at once, and is back with it at once', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob] = await people(stage);
  const wire = await cable(stage);
  const page = await visitor(browser, errors);
  await enter(page, wire.http, bob, 'ada');

  // Nothing closes the connection: only the browser tells.
  wire.freeze();
  await page.context().setOffline(true);
  await until('it is said that the line is cut', () => page.getByText('reconnecting').isVisible());
  await say(page, 'written in the dark');
  wire.thaw();
  await page.context().setOffline(false);
  await joined(page);
  await line(page, 'written in the dark').waitFor();
  assert.deepEqual(errors, []);
});

test('a card that cannot be had says why, also to a guest, and can be asked for again', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob] = await people(stage);
  const wire = await cable(stage);
  const [one, guest] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(one, stage.http, bob, 'ada');
  await say(one, 'hello');
  await guest.goto(`${wire.http}/ada`);
  await joined(guest);
  await line(guest, 'hello').waitFor();
  await wire.pull();
  await until('it is said that the line is cut', () => guest.getByText('reconnecting').isVisible());
  await line(guest, 'hello').locator('.line-name').click();
  const card = guest.getByTestId('card');
  await card.getByRole('alert').filter({ hasText: 'There is no connection' }).waitFor();
  await wire.plug();
  await joined(guest);
  await card.getByRole('button', { name: 'Try again' }).click();
  await card.locator('.chat-facts').waitFor();
  assert.deepEqual(errors, []);
});

test('who was put out of a private channel is in again when it is open', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, bob, 'ada');
  await stage.api('PATCH', '/me/channel', { visibility: 'private' }, ada.token);
  await page.getByText('This channel is private now.').waitFor();
  await stage.api('PATCH', '/me/channel', { visibility: 'public' }, ada.token);
  await page.waitForSelector('[data-testid="chat"][data-link="joined"]', { timeout: 90_000 });
  assert.deepEqual(errors, []);
});
