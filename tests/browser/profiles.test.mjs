// A creator keeps two ways of broadcasting, and changes between them in the settings.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Stage, becomes, until } from './stage.mjs';
import { Studio, keep, openInterface } from './studio.mjs';

test('profiles are added, named, copied and used, but not under a recording', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage);
  await until('the state', () => studio.state);
  await studio.command({ command: 'welcomed' });
  const destination = { id: 'a', name: 'A', kind: 'rtmp', url: 'rtmp://127.0.0.1/live', enabled: true };
  await studio.command({ command: 'set_destination', destination, key: 'sk-test' });

  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640 });
  const button = (name) => page.getByRole('dialog').getByRole('button', { name, exact: true });
  const name = async (label, text) => {
    await page.getByLabel(label).fill(text);
    await page.keyboard.press('Enter');
  };
  const uses = (name) => until(name, () => studio.state.profile.name === name);
  await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
  await button('Profiles').click();
  await button('New').click();
  await name('Name of the new profile', 'Rehearsal');
  await uses('Rehearsal');
  assert.deepEqual(studio.state.profile.destinations, []);
  await button('Rename Rehearsal').click();
  await name('Name of the profile', 'Rehearsals');
  await uses('Rehearsals');
  await button('Use Standard').click();
  await uses('Standard');
  await button('Duplicate Standard').click();
  await name('Name of the new profile', 'Two places');
  await uses('Two places');
  const [copy] = studio.state.profile.destinations;
  assert.notEqual(copy.id, 'a');
  await until('the key of the copy', () => studio.state.keys.includes(copy.id));
  assert.deepEqual(studio.state.profiles, ['Rehearsals', 'Standard', 'Two places']);
  await keep(page, 'profiles-dark');

  await studio.command({ command: 'start_recording' });
  await page.getByText('when the show and the recording are over').waitFor();
  await becomes(true, () => button('Use Standard').isDisabled());
  await studio.command({ command: 'stop_recording' });
  await button('Use Standard').click();
  await uses('Standard');
  await button('Remove Rehearsals').click();
  await button('Remove profile').click();
  await until('it is gone', () => studio.state.profiles.length === 2);
  // The question was asked in the settings, and they are there again.
  await page.getByRole('region', { name: 'Profiles', exact: true }).waitFor();
  assert.deepEqual(problems, []);
});
