// What is typed and chosen in the studio's settings and not saved: it waits where it was left, and gives way to what is set elsewhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEmpty } from './empty.mjs';
import { becomes, until } from './stage.mjs';

test('an encoding that is not saved waits where it was left, and that is said', async () => {
  const { studio, page, problems, dialog } = await openEmpty();
  const { bitrate } = studio.state.profile.video;
  const settings = page.getByRole('navigation', { name: 'Settings' });
  const field = page.getByLabel('Bitrate of the picture');
  const openEncoding = async () => {
    await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
    await settings.getByRole('button', { name: 'Encoding' }).click();
    await field.waitFor();
  };
  await openEncoding();
  // What is not taken is said, with what would be.
  await field.fill('50');
  await page.getByText('100 – 100000 kbit/s').waitFor();
  await field.fill('3100');
  await page.getByText('100 – 100000 kbit/s').waitFor({ state: 'detached' });
  await settings.getByRole('button', { name: 'Canvas' }).click();
  await page.getByTitle('Encoding: not saved').click();
  await becomes('3100', () => field.inputValue());
  // It is said for some seconds only.
  await Promise.all([page.getByText('The encoding that you changed is not saved.').waitFor(), page.keyboard.press('Escape')]);
  await dialog.waitFor({ state: 'detached' });
  assert.equal(studio.state.profile.video.bitrate, bitrate);

  await openEncoding();
  await becomes('3100', () => field.inputValue());
  await page.getByRole('button', { name: 'Undo changes' }).click();
  await until('what is saved', async () => (await field.inputValue()) === String(bitrate));
  await field.fill('2900');
  await page.getByRole('button', { name: 'Save encoding' }).click();
  await until('it is saved', () => studio.state.profile.video.bitrate === 2_900);
  await page.getByTitle('Encoding', { exact: true }).waitFor();
  // What is set elsewhere then is no change of this one.
  const { video, audio } = studio.state.profile;
  await studio.command({ command: 'set_encoding', video: { ...video, bitrate: 1_200 }, audio });
  await field.blur();
  await until('the other', async () => (await field.inputValue()) === '1200');
  await page.getByTitle('Encoding', { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});

test('what is typed about a destination, and how recordings are to be encoded, wait where they were left', async () => {
  const { stage, studio, page, problems, dialog } = await openEmpty();
  const settings = page.getByRole('navigation', { name: 'Settings' });
  const openSettings = (name) => page.getByRole('button', { name: 'Settings', exact: true }).last().click()
    .then(() => settings.getByRole('button', { name }).click());
  const address = page.getByLabel('Address');
  await openSettings('Destinations');
  await page.getByRole('button', { name: 'Add a destination' }).click();
  await page.getByText('RTMP', { exact: true }).click();
  await address.fill('rtmps://live.example.org/app');
  await page.getByLabel('Stream key').fill('sk-test');
  await settings.getByRole('button', { name: 'Recording' }).click();
  await page.getByTitle('Destinations: not saved').waitFor();
  const folder = `${stage.folder}/recordings`;
  await page.getByLabel('Folder', { exact: true }).fill(folder);
  await page.getByLabel('Folder', { exact: true }).press('Enter');
  await until('Enter takes the folder', () => studio.state.profile.recording.folder === folder);
  await page.locator('#recording-encoding').selectOption('own');
  const bitrate = page.locator('#recording-bitrate');
  await bitrate.fill('9000');
  await bitrate.blur();
  await settings.getByRole('button', { name: 'Canvas' }).click();
  await page.getByTitle('Recording: not saved').waitFor();
  await Promise.all([page.getByText('Some of what you changed is not saved.').waitFor(), page.keyboard.press('Escape')]);
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(studio.state.profile.destinations, []);
  assert.equal(studio.state.profile.recording.video ?? null, null);

  await openSettings('Recording');
  await becomes('9000', () => bitrate.inputValue());
  await page.getByRole('button', { name: 'Undo changes' }).click();
  await page.getByTitle('Recording', { exact: true }).waitFor();
  await settings.getByRole('button', { name: 'Destinations' }).click();
  // Its address may let one in, and the window may be in the show: it is seen when it is asked for.
  await page.getByRole('button', { name: 'Go on adding a destination' }).click();
  await becomes('rtmps://live.example.org/app', () => address.inputValue());
  await page.getByRole('button', { name: 'Save destination' }).click();
  await page.getByText('Key in the keyring').waitFor();
  await page.getByTitle('Destinations', { exact: true }).waitFor();
  // What is called off is gone, and one form keeps apart from another.
  await page.getByRole('button', { name: 'Change live.example.org' }).click();
  await address.fill('rtmps://else.example.org/app');
  await page.getByRole('button', { name: 'Add a destination' }).click();
  await becomes('', () => address.inputValue());
  await page.getByText('What you changed is not saved', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Change live.example.org' }).click();
  await becomes('rtmps://else.example.org/app', () => address.inputValue());
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByTitle('Destinations', { exact: true }).waitFor();
  await page.getByText('What you changed is not saved', { exact: true }).waitFor({ state: 'detached' });
  const [destination] = studio.state.profile.destinations;
  assert.equal(destination.url, 'rtmps://live.example.org/app');
  // What is set elsewhere meanwhile is newer.
  await page.getByRole('button', { name: 'Change live.example.org' }).click();
  await address.fill('rtmps://else.example.org/app');
  await settings.getByRole('button', { name: 'Canvas' }).click();
  await page.getByTitle('Destinations: not saved').waitFor();
  await studio.command({ command: 'set_destination', destination: { ...destination, url: 'rtmps://third.example.org/app' } });
  await page.getByTitle('Destinations', { exact: true }).waitFor();
  await settings.getByRole('button', { name: 'Destinations' }).click();
  await page.getByRole('button', { name: 'Change live.example.org' }).click();
  await becomes('rtmps://third.example.org/app', () => address.inputValue());
  assert.deepEqual(problems, []);
});
