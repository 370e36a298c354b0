// The card of somebody in the chat: what moderators read there and do, and what everybody may.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enter, line, people, say, visitor } from './room.mjs';
import { Stage, until } from './stage.mjs';

test('a moderator reads on the card what somebody wrote, deletes of it, and silences them for as long as they choose', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [host, guest] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(host, stage.http, ada, 'ada');
  await enter(guest, stage.http, bob, 'ada');
  for (const text of ['first of all', 'rather rude', 'and another thing']) await say(guest, text);
  await line(host, 'and another thing').waitFor();

  await line(host, 'first of all').locator('.line-name').click();
  const card = host.getByTestId('card');
  const written = card.getByTestId('written');
  await until('the latest first', async () => {
    const texts = await written.locator('li p:first-child').allInnerTexts();
    return texts.join() === 'and another thing,rather rude,first of all';
  });
  await written.getByRole('button', { name: 'Delete “rather rude”' }).click();
  await line(guest, 'rather rude').waitFor({ state: 'detached' });
  await written.locator('li', { hasText: 'rather rude' }).getByText('Deleted').waitFor();

  await card.getByRole('button', { name: 'Silence bob' }).click();
  const form = card.getByTestId('judgement');
  await form.waitFor();
  // Each length stands in the chat, unbroken.
  const lengths = await form.locator('.segments label').evaluateAll((labels) => labels.map((label) => {
    const { right, height } = label.getBoundingClientRect();
    return { fits: right <= label.closest('.chat').getBoundingClientRect().right, height };
  }));
  assert.equal(lengths.length, 5);
  assert.ok(lengths.every(({ fits, height }) => fits && height < 40), JSON.stringify(lengths));
  await form.getByRole('radio', { name: '1 day' }).check({ force: true });
  await until('silenced', async () => {
    if ((await form.count()) > 0) await form.getByRole('button', { name: 'Silence bob' }).click({ timeout: 1_000 }).catch(() => {});
    return (await form.count()) === 0;
  });
  await card.getByText('Silenced until').waitFor();
  // What they said lately went with it.
  await until('all of it is marked', async () => (await written.getByText('Deleted').count()) === 3);
  assert.deepEqual(errors, []);
});

test('anybody names somebody from their card, and does not see what they say if they would rather not', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob, cleo] = await people(stage);
  const [one, two] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await say(one, 'here I am');
  await line(two, 'here I am').locator('.line-name').click();
  const card = two.getByTestId('card');
  assert.equal(await card.getByTestId('written').count(), 0, 'that is for moderators');
  await card.getByRole('button', { name: 'Mention bob' }).click();
  await until('their name where one writes', async () => (await two.getByTestId('chat-input').inputValue()) === '@bob ');
  await until('the cursor there', () => two.evaluate(() => document.activeElement?.id === 'chat-input'));
  await two.keyboard.type('hello');
  await two.keyboard.press('Enter');
  await line(one, '@bob hello').waitFor();

  await line(two, 'here I am').locator('.line-name').click();
  await card.getByRole('button', { name: 'Ignore bob' }).click();
  await line(two, 'here I am').waitFor({ state: 'detached' });
  await say(one, 'do you hear me?');
  await say(two, 'talking to myself');
  await line(one, 'talking to myself').waitFor();
  await line(two, 'talking to myself').waitFor();
  assert.equal(await line(two, 'do you hear me?').count(), 0);

  // Also at the next visit, until one thinks better of it.
  await two.reload();
  await line(two, 'talking to myself').waitFor();
  assert.equal(await line(two, 'here I am').count(), 0);
  // And in another window, until it is said in any.
  const other = await two.context().newPage();
  await other.goto(`${stage.http}/ada`);
  await line(other, 'talking to myself').waitFor();
  assert.equal(await line(other, 'do you hear me?').count(), 0);
  await two.getByTestId('chat-settings').click();
  await two.getByRole('button', { name: 'Show bob again' }).click();
  await line(two, 'do you hear me?').waitFor();
  await line(other, 'do you hear me?').waitFor();
  await until('the keyboard goes on in the settings', () => two.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'Chat settings'));
  assert.deepEqual(errors, []);
});
