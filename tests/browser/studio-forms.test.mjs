// The studio's forms, opened from where a creator finds them: of each kind of source, of filters, of transitions, of a destination, and the
// question before something is removed. Each fits, wide and narrow, in the dark and in the light. And menus with the keyboard. What they do
// with what was not saved is in studio-drafts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { display, program } from './desktop.mjs';
import { openEmpty } from './empty.mjs';
import { becomes, until } from './stage.mjs';
import { fits, inBothLooks } from './studio.mjs';

const LOGO = fileURLToPath(new URL('../../desktop/icons/128x128.png', import.meta.url));

/** One of each kind: what its form is known by once it is whole. */
const sources = (film, window) => [
  [{ kind: 'camera', name: 'Webcam', device: '/dev/video99' }, /^Does not work/],
  [{ kind: 'screen', name: 'Desktop', area: [0, 0, 640, 360] }, 'Only a part of the screen'],
  [{ kind: 'screen-cast', name: 'Shared screen' }, 'Choose a screen or window'],
  [{ kind: 'window', name: 'Game', ...window }, /^Any window of/],
  [{ kind: 'browser', name: 'Alerts', url: 'about:blank' }, 'Show this page'],
  [{ kind: 'microphone', name: 'Voice' }, 'Sound system'],
  [{ kind: 'image', name: 'Logo', path: LOGO }, '128x128.png'],
  [{ kind: 'text', name: 'Title', text: 'Late evening songs', size: 72, align: 'centre', outline: '#000000' }, 'Alignment'],
  [{ kind: 'file', name: 'Film', path: film }, /^0:\d\d of \d+:\d\d$/],
  [{ kind: 'colour', name: 'Ground', colour: '#20283080' }, '50 %'],
  [{ kind: 'test', name: 'Lights', title: 'Late evening songs', subtitle: 'Ada plays requests' }, 'Below the title'],
  [{ kind: 'tone', name: 'Beep', wave: 'ticks' }, 'Frequency'],
  [{ kind: 'music', name: 'Piano' }, 'Loudness'],
];

test('each kind of source has a form that fits', async () => {
  const DISPLAY = await display();
  program(DISPLAY);
  const { stage, studio, scene, page, problems, dialog, openForm } = await openEmpty({ DISPLAY });
  const [window] = await until('the window is listed', () => studio.state.devices.windows[0] && studio.state.devices.windows, 40_000);
  for (const [source, known] of sources(stage.clip(), window)) {
    await studio.edit({ edit: 'add_source', scene, source });
    await openForm(source.name);
    await dialog.getByText(known, { exact: true }).first().waitFor({ timeout: 40_000 });
    await inBothLooks(page, `source-${source.kind}`, dialog);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await studio.edit({ edit: 'remove_source', name: source.name });
  }
  assert.deepEqual(problems, []);
});

test('fonts are suggested, and one that is not installed is said', async () => {
  const { studio, scene, page, problems, dialog, openForm } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'text', name: 'Title', text: 'Late evening songs' } });
  await openForm('Title');
  await page.locator('#text-fonts option[value="DejaVu Sans"]').waitFor({ state: 'attached' });
  const font = dialog.getByLabel('Font', { exact: true });
  await font.fill('Nothing Like It Bold');
  await dialog.getByText('“Nothing Like It” is not installed on this computer').waitFor();
  await font.fill('Nothing Like It, DejaVu Sans Bold');
  await dialog.getByText('A family and a style').waitFor();
  assert.deepEqual(problems, []);
});

test('a sound is heard in every scene while its pin is in', async () => {
  const { studio, scene, page, problems } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'Voice', wave: 'silence' } });
  await studio.edit({ edit: 'add_scene', name: 'Break' });
  const pin = page.getByRole('button', { name: 'Voice in every scene' });
  // The studio knows, and the page shows it.
  const isHeard = async (everywhere) => {
    await until(`heard in every scene: ${everywhere}`, () => Boolean(studio.state.collection.strips.Voice?.everywhere) === everywhere);
    await until('its pin', async () => (await pin.getAttribute('aria-pressed')) === String(everywhere));
  };
  await isHeard(false);
  await pin.click();
  await isHeard(true);
  await inBothLooks(page, 'pinned-sound', page.locator('.mixer'));
  await pin.click();
  await isHeard(false);
  await pin.click();
  await isHeard(true);
  await studio.edit({ edit: 'remove_scene', scene });
  await until('the scene is gone', () => studio.state.collection.scenes.length === 1);
  assert.equal(studio.state.collection.sources.length, 1, 'it is heard on');
  await page.getByTitle('stands in none').click();
  await until('nothing is left of it', () => studio.state.collection.sources.length === 0);
  assert.deepEqual(problems, []);
});

