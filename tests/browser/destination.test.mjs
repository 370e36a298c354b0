// A destination gets an encoding of its own, and what is sent is that. One without a key goes by its address, which no list shows.

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

test('a destination is saved without a key, and no list shows what stands in its address', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const { studio } = await withBall(stage);
  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640, theme: 'light' });
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await page.getByRole('button', { name: 'Add a destination' }).click();
  await page.getByLabel('Name', { exact: true }).fill('By its address');
  await page.getByLabel('Address').fill('https://live.example.org/whip?token=sk-in-the-address');
  await page.getByRole('button', { name: 'Save destination' }).click();
  await until('the destination', () => studio.state.profile.destinations[0]?.url.endsWith('?token=sk-in-the-address'));
  const isHidden = async () => !(await page.content()).includes('sk-in-the-address');
  await page.getByText('WHIP · https://live.example.org/…').waitFor();
  await page.getByText('No key beside the address').waitFor();
  assert.ok(await isHidden(), 'in the settings');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Go live', exact: true }).click();
  await page.getByText('WHIP · https://live.example.org/…').waitFor();
  assert.ok(await isHidden(), 'before the show');
  // One may wait in a keyring that is not open; that there has to be one is not said.
  assert.equal(await page.getByText(/has no stream key(?! while your keyring)/).count(), 0);
  await page.keyboard.press('Escape');

  // A key is kept beside it, and deleted again.
  const has = (key) => until(key ? 'the key' : 'no key', () => studio.state.keys.length === (key ? 1 : 0));
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  for (const key of [true, false]) {
    await page.getByRole('button', { name: 'Change By its address' }).click();
    if (key) await page.getByLabel('Stream key').fill('sk-test');
    else await page.getByRole('button', { name: 'Delete the key' }).click();
    await page.getByRole('button', { name: 'Save destination' }).click();
    await has(key);
    await page.getByText(key ? 'Key in the keyring' : 'No key beside the address').waitFor();
  }
  assert.deepEqual(problems, []);
});

test('a sentence about a destination opens the settings of that one', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const { studio } = await withBall(stage);
  for (const name of ['One', 'Two']) {
    const destination = { id: name.toLowerCase(), name, kind: 'rtmp', url: 'rtmp://live.example.org/app' };
    await studio.command({ command: 'set_destination', destination });
  }
  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640, theme: 'light' });
  await page.getByRole('button', { name: 'Go live', exact: true }).click();
  await page.getByText('Two has no stream key').waitFor();
  await page.getByRole('button', { name: 'Change Two' }).click();
  const form = page.locator('form', { has: page.getByRole('button', { name: 'Save destination' }) });
  await form.waitFor();
  assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), 'Two');
  await until('the focus is in its form', () => form.evaluate((form) => form.contains(document.activeElement)));
  // The page itself opens with none of them.
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await page.getByRole('button', { name: 'Change Two' }).waitFor();
  assert.equal(await form.count(), 0);
  assert.deepEqual(problems, []);
});
