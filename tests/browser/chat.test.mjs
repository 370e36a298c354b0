// Two people and the creator in the room beside the player: they talk, answer and react; a line that is cut loses nothing; on a
// phone it fits.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { apart, ban, enter, joined, line, lines, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';
import { Studio, dress, openInterface } from './studio.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

test('two people talk, answer, react, and the creator keeps order', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two, guest] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);
  await guest.getByRole('link', { name: 'Log in to chat' }).waitFor();
  assert.equal(await guest.getByTestId('chat-input').count(), 0);

  await say(one, 'Hello @cleo, see https://example.org/a <img src=x onerror=alert(1)>');
  for (const page of [creator, one, two, guest]) await line(page, 'Hello @cleo').waitFor();
  assert.equal(await guest.locator('.chat img').count(), 0, 'text is text');
  await becomes(1, () => two.locator('.line-mention').count());
  assert.equal(await one.locator('.line-mention').count(), 0);
  const link = line(guest, 'Hello').getByRole('link', { name: 'https://example.org/a' });
  assert.match(await link.getAttribute('rel'), /noopener.*nofollow/);
  await until('nothing on its way', async () => (await one.getByTestId('outgoing').count()) === 0);

  await tool(two, 'Hello @cleo', 'Reply');
  await until('the cursor where one writes', () => two.evaluate(() => document.activeElement?.id === 'chat-input'));
  await say(two, 'Hi bob');
  await line(one, 'Hi bob').locator('.line-reply', { hasText: 'Hello @cleo' }).waitFor();

  // Who has spoken is offered behind an @, by handle or by name; Tab takes it.
  const field = one.getByTestId('chat-input');
  await field.pressSequentially('Thanks @c');
  await one.getByTestId('people-offered').getByRole('option', { name: '@cleo' }).waitFor();
  await field.press('Tab');
  await becomes('Thanks @cleo ', () => field.inputValue());
  await field.fill('');

  // A cheer rises for everybody, for a moment.
  const seen = guest.getByTestId('cheers').getByText('❤️').first().waitFor({ state: 'attached' });
  await one.getByRole('button', { name: 'Send a heart' }).click();
  await seen;

  await tool(one, 'Hi bob', 'React');
  await line(one, 'Hi bob').getByRole('button', { name: '🔥' }).click();
  await line(guest, 'Hi bob').locator('.reaction', { hasText: '🔥 1' }).waitFor();
  await line(creator, 'Hi bob').locator('.reaction').click();
  await line(guest, 'Hi bob').locator('.reaction', { hasText: '🔥 2' }).waitFor();
  await line(creator, 'Hi bob').locator('.reaction[aria-pressed="true"]').click();
  await line(guest, 'Hi bob').locator('.reaction', { hasText: '🔥 1' }).waitFor();

  // One's own are known after a reload, and taken away by the first press.
  await one.reload();
  await line(one, 'Hi bob').locator('.reaction[aria-pressed="true"]').click();
  await until('nobody has it any more', async () => (await line(guest, 'Hi bob').locator('.reaction').count()) === 0);

  await tool(creator, 'Hi bob', 'More');
  await line(creator, 'Hi bob').getByRole('button', { name: 'Pin' }).click();
  await guest.getByTestId('pinned').getByText('Hi bob').waitFor();

  await say(creator, '/announce The show begins at nine');
  await guest.locator('.line-announcement', { hasText: 'The show begins at nine' }).waitFor();
  await say(one, '/ban cleo');
  await one.getByRole('alert').filter({ hasText: 'Only the creator and moderators' }).waitFor();
  await say(creator, '/dance');
  await creator.getByRole('alert').filter({ hasText: 'no such command' }).waitFor();
  await say(creator, '/slow 30');
  await until('slow mode is said', async () => /30 seconds/.test(await two.getByTestId('chat-input').getAttribute('placeholder')));
  await say(two, 'quick');
  await two.locator('.line-note.bad').waitFor();
  await two.getByTestId('chat-input').fill('and slow');
  await two.getByRole('button', { name: 'Edit' }).click();
  await becomes('quick and slow', () => two.getByTestId('chat-input').inputValue(), 'what is being written stays');
  if (shots) await creator.screenshot({ path: path.join(shots, 'chat-1440-dark.png') });

  await tool(creator, 'Hi bob', 'More');
  await ban(line(creator, 'Hi bob'), 'cleo', 'not even here');
  await until('cleo is shut out', () => two.getByText('You are banned from this chat.').isVisible());
  await two.getByText('The reason: not even here').waitFor();
  await until('what cleo said is gone', async () => (await line(guest, 'Hi bob').count()) === 0);
  await becomes(0, () => guest.getByTestId('pinned').count());

  await guest.reload();
  await line(guest, 'The show begins at nine').waitFor();
  assert.deepEqual(errors, []);
});

