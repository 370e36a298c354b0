// The chat beside the picture, or over it where there is little room: on the page, and where both fill the screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './live.mjs';
import { joined } from './room.mjs';
import { until } from './stage.mjs';
import { player, wake, watch } from './viewer.mjs';

/** Where the picture and the chat are, and whether both fill the screen. */
function look() {
  const box = (selector) => {
    const { left, top, right, bottom, width, height } = document.querySelector(selector).getBoundingClientRect();
    return { left, top, right, bottom, width, height };
  };
  const button = document.querySelector('[aria-label="Full screen (f)"]');
  const { left, top, width, height } = button.getBoundingClientRect();
  return {
    full: document.fullscreenElement?.className === 'watch',
    picture: box('.stage'),
    chat: box('.watch-chat'),
    screen: { width: innerWidth, height: innerHeight },
    // Each button is wide enough to hit, and in the picture.
    whole: [...document.querySelectorAll('.controls .icon-button')].every((button) => {
      const place = button.getBoundingClientRect();
      const stage = button.closest('.stage').getBoundingClientRect();
      return place.width === 0 || (place.width > 43 && place.left >= stage.left && place.right <= stage.right);
    }),
    // Nothing lies over what steers the player.
    free: button.contains(document.elementFromPoint(left + width / 2, top + height / 2)),
  };
}

/** Waits until what is seen is so. */
const seen = (page, what, is) =>
  until(what, async () => {
    const now = await page.evaluate(look);
    if (is(now)) return true;
    // The controls show for a while.
    for (const step of [40, 50]) await page.mouse.move(now.picture.left + step, now.picture.top + step);
    throw new Error(JSON.stringify(now));
  });

const isHidden = ({ chat }) => chat.width === 0;
const isBeside = ({ picture, chat }) => chat.width > 100 && picture.right <= chat.left + 1;
const isBeneath = ({ picture, chat }) => chat.width > 100 && picture.bottom <= chat.top + 1;
const isOver = ({ picture, chat }) => chat.width > 100 && chat.left > picture.left && chat.right <= picture.right && chat.bottom < picture.bottom;
const fits = ({ chat, screen }) => chat.height > 120 && chat.bottom <= screen.height + 1 && chat.right <= screen.width + 1;

test('full screen is the picture with the chat, which a button hides, and that is remembered', async () => {
  const stage = await live();
  const page = await watch(stage, 'ada');
  await joined(page);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('f');
  await seen(page, 'the chat beside the picture on the whole screen', (now) => now.full && now.free && isBeside(now) && fits(now));

  await page.getByRole('button', { name: 'Hide the chat (c)' }).click();
  await seen(page, 'the picture alone', (now) => now.full && isHidden(now) && now.picture.width === now.screen.width);
  // The page is another matter.
  await page.keyboard.press('f');
  await seen(page, 'the chat on the page', (now) => !now.full && isBeside(now));

  await page.reload();
  await page.waitForSelector(`${player}[data-state="playing"]`, { timeout: 60_000 });
  await page.keyboard.press('f');
  await seen(page, 'the picture alone as before', (now) => now.full && isHidden(now));
  await page.keyboard.press('c');
  await seen(page, 'the chat again', (now) => now.full && isBeside(now));
  await page.getByTestId('chat-list').focus();
  await page.keyboard.press('c');
  await seen(page, 'the picture alone again', isHidden);
  assert.equal(await page.evaluate(() => document.activeElement.classList.contains('stage')), true, 'the focus is where something is');
});

test('on a phone the chat is beside, beneath or over the picture, and what steers the player stays free', async () => {
  const stage = await live();
  const page = await watch(stage, 'ada');
  await joined(page);
  await page.evaluate(() => document.activeElement?.blur());

  await page.setViewportSize({ width: 844, height: 390 });
  await seen(page, 'lying: beside it on the page', (now) => !now.full && isBeside(now) && fits(now));
  await page.keyboard.press('f');
  await seen(page, 'lying: over it on the whole screen', (now) => now.full && now.free && isOver(now) && fits(now));
  // What the player offers to choose is beside the chat as well.
  const [menu, opener] = [page.locator('.menu'), page.getByTestId('latency')];
  await until('the menu', async () => {
    if ((await menu.count()) === 0) {
      await wake(page);
      await opener.click({ timeout: 2_000 });
    }
    return (await menu.count()) === 1;
  });
  const [choices, over] = [await menu.boundingBox(), await page.locator('.watch-chat').boundingBox()];
  assert.ok(choices.x >= 0 && choices.x + choices.width <= over.x, JSON.stringify({ choices, over }));
  await opener.click();
  await menu.waitFor({ state: 'detached' });
  // A window is given another size only while it does not fill the screen.
  await page.keyboard.press('f');
  await seen(page, 'lying: the page again', (now) => !now.full && isBeside(now));

  await page.setViewportSize({ width: 360, height: 800 });
  await seen(page, 'standing: beneath it on the page', (now) => !now.full && isBeneath(now));
  await page.keyboard.press('f');
  await seen(page, 'standing: beneath it on the whole screen', (now) => now.full && now.free && isBeneath(now) && fits(now));
  await page.keyboard.press('f');
  await seen(page, 'standing: the page again', (now) => !now.full && isBeneath(now));

  for (const [width, height, is] of [[320, 640, isBeneath], [568, 320, isBeside], [667, 375, isBeside], [844, 390, isBeside]]) {
    await page.setViewportSize({ width, height });
    await seen(page, `all that steers it on ${width} × ${height}`, (now) => now.whole && is(now));
  }
});
