// The studio ends as programs should not, and is opened again.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Stage, until } from './stage.mjs';
import { Studio, dress, keep, openInterface } from './studio.mjs';

test('after a crash nothing runs until the creator says so, and Enter brings it back', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const first = await Studio.open(stage);
  await dress(first);
  const { name } = first.state.collection;
  const folder = path.join(stage.folder, 'studio', 'config', 'collections');
  // A file that is still being written has another name, and is nothing yet.
  const files = () => readdirSync(folder).filter((file) => file.endsWith('.toml'));
  const saved = () => files().map((file) => readFileSync(path.join(folder, file), 'utf8')).join();
  await until('all of it is saved', () => saved().includes('Back in five minutes'));

  /** Opens the studio again, with the question it asks. */
  const again = async (crashed) => {
    await crashed.crash();
    const studio = await Studio.open(stage);
    await until('the question', () => studio.state?.crashed === name);
    assert.deepEqual(studio.state.sources, {});
    await studio.command({ command: 'welcomed' });
    const { page, problems } = await openInterface(stage, studio);
    await page.getByRole('dialog', { name: 'Klieg ended unexpectedly' }).waitFor();
    return { studio, page, problems };
  };

  const second = await again(first);
  await keep(second.page, 'after-a-crash-dark');
  await second.page.keyboard.press('Enter');
  const runs = ({ studio }) => studio.state.collection.name === name && studio.state.sources.Camera?.is === 'live';
  await until('it is open again and runs', () => runs(second), 40_000);
  assert.deepEqual(second.problems, []);
  await stage.chromium.close();

  const third = await again(second.studio);
  await third.page.getByRole('button', { name: 'Open with sources off' }).click();
  await until('nothing of it runs', () => third.studio.state.sources.Camera?.is === 'off');
  await third.page.getByRole('button', { name: 'Start all' }).click();
  await until('all of it runs', () => runs(third), 40_000);
  assert.deepEqual(third.problems, []);
});
