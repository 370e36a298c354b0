// What is thrown at the chat, as far as only a browser shows what becomes of it: markup, pastes, and letters that would break
// the page. `docs/hostile.md` has the whole list.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { ask, enter, joined, line, lines, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

const IMAGE = '<img src=x onerror=alert(1)>';
const MARKUP = [
  '<script>alert(1)</script>',
  `">${IMAGE}`,
  "'><svg/onload=alert(1)>",
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '[click](javascript:alert(1))',
  '<a href="javascript:alert(1)">click</a>',
  'https://example.org/"onmouseover="alert(1)',
  '&lt;b&gt; &#60;b&#62;',
  '{{7*7}} ${7*7} <%= 7*7 %>',
];

async function stand() {
  const stage = await Stage.open();
  after(() => stage.close());
  const errors = [];
  const browser = await stage.browser();
  const open = async (options) => {
    const page = await visitor(browser, errors, options);
    page.on('dialog', (dialog) => {
      errors.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    return page;
  };
  return { stage, errors, open };
}

const unsent = (page) => page.getByTestId('outgoing').count();

/** What stands in the chat that nobody should be able to write: elements, handlers, addresses. */
const made = (page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('.chat *')];
    const foreign = all.filter((element) => /^(img|script|iframe|object|embed|b|style|link)$/i.test(element.tagName));
    const handlers = all.filter((element) => element.getAttributeNames().some((name) => name.startsWith('on')));
    const links = all.filter((element) => element.tagName === 'A' && !/^https?:$/.test(element.protocol));
    return [...foreign, ...handlers, ...links].map((element) => element.outerHTML);
  });

test('markup is text wherever it is written', async () => {
  const { stage, errors, open } = await stand();
  const [ada, bob, cleo] = await people(stage);
  await stage.api('PATCH', '/me/channel', { display_name: IMAGE }, bob.token);
  const [host, one, guest] = [await open(), await open(), await open()];
  await enter(host, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  for (const text of MARKUP) await say(one, text);
  await until('all is said', async () => (await unsent(one)) === 0 && (await lines(one)).length === MARKUP.length);

  // Who comes later is shown all of it; who was there, as much as can be read.
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);
  await host.reload();
  await joined(host);
  await line(guest, '{{7*7}}').waitFor();
  const texts = (await lines(guest)).map((text) => text.replace(/^[^:]*:\s*/, ''));
  assert.deepEqual(texts, MARKUP);
  await line(guest, '{{7*7}}').getByRole('button', { name: IMAGE }).waitFor();

  await tool(host, '{{7*7}}', 'More');
  await line(host, '{{7*7}}').getByRole('button', { name: 'Pin' }).click();
  await guest.getByTestId('pinned').getByText(IMAGE).waitFor();
  await tool(host, '{{7*7}}', 'Reply');
  await host.locator('.chat-answering', { hasText: IMAGE }).waitFor();
  await say(host, 'an answer');
  await line(guest, 'an answer').locator('.line-reply', { hasText: IMAGE }).waitFor();
  await say(host, `/poll <b>Which?</b> | ${IMAGE} | javascript:alert(1)`);
  for (const text of ['<b>Which?</b>', IMAGE, 'javascript:alert(1)']) await guest.getByTestId('poll').getByText(text).waitFor();
  await host.getByTestId('chat-settings').click();
  await host.getByLabel('Word or pattern').fill(IMAGE);
  await host.getByRole('button', { name: 'Add', exact: true }).click();
  await host.getByTestId('chat-filters').getByText(IMAGE).waitFor();
  for (const page of [host, one, guest]) assert.deepEqual(await made(page), []);
  await host.getByTestId('chat-settings').click();

  await tool(one, 'an answer', 'More');
  await line(one, 'an answer').getByRole('button', { name: 'Report ada' }).click();
  await one.getByLabel('What is wrong?').fill(MARKUP[0]);
  await one.getByRole('button', { name: 'Report', exact: true }).click();
  await one.getByText('It goes to those who run this site, and not to the channel.').waitFor();
  await ask(stage.http, cleo, 'ada', [{ do: 'report', who: 'bob', reason: MARKUP[0] }]);
  await say(host, `/timeout bob 600 ${IMAGE}`);
  await until('what bob said is gone', async () => (await lines(guest)).length === 1);
  await host.getByRole('button', { name: 'Moderation' }).click();
  for (const text of [MARKUP[0], IMAGE]) await host.getByTestId('desk').getByText(text).first().waitFor();
  for (const page of [host, one, guest]) assert.deepEqual(await made(page), []);
  assert.deepEqual(errors, []);
});

