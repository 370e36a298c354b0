// A creator goes live from the studio and changes scenes; a viewer in Chromium sees it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { colour } from './senses.mjs';
import { Stage, settled, until } from './stage.mjs';
import { Studio, dress, openInterface } from './studio.mjs';

test('a show from the studio is watched, and a viewer sees its scenes change', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const studio = await Studio.open(stage);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.edit({ edit: 'set_canvas', canvas: { width: 640, height: 360, fps: 30 } });
  await studio.edit({ edit: 'add_scene', name: 'Blue' });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name: 'red ground', colour: '#ff0000' } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'tone' } });
  await studio.edit({ edit: 'add_source', scene: 'Blue', source: { kind: 'colour', name: 'blue ground', colour: '#0000ff' } });
  await studio.command({
    command: 'set_destination',
    destination: { id: 'klieg', name: 'Klieg', kind: 'whip', url: `${stage.http}/whip`, enabled: true },
    key: ada.key,
  });
  await studio.command({ command: 'go_live', announcement: { title: 'Two colours' } });
  await until('the studio says that it is live', () => studio.state.show.is === 'live');
  await stage.untilLive('ada', 'source');

  const browser = await stage.browser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${stage.http}/ada`);
  await until('the first scene', async () => {
    const { red, blue } = await colour(page);
    return red > 180 && blue < 80;
  }, 40_000);
  await studio.command({ command: 'show_scene', scene: 'Blue' });
  await until('the second scene', async () => {
    const { red, blue } = await colour(page);
    return blue > 180 && red < 80;
  });
  await until('the studio says so', () => studio.state.on_air === 'Blue' && studio.state.outputs[0].state.is === 'live');
  await until('the server tells the round trip', () => studio.state.outputs[0].round_trip !== null);
  const { since } = studio.state.outputs[0];
  const { video, audio } = studio.state.profile;
  await studio.command({ command: 'set_encoding', video: { ...video, bitrate: 1_200 }, audio });
  const encode = await until('the encoder follows', () => studio.state.encoders.find(({ wanted, load }) => wanted === 1_200 && load > 0));
  assert.ok(encode.load <= 1, `the encoder's load is ${encode.load}`);
  assert.equal(studio.state.outputs[0].since, since, 'nothing was connected anew');

  await studio.command({ command: 'end_show' });
  await until('the show is over', () => studio.state.show.is === 'off');
  await until('nobody is live', async () => (await stage.api('GET', '/channels/ada')).live === null, 40_000);
});

test('the interface shows what is on air, and what is dragged moves', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage);
  await dress(studio);
  await studio.command({ command: 'welcomed' });
  const camera = () => studio.state.collection.scenes[0].items.find((item) => item.source === 'Camera');
  await until('the camera stands in the scene', () => camera());
  await studio.edit({ edit: 'set_item', scene: 'Stage', item: { ...camera(), x: 860, y: 60, width: 360, height: 203 } });

  const { page, problems } = await openInterface(stage, studio);
  const pictures = { came: 0, drawn: 0 };
  page.on('websocket', (socket) => {
    if (!socket.url().endsWith('/programme')) return;
    socket.on('framereceived', () => (pictures.came += 1));
    socket.on('framesent', () => (pictures.drawn += 1));
  });
  await page.reload();
  const picture = page.locator('.monitor canvas').first();
  await until('a picture', () => picture.evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let bright = 0;
    for (let at = 0; at < data.length; at += 400) bright += data[at] + data[at + 1] + data[at + 2] > 120 ? 1 : 0;
    return bright > 50;
  }), 40_000);
  // What is not drawn in time is not queued on the way: the page tells what it has drawn.
  await until('the page says what it has drawn', () => pictures.came > 30 && pictures.came - pictures.drawn <= 2);

  await page.locator('.items .row-main', { hasText: 'Camera' }).click();
  const box = await settled(picture);
  const scale = box.width / 1280;
  const at = (x, y) => [box.x + x * scale, box.y + y * scale];
  await page.mouse.move(...at(1040, 160));
  await page.mouse.down();
  for (let step = 1; step <= 10; step += 1) await page.mouse.move(...at(1040 - step * 30, 160 + step * 20));
  await page.mouse.up();
  const moved = await until('the camera has moved', () => (Math.abs(camera().x - 560) < 12 ? camera() : null));
  assert.ok(Math.abs(moved.y - 260) < 12, `it moved down as well: ${moved.y}`);
  await page.keyboard.press('Control+z');
  await until('one step takes the whole drag back', () => camera().x === 860 && camera().y === 60);

  await page.getByRole('button', { name: 'Studio mode' }).click();
  await until('studio mode', () => studio.state.preview);
  // What a click on a scene does depends on what the page knows, which follows the studio a moment later.
  await page.getByRole('button', { name: 'Take' }).waitFor();
  await page.locator('.scenes .row-main', { hasText: 'Break' }).click();
  await until('the preview', () => studio.state.preview === 'Break');
  await page.getByRole('button', { name: 'Take' }).click();
  await until('the preview is on air', () => studio.state.on_air === 'Break');
  await page.getByRole('button', { name: 'Studio mode' }).click();
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.getByText('The show goes nowhere').waitFor();
  assert.deepEqual(problems, []);
});

test('where nothing measures the upload, the first questions say so and take the creator’s word for it', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage);
  const { page, problems } = await openInterface(stage, studio);
  await page.getByRole('button', { name: 'Do this later' }).click();
  await page.getByRole('button', { name: 'Start with an empty scene' }).click();
  await page.getByText('only a Klieg server that you are signed in to does that').waitFor();
  await page.getByText('Nobody knows yet whether your show gets through').waitFor();
  const upload = page.getByLabel('Upload of your line, in Mbit/s');
  await upload.fill('fast');
  await page.getByText('That is no upload').waitFor();
  await upload.fill('1,2');
  await until('the word is taken', () => studio.state.upload?.is === 'said' && studio.state.upload.kbit === 1_200);
  await until('all encoders are tried', () => studio.state.probed.length > 0 && !studio.state.probing, 120_000);
  await page.getByText('Proposed: 854 × 480 at 30 fps').waitFor();
  await page.getByRole('button', { name: 'Use this and open the studio' }).click();
  await until('the proposal is used', () => studio.state.collection.canvas.height === 480 && studio.state.profile.video.bitrate === 800);
  assert.deepEqual(studio.state.probed, [], 'what was measured at another size is forgotten');
  assert.deepEqual(problems, []);
});
