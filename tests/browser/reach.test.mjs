// The chat for everybody: by keyboard alone, read aloud, in the size and at the rate that one can read; and in a room where far more
// is said than that.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ROOMY, ask, enter, flood, joined, line, lines, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, settled, until } from './stage.mjs';

/** Presses Tab until what has the focus is called so. */
const tab = (page, name) =>
  until(`the keyboard at ${name}`, async () => {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      return at.getAttribute('aria-label') ?? at.innerText;
    });
    if (here === name) return true;
    await page.keyboard.press('Tab');
    return false;
  });
const focused = (page) => page.evaluate(() => document.activeElement?.closest('[data-message]')?.querySelector('.line-text')?.innerText ?? '');
const count = (page) => page.locator('[data-message]').count();
/** How often something of a flood is missing between two lines that are drawn. */
async function gaps(page) {
  const numbers = (await lines(page)).map((text) => Number(text.match(/number (\d+) of many/)?.[1] ?? NaN)).filter(Number.isInteger);
  return numbers.slice(1).filter((number, last) => number !== numbers[last] + 1).length;
}
async function showEverything(page) {
  await page.getByTestId('chat-settings').click();
  await page.locator('[name="chat-everything"]').check({ force: true });
  await page.getByTestId('chat-settings').click();
}

test('the keyboard goes through what was said, answers it and opens what can be done', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob, cleo] = await people(stage);
  const [one, two] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  for (const text of ['first', 'second', 'third']) await say(one, text);
  await line(two, 'third').waitFor();

  await two.getByTestId('chat-list').focus();
  const goes = async (key, text) => {
    await two.keyboard.press(key);
    await until(`the keyboard at ${text}`, async () => (await focused(two)).endsWith(text));
  };
  await goes('ArrowUp', 'third');
  await goes('ArrowUp', 'second');
  await goes('ArrowUp', 'first');
  await goes('ArrowUp', 'first');
  await goes('ArrowDown', 'second');

  await tab(two, 'Reply');
  await two.keyboard.press('Enter');
  await until('the cursor where one writes', () => two.evaluate(() => document.activeElement?.id === 'chat-input'));
  await two.getByText('Answering bob').waitFor();
  await two.keyboard.type('to the second');
  await two.keyboard.press('Enter');
  await line(one, 'to the second').locator('.line-reply', { hasText: 'second' }).waitFor();

  await two.getByTestId('chat-list').focus();
  await two.keyboard.press('ArrowUp');
  await until('the keyboard at a message', async () => (await focused(two)) !== '');
  await two.keyboard.press('ArrowUp');
  await tab(two, 'More');
  const more = two.locator('.line-tools [aria-expanded="true"]');
  await two.keyboard.press('Enter');
  await more.waitFor();
  await tab(two, 'Report bob');
  await two.keyboard.press('Escape');
  await until('it is closed', async () => (await more.count()) === 0);
  assert.deepEqual(errors, []);
});

test('what is said is read aloud no faster than one can listen', async () => {
  const stage = await Stage.open('', ROOMY);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, ada, 'ada');
  await page.evaluate(() => {
    window.spoken = [];
    const region = document.querySelector('.chat [role="log"]');
    new MutationObserver((changes) => {
      if (changes.some((change) => change.addedNodes.length > 0)) window.spoken.push({ at: performance.now(), text: region.innerText });
    }).observe(region, { childList: true, subtree: true, characterData: true });
  });
  let said = 0;
  await until('three messages are read aloud of many', async () => {
    said += 1;
    await ask(stage.http, bob, 'ada', [{ do: 'say', text: `number ${said}`, nonce: `n${said}` }]);
    return (await page.evaluate(() => window.spoken.length)) >= 3;
  });
  const spoken = await page.evaluate(() => window.spoken);
  spoken.slice(1).forEach(({ at }, last) => assert.ok(at - spoken[last].at > 2_500, `${at - spoken[last].at} ms`));
  for (const { text } of spoken) assert.match(text, /^bob: number \d+$/);
  assert.ok(said > 3, `${said} were said`);
  assert.deepEqual(errors, []);
});

test('the chat is as large, as dated and as plain as one likes, and stays so', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob] = await people(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, bob, 'ada');
  await say(page, 'hello');
  await line(page, 'hello').waitFor();
  const looks = () =>
    line(page, 'hello').evaluate((line) => {
      const text = getComputedStyle(line.querySelector('.line-text'));
      return { size: parseFloat(text.fontSize), spacing: parseFloat(text.letterSpacing) || 0, time: line.querySelector('time')?.innerText ?? '' };
    });
  const before = await looks();
  assert.deepEqual([before.spacing, before.time], [0, '']);
  await page.getByTestId('chat-settings').click();
  await page.getByRole('radio', { name: 'Large' }).check({ force: true });
  for (const name of ['chat-times', 'chat-readable']) await page.locator(`[name="${name}"]`).check({ force: true });
  const isSo = async () => {
    const now = await looks();
    return now.size > before.size && now.spacing > 0 && /\d/.test(now.time);
  };
  await until('it looks so', isSo);
  await page.reload();
  await line(page, 'hello').waitFor();
  await until('it looks so still', isSo);
  assert.deepEqual(errors, []);
});