test('filters, transitions and a destination have forms that fit', async () => {
  const { stage, studio, scene, page, problems, dialog, openForm } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'test', name: 'Camera', pattern: 'smpte' } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'Voice', wave: 'pink-noise', amplitude: 0.3 } });
  const look = [
    { kind: 'chroma-key', colour: '#00ff00', similarity: 0.4, smoothness: 0.1 },
    { kind: 'colour', brightness: 0.1, contrast: 0, saturation: 0.2, hue: 0 },
    { kind: 'blur', radius: 6 },
  ];
  await studio.edit({ edit: 'set_look', source: 'Camera', look });
  const filters = [
    { kind: 'noise-suppression' },
    { kind: 'gate', open: -26, close: -32, attack: 25, hold: 200, release: 150 },
    { kind: 'compressor', threshold: -18, ratio: 4, attack: 6, release: 60, makeup: 0 },
    { kind: 'limiter', ceiling: -3, release: 60 },
  ];
  await studio.edit({ edit: 'set_strip', source: 'Voice', strip: { filters } });

  // Whoever works with the keyboard goes on where they were, after one dialog or two.
  const row = () => page.evaluate(() => document.activeElement.closest('.row-main')?.textContent);
  const backOn = (name) => until(`the focus is on the row of ${name}`, async () => (await row())?.includes(name));
  for (const [name, last] of [['Camera', 'Blur'], ['Voice', 'Limiter']]) {
    await openForm(name);
    await dialog.getByRole('button', { name: 'Filters' }).click();
    await dialog.getByRole('heading', { name: last, exact: true }).waitFor();
    await inBothLooks(page, name === 'Camera' ? 'filters-of-a-picture' : 'filters-of-a-sound', dialog);
    await page.keyboard.press('Escape');
    await backOn(name);
  }

  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  const settings = page.getByRole('navigation', { name: 'Settings' });
  await settings.getByRole('button', { name: 'Transition' }).click();
  const between = page.getByLabel('Between scenes');
  await between.selectOption('wipe');
  await page.getByLabel('Moves', { exact: true }).waitFor();
  await inBothLooks(page, 'transition-wipe', dialog);
  // Its video is chosen in the system's own dialog, which only the studio's own window has: what holds is shown again, and why.
  await Promise.all([page.getByText('own window only').first().waitFor(), between.selectOption('stinger')]);
  await until('what holds', async () => (await between.inputValue()) === 'wipe');
  await studio.edit({ edit: 'set_transition', transition: { kind: 'stinger', path: stage.clip(), cut: 500 } });
  await page.getByText('clip.mp4').waitFor();
  await inBothLooks(page, 'transition-stinger', dialog);

  await settings.getByRole('button', { name: 'Destinations' }).click();
  await page.getByText('No destination yet').waitFor();
  await inBothLooks(page, 'no-destination', dialog);
  await page.getByRole('button', { name: 'Add a destination' }).click();
  await page.getByText('RTMP', { exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('Another service');
  await page.getByLabel('Address').fill('rtmps://live.example.org/app');
  await inBothLooks(page, 'destination', dialog);
  // What is wrong is said in whole sentences, above the button.
  await page.getByLabel('Address').fill('live.example.org');
  await page.getByLabel('Stream key').fill('sk-test');
  await page.getByRole('button', { name: 'Save destination' }).click();
  await page.getByText(/^The address of Another service starts with .* and names a host\.$/).waitFor();
  await settings.getByRole('button', { name: 'Account' }).click();
  await page.getByLabel('Handle or email address').waitFor();
  await inBothLooks(page, 'signed-out', dialog);
  await page.keyboard.press('Escape');

  // A destructive thing asks once. Undo brings this one back, so Enter does it.
  const isThere = () => studio.state.collection.sources.some(({ name }) => name === 'Camera');
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.locator('.items .row-main', { hasText: 'Camera' }).press('Delete');
  await page.getByRole('heading', { name: 'Remove “Camera”?' }).waitFor();
  await until('the focus on what does it', async () => (await focused()) === 'Remove source');
  await inBothLooks(page, 'question', dialog);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await backOn('Camera');
  assert.ok(isThere());
  await page.locator('.items .row-main', { hasText: 'Camera' }).press('Delete');
  await until('the focus on what does it', async () => (await focused()) === 'Remove source');
  await page.keyboard.press('Enter');
  await until('it is gone', () => !isThere());
  await studio.command({ command: 'undo' });
  await until('it is back', isThere);
  await fits(page, 'the window');
  assert.deepEqual(problems, []);
});

