// What a creator does with the pointer and the keys on the studio's canvas and in its list of sources.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage, settled, until } from './stage.mjs';
import { Studio, keep, openInterface } from './studio.mjs';

const LOGO = fileURLToPath(new URL('../../desktop/icons/128x128.png', import.meta.url));

/** A studio with three colours on a ground, and its interface in a page. */
async function open() {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.command({ command: 'welcomed' });
  const places = { Red: [200, 200, 200, 100], Green: [500, 200, 200, 100], Blue: [800, 200, 200, 100] };
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name: 'Ground', colour: '#202830' } });
  for (const [name, [x, y, width, height]] of Object.entries(places)) {
    const colour = { Red: '#c03030', Green: '#30a040', Blue: '#3060c0' }[name];
    await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name, colour } });
    const item = await until(name, () => items(studio).find((item) => item.source === name));
    await studio.edit({ edit: 'set_item', scene, item: { ...item, x, y, width, height } });
  }
  const order = ['Ground', 'Red', 'Green', 'Blue'];
  for (const [to, name] of order.entries()) {
    await studio.edit({ edit: 'move_items', scene, ids: [items(studio).find((item) => item.source === name).id], to });
  }
  await until('their order', () => items(studio).map((item) => item.source).join() === order.join());
  const { page, problems } = await openInterface(stage, studio);
  await page.locator('.overlay').waitFor();
  const box = await settled(page.locator('.monitor canvas').first());
  const scale = box.width / 1280;
  return { studio, page, problems, scene, scale, at: (x, y) => [box.x + x * scale, box.y + y * scale] };
}

const items = (studio) => studio.state.collection.scenes[0].items;
const find = (studio, name) => items(studio).find((item) => item.source === name);
const near = (a, b, within = 6) => Math.abs(a - b) <= within;

async function drag(page, from, to, steps = 8) {
  await page.mouse.move(...from);
  await page.mouse.down();
  for (let step = 1; step <= steps; step += 1) {
    await page.mouse.move(from[0] + ((to[0] - from[0]) * step) / steps, from[1] + ((to[1] - from[1]) * step) / steps);
  }
  await page.mouse.up();
}

