// A destination gets an encoding of its own, and what is sent is that.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Stage, until } from './stage.mjs';
import { keep, openInterface, withBall } from './studio.mjs';

test('a destination is sent an encoding of its own', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const { ada, studio } = await withBall(stage);
  const usual = studio.state.profile.video;

  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640, theme: 'light' });
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await page.getByRole('button', { name: 'Add a destination' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Second');
  await page.getByLabel('Address').fill(`${stage.http}/whip`);
  await page.getByLabel('Stream key').fill(ada.key);
  await page.getByLabel('Encoding', { exact: true }).selectOption('own');
  await page.getByLabel('Bitrate of the picture').fill('300');
  await page.getByLabel('Bitrate of the picture').press('Tab');
  await keep(page, 'own-encoding-light');
  await page.getByRole('button', { name: 'Save destination' }).click();
  const saved = await until('the destination', () => studio.state.profile.destinations[0]);
  assert.match(saved.id, /^second-/);
  assert.deepEqual(saved.video, { ...usual, bitrate: 300 });
  assert.equal(studio.state.profile.video.bitrate, usual.bitrate);

  await studio.command({ command: 'go_live', announcement: { title: 'Small' } });
  await until('live', () => studio.state.show.is === 'live', 40_000);
  await until('its bitrate', () => {
    const [{ bitrate, fps }] = studio.state.outputs;
    return fps > 15 && bitrate > 100 && bitrate < 1_000;
  }, 40_000);
  await studio.command({ command: 'end_show' });

  await page.getByRole('button', { name: 'Change Second' }).click();
  await page.getByLabel('Encoding', { exact: true }).selectOption('profile');
  await page.getByRole('button', { name: 'Save destination' }).click();
  await until('as the profile', () => studio.state.profile.destinations[0].video === undefined);
  assert.deepEqual(problems, []);
});
