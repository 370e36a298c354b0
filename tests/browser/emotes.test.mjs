// Emotes of a channel: the creator adds them in the settings, a viewer writes one, everybody sees the picture; one who wants no
// motion sees it stand still.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { enter, joined, people, say, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';
import { Studio, dress, openInterface } from './studio.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

/** A picture made by ffmpeg, as a file that a page is given. */
function picture(stage, name, source, more = []) {
  const file = path.join(stage.folder, name);
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...more, file]);
  const mimeType = name.endsWith('.gif') ? 'image/gif' : 'image/png';
  return { name, mimeType, buffer: readFileSync(file) };
}

const still = (stage, name, colour = 'orange') => picture(stage, name, `color=${colour}:s=200x120`, ['-frames:v', '1']);
const moving = (stage, name) => picture(stage, name, 'testsrc2=size=120x120:rate=10', ['-t', '1']);

/** The emotes in what was said, as they are drawn. */
const drawn = (page) => page.locator('[data-message] .emote');
const isDrawn = (image) =>
  until('it is drawn', () => image.evaluate(async (image) => {
    await image.decode();
    return image.naturalWidth > 0 && image.getBoundingClientRect().height > 0;
  }));

async function add(panel, file, name) {
  await panel.locator('input[type=file]').setInputFiles(file);
  const field = panel.getByLabel('Name', { exact: true });
  if (name) await field.fill(name);
  await panel.getByRole('button', { name: 'Add emote' }).click();
  await field.waitFor({ state: 'detached' });
}