test('an item is turned by its grip, in steps, by keys and by a number', async () => {
  const { studio, page, problems, scale, at } = await open();
  await page.mouse.click(...at(300, 250));
  await page.getByRole('application', { name: /Red is selected/ }).waitFor();
  // The grip stands 26 pixels of the window above the middle of the upper edge; it goes to the lower right of the middle.
  const grip = at(300, 200);
  await drag(page, [grip[0], grip[1] - 26], at(300 + 150, 250 + 20));
  const turned = await until('it is askew', () => (near(find(studio, 'Red').angle ?? 0, 97.6, 2) ? find(studio, 'Red') : null));
  assert.deepEqual([turned.x, turned.y, turned.width, turned.height], [200, 200, 200, 100], 'it turns around its middle');
  await keep(page, 'turned-dark');
  await until('the page shows it', async () => near(Number(await page.getByLabel('Angle').inputValue()), turned.angle, 1));
  // It is hit where it is seen: above the place where it stood upright, and no more beside.
  await page.mouse.click(...at(760, 460));
  await page.mouse.click(...at(300, 170));
  await page.getByRole('application', { name: /Red is selected/ }).waitFor();
  await page.keyboard.press('Control+z');
  await until('one step takes it back', () => !find(studio, 'Red').angle);
  await until('the page shows it', async () => (await page.getByLabel('Angle').inputValue()) === '0');

  await page.mouse.move(grip[0], grip[1] - 26);
  await page.mouse.down();
  await page.keyboard.down('Shift');
  await page.mouse.move(...at(300 + 100, 250 - 60), { steps: 6 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await until('a step of 15 degrees', () => find(studio, 'Red').angle === 60);
  // A key turns on from what the page shows, which follows the studio a moment later.
  const shown = (angle) => until('the page shows it', async () => (await page.getByLabel('Angle').inputValue()) === angle);
  await shown('60');
  await page.locator('.overlay').focus();
  await page.keyboard.press('Alt+ArrowLeft');
  await until('a degree less', () => find(studio, 'Red').angle === 59);
  await shown('59');
  await page.keyboard.press('Alt+Shift+ArrowRight');
  await until('a step more', () => find(studio, 'Red').angle === 74);
  await page.getByLabel('Angle').fill('-12.5');
  await until('the number', () => find(studio, 'Red').angle === -12.5);
  assert.ok(scale > 0.3);
  assert.deepEqual(problems, []);
});

test('several items are selected, moved, turned and grouped as one', async () => {
  const { studio, page, problems, at } = await open();
  // A band from the ground touches two of the three.
  await page.keyboard.down('Shift');
  await drag(page, at(120, 120), at(600, 330));
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '2 items' }).waitFor();
  await keep(page, 'several-dark');
  await page.keyboard.down('Shift');
  await page.mouse.click(...at(900, 250));
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '3 items' }).waitFor();
  await page.keyboard.down('Shift');
  await page.mouse.click(...at(900, 250));
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '2 items' }).waitFor();
  await drag(page, at(300, 250), at(350, 350));
  await until('both have moved', () => near(find(studio, 'Red').y, 300) && near(find(studio, 'Green').y, 300));
  assert.equal(find(studio, 'Green').x - find(studio, 'Red').x, 300);
  assert.equal(find(studio, 'Blue').y, 200);
  await page.keyboard.press('Control+z');
  await until('one step takes both back', () => find(studio, 'Red').y === 200 && find(studio, 'Green').y === 200);

  await page.keyboard.press('Control+g');
  await until('a group', () => find(studio, 'Red').group === 'Group' && find(studio, 'Green').group === 'Group');
  const head = page.locator('.items .row.head');
  await head.waitFor();
  // What the page shows follows the studio a moment later.
  const members = (count) => async () => (await page.locator('.items .row.member').count()) === count;
  // A click on one takes both, and a corner scales both.
  await page.mouse.click(...at(900, 250));
  await page.mouse.click(...at(300, 250));
  await page.getByRole('heading', { name: '2 items' }).waitFor();
  await drag(page, at(700, 300), at(900, 340));
  const scaled = await until('both are larger', () => (near(find(studio, 'Red').width, 280, 4) ? find(studio, 'Red') : null));
  assert.ok(near(scaled.height, 140, 4) && near(scaled.x, 200) && near(scaled.y, 200), JSON.stringify(scaled));
  assert.ok(near(find(studio, 'Green').width, 280, 4));
  await keep(page, 'group-dark');

  await head.hover();
  await head.getByRole('button', { name: /^Hide/ }).click();
  await until('it is hidden', () => studio.state.collection.scenes[0].groups[0].hidden);
  assert.ok(!find(studio, 'Red').hidden, 'the members keep their own switches');
  await head.getByRole('button', { name: /^Show/ }).click();
  await until('it is shown', () => !studio.state.collection.scenes[0].groups[0].hidden);
  await head.getByRole('button', { name: /^Close/ }).click();
  await until('its members have no rows', members(0));
  await head.locator('.row-main').press('ArrowRight');
  await until('they have rows again', members(2));

  // Blue, above the group, steps into it and on; then it is dragged out again.
  const row = (name) => page.locator('.items .row', { hasText: name });
  await row('Blue').locator('.row-main').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await until('Blue is a member', () => find(studio, 'Blue').group === 'Group');
  await until('three members in the list', members(3));
  const from = await settled(row('Blue'));
  const to = await settled(head);
  await drag(page, [from.x + 60, from.y + 18], [to.x + 60, to.y + 6]);
  await until('Blue is none', () => !find(studio, 'Blue').group);
  await until('two members in the list', members(2));
  await page.mouse.click(...at(300, 250));
  await page.getByRole('heading', { name: '2 items' }).waitFor();
  await page.keyboard.press('Control+Shift+g');
  await until('no group', () => !find(studio, 'Red').group && !studio.state.collection.scenes[0].groups);
  await until('no members in the list', members(0));
  // It asks first, and says what goes with them.
  const asked = page.getByRole('heading', { name: 'Remove 2 items?' });
  for (const key of ['Escape', 'Enter']) {
    await page.keyboard.press('Delete');
    await asked.waitFor();
    await page.getByText(/ stand nowhere else, so their settings and filters go too\./).waitFor();
    assert.equal(items(studio).length, 4);
    await page.keyboard.press(key);
    await asked.waitFor({ state: 'detached' });
  }
  await until('both are gone', () => items(studio).length === 2);
  assert.deepEqual(problems, []);
});

test('a scene is removed after a question, also one with nothing in it', async () => {
  const { studio, page, problems } = await open();
  const names = () => studio.state.collection.scenes.map(({ name }) => name);
  await studio.edit({ edit: 'add_scene', name: 'Break' });
  const asked = page.getByRole('heading', { name: 'Remove “Break”?' });
  for (const key of ['Escape', 'Enter']) {
    await page.locator('.scenes .row-main', { hasText: 'Break' }).press('Delete');
    await asked.waitFor();
    assert.deepEqual(names(), ['Scene', 'Break']);
    await page.keyboard.press(key);
    await asked.waitFor({ state: 'detached' });
  }
  await until('it is gone', () => names().length === 1);
  await studio.command({ command: 'undo' });
  await until('it is back', () => names().length === 2);
  assert.deepEqual(problems, []);
});

