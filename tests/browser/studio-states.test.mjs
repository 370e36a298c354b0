// What the studio's interface shows while it waits, where there is nothing yet, and when something goes wrong.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { soundServer } from './desktop.mjs';
import { Stage, until } from './stage.mjs';
import { Studio, dress, inBothLooks, openInterface } from './studio.mjs';

test('a window that does not reach the studio says so and tries again', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  // It takes the call and says nothing.
  const calls = [];
  const silent = net.createServer((call) => calls.push(call.on('error', () => {})));
  await new Promise((listening) => silent.listen(0, '127.0.0.1', listening));
  after(() => silent.close());
  const { page, problems } = await openInterface(stage, { bridge: `ws://127.0.0.1:${silent.address().port}/` });
  await page.getByText('Starting the studio').waitFor();
  await inBothLooks(page, 'starting');
  await until('it is called', () => calls.length > 0);
  for (const call of calls) call.destroy();
  await page.getByText('The studio is not reached; trying again.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await inBothLooks(page, 'not-reached');
  assert.deepEqual(problems, []);
});

test('the first questions say what went wrong and what they are doing, and an empty studio what to do next', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  await stage.creator('ada');
  const studio = await Studio.open(stage);
  const { page, problems } = await openInterface(stage, studio);
  await page.getByLabel('Server', { exact: true }).fill(stage.http);
  await page.getByLabel('Handle or email address').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Check your handle or e-mail address and your password.').waitFor();
  await inBothLooks(page, 'welcome-refused');
  // Who has one place and looks at adding another gets back.
  const destination = { id: 'a', name: 'A', kind: 'rtmp', url: 'rtmp://127.0.0.1/live', enabled: true };
  await studio.command({ command: 'set_destination', destination, key: 'sk-test' });
  await page.getByRole('button', { name: 'Add another' }).click();
  await page.getByRole('button', { name: 'Add no other' }).click();
  await page.getByRole('button', { name: 'Add another' }).waitFor();
  await studio.command({ command: 'remove_destination', id: 'a' });
  await page.getByRole('button', { name: 'Do this later' }).click();
  // What led here has gone: the keyboard goes on at the next question.
  await until('the focus is on the question', () => page.evaluate(() => document.activeElement.textContent === 'What shall your first scene show?'));
  await page.getByRole('button', { name: 'Start with an empty scene' }).click();
  await page.getByText('Trying each encoder.').waitFor();
  await inBothLooks(page, 'welcome-trying');
  // Back at what the scene shows, it is not called empty any more.
  const ground = { kind: 'colour', name: 'Ground', colour: '#202830' };
  await studio.edit({ edit: 'add_source', scene: studio.state.collection.scenes[0].name, source: ground });
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.getByRole('button', { name: 'Next', exact: true }).waitFor();
  await studio.command({ command: 'undo' });
  await page.getByRole('button', { name: 'Start with an empty scene' }).click();
  await page.getByText('Encoders of this computer').waitFor();
  await page.getByRole('button', { name: 'Skip all of this' }).click();
  for (const nothing of ['This scene is empty', 'Nothing has sound yet', 'Nothing has happened yet', 'Sign in to your Klieg server']) {
    await page.getByText(nothing).waitFor();
  }
  await inBothLooks(page, 'nothing-yet');
  await studio.command({ command: 'stop_probing' });
  assert.deepEqual(problems, []);
});

test('the sound that is chosen first is heard in every scene that comes later', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage, { PULSE_SERVER: await soundServer() });
  const { page, problems } = await openInterface(stage, studio);
  await page.getByRole('button', { name: 'Do this later' }).click();
  await page.getByLabel('Desktop sound', { exact: true }).check({ timeout: 40_000 });
  await page.getByRole('button', { name: 'Add and go on' }).click();
  await until('it is in the scene, and heard in every one', () => {
    const { scenes, strips } = studio.state.collection;
    return scenes[0].items[0]?.source === 'Desktop sound' && strips['Desktop sound']?.everywhere;
  });
  await studio.command({ command: 'stop_probing' });
  assert.deepEqual(problems, []);
});

test('what keeps a show from starting well, and each of its destinations, is told in words', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const studio = await Studio.open(stage);
  await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.edit({ edit: 'set_canvas', canvas: { width: 640, height: 360, fps: 30 } });
  await dress(studio);
  await studio.edit({ edit: 'add_source', scene: 'Stage', source: { kind: 'camera', name: 'Webcam', device: '/dev/video99' } });
  await studio.edit({ edit: 'set_strip', source: 'Voice', strip: { muted: true } });
  await studio.command({ command: 'welcomed' });
  await until('no camera', () => studio.state.sources.Webcam?.is === 'restarting', 40_000);
  const { page, problems } = await openInterface(stage, studio);
  const dialog = page.getByRole('dialog');

  await page.getByRole('button', { name: 'Go live' }).click();
  for (const wrong of ['The show goes nowhere', 'Voice is muted.', 'Webcam does not work']) {
    await dialog.getByText(wrong).first().waitFor();
  }
  assert.equal(await dialog.getByLabel('Title', { exact: true }).count(), 0, 'nobody is signed in, so nobody would be told');
  await dialog.getByRole('button', { name: 'Go live' }).click();
  // It cannot go on without a destination, so that is what it leads to.
  await dialog.getByRole('button', { name: 'Open destinations' }).waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Go live all the same' }).count(), 0);
  // Enter once more does no harm.
  await until('the focus is on the way back', () => dialog.getByRole('button', { name: 'Not yet' }).evaluate((button) => button === document.activeElement));
  await inBothLooks(page, 'go-live-checks', dialog);
  const channel = { id: 'tv', name: 'A channel', kind: 'klieg', url: stage.http, enabled: true };
  await studio.command({ command: 'set_destination', destination: channel });
  await dialog.getByRole('button', { name: 'Go live all the same' }).waitFor();
  await studio.command({ command: 'remove_destination', id: 'tv' });
  await page.keyboard.press('Escape');

  // One takes the show, one is not there, one refuses the key.
  const destinations = [
    [{ id: 'channel', name: 'My channel', kind: 'whip', url: `${stage.http}/whip` }, ada.key],
    [{ id: 'away', name: 'Another service', kind: 'rtmp', url: 'rtmp://127.0.0.1:9/live' }, 'sk-test'],
    [{ id: 'refused', name: 'A friend', kind: 'whip', url: `${stage.http}/whip` }, 'not-a-key'],
  ];
  for (const [destination, key] of destinations) {
    await studio.command({ command: 'set_destination', destination: { ...destination, enabled: true }, key });
  }
  await studio.command({ command: 'go_live', announcement: { title: 'Late evening songs' } });
  const is = (id, state) => studio.state.outputs.some((output) => output.id === id && output.state.is === state);
  await until('one of three', () => is('channel', 'live') && is('away', 'reconnecting') && is('refused', 'failed'), 60_000);
  await page.getByText(/^Given up: /).first().waitFor();
  await page.getByText('1 of 3', { exact: true }).waitFor();
  await inBothLooks(page, 'destinations-on-air');
  await inBothLooks(page, 'health', page.locator('.health'));
  await studio.command({ command: 'end_show' });
  assert.deepEqual(problems, []);
});