test('a poll is asked, voted on and over', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two, guest] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  // A clock that is an hour fast.
  await guest.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() + 3_600_000;
  });
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);

  assert.equal(await one.getByRole('button', { name: 'Ask the room' }).count(), 0);
  await creator.getByRole('button', { name: 'Ask the room' }).click();
  await creator.getByLabel('Question').fill('Which song next?');
  await creator.getByLabel('Answer 1').fill('Blue in Green');
  await creator.getByLabel('Answer 2').fill('So What');
  await creator.getByRole('button', { name: 'Start the poll' }).click();

  const option = (page, name) => page.getByTestId('poll').getByRole('button', { name });
  await option(guest, 'So What').waitFor();
  await becomes(true, () => option(guest, 'So What').isDisabled(), 'guests watch');
  await guest.getByTestId('poll').getByText(/[1-9]:\d\d left/).waitFor();
  await option(one, 'Blue in Green').click();
  await option(two, 'Blue in Green').click();
  await option(two, 'So What').click();
  for (const page of [creator, one, two, guest]) await page.getByTestId('poll').getByText('2 votes').waitFor();
  await until('even', async () => /50 %/.test(await option(guest, 'So What').innerText()));
  await becomes('true', () => option(two, 'So What').getAttribute('aria-pressed'));
  await two.reload();
  await joined(two);
  await until('the vote is remembered', async () => (await option(two, 'So What').getAttribute('aria-pressed')) === 'true');
  if (shots) await two.screenshot({ path: path.join(shots, 'poll-1440-dark.png') });

  await creator.getByTestId('poll').getByRole('button', { name: 'End it now' }).click();
  await one.getByTestId('poll').getByText('Over').waitFor();
  await becomes(true, () => option(one, 'So What').isDisabled());
  await one.getByTestId('poll').getByRole('button', { name: 'Put away' }).click();
  await becomes(0, () => one.getByTestId('poll').count());
  assert.deepEqual(errors, []);
});

test('a cut line loses nothing, and nothing comes twice', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const errors = [];
  const { wire, one, two } = await apart(stage, errors);

  await wire.pull();
  await until('it is said that the line is cut', () => one.getByText('reconnecting').isVisible());
  await say(one, 'written in the dark');
  const meanwhile = Array.from({ length: 12 }, (_, number) => `meanwhile ${number + 1}`);
  for (const text of meanwhile) await say(two, text);
  await line(two, 'meanwhile 12').waitFor();
  await one.getByTestId('outgoing').filter({ hasText: 'written in the dark' }).waitFor();
  await wire.plug();

  await joined(one);
  await line(two, 'written in the dark').waitFor();
  await until('all of it, once', async () => (await lines(one)).length === 14);
  const texts = (await lines(one)).map((text) => text.replace(/^[^:]*:\s*/, ''));
  assert.deepEqual(texts, ['before', ...meanwhile, 'written in the dark']);
  assert.deepEqual(errors, []);
});

