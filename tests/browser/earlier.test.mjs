// What was said before one came: who scrolls up reads on where they were, to where the talk began.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { ask, enter, joined, line, people, say, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

const number = (of) => `message ${String(of).padStart(3, '0')}`;

/** Two hundred messages, in order, by as many people as it takes to be allowed to. */
async function talk(stage) {
  let said = 0;
  for (let who = 0; who < 10; who += 1) {
    const person = await stage.creator(`person${who}`);
    const requests = Array.from({ length: 20 }, () => {
      said += 1;
      return { do: 'say', text: number(said), nonce: `n${said}` };
    });
    await ask(stage.http, person, 'ada', requests);
  }
}

/** Leaves what comes for what is here: only from the next scroll on one reads back. */
async function leave(page) {
  await until('one has left', () =>
    page.evaluate(() => {
      if (document.querySelector('.chat-newest')) return true;
      document.querySelector('.chat-list').scrollTop = 100;
      return false;
    }),
  );
  // All that is here is drawn now, and the browser keeps the place: that is a scroll as well.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

test('who scrolls up reads on where they were, to where the talk began', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [, bob] = await people(stage);
  await talk(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, bob, 'ada');
  await line(page, number(200)).waitFor();
  assert.equal(await page.getByTestId('earlier').count(), 0, 'not while one reads what comes');

  const list = page.getByTestId('chat-list');
  const top = (text) => line(page, text).evaluate((element) => element.getBoundingClientRect().top);
  await leave(page);
  // In one go: nothing comes between.
  const before = await line(page, number(100)).evaluate((element) => {
    element.closest('[data-testid="chat-list"]').scrollTop = 50;
    return element.getBoundingClientRect().top;
  });
  await line(page, number(20)).waitFor({ state: 'attached' });
  await until('the place is kept', async () => Math.abs((await top(number(100))) - before) < 3);

  // By the keyboard: from the first message on up.
  await list.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.getByTestId('earlier').getByRole('button', { name: 'Earlier messages' }).press('Enter');
  await page.getByText('This is where the talk begins.').waitFor();
  const expected = Array.from({ length: 200 }, (_, index) => number(index + 1));
  // Of what is not laid out a browser tells no inner text.
  const texts = await page.locator('[data-message] .line-text').allTextContents();
  const shown = texts.map((text) => text.match(/message \d+/)[0]);
  assert.deepEqual(shown, expected, 'every message once, in order');
  // What is far from what is seen is not laid out.
  await until('few are laid out', () =>
    page.evaluate(() => {
      const all = [...document.querySelectorAll('[data-message] .line-text')];
      const laid = all.filter((text) => text.checkVisibility({ contentVisibilityAuto: true }));
      return laid.length > 0 && laid.length < all.length;
    }),
  );
  if (shots) await page.screenshot({ path: path.join(shots, 'chat-earlier.png') });

  await page.getByRole('button', { name: 'To the newest' }).click();
  await say(page, 'and the next');
  await line(page, 'and the next').waitFor();
  await becomes(0, () => page.getByText('This is where the talk begins.').count());
  assert.deepEqual(errors, []);
});

test('one jump to the very top reads on, and what one looks at stays where it is', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  await people(stage);
  await talk(stage);
  const page = await visitor(browser, errors);
  await page.goto(`${stage.http}/ada`);
  await joined(page);
  await line(page, number(200)).waitFor();
  const list = page.getByTestId('chat-list');
  // From the bottom only, so that there is no second scroll; what comes at that moment may have taken one back there.
  let first;
  await until('one is at the top', async () => {
    const jumped = await list.evaluate((element) => {
      if (element.scrollHeight - element.scrollTop - element.clientHeight > 60) return null;
      element.scrollTop = 0;
      const { id } = element.querySelector('[data-message]');
      return { id, top: document.getElementById(id).getBoundingClientRect().top };
    });
    first = jumped ?? first;
    return first !== undefined && jumped === null && (await page.locator('.chat-newest').count()) > 0;
  });
  await line(page, number(20)).waitFor({ state: 'attached' });
  const top = () => page.locator(`[id="${first.id}"]`).evaluate((element) => element.getBoundingClientRect().top);
  await until('the place is kept', async () => Math.abs((await top()) - first.top) < 3);
  assert.deepEqual(errors, []);
});

test('what cannot be read back to says so, and can be asked for again', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  await people(stage);
  await talk(stage);
  const page = await visitor(browser, errors);
  let isRefusing = true;
  // The server's answers, but for a while one of them.
  await page.routeWebSocket(/\/api\/v1\/live/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const { id, do: asks } = JSON.parse(text);
      const problem = { type: '/problems/unavailable', title: 'Busy', status: 503 };
      if (asks === 'read_messages' && isRefusing) socket.send(JSON.stringify({ is: 'refused', id, problem }));
      else server.send(text);
    });
  });
  await page.goto(`${stage.http}/ada`);
  await joined(page);
  await line(page, number(200)).waitFor();
  await leave(page);
  await page.getByTestId('chat-list').evaluate((element) => {
    element.scrollTop = 50;
  });
  await page.getByText('Earlier messages could not be loaded.').waitFor();
  isRefusing = false;
  // By the keyboard as well, and by nothing else: that the button scrolls into view asks for nothing that was refused.
  await page.getByTestId('earlier').getByRole('button').press('Enter');
  await line(page, number(20)).waitFor({ state: 'attached' });
  assert.deepEqual(errors, []);
});