test('a colour table has a strength, and one that cannot be read says why', async () => {
  const { studio, page, problems, at } = await open();
  await studio.edit({ edit: 'set_look', source: 'Red', look: [{ kind: 'lut', path: '/nowhere/film.cube', strength: 1 }] });
  await until('it is told', () => studio.state.looks?.Red?.[0].startsWith('/nowhere/film.cube: '));
  await page.mouse.click(...at(300, 250));
  await page.locator('.items .row', { hasText: 'Red' }).hover();
  await page.getByRole('button', { name: 'More for Red' }).click();
  await page.getByRole('menuitem', { name: 'Filters' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('film.cube', { exact: true }).waitFor();
  await dialog.getByRole('alert').filter({ hasText: /This filter does nothing: .*film.cube: No such file/ }).waitFor();
  await dialog.getByLabel('Strength').fill('0.25');
  await until('a quarter', () => studio.state.collection.looks.Red[0].strength === 0.25);
  await keep(page, 'filter-lut-dark');
  await dialog.getByRole('button', { name: 'Add a filter' }).click();
  await dialog.getByRole('menuitem', { name: /^Blur/ }).click();
  await until('two filters', () => studio.state.collection.looks.Red.length === 2);
  assert.deepEqual(problems, []);
});

test('a crop is given in pixels, and one that leaves nothing says so', async () => {
  const { studio, page, problems, at } = await open();
  const look = () => JSON.stringify(studio.state.collection.looks?.Red ?? []);
  await page.mouse.click(...at(300, 250));
  await page.locator('.items .row', { hasText: 'Red' }).hover();
  await page.getByRole('button', { name: 'More for Red' }).click();
  await page.getByRole('menuitem', { name: 'Filters' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Add a filter' }).click();
  await dialog.getByRole('menuitem', { name: /^Crop/ }).click();
  await dialog.getByLabel('Left', { exact: true }).fill('50');
  await dialog.getByLabel('Bottom', { exact: true }).fill('20');
  const cut = (left) => JSON.stringify([{ kind: 'crop', left, top: 0, right: 0, bottom: 20 }]);
  await until('it is cropped', () => look() === cut(50));
  await keep(page, 'filter-crop-dark');
  // It is 200 pixels wide.
  await dialog.getByLabel('Left', { exact: true }).fill('250');
  await dialog.getByRole('alert').filter({ hasText: 'cutting off 250, 0, 0 and 20 pixels leaves nothing of a picture of 200 × 100' }).waitFor();
  await dialog.getByLabel('Left', { exact: true }).fill('10');
  await until('it is cropped again', () => look() === cut(10));
  await dialog.getByRole('alert').waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});

test('the canvas is whole in a small window and in the light', async () => {
  const { studio, page, scene, problems, at } = await open();
  const ids = ['Red', 'Green'].map((name) => find(studio, name).id);
  await studio.edit({ edit: 'group', scene, ids, name: 'A group with a name that is too long for its row' });
  await page.setViewportSize({ width: 1000, height: 640 });
  await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'light'));
  await page.locator('.items .row.head .row-main').click();
  await page.getByRole('heading', { name: '2 items' }).waitFor();
  await keep(page, 'canvas-light');
  const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  assert.ok(fits, 'nothing runs out of the window');
  const head = page.locator('.items .row.head');
  assert.ok((await head.boundingBox()).width < 300);
  assert.ok(at(0, 0)[0] >= 0);
  assert.deepEqual(problems, []);
});

test('a new picture has its own shape, and Fit makes it as large as the canvas in that', async () => {
  const { studio, page, problems, scene, at } = await open();
  const place = () => {
    const { x, y, width, height } = find(studio, 'Logo') ?? {};
    return [x, y, width, height].join();
  };
  const corner = '1052,492,202,202';
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'image', name: 'Logo', path: LOGO } });
  await until('it is square, in its corner', () => place() === corner);
  await studio.command({ command: 'undo' });
  await until('it was added in one step', () => !find(studio, 'Logo'));
  await studio.command({ command: 'redo' });
  await until('it is there again', () => place() === corner);

  const item = { ...find(studio, 'Logo'), x: 300, y: 400, width: 400, height: 100 };
  await studio.edit({ edit: 'set_item', scene, item });
  await until('it has a wide place', () => place() === '300,400,400,100');
  // The page shows it there a moment after the studio.
  await until('it is selected', async () => {
    await page.mouse.click(...at(500, 450));
    return page.getByRole('application', { name: /Logo is selected/ }).isVisible();
  });
  await until('its picture is known', () => studio.state.shapes.Logo?.width === 128);
  // The page knows its shape a moment after the studio.
  await until('it is as large as the canvas', async () => {
    await page.getByRole('button', { name: 'Fit', exact: true }).click();
    return place() === '280,0,720,720';
  });
  assert.deepEqual(problems, []);
});
