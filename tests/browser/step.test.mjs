// The chat keeps step with the picture: who watches seconds behind is told what was said when the picture is there, unless they
// want it at once.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enter, joined, people, say, visitor } from './room.mjs';
import { install } from './senses.mjs';
import { Stage, until } from './stage.mjs';
import { choose, player } from './viewer.mjs';

/** Notes, when a line comes into the chat, the number of the picture that is seen then, and the time. */
function attend() {
  window.told = {};
  const look = () => {
    for (const line of document.querySelectorAll('[data-message] .line-text')) {
      const picture = window.senses.clocks.at(-1)?.clock;
      window.told[line.innerText.split(':').at(-1).trim()] ??= { picture, at: performance.timeOrigin + performance.now() };
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

async function watcher(browser, errors, stage, transport) {
  const page = await visitor(browser, errors);
  await page.addInitScript(install);
  await page.addInitScript(attend);
  await page.goto(`${stage.http}/ada`);
  await joined(page);
  await page.waitForSelector(`${player}[data-state="playing"]`, { timeout: 60_000 });
  if ((await page.getAttribute(player, 'data-transport')) !== transport) await choose(page, transport);
  await page.waitForSelector(`${player}[data-transport="${transport}"][data-state="playing"]`, { timeout: 60_000 });
  await until('pictures', () => page.evaluate(() => (window.senses.watch(), window.senses.clocks.length > 60)));
  return page;
}

const told = (page, text) => until(`"${text}" is told`, () => page.evaluate((text) => window.told[text], text));

test('who is behind is told when their picture is there', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const [ada, bob] = await people(stage);
  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source', 'aac', 'opus');
  const browser = await stage.browser();
  const errors = [];
  const near = await watcher(browser, errors, stage, 'whep');
  const far = await watcher(browser, errors, stage, 'hls');
  const speaker = await visitor(browser, errors);
  await enter(speaker, stage.http, bob, 'ada');
  let count = 0;
  const hear = async (text) => {
    count += 1;
    await say(speaker, `${text} ${count}`);
    return { first: await told(near, `${text} ${count}`), last: await told(far, `${text} ${count}`) };
  };

  // Both at the same picture of the show, give or take two thirds of a second; a busy machine may need some tries, until both
  // players know how far behind they are.
  await until('in step with the picture', async () => {
    const { first, last } = await hear('What a goal');
    const apart = `${Math.round(last.at - first.at)} ms later, at picture ${last.picture} instead of ${first.picture}`;
    if (last.at - first.at > 500 && Math.abs(last.picture - first.picture) < 20) return true;
    throw new Error(apart);
  }, 60_000);

  // Who pauses reads on, and is in step again once the picture goes on.
  const pause = async (paused) => {
    await far.evaluate(() => document.activeElement?.blur());
    await far.keyboard.press('k');
    await until(`paused: ${paused}`, () => far.evaluate(([player, paused]) => document.querySelector(player).paused === paused, [player, paused]));
  };
  await pause(true);
  await until('at once while the picture stands', async () => {
    const { first, last } = await hear('Half-time');
    if (last.at - first.at < 400) return true;
    throw new Error(`${Math.round(last.at - first.at)} ms later`);
  }, 60_000);
  await pause(false);
  await until('in step with the picture again', async () => {
    const { first, last } = await hear('It goes on');
    if (last.at - first.at > 500) return true;
    throw new Error(`${Math.round(last.at - first.at)} ms later`);
  }, 60_000);

  await far.getByRole('button', { name: 'Chat settings' }).click();
  await far.getByRole('switch', { name: /In step with the picture/ }).click();
  await far.keyboard.press('Escape');
  await until('at once', async () => {
    const { first, last } = await hear('Now at once');
    if (last.at - first.at < 400 && first.picture - last.picture > 10) return true;
    throw new Error(`${Math.round(last.at - first.at)} ms later, at picture ${last.picture} instead of ${first.picture}`);
  }, 60_000);
  assert.deepEqual(errors, []);
});
