// The player itself: what it does where WHEP is closed, what it says when there is no picture, its keys, its readout, and the way
// back to its page.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live } from './live.mjs';
import { median } from './senses.mjs';
import { Stage, until } from './stage.mjs';
import { choose, open, player, playing, wake, watch } from './viewer.mjs';

/** Notes in the page when WHEP is asked for first, and when the player changes to LL-HLS. */
function notes() {
  const notes = (window.notes = {});
  const fetch = window.fetch.bind(window);
  window.fetch = (address, ...more) => {
    if (String(address).endsWith('/whep/ada')) notes.asked ??= performance.now();
    return fetch(address, ...more);
  };
  new MutationObserver(() => {
    if (document.querySelector('[data-transport="hls"]')) notes.changed ??= performance.now();
  }).observe(document, { subtree: true, attributeFilter: ['data-transport'] });
}

test('where WHEP shows no picture, LL-HLS is opened within three seconds and plays', async () => {
  const stage = await live();
  const closed = {
    'a refusal': (route) => route.fulfill({ status: 503, body: '' }),
    'no answer': () => {},
    'an answer and no media': async (route) => {
      const answer = await route.fetch();
      // Nobody listens on port 9.
      const body = (await answer.text()).replaceAll(/(candidate:\S+ \d+ \S+ \d+ \S+) \d+ typ/g, '$1 9 typ');
      assert.match(body, / 9 typ/);
      const { location } = answer.headers();
      await route.fulfill({ status: answer.status(), headers: { location }, contentType: 'application/sdp', body });
    },
  };
  const opened = async (answer) => {
    const page = await open(stage);
    await page.route('**/whep/ada', answer);
    await page.addInitScript(notes);
    await page.goto(`${stage.http}/ada`);
    const { asked, changed } = await until('the change', () => page.evaluate(() => window.notes.changed && window.notes));
    await playing(page, 'hls');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.close();
    return Math.round(changed - asked);
  };
  for (const [what, answer] of Object.entries(closed)) {
    // The quickest of some: others may have both cores for a moment.
    const took = [];
    while (took.length < 4 && !took.some((time) => time < 3_000)) took.push(await opened(answer));
    assert.ok(Math.min(...took) < 3_000, `${what}: LL-HLS was opened after ${took} ms`);
  }
});

test('the player says what it waits for: offline, connecting, stalled, ended', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const page = await open(stage);
  await page.addInitScript(() => localStorage.setItem('klieg.transport', 'whep'));
  const says = (state, words) => {
    const stands = page.locator('.stage', { has: page.locator(`[data-testid="player"][data-state="${state}"]`) });
    return stands.getByText(words).waitFor({ timeout: 60_000 });
  };
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route('**/whep/ada', async (route) => {
    await held;
    await route.continue();
  });

  await page.goto(`${stage.http}/ada`);
  await says('offline', 'ada is not live');
  const encoder = stage.ffmpeg(ada.key);
  await says('connecting', 'Connecting…');
  answer();
  await playing(page, 'whep');

  encoder.kill('SIGSTOP');
  await says('stalled', 'Waiting for the picture');
  encoder.kill('SIGCONT');
  await playing(page, 'whep');

  // ffmpeg says goodbye. Whoever watches in full screen finds out of it.
  const fills = (full) => until(`full screen: ${full}`, () => page.evaluate((full) => Boolean(document.fullscreenElement) === full, full));
  await page.keyboard.press('f');
  await fills(true);
  encoder.kill('SIGTERM');
  await says('ended', 'The show is over');
  await page.keyboard.press('f');
  await fills(false);
});