test('who logs out is out of the room, and the page says so', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob] = await people(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, bob, 'ada');
  const other = await page.context().newPage();
  await other.goto(`${stage.http}/settings`);
  await other.getByTestId('log-out').click();
  await until('the room is over', () => page.getByText('You have been logged out').first().isVisible());
  assert.deepEqual(errors, []);
});

test('on a phone the chat fits under the picture, in dark and light', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source');
  const creator = await visitor(browser, errors);
  await enter(creator, stage.http, ada, 'ada');
  for (let number = 1; number <= 15; number++) await say(creator, `Message number ${number}, which is long enough for two lines on a phone`);

  for (const colorScheme of ['dark', 'light']) {
    const page = await visitor(browser, errors, { viewport: { width: 360, height: 740 }, colorScheme, hasTouch: true, isMobile: true });
    await enter(page, stage.http, bob, 'ada');
    await line(page, 'Message number 15,').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} pixels wide`);
    await page.getByTestId('chat').scrollIntoViewIfNeeded();
    await until('the newest is in sight', () =>
      page.getByTestId('chat-list').evaluate((list) => Math.abs(list.scrollTop + list.clientHeight - list.scrollHeight) < 4),
    );
    const input = await page.getByTestId('chat-input').boundingBox();
    assert.ok(input.height >= 43, 'a finger finds where one writes');
    await page.getByTestId('chat-input').focus();
    await until('where one writes is above the bar', async () => {
      const box = await page.getByTestId('chat-input').boundingBox();
      const bar = await page.locator('.bottombar').boundingBox();
      return box.y + box.height <= bar.y;
    });
    if (shots) {
      await page.screenshot({ path: path.join(shots, `chat-360-${colorScheme}.png`) });
    }
    await page.context().close();
  }
  assert.deepEqual(errors, []);
});

test('a link has a card that says where it leads, in three lines', async () => {
  const asked = [];
  const site = http.createServer((request, response) => {
    asked.push(request.url);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<title>${'A long title '.repeat(20)}</title><meta name="description" content="<img src=x onerror=alert(1)> ${'and more '.repeat(40)}">
      <meta property="og:site_name" content="Somebody else"><meta property="og:image" content="/picture.png">`);
  });
  await new Promise((done) => site.listen(0, '127.0.0.2', done));
  after(() => site.close());
  const { port } = site.address();
  const stage = await Stage.open(`link_previews = true\n[outbound]\nports = [${port}]\naddresses = ["127.0.0.2"]\n`);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada] = await people(stage);
  const creator = await visitor(browser, errors);
  const guest = await visitor(browser, errors, { viewport: { width: 360, height: 740 } });
  await enter(creator, stage.http, ada, 'ada');
  await guest.goto(`${stage.http}/ada`);
  await joined(guest);

  const address = `http://127.0.0.2:${port}/page`;
  await say(creator, `Look at ${address}`);
  const card = line(guest, 'Look at').getByTestId('preview');
  await card.waitFor();
  assert.equal(await card.getAttribute('href'), address);
  assert.match(await card.getAttribute('rel'), /noopener noreferrer nofollow/);
  assert.match(await card.innerText(), new RegExp(`127\\.0\\.0\\.2:${port} · Somebody else`));
  assert.equal(await guest.locator('.chat img').count(), 0, 'words, and no picture');
  const box = await card.boundingBox();
  assert.ok(box.height < 90 && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
  assert.deepEqual(asked, ['/page'], 'asked once, by the server');
  if (shots) await creator.screenshot({ path: path.join(shots, 'chat-preview-1440-dark.png') });

  await guest.reload();
  await line(guest, 'Look at').getByTestId('preview').waitFor();
  await tool(creator, 'Look at', 'More');
  await line(creator, 'Look at').getByRole('button', { name: 'Delete' }).click();
  await until('it is gone', async () => (await guest.getByTestId('preview').count()) === 0);
  assert.deepEqual(errors, []);
});

