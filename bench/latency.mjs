// Glass to glass over loopback: the engine draws the time into each frame as it composes it, a Chromium page reads it from
// each frame as it is shown.

import { install } from '../tests/browser/senses.mjs';
import { Stage, until } from '../tests/browser/stage.mjs';
import { seconds, spread } from './figures.mjs';

const player = '[data-testid="player"]';

const show = (kind, url, key) => `
[canvas]
width = 1280
height = 720
fps = 30

[overlays]
clock = true

[video]
bitrate = 2500

[[sources]]
kind = "test"
name = "picture"
pattern = "klieg"

[[sources]]
kind = "tone"
name = "tone"

[[scene]]
source = "picture"

[[scene]]
source = "tone"

[[outputs]]
kind = "${kind}"
name = "klieg"
url = "${url}"
key = "${key}"
`;

/** Measures what a page shows once it plays over this transport. */
async function measure(page, transport, path, target) {
  await until(`playing over ${transport}`, async () => {
    const there = await page.$(`${player}[data-transport="${transport}"][data-state="playing"]`);
    return there && (await page.evaluate(() => (senses.watch(), senses.frames > 0)));
  });
  await page.waitForTimeout(5_000);
  await page.evaluate(() => (senses.clocks.length = 0));
  await page.waitForTimeout(seconds * 1000);
  spread(path, await page.evaluate(() => senses.clocks.map(({ latency }) => latency)), target);
}

const stage = await Stage.open();
try {
  const browser = await stage.browser();
  for (const [kind, handle] of [['whip', 'whipper'], ['rtmp', 'rtmper']]) {
    const creator = await stage.creator(handle);
    const url = kind === 'whip' ? `${stage.http}/whip` : `rtmp://${stage.rtmp}/live`;
    const engine = stage.engine(show(kind, url, creator.key), { name: `engine-${kind}` });
    await stage.untilLive(handle, 'source', 'aac', 'opus');
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript(install);
    // A group of pictures has passed: the viewer comes to a show that is on.
    await page.waitForTimeout(3_000);
    const opened = Date.now();
    await page.goto(`${stage.http}/${handle}`);
    await until('a picture', () => page.evaluate(() => (document.querySelector('[data-testid="player"]') && senses.watch(), senses.frames > 0)));
    const whepFirst = Date.now() - opened;
    await measure(page, 'whep', `${kind.toUpperCase()} to WHEP`, kind === 'whip' ? 'p50 <= 200 ms' : 'p50 <= 400 ms');
    // The controls show while the mouse moves.
    await page.hover(player, { position: { x: 300, y: 200 } });
    await page.hover(player, { position: { x: 310, y: 210 } });
    await page.click('[data-testid="latency"]');
    await page.evaluate(() => (senses.frames = 0));
    const chosen = Date.now();
    await page.click('[data-testid="transport-hls"]', { force: true });
    await until('a picture', () => page.evaluate((player) => {
      const shown = document.querySelector(player);
      return shown.dataset.transport === 'hls' && shown.dataset.state === 'playing' && (senses.watch(), senses.frames > 0);
    }, player));
    const hlsFirst = Date.now() - chosen;
    await measure(page, 'hls', `${kind.toUpperCase()} to LL-HLS`, 'p50 <= 1500 ms');
    if (kind === 'whip') {
      spread('first picture, WHEP', [whepFirst], '<= 1000 ms');
      spread('first picture, LL-HLS', [hlsFirst], '<= 2000 ms');
    }
    await page.close();
    const left = new Promise((done) => engine.once('exit', done));
    engine.kill('SIGTERM');
    await left;
  }
} finally {
  await stage.close();
}