test('keys work on the whole page, but not where one writes, and shortcuts remain the browser’s', async () => {
  const stage = await live();
  const page = await watch(stage, 'ada');
  await page.evaluate(() => {
    window.taken = null;
    window.addEventListener('keydown', (event) => (window.taken = event.defaultPrevented));
  });
  const look = () => page.evaluate((player) => {
    const { muted, paused, volume } = document.querySelector(player);
    return { muted, paused, volume, full: document.fullscreenElement?.className === 'watch' };
  }, player);
  const press = async (key, { taken }) => {
    await page.keyboard.press(key);
    assert.equal(await page.evaluate(() => window.taken), taken, `${key}: whether the player took it`);
  };
  const becomes = (expected) => until(JSON.stringify(expected), async () => {
    const seen = await look();
    if (Object.entries(expected).every(([name, value]) => seen[name] === value)) return true;
    throw new Error(JSON.stringify(seen));
  });

  await page.evaluate(() => document.activeElement?.blur());
  await becomes({ muted: true, paused: false, full: false });
  await press('m', { taken: true });
  await becomes({ muted: false });
  // As caps lock makes it.
  await press('M', { taken: true });
  await becomes({ muted: true });
  await press('k', { taken: true });
  await becomes({ paused: true });
  await press(' ', { taken: true });
  await becomes({ paused: false });
  await press('f', { taken: true });
  await becomes({ full: true });
  await press('f', { taken: true });
  await becomes({ full: false });

  for (const shortcut of ['Control+m', 'Control+k', 'Shift+m', 'Alt+m', 'Meta+m']) await press(shortcut, { taken: false });
  // The arrows scroll the page, until the player has the focus.
  await press('ArrowDown', { taken: false });
  await becomes({ muted: true, paused: false, volume: 1 });
  await page.locator('.stage').focus();
  await press('ArrowDown', { taken: true });
  await becomes({ muted: false, volume: 0.95 });
  await press('ArrowUp', { taken: true });
  await becomes({ volume: 1 });

  const words = page.getByRole('searchbox').first();
  await words.fill('');
  await words.pressSequentially('mk f');
  assert.equal(await words.inputValue(), 'mk f');
  await becomes({ muted: false, paused: false, full: false });

  // On a button space presses the button.
  await wake(page);
  await page.getByTestId('latency').focus();
  await press(' ', { taken: false });
  await page.locator('[data-testid="latency"][aria-expanded="true"]').waitFor();
  await becomes({ paused: false });
});

test('a page that the browser kept plays again when one comes back to it', async () => {
  const stage = await live();
  const page = await watch(stage, 'ada');
  const turn = (name) => page.evaluate((name) => {
    window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
  }, name);
  const closed = page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/whep/ada/'));
  await turn('pagehide');
  await closed;
  await page.waitForSelector(`${player}:not([data-state="playing"])`, { state: 'attached' });
  const opened = page.waitForRequest('**/whep/ada');
  await turn('pageshow');
  await opened;
  await until('playing again', () => page.$(`${player}[data-state="playing"]`));
  const frames = await page.evaluate(() => senses.frames);
  await until('frames advance', () => page.evaluate((frames) => senses.frames > frames + 20, frames));
});

test('the readout is the delay that is seen', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  stage.clock(ada.key, { picture: 'kind = "test"\npattern = "klieg"', tone: 'kind = "tone"' });
  await stage.untilLive('ada', 'source', 'opus', 'aac');
  const page = await watch(stage, 'ada');
  for (const [transport, most] of [['whep', 2_000], ['hls', 6_000]]) {
    if (transport === 'hls') await choose(page, 'hls');
    await page.evaluate(() => (senses.clocks.length = 0));
    await until(`${transport}: the readout near what the clock in the picture says`, async () => {
      const seen = await page.evaluate(() => senses.clocks.slice(-30).map(({ latency }) => latency));
      const said = Number(await page.getAttribute('[data-testid="latency"]', 'data-ms'));
      const real = median(seen);
      if (seen.length === 30 && said > 0 && said < most && Math.abs(said - real) < 1_000) return true;
      throw new Error(`it says ${said} ms, the picture ${Math.round(real)} ms`);
    });
  }
});