test('an emote is added in the settings, written in the chat, seen by others, and deleted', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two] = [
    await visitor(browser, errors, { viewport: { width: 360, height: 780 } }),
    await visitor(browser, errors),
    await visitor(browser, errors, { reducedMotion: 'reduce' }),
  ];
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await say(one, 'before :Big_Wave:');

  await enter(creator, stage.http, ada, 'ada');
  await creator.goto(`${stage.http}/settings`);
  const panel = creator.getByTestId('emotes');
  await panel.getByText('None yet').waitFor();
  if (shots) await creator.screenshot({ path: path.join(shots, 'emotes-none-360-dark.png'), fullPage: true });

  // What cannot be an emote is said before it is sent, or after.
  await panel.locator('input[type=file]').setInputFiles({ name: 'x.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') });
  await panel.getByText('This is no PNG, GIF, WebP or JPEG').waitFor();
  await panel.getByRole('button', { name: 'Leave it out' }).click();
  await panel.locator('input[type=file]').setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(600_000) });
  await panel.getByText('This file has more than 512 KiB').waitFor();
  await panel.getByRole('button', { name: 'Leave it out' }).click();
  await panel.locator('input[type=file]').setInputFiles({ name: 'torn.png', mimeType: 'image/png', buffer: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') });
  await panel.getByRole('button', { name: 'Add emote' }).click();
  await panel.getByText('The picture is damaged').waitFor();
  await panel.getByRole('button', { name: 'Leave it out' }).click();

  await panel.locator('input[type=file]').setInputFiles(still(stage, 'Big Wave.png'));
  await becomes('Big_Wave', () => panel.getByLabel('Name', { exact: true }).inputValue());
  assert.ok(await isDrawn(panel.locator('.emote-new img')), 'there is a preview');
  if (shots) await creator.screenshot({ path: path.join(shots, 'emotes-new-360-dark.png'), fullPage: true });
  await panel.getByRole('button', { name: 'Add emote' }).click();
  await panel.getByText(':Big_Wave:', { exact: true }).waitFor();
  await add(panel, moving(stage, '1.gif'), 'dance');
  await panel.getByText(':dance:', { exact: true }).waitFor();
  for (const row of await panel.locator('.emote-row img').all()) assert.ok(await isDrawn(row));
  const { scroll, width } = await creator.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, `the settings are ${scroll} px wide on a screen of ${width}`);
  if (shots) await creator.screenshot({ path: path.join(shots, 'emotes-360-dark.png'), fullPage: true });

  // What was said before shows it as well.
  await until('the picture in place of the name', async () => (await drawn(one).count()) === 1);

  // Chosen with the keyboard.
  await one.getByRole('button', { name: 'Emoji', exact: true }).click();
  const picker = one.getByTestId('emoji-picker');
  await until('the cursor in the search', () => one.evaluate(() => document.activeElement?.name === 'emote-search'));
  if (shots) await one.screenshot({ path: path.join(shots, 'emotes-picker-1440-dark.png') });
  // Also where there is little height the field in which one writes is in sight.
  const size = one.viewportSize();
  await one.setViewportSize({ width: 844, height: 390 });
  await until('the field beneath the picker', () => one.evaluate(() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [chat, field, picker] = ['.chat', '#chat-input', '.emoji-picker'].map(box);
    return picker.top >= chat.top && picker.bottom <= field.top && field.bottom <= chat.bottom;
  }));
  await one.setViewportSize(size);
  await one.keyboard.type('nothing');
  await picker.getByText('Nothing is called “nothing”.').waitFor();
  await picker.getByLabel('Search emotes').fill('fuchs');
  await picker.getByRole('button', { name: '🦊' }).waitFor();
  await picker.getByLabel('Search emotes').fill('');
  await one.keyboard.press('ArrowDown');
  await until('the cursor on the first', () => one.evaluate(() => document.activeElement?.getAttribute('aria-label') === ':Big_Wave:'));
  await one.keyboard.press('ArrowRight');
  await until('the cursor on the second', () => one.evaluate(() => document.activeElement?.getAttribute('aria-label') === ':dance:'));
  await one.keyboard.press('Enter');
  await becomes(':dance: ', () => one.getByTestId('chat-input').inputValue());
  await until('the cursor where one writes', () => one.evaluate(() => document.activeElement?.id === 'chat-input'));
  await one.keyboard.press('Enter');

  const large = (page) => page.locator('[data-message] .line-said-large .emote');
  for (const page of [one, two]) {
    await until('it is seen', async () => (await large(page).count()) === 1);
    assert.equal(await large(page).getAttribute('alt'), ':dance:');
    assert.ok(await isDrawn(large(page)));
  }
  const address = (page) => large(page).evaluate((image) => image.currentSrc);
  assert.notEqual(await address(one), await address(two), 'who wants no motion sees the first frame');
  await one.getByTestId('chat-settings').click();
  await one.getByLabel('Animations off').click();
  await until('it stands still', async () => (await address(one)) === (await address(two)));
  await one.getByTestId('chat-settings').click();

  // Completed while one writes.
  await two.getByTestId('chat-input').pressSequentially('look :wa');
  await two.getByTestId('emotes-offered').getByText(':Big_Wave:').waitFor();
  if (shots) await two.screenshot({ path: path.join(shots, 'emotes-offered-1440-dark.png') });
  // Its field is a text box that a list belongs to while there is one: arrows lead through it, Escape puts it away until the word is
  // another one, and Tab takes what is offered only where the word ends.
  const field = two.getByTestId('chat-input');
  const offered = two.getByTestId('emotes-offered');
  const controls = () => field.getAttribute('aria-controls');
  const active = async () => {
    const id = await field.getAttribute('aria-activedescendant');
    return id && two.locator(`#${id}`).getAttribute('aria-label');
  };
  assert.equal(await two.getByRole('textbox', { name: 'Say something' }).count(), 1);
  const aria = await field.evaluate((field) => ['role', 'aria-expanded', 'aria-autocomplete', 'aria-haspopup'].map((name) => field.getAttribute(name)));
  assert.deepEqual(aria, [null, null, 'list', 'listbox'], 'what ARIA allows a textarea');
  await becomes(true, async () => (await controls()) === (await offered.getAttribute('id')));
  await two.locator('.chat-composer [role="status"]', { hasText: '1 suggestion' }).waitFor({ state: 'attached' });
  assert.equal(await active(), null, 'nothing is chosen yet');
  await field.press('ArrowDown');
  await until('an arrow leads to it', async () => (await active()) === ':Big_Wave:');
  await becomes('true', () => offered.getByRole('option', { name: ':Big_Wave:' }).getAttribute('aria-selected'));
  await field.press('Escape');
  await offered.waitFor({ state: 'detached' });
  await becomes(null, controls);
  await field.press('Tab');
  assert.equal(await field.inputValue(), 'look :wa', 'what is put away is not taken');
  assert.notEqual(await two.evaluate(() => document.activeElement.id), 'chat-input', 'Tab leads on');
  await field.focus();
  assert.equal(await controls(), null);
  await field.press('Backspace');
  await field.pressSequentially('a');
  await offered.waitFor();
  await field.press('ArrowLeft');
  await offered.waitFor({ state: 'detached' });
  await field.press('Tab');
  assert.equal(await field.inputValue(), 'look :wa', 'the cursor is not where the word ends');
  await field.focus();
  await field.press('End');
  await offered.waitFor();
  await field.press('ArrowUp');
  await until('an arrow leads to it', async () => (await active()) === ':Big_Wave:');
  await field.press('Enter');
  await becomes('look :Big_Wave: ', () => field.inputValue(), 'what is chosen is taken, and nothing is sent');
  await field.fill('');
  await field.pressSequentially('look :wa');
  await offered.getByText(':Big_Wave:').click();
  await becomes('look :Big_Wave: ', () => field.inputValue());
  await until('the cursor where one writes', () => two.evaluate(() => document.activeElement?.id === 'chat-input'));
  await field.fill('');
  await field.pressSequentially('look :wa');
  await offered.waitFor();
  await field.press('Tab');
  await becomes('look :Big_Wave: ', () => field.inputValue());
  await two.getByTestId('chat-input').press('Enter');
  await until('among words as well', async () => (await drawn(one).count()) === 3);
  await until('one by itself is larger', async () => {
    const heights = await drawn(one).evaluateAll((images) => images.map((image) => image.getBoundingClientRect().height));
    if (heights[0] === heights[2] && heights[0] < heights[1]) return true;
    throw new Error(`${heights}`);
  });
  if (shots) await one.screenshot({ path: path.join(shots, 'emotes-1440-dark.png') });

  await panel.getByRole('button', { name: 'Delete the emote :Big_Wave:' }).click();
  const focused = () => creator.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
  await until('the focus on what changes nothing', async () => (await focused()) === 'Keep it');
  await panel.getByRole('button', { name: 'Keep it' }).click();
  await until('the focus back where it was', async () => (await focused()) === 'Delete the emote :Big_Wave:');
  await panel.getByRole('button', { name: 'Delete the emote :Big_Wave:' }).click();
  await panel.getByRole('button', { name: 'Delete emote', exact: true }).click();
  await panel.getByText(':Big_Wave:', { exact: true }).waitFor({ state: 'detached' });
  await until('the focus on the next', async () => (await focused()) === 'Delete the emote :dance:');
  await until('its name stands again', async () => (await drawn(two).count()) === 1);
  await two.locator('[data-message]', { hasText: 'look :Big_Wave:' }).waitFor();
  await two.reload();
  await joined(two);
  await until('and after a reload', async () => (await drawn(two).count()) === 1);
  await panel.getByRole('button', { name: 'Delete the emote :dance:' }).click();
  await panel.getByRole('button', { name: 'Delete emote', exact: true }).click();
  await panel.getByText('None yet').waitFor();
  await until('the focus where one is chosen', () => creator.evaluate(() => document.activeElement?.name === 'emotes'));
  assert.deepEqual(errors, []);
});

