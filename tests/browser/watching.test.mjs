// People watch in Chromium: over WHEP and over LL-HLS, from the engine's WHIP and from ffmpeg's RTMP.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { install, median, skews } from './senses.mjs';
import { Stage, until } from './stage.mjs';

const player = '[data-testid="player"]';

/** A page that watches a channel over WHEP. */
async function watch(stage, handle) {
  const browser = stage.chromium ?? (await stage.browser());
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript(install);
  await page.goto(`${stage.http}/${handle}`);
  const first = await until('playing', () => page.$(`${player}[data-state="playing"]`), 40_000);
  // Where three seconds were not enough for a picture, it has fallen back by itself, as it should.
  if ((await first.getAttribute('data-transport')) === 'whep') await playing(page, 'whep');
  else await choose(page, 'whep');
  return page;
}

/** Waits until the player shows moving frames over this transport. */
async function playing(page, transport, patience = 20_000) {
  await until(`playing over ${transport}`, async () => {
    const video = await page.$(`${player}[data-transport="${transport}"][data-state="playing"]`);
    return video && (await page.evaluate(() => senses.watch()), true);
  }, patience);
  const before = await page.evaluate(() => senses.frames);
  await until('frames advance', () => page.evaluate((before) => senses.frames > before + 20, before));
}

/** Chooses how the show comes in, in the player's menu. */
async function choose(page, transport) {
  // The controls show while the mouse moves.
  await page.hover(player, { position: { x: 300, y: 200 } });
  await page.hover(player, { position: { x: 310, y: 210 } });
  await page.click('[data-testid="latency"]');
  await page.click(`[data-testid="transport-${transport}"]`, { force: true });
  await playing(page, transport);
}

/** Turns the sound on, as a person does, and listens. */
async function hear(page) {
  await page.evaluate(() => (senses.video.muted ? document.querySelector('[data-testid="unmute"]').click() : null));
  await until('unmuted', () => page.evaluate(() => !senses.video.muted));
  await page.evaluate(async () => {
    senses.flashes.length = senses.beeps.length = 0;
    await senses.listen();
  });
  await until('sound', () => page.evaluate(() => senses.loudest > 0.1));
}

/** Watches over both transports: the picture moves, and the sound is in step with it. */
async function watchBothWays(stage, handle, seen = async () => {}) {
  const page = await watch(stage, handle);
  for (const transport of ['whep', 'hls']) {
    if (transport === 'hls') await choose(page, 'hls');
    await hear(page);
    // A browser takes some seconds to bring sound and picture together.
    await until(`${transport}: sound in step with the picture`, async () => {
      const { flashes, beeps } = await page.evaluate(() => ({ flashes: senses.flashes, beeps: senses.beeps }));
      const latest = skews(flashes, beeps).slice(-5);
      if (latest.length === 5 && Math.abs(median(latest)) < 100) return true;
      throw new Error(`the sound is ${latest.map(Math.round)} ms behind the picture`);
    }, 30_000);
    await seen(page, transport);
  }
  await choose(page, 'whep');
}

test("ffmpeg's RTMP broadcast plays over WHEP and over LL-HLS, sound in step with the picture", async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source', 'aac', 'opus');
  await watchBothWays(stage, 'ada');
});

test("the engine's WHIP broadcast plays over WHEP and over LL-HLS, its clock advances, sound in step with the picture", async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  stage.engine(`
    [canvas]
    width = 640
    height = 360
    [video]
    bitrate = 1500
    [overlays]
    clock = true
    [[sources]]
    kind = "file"
    name = "clip"
    path = "${stage.clip()}"
    [[scene]]
    source = "clip"
    [[outputs]]
    kind = "whip"
    url = "${stage.http}/whip"
    key = "${ada.key}"
  `);
  await stage.untilLive('ada', 'source', 'opus', 'aac');
  await watchBothWays(stage, 'ada', async (page, transport) => {
    const clocks = await page.evaluate(() => senses.clocks.slice(-30).map(({ clock }) => clock));
    assert.ok(clocks.length === 30, `${transport}: the clock cannot be read`);
    assert.ok(clocks.at(-1) > clocks[0], `${transport}: the clock stands still`);
  });
});

test('viewers go on without reloading when the publisher dies and returns', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const first = stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source', 'aac', 'opus');
  const page = await watch(stage, 'ada');
  const viaHls = await watch(stage, 'ada');
  await choose(viaHls, 'hls');
  for (const each of [page, viaHls]) await each.evaluate(() => (window.neverReloaded = true));
  first.kill('SIGKILL');
  await until('waiting', async () => (await stage.api('GET', '/channels/ada')).live?.state === 'waiting');
  stage.ffmpeg(ada.key, { name: 'returned' });
  await until('live again', async () => (await stage.api('GET', '/channels/ada')).live?.state === 'live');
  await playing(page, 'whep');
  await playing(viaHls, 'hls', 30_000);
  for (const each of [page, viaHls]) assert.ok(await each.evaluate(() => window.neverReloaded));
});

test('a broadcast with B-frames plays over WHEP in presentation order', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  stage.ffmpeg(ada.key, { bFrames: 3 });
  await stage.untilLive('ada', 'source', 'aac', 'opus');
  const page = await watch(stage, 'ada');
  const numbers = await until('a hundred pictures', () => page.evaluate(() => senses.clocks.length > 100 && senses.clocks.map(({ clock }) => clock)));
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
});