test('of more than one can read a part is shown, and everything to who wants it, in a page that stays small', async () => {
  const stage = await Stage.open('', ROOMY);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [reader, all] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(reader, stage.http, bob, 'ada');
  await all.goto(`${stage.http}/ada`);
  await joined(all);
  await showEverything(all);

  // One after the other: whatever is missing between two was left out.
  // That it is said is over some seconds later, so it is looked for meanwhile.
  const sampled = reader.getByTestId('sampled').waitFor({ timeout: 120_000 });
  const said = (async () => {
    for (const first of [0, 100, 200]) await flood(stage, [cleo], 'ada', 100, first);
  })();
  await Promise.all([sampled, said]);
  await line(all, 'number 299 of many').waitFor();
  await until('a part is left out', async () => (await gaps(reader)) > 0);
  assert.equal(await gaps(all), 0, 'nothing is, to who wants it all');
  // What is for the reader, and what the creator says, is not left out.
  const more = flood(stage, [cleo], 'ada', 300, 300);
  await ask(stage.http, cleo, 'ada', [{ do: 'say', text: '@bob this is for you', nonce: 'for-bob' }]);
  await ask(stage.http, ada, 'ada', [{ do: 'say', text: 'Good evening', nonce: 'evening' }]);
  await more;
  for (const text of ['this is for you', 'Good evening']) await line(reader, text).waitFor();
  let number = 600;
  const everything = reader.getByTestId('sampled').getByRole('button', { name: 'Show everything' });
  await until('everything is asked for', async () => {
    if (await everything.isVisible()) {
      await everything.click({ timeout: 2_000 });
      return true;
    }
    await flood(stage, [cleo], 'ada', 100, number);
    number += 100;
    return false;
  });
  await until('nothing is left out', async () => (await reader.getByTestId('sampled').count()) === 0);
  // Also of what was said before.
  const latest = async (page) => (await lines(page)).map((text) => text.match(/number (\d+) of many/)?.[1]).filter(Boolean).slice(-80).join();
  await until('what was left out is there', async () => (await latest(reader)) === (await latest(all)));

  // Who reads everything has it all, and a page of bounded size.
  await flood(stage, [ada, bob, cleo], 'ada', 2_400, number);
  await ask(stage.http, ada, 'ada', [{ do: 'say', text: 'The end', nonce: 'end' }]);
  for (const page of [reader, all]) {
    await line(page, 'The end').waitFor();
    await until('few are drawn at the bottom', async () => (await count(page)) <= 121);
  }
  // The first scroll only leaves what comes: nothing earlier is read for it, but at the very top.
  const newest = all.getByRole('button', { name: 'To the newest' });
  await until('one is further up', async () => {
    if (await newest.isVisible()) return true;
    await all.getByTestId('chat-list').evaluate((list) => {
      list.scrollTop = 100;
    });
    return false;
  });
  await until('more are drawn further up', async () => (await count(all)) > 121);
  const up = await count(all);
  assert.ok(up <= 500, `${up} are drawn further up`);
  assert.deepEqual(errors, []);
});

test('a form in a line stays while the room talks on, and who leaves it by the keyboard goes on from there', async () => {
  const stage = await Stage.open('', ROOMY);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const host = await visitor(browser, errors);
  await enter(host, stage.http, ada, 'ada');
  await ask(stage.http, bob, 'ada', [{ do: 'say', text: 'something rude', nonce: 'rude' }]);
  const rude = line(host, 'something rude');
  await rude.waitFor();
  await tool(host, 'something rude', 'More');
  await rude.getByRole('button', { name: 'Ban bob' }).click();
  const reason = rude.getByTestId('judgement').getByRole('textbox');
  await reason.fill('for the third time');
  // More than is drawn while one is at the bottom, and than is kept then.
  for (const first of [0, 100, 200, 300, 400, 500]) await flood(stage, [cleo], 'ada', 100, first);
  await line(host, 'number 599 of many').waitFor();
  assert.equal(await reason.inputValue(), 'for the third time');

  await reason.press('Escape');
  await until('the keyboard at the button', () => host.evaluate(() => document.activeElement?.innerText?.trim() === 'Ban bob'));
  await host.keyboard.press('Escape');
  await until('the keyboard at the line', async () => (await focused(host)).endsWith('something rude'));
  await becomes(0, () => rude.locator('.line-more').count());
  assert.deepEqual(errors, []);
});

test('what is open in a line stays where it is, and who is done with it follows what comes', async () => {
  const stage = await Stage.open('', ROOMY);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  await flood(stage, [cleo], 'ada', 100);
  await ask(stage.http, bob, 'ada', [{ do: 'say', text: 'something nice', nonce: 'nice' }]);
  const host = await visitor(browser, errors);
  await enter(host, stage.http, ada, 'ada');
  const nice = line(host, 'something nice');
  await tool(host, 'something nice', 'React');
  const fire = nice.getByRole('button', { name: '🔥' });
  const choice = nice.locator('.line-choice');
  const place = () => choice.evaluate((element) => element.getBoundingClientRect().bottom);
  const below = await host.getByTestId('chat-list').evaluate((list) => list.getBoundingClientRect().bottom);
  await until('the choice is in sight', async () => (await place()) <= below + 1);
  await settled(choice);
  const before = await place();
  await flood(stage, [cleo], 'ada', 40, 100);
  await line(host, 'number 139 of many').waitFor();
  await until('it stays where it is', async () => Math.abs((await place()) - before) < 3);
  await fire.click();
  await nice.locator('.reaction', { hasText: '🔥 1' }).waitFor({ state: 'attached' });
  await until('the newest is in sight', () =>
    host.getByTestId('chat-list').evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight < 60),
  );
  await becomes(0, () => host.getByRole('button', { name: 'To the newest' }).count());
  assert.deepEqual(errors, []);
});