test('markup is text in what people do together as well', async () => {
  const { stage, errors, open } = await stand();
  const [ada, bob, cleo] = await people(stage);
  await stage.api('PATCH', '/me/channel', { display_name: IMAGE, title: `<b>${IMAGE}</b>` }, bob.token);
  const guest = await open();
  await enter(guest, stage.http, cleo, 'ada');
  await ask(stage.http, ada, 'ada', [
    { do: 'set', settings: { questions: true, goal: { title: `<b>goal</b> ${IMAGE}`, target: 10 } } },
    { do: 'start_prediction', question: `<b>Which?</b> ${IMAGE}`, outcomes: [IMAGE, 'javascript:alert(1)'], seconds: 600 },
    { do: 'save_reward', reward: { title: IMAGE, cost: 10 } },
    { do: 'shout_out', who: 'bob' },
  ]);
  await ask(stage.http, bob, 'ada', [{ do: 'ask_question', text: `<script>alert(1)</script> ${IMAGE}`, nonce: 'q' }]);
  await guest.getByTestId('goal').getByText(`<b>goal</b> ${IMAGE}`).waitFor();
  const prediction = guest.getByTestId('prediction');
  for (const text of [`<b>Which?</b> ${IMAGE}`, 'javascript:alert(1)']) await prediction.getByText(text).first().waitFor();
  await guest.getByTestId('shout-out').getByText(`<b>${IMAGE}</b>`).waitFor();
  await guest.getByTestId('questions-open').click();
  await guest.getByTestId('questions').getByText(`<script>alert(1)</script> ${IMAGE}`).waitFor();
  await guest.getByTestId('points').click();
  await guest.getByTestId('rewards').getByText(IMAGE).first().waitFor();
  assert.deepEqual(await made(guest), []);
  assert.deepEqual(errors, []);
});