test('pictures that are dropped become emotes', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada] = await people(stage);
  const page = await visitor(browser, errors);
  await enter(page, stage.http, ada, 'ada');
  await page.goto(`${stage.http}/settings`);
  const panel = page.getByTestId('emotes');
  await panel.getByText('None yet').waitFor();
  const files = ['red', 'blue'].map((colour) => {
    const { name, mimeType, buffer } = still(stage, `${colour}.png`, colour);
    return { name, mimeType, bytes: [...buffer] };
  });
  const dropped = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, mimeType, bytes } of files) transfer.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
    return transfer;
  }, files);
  await panel.locator('.drop').dispatchEvent('dragover', { dataTransfer: dropped });
  await panel.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
  await until('both are here', async () => (await panel.getByRole('button', { name: 'Add emote' }).count()) === 2);
  for (let left = 2; left > 0; left--) {
    await panel.getByRole('button', { name: 'Add emote' }).first().click();
    await until('one is added', async () => (await panel.getByRole('button', { name: 'Add emote' }).count()) === left - 1);
  }
  for (const name of [':red:', ':blue:']) await panel.getByText(name, { exact: true }).waitFor();
  if (shots) await page.screenshot({ path: path.join(shots, 'emotes-1440-dark-settings.png'), fullPage: true });
  assert.deepEqual(errors, []);
});

test('the creator sees emotes in the studio', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const [ada, bob] = await people(stage);
  const { buffer } = still(stage, 'wave.png');
  const headers = { authorization: `Bearer ${ada.token}`, 'content-type': 'image/png' };
  const added = await fetch(`${stage.http}/api/v1/me/channel/emotes?name=wave`, { method: 'POST', headers, body: buffer });
  assert.equal(added.status, 201);
  const studio = await Studio.open(stage);
  await dress(studio);
  await studio.command({ command: 'welcomed' });
  const { page, problems } = await openInterface(stage, studio);
  await studio.command({ command: 'sign_in', server: stage.http, login: 'ada', password: ada.password });
  await joined(page);
  const errors = [];
  const viewer = await visitor(stage.chromium, errors);
  await enter(viewer, stage.http, bob, 'ada');
  await say(viewer, 'Hello :wave:');
  await until('it is seen', async () => (await drawn(page).count()) === 1);
  assert.ok(await isDrawn(drawn(page)));
  assert.deepEqual([errors, problems], [[], []]);
});