test('a key for an item is found by its name, and hides and shows it', async () => {
  const { studio, scene, page, problems, dialog } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name: 'Ground', colour: '#202830' } });
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: 'Hotkeys' }).click();
  // One that is called as a heading is has keys of its own beneath that.
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'Replay', wave: 'silence' } });
  const replay = dialog.getByRole('region', { name: 'Replay', exact: true });
  await becomes(2, () => replay.count());
  await replay.last().getByText('Push to mute').waitFor();
  // Items are many: each scene's are shown when they are asked for.
  const items = dialog.getByRole('button', { name: `Items of “${scene}”` });
  await items.click();
  await dialog.getByText('Hide “Ground”', { exact: true }).waitFor();
  await items.click();
  await dialog.getByText('Hide “Ground”', { exact: true }).waitFor({ state: 'detached' });
  const find = dialog.getByLabel('Find', { exact: true });
  await find.fill('nothing like it');
  await dialog.getByText('Nothing here is called so.').waitFor();
  await find.fill('ground or');
  await dialog.getByRole('button', { name: /^Show or hide “Ground”: Not set/ }).click();
  await page.keyboard.press('F8');
  await until('the key is kept', () => studio.state.profile.hotkeys[0]?.keys === 'F8');
  const everywhere = dialog.getByLabel('Show or hide “Ground”: works everywhere');
  const { outside } = studio.state.profile.hotkeys[0];
  // The page is told a moment later.
  await becomes(true, () => everywhere.isEnabled());
  await everywhere.focus();
  await page.keyboard.press('Space');
  await until('it is switched', () => studio.state.profile.hotkeys[0].outside !== outside);
  assert.ok(await everywhere.evaluate((box) => box === document.activeElement), 'the focus stays where it was');
  const { does, source } = studio.state.profile.hotkeys[0];
  assert.deepEqual({ does, source }, { does: 'item', source: 'Ground' });
  await inBothLooks(page, 'hotkeys-found', dialog);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const ground = () => studio.state.collection.scenes[0].items.find((item) => item.source === 'Ground');
  for (const hidden of [true, false]) {
    await page.keyboard.press('F8');
    await until(`hidden: ${hidden}`, () => (ground().hidden ?? false) === hidden);
  }
  assert.deepEqual(problems, []);
});

test('the address of a page needs no protocol, and this computer is asked without TLS', async () => {
  const { studio, scene, problems, dialog, openForm } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'browser', name: 'Alerts', url: 'about:blank' } });
  await openForm('Alerts');
  const [address, show] = [dialog.getByLabel('Address'), dialog.getByRole('button', { name: 'Show this page' })];
  await becomes(true, () => show.isDisabled());
  for (const [typed, url] of [
    ['localhost:9/alerts/', 'http://localhost:9/alerts/'],
    ['alerts.example.org/me?key=1', 'https://alerts.example.org/me?key=1'],
    ['about:blank', 'about:blank'],
  ]) {
    await address.fill(typed);
    await show.click();
    await until(url, () => studio.state.collection.sources[0].url === url);
  }
  assert.deepEqual(problems, []);
});

test('who hides with the keyboard can show again at once', async () => {
  const { studio, scene, page, problems } = await openEmpty();
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name: 'Ground', colour: '#202830' } });
  await page.locator('.items .row-main', { hasText: 'Ground' }).focus();
  for (const [verb, hidden] of [['Hide', true], ['Show', false]]) {
    const eye = page.getByRole('button', { name: `${verb}: Ground`, exact: true });
    if (hidden) await eye.focus();
    await until(`the focus is on ${verb}`, () => eye.evaluate((button) => button === document.activeElement));
    await page.keyboard.press('Enter');
    await until(`hidden: ${hidden}`, () => (studio.state.collection.scenes[0].items[0].hidden ?? false) === hidden);
  }
  assert.deepEqual(problems, []);
});

test('a collection is duplicated under a name of its own', async () => {
  const { studio, page, problems, dialog } = await openEmpty();
  const { name } = studio.state.collection;
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: 'Collections' }).click();
  const duplicate = dialog.getByRole('button', { name: `Duplicate ${name}`, exact: true });
  const field = dialog.getByLabel('Name of the copy');
  await duplicate.click();
  await becomes(`${name} copy`, () => field.inputValue());
  // Called off it is not made, and the settings stay open.
  await field.press('Escape');
  await field.waitFor({ state: 'detached' });
  await duplicate.click();
  await becomes(`${name} copy`, () => field.inputValue());
  await field.press('Enter');
  await until('the copy', () => studio.state.collections.includes(`${name} copy`));
  assert.equal(studio.state.collections.length, 2);
  assert.equal(studio.state.collection.name, name, 'what is open stays open');
  await duplicate.click();
  await becomes(`${name} copy 2`, () => field.inputValue());
  await field.fill(`${name} copy`);
  await Promise.all([page.getByText(`There is a collection named “${name} copy” already`).waitFor(), field.press('Enter')]);
  await dialog.getByRole('button', { name: `Open ${name} copy`, exact: true }).waitFor();
  await inBothLooks(page, 'collections', dialog);
  assert.deepEqual(problems, []);
});

test('a menu is moved through by arrows, Home, End and first letters', async () => {
  const { page, problems } = await openEmpty();
  const focused = (name) => until(`the focus is on ${name}`, () => page.evaluate((name) => {
    const { activeElement: line } = document;
    return line.getAttribute('role') === 'menuitem' && line.textContent.startsWith(name);
  }, name));
  await page.locator('.items').getByRole('button', { name: 'Add a source' }).first().click();
  await focused('Camera');
  const keys = [['End', 'Music'], ['ArrowDown', 'Camera'], ['m', 'Microphone'], ['m', 'Media file'], ['Home', 'Camera'], ['ArrowUp', 'Music']];
  for (const [key, name] of keys) {
    await page.keyboard.press(key);
    await focused(name);
  }
  await page.keyboard.press('Escape');
  await page.locator('.menu').waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});