test('what is pasted is plain text, and a megabyte of it is cut short and refused in words', async () => {
  const { stage, errors, open } = await stand();
  const [, bob] = await people(stage);
  const [one, guest] = [await open(), await open()];
  await one.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stage.http });
  await enter(one, stage.http, bob, 'ada');
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);
  const input = one.getByTestId('chat-input');
  const paste = async (kinds) => {
    await one.evaluate(async (kinds) => {
      const blobs = Object.entries(kinds).map(([type, text]) => [type, new Blob([text], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    }, kinds);
    await input.fill('');
    await input.press('Control+V');
  };

  await paste({ 'text/plain': 'only words', 'text/html': `<b>only</b> ${IMAGE}<script>alert(1)</script>` });
  await until('the words are there', async () => (await input.inputValue()) === 'only words');
  await input.press('Enter');
  await line(guest, 'only words').waitFor();

  await paste({ 'text/plain': 'x'.repeat(1 << 20) });
  await until('as much as may be written is there', async () => (await input.inputValue()).length === 4_000);
  await input.press('Enter');
  await one.locator('.line-note.bad', { hasText: 'use at most 500 characters' }).waitFor();
  await one.getByRole('button', { name: 'Edit' }).click();
  await becomes(4_000, async () => (await input.inputValue()).length, 'what was written is not lost');

  // Six bytes each in what is sent, which would be more than the server takes from anybody.
  await say(one, `${'\u0001'.repeat(3_990)}bell`);
  await line(guest, 'bell').waitFor();
  await say(one, 'and I am still here');
  await line(guest, 'and I am still here').waitFor();
  assert.equal(await guest.evaluate(() => document.querySelectorAll('.chat img').length), 0);
  // Putting markup onto the clipboard has the browser parse it in this page, whose policy stops the handler in it.
  assert.deepEqual(errors.filter((error) => !error.startsWith('Executing inline event handler violates')), []);
});

test('long words, piled marks and right-to-left text stay in their lines on a phone', async () => {
  const { stage, errors, open } = await stand();
  const [ada, bob, cleo] = await people(stage);
  await stage.api('PATCH', '/me/channel', { display_name: 'W'.repeat(40) }, bob.token);
  await stage.api('PATCH', '/me/channel', { display_name: 'שלום עולם' }, cleo.token);
  const [host, one, two] = [await open(), await open(), await open()];
  await enter(host, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await say(one, `long ${'W'.repeat(490)}`);
  await line(host, 'long W').waitFor();
  await tool(host, 'long W', 'Reply');
  await say(host, `answer ${'M'.repeat(480)}`);
  await say(one, `wide ${'﷽'.repeat(60)}`);
  await say(one, `link https://example.org/${'a'.repeat(470)}`);
  await say(one, 'above them');
  await say(one, `piled ${[...'Zalgo'].map((letter) => letter + '\u0301\u0316\u0338'.repeat(5)).join('')}`);
  await say(one, 'below them');
  await until('all is said', async () => (await unsent(one)) === 0 && (await line(one, 'below them').count()) === 1);
  await say(two, '\u202eאבג\u202c דהו');
  await line(two, 'אבג דהו').waitFor();
  await host.reload();
  await joined(host);
  await tool(host, 'אבג דהו', 'More');
  await line(host, 'אבג דהו').getByRole('button', { name: 'Pin' }).click();

  const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await enter(page, stage.http, cleo, 'ada');
  await line(page, 'below them').waitFor();
  await page.getByTestId('pinned').getByText('אבג דהו').waitFor();
  const outside = () =>
    page.evaluate(() => {
      const wide = [...document.querySelectorAll('.chat, .chat *')].filter(
        (element) => !element.closest('.visually-hidden') && element.getBoundingClientRect().right > 361,
      );
      const scrolling = [...document.querySelectorAll('.chat-list, .chat-composer, .chat-poll, .chat-card')].filter(
        (element) => element.scrollWidth > element.clientWidth,
      );
      const names = [...wide, ...scrolling].map((element) => `${element.tagName} ${element.getAttribute('class')}`);
      return document.documentElement.scrollWidth > 360 ? [...names, 'the page'] : names;
    });
  await becomes([], outside);
  if (shots) await page.screenshot({ path: path.join(shots, 'chat-hostile-360-dark.png') });

  // The lines around look the same whether the marks are there or not.
  const around = async () => {
    const seen = [];
    for (const text of ['above them', 'below them']) seen.push((await line(page, text).locator('.line-text').screenshot()).toString('base64'));
    return seen.join();
  };
  let marked;
  await until('the picture stands still', async () => {
    const before = marked;
    marked = await around();
    return marked === before;
  });
  await line(page, 'piled').locator('.line-text').evaluate((element) => {
    element.style.visibility = 'hidden';
  });
  await until('nothing of the marks was in the lines around', async () => (await around()) === marked);

  // A name comes before what was said, also where both are written from right to left.
  const places = await page.evaluate(() => {
    const left = (node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getBoundingClientRect().left;
    };
    const text = [...document.querySelectorAll('[data-message] .line-text')].find((text) => text.textContent.includes('אבג'));
    const pinned = document.querySelector('[data-testid="pinned"] p');
    const words = [...pinned.childNodes].findLast((node) => node.textContent.includes('אבג'));
    return [
      [left(text.querySelector('.line-name')), left(text.querySelector('.line-colon ~ span'))],
      [left(pinned.querySelector('strong')), left(words)],
    ];
  });
  for (const [name, words] of places) assert.ok(name < words, `the name at ${name}, the words at ${words}`);
  assert.doesNotMatch(await page.getByTestId('chat').innerText(), /[\u202a-\u202e\u2066-\u2069]/);

  await line(page, 'below them').focus();
  await line(page, 'below them').getByRole('button', { name: 'Reply', exact: true }).click();
  await page.locator('.chat-answering').waitFor();
  await becomes([], outside);
  await line(page, 'below them').locator('.line-name').click();
  await page.getByTestId('card').getByText('@bob').waitFor();
  await becomes([], outside);
  await say(host, `/poll ${'Q'.repeat(130)} | ${'x'.repeat(60)} | ${'y'.repeat(60)}`);
  await page.getByTestId('poll').getByText('QQQ').waitFor();
  await becomes([], outside);
  assert.deepEqual(errors, []);
});