test('why something was not taken is said in the language of the page, with the numbers in it', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [creator, viewer] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await enter(viewer, stage.http, bob, 'ada');
  await viewer.evaluate(() => localStorage.setItem('klieg.language', 'de'));
  await viewer.reload();
  await joined(viewer);
  const refused = (page, text) => page.locator('.line-note.bad', { hasText: text }).waitFor();
  await say(viewer, 'x'.repeat(501));
  await refused(viewer, 'Nimm höchstens 500 Zeichen.');
  await say(viewer, 'Guten Abend');
  await line(creator, 'Guten Abend').waitFor();
  await say(viewer, 'Guten Abend');
  await refused(viewer, 'Das hast du gerade eben gesagt.');
  await say(creator, 'x'.repeat(501));
  await refused(creator, 'Use at most 500 characters.');

  // The counter counts as the server does: what it has room for is taken.
  const family = '👩‍👩‍👧‍👦';
  const left = creator.getByTestId('chat-left');
  const counts = async (text, words) => {
    await creator.getByTestId('chat-input').fill(text);
    await until(words, async () => (await left.innerText()) === words);
  };
  await counts('漢'.repeat(501), '1 character too many');
  await counts(`${'e\u0301\u0323'.repeat(450)}${family.repeat(10)}`, '40 characters left');
  await counts(family.repeat(160), '0 characters left');
  await creator.getByTestId('chat-input').press('Enter');
  await line(viewer, family.repeat(160)).waitFor();
  assert.deepEqual(errors, []);
});

test('the creator reads and answers in the studio', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const [ada, bob] = await people(stage);
  const studio = await Studio.open(stage);
  await dress(studio);
  await studio.command({ command: 'welcomed' });
  const { page, problems } = await openInterface(stage, studio);
  await page.getByText('your channel’s chat stands here').waitFor();
  await studio.command({ command: 'sign_in', server: stage.http, login: 'ada', password: ada.password });
  await joined(page);

  const errors = [];
  const viewer = await visitor(stage.chromium, errors);
  await enter(viewer, stage.http, bob, 'ada');
  await say(viewer, 'Which key was that in?');
  await line(page, 'Which key').waitFor();
  await tool(page, 'Which key', 'Reply');
  await say(page, 'E flat');
  await line(viewer, 'E flat').locator('.line-reply', { hasText: 'Which key' }).waitFor();
  await becomes(1, () => line(viewer, 'E flat').getByRole('img', { name: 'Whose show it is' }).count());
  if (shots) await page.screenshot({ path: path.join(shots, 'studio-chat-1440-dark.png') });
  await say(page, '/announce The show begins at nine');
  await page.locator('.log li', { hasText: 'announced: The show begins at nine' }).waitFor();
  assert.equal(await page.locator('.log li', { hasText: 'announced' }).count(), 1, 'it is told once');

  await page.getByTestId('present').click();
  await page.getByTestId('here').getByRole('button', { name: 'bob' }).waitFor();
  await page.getByTestId('present').click();

  // A name leads to the server's page of that channel, which is none of the window's own.
  await say(viewer, 'Thank you @ada');
  const mention = line(page, 'Thank you').getByRole('link', { name: '@ada' });
  const [channel] = await Promise.all([page.context().waitForEvent('page'), mention.click()]);
  await channel.waitForURL(`${stage.http}/ada`);
  await channel.close();
  await line(page, 'Thank you').getByRole('button', { name: 'bob' }).click();
  assert.equal(await page.getByTestId('card').getByRole('link', { name: '@bob' }).getAttribute('href'), `${stage.http}/bob`);
  await page.getByTestId('card').getByRole('button', { name: 'Close' }).click();

  await studio.command({ command: 'sign_out' });
  await page.getByText('your channel’s chat stands here').waitFor();
  assert.deepEqual([errors, problems], [[], []]);
});
