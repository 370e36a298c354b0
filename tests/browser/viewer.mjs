// Somebody who watches a channel in a page: opens it, waits for moving frames, chooses how they come in.

import { install } from './senses.mjs';
import { until } from './stage.mjs';

export const player = '[data-testid="player"]';

/** An empty page with eyes and ears. */
export async function open(stage) {
  const browser = stage.chromium ?? (await stage.browser());
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript(install);
  return page;
}

/** A page that watches a channel over WHEP. */
export async function watch(stage, handle) {
  const page = await open(stage);
  await page.goto(`${stage.http}/${handle}`);
  const first = await until('playing', () => page.$(`${player}[data-state="playing"]`), 40_000);
  // Where three seconds were not enough for a picture, it has fallen back by itself, as it should.
  if ((await first.getAttribute('data-transport')) === 'whep') await playing(page, 'whep');
  else await choose(page, 'whep');
  return page;
}

/** Waits until the player shows moving frames over this transport. */
export async function playing(page, transport, patience = 60_000) {
  await until(`playing over ${transport}`, async () => {
    const video = await page.$(`${player}[data-transport="${transport}"][data-state="playing"]`);
    return video && (await page.evaluate(() => senses.watch()), true);
  }, patience);
  const before = await page.evaluate(() => senses.frames);
  await until('frames advance', () => page.evaluate((before) => senses.frames > before + 20, before));
}

/** Moves the mouse over the picture: the controls show for a while. */
export async function wake(page) {
  await page.hover(player, { position: { x: 300, y: 200 } });
  await page.hover(player, { position: { x: 310, y: 210 } });
}

/** Chooses how the show comes in, in the player's menu. */
export async function choose(page, transport) {
  const choice = page.getByTestId(`transport-${transport}`);
  await until(`${transport} is chosen`, async () => {
    if ((await choice.count()) === 0) {
      await wake(page);
      await page.click('[data-testid="latency"]', { timeout: 2_000 });
    }
    await choice.click({ force: true, timeout: 2_000 });
    return true;
  });
  await playing(page, transport);
}
